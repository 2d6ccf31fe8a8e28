using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using NetWhy.Certificates;
using NetWhy.Linux;

namespace NetWhy.Tools.OpenSsl;

/// <summary>The command line of <c>openssl verify</c>.</summary>
internal sealed class VerifyOptions
{
    private const string Verify = "verify";

    private static readonly string[] Flags =
    [
        "help", "verbose", "no-CAfile", "no-CApath", "no-CAstore", "show_chain", "ignore_critical", "issuer_checks", "crl_check", "crl_check_all", "policy_check",
        "explicit_policy", "inhibit_any", "inhibit_map", "x509_strict", "check_ss_sig", "trusted_first", "partial_chain", "no_alt_chains", "no_check_time",
        "allow_proxy_certs", "suiteB_128_only", "suiteB_128", "suiteB_192", "use_deltas", "policy_print", "-json", "-why",
    ];

    private static readonly string[] Valued =
    [
        "nameopt", "trusted", "CAfile", "CApath", "untrusted", "CRLfile", "policy", "purpose", "verify_name", "verify_depth", "auth_level", "attime",
        "verify_hostname", "verify_email", "verify_ip", "vfyopt",
    ];

    private static readonly string[] Missing =
    [
        "engine", "CAstore", "crl_download", "extended_crl", "provider-path", "provider", "propquery",
    ];

    private static readonly (string Name, OpenSslPurpose Purpose)[] Purposes =
    [
        ("sslclient", OpenSslPurpose.SslClient), ("sslserver", OpenSslPurpose.SslServer), ("nssslserver", OpenSslPurpose.NetscapeServer),
        ("smimesign", OpenSslPurpose.MailSigning), ("smimeencrypt", OpenSslPurpose.MailEncryption), ("crlsign", OpenSslPurpose.CrlSigning),
        ("any", OpenSslPurpose.Any), ("ocsphelper", OpenSslPurpose.OcspHelper), ("timestampsign", OpenSslPurpose.TimeStamping),
    ];

    private readonly HashSet<string> _flags = [];
    private readonly string _command;
    private bool _hasTime;

    private VerifyOptions(string command) => _command = command;

    /// <summary>Files of certificates that are trusted, and nothing else is.</summary>
    internal List<string> Trusted { get; } = [];

    /// <summary>Files of certificates that may stand between.</summary>
    internal List<string> Untrusted { get; } = [];

    /// <summary>Files of revocation lists.</summary>
    internal List<string> Lists { get; } = [];

    /// <summary>Policies of which one must be left.</summary>
    internal List<string> Policies { get; } = [];

    /// <summary>A file of trusted roots; null for this machine's.</summary>
    internal string? AuthorityFile { get; private set; }

    /// <summary>A directory of trusted roots; null for this machine's.</summary>
    internal string? AuthorityDirectory { get; private set; }

    /// <summary>The name under which the certificates to verify were signed by SM2; null for none.</summary>
    internal byte[]? DistinguishingId { get; private set; }

    /// <summary>How names are printed.</summary>
    internal uint NameFlags { get; private set; } = OpenSslFlags.OneLine;

    /// <summary>How to verify.</summary>
    internal OpenSslSettings Settings { get; private set; } = new() { Time = null };

    /// <summary>The certificates to verify; none for standard input.</summary>
    internal IReadOnlyList<string> Files { get; private set; } = [];

    /// <summary>Whether a flag was given.</summary>
    /// <param name="flag">Its name.</param>
    internal bool Has(string flag) => _flags.Contains(flag);

    /// <summary>Reads the command line.</summary>
    /// <param name="words">The words behind verify.</param>
    /// <param name="now">The time.</param>
    /// <param name="command">The command whose line it is part of, for messages.</param>
    /// <exception cref="OriginalRefusal">It makes no sense.</exception>
    internal static VerifyOptions Parse(IReadOnlyList<string> words, DateTimeOffset now, string command = Verify)
    {
        var options = new VerifyOptions(command) { Settings = new OpenSslSettings { Time = now } };
        uint? names = null;
        List<OpenSslOption> read = OpenSslOption.Parse(
            command, [.. words.Select(word => word is "--json" or "--why" ? "-" + word : word)], TakesValue, out IReadOnlyList<string> files);
        foreach (OpenSslOption option in read)
        {
            if (Array.IndexOf(Missing, option.Name) >= 0)
                throw OpenSslOption.Misuse(command, $"-{option.Name} is not there");
            options.Take(option, ref names);
            if (options.Has("help"))
                return options;
        }

        options.NameFlags = names ?? OpenSslFlags.OneLine;
        options.Files = files;
        if (options.Trusted.Count > 0 && (options.AuthorityFile ?? options.AuthorityDirectory) is not null)
            throw new OriginalRefusal(OpenSslTool.Failure, "Cannot use -trusted with -CAfile, -CApath or -CAstore");
        options.Settings = options.Settings with
        {
            Time = options.Has("no_check_time") && !options._hasTime ? null : options.Settings.Time,
            AllowsPartialChain = options.Has("partial_chain"),
            IsStrict = options.Has("x509_strict"),
            IgnoresCritical = options.Has("ignore_critical"),
            AllowsProxies = options.Has("allow_proxy_certs"),
            ChecksRootSignature = options.Has("check_ss_sig"),
            ChecksRevocation = options.Has("crl_check") || options.Has("crl_check_all"),
            ChecksRevocationOfAll = options.Has("crl_check_all"),
            SuiteB = (options.Has("suiteB_128_only") || options.Has("suiteB_128") ? OpenSslSuiteB.Level128 : 0) | (options.Has("suiteB_192") || options.Has("suiteB_128") ? OpenSslSuiteB.Level192 : 0),
            UsesDeltas = options.Has("use_deltas"),
            ChecksPolicies = options.Has("policy_check") || options.Has("explicit_policy") || options.Has("inhibit_any") || options.Has("inhibit_map"),
            RequiresExplicitPolicy = options.Has("explicit_policy"),
            InhibitsAnyPolicy = options.Has("inhibit_any"),
            InhibitsPolicyMapping = options.Has("inhibit_map"),
            Policies = [.. options.Policies],
        };
        return options;
    }

    private static bool? TakesValue(string name) =>
        Array.IndexOf(Valued, name) >= 0 ? true : Array.IndexOf(Flags, name) >= 0 || Array.IndexOf(Missing, name) >= 0 ? false : null;

    private void Take(OpenSslOption option, ref uint? names)
    {
        switch (option.Name)
        {
            case "nameopt":
                uint flags = names ?? 0;
                names = OpenSslFlags.TryAddName(ref flags, option.Text) ? flags : throw OpenSslOption.Misuse(_command, $"-nameopt does not know all of \"{option.Text}\"");
                break;
            case "trusted":
                Trusted.Add(option.Text);
                break;
            case "untrusted":
                Untrusted.Add(option.Text);
                break;
            case "CRLfile":
                Lists.Add(option.Text);
                break;
            case "CAfile":
                AuthorityFile = option.Text;
                break;
            case "CApath":
                AuthorityDirectory = Directory.Exists(option.Text) ? option.Text : throw OpenSslOption.Misuse(_command, $"Not a directory: {option.Text}");
                break;
            case "policy":
                Policies.Add(LibraryCertificate.ObjectIdentifier(option.Text) ?? throw new OriginalRefusal(OpenSslTool.Failure, $"Invalid Policy {option.Text}"));
                break;
            case "purpose":
                Settings = Settings with { Purpose = PurposeOf(option.Text) };
                break;
            case "verify_name":
                Settings = Settings with
                {
                    Purpose = option.Text switch
                    {
                        "default" => Settings.Purpose,
                        "pkcs7" or "smime_sign" => OpenSslPurpose.MailSigning,
                        "ssl_client" => OpenSslPurpose.SslClient,
                        "ssl_server" => OpenSslPurpose.SslServer,
                        _ => throw new OriginalRefusal(OpenSslTool.Failure, $"Invalid verify name {option.Text}"),
                    },
                };
                break;
            case "verify_depth":
                Settings = Settings with { Depth = (int)Math.Clamp(option.Number(_command), -1, int.MaxValue) };
                break;
            case "auth_level":
                Settings = Settings with { AuthLevel = (int)Math.Clamp(option.Number(_command), -1, int.MaxValue) };
                break;
            case "attime":
                Settings = Settings with { Time = TimeOf(option) };
                _hasTime = true; // a time that was asked for is checked, come what may
                break;
            case "vfyopt":
                DistinguishingId = IdOf(option.Text) ?? throw new OriginalRefusal(VerifyCommand.Rejected, $"parameter error \"{option.Text}\": distid:TEXT and hexdistid:OCTETS are there");
                break;
            case "verify_hostname":
                Settings = Settings with { HostName = option.Text is "" ? null : option.Text };
                break;
            case "verify_email":
                Settings = Settings with { MailAddress = option.Text is "" ? null : option.Text };
                break;
            case "verify_ip":
                Settings = Settings with
                {
                    Address = AddressOf(option.Text) ?? throw OpenSslOption.Misuse(_command, $"-verify_ip \"{option.Text}\" is no IP address"),
                };
                break;
            default:
                _flags.Add(option.Name);
                break;
        }
    }

    // Source: a2i_IPADDRESS(3ssl), which knows four numbers alone, and no zones nor brackets.
    private static IPAddress? AddressOf(string text)
    {
        if (text.Contains(':', StringComparison.Ordinal))
            return !text.AsSpan().ContainsAny('%', '[', '/') && IPAddress.TryParse(text, out IPAddress? address) ? address : null;
        string[] numbers = text.Split('.');
        byte[] octets = [.. numbers.Where(number => byte.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _)).Select(number => byte.Parse(number, NumberStyles.None, CultureInfo.InvariantCulture))];
        return numbers.Length == 4 && octets.Length == 4 ? new IPAddress(octets) : null;
    }

    private static byte[]? IdOf(string text)
    {
        const string AsText = "distid:", AsOctets = "hexdistid:";
        if (text.StartsWith(AsText, StringComparison.Ordinal))
            return Encoding.UTF8.GetBytes(text[AsText.Length..]);
        if (!text.StartsWith(AsOctets, StringComparison.Ordinal))
            return null;
        byte[] octets = new byte[text.Length];
        return Convert.FromHexString(text.AsSpan(AsOctets.Length), octets, out _, out int written) is OperationStatus.Done ? octets[..written] : null;
    }

    private static OpenSslPurpose PurposeOf(string name) => Array.Find(Purposes, one => one.Name == name) is { Name: not null } found
        ? found.Purpose
        : throw new OriginalRefusal(OpenSslTool.Failure, $"Invalid purpose {name}");

    private DateTimeOffset TimeOf(OpenSslOption option)
    {
        long seconds = option.Number(_command);
        return seconds >= DateTimeOffset.MinValue.ToUnixTimeSeconds() && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : throw OpenSslOption.Misuse(_command, string.Create(CultureInfo.InvariantCulture, $"-attime {seconds} is beyond the year 9999"));
    }
}

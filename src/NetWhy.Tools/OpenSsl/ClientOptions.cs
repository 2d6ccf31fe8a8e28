using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetWhy.Paths;

namespace NetWhy.Tools.OpenSsl;

/// <summary>The command line of <c>openssl s_client</c>. Source: openssl-s_client(1), version 3.0.</summary>
internal sealed class ClientOptions
{
    /// <summary>Name of the command.</summary>
    internal const string Command = "s_client";

    private const string UsualPort = "4433";
    private const int MostExported = 65536; // octets

    private static readonly string[] Flags =
    [
        "help", "4", "6", "reconnect", "crlf", "quiet", "ign_eof", "no_ign_eof", "brief", "prexit", "showcerts", "debug", "msg", "state", "trace",
        "tlsextdebug", "nocommands", "noservername", "ignore_unexpected_eof", "status", "nbio", "tls1", "tls1_1", "tls1_2", "tls1_3",
        "verify_return_error", "verify_quiet", "no-CAfile", "no-CApath", "no-CAstore", "enable_pha", "noct", "fallback_scsv", "-json", "-why",
    ];

    private static readonly string[] Valued =
    [
        "host", "port", "connect", "bind", "proxy", "cert", "certform", "cert_chain", "key", "keyform", "pass", "verify", "nameopt", "CApath", "CAfile",
        "CRL", "CRLform", "name", "xmpphost", "sess_out", "sess_in", "starttls", "msgfile", "keymatexport", "keymatexportlen", "keylogfile", "servername",
        "alpn", "nextprotoneg", "serverinfo", "early_data", "maxfraglen", "max_send_frag", "proxy_user", "proxy_pass", "rand", "writerand", "-give-up-after",
    ];

    // What SSL_CONF_cmd(3ssl) takes, as it stands here.
    private static readonly string[] LibraryFlags =
    [
        "no_ssl3", "no_tls1", "no_tls1_1", "no_tls1_2", "no_tls1_3", "bugs", "no_comp", "comp", "no_ticket", "serverpref", "legacy_renegotiation",
        "client_renegotiation", "no_renegotiation", "legacy_server_connect", "no_resumption_on_reneg", "no_legacy_server_connect", "allow_no_dhe_kex",
        "prioritize_chacha", "strict", "debug_broken_protocol", "no_middlebox", "no_etm", "anti_replay", "no_anti_replay",
    ];

    private static readonly string[] LibraryValued =
    [
        "sigalgs", "client_sigalgs", "groups", "curves", "named_curve", "cipher", "ciphersuites", "min_protocol", "max_protocol", "record_padding",
    ];

    private static readonly (string Name, uint Flag)[] VerifyFlags =
    [
        ("ignore_critical", 0x10), ("issuer_checks", 0), ("crl_check", 0x4), ("crl_check_all", 0x8 | 0x4), ("policy_check", 0x80), ("explicit_policy", 0x100 | 0x80),
        ("inhibit_any", 0x200 | 0x80), ("inhibit_map", 0x400 | 0x80), ("x509_strict", 0x20), ("check_ss_sig", 0x4000), ("trusted_first", 0x8000),
        ("partial_chain", 0x80000), ("no_alt_chains", 0x100000), ("no_check_time", 0x200000), ("allow_proxy_certs", 0x40),
        ("extended_crl", 0x1000), ("use_deltas", 0x2000), ("suiteB_128_only", 0x10000), ("suiteB_192", 0x20000), ("suiteB_128", 0x30000),
    ];

    private static readonly string[] VerifyValued =
    [
        "policy", "purpose", "verify_name", "verify_depth", "auth_level", "attime", "verify_hostname", "verify_email", "verify_ip",
    ];

    private static readonly string[] MissingFlags =
    [
        "ct", "build_chain", "nbio_test", "security_debug", "security_debug_verbose", "async", "dtls", "timeout", "dtls1", "dtls1_2", "srp_lateuser",
        "srp_moregroups", "xchain_build", "crl_download", "dane_ee_no_namechecks", "policy_print",
    ];

    private static readonly string[] MissingValued =
    [
        "engine", "ssl_client_engine", "ssl_config", "ctlogfile", "unix", "split_send_frag",
        "max_pipelines", "read_buf", "CAstore", "requestCAfile", "dane_tlsa_domain", "dane_tlsa_rrdata", "psk_identity", "psk", "psk_session",
        "mtu", "use_srtp", "srpuser", "srppass", "srp_strength", "chainCAfile", "chainCApath", "chainCAstore",
        "verifyCAfile", "verifyCApath", "verifyCAstore", "xkey", "xcert", "xchain", "xcertform", "xkeyform", "provider-path", "provider", "propquery",
    ];

    private const int MostExtensions = 100; // MAX_SI_TYPES

    private static readonly string[] StartTlsProtocols =
    [
        "smtp", "pop3", "imap", "ftp", "xmpp", "xmpp-server", "telnet", "irc", "mysql", "postgres", "lmtp", "nntp", "sieve", "ldap",
    ];

    private readonly HashSet<string> _flags = [];
    private readonly Dictionary<string, string> _values = [];

    /// <summary>Options of the library, in their order.</summary>
    internal List<(string Name, string? Value)> Settings { get; } = [];

    /// <summary>How certificates are verified, besides <see cref="Verification"/>: X509_V_FLAG_….</summary>
    internal uint VerificationFlags { get; private set; }

    /// <summary>How certificates are verified, as <c>openssl verify</c> takes it.</summary>
    internal VerifyOptions Verification { get; private set; } = null!;

    /// <summary>The words of <see cref="Verification"/>.</summary>
    internal List<string> VerificationWords { get; } = [];

    /// <summary>How names are printed.</summary>
    internal uint NameFlags { get; private set; } = OpenSslFlags.OneLine;

    /// <summary>The only version that is offered; null for what the library offers.</summary>
    internal int? Version { get; private set; }

    /// <summary>Name or address of the server; null for this machine.</summary>
    internal string? Host { get; private set; }

    /// <summary>Port of the server, as typed.</summary>
    internal string Port { get; private set; } = UsualPort;

    /// <summary>The proxy; null for none.</summary>
    internal (string? Host, string Port)? Proxy { get; private set; }

    /// <summary>The local address; null for whichever is right.</summary>
    internal (string? Host, string Port)? Local { get; private set; }

    /// <summary>Family of addresses; unspecified for any.</summary>
    internal AddressFamily Family => Has("4") ? AddressFamily.InterNetwork : Has("6") ? AddressFamily.InterNetworkV6 : AddressFamily.Unspecified;

    /// <summary>Name for the server name indication; null for none. Behind a proxy openssl sends even an address.</summary>
    internal string? ServerName => Has("noservername") ? null : Value("servername") ?? (Host is null ? "localhost" : Proxy is not null || IsName(Host) ? Host : null);

    /// <summary>The longest record that the server is asked to send, in octets (RFC 6066, section 4); null for any.</summary>
    internal int? MaxFragmentLength { get; private set; }

    /// <summary>The longest record that is sent, in octets; null for the library's limit.</summary>
    internal int? MaxSendFragment { get; private set; }

    /// <summary>Protocols for ALPN.</summary>
    internal string[] Protocols { get; private set; } = [];

    /// <summary>Protocols for NPN; empty for none.</summary>
    internal string[] NextProtocols { get; private set; } = [];

    /// <summary>Numbers of extensions to be sent empty.</summary>
    internal int[] EmptyExtensions { get; private set; } = [];

    /// <summary>How deep a chain may be that fails; null for any depth.</summary>
    internal int? Depth { get; private set; }

    /// <summary>Whether nothing is printed but what the server sends.</summary>
    internal bool IsQuiet => Has("quiet") || IsBrief || IsJson;

    /// <summary>Whether only a summary is printed.</summary>
    internal bool IsBrief => Has("brief");

    /// <summary>Whether one object is printed.</summary>
    internal bool IsJson => Has("-json");

    /// <summary>Whether the end of standard input is not minded, nor are commands in it.</summary>
    internal bool IgnoresEnd { get; private set; }

    /// <summary>How long each wait for the server may take until the session stands; null for ever.</summary>
    internal TimeSpan? Patience { get; private set; }

    /// <summary>Whether a flag was given.</summary>
    /// <param name="flag">Its name.</param>
    internal bool Has(string flag) => _flags.Contains(flag);

    /// <summary>The value of an option; null if it was not given.</summary>
    /// <param name="name">Its name.</param>
    internal string? Value(string name) => _values.GetValueOrDefault(name);

    /// <summary>Whether it is said how deep verification goes.</summary>
    internal bool TellsDepth { get; private set; }

    /// <summary>Reads the command line.</summary>
    /// <param name="words">The words behind s_client.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="OriginalRefusal">It makes no sense.</exception>
    /// <exception cref="ClientRefusal">It makes no sense.</exception>
    internal static ClientOptions Parse(IReadOnlyList<string> words, DateTimeOffset now)
    {
        var options = new ClientOptions();
        List<OpenSslOption> read = OpenSslOption.Parse(
            Command, [.. words.Select(word => word is "--json" or "--why" || word.StartsWith("--give-up-after", StringComparison.Ordinal) ? "-" + word : word)],
            TakesValue, out IReadOnlyList<string> operands);
        int versions = 0, excluded = 0;
        foreach (OpenSslOption option in read)
        {
            options.Take(option, ref versions, ref excluded);
            if (versions > 1)
                throw new ClientRefusal("Cannot supply multiple protocol flags");
            if (versions > 0 && excluded > 0)
                throw new ClientRefusal("Cannot supply both a protocol flag and '-no_<prot>'");
            if (options.Has("help"))
                return options;
        }

        if (operands.Count > 1)
            throw OpenSslOption.Misuse(Command, null);
        if (operands.Count == 1 && options.Value("connect") is not null)
            throw OpenSslOption.Misuse(Command, "cannot provide both -connect option and target parameter");
        options.Settle(operands.Count == 1 ? operands[0] : options.Value("connect"), now);
        return options;
    }

    private static bool? TakesValue(string name)
    {
        if (Has(Valued, name) || Has(LibraryValued, name) || Has(VerifyValued, name) || Has(MissingValued, name))
            return true;
        return Has(Flags, name) || Has(LibraryFlags, name) || Array.Exists(VerifyFlags, flag => flag.Name == name) || Has(MissingFlags, name) ? false : null;
        static bool Has(string[] names, string name) => Array.IndexOf(names, name) >= 0;
    }

    private static string InsteadOf(string name) => name switch
    {
        "CAstore" or "verifyCAfile" or "verifyCApath" or "verifyCAstore" => "-CAfile and -CApath are",
        "dtls" or "dtls1" or "dtls1_2" or "mtu" => "TLS over TCP is",
        "timeout" => "--give-up-after SECONDS is, for TLS",
        "xcert" or "xkey" or "xchain" or "xcertform" or "xkeyform" or "chainCAfile" or "chainCApath" or "chainCAstore" => "-cert, -key and -cert_chain are",
        "ct" or "ctlogfile" => "-tlsextdebug is, and shows the timestamps that a server sends",
        "crl_download" => "-CRL FILE is",
        _ => "openssl s_client has it",
    };

    private void Take(OpenSslOption option, ref int versions, ref int excluded)
    {
        string name = option.Name;
        if (Array.IndexOf(MissingFlags, name) >= 0 || Array.IndexOf(MissingValued, name) >= 0)
            throw new OriginalRefusal(OpenSslTool.Failure, $"-{name} is not there; {InsteadOf(name)}{(InsteadOf(name).EndsWith("has it", StringComparison.Ordinal) ? "" : " there")}");
        if (Array.IndexOf(LibraryFlags, name) >= 0 || Array.IndexOf(LibraryValued, name) >= 0)
        {
            Settings.Add((name, option.Value));
            if (name is "no_ssl3" or "no_tls1" or "no_tls1_1" or "no_tls1_2" or "no_tls1_3")
                excluded++;
            return;
        }

        if (Array.Find(VerifyFlags, flag => flag.Name == name) is { Name: not null } found)
        {
            VerificationFlags |= found.Flag;
            VerificationWords.Add("-" + name);
            return;
        }

        if (Array.IndexOf(VerifyValued, name) >= 0)
        {
            VerificationWords.AddRange(["-" + name, option.Text]);
            _values[name] = option.Text;
            return;
        }

        if (option.Value is null)
            _flags.Add(name);
        else
            _values[name] = option.Text;
        switch (name)
        {
            case "tls1" or "tls1_1" or "tls1_2" or "tls1_3":
                versions++;
                Version = name switch { "tls1" => 0x301, "tls1_1" => 0x302, "tls1_2" => 0x303, _ => 0x304 };
                break;
            case "quiet" or "ign_eof":
                IgnoresEnd = true;
                break;
            case "no_ign_eof":
                IgnoresEnd = false;
                break;
            case "verify":
                Depth = (int)Math.Min(Positive(option), int.MaxValue);
                TellsDepth = !IsQuiet; // so far: what comes behind it is too late
                break;
            case "port":
                _ = Positive(option);
                break;
            case "maxfraglen":
                MaxFragmentLength = Positive(option) is 512 or 1024 or 2048 or 4096
                    ? (int)option.Number(Command)
                    : throw OpenSslOption.Misuse(Command, $"Max Fragment Len {option.Text} is out of permitted values");
                break;
            case "max_send_frag":
                MaxSendFragment = Positive(option) is >= 512 and <= 16384
                    ? (int)option.Number(Command)
                    : throw new OriginalRefusal(OpenSslTool.Failure, $"Max send fragment size {option.Text} is out of permitted range");
                break;
            case "CRLform":
                if (option.Text.ToUpperInvariant() is not ("PEM" or "DER" or "P" or "D"))
                    throw OpenSslOption.Misuse(Command, $"Bad format \"{option.Text}\"\n{Command}: Invalid format \"{option.Text}\" for option -{name}");
                break;
            case "keymatexportlen":
                if (Positive(option) > MostExported)
                    throw OpenSslOption.Misuse(Command, $"-{name} takes at most {MostExported}");
                break;
            case "nameopt":
                uint names = 0;
                NameFlags = OpenSslFlags.TryAddName(ref names, option.Text) ? names : throw OpenSslOption.Misuse(Command, $"-nameopt does not know all of \"{option.Text}\"");
                break;
            case "CApath":
                if (!Directory.Exists(option.Text))
                    throw OpenSslOption.Misuse(Command, $"Not a directory: {option.Text}");
                break;
            case "-give-up-after":
                Patience = double.TryParse(option.Text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds is > 0 and <= 86400
                    ? TimeSpan.FromSeconds(seconds)
                    : throw OpenSslOption.Misuse(Command, $"--give-up-after takes seconds, up to 86400, not \"{option.Text}\"");
                break;
            case "starttls":
                if (Array.IndexOf(StartTlsProtocols, option.Text) < 0)
                    throw new ClientRefusal([$"{Command}: Value must be one of:", .. StartTlsProtocols.Select(protocol => "        " + protocol)]);
                if (!StartTls.Protocols.Contains(option.Text))
                    throw new OriginalRefusal(OpenSslTool.Failure, $"-starttls {option.Text} is not there; {string.Join(", ", StartTls.Protocols)} are");
                break;
        }
    }

    private static long Positive(OpenSslOption option) => option.Number(Command) is > 0 and var number
        ? number
        : throw OpenSslOption.Misuse(Command, $"Non-positive number \"{option.Text}\" for option -{option.Name}");

    private void Settle(string? target, DateTimeOffset now)
    {
        if (Has("4") && Has("6"))
            throw OpenSslOption.Misuse(Command, "Can't use both -4 and -6");
        if (Has("noservername") && Value("servername") is not null)
            throw OpenSslOption.Misuse(Command, "Can't use -servername and -noservername together");
        Host = Value("host");
        Port = Value("port") ?? UsualPort;
        if (target is not null)
        {
            (string? host, string? port) = Split(target, "-connect argument or target parameter");
            (Host, Port) = (host, port ?? Port);
        }

        if (Value("proxy") is { } proxy)
        {
            if (Host is null)
                throw OpenSslOption.Misuse(Command, "-proxy requires use of -connect or target parameter");
            Proxy = Split(proxy, "-proxy argument") is var (host, port) ? (host, port ?? UsualPort) : null;
        }

        if (Value("bind") is { } local)
            Local = Split(local, "-bind argument parameter") is var (host, port) ? (host, port ?? "0") : null;
        if (Value("nextprotoneg") is not null && Version == 0x304)
            throw new ClientRefusal("Cannot supply -nextprotoneg with TLSv1.3", $"{Command}: Use -help for summary.");
        if (Value("nextprotoneg") is { } older)
            NextProtocols = ProtocolsOf("nextprotoneg", older);
        if (Value("alpn") is { } names)
            Protocols = ProtocolsOf("alpn", names);
        if (Value("serverinfo") is { } types)
            EmptyExtensions = [.. types.Split(',').Take(MostExtensions).Select(type => Leading(type) & 0xffff)];

        if (Value("CAfile") is { } file)
            VerificationWords.AddRange(["-CAfile", file]);
        else if (Has("no-CAfile") || Value("CApath") is not null)
            VerificationWords.Add("-no-CAfile"); // the usual ones are taken where none is named
        if (Value("CApath") is { } directory)
            VerificationWords.AddRange(["-CApath", directory]);
        else if (Has("no-CApath") || Value("CAfile") is not null)
            VerificationWords.Add("-no-CApath");
        if (Value("CRL") is { } lists)
            VerificationWords.AddRange(["-CRLfile", lists]);
        Verification = VerifyOptions.Parse(VerificationWords, now, Command);
    }

    private static string[] ProtocolsOf(string option, string names)
    {
        string[] protocols = names.Split(',', StringSplitOptions.RemoveEmptyEntries);
        return protocols.Length > 0 && !Array.Exists(protocols, name => name.Length > 255) ? protocols : throw new ClientRefusal($"Error parsing -{option} argument");
    }

    // As atoi(3) has it.
    private static int Leading(string text)
    {
        string number = text.TrimStart();
        int sign = number is ['-' or '+', ..] ? 1 : 0, end = sign;
        while (end < number.Length && char.IsAsciiDigit(number[end]))
            end++;
        if (end == sign)
            return 0;
        return (int)(long.TryParse(number[..end], CultureInfo.InvariantCulture, out long value) ? value : number[0] is '-' ? long.MinValue : long.MaxValue);
    }

    // A host without a port, a port without a host, an address of IPv6 in brackets. Source: BIO_parse_hostserv(3ssl).
    private static (string? Host, string? Port) Split(string text, string what)
    {
        string host = text;
        string? port = null;
        bool isGood = true;
        if (text is ['[', ..])
        {
            int end = text.IndexOf(']', StringComparison.Ordinal);
            isGood = end > 0 && text[(end + 1)..] is "" or [':', ..];
            if (isGood)
                (host, port) = (text[1..end], end + 1 < text.Length ? text[(end + 2)..] : null);
        }
        else if (text.IndexOf(':', StringComparison.Ordinal) is var colon and >= 0)
        {
            isGood = text.LastIndexOf(':') == colon;
            (host, port) = (text[..colon], text[(colon + 1)..]);
        }

        if (!isGood || port?.Contains(':', StringComparison.Ordinal) == true)
            throw new OriginalRefusal(OpenSslTool.Failure, $"{what} malformed or ambiguous");
        return (host is "" or "*" ? null : host, port is "" or "*" ? null : port);
    }

    // Letters, digits, hyphens and underscores, not digits alone, in labels with a dot between: openssl sends nothing else unasked.
    private static bool IsName(string host)
    {
        const int LongestLabel = 63, LongestName = 255;
        return host.Length <= LongestName && host.Contains('.', StringComparison.Ordinal) && !IPAddress.TryParse(host, out _)
            && host.Split('.').All(label => label.Length is > 0 and <= LongestLabel && label[0] is not '-' && label[^1] is not '-'
                && label.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'))
            && host.Any(letter => !char.IsAsciiDigit(letter) && letter is not '.');
    }
}

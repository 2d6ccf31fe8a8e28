using System.Globalization;
using System.Net;
using NetWhy.Linux;

namespace NetWhy.Tools.OpenSsl;

/// <summary>The command line of <c>openssl x509</c>.</summary>
internal sealed class X509Options
{
    private const string Command = "x509";

    // What is printed, under the names that come last; each once, where it was last asked for.
    private static readonly string[] Prints =
    [
        "text", "fingerprint", "alias", "serial", "startdate", "enddate", "subject", "issuer", "email", "subject_hash", "subject_hash_old",
        "issuer_hash", "issuer_hash_old", "ocspid", "ocsp_uri", "purpose", "pubkey", "modulus", "next_serial",
    ];

    private static readonly string[] Flags = ["noout", "nocert", "help", "dates", "hash", "trustout", "-json"];

    private static readonly string[] Valued = ["in", "inform", "out", "outform", "dateopt", "certopt", "nameopt", "ext", "checkend", "checkhost", "checkemail", "checkip", "writerand"];

    // What openssl makes or signs certificates with: this tool only looks at them.
    private static readonly string[] Making =
    [
        "new", "x509toreq", "req", "copy_extensions", "vfyopt", "key", "signkey", "keyform", "set_serial", "days", "preserve_dates", "subj",
        "force_pubkey", "clrext", "extfile", "extensions", "sigopt", "badsig", "CA", "CAform", "CAkey", "CAkeyform", "CAserial", "CAcreateserial",
        "C", "setalias", "clrtrust", "addtrust", "clrreject", "addreject", "passin", "rand", "engine", "provider-path", "provider", "propquery",
    ];

    private readonly List<string> _prints = [];

    /// <summary>The file; null for standard input.</summary>
    internal string? Input { get; private set; }

    /// <summary>How it is encoded.</summary>
    internal OpenSslForm InputForm { get; private set; }

    /// <summary>Where to print to; null for standard output.</summary>
    internal string? Output { get; private set; }

    /// <summary>How the certificate is printed.</summary>
    internal OpenSslForm OutputForm { get; private set; } = OpenSslForm.Pem;

    /// <summary>What is printed, in order.</summary>
    internal IReadOnlyList<string> Printed => _prints;

    /// <summary>Whether the certificate itself is printed.</summary>
    internal bool HasOutput { get; private set; } = true;

    /// <summary>Whether trust settings are printed with it.</summary>
    internal bool WithTrust { get; private set; }

    /// <summary>Extensions asked for, with commas between; null for all.</summary>
    internal string? Extensions { get; private set; }

    /// <summary>The digest of fingerprints.</summary>
    internal string Digest { get; private set; } = "SHA1";

    /// <summary>How names are printed.</summary>
    internal uint NameFlags { get; private set; } = OpenSslFlags.OneLine;

    /// <summary>What of the certificate is printed.</summary>
    internal uint CertificateFlags { get; private set; }

    /// <summary>Whether times are printed as ISO 8601 has them.</summary>
    internal bool HasIsoTimes { get; private set; }

    /// <summary>In how many seconds it must still be valid; null if that is not asked.</summary>
    internal long? CheckedEnd { get; private set; }

    /// <summary>The host it must be for; null if that is not asked.</summary>
    internal string? CheckedHost { get; private set; }

    /// <summary>The mail address it must be for; null if that is not asked.</summary>
    internal string? CheckedMail { get; private set; }

    /// <summary>The address it must be for; null if that is not asked.</summary>
    internal string? CheckedAddress { get; private set; }

    /// <summary>Where random octets are left behind; null for nowhere.</summary>
    internal string? Seeds { get; private set; }

    /// <summary>Whether JSON is wanted.</summary>
    internal bool IsJson { get; private set; }

    /// <summary>Whether help is wanted.</summary>
    internal bool ShowsHelp { get; private set; }

    /// <summary>Reads the command line.</summary>
    /// <param name="words">The words behind x509.</param>
    /// <exception cref="OriginalRefusal">It makes no sense.</exception>
    internal static X509Options Parse(IReadOnlyList<string> words)
    {
        var options = new X509Options();
        uint? names = null;
        uint certificate = 0;
        List<OpenSslOption> read = OpenSslOption.Parse(
            Command, [.. words.Select(word => word is "--json" ? "-" + word : word)], TakesValue, out IReadOnlyList<string> operands);
        foreach (OpenSslOption option in read)
        {
            if (Array.IndexOf(Making, option.Name) >= 0)
                throw OpenSslOption.Misuse(Command, $"-{option.Name} is not there: netwhy shows certificates, and makes none");
            options.Take(option, ref names, ref certificate);
            if (options.ShowsHelp)
                return options;
        }

        if (operands.Count > 0)
            throw OpenSslOption.Misuse(Command, $"Extra option: \"{operands[0]}\"");
        options.NameFlags = names ?? OpenSslFlags.OneLine;
        options.CertificateFlags = certificate;
        if (options.CheckedAddress is { } address && !IPAddress.TryParse(address, out _))
            throw OpenSslOption.Misuse(Command, $"-checkip \"{address}\" is no IP address");
        return options;
    }

    // Any other word is a digest, or nothing.
    private static bool? TakesValue(string name) =>
        Array.IndexOf(Valued, name) >= 0 ? true
        : Array.IndexOf(Prints, name) >= 0 || Array.IndexOf(Flags, name) >= 0 || Array.IndexOf(Making, name) >= 0 || name is "" || LibraryCertificate.HasDigest(name) ? false
        : null;

    private void Take(OpenSslOption option, ref uint? names, ref uint certificate)
    {
        switch (option.Name)
        {
            case "in":
                Input = option.Text is "-" ? null : option.Text;
                break;
            case "inform":
                InputForm = FormOf(option);
                break;
            case "out":
                Output = option.Text;
                break;
            case "outform":
                OutputForm = FormOf(option);
                break;
            case "noout" or "nocert":
                HasOutput = false;
                break;
            case "trustout":
                WithTrust = true;
                break;
            case "dates":
                Print("startdate");
                Print("enddate");
                break;
            case "hash":
                Print("subject_hash");
                break;
            case "ext":
                Extensions = option.Text;
                Print("ext");
                break;
            case "dateopt":
                HasIsoTimes = option.Text is "iso_8601" || (option.Text is "rfc_822" ? false : throw new OriginalRefusal(OpenSslTool.Failure, $"Invalid date format: {option.Text}"));
                break;
            case "nameopt":
                uint flags = names ?? 0;
                names = OpenSslFlags.TryAddName(ref flags, option.Text) ? flags : throw Unknown(option);
                break;
            case "certopt":
                if (!OpenSslFlags.TryAddCertificate(ref certificate, option.Text))
                    throw Unknown(option);
                break;
            case "writerand":
                Seeds = option.Text;
                break;
            case "checkend":
                CheckedEnd = option.Number(Command);
                break;
            case "checkhost":
                CheckedHost = option.Text;
                break;
            case "checkemail":
                CheckedMail = option.Text;
                break;
            case "checkip":
                CheckedAddress = option.Text;
                break;
            case "-json":
                IsJson = true;
                break;
            case "help":
                ShowsHelp = true;
                break;
            case var print when Array.IndexOf(Prints, print) >= 0:
                Print(print);
                break;
            case "":
                break; // a dash alone says nothing
            default:
                Digest = option.Name;
                break;
        }
    }

    private static OriginalRefusal Unknown(OpenSslOption option) =>
        OpenSslOption.Misuse(Command, string.Create(CultureInfo.InvariantCulture, $"-{option.Name} does not know all of \"{option.Text}\""));

    private static OpenSslForm FormOf(OpenSslOption option) => option.Text.ToUpperInvariant() switch
    {
        "PEM" or "P" => OpenSslForm.Pem,
        "DER" or "D" or "ASN1" => OpenSslForm.Der,
        _ => throw OpenSslOption.Misuse(Command, $"Invalid format \"{option.Text}\" for option -{option.Name}: PEM and DER are there"),
    };

    private void Print(string what)
    {
        _prints.Remove(what);
        _prints.Add(what);
    }
}

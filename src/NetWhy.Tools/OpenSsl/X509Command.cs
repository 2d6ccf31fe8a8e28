using System.Globalization;
using System.Net;
using System.Text;
using NetWhy.Linux;

namespace NetWhy.Tools.OpenSsl;

/// <summary><c>openssl x509</c>: what stands in a certificate, as openssl prints it.</summary>
internal static class X509Command
{
    /// <summary>Runs it.</summary>
    /// <param name="words">The words behind x509.</param>
    /// <param name="host">What it may touch.</param>
    /// <param name="help">Shows help.</param>
    /// <returns>What to exit with.</returns>
    /// <exception cref="OriginalRefusal">The command line makes no sense, or there is no certificate.</exception>
    internal static int Run(IReadOnlyList<string> words, IToolHost host, Action help)
    {
        X509Options options = X509Options.Parse(words);
        if (options.ShowsHelp)
        {
            help();
            return 0;
        }

        int exitCode = Show(options, host);
        return options.Seeds is not { } seeds || OpenSslSeeds.Write(seeds, host) ? exitCode : OpenSslTool.Failure;
    }

    private static int Show(X509Options options, IToolHost host)
    {
        try
        {
            using LibraryCertificate certificate = OpenSslFiles.ReadOne(options.Input, options.InputForm, "certificate");
            if (options.IsJson)
                return X509Json.Write(certificate, options, TimeProvider.System.GetUtcNow(), host.Output);
            using OutputFile? file = options.Output is { } path ? Create(path) : null;
            using var output = new MemoryStream();
            int exitCode = Print(certificate, options, output, host);
            // Names may hold what moves a terminal; files and pipes get what openssl gives them.
            bool isShown = file is null && host.Columns is not null && options.OutputForm is not OpenSslForm.Der;
            (file ?? host.Output).Write(isShown ? Shown(output.ToArray(), host) : output.ToArray());
            return exitCode;
        }
        catch (OpenSslFileRefusal refusal) when (!options.IsJson)
        {
            host.Note(refusal.Message);
            host.Note("Unable to load certificate");
            return OpenSslTool.Failure;
        }
        catch (OpenSslFileRefusal refusal)
        {
            throw new ToolException(OpenSslTool.Failure, refusal.Message);
        }
    }

    private static byte[] Shown(byte[] text, IToolHost host) =>
        Encoding.UTF8.GetBytes(string.Join('\n', Encoding.UTF8.GetString(text).Split('\n').Select(line => Printable.Of(line, host.HasUtf8))));

    private static OutputFile Create(string path)
    {
        try
        {
            return OutputFile.Create(path);
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            throw new ToolException(OpenSslTool.Failure, $"Can't open \"{path}\" for writing, {FileProblem.Of(path, refusal)}");
        }
    }

    private static int Print(LibraryCertificate certificate, X509Options options, MemoryStream output, IToolHost host)
    {
        if (options.Extensions is { } chosen)
            certificate.KeepExtensions(name => chosen.Contains(name, StringComparison.Ordinal));
        if (!certificate.HasUsableKey && options.Printed.Any(what => what is "pubkey" or "modulus"))
        {
            host.Note("Error getting public key: libcrypto does not know its kind, or it is damaged");
            return OpenSslTool.Failure;
        }

        foreach (string what in options.Printed)
        {
            if (!Print(what, certificate, options, output, host))
                return OpenSslTool.Failure;
        }

        if (options.CheckedEnd is { } seconds)
        {
            bool isOver = certificate.HasExpired(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + seconds);
            Line(output, isOver ? "Certificate will expire" : "Certificate will not expire");
            return isOver ? 1 : 0;
        }

        Check(certificate, options, output);
        if (options.HasOutput)
            output.Write(options.OutputForm is OpenSslForm.Der ? certificate.ToDer() : certificate.ToPem(options.WithTrust));
        return 0;
    }

    private static void Check(LibraryCertificate certificate, X509Options options, MemoryStream output)
    {
        if (options.CheckedHost is { } name)
            Line(output, $"Hostname {name} {Verdict(certificate.IsForHost(name))} certificate");
        if (options.CheckedMail is { } mail)
            Line(output, $"Email {mail} {Verdict(certificate.IsForMail(mail))} certificate");
        if (options.CheckedAddress is { } address)
            Line(output, $"IP {address} {Verdict(certificate.IsForAddress(IPAddress.Parse(address)))} certificate");
    }

    private static string Verdict(bool isMatch) => isMatch ? "does match" : "does NOT match";

    // Whether to go on.
    private static bool Print(string what, LibraryCertificate certificate, X509Options options, MemoryStream output, IToolHost host)
    {
        switch (what)
        {
            case "text":
                output.Write(certificate.Text(options.NameFlags, options.CertificateFlags));
                break;
            case "subject" or "issuer":
                PrintName(what, certificate, options, output);
                break;
            case "serial":
                Line(output, "serial="u8, certificate.Serial(isNext: false));
                break;
            case "next_serial":
                Line(output, [], certificate.Serial(isNext: true));
                break;
            case "startdate":
                Line(output, "notBefore="u8, certificate.Time(isEnd: false, options.HasIsoTimes));
                break;
            case "enddate":
                Line(output, "notAfter="u8, certificate.Time(isEnd: true, options.HasIsoTimes));
                break;
            case "subject_hash" or "issuer_hash":
                Line(output, Hash(certificate.NameHash(what is "issuer_hash")));
                break;
            case "subject_hash_old" or "issuer_hash_old":
                Line(output, Hash(certificate.OldNameHash(what is "issuer_hash_old")));
                break;
            case "email" or "ocsp_uri":
                foreach (byte[] address in what is "email" ? certificate.MailAddresses() : certificate.Responders())
                    Line(output, [], address);
                break;
            case "alias":
                Line(output, [], certificate.Alias() ?? [.. "<No Alias>"u8]);
                break;
            case "purpose":
                Line(output, "Certificate purposes:");
                foreach ((_, string name, int asLeaf, int asAuthority) in certificate.Purposes())
                {
                    Line(output, $"{name} : {Suitability(asLeaf)}");
                    Line(output, $"{name} CA : {Suitability(asAuthority)}");
                }

                break;
            case "modulus":
                Line(output, "Modulus="u8, certificate.Modulus() ?? [.. "No modulus for this public key type"u8]);
                break;
            case "pubkey":
                output.Write(certificate.PublicKeyPem() ?? []);
                break;
            case "fingerprint":
                if (certificate.Digest(options.Digest) is not { } digest)
                {
                    host.Note($"Unknown digest {options.Digest}");
                    return false;
                }

                Line(output, $"{options.Digest} Fingerprint={Convert.ToHexString(digest).Chunk(2).Aggregate(new StringBuilder(), (text, pair) => text.Append(text.Length > 0 ? ":" : "").Append(pair))}");
                break;
            case "ocspid":
                output.Write(certificate.ResponderIds());
                break;
            case "ext":
                PrintExtensions(certificate, options.Extensions!, output, host);
                break;
        }

        return true;
    }

    private static void PrintName(string what, LibraryCertificate certificate, X509Options options, MemoryStream output)
    {
        bool isMultiline = OpenSslFlags.IsMultiline(options.NameFlags);
        output.Write(Encoding.ASCII.GetBytes(isMultiline ? $"{what}=\n" : $"{what}="));
        bool isIssuer = what is "issuer";
        Line(output, [], options.NameFlags == 0 ? certificate.OldName(isIssuer) : certificate.Name(isIssuer, options.NameFlags, isMultiline ? 4 : 0));
    }

    private static void PrintExtensions(LibraryCertificate certificate, string names, MemoryStream output, IToolHost host)
    {
        string[] chosen = names.Split(',', StringSplitOptions.RemoveEmptyEntries);
        if (certificate.ExtensionCount == 0)
            host.Note("No extensions in certificate");
        else if (chosen.Length == 0)
            Line(output, $"Invalid extension names: {names}");
        else if (certificate.ExtensionsText(name => name is not "UNDEF" && chosen.Contains(name, StringComparer.Ordinal)) is { } text)
            output.Write(text);
        else
            host.Note($"No extensions matched with: {names}"); // openssl says nothing
    }

    private static string Suitability(int verdict) => verdict switch
    {
        0 => "No",
        1 => "Yes",
        _ => string.Create(CultureInfo.InvariantCulture, $"Yes (WARNING code={verdict})"),
    };

    private static string Hash(uint hash) => hash.ToString("x8", CultureInfo.InvariantCulture);

    private static void Line(MemoryStream output, string text) => output.Write(Encoding.UTF8.GetBytes(text + "\n"));

    private static void Line(MemoryStream output, ReadOnlySpan<byte> title, byte[] text)
    {
        output.Write(title);
        output.Write(text);
        output.Write("\n"u8);
    }
}

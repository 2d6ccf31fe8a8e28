using System.Globalization;
using System.Text;
using System.Text.Json;
using NetWhy.Certificates;
using NetWhy.Linux;

namespace NetWhy.Tools.OpenSsl;

/// <summary><c>openssl verify</c>: do certificates lead to one that is trusted?</summary>
internal static class VerifyCommand
{
    internal const int Rejected = 2; // exit code of the original where one of the certificates is not accepted

    /// <summary>Runs it.</summary>
    /// <param name="words">The words behind verify.</param>
    /// <param name="host">What it may touch.</param>
    /// <param name="help">Shows help.</param>
    /// <returns>What to exit with.</returns>
    /// <exception cref="OriginalRefusal">The command line makes no sense.</exception>
    internal static int Run(IReadOnlyList<string> words, IToolHost host, Action help)
    {
        VerifyOptions options = VerifyOptions.Parse(words, TimeProvider.System.GetUtcNow());
        if (options.Has("help"))
        {
            help();
            return 0;
        }

        if (LibraryCertificate.Unavailable is { } missing)
            throw new ToolException(ToolException.CouldNotWork, $"signatures cannot be checked: {missing}");
        var untrusted = new List<OpenSslCertificate>();
        try
        {
            using VerifyStore store = VerifyStore.Load(options);
            foreach (string path in options.Untrusted)
            {
                int before = untrusted.Count;
                OpenSslFiles.ReadAll(path, "certs of untrusted certificates", isChecked: true, untrusted, []);
                if (untrusted.Count == before)
                    throw new OpenSslFileRefusal("untrusted certificates", $"Could not read any untrusted certificates from {path}");
            }

            List<RevocationList> lists = ReadLists(options);
            return Verify(options, new OpenSslVerifier(store, untrusted, lists, options.Settings), new VerifyWhy(options, store, untrusted, lists), host);
        }
        catch (OpenSslFileRefusal refusal) when (!options.Has("-json"))
        {
            host.Note(refusal.Message);
            return OpenSslTool.Failure;
        }
        catch (OpenSslFileRefusal refusal)
        {
            throw new ToolException(OpenSslTool.Failure, refusal.Message);
        }
        finally
        {
            foreach (OpenSslCertificate certificate in untrusted)
                certificate.Dispose();
        }
    }

    /// <summary>Reads the revocation lists that a command line names.</summary>
    /// <param name="options">The command line.</param>
    /// <exception cref="OpenSslFileRefusal">One cannot be read.</exception>
    internal static List<RevocationList> ReadLists(VerifyOptions options)
    {
        var lists = new List<RevocationList>();
        foreach (string path in options.Lists)
        {
            int before = lists.Count;
            OpenSslFiles.ReadAll(path, "other CRLs", isChecked: true, [], lists);
            if (lists.Count == before)
                throw new OpenSslFileRefusal("other CRLs", $"Could not read any other CRLs from {path}");
        }

        return lists;
    }

    private static int Verify(VerifyOptions options, OpenSslVerifier verifier, VerifyWhy why, IToolHost host)
    {
        bool isJson = options.Has("-json"), areAllAccepted = true;
        using var buffer = new MemoryStream();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("schema", "netwhy.openssl-verify/1");
        json.WriteStartArray("results");
        IReadOnlyList<string?> files = options.Files;
        if (files.Count == 0)
            files = [null]; // standard input
        foreach (string? path in files)
        {
            host.Cancellation.ThrowIfCancellationRequested();
            OpenSslCertificate leaf;
            try
            {
                leaf = OpenSslFiles.ReadSubject(path, "certificate file");
            }
            catch (OpenSslFileRefusal refusal)
            {
                areAllAccepted = false;
                if (isJson)
                    WriteUnread(json, path, refusal.Message);
                else
                    Note(host, refusal.Message, "Unable to load certificate file");
                continue;
            }

            using (leaf)
            {
                if (options.DistinguishingId is { } id)
                    leaf.Library?.SetDistinguishingId(id);
                OpenSslVerdict verdict = verifier.Verify(leaf);
                areAllAccepted &= verdict.IsAccepted;
                if (isJson)
                    Write(json, path, verdict, why.Of(verdict), options);
                else
                    Print(path, verdict, why, options, host);
            }
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        if (isJson)
            host.Output.Write([.. buffer.ToArray(), (byte)'\n']);
        return areAllAccepted ? 0 : Rejected;
    }

    private static void Print(string? path, OpenSslVerdict verdict, VerifyWhy why, VerifyOptions options, IToolHost host)
    {
        string name = path ?? "stdin";
        foreach (OpenSslError error in verdict.Errors.Where(error => error.Code != OpenSslCode.OutOfMemory))
        {
            if (error.Subject is { } subject)
                host.Note(NameOf(subject, options));
            host.Note(string.Create(CultureInfo.InvariantCulture, $"error {error.Code} at {error.Depth} depth lookup: {LibraryCertificate.ErrorText(error.Code)}"));
            if (error.Code == OpenSslCode.NoExplicitPolicy)
                NotePolicies();
        }

        if (verdict.IsAccepted && options.Has("policy_print"))
            NotePolicies();
        if (verdict.IsAccepted)
        {
            Line(host, $"{name}: OK");
            if (options.Has("show_chain"))
                PrintChain(verdict, options, host);
        }
        else
        {
            host.Note($"error {name}: verification failed");
        }

        if (!options.Has("-why"))
            return;
        foreach (StatementLine line in StatementOutput.Lines(why.Of(verdict), host.Columns ?? 100, host.HasUtf8, isWhole: true))
            host.Note(line.Text);

        void NotePolicies()
        {
            foreach (string line in verdict.Policies is { } tree ? VerifyPolicies.Lines(tree) : [])
                host.Note(line);
        }
    }

    private static void PrintChain(OpenSslVerdict verdict, VerifyOptions options, IToolHost host)
    {
        Line(host, "Chain:");
        for (int depth = 0; depth < verdict.Chain.Length; depth++)
        {
            Line(host, string.Create(CultureInfo.InvariantCulture,
                $"depth={depth}: {NameOf(verdict.Chain[depth], options)}{(depth < verdict.Untrusted ? " (untrusted)" : "")}"));
        }
    }

    private static string NameOf(OpenSslCertificate certificate, VerifyOptions options) =>
        certificate.Library is { } library ? Encoding.UTF8.GetString(library.Name(isIssuer: false, options.NameFlags, indent: 0)) : certificate.Certificate.Subject;

    private static void WriteUnread(Utf8JsonWriter json, string? path, string why)
    {
        json.WriteStartObject();
        json.WriteString("file", path ?? "stdin");
        json.WriteBoolean("accepted", false);
        json.WriteString("unreadable", why);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string? path, OpenSslVerdict verdict, IReadOnlyList<Statement> statements, VerifyOptions options)
    {
        json.WriteStartObject();
        json.WriteString("file", path ?? "stdin");
        json.WriteBoolean("accepted", verdict.IsAccepted);
        json.WriteStartArray("errors");
        foreach (OpenSslError error in verdict.Errors)
        {
            json.WriteStartObject();
            json.WriteNumber("code", error.Code);
            json.WriteNumber("depth", error.Depth);
            json.WriteString("text", LibraryCertificate.ErrorText(error.Code));
            if (error.Subject is { } subject)
                json.WriteString("subject", NameOf(subject, options));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("chain");
        for (int depth = 0; depth < verdict.Chain.Length; depth++)
        {
            OpenSslCertificate certificate = verdict.Chain[depth];
            json.WriteStartObject();
            json.WriteNumber("depth", depth);
            json.WriteString("subject", NameOf(certificate, options));
            json.WriteString("sha256", TrustStore.Fingerprint(certificate.Certificate.Octets.Span));
            json.WriteBoolean("trusted", depth >= verdict.Untrusted);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        StatementOutput.WriteJson(json, "statements", statements);
        json.WriteEndObject();
    }

    private static void Note(IToolHost host, params ReadOnlySpan<string> lines)
    {
        foreach (string line in lines)
            host.Note(line);
    }

    private static void Line(IToolHost host, string text) =>
        host.Output.Write(Encoding.UTF8.GetBytes((host.Columns is null ? text : Printable.Of(text, host.HasUtf8)) + "\n"));
}

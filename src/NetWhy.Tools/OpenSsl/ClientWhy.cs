using System.Globalization;
using System.Net;
using NetWhy.Certificates;
using NetWhy.Linux;
using NetWhy.Paths;
using NetWhy.Wire.Tls;

namespace NetWhy.Tools.OpenSsl;

/// <summary>What a session of <c>openssl s_client</c> means, in plain words.</summary>
internal static class ClientWhy
{
    private const string NoSession = "no-session", Unverified = "verification-failed", NameUnchecked = "name-not-checked", SavedVerdict = "saved-verdict";

    /// <summary>What is to be said of it.</summary>
    /// <param name="options">What was asked for.</param>
    /// <param name="run">How it went.</param>
    internal static IReadOnlyList<Statement> Of(ClientOptions options, ClientRun run)
    {
        var statements = new List<Statement>();
        if (run.FailedAt is { } step)
            statements.Add(FailureOf(step, options, run));
        else if (run.WasInterrupted && run.Events.Established is null)
            statements.Add(Interrupted(options, run));
        if (run.Session is not { } session)
            return statements;
        IReadOnlyList<LibraryCertificate> chain = session.PeerChain();
        try
        {
            using LibraryCertificate? peer = session.WasResumed ? session.PeerCertificate() : null; // of a session that was not taken it is no news
            if ((chain.Count > 0 ? chain[0] : peer) is { } certificate)
                AddVerdict(statements, options, run, session, chain, certificate);
            else if (run.Events.Established is null)
                statements.Add(new Statement(NoSession, StatementSeverity.Note, "No certificate came, so that nothing was verified: \"Verification: OK\" and \"Verify return code: 0\" mean only that."));
        }
        finally
        {
            foreach (LibraryCertificate one in chain)
                one.Dispose();
        }

        return statements;
    }

    private static Statement FailureOf(string step, ClientOptions options, ClientRun run)
    {
        string proof = run.Failure ?? "";
        (string? host, string port) = run.Target;
        string target = Endpoint(host, port);
        string who = options.Proxy is null ? target : $"the proxy {target}";
        return step switch
        {
            "name" => NameFailure(run.LookupFailure ?? "", who, host ?? "localhost", port) with { Proof = [proof] },
            "bind" => new Statement("bind-failed", StatementSeverity.Critical, $"No connection was begun, because -bind {options.Value("bind")} cannot be had: {run.LookupFailure ?? (run.FailureErrno is { } errno ? LinuxException.Describe(errno) : "it is of another family than all addresses to connect to")}.")
            {
                Proof = [proof],
            },
            "connect" when run.FailureErrno is Errno.ECONNREFUSED => new Statement("refused", StatementSeverity.Critical, $"The port is closed: {who} answered the connection with a reset. TLS has no part in it{Unasked(options)}.")
            {
                Cause = "tcp-refused",
                Next = [$"netwhy {target}"],
            },
            "connect" => new Statement("not-connected", StatementSeverity.Critical, $"No connection stands to {who}: {LinuxException.Describe(run.FailureErrno ?? Errno.OK)}. TLS has no part in it{Unasked(options)}.")
            {
                Next = [$"netwhy {target}"],
            },
            "proxy" when run.IsTimeout => new Statement("proxy-silent", StatementSeverity.Critical, $"The connection to {who} stands, and it does not answer the wish to connect: whether it asked the server is not known.") { Proof = [proof] },
            "proxy" => new Statement("proxy-refused", StatementSeverity.Critical, $"{char.ToUpperInvariant(who[0])}{who[1..]} did not make the connection to the server; what it answered says whether it tried.") { Proof = [proof] },
            "options" => new Statement("options", StatementSeverity.Critical, "The connection stands, and no handshake was begun, because what the options name cannot be read.") { Proof = [proof] },
            "starttls" => StartTlsFailure(run.StartTls!) with { Proof = [proof] },
            "handshake" => HandshakeFailure(options, run),
            _ when run.Session is { Alert: { } alert, AlertIsOurs: false } session => new Statement("alert", StatementSeverity.Critical,
                $"The server ended the session after the handshake with {TlsAlert.Name(alert)}: {MeaningOf(alert, session, options)}")
            {
                Proof = [proof],
            },
            _ => new Statement("session-broken", StatementSeverity.Critical, "The session stood, and broke afterwards.") { Proof = [proof] },
        };
    }

    private static string Endpoint(string? host, string port) => $"{(host?.Contains(':', StringComparison.Ordinal) == true ? $"[{host}]" : host ?? "localhost")}:{port}";

    // Where it stood when the user had waited enough.
    private static Statement Interrupted(ClientOptions options, ClientRun run)
    {
        (string? host, string port) = run.Target;
        string now = Milliseconds(run.Events.Now);
        if (run.Events.Connected is not { } connected)
            return new Statement("interrupted", StatementSeverity.Warning, $"It was interrupted after {now}, before a connection to {(options.Proxy is null ? "" : "the proxy ")}{host ?? "localhost"} port {port} stood.");
        string silent = (options.Proxy, options.Value("starttls")) switch
        {
            (null, null) => "and the server said nothing since. It waits for something else (no TLS there, or a protocol that begins in the clear: -starttls), it hangs, or something on the way swallows what is sent",
            (null, { } protocol) => $"and no TLS came since: the words of -starttls {protocol} did not come to their end, or the server says nothing behind them",
            _ => "and no TLS came since: the proxy did not connect, or the server behind it says nothing",
        };
        string target = Endpoint(host, port);
        return new Statement("interrupted", StatementSeverity.Warning, run.Events.Events.LastOrDefault(one => !one.IsOurs) is { } last
            ? $"It was interrupted after {now}, in the handshake: the server said nothing more after {last.Name}, which came after {Milliseconds(last.Time)}."
            : $"It was interrupted after {now}: the connection{(options.Proxy is null ? "" : " to the proxy")} stood after {Milliseconds(connected)}, {silent}.")
        {
            Next = [options.Proxy is not null ? $"netwhy {target}" : $"netwhy tls {target}{(options.Value("starttls") is { } named ? $" --starttls {named}" : "")}"],
        };
    }

    private static string Unasked(ClientOptions options) => options.Proxy is null ? "" : ", and nothing reached the server";

    private static Statement NameFailure(string why, string who, string host, string port) =>
        why == ClientConnection.UnknownService
            ? new Statement("port-not-known", StatementSeverity.Critical, $"No number is known for the port {port}: nothing was sent.")
        : why == SystemNames.NotKnown || why == SystemNames.NoData || why == SystemNames.NoAddressOfFamily
            ? new Statement("name-not-found", StatementSeverity.Critical, $"There is no address for {who} ({why}): nothing was sent to it.") { Next = [$"netwhy dns {host}"] }
        : new Statement("name-not-found", StatementSeverity.Critical, $"No address was found for {who} ({why}), which does not say that it has none. Nothing was sent to it.") { Next = [$"netwhy dns {host}"] };

    private static Statement StartTlsFailure(StartTlsAnswer answer) => answer switch
    {
        { IsSilent: true, Step: StartTlsStep.Greeting } => new Statement("starttls-silent", StatementSeverity.Critical,
            $"The service says nothing in the clear: {answer.Refusal}. If TLS is spoken from the first octet there, leave -starttls out."),
        { IsSilent: true } => new Statement("starttls-silent", StatementSeverity.Critical, $"The service fell silent before TLS began: {answer.Refusal}."),
        { IsEnded: true } => new Statement("starttls-ended", StatementSeverity.Critical, $"The service did not go over to TLS: {answer.Refusal}."),
        _ => new Statement("starttls-refused", StatementSeverity.Critical, $"The service did not go over to TLS: {answer.Refusal}.") { Cause = "tls-starttls-refused" },
    };

    private static Statement HandshakeFailure(ClientOptions options, ClientRun run)
    {
        TlsSession session = run.Session!;
        string last = run.Events.Events.Count > 0 ? run.Events.Events[^1] is var one ? $"last: {(one.IsOurs ? "sent" : "received")} {one.Name} after {Milliseconds(one.Time)}" : "" : "nothing passed";
        List<string> proof = [.. run.Failure is { } failure ? new[] { failure } : [], last];
        ReadOnlySpan<byte> first = session.FirstOctets.Span;
        if (session.Alert is { } alert && !session.AlertIsOurs)
            return new Statement("alert", StatementSeverity.Critical, $"The server ended the handshake with {TlsAlert.Name(alert)}: {MeaningOf(alert, session, options)}") { Proof = proof };
        if (session.VerifyResult != 0 && options.Has("verify_return_error"))
            return new Statement(Unverified, StatementSeverity.Critical, "We ended the handshake, because -verify_return_error asks for it: verification failed.") { Proof = proof };
        if (run.IsTimeout)
            return new Statement("silent", StatementSeverity.Critical, "The connection stands, and the server says nothing more: it waits for something else (no TLS there?), or something on the way swallows what is sent.") { Proof = proof };
        if (session.Alert is { } own)
            return new Statement("own-alert", StatementSeverity.Critical, $"We ended the handshake with {TlsAlert.Name(own)}: what the server sent is not acceptable here.") { Proof = proof };
        if (first.Length > 0 && first[0] is < 20 or > 24)
        {
            return new Statement("no-tls", StatementSeverity.Critical, $"What answers is no TLS: its first octets are {Printable.Of(System.Text.Encoding.Latin1.GetString(first), isUtf8: false)}.")
            {
                Cause = "tls-plaintext-service",
                Proof = proof,
                Fixes = [new StatementFix("If it begins in the clear and goes over to TLS, say which protocol it speaks.", $"netwhy openssl s_client -connect {options.Host ?? "localhost"}:{options.Port} -starttls smtp")],
            };
        }

        return run.FailureErrno is Errno.ECONNRESET
            ? new Statement("reset", StatementSeverity.Critical, "The connection was reset in the handshake, without an alert: by the server, or by something on the way.") { Proof = proof }
            : new Statement("broken-handshake", StatementSeverity.Critical, "The handshake broke off without an alert of the server.") { Proof = proof };
    }

    private static string MeaningOf(byte alert, TlsSession session, ClientOptions options) => alert switch
    {
        40 when session.ClientCertificateRequested => options.Value("cert") is null
            ? "it demands a client certificate: give one with -cert and -key."
            : "it asked for a client certificate, and has no use for ours.",
        40 => "no cipher suite, group or signature that both have, or a rule of its own.",
        42 or 43 or 44 or 45 or 46 or 48 when options.Value("cert") is null => session.ClientCertificateRequested
            ? "it demands a client certificate: give one with -cert and -key."
            : "it does not say more.",
        42 or 43 or 44 or 45 or 46 => "it does not take our certificate.",
        48 => "it does not know the CA of our certificate.",
        70 => $"it speaks none of the versions offered ({session.Offered}).",
        71 => "what was offered is too weak for it.",
        80 => "it failed inside; servers with OpenSSL also say so of versions that their policy forbids.",
        109 or 116 => "it demands a client certificate: give one with -cert and -key.",
        112 => $"it has nothing for the name {options.ServerName ?? "(none was sent)"}: another -servername may do.",
        115 => "it does not know the key that was agreed on before.",
        120 => $"it speaks none of {string.Join(", ", options.Protocols)}.",
        _ => "it does not say more.",
    };

    private static void AddVerdict(List<Statement> statements, ClientOptions options, ClientRun run, TlsSession session, IReadOnlyList<LibraryCertificate> chain, LibraryCertificate peer)
    {
        int code = session.VerifyResult;
        if (code != 0)
        {
            statements.Add(new Statement(Unverified, run.FailedAt is null ? StatementSeverity.Warning : StatementSeverity.Note, string.Create(CultureInfo.InvariantCulture,
                $"The certificate is not accepted ({code}: {LibraryCertificate.ErrorText(code)}){(run.FailedAt is null ? ", and the exit code is 0 all the same: only -verify_return_error changes that" : "")}.")));
        }

        if (chain.Count > 0)
            statements.AddRange(Verify(options, session, chain));
        else
            statements.Add(new Statement(SavedVerdict, StatementSeverity.Note, "The session was gone on with, and no certificate was sent: the certificate and the verdict are those of the time when it was saved."));
        if (options.Verification.Settings is not { HostName: null, Address: null } || run.Events.Established is null)
            return;
        string? name = options.ServerName ?? options.Host;
        if (name is null)
            return;
        bool isAddress = IPAddress.TryParse(name, out IPAddress? address);
        bool fits = isAddress ? peer.IsForAddress(address!) : peer.IsForHostOfBrowser(name);
        string option = isAddress ? $"-verify_ip {name}" : $"-verify_hostname {name}";
        statements.Add(fits
            ? new Statement(NameUnchecked, StatementSeverity.Note, $"openssl s_client does not look whom the certificate is for; it is for {name}.")
            : new Statement(NameUnchecked, StatementSeverity.Warning, $"openssl s_client does not look whom the certificate is for, and it is not for {name}: a browser refuses it.")
            {
                Cause = "tls-name-mismatch",
                Fixes = [new StatementFix("To have that checked:", option)],
            });
    }

    // By our own verification of what was sent, with the same roots: it tells a missing intermediate from an unknown root.
    private static IReadOnlyList<Statement> Verify(ClientOptions options, TlsSession session, IReadOnlyList<LibraryCertificate> chain)
    {
        List<string> words = [.. options.VerificationWords];
        if (options.Value("purpose") is null)
            words.AddRange(["-purpose", "sslserver"]);
        if (options.Value("auth_level") is null)
            words.AddRange(["-auth_level", session.SecurityLevel.ToString(CultureInfo.InvariantCulture)]);
        var sent = new List<OpenSslCertificate>();
        try
        {
            VerifyOptions verification = VerifyOptions.Parse(words, TimeProvider.System.GetUtcNow(), ClientOptions.Command);
            using VerifyStore store = VerifyStore.Load(verification);
            foreach (LibraryCertificate one in chain)
            {
                if (OpenSslCertificate.Read(one.ToDer(), hasTrust: false) is { } read)
                    sent.Add(read);
            }

            List<RevocationList> lists = VerifyCommand.ReadLists(verification);
            return sent.Count == 0
                ? []
                : new VerifyWhy(verification, store, sent, lists).Of(new OpenSslVerifier(store, sent, lists, verification.Settings).Verify(sent[0]));
        }
        catch (OpenSslFileRefusal refusal)
        {
            return [new Statement("unverified", StatementSeverity.Note, $"No verdict of our own: {refusal.Message}.")];
        }
        finally
        {
            foreach (OpenSslCertificate certificate in sent)
                certificate.Dispose();
        }
    }

    private static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.0} ms");
}

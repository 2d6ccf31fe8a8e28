using System.Collections.Immutable;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The server wants a certificate from the client and gets none, or one that it does not accept.</summary>
public sealed class TlsClientCertificateRequired : IRule
{
    private const string Id = "tls-client-certificate-required";
    private const int CertificateRequired = 116;
    private const int NginxNoCertificate = 496;
    private const int NginxBadCertificate = 495;

    private static readonly ImmutableArray<string> Explained = ["tls-handshake-*", "http-client-error", "tls-cipher-mismatch", "connection-reset", "http-malformed-response"];

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 8446, sections 4.3.2, 4.4.2.4 and 6.2", Id);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = ApplicationView.Of(evidence);
        foreach (TlsHandshake handshake in view.Handshakes.Where(handshake => handshake.ClientCertificateRequested || LateRequest(view, handshake) is not null).DistinctBy(handshake => handshake.Address))
        {
            if (Refusal(view, handshake) is not { } refusal)
                continue; // it asks, and lives without one
            // Whoever refuses a client for its certificate says so by an alert or a page; to end the session has other reasons too.
            bool isGuess = refusal.Weight is Weight.Context;
            string server = ApplicationView.Server(handshake);
            yield return new Finding(
                Id,
                isGuess ? Severity.Warning : Severity.Critical,
                Where.Unknown,
                isGuess
                    ? $"{server} asks for a client certificate, gets none, and ends the session: perhaps for that."
                    : $"{server} wants a client certificate (mutual TLS), and none was presented.",
                [
                    handshake.ClientCertificateRequested ? handshake.Weigh(Weight.Strong, "the server asked for a client certificate")
                        : LateRequest(view, handshake)!.Weigh(Weight.Strong, "the server asked for a client certificate, or would have, once it had the request: what it asks for has a rule of its own there"),
                    refusal,
                ])
            {
                AlsoExplains = isGuess ? [] : Explained,
                Subject = handshake.Address,
                Remedies =
                [
                    new Remedy("Present a certificate of the CA that the server accepts.", Presenting(view, handshake)),
                    new Remedy("Or make it optional where it is not needed (nginx: ssl_verify_client optional;).", On: Fix.Server(handshake.Address)),
                ],
                Next = ["On the server: which CA does it accept client certificates from, and does it say why it refused?"],
            };
        }
    }

    /// <returns>What shows that it does not live without one, of weight <see cref="Weight.Context"/> where that is a guess; null for nothing.</returns>
    private static Reason? Refusal(ApplicationView view, TlsHandshake handshake)
    {
        if (handshake.Outcome is TlsOutcome.Alert && !handshake.AlertIsOurs)
        {
            Weight weight = handshake.AlertCode is CertificateRequired ? Weight.Decisive : Weight.VeryStrong;
            return handshake.Weigh(weight, $"then it ended the handshake with the alert {handshake.Alert}");
        }

        // Behind both Finished a backend that is dead ends it too.
        if (handshake.Outcome is TlsOutcome.Reset or TlsOutcome.Closed)
            return handshake.Weigh(handshake.Messages.Contains("> Finished") && handshake.Messages.Contains("< Finished") ? Weight.Context : Weight.Strong, "then it ended the connection");
        if ((handshake.ClientCertificateRequested ? Asked(view, handshake) : LateRequest(view, handshake)) is not { } http)
        {
            return view.Evidence.First<ServiceGreeting>(ended => ended is { IsInTls: true, Trial: null, Ended: not null, Text: null } && ended.Address.Equals(handshake.Address) && ended.Port == handshake.Port) is { } ended
                ? ended.Weigh(AlertWeight(ended.Ended) ?? Weight.Context, AlertWeight(ended.Ended) is null ? "then it ended the session before a word" : $"then it ended the session with the {ended.Ended}")
                : null;
        }

        return http switch
        {
            { Status: NginxNoCertificate or NginxBadCertificate } => http.Weigh(Weight.Decisive, $"the answer is {http.Status}"),
            { Status: 400 } when IsAboutCertificate(http.Excerpt) => http.Weigh(Weight.Decisive, $"the answer is 400: {http.Excerpt}"),
            { Status: 401 or 403 } when IsAboutCertificate(http.Excerpt) => http.Weigh(Weight.VeryStrong, $"the answer is {http.Status}: {http.Excerpt}"), // else it may want a login
            { Outcome: HttpOutcome.Failed } when AlertWeight(http.Fault) is { } weight => http.Weigh(weight, $"the request was answered by a {http.Fault}"),
            { Outcome: HttpOutcome.Reset or HttpOutcome.ClosedEarly, ClientCertificateRequested: true } => http.Weigh(Weight.Strong, "then it ended the connection"), // it had read the request
            { Outcome: HttpOutcome.Reset or HttpOutcome.ClosedEarly } when http.Purpose is not "policy" || SpeaksHttp(view, handshake) =>
                http.Weigh(Weight.Context, "the request was answered by the end of the connection"),
            _ => null,
        };
    }

    // A place of a site may want a certificate that the others do not: it is asked for after the handshake. Apache httpd, SSLVerifyClient
    // in a Location, forbids it where the client does not take such a request, and says so on its page.
    private static HttpExchange? LateRequest(ApplicationView view, TlsHandshake handshake) => view.Exchanges.Concat(view.Repeats)
        .Where(http => (http.ClientCertificateRequested || (http.Status is 403 && SaysLate(http.Excerpt))) && http.Address.Equals(handshake.Address) && http.Port == handshake.Port)
        .OrderBy(http => AlertWeight(http.Fault) is null ? 1 : 0) // a reset may overtake the alert
        .FirstOrDefault();

    private static bool SaysLate(string? page) => page?.Contains("Cannot perform Post-Handshake Authentication", StringComparison.OrdinalIgnoreCase) is true;

    private static Weight? AlertWeight(string? end) =>
        end is "TLS alert certificate_required" ? Weight.Decisive
        : end?.StartsWith("TLS alert", StringComparison.Ordinal) is true ? Weight.VeryStrong
        : null;

    // Where it did not say so, it may end the connection for HTTP alone.
    private static bool SpeaksHttp(ApplicationView view, TlsHandshake handshake) =>
        view.Evidence.Any<TlsHandshake>(other => other.Alpn is "http/1.1" && other.Address.Equals(handshake.Address) && other.Port == handshake.Port);

    /// <summary>The request that shows what a server does without a client certificate; null if none was made.</summary>
    /// <param name="view">The evidence.</param>
    /// <param name="handshake">The handshake with the server.</param>
    internal static HttpExchange? Asked(ApplicationView view, TlsHandshake handshake)
    {
        return view.Exchanges.FirstOrDefault(IsHere) ?? view.Evidence.First<HttpExchange>(http => http.Purpose is "policy" && IsHere(http));

        bool IsHere(HttpExchange http) => http.Address.Equals(handshake.Address) && http.Port == handshake.Port;
    }

    private static ShellCommand Presenting(ApplicationView view, TlsHandshake handshake) => Asked(view, handshake) is null && view.Evidence.Investigation?.Scheme is not "https"
        ? ShellCommand.Of($"openssl s_client {ApplicationView.ConnectOptions(handshake)} -cert client.pem -key client.key")
        : ShellCommand.Of($"curl --cert client.pem --key client.key https://{(handshake.ServerName is { } name ? $"{name}:{handshake.Port}" : ApplicationView.Endpoint(handshake.Address, handshake.Port))}/");

    /// <summary>Whether a page minds that the client showed no certificate, or that one.</summary>
    /// <param name="page">Its beginning; null for none.</param>
    internal static bool IsAboutCertificate(string? page) =>
        page?.Contains("SSL certificate", StringComparison.OrdinalIgnoreCase) is true
        || page?.Contains("client certificate", StringComparison.OrdinalIgnoreCase) is true
        || SaysLate(page);
}

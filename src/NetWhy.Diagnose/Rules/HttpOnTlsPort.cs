using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>HTTP in the clear was asked of a port that speaks TLS.</summary>
public sealed class HttpOnTlsPort : IRule
{
    private const string Id = "http-on-tls-port";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 9110, section 4.2.2; RFC 8446, section 6", Id)
    {
        Explains = ["http-client-error", "http-malformed-response", "connection-reset", "http-truncated-body", "service-hung"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = ApplicationView.Of(evidence);
        TlsHandshake? trial = view.Trial("tls-on-plain-port");
        HttpExchange[] unanswered = [.. view.Exchanges.Where(http => http is { Purpose: "target", Status: null or 400 or 497 } && http.Url.StartsWith("http:", StringComparison.Ordinal))];
        if ((unanswered.FirstOrDefault(http => trial is not null && http.Address.Equals(trial.Address)) ?? unanswered.FirstOrDefault()) is not { } asked)
            yield break;
        if (trial is not null && !trial.Address.Equals(asked.Address))
            trial = null;
        bool isRefused = TlsPlaintextService.IsRefusalOfPlaintext(asked);
        TlsHandshake? spoken = trial is { Outcome: TlsOutcome.Completed }
            or { Outcome: TlsOutcome.Alert, AlertIsOurs: false, OctetsReceived: > 0 }
            ? trial
            : null;
        if (!isRefused && spoken is null)
            yield break;

        string server = ApplicationView.Endpoint(asked.Address, asked.Port);
        if (isRefused && trial is { Outcome: TlsOutcome.NotTls })
        {
            yield return Behind(server, asked, trial);
            yield break;
        }

        List<Reason> reasons = [];
        if (isRefused)
            reasons.Add(asked.Weigh(Weight.Decisive, $"the server says so: {asked.Excerpt}"));
        else
            reasons.Add(asked.Weigh(Weight.Strong, $"the request in the clear gets no HTTP response ({asked.Fault ?? asked.Outcome.ToString()})"));
        if (spoken is not null)
            reasons.Add(spoken.Weigh(Weight.VeryStrong, spoken.Outcome is TlsOutcome.Completed ? $"a TLS handshake on the same port is made, in {spoken.Version}" : "a ClientHello on the same port is answered in TLS"));
        string url = asked.Url.Replace("http:", "https:", StringComparison.Ordinal);
        yield return new Finding(
            Id,
            Severity.Critical,
            Where.Unknown,
            $"{server}{(spoken is null ? ", or a server behind it," : "")} speaks TLS, and was asked for HTTP in the clear.",
            [.. reasons])
        {
            Subject = asked.Address,
            Remedies =
            [
                new Remedy("Use https:// for this port.", $"curl {url}"),
                new Remedy("Or give the clear-text port."),
            ],
        };
    }

    // A proxy that hands on the answer of a server to which it speaks in the clear.
    private static Finding Behind(string server, HttpExchange asked, TlsHandshake trial) => new(
        Id,
        Severity.Critical,
        Where.Remote,
        $"{server} is a proxy that passes requests in the clear to a server that speaks TLS.",
        [
            asked.Weigh(Weight.VeryStrong, $"the answer is that server's: {asked.Excerpt}"),
            trial.Weigh(Weight.VeryStrong, $"{server} itself speaks no TLS: a ClientHello is answered in the clear"),
        ])
    {
        Subject = asked.Address,
        Remedies =
        [
            new Remedy("Let the proxy speak TLS to the server behind it (nginx: proxy_pass https://…; haproxy: server … ssl verify required), or use that server's port for HTTP in the clear.", On: $"the proxy {asked.Address}"),
        ],
        Next = ["On the proxy: which port of the server behind it does its configuration name, and with which scheme?"],
    };
}

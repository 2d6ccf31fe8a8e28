using System.Collections.Immutable;
using System.Net.Sockets;
using NetWhy.Diagnose.Tls;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Of equal TLS handshakes with one address some are made and some fail: one of several servers behind it fails, whatever it is offered.</summary>
public sealed class RepeatedHandshakes : IRule
{
    private static readonly TimeSpan ConnectRetry = TimeSpan.FromSeconds(0.9); // haproxy waits a second, or its timeout connect if that is less

    // Those that judge a handshake by itself, the one that knows the most first.
    private static readonly ImmutableArray<IRule> Judges = [new TlsClientCertificateRequired(), new TlsPlaintextService(), new TlsHandshakeStall(), new TlsHandshakeReset(), new TlsHandshakeFailed()];

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new("repeated-handshakes", Source: "RFC 8446, section 2; RFC 6066, section 3", [.. Judges.SelectMany(rule => rule.Info.Causes)])
    {
        Explains = ["tls-handshake-*", "connection-reset", "service-hung"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        foreach (EqualHandshakes equal in EqualHandshakes.Of(evidence))
        {
            foreach (TlsHandshake[] alike in equal.Failed.GroupBy(failed => (failed.Outcome, failed.AlertCode, failed.ClientCertificateRequested)).Select(group => group.ToArray()))
            {
                if (JudgementOf(evidence, alike) is { } finding && (equal.IsProven || alike[0].Purpose is "target"))
                    yield return equal.IsProven ? Partly(equal, alike, finding) : Once(equal, alike, finding);
            }
        }
    }

    private static Finding Partly(EqualHandshakes equal, TlsHandshake[] alike, Finding finding)
    {
        string server = ApplicationView.Server(alike[0]);
        string often = $"{alike.Length} of {equal.Single.Length}";
        Reason alone = alike[0].Weigh(Weight.Strong, $"{often} handshakes that offered the same, to the same name, one at a time, came to this, and {equal.Single.Count(one => one.Outcome is TlsOutcome.Completed)} before, between or after them were made: it is not what was offered");
        if (finding.Where is Where.Path)
        {
            return finding with
            {
                Summary = $"{often} equal TLS handshakes with {server} fail, and others between them are made: {finding.Summary}",
                Reasons = [.. finding.Reasons, alone],
            };
        }

        // Whoever balances connections accepts and acknowledges by itself, before it has a backend.
        bool isWithoutWord = alike.All(failed => failed is { OctetsReceived: 0, AlertCode: null });
        bool isSilent = isWithoutWord && alike[0].Outcome is TlsOutcome.Stalled, isLateEnd = isWithoutWord && alike[0].Outcome is TlsOutcome.Reset or TlsOutcome.Closed && alike.All(failed => failed.Elapsed >= ConnectRetry);
        string there = isSilent ? $"one of several servers behind it says nothing, or the balancer does not reach it: {server} accepts the connection, and nothing answers the ClientHello for {ApplicationView.InWords(alike.Max(failed => failed.Elapsed))}."
            : $"one of several servers behind it. There: {finding.Summary}";
        return finding with
        {
            Summary = $"{often} equal TLS handshakes with {server} fail, and others between them are made: {there}",
            Reasons =
            [
                .. isSilent ? finding.Reasons.Where(reason => reason.Weight is not Weight.Strong) : finding.Reasons,
                alone,
                .. isSilent ? [alike[0].Weigh(Weight.Against, "a balancer that accepts at once and waits for a dead backend (haproxy: timeout connect, as often as retries says; then it closes, or asks another one) looks the same: whether TLS is what stalls is not seen")] : Array.Empty<Reason>(),
                .. isLateEnd ? [alike[0].Weigh(Weight.Context, "so late, and without a word, ends a balancer that tried in vain to reach its backend (haproxy: a second before each of its retries)")] : Array.Empty<Reason>(),
            ],
            Remedies =
            [
                new Remedy("Find which server behind the balancer it is, mend it or take it out of the pool; have the balancer check TLS, not the port alone (haproxy: check-ssl)."),
                .. finding.Remedies.Where(remedy => !Fix.IsProxyHeader(remedy)), // all would need it
            ],
            Next =
            [
                "On the balancer: which servers are in the pool, and what does the handshake with each of them say (openssl s_client -connect SERVER)?",
                .. isSilent || isLateEnd ? ["On the balancer: does its log name retries, or a backend that it did not reach (haproxy: termination state SC or sC, and the retries in 1/1/0/0/+3; SYNs sent again: nstat -az TcpExtTCPSynRetrans)?"] : (string[])[],
                "If there is one server alone: does it, or a firewall, limit new connections?",
                .. finding.Next,
            ],
        };
    }

    // The usual try failed, and equal ones do not, or not often enough to tell.
    private static Finding Once(EqualHandshakes equal, TlsHandshake[] alike, Finding finding) => finding with
    {
        Severity = Severity.Warning,
        Summary = $"The first TLS handshake with {ApplicationView.Server(alike[0])} failed, and {equal.All.Count(one => one.Outcome is TlsOutcome.Completed)} of {equal.All.Length - 1} equal ones afterwards were made: a moment (a restart, a pause), a limit of new connections, or one of several servers behind it.",
        Reasons =
        [
            alike[0].Weigh(Weight.Strong, $"the first one {(alike[0].Outcome is TlsOutcome.Stalled ? "got no answer" : alike[0].Outcome is TlsOutcome.Reset ? "was reset" : "was ended")}; what equal ones meet is not the fault of what was offered"),
            alike[0].Weigh(Weight.HintAgainst, "whether it comes again, so few do not show"),
        ],
        Remedies = [],
        Next = [$"Ask more often, over time: {ShellCommand.Of($"netwhy tls://{alike[0].ServerName ?? (alike[0].Address.AddressFamily is AddressFamily.InterNetworkV6 ? $"[{alike[0].Address}]" : $"{alike[0].Address}")}:{alike[0].Port} --symptom timeout")}"],
    };

    // Those that speak TLS answer requests in the clear, too: by 400, or by a redirection.
    private static bool IsOfPlainServer(HttpExchange http) => http.Status is (>= 200 and < 300) or (> 400 and < 500);

    // As if each connection led there.
    private static Finding? JudgementOf(EvidenceSet evidence, TlsHandshake[] alike)
    {
        TlsHandshake failed = alike[0] with { Purpose = "target" };
        var alone = new EvidenceSet(
        [
            .. evidence.Investigation is { } asked ? [asked] : Array.Empty<Observation>(),
            failed,
            .. evidence.All<FlowSighting>().Where(flow => flow.Address.Equals(failed.Address) && flow.Port == failed.Port),
            .. evidence.All<HttpExchange>().Where(http => http.Purpose is "plaintext" && http.Address.Equals(failed.Address) && http.Port == failed.Port && (failed.Outcome is TlsOutcome.NotTls || IsOfPlainServer(http))),
        ]);
        return Judges.SelectMany(rule => rule.Evaluate(alone)).FirstOrDefault() is { } finding
            ? finding with { Reasons = [.. finding.Reasons.Select(reason => ReferenceEquals(reason.Observation, failed) ? reason with { Observation = alike[0] } : reason)] }
            : null;
    }
}

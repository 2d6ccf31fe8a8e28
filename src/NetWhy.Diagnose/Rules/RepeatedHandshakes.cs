using System.Collections.Immutable;
using NetWhy.Diagnose.Tls;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Of equal TLS handshakes with one address some are made and some fail: one of several servers behind it fails, whatever it is offered.</summary>
public sealed class RepeatedHandshakes : IRule
{
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
                if (JudgementOf(evidence, alike) is { } finding)
                    yield return Partly(equal, alike, finding);
            }
        }
    }

    private static Finding Partly(EqualHandshakes equal, TlsHandshake[] alike, Finding finding)
    {
        string server = ApplicationView.Server(alike[0]);
        string often = $"{alike.Length} of {equal.All.Length}";
        return finding with
        {
            Summary = $"{often} equal TLS handshakes with {server} fail, the others are made: {(equal.Alternate ? "one of several servers behind it" : "one of several servers behind it, or who limits connections")}. There: {finding.Summary}",
            Reasons =
            [
                .. finding.Reasons,
                alike[0].Weigh(equal.Alternate ? Weight.Strong : Weight.HintAgainst, equal.Alternate
                    ? $"{often} handshakes that offered the same, to the same name, came to this; some before and after it were made: it is not what was offered"
                    : $"{often} handshakes that offered the same came to this, the last ones: it may have had enough of so many"),
            ],
            Remedies =
            [
                new Remedy("Find which server behind the balancer it is, mend it or take it out of the pool; have the balancer check TLS, not the port alone (haproxy: check-ssl)."),
                .. finding.Remedies.Where(remedy => !Fix.IsProxyHeader(remedy)), // all would need it
            ],
            Next = ["On the balancer: which servers are in the pool, and what does the handshake with each of them say (openssl s_client -connect SERVER)?", .. finding.Next],
        };
    }

    // As if each connection led there.
    private static Finding? JudgementOf(EvidenceSet evidence, TlsHandshake[] alike)
    {
        TlsHandshake failed = alike[0] with { Purpose = "target" };
        var alone = new EvidenceSet(
        [
            .. evidence.Investigation is { } asked ? [asked] : Array.Empty<Observation>(),
            failed,
            .. evidence.All<HttpExchange>().Where(http => http.Purpose is "plaintext" && http.Address.Equals(failed.Address) && http.Port == failed.Port),
        ]);
        return Judges.SelectMany(rule => rule.Evaluate(alone)).FirstOrDefault() is { } finding
            ? finding with { Reasons = [.. finding.Reasons.Select(reason => ReferenceEquals(reason.Observation, failed) ? reason with { Observation = alike[0] } : reason)] }
            : null;
    }
}

using NetWhy.Diagnose.Paths;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>What the rounds of a path prove, as causes.</summary>
/// <remarks>
/// Where a connection to the same address was tried too, what it suffered decides, and this is only noted. In an investigation, loss
/// and delay are for the rules that weigh other evidence of them as well.
/// </remarks>
public sealed class PathRun : IRule
{
    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        "path-run", Source: "RFC 792; RFC 4950; RFC 2680",
        "packet-loss", "routing-loop", "jitter", "high-latency", "port-rejected", "route-prohibited", "host-unreachable",
        "ecmp-path-broken", "icmp-rate-limited", "asymmetric-path");

    private static readonly string[] WeighedElsewhere = ["packet-loss", "high-latency"];

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        bool isInvestigation = evidence.Investigation is not null;
        return evidence.All<PathRounds>().SelectMany(rounds =>
        {
            bool isBeside = evidence.Any<ConnectAttempt>(attempt => attempt.Purpose is "target" && attempt.Address.Equals(rounds.Destination));
            return PathReading.Of(rounds)
                .Where(conclusion => conclusion.Cause is not null && !(isInvestigation && WeighedElsewhere.Contains(conclusion.Cause)))
                .Select(conclusion => Finding(rounds, conclusion, isBeside ? Severity.Info : conclusion.Severity));
        });
    }

    private static Finding Finding(PathRounds rounds, PathConclusion conclusion, Severity severity) => new(
        conclusion.Cause!,
        severity,
        conclusion.Kind is "destination-limits-answers" ? Where.Remote : Where.Path,
        conclusion.Text,
        [
            .. conclusion.Proof.Select((proof, i) => rounds.Weigh(i == 0 ? Weight.Decisive : Weight.Context, proof)),
        ])
    {
        Subject = rounds.Destination,
        Remedies = conclusion.Remedies,
        Next = conclusion.Next,
    };
}

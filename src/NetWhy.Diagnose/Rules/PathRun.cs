using NetWhy.Diagnose.Paths;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>What the rounds of a path prove, as causes.</summary>
public sealed class PathRun : IRule
{
    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        "path-run", Source: "RFC 792; RFC 4950; RFC 2680",
        "packet-loss", "routing-loop", "jitter", "high-latency", "port-rejected", "route-prohibited", "host-unreachable",
        "ecmp-path-broken", "icmp-rate-limited", "asymmetric-path");

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) =>
        evidence.All<PathRounds>().SelectMany(rounds => PathReading.Of(rounds)
            .Where(conclusion => conclusion.Cause is not null)
            .Select(conclusion => Finding(rounds, conclusion)));

    private static Finding Finding(PathRounds rounds, PathConclusion conclusion) => new(
        conclusion.Cause!,
        conclusion.Severity,
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

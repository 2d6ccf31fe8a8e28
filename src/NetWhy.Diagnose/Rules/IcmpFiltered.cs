using NetWhy.Diagnose.Paths;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The host does not answer echo and serves all the same: a filter, and no fault.</summary>
public sealed class IcmpFiltered : IRule
{
    private const string Id = "icmp-filtered";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 792; RFC 4890", Id);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        foreach (TargetView view in TargetView.All(evidence))
        {
            if (view.Echoes.Any(echo => echo.Received > 0)
                || view.Echoes.FirstOrDefault(echo => echo is { Sent: > 0, Received: 0 }) is not { } echo
                || (view.Connected ?? view.Controls.FirstOrDefault(TargetView.AnsweredByHost)) is not { } alive)
            {
                continue;
            }

            // A reply that takes as long as the handshake did may still have been on its way.
            if (alive.Outcome is ConnectOutcome.Connected && alive.Elapsed * 2 > echo.Waited && echo.Errors.Count == 0)
                continue;

            string who = echo.Errors is [{ } error, ..] ? $"{error.Offender} refuses it" : "nothing comes back";
            yield return new Finding(
                Id,
                Severity.Info,
                Where.Unknown,
                $"{view.Address} does not answer echo although TCP port {alive.Port} does: ICMP is filtered, which harms nothing here.",
                [
                    echo.Weigh(Weight.VeryStrong, $"none of {echo.Sent} echo requests is answered: {who}"),
                    alive.Weigh(Weight.VeryStrong, $"port {alive.Port} answers in {TargetView.InWords(alive.Elapsed)}"),
                ])
            {
                Subject = view.Address,
            };
        }
    }
}

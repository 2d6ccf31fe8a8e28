using NetWhy.Diagnose.Hosts;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Rings of the cards that are smaller than they may be.</summary>
public sealed class LinkRings : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("link.rings", Source: "ethtool(8), -g; linux/ethtool.h, struct ethtool_ringparam");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        // A small ring is no fault by itself: only one that overflowed wants to be larger.
        foreach (LinkHardware card in evidence.All<LinkHardware>().Where(card => card is { ReceiveRing: > 0, ReceiveRingMost: > 0 }))
        {
            LinkState? link = evidence.Last<LinkState>(link => link.Name == card.Interface);
            long missed = link is null ? 0 : link.Statistics.GetValueOrDefault("rx_missed_errors") + link.Statistics.GetValueOrDefault("rx_fifo_errors");
            bool couldGrow = card.ReceiveRing < card.ReceiveRingMost && missed > 0;
            yield return new Signal(
                Info.Id,
                couldGrow ? Standing.Advice : Standing.Fine,
                $"receive ring of {card.Interface}",
                $"{card.ReceiveRing} places{(missed > 0 ? $", {Words.Count(missed, "frame")} lost for want of one since it exists" : "")}",
                WholeHost.Plain(card.ReceiveRingMost ?? 0))
            {
                Meaning = couldGrow ? "Bursts overflowed it once: a larger one holds more of them." : "",
                Remedies = couldGrow ? [new Remedy("Make it as large as it may be.", ShellCommand.Of($"ethtool -G {card.Interface} rx {WholeHost.Plain(card.ReceiveRingMost ?? 0)}"))] : [],
                Evidence = link is null ? [card] : [card, link],
            };
        }
    }
}

using System.Globalization;
using NetWhy.Diagnose.Hosts;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Frames that came in sound and that nobody here wanted, or had memory for.</summary>
public sealed class LinkDrops : IHostCheck
{
    private const int Few = 10; // switches send a few frames that no host wants: LLDP, spanning tree, foreign VLANs

    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("link.drops", Source: "Documentation/networking/statistics.rst, rx_dropped");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (!evidence.Any<LinkState>(link => !link.IsLoopback))
            yield break;
        LinkChange[] dropping = [.. LinkChange.All(evidence).Where(link => link.Grown("rx_dropped") > 0).OrderByDescending(link => link.Grown("rx_dropped"))];
        foreach (LinkChange link in dropping.Where(link => link.Grown("rx_dropped") > Few && !Rules.MtuMismatch.IsTold(link)).Take(8))
        {
            long dropped = link.Grown("rx_dropped");
            yield return new Signal(
                Info.Id,
                Standing.Advice,
                $"frames dropped on {link.Name}",
                string.Create(CultureInfo.InvariantCulture, $"{dropped} {link.Period} ({Words.Percent(dropped, link.Received + dropped)})"),
                "")
            {
                Meaning = $"Frames reach {link.Name} and go no further: of a protocol or a VLAN that nobody here uses, which is harmless, or for want of memory, which is not.",
                Remedies = [new Remedy("See which reason the kernel gives for each.", "perf trace -e skb:kfree_skb --max-events 200 2>&1 | grep -o 'reason: [A-Z_]*' | sort | uniq -c")],
                Evidence = [link.Before, link.After],
            };
        }

        if (dropping.All(link => link.Grown("rx_dropped") <= Few))
        {
            long some = dropping.Sum(link => link.Grown("rx_dropped"));
            yield return new Signal(
                Info.Id, Standing.Fine, "frames dropped on reception", some == 0 ? "none while watched" : $"{some} while watched, of protocols that nobody here uses as a rule", "")
            {
                Evidence = [.. dropping.Select(link => link.After).Take(8)],
            };
        }
    }
}

using System.Globalization;
using NetWhy.Diagnose.Hosts;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Frames that are for other machines and reach this one all the same.</summary>
public sealed class LinkForeignFrames : IHostCheck
{
    private const string Foreign = "rx_otherhost_dropped";
    private const int Few = 50; // a second: a switch that has forgotten a station floods for a moment
    private const double Share = 0.1; // of what comes in

    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("link.foreign-frames", Source: "linux/if_link.h, rx_otherhost_dropped");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (!evidence.Any<LinkState>(link => !link.IsLoopback))
            yield break;
        LinkChange[] flooded =
        [
            .. LinkChange.All(evidence).Where(link => link.Grown(Foreign) >= Few * Math.Max(1, link.Lasted?.TotalSeconds ?? 1)
                && link.Grown(Foreign) >= Share * link.Received && link.After.Master is null && link.After.Promiscuity is null or 0),
        ];
        foreach (LinkChange link in flooded.Take(8))
        {
            yield return new Signal(
                Info.Id,
                Standing.Advice,
                $"frames for others on {link.Name}",
                string.Create(CultureInfo.InvariantCulture, $"{link.Grown(Foreign)} {link.Period} ({Words.Percent(link.Grown(Foreign), link.Received)})"),
                "")
            {
                Meaning = "The switch sends this machine what is for others: it does not know where they are (they never send, or their routes differ by direction), its table is full, or this port mirrors another one.",
                Remedies = [new Remedy("See for whom they are; then look for that hardware address on the switch.", ShellCommand.Of($"timeout 10 tcpdump -ne -i {link.Name} -c 20 not ether host {link.After.HardwareAddress ?? "?"} and not ether multicast"))],
                Evidence = [link.Before, link.After],
            };
        }

        if (flooded.Length == 0)
            yield return new Signal(Info.Id, Standing.Fine, "frames for other machines", "few or none while watched", "");
    }
}

using NetWhy.Diagnose.Hosts;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Whether the interfaces keep their carrier.</summary>
public sealed class LinkCarrier : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("link.carrier", Source: "linux/if_link.h, IFLA_CARRIER_CHANGES") { Cause = "link-flapping" };

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.Last<LinkState>(link => link.IsLoopback) is { IsUp: false } loopback)
        {
            yield return new Signal(Info.Id, Standing.Advice, $"interface {loopback.Name}", "off", "")
            {
                Meaning = "Programs of this machine cannot reach each other by 127.0.0.1 or ::1, nor by its own addresses.",
                Remedies = [new Remedy("Switch it on.", ShellCommand.Of($"ip link set {loopback.Name} up"))],
                Evidence = [loopback],
            };
        }

        LinkState[] links = [.. evidence.All<LinkState>().Where(link => !link.IsLoopback).GroupBy(link => link.Index).Select(samples => samples.Last())];
        if (links.Length == 0)
            yield break;
        long changes = LinkChange.All(evidence).Sum(link => link.CarrierChanges);
        LinkState? most = links.MaxBy(link => link.CarrierChanges);
        string past = most is { CarrierChanges: > 2 } ? $"; {most.Name} {Words.Count(most.CarrierChanges, "change")} since it exists" : "";
        int without = links.Count(link => link is { IsUp: true, HasCarrier: false });
        yield return new Signal(
            Info.Id,
            Standing.Fine,
            $"carrier of {Words.Count(links.Length, "interface")}",
            (changes == 0 ? "no change while watched" : $"{Words.Count(changes, "change")} while watched") + past + (without > 0 ? $"; {without} without carrier" : ""),
            "")
        {
            Evidence = [.. links.Take(8)],
        };
    }
}

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

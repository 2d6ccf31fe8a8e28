using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Whether the error counters of the interfaces stand still.</summary>
public sealed class LinkErrorCounters : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("link.errors", Source: "Documentation/networking/statistics.rst") { Cause = "link-errors" };

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        LinkState[] links = [.. evidence.All<LinkState>().Where(link => !link.IsLoopback).GroupBy(link => link.Index).Select(samples => samples.Last())];
        if (links.Length == 0)
            yield break;
        LinkState? most = links.MaxBy(Errors);
        string past = most is not null && Errors(most) > 0
            ? $", {Errors(most)} of {most.Name} since it exists ({Words.Percent(Errors(most), most.Statistics.GetValueOrDefault("rx_packets") + most.Statistics.GetValueOrDefault("tx_packets") + Errors(most))})"
            : ", none since they exist";
        yield return new Signal(Info.Id, Standing.Fine, $"errors of {Words.Count(links.Length, "interface")}", "no more while watched" + past, "")
        {
            Evidence = [.. links.Take(8)],
        };
    }

    private static long Errors(LinkState link) =>
        link.Statistics.GetValueOrDefault("rx_errors") + link.Statistics.GetValueOrDefault("tx_errors") + link.Statistics.GetValueOrDefault("rx_missed_errors");
}

using System.Globalization;
using NetWhy.Collect.Routing;
using NetWhy.Collect.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Collect.Probes;

/// <summary>Reads how full connection tracking is, before and after the exchange, and what it dropped meanwhile.</summary>
/// <remarks>
/// Source: nf_conntrack-sysctl.txt; /proc/net/stat/nf_conntrack, one row a processor, hexadecimal. The limit is of the
/// whole machine, the count of this network namespace.
/// </remarks>
public sealed class ConntrackProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "conntrack.state";

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Is the connection tracking table of this machine full, and does it drop?",
        Source: "nf_conntrack-sysctl.txt",
        Question.Port);

    /// <inheritdoc/>
    public bool Applies(Target target) => true;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        if (Read() is not { } before)
            return; // the kernel tracks nothing: there is no table to be full

        context.Report(before);
        await Traffic.WhenOverAsync(context, cancellationToken);
        if (Read() is { } after)
        {
            context.Report(after with
            {
                Growth = after.Statistics
                    .Select(pair => KeyValuePair.Create(pair.Key, pair.Value - before.Statistics.GetValueOrDefault(pair.Key)))
                    .Where(pair => pair.Value > 0)
                    .ToDictionary(),
            });
        }
    }

    /// <summary>Sums the statistics of all processors.</summary>
    /// <param name="text">A line of names, then one of hexadecimal numbers for each processor.</param>
    internal static Dictionary<string, long> ReadStatistics(string text)
    {
        Dictionary<string, long> sums = [];
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] names = lines.FirstOrDefault()?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) ?? [];
        foreach (string line in lines.Skip(1))
        {
            string[] values = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            foreach ((string name, string value) in names.Zip(values).Where(pair => pair.First is not "entries")) // the same on every row
            {
                if (long.TryParse(value, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out long number) && number > 0)
                    sums[name] = sums.GetValueOrDefault(name) + number;
            }
        }

        return sums;
    }

    private static ConntrackState? Read() =>
        KernelFiles.Number("/proc/sys/net/netfilter/nf_conntrack_count") is { } count
        && KernelFiles.Number("/proc/sys/net/netfilter/nf_conntrack_max") is { } max
            ? new ConntrackState(count, max) { Statistics = ReadStatistics(KernelFiles.Text("/proc/net/stat/nf_conntrack") ?? "") }
            : null;
}

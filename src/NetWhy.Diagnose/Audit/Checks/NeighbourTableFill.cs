using NetWhy.Diagnose.Hosts;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>How full the neighbour tables are.</summary>
public sealed class NeighbourTableFill : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("neighbour.table", Source: "arp(7), gc_thresh3") { Cause = "neighbour-table-full" };

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        foreach (NeighbourTable table in evidence.All<NeighbourTable>().GroupBy(table => table.Family).Select(tables => tables.Last()))
        {
            bool isTight = table.Entries > table.Threshold2;
            string family = table.Family is "ipv6" ? "IPv6" : "IPv4";
            long refused = table.Totals.GetValueOrDefault("table_fulls");
            string? on = table.IsLimitSettable is false ? WholeHost.Machine : null;
            yield return new Signal(
                Info.Id,
                isTight ? Standing.Warning : Standing.Fine,
                $"neighbour table for {family}",
                $"{table.Entries} entries{(table.Here < table.Entries ? $", {table.Here} of them here" : "")}{(refused > 0 ? $", {refused} refused since start" : "")}",
                table.Threshold3 is { } most ? WholeHost.Plain(most) : "")
            {
                Meaning = isTight ? $"Above {table.Threshold2} entries (gc_thresh2) those that are not in use are thrown out after five seconds; at {table.Threshold3} new neighbours cannot be reached at all." : "",
                Remedies = isTight && table is { Threshold2: { } second, Threshold3: { } third }
                    ?
                    [
                        Remedy.Set("Make room for twice as many.", $"net.{table.Family}.neigh.default.gc_thresh3", WholeHost.Plain(Math.Max(third * 2, table.Entries * 4)), on),
                        Remedy.Set("And throw entries out later.", $"net.{table.Family}.neigh.default.gc_thresh2", WholeHost.Plain(Math.Max(second * 2, table.Entries * 2)), on),
                    ]
                    : [],
                Evidence = [table],
            };
            if (Thresholds(table, family, on) is { } limits)
                yield return limits;
        }
    }

    // Entries that are not in use go from the second limit on, so that the third is never reached.
    private static Signal? Thresholds(NeighbourTable table, string family, string? on)
    {
        if (table is not { Threshold1: { } first, Threshold2: { } second, Threshold3: { } third })
            return null;
        var fine = new Signal("neighbour.table", Standing.Fine, $"limits of the neighbour table for {family}", $"{first}, {second}, {third} (gc_thresh1, 2, 3)", "") { Evidence = [table] };
        if (second < third)
            return fine;
        string settings = $"net.{table.Family}.neigh.default.gc_thresh";
        return fine with
        {
            Standing = Standing.Advice,
            Meaning = "The table is full (gc_thresh3) before it begins to throw out what is not in use (gc_thresh2): then new neighbours are refused, where old ones could go.",
            Remedies = [Remedy.Set("Put the limit of the table above the one from which it is cleared.", settings + "3", WholeHost.Plain(second * 2), on)],
        };
    }
}

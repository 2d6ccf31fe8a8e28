using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Whether one machine after another answers for a neighbour's address.</summary>
public sealed class NeighbourMoves : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("neighbour.moves", Source: "rtnetlink(7), RTMGRP_NEIGH; RFC 5227") { Cause = "duplicate-address" };

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        NeighbourTable[] tables = [.. evidence.All<NeighbourTable>().GroupBy(table => table.Family).Select(group => group.Last())];
        if (tables.Length == 0 || tables.Any(table => table.Moved.Count > 0))
            yield break; // those the rule tells
        bool isListened = tables.All(table => table.IsListenedTo is true);
        yield return new Signal(
            Info.Id,
            Standing.Fine,
            "neighbours with another hardware address",
            $"none in {Words.Of(tables[0].Lasted)}{(isListened ? "" : ", by two looks")}",
            "")
        {
            Evidence = [.. tables],
        };
    }
}

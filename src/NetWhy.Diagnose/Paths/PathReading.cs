using System.Collections.Immutable;
using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Paths;

/// <summary>Reads the rounds of a path: what they prove, what only looks like trouble, and what cannot be told.</summary>
/// <remarks>
/// A probe with hop limit i needs the way to hop i, the will of hop i to answer, and the way back from hop i. Only what later
/// hops, and the destination at last, share is of the way; the rest belongs to the hop that shows it.
/// </remarks>
public static class PathReading
{
    /// <summary>Reads the rounds of one path.</summary>
    /// <param name="rounds">What was observed.</param>
    /// <returns>Conclusions, the most serious first; empty if nothing was sent.</returns>
    public static ImmutableArray<PathConclusion> Of(PathRounds rounds)
    {
        ArgumentNullException.ThrowIfNull(rounds);
        PathTable[] tables = PathTable.All(rounds);
        if (tables is not [{ Hops.Length: > 0 } table, ..])
            return [];
        PathConclusion? loop = WayReading.Loop(table);
        bool isLoop = loop is not null; // then what circles is lost, and no place on the way loses it
        return
        [
            .. new[] { WayReading.NotSent(rounds), loop, isLoop ? null : LossReading.AtDestination(table) }.OfType<PathConclusion>(),
            .. isLoop ? [] : OutageReading.Of(table),
            .. new[]
            {
                WayReading.Rejection(table),
                isLoop || WayReading.Rejection(table) is not null ? null : WayReading.Silence(table),
                WayReading.BrokenBranch(tables),
                LatencyReading.Queue(table),
                LatencyReading.Level(table),
                WayReading.RouteChange(table),
                LatencyReading.Reference(table),
            }.OfType<PathConclusion>(),
            .. LatencyReading.Distances(table),
            .. new[]
            {
                LossReading.OfHopsAlone(table),
                WayReading.SilentHops(table),
                LatencyReading.SlowAnswers(table),
                isLoop ? null : WayReading.Asymmetry(table),
                WayReading.Balancing(table),
                WayReading.EqualWays(tables),
                WayReading.Resets(table),
                WayReading.Translation(table),
                LossReading.Clean(table),
            }.OfType<PathConclusion>(),
        ];
    }

    /// <summary>What the rounds to one address say of one kind, beside other evidence: it shows the place and weighs nothing.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="address">Where the rounds lead.</param>
    /// <param name="kind">The kind of <see cref="PathConclusion"/>.</param>
    internal static IEnumerable<Reason> Said(EvidenceSet evidence, IPAddress address, string kind) =>
        evidence.All<PathRounds>().Where(rounds => rounds.Destination.Equals(address)).SelectMany(rounds => Of(rounds)
            .Where(conclusion => conclusion.Kind == kind)
            .Select(conclusion => rounds.Weigh(Weight.Context, $"tried {Words.Count(rounds.Rows.Max(row => row.RoundTrips.Count), "time")} hop by hop: {Words.Uncapitalized(conclusion.Text.TrimEnd('.'))}")));
}

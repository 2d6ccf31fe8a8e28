using System.Collections.Immutable;
using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Routing;

/// <summary>Finds circles on the way.</summary>
internal static class HopCircle
{
    private const int LeastOfSilent = 3; // meetings with nobody known between: two may be a router with one address on both sides

    /// <summary>The nodes of a circle that a trace goes round in, in order; empty if it does not.</summary>
    /// <param name="trace">The trace.</param>
    internal static ImmutableArray<IPAddress> Of(PathTrace trace) =>
        Of([.. trace.Hops.Where(hop => hop.Error is null).Select(hop => hop.Node)], least: 2);

    /// <summary>The nodes of a circle, in order; empty if there is none.</summary>
    /// <param name="nodes">Who answers at each hop; null where nobody does, who may be somebody all the same.</param>
    /// <param name="least">How often a node must be met, others between.</param>
    internal static ImmutableArray<IPAddress> Of(IReadOnlyList<IPAddress?> nodes, int least)
    {
        foreach (IPAddress node in nodes.OfType<IPAddress>().Distinct())
        {
            int[] met = [.. Enumerable.Range(0, nodes.Count).Where(hop => node.Equals(nodes[hop]))];
            IPAddress[] circle = [.. nodes.Take(met[^1]).Skip(met[0]).OfType<IPAddress>().Distinct()];
            if (circle.Length > 1 ? met.Length >= least : met.Length >= LeastOfSilent && IsRegular(met))
                return [.. circle];
        }

        return [];
    }

    /// <summary>A circle in words.</summary>
    /// <param name="circle">Its nodes.</param>
    internal static string InWords(IReadOnlyList<IPAddress> circle) => circle.Count == 1
        ? $"{circle[0]} and a router that does not answer"
        : string.Join(" and ", circle.Select(node => node.ToString()));

    // Whether whole turns of two lie between. Where a rule sets the hop limit of all that leaves, one node answers at every hop, and
    // limits its answers: then it is met twice in a row, or here and there.
    private static bool IsRegular(int[] met)
    {
        int[] gaps = [.. met.Skip(1).Zip(met, (later, earlier) => later - earlier)];
        return gaps.Contains(2) && gaps.All(gap => gap % 2 == 0);
    }
}

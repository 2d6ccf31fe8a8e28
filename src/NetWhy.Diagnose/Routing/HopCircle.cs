using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Routing;

/// <summary>Finds circles in traces.</summary>
internal static class HopCircle
{
    /// <summary>Nodes that a trace meets again after another one; one that answers twice in a row is no circle.</summary>
    /// <param name="trace">The trace.</param>
    internal static IPAddress[] Of(PathTrace trace)
    {
        IPAddress[] nodes = [.. trace.Hops.Where(hop => hop.Error is null).Select(hop => hop.Node).OfType<IPAddress>()];
        return
        [
            .. nodes.Distinct().Where(node =>
            {
                int first = Array.IndexOf(nodes, node);
                int last = Array.LastIndexOf(nodes, node);
                return nodes[first..last].Any(between => !between.Equals(node));
            }),
        ];
    }
}

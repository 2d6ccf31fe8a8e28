using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Routing;

/// <summary>What the neighbour table said of the machine that packets to an address are handed to.</summary>
/// <remarks>
/// The kernel gives up on a neighbour three seconds after the first packet for it, whoever sent that: an error that it
/// makes then may come at once for the next packet. So the speed of "host unreachable" proves a rule only where the
/// neighbour is known to answer.
/// </remarks>
internal static class NextHop
{
    /// <summary>States that the neighbour table had for the next hop, before and after the traffic; empty if none was read.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="destination">Where packets go.</param>
    internal static NeighbourState[] StatesOf(EvidenceSet evidence, IPAddress destination)
    {
        RouteLookup? lookup = evidence.First<RouteLookup>(lookup =>
            lookup.Destination.Equals(destination) && lookup is { Mark: 0, Errno: null, Interface: not null });
        return lookup is null
            ? []
            : [.. evidence.All<NeighbourState>().Where(state =>
                state.Interface == lookup.Interface && state.Address.Equals(lookup.Gateway ?? destination))];
    }

    /// <summary>Whether the next hop is known to answer: its entry was resolved all the time.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="destination">Where packets go.</param>
    internal static bool IsResolved(EvidenceSet evidence, IPAddress destination) =>
        StatesOf(evidence, destination) is { Length: > 0 } states
        && !states.Any(IsInDoubt)
        && states.Any(state => state.State is not ("absent" or "none"));

    /// <summary>Whether the next hop was not resolved, or was being asked for again, at any time.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="destination">Where packets go.</param>
    internal static bool IsInDoubt(EvidenceSet evidence, IPAddress destination) =>
        StatesOf(evidence, destination).Any(IsInDoubt);

    private static bool IsInDoubt(NeighbourState state) => state.State is "failed" or "incomplete" or "probe";
}

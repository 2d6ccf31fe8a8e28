using System.Collections.Immutable;
using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit;

/// <summary>Round trips to the peers that this machine has connections with.</summary>
internal static class RoundTrips
{
    private static readonly TimeSpan Near = TimeSpan.FromMilliseconds(0.5); // the same machine or room: no distance to bridge
    private static readonly TimeSpan TooFar = TimeSpan.FromSeconds(1); // a queue, not a distance

    /// <summary>Peers at a distance with the median of their shortest round trips, the farthest first.</summary>
    /// <param name="evidence">The evidence.</param>
    internal static ImmutableArray<(IPAddress Peer, TimeSpan RoundTrip)> Peers(EvidenceSet evidence) =>
    [
        .. evidence.All<TcpFlow>()
            .Select(flow => (flow.Remote, RoundTrip: flow.MinRoundTrip ?? flow.RoundTrip))
            .Concat(evidence.All<TcpInfoSample>().Select(sample => (Remote: sample.Address, RoundTrip: (TimeSpan?)(sample.MinRoundTrip > TimeSpan.Zero ? sample.MinRoundTrip : sample.RoundTrip))))
            .Where(flow => !IPAddress.IsLoopback(flow.Remote) && flow.RoundTrip > Near && flow.RoundTrip < TooFar)
            .GroupBy(flow => flow.Remote)
            .Select(peer => (peer.Key, peer.Select(flow => flow.RoundTrip!.Value).Order().ElementAt(peer.Count() / 2)))
            .OrderByDescending(peer => peer.Item2),
    ];

    /// <summary>The round trip to the farthest peer; null if none is known.</summary>
    /// <param name="evidence">The evidence.</param>
    internal static TimeSpan? Farthest(EvidenceSet evidence) => Peers(evidence) is [var first, ..] ? first.RoundTrip : null;
}

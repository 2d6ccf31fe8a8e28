using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit;

/// <summary>Round trips to the peers that this machine has connections with.</summary>
internal static class RoundTrips
{
    /// <summary>The longest that is known; null if none is.</summary>
    /// <param name="evidence">The evidence.</param>
    internal static TimeSpan? Farthest(EvidenceSet evidence) =>
        evidence.All<TcpInfoSample>().Select(sample => (TimeSpan?)sample.RoundTrip).DefaultIfEmpty().Max();
}

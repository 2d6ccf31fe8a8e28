using System.Collections.Immutable;

namespace NetWhy.Diagnose.Routing;

/// <summary>What a missing way to an address looks like from further up.</summary>
internal static class Symptoms
{
    /// <summary>Causes that are only symptoms where packets to an address, or its answers, have no way.</summary>
    internal static readonly ImmutableArray<string> OfNoWay =
    [
        "host-unreachable", "port-filtered", "port-rejected", "service-hung", "packet-loss", "high-latency",
        "dns-resolver-unreachable", "dns-first-resolver-dead", "dns-server-failure", "dns-slow", "dns-partial-outage",
        "proxy-unreachable", "icmp-filtered",
    ];
}

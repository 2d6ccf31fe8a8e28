using System.Collections.Immutable;

namespace NetWhy.Diagnose.Routing;

/// <summary>What a missing way to an address looks like from further up.</summary>
internal static class Symptoms
{
    /// <summary>What it looks like where the way to the target, or to its proxy, is missing.</summary>
    internal static readonly ImmutableArray<string> OfNoWayToTarget =
    [
        "host-unreachable", "port-filtered", "port-rejected", "service-hung", "packet-loss", "high-latency",
        "dns-partial-outage", "proxy-unreachable", "icmp-filtered",
    ];

    /// <summary>What it looks like where the way to a name server is missing.</summary>
    internal static readonly ImmutableArray<string> OfNoWayToResolver =
        ["dns-resolver-unreachable", "dns-first-resolver-dead", "dns-server-failure", "dns-slow"];

    /// <summary>Causes that are only symptoms where packets to an address, or its answers, have no way.</summary>
    internal static readonly ImmutableArray<string> OfNoWay = [.. OfNoWayToTarget, .. OfNoWayToResolver];
}

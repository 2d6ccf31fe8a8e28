using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Multicast and broadcast datagrams that no program here asked for.</summary>
public sealed class UdpMulticast() : CounterCheck(
    "udp.multicast",
    "net/ipv4/udp.c, __udp4_lib_mcast_deliver; snmp_counter.rst",
    "multicast datagrams that nobody here wants",
    "Udp.IgnoredMulti")
{
    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) =>
        !counters.IsMuch(counters.Grown(Names), 1000, 0.1, "Ip.InReceives") ? fine : fine with
        {
            Standing = Standing.Advice,
            Meaning = "Much of what comes in is multicast or broadcast that no program here asked for: each costs time up to here. The switch does not keep groups apart (IGMP snooping), or the network is one large segment.",
            Remedies = [new Remedy("See who sends it, and to which group: B is broadcast, M multicast.", "timeout 10 tcpdump -lnni any udp | grep -E ' [BM] +IP'")],
        };
}

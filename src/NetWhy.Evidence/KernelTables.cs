using System.Net;

namespace NetWhy.Evidence;

/// <summary>A queueing discipline of an interface: what waits before it is sent, and what was thrown away.</summary>
/// <remarks>Source: <c>RTM_GETQDISC</c>, linux/pkt_sched.h, linux/gen_stats.h; tc(8). A parent may count what its children drop.</remarks>
/// <param name="Interface">Interface name.</param>
/// <param name="Discipline">Its kind, such as <c>fq_codel</c>, <c>tbf</c>, <c>pfifo_fast</c>, <c>mq</c>.</param>
/// <param name="Handle">Its handle, as tc writes it: <c>8001:</c>; <c>0:</c> for one that the kernel set up.</param>
public sealed record QueueDiscipline(string Interface, string Discipline, string Handle) : Observation
{
    /// <summary>Class that it hangs on, such as <c>:1</c>; <c>root</c> or <c>ingress</c>.</summary>
    public string Parent { get; init; } = "root";

    /// <summary>Limit of the queue; null if the kind has none or it is not told.</summary>
    public long? Limit { get; init; }

    /// <summary>Unit of <see cref="Limit"/>: <c>packets</c> or <c>octets</c>.</summary>
    public string LimitUnit { get; init; } = "packets";

    /// <summary>Rate that it shapes to, in bits a second; null if it does not shape.</summary>
    public long? Rate { get; init; }

    /// <summary>Packets that wait.</summary>
    public long Length { get; init; }

    /// <summary>Octets that wait.</summary>
    public long Backlog { get; init; }

    /// <summary>Packets that waited in the sample before.</summary>
    public long LengthBefore { get; init; }

    /// <summary>Totals that are not zero: <c>packets</c>, <c>bytes</c>, <c>drops</c>, <c>overlimits</c>, <c>requeues</c>.</summary>
    public IReadOnlyDictionary<string, long> Totals { get; init; } = new Dictionary<string, long>();

    /// <summary>Growth of those between the two samples; only what moved.</summary>
    public IReadOnlyDictionary<string, long> Growth { get; init; } = new Dictionary<string, long>();

    /// <summary>Time between the two samples.</summary>
    public TimeSpan Lasted { get; init; }
}

/// <summary>What each processor did with packets that came in, between two samples.</summary>
/// <remarks>Source: /proc/net/softnet_stat, net/core/net-procfs.c. It counts the whole machine, not one network namespace.</remarks>
/// <param name="Processors">Processors whose counters moved or are not zero, those that lost the most first.</param>
/// <param name="Online">How many processors are online.</param>
/// <param name="Lasted">Time between the two samples.</param>
public sealed record SoftnetState(IReadOnlyList<SoftnetProcessor> Processors, int Online, TimeSpan Lasted) : Observation
{
    /// <summary>Value of net.core.netdev_max_backlog, in packets; null if unknown.</summary>
    public long? MaxBacklog { get; init; }

    /// <summary>Value of net.core.netdev_budget, in packets; null if unknown.</summary>
    public long? Budget { get; init; }

    /// <summary>Value of net.core.netdev_budget_usecs, in microseconds; null if unknown.</summary>
    public long? BudgetMicroseconds { get; init; }
}

/// <summary>One processor of <see cref="SoftnetState"/>.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Processed">Packets that it took between the samples.</param>
/// <param name="Dropped">Packets that it dropped between the samples, its backlog being full.</param>
/// <param name="Squeezed">How often it ran out of budget with work left, between the samples.</param>
public sealed record SoftnetProcessor(int Number, long Processed, long Dropped, long Squeezed)
{
    /// <summary>Packets dropped between the samples so that one flow does not take the whole backlog (flow limit).</summary>
    public long FlowLimited { get; init; }

    /// <summary>Interrupts by other processors that hand packets over (RPS), between the samples.</summary>
    public long Steered { get; init; }

    /// <summary>Packets in its backlog; null if the kernel does not tell.</summary>
    public long? Backlog { get; init; }

    /// <summary>Packets dropped since the machine started.</summary>
    public long DroppedTotal { get; init; }

    /// <summary>How often it ran out of budget since the machine started.</summary>
    public long SqueezedTotal { get; init; }

    /// <summary>Share of its time that went into software interrupts between the samples, 0 to 1; null if unknown.</summary>
    public double? InterruptShare { get; init; }

    /// <summary>Share of its time between the samples that its thread for software interrupts (ksoftirqd) ran, 0 to 1: work that was too much to be done at once. Null if unknown.</summary>
    public double? ThreadShare { get; init; }
}

/// <summary>The neighbour table of one family: how full, against which limits, and what failed.</summary>
/// <remarks>Source: <c>RTM_GETNEIGHTBL</c>, linux/neighbour.h; arp(7). Entries and limits are those of the whole machine.</remarks>
/// <param name="Family"><c>ipv4</c> or <c>ipv6</c>.</param>
/// <param name="Entries">Entries of all network namespaces together, without those of this one that are there for good and that the limits do not count.</param>
/// <param name="Here">Entries of this network namespace, without those.</param>
/// <param name="Lasted">Time between the two samples.</param>
public sealed record NeighbourTable(string Family, long Entries, int Here, TimeSpan Lasted) : Observation
{
    /// <summary>Below so many entries nothing is collected (gc_thresh1); null if unknown.</summary>
    public long? Threshold1 { get; init; }

    /// <summary>Above so many entries those unused for five seconds go (gc_thresh2); null if unknown.</summary>
    public long? Threshold2 { get; init; }

    /// <summary>The hard limit (gc_thresh3); null if unknown.</summary>
    public long? Threshold3 { get; init; }

    /// <summary>Statistics that are not zero, by kernel name, such as <c>table_fulls</c>, <c>res_failed</c>, <c>forced_gc_runs</c>.</summary>
    public IReadOnlyDictionary<string, long> Totals { get; init; } = new Dictionary<string, long>();

    /// <summary>Growth of those between the two samples; only what moved.</summary>
    public IReadOnlyDictionary<string, long> Growth { get; init; } = new Dictionary<string, long>();

    /// <summary>Entries of this network namespace by state.</summary>
    public IReadOnlyDictionary<string, int> States { get; init; } = new Dictionary<string, int>();

    /// <summary>Entries of this network namespace by interface; the eight with the most.</summary>
    public IReadOnlyDictionary<string, int> Interfaces { get; init; } = new Dictionary<string, int>();

    /// <summary>Whether this network namespace may set the limits: only the first one may. Null if unknown.</summary>
    public bool? IsLimitSettable { get; init; }

    /// <summary>Neighbours of this network namespace that did not answer, the gateways first; at most 16.</summary>
    public IReadOnlyList<SilentNeighbour> Silent { get; init; } = [];

    /// <summary>Neighbours whose link-layer address changed between the samples, those that changed most often first; at most 16.</summary>
    public IReadOnlyList<MovedNeighbour> Moved { get; init; } = [];

    /// <summary>Whether every change between the samples was heard, and not only what differs between them; null if unknown.</summary>
    public bool? IsListenedTo { get; init; }
}

/// <summary>A neighbour that did not answer.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Interface">Interface name.</param>
/// <param name="State"><c>failed</c> or <c>incomplete</c>.</param>
/// <param name="IsGateway">Whether some route goes through it.</param>
public sealed record SilentNeighbour(IPAddress Address, string Interface, string State, bool IsGateway)
{
    /// <summary>Its state in the sample before, such as <c>incomplete</c>; null if there was no entry, or if unknown.</summary>
    public string? StateBefore { get; init; }
}

/// <summary>A neighbour that had one link-layer address and then another one.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Interface">Interface name.</param>
/// <param name="Before">Link-layer address that it had.</param>
/// <param name="After">Link-layer address that it has.</param>
public sealed record MovedNeighbour(IPAddress Address, string Interface, string Before, string After)
{
    /// <summary>How often it changed; null if unknown.</summary>
    public int? Changes { get; init; }
}

/// <summary>What bridges of this machine learned of stations while it was listened: which of them went from port to port.</summary>
/// <remarks>Source: rtnetlink(7), <c>RTMGRP_NEIGH</c>, family <c>AF_BRIDGE</c>; bridge(8), fdb.</remarks>
/// <param name="Bridges">How many bridges there are.</param>
/// <param name="Moved">Stations that were learned behind one port and then behind another, those that moved most often first; at most 16.</param>
/// <param name="Lasted">How long it was listened.</param>
public sealed record BridgeStations(int Bridges, IReadOnlyList<MovedStation> Moved, TimeSpan Lasted) : Observation;

/// <summary>A station that went from one port of a bridge to another.</summary>
/// <param name="HardwareAddress">Its link-layer address.</param>
/// <param name="Bridge">Name of the bridge.</param>
/// <param name="Vlan">VLAN in which it was learned; 0 for none.</param>
/// <param name="Moves">How often it moved.</param>
/// <param name="Ports">Names of the ports, at most 8.</param>
public sealed record MovedStation(string HardwareAddress, string Bridge, int Vlan, int Moves, IReadOnlyList<string> Ports);

/// <summary>What the kernel learned of single destinations, and how many IPv6 routes it holds.</summary>
/// <remarks>Source: <c>RTM_GETROUTE</c> with RTM_F_CLONED; /proc/net/rt6_stats; ip-sysctl.rst, route/max_size.</remarks>
/// <param name="Exceptions">Destinations of which it learned something.</param>
/// <param name="Smaller">Those to which the path takes smaller packets than the interface, the smallest first; at most 16.</param>
public sealed record RouteCacheState(int Exceptions, IReadOnlyList<SmallerPath> Smaller) : Observation
{
    /// <summary>IPv6 routes and what was learned of them, in this network namespace; null if unknown.</summary>
    public long? IPv6Entries { get; init; }

    /// <summary>Value of net.ipv6.route.max_size; null if unknown.</summary>
    public long? IPv6Most { get; init; }
}

/// <summary>A destination to which only smaller packets pass.</summary>
/// <param name="Destination">Its address.</param>
/// <param name="Interface">Interface that leads there.</param>
/// <param name="Mtu">Largest packet that passes, in octets.</param>
/// <param name="LinkMtu">MTU of the interface, in octets.</param>
public sealed record SmallerPath(IPAddress Destination, string Interface, int Mtu, int LinkMtu);

/// <summary>Programs that missed what the kernel told them, since they read too slowly.</summary>
/// <remarks>Source: /proc/net/netlink; netlink(7), ENOBUFS.</remarks>
/// <param name="Sockets">How many netlink sockets there are.</param>
/// <param name="Losing">Those that missed something, most first; at most 16.</param>
/// <param name="Lasted">Time between the two samples.</param>
public sealed record NetlinkListeners(int Sockets, IReadOnlyList<NetlinkListener> Losing, TimeSpan Lasted) : Observation;

/// <summary>One program of <see cref="NetlinkListeners"/>.</summary>
/// <param name="Protocol">Which part of the kernel it listens to, such as <c>route</c> or <c>netfilter</c>.</param>
/// <param name="Drops">Messages that it missed since its socket exists.</param>
/// <param name="Growth">Messages that it missed between the samples.</param>
public sealed record NetlinkListener(string Protocol, long Drops, long Growth)
{
    /// <summary>Its process; null if unknown.</summary>
    public int? Pid { get; init; }

    /// <summary>Name of its process; null if unknown.</summary>
    public string? Process { get; init; }
}

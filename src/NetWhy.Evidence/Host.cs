using System.Net;

namespace NetWhy.Evidence;

/// <summary>Sockets of this machine by state: all of them and those to or from the target.</summary>
/// <remarks>Source: sock_diag(7).</remarks>
/// <param name="Subject">Which sockets: <c>all</c>, or the target as <c>address:port</c>, <c>:port</c>, <c>pid:n</c>.</param>
/// <param name="Counts">Number of TCP sockets by state name, such as <c>established</c>, <c>time-wait</c>, <c>close-wait</c>.</param>
/// <param name="IsConsistent">False if sockets came or went while the kernel listed them.</param>
public sealed record SocketCensus(string Subject, IReadOnlyDictionary<string, int> Counts, bool IsConsistent) : Observation
{
    /// <summary>Established sockets with unread data, and the most octets that one holds.</summary>
    public int WithUnreadData { get; init; }

    /// <summary>Most unread octets in one socket.</summary>
    public long MostUnread { get; init; }

    /// <summary>How long after an earlier sample this one was taken; null if it is the first.</summary>
    public TimeSpan? After { get; init; }

    /// <summary>Established sockets that held unread data in both samples and of which no octet was read in between.</summary>
    public int StillUnread { get; init; }

    /// <summary>Processor time that the processes which hold those used between the samples; null if unknown.</summary>
    public TimeSpan? ProcessorTime { get; init; }
}

/// <summary>A listening socket of this machine on the port asked about.</summary>
/// <param name="Port">Port.</param>
/// <param name="Address">Address that it is bound to; the unspecified address for all.</param>
/// <param name="Queue">Connections waiting to be accepted (sk_ack_backlog).</param>
/// <param name="Limit">Size of that queue (sk_max_ack_backlog).</param>
public sealed record Listener(int Port, IPAddress Address, int Queue, int Limit) : Observation
{
    /// <summary><c>tcp</c> or <c>udp</c>.</summary>
    public string Protocol { get; init; } = "tcp";

    /// <summary>Whether an IPv6 listener takes IPv6 only.</summary>
    public bool IsIPv6Only { get; init; }

    /// <summary>Inode of the socket, which tells it from others of the same address and port (SO_REUSEPORT); null if unknown.</summary>
    public long? Inode { get; init; }

    /// <summary>Process that owns it; null if unknown.</summary>
    public int? Pid { get; init; }

    /// <summary>Name of that process; null if unknown.</summary>
    public string? Process { get; init; }

    /// <summary>State letter of that process, such as <c>S</c>, <c>T</c>, where connections wait for it or it was asked about; of several that share the socket, of one that runs if one does; null if unknown.</summary>
    public string? ProcessState { get; init; }

    /// <summary>Processes that share it, where they are several and it was looked at; null if it is one, or if unknown.</summary>
    public int? Sharers { get; init; }

    /// <summary>One of several that share it that is stopped, by a signal or a debugger; null if none was seen.</summary>
    public int? StoppedSharer { get; init; }

    /// <summary>How long the first of those that wait in its queue has waited, since its handshake ended; null if nobody waits, or if they may wait for another listener of that address and port.</summary>
    public TimeSpan? LongestWait { get; init; }

    /// <summary>Whether that first one had waited longest in the sample before too, so that nobody was accepted in between; null if unknown.</summary>
    public bool? FirstStayed { get; init; }

    /// <summary>Packets dropped at the socket (SK_MEMINFO_DROPS) since it exists; null if unknown.</summary>
    public long? Drops { get; init; }

    /// <summary>Packets dropped there between the two samples of an audit; null if there was one sample.</summary>
    public long? DropsGrowth { get; init; }

    /// <summary>Time between the two samples of an audit; null if there was one, or if unknown.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>Connections that waited in the first sample of an audit; null if there was one sample.</summary>
    public int? QueueBefore { get; init; }

    /// <summary>Interface that it is bound to; null if none.</summary>
    public string? Device { get; init; }
}

/// <summary>Local ports in use towards one destination, against how many there are.</summary>
/// <param name="Destination">Remote address.</param>
/// <param name="Port">Remote port; 0 for all ports of the address.</param>
/// <param name="RangeStart">First port of ip_local_port_range.</param>
/// <param name="RangeEnd">Last port.</param>
/// <param name="InUse">Ports of the range in use towards the destination, TIME-WAIT included.</param>
/// <param name="TimeWait">Those of them in TIME-WAIT.</param>
public sealed record EphemeralPorts(
    IPAddress Destination,
    int Port,
    int RangeStart,
    int RangeEnd,
    int InUse,
    int TimeWait) : Observation
{
    /// <summary>Ports of the range that are reserved.</summary>
    public int Reserved { get; init; }

    /// <summary>Value of net.ipv4.tcp_tw_reuse.</summary>
    public int TimeWaitReuse { get; init; }

    /// <summary>Local address that the ports are of; null if all of them are counted together.</summary>
    public IPAddress? Source { get; init; }

    /// <summary>Ports in use in the first sample of an audit; null if there was one sample.</summary>
    public int? InUseBefore { get; init; }

    /// <summary>Time between those samples; null if there was one.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>Process that holds most of them; null if unknown.</summary>
    public string? TopProcess { get; init; }

    /// <summary>Its pid; null if unknown.</summary>
    public int? TopPid { get; init; }
}

/// <summary>File descriptors of a process against its limit.</summary>
/// <param name="Pid">The process.</param>
/// <param name="Name">Its name.</param>
/// <param name="Open">Descriptors open.</param>
/// <param name="Limit">Soft limit of open files.</param>
public sealed record ProcessDescriptors(int Pid, string Name, int Open, long Limit) : Observation
{
    /// <summary>How the process matters: <c>target</c>, <c>listener</c>, <c>self</c>, <c>audited</c> (nearest to its limit on the machine); <c>inherited</c> for the limit that netwhy was started with and had to raise.</summary>
    public string Role { get; init; } = "target";

    /// <summary>Descriptors that are sockets.</summary>
    public int Sockets { get; init; }

    /// <summary>Descriptors open on the whole machine; 0 if unknown.</summary>
    public long OpenOnMachine { get; init; }

    /// <summary>fs.file-max; 0 if unknown.</summary>
    public long MachineLimit { get; init; }

    /// <summary>State letter of the process, such as <c>S</c>, <c>T</c>, <c>D</c>.</summary>
    public string State { get; init; } = "";
}

/// <summary>Connection tracking of this machine.</summary>
/// <param name="Count">Entries.</param>
/// <param name="Max">Limit.</param>
public sealed record ConntrackState(long Count, long Max) : Observation
{
    /// <summary>Statistics that are not zero, by kernel name (<c>drop</c>, <c>early_drop</c>, <c>insert_failed</c>, <c>invalid</c>), summed over processors.</summary>
    public IReadOnlyDictionary<string, long> Statistics { get; init; } = new Dictionary<string, long>();

    /// <summary>Growth of those statistics during the investigation; empty for the sample at the start.</summary>
    public IReadOnlyDictionary<string, long> Growth { get; init; } = new Dictionary<string, long>();

    /// <summary>Buckets of the hash table, in which each entry stands twice; null if unknown.</summary>
    public long? Buckets { get; init; }

    /// <summary>Whether this network namespace may set the limit: only the first one may. Null if unknown.</summary>
    public bool? IsLimitSettable { get; init; }

    /// <summary>Where the statistics are from: <c>ctnetlink</c> or <c>proc</c>; null if unknown.</summary>
    public string? Source { get; init; }

    /// <summary>Time since the sample at the start; null for that one.</summary>
    public TimeSpan? After { get; init; }

    /// <summary>Lifetimes and switches of connection tracking by the names of their settings, such as <c>nf_conntrack_tcp_timeout_established</c>, in seconds; null if unknown.</summary>
    public IReadOnlyDictionary<string, long>? Settings { get; init; }

    /// <summary>Rules of this machine that drop what fits no connection (INVALID), as their tool writes them, at most 4; null if nobody looked.</summary>
    public IReadOnlyList<string>? InvalidDroppedBy { get; init; }

    /// <summary>A setting by its name; null if it is unknown.</summary>
    /// <param name="name">Its name.</param>
    public long? Setting(string name) => Settings is not null && Settings.TryGetValue(name, out long value) ? value : null;
}

/// <summary>A firewall rule (or a chain's policy) of this machine that can decide about the target's packets.</summary>
/// <param name="Table">Family and table, such as <c>inet filter</c> or <c>ip filter</c>.</param>
/// <param name="Chain">Chain.</param>
/// <param name="Hook">Hook by name: <c>output</c>, <c>input</c>, <c>forward</c>, <c>prerouting</c>, <c>postrouting</c>, <c>ingress</c>, <c>egress</c>.</param>
/// <param name="Rule">The rule as its tool writes it, or <c>policy drop</c>.</param>
/// <param name="Verdict">What it does: <c>drop</c>, <c>reject</c>, <c>queue</c>, <c>redirect</c>, <c>dnat</c>, <c>mark</c>.</param>
/// <param name="Match">Whether the flow matches it.</param>
public sealed record FirewallRuleMatch(
    string Table,
    string Chain,
    string Hook,
    string Rule,
    string Verdict,
    RuleMatch Match) : Observation
{
    /// <summary>nftables handle; null for iptables.</summary>
    public long? Handle { get; init; }

    /// <summary>Number of the rule in its iptables chain, from 1; null for nftables.</summary>
    public int? Number { get; init; }

    /// <summary>Tool that manages it: <c>nft</c>, <c>iptables</c>, <c>iptables-legacy</c>, <c>ip6tables</c>, <c>ip6tables-legacy</c>.</summary>
    public string Tool { get; init; } = "nft";

    /// <summary>Packets counted at the start of the investigation; null without a counter.</summary>
    public long? PacketsBefore { get; init; }

    /// <summary>Packets counted at its end; null without a counter.</summary>
    public long? PacketsAfter { get; init; }

    /// <summary>Which of the target's flows it was judged against, such as <c>tcp to 10.0.0.1:443</c>.</summary>
    public string Flow { get; init; } = "";

    /// <summary>Which packet of the flow it decides about: <c>opening</c>, <c>answer</c>, <c>data</c>, <c>answer-data</c>, <c>echo</c>, <c>echo-reply</c>, <c>packet-too-big</c>, <c>neighbour-request</c>, <c>neighbour-answer</c>, <c>client-opening</c>.</summary>
    public string Packet { get; init; } = "opening";

    /// <summary>Remote address of the flow; null if it has none.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Remote port of the flow, or the local one of a flow that clients open; 0 if it has none.</summary>
    public int Port { get; init; }

    /// <summary>Whose flow it is: <c>target</c>, <c>resolver</c>, <c>other</c> (proxy, comparison), <c>service</c> (clients elsewhere), <c>pending</c> (connections of programs here that get no answer).</summary>
    public string Purpose { get; init; } = "target";

    /// <summary>Command that removes the rule or opens the flow.</summary>
    public string? Undo { get; init; }
}

/// <summary>Whether a flow matches a firewall rule.</summary>
public enum RuleMatch
{
    /// <summary>Every condition is met by the flow alone.</summary>
    Certain,

    /// <summary>Some condition cannot be judged from here (state, sets, rates, payload).</summary>
    Possible,
}

/// <summary>Which firewalls of this machine were read. Without it, "no rule" is no observation.</summary>
/// <param name="Sources">Rule sets read: <c>nft</c>, <c>iptables-legacy</c>, …</param>
/// <param name="Rules">Rules in them.</param>
public sealed record FirewallSurvey(IReadOnlyList<string> Sources, int Rules) : Observation;

/// <summary>Rules and policies of this machine's firewall that drop or refuse, and what they counted between two readings.</summary>
/// <remarks>Source: nft(8), libnftables-json(5), iptables-save(8). The kernel has no other counter of what a firewall drops.</remarks>
/// <param name="Deciding">Rules and policies that drop or refuse.</param>
/// <param name="Counted">Those of them that count what they drop.</param>
/// <param name="Lasted">Time between the readings.</param>
public sealed record FirewallDrops(int Deciding, int Counted, TimeSpan Lasted) : Observation
{
    /// <summary>Those that dropped something in that time, the busiest first; at most 16.</summary>
    public IReadOnlyList<FirewallDrop> Dropping { get; init; } = [];

    /// <summary>Packets that all of them dropped in that time.</summary>
    public long Growth { get; init; }

    /// <summary>Packets that all of them dropped since they exist.</summary>
    public long Total { get; init; }
}

/// <summary>A rule or policy of a firewall that dropped or refused packets.</summary>
/// <param name="Table">Family and table, such as <c>inet filter</c>.</param>
/// <param name="Chain">Chain.</param>
/// <param name="Rule">The rule as its tool writes it, or <c>policy drop</c>.</param>
/// <param name="Packets">Packets that it dropped between the readings.</param>
public sealed record FirewallDrop(string Table, string Chain, string Rule, long Packets)
{
    /// <summary>Hooks that its chain is reached from, such as <c>input</c>.</summary>
    public IReadOnlyList<string> Hooks { get; init; } = [];

    /// <summary>Tool that manages it, as <see cref="FirewallRuleMatch.Tool"/> names it.</summary>
    public string Tool { get; init; } = "nft";
}

/// <summary>Kernel settings (sysctl) that bear on the target.</summary>
/// <param name="Values">Values by dotted name, such as <c>net.ipv4.ip_forward</c>.</param>
public sealed record KernelSettings(IReadOnlyDictionary<string, string> Values) : Observation;

/// <summary>Kernel counters that moved during the investigation, and their totals.</summary>
/// <remarks>Source: /proc/net/netstat, /proc/net/snmp, /proc/net/snmp6, /proc/net/softnet_stat. They count all traffic of the namespace, not the target's alone.</remarks>
/// <param name="Growth">Growth by name, such as <c>TcpExt.TCPRetransFail</c>; only what moved.</param>
/// <param name="Lasted">Time between the two readings.</param>
public sealed record KernelCounters(IReadOnlyDictionary<string, long> Growth, TimeSpan Lasted) : Observation
{
    /// <summary>Totals since boot or since the namespace exists, only what is not zero.</summary>
    public IReadOnlyDictionary<string, long> Totals { get; init; } = new Dictionary<string, long>();

    /// <summary>Counters that this kernel has and that are still 0; null if unknown. One that is in no list does not exist here.</summary>
    public IReadOnlyList<string>? Quiet { get; init; }
}

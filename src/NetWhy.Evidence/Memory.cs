namespace NetWhy.Evidence;

/// <summary>Memory that the sockets of the whole machine hold: the most of several looks, against the limits of the kernel.</summary>
/// <remarks>
/// All network namespaces share it. Source: /proc/net/sockstat and sockstat6, /proc/net/protocols; ip-sysctl.rst, tcp_mem
/// and udp_mem.
/// </remarks>
/// <param name="TcpPages">Pages that TCP holds.</param>
/// <param name="UdpPages">Pages that UDP holds.</param>
/// <param name="PageSize">Size of a page, in octets.</param>
public sealed record ProtocolMemory(long TcpPages, long UdpPages, int PageSize) : Observation
{
    /// <summary>Limits of TCP (net.ipv4.tcp_mem); null if they cannot be read here.</summary>
    public MemoryLimits? TcpLimits { get; init; }

    /// <summary>Limits of UDP (net.ipv4.udp_mem); null if they cannot be read here.</summary>
    public MemoryLimits? UdpLimits { get; init; }

    /// <summary>Protocols that were under memory pressure in one of the looks, such as <c>TCP</c>; null if unknown.</summary>
    public IReadOnlyList<string>? UnderPressure { get; init; }

    /// <summary>Memory of the machine, in pages; null if unknown.</summary>
    public long? MachinePages { get; init; }

    /// <summary>Octets that wait to be put together from fragments, of IPv4 and of IPv6, in this namespace.</summary>
    public long FragmentOctets { get; init; }

    /// <summary>The smaller limit of those (ipfrag_high_thresh, ip6frag_high_thresh), in octets; null if unknown.</summary>
    public long? FragmentLimit { get; init; }

    /// <summary>Processes of this namespace whose TCP sockets hold most; empty where memory is not short.</summary>
    public IReadOnlyList<MemoryHolder> Holders { get; init; } = [];
}

/// <summary>Three limits of a protocol's memory, in pages.</summary>
/// <param name="Low">Below it, nothing is limited.</param>
/// <param name="Pressure">Above it, the protocol is under pressure, until it is below the low one again.</param>
/// <param name="Max">More is refused.</param>
public sealed record MemoryLimits(long Low, long Pressure, long Max);

/// <summary>A process whose sockets hold memory.</summary>
/// <param name="Process">Its name; <c>?</c> if unknown.</param>
/// <param name="Pid">Its number; null if unknown.</param>
/// <param name="Octets">What its sockets hold: received and not read, sent and not acknowledged, reserved.</param>
/// <param name="Sockets">How many hold it.</param>
public sealed record MemoryHolder(string Process, int? Pid, long Octets, int Sockets);

/// <summary>Memory of the control group of a process, against its limit.</summary>
/// <remarks>Source: cgroup-v2.rst, memory.events and memory.stat; cgroup-v1/memory.rst, memory.kmem.tcp.*.</remarks>
/// <param name="Pid">The process.</param>
/// <param name="Process">Its name.</param>
/// <param name="Group">Path of the group.</param>
/// <param name="Used">Octets in use.</param>
/// <param name="Lasted">Time between the two looks.</param>
public sealed record GroupMemory(int Pid, string Process, string Group, long Used, TimeSpan Lasted) : Observation
{
    /// <summary>Limit in octets (memory.max, or memory.limit_in_bytes); null if there is none.</summary>
    public long? Limit { get; init; }

    /// <summary>Octets that the sockets of the group hold; null if unknown.</summary>
    public long? SocketOctets { get; init; }

    /// <summary>Limit of what its sockets may hold (memory.kmem.tcp.limit_in_bytes, version 1 only), in octets; null if there is none.</summary>
    public long? SocketLimit { get; init; }

    /// <summary>
    /// Events that came between the looks, by kernel name: <c>high</c>, <c>max</c>, <c>oom</c>, <c>sock_throttled</c>; of
    /// version 1 <c>failcnt</c> and <c>kmem.tcp.failcnt</c>. Only what moved.
    /// </summary>
    public IReadOnlyDictionary<string, long> Growth { get; init; } = new Dictionary<string, long>();
}

using System.Net;

namespace NetWhy.Evidence;

/// <summary>How many sockets this machine has, of the kinds that an audit looks at.</summary>
/// <remarks>Source: sock_diag(7); /proc/net/sockstat.</remarks>
/// <param name="Connections">TCP sockets that do not listen, in every state.</param>
/// <param name="Listeners">TCP sockets that listen.</param>
/// <param name="Datagrams">UDP sockets.</param>
/// <param name="UnixListeners">Unix sockets that listen.</param>
public sealed record SocketSurvey(int Connections, int Listeners, int Datagrams, int UnixListeners) : Observation
{
    /// <summary>Time between the two samples; null if there was one.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>Sockets that their program closed and that are not done yet, of the whole machine; null if unknown.</summary>
    public long? Orphans { get; init; }

    /// <summary>Connections in LAST-ACK or CLOSING whose end was sent again, since nobody acknowledged it; null if unknown.</summary>
    public int? UnacknowledgedEnds { get; init; }

    /// <summary>Who was asked for the owners of the sockets; null if nobody was.</summary>
    public string? Owners { get; init; }

    /// <summary>Most ports of net.ipv4.ip_local_port_range that UDP sockets of one local address have; null if unknown.</summary>
    public int? DatagramPorts { get; init; }

    /// <summary>Ports of that range that are given out; null if unknown.</summary>
    public int? UsablePorts { get; init; }

    /// <summary>Listeners whose queue is shorter than net.core.somaxconn would allow.</summary>
    public int AskForLess { get; init; }

    /// <summary>TCP ports, at most 32, that something listens on inside net.ipv4.ip_local_port_range and that are not reserved.</summary>
    public IReadOnlyList<int> InsideRange { get; init; } = [];

    /// <summary>TCP ports from 10240 on that something listens on, in order; null if unknown, or if they are more than 512.</summary>
    public IReadOnlyList<int>? HighPorts { get; init; }

    /// <summary>Listeners whose queue is as long as net.core.somaxconn allows.</summary>
    public int AtSystemLimit { get; init; }
}

/// <summary>Ports of net.ipv4.ip_local_port_range that TCP sockets of connections from here have, and how they came by them.</summary>
/// <remarks>
/// connect(2) takes ports of one parity first, and gives one port to connections to several destinations; bind(2) takes those of the other,
/// and each is then of one socket alone, whatever its destination. Source: net/ipv4/inet_hashtables.c, __inet_hash_connect;
/// net/ipv4/inet_connection_sock.c, inet_csk_find_open_port; ip(7), IP_BIND_ADDRESS_NO_PORT.
/// </remarks>
/// <param name="InUse">Different ports in use.</param>
/// <param name="Other">Those of them of the parity that bind(2) takes first, without those whose sockets have IP_BIND_ADDRESS_NO_PORT.</param>
/// <param name="Usable">Ports of the range that are given out.</param>
/// <param name="Largest">Most ports in use towards one destination.</param>
public sealed record PortsInUse(int InUse, int Other, int Usable, int Largest) : Observation
{
    /// <summary>Ports of the range that their programs asked for by number; null if nobody looked, since ports are plenty.</summary>
    public int? Chosen { get; init; }

    /// <summary>Different ports of them whose sockets are bound and not connected; null if unknown, or where the kernel does not list those (before Linux 6.8).</summary>
    public int? Unconnected { get; init; }

    /// <summary>Process that has most of the sockets with ports that bind(2) takes; null if unknown.</summary>
    public int? Pid { get; init; }

    /// <summary>Name of that process; null if unknown.</summary>
    public string? Process { get; init; }

    /// <summary>Its share of those, 0 to 1, by at most 256 of them; null if unknown.</summary>
    public double? OfProcess { get; init; }
}

/// <summary>TCP sockets of this machine that are in one state and belong together: to one process, and to one service of this machine or one destination.</summary>
/// <remarks>Source: sock_diag(7), tcp(7). In evidence of an audit the largest groups of each state stand.</remarks>
/// <param name="State">State name, such as <c>close-wait</c>; as in <see cref="SocketCensus"/>.</param>
/// <param name="Count">Sockets in the last sample.</param>
public sealed record SocketGroup(string State, int Count) : Observation
{
    /// <summary>Port of the service of this machine that they were made to; null if they were made from here.</summary>
    public int? LocalPort { get; init; }

    /// <summary>Address that they were made to from here; null for those of a service of this machine.</summary>
    public IPAddress? Remote { get; init; }

    /// <summary>Port that they were made to from here; null for those of a service of this machine.</summary>
    public int? RemotePort { get; init; }

    /// <summary>Time between the samples; null if there was one.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>Sockets in the sample before, of all processes; null if there was none.</summary>
    public int? Before { get; init; }

    /// <summary>Sockets that were in this state in both samples; null if there was one, where nobody counted, or if they were too many to know each again.</summary>
    public int? Lasted { get; init; }

    /// <summary>Process that holds most of them; null if unknown, or if none does.</summary>
    public int? Pid { get; init; }

    /// <summary>How many of them that process holds; null if unknown.</summary>
    public int? Held { get; init; }

    /// <summary>Name of that process; null if unknown.</summary>
    public string? Process { get; init; }

    /// <summary>Processes that hold them, those with most first, at most 8; null if unknown.</summary>
    public IReadOnlyList<SocketHolder>? Holders { get; init; }

    /// <summary>How many processes hold some of them; null if unknown.</summary>
    public int? Processes { get; init; }

    /// <summary>Descriptors that the process has open; null if unknown.</summary>
    public int? Descriptors { get; init; }

    /// <summary>Its soft limit of open files; null if unknown.</summary>
    public long? DescriptorLimit { get; init; }

    /// <summary>Those of them that no process holds any more.</summary>
    public int Orphans { get; init; }

    /// <summary>Longest time since an acknowledgement came on one of them; null if unknown.</summary>
    public TimeSpan? LongestIdle { get; init; }

    /// <summary>Those of them on which no acknowledgement came for more than a minute.</summary>
    public int IdleOverMinute { get; init; }

    /// <summary>Those of them that hold unread data (beside the FIN).</summary>
    public int WithUnread { get; init; }

    /// <summary>Those of them that sent what waits for an answer more than once.</summary>
    public int Retransmitting { get; init; }

    /// <summary>Different addresses of peers, at most a thousand; null where nobody counted.</summary>
    public int? Peers { get; init; }

    /// <summary>The peer that has most of them, among a thousand; null where nobody counted.</summary>
    public IPAddress? TopPeer { get; init; }

    /// <summary>How many it has; null where nobody counted.</summary>
    public int? OfTopPeer { get; init; }

    /// <summary>Length of the listener's queue, for half-open connections; null if unknown.</summary>
    public int? Backlog { get; init; }
}

/// <summary>A process and how many sockets of a group it holds.</summary>
/// <param name="Pid">The process.</param>
/// <param name="Name">Its name.</param>
/// <param name="Count">Sockets.</param>
public sealed record SocketHolder(int Pid, string Name, int Count);

/// <summary>Connections that programs of this machine have begun and that do not stand yet (SYN-SENT), of all destinations together.</summary>
/// <remarks>Source: RFC 9293, section 3.3.2; sock_diag(7). Those are unanswered whose SYN was sent more than once.</remarks>
/// <param name="Count">How many.</param>
/// <param name="Unanswered">Those of them whose SYN was sent more than once.</param>
public sealed record PendingConnections(int Count, int Unanswered) : Observation
{
    /// <summary>Destinations (address and port) with unanswered ones.</summary>
    public int Destinations { get; init; }

    /// <summary>Addresses with unanswered ones.</summary>
    public int Addresses { get; init; }

    /// <summary>Destinations with most unanswered ones, at most 24.</summary>
    public IReadOnlyList<PendingDestination> Top { get; init; } = [];

    /// <summary>Time since the first SYN of the oldest one, as its timer tells; null if unknown.</summary>
    public TimeSpan? Longest { get; init; }

    /// <summary>Most times that a SYN was sent again.</summary>
    public int MostRepeats { get; init; }

    /// <summary>Processes that began them, those with most first, at most 8; null if unknown.</summary>
    public IReadOnlyList<SocketHolder>? Holders { get; init; }

    /// <summary>How many processes began some of them; null if unknown.</summary>
    public int? Processes { get; init; }
}

/// <summary>A destination whose answer is waited for.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Port">Its port.</param>
/// <param name="Count">Connections that have been begun to there and do not stand yet.</param>
/// <param name="Unanswered">Those of them whose SYN was sent more than once.</param>
public sealed record PendingDestination(IPAddress Address, int Port, int Count, int Unanswered);

/// <summary>One established connection of this machine, as the kernel accounts for it, at two moments.</summary>
/// <remarks>Source: <c>struct tcp_info</c> in linux/tcp.h; sock_diag(7). In evidence of an audit those stand that hold or move most, or are silent longest.</remarks>
/// <param name="Local">Address of this machine.</param>
/// <param name="LocalPort">Port of this machine.</param>
/// <param name="Remote">Address of the peer.</param>
/// <param name="RemotePort">Port of the peer.</param>
/// <param name="Interval">Time between the samples.</param>
public sealed record TcpFlow(IPAddress Local, int LocalPort, IPAddress Remote, int RemotePort, TimeSpan Interval) : Observation
{
    /// <summary>Process that holds it; null if unknown.</summary>
    public int? Pid { get; init; }

    /// <summary>Name of that process; null if unknown.</summary>
    public string? Process { get; init; }

    /// <summary>Whether a peer made it to a service of this machine.</summary>
    public bool IsIncoming { get; init; }

    /// <summary>Octets received and not read, in the last sample.</summary>
    public long ReceiveQueue { get; init; }

    /// <summary>The same in the first sample.</summary>
    public long ReceiveQueueBefore { get; init; }

    /// <summary>Octets sent or to be sent and not acknowledged, in the last sample.</summary>
    public long SendQueue { get; init; }

    /// <summary>The same in the first sample.</summary>
    public long SendQueueBefore { get; init; }

    /// <summary>Octets of the send queue that were never sent.</summary>
    public long NotSent { get; init; }

    /// <summary>Octets that were acknowledged between the samples.</summary>
    public long Sent { get; init; }

    /// <summary>Octets that came between the samples.</summary>
    public long Received { get; init; }

    /// <summary>Octets sent in the life of the connection, those sent again included.</summary>
    public long TotalSent { get; init; }

    /// <summary>Octets of those that were sent again.</summary>
    public long TotalRetransmitted { get; init; }

    /// <summary>Octets that the peer acknowledged in the life of the connection, the SYN among them; null if unknown.</summary>
    public long? TotalAcknowledged { get; init; }

    /// <summary>Segments with data that were sent in the life of the connection, those sent again included; null if unknown.</summary>
    public long? SegmentsOut { get; init; }

    /// <summary>Segments that were sent again in the life of the connection; null if unknown.</summary>
    public long? SegmentsAgain { get; init; }

    /// <summary>Segments sent again between the samples.</summary>
    public long RetransmitsGrowth { get; init; }

    /// <summary>Time in which data was in flight or waiting, in the life of the connection.</summary>
    public TimeSpan Busy { get; init; }

    /// <summary>The same between the samples.</summary>
    public TimeSpan BusyGrowth { get; init; }

    /// <summary>Time of <see cref="Busy"/> in which the peer's window was what held data back.</summary>
    public TimeSpan WindowLimited { get; init; }

    /// <summary>The same between the samples.</summary>
    public TimeSpan WindowLimitedGrowth { get; init; }

    /// <summary>Time of <see cref="Busy"/> in which our send buffer was what held data back.</summary>
    public TimeSpan BufferLimited { get; init; }

    /// <summary>The same between the samples.</summary>
    public TimeSpan BufferLimitedGrowth { get; init; }

    /// <summary>Whether the application had nothing to send when the delivery rate was measured.</summary>
    public bool IsAppLimited { get; init; }

    /// <summary>Delivery rate that the kernel measured last, in octets per second.</summary>
    public long DeliveryRate { get; init; }

    /// <summary>Smoothed round trip; null before the first one.</summary>
    public TimeSpan? RoundTrip { get; init; }

    /// <summary>Shortest round trip of late; null before the first one.</summary>
    public TimeSpan? MinRoundTrip { get; init; }

    /// <summary>Segments in flight.</summary>
    public int Unacknowledged { get; init; }

    /// <summary>Segments of those that the peer says it has, although one before them is missing (SACK); null if unknown.</summary>
    public int? Sacked { get; init; }

    /// <summary>Times that the segment at the head of the queue was sent again, without an answer.</summary>
    public int Retransmits { get; init; }

    /// <summary>Times that the timeout was doubled.</summary>
    public int Backoff { get; init; }

    /// <summary>Probes of the window or of the peer's life that nobody answered.</summary>
    public int Probes { get; init; }

    /// <summary>Timer that runs: <c>off</c>, <c>retransmit</c>, <c>keepalive</c>, <c>time-wait</c>, <c>persist</c>.</summary>
    public string Timer { get; init; } = "off";

    /// <summary>Timer that ran in the first sample.</summary>
    public string TimerBefore { get; init; } = "off";

    /// <summary>Time since data was last sent.</summary>
    public TimeSpan LastSent { get; init; }

    /// <summary>Time since data last came.</summary>
    public TimeSpan LastReceived { get; init; }

    /// <summary>Time since an acknowledgement last came.</summary>
    public TimeSpan LastAcknowledged { get; init; }

    /// <summary>Largest segment that is sent, in octets.</summary>
    public int SendMss { get; init; }

    /// <summary>Path MTU that is reckoned with, in octets.</summary>
    public int PathMtu { get; init; }

    /// <summary>Size of the receive buffer, in octets; null if unknown.</summary>
    public long? ReceiveBuffer { get; init; }

    /// <summary>The same in the first sample; null if unknown.</summary>
    public long? ReceiveBufferBefore { get; init; }

    /// <summary>Window that is offered to the peer, in octets; null where the kernel does not say.</summary>
    public long? ReceiveWindow { get; init; }

    /// <summary>Bits that this window is shifted by (RFC 7323); null if unknown.</summary>
    public int? ReceiveWindowScale { get; init; }

    /// <summary>Round trip as the receiving side reckons it: the time in which a window's worth comes; null if unknown.</summary>
    public TimeSpan? ReceiveRoundTrip { get; init; }

    /// <summary>Octets of it in use, the overhead of packets included; null if unknown.</summary>
    public long? ReceiveAllocated { get; init; }

    /// <summary>Size of the send buffer, in octets; null if unknown.</summary>
    public long? SendBuffer { get; init; }

    /// <summary>Window that the peer offers, in octets; 0 also where the kernel does not say.</summary>
    public long PeerWindow { get; init; }

    /// <summary>The same in the first sample; null if unknown.</summary>
    public long? PeerWindowBefore { get; init; }

    /// <summary>Bits that the peer's window is shifted by, which it chose by the largest buffer that it may have (RFC 7323); null if unknown.</summary>
    public int? PeerWindowScale { get; init; }

    /// <summary>State letter of the process where data waits for it, such as <c>S</c>, <c>T</c>; null if unknown.</summary>
    public string? ProcessState { get; init; }

    /// <summary>Congestion window, in segments.</summary>
    public int CongestionWindow { get; init; }

    /// <summary>Whether both sides send timestamps (RFC 7323); null if unknown.</summary>
    public bool? HasTimestamps { get; init; }

    /// <summary>Segments that came out of order, in the life of the connection.</summary>
    public long OutOfOrder { get; init; }

    /// <summary>Segments with data that came.</summary>
    public long DataSegmentsIn { get; init; }

    /// <summary>Times that the path was seen to reorder.</summary>
    public long ReorderingSeen { get; init; }

    /// <summary>Segments that the peer says came twice.</summary>
    public long DuplicateSacks { get; init; }
}

/// <summary>A UDP socket of this machine that drops or does not keep up, or that is of the port or process asked about.</summary>
/// <remarks>Source: sock_diag(7), SK_MEMINFO_*; udp(7).</remarks>
/// <param name="Address">Address that it is bound to.</param>
/// <param name="Port">Port.</param>
/// <param name="Queued">Octets of buffer that waiting datagrams use, their overhead included.</param>
/// <param name="Buffer">Size of the receive buffer (SO_RCVBUF, doubled by the kernel).</param>
public sealed record DatagramSocket(IPAddress Address, int Port, long Queued, long Buffer) : Observation
{
    /// <summary>Octets of buffer in use in the first sample.</summary>
    public long QueuedBefore { get; init; }

    /// <summary>Datagrams dropped since the socket exists.</summary>
    public long Drops { get; init; }

    /// <summary>Datagrams dropped between the samples; null if there was one sample.</summary>
    public long? DropsGrowth { get; init; }

    /// <summary>Time between the samples; null if there was one.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>Process that holds it; null if unknown.</summary>
    public int? Pid { get; init; }

    /// <summary>Name of that process; null if unknown.</summary>
    public string? Process { get; init; }
}

/// <summary>A Unix socket of this machine that listens: in whose queue somebody waits to be accepted, or of the process asked about.</summary>
/// <remarks>Source: sock_diag(7), UNIX_DIAG_RQLEN. No counter tells of a full one: connect(2) blocks, or fails with EAGAIN.</remarks>
/// <param name="Name">Its path, or <c>@</c> and its abstract name.</param>
/// <param name="Queue">Connections that wait to be accepted.</param>
/// <param name="Limit">The backlog; the queue holds one more.</param>
public sealed record UnixListener(string Name, int Queue, int Limit) : Observation
{
    /// <summary>Connections that waited in the first sample; null if there was one.</summary>
    public int? QueueBefore { get; init; }

    /// <summary>Process that holds it; null if unknown.</summary>
    public int? Pid { get; init; }

    /// <summary>Name of that process; null if unknown.</summary>
    public string? Process { get; init; }
}

/// <summary>A Unix datagram socket, of an audited machine or one that the process asked about reads or sends to, in which a message lay unread in both samples.</summary>
/// <remarks>
/// The kernel tells neither how many messages wait nor how many may: that is net.unix.max_dgram_qlen at the time when the socket
/// was made. Source: sock_diag(7), UNIX_DIAG_RQLEN and UNIX_DIAG_PEER; proc_pid_wchan(5).
/// </remarks>
/// <param name="Name">Its path, or <c>@</c> and its abstract name; empty if it has none.</param>
public sealed record UnixDatagrams(string Name) : Observation
{
    /// <summary>Octets of buffers that hold what connected sockets sent to it and nobody has read.</summary>
    public long SendersHold { get; init; }

    /// <summary>Time between the samples; null if unknown.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>Process that reads it; null if unknown.</summary>
    public int? Pid { get; init; }

    /// <summary>Name of that process; null if unknown.</summary>
    public string? Process { get; init; }

    /// <summary>State letter of that process, such as <c>S</c>, <c>T</c>; null if unknown.</summary>
    public string? ProcessState { get; init; }

    /// <summary>A process that waited in the kernel for room in it in both samples, and did not run in between; null if none was seen.</summary>
    public int? SenderPid { get; init; }

    /// <summary>Name of that process; null if unknown.</summary>
    public string? Sender { get; init; }
}

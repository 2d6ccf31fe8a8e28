using System.Net;
using System.Text.Json.Serialization;

namespace NetWhy.Evidence;

/// <summary>One TCP connection attempt.</summary>
/// <param name="Address">Address.</param>
/// <param name="Port">Port.</param>
/// <param name="Purpose">Why: <c>target</c>, <c>proxy</c>, <c>direct</c> (beside a proxy), <c>exempted</c> (to a proxy from which the target is exempted), <c>control</c> (another port of the host), <c>resolver</c>, <c>redirect</c>, <c>repeat</c>, <c>alpn</c>, <c>policy</c>, <c>trial</c>.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="Elapsed">From the first SYN to the outcome.</param>
public sealed record ConnectAttempt(
    IPAddress Address,
    int Port,
    string Purpose,
    ConnectOutcome Outcome,
    TimeSpan Elapsed) : Observation
{
    /// <summary>errno's name, such as <c>ECONNREFUSED</c>; null if connected or timed out by our own patience.</summary>
    public string? Errno { get; init; }

    /// <summary>Which call failed: <c>socket</c>, <c>bind</c>, <c>connect</c>; null if none.</summary>
    public string? FailedCall { get; init; }

    /// <summary>The ICMP error in the socket's error queue; null if none came.</summary>
    public IcmpError? Icmp { get; init; }

    /// <summary>Source address used; null if no socket was bound.</summary>
    public IPAddress? Source { get; init; }

    /// <summary>Source port used; 0 if none.</summary>
    public int SourcePort { get; init; }

    /// <summary>SYNs sent again (<c>tcpi_total_retrans</c> or <c>tcpi_retransmits</c> before the handshake ended).</summary>
    public int SynRetransmits { get; init; }

    /// <summary>Round trip that the kernel measured in the handshake; null if none.</summary>
    public TimeSpan? RoundTrip { get; init; }

    /// <summary>MSS that sending uses after the handshake, in octets; null if not connected.</summary>
    public int? SendMss { get; init; }

    /// <summary>MSS that we advertised, less the octets of the timestamps option if that is in force; null if unknown.</summary>
    /// <remarks>So the kernel counts it once the connection stands. Source: net/ipv4/tcp_input.c, <c>tcp_rcv_synsent_state_process</c>.</remarks>
    public int? AdvertisedMss { get; init; }

    /// <summary>MSS that the SYN advertised, in octets; null if unknown.</summary>
    [JsonIgnore]
    public int? SynMss => AdvertisedMss + (Options.Contains("timestamps") ? 12 : 0);

    /// <summary>TCP options in force, such as <c>timestamps</c>, <c>sack</c>, <c>wscale</c>.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];
}

/// <summary>What came of a connection attempt.</summary>
public enum ConnectOutcome
{
    /// <summary>The handshake was completed.</summary>
    Connected,

    /// <summary>A RST, an ICMP error or this machine refused: see the errno and the ICMP error.</summary>
    Failed,

    /// <summary>Neither came before our patience or the kernel's ended.</summary>
    TimedOut,
}

/// <summary>What two kinds of clients would lose at the target's addresses, computed from the single attempts that were made.</summary>
/// <remarks>
/// A racing client starts with the next address, of the other family if there is one, when 250 ms have passed or the one
/// before has failed (RFC 8305, section 5). A sequential one tries each to its end, in the order of getaddrinfo(3).
/// </remarks>
/// <param name="Port">Port.</param>
/// <param name="Addresses">The addresses in the sequential order.</param>
public sealed record ClientOrder(int Port, IReadOnlyList<IPAddress> Addresses) : Observation
{
    /// <summary>Address that a racing client ends up with; null if none answers.</summary>
    public IPAddress? RacingAddress { get; init; }

    /// <summary>Time that passes before a racing client tries that one; null if none answers.</summary>
    public TimeSpan? RacingLoss { get; init; }

    /// <summary>Address that a sequential client ends up with; null if none answers.</summary>
    public IPAddress? SequentialAddress { get; init; }

    /// <summary>Time that passes before a sequential client tries that one; null if none answers.</summary>
    public TimeSpan? SequentialLoss { get; init; }

    /// <summary>Whether the sequential client loses more than that: a silent address was given up by our patience, not by the kernel's.</summary>
    public bool SequentialLosesMore { get; init; }
}

/// <summary>Several connection attempts one after the other or together, to tell a rate from a chance.</summary>
/// <param name="Address">Address.</param>
/// <param name="Port">Port.</param>
/// <param name="Attempts">How many.</param>
/// <param name="Connected">How many completed at all.</param>
/// <param name="Retransmitted">How many needed a second SYN or more.</param>
/// <param name="Refused">How many were refused.</param>
public sealed record ConnectSeries(
    IPAddress Address,
    int Port,
    int Attempts,
    int Connected,
    int Retransmitted,
    int Refused) : Observation
{
    /// <summary>SYNs sent in all.</summary>
    public int SynsSent { get; init; }

    /// <summary>Median time of those that completed; null if none did.</summary>
    public TimeSpan? MedianTime { get; init; }

    /// <summary>Time over which they were spread, in which things may change; null where they were made within a few seconds.</summary>
    public TimeSpan? Over { get; init; }
}

/// <summary>An acknowledgement of nothing was sent to a port, and whether the host reset it, as it must wherever nothing keeps it away.</summary>
/// <remarks>
/// A listener answers it with a RST, also one that has no room for connections and drops SYNs; so does a port where nobody listens.
/// Source: RFC 9293, section 3.10.7.2 (LISTEN, second) and 3.10.7.1.
/// </remarks>
/// <param name="Address">Peer's address.</param>
/// <param name="Port">Peer's port.</param>
/// <param name="IsReset">Whether a RST came from there.</param>
/// <param name="Sent">How many were sent.</param>
/// <param name="Waited">Time until the answer, or in which none came.</param>
public sealed record StrayAcknowledgement(IPAddress Address, int Port, bool IsReset, int Sent, TimeSpan Waited) : Observation
{
    /// <summary>What was left of the hop limit of the RST; null if none came.</summary>
    public int? ResetTtl { get; init; }

    /// <summary>
    /// Whether the host acknowledged a SYN whose SYN-ACK did not come: after a second SYN, left of the window of the first. So it takes SYNs,
    /// and what is lost are its SYN-ACKs. False also where it drops SYNs, or answers none left of a window; null if it was not tried.
    /// Source: RFC 9293, section 3.10.7.4 (first); net/ipv4/tcp_minisocks.c, tcp_check_req.
    /// </summary>
    public bool? IsHalfOpen { get; init; }
}

/// <summary>Packets of one connection attempt as they passed the interface (AF_PACKET), before and after the firewall of this machine.</summary>
/// <remarks>Source: packet(7). Outgoing packets are seen after the OUTPUT hook, incoming ones before the INPUT hook.</remarks>
/// <param name="Address">Peer's address.</param>
/// <param name="Port">Peer's port.</param>
/// <param name="SourcePort">Our port.</param>
public sealed record FlowSighting(IPAddress Address, int Port, int SourcePort) : Observation
{
    /// <summary>SYNs that left the interface.</summary>
    public int SynsOut { get; init; }

    /// <summary>TTL of the first SYN, as it left the interface; null if none did.</summary>
    public int? SynTtl { get; init; }

    /// <summary>SYN-ACKs that arrived at the interface.</summary>
    public int SynAcksIn { get; init; }

    /// <summary>TTL of the first SYN-ACK; null if none.</summary>
    public int? SynAckTtl { get; init; }

    /// <summary>MSS option of the SYN-ACK, in octets; null if none.</summary>
    public int? SynAckMss { get; init; }

    /// <summary>RSTs that arrived.</summary>
    public int RstsIn { get; init; }

    /// <summary>TTL of the first RST; null if none.</summary>
    public int? RstTtl { get; init; }

    /// <summary>IP identification of the first RST; null if none.</summary>
    public int? RstIpId { get; init; }

    /// <summary>TTL of the peer's data or bare ACKs on this connection; null if none.</summary>
    public int? DataTtl { get; init; }

    /// <summary>From the packet before it to the first ICMP error about the flow, by the kernel's clock; null if none came.</summary>
    public TimeSpan? ErrorDelay { get; init; }

    /// <summary>RSTs that this machine sent on the flow.</summary>
    public int RstsOut { get; init; }

    /// <summary>Data segments that arrived.</summary>
    public int DataIn { get; init; }

    /// <summary>
    /// Round trips of whose data segments one or more arrived after later ones, and were sent after them too: the first
    /// copy was lost on the way. Segments that were merely overtaken do not count.
    /// </summary>
    public int RepairsIn { get; init; }

    /// <summary>
    /// Data segments whose octets had arrived before: sent again although they had come, since their acknowledgement was
    /// lost, or since this machine could not use them.
    /// </summary>
    public int RepeatsIn { get; init; }

    /// <summary>FINs that arrived.</summary>
    public int FinsIn { get; init; }

    /// <summary>Interface on which answers arrived; null if none.</summary>
    public string? InterfaceIn { get; init; }

    /// <summary>Interface by which the SYN left; null if none was seen.</summary>
    public string? InterfaceOut { get; init; }

    /// <summary>Largest payload of a data segment that arrived, in octets; may be of several segments joined by the interface.</summary>
    public int LargestDataIn { get; init; }

    /// <summary>From the last packet that we sent before the RST to the RST; null if no RST.</summary>
    public TimeSpan? RstDelay { get; init; }
}

/// <summary>Somebody watched the packets of the target. Without this, "no packet came" is no observation.</summary>
/// <param name="Addresses">Addresses watched for.</param>
/// <param name="Lasted">How long.</param>
/// <param name="Dropped">Packets that the kernel could not hand over.</param>
public sealed record PacketWatch(IReadOnlyList<IPAddress> Addresses, TimeSpan Lasted, long Dropped) : Observation
{
    /// <summary>SYN-ACKs to our SYNs that arrived from another address or port than the one asked: <c>address:port</c>.</summary>
    public IReadOnlyList<string> StrangeAnswers { get; init; } = [];

    /// <summary>ICMP errors seen on the wire about packets to the target, each distinct one once.</summary>
    public IReadOnlyList<IcmpError> Errors { get; init; } = [];
}

/// <summary>The kernel's account of one of our connections.</summary>
/// <remarks>Source: <c>struct tcp_info</c> in linux/tcp.h.</remarks>
/// <param name="Address">Peer's address.</param>
/// <param name="Port">Peer's port.</param>
/// <param name="Moment">When in the exchange: <c>connected</c>, <c>stalled</c>, <c>end</c>.</param>
/// <param name="RoundTrip">Smoothed round trip.</param>
/// <param name="RoundTripVariation">Its mean deviation.</param>
public sealed record TcpInfoSample(
    IPAddress Address,
    int Port,
    string Moment,
    TimeSpan RoundTrip,
    TimeSpan RoundTripVariation) : Observation
{
    /// <summary>Connection state by name, such as <c>established</c>.</summary>
    public string State { get; init; } = "";

    /// <summary>Smallest round trip seen.</summary>
    public TimeSpan MinRoundTrip { get; init; }

    /// <summary>Retransmitted segments in all.</summary>
    public long TotalRetransmits { get; init; }

    /// <summary>Timeouts in a row without progress (<c>tcpi_backoff</c>).</summary>
    public int Backoff { get; init; }

    /// <summary>Segments believed lost now.</summary>
    public long Lost { get; init; }

    /// <summary>Segments sent and not acknowledged now.</summary>
    public long Unacknowledged { get; init; }

    /// <summary>Segments sent that carried data.</summary>
    public long DataSegmentsOut { get; init; }

    /// <summary>Segments received that carried data.</summary>
    public long DataSegmentsIn { get; init; }

    /// <summary>Octets acknowledged by the peer.</summary>
    public long OctetsAcknowledged { get; init; }

    /// <summary>Octets received.</summary>
    public long OctetsReceived { get; init; }

    /// <summary>Out-of-order segments received (<c>tcpi_rcv_ooopack</c>).</summary>
    public long OutOfOrderIn { get; init; }

    /// <summary>Duplicate SACKs received.</summary>
    public long DuplicateSacks { get; init; }

    /// <summary>Reordering seen (<c>tcpi_reord_seen</c>).</summary>
    public long ReorderingSeen { get; init; }

    /// <summary>Sending MSS, in octets.</summary>
    public int SendMss { get; init; }

    /// <summary>Largest segment payload received so far as the kernel estimates it, in octets.</summary>
    public int ReceiveMss { get; init; }

    /// <summary>Path MTU that the kernel believes in, in octets.</summary>
    public int PathMtu { get; init; }

    /// <summary>Congestion window, in segments.</summary>
    public long CongestionWindow { get; init; }

    /// <summary>Time with data to send.</summary>
    public TimeSpan Busy { get; init; }

    /// <summary>Time limited by the peer's receive window.</summary>
    public TimeSpan ReceiveWindowLimited { get; init; }

    /// <summary>Time limited by our send buffer.</summary>
    public TimeSpan SendBufferLimited { get; init; }

    /// <summary>Delivery rate, in octets per second; 0 if not known.</summary>
    public long DeliveryRate { get; init; }
}

/// <summary>A datagram to a UDP service and what came of it.</summary>
/// <param name="Address">Address.</param>
/// <param name="Port">Port.</param>
/// <param name="Answered">Whether a datagram came back.</param>
/// <param name="Elapsed">Until the answer, the error or the end of waiting.</param>
public sealed record DatagramExchange(IPAddress Address, int Port, bool Answered, TimeSpan Elapsed) : Observation
{
    /// <summary>errno's name, such as <c>ECONNREFUSED</c>; null if none.</summary>
    public string? Errno { get; init; }

    /// <summary>The ICMP error that answered; null if none.</summary>
    public IcmpError? Icmp { get; init; }

    /// <summary>Octets of the answer.</summary>
    public int OctetsReceived { get; init; }
}

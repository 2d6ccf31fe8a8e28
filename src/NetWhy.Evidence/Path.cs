using System.Net;
using System.Text.Json.Serialization;

namespace NetWhy.Evidence;

/// <summary>An ICMP error about one of our packets, from the socket's error queue or from a raw socket.</summary>
/// <remarks>Source: RFC 792, RFC 4443; <c>struct sock_extended_err</c> in linux/errqueue.h.</remarks>
/// <param name="Type">ICMP type as on the wire (3 and 11 for IPv4; 1, 2 and 3 for IPv6).</param>
/// <param name="Code">ICMP code.</param>
/// <param name="Offender">Who sent the error.</param>
/// <param name="IsOwnAddress">Whether the offender is an address of this machine.</param>
public sealed record IcmpError(int Type, int Code, IPAddress Offender, bool IsOwnAddress)
{
    /// <summary>MTU that a "fragmentation needed" or "packet too big" names, in octets; null otherwise.</summary>
    public int? Mtu { get; init; }
}

/// <summary>A series of echo requests to one address.</summary>
/// <param name="Address">Address.</param>
/// <param name="Purpose">Why: <c>target</c>, <c>gateway</c>, <c>resolver</c>, <c>proxy</c>, <c>control</c>.</param>
/// <param name="Size">Size of the IP packets, in octets.</param>
/// <param name="Sent">Requests sent.</param>
/// <param name="Received">Replies received, duplicates not counted.</param>
public sealed record EchoSeries(IPAddress Address, string Purpose, int Size, int Sent, int Received) : Observation
{
    /// <summary>Smallest round trip; null if none.</summary>
    public TimeSpan? MinRoundTrip { get; init; }

    /// <summary>Median round trip; null if none.</summary>
    public TimeSpan? MedianRoundTrip { get; init; }

    /// <summary>Largest round trip; null if none.</summary>
    public TimeSpan? MaxRoundTrip { get; init; }

    /// <summary>TTL or hop limit of the replies; null if none or unknown.</summary>
    public int? ReplyTtl { get; init; }

    /// <summary>Duplicate replies.</summary>
    public int Duplicates { get; init; }

    /// <summary>Replies that came out of order.</summary>
    public int Reordered { get; init; }

    /// <summary>ICMP errors, each distinct one once.</summary>
    public IReadOnlyList<IcmpError> Errors { get; init; } = [];

    /// <summary>errno's name if sending failed, such as <c>EPERM</c>; null if it did not.</summary>
    public string? Errno { get; init; }

    /// <summary>How long after the last request replies were waited for.</summary>
    public TimeSpan Waited { get; init; }

    /// <summary>Longest time from a request to the ICMP error about it; null if none came, or it is not known to which one.</summary>
    public TimeSpan? ErrorDelay { get; init; }

    /// <summary>Longest run of requests lost in a row.</summary>
    public int LongestLoss { get; init; }
}

/// <summary>Routers on the way, found by letting the hop limit run out.</summary>
/// <param name="Destination">Address traced to.</param>
/// <param name="Protocol">Protocol of the probes: <c>tcp</c>, <c>icmp</c>, <c>udp</c>.</param>
/// <param name="Port">Destination port; 0 for ICMP.</param>
/// <param name="Hops">One entry for each hop limit tried, in order.</param>
/// <param name="Reached">Whether the destination itself answered (SYN-ACK, RST, echo reply, port unreachable).</param>
public sealed record PathTrace(
    IPAddress Destination,
    string Protocol,
    int Port,
    IReadOnlyList<Hop> Hops,
    bool Reached) : Observation
{
    /// <summary>Why the trace was made: <c>target</c> or <c>control</c> (another port or host, for comparison).</summary>
    public string Purpose { get; init; } = "target";

    /// <summary>errno's name if sending failed on the way, such as <c>ENETUNREACH</c>; null if it did not.</summary>
    public string? Errno { get; init; }

    /// <summary>What could not be seen for lack of privilege, in words; null if nothing.</summary>
    public string? Limits { get; init; }

    /// <summary>From the first probe to the end; null if not measured.</summary>
    public TimeSpan? Elapsed { get; init; }
}

/// <summary>What answered at one hop limit.</summary>
/// <param name="Ttl">Hop limit that the probe left with.</param>
/// <param name="Node">Who answered; null if nobody did.</param>
/// <param name="RoundTrip">Round trip; null if nobody answered.</param>
public sealed record Hop(int Ttl, IPAddress? Node, TimeSpan? RoundTrip)
{
    /// <summary>The error that the node sent, if it was not "time exceeded"; null otherwise.</summary>
    public IcmpError? Error { get; init; }

    /// <summary>Probes sent with this hop limit.</summary>
    public int Sent { get; init; } = 1;

    /// <summary>Probes answered.</summary>
    public int Answered { get; init; }

    /// <summary>
    /// Whether no probe with this hop limit was answered, but the destination answered one with a larger limit, and quoted how much of
    /// that was left: so it is here.
    /// </summary>
    public bool IsByFartherProbe { get; init; }

    /// <summary>The answers one by one, in the order of the probes; null in evidence that keeps only the first.</summary>
    public IReadOnlyList<HopAnswer>? Answers { get; init; }
}

/// <summary>
/// The way to a destination, tried round after round: in each, a probe with every hop limit. What was lost in the same round
/// tells a loss on the way from a router that does not like to answer.
/// </summary>
/// <param name="Destination">Address traced to.</param>
/// <param name="Protocol">Protocol of the probes: <c>tcp</c>, <c>icmp</c>, <c>udp</c>.</param>
/// <param name="Port">Destination port; 0 for ICMP.</param>
/// <param name="Interval">From the start of one round to that of the next.</param>
/// <param name="Rows">One for each hop limit and flow, in order of flow and hop limit.</param>
public sealed record PathRounds(
    IPAddress Destination,
    string Protocol,
    int Port,
    TimeSpan Interval,
    IReadOnlyList<RoundsRow> Rows) : Observation
{
    /// <summary>Rounds of the run before those that the rows tell of: a long run keeps its last ones.</summary>
    public long RoundsBefore { get; init; }

    /// <summary>When each round began, in the local time of the machine; null if not known.</summary>
    public IReadOnlyList<DateTimeOffset>? RoundTimes { get; init; }

    /// <summary>Size of the IP packets, in octets; null if not known.</summary>
    public int? PacketSize { get; init; }

    /// <summary>Largest hop limit that the run was allowed; null if not known.</summary>
    public int? MaxTtl { get; init; }

    /// <summary>How long an answer was waited for before its probe counted as lost; null if not known.</summary>
    public TimeSpan? Waited { get; init; }

    /// <summary>How late a probe left at most, of 19 in 20, because this machine had other work; null if not known.</summary>
    public TimeSpan? Lateness { get; init; }

    /// <summary>Whether the destination is an address of this machine.</summary>
    public bool IsOwnAddress { get; init; }

    /// <summary>Probes that this machine could not send.</summary>
    public int Unsent { get; init; }

    /// <summary>errno's name of the last of them; null if all could be sent.</summary>
    public string? UnsentErrno { get; init; }
}

/// <summary>What one hop limit of one flow brought, round by round.</summary>
/// <param name="Ttl">Hop limit that the probes left with.</param>
/// <param name="Flow">Number of the flow: probes of one flow look alike to a router that spreads load.</param>
/// <param name="RoundTrips">For each round, the round trip in microseconds, <see cref="Lost"/> or <see cref="Unknown"/>.</param>
public sealed record RoundsRow(int Ttl, int Flow, IReadOnlyList<int> RoundTrips)
{
    /// <summary>In place of a round trip: no answer came.</summary>
    public const int Lost = -1;

    /// <summary>In place of a round trip: no probe was sent, or its time is not over.</summary>
    public const int Unknown = -2;

    /// <summary>Who answered, in the order in which they first did; empty if nobody did.</summary>
    public IReadOnlyList<RowNode> Nodes { get; init; } = [];

    /// <summary>For each round, which of <see cref="Nodes"/> answered (-1 for none); empty where there is at most one.</summary>
    public IReadOnlyList<int> Answerers { get; init; } = [];
}

/// <summary>Somebody who answered at one hop limit.</summary>
/// <param name="Address">Who.</param>
public sealed record RowNode(IPAddress Address)
{
    /// <summary>Whether it answered as the destination does: echo reply, port unreachable of its own, SYN-ACK or RST.</summary>
    public bool IsDestination { get; init; }

    /// <summary>Whether its last answer was a RST.</summary>
    public bool IsReset { get; init; }

    /// <summary>Whether addresses are translated on the way to it; see <see cref="HopAnswer.IsTranslated"/>.</summary>
    public bool IsTranslated { get; init; }

    /// <summary>Its last error that was not "time exceeded"; null if there was none.</summary>
    public IcmpError? Error { get; init; }

    /// <summary>TTL or hop limit of its last answer; null if not known.</summary>
    public int? ReplyTtl { get; init; }

    /// <summary>TTL or hop limit that our packet had when it came there, as the error quotes it; null if not known.</summary>
    public int? QuotedTtl { get; init; }

    /// <summary>MPLS labels that our packet had there, the outermost first. Source: RFC 4950.</summary>
    public IReadOnlyList<int> Labels { get; init; } = [];
}

/// <summary>The answer to one probe of a hop limit.</summary>
/// <param name="Query">Which of the hop's probes it answers, from 0.</param>
/// <param name="Node">Who answered.</param>
/// <param name="RoundTrip">Round trip.</param>
public sealed record HopAnswer(int Query, IPAddress Node, TimeSpan RoundTrip)
{
    /// <summary>The error that the node sent, if it was neither "time exceeded" nor what the destination answers; null otherwise.</summary>
    public IcmpError? Error { get; init; }

    /// <summary>Flow that the probe belonged to: what routers balance load by is the same within one.</summary>
    public int Flow { get; init; }

    /// <summary>Whether TCP answered with a RST: the port is closed.</summary>
    public bool IsReset { get; init; }

    /// <summary>Flags of the segment that TCP answered with, such as <c>syn,ack</c>, in the order of their bits; null if none was seen.</summary>
    public string? TcpFlags { get; init; }

    /// <summary>TTL or hop limit of the answer; null if unknown.</summary>
    public int? ReplyTtl { get; init; }

    /// <summary>TTL or hop limit of the probe when it was dropped, as the answer quotes it; 1 as a rule, null if not seen.</summary>
    public int? QuotedTtl { get; init; }

    /// <summary>
    /// Whether addresses are translated on the way: the probe had another address or checksum when it was dropped, or a router answers
    /// under the destination's address. A translator that rewrites what errors quote, as most do for the source, is not seen.
    /// </summary>
    public bool IsTranslated { get; init; }

    /// <summary>Size that the probe was made to take, in octets, because larger ones did not get there; null otherwise.</summary>
    public int? ReducedSize { get; init; }

    /// <summary>MPLS labels that the probe carried, outermost first. Source: RFC 4950.</summary>
    public IReadOnlyList<MplsEntry> Labels { get; init; } = [];

    /// <summary>Interfaces that the router names. Source: RFC 5837.</summary>
    public IReadOnlyList<HopInterface> Interfaces { get; init; } = [];

    /// <summary>Other extensions of the ICMP message.</summary>
    public IReadOnlyList<HopExtension> Extensions { get; init; } = [];
}

/// <summary>An object of the extensions of an ICMP error that has no meaning here. Source: RFC 4884.</summary>
/// <param name="Class">Its class.</param>
/// <param name="Type">Its type.</param>
/// <param name="Value">Its value, in hexadecimal digits.</param>
public sealed record HopExtension(int Class, int Type, string Value);

/// <summary>All paths to a destination that routers balance load over, each flow followed along its own.</summary>
/// <param name="Destination">Address traced to.</param>
/// <param name="Protocol">Protocol of the probes: <c>tcp</c>, <c>icmp</c>, <c>udp</c>.</param>
/// <param name="Port">Destination port; 0 for ICMP.</param>
/// <param name="FirstTtl">Hop limit of the first hop of each flow.</param>
/// <param name="Flows">The flows.</param>
public sealed record PathFan(IPAddress Destination, string Protocol, int Port, int FirstTtl, IReadOnlyList<FlowPath> Flows) : Observation
{
    /// <summary>Whether the destination itself answered.</summary>
    public bool? IsReached { get; init; }

    /// <summary>Whether further flows would have shown further paths, were there any, with the sureness that was wanted.</summary>
    public bool? IsComplete { get; init; }

    /// <summary>How well each hop answered, in order.</summary>
    public IReadOnlyList<FanHop> Hops { get; init; } = [];

    /// <summary>Hop limits at which packets of one flow come to different routers.</summary>
    public IReadOnlyList<int> PerPacket { get; init; } = [];

    /// <summary>errno's name if sending failed on the way; null if it did not.</summary>
    public string? Errno { get; init; }

    /// <summary>What could not be seen for lack of privilege, in words; null if nothing.</summary>
    public string? Limits { get; init; }
}

/// <summary>How well a hop answered the probes of all flows.</summary>
/// <param name="Ttl">Its hop limit.</param>
/// <param name="Sent">Probes sent.</param>
/// <param name="Answered">Answers.</param>
/// <param name="IsLimited">Whether so many are missing that its routers seem to limit their answers.</param>
/// <param name="ChanceOfMissing">
/// The chance, 0 to 1, that a router there was missed, if a router before it has one more next hop than was seen and all are equally
/// likely; null if none answered.
/// </param>
public sealed record FanHop(int Ttl, int Sent, int Answered, bool IsLimited, double? ChanceOfMissing)
{
    /// <summary>Flows that nobody answers there however often they are asked for, while others are answered.</summary>
    public IReadOnlyList<int> SilentFlows { get; init; } = [];

    /// <summary>Flows that were asked for there, and got no answer, however often that was.</summary>
    public int Unanswered { get; init; }
}

/// <summary>The path of one flow.</summary>
/// <param name="Flow">Number of the flow.</param>
/// <param name="Hops">Its hops, in order.</param>
public sealed record FlowPath(int Flow, IReadOnlyList<FlowHop> Hops);

/// <summary>One hop of a flow.</summary>
/// <param name="Node">Who answered; null if nobody did.</param>
/// <param name="RoundTrip">Round trip; null if nobody answered.</param>
public sealed record FlowHop(IPAddress? Node, TimeSpan? RoundTrip);

/// <summary>An entry of a stack of MPLS labels. Source: RFC 3032.</summary>
/// <param name="Label">The label.</param>
/// <param name="TrafficClass">Traffic class, 0 to 7.</param>
/// <param name="IsBottom">Whether it is the last of its stack.</param>
/// <param name="Ttl">Its TTL.</param>
public sealed record MplsEntry(int Label, int TrafficClass, bool IsBottom, int Ttl);

/// <summary>An interface that a router tells of in an ICMP error. Source: RFC 5837.</summary>
/// <param name="Role">What it has to do with the probe: <c>incoming</c>, <c>incoming-part</c>, <c>outgoing</c> or <c>next-hop</c>.</param>
/// <param name="Index">Its number; null if not told.</param>
/// <param name="Name">Its name; null if not told.</param>
/// <param name="Address">Its address; null if not told.</param>
/// <param name="Mtu">Its MTU, in octets; null if not told.</param>
public sealed record HopInterface(string Role, long? Index, string? Name, IPAddress? Address, long? Mtu);

/// <summary>Packets of several sizes with "don't fragment" set, and which of them were answered.</summary>
/// <param name="Destination">Address.</param>
/// <param name="Protocol"><c>icmp</c> or <c>udp</c>.</param>
/// <param name="Trials">One entry for each size tried, in order of time.</param>
public sealed record SizedPacketSeries(IPAddress Destination, string Protocol, IReadOnlyList<SizeTrial> Trials) : Observation
{
    /// <summary>
    /// Why: <c>target</c>, <c>gateway</c>; <c>forward</c> for large packets to the target whose answers are small (a port
    /// that is closed), so that only the way there is tried; <c>fragments</c> where "don't fragment" is not set, and the larger
    /// size is cut into fragments.
    /// </summary>
    public string Purpose { get; init; } = "target";

    /// <summary>MTU of the interface that they leave by, in octets; null if unknown.</summary>
    public int? InterfaceMtu { get; init; }

    /// <summary>The same with hop limits that run out on the way; null if that was not tried.</summary>
    public IReadOnlyList<SizedHop>? Hops { get; init; }

    /// <summary>Sizes of which nothing is known, because the destination gives too few answers to tell; null if there are none.</summary>
    public IReadOnlyList<SizeTrial>? Untold { get; init; }
}

/// <summary>What answered packets of one size whose hop limit ran out.</summary>
/// <remarks>A router looks at the hop limit before the size: it answers for packets that it could not forward, too.</remarks>
/// <param name="Ttl">Hop limit that they left with.</param>
/// <param name="Size">Size of the IP packet, in octets.</param>
/// <param name="Sent">Packets sent.</param>
/// <param name="Answered">Packets answered, by whomever.</param>
public sealed record SizedHop(int Ttl, int Size, int Sent, int Answered)
{
    /// <summary>Who answered; null if nobody did.</summary>
    public IPAddress? Node { get; init; }

    /// <summary>The error that the node sent, if it was not "time exceeded"; null otherwise.</summary>
    public IcmpError? Error { get; init; }

    /// <summary>Whether it was the destination that answered.</summary>
    public bool IsDestination { get; init; }
}

/// <summary>One size of packet.</summary>
/// <param name="Size">Size of the IP packet, in octets.</param>
/// <param name="Sent">Packets sent.</param>
/// <param name="Answered">Packets answered.</param>
public sealed record SizeTrial(int Size, int Sent, int Answered)
{
    /// <summary>"Fragmentation needed", "packet too big" or another error that came; null if none.</summary>
    public IcmpError? Error { get; init; }

    /// <summary>errno's name if the kernel did not send it, such as <c>EMSGSIZE</c> or <c>ENOBUFS</c>.</summary>
    public string? Errno { get; init; }
}

/// <summary>
/// The same application exchange once more with a smaller maximum segment size: what a smaller segment cures was size.
/// </summary>
/// <param name="Address">Address.</param>
/// <param name="Port">Port.</param>
/// <param name="SegmentSize">TCP_MAXSEG set before connecting, in octets; 0 for the unlimited control.</param>
/// <param name="Stage">How far the exchange came.</param>
/// <param name="Elapsed">Time until it came there or gave up.</param>
public sealed record SegmentSizeTrial(
    IPAddress Address,
    int Port,
    int SegmentSize,
    ExchangeStage Stage,
    TimeSpan Elapsed) : Observation
{
    /// <summary>Octets received from the peer's application.</summary>
    public long OctetsReceived { get; init; }

    /// <summary>What was asked for, where it is not what the target names; null otherwise.</summary>
    public string? Resource { get; init; }

    /// <summary>Whether all that was sent had been acknowledged when the trial ended.</summary>
    public bool AllAcknowledged { get; init; }

    /// <summary>MSS that the SYN advertised, in octets: less than was meant where the kernel knows a narrow way; null if not known.</summary>
    public int? SynMss { get; init; }
}

/// <summary>
/// Full segments sent towards the target, as an upload sends them: whether the peer's TCP acknowledges them tells whether
/// large packets pass that way, whatever ICMP does.
/// </summary>
/// <param name="Address">Address.</param>
/// <param name="Port">Port.</param>
/// <param name="SegmentSize">TCP_MAXSEG set before connecting, in octets; 0 for the unlimited trial.</param>
/// <param name="SendMss">Segment size that was used, in octets.</param>
/// <param name="IsAcknowledged">Whether all of it was acknowledged before the wait was over.</param>
/// <param name="Elapsed">From sending to the acknowledgement, or to the end of the wait.</param>
public sealed record UploadTrial(
    IPAddress Address,
    int Port,
    int SegmentSize,
    int SendMss,
    bool IsAcknowledged,
    TimeSpan Elapsed) : Observation
{
    /// <summary>Segments sent again meanwhile.</summary>
    public long Retransmits { get; init; }
}

/// <summary>How far an exchange came, in order.</summary>
public enum ExchangeStage
{
    /// <summary>No connection.</summary>
    NotConnected,

    /// <summary>Connected; nothing came back from the application.</summary>
    Connected,

    /// <summary>The TLS handshake began: something came back.</summary>
    HandshakeBegun,

    /// <summary>The TLS handshake was finished.</summary>
    HandshakeDone,

    /// <summary>The first octet of the response came.</summary>
    FirstByte,

    /// <summary>The response stopped in the middle.</summary>
    BodyBegun,

    /// <summary>The response was complete.</summary>
    Complete,
}

/// <summary>How a transfer ended; of several connections, the last of these.</summary>
public enum TransferEnd
{
    /// <summary>As it should.</summary>
    Whole,

    /// <summary>The user ended it.</summary>
    Interrupted,

    /// <summary>The other side closed the connection, or said something else than it should.</summary>
    Closed,

    /// <summary>Nothing moved any more, and nothing was said.</summary>
    Silent,

    /// <summary>This machine ended the connection: see <see cref="TransferTrial.Errno"/>.</summary>
    Broken,
}

/// <summary>A time in which nothing moved.</summary>
/// <param name="Begin">When, from the first octet on.</param>
/// <param name="End">Until when; until somebody looked last if nothing moved any more.</param>
public readonly record struct TransferPause(TimeSpan Begin, TimeSpan End)
{
    /// <summary>Questions of other connections that were asked and answered meanwhile: the way was not broken.</summary>
    public int OthersAnswered { get; init; }
}

/// <summary>A transfer between two netwhy in one direction, what its sender's TCP knows, and how long answers took meanwhile.</summary>
/// <param name="Address">The other side.</param>
/// <param name="Port">Its port.</param>
/// <param name="Direction"><c>upload</c> (from here) or <c>download</c> (to here).</param>
/// <param name="Octets">What arrived in the measured interval.</param>
/// <param name="Elapsed">Length of that interval.</param>
public sealed record TransferTrial(IPAddress Address, int Port, string Direction, long Octets, TimeSpan Elapsed) : Observation
{
    private static readonly TimeSpan LeastStandstill = TimeSpan.FromSeconds(0.5);

    /// <summary>Connections that it went by.</summary>
    public int Streams { get; init; } = 1;

    /// <summary>How it ended; where not as it should, the interval ends with the last octet that moved.</summary>
    public TransferEnd End { get; init; }

    /// <summary>Whether, for want of the receiver's account, octets are those that the sender's TCP knows to have arrived.</summary>
    public bool IsAcknowledged { get; init; }

    /// <summary>When nothing moved by any connection though it should have, in order; the first 64 of 0.3 s and more.</summary>
    public IReadOnlyList<TransferPause> Pauses { get; init; } = [];

    /// <summary>errno's name if this machine ended a connection, or could not begin one meanwhile; null if neither.</summary>
    public string? Errno { get; init; }

    /// <summary>The last ICMP error that came meanwhile, about a connection to the same port that was begun; null if none did.</summary>
    public IcmpError? Icmp { get; init; }

    /// <summary>Time from the first octet to the begin of the interval, while TCP looked for the path's rate.</summary>
    public TimeSpan Omitted { get; init; }

    /// <summary>What arrived in that time.</summary>
    public long OmittedOctets { get; init; }

    /// <summary>How long was received, all connections together; zero if the receiver's account is not known.</summary>
    public TimeSpan Receiving { get; init; }

    /// <summary>Time of that in which the receiver had taken all that had come, and waited for more.</summary>
    public TimeSpan ReceiverWaiting { get; init; }

    /// <summary>Whether the sender's account is known: without it the members from <see cref="Sending"/> to <see cref="SendWindow"/> are 0 or null.</summary>
    public bool HasAccount { get; init; }

    /// <summary>How long the sender sent, all connections together.</summary>
    public TimeSpan Sending { get; init; }

    /// <summary>Time of that in which the sender waited until TCP took more.</summary>
    public TimeSpan SenderWaiting { get; init; }

    /// <summary>Time with data to send, all connections together. Source: linux/tcp.h, tcpi_busy_time.</summary>
    public TimeSpan Busy { get; init; }

    /// <summary>Time of that in which the receiver's window was full.</summary>
    public TimeSpan ReceiveWindowLimited { get; init; }

    /// <summary>Time of that in which the sender's buffer was too small.</summary>
    public TimeSpan SendBufferLimited { get; init; }

    /// <summary>Samples of the sender's TCP just after its buffer had been filled.</summary>
    public long FullSamples { get; init; }

    /// <summary>Those of them in which TCP had sent all that the buffer holds, and could have sent more.</summary>
    public long DrainedSamples { get; init; }

    /// <summary>Segments sent again, without those that turned out to have arrived (DSACK).</summary>
    public long Retransmits { get; init; }

    /// <summary>Segments sent with data.</summary>
    public long Segments { get; init; }

    /// <summary>Segment size, in octets.</summary>
    public int SendMss { get; init; }

    /// <summary>The sender's congestion control, such as <c>cubic</c>; null if it is not known.</summary>
    public string? CongestionControl { get; init; }

    /// <summary>Smallest round trip that the sender's TCP saw.</summary>
    public TimeSpan MinRoundTrip { get; init; }

    /// <summary>Median of the smoothed round trip in the flow.</summary>
    public TimeSpan FlowRoundTrip { get; init; }

    /// <summary>Median of the smoothed round trip in the flow when segments were lost; zero if none were.</summary>
    public TimeSpan RoundTripAtLoss { get; init; }

    /// <summary>Median of the receiver's window, in octets, of one connection.</summary>
    public long SendWindow { get; init; }

    /// <summary>Median answer time on the idle path; null if none was measured.</summary>
    public TimeSpan? IdleRoundTrip { get; init; }

    /// <summary>Median answer time under load, of a connection of its own; null if none was measured.</summary>
    public TimeSpan? LoadedRoundTrip { get; init; }

    /// <summary>The answer time under load that 95 of 100 kept.</summary>
    public TimeSpan? LoadedRoundTripHigh { get; init; }

    /// <summary>Round trips a minute under load; null if too little was measured.</summary>
    public double? Responsiveness { get; init; }

    /// <summary>Whether no fresh connection came to an end under load, so that <see cref="Responsiveness"/> is at most what it says.</summary>
    public bool IsResponsivenessBound { get; init; }

    /// <summary>The rate that the sender was told to keep, in octets a second; null for none.</summary>
    public long? RateWanted { get; init; }

    /// <summary>How late a question left at most, of 19 in 20, because this machine had other work; null if not known.</summary>
    public TimeSpan? Lateness { get; init; }

    /// <summary>Bits a second.</summary>
    public double Rate => Elapsed > TimeSpan.Zero ? 8 * Octets / Elapsed.TotalSeconds : 0;

    /// <summary>Pauses of half a second and more, and of two round trips: shorter ones are the rhythm of a window.</summary>
    /// <remarks>Of a transfer that ended as it should, what lies behind the interval does not count: there, little is left to move.</remarks>
    [JsonIgnore]
    public IReadOnlyList<TransferPause> Standstills => [.. PausesOf(LeastStandstill).Where(pause => !IsTimeOut(pause))];

    /// <summary>Pauses in which TCP waited for its retransmission time-out: segments were sent again, and others were answered meanwhile.</summary>
    [JsonIgnore]
    public IReadOnlyList<TransferPause> TimeOuts => [.. PausesOf(TimeSpan.Zero).Where(IsTimeOut)];

    /// <summary>Bits a second of the time without <see cref="Standstills"/>.</summary>
    [JsonIgnore]
    public double MovingRate
    {
        get
        {
            long moving = Elapsed.Ticks - Standstills.Sum(pause => Math.Max(0, Math.Min(pause.End.Ticks, (Omitted + Elapsed).Ticks) - Math.Max(pause.Begin.Ticks, Omitted.Ticks)));
            return moving > 0 ? 8 * Octets / TimeSpan.FromTicks(moving).TotalSeconds : 0;
        }
    }

    private bool IsTimeOut(TransferPause pause) => pause.OthersAnswered > 0 && Retransmits > 0;

    private IEnumerable<TransferPause> PausesOf(TimeSpan least)
    {
        TimeSpan roundTrip = IdleRoundTrip > MinRoundTrip ? IdleRoundTrip.Value : MinRoundTrip;
        TimeSpan longer = 2 * roundTrip > least ? 2 * roundTrip : least;
        TimeSpan last = End is TransferEnd.Whole ? Omitted + Elapsed : TimeSpan.MaxValue;
        return Pauses.Where(pause => (pause.End < last ? pause.End : last) - pause.Begin >= longer);
    }

    /// <summary>Share of the segments that were sent again, 0 to 1.</summary>
    [JsonIgnore]
    public double Loss => Segments > 0 ? Math.Min(1, (double)Retransmits / Segments) : 0;

    /// <summary>Bits a second that the receiver's windows allow at the smallest round trip; null if that is not known.</summary>
    [JsonIgnore]
    public double? WindowCeiling => SendWindow > 0 && MinRoundTrip > TimeSpan.Zero ? 8.0 * Streams * SendWindow / MinRoundTrip.TotalSeconds : null;

    /// <summary>Bits a second that the congestion control keeps if as much was lost at random; null without loss.</summary>
    /// <remarks>
    /// CUBIC by RFC 9438, section 5.1 (C = 0.4, β = 0.7), where it is not slower than Reno (section 4.3); others as Reno, by Mathis et al.,
    /// 1997, with an acknowledgement a segment.
    /// </remarks>
    [JsonIgnore]
    public double? LossCeiling
    {
        get
        {
            if (Loss <= 0 || SendMss <= 0 || FlowRoundTrip <= TimeSpan.Zero)
                return null;
            double roundTrip = FlowRoundTrip.TotalSeconds;
            double reno = Math.Sqrt(1.5 / Loss);
            double cubic = CongestionControl is "cubic" ? 1.054 * Math.Pow(roundTrip / Loss, 0.75) : 0;
            return 8.0 * Streams * SendMss * Math.Max(reno, cubic) / roundTrip;
        }
    }
}

using System.Net;

namespace NetWhy.Evidence;

/// <summary>A capture that was read, as a whole; the first observation of an analysis.</summary>
/// <param name="Name">Its file, or the interface; several are joined with <c>, </c>.</param>
/// <param name="Packets">Packets read.</param>
/// <param name="Octets">What they were long on the wire, in octets.</param>
public sealed record CaptureRead(string Name, long Packets, long Octets) : Observation
{
    /// <summary>When the first packet passed; null if there is none.</summary>
    public DateTimeOffset? FirstAt { get; init; }

    /// <summary>From the earliest packet to the latest.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Packets that were captured shorter than they were.</summary>
    public long CutPackets { get; init; }

    /// <summary>TCP segments of which not even the header was captured in full: they are counted, and not judged.</summary>
    public long CutHeaders { get; init; }

    /// <summary>Packets that the capture itself lost; null if it does not say.</summary>
    public long? Dropped { get; init; }

    /// <summary>TCP packets that stand behind one of their conversation that passed a millisecond later or more; where names were asked for and nothing was sorted, any packets behind later ones.</summary>
    public long OutOfOrder { get; init; }

    /// <summary>The same of a file whose packets were therefore judged in the order of their times: <see cref="OutOfOrder"/> then counts what even so came too late.</summary>
    public long Sorted { get; init; }

    /// <summary>Why it could not be read to the end; null if it could.</summary>
    public string? Damage { get; init; }

    /// <summary>TCP conversations.</summary>
    public long TcpConversations { get; init; }

    /// <summary>UDP conversations.</summary>
    public long UdpConversations { get; init; }

    /// <summary>Conversations that were forgotten before the end to bound memory: what came of them later counts as new ones.</summary>
    public long EvictedConversations { get; init; }

    /// <summary>TCP conversations of which only one direction was captured.</summary>
    public long OneSidedConversations { get; init; }

    /// <summary>The first conversation whose number Wireshark may not give it, since it, or one before it, is in a tunnel that Wireshark does not open; null if all have Wireshark's numbers.</summary>
    public int? OwnStreamsFrom { get; init; }

    /// <summary>What the packets are, each by its highest protocol that was told, the most frequent first.</summary>
    public IReadOnlyList<CapturedProtocol> Protocols { get; init; } = [];
}

/// <summary>Packets of one protocol.</summary>
/// <param name="Name">Wireshark's name of it, such as <c>tcp</c>, <c>dns</c>, <c>arp</c>.</param>
/// <param name="Packets">How many.</param>
/// <param name="Octets">What they were long on the wire, in octets.</param>
public sealed record CapturedProtocol(string Name, long Packets, long Octets);

/// <summary>Segments whose checksum is wrong, and that were sent again with a right one.</summary>
/// <param name="Segments">How many.</param>
/// <param name="Repeats">Segments that were sent again while it was looked for them, these included.</param>
/// <param name="LookedAt">Segments that were looked at.</param>
public sealed record CapturedDamage(int Segments, int Repeats, int LookedAt)
{
    /// <summary>The first of them.</summary>
    public IReadOnlyList<long> Packets { get; init; } = [];
}

/// <summary>One end of a conversation.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Port">Its port.</param>
public sealed record CapturedEnd(IPAddress Address, int Port);

/// <summary>A TCP conversation in a capture.</summary>
/// <remarks>Packet numbers count from 1 and are Wireshark's; 0 stands for none. Streams have Wireshark's numbers, <c>tcp.stream</c>.</remarks>
/// <param name="Stream">Its number.</param>
/// <param name="Client">Who opened it; where the opening was not captured, the end with the port that is likelier a client's.</param>
/// <param name="Server">The other end.</param>
public sealed record CapturedConversation(int Stream, CapturedEnd Client, CapturedEnd Server) : Observation
{
    /// <summary>Whether it is known who opened it.</summary>
    public bool IsOpenerKnown { get; init; }

    /// <summary>When its first packet passed.</summary>
    public DateTimeOffset FirstAt { get; init; }

    /// <summary>From its first packet to its last.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>From its last packet to the end of the capture.</summary>
    public TimeSpan QuietAtEnd { get; init; }

    /// <summary>Where only one side of it was captured: whether other packets of the silent side to the other one were, so that these would have been too.</summary>
    public bool IsSilentSideSeen { get; init; }

    /// <summary>Where only one side of it was captured: whether packets of anybody to that side were.</summary>
    public bool IsSpeakerReached { get; init; }

    /// <summary>Its first packet.</summary>
    public long FirstPacket { get; init; }

    /// <summary>Its last packet.</summary>
    public long LastPacket { get; init; }

    /// <summary>What was seen of it: SYN 1, SYN-ACK 2, ACK 4, data 8, FIN 16, RST 32 (<c>tcp.completeness</c>).</summary>
    public int Completeness { get; init; }

    /// <summary>From the last SYN to the acknowledgment that ended the handshake; null if not captured.</summary>
    public TimeSpan? InitialRoundTrip { get; init; }

    /// <summary>From the end of the handshake to the first payload, whoever sent it; null without one of them.</summary>
    public TimeSpan? FirstDataAfter { get; init; }

    /// <summary>From the last SYN to the SYN-ACK: the way from the capture point to the server and back; null if not captured.</summary>
    public TimeSpan? ServerRoundTrip { get; init; }

    /// <summary>What the client sent.</summary>
    public CapturedDirection FromClient { get; init; } = new();

    /// <summary>What the server sent.</summary>
    public CapturedDirection FromServer { get; init; } = new();

    /// <summary>The first resets, four at most.</summary>
    public IReadOnlyList<CapturedReset> Resets { get; init; } = [];

    /// <summary>ICMP errors that quote it, each type, code and sender once, four at most.</summary>
    public IReadOnlyList<CapturedError> Errors { get; init; } = [];

    /// <summary>Its TLS handshake; null if none was seen.</summary>
    public CapturedTls? Tls { get; init; }

    /// <summary>Its requests of HTTP/1; null if none was seen.</summary>
    public CapturedHttp? Http { get; init; }
}

/// <summary>One direction of a TCP conversation.</summary>
/// <remarks>Round trips and losses are as seen at the capture point: what it cannot see is null or in the "unknown" count.</remarks>
public sealed record CapturedDirection
{
    /// <summary>Whether its packets come into the machine that captured, as the cooked header says where they are seen first.</summary>
    public bool ComesIn { get; init; }

    /// <summary>Its packets.</summary>
    public long Packets { get; init; }

    /// <summary>When the last of them passed, since the conversation's first packet; null for none.</summary>
    public TimeSpan? LastAt { get; init; }

    /// <summary>Octets of payload, repetitions included.</summary>
    public long Octets { get; init; }

    /// <summary>Octets of payload, each counted once: what the receiver could get of what passed here.</summary>
    public long UniqueOctets { get; init; }

    /// <summary>Octets of payload that were sent and not acknowledged when the capture, or the conversation, ended.</summary>
    public long UnacknowledgedOctets { get; init; }

    /// <summary>
    /// Octets that were sent, as later sequence numbers of this direction tell, and that neither passed here nor were
    /// acknowledged by the end.
    /// </summary>
    public long MissingOctets { get; init; }

    /// <summary>Octets that were acknowledged and did not pass here: the capture lost them, or they took another way.</summary>
    public long UncapturedOctets { get; init; }

    /// <summary>Where nothing of this direction was captured: how many octets of it the other side acknowledged meanwhile. That much was sent, and arrived.</summary>
    public long AcknowledgedUnseen { get; init; }

    /// <summary>How long nothing at all had passed, in either direction, when the first of the octets was sent that are not acknowledged; zero if all are.</summary>
    public TimeSpan QuietBefore { get; init; }

    /// <summary>Segments that came damaged; null if none was found.</summary>
    public CapturedDamage? Damage { get; init; }

    /// <summary>Whether the receiver was heard of, a round trip or more after the first of the octets was sent that are not acknowledged.</summary>
    public bool IsHeardSince { get; init; }

    /// <summary>The first packet with payload.</summary>
    public long FirstDataPacket { get; init; }

    /// <summary>When that passed, since the conversation's first packet; null for none.</summary>
    public TimeSpan? FirstDataAt { get; init; }

    /// <summary>SYNs, or SYN-ACKs.</summary>
    public int Syns { get; init; }

    /// <summary>From the first of them to the last.</summary>
    public TimeSpan SynSpan { get; init; }

    /// <summary>When the first of them passed, since the conversation's first packet; null for none.</summary>
    public TimeSpan? FirstSynAt { get; init; }

    /// <summary>What the SYN offered; null if none was captured.</summary>
    public CapturedOffer? Offer { get; init; }

    /// <summary>The packet with its FIN; 0 for none.</summary>
    public long FinPacket { get; init; }

    /// <summary>How often that was sent again.</summary>
    public int FinRepeats { get; init; }

    /// <summary>The packet in which it was sent again last; 0 for none.</summary>
    public long LastFinPacket { get; init; }

    /// <summary>From the first time to the last.</summary>
    public TimeSpan FinSpan { get; init; }

    /// <summary>Whether that does not acknowledge all that the other side had sent, as it passed here: the two cross.</summary>
    public bool FinLeavesOpen { get; init; }

    /// <summary>When that passed, since the conversation's first packet; null for none.</summary>
    public TimeSpan? FinAt { get; init; }

    /// <summary>Data segments sent again, by <c>netwhy.tcp.verdict</c>.</summary>
    public CapturedRepeats Repeats { get; init; } = new();

    /// <summary>Segments that were sent again before anything of this direction's data was acknowledged; what had arrived is left out where that is known at once.</summary>
    public int RepeatedFirst { get; init; }

    /// <summary>Segments that came to the receiver twice, by its own word (D-SACK, RFC 2883): so many were sent again in vain.</summary>
    public int ReportedTwice { get; init; }

    /// <summary>Segments that were sent again and acknowledged sooner than that can have arrived: they had only been late.</summary>
    public int AcknowledgedTooSoon { get; init; }

    /// <summary>Segments that were sent again behind one that was lost, when a timer ran out, and of which nothing tells that they were: the next acknowledgment reached beyond all that was sent again.</summary>
    public int ResentAlong { get; init; }

    /// <summary>Whether options of its acknowledgments were not captured: which segments came out of order, or twice, they would tell.</summary>
    public bool AreAnswersCut { get; init; }

    /// <summary>Of those that were sent again: lost between the sender and the capture point.</summary>
    public int LostUpstream { get; init; }

    /// <summary>Of those: lost between the capture point and the receiver.</summary>
    public int LostDownstream { get; init; }

    /// <summary>Of these: lost in the machine that captured, which they came into and did not leave, as others of this direction did.</summary>
    public int LostHere { get; init; }

    /// <summary>Whether what is not acknowledged at the end came into that machine and never left it.</summary>
    public bool EndsHere { get; init; }

    /// <summary>Silences of this direction's sender in which it sent packets that never came here, by its own count of them; the longest first, four at most.</summary>
    public IReadOnlyList<CapturedSkip> Skips { get; init; } = [];

    /// <summary>Silences of this direction's sender, 400 ms or longer, that new data ended; the longest first, eight at most. What a client asks after an answer is not among them.</summary>
    public IReadOnlyList<CapturedWait> Waits { get; init; } = [];

    /// <summary>Times in which nothing of this direction was acknowledged although all had arrived, or was on its way; null for none.</summary>
    public CapturedStalls? Stalls { get; init; }

    /// <summary>Round trips from the receiver of this direction to its sender and back, by timestamps that its data echoes, that took much longer than the shortest one; null for none.</summary>
    public CapturedSlowEchoes? SlowEchoes { get; init; }

    /// <summary>How its sender answered what the other side had said and had acknowledged to it, where it took half a second or longer; null for never.</summary>
    public CapturedLateAnswers? LateAnswers { get; init; }

    /// <summary>Segments that were overtaken.</summary>
    public int Reordered { get; init; }

    /// <summary>The first of them; 0 for none.</summary>
    public long FirstReordered { get; init; }

    /// <summary>Packets that were captured twice.</summary>
    public int CapturedTwice { get; init; }

    /// <summary>The longest time that passed before a lost segment was sent again.</summary>
    public TimeSpan LongestRepair { get; init; }

    /// <summary>How the segments are flagged by Wireshark's rules (<c>tcp.analysis.*</c>): counts by the last part of the name, such as <c>duplicate_ack</c>; those that are 0 are left out.</summary>
    public IReadOnlyDictionary<string, long> Flags { get; init; } = new Dictionary<string, long>();

    /// <summary>The first packets that prove trouble: repeats, resets, closed windows; sixteen at most, in order.</summary>
    public IReadOnlyList<long> TroublePackets { get; init; } = [];

    /// <summary>From the capture point to the receiver of this direction and back, by acknowledgments of data; null if none was measured.</summary>
    public CapturedTimes? RoundTrips { get; init; }

    /// <summary>The largest payload of a segment, in octets: more than the MSS where a card puts segments together.</summary>
    public int LargestSegment { get; init; }

    /// <summary>The largest payload that was acknowledged, in octets.</summary>
    public int LargestAcknowledged { get; init; }

    /// <summary>How often the first outstanding segment was sent again in a row, at most, without an acknowledgment of new data.</summary>
    public int MostRepeatsInRow { get; init; }

    /// <summary>How often the first outstanding segment was sent again since the last acknowledgment of new data: a row that lasts to the end.</summary>
    public int RepeatsAtEnd { get; init; }

    /// <summary>Payload of the segment that was sent again most often in a row, in octets.</summary>
    public int RepeatedLength { get; init; }

    /// <summary>Octets of the pieces in which such a segment was sent at last, with nothing heard of the receiver since the first time; 0 if it was not.</summary>
    public int PieceLength { get; init; }

    /// <summary>The most payload that was on its way at once, in octets.</summary>
    public long MostInFlight { get; init; }

    /// <summary>Bursts of one size, one for each round trip, each sent when the one before it was acknowledged: the most in a row.</summary>
    public int EqualBursts { get; init; }

    /// <summary>Payload of each of them, in octets.</summary>
    public long EqualBurstOctets { get; init; }

    /// <summary>How long they went on.</summary>
    public TimeSpan EqualBurstTime { get; init; }

    /// <summary>How often, near the receiver, nothing came for a quarter of a round trip or longer, and longer than data that comes evenly has between segments.</summary>
    public long Pauses { get; init; }

    /// <summary>The windows that this direction's sender offered, scaled where the scale is known, in octets.</summary>
    public long SmallestWindow { get; init; }

    /// <inheritdoc cref="SmallestWindow"/>
    public long LargestWindow { get; init; }

    /// <summary>The smallest window that was offered since the largest one: one that only opens is never narrower than that.</summary>
    public long NarrowedWindow { get; init; }

    /// <summary>How often this direction's sender closed its window.</summary>
    public int WindowClosures { get; init; }

    /// <summary>How long its window was closed in all.</summary>
    public TimeSpan WindowClosed { get; init; }

    /// <summary>The first packet that closed it; 0 for none.</summary>
    public long FirstClosurePacket { get; init; }

    /// <summary>Whether its window was closed at the end.</summary>
    public bool EndsClosed { get; init; }

    /// <summary>An opening of its window of which the other side did not hear, by its probes; null for none.</summary>
    public CapturedUnheardOpening? UnheardOpening { get; init; }

    /// <summary>Segments that filled the other side's window.</summary>
    public int WindowFull { get; init; }

    /// <summary>Time from the first payload to the last acknowledgment of it, or to the last payload where nothing acknowledges.</summary>
    public TimeSpan SendingTime { get; init; }

    /// <summary>Of it: the time in which the sender waited for acknowledgments with the receiver's window filled.</summary>
    public TimeSpan WindowLimited { get; init; }

    /// <summary>Of it, as it is seen near the receiver: pauses before which what came had used all of the window that its sender can have known.</summary>
    public TimeSpan FilledPauses { get; init; }

    /// <summary>Of it: the time in which the sender repaired losses.</summary>
    public TimeSpan LossLimited { get; init; }

    /// <summary>Of it: the time in which nothing was on its way although more came later: the sender's application had nothing to send, or was not asked.</summary>
    public TimeSpan Idle { get; init; }

    /// <summary>Of that: waits of the sender within a response, 100 ms or longer, in which the other side had asked and sent nothing more.</summary>
    public TimeSpan ApplicationWaits { get; init; }

    /// <summary>How often a small segment was held back until the acknowledgment of the one before it came, which the receiver delayed (RFC 896 against RFC 1122).</summary>
    public int DelayedByNagle { get; init; }

    /// <summary>How long in all.</summary>
    public TimeSpan DelayedByNagleTime { get; init; }

    /// <summary>The TTL or hop limit that most of its packets had when they passed here; 0 if unknown.</summary>
    public int TimeToLive { get; init; }

    /// <summary>Whether some of them had another one: several places of the way, or several senders.</summary>
    public bool HasOtherTimesToLive { get; init; }

    /// <summary>Keep-alive probes.</summary>
    public int KeepAlives { get; init; }

    /// <summary>Keep-alive probes at the end, since which nothing of the other side was heard.</summary>
    public int UnansweredKeepAlives { get; init; }

    /// <summary>Packets with an ECN mark of congestion (CE).</summary>
    public long CongestionMarks { get; init; }
}

/// <summary>A silence of a sender that new data ended, and what tells when that data had been sent.</summary>
/// <param name="Packet">The packet that ended it.</param>
/// <param name="Silence">How long nothing of this sender came.</param>
public sealed record CapturedWait(long Packet, TimeSpan Silence)
{
    /// <summary>How long before that it had been sent at least, by the sequence numbers of what came sooner: it was lost, and sent again. Null if none tell.</summary>
    public TimeSpan? SentBefore { get; init; }

    /// <summary>The packet that told so; 0 if it is not known.</summary>
    public long AnnouncedBy { get; init; }

    /// <summary>How much longer it was on its way than the packet before the silence, by their timestamps (RFC 7323); null if they do not tell.</summary>
    public TimeSpan? HeldFor { get; init; }

    /// <summary>Whether its sender sent no packet in between that did not come, by its count of them (IP identification); false if that does not tell.</summary>
    public bool IsNext { get; init; }

    /// <summary>Since when it was on its way, as far as that is known; else zero.</summary>
    public TimeSpan OnWay => SentBefore is { } sent && sent > (HeldFor ?? TimeSpan.Zero) ? sent : HeldFor ?? TimeSpan.Zero;

    /// <summary>Whether it is known to have been sent as late as it came, and not before.</summary>
    public bool WasSentLate => IsNext && SentBefore is null && HeldFor is { } held && held * 10 <= Silence;
}

/// <summary>Times, 400 ms or longer, in which nothing was acknowledged, and segments were sent again, although none was lost: the acknowledgment is one of what had been sent before.</summary>
/// <param name="Count">How many.</param>
/// <param name="Total">How long they took in all.</param>
/// <param name="Longest">The longest.</param>
/// <param name="Packet">The acknowledgment that ended that.</param>
public sealed record CapturedStalls(int Count, TimeSpan Total, TimeSpan Longest, long Packet)
{
    /// <summary>Segments that were sent again in the longest one.</summary>
    public int Repeats { get; init; }
}

/// <summary>A closed window that was opened, and of which the other side did not hear.</summary>
/// <param name="Packet">The packet that told of it, last.</param>
/// <param name="Probe">A probe of the other side that came later, and asks for it.</param>
/// <param name="Lost">How long the other side waited for it after that had been told, in all.</param>
public sealed record CapturedUnheardOpening(long Packet, long Probe, TimeSpan Lost);

/// <summary>Packets that a sender counted (by the identification in the IP header) and that never came here, in a silence of it that they fit: each wait is twice the one before, or as many segments are missing behind it.</summary>
/// <param name="Packet">The packet that ends the silence.</param>
/// <param name="Count">How many there were.</param>
/// <param name="Silence">How long nothing of it came.</param>
public sealed record CapturedSkip(long Packet, int Count, TimeSpan Silence);

/// <summary>Round trips that took three times as long as the shortest one, and 100 ms more, while data came without a pause. They follow each other, so that their sum is a part of the time.</summary>
/// <param name="Count">How many.</param>
/// <param name="Total">How long they took in all.</param>
/// <param name="Longest">The longest.</param>
/// <param name="Least">The shortest round trip of all.</param>
public sealed record CapturedSlowEchoes(int Count, TimeSpan Total, TimeSpan Longest, TimeSpan Least);

/// <summary>Answers that began late, although what they answer had been acknowledged.</summary>
/// <param name="Turns">Answers in all.</param>
/// <param name="Count">Of those: half a second or later after that acknowledgment.</param>
/// <param name="Total">How long these waits were in all.</param>
/// <param name="Longest">The longest.</param>
/// <param name="Packet">The packet that ended that.</param>
public sealed record CapturedLateAnswers(int Turns, int Count, TimeSpan Total, TimeSpan Longest, long Packet)
{
    /// <summary>After how many of them the other side went on at once: it had waited for them.</summary>
    public int Awaited { get; init; }

    /// <summary>Of those: how often it went on by ending.</summary>
    public int AwaitedByEnd { get; init; }
}

/// <summary>What a SYN, or a SYN-ACK, offers.</summary>
/// <param name="SegmentSize">The MSS option, in octets; null if it has none.</param>
/// <param name="WindowScale">The window scale, 0 to 14; null if it has none.</param>
/// <param name="PermitsSack">Whether selective acknowledgments are permitted.</param>
/// <param name="HasTimestamps">Whether it has timestamps.</param>
public sealed record CapturedOffer(int? SegmentSize, int? WindowScale, bool PermitsSack, bool HasTimestamps)
{
    /// <summary>Its window, in octets: that of a SYN is never scaled.</summary>
    public int Window { get; init; }
}

/// <summary>Segments that were sent again, by the reason.</summary>
/// <param name="Timeout">After a timeout.</param>
/// <param name="Fast">After three duplicate acknowledgments.</param>
/// <param name="Sack">In a recovery by selective acknowledgments.</param>
/// <param name="TailLossProbe">As a probe of the tail.</param>
/// <param name="Spurious">Although they had arrived.</param>
/// <param name="Unknown">For a reason that the capture does not show.</param>
public sealed record CapturedRepeats(int Timeout = 0, int Fast = 0, int Sack = 0, int TailLossProbe = 0, int Spurious = 0, int Unknown = 0)
{
    /// <summary>All of them.</summary>
    public int Total => Timeout + Fast + Sack + TailLossProbe + Spurious + Unknown;
}

/// <summary>Times that were measured often.</summary>
/// <param name="Count">How often.</param>
/// <param name="Least">The shortest.</param>
/// <param name="Median">The median, to a tenth.</param>
/// <param name="NinetyFifth">The 95th percentile, to a tenth.</param>
/// <param name="Most">The longest.</param>
public sealed record CapturedTimes(long Count, TimeSpan Least, TimeSpan Median, TimeSpan NinetyFifth, TimeSpan Most);

/// <summary>A reset of a TCP conversation.</summary>
/// <param name="Packet">The packet.</param>
/// <param name="IsFromClient">Whether it goes from the client to the server.</param>
/// <param name="TimeToLive">Its TTL or hop limit.</param>
/// <param name="Elapsed">Since the conversation's first packet.</param>
public sealed record CapturedReset(long Packet, bool IsFromClient, int TimeToLive, TimeSpan Elapsed)
{
    /// <summary>Whether its TTL is another one than that of all packets of its sender before it, which are equal.</summary>
    public bool StandsOut { get; init; }

    /// <summary>Most packets that are counted behind one.</summary>
    public const int MostSentSince = 100;

    /// <summary>How many packets of the same connection that are no resets its sender sent later, those left out that may have been on their way: whoever resets a connection says no more of it. At most <see cref="MostSentSince"/>.</summary>
    public int SentSince { get; init; }

    /// <summary>Those of them that have an IPv4 identification other than 0.</summary>
    public int NumberedSince { get; init; }

    /// <summary>Its IPv4 identification; 0 if it has none.</summary>
    public int Identification { get; init; }

    /// <summary>Whether it acknowledges what the other side had sent a fourth of the shortest round trip before, or later.</summary>
    public bool CameTooSoon { get; init; }

    /// <summary>Whether it is what a host answers that knows no such connection: no acknowledgment, and the sequence number that the data it answers acknowledged.</summary>
    public bool KnowsNothing { get; init; }

    /// <summary>Whether its sender ended the connection itself, sooner or later: by a FIN, or by a reset that acknowledges what came.</summary>
    public bool IsOfOneThatEnds { get; init; }

    /// <summary>Whether it left the machine that captured, which the packets that it answers had come into.</summary>
    public bool LeftHere { get; init; }

    /// <summary>The same, and packets of its sender had come into that machine before.</summary>
    public bool WasMadeHere { get; init; }

    /// <summary>Whether it answers a SYN, and its receiver had sent nothing but SYNs, its sender nothing.</summary>
    public bool RefusesOpening { get; init; }

    /// <summary>Whether both sides, or its sender, had sent a FIN before: a leftover of a normal end.</summary>
    public bool FollowsFin { get; init; }

    /// <summary>Whether the other side had sent a FIN before: it had given up.</summary>
    public bool FollowsOtherFin { get; init; }

    /// <summary>Whether the other side had sent what it does not acknowledge, as that passed here.</summary>
    public bool LeavesOpen { get; init; }

    /// <summary>Whether the last payload before it was the other side's: an answer to that is what does not come.</summary>
    public bool AnswersData { get; init; }

    /// <summary>How long nothing at all had passed before the data of the other side that it answers.</summary>
    public TimeSpan QuietBefore { get; init; }

    /// <summary>Whether its sequence number is where its sender's data ended: one from elsewhere is a guess, or late.</summary>
    public bool IsInSequence { get; init; }

    /// <summary>The time since the packet before it in the other direction.</summary>
    public TimeSpan? SinceOtherSide { get; init; }

    /// <summary>What was captured of the conversation before it that tells a cause: <c>syn</c>, <c>tls-client-hello</c>, <c>http-request</c>, <c>data</c>, <c>nothing</c>.</summary>
    public string After { get; init; } = "nothing";
}

/// <summary>An ICMP error in a capture that quotes a packet of a conversation.</summary>
/// <param name="Packet">The first packet that brought it.</param>
/// <param name="Error">The error.</param>
/// <param name="Count">How often it came.</param>
/// <param name="IsAboutClient">Whether it quotes what the client sent.</param>
public sealed record CapturedError(long Packet, IcmpError Error, int Count, bool IsAboutClient);

/// <summary>A TLS handshake in a capture. Times are since the ClientHello; null for what did not come.</summary>
/// <param name="ClientHelloPacket">The packet that ends the ClientHello; 0 if its end did not come.</param>
public sealed record CapturedTls(long ClientHelloPacket)
{
    /// <summary>The name that the client asked for; null if none.</summary>
    public string? ServerName { get; init; }

    /// <summary>The version that the server chose, such as <c>TLS 1.3</c>; null without a ServerHello.</summary>
    public string? Version { get; init; }

    /// <summary>The cipher suite that the server chose, by its IANA name; null without a ServerHello.</summary>
    public string? CipherSuite { get; init; }

    /// <summary>The packet with the ServerHello; 0 for none.</summary>
    public long ServerHelloPacket { get; init; }

    /// <summary>When it passed.</summary>
    public TimeSpan? ServerHello { get; init; }

    /// <summary>When the server's first flight ended: the last packet of it before the client answered.</summary>
    public TimeSpan? ServerFlightEnd { get; init; }

    /// <summary>When the client's second flight began.</summary>
    public TimeSpan? ClientFlight { get; init; }

    /// <summary>When the first application data passed.</summary>
    public TimeSpan? ApplicationData { get; init; }

    /// <summary>The first certificate that the server sent; null for none that can be read: from TLS 1.3 on it is encrypted.</summary>
    public CapturedCertificate? Certificate { get; init; }

    /// <summary>What the server said instead of TLS, its first octets as text, 24 at most; null if it spoke TLS, or nothing.</summary>
    public string? Plaintext { get; init; }

    /// <summary>The packet in which the client's first protected record of TLS 1.3 is as short as only an alert is; 0 for none.</summary>
    public long ProtectedAlertPacket { get; init; }

    /// <summary>Octets of the ClientHello that did not come, where only its beginning did; 0 if all of it came.</summary>
    public int HelloLacks { get; init; }

    /// <summary>The packet in which the client says that it has no certificate, which the server had asked for; 0 for none. In TLS 1.3 a protected record tells, which is as short as only that is.</summary>
    public long EmptyCertificatePacket { get; init; }

    /// <summary>The packet in which the server's only protected record of TLS 1.3 after the client's is as short as only an alert is; 0 for none.</summary>
    public long ProtectedRefusalPacket { get; init; }

    /// <summary>The first alert that is not <c>close_notify</c>; null if there is none, or none that can be read.</summary>
    public CapturedAlert? Alert { get; init; }
}

/// <summary>A certificate in a capture.</summary>
/// <param name="Packet">The packet that ends it.</param>
/// <param name="Subject">Whose it is.</param>
/// <param name="NotBefore">From when on it is valid.</param>
/// <param name="NotAfter">Until when.</param>
/// <param name="SeenAt">When it passed, by the clock of who captured.</param>
public sealed record CapturedCertificate(long Packet, string Subject, DateTimeOffset NotBefore, DateTimeOffset NotAfter, DateTimeOffset SeenAt);

/// <summary>A TLS alert in a capture.</summary>
/// <param name="Packet">The packet.</param>
/// <param name="IsFromClient">Whether the client sent it.</param>
/// <param name="Description">Its number, as in RFC 8446, section 6.</param>
/// <param name="Name">Its name there, such as <c>handshake_failure</c>.</param>
public sealed record CapturedAlert(long Packet, bool IsFromClient, int Description, string Name);

/// <summary>The requests of HTTP/1 in a conversation.</summary>
/// <param name="Requests">How many.</param>
/// <param name="Responses">How many had a response.</param>
public sealed record CapturedHttp(long Requests, long Responses)
{
    /// <summary>Responses of which it is not known where they end: their heads were captured in part.</summary>
    public long Unended { get; init; }

    /// <summary>Responses by the first digit of their status: 1 to 5 at the indexes 0 to 4.</summary>
    public IReadOnlyList<long> ByClass { get; init; } = [];

    /// <summary>From the last octet of a request to the first one of its response; null if none was measured.</summary>
    public CapturedTimes? ResponseTimes { get; init; }

    /// <summary>The exchanges worth a look: failed ones first, eight at most, and the slowest, four at most.</summary>
    public IReadOnlyList<CapturedRequest> Worst { get; init; } = [];
}

/// <summary>A request of HTTP/1 and its response.</summary>
/// <param name="Packet">The packet that ends the request; 0 if it was not captured, only its failure.</param>
/// <param name="Method">Its method; empty if it was not captured.</param>
/// <param name="Uri">Its target, as it was sent, 256 octets at most.</param>
public sealed record CapturedRequest(long Packet, string Method, string Uri)
{
    /// <summary>Its <c>Host</c>; null if it has none.</summary>
    public string? Host { get; init; }

    /// <summary>From the request's first octet to its last one: what the client took to send it.</summary>
    public TimeSpan RequestTime { get; init; }

    /// <summary>Of that: pauses of 200 ms or longer in which nothing of it passed.</summary>
    public TimeSpan RequestPauses { get; init; }

    /// <summary>How long the client held the body back, as <c>Expect: 100-continue</c> announces, until it was told to go on or ceased to wait; no pause of those.</summary>
    public TimeSpan ContinueWait { get; init; }

    /// <summary>Whether its end was not sent: by the end of the capture, or of the conversation, when <see cref="RequestTime"/> is the time so far; or that of its head before the server answered.</summary>
    public bool IsUnfinished { get; init; }

    /// <summary>Whether it was told to go on (status 100).</summary>
    public bool IsContinued { get; init; }

    /// <summary>From what the server said last before it on this connection to the request's first octet; null if it had said nothing.</summary>
    public TimeSpan? Rest { get; init; }

    /// <summary>The packet in which what should be the size of a chunk of the response's body is none; 0 for none.</summary>
    public long BadChunkPacket { get; init; }

    /// <summary>Where a redirection points to; null for none.</summary>
    public string? Location { get; init; }

    /// <summary>Whether of its URI only the beginning was captured.</summary>
    public bool IsUriCut { get; init; }

    /// <summary>Whether of the head of its response only the beginning was captured, and of its body nothing is known.</summary>
    public bool IsResponseCut { get; init; }

    /// <summary>Whether the response sets a cookie (<c>Set-Cookie</c>); of a redirection.</summary>
    public bool SetsCookie { get; init; }

    /// <summary>Whether the response came from another server to this one, by its own word (<c>Via</c>).</summary>
    public bool IsForwarded { get; init; }

    /// <summary>How the body of a response with status 400 begins; null if none was captured.</summary>
    public string? Excerpt { get; init; }

    /// <summary>The packet that begins the response; 0 for none.</summary>
    public long ResponsePacket { get; init; }

    /// <summary>The status; null without a response.</summary>
    public int? Status { get; init; }

    /// <summary>From the request's last octet to the response's first one, as they passed here.</summary>
    public TimeSpan? ResponseTime { get; init; }

    /// <summary>Of that: what the network needs from here to the server and back, at most; the rest is the server's.</summary>
    public TimeSpan? NetworkTime { get; init; }

    /// <summary>From the response's first octet to its last one; null if it is not complete.</summary>
    public TimeSpan? TransferTime { get; init; }

    /// <summary>Whether the end of the response, as its length or its chunks announce it, did not come.</summary>
    public bool IsCut { get; init; }

    /// <summary>Octets of its body that did not come; null if its length was not announced, or it is complete.</summary>
    public long? MissingOctets { get; init; }

    /// <summary>Whether the response announces its length, or has no body.</summary>
    public bool HasLength { get; init; }

    /// <summary>Whether only the end of the connection says that the response is whole (RFC 9112, section 6.3).</summary>
    public bool EndsWithConnection { get; init; }

    /// <summary>Whether the response is one that goes on as things happen, such as <c>text/event-stream</c>.</summary>
    public bool IsStream { get; init; }

    /// <summary>Where the response, or its end, did not come: from the last octet of it, or of the request, to the client's end of waiting, or to the end of the capture.</summary>
    public TimeSpan? Waited { get; init; }
}

/// <summary>A name server in a capture, and what it was asked.</summary>
/// <param name="Server">Its address and port.</param>
/// <param name="Queries">Queries, repetitions not counted.</param>
/// <param name="Answered">Those that were answered.</param>
public sealed record CapturedNameServer(CapturedEnd Server, long Queries, long Answered) : Observation
{
    /// <summary>Queries that were sent again.</summary>
    public long Repeated { get; init; }

    /// <summary>
    /// Queries that may be answered yet: the capture ended within five seconds of the last time that they were sent, of the
    /// first time if the server answered nothing at all, and they were not sent three times in more than a second.
    /// </summary>
    public long Open { get; init; }

    /// <summary>
    /// Of the open ones, those that waited for a second or longer, although they were sent again or others were answered sooner.
    /// </summary>
    public long Overdue { get; init; }

    /// <summary>Answers that fit no query in the capture, as long as none fitted one.</summary>
    public long Unasked { get; init; }

    /// <summary>Whether anything that goes to those who asked was captured; where a server is silent.</summary>
    public bool AreAskersReached { get; init; }

    /// <summary>Answers by their RCODE's name, such as <c>NXDOMAIN</c>; also those without a query.</summary>
    public IReadOnlyDictionary<string, long> ByCode { get; init; } = new Dictionary<string, long>();

    /// <summary>Answers that took half a second or longer.</summary>
    public long Slow { get; init; }

    /// <summary>Answers that were truncated.</summary>
    public long Truncated { get; init; }

    /// <summary>Answers of which the question or the records cannot be read, although all of them was captured.</summary>
    public long Malformed { get; init; }

    /// <summary>Queries that were sent once and have two answers that exclude each other: no address is in both.</summary>
    public long Contradicted { get; init; }

    /// <summary>Queries without an answer whose askers turned to another server, which answered.</summary>
    public long Replaced { get; init; }

    /// <summary>How queries with EDNS fared (RFC 6891).</summary>
    public CapturedEdns Edns { get; init; } = new(0, 0, 0, 0, 0);

    /// <summary>Queries that were answered, by the type's name.</summary>
    public IReadOnlyDictionary<string, long> AnsweredByType { get; init; } = new Dictionary<string, long>();

    /// <summary>From a query to its answer; null if none was measured.</summary>
    public CapturedTimes? ResponseTimes { get; init; }

    /// <summary>The queries worth a look: unanswered (also overdue) and failed ones first, then the slowest; sixteen at most.</summary>
    public IReadOnlyList<CapturedQuery> Worst { get; init; } = [];
}

/// <summary>How a name server treats queries with EDNS, which have an OPT record, and those without.</summary>
/// <param name="Answered">Queries with EDNS that were answered.</param>
/// <param name="Refused">Those that were answered with FORMERR or NOTIMP.</param>
/// <param name="Unanswered">Those without an answer whose asker tried without EDNS then, and was answered.</param>
/// <param name="UnansweredSends">How often these were sent.</param>
/// <param name="PlainAnswered">Queries without EDNS that were answered.</param>
public sealed record CapturedEdns(long Answered, long Refused, long Unanswered, long UnansweredSends, long PlainAnswered);

/// <summary>A DNS query and its answer.</summary>
/// <param name="Packet">The packet with the query, first time; of tries that differ in port or id, the one that was answered.</param>
/// <param name="Client">Who asked.</param>
/// <param name="Name">The name, as dig prints it; empty if the capture cut it off.</param>
/// <param name="Type">The type's name.</param>
public sealed record CapturedQuery(long Packet, IPAddress Client, string Name, string Type)
{
    /// <summary>How often it was sent.</summary>
    public int Sent { get; init; } = 1;

    /// <summary>Whether it has an OPT record (EDNS).</summary>
    public bool HasEdns { get; init; }

    /// <summary>The first packet with an answer to it that cannot be read; 0 for none.</summary>
    public long MalformedPacket { get; init; }

    /// <summary>The latest packet with the first fragment of an answer of which the others did not come; 0 for none.</summary>
    public long PartPacket { get; init; }

    /// <summary>The packet with a second answer that excludes the first one; 0 for none.</summary>
    public long OtherAnswerPacket { get; init; }

    /// <summary>The server that answered it in the end, where this one did not; null for none.</summary>
    public IPAddress? AnsweredElsewhere { get; init; }

    /// <summary>How long after the first time it was asked for there.</summary>
    public TimeSpan? AskedElsewhereAfter { get; init; }

    /// <summary>The packet with the answer; 0 for none.</summary>
    public long AnswerPacket { get; init; }

    /// <summary>The RCODE's name; null without an answer.</summary>
    public string? Code { get; init; }

    /// <summary>From <see cref="Packet"/> to the answer.</summary>
    public TimeSpan? ResponseTime { get; init; }

    /// <summary>From when it was sent last, to the answer; where its tries differ in port or id, from the one that was answered.</summary>
    public TimeSpan? LastResponseTime { get; init; }
}

/// <summary>ICMP errors in a capture about conversations that are not TCP.</summary>
/// <param name="Source">Who sent the packet that is quoted.</param>
/// <param name="Destination">Where it was to go.</param>
/// <param name="Protocol">Its protocol: <c>udp</c>, <c>icmp</c>, or a number.</param>
/// <param name="Error">The error.</param>
/// <param name="Packet">The first packet that brought it.</param>
/// <param name="Count">How often it came.</param>
public sealed record CapturedRefusal(CapturedEnd Source, CapturedEnd Destination, string Protocol, IcmpError Error, long Packet, long Count) : Observation;

/// <summary>Who was asked for by ARP in a capture.</summary>
/// <param name="Target">The address asked for.</param>
/// <param name="Requests">How often.</param>
/// <param name="Replies">How often somebody answered.</param>
public sealed record CapturedNeighbour(IPAddress Target, long Requests, long Replies) : Observation
{
    /// <summary>Who asked first.</summary>
    public IPAddress? Asker { get; init; }

    /// <summary>The first request.</summary>
    public long FirstPacket { get; init; }

    /// <summary>How often two answered one request, or one answered again after another one had: who takes an address over does neither.</summary>
    public long Conflicts { get; init; }

    /// <summary>The hardware addresses that answered for it, four at most.</summary>
    public IReadOnlyList<string> HardwareAddresses { get; init; } = [];
}

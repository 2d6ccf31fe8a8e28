using System.Buffers;
using System.Buffers.Binary;
using NetWhy.Analysis.Dissection;
using NetWhy.Analysis.Tcp;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire;
using static NetWhy.Analysis.Tcp.SequenceNumber;

namespace NetWhy.Analysis.Flows;

/// <summary>Follows TCP conversations and counts what evidence tells of them.</summary>
internal sealed class TcpFlows : IConversationCompanion
{
    private const int Ahead = 8; // segments that are expected while one is looked at
    private const int FarAhead = 16; // segments whose places are asked for
    private const int FewLost = 3; // behind the capture point, after which it is looked for damaged segments
    private const int LeastSackOption = 10; // octets of one block
    private const int LostSegment = 5, AcknowledgedUnseen = 6; // bits of Wireshark's flags
    private const uint LeastWay = 2000; // microseconds: shorter ones differ by more than they take
    private const long SlowEcho = 100_000_000; // nanoseconds
    internal const int UsualSegment = 1460; // of Ethernet
    private const long LongSilence = 400_000_000; // of a sender
    private const long ShortestTimer = 180_000_000; // of those that send again: 200 ms and longer
    private const int MostSkipped = 10; // of one segment: more repeats in a row take longer than connections live
    internal const long OutOfOrder = 1_000_000; // nanoseconds: queues of one card differ by less
    private const long InARow = 50_000_000; // after the segment before: a sender that had nothing to send echoes late

    private readonly Chunks<Flow> _flows = new();
    private readonly Chunks<FlowObjects> _objects = new(); // of each of them
    private readonly Pool<FlowTrouble> _troubles = new();
    private readonly int[] _expected = new int[Ahead];
    private readonly TcpAnalyzer _analyzer;
    private readonly NameServerTable _nameServers;
    private readonly StreamOrder _order;
    private readonly StreamBudget _budget;
    private readonly TlsKeyLog _secrets;
    private uint _frame;
    private long _disordered;
    private long _cutHeaders;

    /// <summary>Begins with no conversation.</summary>
    /// <param name="mostConversations">Conversations that are remembered at once.</param>
    /// <param name="budget">Bounds what messages hold that are not whole yet.</param>
    /// <param name="order">Numbers conversations.</param>
    /// <param name="nameServers">Who is told of DNS messages over TCP.</param>
    /// <param name="secrets">Secrets of TLS that are known.</param>
    internal TcpFlows(int mostConversations, StreamBudget budget, StreamOrder order, NameServerTable nameServers, TlsKeyLog secrets)
    {
        _budget = budget;
        _order = order;
        _nameServers = nameServers;
        _secrets = secrets;
        _analyzer = new TcpAnalyzer(mostConversations, this);
    }

    /// <summary>Packets and octets by what their data is.</summary>
    internal ProtocolCounts Counts { get; } = new();

    /// <summary>Segments that came behind one of their conversation that passed a millisecond later or more.</summary>
    internal long Disordered => _disordered;

    /// <summary>Segments whose header was captured in part.</summary>
    internal long CutHeaders => _cutHeaders;

    /// <summary>How much seems wrong in the order in which segments came: sent again, overtaken, missing, acknowledged before it came.</summary>
    internal long Troubles
    {
        get
        {
            long troubles = 0;
            for (int index = 0; index < Count; index++)
                troubles += Of(TroubleOf(this[index].First)) + Of(TroubleOf(this[index].Second));
            return troubles;

            static long Of(in FlowTrouble trouble)
            {
                long count = 0;
                for (TcpVerdict verdict = TcpVerdict.None + 1; verdict < TcpVerdict.DuplicateCapture; verdict++)
                    count += trouble.Count(verdict);
                return count + trouble.FlagCount(LostSegment) + trouble.FlagCount(AcknowledgedUnseen);
            }
        }
    }

    /// <summary>How many conversations are remembered.</summary>
    internal int Count => _analyzer.Count;

    /// <summary>How many conversations there were.</summary>
    internal int Streams => _analyzer.Streams;

    /// <summary>How many conversations were forgotten.</summary>
    internal long Evicted => _analyzer.Evicted;

    /// <summary>What is counted of a conversation.</summary>
    /// <param name="index">Its place.</param>
    internal ref Flow this[int index] => ref _flows[index];

    /// <summary>What is followed of a conversation.</summary>
    /// <param name="index">Its place.</param>
    internal ref Conversation ConversationAt(int index) => ref _analyzer[index];

    /// <summary>What is wrong in a direction; nothing is counted in that of one that has none.</summary>
    /// <param name="direction">The direction.</param>
    internal FlowTrouble TroubleOf(in FlowDirection direction) =>
        direction.Trouble == Pool<FlowTrouble>.None ? default : _troubles[direction.Trouble];

    /// <summary>What few conversations have; null if one has not.</summary>
    /// <param name="index">The conversation's place.</param>
    internal FlowExtras? ExtrasOf(int index) => this[index].HasExtras ? _objects[index].Extras : null;

    /// <summary>Times from data to its acknowledgment; null if there are none.</summary>
    /// <param name="index">The conversation's place.</param>
    /// <param name="isFirst">Whether it is about who began it.</param>
    internal CapturedTimes? RoundTripsOf(int index, bool isFirst) => isFirst
        ? this[index].First.RoundTrips.ToTimes(_objects[index].FirstRoundTrips)
        : this[index].Second.RoundTrips.ToTimes(_objects[index].SecondRoundTrips);

    // Of the data that a segment acknowledges.
    private ref uint[]? ManyRoundTrips(in TcpAnalysis analysis)
    {
        ref FlowObjects objects = ref _objects[analysis.Index];
        if (analysis.IsForward)
            return ref objects.SecondRoundTrips;
        return ref objects.FirstRoundTrips;
    }

    private FlowExtras MakeExtras(int index)
    {
        this[index].HasExtras = true;
        return _objects[index].Extras ??= new FlowExtras();
    }

    // It is taken from the pool at the first trouble.
    private ref FlowTrouble Trouble(ref FlowDirection direction)
    {
        if (direction.Trouble == Pool<FlowTrouble>.None)
            direction.Trouble = _troubles.Take();
        return ref _troubles[direction.Trouble];
    }

    /// <inheritdoc/>
    public int Number => (int)_frame;

    /// <inheritdoc/>
    public void Begin(int index)
    {
        if (index == _flows.Capacity)
            _flows.Grow();
        if (index == _objects.Capacity)
            _objects.Grow();
        ref Flow flow = ref this[index];
        flow = default;
        flow.First.Begin();
        flow.Second.Begin();
        flow.BeginsAt = (uint)_analyzer[index].Stream;
        _order.Mark(flow.BeginsAt);
    }

    /// <summary>The places of conversations, in the order of their numbers.</summary>
    internal int[] Places()
    {
        int[] places = [.. Enumerable.Range(0, Count)];
        if (_analyzer.HasReturned || _order.IsKnown)
            Array.Sort(Array.ConvertAll(places, place => this[place].BeginsAt), places);
        return places;
    }

    /// <inheritdoc/>
    public void Forget(int index)
    {
        ExtrasOf(index)?.Stream?.Forget();
        _troubles.Give(this[index].First.Trouble);
        _troubles.Give(this[index].Second.Trouble);
        this[index] = default;
        _objects[index] = default;
    }

    /// <inheritdoc/>
    public void Move(int from, int to)
    {
        this[to] = this[from];
        this[from] = default;
        _objects[to] = _objects[from];
        _objects[from] = default;
    }

    /// <summary>Takes the segments of a piece of a capture.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="batch">Where segments lie in it.</param>
    /// <param name="group">Which of them.</param>
    internal void Take(ReadOnlySpan<byte> piece, SegmentBatch batch, int group)
    {
        ReadOnlySpan<SegmentPlace> places = batch.Of(group);
        for (int next = 0; next < places.Length + Ahead; next++)
        {
            int half = next - (Ahead / 2), soon = next - (Ahead * 3 / 4), now = next - Ahead;
            if (now >= 0)
                Take(piece, batch, places[now]);
            if (soon >= 0 && soon < places.Length)
                ExpectTrouble(places[soon], _expected[soon % Ahead]);
            if (half >= 0 && half < places.Length)
                ExpectRest(piece, places[half], _expected[half % Ahead]);
            if (next + FarAhead - Ahead < places.Length)
                ExpectOctets(piece, places[next + FarAhead - Ahead]);
            if (next < places.Length)
                Expect(places[next].Hash, out _expected[next % Ahead]);
        }
    }

    // Who read the piece may be another core, which has its octets in its own cache.
    private void ExpectOctets(ReadOnlySpan<byte> piece, in SegmentPlace place)
    {
        _analyzer.ExpectPlace(place.Hash);
        if (place.Datagram == SegmentPlace.InPiece)
        {
            CacheLines.Prefetch(in piece[place.Network]);
            CacheLines.Prefetch(in piece[place.At]);
        }
    }

    private void Expect(uint hash, out int index)
    {
        index = _analyzer.Expect(hash);
        if (index >= 0)
            CacheLines.Prefetch(ref _flows[index], 0, 1);
    }

    // Now that the segment and its conversation are at hand, they tell which lines of its directions it needs.
    private void ExpectRest(ReadOnlySpan<byte> piece, in SegmentPlace place, int index)
    {
        const int AcknowledgmentNumber = 8, DataOffset = 12; // in the header
        if (index < 0 || index >= Count)
            return; // it begins with the segment, or some were forgotten in between
        ref Conversation conversation = ref _analyzer[index];
        ref Flow flow = ref _flows[index];
        bool isFirst = place.IsLowToHigh == conversation.BeganLowToHigh;
        int forward = isFirst ? Flow.FirstLine : Flow.SecondLine, reverse = isFirst ? Flow.SecondLine : Flow.FirstLine;
        bool hasData = true, hasNews = true;
        if (place.Datagram == SegmentPlace.InPiece && place.Captured > DataOffset)
        {
            ReadOnlySpan<byte> header = piece.Slice(place.At, place.Captured);
            hasData = place.Length > header[DataOffset] >> 4 << 2;
            hasNews = BinaryPrimitives.ReadUInt32BigEndian(header[AcknowledgmentNumber..]) != (isFirst ? conversation.First.LastAck : conversation.Second.LastAck);
        }

        CacheLines.Prefetch(ref flow, forward + FlowDirection.PacketLine, 1);
        CacheLines.Prefetch(ref flow, reverse + FlowDirection.SentLine, FlowDirection.SentLines);
        if (hasNews)
            CacheLines.Prefetch(ref flow, reverse + FlowDirection.RoundTripLine, 1);
        if (hasData)
        {
            CacheLines.Prefetch(ref flow, forward + FlowDirection.SentLine, FlowDirection.SentLines);
            CacheLines.Prefetch(ref flow, forward + FlowDirection.BurstLine, 1);
            CacheLines.Prefetch(ref flow, reverse + FlowDirection.PacketLine, 1);
        }

        _analyzer.ExpectUnacked(conversation);
    }

    // Answers that are late are such, and flags of Wireshark, of which many segments have some where any has.
    private void ExpectTrouble(in SegmentPlace place, int index)
    {
        if (index < 0 || index >= Count)
            return;
        ref Flow flow = ref _flows[index];
        int trouble = place.IsLowToHigh == _analyzer[index].BeganLowToHigh ? flow.First.Trouble : flow.Second.Trouble;
        if (trouble != Pool<FlowTrouble>.None)
            CacheLines.Prefetch(ref _troubles[trouble]);
    }

    private void Take(ReadOnlySpan<byte> piece, SegmentBatch batch, in SegmentPlace place)
    {
        ReadOnlySpan<byte> whole = place.Datagram == SegmentPlace.InPiece ? piece : batch.Datagrams[place.Datagram].Span;
        ReadOnlySpan<byte> network = (place.IsNetworkInDatagram ? whole : piece)[place.Network..];
        ReadOnlySpan<byte> octets = whole.Slice(place.At, place.Captured);
        NetworkFacts facts = NetworkFacts.Read(network);
        TcpEndpoint source = new(facts.Source, BinaryPrimitives.ReadUInt16BigEndian(octets), facts.IsIpv6);
        TcpEndpoint destination = new(facts.Destination, BinaryPrimitives.ReadUInt16BigEndian(octets[2..]), facts.IsIpv6);
        ConversationEnds ends = ConversationEnds.Of(source, destination, out bool isLowToHigh);
        bool isQuoted = place.Error != SegmentPlace.NoError;
        _frame = place.Frame;
        if (TcpSegment.Read(octets, out TcpSegment segment) is not OperationStatus.Done)
        {
            int index = _analyzer.IndexOf(ends, place.Hash, isLowToHigh, place.Nanoseconds);
            if (isQuoted)
                AddError(index, source, batch.Errors[place.Error], place.Frame);
            else
                CountBroken(index, source, place, facts);
            return;
        }

        int length = isQuoted || place.IsFragment || place.Length < segment.HeaderLength ? -1 : place.Length - segment.HeaderLength;
        var segmentFacts = new TcpSegmentFacts(place.Frame, place.Nanoseconds, source, destination, segment, length, facts.Identification, facts.TimeToLive, place.Seen);
        _analyzer.Analyze(segmentFacts, ends, place.Hash, isLowToHigh, out TcpAnalysis analysis);
        if (isQuoted)
            AddError(analysis.Index, source, batch.Errors[place.Error], place.Frame);
        else
            Tally(segmentFacts, analysis, facts, place.WireLength);
    }

    private void AddError(int index, in TcpEndpoint source, in ErrorMessage message, uint frame)
    {
        FlowExtras extras = MakeExtras(index);
        IcmpError error = message.ToError();
        bool isFromFirst = source == _analyzer[index].FirstEnd;
        int known = extras.Errors.FindIndex(other => other.Error == error && other.IsAboutClient == isFromFirst);
        if (known >= 0)
            extras.Errors[known] = extras.Errors[known] with { Count = extras.Errors[known].Count + 1 };
        else if (extras.Errors.Count < FlowExtras.MostErrors)
            extras.Errors.Add(new CapturedError(frame, error, 1, isFromFirst)); // the client's side is told at the end
        if (error is { Mtu: { } mtu })
            Narrow(ref DirectionOf(ref this[index], isFromFirst), mtu, source.IsIpv6);
    }

    // What is acknowledged from now on is no larger than what a router says that it takes, until larger segments are sent all the same.
    private static void Narrow(ref FlowDirection direction, int mtu, bool isIpv6)
    {
        const int Ipv4Headers = 40, Ipv6Headers = 60, Timestamps = 12; // with TCP's
        int largest = mtu - (isIpv6 ? Ipv6Headers : Ipv4Headers) - (direction.HasTimestamps ? Timestamps : 0);
        if (largest > 0)
            direction.LargestLately = Math.Min(direction.LargestLately, largest);
    }

    private void CountBroken(int index, in TcpEndpoint source, in SegmentPlace place, in NetworkFacts facts)
    {
        ref Flow flow = ref this[index];
        _cutHeaders += place.Captured < place.Length ? 1 : 0;
        Pass(ref flow, ref DirectionOf(ref flow, source == _analyzer[index].FirstEnd), place.Frame, place.Nanoseconds, facts);
    }

    private static ref FlowDirection DirectionOf(ref Flow flow, bool isFirst)
    {
        if (isFirst)
            return ref flow.First;
        return ref flow.Second;
    }

    private static void Pass(ref Flow flow, ref FlowDirection forward, uint frame, long now, in NetworkFacts facts)
    {
        const int CongestionExperienced = 3;
        if (flow.FirstPacket == 0)
            flow.FirstPacket = frame;
        flow.LastPacket = frame;
        flow.BeginsAt = Math.Min(flow.BeginsAt, frame); // where packets are not read in the order of their numbers
        flow.LastTime = Math.Max(flow.LastTime, now);
        forward.Packets++;
        forward.LastTime = now;
        if (facts.TimeToLive == forward.TimeToLive)
        {
            forward.TimeToLiveVotes += forward.TimeToLiveVotes < ushort.MaxValue ? (ushort)1 : (ushort)0;
        }
        else if (forward.TimeToLiveVotes == 0)
        {
            forward.TimeToLive = facts.TimeToLive;
            forward.TimeToLiveVotes = 1;
        }
        else
        {
            forward.TimeToLiveVotes--;
        }

        if (facts.CongestionBits == CongestionExperienced)
            forward.CongestionMarks++;
    }

    // Who counts its packets, and is silent while it sends some, has them lost before they come here: the first that comes has
    // the data that was next. It does not fit where acknowledgments of data, or of an end, may just not have been captured, nor one packet alone.
    private void NoteStep(ref FlowDirection forward, in FlowDirection reverse, in TcpSegmentFacts segment)
    {
        const int LeastSkipped = 2;
        int skipped = (ushort)(segment.Identification - forward.Identification - 1);
        if (segment.Identification == 0 || forward.Identification == 0 || skipped == ushort.MaxValue)
            return; // no count, or a copy
        long silence = segment.Nanoseconds - forward.LastTime;
        bool isNext = segment.Length > 0 && forward.HasHighest && segment.Segment.SequenceNumber == forward.Highest;
        bool isSilent = silence >= ShortestTimer && !forward.IsWaiting && !reverse.IsWaiting && reverse.LastDataTime <= forward.LastTime && reverse.FinTime <= forward.LastTime;
        // Each wait is twice the one before, the first one a second at most, and a probe may go before them.
        bool isRepeating = isNext && isSilent && skipped is >= LeastSkipped and <= MostSkipped && silence >= ShortestTimer * ((1 << (skipped - 1)) - 1) && silence <= 1_500_000_000L << skipped;
        if (isRepeating)
        {
            Trouble(ref forward).MakeRare().Note(new SkippedPackets(segment.Frame, skipped, silence));
            forward.HasSentBefore = true;
            return;
        }

        forward.OddSteps += forward.OddSteps < ushort.MaxValue ? (ushort)1 : (ushort)0;
        // What a card had put together before takes as many numbers.
        if (isSilent && skipped is > MostSkipped and < ushort.MaxValue / 2 && silence >= LongSilence && segment.Length > 0 && forward.LastSegment <= (forward.SegmentSize == 0 ? UsualSegment : forward.SegmentSize))
        {
            RareTrouble rare = Trouble(ref forward).MakeRare();
            rare.Outage = new SkippedPackets(segment.Frame, skipped, silence);
            rare.OutageEnd = segment.Nanoseconds;
        }
    }

    // Many numbers that were skipped in a silence are segments that were lost in it, where as many are missing in front of what comes next.
    private void SettleOutage(ref FlowDirection forward, in TcpSegmentFacts segment)
    {
        const long Soon = 1_000_000_000;
        if (segment.Length <= 0 || RareOf(forward) is not { Outage.Packet: not 0 } trouble)
            return;
        SkippedPackets outage = trouble.Outage;
        trouble.Outage = default;
        if (segment.Nanoseconds - trouble.OutageEnd > Soon || !forward.HasHighest || !IsAfter(segment.Segment.SequenceNumber, forward.Highest))
            return;
        long missing = (segment.Segment.SequenceNumber - forward.Highest + Math.Max(1, forward.LargestSegment) - 1) / Math.Max(1, forward.LargestSegment);
        if (missing * 2 < outage.Count || missing > outage.Count)
            return;
        trouble.Note(outage);
        forward.HasSentBefore = true;
        forward.OddSteps--;
        forward.ApplicationWaits -= Trouble(ref forward).Waits.BlamedOf(outage.Packet);
    }

    // A silence that new data ends: when that was sent, other packets of its sender and its timestamp tell.
    private void NoteWait(in Flow flow, ref FlowDirection forward, in TcpSegmentFacts segment, in TcpAnalysis analysis, bool isFirst, long roundTrip)
    {
        const int Several = 3; // what is as long as few round trips may be the way's anyway, and far peers have many such
        uint sequence = segment.Segment.SequenceNumber;
        bool isAnnounced = forward.HasHighest && IsAfter(forward.Highest, sequence);
        if (!isAnnounced && segment.Nanoseconds - forward.LastTime < Several * roundTrip)
            return;
        // When a client asks again after an answer is its own affair.
        if (!isAnnounced && flow.HasData && flow.WasDataFromFirst != isFirst && flow.Opener == (isFirst ? FlowOpener.First : FlowOpener.Second))
            return;
        ref FlowTrouble trouble = ref Trouble(ref forward);
        long announcedAt = !isAnnounced ? 0 : analysis.RepairTime > 0 ? segment.Nanoseconds - analysis.RepairTime : trouble.AnnouncedAt;
        bool isNext = segment.Identification != 0 && forward.Identification != 0 && segment.Identification == (ushort)(forward.Identification + 1);
        trouble.Waits.Note(new SenderWait(segment.Frame, segment.Nanoseconds, segment.Nanoseconds - forward.LastTime, announcedAt, announcedAt == trouble.AnnouncedAt ? trouble.AnnouncedBy : 0, analysis.StampBefore, StampOf(segment), isNext));
        forward.HasSentBefore |= announcedAt != 0;
    }

    private static uint StampOf(in TcpSegmentFacts segment) => segment.Segment.Timestamps is { } stamps ? (uint)stamps.Value : 0;

    // Also a segment without data tells how far its sender got.
    private void Heighten(ref FlowDirection direction, in TcpSegmentFacts segment)
    {
        const uint FarAhead = 1 << 26;
        uint end = segment.Segment.SequenceNumber + (uint)segment.Length;
        if (direction.HasHighest && (!IsAfter(end, direction.Highest) || end - direction.Highest > FarAhead))
            return;
        if (direction.HasHighest && segment.Length == 0 && direction.FinPacket == 0)
        {
            ref FlowTrouble trouble = ref Trouble(ref direction);
            trouble.AnnouncedAt = segment.Nanoseconds;
            trouble.AnnouncedBy = segment.Frame;
        }

        direction.Highest = end;
        direction.HasHighest = true;
    }

    /// <summary>Octets that were sent and neither passed nor were acknowledged.</summary>
    /// <param name="index">The conversation's place.</param>
    /// <param name="isFirst">Whether it is about who began it.</param>
    internal long MissingOf(int index, bool isFirst)
    {
        ref Conversation conversation = ref _analyzer[index];
        ref readonly Track track = ref isFirst ? ref conversation.First.Track : ref conversation.Second.Track;
        ref Flow flow = ref this[index];
        ref readonly FlowDirection direction = ref isFirst ? ref flow.First : ref flow.Second;
        if (!track.HasAcknowledged || !track.HasEdge)
            return 0;
        long missing = _analyzer.HolesAfter(track, track.Acknowledged);
        uint seen = IsAfter(track.Acknowledged, track.Edge) ? track.Acknowledged : track.Edge;
        bool isAhead = direction.HasHighest && IsAfter(direction.Highest, seen);
        return missing + (isAhead ? direction.Highest - seen : 0);
    }

    /// <summary>Octets that were acknowledged and did not pass: they were sent, and not captured.</summary>
    /// <param name="index">The conversation's place.</param>
    /// <param name="isFirst">Whether it is about who began it.</param>
    internal long UncapturedOf(int index, bool isFirst) =>
        _analyzer.UncapturedOf(isFirst ? _analyzer[index].First.Track : _analyzer[index].Second.Track);

    private void Tally(in TcpSegmentFacts segment, in TcpAnalysis analysis, in NetworkFacts facts, uint wireLength)
    {
        ref Flow flow = ref this[analysis.Index];
        ref Conversation conversation = ref _analyzer[analysis.Index];
        FlowExtras? extras = ExtrasOf(analysis.Index);
        bool isFirst = analysis.IsForward;
        ref FlowDirection forward = ref DirectionOf(ref flow, isFirst);
        ref FlowDirection reverse = ref DirectionOf(ref flow, !isFirst);
        ref readonly Direction sender = ref isFirst ? ref conversation.First : ref conversation.Second;
        ref readonly Direction receiver = ref isFirst ? ref conversation.Second : ref conversation.First;
        long before = flow.LastTime;
        TcpFlags flags = segment.Segment.Flags;
        bool isCopy = analysis.Verdict == TcpVerdict.DuplicateCapture;
        // In captures of two places whose clocks differ a SYN comes again with the count of the first one, and another TTL.
        bool isSynAgain = flags.HasFlag(TcpFlags.Syn) && forward.Syns > 0 && facts.Identification != 0 && facts.Identification == forward.SynIdentification && facts.TimeToLive != forward.TimeToLive;
        bool isNews = !isSynAgain && (!isCopy || segment.Nanoseconds - forward.LastTime > TcpJudge.CopyWithin * 1000);
        if (flags.HasFlag(TcpFlags.Rst) && isNews)
            AddReset(MakeExtras(analysis.Index), flow, ref forward, reverse, sender, receiver, segment, facts, isFirst);
        else if (extras is { Resets.Count: > 0 } && !isCopy && analysis.Verdict != TcpVerdict.Reordering)
            GoOn(extras, segment, isFirst);
        if (segment.Length > 0 && segment.Nanoseconds - forward.LastTime >= LongSilence && forward.LastTime != 0 && analysis.NewNumbers > 0 && !isCopy)
            NoteWait(flow, ref forward, segment, analysis, isFirst, conversation.InitialRtt);
        if ((ushort)(facts.Identification - forward.Identification) != 1)
            NoteStep(ref forward, reverse, segment);
        if (analysis.Flags.HasFlag(TcpAnalysisFlags.LostSegment))
            SettleOutage(ref forward, segment);
        forward.Identification = facts.Identification;
        _disordered += before > segment.Nanoseconds + OutOfOrder ? 1 : 0;
        Pass(ref flow, ref forward, segment.Frame, segment.Nanoseconds, facts);
        if ((flags & (TcpFlags.Syn | TcpFlags.Fin)) != 0 && isNews)
            Open(ref flow, ref forward, ref reverse, segment, isFirst);
        if ((flags & (TcpFlags.Syn | TcpFlags.Rst)) == 0 && segment.Length >= 0)
            Heighten(ref forward, segment);
        if (analysis.Flags != 0)
            NoteFlags(ref forward, reverse, receiver, analysis, segment, isCopy, segment.Nanoseconds - before);
        if (segment.Length < 0)
            return;
        if (isCopy)
        {
            forward.Octets += segment.Length;
            Trouble(ref forward).Raise(TcpVerdict.DuplicateCapture);
            if (segment.Place.Way == CaptureWay.Out && sender.Track.Way == CaptureWay.In)
                Leave(MakeExtras(analysis.Index), segment, isFirst);
            return;
        }

        if ((flags & (TcpFlags.Syn | TcpFlags.Rst)) == 0 && flags.HasFlag(TcpFlags.Ack))
            FollowWindow(ref forward, ref reverse, analysis, segment);
        if (segment.Length > 0)
            Send(ref flow, extras, ref forward, ref reverse, sender, receiver, segment, analysis, isFirst, before);
        if (flags.HasFlag(TcpFlags.Ack))
        {
            Acknowledge(ref reverse, receiver, segment, analysis);
            if (segment.Length == 0 && reverse.EmptiedAt == segment.Nanoseconds)
                extras?.Stream?.Reach(!isFirst, segment.Nanoseconds);
        }

        forward.IsWaiting = IsOutstanding(sender);
        // What an answer acknowledges was said before it.
        if (flags.HasFlag(TcpFlags.Ack) && extras?.Stream is { IsDone: false } reader)
            reader.Acknowledge(isFirst, segment.Segment.AcknowledgmentNumber, new StreamMoment(segment.Frame, segment.Nanoseconds));
        if (segment.Length > 0)
            ReadStream(analysis.Index, segment, isFirst, wireLength);
        extras = ExtrasOf(analysis.Index);
        if (extras?.Stream is not { } stream)
            return;
        if (segment.Length > 0 && analysis.Verdict is not (TcpVerdict.None or TcpVerdict.Reordering))
            stream.Repeat(isFirst, segment.Nanoseconds);
        if (flags.HasFlag(TcpFlags.Fin))
            stream.End(isServer: isFirst != extras.IsStreamClientFirst, segment.Nanoseconds);
    }

    // A SYN, or data: what follows shows whether that did, too.
    private static void Leave(FlowExtras extras, in TcpSegmentFacts segment, bool isFirst)
    {
        uint sequence = segment.Segment.SequenceNumber, end = sequence + (uint)segment.Length + (segment.Segment.Flags.HasFlag(TcpFlags.Syn) ? 1u : 0u);
        if (end == sequence)
            return;
        ForwardedOctets forwarded = (isFirst ? extras.FirstForwarded : extras.SecondForwarded) ?? new ForwardedOctets();
        forwarded.Leave(sequence, end);
        if (isFirst)
            extras.FirstForwarded = forwarded;
        else
            extras.SecondForwarded = forwarded;
    }

    /// <summary>Whether what is not acknowledged came into the machine of the capture and did not leave it.</summary>
    /// <param name="index">The conversation's place.</param>
    /// <param name="isFirst">Whether it is about who began it.</param>
    internal bool EndsHere(int index, bool isFirst)
    {
        ref readonly Track track = ref isFirst ? ref _analyzer[index].First.Track : ref _analyzer[index].Second.Track;
        ForwardedOctets? forwarded = isFirst ? ExtrasOf(index)?.FirstForwarded : ExtrasOf(index)?.SecondForwarded;
        return forwarded is not null && track.HasAcknowledged && track.HasEdge && IsAfter(track.Edge, track.Acknowledged) && forwarded.Lacks(track.Acknowledged);
    }

    private static bool IsOutstanding(in Direction direction) =>
        direction.Track.HasEdge && direction.Track.HasAcknowledged && IsAfter(direction.Track.Edge, direction.Track.Acknowledged);

    private void Open(ref Flow flow, ref FlowDirection forward, ref FlowDirection reverse, in TcpSegmentFacts segment, bool isFirst)
    {
        TcpFlags flags = segment.Segment.Flags;
        if (flags.HasFlag(TcpFlags.Fin) && forward.FinPacket == 0)
        {
            forward.FinPacket = segment.Frame;
            forward.FinTime = segment.Nanoseconds;
            forward.FinLeavesOpen = flags.HasFlag(TcpFlags.Ack) && reverse.HasHighest && IsAfter(reverse.Highest, segment.Segment.AcknowledgmentNumber);
            if (reverse.MayBeEnded)
            {
                const long AtOnce = 200_000_000;
                bool isAtOnce = segment.Nanoseconds - reverse.LastDataTime <= AtOnce;
                LateAnswers late = Trouble(ref reverse).MakeLate();
                late.Awaited += isAtOnce && reverse.HasJustAnswered ? 1 : 0;
                late.AwaitedByEnd += isAtOnce ? 1 : 0;
                reverse.HasJustAnswered = false;
                reverse.MayBeEnded = false;
            }
        }
        else if (flags.HasFlag(TcpFlags.Fin))
        {
            RareTrouble rare = Trouble(ref forward).MakeRare();
            rare.FinRepeats++;
            rare.LastFinTime = segment.Nanoseconds;
            rare.LastFinPacket = segment.Frame;
        }

        if (!flags.HasFlag(TcpFlags.Syn))
            return;
        bool isAnswer = flags.HasFlag(TcpFlags.Ack);
        if (flow.Opener == FlowOpener.Unknown)
            flow.Opener = isFirst != isAnswer ? FlowOpener.First : FlowOpener.Second;
        if (flags.HasFlag(TcpFlags.Fin))
            return; // only scanners send both, and nobody owes them an answer
        if (forward.Syns < ushort.MaxValue)
            forward.Syns++;
        if (forward.FirstSynTime == 0)
        {
            forward.FirstSynTime = segment.Nanoseconds;
            forward.SynIdentification = segment.Identification;
        }

        forward.LastSynTime = segment.Nanoseconds;
        if (isAnswer && flow.ServerRoundTrip == 0 && reverse.LastSynTime != 0)
            flow.ServerRoundTrip = segment.Nanoseconds - reverse.LastSynTime;
        if (forward.HasOffer || segment.Segment.Options.Length < segment.Segment.HeaderLength - TcpHeader.Size)
            return; // of options that were cut nobody knows what they offer
        forward.HasOffer = true;
        forward.SynWindow = segment.Segment.Window;
        foreach (TcpOption option in segment.Segment.EnumerateOptions())
        {
            forward.SegmentSize = (ushort)(option.MaximumSegmentSize ?? forward.SegmentSize);
            forward.WindowScale = (sbyte)Math.Min(14, option.WindowScale ?? forward.WindowScale);
            forward.PermitsSack |= option.Kind == TcpOptionKind.SackPermitted;
            forward.HasTimestamps |= option.Timestamps is not null;
        }
    }

    // What was on its way already may come behind a reset: its sender's count tells, or how much later it comes. Another connection
    // of the same ports, whose SYN was not captured, has other numbers.
    private static void GoOn(FlowExtras extras, in TcpSegmentFacts segment, bool isFirst)
    {
        const long OnItsWay = 1_000_000, OnItsWayUncounted = 10 * OnItsWay, Counted = 100 * OnItsWay; // nanoseconds: later the count may have gone round
        const int Continues = 1 << 24;
        if (segment.Segment.Flags.HasFlag(TcpFlags.Syn) || segment.Segment.Flags.HasFlag(TcpFlags.Rst))
            return;
        for (int index = extras.Resets.Count - 1; index >= 0; index--)
        {
            CapturedReset reset = extras.Resets[index];
            if (reset.IsFromClient != isFirst)
                continue;
            ref ResetSequel sequel = ref extras.Sequels[index];
            long since = segment.Nanoseconds - sequel.Time;
            bool isEarlier = since < Counted && reset.Identification != 0 && segment.Identification != 0 && (short)(segment.Identification - reset.Identification) < 0;
            bool isOnItsWay = isEarlier || since < (segment.Identification != 0 ? OnItsWay : OnItsWayUncounted);
            if (isOnItsWay || sequel.Sent == CapturedReset.MostSentSince || Math.Abs((int)(segment.Segment.SequenceNumber - sequel.Edge)) > Continues)
                return;
            sequel.Sent++;
            sequel.Numbered += segment.Identification != 0 ? (byte)1 : (byte)0;
            return;
        }
    }

    private void AddReset(FlowExtras extras, in Flow flow, ref FlowDirection forward, in FlowDirection reverse, in Direction sender, in Direction receiver, in TcpSegmentFacts segment, in NetworkFacts facts, bool isFirst)
    {
        Trouble(ref forward).Note(segment.Frame);
        bool hasAck = segment.Segment.Flags.HasFlag(TcpFlags.Ack);
        extras.FirstEndsByReset |= hasAck && isFirst;
        extras.SecondEndsByReset |= hasAck && !isFirst;
        if (extras.Resets.Count >= FlowExtras.MostResets)
            return;
        extras.Sequels[extras.Resets.Count] = new ResetSequel { Time = segment.Nanoseconds, Edge = sender.HasBase ? sender.Track.Edge : segment.Segment.SequenceNumber };
        extras.Resets.Add(new CapturedReset(segment.Frame, isFirst, facts.TimeToLive, TimeSpan.Zero)
        {
            RefusesOpening = reverse.Syns > 0 && reverse.Packets <= reverse.Syns + TroubleOf(reverse).Count(TcpVerdict.DuplicateCapture) && forward.Packets == 0 && hasAck,
            StandsOut = forward.Packets > 0 && facts.TimeToLive != forward.TimeToLive && forward.TimeToLiveVotes == Math.Min(forward.Packets, ushort.MaxValue),
            Identification = facts.Identification,
            KnowsNothing = !hasAck && receiver.HasBase && segment.Segment.SequenceNumber == receiver.LastAck,
            CameTooSoon = hasAck && WasTooSoon(reverse, receiver, segment, isFirst == (flow.Opener == FlowOpener.Second) ? flow.ServerRoundTrip : 0),
            LeftHere = segment.Place.Way == CaptureWay.Out && receiver.Track.Way == CaptureWay.In,
            WasMadeHere = segment.Place.Way == CaptureWay.Out && receiver.Track.Way == CaptureWay.In && sender.Track.Way == CaptureWay.In,
            FollowsFin = forward.FinPacket != 0,
            FollowsOtherFin = reverse.FinPacket != 0,
            LeavesOpen = reverse.HasHighest && (hasAck ? IsAfter(reverse.Highest, segment.Segment.AcknowledgmentNumber) : IsOutstanding(receiver)),
            AnswersData = flow.HasData && flow.WasDataFromFirst != isFirst,
            QuietBefore = CaptureTime.Span(reverse.QuietBefore),
            IsInSequence = sender.Track.Edge == segment.Segment.SequenceNumber,
            SinceOtherSide = reverse.LastTime == 0 ? null : CaptureTime.Span(segment.Nanoseconds - reverse.LastTime),
            After = extras.Stream?.Awaits ?? (forward.Octets + reverse.Octets > 0 ? "data" : reverse.Syns + forward.Syns > 0 ? "syn" : "nothing"),
            Elapsed = CaptureTime.Span(segment.Nanoseconds), // the beginning is taken off at the end
        });
    }

    // Its sender cannot have heard yet of what it acknowledges.
    private static bool WasTooSoon(in FlowDirection reverse, in Direction receiver, in TcpSegmentFacts segment, long opening)
    {
        const long Measurable = 2_000_000;
        long shortest = reverse.RoundTrips.Least;
        if (shortest == 0 || (opening != 0 && opening < shortest))
            shortest = opening;
        return shortest >= Measurable && reverse is { LastDataTime: not 0, RepairSince: 0 } && segment.Segment.AcknowledgmentNumber == receiver.Track.Edge && segment.Nanoseconds - reverse.LastDataTime < shortest / 4;
    }

    private void NoteFlags(ref FlowDirection forward, in FlowDirection reverse, in Direction receiver, in TcpAnalysis analysis, in TcpSegmentFacts segment, bool isCopy, long quiet)
    {
        const long Rest = 100_000_000; // before a keep-alive; what comes sooner was overtaken by an end
        ref FlowTrouble trouble = ref Trouble(ref forward);
        for (uint flags = (uint)analysis.Flags; flags != 0; flags &= flags - 1)
            trouble.RaiseFlag(System.Numerics.BitOperations.TrailingZeroCount(flags));
        if (analysis.Flags.HasFlag(TcpAnalysisFlags.KeepAlive) && quiet >= Rest)
        {
            forward.KeepAlives += forward.KeepAlives < ushort.MaxValue ? (ushort)1 : (ushort)0;
            if (!isCopy)
                trouble.MakeRare().NoteKeepAlive(segment.Nanoseconds, reverse.LastTime);
        }

        if ((analysis.Flags & (TcpAnalysisFlags.ZeroWindow | TcpAnalysisFlags.ZeroWindowProbe)) != 0)
            trouble.Note(segment.Frame);
        if ((analysis.Flags & (TcpAnalysisFlags.KeepAlive | TcpAnalysisFlags.ZeroWindowProbe)) != 0 && reverse is { ClosedSince: 0, HasOpened: true } && RareOf(reverse) is { } opened && forward.LastDataTime < opened.OpenedAt)
            NoteUnheard(opened, receiver, segment);
    }

    // Who asks for a window that was opened a while ago has not heard of it.
    private static void NoteUnheard(RareTrouble opened, in Direction receiver, in TcpSegmentFacts segment)
    {
        const long Margin = 100_000_000;
        if (opened.UnheardOpening == opened.OpenedPacket || segment.Nanoseconds - opened.OpenedAt < Margin + (receiver.Track.RoundTrip.Shortest * 1500L))
            return;
        opened.UnheardOpening = opened.OpenedPacket;
        opened.UnheardPacket = segment.Frame;
    }

    // The window that its sender offers: when it closes, and when it opens for the other side's data.
    private void FollowWindow(ref FlowDirection forward, ref FlowDirection reverse, in TcpAnalysis analysis, in TcpSegmentFacts segment)
    {
        uint window = (uint)segment.Segment.Window << Math.Max(0, (int)analysis.WindowScale);
        forward.SmallestWindow = Math.Min(forward.SmallestWindow, window);
        forward.NarrowedWindow = window > forward.LargestWindow ? window : Math.Min(forward.NarrowedWindow, window);
        forward.LargestWindow = Math.Max(forward.LargestWindow, window);
        if (window == 0)
        {
            if (segment.Segment.Flags.HasFlag(TcpFlags.Fin))
                return;
            if (forward.ClosedSince != 0)
                return;
            forward.ClosedSince = segment.Nanoseconds;
            RareTrouble rare = Trouble(ref forward).MakeRare();
            rare.WindowClosures++;
            if (rare.FirstClosurePacket == 0)
                rare.FirstClosurePacket = segment.Frame;
            return;
        }

        if (forward.ClosedSince != 0)
        {
            RareTrouble rare = Trouble(ref forward).MakeRare();
            rare.WindowClosed += segment.Nanoseconds - forward.ClosedSince;
            rare.OpenedAt = segment.Nanoseconds;
            rare.OpenedPacket = segment.Frame;
            forward.HasOpened = true;
            forward.ClosedSince = 0;
            StopFilled(ref reverse, segment.Nanoseconds);
        }
        else if (analysis.Flags.HasFlag(TcpAnalysisFlags.WindowUpdate))
        {
            StopFilled(ref reverse, segment.Nanoseconds);
        }
    }

    private static void StopFilled(ref FlowDirection direction, long now)
    {
        if (direction.FilledAt == 0)
            return;
        direction.WindowLimited += now - direction.FilledAt;
        direction.FilledAt = 0;
    }

    private void Send(ref Flow flow, FlowExtras? extras, ref FlowDirection forward, ref FlowDirection reverse, in Direction sender, in Direction receiver, in TcpSegmentFacts segment, in TcpAnalysis analysis, bool isFirst, long before)
    {
        long now = segment.Nanoseconds;
        uint fresh = Math.Min(analysis.NewNumbers, (uint)segment.Length);
        if (forward.FirstDataPacket == 0)
        {
            forward.FirstDataPacket = segment.Frame;
            forward.FirstDataTime = now;
        }

        if (analysis.EchoTime > SlowEcho && now - forward.LastDataTime <= InARow)
            NoteSlowEcho(ref forward, receiver, analysis.EchoTime);
        if (fresh > 0)
        {
            NotePause(ref forward, reverse, receiver, segment);
            NoteTurn(flow, extras, ref forward, ref reverse, segment, isFirst);
            forward.Bursts.Take(segment.Segment.SequenceNumber, now, forward.LastDataTime, forward.LastAckTime, sender.Track.RoundTrip.Shortest * 1000L, forward.LargestSegment, flow.HasData && flow.WasDataFromFirst == isFirst);
            if (!forward.IsWaiting)
            {
                forward.QuietBefore = before == 0 ? 0 : Math.Max(0, now - before);
                EndIdle(flow, ref forward, reverse, sender, receiver, now, segment.Frame, isFirst);
            }
        }

        // Where no answers are captured, new data tells that what was sent again has arrived.
        if (fresh > 0 && reverse.Packets == 0)
            forward.RepeatsInRow = 0;
        forward.Octets += segment.Length;
        forward.UniqueOctets += fresh;
        forward.LastDataTime = now;
        forward.LastSegment = segment.Length;
        forward.LargestSegment = Math.Max(forward.LargestSegment, segment.Length);
        forward.LargestLately = Math.Max(forward.LargestLately, segment.Length);
        flow.HasData = true;
        flow.WasDataFromFirst = isFirst;
        if (IsOutstanding(sender))
        {
            uint inFlight = sender.Track.Edge - sender.Track.Acknowledged;
            forward.MostInFlight = Math.Max(forward.MostInFlight, inFlight);
            if (forward.FilledAt == 0 && inFlight + LeastToSend(forward, reverse) > WindowOf(forward, reverse, receiver))
                forward.FilledAt = now;
        }

        if (analysis.Verdict != TcpVerdict.None)
        {
            if (analysis.LossSide == TcpLossSide.Downstream && (isFirst ? extras?.FirstForwarded : extras?.SecondForwarded) is { } forwarded && forwarded.Lacks(segment.Segment.SequenceNumber))
                Trouble(ref forward).MakeRare().LostHere++;
            Repair(ref forward, sender, segment, analysis, reverse.LastTime);
        }

        if (forward.LooksForDamage)
            forward.LooksForDamage = Trouble(ref forward).Rare!.Damage!.Look(segment, analysis.Verdict, sender.Track.Acknowledged);
    }

    // Seen from the receiver's end: a sender that its window stops sends what it takes, and pauses until that is acknowledged.
    private void NotePause(ref FlowDirection forward, in FlowDirection reverse, in Direction receiver, in TcpSegmentFacts segment)
    {
        const int Share = 4; // of a round trip
        long pause = segment.Nanoseconds - forward.LastDataTime, way = receiver.Track.RoundTrip.Shortest * 1000L;
        if (forward.LastDataTime != 0 && (way == 0 || pause * Share < way))
            return;
        // What came before it was sent before the sender heard of more room than there was when that began to come.
        bool isShort = forward.LastDataTime - forward.BurstBegan <= 2 * way;
        if (forward.LastDataTime != 0 && forward.BurstEdge != 0 && isShort && IsAfter(segment.Segment.SequenceNumber + (uint)LeastToSend(forward, reverse), forward.BurstEdge))
            Trouble(ref forward).FilledPauses += pause;
        long window = WindowOf(forward, reverse, receiver);
        forward.BurstBegan = segment.Nanoseconds;
        forward.BurstEdge = window < uint.MaxValue / 2 ? receiver.LastAck + (uint)window : 0;
        if (forward.LastDataTime == 0)
            return;
        // Of a small window, which few segments fill, these are as far from each other where they come evenly.
        bool isUneven = pause * 2 * reverse.LargestWindow >= 5 * way * forward.LargestSegment;
        forward.Pauses += isUneven ? 1u : 0;
    }

    // Near the receiver acknowledgments come at once: that what is on its way has to wait, the echoes of its timestamps tell.
    private void NoteSlowEcho(ref FlowDirection forward, in Direction receiver, long time)
    {
        const int Times = 3; // the shortest
        long shortest = receiver.Track.RoundTrip.Shortest * 1000L;
        if (time < Times * shortest || time - shortest < SlowEcho)
            return;
        RareTrouble rare = Trouble(ref forward).MakeRare();
        rare.SlowEchoes++;
        rare.SlowEchoTime += time;
        rare.LongestEcho = Math.Max(rare.LongestEcho, time);
        rare.ShortestEcho = shortest;
    }

    // Whoever speaks after the other side: how long after its word had arrived, and whether that waited for it.
    private void NoteTurn(in Flow flow, FlowExtras? extras, ref FlowDirection forward, ref FlowDirection reverse, in TcpSegmentFacts segment, bool isFirst)
    {
        const long Late = 500_000_000; // acknowledgments that are not sent alone come with the answer before that
        const long AtOnce = 200_000_000;
        const int LongestFarewell = 128; // octets: GOAWAY, and an alert of TLS
        const int LongestSign = 64; // of life, under TLS: pings of HTTP/2 and WebSocket, an update of a window
        if (reverse.MayBeEnded)
        {
            if (reverse.HasJustAnswered && segment.Nanoseconds - reverse.LastDataTime <= AtOnce)
                Trouble(ref reverse).MakeLate().Awaited++;
            reverse.HasJustAnswered = false;
            reverse.MayBeEnded = segment.Length <= LongestFarewell;
        }

        if (!flow.HasData)
            return;
        bool isTurn = flow.WasDataFromFirst != isFirst;
        if (isTurn)
            forward.Turns += forward.Turns < ushort.MaxValue ? (ushort)1 : (ushort)0;
        else if (segment.Nanoseconds - forward.LastDataTime < Late || extras is not { Stream.Tls.AwaitsAnswer: true } || isFirst == extras.IsStreamClientFirst)
            return;
        if (flow.StreamKind == StreamKind.Tls && segment.Length <= LongestSign)
            return;
        bool wasHeard = !reverse.IsWaiting && reverse.EmptiedAt >= reverse.LastDataTime;
        long wait = segment.Nanoseconds - (isTurn ? reverse.EmptiedAt : Math.Max(reverse.EmptiedAt, forward.LastDataTime));
        if (!wasHeard || forward.IsWaiting || wait < Late || WasSentBefore(forward, segment.Frame))
            return;
        Trouble(ref forward).MakeLate().Note(segment.Frame, wait);
        forward.HasJustAnswered = true;
        forward.MayBeEnded = true;
    }

    // Whether others that came, or are missing, tell that a packet's data was sent in the silence before it.
    private bool WasSentBefore(in FlowDirection direction, uint packet) =>
        direction.HasSentBefore && direction.Trouble != Pool<FlowTrouble>.None
            && (_troubles[direction.Trouble].Rare?.HasSkippedBefore(packet) is true || _troubles[direction.Trouble].Waits.IsAnnounced(packet));

    private RareTrouble? RareOf(in FlowDirection direction) => direction.Trouble == Pool<FlowTrouble>.None ? null : _troubles[direction.Trouble].Rare;

    // What cards put together is sent in part where the window takes no more of it.
    private static int LeastToSend(in FlowDirection forward, in FlowDirection reverse)
    {
        int offered = Math.Min(forward.SegmentSize == 0 ? UsualSegment : forward.SegmentSize, reverse.SegmentSize == 0 ? UsualSegment : reverse.SegmentSize);
        return Math.Min(forward.LargestSegment, offered);
    }

    // What a side offers to take; the largest number where its scale is not known.
    private static long WindowOf(in FlowDirection forward, in FlowDirection reverse, in Direction receiver)
    {
        bool isCut = (forward.Syns > 0 && !forward.HasOffer) || (reverse.Syns > 0 && !reverse.HasOffer);
        bool isKnown = !isCut && receiver.WindowScale != Direction.ScaleUnknown && receiver.Window != uint.MaxValue && receiver.Track.HasEdge;
        return isKnown ? (long)receiver.Window << (receiver.IsSynWindow ? 0 : Math.Max(0, (int)receiver.WindowScale)) : long.MaxValue;
    }

    // New data after all was acknowledged.
    private void EndIdle(in Flow flow, ref FlowDirection forward, in FlowDirection reverse, in Direction sender, in Direction receiver, long now, uint frame, bool isFirst)
    {
        const long LongWait = 100_000_000;
        const long LeastDelay = 30_000_000; // receivers delay for 40 ms and more
        const long MostDelay = 510_000_000; // RFC 1122, section 4.2.3.2
        const long AtOnce = 2_000_000;
        forward.WaitsSince = now;
        // What was sent again since then shows that the sender had not heard of it.
        if (forward.EmptiedAt == 0 || forward.LastDataTime > forward.EmptiedAt || WasSentBefore(forward, frame))
            return;
        long idle = now - forward.EmptiedAt;
        if (idle < 0)
            return;
        bool isGoingOn = flow.WasDataFromFirst == isFirst;
        if (reverse.HasOpened && RareOf(reverse) is { UnheardOpening: not 0 } opened && opened.UnheardOpening == opened.OpenedPacket && opened.OpenedAt > forward.LastDataTime)
        {
            opened.UnheardTime += now - opened.OpenedAt;
            forward.WindowLimited += idle;
            return;
        }

        if (isGoingOn && WindowOf(forward, reverse, receiver) < forward.LargestSegment)
        {
            forward.WindowLimited += idle; // nothing is sent into a window of less than a segment (RFC 9293, section 3.8.6.2.1)
            return;
        }

        forward.Idle += idle;
        if (!isGoingOn)
            return;
        long wayToSender = receiver.Track.RoundTrip.Shortest * 1250L, wayToReceiver = sender.Track.RoundTrip.Shortest * 1000L;
        // Near the receiver all seems acknowledged at once: until the sender hears of it and what it sends is here takes a way.
        if (idle - wayToSender >= LongWait && reverse.Octets > 0)
        {
            forward.ApplicationWaits += idle - wayToSender;
            if (forward.Trouble != Pool<FlowTrouble>.None)
                _troubles[forward.Trouble].Waits.Blame(frame, idle - wayToSender);
        }

        long delay = forward.EmptiedAt - forward.LastDataTime;
        bool isSmall = forward.LastSegment < Math.Max(forward.LargestSegment, forward.SegmentSize == 0 ? 536 : Math.Min(forward.SegmentSize, reverse.SegmentSize == 0 ? forward.SegmentSize : reverse.SegmentSize) - 12);
        if (forward.WasEmptiedPurely && isSmall && delay is >= LeastDelay and <= MostDelay && delay >= wayToReceiver + (LeastDelay * 2 / 3) && idle <= AtOnce + wayToSender && forward.RepairSince == 0)
        {
            forward.NagleCount += forward.NagleCount < ushort.MaxValue ? (ushort)1 : (ushort)0;
            forward.NagleTime = (uint)Math.Min(uint.MaxValue, forward.NagleTime + (delay / 1000));
        }
    }

    private void Repair(ref FlowDirection forward, in Direction sender, in TcpSegmentFacts segment, in TcpAnalysis analysis, long heard)
    {
        ref FlowTrouble trouble = ref Trouble(ref forward);
        trouble.Raise(analysis.Verdict);
        if (analysis.Verdict is TcpVerdict.Reordering)
        {
            RareTrouble rare = trouble.MakeRare();
            rare.FirstReordered = rare.FirstReordered == 0 ? segment.Frame : rare.FirstReordered;
            if (!analysis.IsLateOriginal)
                return;
            rare.AcknowledgedTooSoon++;
            trouble.LostUpstream -= trouble.LostUpstream > 0 ? 1 : 0;
            return;
        }

        if (analysis.Verdict != TcpVerdict.RetransmissionSpurious)
            trouble.Note(segment.Frame);
        if (forward.LastAckTime == 0 && analysis.Verdict != TcpVerdict.RetransmissionSpurious)
            trouble.RepeatedFirst += trouble.RepeatedFirst < byte.MaxValue ? (byte)1 : (byte)0;
        trouble.LostUpstream += analysis.LossSide == TcpLossSide.Upstream ? 1 : 0;
        trouble.LostDownstream += analysis.LossSide == TcpLossSide.Downstream ? 1 : 0;
        if (trouble.LostDownstream >= FewLost && trouble.MakeRare() is { Damage: null } undamaged)
        {
            undamaged.Damage = new DamagedSegments();
            forward.LooksForDamage = true;
        }

        uint sequence = segment.Segment.SequenceNumber, end = sequence + (uint)segment.Length;
        if (analysis.Verdict != TcpVerdict.RetransmissionSpurious)
        {
            trouble.LongestRepair = Math.Max(trouble.LongestRepair, analysis.RepairTime);
            if (forward.RepairSince == 0)
            {
                forward.RepairSince = forward.WaitsSince != 0 ? forward.WaitsSince : segment.Nanoseconds;
                forward.RepairEnd = end;
                trouble.Resending = null;
            }
            else if (IsAfter(end, forward.RepairEnd))
            {
                forward.RepairEnd = end;
            }

            NoteResent(trouble.Resending ??= new Resending(), sender, segment, analysis, end);
        }

        if (sender.Track.HasAcknowledged && sequence != sender.Track.Acknowledged)
            return;
        bool goesOn = forward.RepeatsInRow > 0 && trouble.RepeatedSequence == sequence;
        forward.RepeatsInRow = goesOn ? forward.RepeatsInRow + 1 : 1;
        trouble.RepeatedSequence = sequence;
        // Cut into pieces (RFC 4821), as after an outage as well: where the receiver was heard meanwhile, and had got nothing that
        // came after it, nothing is acknowledged from now on that is larger than these.
        if (goesOn && segment.Length < trouble.RowLength)
        {
            if (sender.Track.SackedCount == 0 && heard > trouble.RowBegan)
            {
                forward.LargestLately = segment.Length;
                return;
            }

            trouble.MakeRare().PieceLength = segment.Length;
        }

        trouble.RowLength = segment.Length;
        if (!goesOn)
            trouble.RowBegan = segment.Nanoseconds;
        if (forward.RepeatsInRow <= trouble.MostRepeatsInRow)
            return;
        trouble.MostRepeatsInRow = forward.RepeatsInRow;
        trouble.RepeatedLength = segment.Length;
    }

    // Behind what a timer sends again goes what nobody may have asked for.
    private static void NoteResent(Resending resending, in Direction sender, in TcpSegmentFacts segment, in TcpAnalysis analysis, uint end)
    {
        const int Most = 1024;
        bool isFirst = !sender.Track.HasAcknowledged || segment.Segment.SequenceNumber == sender.Track.Acknowledged;
        bool isNeeded = isFirst || analysis.Verdict != TcpVerdict.RetransmissionTimeout || analysis.LossSide != TcpLossSide.Downstream;
        if (resending.Segments.Count < Most)
            resending.Segments.Add(new ResentSegment { Time = segment.Nanoseconds, Sequence = segment.Segment.SequenceNumber, End = end, Stamp = StampOf(segment), Side = analysis.LossSide, IsNeeded = isNeeded });
        else
            resending.HasLost = true;
    }

    // An acknowledgment that echoes an earlier timestamp than that of what was sent again, or that comes sooner than that arrives, is one of
    // what had been sent before (RFC 3522). And whoever has more, and gets what it lacks, acknowledges at once up to the next that it lacks.
    private static void HearOfResent(ref FlowTrouble trouble, Resending resending, uint acknowledged, in TcpSegmentFacts segment, long shortest)
    {
        // One that what was sent again has drawn may echo an earlier timestamp, too: those before it were lost.
        bool isDrawn = IsOfDuplicate(segment.Segment);
        uint echo = segment.Segment.Timestamps is { } stamps && !isDrawn ? (uint)stamps.EchoReply : 0;
        int kept = 0;
        List<ResentSegment> resent = resending.Segments;
        uint last = resent[0].End;
        foreach (ResentSegment one in resent)
            last = IsAfter(one.End, last) ? one.End : last;
        bool hadMore = IsAfter(acknowledged, last);
        for (int index = 0; index < resent.Count; index++)
        {
            ResentSegment one = resent[index];
            one.IsNeeded |= one.Sequence == acknowledged;
            bool isNeeded = one.IsNeeded || !hadMore;
            if (IsAfter(one.End, acknowledged))
            {
                resent[kept++] = one;
                continue;
            }

            long since = segment.Nanoseconds - one.Time;
            // What had not passed here before was lost, whatever overtakes it.
            bool isEarlier = (echo != 0 && one.Stamp != 0 && one.Side != TcpLossSide.Upstream && IsAfter(one.Stamp, echo)) || (since >= 0 && shortest >= LeastWay && since < shortest * 750);
            resending.HasLost |= !isEarlier && isNeeded;
            if (!isEarlier && isNeeded)
                continue;
            resending.InVain += isEarlier ? 1 : 0;
            trouble.MakeRare().AcknowledgedTooSoon += isEarlier ? 1 : 0;
            trouble.MakeRare().ResentAlong += isEarlier ? 0 : 1;
            trouble.LostDownstream -= one.Side == TcpLossSide.Downstream ? 1 : 0;
            trouble.LostUpstream -= one.Side == TcpLossSide.Upstream ? 1 : 0;
        }

        resent.RemoveRange(kept, resent.Count - kept);
    }

    private static void NoteStall(RareTrouble trouble, uint frame, long time, int repeats)
    {
        trouble.Stalls++;
        trouble.StallTime += time;
        if (time <= trouble.LongestStall)
            return;
        trouble.LongestStall = time;
        trouble.LongestStallPacket = frame;
        trouble.LongestStallRepeats = repeats;
    }

    // What a segment says of the other direction's data.
    private void Acknowledge(ref FlowDirection acknowledged, in Direction direction, in TcpSegmentFacts segment, in TcpAnalysis analysis)
    {
        ref readonly Track track = ref direction.Track;
        if (segment.Segment.Options.Length >= LeastSackOption && !segment.Segment.HasOnlyTimestamps && !segment.Segment.Flags.HasFlag(TcpFlags.Syn) && IsOfDuplicate(segment.Segment))
            Trouble(ref acknowledged).MakeRare().ReportedTwice++;
        acknowledged.AreAnswersCut |= segment.Segment.Options.Length < segment.Segment.HeaderLength - TcpHeader.Size;
        bool isNew = track.HasAcknowledged && track.Acknowledged != acknowledged.Acknowledged;
        if (!isNew)
            return;
        acknowledged.Acknowledged = track.Acknowledged;
        if (acknowledged.Octets == 0)
        {
            if (acknowledged is { OpeningRoundTrip: 0, Syns: 1 } && segment.Nanoseconds > acknowledged.LastSynTime)
                acknowledged.OpeningRoundTrip = (uint)Math.Min(uint.MaxValue, (segment.Nanoseconds - acknowledged.LastSynTime) / 1000);
            if (acknowledged.Packets == 0 && acknowledged.Highest == 0)
                acknowledged.Highest = track.Acknowledged;
            return;
        }

        long now = segment.Nanoseconds;
        if (analysis.AcksFrame != 0 && acknowledged.RepairSince == 0 && !acknowledged.RoundTrips.TryAdd(analysis.AckRtt))
            acknowledged.RoundTrips.AddToMany(analysis.AckRtt, ref ManyRoundTrips(analysis));
        if (analysis.AckedLength > 0)
            acknowledged.LargestAcknowledged = Math.Max(acknowledged.LargestAcknowledged, (int)Math.Min(analysis.AckedLength, (uint)acknowledged.LargestLately));
        bool isOfEnd = acknowledged.FinPacket != 0 && acknowledged.EmptiedAt >= acknowledged.LastDataTime; // all data was acknowledged before
        acknowledged.LastAckTime = isOfEnd ? acknowledged.LastAckTime : now;
        if (segment.Segment.Window != 0)
            StopFilled(ref acknowledged, now);
        // Only the opening tells how long the way is: acknowledgments of data may wait for more of it, or for the program, and
        // those that fill a hole do not.
        if (acknowledged.RepairSince != 0 && _troubles[acknowledged.Trouble].Resending is { Segments.Count: > 0 } resending)
            HearOfResent(ref _troubles[acknowledged.Trouble], resending, track.Acknowledged, segment, Math.Min(acknowledged.OpeningRoundTrip, track.RoundTrip.Shortest));
        if (acknowledged.RepairSince != 0 && !IsAfter(acknowledged.RepairEnd, track.Acknowledged))
        {
            ref FlowTrouble repaired = ref _troubles[acknowledged.Trouble];
            if (repaired.Resending is not { InVain: > 0, HasLost: false } inVain)
                acknowledged.LossLimited += now - acknowledged.RepairSince;
            else if (acknowledged.PermitsSack && now - acknowledged.RepairSince >= LongSilence)
                NoteStall(repaired.MakeRare(), segment.Frame, now - acknowledged.RepairSince, inVain.InVain);
            acknowledged.RepairSince = 0;
            repaired.Resending = null;
        }

        acknowledged.RepeatsInRow = 0;
        acknowledged.WaitsSince = now;
        acknowledged.IsWaiting = IsOutstanding(direction);
        if (acknowledged.IsWaiting)
            return;
        acknowledged.EmptiedAt = now;
        acknowledged.WasEmptiedPurely = segment.Length == 0;
    }

    // Source: RFC 2883, section 4.
    private static bool IsOfDuplicate(in TcpSegment segment)
    {
        ReadOnlySpan<SackBlock> blocks = segment.SackBlocks;
        if (blocks.IsEmpty)
            return false;
        uint left = blocks[0].Left, right = blocks[0].Right, acknowledged = segment.AcknowledgmentNumber;
        bool isBefore = !IsAfter(right, acknowledged);
        bool isWithin = blocks.Length > 1 && !IsAfter(blocks[1].Left, left) && !IsAfter(right, blocks[1].Right);
        return IsAfter(right, left) && (isBefore || isWithin);
    }

    private void ReadStream(int index, in TcpSegmentFacts segment, bool isFirst, uint wireLength)
    {
        ref Flow flow = ref this[index];
        if (flow.StreamKind == StreamKind.Nothing)
            return;
        if (flow.StreamKind < StreamKind.Nothing)
            Recognise(index, segment, isFirst);
        if (flow.StreamKind <= StreamKind.Nothing)
            return;
        if (flow.StreamKind != StreamKind.Dns)
            Counts.Raise(PacketKind.Tcp, flow.StreamKind == StreamKind.Tls ? PacketKind.Tls : PacketKind.Http, wireLength);
        else
            Counts.Raise(PacketKind.Tcp, PacketKind.Dns, wireLength);
        if (ExtrasOf(index)?.Stream is not { IsDone: false } stream)
            return;
        stream.Take(isFirst, segment);
        if (stream.IsDone)
            stream.Release();
    }

    private void Recognise(int index, in TcpSegmentFacts segment, bool isFirst)
    {
        ref Flow flow = ref this[index];
        StreamKind kind = StreamFollower.KindOf(segment.Segment.Payload, segment.Source.Port, segment.Destination.Port);
        if (kind == StreamKind.Unknown)
        {
            flow.StreamKind++;
            return;
        }

        flow.StreamKind = kind;
        bool isFromClient = flow.Opener != FlowOpener.Unknown
            ? isFirst == (flow.Opener == FlowOpener.First)
            : StreamFollower.IsFromClient(kind, segment.Segment.Payload);
        FlowExtras extras = MakeExtras(index);
        extras.IsStreamClientFirst = isFromClient == isFirst;
        extras.Stream = isFirst
            ? StreamFollower.Begin(kind, extras.IsStreamClientFirst, segment.Source, segment.Destination, _nameServers, _secrets, _budget)
            : StreamFollower.Begin(kind, extras.IsStreamClientFirst, segment.Destination, segment.Source, _nameServers, _secrets, _budget);
        // What the other side says next has this number: what comes first may have overtaken it.
        if (segment.Segment.Flags.HasFlag(TcpFlags.Ack))
            extras.Stream.Acknowledge(isFirst, segment.Segment.AcknowledgmentNumber, new StreamMoment(segment.Frame, segment.Nanoseconds));
    }
}

/// <summary>What an IP header says that all segments need.</summary>
internal readonly ref struct NetworkFacts
{
    internal AddressNumber Source { get; private init; }

    internal AddressNumber Destination { get; private init; }

    internal ushort Identification { get; private init; }

    internal byte TimeToLive { get; private init; }

    internal byte CongestionBits { get; private init; }

    internal bool IsIpv6 { get; private init; }

    /// <summary>Reads a header that was captured whole.</summary>
    /// <param name="header">The header, IPv4 or IPv6.</param>
    internal static NetworkFacts Read(ReadOnlySpan<byte> header) => header[0] >> 4 == 4
        ? new NetworkFacts
        {
            Source = BinaryPrimitives.ReadUInt32BigEndian(header[12..]),
            Destination = BinaryPrimitives.ReadUInt32BigEndian(header[16..]),
            Identification = BinaryPrimitives.ReadUInt16BigEndian(header[4..]),
            TimeToLive = header[8],
            CongestionBits = (byte)(header[1] & 3),
        }
        : new NetworkFacts
        {
            Source = AddressNumber.Read(header[8..24]),
            Destination = AddressNumber.Read(header[24..40]),
            TimeToLive = header[7],
            CongestionBits = (byte)((header[1] >> 4) & 3),
            IsIpv6 = true,
        };
}

/// <summary>Packets and octets by protocol.</summary>
internal sealed class ProtocolCounts
{
    private readonly long[] _packets = new long[PacketKinds.Count];
    private readonly long[] _octets = new long[PacketKinds.Count];

    /// <summary>Counts a packet.</summary>
    /// <param name="kind">Its protocol.</param>
    /// <param name="octets">What it was long.</param>
    internal void Add(PacketKind kind, long octets)
    {
        _packets[(int)kind]++;
        _octets[(int)kind] += octets;
    }

    /// <summary>Counts a packet under a higher protocol than before.</summary>
    /// <param name="from">The one before.</param>
    /// <param name="to">The higher one.</param>
    /// <param name="octets">What the packet was long.</param>
    internal void Raise(PacketKind from, PacketKind to, long octets)
    {
        _packets[(int)from]--;
        _octets[(int)from] -= octets;
        Add(to, octets);
    }

    /// <summary>Adds what another one counted.</summary>
    /// <param name="other">The other one.</param>
    internal void Add(ProtocolCounts other)
    {
        for (int kind = 0; kind < PacketKinds.Count; kind++)
        {
            _packets[kind] += other._packets[kind];
            _octets[kind] += other._octets[kind];
        }
    }

    /// <summary>What they are, the most frequent first.</summary>
    internal IReadOnlyList<CapturedProtocol> ToProtocols() =>
    [
        .. Enumerable.Range(0, PacketKinds.Count).Where(kind => _packets[kind] > 0).OrderByDescending(kind => _packets[kind]).ThenBy(kind => kind)
            .Select(kind => new CapturedProtocol(PacketKinds.NameOf((PacketKind)kind), _packets[kind], _octets[kind])),
    ];
}

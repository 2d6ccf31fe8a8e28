using NetWhy.Linux;
using NetWhy.Wire;
using static NetWhy.Analysis.Tcp.WiresharkNumber;

namespace NetWhy.Analysis.Tcp;

/// <summary>Follows TCP conversations and says of each segment what tshark 4.0 says of it.</summary>
/// <remarks>
/// Sequence numbers are compared modulo 2^32, times are nanoseconds, and 0 is an unknown number, all as Wireshark does: what
/// looks odd here is what makes the answers equal. Source: Wireshark 4.0's behaviour, compared packet by packet.
/// </remarks>
public sealed class TcpAnalyzer
{
    /// <summary>Conversations that are remembered at once, if nothing else is said: about 160 MB, and as much for segments that wait for their acknowledgment.</summary>
    public const int UsualConversations = 1 << 18;

    private const int MostUnacked = 10_000;
    private const uint MostInFlight = 2_000_000_000;
    private const ulong FastRetransmissionWithin = 20_000_000;
    private const ulong ReorderingWithin = 3_000_000; // where the round trip is unknown
    private const byte SynSeen = 1;
    private const int NumbersOfEach = 16; // that are kept of forgotten conversations, for each that is remembered
    private const uint CountedAlready = uint.MaxValue; // duplicate count after an acknowledgment of what was not seen

    private readonly ConversationTable _conversations = new();
    private readonly ListPool<SentSegment> _pool = new(most: 1 << 22);
    private readonly TcpJudge _judge;
    private readonly IConversationCompanion? _companion;
    private readonly int _mostConversations;
    private ForgottenStreams? _forgotten; // from the first one on
    private int _streams;
    private int _numbers;

    /// <summary>Begins with no conversation.</summary>
    /// <param name="mostConversations">Conversations that are remembered at once; beyond that, those that were quiet for longest are forgotten.</param>
    public TcpAnalyzer(int mostConversations = UsualConversations)
        : this(mostConversations, companion: null)
    {
    }

    /// <summary>Begins with no conversation.</summary>
    /// <param name="mostConversations">Conversations that are remembered at once.</param>
    /// <param name="companion">Who remembers more of each; null for nobody.</param>
    internal TcpAnalyzer(int mostConversations, IConversationCompanion? companion)
    {
        _mostConversations = mostConversations;
        _companion = companion;
        _judge = new TcpJudge(_pool);
    }

    /// <summary>How many conversations there were; one that was forgotten and goes on counts twice.</summary>
    internal int Streams => _streams;

    /// <summary>Whether conversations went on that were forgotten: then they do not lie in the order of their numbers.</summary>
    internal bool HasReturned { get; private set; }

    /// <summary>How many conversations are remembered.</summary>
    internal int Count => _conversations.Count;

    /// <inheritdoc cref="TcpJudge.HolesAfter"/>
    internal long HolesAfter(in Track track, uint from) => _judge.HolesAfter(track, from);

    /// <inheritdoc cref="TcpJudge.UncapturedOf"/>
    internal long UncapturedOf(in Track track) => _judge.UncapturedOf(track);

    /// <summary>How many conversations were forgotten to bound memory: what comes of them later is judged as if it were new.</summary>
    public long Evicted { get; private set; }

    /// <summary>A conversation that is remembered.</summary>
    /// <param name="index">Its place.</param>
    internal ref Conversation this[int index] => ref _conversations[index];

    /// <summary>Looks at the next segment of the capture.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="analysis">What is to say about it.</param>
    public void Analyze(in TcpSegmentFacts segment, out TcpAnalysis analysis)
    {
        ConversationEnds ends = ConversationEnds.Of(segment.Source, segment.Destination, out bool isLowToHigh);
        Analyze(segment, ends, ends.Hash, isLowToHigh, out analysis);
    }

    /// <summary>Looks at the next segment of the capture.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="ends">Its ends.</param>
    /// <param name="hash">Their hash.</param>
    /// <param name="isLowToHigh">Whether the lower one sent it.</param>
    /// <param name="analysis">What is to say about it.</param>
    internal void Analyze(in TcpSegmentFacts segment, in ConversationEnds ends, uint hash, bool isLowToHigh, out TcpAnalysis analysis)
    {
        analysis = default;
        TcpFlags flags = segment.Segment.Flags;
        uint sequence = segment.Segment.SequenceNumber;

        int index = _conversations.Find(ends, hash, out int slot);
        bool isNew = index < 0;
        if (isNew)
            index = Begin(slot, ends, hash, isLowToHigh, segment.Nanoseconds, NumberOf(ends, isLowToHigh, (flags & (TcpFlags.Syn | TcpFlags.Ack)) == TcpFlags.Syn ? sequence : null));
        ref Conversation conversation = ref _conversations[index];
        ref Direction forward = ref DirectionOf(ref conversation, isLowToHigh);

        bool isSyn = flags.HasFlag(TcpFlags.Syn);
        bool isAck = flags.HasFlag(TcpFlags.Ack);
        if (isSyn && forward.HasBase && sequence != forward.Base)
        {
            analysis.Flags |= TcpAnalysisFlags.ReusedPorts;
            if (isAck)
            {
                Rebase(ref forward, sequence);
            }
            else
            {
                Release(ref conversation);
                index = Begin(slot, ends, hash, isLowToHigh, segment.Nanoseconds, number: null);
                isNew = true;
                conversation = ref _conversations[index];
                conversation.Completeness = SynSeen;
                forward = ref DirectionOf(ref conversation, isLowToHigh);
            }
        }
        else if (isSyn && !isAck && forward.HasBase)
        {
            // The same SYN again: a reset in between does no harm.
            forward.NextSequence = forward.AckLimit;
        }

        ref Direction reverse = ref DirectionOf(ref conversation, !isLowToHigh);
        if (segment.Length >= 0)
        {
            forward.SackCount = 0;
            SetBases(ref forward, ref reverse, segment);
            Judge(ref conversation, ref forward, ref reverse, segment, ref analysis);
            uint signature = segment.HasBogusHeader ? 0 : _judge.Judge(ref forward, ref reverse, segment, ref analysis); // receivers drop those
            Remember(ref forward, ref reverse, segment, signature, ref analysis);
        }

        Describe(ref conversation, ref forward, ref reverse, segment, ref analysis);
        analysis.CompletenessOfIt = segment.HasBogusHeader ? (byte)0 : SeenIn(segment);
        Complete(ref conversation, segment, analysis, isNew);
        analysis.CompletenessWithIt = conversation.Completeness;
        if (!segment.HasBogusHeader)
            ReadHandshake(ref conversation, ref forward, ref reverse, segment);
        analysis.Index = index;
        analysis.InitialRtt = conversation.InitialRtt;
        analysis.HasRecord |= analysis.Flags != 0;
    }

    /// <summary>The place of a stream, which begins one where there is none: for a segment of which only the ports can be read.</summary>
    /// <param name="ends">Its ends.</param>
    /// <param name="hash">Their hash.</param>
    /// <param name="isLowToHigh">Whether the lower one sent the segment.</param>
    /// <param name="nanoseconds">When it passed.</param>
    internal int IndexOf(in ConversationEnds ends, uint hash, bool isLowToHigh, long nanoseconds)
    {
        int index = _conversations.Find(ends, hash, out int slot);
        return index >= 0 ? index : Begin(slot, ends, hash, isLowToHigh, nanoseconds, NumberOf(ends, isLowToHigh, opening: null));
    }

    /// <summary>Asks for the place where a conversation is found.</summary>
    /// <param name="hash">The hash of its ends.</param>
    internal void ExpectPlace(uint hash) => _conversations.ExpectSlot(hash);

    /// <summary>Asks for what will be looked at when a segment comes.</summary>
    /// <param name="hash">The hash of its ends.</param>
    /// <returns>Where its conversation likely is; -1 if there is none.</returns>
    internal int Expect(uint hash)
    {
        int index = _conversations.Guess(hash);
        if (index >= 0)
            CacheLines.Prefetch(ref _conversations[index], 0, Conversation.Lines);
        return index;
    }

    /// <summary>Asks for the segments that await their acknowledgment.</summary>
    /// <param name="conversation">The conversation, which is at hand.</param>
    internal void ExpectUnacked(in Conversation conversation)
    {
        ExpectUnacked(conversation.First);
        ExpectUnacked(conversation.Second);
    }

    private void ExpectUnacked(in Direction direction)
    {
        if (direction.Unacked == ListPool.Nothing)
            return;
        CacheLines.Prefetch(ref _pool[direction.Unacked]);
        if (direction.IsGapless && direction.Oldest != direction.Unacked)
            CacheLines.Prefetch(ref _pool[direction.Oldest]);
    }

    private static ref Direction DirectionOf(ref Conversation conversation, bool isLowToHigh)
    {
        if (isLowToHigh == conversation.BeganLowToHigh)
            return ref conversation.First;
        return ref conversation.Second;
    }

    // The number of a conversation that was forgotten; null if it is none.
    private int? NumberOf(in ConversationEnds ends, bool isLowToHigh, uint? opening) =>
        _forgotten is not null && _forgotten.TryFind(ends, isLowToHigh, opening, out int number) ? number : null;

    private int Begin(int slot, in ConversationEnds ends, uint hash, bool isLowToHigh, long nanoseconds, int? number)
    {
        if (_conversations.Count >= _mostConversations)
        {
            Evicted += _conversations.Halve(Forget, Move);
            _ = _conversations.Find(ends, hash, out slot);
        }

        int index = _conversations.Add(slot, hash);
        ref Conversation conversation = ref _conversations[index];
        _streams++;
        HasReturned |= number is not null;
        conversation = new Conversation { Ends = ends, FirstTime = nanoseconds, PreviousTime = nanoseconds, Stream = number ?? _companion?.Number ?? _numbers++, BeganLowToHigh = isLowToHigh };
        conversation.First.Begin();
        conversation.Second.Begin();
        _companion?.Begin(index);
        return index;
    }

    private void Forget(int index)
    {
        ref Conversation conversation = ref _conversations[index];
        Release(ref conversation);
        bool goesOn = conversation.Completeness != SynSeen; // those of SYNs alone are many, and do not
        if (goesOn)
            _forgotten ??= new ForgottenStreams(_mostConversations * NumbersOfEach);
        _forgotten?.Add(conversation, isKept: goesOn);
        _companion?.Forget(index);
    }

    private void Move(int from, int to) => _companion?.Move(from, to);

    private void Release(ref Conversation conversation)
    {
        _pool.ReleaseAll(ref conversation.First.Unacked);
        _pool.ReleaseAll(ref conversation.Second.Unacked);
        _judge.Release(ref conversation.First.Track);
        _judge.Release(ref conversation.Second.Track);
    }

    private static void SetBases(ref Direction forward, ref Direction reverse, in TcpSegmentFacts segment)
    {
        if (!forward.HasBase)
        {
            forward.Base = segment.Segment.Flags.HasFlag(TcpFlags.Syn) ? segment.Segment.SequenceNumber : segment.Segment.SequenceNumber - 1;
            forward.HasBase = true;
        }

        if (!reverse.HasBase && segment.Segment.Flags.HasFlag(TcpFlags.Ack))
        {
            reverse.Base = segment.Segment.AcknowledgmentNumber - 1;
            reverse.HasBase = true;
        }
    }

    // The rules, in the order in which Wireshark tries them: an earlier one can keep later ones from being tried.
    private void Judge(ref Conversation conversation, ref Direction forward, ref Direction reverse, in TcpSegmentFacts segment, ref TcpAnalysis analysis)
    {
        TcpFlags flags = segment.Segment.Flags;
        uint sequence = segment.Segment.SequenceNumber;
        uint ack = segment.Segment.AcknowledgmentNumber;
        uint window = segment.Segment.Window;
        uint length = (uint)segment.Length;
        bool isControl = (flags & (TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Rst)) != 0;

        if (flags.HasFlag(TcpFlags.Ack))
            reverse.AreBytesInFlightValid = true;
        if (length == 1 && sequence == forward.NextSequence && reverse.Window == 0)
        {
            analysis.Flags |= TcpAnalysisFlags.ZeroWindowProbe;
        }
        else
        {
            if (window == 0 && !isControl)
                analysis.Flags |= TcpAnalysisFlags.ZeroWindow;
            if (forward.NextSequence != 0 && IsAfter(sequence, forward.NextSequence) && !flags.HasFlag(TcpFlags.Rst))
            {
                analysis.Flags |= TcpAnalysisFlags.LostSegment;
                forward.AreBytesInFlightValid = false;
            }

            if (!isControl)
                JudgeWindow(ref forward, ref reverse, sequence, ack, window, length, ref analysis);
        }

        if (ack != forward.LastAck)
        {
            forward.LastNonDuplicate = segment.Frame;
            forward.DuplicateCount = 0;
        }

        if (reverse.AckLimit != 0 && flags.HasFlag(TcpFlags.Ack) && IsAfter(ack, reverse.AckLimit))
            JudgeUnseen(ref reverse, ref analysis);
        bool isSequenced = length > 0 || (flags & (TcpFlags.Syn | TcpFlags.Fin)) != 0;
        if (isSequenced && !analysis.Flags.HasFlag(TcpAnalysisFlags.KeepAlive))
            JudgeRepetition(ref conversation, ref forward, ref reverse, segment, ref analysis);
    }

    private static void JudgeWindow(ref Direction forward, ref Direction reverse, uint sequence, uint ack, uint window, uint length, ref TcpAnalysis analysis)
    {
        if (length <= 1 && sequence == forward.NextSequence - 1)
            analysis.Flags |= TcpAnalysisFlags.KeepAlive;
        bool repeats = length == 0 && sequence == forward.NextSequence && ack == forward.LastAck;
        if (repeats && window != 0 && window != forward.Window)
            analysis.Flags |= TcpAnalysisFlags.WindowUpdate;
        if (length > 0 && reverse.WindowScale != Direction.ScaleUnknown)
        {
            int shift = reverse.IsSynWindow || reverse.WindowScale == Direction.ScaleNone ? 0 : reverse.WindowScale;
            if (sequence + length == reverse.LastAck + (reverse.Window << shift))
                analysis.Flags |= TcpAnalysisFlags.WindowFull;
        }

        if (!repeats || window != forward.Window)
            return;
        if (window != 0 && reverse.LastFlags.HasFlag(TcpAnalysisFlags.KeepAlive))
        {
            analysis.Flags |= TcpAnalysisFlags.KeepAliveAck;
        }
        else if (window == 0 && reverse.LastFlags.HasFlag(TcpAnalysisFlags.ZeroWindowProbe))
        {
            analysis.Flags |= TcpAnalysisFlags.ZeroWindowProbeAck;
        }
        else if (window != 0)
        {
            forward.DuplicateCount = forward.DuplicateCount == CountedAlready ? 1 : forward.DuplicateCount + 1;
            analysis.Flags |= TcpAnalysisFlags.DuplicateAck;
            analysis.DuplicateAckNumber = forward.DuplicateCount;
            analysis.DuplicateAckFrame = forward.LastNonDuplicate;
        }
    }

    private static void JudgeUnseen(ref Direction reverse, ref TcpAnalysis analysis)
    {
        analysis.HasRecord = true;
        if (IsAfter(reverse.NextSequence, reverse.AckLimit))
        {
            reverse.AckLimit = reverse.NextSequence;
            analysis.Flags |= TcpAnalysisFlags.AckLostSegment;
            return;
        }

        // Said once: the count is set so that the next ones are not.
        if (reverse.DuplicateCount == 0)
            analysis.Flags |= TcpAnalysisFlags.AckLostSegment;
        reverse.DuplicateCount = CountedAlready;
    }

    private void JudgeRepetition(ref Conversation conversation, ref Direction forward, ref Direction reverse, in TcpSegmentFacts segment, ref TcpAnalysis analysis)
    {
        uint sequence = segment.Segment.SequenceNumber;
        uint length = (uint)segment.Length;
        uint end = sequence + length;
        if (length > 0 && reverse.LastAck != 0 && IsUpTo(end, reverse.LastAck))
        {
            analysis.Flags |= TcpAnalysisFlags.SpuriousRetransmission | TcpAnalysisFlags.Retransmission;
            return;
        }

        bool isBackward = forward.NextSequence != 0 && IsAfter(forward.NextSequence, sequence) && !(length > 1 && sequence == forward.NextSequence - 1);
        if (!isBackward)
            return;
        if (reverse.DuplicateCount >= 2 && reverse.LastAck == sequence && (ulong)(segment.Nanoseconds - reverse.LastTime) < FastRetransmissionWithin)
        {
            analysis.Flags |= TcpAnalysisFlags.FastRetransmission | TcpAnalysisFlags.Retransmission;
            return;
        }

        uint edge = (segment.Segment.Flags & (TcpFlags.Syn | TcpFlags.Fin)) != 0 ? end + 1 : end;
        ulong within = conversation.InitialRtt != 0 ? (ulong)conversation.InitialRtt : ReorderingWithin;
        if ((ulong)(segment.Nanoseconds - forward.NextSequenceTime) < within && forward.NextSequence != edge)
        {
            analysis.Flags |= TcpAnalysisFlags.OutOfOrder;
            return;
        }

        analysis.Flags |= TcpAnalysisFlags.Retransmission;
        analysis.RtoFrame = forward.NextSequenceFrame;
        long since = forward.NextSequenceTime;
        if (forward.UnackedCount > 0)
        {
            analysis.RtoFrame = _pool[forward.Oldest].Frame;
            since = _pool[forward.Oldest].Time;
        }

        analysis.Rto = segment.Nanoseconds - since;
    }

    private void Remember(ref Direction forward, ref Direction reverse, in TcpSegmentFacts segment, uint signature, ref TcpAnalysis analysis)
    {
        TcpFlags flags = segment.Segment.Flags;
        uint sequence = segment.Segment.SequenceNumber;
        uint ack = segment.Segment.AcknowledgmentNumber;
        uint length = (uint)segment.Length;
        uint end = sequence + length;
        bool takesNumber = (flags & (TcpFlags.Syn | TcpFlags.Fin)) != 0;
        if ((length > 0 || takesNumber) && forward.UnackedCount < MostUnacked && !_pool.IsFull)
        {
            if (takesNumber)
                end++;
            int newest = forward.Unacked;
            _pool.Push(ref forward.Unacked, new SentSegment { Newer = ListPool.Nothing, Time = segment.Nanoseconds, Frame = segment.Frame, Sequence = sequence, End = end, Signature = signature });
            forward.UnackedCount++;
            Link(ref forward, newest, sequence, end);
            Widen(ref forward, sequence, end, isFirst: forward.UnackedCount == 1);
        }

        bool isProbe = analysis.Flags.HasFlag(TcpAnalysisFlags.ZeroWindowProbe);
        if (!isProbe && (forward.NextSequence == 0 || IsAfter(end, forward.NextSequence)))
        {
            forward.NextSequence = end;
            forward.NextSequenceTime = segment.Nanoseconds;
            forward.NextSequenceFrame = segment.Frame;
        }

        if (!isProbe && (forward.AckLimit == 0 || sequence == forward.AckLimit))
            forward.AckLimit = forward.NextSequence;
        forward.Window = segment.Segment.Window;
        forward.LastAck = ack;
        forward.LastTime = segment.Nanoseconds;
        forward.LastFlags = analysis.Flags;
        Acknowledge(ref reverse, ack, segment.Nanoseconds, ref analysis);
        if (length > 0 && forward.UnackedCount > 0 && forward.AreBytesInFlightValid)
            CountInFlight(ref forward, ref reverse, length, flags, ref analysis);
    }

    private void Link(ref Direction direction, int newest, uint sequence, uint end)
    {
        if (newest == ListPool.Nothing)
        {
            direction.IsGapless = true;
            direction.Oldest = direction.Unacked;
            return;
        }

        direction.IsGapless &= _pool[newest].End == sequence && IsAfter(end, sequence);
        _pool[newest].Newer = direction.Unacked;
    }

    // Relative numbers, compared as they are: what lies before the base is large, as it is in Wireshark.
    private static void Widen(ref Direction direction, uint sequence, uint end, bool isFirst)
    {
        uint first = sequence - direction.Base;
        uint last = end - direction.Base;
        direction.IsWrapped = last < first || (direction.IsWrapped && !isFirst);
        if (isFirst || first < direction.LowestUnacked)
            direction.LowestUnacked = first;
        if (isFirst || last > direction.HighestUnacked)
            direction.HighestUnacked = last;
    }

    // Another handshake in a conversation. tshark keeps what awaits its acknowledgment, and so do we, but not without end:
    // answers to a SYN with ever new numbers would have it measured for each of them.
    private void Rebase(ref Direction direction, uint sequence)
    {
        const byte Most = 16; // more than there are in any real conversation
        direction.Base = sequence;
        if (direction.Rebased < Most)
        {
            direction.Rebased++;
            Measure(ref direction);
            return;
        }

        _pool.ReleaseAll(ref direction.Unacked);
        direction.UnackedCount = 0;
        direction.IsGapless = false;
    }

    private void Measure(ref Direction direction)
    {
        for (int node = direction.Unacked; node != ListPool.Nothing; node = _pool[node].Next)
            Widen(ref direction, _pool[node].Sequence, _pool[node].End, isFirst: node == direction.Unacked);
    }

    // From the newest segment to the oldest one, so that the oldest match is the one told of.
    private void Acknowledge(ref Direction direction, uint ack, long now, ref TcpAnalysis analysis)
    {
        if (direction.Unacked == ListPool.Nothing || (direction.IsGapless && AcknowledgeGapless(ref direction, ack, now, ref analysis)))
            return;
        direction.IsGapless = false; // the walk may take segments out of the middle
        if (IsBeforeAll(direction, ack))
            return;
        int previous = ListPool.Nothing;
        int node = direction.Unacked;
        bool isFirst = true;
        while (node != ListPool.Nothing)
        {
            ref SentSegment segment = ref _pool[node];
            if (segment.End == ack)
            {
                analysis.AcksFrame = segment.Frame;
                analysis.AckRtt = now - segment.Time;
                analysis.HasRecord = true;
            }
            else if (IsAfter(segment.End, ack))
            {
                if (IsAfter(ack, segment.Sequence))
                    segment.Sequence = ack;
                Widen(ref direction, segment.Sequence, segment.End, isFirst);
                isFirst = false;
                previous = node;
                node = segment.Next;
                continue;
            }

            analysis.AckedLength = Math.Max(analysis.AckedLength, segment.End - segment.Sequence);
            node = _pool.Remove(ref direction.Unacked, previous, node);
            direction.UnackedCount--;
        }

        direction.Oldest = previous;
    }

    // Whether an acknowledgment changes nothing, as with each repeated one: all that is sent begins there or behind it.
    private static bool IsBeforeAll(in Direction direction, uint ack)
    {
        uint reached = ack - direction.Base;
        return !direction.IsWrapped && reached <= direction.LowestUnacked && direction.HighestUnacked - reached <= int.MaxValue;
    }

    // The same, where the oldest segments are those that are acknowledged: an acknowledgment costs what it takes away. Where
    // numbers wrap within the list, it is walked.
    private bool AcknowledgeGapless(ref Direction direction, uint ack, long now, ref TcpAnalysis analysis)
    {
        uint last = _pool[direction.Unacked].End;
        uint first = _pool[direction.Oldest].Sequence;
        int ahead = (int)(_pool[direction.Oldest].End - ack);
        if (ahead + (long)(last - first) > int.MaxValue || last - direction.Base < first - direction.Base)
            return false;
        int node = direction.Oldest;
        while (node != ListPool.Nothing && !IsAfter(_pool[node].End, ack))
        {
            ref SentSegment segment = ref _pool[node];
            if (segment.End == ack)
            {
                analysis.AcksFrame = segment.Frame;
                analysis.AckRtt = now - segment.Time;
                analysis.HasRecord = true;
            }

            analysis.AckedLength = Math.Max(analysis.AckedLength, segment.End - segment.Sequence);
            int newer = segment.Newer;
            _pool.Remove(ref direction.Unacked, newer, node);
            direction.UnackedCount--;
            node = newer;
        }

        direction.Oldest = node;
        if (node == ListPool.Nothing)
            return true;
        if (IsAfter(ack, _pool[node].Sequence))
            _pool[node].Sequence = ack;
        direction.LowestUnacked = _pool[node].Sequence - direction.Base;
        direction.HighestUnacked = last - direction.Base;
        return true;
    }

    private static void CountInFlight(ref Direction forward, ref Direction reverse, uint length, TcpFlags flags, ref TcpAnalysis analysis)
    {
        uint inFlight = forward.HighestUnacked - forward.LowestUnacked;
        if (inFlight is > 0 and < MostInFlight)
        {
            for (int block = 0; block < reverse.SackCount; block++)
                inFlight -= reverse.SackRight[block] - reverse.SackLeft[block];
            if (inFlight is > 0 and < MostInFlight)
                analysis.BytesInFlight = (flags & (TcpFlags.Syn | TcpFlags.Fin)) != 0 ? inFlight - 1 : inFlight;
        }

        analysis.HasRecord = true;

        bool isPush = flags.HasFlag(TcpFlags.Psh);
        if (forward.WasPushed)
            forward.PushCount = length;
        else
            forward.PushCount += length;
        forward.WasPushed = isPush;
        analysis.PushBytesSent = forward.PushCount;
    }

    private static void Describe(ref Conversation conversation, ref Direction forward, ref Direction reverse, in TcpSegmentFacts segment, ref TcpAnalysis analysis)
    {
        analysis.Stream = conversation.Stream;
        analysis.Completeness = conversation.Completeness;
        forward.EndsFirst |= segment.Segment.Flags.HasFlag(TcpFlags.Fin) && !reverse.EndsFirst;
        analysis.EndsFirst = forward.EndsFirst;
        analysis.SequenceBase = forward.Base;
        analysis.WindowScale = forward.WindowScale;
        analysis.AcknowledgmentBase = reverse.Base;
        analysis.IsForward = System.Runtime.CompilerServices.Unsafe.AreSame(ref forward, ref conversation.First);
        analysis.TimeRelative = segment.Nanoseconds - conversation.FirstTime;
        analysis.TimeDelta = segment.Nanoseconds - conversation.PreviousTime;
        conversation.PreviousTime = segment.Nanoseconds;
    }

    private static void Complete(ref Conversation conversation, in TcpSegmentFacts segment, in TcpAnalysis analysis, bool isNew)
    {
        const byte Data = 8;
        bool opens = (segment.Segment.Flags & (TcpFlags.Syn | TcpFlags.Ack)) == TcpFlags.Syn;
        byte seen = analysis.CompletenessOfIt;
        if (!isNew || analysis.Flags.HasFlag(TcpAnalysisFlags.ReusedPorts))
            conversation.Completeness |= opens ? (byte)(seen & ~Data) : seen;
        else if (opens && !segment.HasBogusHeader)
            conversation.Completeness |= (byte)(SynSeen | (seen & Data));
    }

    private static byte SeenIn(in TcpSegmentFacts segment)
    {
        TcpFlags flags = segment.Segment.Flags;
        bool isSyn = flags.HasFlag(TcpFlags.Syn);
        bool isAck = flags.HasFlag(TcpFlags.Ack);
        int seen = isSyn && !isAck && segment.Length > 0 ? 8 : 0;
        if (isSyn && isAck)
            seen |= 2;
        if (isAck && !isSyn)
            seen |= segment.Length > 0 ? 8 : 4;
        if (flags.HasFlag(TcpFlags.Fin) && isAck)
            seen |= 16;
        if (flags.HasFlag(TcpFlags.Rst))
            seen |= 32;
        return (byte)seen;
    }

    private static void ReadHandshake(ref Conversation conversation, ref Direction forward, ref Direction reverse, in TcpSegmentFacts segment)
    {
        TcpFlags flags = segment.Segment.Flags;
        bool isSyn = flags.HasFlag(TcpFlags.Syn);
        bool isAck = flags.HasFlag(TcpFlags.Ack);
        if (isSyn && !isAck)
        {
            conversation.LastSynTime = segment.Nanoseconds;
        }

        if (isSyn)
            forward.IsSynWindow = true;
        if (isAck && !isSyn)
        {
            if (conversation.InitialRtt == 0 && conversation.LastSynTime != 0)
                conversation.InitialRtt = segment.Nanoseconds - conversation.LastSynTime;

            forward.IsSynWindow = false;
        }

        if (!segment.Segment.HasOnlyTimestamps)
            ReadOptions(ref forward, ref reverse, segment);
        if (!isSyn)
            return;
        if (forward.WindowScale == Direction.ScaleUnknown)
        {
            if (segment.Segment.Options.Length < segment.Segment.HeaderLength - TcpHeader.Size)
                return; // it may be in what the capture left out
            forward.WindowScale = Direction.ScaleNone;
            reverse.WindowScale = Direction.ScaleNone;
        }
        else if (isAck && reverse.WindowScale == Direction.ScaleNone)
        {
            forward.WindowScale = Direction.ScaleNone;
        }
    }

    private static void ReadOptions(ref Direction forward, ref Direction reverse, in TcpSegmentFacts segment)
    {
        const int LargestScale = 14;
        foreach (TcpOption option in segment.Segment.EnumerateOptions())
        {
            if (option.IsTruncated)
                return;
            if (option.WindowScale is { } shift)
                forward.WindowScale = (sbyte)Math.Min(shift, LargestScale);
            foreach (SackBlock block in option.SackBlocks)
            {
                if (forward.SackCount == Direction.MostSackBlocks)
                    break;
                forward.SackLeft[forward.SackCount] = block.Left - reverse.Base;
                forward.SackRight[forward.SackCount++] = block.Right - reverse.Base;
            }
        }
    }
}

using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using NetWhy.Wire;
using static NetWhy.Analysis.Tcp.SequenceNumber;

namespace NetWhy.Analysis.Tcp;

/// <summary>Tells of each segment whether it was sent again, and why, or was overtaken, or captured twice.</summary>
/// <remarks>
/// <para>
/// A segment that begins at the highest edge seen is new. One beyond it leaves a hole: what lies there was lost before it
/// came here, or was overtaken. One before the edge fills a hole, or repeats what passed. Timestamps, identifications and the
/// round trip tell an overtaken segment from a repeated one; what the other side had acknowledged by then tells why it was
/// sent again. docs/tcp-verdict.md says how sure each answer is.
/// </para>
/// <para>Sources: RFC 9293; RFC 6298 (timeout); RFC 5681, 6582, 6675, 8985 (recovery); RFC 2883 (D-SACK); RFC 3522 (timestamps).</para>
/// </remarks>
/// <param name="sent">Segments that await their acknowledgment.</param>
internal sealed class TcpJudge(ListPool<SentSegment> sent)
{
    private const int MostSteps = 4096; // back through what awaits its acknowledgment
    /// <summary>Within how long a packet with an identification of its own is captured twice, in microseconds.</summary>
    internal const long CopyWithin = 20_000;

    private const uint BeforeCapture = 1 << 29; // what may have passed before the first segment
    private const uint FarBehind = 1 << 29;
    private const uint FarAhead = 1 << 26; // an acknowledgment of that much that did not pass is none
    private const int LargeWindow = 28_000; // first windows of stacks that probe tails: Linux since 3.10 has 29,200, then 64,240
    private const int DuplicatesOfLoss = 3; // RFC 5681, section 3.2
    private const int FarOff = 4096; // identifications: a sender's count does not jump that far
    private const byte Counted = 3; // times

    // Microseconds.
    private const long LeastTimeout = 200_000; // Linux; RFC 6298 would have a second
    private const long Patience = 10_000; // of a sender that is busy
    private const long UnnamedCopyWithin = 200;
    private const long ReorderingWithin = 3_000; // where the round trip is unknown
    private const long NoTimerBefore = 150_000;

    private readonly ListPool<SequenceRange> _ranges = new(most: 1 << 21);

    /// <summary>What is compared of segments.</summary>
    private readonly struct Marks
    {
        internal required uint Signature { get; init; }
        internal required uint Stamp { get; init; }
        internal required uint Echo { get; init; }
        internal required bool HasStamp { get; init; }
        internal required bool HasSack { get; init; }
    }

    /// <summary>Judges a segment.</summary>
    /// <param name="forward">The direction it goes.</param>
    /// <param name="reverse">The other one.</param>
    /// <param name="segment">The segment: its length is known.</param>
    /// <param name="analysis">Where the verdict goes.</param>
    /// <returns>The segment's signature.</returns>
    internal uint Judge(ref Direction forward, ref Direction reverse, in TcpSegmentFacts segment, ref TcpAnalysis analysis)
    {
        Marks marks = Read(segment);
        ref Track track = ref forward.Track;
        if (IsPassedOn(track, reverse.Track, segment) || IsCopy(ref track, reverse, segment, marks))
        {
            analysis.Verdict = TcpVerdict.DuplicateCapture;
            return marks.Signature;
        }

        TcpFlags flags = segment.Segment.Flags;
        if (flags.HasFlag(TcpFlags.Syn))
            Greet(ref track, segment, marks);
        if (flags.HasFlag(TcpFlags.Ack))
            Acknowledge(ref reverse.Track, forward.Window, segment, marks);
        analysis.StampBefore = track.NewestStamp;
        analysis.EchoTime = TimeEcho(ref track, ref reverse.Track, segment.Nanoseconds, marks);
        uint octets = NumbersOf(segment);
        if (octets > 0 || !track.HasEdge)
            Take(ref forward, ref reverse, segment, marks, octets, ref analysis);
        if (analysis.Verdict != TcpVerdict.DuplicateCapture)
        {
            Settle(ref track, segment);
            Follow(ref track, segment.Identification);
        }

        return marks.Signature;
    }

    /// <summary>Forgets what a direction holds.</summary>
    /// <param name="track">The direction.</param>
    internal void Release(ref Track track)
    {
        _ranges.ReleaseAll(ref track.Holes);
        _ranges.ReleaseAll(ref track.Sacked);
    }

    /// <summary>Octets that did not pass, from a sequence number on.</summary>
    /// <param name="track">The direction.</param>
    /// <param name="from">The sequence number.</param>
    internal long HolesAfter(in Track track, uint from)
    {
        long octets = 0;
        for (int node = track.Holes; node != ListPool.Nothing; node = _ranges[node].Next)
        {
            ref readonly SequenceRange hole = ref _ranges[node];
            if (IsAfter(hole.Right, from))
                octets += hole.Right - (IsAfter(from, hole.Left) ? from : hole.Left);
        }

        return octets;
    }

    // Sequence numbers that a segment takes.
    private static uint NumbersOf(in TcpSegmentFacts segment)
    {
        TcpFlags flags = segment.Segment.Flags;
        return flags.HasFlag(TcpFlags.Rst) ? 0 : (uint)segment.Length + (uint)BitOperations.PopCount((uint)(flags & (TcpFlags.Syn | TcpFlags.Fin)));
    }

    /// <summary>Octets that did not pass and were acknowledged: they were sent, and not captured. What may have passed before the capture does not count.</summary>
    /// <param name="track">The direction.</param>
    internal long UncapturedOf(in Track track)
    {
        if (!track.HasEdge || !track.HasAcknowledged)
            return 0;
        long octets = IsAfter(track.Acknowledged, track.Edge + 1) ? track.Acknowledged - track.Edge : 0; // one more may be a FIN
        for (int node = track.Holes; node != ListPool.Nothing; node = _ranges[node].Next)
        {
            ref readonly SequenceRange hole = ref _ranges[node];
            if (!hole.IsBeforeCapture && IsAfter(track.Acknowledged, hole.Left))
                octets += (IsAfter(hole.Right, track.Acknowledged) ? track.Acknowledged : hole.Right) - hole.Left;
        }

        return octets;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Marks Read(in TcpSegmentFacts segment)
    {
        ReadOnlySpan<byte> options = segment.Segment.Options;
        TcpTimestamps? stamps = null;
        bool hasSack = false;
        if (segment.Segment.HasOnlyTimestamps)
        {
            stamps = new TcpTimestamps(BinaryPrimitives.ReadUInt32BigEndian(options[4..]), BinaryPrimitives.ReadUInt32BigEndian(options[8..]));
        }
        else if (!options.IsEmpty)
        {
            foreach (TcpOption option in segment.Segment.EnumerateOptions())
            {
                stamps ??= option.Timestamps;
                hasSack |= !option.SackBlocks.IsEmpty;
            }
        }

        uint stamp = stamps is { } found ? (uint)found.Value : 0;
        return new Marks
        {
            Signature = Sign(segment, stamp),
            Stamp = stamp,
            Echo = stamps is { } echoing ? (uint)echoing.EchoReply : 0,
            HasStamp = stamps is not null,
            HasSack = hasSack,
        };
    }

    // Equal for copies of one packet. The checksum stands for the options and the data.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Sign(in TcpSegmentFacts segment, uint stamp)
    {
        const uint Odd = 0x9E3779B1; // 2^32 over the golden ratio
        TcpSegment header = segment.Segment;
        uint sign = header.SequenceNumber * Odd;
        sign = (BitOperations.RotateLeft(sign, 13) ^ header.AcknowledgmentNumber) * Odd;
        sign = (BitOperations.RotateLeft(sign, 13) ^ ((uint)header.Flags << 16) ^ header.Window) * Odd;
        sign = (BitOperations.RotateLeft(sign, 13) ^ ((uint)header.Checksum << 16) ^ segment.Identification) * Odd;
        sign = (BitOperations.RotateLeft(sign, 13) ^ stamp ^ (uint)segment.Length) * Odd;
        return sign ^ (sign >> 15);
    }

    // What came into the machine that captures is no news where it leaves it: a router lowers the time to live, a bridge does
    // not. Cards put segments together and cut them again in between, so that the copies need not be alike.
    private bool IsPassedOn(in Track track, in Track reverse, in TcpSegmentFacts segment)
    {
        TcpSegment header = segment.Segment;
        bool isForwarded = segment.Place.Way == CaptureWay.Out && track.Way == CaptureWay.In && track.TimeToLive - segment.TimeToLive is 0 or 1;
        if (!isForwarded || header.Flags.HasFlag(TcpFlags.Rst) || !track.HasEdge)
            return false; // a machine may well reset in the name of others
        uint end = header.SequenceNumber + NumbersOf(segment);
        if (IsAfter(end, track.Edge) || Lacks(track, header.SequenceNumber, end))
            return false;
        return !header.Flags.HasFlag(TcpFlags.Ack) || (reverse.HasAcknowledged && !IsAfter(header.AcknowledgmentNumber, reverse.Acknowledged));
    }

    // Whether something of a range did not pass.
    private bool Lacks(in Track track, uint sequence, uint end)
    {
        for (int node = track.Holes; node != ListPool.Nothing; node = _ranges[node].Next)
        {
            if (IsAfter(_ranges[node].Right, sequence) && IsAfter(end, _ranges[node].Left))
                return true;
        }

        return false;
    }

    private static void Settle(ref Track track, in TcpSegmentFacts segment)
    {
        if (track.Way == CaptureWay.In && segment.Place.Way == CaptureWay.Out)
            return;
        track.Interface = segment.Place.Interface;
        track.Way = segment.Place.Way;
        track.TimeToLive = segment.TimeToLive;
    }

    // Whoever sends a packet again gives it a new identification.
    private static bool IsCopy(ref Track track, in Direction reverse, in TcpSegmentFacts segment, in Marks marks)
    {
        uint now = (uint)(segment.Nanoseconds / 1000);
        for (int copy = 0; copy < Track.Copies; copy++)
        {
            if (track.Signatures[copy] != marks.Signature)
                continue;
            uint elapsed = now - track.SignedAt[copy];
            if (segment.Identification != 0 && elapsed <= CopyWithin)
                return true;
            bool couldBeAskedFor = (uint)(reverse.LastTime / 1000) - track.SignedAt[copy] <= elapsed;
            if (IsUnnamedCopy(track, reverse.Track, segment, elapsed, couldBeAskedFor))
                return true;
        }

        track.Signatures[track.NextCopy] = marks.Signature;
        track.SignedAt[track.NextCopy] = now;
        track.NextCopy = (byte)((track.NextCopy + 1) % Track.Copies);
        return false;
    }

    // Without an identification, a copy comes before anything could have asked for it, or to another place. Pure
    // acknowledgments may well be alike at one place.
    private static bool IsUnnamedCopy(in Track track, in Track reverse, in TcpSegmentFacts segment, long age, bool couldBeAskedFor)
    {
        bool isElsewhere = track.TimeToLive - segment.TimeToLive == 1 || track.Interface != segment.Place.Interface;
        if (NumbersOf(segment) == 0)
            return isElsewhere && age <= CopyWithin;
        if (!couldBeAskedFor && age <= (isElsewhere ? CopyWithin : UnnamedCopyWithin))
            return true;
        return age < (track.RoundTrip.Shortest + (long)reverse.RoundTrip.Shortest) * 7 / 8 && (isElsewhere || !WasAskedFor(track));
    }

    private static bool WasAskedFor(in Track track) => track.Duplicates > 0 || track.SackedCount > 0 || track.IsRecovering;

    private void Greet(ref Track track, in TcpSegmentFacts segment, in Marks marks)
    {
        if (track.HasEdge && !IsAfter(track.Edge, segment.Segment.SequenceNumber))
        {
            Release(ref track);
            track.HasEdge = false;
        }

        track.NewestStamp = 0;
        track.PermitsSack = segment.Segment.SackPermitted;
        track.ProbesTails = track.PermitsSack && marks.HasStamp && segment.Segment.Window >= LargeWindow;
    }

    // What a segment says of the data of the other direction.
    private void Acknowledge(ref Track track, uint windowBefore, in TcpSegmentFacts segment, in Marks marks)
    {
        uint ack = segment.Segment.AcknowledgmentNumber;
        if (track.HasEdge && IsAfter(ack, track.Edge) && ack - track.Edge > FarAhead)
            return;
        bool hasNews = marks.HasSack && TakeSack(ref track, ack, segment.Segment);
        if (!track.HasAcknowledged || IsAfter(ack, track.Acknowledged))
        {
            track.HasAcknowledged = true;
            Advance(ref track, ack, segment.Nanoseconds);
            return;
        }

        bool isPure = segment.Length == 0 && (segment.Segment.Flags & (TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Rst)) == 0;
        bool isOutstanding = track.HasEdge && IsAfter(track.Edge, ack);
        bool repeats = isPure && isOutstanding && ack == track.Acknowledged && !marks.HasSack && segment.Segment.Window == windowBefore;
        if (!repeats && !hasNews)
            return;
        track.AcknowledgedAt = segment.Nanoseconds;
        if (track.Duplicates < byte.MaxValue)
            track.Duplicates++;
    }

    private void Advance(ref Track track, uint ack, long now)
    {
        track.Acknowledged = ack;
        track.AcknowledgedAt = now;
        track.Duplicates = 0;
        track.HasRetried = false;
        if (track.IsTiming && !IsAfter(track.TimedEnd, ack))
        {
            track.RoundTrip.Add(now - track.TimedAt);
            track.IsTiming = false;
        }

        track.IsRecovering &= IsAfter(track.RecoveryEnd, ack);
        if (track.SackedCount > 0)
            track.SackedCount = (byte)RemoveBefore(ref track.Sacked, ack);
    }

    // Takes those out of a list that lie before a number, and counts those that remain.
    private int RemoveBefore(ref int head, uint limit)
    {
        int count = 0;
        int previous = ListPool.Nothing;
        for (int node = head; node != ListPool.Nothing;)
        {
            if (!IsAfter(_ranges[node].Right, limit))
            {
                node = _ranges.Remove(ref head, previous, node);
                continue;
            }

            count++;
            previous = node;
            node = _ranges[node].Next;
        }

        return count;
    }

    // Whether something arrived of which that was not known. A first block at or before the acknowledgment, or within the
    // second one, tells of a duplicate (RFC 2883, section 4).
    private bool TakeSack(ref Track track, uint ack, in TcpSegment segment)
    {
        bool hasNews = false;
        ReadOnlySpan<SackBlock> blocks = segment.SackBlocks;
        for (int index = 0; index < blocks.Length; index++)
        {
            uint left = blocks[index].Left;
            uint right = blocks[index].Right;
            bool isDuplicate = index == 0 && blocks.Length > 1 && !IsAfter((uint)blocks[1].Left, left) && !IsAfter(right, (uint)blocks[1].Right);
            bool isSound = IsAfter(right, left) && IsAfter(left, ack) && right - ack <= FarAhead * 8;
            if (!isDuplicate && isSound)
                hasNews |= AddSacked(ref track, left, right);
        }

        return hasNews;
    }

    private bool AddSacked(ref Track track, uint left, uint right)
    {
        if (IsSacked(track, left, right))
            return false;
        int previous = ListPool.Nothing;
        for (int node = track.Sacked; node != ListPool.Nothing;)
        {
            ref SequenceRange range = ref _ranges[node];
            if (IsAfter(range.Left, right) || IsAfter(left, range.Right))
            {
                previous = node;
                node = range.Next;
                continue;
            }

            left = IsAfter(left, range.Left) ? range.Left : left;
            right = IsAfter(range.Right, right) ? range.Right : right;
            node = _ranges.Remove(ref track.Sacked, previous, node);
            track.SackedCount--;
        }

        if (track.SackedCount == 0 || IsAfter(right, track.SackedEdge))
            track.SackedEdge = right;
        if (track.SackedCount == Track.MostSacked || _ranges.IsFull)
            return true;
        _ranges.Push(ref track.Sacked, new SequenceRange { Left = left, Right = right });
        track.SackedCount++;
        return true;
    }

    private bool IsSacked(in Track track, uint left, uint right)
    {
        for (int node = track.Sacked; node != ListPool.Nothing; node = _ranges[node].Next)
        {
            if (!IsAfter(_ranges[node].Left, left) && !IsAfter(right, _ranges[node].Right))
                return true;
        }

        return false;
    }

    // The first segment that echoes a timestamp bounds the way to its sender and back.
    private static long TimeEcho(ref Track track, ref Track reverse, long now, in Marks marks)
    {
        long echoTime = 0;
        if (!marks.HasStamp)
            return echoTime;
        if (reverse.AwaitsEcho && marks.Echo != 0 && !IsAfter(reverse.Echo, marks.Echo))
        {
            echoTime = now - reverse.EchoAt;
            reverse.RoundTrip.AddBound(echoTime);
            reverse.AwaitsEcho = false;
        }

        // An earlier segment of the same tick, or a later one that overtook it, may be echoed already.
        if (track.NewestStamp != 0 && !IsAfter(marks.Stamp, track.NewestStamp))
            return echoTime;
        track.NewestStamp = marks.Stamp;
        if (track.AwaitsEcho)
            return echoTime;
        track.AwaitsEcho = true;
        track.Echo = marks.Stamp;
        track.EchoAt = now;
        return echoTime;
    }

    // Many stacks count their packets.
    private static void Follow(ref Track track, ushort identification)
    {
        const int LargeStep = 64; // a super-segment takes as many as the packets that the card makes of it
        const byte SureEnough = 16;
        const byte MostLate = 32; // in a row: more are a count that began anew
        if (identification == 0)
            return;
        int step = (short)(identification - track.Identification);
        if (step is < 0 and > -FarOff && track.Late < MostLate)
        {
            track.Late++;
            return;
        }

        track.Late = 0;
        track.Ordered = step is > 0 and <= LargeStep ? (byte)Math.Min(SureEnough, track.Ordered + 1) : (byte)0;
        track.Identification = identification;
    }

    private void Take(ref Direction forward, ref Direction reverse, in TcpSegmentFacts segment, in Marks marks, uint octets, ref TcpAnalysis analysis)
    {
        ref Track track = ref forward.Track;
        uint sequence = segment.Segment.SequenceNumber;
        uint end = sequence + octets;
        if (!track.HasEdge)
        {
            track.HasEdge = true;
            track.Edge = sequence;
            track.SweepAt = sequence + (FarBehind / 2);
            if (!segment.Segment.Flags.HasFlag(TcpFlags.Syn))
                AddHole(ref track, sequence - BeforeCapture, segment, marks, isBeforeCapture: true);
        }

        if (IsAfter(track.Edge, sequence))
        {
            JudgeBehind(ref forward, ref reverse, segment, marks, end, ref analysis);
            return;
        }

        if (octets == 0 || (octets == 1 && segment.Length == 1 && reverse.Window == 0)) // a probe of a closed window: not taken
            return;
        analysis.NewNumbers = octets;
        if (sequence != track.Edge)
        {
            uint edge = track.Edge;
            track.Edge = sequence;
            AddHole(ref track, edge, segment, marks, isBeforeCapture: false);
        }

        track.Edge = end;
        if (!track.IsTiming)
        {
            track.IsTiming = true;
            track.TimedEnd = end;
            track.TimedAt = segment.Nanoseconds;
        }

        if (track.HoleCount > 0 && IsAfter(end, track.SweepAt))
        {
            track.HoleCount = (byte)RemoveBefore(ref track.Holes, end - FarBehind);
            track.HasForgotten &= end - track.Forgotten < FarBehind;
        }

        if (IsAfter(end, track.SweepAt))
            track.SweepAt = end + (FarBehind / 2);
    }

    // From a number to the edge.
    private void AddHole(ref Track track, uint left, in TcpSegmentFacts segment, in Marks marks, bool isBeforeCapture)
    {
        if (track.HoleCount == Track.MostHoles || _ranges.IsFull)
            ForgetHole(ref track);
        if (_ranges.IsFull)
            return;
        track.HoleCount++;
        _ranges.Push(ref track.Holes, new SequenceRange
        {
            Time = segment.Nanoseconds,
            Left = left,
            Right = track.Edge,
            Stamp = marks.Stamp,
            HasStamp = marks.HasStamp,
            Identification = segment.Identification,
            IsBeforeCapture = isBeforeCapture,
        });
    }

    private void ForgetHole(ref Track track)
    {
        int previous = ListPool.Nothing;
        int last = track.Holes;
        if (last == ListPool.Nothing)
            return;
        for (; _ranges[last].Next != ListPool.Nothing; last = _ranges[last].Next)
            previous = last;
        track.HasForgotten = true;
        track.Forgotten = _ranges[last].Right;
        _ranges.Remove(ref track.Holes, previous, last);
        track.HoleCount--;
    }

    private void JudgeBehind(ref Direction forward, ref Direction reverse, in TcpSegmentFacts segment, in Marks marks, uint end, ref TcpAnalysis analysis)
    {
        ref Track track = ref forward.Track;
        uint sequence = segment.Segment.SequenceNumber;
        bool isControl = (segment.Segment.Flags & (TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Rst)) != 0;
        bool wasTaken = track.HasAcknowledged && IsAfter(track.Acknowledged, sequence);
        if (end == sequence || (segment.Length == 1 && !isControl && sequence == track.Edge - 1 && (wasTaken || reverse.Window == 0)))
            return; // a keep-alive, or a probe
        uint unseen = Fill(ref track, sequence, end, out SequenceRange hole);
        analysis.NewNumbers = unseen + (IsAfter(end, track.Edge) ? end - track.Edge : 0);
        if (unseen == end - sequence && WasOvertaken(track, reverse.Track, segment, marks, hole))
        {
            analysis.Verdict = TcpVerdict.Reordering;
            return;
        }

        long last = unseen > 0 ? hole.Time : forward.NextSequenceTime;
        bool isAlike = LastSent(forward.Unacked, sequence, end, marks.Signature, ref last);
        // A copy comes late where many are passed on at once. Whoever counts its packets gives what it sends again the next number.
        bool isElsewhere = track.Interface != segment.Place.Interface;
        bool isPassedOn = unseen == 0 && (isElsewhere || track.TimeToLive - segment.TimeToLive == 1) && segment.Identification != 0 && track.Ordered >= Counted && (short)(segment.Identification - track.Identification) is <= 0 and > -FarOff;
        // Cards, and tunnels that have one, put segments together and cut them: at another interface, copies need not be alike.
        bool mayBeCopy = isAlike || (isElsewhere && unseen == 0);
        isPassedOn |= isElsewhere && unseen == 0 && marks.HasStamp && analysis.StampBefore != 0 && !IsAfter(marks.Stamp, analysis.StampBefore); // what is sent again is stamped anew
        if (isPassedOn || (isAlike && segment.Identification != 0) || (mayBeCopy && IsUnnamedCopy(track, reverse.Track, segment, (segment.Nanoseconds - last) / 1000, reverse.LastTime >= last)))
        {
            analysis.Verdict = TcpVerdict.DuplicateCapture;
            return;
        }

        // This was sent before what passed it over, and so before what came in its place.
        if (unseen == 0 && marks.HasStamp && track.ReplacedStamp != 0 && IsAfter(track.RecoveryEnd, sequence) && !IsAfter(marks.Stamp, track.ReplacedStamp) && IsAfter(track.NewestStamp, marks.Stamp))
        {
            analysis.Verdict = TcpVerdict.Reordering;
            analysis.IsLateOriginal = true;
            return;
        }

        analysis.RepairTime = segment.Nanoseconds - last;
        analysis.Verdict = Explain(track, reverse.Track, segment, sequence, end, last);
        analysis.LossSide = SideOf(track, analysis.Verdict, sequence, unseen, hole);
        Recover(ref track, analysis.Verdict, sequence, end);
        if (analysis.LossSide == TcpLossSide.Upstream && hole.HasStamp)
            track.ReplacedStamp = hole.Stamp;
    }

    private static TcpLossSide SideOf(in Track track, TcpVerdict verdict, uint sequence, uint unseen, in SequenceRange hole)
    {
        if (verdict == TcpVerdict.RetransmissionSpurious)
            return TcpLossSide.None;
        if (unseen > 0)
            return hole.IsBeforeCapture ? TcpLossSide.None : TcpLossSide.Upstream;
        return track.HasForgotten && IsAfter(track.Forgotten, sequence) ? TcpLossSide.None : TcpLossSide.Downstream;
    }

    private static void Recover(ref Track track, TcpVerdict verdict, uint sequence, uint end)
    {
        track.IsTiming = false; // whose acknowledgment comes now cannot be told (RFC 6298, section 3)
        track.HasRetried = true;
        if (IsAfter(end, track.Edge))
            track.Edge = end;
        bool begins = !track.IsRecovering && verdict is (TcpVerdict.RetransmissionFast or TcpVerdict.RetransmissionSack or TcpVerdict.RetransmissionTimeout);
        bool changes = track.Recovery != verdict && (verdict == TcpVerdict.RetransmissionTimeout || (verdict == TcpVerdict.RetransmissionSack && track.Recovery == TcpVerdict.RetransmissionTimeout));
        bool goesOn = track.IsRecovering && verdict == track.Recovery && !IsAfter(track.RecoveryEnd, sequence); // what was sent in it is lost, too
        if (!begins && !changes && !goesOn)
            return;
        track.IsRecovering = true;
        track.Recovery = verdict;
        track.RecoveryEnd = track.Edge;
    }

    // How much of a segment did not pass before, and the highest hole that it fills.
    private uint Fill(ref Track track, uint sequence, uint end, out SequenceRange hole)
    {
        hole = default;
        uint unseen = 0;
        int previous = ListPool.Nothing;
        for (int node = track.Holes; node != ListPool.Nothing;)
        {
            ref SequenceRange range = ref _ranges[node];
            if (!IsAfter(range.Right, sequence))
                break; // and so do all that follow
            if (!IsAfter(end, range.Left))
            {
                previous = node;
                node = range.Next;
                continue;
            }

            if (unseen == 0)
                hole = range;
            uint left = IsAfter(sequence, range.Left) ? sequence : range.Left;
            uint right = IsAfter(range.Right, end) ? end : range.Right;
            unseen += right - left;
            node = Cut(ref track, ref previous, node, left, right);
        }

        return unseen;
    }

    // Takes a part out of a hole; what remains above and below are holes.
    private int Cut(ref Track track, ref int previous, int node, uint left, uint right)
    {
        SequenceRange range = _ranges[node];
        bool hasLower = range.Left != left;
        if (range.Right != right)
        {
            _ranges[node].Left = right;
            previous = node;
            if (!hasLower)
                return range.Next;
            if (track.HoleCount == Track.MostHoles || _ranges.IsFull)
            {
                track.HasForgotten = true;
                track.Forgotten = left;
                return range.Next;
            }

            int rest = range.Next;
            _ranges.Push(ref rest, range with { Right = left });
            _ranges[node].Next = rest;
            track.HoleCount++;
            previous = rest;
            return range.Next;
        }

        if (hasLower)
        {
            _ranges[node].Right = left;
            previous = node;
            return range.Next;
        }

        track.HoleCount--;
        return _ranges.Remove(ref track.Holes, previous, node);
    }

    // Whether what fills a hole was sent before what left it.
    private static bool WasOvertaken(in Track track, in Track reverse, in TcpSegmentFacts segment, in Marks marks, in SequenceRange hole)
    {
        if (marks.HasStamp && hole.HasStamp && marks.Stamp != hole.Stamp)
            return IsAfter(hole.Stamp, marks.Stamp);
        if (marks.HasStamp && hole.HasStamp && IsAfter(track.NewestStamp, marks.Stamp))
            return true; // of one tick with what left the hole, and later ticks have passed: nobody repairs so soon
        int step = (short)(segment.Identification - hole.Identification);
        if (track.Ordered >= Counted && segment.Identification != 0 && hole.Identification != 0 && step is not 0 and > -FarOff and < FarOff)
            return step < 0;

        long age = (segment.Nanoseconds - hole.Time) / 1000;
        long roundTrip = track.RoundTrip.IsKnown || reverse.RoundTrip.IsKnown ? track.RoundTrip.Shortest + (long)reverse.RoundTrip.Shortest : ReorderingWithin;
        // How long something lacked that the receiver asked for before anything was captured, nobody knows.
        if (age < roundTrip * 7 / 8 && !(hole.IsBeforeCapture && WasAskedFor(track)))
            return true;
        bool wasAskedFor = WasAskedFor(track) || (track.Recovery != TcpVerdict.None && track.Acknowledged == segment.Segment.SequenceNumber);
        return track.HasAcknowledged && !wasAskedFor && !hole.IsBeforeCapture && age < NoTimerBefore;
    }

    // When something of a range was sent last, and whether exactly this packet was.
    private bool LastSent(int newest, uint sequence, uint end, uint signature, ref long time)
    {
        int node = newest;
        for (int steps = 0; node != ListPool.Nothing && steps < MostSteps; steps++)
        {
            ref readonly SentSegment before = ref sent[node];
            if (IsAfter(before.End, sequence) && IsAfter(end, before.Sequence))
            {
                time = before.Time;
                return before.Sequence == sequence && before.Signature == signature;
            }

            node = before.Next;
        }

        return false;
    }

    private TcpVerdict Explain(in Track track, in Track reverse, in TcpSegmentFacts segment, uint sequence, uint end, long last)
    {
        bool wasTaken = track.HasAcknowledged && !IsAfter(end, track.Acknowledged);
        if (wasTaken || IsSacked(track, sequence, end))
            return TcpVerdict.RetransmissionSpurious;
        // Behind a timeout all is sent again before anything new: where new data arrived, the timeout was undone (RFC 5682, RFC 3522).
        bool isUndone = track.SackedCount > 0 && IsAfter(track.SackedEdge, track.RecoveryEnd);
        if (segment.Segment.Flags.HasFlag(TcpFlags.Syn) || (track.IsRecovering && track.Recovery == TcpVerdict.RetransmissionTimeout && !isUndone))
            return TcpVerdict.RetransmissionTimeout;

        long age = (segment.Nanoseconds - last) / 1000;
        long shortest = track.RoundTrip.Shortest + (long)reverse.RoundTrip.Shortest;
        long smoothed = track.RoundTrip.Smoothed + (long)reverse.RoundTrip.Shortest;
        if (!track.HasAcknowledged)
            return age >= smoothed + NoTimerBefore ? TcpVerdict.RetransmissionTimeout : TcpVerdict.RetransmissionUnknown;

        // What an acknowledgment asks for comes a way to the sender and back after it; RACK may wait for a quarter of the round trip.
        long silence = (segment.Nanoseconds - track.AcknowledgedAt) / 1000;
        bool isAnswer = silence <= (reverse.RoundTrip.Shortest * 5L / 4) + (shortest / 4) + Patience;
        bool isFirst = !IsAfter(sequence, track.Acknowledged);
        if (isFirst && !isAnswer && age >= (smoothed * 3 / 4) + (LeastTimeout * 7 / 8))
            return IsProbe(track, reverse, sequence, end, age, smoothed) ? TcpVerdict.TailLossProbe : TcpVerdict.RetransmissionTimeout;
        if (track.SackedCount > 0 && IsAfter(track.SackedEdge, end))
            return TcpVerdict.RetransmissionSack;
        if (track.Duplicates > 0)
            return TcpVerdict.RetransmissionFast;
        // No timer runs out that soon after an acknowledgment of new data: it was a partial one, of a recovery that reaches
        // farther than what passed here.
        if (track.IsRecovering || (isFirst && isAnswer && track.Recovery != TcpVerdict.None))
            return track.Recovery;
        if (IsProbe(track, reverse, sequence, end, age, smoothed))
            return TcpVerdict.TailLossProbe;
        // A timer sends the first of what is not acknowledged, and not at once after an acknowledgment: that told of it (RACK, RFC 8985).
        if (track.SackedCount > 0 && (!isFirst || isAnswer))
            return isAnswer ? TcpVerdict.RetransmissionSack : TcpVerdict.RetransmissionUnknown;
        return age >= shortest ? TcpVerdict.RetransmissionTimeout : TcpVerdict.RetransmissionUnknown;
    }

    // Where the last segment is the only one, its probe looks like a timeout: only stacks that probe are believed to.
    private static bool IsProbe(in Track track, in Track reverse, uint sequence, uint end, long age, long smoothed)
    {
        bool isTail = end == track.Edge && track.SackedCount == 0 && track.Duplicates == 0 && !track.IsRecovering && !track.HasRetried;
        if (!isTail || !track.PermitsSack || !reverse.PermitsSack || age < smoothed)
            return false;
        return IsAfter(sequence, track.Acknowledged) || (track.ProbesTails && age <= (smoothed * 2) + LeastTimeout + (Patience * 3));
    }
}

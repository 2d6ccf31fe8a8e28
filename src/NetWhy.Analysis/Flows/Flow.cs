using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NetWhy.Analysis.Tcp;
using NetWhy.Linux;

namespace NetWhy.Analysis.Flows;

/// <summary>What is counted of one direction of a conversation, beside what <see cref="Direction"/> follows. Times are nanoseconds; 0 is none.</summary>
/// <remarks>
/// It takes six cache lines, and of a packet few of them are asked for. The first line is what any packet of the direction
/// changes, the next two what its data and their acknowledgments change; then there is one for the latter, and one for segments
/// with data. What is left in that one and in the last one is for the handshake, the end, and trouble. What has references is
/// elsewhere, since the runtime would put the fields into an order of its own.
/// </remarks>
internal struct FlowDirection
{
    internal const sbyte NoScale = -1;
    internal const int Lines = 6;
    internal const int PacketLine = 0;
    internal const int SentLine = 1, SentLines = 2;
    internal const int RoundTripLine = 3;
    internal const int BurstLine = 4;

    // Any packet.
    internal long LastTime;
    internal long ClosedSince; // when the receiver of the other side's data closed its window
    internal uint Packets;
    internal uint Highest; // sequence number behind all that is known to have been sent; while nothing of it passed, what was acknowledged first
    internal uint SmallestWindow;
    internal uint NarrowedWindow; // the smallest since the largest
    internal uint LargestWindow;
    internal int Trouble; // what is wrong in it, in a pool
    internal ushort TimeToLiveVotes;
    internal ushort Identification; // of its last packet
    internal ushort OddSteps; // between identifications: not the next number
    internal ushort SegmentSize; // 0: not offered
    internal ushort Syns;
    internal ushort SynIdentification; // of its first SYN
    internal ushort KeepAlives;
    internal byte TimeToLive; // the majority's (Boyer and Moore)
    internal sbyte WindowScale;
    internal bool HasHighest;
    internal bool HasOffer;
    internal bool PermitsSack;
    internal bool HasTimestamps;
    internal bool FinLeavesOpen; // what the other side had sent, its FIN does not acknowledge all of it
    internal bool HasJustAnswered; // its last data is an answer that was late, and nothing followed yet
    internal bool HasOpened; // its window, after it was closed
    internal bool MayBeEnded; // an end would be an answer to that: the other side has said nothing since but, perhaps, a farewell

    // Data, and acknowledgments of it.
    internal long Octets;
    internal long LastDataTime;
    internal long LastAckTime; // of the other side's last acknowledgment of new data
    internal long EmptiedAt; // when everything sent was acknowledged
    internal long WaitsSince; // when the first outstanding segment began to be the first
    internal long FilledAt; // when the receiver's window was filled
    internal long RepairSince;
    internal long UniqueOctets;
    internal long Idle;
    internal long QuietBefore; // what is outstanding
    internal uint Acknowledged; // sequence number that was told of last
    internal int RepeatsInRow; // of what begins at the number that was sent again last
    internal int LargestSegment;
    internal int LargestLately; // since what did not pass was cut into pieces
    internal int LargestAcknowledged;
    internal int LastSegment; // payload of the last segment with any
    internal uint MostInFlight;
    internal uint Pauses; // between data, of a good part of a round trip
    internal uint FirstDataPacket;
    internal uint FinPacket;
    internal ushort Turns; // answers to data of the other side
    internal bool IsWaiting; // for acknowledgments
    internal bool WasEmptiedPurely; // by an acknowledgment without data
    internal bool AreAnswersCut; // options of acknowledgments, where SACK would be, were not captured
    internal bool LooksForDamage;
    internal bool HasSentBefore; // what was sent in a silence, as others that came or are missing tell

    // Acknowledgments of data.
    internal TimeSketch RoundTrips;

    // Data.
    internal Bursts Bursts;
    internal long FirstDataTime;

    // What is seldom.
    internal long ApplicationWaits;
    internal long BurstBegan; // when what comes without a pause did
    internal long WindowLimited;
    internal long LossLimited;
    internal long FirstSynTime;
    internal long LastSynTime;
    internal long FinTime;
    internal uint OpeningRoundTrip; // microseconds from its SYN to the acknowledgment; 0 if that was not seen, or the SYN was repeated
    internal uint CongestionMarks;
    internal uint RepairEnd; // sequence number behind what was sent again
    internal uint NagleTime; // microseconds
    internal uint BurstEdge; // the end of the receiver's window when what comes without a pause began
    internal ushort SynWindow;
    internal ushort NagleCount;

    internal void Begin()
    {
        this = default;
        SmallestWindow = uint.MaxValue;
        WindowScale = NoScale;
    }
}

/// <summary>Who opened a conversation.</summary>
internal enum FlowOpener : byte
{
    /// <summary>Not captured.</summary>
    Unknown,

    /// <summary>Who sent its first packet.</summary>
    First,

    /// <summary>The other end.</summary>
    Second,
}

/// <summary>What is counted of a conversation, beside what <see cref="Conversation"/> follows: a line for both directions, then each of them.</summary>
/// <remarks>
/// Whoever takes the place of a field has the processor read where the conversation begins, to see that there is one. So that
/// is the line which each packet needs.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = Lines * CacheLines.Size)]
internal struct Flow
{
    internal const int FirstLine = 1;
    internal const int SecondLine = FirstLine + FlowDirection.Lines;
    internal const int Lines = SecondLine + FlowDirection.Lines;

    [FieldOffset(0)]
    internal long LastTime;

    [FieldOffset(8)]
    internal long ServerRoundTrip;

    [FieldOffset(16)]
    internal uint BeginsAt; // the packet that it is numbered by

    [FieldOffset(20)]
    internal uint FirstPacket;

    [FieldOffset(24)]
    internal uint LastPacket;

    [FieldOffset(28)]
    internal FlowOpener Opener;

    [FieldOffset(29)]
    internal bool HasData;

    [FieldOffset(30)]
    internal bool WasDataFromFirst; // the last segment with data

    [FieldOffset(31)]
    internal bool HasExtras;

    [FieldOffset(32)]
    internal StreamKind StreamKind;

    [FieldOffset(FirstLine * CacheLines.Size)]
    internal FlowDirection First; // of the segment that began it

    [FieldOffset(SecondLine * CacheLines.Size)]
    internal FlowDirection Second;
}

/// <summary>Objects that some conversations have.</summary>
internal struct FlowObjects
{
    internal FlowExtras? Extras;
    internal uint[]? FirstRoundTrips; // counts of them, where there are many
    internal uint[]? SecondRoundTrips;
}

/// <summary>What is wrong in a direction. It is small, since in a bad network there are many.</summary>
internal struct FlowTrouble
{
    private const int MostPackets = 16;
    private const int FewPackets = 4;

    private FewNumbers _packets; // the first of them
    private uint[]? _morePackets;
    private RareTrouble? _rare;
    private LateAnswers? _late;
    private byte _packetCount;

    /// <summary>Segments that were sent again before anything of its data was acknowledged, as far as they are counted.</summary>
    internal byte RepeatedFirst;

    /// <summary>Flags of Wireshark's analysis by their bit, and behind them verdicts by their number.</summary>
    private SmallCounts _counts;

    /// <summary>Silences that new data ended.</summary>
    internal SenderWaits Waits;

    /// <summary>Packets that prove trouble.</summary>
    internal readonly IReadOnlyList<long> Packets
    {
        get
        {
            if (_packetCount == 0)
                return [];
            long[] packets = new long[_packetCount];
            for (int index = 0; index < packets.Length; index++)
                packets[index] = PacketAt(index);
            return packets;
        }
    }

    /// <summary>What few of them have; null if this has nothing of it.</summary>
    internal readonly RareTrouble? Rare => _rare;

    /// <summary>What came late of whom the other side had asked; null if nothing did.</summary>
    internal readonly LateAnswers? Late => _late;

    /// <summary>What is sent again, until that is acknowledged.</summary>
    internal Resending? Resending { get; set; }

    /// <summary>When a segment without data told of data before it that had not come.</summary>
    internal long AnnouncedAt { get; set; }

    internal uint AnnouncedBy { get; set; }

    /// <summary>Seen near the receiver: pauses in which the sender had used all of its window.</summary>
    internal long FilledPauses { get; set; }

    internal int LostUpstream { get; set; }

    internal int LostDownstream { get; set; }

    internal long LongestRepair { get; set; }

    internal int MostRepeatsInRow { get; set; }

    internal int RepeatedLength { get; set; }

    /// <summary>Sequence number that was sent again last.</summary>
    internal uint RepeatedSequence { get; set; }

    /// <summary>Payload of what is sent again in a row.</summary>
    internal int RowLength { get; set; }

    /// <summary>When that was done first.</summary>
    internal long RowBegan { get; set; }

    /// <summary>How often Wireshark's analysis gave a flag.</summary>
    /// <param name="flag">The flag's bit.</param>
    internal readonly uint FlagCount(int flag) => _counts[flag];

    /// <summary>How often there was a verdict.</summary>
    /// <param name="verdict">The verdict.</param>
    internal readonly int Count(TcpVerdict verdict) => (int)_counts[SmallCounts.Flags + (int)verdict];

    /// <summary>Counts a flag of Wireshark's analysis.</summary>
    /// <param name="flag">The flag's bit.</param>
    internal void RaiseFlag(int flag) => _counts.Raise(flag);

    /// <summary>Counts a verdict.</summary>
    /// <param name="verdict">The verdict.</param>
    internal void Raise(TcpVerdict verdict) => _counts.Raise(SmallCounts.Flags + (int)verdict);

    /// <summary>What few of them have, which is made at the first of it.</summary>
    internal RareTrouble MakeRare() => _rare ??= new RareTrouble();

    /// <summary>What came late, which is made at the first of it.</summary>
    internal LateAnswers MakeLate() => _late ??= new LateAnswers();

    /// <summary>Notes a packet that proves trouble.</summary>
    /// <param name="packet">The packet.</param>
    internal void Note(uint packet)
    {
        if (_packetCount == MostPackets || (_packetCount > 0 && PacketAt(_packetCount - 1) == packet))
            return;
        if (_packetCount < FewPackets)
            _packets[_packetCount] = packet;
        else
            (_morePackets ??= new uint[MostPackets - FewPackets])[_packetCount - FewPackets] = packet;
        _packetCount++;
    }

    private readonly uint PacketAt(int index) => index < FewPackets ? _packets[index] : _morePackets![index - FewPackets];

    [InlineArray(FewPackets)]
    private struct FewNumbers
    {
        private uint _first;
    }
}

/// <summary>Counts most of which stay small: an octet for each, until one of them needs more.</summary>
internal struct SmallCounts
{
    internal const int Flags = 15;
    private const int All = Flags + (int)TcpVerdict.DuplicateCapture + 1;

    private uint[]? _large;
    private Octets _small;

    /// <summary>A count.</summary>
    /// <param name="index">Which one.</param>
    internal readonly uint this[int index] => _large is null ? _small[index] : _large[index];

    /// <summary>Counts one more.</summary>
    /// <param name="index">Of what.</param>
    internal void Raise(int index)
    {
        if (_large is null && _small[index] == byte.MaxValue)
            Spread();
        if (_large is null)
            _small[index]++;
        else
            _large[index]++;
    }

    private void Spread()
    {
        uint[] large = new uint[All];
        for (int index = 0; index < All; index++)
            large[index] = _small[index];
        _large = large;
    }

    [InlineArray(All)]
    private struct Octets
    {
        private byte _first;
    }
}

/// <summary>Answers that began late after what they answer.</summary>
internal sealed class LateAnswers
{
    internal int Count { get; private set; }

    /// <summary>How long they took in all, in nanoseconds.</summary>
    internal long Time { get; private set; }

    internal long Longest { get; private set; }

    internal uint LongestPacket { get; private set; }

    /// <summary>Those at which the other side went on, or ended, at once.</summary>
    internal int Awaited { get; set; }

    /// <summary>Those that seem to end a conversation.</summary>
    internal int AwaitedByEnd { get; set; }

    /// <summary>Notes an answer that began late.</summary>
    /// <param name="packet">Its first packet.</param>
    /// <param name="wait">How long after what it answers had been acknowledged.</param>
    internal void Note(uint packet, long wait)
    {
        Count++;
        Time += wait;
        if (wait <= Longest)
            return;
        Longest = wait;
        LongestPacket = packet;
    }
}

/// <summary>What is wrong in few of the directions in which something is.</summary>
internal sealed class RareTrouble
{
    /// <summary>Segments that the receiver says it got twice.</summary>
    internal int ReportedTwice { get; set; }

    /// <summary>Segments that were sent again and acknowledged before that can have arrived.</summary>
    internal int AcknowledgedTooSoon { get; set; }

    /// <summary>Segments that were sent again behind one that was lost, and nothing tells that they were.</summary>
    internal int ResentAlong { get; set; }

    /// <summary>Times in which nothing was acknowledged, and nothing was lost.</summary>
    internal int Stalls { get; set; }

    internal long StallTime { get; set; }

    internal long LongestStall { get; set; }

    internal uint LongestStallPacket { get; set; }

    /// <summary>Segments that were sent again in the longest one.</summary>
    internal int LongestStallRepeats { get; set; }

    /// <summary>A silence in which many identifications were skipped, and when it ended: whether that many segments are missing is still to be seen.</summary>
    internal SkippedPackets Outage { get; set; }

    internal long OutageEnd { get; set; }

    /// <summary>What came damaged, once it is looked for.</summary>
    internal DamagedSegments? Damage { get; set; }

    /// <summary>Payload of the pieces in which it was sent again in a row, while nothing was heard; 0 if it was not.</summary>
    internal int PieceLength { get; set; }

    /// <summary>Keep-alives in a row since the other side was heard.</summary>
    internal int KeepAlivesInRow { get; private set; }

    /// <summary>When the first of them passed.</summary>
    internal long KeepAlivesSince { get; private set; }

    /// <summary>Segments that came into the machine of the capture, did not leave it, and were sent again.</summary>
    internal int LostHere { get; set; }

    /// <summary>How often its FIN was sent again.</summary>
    internal int FinRepeats { get; set; }

    /// <summary>When that was done last.</summary>
    internal long LastFinTime { get; set; }

    internal uint LastFinPacket { get; set; }

    internal int WindowClosures { get; set; }

    internal long WindowClosed { get; set; }

    internal uint FirstClosurePacket { get; set; }

    /// <summary>When the window was opened again, last.</summary>
    internal long OpenedAt { get; set; }

    internal uint OpenedPacket { get; set; }

    /// <summary>The probe that came although that had been told: it was lost.</summary>
    internal uint UnheardPacket { get; set; }

    /// <summary>The packet that had told of it.</summary>
    internal uint UnheardOpening { get; set; }

    /// <summary>How long the other side did not know of it.</summary>
    internal long UnheardTime { get; set; }

    internal uint FirstReordered { get; set; }

    /// <summary>Silences in which identifications were skipped.</summary>
    internal List<SkippedPackets>? Skips { get; private set; }

    /// <summary>Echoes of the receiver's timestamps that took three times the shortest way and 100 ms more, with data in a row.</summary>
    internal int SlowEchoes { get; set; }

    internal long SlowEchoTime { get; set; }

    internal long LongestEcho { get; set; }

    internal long ShortestEcho { get; set; }

    /// <summary>Notes a keep-alive.</summary>
    /// <param name="now">When it passed.</param>
    /// <param name="heard">When the other side was heard last.</param>
    internal void NoteKeepAlive(long now, long heard)
    {
        bool goesOn = KeepAlivesInRow > 0 && heard < KeepAlivesSince;
        KeepAlivesInRow = goesOn ? KeepAlivesInRow + 1 : 1;
        KeepAlivesSince = goesOn ? KeepAlivesSince : now;
    }

    /// <summary>Whether packets are missing before a packet that were sent in a silence.</summary>
    /// <param name="packet">The packet.</param>
    internal bool HasSkippedBefore(uint packet) => Skips is not null && Skips.Exists(skip => skip.Packet == packet);

    /// <summary>Notes that packets are missing that were sent in a silence.</summary>
    /// <param name="skip">The silence.</param>
    internal void Note(SkippedPackets skip)
    {
        const int Most = 4;
        List<SkippedPackets> kept = Skips ??= [];
        if (kept.Count == Most && skip.Silence <= kept[^1].Silence)
            return;
        int place = kept.FindIndex(other => other.Silence < skip.Silence);
        kept.Insert(place < 0 ? kept.Count : place, skip);
        if (kept.Count > Most)
            kept.RemoveAt(Most);
    }
}

/// <summary>Packets that were sent in a silence and did not come.</summary>
/// <param name="Packet">The packet that ends it.</param>
/// <param name="Count">How many.</param>
/// <param name="Silence">How long it was, in nanoseconds.</param>
internal readonly record struct SkippedPackets(uint Packet, int Count, long Silence);

/// <summary>A silence of a sender that new data ended.</summary>
/// <param name="Packet">The packet that ended it.</param>
/// <param name="EndedAt">When, in nanoseconds.</param>
/// <param name="Silence">How long it was.</param>
/// <param name="AnnouncedAt">When another packet told that this data had been sent; 0 if none did.</param>
/// <param name="AnnouncedBy">That packet; 0 if it is not known.</param>
/// <param name="StampBefore">The sender's newest timestamp before it; 0 if there is none.</param>
/// <param name="Stamp">That of the packet.</param>
/// <param name="IsNext">Whether the sender's count of its packets, their identification, has gone on by one.</param>
internal readonly record struct SenderWait(uint Packet, long EndedAt, long Silence, long AnnouncedAt, uint AnnouncedBy, uint StampBefore, uint Stamp, bool IsNext)
{
    /// <summary>What of it counts as a wait of the sender's program.</summary>
    internal long Blamed { get; init; }
}

/// <summary>The longest silences of a sender. Nearly all senders in a bad network have one, and few have many: there is room for as many as there are.</summary>
internal struct SenderWaits
{
    private const int Most = 8;

    private SenderWait[]? _waits; // the longest first; what is behind the last one is as long as none

    /// <summary>The silences, the longest first.</summary>
    internal readonly ReadOnlySpan<SenderWait> All
    {
        get
        {
            ReadOnlySpan<SenderWait> waits = _waits;
            int count = waits.Length;
            while (count > 0 && waits[count - 1].Packet == 0)
                count--;
            return waits[..count];
        }
    }

    /// <summary>Notes one.</summary>
    /// <param name="wait">The silence.</param>
    internal void Note(SenderWait wait)
    {
        int count = All.Length, place = 0;
        while (place < count && _waits![place].Silence >= wait.Silence)
            place++;
        if (place == Most)
            return;
        if (count == (_waits?.Length ?? 0) && count < Most)
            Array.Resize(ref _waits, Math.Max(1, count * 2));
        int moved = Math.Min(count, Most - 1) - place;
        Array.Copy(_waits!, place, _waits!, place + 1, moved);
        _waits![place] = wait;
    }

    /// <summary>Whether the data of a packet had been sent before, as others that came sooner tell.</summary>
    /// <param name="packet">The packet.</param>
    internal readonly bool IsAnnounced(uint packet) => PlaceOf(packet) is >= 0 and var place && _waits![place].AnnouncedAt != 0;

    /// <summary>Notes that a silence counts as one of the sender's program.</summary>
    /// <param name="packet">The packet that ended it.</param>
    /// <param name="time">How much of it.</param>
    internal readonly void Blame(uint packet, long time)
    {
        if (PlaceOf(packet) is >= 0 and var place)
            _waits![place] = _waits[place] with { Blamed = time };
    }

    /// <summary>What of a silence counts as one of the sender's program.</summary>
    /// <param name="packet">The packet that ended it.</param>
    internal readonly long BlamedOf(uint packet) => PlaceOf(packet) is >= 0 and var place ? _waits![place].Blamed : 0;

    private readonly int PlaceOf(uint packet)
    {
        ReadOnlySpan<SenderWait> waits = All;
        for (int place = 0; place < waits.Length; place++)
        {
            if (waits[place].Packet == packet)
                return place;
        }

        return -1;
    }
}

/// <summary>What is sent again now.</summary>
internal sealed class Resending
{
    /// <summary>What of it is not acknowledged.</summary>
    internal List<ResentSegment> Segments { get; } = [];

    /// <summary>Whether something of it was lost.</summary>
    internal bool HasLost { get; set; }

    /// <summary>How many segments of it were sent in vain.</summary>
    internal int InVain { get; set; }
}

/// <summary>A segment that was sent again.</summary>
internal struct ResentSegment
{
    internal long Time; // nanoseconds
    internal uint Sequence;
    internal uint End;
    internal uint Stamp; // 0: none
    internal TcpLossSide Side;
    internal bool IsNeeded; // the receiver lacked it
}

/// <summary>What its sender sent behind a reset.</summary>
internal struct ResetSequel
{
    internal long Time; // of the reset, nanoseconds
    internal uint Edge; // where its sender's data ended
    internal byte Sent; // packets
    internal byte Numbered; // those that have an identification
}

/// <summary>What few conversations have.</summary>
internal sealed class FlowExtras
{
    internal const int MostResets = 4;
    internal const int MostErrors = 4;

    internal List<Evidence.CapturedReset> Resets { get; } = [];

    /// <summary>Whether the first end sent a reset that acknowledges what came: who does not know the connection has nothing to acknowledge.</summary>
    internal bool FirstEndsByReset { get; set; }

    /// <inheritdoc cref="FirstEndsByReset"/>
    internal bool SecondEndsByReset { get; set; }

    /// <summary>What of the first end's data left the machine of the capture, into which it had come; null if nothing did.</summary>
    internal ForwardedOctets? FirstForwarded { get; set; }

    /// <inheritdoc cref="FirstForwarded"/>
    internal ForwardedOctets? SecondForwarded { get; set; }

    /// <summary>What came of each of them.</summary>
    internal ResetSequel[] Sequels { get; } = new ResetSequel[MostResets];

    internal List<Evidence.CapturedError> Errors { get; } = [];

    internal StreamFollower? Stream { get; set; }

    /// <summary>Whether the stream's client is who sent the conversation's first packet.</summary>
    internal bool IsStreamClientFirst { get; set; }
}

using NetWhy.Analysis.Flows;
using NetWhy.Analysis.Tcp;
using NetWhy.Wire;

namespace NetWhy.App.Render;

/// <summary>A rung of a ladder: a packet, or several that are folded.</summary>
/// <param name="Event">The packet; the first one of a fold.</param>
/// <param name="Level">How much is to be folded before it is: 0 for what is of no interest by itself.</param>
/// <param name="Quiet">Nanoseconds since the packet before it in the conversation.</param>
internal sealed record LadderItem(StreamEvent Event, int Level, long Quiet)
{
    /// <summary>What is folded here; null for a packet by itself.</summary>
    public LadderFold? Fold { get; private set; }

    /// <summary>Whether more than one packet is folded here.</summary>
    public bool IsFold => Fold is not null;

    /// <summary>When its last packet passed, in nanoseconds since 1970.</summary>
    public long End => Fold?.LastTime ?? Event.Segment.Nanoseconds;

    /// <summary>Folds the next one into this one.</summary>
    /// <param name="next">The next one.</param>
    public void Absorb(LadderItem next)
    {
        Fold ??= LadderFold.Of(Event);
        if (next.Fold is { } fold)
            Fold.Add(fold);
        else
            Fold.Add(LadderFold.Of(next.Event));
        Fold.LongestQuiet = Math.Max(Fold.LongestQuiet, next.Quiet);
    }
}

/// <summary>Packets that are shown in one line.</summary>
internal sealed class LadderFold
{
    private readonly long[] _segments = new long[2]; // backward, forward
    private readonly long[] _octets = new long[2];
    private readonly long[] _acknowledgments = new long[2];

    /// <summary>How many.</summary>
    public long Count { get; private set; }

    /// <summary>The last packet.</summary>
    public uint LastPacket { get; private set; }

    /// <summary>When it passed, in nanoseconds since 1970.</summary>
    public long LastTime { get; private set; }

    /// <summary>Data segments of a direction.</summary>
    /// <param name="isForward">Whether it goes the way of the first packet.</param>
    public long Segments(bool isForward) => _segments[isForward ? 1 : 0];

    /// <summary>Octets of their data.</summary>
    /// <param name="isForward">Whether it goes the way of the first packet.</param>
    public long Octets(bool isForward) => _octets[isForward ? 1 : 0];

    /// <summary>Segments of a direction without data.</summary>
    /// <param name="isForward">Whether it goes the way of the first packet.</param>
    public long Acknowledgments(bool isForward) => _acknowledgments[isForward ? 1 : 0];

    /// <summary>Data segments sent again.</summary>
    public long Repeats { get; private set; }

    /// <summary>Data segments overtaken.</summary>
    public long Reordered { get; private set; }

    /// <summary>Packets captured twice.</summary>
    public long CapturedTwice { get; private set; }

    /// <summary>Duplicate acknowledgments.</summary>
    public long Duplicates { get; private set; }

    /// <summary>Segments that closed a window.</summary>
    public long ZeroWindows { get; private set; }

    /// <summary>Messages that begin or end in them.</summary>
    public long Messages { get; private set; }

    /// <summary>The longest time without a packet among them, in nanoseconds.</summary>
    public long LongestQuiet { get; set; }

    /// <summary>A packet.</summary>
    /// <param name="one">The packet.</param>
    public static LadderFold Of(in StreamEvent one)
    {
        StreamSegment segment = one.Segment;
        TcpVerdict verdict = segment.Analysis.Verdict;
        int side = segment.Analysis.IsForward ? 1 : 0;
        var fold = new LadderFold
        {
            Count = 1,
            LastPacket = segment.Packet,
            LastTime = segment.Nanoseconds,
            Repeats = verdict is TcpVerdict.None or TcpVerdict.Reordering or TcpVerdict.DuplicateCapture ? 0 : 1,
            Reordered = verdict is TcpVerdict.Reordering ? 1 : 0,
            CapturedTwice = verdict is TcpVerdict.DuplicateCapture ? 1 : 0,
            Duplicates = segment.Analysis.DuplicateAckNumber > 0 ? 1 : 0,
            ZeroWindows = segment.Analysis.Flags.HasFlag(TcpAnalysisFlags.ZeroWindow) ? 1 : 0,
            Messages = one.Message is null ? 0 : 1,
        };
        (segment.Length > 0 ? fold._segments : fold._acknowledgments)[side] = 1;
        fold._octets[side] = segment.Length;
        return fold;
    }

    /// <summary>Adds packets that follow.</summary>
    /// <param name="next">They.</param>
    public void Add(LadderFold next)
    {
        Count += next.Count;
        LastPacket = next.LastPacket;
        LastTime = next.LastTime;
        Repeats += next.Repeats;
        Reordered += next.Reordered;
        CapturedTwice += next.CapturedTwice;
        Duplicates += next.Duplicates;
        ZeroWindows += next.ZeroWindows;
        Messages += next.Messages;
        LongestQuiet = Math.Max(LongestQuiet, next.LongestQuiet);
        for (int side = 0; side < 2; side++)
        {
            _segments[side] += next._segments[side];
            _octets[side] += next._octets[side];
            _acknowledgments[side] += next._acknowledgments[side];
        }
    }
}

/// <summary>Packets of a conversation, the dull ones folded, so that however many there are a bounded number of rungs comes of them.</summary>
internal sealed class LadderItems
{
    private const int MostItems = 600; // rungs: some screens that can be read
    private const int ShortestRun = 6; // dull packets in a row that are folded
    private const int ShownOfRun = 2; // of them: shown before the fold
    private const int DullestKept = 3;
    private const long ShortestQuiet = 100_000_000; // nanoseconds; less is no wait that anybody feels
    private const int RoundTripsOfQuiet = 4;

    private readonly List<LadderItem> _items = [];
    private readonly string?[] _lastMessages = new string?[2];
    private int _run;
    private long _previous;

    /// <summary>The rungs.</summary>
    public IReadOnlyList<LadderItem> Items => _items;

    /// <summary>How many packets there were.</summary>
    public long Packets { get; private set; }

    /// <summary>How much had to be folded: 0 what is dull, 1 repairs of loss too, 2 all but beginnings, ends and long waits, 3 even those in the middle.</summary>
    public int FoldLevel { get; private set; }

    /// <summary>Nanoseconds without a packet that are shown as a gap.</summary>
    public long GapFrom { get; private set; } = ShortestQuiet;

    /// <summary>Adds the next packet.</summary>
    /// <param name="next">The packet.</param>
    public void Add(in StreamEvent next)
    {
        StreamSegment segment = next.Segment;
        if (segment.Analysis.InitialRtt > 0)
            GapFrom = Math.Max(ShortestQuiet, segment.Analysis.InitialRtt * RoundTripsOfQuiet);
        long quiet = Packets++ == 0 ? 0 : segment.Nanoseconds - _previous;
        _previous = segment.Nanoseconds;
        var item = new LadderItem(next, LevelOf(next), quiet);
        bool isDull = item.Level <= Math.Min(FoldLevel, DullestKept - 1);
        if (!isDull || quiet >= GapFrom)
            _run = 0;
        _items.Add(item);
        if (isDull && ++_run >= ShortestRun)
            Merge(_items.Count - (_run > ShortestRun ? 2 : ShortestRun - ShownOfRun));
        if (_items.Count > MostItems)
            FoldMore();
    }

    // From a place on, all in one; the run goes on behind it.
    private void Merge(int from)
    {
        for (int index = from + 1; index < _items.Count; index++)
            _items[from].Absorb(_items[index]);
        _items.RemoveRange(from + 1, _items.Count - from - 1);
    }

    private void FoldMore()
    {
        FoldLevel = Math.Min(FoldLevel + 1, DullestKept);
        _run = 0;
        if (FoldLevel == DullestKept)
        {
            FoldMiddle();
            return;
        }

        var folded = new List<LadderItem>(_items.Count);
        foreach (LadderItem item in _items)
        {
            if (folded is [.., { } last] && last.Level <= FoldLevel && item.Level <= FoldLevel && item.Quiet < GapFrom)
                last.Absorb(item);
            else
                folded.Add(item);
        }

        _items.Clear();
        _items.AddRange(folded);
    }

    // The beginning and the end stay as they are.
    private void FoldMiddle()
    {
        const int KeptFirst = MostItems / 4;
        const int KeptLast = MostItems / 2;
        for (int index = KeptFirst + 1; index < _items.Count - KeptLast; index++)
            _items[KeptFirst].Absorb(_items[index]);
        _items.RemoveRange(KeptFirst + 1, _items.Count - KeptLast - KeptFirst - 1);
    }

    private int LevelOf(in StreamEvent one)
    {
        StreamSegment segment = one.Segment;
        TcpAnalysis analysis = segment.Analysis;
        if (!segment.IsWhole || (segment.Flags & (TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Rst)) != 0)
            return DullestKept;
        int side = analysis.IsForward ? 1 : 0;
        if (segment.Length > 0)
            _lastMessages[1 - side] = null;
        bool isNews = one.Message is { } message && message != _lastMessages[side] && !message.StartsWith("Continuation", StringComparison.Ordinal);
        if (one.Message is not null)
            _lastMessages[side] = one.Message;
        if (isNews || analysis.Verdict is TcpVerdict.RetransmissionTimeout || (analysis.Flags & (TcpAnalysisFlags.ZeroWindow | TcpAnalysisFlags.ReusedPorts)) != 0)
            return 2;
        const TcpAnalysisFlags Dull = TcpAnalysisFlags.DuplicateAck | TcpAnalysisFlags.WindowUpdate;
        return analysis.Verdict is not TcpVerdict.None || (analysis.Flags & ~Dull) != 0 ? 1 : 0;
    }
}

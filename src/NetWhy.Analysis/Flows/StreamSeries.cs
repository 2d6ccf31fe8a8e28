using NetWhy.Analysis.Tcp;
using NetWhy.Wire;

namespace NetWhy.Analysis.Flows;

/// <summary>A segment in a time-sequence graph.</summary>
/// <param name="From">When it passed, in nanoseconds since the conversation's first packet.</param>
/// <param name="To">When the last of those passed that are shown as one with it.</param>
/// <param name="Start">Its first octet.</param>
/// <param name="End">Behind its last octet, or the last one of those shown with it.</param>
/// <param name="Packet">Its packet.</param>
/// <param name="Verdict">What really happened to it.</param>
public readonly record struct SeriesSegment(long From, long To, long Start, long End, uint Packet, TcpVerdict Verdict);

/// <summary>A value at a time.</summary>
/// <param name="At">When, in nanoseconds since the conversation's first packet.</param>
/// <param name="Value">The value.</param>
/// <param name="Packet">The packet that tells it.</param>
public readonly record struct SeriesPoint(long At, long Value, uint Packet);

/// <summary>A range that a SACK block tells.</summary>
/// <param name="At">When, in nanoseconds since the conversation's first packet.</param>
/// <param name="Start">Its first octet.</param>
/// <param name="End">Behind its last octet.</param>
/// <param name="Packet">The packet that tells it.</param>
public readonly record struct SeriesBlock(long At, long Start, long End, uint Packet);

/// <summary>What graphs show of one direction of a conversation, in a bounded number of points.</summary>
/// <remarks>
/// Where there are more, neighbours become one: segments a longer segment, of four values the least and the greatest stay,
/// so that no extreme vanishes. What was sent again stays by itself up to a bound of its own.
/// </remarks>
public sealed class StreamSeries
{
    private const int MostSegments = 3000;
    private const int MostMarked = 3000;
    private const int MostPoints = 2000;
    private const int MostBlocks = 2000;
    private const int MostBins = 400;
    private const long FirstBin = 1_000_000; // nanoseconds

    private readonly List<SeriesSegment> _segments = [];
    private readonly List<SeriesSegment> _marked = [];
    private readonly List<SeriesPoint> _acknowledged = [];
    private readonly List<SeriesPoint> _limits = [];
    private readonly List<SeriesPoint> _windows = [];
    private readonly List<SeriesPoint> _inFlight = [];
    private readonly List<SeriesPoint> _roundTrips = [];
    private readonly List<SeriesBlock> _blocks = [];
    private long[] _bins = new long[MostBins];
    private long _lastSequence;

    /// <summary>Data that passed for the first time.</summary>
    public IReadOnlyList<SeriesSegment> Segments => _segments;

    /// <summary>Data that was sent again, overtaken or captured twice.</summary>
    public IReadOnlyList<SeriesSegment> Marked => _marked;

    /// <summary>Up to where the other side acknowledged.</summary>
    public IReadOnlyList<SeriesPoint> Acknowledged => _acknowledged;

    /// <summary>Up to where the other side's window lets this one send.</summary>
    public IReadOnlyList<SeriesPoint> Limits => _limits;

    /// <summary>The other side's window, in octets.</summary>
    public IReadOnlyList<SeriesPoint> Windows => _windows;

    /// <summary>Octets that were on their way, behind each segment.</summary>
    public IReadOnlyList<SeriesPoint> InFlight => _inFlight;

    /// <summary>From a segment to its acknowledgment, in nanoseconds.</summary>
    public IReadOnlyList<SeriesPoint> RoundTrips => _roundTrips;

    /// <summary>What the other side told by SACK.</summary>
    public IReadOnlyList<SeriesBlock> Blocks => _blocks;

    /// <summary>Octets of data that passed, repetitions included, in each interval.</summary>
    public ReadOnlySpan<long> Bins => _bins;

    /// <summary>How long an interval is, in nanoseconds.</summary>
    public long BinLength { get; private set; } = FirstBin;

    /// <summary>Whether there were more points than are kept.</summary>
    public bool IsThinned { get; private set; }

    /// <summary>Marked segments and SACK blocks that are not shown.</summary>
    public long Omitted { get; private set; }

    /// <summary>Adds a segment of this direction.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="at">When it passed, in nanoseconds since the conversation's first packet.</param>
    internal void AddSent(in StreamSegment segment, long at)
    {
        if (segment.Length == 0)
            return;
        long start = Unwrap(segment.Sequence);
        var one = new SeriesSegment(at, at, start, start + segment.Length, segment.Packet, segment.Analysis.Verdict);
        if (one.Verdict is TcpVerdict.None)
            AddBounded(one);
        else if (_marked.Count < MostMarked)
            _marked.Add(one);
        else
            Omitted++;
        Count(at, segment.Length);
        if (segment.Analysis.BytesInFlight > 0)
            Add(_inFlight, new SeriesPoint(at, segment.Analysis.BytesInFlight, segment.Packet));
    }

    /// <summary>Adds what a segment of the other direction acknowledges and offers.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="at">When it passed, in nanoseconds since the conversation's first packet.</param>
    internal void AddHeard(in StreamSegment segment, long at)
    {
        if (!segment.Flags.HasFlag(TcpFlags.Ack) || segment.Flags.HasFlag(TcpFlags.Rst))
            return;
        long acknowledged = Unwrap(segment.Acknowledgment);
        Add(_acknowledged, new SeriesPoint(at, acknowledged, segment.Packet));
        Add(_limits, new SeriesPoint(at, acknowledged + segment.Window, segment.Packet));
        Add(_windows, new SeriesPoint(at, segment.Window, segment.Packet));
        if (segment.Analysis.AckRtt > 0)
            Add(_roundTrips, new SeriesPoint(at, segment.Analysis.AckRtt, segment.Packet));
        for (int index = 0; index < segment.BlockCount; index++)
        {
            if (_blocks.Count == MostBlocks)
            {
                Omitted++;
                continue;
            }

            (uint left, uint right) = segment.Block(index);
            _blocks.Add(new SeriesBlock(at, Unwrap(left), Unwrap(right), segment.Packet));
        }
    }

    // Numbers go round after 4 GiB: the place nearest to the one before is meant.
    private long Unwrap(uint sequence)
    {
        long place = _lastSequence + (int)(sequence - (uint)_lastSequence);
        return _lastSequence = Math.Max(0, place);
    }

    private void AddBounded(in SeriesSegment one)
    {
        _segments.Add(one);
        if (_segments.Count < MostSegments * 2)
            return;
        IsThinned = true;
        int kept = 0;
        for (int index = 0; index + 1 < _segments.Count; index += 2)
        {
            (SeriesSegment first, SeriesSegment second) = (_segments[index], _segments[index + 1]);
            _segments[kept++] = first with { To = second.To, Start = Math.Min(first.Start, second.Start), End = Math.Max(first.End, second.End) };
        }

        _segments.RemoveRange(kept, _segments.Count - kept);
    }

    private void Add(List<SeriesPoint> points, in SeriesPoint one)
    {
        points.Add(one);
        if (points.Count < MostPoints * 2)
            return;
        IsThinned = true;
        int kept = 0;
        for (int index = 0; index + 3 < points.Count; index += 4)
        {
            int least = index, most = index;
            for (int other = index + 1; other < index + 4; other++)
            {
                least = points[other].Value < points[least].Value ? other : least;
                most = points[other].Value >= points[most].Value ? other : most;
            }

            (SeriesPoint first, SeriesPoint second) = (points[Math.Min(least, most)], points[Math.Max(least, most)]);
            points[kept++] = first;
            points[kept++] = second;
        }

        points.RemoveRange(kept, points.Count - kept);
    }

    private void Count(long at, int octets)
    {
        at = Math.Max(0, at);
        while (at / BinLength >= MostBins)
        {
            long[] wider = new long[MostBins];
            for (int index = 0; index < MostBins; index++)
                wider[index / 2] += _bins[index];
            _bins = wider;
            BinLength *= 2;
        }

        _bins[at / BinLength] += octets;
    }
}

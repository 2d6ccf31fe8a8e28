namespace NetWhy.Analysis.Dissection;

/// <summary>A message that lies in several segments of a TCP stream, as far as they came.</summary>
internal sealed class StreamPart
{
    /// <summary>Octets that a message may have at most, to be put together.</summary>
    internal const int LongestMessage = 16 << 20;

    private const int SegmentSize = 12; // octets of memory
    private const int FarthestAhead = 4 << 20; // octets behind a gap: more than the window of most connections

    private readonly Pieces _pieces = new();
    private List<(uint Frame, int Offset, int Length)>? _segments;
    private int _end = -1; // known when the last piece is there

    /// <summary>Begins a message.</summary>
    /// <param name="sequence">Sequence number of its first octet.</param>
    /// <param name="next">Sequence number behind its last one, as far as that is known.</param>
    /// <param name="frame">The packet that it begins in.</param>
    internal StreamPart(uint sequence, uint next, uint frame)
    {
        Sequence = sequence;
        Next = next;
        LastFrame = frame;
    }

    /// <summary>Sequence number of its first octet.</summary>
    internal uint Sequence { get; }

    /// <summary>Sequence number behind its last octet, as far as that is known.</summary>
    internal uint Next { get; set; }

    /// <summary>The packet that added to it last.</summary>
    internal uint LastFrame { get; set; }

    /// <summary>Whether the whole of the next segment belongs to it.</summary>
    internal bool TakesSegment { get; set; }

    /// <summary>Whether it goes on until the direction is closed.</summary>
    internal bool LastsUntilFin { get; set; }

    /// <summary>Whether it was given up: it is too long, or has too many gaps.</summary>
    internal bool IsLost { get; private set; }

    /// <summary>Whether it was whole, and was read: only what it covers is remembered.</summary>
    internal bool IsRead { get; private set; }

    /// <summary>Octets of memory that it holds.</summary>
    internal int Held => _pieces.Held + ((_segments?.Capacity ?? 0) * SegmentSize);

    /// <summary>How many of them were counted already.</summary>
    internal int Counted { get; set; }

    /// <summary>The segments that it came in, where somebody noted them: the packet, and where its octets lie in the message.</summary>
    internal List<(uint Frame, int Offset, int Length)> Segments => _segments ??= [];

    /// <summary>Puts them in the order that their octets have in the message.</summary>
    internal void OrderSegments() => Segments.Sort((one, other) => (one.Offset, one.Frame).CompareTo((other.Offset, other.Frame)));

    /// <summary>What came of it, from the beginning on.</summary>
    internal ReadOnlyMemory<byte> Data => _pieces.First(Math.Max(0, _end));

    /// <summary>Adds a piece.</summary>
    /// <param name="offset">Where it belongs.</param>
    /// <param name="octets">What it has.</param>
    /// <param name="isLast">Whether the message ends with it.</param>
    /// <returns>Whether the message is whole now, and was not before.</returns>
    internal bool Add(int offset, ReadOnlySpan<byte> octets, bool isLast)
    {
        if (IsWhole)
            return false;
        if (offset < 0 || (long)offset + octets.Length > LongestMessage || offset - _pieces.Contiguous > FarthestAhead || _pieces.IsTorn)
        {
            GiveUp();
            return false;
        }

        _pieces.Add(offset, octets);
        if (isLast)
            _end = Math.Max(_end, offset + octets.Length);
        return IsWhole;
    }

    /// <summary>Gives it up.</summary>
    internal void GiveUp()
    {
        IsLost = true;
        _pieces.Clear();
        _segments = null;
        _end = -1;
    }

    /// <summary>Goes on: the message has more than was thought.</summary>
    internal void Reopen() => _end = -1;

    /// <summary>Forgets its data: it was read, and is only remembered to know when it comes again.</summary>
    internal void Forget()
    {
        _pieces.Clear();
        _segments = null;
        IsRead = true;
    }

    private bool IsWhole => IsRead || (_end >= 0 && _pieces.Contiguous >= _end);
}

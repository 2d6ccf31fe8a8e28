namespace NetWhy.Analysis.Flows;

/// <summary>Bursts of a sender that waits for the acknowledgment of each before it sends the next. Times are nanoseconds.</summary>
/// <remarks>
/// A congestion window grows as long as nothing is lost, and a pacer spreads what it sends. Bursts that stay equal are
/// bounded by the sender: by its buffer, or by a window of its own protocol.
/// </remarks>
internal struct Bursts
{
    private const long LeastWay = 5_000_000; // nearer receivers acknowledge before a burst is over
    private const long AtOnce = 3_000_000; // after an acknowledgment

    private long _beganAt;
    private long _firstAt; // of those in a row
    private uint _begin; // sequence number
    private uint _octets;
    private ushort _inRow;

    /// <summary>The most in a row.</summary>
    internal ushort Most { get; private set; }

    /// <summary>Payload of each of those.</summary>
    internal uint Octets { get; private set; }

    /// <summary>How long those went on.</summary>
    internal long Time { get; private set; }

    /// <summary>Takes a segment with new data.</summary>
    /// <param name="sequence">Its sequence number.</param>
    /// <param name="now">When it passed.</param>
    /// <param name="previous">When the segment before it did; 0 for none.</param>
    /// <param name="acknowledged">When data was acknowledged last; 0 for never.</param>
    /// <param name="way">From here to the receiver and back.</param>
    /// <param name="segmentSize">The largest segment so far.</param>
    /// <param name="isGoingOn">Whether the other side sent nothing since.</param>
    internal void Take(uint sequence, long now, long previous, long acknowledged, long way, int segmentSize, bool isGoingOn)
    {
        long gap = now - previous;
        if (way < LeastWay || (previous != 0 && gap * 2 < way))
            return;
        uint octets = sequence - _begin;
        bool isAsked = isGoingOn && previous != 0 && gap <= way * 3 / 2 && acknowledged != 0 && now - acknowledged <= AtOnce;
        bool isEqual = _inRow > 0 && octets <= _octets + (uint)segmentSize && octets + (uint)segmentSize >= _octets;
        if (!isAsked || _beganAt == 0)
        {
            _inRow = 0;
        }
        else if (isEqual)
        {
            _inRow += _inRow < ushort.MaxValue ? (ushort)1 : (ushort)0;
            if (_inRow > Most)
                (Most, Octets, Time) = (_inRow, _octets, now - _firstAt);
        }
        else
        {
            (_inRow, _octets, _firstAt) = (1, octets, _beganAt);
        }

        _begin = sequence;
        _beganAt = now;
    }
}

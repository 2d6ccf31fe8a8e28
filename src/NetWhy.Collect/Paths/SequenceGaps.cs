namespace NetWhy.Collect.Paths;

/// <summary>Follows the sequence numbers of one direction of a connection, and counts how often segments had to be sent again.</summary>
/// <remarks>
/// A segment that fills a gap was either lost and sent again, or overtaken on the way. The first takes a round trip at
/// least, and where the sender numbers its packets (IP identification) its number is newer than that of the segment that
/// opened the gap.
/// A round trip measured on a way where packets overtake each other may be far too short; so a segment that was sent again
/// counts no longer when the one that it stands for comes after all.
/// Gaps that open within one round trip count once: a burst that overflows a queue is one event, loss at random is many.
/// Gaps that stay open far longer than an idle round trip do not count: a full queue makes the round trip long.
/// Memory is bounded: of very many gaps the oldest are forgotten.
/// Source: RFC 4737, section 4, for the definition of reordering; RFC 6864 on what senders do with the identification.
/// </remarks>
internal sealed class SequenceGaps
{
    private const int MostGaps = 256;

    // What a busy sender may add to a round trip.
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(15);

    private readonly List<Gap> _gaps = [];
    private readonly List<Repair> _repairs = []; // the latest ones
    private uint? _next;
    private TimeSpan _roundTrip;
    private DateTimeOffset _lastLoss;

    /// <summary>Round trips in which a segment was lost that was sent again later.</summary>
    internal int Repairs { get; private set; }

    /// <summary>Segments whose octets had all arrived before.</summary>
    internal int Repeats { get; private set; }

    /// <summary>Notes where the numbers begin; a second SYN-ACK changes nothing.</summary>
    /// <param name="next">Number of the first octet of data.</param>
    /// <param name="roundTrip">Time that the handshake took.</param>
    internal void Start(uint next, TimeSpan roundTrip)
    {
        if (_next is not null)
            return;
        _next = next;
        _roundTrip = roundTrip;
    }

    /// <summary>Counts one segment with data.</summary>
    /// <param name="sequence">Number of its first octet.</param>
    /// <param name="length">Octets of data, more than none.</param>
    /// <param name="identification">Identification of its packet; null where the protocol has none.</param>
    /// <param name="time">When it arrived.</param>
    internal void Count(uint sequence, int length, int? identification, DateTimeOffset time)
    {
        uint end = sequence + (uint)length;
        if (_next is not { } next)
        {
            _next = end; // the handshake was not seen
            return;
        }

        if (Distance(next, sequence) > 0)
        {
            if (_gaps.Count == MostGaps)
                _gaps.RemoveAt(0);
            _gaps.Add(new Gap(next, sequence, identification, time));
        }
        else if (Distance(next, sequence) < 0)
        {
            Fill(sequence, end, identification, time);
        }

        if (Distance(next, end) > 0)
            _next = end;
    }

    private void Fill(uint sequence, uint end, int? identification, DateTimeOffset time)
    {
        int index = _gaps.FindIndex(gap => Distance(gap.From, end) > 0 && Distance(sequence, gap.To) > 0);
        if (index < 0)
        {
            Repeats++;
            TakeBack(sequence, end, identification);
            return;
        }

        Gap filled = _gaps[index];
        TimeSpan open = time - filled.Since;
        if (open >= 0.8 * _roundTrip && open <= (2.5 * _roundTrip) + Delay && IsNewer(identification, filled.Identification))
        {
            bool isCounted = filled.Since - _lastLoss > _roundTrip;
            if (isCounted)
                Repairs++;
            _lastLoss = filled.Since;
            if (isCounted && identification is not null and not 0)
                Remember(new Repair(sequence, end, identification.Value));
        }

        _gaps.RemoveAt(index);
        if (Distance(end, filled.To) > 0)
            _gaps.Insert(index, filled with { From = end });
        if (Distance(filled.From, sequence) > 0)
            _gaps.Insert(index, filled with { To = sequence });
    }

    private void Remember(Repair repair)
    {
        if (_repairs.Count == MostGaps)
            _repairs.RemoveAt(0);
        _repairs.Add(repair);
    }

    // What was numbered before the segment that filled its gap was not lost: it was overtaken.
    private void TakeBack(uint sequence, uint end, int? identification)
    {
        if (identification is null or 0)
            return;
        int index = _repairs.FindIndex(repair =>
            Distance(repair.From, end) > 0 && Distance(sequence, repair.To) > 0 && IsNewer(repair.Identification, identification));
        if (index < 0)
            return;
        _repairs.RemoveAt(index);
        Repairs--;
    }

    // Zero is what some senders give all packets that may not be fragmented.
    private static bool IsNewer(int? identification, int? than) =>
        identification is null or 0 || than is null or 0 || (short)(identification.Value - than.Value) > 0;

    // Sequence numbers wrap around: RFC 9293, section 3.4.
    private static int Distance(uint from, uint to) => unchecked((int)(to - from));

    private readonly record struct Repair(uint From, uint To, int Identification);

    private readonly record struct Gap(uint From, uint To, int? Identification, DateTimeOffset Since);
}

using static NetWhy.Analysis.Tcp.SequenceNumber;

namespace NetWhy.Analysis.Flows;

/// <summary>Who reads the octets of one direction in their order.</summary>
internal interface IStreamReader
{
    /// <summary>Reads what comes next.</summary>
    /// <param name="octets">The octets.</param>
    /// <param name="moment">The packet in which they came.</param>
    void Read(ReadOnlySpan<byte> octets, in StreamMoment moment);

    /// <summary>Octets are missing: they were not captured, or not kept.</summary>
    /// <param name="count">How many.</param>
    /// <param name="moment">The packet by which that is known.</param>
    void Miss(long count, in StreamMoment moment);
}

/// <summary>A packet of a stream.</summary>
/// <param name="Frame">Its number.</param>
/// <param name="Nanoseconds">When it passed.</param>
internal readonly record struct StreamMoment(uint Frame, long Nanoseconds);

/// <summary>Puts the segments of one direction into their order. What waits for a segment before it is bounded.</summary>
/// <param name="reader">Who reads them.</param>
/// <param name="budget">Bounds what waits.</param>
internal sealed class HalfStream(IStreamReader reader, StreamBudget budget)
{
    private const int MostWaiting = 64;

    private List<(uint Sequence, byte[] Octets, int Length, StreamMoment Moment)>? _waiting;
    private bool _hasNext;
    private uint _next;

    /// <summary>Takes a segment.</summary>
    /// <param name="sequence">Its sequence number.</param>
    /// <param name="octets">What was captured of its data.</param>
    /// <param name="length">How much data it has.</param>
    /// <param name="moment">Its packet.</param>
    internal void Take(uint sequence, ReadOnlySpan<byte> octets, int length, in StreamMoment moment)
    {
        if (!_hasNext)
        {
            _hasNext = true;
            _next = sequence;
        }

        if (IsAfter(sequence, _next))
        {
            Hold(sequence, octets, length, moment);
            return;
        }

        Deliver(sequence, octets, length, moment);
        DeliverWaiting();
    }

    /// <summary>Hears what the receiver has: what lacks of it was not captured, and nothing has to wait for it.</summary>
    /// <param name="acknowledgment">Number behind all that it has.</param>
    /// <param name="moment">The packet that says so.</param>
    internal void Acknowledge(uint acknowledgment, in StreamMoment moment)
    {
        if (!_hasNext)
        {
            _hasNext = true;
            _next = acknowledgment;
        }

        if (_waiting is not { Count: > 0 } || IsAfter(_waiting[0].Sequence, acknowledgment))
            return;
        reader.Miss(_waiting[0].Sequence - _next, moment);
        _next = _waiting[0].Sequence;
        DeliverWaiting();
    }

    /// <summary>Gives back what waits.</summary>
    internal void Release()
    {
        foreach ((uint _, byte[] octets, int _, StreamMoment _) in _waiting ?? [])
            budget.Give(octets.Length);
        _waiting = null;
    }

    private void Deliver(uint sequence, ReadOnlySpan<byte> octets, int length, in StreamMoment moment)
    {
        uint old = _next - sequence;
        if (old >= length)
            return; // also 2^31 octets before, which is as far behind
        _next = sequence + (uint)length;
        if (old < octets.Length)
            reader.Read(octets[(int)old..], moment);
        int missing = length - Math.Max((int)old, octets.Length);
        if (missing > 0)
            reader.Miss(missing, moment);
    }

    private void DeliverWaiting()
    {
        while (_waiting is { Count: > 0 } && !IsAfter(_waiting[0].Sequence, _next))
        {
            (uint sequence, byte[] octets, int length, StreamMoment moment) = _waiting[0];
            _waiting.RemoveAt(0);
            budget.Give(octets.Length);
            Deliver(sequence, octets, length, moment);
        }
    }

    // What waits too long waits for what was not captured.
    private void Hold(uint sequence, ReadOnlySpan<byte> octets, int length, in StreamMoment moment)
    {
        _waiting ??= [];
        if (_waiting.Count >= MostWaiting || !budget.Take(octets.Length))
        {
            uint first = _waiting.Count > 0 && IsAfter(sequence, _waiting[0].Sequence) ? _waiting[0].Sequence : sequence;
            reader.Miss(first - _next, moment);
            _next = first;
            DeliverWaiting();
            Take(sequence, octets, length, moment);
            return;
        }

        int place = _waiting.Count;
        while (place > 0 && IsAfter(_waiting[place - 1].Sequence, sequence))
            place--;
        _waiting.Insert(place, (sequence, octets.ToArray(), length, moment));
    }
}

using System.Buffers;
using NetWhy.Wire;
using static NetWhy.Analysis.Tcp.SequenceNumber;

namespace NetWhy.Analysis.Tcp;

/// <summary>Takes the data of TCP streams.</summary>
public interface IStreamReader
{
    /// <summary>The next data of a direction, in order.</summary>
    /// <param name="stream">Number of the stream.</param>
    /// <param name="isForward">Whether it goes the way of the stream's first segment.</param>
    /// <param name="missing">Octets before it that were not captured.</param>
    /// <param name="data">The data: valid until this returns.</param>
    void Data(int stream, bool isForward, long missing, ReadOnlySpan<byte> data);
}

/// <summary>Puts the data of TCP streams in order: what came twice is told once, what came early waits, what was never captured is counted.</summary>
/// <remarks>Sequence numbers are compared modulo 2^32 (RFC 9293, section 3.4). What waits is bounded for each direction and for all of them.</remarks>
public sealed class StreamReassembler
{
    private const int MostWaiting = 16 << 20; // octets of one direction: what a fast and long path has on its way
    private const long MostWaitingTogether = 256L << 20;
    private const int MostSegments = 16_384;
    private const int MostLanes = 1 << 16;

    private readonly IStreamReader _reader;
    private readonly Generations<(int Stream, bool IsForward), Lane> _lanes;
    private long _waiting;

    /// <summary>Begins with no stream.</summary>
    /// <param name="reader">Who takes the data.</param>
    public StreamReassembler(IStreamReader reader)
    {
        _reader = reader;
        _lanes = new Generations<(int Stream, bool IsForward), Lane>(MostLanes, DrainAll);
    }

    private sealed class Lane
    {
        internal uint Next;
        internal bool HasNext;
        internal int Waiting;
        internal List<Early> Segments { get; } = [];
    }

    private readonly record struct Early(uint Sequence, byte[] Data, int Captured, int Length, uint Frame, long Nanoseconds);

    /// <summary>The packet that the data came in which is handed on now.</summary>
    public uint Frame { get; private set; }

    /// <summary>When that packet passed, in nanoseconds since 1970.</summary>
    public long Nanoseconds { get; private set; }

    /// <summary>Takes the next segment of the capture.</summary>
    /// <param name="stream">Number of its stream.</param>
    /// <param name="isForward">Whether it goes the way of the stream's first segment.</param>
    /// <param name="segment">The segment.</param>
    /// <param name="length">Octets of its data on the wire; negative if unknown.</param>
    /// <param name="frame">Number of its packet, for <see cref="Frame"/>.</param>
    /// <param name="nanoseconds">When that passed, for <see cref="Nanoseconds"/>.</param>
    public void Take(int stream, bool isForward, in TcpSegment segment, int length, uint frame = 0, long nanoseconds = 0)
    {
        if (length < 0)
            return;
        Lane lane = _lanes.Of((stream, isForward));
        uint sequence = segment.SequenceNumber;
        if (segment.Flags.HasFlag(TcpFlags.Syn))
        {
            Drain(stream, isForward, lane);
            sequence++;
            lane.Next = sequence;
            lane.HasNext = true;
        }

        if (segment.Flags.HasFlag(TcpFlags.Ack))
            Acknowledge(stream, !isForward, segment.AcknowledgmentNumber);
        if (length == 0)
            return;
        if (!lane.HasNext)
        {
            lane.Next = sequence;
            lane.HasNext = true;
        }

        ReadOnlySpan<byte> data = segment.Payload[..Math.Min(length, segment.Payload.Length)];
        if (IsAfter(sequence, lane.Next))
        {
            Keep(stream, isForward, lane, new Early(sequence, [], data.Length, length, frame, nanoseconds), data);
            return;
        }

        (Frame, Nanoseconds) = (frame, nanoseconds);
        Hand(stream, isForward, lane, sequence, data, length, missing: 0);
        HandWaiting(stream, isForward, lane);
    }

    /// <summary>Hands on what still waits: nothing more comes.</summary>
    public void End()
    {
        DrainAll(_lanes.Older);
        DrainAll(_lanes.Younger);
    }

    private void DrainAll(IReadOnlyDictionary<(int Stream, bool IsForward), Lane> lanes)
    {
        foreach (((int stream, bool isForward), Lane lane) in lanes.OrderBy(entry => entry.Key.Stream))
            Drain(stream, isForward, lane);
    }

    private void Drain(int stream, bool isForward, Lane lane)
    {
        while (lane.Segments.Count > 0)
            SkipTo(stream, isForward, lane);
    }

    // What the receiver has acknowledged it has got: what is missing here was not captured, and will not come.
    private void Acknowledge(int stream, bool isForward, uint ack)
    {
        if (!_lanes.TryFind((stream, isForward), out Lane? lane) || !lane.HasNext)
            return;
        while (lane.Segments.Count > 0 && IsAfter(ack, lane.Segments[0].Sequence) && IsAfter(lane.Segments[0].Sequence, lane.Next))
            SkipTo(stream, isForward, lane);
    }

    private void Keep(int stream, bool isForward, Lane lane, Early early, ReadOnlySpan<byte> data)
    {
        byte[] kept = ArrayPool<byte>.Shared.Rent(Math.Max(1, data.Length));
        data.CopyTo(kept);
        int place = lane.Segments.Count;
        while (place > 0 && IsAfter(lane.Segments[place - 1].Sequence, early.Sequence))
            place--;
        lane.Segments.Insert(place, early with { Data = kept });
        lane.Waiting += data.Length;
        _waiting += data.Length;
        while (lane.Segments.Count > 0 && (lane.Waiting > MostWaiting || lane.Segments.Count > MostSegments))
            SkipTo(stream, isForward, lane);
        if (_waiting > MostWaitingTogether)
            End();
    }

    private void SkipTo(int stream, bool isForward, Lane lane)
    {
        Early first = Remove(lane);
        int missing = Math.Max(0, (int)(first.Sequence - lane.Next));
        lane.Next = first.Sequence;
        (Frame, Nanoseconds) = (first.Frame, first.Nanoseconds);
        Hand(stream, isForward, lane, first.Sequence, first.Data.AsSpan(0, first.Captured), first.Length, missing);
        ArrayPool<byte>.Shared.Return(first.Data);
        HandWaiting(stream, isForward, lane);
    }

    private void HandWaiting(int stream, bool isForward, Lane lane)
    {
        int handed = 0;
        for (; handed < lane.Segments.Count && !IsAfter(lane.Segments[handed].Sequence, lane.Next); handed++)
        {
            Early next = lane.Segments[handed];
            lane.Waiting -= next.Captured;
            _waiting -= next.Captured;
            (Frame, Nanoseconds) = (next.Frame, next.Nanoseconds);
            Hand(stream, isForward, lane, next.Sequence, next.Data.AsSpan(0, next.Captured), next.Length, missing: 0);
            ArrayPool<byte>.Shared.Return(next.Data);
        }

        lane.Segments.RemoveRange(0, handed); // at once: thousands may wait behind one hole
    }

    private Early Remove(Lane lane)
    {
        Early first = lane.Segments[0];
        lane.Segments.RemoveAt(0);
        lane.Waiting -= first.Captured;
        _waiting -= first.Captured;
        return first;
    }

    private void Hand(int stream, bool isForward, Lane lane, uint sequence, ReadOnlySpan<byte> data, int length, long missing)
    {
        uint end = sequence + (uint)length;
        if (!IsAfter(end, lane.Next))
            return;
        int known = (int)(lane.Next - sequence);
        lane.Next = end;
        if (known < data.Length)
            _reader.Data(stream, isForward, missing, data[known..]);
        int cut = length - Math.Max(known, data.Length);
        if (cut > 0)
            _reader.Data(stream, isForward, cut, []);
    }
}

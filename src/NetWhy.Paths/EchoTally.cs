using System.Collections;

namespace NetWhy.Paths;

/// <summary>Counts what became of echo requests: replies, duplicates, reordering, damage, errors, and round trips.</summary>
/// <remarks>Round trips are counted in whole microseconds and summed as ping(8) of iputils sums them, so that the numbers agree.</remarks>
public sealed class EchoTally
{
    private const int Numbers = 1 << 16; // of sequence numbers: what came twice is known as far back as that
    private const int MostSamples = Numbers; // round trips kept for percentiles: the latest

    private readonly BitArray _seen = new(Numbers);
    private int[] _samples = new int[64];
    private long _sampleCount;
    private long _sum;
    private double _sumOfSquares;
    private ushort _acknowledged;
    private ushort _highest;
    private bool _hasHighest;
    private int _smoothedEightfold;

    /// <summary>Requests sent, and those that this machine refused to send.</summary>
    public long Sent { get; private set; }

    /// <summary>Requests answered.</summary>
    public long Received { get; private set; }

    /// <summary>Replies beyond the first to a request.</summary>
    public long Duplicates { get; private set; }

    /// <summary>Replies whose checksum was wrong.</summary>
    public long Corrupted { get; private set; }

    /// <summary>Replies whose data was not what was sent, although their checksum was right.</summary>
    public long Altered { get; private set; }

    /// <summary>First replies that came after one to a later request.</summary>
    public long Reordered { get; private set; }

    /// <summary>Errors of routers, hosts and this machine.</summary>
    public long Errors { get; private set; }

    /// <summary>Shortest round trip, in microseconds.</summary>
    public long Least { get; private set; } = long.MaxValue;

    /// <summary>Longest round trip, in microseconds.</summary>
    public long Most { get; private set; }

    /// <summary>Most requests that were on the way at once, as far as replies showed; 0 before the first.</summary>
    public int Pipe { get; private set; }

    /// <summary>Mean round trip, in microseconds, duplicates included.</summary>
    public long Mean => Timed == 0 ? 0 : _sum / Timed;

    /// <summary>Smoothed round trip, in microseconds: an eighth of each new one.</summary>
    public int Smoothed => _smoothedEightfold / 8;

    /// <summary>Standard deviation of the round trips, in microseconds.</summary>
    public long Deviation
    {
        get
        {
            if (Timed == 0)
                return 0;
            // Sums that fit are used as they are: rounding the mean first would drown short round trips.
            double variance = _sum < int.MaxValue
                ? (_sumOfSquares - _sum * _sum / Timed) / Timed
                : _sumOfSquares / Timed - (double)Mean * Mean;
            return (long)Math.Sqrt(Math.Max(0, Math.Floor(variance)));
        }
    }

    /// <summary>Share of the requests without a reply; 0 if none was sent.</summary>
    public double Loss => Sent == 0 ? 0 : (double)(Sent - Received) / Sent;

    /// <summary>Requests that may still be answered.</summary>
    public long InFlight => (ushort)(Sent - _acknowledged) is <= (ushort)short.MaxValue and var few ? few : Sent - Received - Errors;

    private long Timed => Received + Duplicates;

    /// <summary>Whether the reply to the request of a number has come.</summary>
    /// <param name="sequence">The number.</param>
    public bool HasReply(ushort sequence) => _seen[sequence];

    /// <summary>Counts a request that is about to be sent.</summary>
    /// <returns>Its number.</returns>
    public ushort Begin()
    {
        ushort sequence = (ushort)(Sent + 1);
        _seen[sequence] = false;
        return sequence;
    }

    /// <summary>Counts a request that was sent or refused.</summary>
    public void End() => Sent++;

    /// <summary>Counts an error.</summary>
    /// <param name="sequence">Number of the request that it is about; null if unknown.</param>
    public void CountError(ushort? sequence)
    {
        Errors++;
        if (sequence is { } known)
            Acknowledge(known);
    }

    /// <summary>Counts a reply.</summary>
    /// <param name="sequence">Number of the request.</param>
    /// <param name="roundTrip">Round trip in microseconds; null if it cannot be told.</param>
    /// <param name="isCorrupted">Whether its checksum is wrong.</param>
    /// <param name="isAltered">Whether its data is not what was sent.</param>
    /// <returns>What it is beside the others.</returns>
    public EchoStanding CountReply(ushort sequence, long? roundTrip, bool isCorrupted, bool isAltered)
    {
        if (isCorrupted)
        {
            Corrupted++;
            return EchoStanding.Corrupted;
        }

        Acknowledge(sequence);
        if (isAltered)
            Altered++;
        if (roundTrip is { } time)
            Time(time);
        if (_seen[sequence])
        {
            Duplicates++;
            return EchoStanding.Duplicate;
        }

        _seen[sequence] = true;
        Received++;
        bool isLate = _hasHighest && (short)(sequence - _highest) < 0;
        if (!isLate)
            _highest = sequence;
        else
            Reordered++;
        _hasHighest = true;
        return isLate ? EchoStanding.Reordered : EchoStanding.First;
    }

    /// <summary>Round trips below which given shares of the latest lie, in microseconds; null if none was timed.</summary>
    /// <remarks>The nearest-rank method, over the latest 65,536.</remarks>
    /// <param name="shares">The shares, 0 to 1.</param>
    public long[]? Percentiles(ReadOnlySpan<double> shares)
    {
        int count = (int)Math.Min(_sampleCount, MostSamples);
        if (count == 0)
            return null;
        int[] sorted = _samples[..count];
        Array.Sort(sorted);
        long[] found = new long[shares.Length];
        for (int i = 0; i < found.Length; i++)
            found[i] = sorted[Math.Clamp((int)Math.Ceiling(shares[i] * count) - 1, 0, count - 1)];
        return found;
    }

    private void Time(long time)
    {
        _sum += time;
        _sumOfSquares += (double)time * time;
        Least = Math.Min(Least, time);
        Most = Math.Max(Most, time);
        int bounded = (int)Math.Min(time, int.MaxValue / 8);
        _smoothedEightfold = _smoothedEightfold == 0 ? bounded * 8 : _smoothedEightfold + bounded - _smoothedEightfold / 8;
        if (_sampleCount == _samples.Length && _samples.Length < MostSamples)
            Array.Resize(ref _samples, _samples.Length * 4 <= MostSamples ? _samples.Length * 4 : MostSamples);
        _samples[_sampleCount++ % _samples.Length] = bounded;
    }

    private void Acknowledge(ushort sequence)
    {
        int behind = (ushort)(Sent - sequence);
        if (behind > short.MaxValue)
            return;
        Pipe = Math.Max(Pipe, behind + 1);
        if ((short)(sequence - _acknowledged) > 0 || (ushort)(Sent - _acknowledged) > short.MaxValue)
            _acknowledged = sequence;
    }
}

/// <summary>What a reply is beside the others.</summary>
public enum EchoStanding
{
    /// <summary>The first to its request, in order.</summary>
    First,

    /// <summary>The first to its request, after one to a later request.</summary>
    Reordered,

    /// <summary>One more to its request.</summary>
    Duplicate,

    /// <summary>Its checksum is wrong: it counts for nothing.</summary>
    Corrupted,
}

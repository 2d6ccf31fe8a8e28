namespace NetWhy.Lab.Impairments;

/// <summary>Decides what happens to each frame of one direction of a link. It has no clock: time comes by parameter.</summary>
/// <remarks>
/// Order of the decisions, as in the kernel's net/sched/sch_netem.c: duplicate, lose, corrupt, reorder or delay, rate.
/// </remarks>
/// <param name="impairment">What the link does.</param>
public sealed class LinkModel(Impairment impairment)
{
    private const int MostCopies = 2;

    // Not System.Random: its sequence for a seed is no promise between versions of .NET.
    private ulong _state = unchecked((ulong)impairment.Seed * 0x9E3779B97F4A7C15 + 1);
    private bool _lastWasLost;
    private int _sinceReordered;
    private TimeSpan _lineIsFreeAt;

    /// <summary>Decides the fate of one frame.</summary>
    /// <param name="length">Length of the frame, in octets.</param>
    /// <param name="now">When it enters the link; never before that of the frame before it.</param>
    /// <param name="waiting">How many frames the link holds at this moment.</param>
    /// <param name="copies">Room for at least two copies.</param>
    /// <returns>How many of <paramref name="copies"/> are filled: 0 if the frame is lost, 2 if it is doubled.</returns>
    public int Pass(int length, TimeSpan now, int waiting, Span<Delivery> copies)
    {
        int count = 1;
        if (Happens(impairment.Duplicate))
            count++;
        if (IsLost())
            count--;
        if (impairment.Mtu > 0 && length - EthernetHeaderSize > impairment.Mtu)
            count = 0;
        count = Math.Min(count, MostCopies);

        int filled = 0;
        for (int i = 0; i < count && waiting + filled < impairment.Limit; i++)
        {
            int flippedBit = Happens(impairment.Corrupt) ? (int)(Next() * length * 8) : -1;
            copies[filled++] = new Delivery(Leaves(length, now), flippedBit);
        }

        return filled;
    }

    private const int EthernetHeaderSize = 14;

    private TimeSpan Leaves(int length, TimeSpan now)
    {
        // netem counts frames since the last one that overtook; the frame after `gap - 1` of them may.
        bool overtakes = impairment.Reorder > 0
            && _sinceReordered >= impairment.Gap - 1
            && Happens(impairment.Reorder);
        if (overtakes)
        {
            _sinceReordered = 0;
            return now;
        }

        _sinceReordered++;
        TimeSpan spread = impairment.Jitter * (2 * Next() - 1);
        TimeSpan delay = impairment.Jitter > TimeSpan.Zero ? impairment.Delay + spread : impairment.Delay;
        if (delay < TimeSpan.Zero)
            delay = TimeSpan.Zero;
        if (impairment.Rate <= 0)
            return now + delay;

        TimeSpan start = now > _lineIsFreeAt ? now : _lineIsFreeAt;
        _lineIsFreeAt = start + TimeSpan.FromSeconds(length * 8.0 / impairment.Rate);
        return _lineIsFreeAt + delay;
    }

    /// <summary>A chain of two states with marginal p and lag-1 correlation r: P(lost|lost) = p + r(1-p), P(lost|passed) = p(1-r).</summary>
    private bool IsLost()
    {
        double p = impairment.Loss;
        if (p <= 0)
            return false;

        double r = impairment.LossCorrelation;
        _lastWasLost = Happens(_lastWasLost ? p + r * (1 - p) : p * (1 - r));
        return _lastWasLost;
    }

    private bool Happens(double probability) => probability > 0 && Next() < probability;

    /// <summary>The next number of [0, 1): SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).</summary>
    private double Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
    }
}

/// <summary>One copy of a frame on its way.</summary>
/// <param name="At">When it leaves the link.</param>
/// <param name="FlippedBit">Which bit is wrong then, counted from the first of the frame; -1 for none.</param>
public readonly record struct Delivery(TimeSpan At, int FlippedBit);

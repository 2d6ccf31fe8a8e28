using System.Diagnostics;

namespace NetWhy.Paths;

/// <summary>How late probes left: what a busy machine adds to its own measurements.</summary>
internal sealed class SendLateness
{
    private const int Kept = 1024; // the last probes
    private const double Share = 0.95;

    private readonly long[] _ticks = new long[Kept];
    private long _count;

    /// <summary>Notes one probe.</summary>
    /// <param name="ticks">Ticks of <see cref="Stopwatch"/> between when it was due and when it left.</param>
    internal void Add(long ticks) => _ticks[_count++ % Kept] = ticks;

    /// <summary>What 19 of 20 did not exceed; null before the first probe.</summary>
    internal TimeSpan? Usual
    {
        get
        {
            if (_count == 0)
                return null;
            long[] sorted = _ticks[..(int)Math.Min(_count, Kept)];
            Array.Sort(sorted);
            return Stopwatch.GetElapsedTime(0, sorted[(int)(Share * (sorted.Length - 1))]);
        }
    }
}

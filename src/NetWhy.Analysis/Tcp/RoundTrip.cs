namespace NetWhy.Analysis.Tcp;

/// <summary>Time from the capture point to an end and back, in microseconds. Source: RFC 6298, section 2.</summary>
internal struct RoundTrip
{
    private const uint Longest = 60_000_000;

    internal uint Shortest;
    internal uint Smoothed;
    internal uint Variation;

    /// <summary>Whether anything was measured.</summary>
    internal readonly bool IsKnown => Smoothed != 0;

    /// <summary>Takes a measurement.</summary>
    /// <param name="nanoseconds">How long it took.</param>
    internal void Add(long nanoseconds)
    {
        if (nanoseconds < 0)
            return;
        uint sample = ToMicroseconds(nanoseconds);
        Shorten(sample);
        if (!IsKnown)
        {
            Smoothed = sample;
            Variation = sample / 2;
            return;
        }

        uint difference = sample > Smoothed ? sample - Smoothed : Smoothed - sample;
        Variation = ((Variation * 3) + difference) / 4;
        Smoothed = Math.Max(1, ((Smoothed * 7) + sample) / 8);
    }

    /// <summary>Takes a measurement that may hold time in which nothing was to be sent.</summary>
    /// <param name="nanoseconds">How long it took.</param>
    internal void AddBound(long nanoseconds)
    {
        if (nanoseconds >= 0)
            Shorten(ToMicroseconds(nanoseconds));
    }

    private static uint ToMicroseconds(long nanoseconds) => (uint)Math.Clamp(nanoseconds / 1000, 1, Longest);

    private void Shorten(uint sample) => Shortest = Shortest == 0 ? sample : Math.Min(Shortest, sample);
}

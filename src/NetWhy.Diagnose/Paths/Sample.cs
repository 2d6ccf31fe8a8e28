namespace NetWhy.Diagnose.Paths;

/// <summary>What a number of round trips is like, in milliseconds.</summary>
internal readonly record struct Sample
{
    private const double ToDeviation = 1.4826; // makes the median deviation of normal noise its standard deviation
    private const int LeastGaps = 5; // between the smallest ones: a single gap is small by chance
    private const int ManyTrips = 100; // so many that one that was measured too small may be among them

    private readonly double[] _sorted;

    /// <summary>Takes the round trips.</summary>
    /// <param name="trips">The round trips, at least one.</param>
    internal Sample(double[] trips)
    {
        _sorted = [.. trips];
        Array.Sort(_sorted);
        double median = At(0.5);
        Median = median;
        double[] deviations = [.. trips.Select(trip => Math.Abs(trip - median))];
        Array.Sort(deviations);
        Deviation = ToDeviation * deviations[(deviations.Length - 1) / 2];
        Base = trips.Length >= ManyTrips ? At(0.05) : _sorted[0];
    }

    /// <summary>How many there are.</summary>
    internal int Count => _sorted.Length;

    /// <summary>Median.</summary>
    internal double Median { get; }

    /// <summary>Median absolute deviation, scaled to a standard deviation.</summary>
    internal double Deviation { get; }

    /// <summary>What the way takes when nothing waits: the smallest, or the twentieth part of many.</summary>
    internal double Base { get; }

    /// <summary>How much nearly all of them stay above the base.</summary>
    internal double Spread => At(0.95) - Base;

    /// <summary>All of them, the smallest first.</summary>
    internal ReadOnlySpan<double> Sorted => _sorted;

    /// <summary>What they take above the base.</summary>
    internal double[] AboveBase
    {
        get
        {
            double @base = Base;
            return [.. _sorted.Select(trip => trip - @base)];
        }
    }

    /// <summary>How uncertain the base is: the room between the smallest ones, times how many of them it hangs on.</summary>
    internal double Doubt
    {
        get
        {
            if (Count >= ManyTrips)
                return (At(0.15) - Base) / (0.1 * Count) * Math.Sqrt(0.05 * Count);
            int gaps = Math.Min(Count - 1, Math.Max(LeastGaps, (int)(0.15 * Count)));
            return gaps == 0 ? 0 : (_sorted[gaps] - Base) / gaps;
        }
    }

    /// <summary>The value that a share of them does not exceed.</summary>
    /// <param name="share">The share.</param>
    internal double At(double share) => _sorted[(int)Math.Round(share * (_sorted.Length - 1))];
}

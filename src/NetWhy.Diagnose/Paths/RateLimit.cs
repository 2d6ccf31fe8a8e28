namespace NetWhy.Diagnose.Paths;

/// <summary>The signature of a limit on answers: a first few, then one in every so many, as a clock gives them.</summary>
/// <remarks>
/// Losses that come by chance leave gaps between answers of every length; a bucket that gets its tokens at a steady rate leaves
/// equal ones. Source: net/ipv4/icmp.c, <c>icmpv4_xrlim_allow</c> of Linux, one token a second and six at most.
/// </remarks>
/// <param name="Burst">Answers before the limit was felt.</param>
/// <param name="Every">Rounds from one answer to the next after that.</param>
internal readonly record struct RateLimit(int Burst, double Every)
{
    private const double MostUneven = 0.05; // variance of the gaps beside that of chance: 1 in 400 at most stays below it, see the tests

    /// <summary>Gaps that are enough for a hop in the middle, whose loss is harmless anyway.</summary>
    internal const int FewGaps = 5;

    /// <summary>Gaps that are needed before loss is called a limit of the destination.</summary>
    internal const int ManyGaps = 8;

    /// <summary>Finds the signature in what a hop answered; null if it has another one.</summary>
    /// <param name="hop">The hop.</param>
    /// <param name="leastGaps">Gaps between answers that are needed.</param>
    internal static RateLimit? Of(PathHop hop, int leastGaps)
    {
        if (hop.Received == 0 || hop.Loss is < 0.3 or > 0.995)
            return null;
        List<int> answered = [];
        int known = 0;
        for (int round = 0; round < hop.Row.RoundTrips.Count; round++)
        {
            if (!hop.IsKnown(round))
                continue;
            if (hop.IsAnswered(round))
                answered.Add(known);
            known++;
        }

        int burst = 1;
        while (burst < answered.Count && answered[burst] - answered[burst - 1] == 1)
            burst++;
        double[] gaps = [.. answered.Skip(burst).Zip(answered.Skip(burst - 1), (later, sooner) => (double)(later - sooner))];
        if (gaps.Length < leastGaps)
            return null;
        double mean = gaps.Average();
        double variance = gaps.Select(gap => (gap - mean) * (gap - mean)).Average();
        double ofChance = mean * (mean - 1); // geometric, of the same mean
        double ofRounding = mean % 1 * (1 - mean % 1); // where the gaps are whole rounds of a clock that is none of ours
        bool isEven = mean > 1.2 && variance <= MostUneven * ofChance + ofRounding;
        int needed = mean switch { >= 3 => leastGaps, >= 1.9 => 10, _ => 80 }; // short gaps are equal by chance more often
        return isEven && gaps.Length >= needed ? new RateLimit(burst, mean) : null;
    }
}

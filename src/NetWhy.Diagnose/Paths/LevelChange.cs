namespace NetWhy.Diagnose.Paths;

/// <summary>A round trip that changed its level during a run, found without a threshold for the level itself.</summary>
/// <remarks>
/// By ranks, so that single slow answers do not matter. Source: A. N. Pettitt, "A non-parametric approach to the change-point
/// problem" (1979).
/// </remarks>
/// <param name="Round">First round of the new level.</param>
/// <param name="Before">Median before, in milliseconds.</param>
/// <param name="After">Median since then, in milliseconds.</param>
/// <param name="Chance">How likely such a difference is without a change.</param>
internal readonly record struct LevelChange(int Round, double Before, double After, double Chance)
{
    private const int LeastOnOneSide = 8;
    private const double MostChance = 1e-6; // asked again each round of a long run: one false alarm in days, see the tests
    private const double LeastChange = 1; // milliseconds: below, it is no matter
    private const double LeastShare = 0.05;
    private const double LeastDeviations = 2;

    /// <summary>The last change of level at a hop; null if there is none.</summary>
    /// <param name="hop">The hop.</param>
    internal static LevelChange? Last(PathHop hop)
    {
        LevelChange? last = null;
        for (int from = 0; Find(hop, from) is { } change; from = change.Round)
            last = change;
        return last;
    }

    private static LevelChange? Find(PathHop hop, int from)
    {
        List<int> rounds = [];
        for (int round = from; round < hop.Row.RoundTrips.Count; round++)
        {
            if (hop.IsAnswered(round))
                rounds.Add(round);
        }

        double[] trips = hop.Milliseconds(from);
        int n = Math.Min(trips.Length, rounds.Count);
        if (n < 2 * LeastOnOneSide)
            return null;
        (int at, double greatest) = Greatest(RankTest.Ranks(trips), n);
        double chance = 2 * Math.Exp(-6 * greatest * greatest / ((double)n * n * n + (double)n * n));
        if (chance > MostChance || at < LeastOnOneSide || n - at < LeastOnOneSide)
            return null;
        var before = new Sample(trips[..at]);
        var after = new Sample(trips[at..]);
        double change = Math.Abs(after.Median - before.Median);
        double needed = Math.Max(LeastChange, Math.Max(
            LeastShare * before.Median, LeastDeviations * Math.Min(before.Deviation, after.Deviation)));
        return change >= needed ? new LevelChange(rounds[at], before.Median, after.Median, chance) : null;
    }

    // U(t) = 2 * (sum of the first t ranks) - t (n + 1), where the ranks of equals are shared.
    private static (int At, double Greatest) Greatest(double[] ranks, int n)
    {
        (int at, double greatest, double sum) = (0, 0, 0);
        for (int t = 1; t < n; t++)
        {
            sum += ranks[t - 1];
            double u = Math.Abs(2 * sum - t * (n + 1.0));
            if (u > greatest)
                (at, greatest) = (t, u);
        }

        return (at, greatest);
    }
}

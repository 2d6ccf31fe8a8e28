namespace NetWhy.Diagnose.Paths;

/// <summary>Where along a path something grows and stays: the base of the round trips, or how much they vary.</summary>
/// <remarks>
/// What takes long at a hop and less at one behind it is of that hop alone, so only the least from a hop on counts. A step is
/// placed where it is certain: by the size of its doubt, and by ranks against every hop behind it. Where a hop does not show
/// on which side of it the step lies, because it is not certain there or because the hop answers slowly besides, the segment is
/// named wider.
/// </remarks>
internal static class PathSteps
{
    private const double LeastStep = 2; // milliseconds: below, serialisation and forwarding explain it
    private const double LeastQueue = 5; // milliseconds
    private const double Doubts = 4; // of the base: the smallest of few lies so far off in 1 of 50
    private const double DoubtsOfOne = 6; // of one hop beside the least of several: that it answers slowly besides is no chance
    private const double Deviations = 3;

    /// <summary>Steps of the base.</summary>
    /// <param name="hops">The hops with round trips, in order.</param>
    internal static IEnumerable<PathStep> OfBase(MeasuredHop[] hops)
    {
        (double before, int from, int since) = (0, -1, 0);
        for (int i = 0; i < hops.Length; i++)
        {
            double here = hops.Skip(i).Min(hop => hop.Sample.Base);
            if (here - before < LeastStep)
            {
                from = i;
                before = Math.Max(before, Math.Min(here, before + LeastStep / 4)); // many small steps are no large one
                continue;
            }

            double doubt = Doubts * Math.Max(hops[i].Sample.Doubt, from < 0 ? 0 : hops[from].Sample.Doubt);
            if (here - before < doubt || !IsBelowAll(hops, since, from, i, hop => hop.Sample.Median, Trips))
                continue;
            int to = i;
            while (to < hops.Length - 1 && hops[to].Sample.Base - here > Math.Max(LeastStep, DoubtsOfOne * hops[to].Sample.Doubt))
                to++;
            yield return new PathStep(from, to, before, here);
            (before, from, since, i) = (here, to, to, to);
        }

        static ReadOnlySpan<double> Trips(MeasuredHop hop) => hop.Sample.Sorted;
    }

    /// <summary>Steps of how much they vary.</summary>
    /// <param name="hops">The hops with round trips, in order.</param>
    internal static IEnumerable<PathStep> OfSpread(MeasuredHop[] hops)
    {
        (double before, int from, int since) = (0, -1, 0);
        for (int i = 0; i < hops.Length; i++)
        {
            double here = hops.Skip(i).Min(hop => hop.Sample.Spread);
            double noise = from < 0 ? 0 : Deviations * hops[from].Sample.Deviation;
            if (here - before < Math.Max(LeastQueue, Math.Min(noise, before)))
            {
                (from, before) = (i, Math.Max(before, here));
                continue;
            }

            if (!IsBelowAll(hops, since, from, i, hop => hop.Sample.Spread, AboveBase))
                continue;
            int to = i;
            while (to < hops.Length - 1 && hops[to].Sample.Spread > 1.5 * here + LeastStep)
                to++;
            yield return new PathStep(from, to, before, here);
            (before, from, since, i) = (here, to, to, to);
        }

        static ReadOnlySpan<double> AboveBase(MeasuredHop hop) => hop.Sample.AboveBase;
    }

    // Whether the steadiest of the hops before, since the last step, lies below each of those from one on.
    private static bool IsBelowAll(MeasuredHop[] hops, int since, int from, int first, Func<MeasuredHop, double> level, Values values)
    {
        if (from < since)
            return true;
        MeasuredHop before = hops[since..(from + 1)].MinBy(level);
        return Array.TrueForAll(hops[first..], hop => RankTest.IsGreater(values(before), values(hop)));
    }

    private delegate ReadOnlySpan<double> Values(MeasuredHop hop);
}

/// <summary>A hop and its round trips.</summary>
/// <param name="Hop">The hop.</param>
/// <param name="Sample">Its round trips.</param>
internal readonly record struct MeasuredHop(PathHop Hop, Sample Sample);

/// <summary>Something that grows along a path.</summary>
/// <param name="From">Index of the last hop before it; -1 for this machine.</param>
/// <param name="To">Index of the first hop that is behind it for certain.</param>
/// <param name="Before">The least before, in milliseconds.</param>
/// <param name="Behind">The least behind it, in milliseconds.</param>
internal readonly record struct PathStep(int From, int To, double Before, double Behind)
{
    /// <summary>By how much it grows, in milliseconds.</summary>
    internal double Size => Behind - Before;
}

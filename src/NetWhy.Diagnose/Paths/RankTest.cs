namespace NetWhy.Diagnose.Paths;

/// <summary>Whether one sample lies above another one, or whether that may be chance: by ranks, so that single slow answers do not matter.</summary>
/// <remarks>
/// Source: H. B. Mann, D. R. Whitney, "On a test of whether one of two random variables is stochastically larger than the other"
/// (1947).
/// </remarks>
internal static class RankTest
{
    private const double Certain = 3.09; // standard deviations: by chance in 1 of 1000

    /// <summary>Whether the second sample lies above the first one, and not by chance.</summary>
    /// <param name="first">The first sample.</param>
    /// <param name="second">The second one.</param>
    internal static bool IsGreater(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        double[] ranks = Ranks([.. first, .. second]);
        double sum = 0;
        foreach (double rank in ranks.AsSpan(first.Length))
            sum += rank;
        double pairs = (double)first.Length * second.Length;
        double above = sum - second.Length * (second.Length + 1.0) / 2; // pairs whose second is the larger one
        return above - pairs / 2 > Certain * Math.Sqrt(pairs * (ranks.Length + 1) / 12);
    }

    /// <summary>The rank of each value, from 1; equals share theirs.</summary>
    /// <param name="values">The values.</param>
    internal static double[] Ranks(double[] values)
    {
        int[] order = [.. Enumerable.Range(0, values.Length)];
        Array.Sort([.. values], order);
        double[] ranks = new double[values.Length];
        for (int i = 0; i < order.Length;)
        {
            int end = i;
            while (end + 1 < order.Length && values[order[end + 1]].Equals(values[order[i]]))
                end++;
            for (int k = i; k <= end; k++)
                ranks[order[k]] = (i + end) / 2.0 + 1;
            i = end + 1;
        }

        return ranks;
    }
}

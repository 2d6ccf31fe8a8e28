namespace NetWhy.Diagnose.Paths;

/// <summary>Whether one hop loses more than another one, or whether that may be chance.</summary>
internal static class LossComparison
{
    /// <summary>Below this probability, a difference is not taken for chance.</summary>
    internal const double Alpha = 0.01;

    private const int Table = 256; // below, factorials are added up; above, Stirling's series is exact to 1e-10

    private static readonly double[] Factorials = FirstFactorials();

    /// <summary>Fisher's exact test, of one side: how likely it is that the second loses so much if both lose alike.</summary>
    /// <remarks>Source: R. A. Fisher, "The Design of Experiments" (1935); the tail of the hypergeometric distribution.</remarks>
    /// <param name="lostFirst">Losses of the first.</param>
    /// <param name="sentFirst">Trials of the first.</param>
    /// <param name="lostSecond">Losses of the second.</param>
    /// <param name="sentSecond">Trials of the second.</param>
    internal static double Fisher(int lostFirst, int sentFirst, int lostSecond, int sentSecond)
    {
        int lost = lostFirst + lostSecond;
        double all = LogChoose(sentFirst + sentSecond, lost);
        double chance = 0;
        for (int x = lostSecond; x <= Math.Min(lost, sentSecond); x++)
        {
            if (lost - x <= sentFirst)
                chance += Math.Exp(LogChoose(sentSecond, x) + LogChoose(sentFirst, lost - x) - all);
        }

        return Math.Min(1, chance);
    }

    /// <summary>Whether the second loses more than the first, and not by chance.</summary>
    /// <param name="first">Losses and trials of the first.</param>
    /// <param name="second">Those of the second.</param>
    /// <param name="comparisons">How many such comparisons are made, of which the most telling one is told.</param>
    internal static bool IsMore((int Lost, int Sent) first, (int Lost, int Sent) second, int comparisons = 1) =>
        (long)second.Lost * first.Sent > (long)first.Lost * second.Sent
        && Fisher(first.Lost, first.Sent, second.Lost, second.Sent) < Alpha / comparisons;

    /// <summary>The natural logarithm of how many ways there are to choose some of some.</summary>
    /// <param name="n">How many there are.</param>
    /// <param name="k">How many are chosen; minus infinity for what cannot be.</param>
    internal static double LogChoose(int n, int k) => k < 0 || k > n ? double.NegativeInfinity : LogFactorial(n) - LogFactorial(k) - LogFactorial(n - k);

    /// <summary>How likely as many of some are, or more, of which each comes about by a chance: the tail of the binomial distribution.</summary>
    /// <param name="all">How many there are.</param>
    /// <param name="least">How many of them, at least.</param>
    /// <param name="chance">The chance of each.</param>
    internal static double Tail(int all, int least, double chance)
    {
        if (chance >= 1)
            return 1;
        double sum = 0;
        for (int x = least; x <= all; x++)
            sum += Math.Exp(LogChoose(all, x) + (x * Math.Log(chance)) + ((all - x) * Math.Log(1 - chance)));
        return sum;
    }

    private static double LogFactorial(int n)
    {
        if (n < Table)
            return Factorials[n];
        double x = n + 1.0;
        return (x - 0.5) * Math.Log(x) - x + 0.5 * Math.Log(2 * Math.PI) + 1 / (12 * x) - 1 / (360 * x * x * x);
    }

    private static double[] FirstFactorials()
    {
        double[] logarithms = new double[Table];
        for (int n = 1; n < Table; n++)
            logarithms[n] = logarithms[n - 1] + Math.Log(n);
        return logarithms;
    }
}

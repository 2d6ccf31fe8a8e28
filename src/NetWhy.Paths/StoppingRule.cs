namespace NetWhy.Paths;

/// <summary>How many probes it takes to say that all next hops of a router have been seen.</summary>
/// <remarks>
/// Where <c>k</c> are known: the smallest number of probes that would have shown one more, if there were <c>k + 1</c> equally likely
/// ones, in all but <c>alpha</c> of the cases. Source: D. Veitch et al., "Failure control in multipath route tracing" (2009).
/// </remarks>
public static class StoppingRule
{
    private const int Most = 4096; // probes; what the loop ends at for any share

    /// <summary>The number of probes.</summary>
    /// <param name="known">Next hops known, 1 at least.</param>
    /// <param name="alpha">Share of cases in which one may be missed, such as 0.05.</param>
    public static int Probes(int known, double alpha)
    {
        int probes = Math.Max(1, known) + 1;
        while (probes < Most && ChanceOfMissing(known, probes) > alpha)
            probes++;
        return probes;
    }

    /// <summary>The chance that one more next hop was missed, if there is one and all are equally likely.</summary>
    /// <param name="known">Next hops known, 1 at least.</param>
    /// <param name="probes">Probes that were answered.</param>
    /// <returns>0 to 1: that not all of <c>known + 1</c> are among the probes, by inclusion and exclusion over those missed.</returns>
    public static double ChanceOfMissing(int known, int probes)
    {
        int all = Math.Max(1, known) + 1;
        double chance = 0, combinations = 1;
        for (int missed = 1; missed <= all; missed++)
        {
            combinations = combinations * (all - missed + 1) / missed;
            double term = combinations * Math.Pow((double)(all - missed) / all, probes);
            chance += missed % 2 == 1 ? term : -term;
        }

        return Math.Clamp(chance, 0, 1);
    }
}

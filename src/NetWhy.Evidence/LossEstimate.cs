namespace NetWhy.Evidence;

/// <summary>What a number of losses says of the loss behind it.</summary>
public static class LossEstimate
{
    private const double Z = 1.96; // 95 %

    /// <summary>The Wilson interval: where the true share lies, with 95 % confidence.</summary>
    /// <remarks>Source: E. B. Wilson, "Probable inference" (1927).</remarks>
    /// <param name="losses">Losses.</param>
    /// <param name="sent">Trials.</param>
    /// <returns>Least and greatest share; 0 to 1 without a trial.</returns>
    public static (double Least, double Most) Interval(long losses, long sent)
    {
        if (sent <= 0)
            return (0, 1);
        double n = sent;
        double share = losses / n;
        double spread = 1 + Z * Z / n;
        double centre = (share + Z * Z / (2 * n)) / spread;
        double half = Z * Math.Sqrt(share * (1 - share) / n + Z * Z / (4 * n * n)) / spread;
        return (Math.Max(0, centre - half), Math.Min(1, centre + half));
    }
}

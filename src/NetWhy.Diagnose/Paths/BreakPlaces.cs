namespace NetWhy.Diagnose.Paths;

/// <summary>Where the way was broken in the rounds in which the destination did not answer.</summary>
/// <remarks>
/// In rounds that the destination answered, the way was whole: what a hop did then is how it answers. Given that, each lost
/// round says behind which hop the way probably ended. A hop that never answers says nothing, and is not blamed.
/// </remarks>
internal static class BreakPlaces
{
    private const double Impossible = 1e-3; // an answer from behind the break: one that came late, or twice
    private const double Together = 0.5; // phi above which destination and the hop before it fail together
    private const double Enough = 0.95;

    /// <summary>Whether the losses are outages of the way: those of a hop before go with those of the destination.</summary>
    /// <param name="hops">The hops, the destination last.</param>
    internal static bool AreOutages(PathHop[] hops)
    {
        PathHop destination = hops[^1];
        return hops[..^1].Where(hop => hop.Loss < 0.9).TakeLast(2).Any(hop => Phi(hop, destination) > Together);
    }

    /// <summary>The hops between which the way broke, with nearly all of the probability.</summary>
    /// <param name="hops">The hops, the destination last.</param>
    /// <param name="length">Rounds.</param>
    /// <returns>How many hops are before the break, at least and at most; null if it cannot be told.</returns>
    internal static (int Least, int Most)? Of(PathHop[] hops, int length)
    {
        double[] willing = [.. hops.Select(hop => Willingness(hop, hops[^1], length))];
        double[] histogram = new double[hops.Length];
        double ofSingle = 0;
        for (int round = 0; round < length; round++)
        {
            if (hops[^1].IsLost(round))
                ofSingle += Add(histogram, hops, willing, round);
        }

        double sum = histogram.Sum();
        if (sum <= ofSingle)
            return null;
        int best = Array.IndexOf(histogram, histogram.Max());
        (int least, int most, double mass) = (best, best, histogram[best]);
        while (mass < Enough * sum)
        {
            double below = least > 0 ? histogram[least - 1] : -1;
            double above = most < histogram.Length - 1 ? histogram[most + 1] : -1;
            mass += Math.Max(below, above);
            if (below >= above)
                least--;
            else
                most++;
        }

        return (least, most);
    }

    // Adds the probabilities of each place for one round; returns that of the loss of the destination's own packet alone.
    private static double Add(double[] histogram, PathHop[] hops, double[] willing, int round)
    {
        int places = hops.Length;
        double[] likelihood = new double[places + 1];
        for (int place = 0; place <= places; place++) // the last: only the destination's packet
        {
            for (int i = 0; i < places - 1; i++)
            {
                if (!hops[i].IsKnown(round))
                    continue;
                bool answered = hops[i].IsAnswered(round);
                likelihood[place] += i < place
                    ? Math.Log(answered ? willing[i] : 1 - willing[i])
                    : answered ? Math.Log(Impossible) : 0;
            }
        }

        double greatest = likelihood.Max();
        double[] weights = [.. likelihood.Select(one => Math.Exp(one - greatest))];
        double sum = weights.Sum();
        for (int place = 0; place < places; place++)
            histogram[place] += weights[place] / sum;
        return weights[places] / sum;
    }

    private static double Willingness(PathHop hop, PathHop destination, int length)
    {
        (int answered, int known) = (0, 0);
        for (int round = 0; round < length; round++)
        {
            if (!destination.IsAnswered(round) || !hop.IsKnown(round))
                continue;
            known++;
            answered += hop.IsAnswered(round) ? 1 : 0;
        }

        return Math.Clamp(known == 0 ? 0.5 : (double)answered / known, 0.01, 0.99);
    }

    private static double Phi(PathHop one, PathHop other)
    {
        double both = 0, first = 0, second = 0, n = 0;
        for (int round = 0; round < one.Row.RoundTrips.Count; round++)
        {
            if (!one.IsKnown(round) || !other.IsKnown(round))
                continue;
            n++;
            (bool a, bool b) = (one.IsLost(round), other.IsLost(round));
            both += a && b ? 1 : 0;
            first += a ? 1 : 0;
            second += b ? 1 : 0;
        }

        double spread = Math.Sqrt(first * (n - first) * second * (n - second));
        return spread == 0 ? 0 : (n * both - first * second) / spread;
    }
}

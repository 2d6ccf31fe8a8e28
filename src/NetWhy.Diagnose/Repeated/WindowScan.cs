using System.Collections.Immutable;

namespace NetWhy.Diagnose.Repeated;

/// <summary>Stretches of a sequence in which something happens more often than besides: from now and then to always, once or in many of them.</summary>
/// <remarks>
/// Each stretch has one of two rates; the likeliest division is found by dynamic programming, a change of the rate costing as if it were less
/// likely by so many nepers: much, for long stretches in which it happens now and then, or little, for short ones in which it happens
/// always. Whether chance makes so good a division is told by dividing the same sequence in other orders: what comes over one kept
/// connection, which may be bound to one backend, changes places within it alone.
/// Source: A. J. Viterbi, "Error bounds for convolutional codes" (1967); R. A. Fisher, "The Design of Experiments" (1935), on permutations.
/// </remarks>
internal static class WindowScan
{
    private const int Orders = 1999;
    private static readonly double[] Changes = [2, 0.8]; // nepers

    // How often it happens besides, and in a window.
    private static readonly Chances[] Rates = [new(0.01, 0.2), new(0.01, 0.35), new(0.01, 0.6), new(0.01, 0.95), new(0.1, 0.35), new(0.1, 0.6), new(0.1, 0.95)];

    /// <summary>Divides a sequence.</summary>
    /// <param name="happens">Whether it happened, in the order of time.</param>
    /// <param name="bonds">Of each, what it is bound to; those that are bound to nothing have the same number.</param>
    /// <param name="alpha">How likely chance may make it at most; not below a thousandth.</param>
    /// <returns>The windows, from the first in which it happened to the last; null if chance makes such an order.</returns>
    internal static ImmutableArray<(int First, int Last)>? Of(bool[] happens, int[] bonds, double alpha)
    {
        if (!happens.Contains(true) || !happens.Contains(false))
            return null;
        foreach (double change in Changes)
        {
            if (Of(happens, bonds, alpha / Changes.Length, change) is { } windows)
                return windows;
        }

        return null;
    }

    private static ImmutableArray<(int First, int Last)>? Of(bool[] happens, int[] bonds, double alpha, double change)
    {
        double best = Rates.Max(rates => Score(happens, rates, change));
        int[][] groups = [.. Enumerable.Range(0, happens.Length).GroupBy(i => bonds[i]).Select(group => group.ToArray()).Where(group => group.Length > 1)];
        bool[] other = [.. happens];
        var random = new Random(happens.Length); // the same evidence is judged alike each time
        int asGood = 1;
        for (int i = 0; i < Orders; i++)
        {
            foreach (int[] group in groups)
            {
                for (int j = group.Length - 1; j > 0; j--)
                {
                    int with = random.Next(j + 1);
                    (other[group[j]], other[group[with]]) = (other[group[with]], other[group[j]]);
                }
            }

            if (IsAsGood(other, best, change) && ++asGood > alpha * (Orders + 1))
                return null;
        }

        return Windows(happens, Rates.MaxBy(rates => Score(happens, rates, change))!, change);
    }

    private static bool IsAsGood(bool[] order, double best, double change)
    {
        const double Rounding = 1e-9;
        foreach (Chances rates in Rates)
        {
            if (Score(order, rates, change) >= best - Rounding)
                return true;
        }

        return false;
    }

    private static double Score(bool[] order, Chances rates, double change)
    {
        (double goodBesides, double badBesides, double goodInside, double badInside) = rates;
        double besides = 0, inside = -change;
        foreach (bool bad in order)
        {
            double from = besides - change > inside ? besides - change : inside;
            besides = (inside - change > besides ? inside - change : besides) + (bad ? badBesides : goodBesides);
            inside = from + (bad ? badInside : goodInside);
        }

        return Math.Max(besides, inside);
    }

    private static ImmutableArray<(int First, int Last)> Windows(bool[] order, Chances rates, double change)
    {
        (double goodBesides, double badBesides, double goodInside, double badInside) = rates;
        bool[] besidesFromInside = new bool[order.Length], insideFromBesides = new bool[order.Length];
        double besides = 0, inside = -change;
        for (int i = 0; i < order.Length; i++)
        {
            besidesFromInside[i] = inside - change > besides;
            insideFromBesides[i] = besides - change > inside;
            double from = insideFromBesides[i] ? besides - change : inside;
            besides = (besidesFromInside[i] ? inside - change : besides) + (order[i] ? badBesides : goodBesides);
            inside = from + (order[i] ? badInside : goodInside);
        }

        List<(int First, int Last)> windows = [];
        bool isInside = inside > besides;
        for (int i = order.Length - 1, last = -1, first = -1; i >= 0; i--)
        {
            if (isInside && order[i])
                (first, last) = (i, last < 0 ? i : last);
            isInside = isInside ? !insideFromBesides[i] : besidesFromInside[i];
            if ((!isInside || i == 0) && last >= 0)
            {
                windows.Add((first, last));
                last = -1;
            }
        }

        windows.Reverse();
        return [.. windows];
    }

    // Logarithms of how likely one is that is none, or is one, besides and in a window.
    private sealed record Chances(double GoodBesides, double BadBesides, double GoodInside, double BadInside)
    {
        internal Chances(double besides, double inside)
            : this(Math.Log(1 - besides), Math.Log(besides), Math.Log(1 - inside), Math.Log(inside))
        {
        }
    }
}

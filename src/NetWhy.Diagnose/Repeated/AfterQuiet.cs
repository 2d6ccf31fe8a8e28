using System.Net;
using NetWhy.Diagnose.Paths;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Repeated;

/// <summary>Requests fail that come after nobody asked for some time, and others do not: so a proxy fails whose kept connections to its backend are dead by then.</summary>
/// <remarks>
/// A request that was answered leaves such a connection behind, one that failed does not: what comes right behind a failure goes over a
/// new one, however long it was quiet, unless a second one was kept and is dead as well. Chance is excluded as by <see cref="WindowScan"/>, by other orders of the same failures.
/// </remarks>
/// <param name="Address">The address.</param>
/// <param name="Least">The shortest quiet time after which requests fail.</param>
/// <param name="Quiet">Failures and requests that come after so long, behind an answer.</param>
/// <param name="Others">Failures and requests besides.</param>
/// <param name="WrongInTurn">Requests of which it is not so that they fail in the turn of a balancer.</param>
internal sealed record AfterQuiet(IPAddress Address, TimeSpan Least, (int Failed, int Requests) Quiet, (int Failed, int Requests) Others, int WrongInTurn)
{
    private const int Orders = 1999;
    private const int Enough = 2; // failures
    private const double MostWrong = 0.2; // of the failures
    private const double MostBesides = 0.02; // of the other requests
    private const double OfSecond = 0.5; // wrong, where it fails right behind a failure
    private const int Fewer = 2;
    private const int ShareOfTurns = 4; // a turn of more places than a fourth of the requests explains everything
    private const double Shortest = 1; // seconds: no server gives idle connections up sooner

    private int Wrong => Others.Failed + Quiet.Requests - Quiet.Failed;

    /// <summary>Whether the turn of a balancer explains it clearly worse.</summary>
    internal bool IsSure => WrongInTurn >= Wrong + Fewer;

    /// <summary>In words.</summary>
    internal string InWords => $"{Quiet.Failed} of {Words.Count(Quiet.Requests, "request")} fail that come when nobody of ours had asked for {ApplicationView.InWords(Least)} or more, and {Others.Failed} of {Others.Requests} others, those right behind a failure among them";

    /// <summary>Looks for it.</summary>
    /// <param name="address">The address.</param>
    /// <param name="tried">Requests there in the order in which they began, and whether each failed.</param>
    /// <param name="comparisons">At how many addresses it is looked for.</param>
    /// <returns>Null if there is no such order, or if it may be chance.</returns>
    internal static AfterQuiet? Of(IPAddress address, (TriedRequest Request, bool IsFailed)[] tried, int comparisons)
    {
        bool[] failed = [.. tried.Select(one => one.IsFailed)];
        int failures = failed.Count(one => one);
        if (failures < Enough || failures == failed.Length)
            return null;
        (double[] quiet, int[] behind) = Rests(tried);
        (double wrong, double least) = Best(failed, quiet, behind);
        if (least < Shortest || !Enumerable.Range(0, failed.Length).Any(i => !failed[i] && behind[i] >= 0 && failed[behind[i]]))
            return null;
        int[] stale = [.. Enumerable.Range(0, failed.Length).Where(i => IsStale(failed, quiet, behind, i) && quiet[i] >= least)];
        int within = stale.Count(i => failed[i]), besides = failures - within;

        // Of several connections that a busy proxy keeps, one may rest while others are used: few fail besides then.
        bool isRareBesides = within >= Enough && within == stale.Length && besides <= MostBesides * (failed.Length - stale.Length);
        if (wrong > MostWrong * failures && !isRareBesides)
            return null;
        bool[] other = [.. failed];
        var random = new Random(failed.Length); // the same evidence is judged alike each time
        int asGood = 1;
        for (int i = 0; i < Orders; i++)
        {
            random.Shuffle(other);
            if (Best(other, quiet, behind).Wrong <= wrong && ++asGood > LossComparison.Alpha / comparisons * (Orders + 1))
                return null;
        }

        return new AfterQuiet(address, TimeSpan.FromSeconds(least), (within, stale.Length), (besides, failed.Length - stale.Length), Turn.Best(failed, failed.Length / ShareOfTurns).Wrong);
    }

    /// <summary>For how long nobody had asked before each request, in seconds, and behind which one it came: the one that ended last; -1 for the first.</summary>
    private static (double[] Quiet, int[] Behind) Rests((TriedRequest Request, bool IsFailed)[] tried)
    {
        double[] quiet = new double[tried.Length];
        int[] behind = new int[tried.Length];
        TimeSpan end = TimeSpan.Zero;
        int last = -1;
        for (int i = 0; i < tried.Length; i++)
        {
            TriedRequest request = tried[i].Request;
            (quiet[i], behind[i]) = (last < 0 ? 0 : Math.Max(0, (request.At - end).TotalSeconds), last);
            if (request.At + request.Total >= end)
                (end, last) = (request.At + request.Total, i);
        }

        return (quiet, behind);
    }

    /// <summary>The longest time for which nobody had asked before a request.</summary>
    /// <param name="requests">Requests to one address in the order in which they began.</param>
    internal static TimeSpan Longest(IEnumerable<TriedRequest> requests) =>
        TimeSpan.FromSeconds(Rests([.. requests.Select(request => (request, false))]).Quiet.DefaultIfEmpty(0).Max());

    private static bool IsStale(bool[] failed, double[] quiet, int[] behind, int place) => behind[place] >= 0 && !failed[behind[place]] && quiet[place] >= Shortest;

    // The quiet time from which on fewest are wrong: fail before it, or do not behind it.
    private static (double Wrong, double Least) Best(bool[] failed, double[] quiet, int[] behind)
    {
        int[] stale = [.. Enumerable.Range(0, failed.Length).Where(i => IsStale(failed, quiet, behind, i)).OrderByDescending(i => quiet[i])];
        double wrong = Enumerable.Range(0, failed.Length).Sum(i => !failed[i] ? 0 : behind[i] >= 0 && failed[behind[i]] ? OfSecond : 1);
        (double Wrong, double Least) best = (wrong, double.NegativeInfinity);
        for (int i = 0; i < stale.Length; i++)
        {
            wrong += failed[stale[i]] ? -1 : 1;
            bool isLastOfAlike = i + 1 == stale.Length || quiet[stale[i + 1]] < quiet[stale[i]];
            if (isLastOfAlike && wrong < best.Wrong)
                best = (wrong, quiet[stale[i]]);
        }

        return best;
    }
}

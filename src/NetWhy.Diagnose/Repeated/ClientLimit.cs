using System.Globalization;
using System.Net;
using NetWhy.Diagnose.Paths;

namespace NetWhy.Diagnose.Repeated;

/// <summary>A limit on how often this client may ask: which of our own requests are refused follows from when the others before were let through.</summary>
/// <remarks>
/// Three kinds of limit are tried on the requests. A bucket fills with each request let through, leaks at a rate and holds a burst (nginx:
/// limit_req). A window of fixed times lets the first of each through. A window before each request holds so many of those let through (a
/// log of times). A rate counts all, refused or not, and weighs the count of a time with that of the one before (haproxy: the rates of a
/// stick-table; source: its freq_ctr.c). The limit is where fewest requests are refused that it lets through, or the other way round.
/// What fails for another reason lies otherwise: a backend that goes in and out follows the clock, one of several the count.
/// </remarks>
/// <param name="Address">Who limits.</param>
/// <param name="Words">What it lets through, in words.</param>
/// <param name="Way">How it refuses.</param>
/// <param name="Refused">Requests that it refused.</param>
/// <param name="Asked">Of how many.</param>
/// <param name="Wrong">Requests of which it is not so.</param>
/// <param name="WrongByTime">Requests of which it is not so that they fail in a rhythm of the clock, or in turn.</param>
internal sealed record ClientLimit(IPAddress Address, string Words, Refusal Way, int Refused, int Asked, int Wrong, int WrongByTime)
{
    private const int Enough = 5; // refused ones, and others
    private const double MostWrong = 0.1; // of the fewer
    private const double Clearly = 2; // times
    private const int Fewer = 3;
    private const int MostPhases = 400;
    private const double Vague = 2; // times the slowest leak that fits: then how fast it leaks is not told
    private const int MostTold = 2; // rates that fit as well
    private const int Phases = 4; // of when a rate began to count: others may have asked before
    private static readonly double[] Windows = [1, 2, 3, 5, 10, 15, 20, 30, 60]; // seconds: what limits are set to
    private static readonly double[] Leaks = Steps(0.4, 5, 1.01); // of what is let through
    private static readonly int[] Bursts = [.. Enumerable.Range(0, 11), 15, 20, 30, 40, 50];

    /// <summary>Whether nothing else explains it as well.</summary>
    internal bool IsSure => IsClearlyLess(Wrong, WrongByTime);

    /// <summary>Whether one explanation is wrong of clearly fewer requests than another one.</summary>
    /// <param name="wrong">Of how many the one is.</param>
    /// <param name="other">Of how many the other is.</param>
    internal static bool IsClearlyLess(int wrong, int other) => other >= wrong + Fewer && other >= Clearly * wrong;

    /// <summary>Looks for one.</summary>
    /// <param name="address">Who may limit.</param>
    /// <param name="tried">Requests there in the order of time, when each arrived there in seconds, and whether it was refused.</param>
    /// <param name="isCounted">Whether a limit that counts all counts each: what counts connections does not count requests over kept ones.</param>
    /// <param name="blur">By how many seconds that may be wrong.</param>
    /// <param name="way">How it refuses.</param>
    /// <param name="windows">Failures as windows of time, of which there may be a few; null if they are in none.</param>
    /// <returns>Null if there is none, or if it may be chance.</returns>
    internal static ClientLimit? Of(IPAddress address, (double At, bool IsRefused)[] tried, bool[] isCounted, double blur, Refusal way, FailureWindows? windows)
    {
        const double Chance = 0.001;
        int refused = tried.Count(one => one.IsRefused), fewer = Math.Min(refused, tried.Length - refused);
        if (fewer < Enough)
            return null;
        (int wrong, string words, int models, bool isVague) = BestBucket(tried, blur);
        foreach ((int[] before, Func<int, string> inWords) in Counts(tried))
        {
            models++;
            (int here, int most) = Split(before, tried);
            if (here < wrong)
                (wrong, words, isVague) = (here, inWords(most), false);
        }

        ((int Wrong, int Most) Best, double Window)[] ofAll = [.. WindowsOf(tried).Select(window => (Enumerable.Range(0, Phases).Select(phase => Split(Rates(tried, isCounted, window, window * phase / Phases), tried)).MinBy(best => best.Wrong), window))];
        models += ofAll.Length * Phases;
        if (ofAll.Length > 0 && ofAll.Min(one => one.Best.Wrong) is var least && (least < wrong || (least == wrong && !isVague)))
        {
            // Who goes on asking too fast stays over the limit, however long its window is.
            string[] asGood = [.. ofAll.Where(one => one.Best.Wrong == least).GroupBy(one => one.Best.Most).Select(same => $"{same.Key} within {InWords(same.First().Window)}{(same.Count() > 1 ? " or longer" : "")}")];
            (wrong, words) = (least, $"{string.Join(" or ", asGood.Take(MostTold))} (those that it refuses counted, too){(least == wrong ? $", or {words}" : "")}");
        }

        // Of all orders of as many, those that some model and some limit explain as well, at most.
        double chance = Math.Log(models) + Math.Log(tried.Length + 1) + LossComparison.LogChoose(tried.Length, wrong) - LossComparison.LogChoose(tried.Length, refused);
        if (wrong > MostWrong * fewer || chance > Math.Log(Chance))
            return null;
        int byTime = Math.Min(WrongInRhythm(tried), Math.Min(Turn.Best([.. tried.Select(one => one.IsRefused)]).Wrong, windows is { Spans.Length: <= 3 } ? windows.Wrong : int.MaxValue));
        return IsClearlyLess(byTime, wrong) ? null : new ClientLimit(address, words, way, refused, tried.Length, wrong, byTime);
    }

    // The bucket that is wrong of fewest, and how many buckets were tried. Of leaks that are as good, the middle one.
    private static (int Wrong, string Words, int Models, bool IsVague) BestBucket((double At, bool IsRefused)[] tried, double blur)
    {
        double passed = tried.Count(one => !one.IsRefused) / Math.Max(0.001, tried[^1].At - tried[0].At);
        (int Wrong, int Burst, double First, double Last) best = (int.MaxValue, 0, 0, 0);
        foreach (int burst in Bursts)
        {
            foreach (double leak in Leaks)
            {
                int wrong = WrongOfBucket(tried, blur, passed * leak, burst, best.Wrong);
                if (wrong < best.Wrong)
                    best = (wrong, burst, leak, leak);
                else if (wrong == best.Wrong && burst == best.Burst)
                    best.Last = leak;
            }
        }

        int models = Bursts.Length * Leaks.Length;
        if (best.Burst > 0 && best.Last > best.First * Vague)
            return (best.Wrong, $"{best.Burst + 1} at once, and then {Often(passed * best.First)} to {Often(passed * best.Last)}{(best.Last == Leaks[^1] ? " or more" : "")} (they came too close together to tell)", models, true);
        string often = $"about {Often(passed * Math.Sqrt(best.First * best.Last))}";
        return (best.Wrong, best.Burst == 0 ? often : $"{often} with a burst of {best.Burst}", models, false);

        static string Often(double rate) => rate >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{rate:0} a second") : string.Create(CultureInfo.InvariantCulture, $"{60 * rate:0} a minute");
    }

    // Requests let through though it was full, or refused though it was not. How full it is follows from what was seen before.
    private static int WrongOfBucket((double At, bool IsRefused)[] tried, double blur, double rate, int burst, int enough)
    {
        double near = Math.Clamp(blur * rate, 0.1, 0.25); // requests
        double level = 0, last = tried[0].At;
        int wrong = 0;
        foreach ((double at, bool isRefused) in tried)
        {
            double leaked = level - (rate * (at - last));
            last = at;
            if (isRefused)
            {
                wrong += leaked < burst - near ? 1 : 0;
                level = Math.Max(leaked, burst);
            }
            else
            {
                wrong += leaked > burst + near ? 1 : 0;
                level = Math.Clamp(leaked, 0, burst) + 1;
            }

            if (wrong > enough)
                break;
        }

        return wrong;
    }

    private static IEnumerable<(int[] Before, Func<int, string> Words)> Counts((double At, bool IsRefused)[] tried)
    {
        foreach (double window in WindowsOf(tried))
        {
            yield return (Before(tried, window), most => string.Create(CultureInfo.InvariantCulture, $"{most} within {InWords(window)}"));
            double[] begins = [.. tried.Select(one => one.At % window).Distinct()];
            for (int i = 0; i < begins.Length; i += 1 + (begins.Length / MostPhases))
                yield return (Within(tried, window, begins[i]), most => string.Create(CultureInfo.InvariantCulture, $"the first {most} of each {(window == 1 ? "second" : InWords(window))}"));
        }
    }

    private static IEnumerable<double> WindowsOf((double At, bool IsRefused)[] tried) => Windows.Where(window => window * 2 <= (tried[^1].At - tried[0].At) * 1.05);

    private static string InWords(double window) => window == 1 ? "a second" : string.Create(CultureInfo.InvariantCulture, $"{window:0} s");

    // How many were let through in the time before each.
    private static int[] Before((double At, bool IsRefused)[] tried, double window)
    {
        int[] counts = new int[tried.Length];
        int first = 0, count = 0;
        for (int i = 0; i < tried.Length; i++)
        {
            while (tried[first].At <= tried[i].At - window)
                count -= tried[first++].IsRefused ? 0 : 1;
            counts[i] = count;
            count += tried[i].IsRefused ? 0 : 1;
        }

        return counts;
    }

    // The rate that haproxy knows before each: what is counted since its time began, and of the time before the share that is still within
    // one such time. A request that is not counted is judged as if it were the last that was.
    private static int[] Rates((double At, bool IsRefused)[] tried, bool[] isCounted, double window, double phase)
    {
        int[] rates = new int[tried.Length];
        double begin = tried[0].At - phase;
        int before = 0, count = 0;
        for (int i = 0; i < tried.Length; i++)
        {
            double at = tried[i].At;
            if (at - begin >= window)
            {
                (before, count, begin) = (count, 0, begin + window);
                if (at - begin >= window)
                    (before, begin) = (0, at);
            }

            int rate = (int)(before * (window - (at - begin)) / window) + count;
            rates[i] = isCounted[i] ? rate : Math.Max(0, rate - 1);
            count += isCounted[i] ? 1 : 0;
        }

        return rates;
    }

    // How many were let through since a window of fixed times began.
    private static int[] Within((double At, bool IsRefused)[] tried, double window, double begin)
    {
        int[] counts = new int[tried.Length];
        double number = double.NaN;
        int count = 0;
        for (int i = 0; i < tried.Length; i++)
        {
            double here = Math.Floor((tried[i].At - begin) / window);
            if (here != number)
                (number, count) = (here, 0);
            counts[i] = count;
            count += tried[i].IsRefused ? 0 : 1;
        }

        return counts;
    }

    /// <summary>Finds how many may have been let through before, so that fewest are refused that may pass, or the other way round.</summary>
    /// <param name="before">Of each request, how many before it count.</param>
    /// <param name="tried">The requests.</param>
    /// <returns>Of how many it is not so, and how many may pass.</returns>
    internal static (int Wrong, int Most) Split(int[] before, (double At, bool IsRefused)[] tried)
    {
        int[] refused = new int[before.Max() + 1], passed = new int[refused.Length];
        for (int i = 0; i < tried.Length; i++)
            (tried[i].IsRefused ? refused : passed)[before[i]]++;
        int wrong = passed.Sum();
        (int Wrong, int Most) best = (int.MaxValue, 0);
        for (int count = 0; count < refused.Length - 1; count++)
        {
            wrong += refused[count] - passed[count];
            if (wrong < best.Wrong)
                best = (wrong, count + 1);
        }

        return best;
    }

    /// <summary>Of how many it is not so that they are refused in one part of each turn of a clock, of any period.</summary>
    /// <param name="tried">The requests.</param>
    internal static int WrongInRhythm((double At, bool IsRefused)[] tried)
    {
        const double Shortest = 0.3, Step = 1.004;
        double length = tried[^1].At - tried[0].At;
        int refused = tried.Count(one => one.IsRefused), best = refused;
        double[] phases = new double[tried.Length];
        bool[] order = new bool[tried.Length];
        for (double period = Shortest; period <= length; period *= Step)
        {
            for (int i = 0; i < tried.Length; i++)
                (phases[i], order[i]) = (tried[i].At % period, tried[i].IsRefused);
            Array.Sort(phases, order);
            int sum = 0, most = 0, least = 0, mostHere = 0, leastHere = 0;
            foreach (bool isRefused in order)
            {
                int one = isRefused ? 1 : -1;
                sum += one;
                most = Math.Max(most, mostHere = Math.Max(0, mostHere + one));
                least = Math.Min(least, leastHere = Math.Min(0, leastHere + one));
            }

            best = Math.Min(best, refused - Math.Max(most, sum - least)); // a part may go round the end of the turn
        }

        return best;
    }

    private static double[] Steps(double first, double last, double step)
    {
        List<double> steps = [];
        for (double value = first; value <= last; value *= step)
            steps.Add(value);
        return [.. steps];
    }
}

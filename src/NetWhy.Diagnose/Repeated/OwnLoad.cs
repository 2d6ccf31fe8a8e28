using System.Net;
using NetWhy.Diagnose.Paths;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Repeated;

/// <summary>
/// Errors that come where netwhy's own requests were under way, or had just been served, and hardly else: whoever answers has few places (a
/// pool of connections, workers, a lock), or a limit. One of several backends that is bad fails a request that comes alone as often.
/// </summary>
/// <remarks>
/// Only requests that were answered well count as load: those that fail take no place for certain, and where something is away for a time
/// they stand beside each other whatever the load. Which of them were under way follows from when each came to the server and when its
/// answer left, half a round trip behind and before.
/// </remarks>
/// <param name="Address">The address.</param>
/// <param name="Least">How many others were served then, at least.</param>
/// <param name="Within">In how long before; zero where they were still under way.</param>
/// <param name="Loaded">Errors and requests where so many were.</param>
/// <param name="Others">Errors and requests where fewer were.</param>
/// <param name="Status">The status that most errors have.</param>
internal sealed record OwnLoad(IPAddress Address, int Least, TimeSpan Within, (int Failed, int Requests) Loaded, (int Failed, int Requests) Others, int Status)
{
    private const int Enough = 5; // errors
    private const int FewAlone = 2;
    private const double Rare = 0.05; // of the others: those who ask besides netwhy take places, too
    private const double Chance = 0.001;

    // Longer memories are those of limits, which say so by their rhythm, and of what has gone away.
    private static readonly double[] Horizons = [0, .. Steps(0.05, 2, 1.03)];

    /// <summary>Of how many requests it is not so.</summary>
    internal int Wrong => Others.Failed + Loaded.Requests - Loaded.Failed;

    /// <summary>In words.</summary>
    internal string InWords => $"{Loaded.Failed} of {Loaded.Requests} requests that came while {Beside} were answered {Status}, and {Others.Failed} of {Others.Requests} others";

    /// <summary>What was beside those that failed, in words.</summary>
    internal string Beside => Within == TimeSpan.Zero
        ? $"{(Least == 1 ? "another one" : $"{Least} others")} of netwhy's {(Least == 1 ? "was" : "were")} being served"
        : $"{(Least == 1 ? "another one" : $"{Least} others")} of netwhy's {(Least == 1 ? "was" : "were")} being served, or had been within {Words.Of(Within)}";

    /// <summary>Looks for it.</summary>
    /// <param name="reading">The requests.</param>
    /// <param name="address">Where.</param>
    /// <param name="usual">The usual tries of the same, which take places as well.</param>
    internal static OwnLoad? Of(TimelineReading reading, IPAddress address, IEnumerable<(TriedRequest Request, RequestKind Kind)> usual)
    {
        RequestKind[] alone = [.. reading.KindsAlone(address)];
        (TriedRequest Request, RequestKind Kind)[] here = [.. reading.AllAt(address)];
        bool isOfErrors = here.All(one => RequestKinds.IsAnswered(one.Kind) || one.Kind is RequestKind.ServerError);
        if (!isOfErrors || here.Count(one => one.Kind is RequestKind.ServerError) < Enough || alone.Length < FewAlone || !alone.All(RequestKinds.IsAnswered)) // late they may be: that is no error
            return null;
        (double Came, double Left, bool IsError)[] tried =
        [
            .. here.Concat(reading.AloneOf(address)).Concat(reading.AgainAt(address)).Concat(usual)
                .Where(one => one.Kind is RequestKind.ServerError || RequestKinds.IsAnswered(one.Kind))
                .Select(one => (TimelineReading.CameAt(one.Request), TimelineReading.LeftAt(one.Request), one.Kind is RequestKind.ServerError))
                .OrderBy(one => one.Item1),
        ];
        double[] came = [.. tried.Where(one => !one.IsError).Select(one => one.Came)];
        double[] left = [.. tried.Where(one => !one.IsError).Select(one => one.Left).Order()];
        int tests = 0;
        (double Chance, int Least, double Within, (int Failed, int Requests) Loaded, (int Failed, int Requests) Others) best = (1, 0, 0, default, default);
        int wrong = int.MaxValue;
        foreach (double horizon in Horizons)
        {
            int[] beside = [.. tried.Select(one => Before(came, one.Came) - Before(left, one.Came - horizon))];
            foreach (int least in beside.Distinct().Where(count => count > 0))
            {
                tests++;
                (int Failed, int Requests) loaded = (tried.Where((one, i) => one.IsError && beside[i] >= least).Count(), beside.Count(count => count >= least));
                (int Failed, int Requests) others = (tried.Count(one => one.IsError) - loaded.Failed, tried.Length - loaded.Requests);
                if (others.Failed > Rare * others.Requests)
                    continue;
                int wrongHere = others.Failed + loaded.Requests - loaded.Failed;
                if (wrongHere >= wrong)
                    continue;
                wrong = wrongHere;
                best = (LossComparison.Fisher(others.Failed, others.Requests, loaded.Failed, loaded.Requests), least, horizon, loaded, others);
            }
        }

        // What goes in and out quickly meets requests that come in a rhythm now and then, too.
        return best.Chance * tests < Chance && ClientLimit.IsClearlyLess(wrong, ClientLimit.WrongInRhythm([.. tried.Select(one => (one.Came, one.IsError))]))
            ? new OwnLoad(address, best.Least, TimeSpan.FromSeconds(best.Within), best.Loaded, best.Others, here.Where(one => one.Kind is RequestKind.ServerError).GroupBy(one => one.Request.Status!.Value).MaxBy(group => group.Count())!.Key)
            : null;
    }

    // How many of some times in their order lie before one.
    private static int Before(double[] times, double time)
    {
        int place = Array.BinarySearch(times, time);
        if (place < 0)
            return ~place;
        while (place > 0 && times[place - 1] == time)
            place--;
        return place;
    }

    private static IEnumerable<double> Steps(double first, double last, double step)
    {
        for (double value = first; value <= last; value *= step)
            yield return value;
    }
}

using System.Globalization;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Paths;

/// <summary>When a path did not work at all for a while: from when to when the destination did not answer.</summary>
internal static class OutageReading
{
    private const int LeastRounds = 3;
    private const int Most = 5; // that are told one by one

    /// <summary>The probability, that loss by chance makes a run so long, below which it is an outage. At 0.05, one lossy run in fifty had one.</summary>
    internal const double Chance = 0.01;

    /// <summary>The outages, in order; empty if there are none.</summary>
    /// <param name="table">The table.</param>
    internal static IEnumerable<PathConclusion> Of(PathTable table)
    {
        if (table.Destination is not { } end)
            yield break;
        (int From, int Until, int Lost)[] outages = [.. In(table)];
        foreach ((int from, int until, int lost) in outages.Take(Most))
        {
            string rounds = string.Create(CultureInfo.InvariantCulture, $"rounds {Number(table, from)} to {Number(table, until - 1)}");
            string when = Time(table, from) is not { } begin ? $"in {rounds}"
                : until >= table.Length || Time(table, until) is not { } over ? $"from {Clock(begin)} to the end of the run ({rounds})"
                : $"from {Clock(begin)} to {Clock(over)} ({rounds})";
            yield return new PathConclusion("outage", Severity.Warning, $"No answer from {end.Node!.Address} {when}: {Words.Count(lost, "probe")} in a row. {Meanwhile(table, end, from, until)}")
            {
                Round = Number(table, from),
                Begin = Time(table, from),
                End = until < table.Length ? Time(table, until) : null,
            };
        }

        if (outages.Length > Most)
            yield return new PathConclusion("outage", Severity.Warning, $"There were {outages.Length - Most} outages more, the last of them {Last(table, outages[^1].From)}.") { Round = Number(table, outages[^1].From), Begin = Time(table, outages[^1].From) };
    }

    /// <summary>The rounds that were lost in a row, from the first one to the next that was answered or to the end, and how many were.</summary>
    /// <param name="table">The table.</param>
    internal static IEnumerable<(int From, int Until, int Lost)> In(PathTable table) =>
        table.Destination is not { LostCount: >= LeastRounds } end || LossReading.MayLimit(table, end)
            ? []
            : Runs(table, end).Where(run => !IsChance(end, run.Lost));

    private static string Last(PathTable table, int from) => Time(table, from) is { } begin ? $"from {Clock(begin)} on" : string.Create(CultureInfo.InvariantCulture, $"from round {Number(table, from)} on");

    // Runs of lost rounds: from the first one to the next that was answered, or to the end.
    private static IEnumerable<(int From, int Until, int Lost)> Runs(PathTable table, PathHop end)
    {
        (int from, int lost) = (-1, 0);
        for (int round = 0; round <= table.Length; round++)
        {
            if (round < table.Length && end.IsLost(round))
            {
                (from, lost) = (from < 0 ? round : from, lost + 1);
                continue;
            }

            if (round < table.Length && !end.IsKnown(round))
                continue;
            if (lost >= LeastRounds)
                yield return (from, round, lost);
            (from, lost) = (-1, 0);
        }
    }

    // Whether a run of that length is to be expected somewhere, were the losses of the other rounds spread at random.
    private static bool IsChance(PathHop end, int lost)
    {
        double share = (end.LostCount - lost + 1.0) / (end.Sent - lost + 2.0); // Laplace's rule of succession
        return Math.Pow(share, lost) * end.Sent >= Chance;
    }

    private static string Meanwhile(PathTable table, PathHop end, int from, int until)
    {
        int[] rounds = [.. Enumerable.Range(from, until - from)];
        PathHop? last = table.Hops.LastOrDefault(hop => hop != end && rounds.Any(hop.IsAnswered));
        RowNode? refusing = table.Hops.SelectMany(hop => rounds.Where(hop.IsLost).Select(hop.NodeIndex).Where(index => index >= 0).Select(index => hop.Row.Nodes[index])).FirstOrDefault();
        string said = refusing is { Error: { } error } ? $" {refusing.Address} said \"{error.InWords()}\"." : "";
        return last is null
            ? table.Hops.Length > 1 ? $"No hop before it answered then either.{said}" : said.TrimStart()
            : $"Up to {last.Name}, hops answered then.{said}";
    }

    private static long Number(PathTable table, int round) => table.Rounds.RoundsBefore + round + 1;

    private static DateTimeOffset? Time(PathTable table, int round) =>
        table.Rounds.RoundTimes is { } times && round < times.Count ? times[round] : null;

    private static string Clock(DateTimeOffset time) => time.ToString("HH:mm:ss", CultureInfo.InvariantCulture);
}

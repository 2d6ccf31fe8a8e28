using System.Globalization;

namespace NetWhy.Diagnose.Paths;

/// <summary>What the round trips of a path mean.</summary>
internal static class LatencyReading
{
    private const int LeastTrips = 10; // round trips of a hop that is compared
    private const double LeastQueue = 5; // milliseconds
    private const double Deviations = 3;
    private const double Even = 0.75; // of what the median is late, that the fastest answer is late too
    private const double KilometresPerMillisecond = 100; // of round trip: light in fibre goes 200,000 km a second
    private const double OwnDelays = 2; // times that this machine was late: what varies less may be its own
    private const int MostDistances = 3;
    private const int RoundsOfChange = 4;
    private const int LeastForShare = 40; // round trips of which a twentieth is more than one

    // What a path takes, and from where on that is a concern, in milliseconds. Source: the guide's latency reference.
    private static readonly (string Path, double Least, double Most, double Concern)[] Usual =
    [
        ("within one machine", 0, 0.1, 1),
        ("within a rack", 0.1, 0.5, 2),
        ("within a datacenter", 0.5, 2, 5),
        ("within a region", 1, 5, 10),
        ("between regions of one continent", 10, 50, 100),
        ("between continents", 50, 150, 200),
        ("over a geostationary satellite", 500, 700, 800),
    ];

    /// <summary>Segments behind which round trips begin to vary, and stay so; null if there are none.</summary>
    /// <param name="table">The table.</param>
    internal static PathConclusion? Queue(PathTable table)
    {
        if (table.Destination is not { } end)
            return null;
        MeasuredHop[] hops = Measured(table);
        if (hops is not [.., var (last, ofEnd)] || last != end)
            return null;
        PathStep[] steps = [.. PathSteps.OfSpread(hops).Where(step => step.From >= 0 || step.Size >= OwnDelays * Own(table))];
        if (steps.Length == 0)
            return null;
        PathStep step = steps.MaxBy(one => one.Size);
        MeasuredHop? from = step.From < 0 ? null : hops[step.From];
        MeasuredHop to = hops[step.To];
        string begin = step == steps[0] ? "begin to vary" : "begin to vary far more";
        return new PathConclusion("queueing", Severity.Warning,
            $"Round trips {begin} {LossReading.Between(table, from?.Hop, to.Hop)}, and do so from there on: to {end.Node!.Address} {(ofEnd.Count < LeastForShare ? $"the slowest takes {Milliseconds(ofEnd.At(1))}" : $"5 % take {Milliseconds(ofEnd.At(0.95))} or more")}, the fastest {Milliseconds(ofEnd.Base)}. A queue fills there, or on the way back from there.")
        {
            Cause = "jitter",
            Proof =
            [
                $"above the fastest, 95 % of the round trips need at most {Milliseconds(step.Before)} more before that segment, {Milliseconds(step.Behind)} behind it",
                $"the fastest: {(from is { } first ? $"{Milliseconds(first.Sample.Base)} before, " : "")}{Milliseconds(to.Sample.Base)} behind",
            ],
            Remedies = [new Remedy("Look for a full queue and who fills it.", "tc -s qdisc", from?.Hop.Node?.Address.ToString())],
        };
    }

    /// <summary>That the round trip to the destination changed its level during the run; null if it did not.</summary>
    /// <param name="table">The table.</param>
    internal static PathConclusion? Level(PathTable table)
    {
        if (table.Destination is not { } end || LevelChange.Last(end) is not { } change || Math.Abs(change.After - change.Before) < OwnDelays * Own(table))
            return null;
        PathHop? from = null;
        PathHop behind = end;
        foreach (PathHop hop in table.Hops.Where(hop => hop.Received >= 2 * LeastTrips))
        {
            if (Shift(hop, change.Round) is { } shift && shift * Math.Sign(change.After - change.Before) >= Math.Abs(change.After - change.Before) / 2)
            {
                behind = hop;
                break;
            }

            from = hop;
        }

        bool isWorse = change.After > change.Before;
        return new PathConclusion("latency-level-change", isWorse ? Severity.Warning : Severity.Info,
            $"The round trip to {end.Node!.Address} {(isWorse ? "rose" : "fell")} from {Milliseconds(change.Before)} to {Milliseconds(change.After)} in round {table.Rounds.RoundsBefore + change.Round + 1}, and stays there; it comes {LossReading.Between(table, from, behind)}.")
        {
            Round = table.Rounds.RoundsBefore + change.Round + 1,
            Proof = [string.Create(CultureInfo.InvariantCulture, $"medians of {change.Round} rounds before and {end.Row.RoundTrips.Count - change.Round} since; without a change so great a difference has p = {change.Chance:0.0e+0}")],
        };
    }

    /// <summary>Where the base of the round trip grows and stays: distance.</summary>
    /// <param name="table">The table.</param>
    internal static IEnumerable<PathConclusion> Distances(PathTable table)
    {
        MeasuredHop[] hops = Measured(table);
        foreach (PathStep step in PathSteps.OfBase(hops).OrderByDescending(one => one.Size).Take(MostDistances).OrderBy(one => one.To))
        {
            MeasuredHop? from = step.From < 0 ? null : hops[step.From];
            PathHop to = hops[step.To].Hop;
            bool isTunnel = to.Node is { Labels.Count: > 0 };
            double kilometres = step.Size * KilometresPerMillisecond;
            yield return new PathConclusion("latency-step", Severity.Info,
                $"{Milliseconds(step.Size)} of the round trip come {LossReading.Between(table, from?.Hop, to)} and stay: {Explanation(step.Size, kilometres)}{(isTunnel ? " It is the sum over a label-switched path (MPLS), whose hops all answer from its end." : "")}")
            {
                Proof = [$"no answer from behind it takes less than {Milliseconds(hops[step.To..].Min(hop => hop.Sample.Base))}{(from is { } first ? $"; {first.Hop.Name} answers in {Milliseconds(first.Sample.Base)}" : "")}"],
            };
        }
    }

    /// <summary>Hops that answer slowly and forward fast; null if there are none.</summary>
    /// <param name="table">The table.</param>
    internal static PathConclusion? SlowAnswers(PathTable table)
    {
        if (table.Destination is null)
            return null;
        MeasuredHop[] hops = Measured(table);
        List<string> proof = [];
        List<int> slow = [];
        bool isEven = true;
        for (int i = 0; i < hops.Length - 1; i++)
        {
            (PathHop hop, Sample sample) = hops[i];
            (PathHop fastest, Sample behind) = hops[(i + 1)..].MinBy(other => other.Sample.Median);
            double spread = hops[(i + 1)..].Min(other => other.Sample.Spread);
            if (sample.Median - behind.Median < Math.Max(LeastQueue, Deviations * behind.Deviation) && sample.Spread - spread < Math.Max(2 * LeastQueue, Deviations * spread))
                continue;
            slow.Add(hop.Ttl);
            // Whoever answers in its spare time has some at once; a longer way makes the fastest answer late too.
            isEven &= sample.Base > behind.Median && sample.Base - behind.Base > Even * (sample.Median - behind.Median);
            proof.Add($"{hop.Name}: median {Milliseconds(sample.Median)}, 95 % within {Milliseconds(sample.At(0.95))}; {fastest.Name} behind it: {Milliseconds(behind.Median)}, within {Milliseconds(behind.At(0.95))}");
        }

        return slow.Count == 0
            ? null
            : new PathConclusion("slow-answers", Severity.Info,
                $"Harmless: {(slow.Count == 1 ? $"hop {slow[0]} answers" : $"hops {WayReading.Ranges([.. slow])} answer")} late, and what goes further is faster: {(isEven ? "by about the same each time, so most likely the answers come back a longer way than those from behind" : "the router makes errors in its spare time, and forwards without delay")}.")
            {
                Proof = [.. proof],
            };
    }

    /// <summary>Whether the round trip is usual, for what kind of path; null if there is none.</summary>
    /// <param name="table">The table.</param>
    internal static PathConclusion? Reference(PathTable table)
    {
        if (table.Destination is not { } end || end.Received == 0)
            return null;
        var sample = new Sample(end.Milliseconds(Since(table)));
        double median = sample.Median;
        string takes = $"A round trip to {end.Node!.Address} takes {Milliseconds(median)} (median)";
        (string Path, double Least, double Most, double Concern)? known = table.Rounds.IsOwnAddress ? Usual[0] : end.Ttl == 1 ? Usual[1] : null;
        if (known is { } path)
        {
            string own = table.Rounds.IsOwnAddress ? "an address of this machine" : "on the same link";
            return median <= path.Concern
                ? Usually($"{takes}: usual for {own} ({Range(path)}, a concern above {Milliseconds(path.Concern)}).")
                : new PathConclusion("latency-unusual", sample.Base >= 230 ? Severity.Warning : Severity.Info,
                    $"{takes}, although it is {own}: {Range(path)} would be usual, {Milliseconds(path.Concern)} a concern. A tunnel, radio or a full queue is in between.")
                {
                    Cause = sample.Base >= 230 ? "high-latency" : null,
                    Proof = [Of(sample)],
                };
        }

        if (median > Usual[^1].Concern || (sample.Base >= 400 && sample.Base < Usual[^1].Least * 0.9))
        {
            return new PathConclusion("latency-unusual", Severity.Warning,
                $"{takes}: no path on earth takes so long by distance, and {(median > Usual[^1].Concern ? "even over a geostationary satellite more than 800 ms are a concern" : "a geostationary satellite takes 500 to 700 ms")}. A queue is full, or something on the way answers for others.")
            {
                Cause = "high-latency",
                Proof = [Of(sample)],
            };
        }

        (string Path, double Least, double Most, double Concern)[] fitting = [.. Usual.Where(row => median >= row.Least * 0.9 && median <= row.Most * 1.1)];
        if (fitting.Length > 0)
            return Usually($"{takes}: usual {string.Join(" or ", fitting.Select(row => $"{row.Path} ({Range(row)})"))}{(fitting is [{ Least: 500 }] ? "; if there is none on this way, far too long" : "")}.");
        (string Path, double Least, double Most, double Concern) below = Usual.Last(row => row.Most < median);
        return Usually($"{takes}: more than usual {below.Path} ({Range(below)}, a concern above {Milliseconds(below.Concern)}){(Usual.FirstOrDefault(row => row.Least > median) is { Path: { } next } above ? $", less than {next} ({Range(above)})" : "")}.");

        PathConclusion Usually(string text) => new("latency-usual", Severity.Info, text) { Proof = [Of(sample)] };
    }

    private static string Of(Sample sample) =>
        $"{Words.Count(sample.Count, "round trip")}: fastest {Milliseconds(sample.At(0))}, median {Milliseconds(sample.Median)}, 95 % within {Milliseconds(sample.At(0.95))}";

    private static string Range((string Path, double Least, double Most, double Concern) row) =>
        row.Least == 0 ? $"below {Milliseconds(row.Most)}" : string.Create(CultureInfo.InvariantCulture, $"{row.Least} to {row.Most} ms");

    private static string Explanation(double step, double kilometres) => step switch
    {
        < 10 => string.Create(CultureInfo.InvariantCulture, $"distance of at most {kilometres:#,0} km, or a slow link."),
        < 60 => string.Create(CultureInfo.InvariantCulture, $"distance explains it, at most {kilometres:#,0} km of fibre."),
        <= 200 => string.Create(CultureInfo.InvariantCulture, $"as over an ocean, at most {kilometres:#,0} km of fibre."),
        >= 450 and <= 720 => "as over a geostationary satellite; no fibre on earth is so long.",
        _ => "no distance on earth takes so long: a full queue, or a detour.",
    };

    // What was measured at each hop at the level that holds at the end of the run: a change is found a few rounds early or late.
    private static MeasuredHop[] Measured(PathTable table)
    {
        int since = Since(table);
        return
        [
            .. table.Hops
                .Select(hop => (Hop: hop, Trips: hop.Milliseconds(since)))
                .Where(pair => pair.Trips.Length >= LeastTrips)
                .Select(pair => new MeasuredHop(pair.Hop, new Sample(pair.Trips))),
        ];
    }

    // How late probes left because this machine was busy, in milliseconds.
    private static double Own(PathTable table) => table.Rounds.Lateness?.TotalMilliseconds ?? 0;

    private static int Since(PathTable table) => table.Destination is { } end && LevelChange.Last(end) is { } change ? change.Round + RoundsOfChange : 0;

    private static double? Shift(PathHop hop, int round)
    {
        double[] all = hop.Milliseconds();
        double[] after = hop.Milliseconds(round);
        return after.Length == 0 || after.Length == all.Length
            ? null
            : new Sample(after).Median - new Sample(all[..^after.Length]).Median;
    }

    private static string Milliseconds(double time) => Words.Of(TimeSpan.FromMilliseconds(time));
}

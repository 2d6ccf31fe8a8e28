using System.Collections.Immutable;
using System.Globalization;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Paths;

/// <summary>What the losses of a path mean.</summary>
internal static class LossReading
{
    private const double Noticeable = 0.005;
    private const double Grave = 0.5; // half of everything lost: nothing works
    private const int LeastToCompare = 10; // probes of a hop

    /// <summary>Loss that reaches the destination; null if there is none.</summary>
    /// <param name="table">The table.</param>
    internal static PathConclusion? AtDestination(PathTable table)
    {
        if (table.Destination is not { LostCount: > 0 } end)
            return null;
        if (MayLimit(table, end))
            return RateLimit.Of(end, RateLimit.ManyGaps) is { } limit ? Limited(table, end, limit) : PerhapsLimited(end);
        (double least, double most) = LossEstimate.Interval(end.LostCount, end.Sent);
        string share = $"{Words.Percent(end.LostCount, end.Sent)} ({Words.Percent(least)} to {Words.Percent(most)})";
        ImmutableArray<string> proof =
        [
            $"{end.LostCount} of {end.Sent} probes to {end.Node!.Address} were not answered; the interval holds with 95 % confidence",
        ];
        if (end.LostCount == 1 || least <= Noticeable)
        {
            return new PathConclusion("few-losses", Severity.Info,
                $"{Words.Count(end.LostCount, "probe")} of {end.Sent} to the destination got no answer: too few to tell a loss of the path from chance.")
            {
                Proof = proof,
                Next = [$"{Math.Max(300, 4 * end.Sent)} rounds would tell"],
            };
        }

        (string place, ImmutableArray<string> placed, string[] segments) = Place(table, end);
        (int From, int Until, int Lost)[] outages = [.. OutageReading.In(table)];
        if (outages.Length > 0 && end.LostCount - outages.Sum(outage => outage.Lost) is var others && end.Sent - outages.Sum(outage => outage.Lost) is var rest
            && (others <= 1 || LossEstimate.Interval(others, rest).Least <= Noticeable))
        {
            return new PathConclusion("destination-loss", Severity.Warning,
                $"Real loss, all of it in {(outages.Length == 1 ? "one outage" : $"{outages.Length} outages")} {place}: {end.LostCount - others} probes to {end.Node.Address} in a row{(outages.Length == 1 ? "" : " each time")}. Of the other {rest}, {(others == 0 ? "none was lost" : $"{others} {(others == 1 ? "was" : "were")} lost")}.")
            {
                Cause = "packet-loss",
                Proof = [.. proof, .. Bursts(table, end), .. placed],
                Remedies = [new Remedy("See what happened then: a link that went down, a route that changed, a machine that started again.", "ip -s -s link; journalctl --since TIME; ip monitor", "the machines of that segment")],
                Next = [$"From {end.Node.Address}, trace back here: whether the same segment fails tells the way there from the way back"],
            };
        }

        return new PathConclusion(
            "destination-loss",
            least >= Grave ? Severity.Critical : Severity.Warning,
            $"Real loss: {share} of the probes to {end.Node.Address} are lost {place}. {string.Concat(segments)}That is the way there, or a way back that all answers from there on share.")
        {
            Cause = "packet-loss",
            Proof = [.. proof, .. Bursts(table, end), .. placed],
            Remedies = [new Remedy("See which counter grows on the interfaces of that segment: errors, drops, a full queue.", "ip -s -s link; tc -s qdisc; ethtool -S INTERFACE", "the machines of that segment")],
            Next = [$"From {end.Node.Address}, trace back here: whether the same segment loses tells the way there from the way back"],
        };
    }

    /// <summary>That nothing is lost, and how sure that is; null if something is, or if the destination is silent.</summary>
    /// <param name="table">The table.</param>
    internal static PathConclusion? Clean(PathTable table)
    {
        if (table.Destination is not { LostCount: 0 } end)
            return null;
        (_, double most) = LossEstimate.Interval(0, end.Sent);
        string more = end.Sent >= 100 ? "" : $"; {(end.Sent < 30 ? 60 : 300)} rounds would tell more exactly";
        return new PathConclusion("no-loss", Severity.Info,
            $"No loss to {end.Node!.Address} in {Words.Count(end.Sent, "probe")}: below {Words.Percent(most)} with 95 % confidence{more}.");
    }

    /// <summary>Losses of hops that the hops behind them do not have; null if there are none.</summary>
    /// <param name="table">The table.</param>
    internal static PathConclusion? OfHopsAlone(PathTable table)
    {
        if (table.Destination is not { } end)
            return null;
        List<string> proof = [];
        PathHop[] hops = Comparable(table);
        HashSet<PathHop> losingOwn = LosingOwn(hops);
        if (losingOwn.Count == 0 && Alike(hops) is { Length: > 0 } alike)
            return OfAlike(table, end, alike);
        bool isProved = true;
        foreach (PathHop hop in hops.Where(losingOwn.Contains))
        {
            PathHop[] behind = [.. hops.SkipWhile(other => other != hop).Where(other => !losingOwn.Contains(other))];
            (int lost, int sent) = Together(behind);
            bool isLess = LossComparison.IsMore((lost, sent), hop.Count);
            isProved &= isLess;
            string beside = isLess
                ? string.Create(CultureInfo.InvariantCulture, $", {(behind.Length == 1 ? $"{behind[0].Name} behind it" : "the hops behind it")} {lost} of {sent} (p = {LossComparison.Fisher(lost, sent, hop.LostCount, hop.Sent):0.0e+0})")
                : "";
            proof.Add(string.Create(CultureInfo.InvariantCulture, $"{hop.Name} did not answer {hop.LostCount} of {hop.Sent}{beside}{Limit(table, hop)}"));
        }

        if (proof.Count == 0)
            return null;
        bool isLimit = proof.Exists(line => line.Contains("limit", StringComparison.Ordinal));
        string shown = $"Harmless: the loss shown of {string.Join(", ", hops.Where(losingOwn.Contains).Select(hop => $"{Words.Percent(hop.Loss)} at {hop.Name}"))}";
        string why = isProved ? "is not on the way, for what goes further is not lost there" : "is none of the way: answers come as evenly as a limit gives them";
        return new PathConclusion("hop-reply-loss", Severity.Info,
            $"{shown} {why}. {(isLimit ? "Such a router limits how many errors it sends" : "Such a router sends few errors, or its answers are lost on a way back of their own")}; it forwards as it should.")
        {
            Cause = "icmp-rate-limited",
            Proof = [.. proof],
        };

        static string Limit(PathTable of, PathHop hop) => RateLimit.Of(hop, RateLimit.FewGaps) is { } limit
            ? string.Create(CultureInfo.InvariantCulture, $"; it answers {(limit.Burst > 1 ? $"{limit.Burst} at first, then " : "")}one in {limit.Every:0.#}, evenly: a limit of {1 / (limit.Every * of.Rounds.Interval.TotalSeconds):0.##} a second")
            : "";
    }

    private static PathConclusion Limited(PathTable table, PathHop end, RateLimit limit)
    {
        double rate = 1 / (limit.Every * Math.Max(table.Rounds.Interval.TotalSeconds, 1e-6));
        return new PathConclusion("destination-limits-answers", Severity.Info,
            string.Create(CultureInfo.InvariantCulture, $"The destination answers at most {rate:0.##} probes a second: the {Words.Percent(end.Loss)} shown for it is that limit, and says nothing of the loss of the path."))
        {
            Cause = "icmp-rate-limited",
            Proof = [string.Create(CultureInfo.InvariantCulture, $"{end.Received} of {end.Sent} answered: {limit.Burst} at first, then one in {limit.Every:0.#} rounds, evenly; loss by chance leaves uneven gaps")],
            Next = [string.Create(CultureInfo.InvariantCulture, $"Slower than the limit: -i {Math.Max(1, Math.Ceiling(1.2 / rate)):0}; or by TCP: -T -P PORT")],
        };
    }

    /// <summary>Whether the destination answers no more than a limit may allow, so that what it does not answer shows nothing.</summary>
    /// <param name="table">The table.</param>
    /// <param name="end">The destination.</param>
    internal static bool MayLimit(PathTable table, PathHop end) =>
        RateLimit.Of(end, RateLimit.ManyGaps) is not null || (table.Rounds.Protocol is "udp" && MayBeLimited(table, end));

    // It answers datagrams with errors, which hosts limit; echo replies and SYN-ACKs they do not.
    private static PathConclusion PerhapsLimited(PathHop end) => new("destination-limits-answers", Severity.Info,
        $"The {Words.Percent(end.Loss)} shown for the destination say nothing of the path: to datagrams it answers with errors, and no fewer than a host with Linux's usual limit sends at this pace, six at once and then one a second.")
    {
        Proof = [$"{end.Received} of {end.Sent} answered"],
        Next = ["Slower than the limit: -i 1; or without -u, by echo, which is not limited"],
    };

    // Where the loss begins, in words, with what shows it; and the segments, where there are several.
    private static (string Place, ImmutableArray<string> Proof, string[] Segments) Place(PathTable table, PathHop end)
    {
        PathHop[] hops = [.. table.Hops.Where(hop => !hop.IsSilent)];
        if (BreakPlaces.AreOutages(hops) && BreakPlaces.Of(hops, table.Length) is { } breaks)
        {
            return (
                Between(table, breaks.Least == 0 ? null : hops[breaks.Least - 1], hops[breaks.Most]),
                [$"in the rounds that the destination did not answer, the hops {(breaks.Least == 0 ? "behind here" : $"up to {hops[breaks.Least - 1].Name}")} answered as ever, those from {hops[breaks.Most].Name} on were silent too"],
                []);
        }

        PathHop[] limited = [.. hops.Where(hop => hop != end && MayBeLimited(table, hop))];
        PathHop[] comparable = Comparable(table);
        PathHop[] telling = [.. comparable.Except(limited).Except(LosingOwn(comparable))];
        IReadOnlyList<LossSteps.Step> steps = LossSteps.Of([.. telling.Select(hop => hop.Count)]);
        ImmutableArray<string> unsure = limited.Length == 0 ? [] :
        [
            $"{(limited.Length == 1 ? $"hop {limited[0].Ttl} answers" : $"hops {WayReading.Ranges([.. limited.Select(hop => hop.Ttl)])} answer")} no more probes than routers with Linux's usual limit do at this pace, so what they lose shows no place; -i 1 would",
        ];
        if (steps.Count == 0 || steps[0] is { Before: -1 } && steps[0].Behind == telling.Length - 1)
        {
            return (table.Hops.Length == 1 ? "on the one link there" : "somewhere on the way",
                hops.Length > 1 ? [.. unsure, "the hops before do not differ enough from it, in so few rounds, to tell where"] : [], []);
        }

        (PathHop? Before, PathHop Behind) Around(LossSteps.Step step) => (step.Before < 0 ? null : telling[step.Before], telling[step.Behind]);
        (PathHop? before, PathHop behind) = Around(steps[0]);
        string[] segments = steps.Count == 1
            ? []
            : [$"There are {steps.Count} lossy segments: {string.Join("; ", steps.Select(step => $"about {Words.Percent(step.Share)} {Between(table, Around(step).Before, Around(step).Behind)}"))}. "];
        (int Lost, int Sent) clean = Together(telling[..(steps[0].Before + 1)]), lossy = Together(telling[steps[0].Behind..]);
        return (
            Between(table, before, behind),
            [
                .. before is null ? [] : new[] { $"up to {before.Name}: {clean.Lost} of {clean.Sent} lost" },
                $"from {behind.Name} on: {lossy.Lost} of {lossy.Sent}",
                .. unsure,
                .. before is null ? [] : new[] { string.Create(CultureInfo.InvariantCulture, $"that this is chance: p = {LossComparison.Fisher(clean.Lost, clean.Sent, lossy.Lost, lossy.Sent):0.0e+0}") },
            ],
            segments);
    }

    // Whether the answers of a hop are so few that a limit of six at once and then one a second explains what is lost. Source:
    // icmp_ratelimit in ip-sysctl; net/ipv4/icmp.c, icmpv4_xrlim_allow.
    private static bool MayBeLimited(PathTable table, PathHop hop)
    {
        const int AtOnce = 6;
        double allowed = AtOnce + 1 + (hop.Sent * table.Rounds.Interval.TotalSeconds);
        return hop.LostCount > 0 && allowed < hop.Sent && hop.Received <= allowed;
    }

    // Hops that lose answers of their own, besides what the way loses: more than all behind them together.
    private static HashSet<PathHop> LosingOwn(PathHop[] hops)
    {
        HashSet<PathHop> own = [];
        (int Lost, int Sent) behind = (0, 0);
        for (int i = hops.Length - 1; i >= 0; i--)
        {
            if (behind.Sent > 0 && (LossComparison.IsMore(behind, hops[i].Count, hops.Length) || RateLimit.Of(hops[i], RateLimit.FewGaps) is not null))
                own.Add(hops[i]);
            else
                behind = (behind.Lost + hops[i].LostCount, behind.Sent + hops[i].Sent);
        }

        return own;
    }

    // Hops whose losses, each too few to be told from chance, are together more than a destination has that lost nothing.
    private static PathHop[] Alike(PathHop[] hops)
    {
        PathHop[] losing = [.. hops.Where(hop => hop.LostCount > 0)];
        return hops is [.., { LostCount: 0 } end] && LossComparison.IsMore(end.Count, Together(losing)) ? losing : [];
    }

    private static PathConclusion OfAlike(PathTable table, PathHop end, PathHop[] alike)
    {
        (int lost, int sent) = Together(alike);
        string range = WayReading.Ranges([.. alike.Select(hop => hop.Ttl)]);
        string hops = alike.Length == 1 ? alike[0].Name : $"hops {range}";
        bool isLimit = Array.TrueForAll(alike, hop => MayBeLimited(table, hop));
        return new PathConclusion("hop-reply-loss", Severity.Info,
            $"Harmless: the loss shown of {Words.Percent(lost, sent)} at {hops} is not on the way, for the destination answers all. {(isLimit ? "Routers limit how many errors they send, most of them to one a second" : "Routers send few errors, or their answers are lost on a way back of their own")}; they forward as they should.")
        {
            Cause = "icmp-rate-limited",
            Proof =
            [
                string.Create(CultureInfo.InvariantCulture, $"{hops} did not answer {lost} of {sent}{(alike.Length == 1 ? "" : " together")}, {end.Name} 0 of {end.Sent} (p = {LossComparison.Fisher(0, end.Sent, lost, sent):0.0e+0})"),
                .. isLimit ? new[] { "they answer no more than Linux's usual limit allows at this pace, six at once and then one a second: asked once a second they would answer all" } : [],
            ],
        };
    }

    private static (int Lost, int Sent) Together(PathHop[] hops) => (hops.Sum(hop => hop.LostCount), hops.Sum(hop => hop.Sent));

    private static PathHop[] Comparable(PathTable table) =>
        [.. table.Hops.Where(hop => !hop.IsSilent && (hop.Sent >= LeastToCompare || hop == table.Hops[^1]))];

    /// <summary>A segment in words, with the hops in it that never answer.</summary>
    /// <param name="table">The table.</param>
    /// <param name="before">The hop before it; null for this machine.</param>
    /// <param name="behind">The hop behind it.</param>
    internal static string Between(PathTable table, PathHop? before, PathHop behind)
    {
        int[] silent = [.. table.Hops.Where(hop => hop.IsSilent && hop.Ttl > (before?.Ttl ?? 0) && hop.Ttl < behind.Ttl).Select(hop => hop.Ttl)];
        string unseen = silent.Length == 0 ? "" : $" ({(silent.Length == 1 ? $"hop {silent[0]} never answers" : $"hops {WayReading.Ranges(silent)} never answer")})";
        return $"between {before?.Name ?? "this machine"} and {behind.Name}{unseen}";
    }

    private static IEnumerable<string> Bursts(PathTable table, PathHop end)
    {
        (int runs, int longest, int here) = (0, 0, 0);
        for (int round = 0; round < table.Length; round++)
        {
            if (!end.IsKnown(round))
                continue;
            here = end.IsLost(round) ? here + 1 : 0;
            runs += here == 1 ? 1 : 0;
            longest = Math.Max(longest, here);
        }

        // Three in a row by chance alone would be rare: it was an outage.
        if (longest >= 3 && Math.Pow(end.Loss, longest) * end.Sent < OutageReading.Chance)
            yield return string.Create(CultureInfo.InvariantCulture, $"in {Words.Count(runs, "outage")}, the longest of {longest} rounds ({longest * table.Rounds.Interval.TotalSeconds:0.#} s)");
    }
}

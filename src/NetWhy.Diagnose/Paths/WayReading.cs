using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using NetWhy.Diagnose.Routing;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Paths;

/// <summary>What the addresses of a path mean: who rejects, circles, changes, is silent.</summary>
internal static class WayReading
{
    private const int NoiseOfReturn = 1; // hops that a way back may be longer or shorter without being another one
    private const int LeastRunOfRoute = 3; // rounds
    private const int MostRouteChanges = 4;
    private const int LeastRoundsOfFlow = 5;
    private const int LeastRoundsOfLoop = 3;

    /// <summary>A router that refuses to pass the probes on; null if none does.</summary>
    /// <param name="table">The table.</param>
    internal static PathConclusion? Rejection(PathTable table)
    {
        foreach (PathHop hop in table.Hops)
        {
            if (hop.Row.Nodes.FirstOrDefault(PathHop.IsRejecting) is not { } node)
                continue;
            int times = Enumerable.Range(0, table.Length).Count(round => hop.NodeIndex(round) is >= 0 and { } index && hop.Row.Nodes[index] == node);
            if (times == 0)
                continue;
            string meaning = node.Error!.InWords();
            bool isAlways = table.Destination is null;
            if (node.Error!.IsOwnAddress)
                return RejectionHere(table, hop, node, times, isAlways);
            int? place = PlaceOf(table, hop, node);
            bool isNeighbour = IsOfNeighbour(node.Error!), isAtOnce = isNeighbour && IsAtOnce(table, hop, node);
            string more = isAtOnce ? " It says so at once, where one that looks for a host on its link waits for it first: a route or a rule there refuses, unless it has asked in vain just before."
                : isNeighbour ? $" Most often that is because the next one on its link does not answer: {table.Rounds.Destination} itself, or a router before it, is off or has another address."
                : "";
            return new PathConclusion("rejected", isAlways ? Severity.Critical : Severity.Warning,
                $"{node.Address}{(place is null ? "" : $" (hop {place})")} does not pass the probes on{(isAlways ? "" : " always")}: it says \"{meaning}\".{more}")
            {
                Cause = isAtOnce ? "route-prohibited" : IcmpCause.Of(node.Error!),
                Proof = [$"{times} of {hop.Sent} probes with hop limit {hop.Ttl} came back with that error"],
                Remedies = [RemedyOf(node, table.Rounds.Destination, isAtOnce)],
            };
        }

        return null;
    }

    // A router that looks for the next hop first rejects what it would have handed on, and its own place is where its
    // time-exceeded came from. One that looks up the route first rejects at its own place, behind another one's answer.
    private static int? PlaceOf(PathTable table, PathHop hop, RowNode node)
    {
        if (Array.Find(table.Hops, sooner => sooner.Ttl < hop.Ttl && sooner.Row.Nodes.Any(other => other.Address.Equals(node.Address) && !PathHop.IsRejecting(other))) is { } own)
            return own.Ttl;
        return hop.Ttl == 1 || Array.Exists(table.Hops, sooner => sooner.Ttl == hop.Ttl - 1 && !sooner.IsSilent) ? hop.Ttl : null;
    }

    // Some errors, each within the round trip: a router that asks for a neighbour keeps packets for up to three seconds.
    private static bool IsAtOnce(PathTable table, PathHop hop, RowNode node)
    {
        const double Scheduling = 60; // ms, of which a busy machine takes the most
        const int Least = 2;
        double before = table.Hops.Where(sooner => sooner.Ttl < hop.Ttl).SelectMany(sooner => sooner.Milliseconds()).DefaultIfEmpty(0).Max();
        double[] times = [.. Enumerable.Range(0, table.Length)
            .Where(round => hop.NodeIndex(round) is >= 0 and var index && hop.Row.Nodes[index] == node)
            .Select(round => hop.Row.RoundTrips[round] / 1000.0)];
        return times.Length >= Least && Array.TrueForAll(times, time => time < before + Scheduling);
    }

    private static Remedy RemedyOf(RowNode node, IPAddress destination, bool isAtOnce) => node.Error!.Meaning switch
    {
        IcmpMeaning.HostUnreachable when !isAtOnce => new Remedy("See who is next towards the destination and whether its link has it, then the rules that reject.", $"ip route get {destination}; ip neigh; nft list ruleset", $"{node.Address}"),
        IcmpMeaning.NoRoute or IcmpMeaning.RouteRejected or IcmpMeaning.HostUnreachable => new Remedy("Look up the route, and the rules that reject.", $"ip route get {destination}; nft list ruleset", $"{node.Address}"),
        _ => new Remedy("Look up the rules that reject, then the route.", $"nft list ruleset; ip route get {destination}", $"{node.Address}"),
    };

    // What Linux says of an address for which nobody on the link answers.
    private static bool IsOfNeighbour(IcmpError error) => error.Meaning is IcmpMeaning.HostUnreachable;

    // What this machine says itself is no router's answer: the probes never left it.
    private static PathConclusion RejectionHere(PathTable table, PathHop hop, RowNode node, int times, bool isAlways)
    {
        bool isNeighbour = IsOfNeighbour(node.Error!);
        string why = isNeighbour
            ? $"on its link, nobody answers for {table.Rounds.Destination} or the gateway towards it"
            : $"it says \"{node.Error!.InWords()}\"";
        return new PathConclusion("rejected", isAlways ? Severity.Critical : Severity.Warning,
            $"The probes do not leave this machine ({node.Address}){(isAlways ? "" : " always")}: {why}. The address shown at hop {hop.Ttl} is its own.")
        {
            Cause = IcmpCause.Of(node.Error!),
            Proof = [$"{times} of {hop.Sent} probes with hop limit {hop.Ttl} came back from this machine with \"{node.Error!.InWords()}\""],
            Remedies = [isNeighbour
                ? new Remedy("See who is asked for on which link, and whether the link is the right one.", $"ip route get {table.Rounds.Destination}; ip neigh")
                : new Remedy("Look up the route, and the rules that reject.", $"ip route get {table.Rounds.Destination}; nft list ruleset")],
        };
    }

    /// <summary>That addresses are translated on the way; null if that is not seen.</summary>
    /// <param name="table">The table.</param>
    internal static PathConclusion? Translation(PathTable table)
    {
        if (Array.Find(table.Hops, hop => hop.Row.Nodes.Any(node => node.IsTranslated)) is not { } first)
            return null;
        RowNode node = first.Row.Nodes.First(one => one.IsTranslated);
        bool isUnderItsAddress = node.Address.Equals(table.Rounds.Destination) && node is { IsDestination: false, Error: null } && first != table.Hops[^1];
        return new PathConclusion("translated", Severity.Info, isUnderItsAddress
            ? $"At hop {first.Ttl} a router answers under the destination's address: from there on, addresses are translated (NAT or a load balancer), and what is behind has another address."
            : $"At hop {first.Ttl} probes have another address, port or checksum than they left with: addresses are translated there or before it (NAT).");
    }

    /// <summary>Routers that hand the probes to each other; null if there are none.</summary>
    /// <param name="table">The table.</param>
    internal static PathConclusion? Loop(PathTable table)
    {
        (PathHop Hop, IPAddress? Node)[] hops = [.. table.Rows.Select(hop => (hop, hop.Node?.Address))];
        int since = 0;
        if (table.Destination is { } end)
        {
            // One that began in the middle of the run: who answers since the destination does not.
            since = 1 + Enumerable.Range(0, table.Length).LastOrDefault(end.IsAnswered);
            if (Enumerable.Range(since, table.Length - since).Count(end.IsLost) < LeastRoundsOfLoop)
                return null;
            hops = [.. table.Rows.Select(hop => (hop, LastNode(hop, since, table.Length)))];
        }

        ImmutableArray<IPAddress> circle = HopCircle.Of([.. hops.Select(hop => hop.Node)], least: 3);
        if (circle.IsEmpty)
            return null;
        int begin = hops.First(hop => hop.Node is { } node && circle.Contains(node)).Hop.Ttl;
        string names = HopCircle.InWords(circle);
        long round = table.Rounds.RoundsBefore + since + 1;
        return new PathConclusion("loop", Severity.Critical,
            $"{(since == 0 ? "Packets" : $"Since round {round}, packets")} to {table.Rounds.Destination} go round between {names} from hop {begin} on, until their hop limit is used up.")
        {
            Cause = "routing-loop",
            Round = since == 0 ? null : round,
            Proof = [.. circle.Select(node => $"{node} answers at hops {Ranges([.. hops.Where(hop => node.Equals(hop.Node)).Select(hop => hop.Hop.Ttl)])}")],
            Remedies = [new Remedy("Correct the route of the one that sends the packets back.", $"ip route get {table.Rounds.Destination}", $"the routers {names}")],
        };
    }

    private static IPAddress? LastNode(PathHop hop, int from, int to)
    {
        for (int round = to - 1; round >= from; round--)
        {
            if (hop.NodeIndex(round) is >= 0 and var node && !PathHop.IsRejecting(hop.Row.Nodes[node]))
                return hop.Row.Nodes[node].Address;
        }

        return null;
    }

    /// <summary>Probes that never left; null if all did.</summary>
    /// <param name="rounds">What was observed.</param>
    internal static PathConclusion? NotSent(PathRounds rounds) => rounds.Unsent == 0 ? null : new PathConclusion("not-sent", Severity.Warning,
        $"{Words.Count(rounds.Unsent, "probe")} could not be sent: {ErrnoWords.Of(rounds.UnsentErrno ?? "")}. They count neither as sent nor as lost: what is said of the path holds for the others.")
    {
        Next = [$"ip route get {rounds.Destination}; ip monitor"],
    };

    /// <summary>That TCP is answered with RST; null if it is not.</summary>
    /// <param name="table">The table.</param>
    internal static PathConclusion? Resets(PathTable table) => table.Destination is not { Node: { IsReset: true, Address: var address } } ? null
        : new PathConclusion("answers-by-reset", Severity.Info,
            $"{address} answers with RST: nothing listens on TCP port {table.Rounds.Port} there, or a packet filter answers in its place. Loss and delay are those of the way to whoever sends it.")
        {
            Next = [$"netwhy {TargetView.InWords(address, table.Rounds.Port)} tells which"],
        };

    /// <summary>The equal ways that flows are spread over; null if all go one way.</summary>
    /// <param name="tables">The tables of the flows.</param>
    internal static PathConclusion? EqualWays(PathTable[] tables)
    {
        (int Ttl, IPAddress[] Nodes)[] several =
        [
            .. tables.SelectMany(table => table.Hops)
                .Where(hop => hop.Node is { IsDestination: false } node && !PathHop.IsRejecting(node))
                .GroupBy(hop => hop.Ttl)
                .Select(hops => (Ttl: hops.Key, Nodes: hops.Select(hop => hop.Node!.Address).Distinct().ToArray()))
                .Where(hop => hop.Nodes.Length > 1)
                .OrderBy(hop => hop.Ttl),
        ];
        return tables.Length < 2 || several.Length == 0 ? null : new PathConclusion("equal-ways", Severity.Info,
            $"The {tables.Length} flows go several equal ways: {string.Join("; ", several.Select(hop => $"hop {hop.Ttl} is {string.Join(", ", hop.Nodes.Take(8).Select(node => node.ToString()))}{(hop.Nodes.Length > 8 ? $" and {hop.Nodes.Length - 8} more" : "")}"))}. The table is that of one flow.")
        {
            Proof = [.. tables.Take(16).Select(table => $"flow {table.Flow}: {string.Join(" ", table.Hops.Select(hop => hop.Node?.Address.ToString() ?? "?"))}")],
        };
    }

    /// <summary>That the destination never answers, and how far answers come; null if it does.</summary>
    /// <param name="table">The table.</param>
    internal static PathConclusion? Silence(PathTable table)
    {
        if (table.Destination is not null)
            return null;
        string protocol = Protocol(table.Rounds);
        PathHop? last = table.Hops.LastOrDefault(hop => hop.Received > 0);
        string others = table.Rounds.Protocol switch
        {
            "tcp" => "-u, or without -T for ICMP",
            "udp" => "-T -P PORT of a service there, or without -u for ICMP",
            _ => "-T -P PORT of a service there, or -u",
        };
        bool isEnded = last is not null && last.Ttl == table.Rounds.MaxTtl;
        return new PathConclusion("destination-silent", Severity.Warning,
            last is null
                ? $"Nobody answers {protocol}, neither a router nor {table.Rounds.Destination}: filtered near here, or no way at all. Of loss and delay nothing can be said."
                : isEnded
                    ? $"The run ended at hop limit {last.Ttl}, where {last.Node?.Address.ToString() ?? "somebody"} still answers: {table.Rounds.Destination} is further away, or is not reached."
                    : $"{table.Rounds.Destination} itself never answers {protocol}: the last answer is of {last.Name}. Behind it the probes are filtered, or have no way on, or the destination is down, ignores them or has no way back to here. Of loss on the way nothing can be said.")
        {
            Proof = [.. table.Hops.Where(hop => hop.Received > 0).TakeLast(1).Select(hop => $"{hop.Name} answered {hop.Received} of {hop.Sent}; hops behind it answered none")],
            Next = [isEnded ? $"-m {Math.Min(255, 2 * last!.Ttl)}" : $"Another protocol tells a filter from silence: {others}"],
        };
    }

    /// <summary>Hops that never answer on a way that is whole; null if there are none.</summary>
    /// <param name="table">The table.</param>
    internal static PathConclusion? SilentHops(PathTable table)
    {
        int[] silent = [.. table.Hops.Where(hop => hop.IsSilent).Select(hop => hop.Ttl)];
        return table.Destination is null || silent.Length == 0
            ? null
            : new PathConclusion("silent-hops", Severity.Info,
                $"Harmless: {(silent.Length == 1 ? $"hop {silent[0]} never answers, and passes" : $"hops {Ranges(silent)} never answer, and pass")} on what goes further.")
            {
                Proof = [.. table.Hops.Where(hop => hop.IsSilent).Select(hop => $"hop {hop.Ttl} answered none of {hop.Sent} probes, the destination {table.Destination.Received} of {table.Destination.Sent}")],
            };
    }

    /// <summary>That the way changed during the run; null if it did not.</summary>
    /// <param name="table">The table.</param>
    internal static PathConclusion? RouteChange(PathTable table)
    {
        var changes = table.Hops
            .Select(hop => (Hop: hop, Runs: Runs(hop, table.Length)))
            .Where(pair => IsChange(pair.Runs) && !pair.Hop.Row.Nodes.Any(PathHop.IsRejecting)) // who rejects stands in the place of who would have come next
            .ToList();
        if (changes.Count == 0)
            return null;
        (PathHop first, List<(int Node, int From, int To)> runs) = changes[0];
        (int round, int before, int after) = (runs[^1].From, runs[^2].Node, runs[^1].Node);
        (int from, int to) = (runs[^2].To + 1, round);
        int lost = table.Destination is { } end
            ? Enumerable.Range(Math.Max(0, from - 2), to - from + 4).Count(end.IsLost)
            : 0;
        long when = table.Rounds.RoundsBefore + round + 1;
        return new PathConclusion("route-change", lost > 0 ? Severity.Warning : Severity.Info,
            $"The way changed in round {when}: hop {first.Ttl} was {first.Row.Nodes[before].Address}, and is {first.Row.Nodes[after].Address} since{(lost > 0 ? $"; {Words.Count(lost, "probe")} to the destination got lost meanwhile" : "")}.")
        {
            Round = when,
            Proof = [.. changes.Select(change => $"hop {change.Hop.Ttl}: {string.Join(", ", change.Runs.Select(run => $"{change.Hop.Row.Nodes[run.Node].Address} in rounds {table.Rounds.RoundsBefore + run.From + 1} to {table.Rounds.RoundsBefore + run.To + 1}"))}")],
        };
    }

    /// <summary>Hops that answer by several addresses in turn; null if there are none.</summary>
    /// <param name="table">The table.</param>
    internal static PathConclusion? Balancing(PathTable table)
    {
        PathHop[] several =
        [
            .. table.Hops.Where(hop => hop.Row.Nodes.Count > 1 && !hop.Row.Nodes.Any(PathHop.IsRejecting) && Runs(hop, table.Length) is { Count: > 2 } runs && !IsChange(runs)),
        ];
        return several.Length == 0
            ? null
            : new PathConclusion("load-balanced", Severity.Info,
                $"Harmless: {(several.Length == 1 ? $"hop {several[0].Ttl} answers" : $"hops {Ranges([.. several.Select(hop => hop.Ttl)])} answer")} by several addresses in turn: equal ways that packets are spread over. Delay and loss of that row are those of all of them together.")
            {
                Proof = [.. several.Select(hop => $"hop {hop.Ttl}: {string.Join(", ", hop.Addresses.Take(8))}")],
            };
    }

    /// <summary>Hops whose answers come a longer or shorter way than the probes went; null if there are none.</summary>
    /// <param name="table">The table.</param>
    internal static PathConclusion? Asymmetry(PathTable table)
    {
        (PathHop Hop, int Back)[] odd =
        [
            .. table.Hops
                // Errors made within a label-switched path go on to its end before they turn back.
                .Where(hop => hop.Node is { ReplyTtl: > 0 and <= 255, Labels.Count: 0 })
                .Select(hop => (Hop: hop, Back: TargetView.Distance(hop.Node!.ReplyTtl!.Value) + 1))
                .Where(pair => Math.Abs(pair.Back - pair.Hop.Ttl) > NoiseOfReturn),
        ];
        if (odd.Length == 0)
            return null;
        return new PathConclusion("asymmetric-return", Severity.Info,
            $"Answers of {(odd.Length == 1 ? odd[0].Hop.Name : $"hops {Ranges([.. odd.Select(pair => pair.Hop.Ttl)])}")} seem to come back another way than the probes went ({string.Join(", ", odd.Take(3).Select(pair => $"{pair.Hop.Ttl} hops there and {pair.Back} back"))}). Loss and delay that begin there may be of the way back alone.")
        {
            Cause = "asymmetric-path",
            Proof = [.. odd.Select(pair => $"{pair.Hop.Name} answers with a TTL of {pair.Hop.Node!.ReplyTtl}: sent as {pair.Hop.Node.ReplyTtl + pair.Back - 1}, {pair.Back} hops back")],
            Next = [$"Trace from {table.Rounds.Destination} to here: only that shows the way back"],
        };
    }

    /// <summary>One of several equal ways that leads nowhere; null if there is none.</summary>
    /// <param name="tables">The tables of all flows.</param>
    internal static PathConclusion? BrokenBranch(PathTable[] tables)
    {
        PathTable[] whole = [.. tables.Where(table => table.Destination is { Received: >= LeastRoundsOfFlow, Loss: < 0.1 })];
        PathTable[] dead = [.. tables.Where(table => table.Destination is null && table.Hops.Length > 0 && table.Hops.Max(hop => hop.Sent) >= LeastRoundsOfFlow)];
        if (whole.Length == 0 || dead.Length == 0)
            return null;
        PathHop? last = dead[0].Hops.LastOrDefault(hop => hop.Received > 0);
        return new PathConclusion("broken-branch", Severity.Critical,
            $"{dead.Length} of {tables.Length} flows to {tables[0].Rounds.Destination} get no answer at all and the others do: one of several equal ways is dead{(last is null ? "" : $", behind {last.Name}")}.")
        {
            Cause = "ecmp-path-broken",
            Proof =
            [
                $"flows {string.Join(", ", whole.Take(8).Select(table => table.Flow))} reach it, with at most {Words.Percent(whole.Max(table => table.Destination!.Loss))} loss",
                .. tables.Except(whole).Except(dead).ToArray() is { Length: > 0 } others ? (string[])[$"of flows {string.Join(", ", others.Take(8).Select(table => table.Flow))}, too few answers came to tell, or some are lost"] : [],
                $"flows {string.Join(", ", dead.Take(8).Select(table => table.Flow))} do not, in {dead[0].Hops.Max(hop => hop.Sent)} probes each",
            ],
            Remedies = [new Remedy("Take the dead next hop out of the route.", $"ip route get {tables[0].Rounds.Destination}; ip nexthop show", last?.Node?.Address.ToString() ?? "the router where the ways part")],
        };
    }

    /// <summary>Numbers in order, with those that follow each other as a range.</summary>
    /// <param name="numbers">The numbers, ascending.</param>
    internal static string Ranges(int[] numbers)
    {
        List<string> parts = [];
        for (int i = 0; i < numbers.Length; i++)
        {
            int start = i;
            while (i + 1 < numbers.Length && numbers[i + 1] == numbers[i] + 1)
                i++;
            parts.Add(i - start < 2
                ? string.Join(", ", numbers[start..(i + 1)])
                : string.Create(CultureInfo.InvariantCulture, $"{numbers[start]} to {numbers[i]}"));
        }

        return parts.Count < 2 && !parts.Exists(part => part.Contains(',', StringComparison.Ordinal))
            ? string.Concat(parts)
            : string.Join(", ", parts) is var text && text.LastIndexOf(", ", StringComparison.Ordinal) is var at && at > 0
                ? $"{text[..at]} and {text[(at + 2)..]}"
                : string.Concat(parts);
    }

    private static string Protocol(PathRounds rounds) => rounds.Protocol switch
    {
        "tcp" => $"TCP to port {rounds.Port}",
        "udp" => "UDP",
        _ => "ICMP echo",
    };

    // Runs of rounds in which the same node answered; rounds without an answer end none.
    private static List<(int Node, int From, int To)> Runs(PathHop hop, int length)
    {
        List<(int Node, int From, int To)> runs = [];
        if (hop.Row.Nodes.Count < 2)
            return runs;
        for (int round = 0; round < length; round++)
        {
            if (hop.NodeIndex(round) is not (>= 0 and var node))
                continue;
            if (runs.Count > 0 && runs[^1].Node == node)
                runs[^1] = (node, runs[^1].From, round);
            else
                runs.Add((node, round, round));
        }

        return runs;
    }

    // A few long runs are a way that changed; many short ones are ways that packets are spread over.
    private static bool IsChange(List<(int Node, int From, int To)> runs) =>
        runs.Count >= 2 && runs.Count <= MostRouteChanges + 1
        && runs.TrueForAll(run => run.To - run.From + 1 >= LeastRunOfRoute);
}

using System.Globalization;
using System.Net;
using System.Text;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Tools.Traceroute;

/// <summary>Draws the paths that load is balanced over: what all flows share in a line, and branches until they meet again.</summary>
/// <param name="fan">The paths.</param>
/// <param name="names">Names of addresses.</param>
internal sealed class MultipathText(PathFan fan, HopNames names)
{
    private const double MostChance = 0.05; // as usual in the search for paths
    private const int Deepest = 8; // branches within branches are drawn no further to the right

    private readonly StringBuilder _text = new();

    /// <summary>The drawing, and what is to be said of it.</summary>
    internal string Draw()
    {
        Draw(fan.Flows, 0, Longest(fan.Flows), "", 0);
        SayReached();
        int paths = Paths();
        FanHop[] unsure = [.. fan.Hops.Where(hop => hop.ChanceOfMissing > MostChance)];
        FanHop[] silenced = [.. fan.Hops.Where(hop => hop.SilentFlows.Count > 0)];
        _text.Append(Text($"{(fan.IsComplete is true || paths > 1 ? "" : "at least ")}{paths} {(paths == 1 ? "path" : "paths")} seen with {fan.Flows.Count} {(fan.Flows.Count == 1 ? "flow" : "flows")}"));
        if (PossiblePaths() is var possible && possible > paths)
            _text.Append(Text($" (the links that were seen make {possible:0} by every combination)"));
        _text.Append(fan.IsComplete is not true ? "; the search was ended before it was sure that there are no more\n"
            : fan.Hops.Any(hop => hop.Answered > 0 && hop.Unanswered > 0) || unsure.Length > 0 || fan.Hops.Max(hop => hop.ChanceOfMissing) is not { } most ? "\n"
            : Text($": at any router, one more next hop would have been missed with {Percent(most)} at most\n"));
        HashSet<int> told = [];
        foreach (FanHop hop in silenced)
        {
            int[] flows = [.. hop.SilentFlows.Where(told.Add)]; // nobody answers them behind a dead branch, either
            if (flows.Length == 0)
                continue;
            int passed = flows.Count(flow => fan.Flows.Any(path => path.Flow == flow && path.Hops.Skip(hop.Ttl - fan.FirstTtl + 1).Any(next => next.Node is not null)));
            string onward = passed == flows.Length ? "passes packets on" : passed == 0 ? "was not seen to pass any on" : Text($"passes those of {passed} on");
            _text.Append(Text($"hop {hop.Ttl}: {flows.Length} of {fan.Flows.Count} flows get no answer, and others do: a branch, or more than one, answers nothing, and {onward}\n"));
        }

        foreach (FanHop hop in fan.Hops.Where(hop => hop is { Answered: > 0, Unanswered: > 0, IsLimited: false } && hop.Unanswered > hop.SilentFlows.Count))
            _text.Append(Text($"hop {hop.Ttl}: {hop.Unanswered - hop.SilentFlows.Count} flows got no answer, and were not asked for often enough to tell loss from a branch that answers nothing\n"));
        foreach (FanHop hop in fan.Hops.Where(hop => hop.IsLimited || unsure.Contains(hop)))
        {
            string why = hop.IsLimited ? ": routers there limit their answers, or one is silent and was not seen" : "";
            string chance = unsure.Contains(hop) ? Text($"; one more that answers would have been missed with {Percent(hop.ChanceOfMissing!.Value)}") : "";
            _text.Append(Text($"hop {hop.Ttl}: {hop.Answered} of {hop.Sent} probes were answered{why}{chance}\n"));
        }

        FanHop[] silent = [.. fan.Hops.Where(hop => hop.Answered == 0)];
        if (silent.Length > 0)
            _text.Append(Text($"{(silent.Length == 1 ? "hop" : "hops")} {string.Join(", ", silent.Select(hop => hop.Ttl))}: nobody answers, so branches there cannot be seen\n"));
        for (int hop = 1; hop < Longest(fan.Flows); hop++)
        {
            foreach (IPAddress branch in SilentBehind(hop))
                _text.Append(Text($"hop {fan.FirstTtl + hop}: behind {Printable.Of(names.Show(branch), isUtf8: false)} nobody answered, so branches there were not seen\n"));
        }

        foreach (int ttl in fan.PerPacket)
            _text.Append(Text($"hop {ttl}: packets of one flow come to different routers, so paths through it may be mixed\n"));
        return _text.ToString();
    }

    private void SayReached()
    {
        if (fan.IsReached is true)
            return;
        string target = Printable.Of(ZonedAddress.Text(fan.Destination), isUtf8: false);
        int last = fan.Flows.Max(flow => flow.Hops.ToList().FindLastIndex(hop => hop.Node is not null));
        IPAddress[] nodes = last < 0 ? [] : [.. fan.Flows.Where(flow => flow.Hops.Count > last).Select(flow => flow.Hops[last].Node).OfType<IPAddress>().Distinct()];
        _text.Append(nodes.Length == 0
            ? Text($"{target} was not reached: nobody answered\n")
            : Text($"{target} was not reached: {string.Join(" and ", nodes.Select(node => Printable.Of(names.Show(node), isUtf8: false)))} at hop {fan.FirstTtl + last} {(nodes.Length == 1 ? "is" : "are")} the last that answered\n"));
    }

    // Where flows part, each branch is drawn up to the hop at which all are at one router again.
    private void Draw(IReadOnlyList<FlowPath> flows, int from, int to, string indent, int depth)
    {
        for (int hop = from; hop < to; hop++)
        {
            IGrouping<IPAddress?, FlowPath>[] nodes = [.. Present(flows, hop).GroupBy(flow => flow.Hops[hop].Node).OrderByDescending(node => node.Count())];
            if (nodes.Length == 0 || (hop > from && IsOver(flows, hop)))
                return;
            IGrouping<IPAddress?, FlowPath>[] known = [.. nodes.Where(node => node.Key is not null)];
            if (known.Length <= 1)
            {
                Line(hop, known.Length == 1 ? known[0] : nodes[0], 0, indent, "");
                continue;
            }

            int meeting = Meeting(known, hop + 1, to); // flows that were not answered here may be in any branch
            for (int i = 0; i < known.Length; i++)
            {
                Line(hop, known[i], known.Sum(node => node.Count()), indent, i < known.Length - 1 ? "|-" : "`-");
                string deeper = depth < Deepest ? indent + (i < known.Length - 1 ? "| " : "  ") : indent;
                Draw([.. known[i]], hop + 1, meeting, deeper, depth + 1);
            }

            hop = meeting - 1;
        }
    }

    // Whether the destination answered before this hop, and nobody from there on: the rest are flows that nobody asked for there.
    private bool IsOver(IReadOnlyList<FlowPath> flows, int hop) =>
        flows.Any(flow => flow.Hops.Take(hop).Any(one => fan.Destination.Equals(one.Node))) && !flows.Any(flow => flow.Hops.Skip(hop).Any(one => one.Node is not null));

    // The first hop at which each branch has shown the same router and no other.
    private static int Meeting(IGrouping<IPAddress?, FlowPath>[] branches, int from, int to)
    {
        for (int hop = from; hop < to; hop++)
        {
            IPAddress[][] nodes = [.. branches.Select(branch => Present([.. branch], hop).Select(flow => flow.Hops[hop].Node).OfType<IPAddress>().Distinct().ToArray())];
            if (nodes.All(node => node.Length == 1 && node[0].Equals(nodes[0][0])))
                return hop;
        }

        return to;
    }

    // The branches before a hop behind which nobody was seen, where behind others somebody was.
    private IPAddress[] SilentBehind(int hop)
    {
        (IPAddress Branch, bool IsSeen)[] branches =
        [
            .. Present(fan.Flows, hop).Where(flow => flow.Hops[hop - 1].Node is not null)
                .GroupBy(flow => flow.Hops[hop - 1].Node!)
                .Select(branch => (branch.Key, branch.Any(flow => flow.Hops[hop].Node is not null))),
        ];
        return branches.Any(branch => branch.IsSeen) ? [.. branches.Where(branch => !branch.IsSeen).Select(branch => branch.Branch)] : [];
    }

    // So many paths there are at least: what was not answered can be any router, and makes no difference.
    private int Paths()
    {
        List<FlowPath> different = [];
        foreach (FlowPath flow in fan.Flows.OrderByDescending(flow => flow.Hops.Count(hop => hop.Node is not null)))
        {
            if (!different.Exists(other => AreAlike(flow, other)))
                different.Add(flow);
        }

        return different.Count;
    }

    // Paths from the first hop to the ends, over links whose two routers one flow has shown: flows may combine branches otherwise.
    private double PossiblePaths()
    {
        Dictionary<IPAddress, double> ways = [];
        double ended = 0;
        for (int hop = 0; hop < Longest(fan.Flows); hop++)
        {
            FlowPath[] known = [.. Present(fan.Flows, hop).Where(flow => flow.Hops[hop].Node is not null)];
            if (known.Length == 0)
                return 0; // what is between is not seen
            Dictionary<IPAddress, double> next = [];
            foreach (IGrouping<IPAddress, FlowPath> node in known.GroupBy(flow => flow.Hops[hop].Node!))
                next[node.Key] = hop == 0 ? 1 : node.Select(flow => flow.Hops[hop - 1].Node).OfType<IPAddress>().Distinct().Sum(before => ways.GetValueOrDefault(before));
            ended += next.Where(node => node.Key.Equals(fan.Destination)).Sum(node => node.Value);
            ways = next;
        }

        return ended;
    }

    private static bool AreAlike(FlowPath one, FlowPath other) =>
        one.Hops.Zip(other.Hops).All(pair => pair.First.Node is null || pair.Second.Node is null || pair.First.Node.Equals(pair.Second.Node));

    private void Line(int hop, IGrouping<IPAddress?, FlowPath> node, int all, string indent, string branch)
    {
        TimeSpan? least = node.Select(flow => flow.Hops[hop].RoundTrip).Min();
        _text.Append(Text($"{fan.FirstTtl + hop,2}  {indent}{branch}{(node.Key is { } address ? Printable.Of(names.Show(address), isUtf8: false) : "*")}"));
        if (least is { } roundTrip)
            _text.Append(Text($"  {roundTrip.TotalMilliseconds:0.000} ms"));
        if (branch.Length > 0)
            _text.Append(Text($"  ({node.Count()} of {all} flows)"));
        _text.Append('\n');
    }

    private static IEnumerable<FlowPath> Present(IReadOnlyList<FlowPath> flows, int hop) => flows.Where(flow => flow.Hops.Count > hop);

    private static int Longest(IReadOnlyList<FlowPath> flows) => flows.Max(flow => flow.Hops.Count);

    private static string Percent(double share) => share < 0.0001 ? "less than 0.01 %" : Text($"{100 * share:0.##} %");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

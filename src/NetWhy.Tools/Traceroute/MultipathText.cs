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
    private const int Deepest = 8; // branches within branches are drawn no further to the right

    private readonly StringBuilder _text = new();

    /// <summary>The drawing, and what is to be said of it.</summary>
    internal string Draw()
    {
        Draw(fan.Flows, 0, Longest(fan.Flows), "", 0);
        int branches = fan.Flows.Select(Key).Distinct().Count();
        _text.Append(Text($"{branches} {(branches == 1 ? "path" : "paths")} seen with {fan.Flows.Count} flows"));
        _text.Append(fan.IsComplete is true ? ": at any router, one more next hop would have been missed with 1 % at most\n" : "; there may be more, routers answer too seldom or flows ran out\n");
        foreach (int ttl in fan.PerPacket)
            _text.Append(Text($"hop {ttl}: packets of one flow come to different routers, so paths through it may be mixed\n"));
        return _text.ToString();
    }

    // Where flows part, each branch is drawn up to the hop at which all are at one router again.
    private void Draw(IReadOnlyList<FlowPath> flows, int from, int to, string indent, int depth)
    {
        for (int hop = from; hop < to; hop++)
        {
            IGrouping<IPAddress?, FlowPath>[] nodes = [.. Present(flows, hop).GroupBy(flow => flow.Hops[hop].Node).OrderByDescending(node => node.Count())];
            if (nodes.Length == 0)
                return;
            IGrouping<IPAddress?, FlowPath>[] known = [.. nodes.Where(node => node.Key is not null)];
            if (known.Length <= 1)
            {
                Line(hop, known.Length == 1 ? known[0] : nodes[0], nodes.Sum(node => node.Count()), indent, "");
                continue;
            }

            int meeting = Meeting(flows, hop + 1, to);
            for (int i = 0; i < nodes.Length; i++)
            {
                Line(hop, nodes[i], nodes.Sum(node => node.Count()), indent, i < nodes.Length - 1 ? "|-" : "`-");
                string deeper = depth < Deepest ? indent + (i < nodes.Length - 1 ? "| " : "  ") : indent;
                Draw([.. nodes[i]], hop + 1, meeting, deeper, depth + 1);
            }

            hop = meeting - 1;
        }
    }

    private static int Meeting(IReadOnlyList<FlowPath> flows, int from, int to)
    {
        for (int hop = from; hop < to; hop++)
        {
            if (Present(flows, hop).Select(flow => flow.Hops[hop].Node).OfType<IPAddress>().Distinct().Count() == 1 && Present(flows, hop).All(flow => flow.Hops[hop].Node is not null))
                return hop;
        }

        return to;
    }

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

    private static string Key(FlowPath flow) => string.Join(' ', flow.Hops.Select(hop => hop.Node?.ToString() ?? "*"));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

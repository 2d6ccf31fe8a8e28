using System.Net.Sockets;
using NetWhy.Diagnose.Routing;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>A policy rule sends the flow to another table than main, and it gets nowhere there.</summary>
public sealed class PolicyRouting : IRule
{
    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        "policy-routing", Source: "ip-rule(8)", "policy-routing")
    {
        Explains =
        [
            .. Symptoms.OfNoWay, "no-route", "route-prohibited", "neighbour-unresolved", "gateway-wrong", "netmask-wrong",
            "route-overlap", "source-address-wrong", "link-no-carrier", "ipv6-broken",
        ],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        if (evidence.First<PolicyRules>() is not { Rules.Count: > 0 } rules || evidence.First<RouteTable>() is not { } table)
            return [];

        return Reach.Failing(evidence)
            .Select(reach => Unmarked(rules, table, reach) ?? Marked(evidence, rules, table, reach))
            .OfType<(string, Finding)>()
            .ByResource();
    }

    /// <summary>A rule takes the flow as it is.</summary>
    private static (string, Finding)? Unmarked(PolicyRules rules, RouteTable table, Reach reach)
    {
        PolicyRule? rule = rules.Rules.FirstOrDefault(rule => Takes(rule, table, reach));

        // Where other packets that the rule takes go there and back, the rule is not at fault. Echo is sent before it has
        // a source address and has no port.
        if (rule is null
            || (reach.Success is EchoSeries && rule.From is null && !TellsPacketsApart(rule))
            || (reach.Success is not null and not EchoSeries && !TellsPacketsApart(rule)))
        {
            return null;
        }

        List<Reason> reasons = [rules.Weigh(Weight.Hint, $"rule {rule.Priority}: {rule.Text} comes before the main table and takes {reach.Address}")];
        Explain(reasons, table, reach, reach.Lookup, rule);
        return (rule.Text, Found(reach, rule, reasons));
    }

    /// <summary>A firewall mark makes a rule take the flow, which a lookup without the mark does not show.</summary>
    private static (string, Finding)? Marked(EvidenceSet evidence, PolicyRules rules, RouteTable table, Reach reach)
    {
        if (reach.FailedAttempt is not { } attempt)
            return null;

        foreach (RouteLookup marked in evidence.All<RouteLookup>().Where(lookup => lookup.Mark != 0 && lookup.Destination.Equals(reach.Address)))
        {
            PolicyRule? rule = rules.Rules.FirstOrDefault(rule => rule.Mark == marked.Mark && rule.IsIPv6 == reach.IsIPv6);
            if (rule is null)
                continue;

            List<Reason> reasons =
            [
                rules.Weigh(Weight.Context, $"rule {rule.Priority}: {rule.Text} takes packets with the mark {marked.Mark:#,0}"),
                marked.Weigh(Weight.Hint, $"with that mark packets go {Way(marked)} instead of {Way(reach.Lookup)}"),
            ];
            if (evidence.First<FirewallRuleMatch>(match => match.Verdict is "mark") is { } marking)
                reasons.Add(marking.Weigh(marking.Match is RuleMatch.Certain ? Weight.VeryStrong : Weight.Strong, $"the firewall marks this flow: {marking.Rule}"));
            if (marked.Gateway is { } gateway && evidence.Last<NeighbourState>(state => state.Address.Equals(gateway) && state.State is "failed" or "incomplete") is { } failed)
                reasons.Add(failed.Weigh(Weight.VeryStrong, $"somebody asked for {gateway}, which only marked packets go to, and nobody answered"));
            if (evidence.First<FlowSighting>(flow => flow.Address.Equals(reach.Address) && flow.InterfaceOut is not null && flow.InterfaceOut != reach.Lookup.Interface) is { } sighting)
                reasons.Add(sighting.Weigh(Weight.VeryStrong, $"the SYN left by {sighting.InterfaceOut}, not by {reach.Lookup.Interface}"));
            if (marked.Errno is { } errno && attempt.Errno == errno && reach.Lookup.Errno != errno)
                reasons.Add(attempt.Weigh(Weight.VeryStrong, $"connecting fails as only the marked lookup does: {ErrnoWords.Of(errno)}"));
            if (reach.Echo is { Received: > 0 } echo)
                reasons.Add(echo.Weigh(Weight.Hint, "echo, which is not marked, is answered"));
            return (rule.Text, Found(reach, rule, reasons));
        }

        return null;
    }

    private static Finding Found(Reach reach, PolicyRule rule, List<Reason> reasons)
    {
        var flag = ShellCommand.FamilyFlag(reach.IsIPv6);
        string target = rule.Action is "lookup" ? $"to table {rule.Table}" : $"nowhere ({rule.Action})";
        return new Finding(
            "policy-routing",
            reach.Severity,
            Where.Local,
            $"The policy rule {rule.Priority} (\"{rule.Text}\") sends packets to {reach.Name} {target}, and they get no answer there.",
            [.. reasons])
        {
            Subject = reach.Address,
            Remedies =
            [
                new Remedy("Delete the rule if it should not take this flow.", $"ip {flag}rule del pref {rule.Priority}"),
                new Remedy("Or correct the routes of its table.", $"ip {flag}route show table {(rule.Table == 0 ? "all" : $"{rule.Table}")}"),
            ],
            Next = ["Who added the rule? VPN clients, multi-homing scripts and container networks do."],
        };
    }

    private static void Explain(List<Reason> reasons, RouteTable table, Reach reach, RouteLookup lookup, PolicyRule rule)
    {
        reasons.Add(lookup.Errno is { } errno
            ? lookup.Weigh(Weight.VeryStrong, $"the lookup of the route fails: {ErrnoWords.Of(errno)}")
            : lookup.Weigh(Weight.Context, $"packets go {Way(lookup)} by table {lookup.Table}"));
        RouteEntry? main = table.Matches(RouteTableReading.Main, reach.Address).FirstOrDefault(route => route.RouteType is "unicast");
        if (main is not null)
            reasons.Add(table.Weigh(Weight.Hint, $"the main table would send them: {main.ToText()}"));
        if (reach.Unresolved is { } unresolved)
            reasons.Add(unresolved.Weigh(main is null ? Weight.Strong : Weight.VeryStrong, $"the next hop {unresolved.Address} of table {rule.Table} does not answer"));

        if (reach.Trials.FirstOrDefault(trial => trial.Answered && !trial.NextHop.Equals(lookup.Gateway)) is { } cure)
            reasons.Add(cure.Weigh(Weight.Decisive, $"{reach.Address} answers by {cure.NextHop}, as the main table would have it"));
        else if (main?.Gateway is { } gateway && reach.Trials.FirstOrDefault(trial => trial.NextHop.Equals(gateway)) is { } tried)
            reasons.Add(tried.Weigh(Weight.Against, $"{reach.Address} does not answer by {tried.NextHop} either"));
        else if (lookup.Errno is null && reach.Unresolved is null)
            reasons.Add(reach.Failure!.Weigh(Weight.HintAgainst, "silence alone does not say that the way is wrong"));
    }

    private static string Way(RouteLookup lookup) => lookup switch
    {
        { Errno: { } errno } => $"nowhere ({ErrnoWords.Of(errno)})",
        { Gateway: { } gateway } => $"via {gateway} dev {lookup.Interface}",
        _ => $"dev {lookup.Interface}",
    };

    private static bool TellsPacketsApart(PolicyRule rule) =>
        rule.Text.Contains(" dport ", StringComparison.Ordinal) || rule.Text.Contains(" ipproto ", StringComparison.Ordinal);

    private static bool Takes(PolicyRule rule, RouteTable table, Reach reach)
    {
        RouteLookup lookup = reach.Lookup;
        if (rule.Mark is not null || rule.IsIPv6 != (reach.Address.AddressFamily is AddressFamily.InterNetworkV6))
            return false;
        if (rule.To is not null && !RouteTableReading.Contains(rule.To, reach.Address))
            return false;
        if (rule.From is not null && !(lookup.Source is { } source && RouteTableReading.Contains(rule.From, source)) && lookup.Errno is null)
            return false;
        if (rule.Text.Contains(" iif ", StringComparison.Ordinal) && !rule.Text.Contains(" iif lo ", StringComparison.Ordinal))
            return false;
        if (rule.Action is not "lookup")
            return lookup.Errno is not null;

        // The table that the kernel says it used is proof; without one (it refused) a route of the table must match.
        if (lookup.Errno is null)
            return lookup.Table == rule.Table && rule.Table is not (RouteTableReading.Main or 253 or 255);
        return table.Matches(rule.Table, reach.Address).Any(route => IsRefusal(route, lookup.Errno));
    }

    private static bool IsRefusal(RouteEntry route, string errno) => (route.RouteType, errno) is
        ("blackhole", "EINVAL") or ("unreachable", "EHOSTUNREACH") or ("prohibit", "EACCES") or ("unreachable", "ENETUNREACH");
}

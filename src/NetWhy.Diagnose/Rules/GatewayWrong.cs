using System.Net;
using NetWhy.Diagnose.Routing;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The gateway of the route does not exist, or does not forward.</summary>
public sealed class GatewayWrong : IRule
{
    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        "gateway-wrong", Source: "RFC 1122, section 3.3.1; RFC 792, Redirect", "gateway-wrong")
    {
        Explains = [.. Symptoms.OfNoWay, "neighbour-unresolved"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) =>
        Reach.Failing(evidence)
            .Where(reach => reach.Lookup is { Errno: null, RouteType: "unicast", Gateway: not null } && reach.Success is null)
            .Select(reach => Judge(evidence, reach))
            .OfType<(string, Finding)>()
            .Concat(Reach.All(evidence).Select(reach => OneOfSeveral(evidence, reach)).OfType<(string, Finding)>())
            .ByResource();

    // A route with several next hops: which of them a flow takes is a matter of its addresses and ports.
    private static (string, Finding)? OneOfSeveral(EvidenceSet evidence, Reach reach)
    {
        if (reach.Lookup is not { Errno: null, RouteType: "unicast", Gateway: not null, Interface: { } device }
            || evidence.First<RouteTable>() is not { } table
            || table.Matches(reach.Lookup.Table ?? RouteTableReading.Main, reach.Address).FirstOrDefault() is not { NextHops.Count: > 1 } route)
        {
            return null;
        }

        NextHopTrial[] trials = [.. reach.Trials.Where(trial => route.NextHops.Any(hop => hop.StartsWith($"via {trial.NextHop} ", StringComparison.Ordinal)))];
        NextHopTrial? works = trials.FirstOrDefault(trial => trial.Answered);
        NextHopTrial? dead = trials.FirstOrDefault(trial => !trial.Answered && trials.All(other => !other.Answered || !other.NextHop.Equals(trial.NextHop)));
        NeighbourState? absent = evidence.All<NeighbourState>().LastOrDefault(state =>
            state is { IsAfterTraffic: true, State: "failed" or "incomplete" } && route.NextHops.Any(hop => hop.StartsWith($"via {state.Address} ", StringComparison.Ordinal)));
        if (works is null || (dead?.NextHop ?? absent?.Address) is not { } gateway)
            return null;

        List<Reason> reasons =
        [
            table.Weigh(Weight.Hint, $"{route.ToText()} shares its flows among {route.NextHops.Count} next hops"),
            works.Weigh(Weight.Strong, $"{reach.Address} answers when {works.NextHop} is given the packet"),
        ];
        if (dead is not null)
            reasons.Add(dead.Weigh(Weight.VeryStrong, $"it does not when {dead.NextHop} is given the same packet"));
        else if (absent is not null)
            reasons.Add(absent.Weigh(Weight.VeryStrong, $"{gateway} does not answer ARP or neighbour discovery ({absent.State})"));

        string others = string.Join(" ", route.NextHops
            .Where(hop => !hop.StartsWith($"via {gateway} ", StringComparison.Ordinal)).Select(hop => $"nexthop {hop}"));
        var flag = ShellCommand.FamilyFlag(reach.IsIPv6);
        return ($"{gateway} {device}", new Finding(
            "gateway-wrong",
            reach.Severity,
            Where.Local,
            $"The gateway {gateway}, one of {route.NextHops.Count} that share a route, does not forward to {reach.Name}, while {works.NextHop} does: some flows vanish and others do not.",
            [.. reasons])
        {
            Subject = reach.Address,
            Remedies =
            [
                new Remedy(
                    "Take the dead next hop out of the route.",
                    ShellCommand.Of($"ip {flag}route replace {(route.IsDefault() ? "default" : route.Destination)} {ShellCommand.Words(others)}")),
            ],
            Next = [$"On {gateway}: is it a router (sysctl net.ipv{(reach.IsIPv6 ? "6.conf.all.forwarding" : "4.ip_forward")}), and does it have a route to {reach.Address}?"],
        });
    }

    private static (string, Finding)? Judge(EvidenceSet evidence, Reach reach)
    {
        IPAddress gateway = reach.Lookup.Gateway!;
        string device = reach.Lookup.Interface!;
        List<Reason> reasons = [];
        if (reach.Unresolved is { } unresolved)
        {
            reasons.Add(unresolved.Weigh(Weight.Hint, $"{gateway} does not answer ARP or neighbour discovery ({unresolved.State})"));
            if (evidence.First<AddressResolution>(other => !other.IsOnPath && other.Interface == device
                    && other.HardwareAddresses.Count > 0 && !other.Address.Equals(reach.Address)) is { } control)
            {
                reasons.Add(control.Weigh(Weight.Hint, $"{control.Address} on the same link does: the link works"));
            }
        }
        else if (reach.IsSilent && reach.Neighbour(afterTraffic: true) is { HardwareAddress: { } hardware } known)
        {
            reasons.Add(known.Weigh(Weight.Hint, $"{gateway} is there ({hardware}) and nothing that is sent through it is answered"));
            if (known is { State: "reachable", IsRouter: false })
                reasons.Add(known.Weigh(Weight.VeryStrong, $"{gateway} says in its neighbour advertisements that it is no router"));
        }
        else
        {
            return null;
        }

        NextHopTrial? cure = reach.Trials.FirstOrDefault(trial =>
            trial.Answered && !trial.NextHop.Equals(gateway) && !trial.NextHop.Equals(reach.Address));
        if (cure is not null)
            reasons.Add(cure.Weigh(Weight.Decisive, $"{reach.Address} answers when {cure.NextHop} is given the same packet"));
        if (reach.Trials.FirstOrDefault(trial => trial.Answered && trial.NextHop.Equals(gateway)) is { } works)
            reasons.Add(works.Weigh(Weight.RulesOut, $"{reach.Address} does answer by {gateway}, when {works.HardwareAddress} is given the packet from {works.Source}"));
        if (reach.Lookup.IsRedirected)
            reasons.Add(reach.Lookup.Weigh(Weight.Strong, $"{gateway} is not in the routing table: an ICMP redirect put it there"));

        AddJudgementOfForwarding(evidence, reach, gateway, reasons);
        if (evidence.First<RouteTable>() is { } table
            && table.Matches(RouteTableReading.Main, reach.Address).Any(route =>
                route.Gateway is { } other && !other.Equals(gateway)))
        {
            reasons.Add(table.Weigh(Weight.Hint, "there is another route with another gateway, which is not taken"));
        }

        var flag = ShellCommand.FamilyFlag(reach.IsIPv6);
        string fault = reach.Unresolved is not null ? "is not there" : "does not forward";
        string instead = cure is null ? "" : reach.Unresolved is not null ? $", but {cure.NextHop} is" : $", but {cure.NextHop} does";
        RouteEntry? route = evidence.First<RouteTable>()?.Matches(reach.Lookup.Table ?? RouteTableReading.Main, reach.Address)
            .FirstOrDefault(candidate => gateway.Equals(candidate.Gateway));
        string prefix = route is null || route.IsDefault() ? "default" : route.Destination;
        return ($"{gateway} {device}", new Finding(
            "gateway-wrong",
            reach.Severity,
            Where.Local,
            $"The gateway {gateway} of {device} {fault}{instead}.",
            [.. reasons])
        {
            Subject = reach.Address,
            Remedies = reach.Lookup.IsRedirected
                ?
                [
                    new Remedy("Forget what the redirect taught.", $"ip {flag}route flush cache"),
                    new Remedy("Ignore redirects.", $"sysctl -w net.ipv4.conf.{device}.accept_redirects=0 net.ipv4.conf.all.accept_redirects=0"),
                ]
                :
                [
                    new Remedy(
                        "Route through the right gateway.",
                        route is { Metric: > 0 }
                            ? ShellCommand.Of($"ip {flag}route del {prefix} via {gateway} dev {device} metric {route.Metric}")
                            : ShellCommand.Of($"ip {flag}route replace {prefix} via {cure?.NextHop.ToString() ?? "GATEWAY"} dev {cure?.Interface ?? device}")),
                ],
            Next = reach.Unresolved is not null
                ? ["Which gateway do other machines of this network use (there: ip route), and which one does DHCP name?"]
                : [$"On {gateway}: is it a router (sysctl net.ipv{(reach.IsIPv6 ? "6.conf.all.forwarding" : "4.ip_forward")}), and does it have a route to {reach.Address}?"],
        });
    }

    private static void AddJudgementOfForwarding(
        EvidenceSet evidence, Reach reach, IPAddress gateway, List<Reason> reasons)
    {
        if (Reach.All(evidence).Select(other => (other.Lookup, other.Success))
                .FirstOrDefault(other => gateway.Equals(other.Lookup.Gateway) && other.Success is not null).Success is { } forwarded)
        {
            reasons.Add(forwarded.Weigh(Weight.RulesOut, $"{gateway} forwards to another address"));
        }

        if (evidence.All<PathTrace>().FirstOrDefault(trace => trace.Hops.Any(hop =>
                hop.Ttl <= 2 && hop.Node is not null && !hop.Node.Equals(trace.Destination))) is { } trace)
        {
            reasons.Add(trace.Weigh(Weight.RulesOut, "a router answered the trace: packets get past the gateway, or it said why not"));
        }

        if (evidence.All<NextHopTrial>().FirstOrDefault(trial => trial.NextHop.Equals(gateway) && trial.ProvesRouter) is { } router)
            reasons.Add(router.Weigh(Weight.RulesOut, $"{gateway} answers a packet whose hop limit ran out: it does forward"));
        else if (evidence.All<NextHopTrial>().FirstOrDefault(trial => trial.NextHop.Equals(gateway) && trial.IsKernelsChoice) is { } silent)
            reasons.Add(silent.Weigh(Weight.Hint, $"{gateway} does not say so when a packet's hop limit runs out, as most routers do"));

        if (reach.PathErrors.FirstOrDefault() is { Observation: { } seen, Error: { } error })
            reasons.Add(seen.Weigh(Weight.RulesOut, $"{error.Offender} answered with an ICMP error: it is a router, or packets get past it"));
    }
}

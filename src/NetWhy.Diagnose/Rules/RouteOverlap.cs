using NetWhy.Diagnose.Routing;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>A more specific route of this machine, such as a container bridge's or a VPN's, captures the target.</summary>
public sealed class RouteOverlap : IRule
{
    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        "route-overlap", Source: "RFC 1812, section 5.2.4.3, longest match", "route-overlap")
    {
        Explains = [.. Symptoms.OfNoWay, "neighbour-unresolved", "netmask-wrong", "link-no-carrier", "gateway-wrong", "source-address-wrong", "ipv6-broken"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) =>
        Reach.JudgeUnreached(evidence, reach => Judge(evidence, reach));

    private static (string, Finding)? Judge(EvidenceSet evidence, Reach reach)
    {
        if (reach.Lookup is not { Errno: null, RouteType: "unicast", Interface: { } device, Table: null or RouteTableReading.Main }
            || evidence.First<RouteTable>() is not { } table)
        {
            return null;
        }

        RouteEntry[] matches = [.. table.Matches(RouteTableReading.Main, reach.Address)];
        RouteEntry? taken = matches.FirstOrDefault(route => route.Interface == device && Equals(route.Gateway, reach.Lookup.Gateway));
        if (taken is null || taken.IsDefault())
            return null;

        RouteEntry? shadowed = matches.FirstOrDefault(route =>
            route.Interface is not null && route.Interface != device && route.RouteType is "unicast");
        if (shadowed is null)
            return null;

        List<Reason> reasons =
        [
            table.Weigh(Weight.Hint, $"{taken.ToText()} is more specific than {shadowed.ToText()}"),
            reach.Lookup.Weigh(Weight.Hint, $"so packets to {reach.Address} leave by {device}"),
        ];
        bool isVirtual = false;
        if (reach.Link is { } link)
        {
            if (IsDeadTunnel(link) && taken.Protocol is not "kernel")
                return null; // somebody sends it through the tunnel on purpose, and the tunnel's far end is silent

            isVirtual = link.LinkKind is "bridge" or "tun" or "wireguard" or "dummy" or "vxlan" or "ipip" or "gre" or "sit" or "macvlan" or "ipvlan";
            if (isVirtual)
                reasons.Add(link.Weigh(Weight.Strong, $"{device} is no network card but a {link.LinkKind}"));
            if (!link.HasCarrier && !isVirtual)
                return null; // a card whose cable is out: the network behind it may well be the right one
            if (!link.HasCarrier)
                reasons.Add(link.Weigh(Weight.Strong, $"nothing is connected to {device}"));
        }

        if (reach.Unresolved is { } unresolved)
            reasons.Add(unresolved.Weigh(Weight.Strong, $"nobody behind {device} has {unresolved.Address} ({unresolved.State})"));
        if (reach.Resolution is { HardwareAddresses.Count: > 0 } owner && reach.Lookup.Gateway is null)
            reasons.Add(owner.Weigh(Weight.Against, $"{owner.HardwareAddresses[0]} behind {device} does have {reach.Address}"));

        NextHopTrial[] others = [.. reach.Trials.Where(trial => trial.Interface != device)];
        if (others.FirstOrDefault(trial => trial.Answered) is { } cure)
            reasons.Add(cure.Weigh(Weight.Decisive, $"{reach.Address} answers by {cure.NextHop} on {cure.Interface}"));
        else if (others.FirstOrDefault(trial => trial.NextHop.Equals(shadowed.Gateway)) is { } tried)
            reasons.Add(tried.Weigh(Weight.RulesOut, $"{reach.Address} does not answer by {tried.NextHop} on {tried.Interface} either"));
        else if (!isVirtual)
            return null; // two real networks of which one is dead are nothing out of order

        var flag = ShellCommand.FamilyFlag(reach.IsIPv6);
        string prefix = reach.IsIPv6 ? "128" : "32";
        ShellCommand remedy = shadowed.Gateway is null
            ? ShellCommand.Of($"ip {flag}route add {reach.Address}/{prefix} dev {shadowed.Interface}")
            : ShellCommand.Of($"ip {flag}route add {reach.Address}/{prefix} via {shadowed.Gateway} dev {shadowed.Interface}");
        return ($"{taken.ToText()}", new Finding(
            "route-overlap",
            reach.Severity,
            Where.Local,
            $"The route {taken.Destination} of {device} captures {reach.Name}, which is reached by {shadowed.Interface}.",
            [.. reasons])
        {
            Subject = reach.Address,
            Remedies =
            [
                new Remedy($"Give the network behind {device} a prefix that is not in use (Docker: default-address-pools or bip in /etc/docker/daemon.json).", $"ip addr show dev {device}"),
                new Remedy("Until then, send this address the other way.", remedy),
            ],
            Next = [$"Who made {device}? A container engine, a hypervisor or a VPN."],
        });
    }

    private static bool IsDeadTunnel(LinkState link) =>
        link is { LinkKind: "tun" or "wireguard" or "ipip" or "gre" or "sit" or "vxlan", HasCarrier: true }
        && link.Statistics.ContainsKey("tx_packets") && !link.Statistics.ContainsKey("rx_packets");
}

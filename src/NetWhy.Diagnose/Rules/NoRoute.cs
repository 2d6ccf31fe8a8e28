using System.Net;
using System.Net.Sockets;
using NetWhy.Diagnose.Routing;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>This machine has no route to an address.</summary>
public sealed class NoRoute : IRule
{
    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        "no-route", Source: "rtnetlink(7); connect(2), ENETUNREACH", "no-route")
    {
        Explains = Symptoms.OfNoWay,
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) =>
        Reach.Failing(evidence)
            .Where(reach => reach.Lookup is { Errno: "ENETUNREACH" or "ENETDOWN" or "ENODEV" } lookup
                && lookup.RouteType is not ("blackhole" or "unreachable" or "prohibit"))
            .Where(reach => !IPAddress.IsLoopback(reach.Address)) // no route leads there but the interface itself
            .Where(reach => !(reach.IsIPv6 && Ipv6Broken.IsAbsent(evidence))) // then the whole family is missing
            .Select(reach => ("default route", Judge(evidence, reach)))
            .ByResource();

    private static bool HasNoInterface(EvidenceSet evidence) =>
        evidence.First<LinkState>() is not null && evidence.All<LinkState>().All(link => link.IsLoopback);

    // A host of an IPv6-only network lacks no route: it has no IPv4 at all, as it is meant.
    private static InterfaceAddresses? OfIPv6Alone(EvidenceSet evidence) =>
        evidence.First<InterfaceAddresses>() is { } own
        && !own.Addresses.Any(address => address.Address.AddressFamily is AddressFamily.InterNetwork && !IPAddress.IsLoopback(address.Address))
        && !Ipv6Broken.IsAbsent(evidence)
            ? own
            : null;

    private static Finding Judge(EvidenceSet evidence, Reach reach)
    {
        List<Reason> reasons =
        [
            reach.Lookup.Weigh(Weight.VeryStrong, $"the kernel finds no route to {reach.Name}: {ErrnoWords.Of(reach.Lookup.Errno, "it gives none")}"),
        ];
        if (reach.FailedAttempt is { Errno: "ENETUNREACH" } attempt)
            reasons.Add(attempt.Weigh(Weight.Strong, "connecting fails at once, and no packet leaves"));

        if (!reach.IsIPv6 && OfIPv6Alone(evidence) is { } own)
            return DescribeIPv6Alone(reach, [.. reasons, own.Weigh(Weight.VeryStrong, "no interface has an IPv4 address, and one has an IPv6 address")]);

        string family = reach.IsIPv6 ? "IPv6 " : "";
        string missing = $"this machine has no {family}default route";
        if (evidence.First<RouteTable>() is { } table)
        {
            RouteEntry? way = table.Routes.FirstOrDefault(route =>
                route.IsDefault() && RouteTableReading.Contains(route.Destination, reach.Address));
            if (way is null)
            {
                reasons.Add(table.Weigh(Weight.Strong, $"the routing tables hold no {family}default route"));
            }
            else
            {
                missing = $"the default route ({way.ToText()}) is not usable";
                reasons.Add(table.Weigh(Weight.Hint, $"{way.ToText()} is there and was not taken"));
            }

            if (table.Matches(RouteTableReading.Main, reach.Address).FirstOrDefault() is { RouteType: "throw" } thrown)
            {
                missing = $"the route \"{thrown.ToText()}\" gives the lookup up";
                reasons.Add(table.Weigh(Weight.Context, $"{thrown.ToText()} ends the lookup in its table"));
            }
        }

        NextHopTrial? cure = reach.Trials.FirstOrDefault(trial => trial.Answered && !trial.NextHop.Equals(reach.Address));
        if (cure is not null)
            reasons.Add(cure.Weigh(Weight.Strong, $"{reach.Address} answers when {cure.NextHop} is given the packet"));

        var flag = ShellCommand.FamilyFlag(reach.IsIPv6);
        string gateway = cure?.NextHop.ToString() ?? "GATEWAY";
        string device = cure?.Interface ?? "INTERFACE";
        return new Finding(
            "no-route",
            reach.Severity,
            Where.Local,
            $"There is no route to {reach.Name}: {missing}.",
            [.. reasons])
        {
            Subject = reach.Address,
            Remedies = HasNoInterface(evidence)
                ? [new Remedy("Connect this machine, or this network namespace, to a network: it has no interface but the loopback.", "ip link show")]
                :
                [
                    new Remedy("Add the default route.", $"ip {flag}route replace default via {gateway} dev {device}"),
                    new Remedy("Or have the interface configured again by DHCP or router advertisements.", $"networkctl renew {device}"),
                ],
            Next = ["What took the route away? Look at the network configuration and at the log of its service."],
        };
    }
    private static Finding DescribeIPv6Alone(Reach reach, Reason[] reasons) => new(
        "no-route",
        reach.Severity,
        Where.Local,
        $"There is no route to {reach.Name}: this machine has IPv6 alone, and that is an IPv4 address.",
        [.. reasons])
    {
        Subject = reach.Address,
        Remedies = reach.Lookup.Purpose is "resolver"
            ? [new Remedy("Name a server that has an IPv6 address.", "echo 'nameserver IPV6-ADDRESS' > /etc/resolv.conf")]
            : [new Remedy("Go by a translator of this network (NAT64): ask a resolver with DNS64, or run a CLAT (464XLAT).", "dig ipv4only.arpa AAAA +short")],
        Next = ["Or is IPv4 meant to be here? Then see why no address was configured (DHCP)."],
    };
}

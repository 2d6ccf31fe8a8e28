using NetWhy.Diagnose.Routing;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The outgoing interface is on, and there is nothing at the other end of it.</summary>
public sealed class LinkNoCarrier : IRule
{
    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        "link-no-carrier", Source: "netdevice(7), IFF_LOWER_UP; RFC 2863, section 3.1.13", "link-no-carrier")
    {
        Explains = [.. Symptoms.OfNoWay, "no-route", "neighbour-unresolved", "gateway-wrong", "netmask-wrong", "ipv6-broken"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) =>
        Reach.Failing(evidence)
            .Select(reach => Judge(evidence, reach))
            .OfType<(string, Finding)>()
            .ByResource();

    private static (string, Finding)? Judge(EvidenceSet evidence, Reach reach)
    {
        List<Reason> reasons = [];
        LinkState? link = reach.Link;
        if (link is null && evidence.First<RouteTable>() is { } table)
        {
            // IPv6, and IPv4 with ignore_routes_with_linkdown, do not use a route whose interface has no carrier.
            RouteEntry? skipped = table.Matches(RouteTableReading.Main, reach.Address)
                .FirstOrDefault(route => route.Flags.Contains("linkdown") || route.Flags.Contains("dead"));
            link = skipped?.Interface is { } name ? evidence.Last<LinkState>(state => state.Name == name) : null;
            if (skipped is not null)
                reasons.Add(table.Weigh(Weight.Strong, $"{skipped.ToText()} is not used: its interface has no carrier"));
        }

        if (link is not { IsUp: true, HasCarrier: false, IsLoopback: false })
            return null;

        reasons.Insert(0, link.Weigh(Weight.VeryStrong, $"{link.Name} is on and has no carrier, and the way to {reach.Name} leaves by it"));
        if (reach.Unresolved is { } neighbour)
            reasons.Add(neighbour.Weigh(Weight.Hint, $"the next hop {neighbour.Address} cannot be resolved"));
        if (reach.FailedAttempt is { } attempt)
            reasons.Add(attempt.Weigh(Weight.Context, $"connecting fails: {ErrnoWords.Of(attempt.Errno, "no answer")}"));

        return (link.Name, new Finding(
            "link-no-carrier",
            reach.Severity,
            Where.Local,
            $"The interface {link.Name} has no carrier: nothing is connected to it, or the other end is off.",
            [.. reasons])
        {
            Subject = reach.Address,
            Remedies =
            [
                new Remedy("Look at the cable, the transceiver and the switch port (on a virtual machine: the virtual switch).", $"ethtool {link.Name}"),
            ],
            Next = [$"At the other end of {link.Name}: is the port enabled, and does it see a link?"],
        });
    }
}

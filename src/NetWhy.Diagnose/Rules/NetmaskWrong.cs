using NetWhy.Diagnose.Routing;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The prefix length of an interface is wrong: what is far is looked for on the link, or the reverse.</summary>
public sealed class NetmaskWrong : IRule
{
    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        "netmask-wrong", Source: "RFC 1122, section 3.3.1.1", "netmask-wrong")
    {
        Explains = [.. Symptoms.OfNoWay, "neighbour-unresolved", "no-route", "gateway-wrong", "ipv6-broken"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) =>
        Reach.JudgeUnreached(evidence, reach => TooWide(evidence, reach) ?? TooNarrow(evidence, reach));

    private static (string, Finding)? TooWide(EvidenceSet evidence, Reach reach)
    {
        if (reach.Lookup is not { Errno: null, RouteType: "unicast", Gateway: null, Interface: { } device }
            || reach.Unresolved is not { } unresolved
            || evidence.First<RouteTable>() is not { } table)
        {
            return null;
        }

        RouteEntry? connected = table.Matches(reach.Lookup.Table ?? RouteTableReading.Main, reach.Address)
            .FirstOrDefault(route => route.Gateway is null && route.Interface == device);
        // A wide prefix of another interface than the default route's is a route that overlaps.
        RouteEntry? beyond = table.Matches(RouteTableReading.Main, reach.Address)
            .FirstOrDefault(route => route.Gateway is not null && route.Interface == device);
        NextHopTrial? cure = reach.Trials.FirstOrDefault(trial => trial.Answered && !trial.NextHop.Equals(reach.Address));
        if (connected is null || (beyond is null && cure is null))
            return null;

        int length = RouteTableReading.PrefixLength(connected.Destination);
        List<Reason> reasons =
        [
            reach.Lookup.Weigh(Weight.Hint, $"{reach.Address} is looked for on the link itself: the network {connected.Destination} of {device} holds it"),
            unresolved.Weigh(Weight.Hint, $"nobody on the link has {reach.Address} ({unresolved.State})"),
        ];
        if (!reach.IsIPv6 && length < 24)
            reasons.Add(table.Weigh(Weight.Hint, $"a /{length} is wide for one link"));
        if (reach.Resolution is { HardwareAddresses.Count: > 0 } owner)
            reasons.Add(owner.Weigh(Weight.RulesOut, $"{owner.HardwareAddresses[0]} on the link does have {reach.Address}"));
        if (cure is not null)
            reasons.Add(cure.Weigh(Weight.Decisive, $"{reach.Address} answers when the gateway {cure.NextHop} is given the packet"));
        else if (reach.Trials.FirstOrDefault(trial => trial.NextHop.Equals(beyond?.Gateway)) is { } tried)
            reasons.Add(tried.Weigh(Weight.Against, $"{reach.Address} does not answer by the gateway {tried.NextHop} either"));

        string own = evidence.First<InterfaceAddresses>()?.Addresses
            .FirstOrDefault(address => address.Interface == device && address.PrefixLength == length)?.Address.ToString() ?? "ADDRESS";
        return ($"{device} {connected.Destination}", new Finding(
            "netmask-wrong",
            reach.Severity,
            Where.Local,
            connected.IsDefault()
                ? $"The default route of {device} has no gateway, so {reach.Name} is looked for on the link."
                : $"The prefix {connected.Destination} of {device} is too wide: it takes {reach.Name} for a machine on the link.",
            [.. reasons])
        {
            Subject = reach.Address,
            Remedies = connected.IsDefault()
                ? [new Remedy("Name the gateway in the default route.", $"ip {ShellCommand.FamilyFlag(reach.IsIPv6)}route replace default via {cure?.NextHop.ToString() ?? "GATEWAY"} dev {device}")]
                :
            [
                new Remedy(
                    "Give the interface the prefix length of its network.",
                    $"ip addr add {own}/{(reach.IsIPv6 ? 64 : 24)} dev {device} && ip addr del {own}/{length} dev {device}"),
            ],
            Next = [$"Which prefix length do other machines on the link of {device} have?"],
        });
    }

    private static (string, Finding)? TooNarrow(EvidenceSet evidence, Reach reach)
    {
        if (reach.Lookup is { RouteType: "broadcast", Interface: { } broadcast })
        {
            return (broadcast, new Finding(
                "netmask-wrong",
                reach.Severity,
                Where.Local,
                $"The prefix of {broadcast} makes {reach.Name} its broadcast address, so nothing can be sent to that machine.",
                [
                    reach.Lookup.Weigh(Weight.VeryStrong, $"the kernel takes {reach.Address} for the broadcast address of {broadcast}"),
                    reach.Failure!.Weigh(Weight.Hint, "connecting fails"),
                ])
            {
                Subject = reach.Address,
                Remedies = [new Remedy("Give the interface the prefix length of its network.", $"ip addr show dev {broadcast}")],
                Next = [$"Which prefix length do other machines on the link of {broadcast} have?"],
            });
        }

        if (reach.Lookup is { Errno: null, Gateway: null } or { RouteType: "local" })
            return null;

        NextHopTrial? direct = reach.Trials.FirstOrDefault(trial =>
            trial.Answered
            && trial.NextHop.Equals(reach.Address)
            && !evidence.All<AddressResolution>().Any(other =>
                !other.Address.Equals(reach.Address) && other.HardwareAddresses.Contains(trial.HardwareAddress)));
        if (direct is null)
            return null;

        string way = reach.Lookup.Gateway is { } gateway ? $"the kernel sends to {gateway}" : "the kernel has no route";
        return ($"{direct.Interface}", new Finding(
            "netmask-wrong",
            reach.Severity,
            Where.Local,
            $"The prefix of {direct.Interface} is too narrow: {reach.Name} is on its link, and {way} for it.",
            [
                direct.Weigh(Weight.VeryStrong, $"{reach.Address} answers on the link of {direct.Interface}, from {direct.HardwareAddress}"),
                reach.Lookup.Weigh(Weight.Strong, way),
            ])
        {
            Subject = reach.Address,
            Remedies = [new Remedy("Give the interface the prefix length of its network, so that it holds the address.", $"ip addr show dev {direct.Interface}")],
            Next = [$"Which prefix length do other machines on the link of {direct.Interface} have?"],
        });
    }
}

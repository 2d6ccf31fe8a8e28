using System.Net;
using NetWhy.Diagnose.Routing;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The next hop does not answer ARP or neighbour discovery.</summary>
public sealed class NeighbourUnresolved : IRule
{
    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        "neighbour-unresolved", Source: "RFC 826; RFC 4861, section 7.2.2", "neighbour-unresolved")
    {
        Explains = Symptoms.OfNoWayToTarget,
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) =>
        Reach.Failing(evidence)
            .Where(reach => reach.Unresolved is not null)
            // One dead address of several on the link is a matter of the name's addresses, not of the link.
            .Where(reach => reach.Lookup.Gateway is not null || !reach.HasWorkingSibling)
            // A resolver or a proxy that is not there is a matter of the configuration that names it.
            .Where(reach => reach.Lookup is not { Purpose: "proxy" or "resolver", Gateway: null } || IsRouter(evidence, reach.Address))
            .Select(reach => ($"{reach.NextHop} {reach.Lookup.Interface}", Judge(evidence, reach)))
            .ByResource();

    private static bool IsRouter(EvidenceSet evidence, IPAddress address) =>
        evidence.First<RouteTable>() is { } table && table.Routes.Any(route => address.Equals(route.Gateway));

    // A resolver on this machine asks its own servers by ways that nobody looked up.
    private static bool CutsOffResolver(EvidenceSet evidence, Reach reach)
    {
        RouteLookup[] ways = [.. evidence.All<RouteLookup>().Where(lookup => lookup is { Purpose: "resolver", Mark: 0 })];
        return ways.Length == 0 || ways.Any(way =>
            IPAddress.IsLoopback(way.Destination)
            || (way.Interface == reach.Lookup.Interface && (way.Gateway ?? way.Destination).Equals(reach.NextHop)));
    }

    private static Finding Judge(EvidenceSet evidence, Reach reach)
    {
        NeighbourState state = reach.Unresolved!;
        string protocol = reach.IsIPv6 ? "neighbour discovery" : "ARP";
        string who = reach.Lookup.Gateway is null ? $"{reach.Name} (on the link {state.Interface})" : $"the gateway {state.Address} of {state.Interface}";
        List<Reason> reasons =
        [
            state.Weigh(Weight.VeryStrong, $"the neighbour entry of {state.Address} is {state.State.ToUpperInvariant()}: {protocol} was not answered"),
        ];
        if (reach.FailedAttempt is { Errno: "EHOSTUNREACH", Icmp: { IsOwnAddress: true } } attempt)
            reasons.Add(attempt.Weigh(Weight.Strong, $"connecting fails after {Words.Of(attempt.Elapsed)} with this machine's own \"host unreachable\""));
        else if (reach.Failure is { } failure)
            reasons.Add(failure.Weigh(Weight.Hint, "nothing comes back"));

        bool isFilteredHere = false;
        switch (reach.Resolution)
        {
            case { HardwareAddresses: [] } asked:
                reasons.Add(asked.Weigh(Weight.Strong, $"nobody answers {asked.Requests} requests of our own either"));
                break;
            case { HardwareAddresses: [var owner, ..] } asked:
                isFilteredHere = true;
                reasons.Add(asked.Weigh(Weight.Strong, $"{owner} does answer our own request: its answers reach the interface and not the kernel's neighbour table"));
                break;
        }

        if (evidence.First<AddressResolution>(other => !other.IsOnPath && other.Interface == state.Interface && other.HardwareAddresses.Count > 0) is { } control)
            reasons.Add(control.Weigh(Weight.Context, $"another machine of the link, {control.Address}, does answer: the link itself works"));
        if (reach.Link is { HasCarrier: false } link)
            reasons.Add(link.Weigh(Weight.Against, $"{link.Name} has no carrier: nobody could answer"));

        return new Finding(
            "neighbour-unresolved",
            reach.Severity,
            isFilteredHere ? Where.Local : reach.Lookup.Gateway is null ? Where.Remote : Where.Path,
            isFilteredHere
                ? $"This machine discards the {protocol} answers of {who}."
                : $"Nobody answers {protocol} for {who}.",
            [.. reasons])
        {
            Subject = reach.Address,
            AlsoExplains =
            [
                .. isFilteredHere ? ["local-firewall-drop", "gateway-wrong"] : Array.Empty<string>(),
                .. CutsOffResolver(evidence, reach) ? Symptoms.OfNoWayToResolver : [],
            ],
            Remedies = isFilteredHere
                ? [new Remedy("Find the rule that discards the answers and delete it.", "nft list tables arp; arptables -L -n -v; ebtables -L")]
                :
                [
                    new Remedy($"Switch {state.Address} on, put it on the same link or VLAN, or correct its address."),
                    new Remedy("Then see whether it answers: no more FAILED or INCOMPLETE.", $"ip neigh show {state.Address} dev {state.Interface}"),
                ],
            Next = isFilteredHere ? [] : [$"On {state.Address}: is its interface up, and does a capture of {protocol} there show the requests?"],
        };
    }
}

using System.Net;
using NetWhy.Diagnose.Routing;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Packets leave with a source address that answers do not come back to.</summary>
public sealed class SourceAddressWrong : IRule
{
    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        "source-address-wrong", Source: "RFC 1122, section 3.3.4.3; RFC 6724, section 5", "source-address-wrong")
    {
        Explains = [.. Symptoms.OfNoWay, "reverse-path-filter", "gateway-wrong", "ipv6-broken"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) =>
        Reach.Failing(evidence)
            .Where(reach => reach.Success is null && reach.Lookup is { Errno: null, RouteType: "unicast", Source: not null, Interface: not null })
            .Select(reach => Judge(evidence, reach))
            .OfType<(string, Finding)>()
            .ByResource();

    private static (string, Finding)? Judge(EvidenceSet evidence, Reach reach)
    {
        IPAddress source = reach.Lookup.Source!;
        string device = reach.Lookup.Interface!;
        NextHopTrial? cure = reach.Trials.FirstOrDefault(trial => trial is { IsOnlyOtherSource: true, Answered: true });
        List<Reason> reasons = [];
        if (evidence.First<InterfaceAddresses>() is { } addresses)
        {
            InterfaceAddress? own = addresses.Addresses.FirstOrDefault(address => address.Address.Equals(source));
            bool hasOwn = addresses.Addresses.Any(address => address.Interface == device && address.Address.AddressFamily == source.AddressFamily);
            if (own is null)
                reasons.Add(addresses.Weigh(Weight.Strong, $"no interface has {source} any more"));
            else if (own.Interface != device && hasOwn)
                reasons.Add(addresses.Weigh(cure is null ? Weight.Hint : Weight.Strong, $"{source} is an address of {own.Interface}, and packets leave by {device}"));
            else if (own.Flags.Contains("deprecated"))
                reasons.Add(addresses.Weigh(Weight.Hint, $"{source} is deprecated"));
            if (IsSelfAssigned(source) && !IsSelfAssigned(reach.Address))
                reasons.Add(addresses.Weigh(Weight.VeryStrong, $"{source} is an address that a machine gives itself when DHCP fails: no router takes it (RFC 3927)"));
        }

        // Routers and hosts that speak a routing protocol send from an address on lo, and mean it: only a trial convicts.
        if (cure is not null)
            reasons.Add(cure.Weigh(Weight.VeryStrong, $"the same packet from {cure.Source} is answered"));
        else if (reach.Trials.FirstOrDefault(trial => trial.IsOnlyOtherSource) is { } tried)
            reasons.Add(tried.Weigh(Weight.Against, $"the same packet from {tried.Source} is not answered either"));
        if (reasons.Count == 0)
            return null;

        bool isUnresolved = reach.Unresolved is not null;
        if (reach.IsSilent || isUnresolved)
            reasons.Add(reach.Failure!.Weigh(Weight.Hint, $"what leaves from {source} vanishes"));
        else
            reasons.Add(reach.Failure!.Weigh(Weight.Against, "something did answer"));

        var flag = ShellCommand.FamilyFlag(reach.IsIPv6);
        ShellCommand via = reach.Lookup.Gateway is null ? default : ShellCommand.Of($" via {reach.Lookup.Gateway}");
        string prefix = evidence.First<RouteTable>()?.Matches(reach.Lookup.Table ?? RouteTableReading.Main, reach.Address).FirstOrDefault() is { } route
            ? route.IsDefault() ? "default" : route.Destination
            : $"{reach.Address}";
        return ($"{source} {device}", new Finding(
            "source-address-wrong",
            reach.Severity,
            Where.Local,
            $"Packets to {reach.Name} leave by {device} with the source address {source}, and answers to it do not come back.",
            [.. reasons])
        {
            Subject = reach.Address,
            AlsoExplains = IsSelfAssigned(source) ? ["neighbour-unresolved", "netmask-wrong"] : [],
            Remedies = IsSelfAssigned(source)
                ? [new Remedy("Have the interface configured again.", $"networkctl renew {device}")]
                : [new Remedy("Send from an address of the outgoing interface.", $"ip {flag}route replace {prefix}{via} dev {device} src {cure?.Source.ToString() ?? "ADDRESS"}")],
            Next = [$"On the far side: is there a route back to {source}?"],
        });
    }

    private static bool IsSelfAssigned(IPAddress address) =>
        address.IsIPv6LinkLocal || RouteTableReading.Contains("169.254.0.0/16", address);
}

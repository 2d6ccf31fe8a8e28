using System.Net;
using NetWhy.Diagnose.Routing;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The target's address is configured on this machine by mistake: packets to it never leave.</summary>
public sealed class TargetIsLocal : IRule
{
    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        "target-is-local", Source: "ip-route(8), type local; RFC 1122, section 3.2.1.3", "target-is-local")
    {
        Explains = [.. Symptoms.OfNoWay, "port-closed", "service-bound-elsewhere", "local-firewall-reject", "dns-wrong-address", "tls-*", "http-*"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) =>
        Reach.All(evidence)
            .Where(reach => reach.Lookup is { Errno: null, RouteType: "local" } && !IPAddress.IsLoopback(reach.Address) && !IsUnspecified(reach.Address))
            .Select(reach => Judge(evidence, reach))
            .OfType<(string, Finding)>()
            .ByResource();

    private static (string, Finding)? Judge(EvidenceSet evidence, Reach reach)
    {
        List<Reason> reasons = [reach.Lookup.Weigh(Weight.Context, $"the kernel delivers packets to {reach.Name} to this machine itself")];
        InterfaceAddress? own = evidence.First<InterfaceAddresses>()?.Addresses.FirstOrDefault(address => address.Address.Equals(reach.Address));
        ConnectAttempt? refused = evidence.First<ConnectAttempt>(attempt => attempt.Address.Equals(reach.Address) && attempt.Errno is "ECONNREFUSED");
        bool somebodyElseHasIt = false;
        foreach (NextHopTrial trial in reach.Trials.Where(trial => trial.Answered && !IsOwnAnswer(evidence, trial)).Take(1))
        {
            somebodyElseHasIt = true;
            reasons.Add(trial.Weigh(Weight.Decisive, $"past this machine's own table {reach.Address} answers from elsewhere, by {trial.NextHop}"));
        }

        if (evidence.First<AddressResolution>(asked => asked.Address.Equals(reach.Address) && asked.HardwareAddresses.Count > 0) is { } other)
        {
            somebodyElseHasIt = true;
            reasons.Add(other.Weigh(Weight.VeryStrong, $"{other.HardwareAddresses[0]} on {other.Interface} has {reach.Address} too"));
        }

        // An own address whose service is down is just that (node-local DNS and anycast put theirs on lo or a dummy),
        // unless something says that the address is another machine's.
        if (!somebodyElseHasIt)
        {
            if (refused is null || RemoteNetwork(evidence, reach) is not var (table, remote))
                return null;
            reasons.Add(table.Weigh(Weight.Strong, $"the rest of its network is elsewhere: {remote.ToText()}"));
            if (reach.Trials.FirstOrDefault() is { } vain)
                reasons.Add(vain.Weigh(Weight.Against, $"but {reach.Address} does not answer from there, by {vain.NextHop}"));
        }

        if (refused is not null)
            reasons.Add(refused.Weigh(Weight.Hint, $"the refusal comes after {Words.Of(refused.Elapsed)}, from this machine"));
        if (own is not null && evidence.First<InterfaceAddresses>() is { } addresses)
        {
            bool isHostPrefix = own.PrefixLength is 32 or 128;
            bool isLoopback = evidence.First<LinkState>(link => link.Name == own.Interface) is { IsLoopback: true } or { LinkKind: "dummy" };
            if (isLoopback)
                reasons.Add(addresses.Weigh(somebodyElseHasIt ? Weight.Strong : Weight.Hint, $"{own.Address}/{own.PrefixLength} is on {own.Interface}, where no link is"));
            else if (isHostPrefix)
                reasons.Add(addresses.Weigh(Weight.Hint, $"{own.Address}/{own.PrefixLength} is a single address on {own.Interface}"));
            else
                reasons.Add(addresses.Weigh(Weight.HintAgainst, $"{own.Address}/{own.PrefixLength} is a regular address of {own.Interface}"));
        }

        if (!somebodyElseHasIt && evidence.First<Listener>(listener => listener.Port == evidence.Investigation?.Port) is { } listener)
            reasons.Add(listener.Weigh(Weight.Against, $"this machine does have a service on port {listener.Port} ({listener.Process ?? "unknown process"})"));
        if (reach.Connected is { } connected && !somebodyElseHasIt)
            reasons.Add(connected.Weigh(Weight.RulesOut, "and it answers here"));

        string device = own?.Interface ?? "INTERFACE";
        string prefix = own?.PrefixLength.ToString(null, null) ?? (reach.IsIPv6 ? "128" : "32");
        return (device, new Finding(
            "target-is-local",
            reach.Severity,
            Where.Local,
            $"The address {reach.Address} is configured on this machine ({device}), so packets to {reach.Name} never leave it.",
            [.. reasons])
        {
            Subject = reach.Address,
            Remedies = [new Remedy("Take the address away if it belongs to another machine.", $"ip addr del {reach.Address}/{prefix} dev {device}")],
            Next = ["Who added it? Keepalived, a load balancer's real-server set-up and kube-proxy (kube-ipvs0) put such addresses on lo or a dummy interface."],
        });
    }

    /// <summary>A route to a network with the address in it by a router, the default route aside; null if there is none.</summary>
    // A router sends the question straight back, and this machine answers itself.
    private static bool IsOwnAnswer(EvidenceSet evidence, NextHopTrial trial) =>
        evidence.Any<LinkState>(link => link.IsLoopback && link.Name == trial.AnsweredBy);

    private static (RouteTable Table, RouteEntry Route)? RemoteNetwork(EvidenceSet evidence, Reach reach) =>
        evidence.First<RouteTable>() is { } table
        && table.Matches(RouteTableReading.Main, reach.Address)
            .FirstOrDefault(route => route is { RouteType: "unicast", Gateway: not null } && !route.IsDefault()) is { } remote
            ? (table, remote)
            : null;

    private static bool IsUnspecified(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}

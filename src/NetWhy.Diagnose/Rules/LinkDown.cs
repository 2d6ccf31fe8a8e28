using System.Net;
using NetWhy.Diagnose.Routing;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The interface that should carry the traffic is switched off.</summary>
public sealed class LinkDown : IRule
{
    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        "link-down", Source: "netdevice(7), IFF_UP", "link-down")
    {
        Explains = [.. Symptoms.OfNoWay, "no-route", "neighbour-unresolved", "netmask-wrong", "gateway-wrong", "link-no-carrier", "source-address-wrong", "ipv6-broken"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        LinkState[] links =
        [
            .. evidence.All<LinkState>().GroupBy(link => link.Name).Select(group => group.Last()),
        ];
        if (OfOwnService(evidence, links) is { } finding)
            return [finding];
        return Reach.Failing(evidence)
            .SelectMany(reach => links
                .Where(link => !link.IsUp && link.IsLoopback == IPAddress.IsLoopback(reach.Address))
                .Select(link => (link.Name, Judge(evidence, reach, link, links)))
                .Where(pair => pair.Item2 is not null)
                .Select(pair => (pair.Name, pair.Item2!)))
            .ByResource();
    }

    // A service asked for by its port is asked on the loopback interface, and no way is looked up for that.
    private static Finding? OfOwnService(EvidenceSet evidence, LinkState[] links) =>
        evidence.Investigation is { TargetKind: TargetKind.LocalPort }
        && links.FirstOrDefault(link => link is { IsLoopback: true, IsUp: false }) is { } loopback
        && evidence.First<ConnectAttempt>(attempt => attempt is { Purpose: "target", Outcome: not ConnectOutcome.Connected }
            && IPAddress.IsLoopback(attempt.Address) && attempt.Errno is not "ECONNREFUSED") is { } attempt
            ? Describe(attempt.Address, attempt.Address.ToString(), Severity.Critical, loopback,
            [
                loopback.Weigh(Weight.VeryStrong, $"{loopback.Name} is switched off (no IFF_UP), and {attempt.Address} is behind it and nowhere else"),
                attempt.Weigh(Weight.Hint, $"connecting fails: {ErrnoWords.Of(attempt.Errno, "no answer")}"),
            ])
            : null;

    private static Finding? Judge(EvidenceSet evidence, Reach reach, LinkState link, LinkState[] links)
    {
        if (link.IsLoopback)
        {
            return Describe(reach.Address, reach.Name, reach.Severity, link,
            [
                link.Weigh(Weight.VeryStrong, $"{link.Name} is switched off (no IFF_UP), and {reach.Address} is behind it and nowhere else"),
                .. reach.FailedAttempt is { } failed ? [failed.Weigh(Weight.Hint, $"connecting fails: {ErrnoWords.Of(failed.Errno, "no answer")}")] : Array.Empty<Reason>(),
            ]);
        }

        InterfaceAddresses? addresses = evidence.First<InterfaceAddresses>();
        InterfaceAddress[] own = [.. addresses?.Addresses.Where(address => address.Interface == link.Name) ?? []];
        bool holdsTarget = own.Any(address =>
            address.Address.AddressFamily == reach.Address.AddressFamily
            && RouteTableReading.Contains(Prefix(address), reach.Address));
        bool hasNoWay = reach.Lookup.Errno is not null;
        bool isOnlyOne = links.All(other => other.Name == link.Name || other.IsLoopback || !other.IsUp || other.Master == link.Name || IsVirtual(other));

        // An interface that is down matters if the target is in its network, or if there is no way at all and it is
        // configured: then the routes over it are what is missing.
        if (!(holdsTarget || (hasNoWay && (own.Length > 0 || (isOnlyOne && !IsVirtual(link))))))
            return null;

        List<Reason> reasons = [link.Weigh(Weight.Strong, $"{link.Name} is switched off (no IFF_UP)")];
        if (hasNoWay)
            reasons.Add(reach.Lookup.Weigh(Weight.Strong, $"there is no route to {reach.Name}: the kernel takes routes away with their interface"));
        if (addresses is not null && own.Length > 0)
            reasons.Add(addresses.Weigh(Weight.Hint, $"{link.Name} still has {own[0].Address}: it is meant to be used"));
        if (addresses is not null && holdsTarget)
            reasons.Add(addresses.Weigh(Weight.Strong, $"{reach.Address} is in the network of {link.Name}"));
        if (isOnlyOne)
            reasons.Add(link.Weigh(Weight.Hint, "no other interface is up"));
        if (reach.FailedAttempt is { } attempt)
            reasons.Add(attempt.Weigh(Weight.Context, $"connecting fails: {ErrnoWords.Of(attempt.Errno, "no answer")}"));

        return Describe(reach.Address, reach.Name, reach.Severity, link, reasons);
    }

    private static Finding Describe(IPAddress address, string name, Severity severity, LinkState link, List<Reason> reasons) =>
        new(
            "link-down",
            severity,
            Where.Local,
            $"The interface {link.Name} is switched off, so {name} cannot be reached.",
            [.. reasons])
        {
            Subject = address,
            Remedies =
            [
                new Remedy("Switch the interface on.", $"ip link set {link.Name} up"),
                .. link.IsLoopback ? Array.Empty<Remedy>() : [new Remedy("Put back the routes that were lost with it.", $"networkctl reconfigure {link.Name}")],
            ],
            Next = [$"Who switched {link.Name} off? Look at the log of the network service."],
        };

    private static string Prefix(InterfaceAddress address)
    {
        byte[] octets = address.Address.GetAddressBytes();
        for (int i = 0; i < octets.Length; i++)
            octets[i] &= (byte)(0xff00 >> Math.Clamp(address.PrefixLength - 8 * i, 0, 8));
        return $"{new IPAddress(octets)}/{address.PrefixLength}";
    }

    private static bool IsVirtual(LinkState link) =>
        link.LinkKind is "bridge" or "dummy" or "tun" or "wireguard" or "vxlan" or "gre" or "ipip" or "sit" or "ip6tnl"
        || link.Master is not null;
}

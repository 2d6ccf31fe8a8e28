using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using NetWhy.Collect.Probes;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Routing;

/// <summary>An address that this investigation sends to, and what it sends.</summary>
/// <param name="Address">The address.</param>
/// <param name="Purpose">Why, in the words of <see cref="RouteLookup.Purpose"/>.</param>
/// <param name="Protocol">Protocol number: 6 TCP, 17 UDP; 0 if it does not matter.</param>
/// <param name="Port">Port; 0 if it does not matter.</param>
internal sealed record Destination(IPAddress Address, string Purpose, byte Protocol, int Port)
{
    /// <summary>Purpose of the target's own addresses.</summary>
    internal const string Target = "target";

    private const byte Tcp = 6;
    private const byte Udp = 17;

    /// <summary>Interface that a link-local address is on; 0 for none.</summary>
    internal long Scope => Address.AddressFamily is AddressFamily.InterNetworkV6 ? Address.ScopeId : 0;

    /// <summary>Yields the resolvers, the proxy and the target's addresses, each as soon as it is known.</summary>
    /// <param name="context">The investigation.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static async IAsyncEnumerable<Destination> StreamAsync(
        ProbeContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        HashSet<(IPAddress, string)> seen = []; // an address may be the target's and a resolver's
        if (context.Target.Literal is { } literal && seen.Add((literal, Target)))
            yield return OfTarget(context.Target, literal);

        EvidenceLog log = context.Evidence;
        if (context.Target.Literal is null
            && await log.FirstAsync<ResolverConfiguration>(_ => true, [ResolverConfigurationProbe.Id], cancellationToken) is { } resolver)
        {
            foreach (IPAddress server in resolver.Servers.Where(server => seen.Add((server, "resolver"))))
                yield return new Destination(server, "resolver", Udp, 53);
        }

        if (context.Target.Kind is TargetKind.ThisMachine)
        {
            foreach (IPAddress gateway in Gateways().Where(gateway => seen.Add((gateway, "gateway"))))
                yield return new Destination(gateway, "gateway", 0, 0);
        }

        if (context.Target is { Host: not null, Kind: not TargetKind.Name }
            && await log.FirstAsync<NameResolution>(_ => true, [NameResolutionProbe.Id], cancellationToken) is { } resolution)
        {
            foreach (IPAddress address in resolution.Addresses.Where(address => seen.Add((address, Target))))
                yield return OfTarget(context.Target, address);
        }

        if (context.Target.IsHttp
            && await log.FirstAsync<ProxyEnvironment>(_ => true, [ExchangeProbe.Id], cancellationToken) is { } proxy)
        {
            foreach (IPAddress address in proxy.ProxyAddresses.Where(address => seen.Add((address, "proxy"))))
                yield return new Destination(address, "proxy", Tcp, proxy.ProxyPort);
        }
    }

    private static Destination OfTarget(Target target, IPAddress address) =>
        new(address, Target, target.Port is null ? (byte)0 : target.IsTcp ? Tcp : Udp, target.Port ?? 0);

    private static IEnumerable<IPAddress> Gateways()
    {
        using RouteNetlink netlink = RouteNetlink.Open();
        return
        [
            .. netlink.Routes()
                .Where(route => route is { Header: { DestinationLength: 0, Type: RouteType.Unicast }, Gateway: not null })
                .Select(route => route.Gateway!.IsIPv6LinkLocal
                    ? new IPAddress(route.Gateway.GetAddressBytes(), route.InterfaceIndex)
                    : route.Gateway),
        ];
    }
}

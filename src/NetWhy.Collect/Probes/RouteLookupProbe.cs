using System.Net;
using System.Net.Sockets;
using NetWhy.Collect.Routing;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Probes;

/// <summary>
/// Asks the kernel how it would send to the target, its gateway, the resolvers and the proxy, and after the traffic
/// whether it has learned better.
/// </summary>
public sealed class RouteLookupProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "route.lookup";

    private const int MostMarks = 8; // each costs one question per address

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Which way would a packet take?",
        Source: "rtnetlink(7), RTM_GETROUTE; ip-route(8), ip route get",
        Question.Host);

    /// <inheritdoc/>
    public bool Applies(Target target) => true;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        using RouteNetlink netlink = RouteNetlink.Open();
        uint[] marks =
        [
            .. netlink.Rules().Where(rule => rule.AppliesToOwnPackets && rule.Mark is > 0)
                .Select(rule => rule.Mark!.Value).Distinct().Take(MostMarks),
        ];
        List<(Destination Destination, RouteLookup Lookup)> first = [];
        HashSet<IPAddress> gateways = [];
        await foreach (Destination destination in Destination.StreamAsync(context, cancellationToken))
        {
            RouteLookup lookup = context.Report(Ask(netlink, destination, 0));
            first.Add((destination, lookup));
            foreach (uint mark in destination.Purpose is Destination.Target ? marks : [])
            {
                RouteLookup marked = Ask(netlink, destination, mark);
                if (!IsSameWay(lookup, marked))
                    context.Report(marked);
            }

            if (lookup.Gateway is { } gateway && gateways.Add(gateway))
                context.Report(Ask(netlink, new Destination(gateway, "gateway", 0, 0), 0));
        }

        await Traffic.WhenOverAsync(context, cancellationToken);
        foreach ((Destination destination, RouteLookup lookup) in first)
        {
            RouteLookup now = Ask(netlink, destination, 0);
            if (!IsSameWay(lookup, now) || now.Mtu != lookup.Mtu)
                context.Report(now);
        }
    }

    /// <summary>The route type as ip-route(8) names it.</summary>
    /// <param name="type">The type.</param>
    internal static string NameOf(RouteType type) => type switch
    {
        RouteType.Unicast => "unicast",
        RouteType.Local => "local",
        RouteType.Broadcast => "broadcast",
        RouteType.Anycast => "anycast",
        RouteType.Multicast => "multicast",
        RouteType.Blackhole => "blackhole",
        RouteType.Unreachable => "unreachable",
        RouteType.Prohibit => "prohibit",
        RouteType.Throw => "throw",
        _ => "unspecified",
    };

    private static bool IsSameWay(RouteLookup one, RouteLookup other) =>
        (one.Errno, one.RouteType, one.Interface, one.Table, one.IsRedirected)
            == (other.Errno, other.RouteType, other.Interface, other.Table, other.IsRedirected)
        && Equals(one.Gateway, other.Gateway)
        && Equals(one.Source, other.Source);

    private static RouteLookup Ask(RouteNetlink netlink, Destination destination, uint mark)
    {
        var selector = new RouteSelector(mark, Protocol: destination.Protocol, Port: destination.Port)
        {
            InterfaceIndex = (int)destination.Scope,
        };
        Errno errno = netlink.Lookup(destination.Address, selector, out RouteMessage? route);
        if (errno is Errno.EINVAL or Errno.EOPNOTSUPP && selector.Protocol != 0 && route is null)
        {
            // Kernels before 4.17 know no ports here, and say EINVAL as a blackhole does.
            errno = netlink.Lookup(destination.Address, selector with { Protocol = 0, Port = 0 }, out route);
        }

        // connect() asks twice: for a source, then with it, when rules may look at it. Source: ip_route_connect in net/route.h.
        if (errno is Errno.OK && destination.Address.AddressFamily is AddressFamily.InterNetwork
            && route is { Source: { } source, Header.Type: RouteType.Unicast })
        {
            errno = netlink.Lookup(destination.Address, selector with { Source = source }, out RouteMessage? bound);
            route = bound is null ? null : bound.Source is null ? bound.From(source) : bound;
        }

        return new RouteLookup(destination.Address, destination.Purpose, errno is Errno.OK ? null : errno.ToString())
        {
            RouteType = route is null ? null : NameOf(route.Header.Type),
            Interface = route is null ? null : InterfaceIndex.NameOf(route.InterfaceIndex),
            Gateway = route?.Gateway,
            Source = route?.Source,
            Table = route?.Table,
            Mtu = route?.Mtu,
            AdvertisedMss = route?.AdvertisedMss,
            IsRedirected = route is not null
                && (route.Header.Flags.HasFlag(RouteFlags.Redirected) || route.Header.Protocol == 1),
            Mark = mark,
        };
    }
}

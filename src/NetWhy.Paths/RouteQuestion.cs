using System.Net;
using System.Net.Sockets;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Paths;

/// <summary>Asks the kernel which way a packet would take, and makes evidence of the answer.</summary>
public static class RouteQuestion
{
    extension(RouteNetlink netlink)
    {
        /// <summary>Asks how a packet to an address would leave.</summary>
        /// <param name="address">The address.</param>
        /// <param name="purpose">Why; see <see cref="RouteLookup.Purpose"/>.</param>
        /// <param name="selector">What else the packet would have.</param>
        /// <exception cref="LinuxException">The kernel refused to be asked.</exception>
        public RouteLookup Ask(IPAddress address, string purpose, RouteSelector selector)
        {
            Errno errno = netlink.Lookup(address, selector, out RouteMessage? route);
            if (errno is Errno.EINVAL or Errno.EOPNOTSUPP && selector.Protocol != 0 && route is null)
            {
                // Kernels before 4.17 know no ports here, and say EINVAL as a blackhole does.
                errno = netlink.Lookup(address, selector with { Protocol = 0, Port = 0 }, out route);
            }

            // connect() asks twice: for a source, then with it, when rules may look at it. Source: ip_route_connect in net/route.h.
            if (errno is Errno.OK && address.AddressFamily is AddressFamily.InterNetwork
                && route is { Source: { } source, Header.Type: RouteType.Unicast })
            {
                errno = netlink.Lookup(address, selector with { Source = source }, out RouteMessage? bound);
                route = bound is null ? null : bound.Source is null ? bound.From(source) : bound;
            }

            return new RouteLookup(address, purpose, errno is Errno.OK ? null : errno.ToString())
            {
                RouteType = route is null ? null : NameOf(route.Header.Type),
                Interface = route is null ? null : InterfaceIndex.NameOf(route.InterfaceIndex),
                Gateway = route?.Gateway,
                Source = route?.Source,
                Table = route?.Table,
                Mtu = route?.Mtu,
                Expires = route?.Expires,
                AdvertisedMss = route?.AdvertisedMss,
                IsRedirected = route is not null
                    && (route.Header.Flags.HasFlag(RouteFlags.Redirected) || route.Header.Protocol == 1),
                Mark = selector.Mark,
            };
        }
    }

    /// <summary>The route type as ip-route(8) names it.</summary>
    /// <param name="type">The type.</param>
    public static string NameOf(RouteType type) => type switch
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
}

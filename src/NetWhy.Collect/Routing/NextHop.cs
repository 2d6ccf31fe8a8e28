using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Routing;

/// <summary>Who on the link gets the packets of a route.</summary>
/// <param name="Address">The gateway, or the destination itself.</param>
/// <param name="Interface">Interface name.</param>
/// <param name="Index">Interface index.</param>
/// <param name="IsGateway">Whether it is a gateway.</param>
internal sealed record NextHop(IPAddress Address, string Interface, int Index, bool IsGateway)
{
    /// <summary>The next hop of a route; null if it has none that needs resolving: no way, loopback, a tunnel.</summary>
    /// <param name="lookup">The route.</param>
    internal static NextHop? Of(RouteLookup lookup)
    {
        if (lookup is not { Errno: null, RouteType: "unicast", Interface: { } name })
            return null;

        using RouteNetlink netlink = RouteNetlink.Open();
        LinkMessage? link = netlink.Links().FirstOrDefault(link => link.Name == name);
        return link is null || !NeedsResolution(link)
            ? null
            : new NextHop(lookup.Gateway ?? lookup.Destination, name, link.Header.Index, lookup.Gateway is not null);
    }

    /// <summary>Whether an interface resolves addresses: Ethernet, and not told otherwise.</summary>
    /// <param name="link">The interface.</param>
    internal static bool NeedsResolution(LinkMessage link)
    {
        const ushort Ethernet = 1; // ARPHRD_ETHER
        return link.Header.HardwareType == Ethernet
            && (link.Header.Flags & (LinkFlags.NoArp | LinkFlags.Loopback)) == 0;
    }
}

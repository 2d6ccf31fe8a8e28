using System.Net.Sockets;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Paths;

/// <summary>What the way takes that probes leave by, in octets.</summary>
/// <param name="Link">MTU of the interface.</param>
/// <param name="Path">What the kernel believes of the path; no more than the link takes.</param>
internal readonly record struct RouteMtu(int Link, int Path)
{
    private const int EcnBits = 3;

    /// <summary>Asks the kernel.</summary>
    /// <param name="options">Where to, and how.</param>
    /// <returns>Null if there is no route.</returns>
    /// <exception cref="LinuxException">The kernel refused to be asked.</exception>
    internal static RouteMtu? Of(ProbeOptions options)
    {
        using RouteNetlink netlink = RouteNetlink.Open();
        LinkMessage[] links = [.. netlink.Links()];
        int index = links.FirstOrDefault(link => link.Name == options.Interface)?.Header.Index
            ?? (int)(options.Target.AddressFamily is AddressFamily.InterNetworkV6 ? options.Target.ScopeId : 0);
        RouteLookup route = netlink.Ask(options.Target, "target", new RouteSelector(
            (uint)(options.FirewallMark ?? 0), index, options.Source, TypeOfService: (byte)(options.Tos & ~EcnBits)));
        return links.FirstOrDefault(link => link.Name == (options.Interface ?? route.Interface))?.Mtu is { } mtu
            ? new RouteMtu(mtu, Math.Min(mtu, route.Mtu ?? mtu))
            : null;
    }
}

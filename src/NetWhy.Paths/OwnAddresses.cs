using System.Net;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Paths;

/// <summary>Tells this machine's addresses from others.</summary>
public static class OwnAddresses
{
    /// <summary>Whether an address is this machine's: the kernel would deliver to itself.</summary>
    /// <remarks>
    /// Binding to it would not tell: ip_nonlocal_bind lets any address be bound to. Nor would the source that a
    /// connection to it gets: for a secondary address that is the primary one.
    /// </remarks>
    /// <param name="address">The address.</param>
    public static bool Contains(IPAddress address)
    {
        try
        {
            using RouteNetlink netlink = RouteNetlink.Open();
            return netlink.Lookup(address, new RouteSelector(), out RouteMessage? route) is Errno.OK
                && route?.Header.Type is RouteType.Local;
        }
        catch (LinuxException)
        {
            return false; // no descriptor left: what cannot be asked is not claimed
        }
    }
}

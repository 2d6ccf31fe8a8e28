using System.Net;
using NetWhy.Linux;

namespace NetWhy.Collect.Paths;

/// <summary>Tells this machine's addresses from others.</summary>
internal static class OwnAddresses
{
    /// <summary>Whether an address is this machine's: only those can be bound to.</summary>
    /// <param name="address">The address.</param>
    internal static bool Contains(IPAddress address)
    {
        if (LinuxSocket.Open(address.AddressFamily, SocketKind.Udp, out LinuxSocket? socket) is not Errno.OK)
            return false;
        using (socket)
            return socket!.Bind(address, port: 0) is Errno.OK;
    }
}

using System.Net;
using NetWhy.Linux;

namespace NetWhy.Names;

/// <summary>What the routing table makes of an address, asked without sending anything.</summary>
public static class LocalAddresses
{
    private const int AnyPort = 9; // discard; connecting a UDP socket sends nothing

    /// <summary>The address that the kernel would send from; null if it would not send at all.</summary>
    /// <param name="destination">Where to.</param>
    /// <remarks>Source: RFC 6724, section 5; glibc does the same in getaddrinfo.</remarks>
    public static IPAddress? FindSource(IPAddress destination)
    {
        if (LinuxSocket.Open(destination.AddressFamily, SocketKind.Udp, out LinuxSocket? socket) is not Errno.OK)
            return null;

        using (socket)
        {
            return socket!.Connect(destination, AnyPort) is Errno.OK ? socket.LocalEndpoint.Address : null;
        }
    }
}

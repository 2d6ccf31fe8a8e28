using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace NetWhy.Linux;

/// <summary>Makes the kernel stamp packets when they arrive, before the first answer does.</summary>
/// <remarks>
/// The kernel begins to stamp some time after the first socket of the machine asked for it, because it rewrites its own code for
/// that; a packet without a stamp gets the time at which it is read, which on a busy machine is many milliseconds late.
/// Source: net/core/dev.c, net_enable_timestamp.
/// </remarks>
public static class ReceiveStamps
{
    private static LinuxSocket? _held;

    /// <summary>Asks for stamps from now on, until this process ends; as early as possible, since it takes effect later.</summary>
    public static void Prepare()
    {
        if (_held is null)
            _ = LinuxSocket.Open(AddressFamily.InterNetwork, SocketKind.Udp, out _held); // without it, stamps are only late
    }

    /// <summary>
    /// Waits until packets are stamped on arrival, 50 ms at most: a datagram that this process sends to itself, and reads a millisecond
    /// later, then has a stamp that is as old. Where loopback is down it does not wait.
    /// </summary>
    public static void Await()
    {
        TimeSpan longest = TimeSpan.FromMilliseconds(50), age = TimeSpan.FromMilliseconds(0.5), pause = TimeSpan.FromMilliseconds(1);
        if (LinuxSocket.Open(AddressFamily.InterNetwork, SocketKind.Udp, out LinuxSocket? socket) is not Errno.OK || socket is null)
            return;
        using (socket)
        using (var wait = new DescriptorWait())
        {
            if (socket.Bind(IPAddress.Loopback, 0) is not Errno.OK)
                return;
            int port = socket.LocalEndpoint.Port;
            Span<byte> octets = stackalloc byte[1];
            for (long begin = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begin) < longest;)
            {
                if (socket.SendTo(octets, IPAddress.Loopback, port) is not Errno.OK)
                    return;
                _ = wait.Wait([], pause);
                if (socket.ReceiveDatagram(octets, out ReceivedDatagram datagram) is Errno.OK
                    && datagram.KernelTime is { } stamp && TimeProvider.System.GetUtcNow() - stamp >= age)
                {
                    return;
                }
            }
        }
    }
}

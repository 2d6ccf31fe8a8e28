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
}

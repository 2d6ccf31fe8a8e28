using System.Numerics;
using System.Runtime.InteropServices;
using NetWhy.Linux;
using NetWhy.Wire;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Sockets;

/// <summary>Counts the different ports of the kernel's range that connections from here have, and those that bind(2) took.</summary>
/// <remarks>
/// sock_diag does not tell a port that bind(2) was given from one that connect(2) was: but the kernel takes ports of one
/// parity for the one and of the other for the other, as long as there are some. Source: net/ipv4/inet_hashtables.c,
/// __inet_hash_connect; net/ipv4/inet_connection_sock.c, inet_csk_find_open_port.
/// </remarks>
internal sealed class PortCount
{
    private const int Words = (ushort.MaxValue + 1) / 64;
    private const int MostInodes = 256;
    private const ushort WithoutPort = 1 << 8; // bind_address_no_port of struct inet_diag_sockopt

    private readonly ulong[] _all = new ulong[Words];
    private readonly ulong[] _other = new ulong[Words];
    private readonly ulong[] _unconnected = new ulong[Words];

    /// <summary>Different ports.</summary>
    internal int InUse => Count(_all);

    /// <summary>Those of the parity that bind(2) takes first.</summary>
    internal int Other => Count(_other);

    /// <summary>Those whose socket is bound and not connected.</summary>
    internal int Unconnected => Count(_unconnected);

    /// <summary>Some of the sockets that have those.</summary>
    internal List<uint> Inodes { get; } = [];

    /// <summary>Counts the port of a socket.</summary>
    /// <param name="range">The range.</param>
    /// <param name="socket">The socket.</param>
    /// <param name="options">Its <c>INET_DIAG_SOCKOPT</c>; empty if it has none, as in TIME-WAIT.</param>
    internal void Add(PortRange range, in InetDiagMessage socket, ReadOnlySpan<byte> options)
    {
        int port = socket.Socket.LocalPort;
        _all[port / 64] |= 1UL << (port % 64);
        if (socket.Socket.RemotePort == 0)
            _unconnected[port / 64] |= 1UL << (port % 64);
        if (((port ^ range.First) & 1) == 0 || (options.Length >= sizeof(ushort) && (MemoryMarshal.Read<ushort>(options) & WithoutPort) != 0))
            return;
        _other[port / 64] |= 1UL << (port % 64);
        if (socket.Inode != 0 && Inodes.Count < MostInodes)
            Inodes.Add(socket.Inode);
    }

    /// <summary>Counts the ports of the range that programs asked for by number; the kernel picks them out.</summary>
    /// <param name="range">The range.</param>
    /// <param name="services">Ports that something listens on.</param>
    /// <returns>Null if the kernel cannot tell.</returns>
    internal static int? Chosen(PortRange range, HashSet<int> services)
    {
        const uint Wanted = InetDiagRequest.EveryState & ~(1u << (int)TcpState.Listen) & ~(1u << (int)TcpState.TimeWait);
        var program = new InetDiagProgram();
        int reject = program.NewLabel();
        int accept = program.NewLabel();
        program.Port(isLocal: true, isAtLeast: true, range.First, reject);
        program.Port(isLocal: true, isAtLeast: false, range.Last, reject);
        program.AutoBound(accept);
        program.Jump(reject);
        program.Place(accept);
        byte[]? octets = program.Assemble(reject);
        ulong[] ports = new ulong[Words];
        try
        {
            using var kernel = SocketDiagnostics.Open();
            foreach (int family in (ReadOnlySpan<int>)[2, 10])
            {
                kernel.Dump(InetDiagRequest.Dump(family, (int)IPProtocol.Tcp, Wanted, InetDiagExtensions.None), (int)IPProtocol.Tcp, octets, message =>
                {
                    if (InetDiagMessage.Read(message, out InetDiagMessage socket, out _) is System.Buffers.OperationStatus.Done && !services.Contains(socket.Socket.LocalPort))
                        ports[socket.Socket.LocalPort / 64] |= 1UL << (socket.Socket.LocalPort % 64);
                });
            }
        }
        catch (LinuxException)
        {
            return null;
        }

        return Count(ports);
    }

    private static int Count(ulong[] bits) => bits.Sum(BitOperations.PopCount);
}

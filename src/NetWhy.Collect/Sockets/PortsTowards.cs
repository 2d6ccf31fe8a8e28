using System.Buffers;
using System.Net;
using System.Net.Sockets;
using NetWhy.Linux;
using NetWhy.Wire;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Sockets;

/// <summary>Counts the local ports in use towards some addresses and a port; the kernel picks their sockets out.</summary>
/// <remarks>A port may be used once for each local address and destination. Source: ip-sysctl.txt, ip_local_port_range; sock_diag(7).</remarks>
/// <param name="addresses">The addresses.</param>
/// <param name="port">The port.</param>
/// <param name="range">Ports that the kernel gives out.</param>
internal sealed class PortsTowards(IReadOnlyList<IPAddress> addresses, int port, PortRange range)
{
    private readonly byte[]? _program = ProgramFor(port, range);
    private readonly HashSet<IPAddress> _addresses = [.. addresses];

    /// <summary>Counts those in use now, in TIME-WAIT too, from the local address to the one of the addresses that has most.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    internal int Count()
    {
        const uint Wanted = InetDiagRequest.EveryState & ~(1u << (int)TcpState.Listen);
        Dictionary<(IPAddress, IPAddress), HashSet<int>> ports = [];
        using var kernel = SocketDiagnostics.Open();
        foreach (AddressFamily family in (ReadOnlySpan<AddressFamily>)[AddressFamily.InterNetwork, AddressFamily.InterNetworkV6])
        {
            kernel.Dump(InetDiagRequest.Dump(family is AddressFamily.InterNetwork ? 2 : 10, (int)IPProtocol.Tcp, Wanted, InetDiagExtensions.None), (int)IPProtocol.Tcp, _program, message =>
            {
                if (InetDiagMessage.Read(message, out InetDiagMessage socket, out _) is not OperationStatus.Done)
                    return;
                var entry = new SocketEntry(socket, default);
                if (entry.RemotePort != port || !range.Contains(entry.LocalPort) || !_addresses.Contains(entry.RemoteAddress))
                    return;
                (IPAddress, IPAddress) pair = (entry.LocalAddress, entry.RemoteAddress);
                if (!ports.TryGetValue(pair, out HashSet<int>? used))
                    ports[pair] = used = [];
                used.Add(entry.LocalPort);
            });
        }

        return ports.Values.Max(used => (int?)used.Count) ?? 0;
    }

    private static byte[]? ProgramFor(int port, PortRange range)
    {
        var program = new InetDiagProgram();
        int reject = program.NewLabel();
        program.Port(isLocal: false, isAtLeast: true, port, reject);
        program.Port(isLocal: false, isAtLeast: false, port, reject);
        program.Port(isLocal: true, isAtLeast: true, range.First, reject);
        program.Port(isLocal: true, isAtLeast: false, range.Last, reject);
        return program.Assemble(reject);
    }
}

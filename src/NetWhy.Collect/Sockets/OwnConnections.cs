using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Sockets;

/// <summary>Connections that this investigation itself made to a service of this machine: they are no clients of it.</summary>
/// <remarks>The kernel's count of those that wait to be accepted holds them too.</remarks>
internal sealed class OwnConnections
{
    private const int Most = 64;

    private readonly HashSet<Ends> _ends; // as the service has them

    private OwnConnections(ProbeContext context, int port) => _ends =
    [
        .. context.Evidence.All<ConnectAttempt>()
            .Where(attempt => attempt.Port == port && attempt is { Outcome: ConnectOutcome.Connected, Source: not null })
            .Select(Ends.Of)
            .Take(Most),
    ];

    /// <summary>How many of them wait to be accepted, by the address and port that they were made to.</summary>
    internal Dictionary<PlaceKey, int> Waiting { get; } = [];

    /// <summary>Looks at those that the evidence knows of.</summary>
    /// <param name="context">The investigation.</param>
    /// <param name="port">Port of the service.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    internal static OwnConnections To(ProbeContext context, int port)
    {
        var own = new OwnConnections(context, port);
        if (own._ends.Count == 0)
            return own;
        using var kernel = SocketDiagnostics.Open();
        foreach (Ends ends in own._ends)
        {
            // Nobody holds it before it is accepted.
            if (kernel.Find(ends.Local.Family, (int)IPProtocol.Tcp, ends.ToId()) is { Inode: 0, State: TcpState.Established or TcpState.CloseWait })
                own.Waiting[ends.Place] = own.Waiting.GetValueOrDefault(ends.Place) + 1;
        }

        return own;
    }

    /// <summary>Whether a socket of the service is its end of such a connection.</summary>
    /// <param name="socket">The socket.</param>
    internal bool Has(in InetDiagMessage socket) => _ends.Count > 0 && _ends.Contains(Ends.Of(socket));

    /// <summary>Both ends of a connection.</summary>
    private readonly record struct Ends(PeerAddress Local, ushort LocalPort, PeerAddress Remote, ushort RemotePort)
    {
        internal PlaceKey Place => new(Local, LocalPort);

        internal static Ends Of(in InetDiagMessage socket) => new(
            PeerAddress.Of(socket.Family, socket.Socket.LocalAddress),
            socket.Socket.LocalPort,
            PeerAddress.Of(socket.Family, socket.Socket.RemoteAddress),
            socket.Socket.RemotePort);

        internal static Ends Of(ConnectAttempt attempt) =>
            new(PeerAddress.Of(attempt.Address), (ushort)attempt.Port, PeerAddress.Of(attempt.Source!), (ushort)attempt.SourcePort);

        internal InetDiagSocketId ToId() => new(LocalPort, RemotePort, Local.Octets, Remote.Octets, InterfaceIndex: 0, Cookie: 0);
    }
}

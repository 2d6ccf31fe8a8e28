using System.Globalization;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Sockets;

/// <summary>Which sockets an investigation is about, at one look; and how many of those are in which state.</summary>
/// <remarks>netwhy's own connections to a service of this machine are none of its sockets.</remarks>
internal sealed class SocketFocus
{
    private readonly Target _target;
    private readonly HashSet<PeerAddress> _peers;
    private readonly OwnConnections? _own;
    private readonly HashSet<uint> _ownSockets = [];
    private readonly Dictionary<PeerAddress, StateTally> _tallies = [];
    private readonly HashSet<int> _services;

    private SocketFocus(ProbeContext context, HashSet<IPAddress> peers, HashSet<int> services, SocketFocus? earlier)
    {
        _target = context.Target;
        _services = services;
        _peers = [.. peers.Select(PeerAddress.Of)];
        if (_target is { Kind: TargetKind.LocalPort, Port: { } port })
            _own = OwnConnections.To(context, port);
        else if (!_target.IsHere)
            _ownSockets = [.. context.Options.OwnSockets()];
        if (_target.Pid is { } pid)
            Held = [.. ProcessTable.SocketsOf(pid)];
        foreach ((PeerAddress address, string subject) in Subjects())
            _tallies[address] = new StateTally(subject, remembers: IsService, earlier?._tallies.GetValueOrDefault(address));
    }

    /// <summary>Sockets of the process asked about; null if none was.</summary>
    internal HashSet<uint>? Held { get; }

    /// <summary>Whether a service or a process of this machine is asked about.</summary>
    internal bool IsService => _target.Kind is TargetKind.LocalPort or TargetKind.Process;

    /// <summary>Whether data lay unread in sockets of what is asked about.</summary>
    internal bool HasUnread => _tallies.Values.Any(tally => tally.HasUnread);

    /// <summary>Finds the processes that should read what lies unread.</summary>
    internal IReadOnlyCollection<int> Readers()
    {
        if (_target.Pid is { } pid)
            return [pid];
        HashSet<uint> inodes = [.. _tallies.Values.SelectMany(tally => tally.Unread)];
        HashSet<int> readers = [];
        var owners = SocketOwners.Find(() => inodes);
        foreach (uint inode in inodes)
        {
            foreach (SocketOwner owner in owners.Of(inode))
                readers.Add(owner.Pid);
        }

        return readers;
    }

    /// <summary>How many connections of netwhy's own wait to be accepted, by the address and port that they were made to.</summary>
    internal IReadOnlyDictionary<PlaceKey, int> OwnWaiting => _own?.Waiting ?? [];

    /// <summary>Chooses for one look.</summary>
    /// <param name="context">The investigation.</param>
    /// <param name="peers">Addresses of a target elsewhere.</param>
    /// <param name="services">Ports of what listens, as far as it is known by the time that connections are looked at.</param>
    /// <param name="earlier">The look before; null if there was none.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    internal static SocketFocus Of(ProbeContext context, HashSet<IPAddress> peers, HashSet<int> services, SocketFocus? earlier) => new(context, peers, services, earlier);

    /// <summary>Whether a socket matters.</summary>
    /// <param name="socket">The socket.</param>
    internal bool Concerns(in InetDiagMessage socket) => _target.Kind switch
    {
        TargetKind.ThisMachine or TargetKind.HostState => true,
        TargetKind.LocalPort => socket.Socket.LocalPort == _target.Port && !_own!.Has(socket),
        // Nobody holds a connection before it is accepted: that is its listener's.
        TargetKind.Process => socket.Inode != 0 ? Held!.Contains(socket.Inode) : _services.Contains(socket.Socket.LocalPort),
        // What netwhy itself tries at a target elsewhere is told by the probes that try it.
        _ => socket.Socket.RemotePort == _target.Port && !_ownSockets.Contains(socket.Inode) && _peers.Contains(PeerAddress.Of(socket.Family, socket.Socket.RemoteAddress)),
    };

    /// <summary>Where a socket that matters is counted by state; null for nowhere.</summary>
    /// <param name="socket">The socket.</param>
    internal StateTally? TallyOf(in InetDiagMessage socket) =>
        _tallies.Count == 0 || (Held is not null && socket.Inode == 0) ? null
        : _tallies.GetValueOrDefault(_target.IsHere ? default : PeerAddress.Of(socket.Family, socket.Socket.RemoteAddress));

    /// <summary>What was counted.</summary>
    /// <param name="listeners">How many of them listen.</param>
    /// <param name="isConsistent">Whether the kernel had a steady picture.</param>
    internal IEnumerable<SocketCensus> Censuses(int listeners, bool isConsistent)
    {
        foreach (StateTally tally in _tallies.Values)
        {
            if (IsService)
                tally.AddListeners(listeners);
            yield return tally.Census(isConsistent);
        }
    }

    private IEnumerable<(PeerAddress Address, string Subject)> Subjects() => _target switch
    {
        { Pid: { } pid } => [(default, string.Create(CultureInfo.InvariantCulture, $"pid:{pid}"))],
        { Kind: TargetKind.LocalPort, Port: { } port } => [(default, string.Create(CultureInfo.InvariantCulture, $":{port}"))],
        { Port: { } port } => _peers.Select(peer => (peer, new IPEndPoint(peer.ToIPAddress(), port).ToString())),
        _ => [],
    };
}

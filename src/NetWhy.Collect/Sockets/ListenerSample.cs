using System.Buffers;
using System.Runtime.InteropServices;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Sockets;

/// <summary>One look at the sockets that take what comes: listeners of TCP and Unix, and UDP sockets.</summary>
/// <remarks>Source: sock_diag(7).</remarks>
internal sealed class ListenerSample
{
    private const int MostDatagrams = 16;
    private const int MostUnix = 16;
    private const int MostSharers = 64; // processes of a listener whose state is looked at
    private const int MostRemembered = 65_536;

    private readonly ListenerSample? _earlier;
    private readonly SocketFocus _focus;
    private readonly PortRange? _range;
    private readonly Dictionary<PeerAddress, int> _datagramPorts = [];
    private readonly Dictionary<ulong, DatagramReading> _datagrams = [];
    private readonly Dictionary<PlaceKey, int> _listensAt = []; // how many TCP listeners there are
    private readonly Dictionary<PlaceKey, int> _waitedAt = []; // how many TCP listeners there have a queue, whosesoever
    private readonly Dictionary<ulong, UnixReading> _unix = [];

    private ListenerSample(SocketFocus focus, PortRange? range, ListenerSample? earlier) => (_focus, _range, _earlier) = (focus, range, earlier);

    /// <summary>TCP listeners of the machine.</summary>
    internal int TcpCount { get; private set; }

    /// <summary>TCP listeners by the kernel's cookie.</summary>
    internal Dictionary<ulong, ListenerReading> Tcp { get; } = [];

    /// <summary>UDP sockets.</summary>
    internal int DatagramCount { get; private set; }

    /// <summary>Most ports that the kernel gave to UDP sockets of one local address.</summary>
    internal int MostDatagramPorts => _datagramPorts.Values.DefaultIfEmpty().Max();

    /// <summary>Unix sockets that listen.</summary>
    internal int UnixCount { get; private set; }

    /// <summary>Ports that TCP listeners have.</summary>
    internal IEnumerable<int> Ports => Tcp.Values.Select(listener => (int)listener.Socket.Socket.LocalPort);

    /// <summary>Sockets whose owners matter.</summary>
    internal IEnumerable<uint> Inodes =>
        Tcp.Values.Select(listener => listener.Socket.Inode)
            .Concat(_datagrams.Values.Select(socket => socket.Socket.Inode))
            .Concat(_unix.Values.Select(socket => socket.Inode));

    /// <summary>Looks.</summary>
    /// <param name="focus">Which sockets matter.</param>
    /// <param name="range">Ports that the kernel gives out; null if unknown.</param>
    /// <param name="earlier">The sample before; null if there is none.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    internal static ListenerSample Take(SocketFocus focus, PortRange? range, ListenerSample? earlier)
    {
        var sample = new ListenerSample(focus, range, earlier);
        using var kernel = SocketDiagnostics.Open();
        foreach (int family in (ReadOnlySpan<int>)[2, 10])
        {
            const InetDiagExtensions Memory = InetDiagExtensions.SocketMemory;
            kernel.Dump(
                InetDiagRequest.Dump(family, (int)IPProtocol.Tcp, 1u << (int)TcpState.Listen, Memory), (int)IPProtocol.Tcp, program: null,
                sample.AddListener);
            kernel.Dump(
                InetDiagRequest.Dump(family, (int)IPProtocol.Udp, InetDiagRequest.EveryState, Memory), (int)IPProtocol.Udp, program: null,
                sample.AddDatagram);
        }

        try
        {
            kernel.Dump(UnixDiagRequest.Dump(1u << (int)TcpState.Listen, UnixDiagShow.Name | UnixDiagShow.Queues), sample.AddUnix);
        }
        catch (LinuxException absent) when (absent.Errno is (int)Errno.ENOENT)
        {
            // This kernel was built without unix_diag.
        }

        return sample;
    }

    /// <summary>Length of the longest queue of the listeners on a port; null if none listens there.</summary>
    /// <param name="port">The port.</param>
    internal int? LongestQueueOf(int port) =>
        Tcp.Values.Where(listener => listener.Socket.Socket.LocalPort == port).Max(listener => (int?)Math.Min(listener.Limit, int.MaxValue));

    /// <summary>Describes the listeners that somebody waits at or that dropped, and of the others as many as fit, the fullest first.</summary>
    /// <param name="most">How many of the others at most, with those.</param>
    /// <param name="owners">Who holds them.</param>
    /// <param name="connections">The connections, those that wait among them.</param>
    /// <param name="interval">Time between the samples.</param>
    internal IEnumerable<Listener> Tell(int most, SocketOwners owners, TcpSample connections, TimeSpan interval) =>
        Tcp.Select(pair => (Reading: pair.Value, Before: _earlier?.Tcp.GetValueOrDefault(pair.Key)))
            .OrderByDescending(listener => DropsGrowth(listener.Reading, listener.Before))
            .ThenByDescending(listener => Math.Max(listener.Reading.Queue, listener.Before?.Queue ?? 0) / (double)Math.Max(1, listener.Reading.Limit))
            .ThenByDescending(listener => listener.Reading.Drops)
            .Where((listener, i) => i < most || (i < MostUnix && (DropsGrowth(listener.Reading, listener.Before) > 0 || listener.Reading.Queue > 0)))
            .Select(listener => Describe(listener.Reading, listener.Before, owners, connections) with { Interval = interval });

    /// <summary>Whether some socket has dropped what came, and none did since the sample before: it may overflow in bursts.</summary>
    internal bool HasDroppedBefore =>
        (Tcp.Values.Any(listener => listener.Drops > 0) || _datagrams.Values.Any(socket => socket.Memory.Drops > 0))
        && !Tcp.Any(listener => DropsGrowth(listener.Value, _earlier?.Tcp.GetValueOrDefault(listener.Key)) > 0)
        && !_datagrams.Any(socket => DropsGrowth(socket.Key, socket.Value) > 0);

    /// <summary>Describes the UDP sockets that drop or whose buffer fills, and all that were asked about.</summary>
    /// <param name="interval">Time between the samples.</param>
    /// <param name="owners">Who holds them.</param>
    internal IEnumerable<DatagramSocket> TellDatagrams(TimeSpan interval, SocketOwners owners)
    {
        foreach ((ulong cookie, DatagramReading now) in _datagrams
            .OrderByDescending(pair => DropsGrowth(pair.Key, pair.Value))
            .ThenByDescending(pair => pair.Value.Memory.ReceiveAllocated)
            .Take(MostDatagrams))
        {
            SocketOwner? owner = owners.OldestOf(now.Socket.Inode);
            yield return new DatagramSocket(
                PeerAddress.Of(now.Socket.Family, now.Socket.Socket.LocalAddress).ToIPAddress(),
                now.Socket.Socket.LocalPort,
                now.Memory.ReceiveAllocated,
                now.Memory.ReceiveLimit)
            {
                QueuedBefore = _earlier?._datagrams.GetValueOrDefault(cookie)?.Memory.ReceiveAllocated ?? 0,
                Drops = now.Memory.Drops,
                DropsGrowth = DropsGrowth(cookie, now),
                Interval = interval,
                Pid = owner?.Pid,
                Process = owner?.Name,
            };
        }
    }

    /// <summary>Describes the Unix listeners that somebody waits at, and all that were asked about.</summary>
    /// <param name="owners">Who holds them.</param>
    internal IEnumerable<UnixListener> TellUnix(SocketOwners owners)
    {
        foreach ((ulong cookie, UnixReading now) in _unix.OrderByDescending(pair => pair.Value.Queue / (double)Math.Max(1, pair.Value.Limit)).Take(MostUnix))
        {
            SocketOwner? owner = owners.OldestOf(now.Inode);
            yield return new UnixListener(now.Name, (int)Math.Min(now.Queue, int.MaxValue), (int)Math.Min(now.Limit, int.MaxValue))
            {
                QueueBefore = (int)Math.Min(_earlier?._unix.GetValueOrDefault(cookie)?.Queue ?? 0, int.MaxValue),
                Pid = owner?.Pid,
                Process = owner?.Name,
            };
        }
    }

    private Listener Describe(ListenerReading now, ListenerReading? before, SocketOwners owners, TcpSample connections)
    {
        SocketOwner? owner = owners.OldestOf(now.Socket.Inode);
        int queue = WithoutOwn(now);
        bool isOneOfSeveral = now.Places.Any(place => _listensAt.GetValueOrDefault(place) > 1); // SO_REUSEPORT
        (int? sharers, int? stopped) = SharersOf(now.Socket.Inode, owners);
        (TimeSpan Wait, bool? HasStayed)? first = queue > 0 ? FirstOf(now, connections) : null;
        return new Listener(
            now.Socket.Socket.LocalPort,
            PeerAddress.Of(now.Socket.Family, now.Socket.Socket.LocalAddress).ToIPAddress(),
            queue,
            (int)Math.Min(now.Limit, int.MaxValue))
        {
            IsIPv6Only = now.IsIPv6Only,
            Inode = now.Socket.Inode,
            Pid = owner?.Pid,
            Process = owner?.Name,
            Sharers = sharers,
            StoppedSharer = stopped,
            ProcessState = queue > 0 || isOneOfSeveral || _focus.IsService ? StateOf(now.Socket.Inode, owners) : null,
            LongestWait = first?.Wait,
            FirstStayed = first?.HasStayed,
            Drops = now.Drops,
            DropsGrowth = DropsGrowth(now, before),
            QueueBefore = before is null ? 0 : _earlier!.WithoutOwn(before),
            Device = InterfaceIndex.NameOf((int)now.Socket.Socket.InterfaceIndex),
        };
    }

    // Several processes may share a socket: it is served as long as one of them runs.
    private static string? StateOf(uint inode, SocketOwners owners)
    {
        string? state = null;
        foreach (SocketOwner owner in owners.Of(inode))
        {
            state = ProcessTable.StateOf(owner.Pid) ?? state;
            if (state is not ("T" or "t"))
                break;
        }

        return state;
    }

    private static (int? Count, int? Stopped) SharersOf(uint inode, SocketOwners owners)
    {
        int count = 0;
        int? stopped = null;
        foreach (SocketOwner owner in owners.Of(inode))
        {
            if (++count <= MostSharers && stopped is null && ProcessTable.StateOf(owner.Pid) is "T" or "t")
                stopped = owner.Pid;
        }

        return count > 1 ? (count, stopped) : (null, null);
    }

    // How long the first in its queue has waited, and whether it was the first in the sample before.
    private (TimeSpan Wait, bool? HasStayed)? FirstOf(ListenerReading listener, TcpSample connections)
    {
        (Waiting First, PlaceKey Made)? oldest = null;
        foreach ((PlaceKey made, Waiting waiting) in connections.Waits)
        {
            if (IsIn(listener, made) && (oldest is null || waiting.CompareTo(oldest.Value.First) > 0))
                oldest = (waiting, made);
        }

        return oldest is { } known ? (TimeSpan.FromMilliseconds(known.First.Milliseconds), connections.HasFirstStayed(known.Made)) : null;
    }

    // Those that netwhy made are no clients.
    private int WithoutOwn(ListenerReading listener)
    {
        int own = listener.Queue == 0 ? 0 : _focus.OwnWaiting.Where(made => IsIn(listener, made.Key)).Sum(made => made.Value);
        return (int)Math.Clamp(listener.Queue - (long)own, 0, int.MaxValue);
    }

    // The kernel does not tell in whose queue a connection waits: it is known where one listener alone has a queue there.
    private bool IsIn(ListenerReading listener, PlaceKey made)
    {
        // Who listens at the address itself comes before who listens at all of them. Source: net/ipv4/inet_hashtables.c, compute_score.
        PlaceKey place = _waitedAt.ContainsKey(made) ? made : made with { Address = new PeerAddress(made.Address.Family, default) };
        return _waitedAt.GetValueOrDefault(place) == 1 && listener.Places.Contains(place);
    }

    // Counters of 32 bits.
    private static long DropsGrowth(ListenerReading now, ListenerReading? before) => unchecked(now.Drops - (before?.Drops ?? now.Drops));

    private long DropsGrowth(ulong cookie, DatagramReading now) =>
        _earlier is null ? 0 : unchecked(now.Memory.Drops - (_earlier._datagrams.GetValueOrDefault(cookie)?.Memory.Drops ?? 0));

    private void AddListener(ReadOnlySpan<byte> message)
    {
        if (InetDiagMessage.Read(message, out InetDiagMessage socket, out ReadOnlySpan<byte> octets) is not OperationStatus.Done)
            return;
        TcpCount++;
        var attributes = InetDiagAttributes.Read(octets);
        var listener = new ListenerReading(socket, attributes.Memory?.Drops ?? 0, attributes.IsIPv6Only);
        foreach (PlaceKey place in _listensAt.Count < MostRemembered ? listener.Places : [])
            CollectionsMarshal.GetValueRefOrAddDefault(_listensAt, place, out _)++;
        if (listener.Queue > 0)
        {
            foreach (PlaceKey place in listener.Places)
                CollectionsMarshal.GetValueRefOrAddDefault(_waitedAt, place, out _)++;
        }

        if (Tcp.Count < MostRemembered && _focus.Concerns(socket))
            Tcp[socket.Socket.Cookie] = listener;
    }

    // Of a whole machine only those that hold or have dropped something are remembered.
    private void AddDatagram(ReadOnlySpan<byte> message)
    {
        if (InetDiagMessage.Read(message, out InetDiagMessage socket, out ReadOnlySpan<byte> octets) is not OperationStatus.Done
            || !_focus.Concerns(socket))
        {
            return;
        }

        DatagramCount++;
        var address = PeerAddress.Of(socket.Family, socket.Socket.LocalAddress);
        if (_range?.Contains(socket.Socket.LocalPort) is true && (_datagramPorts.Count < MostRemembered || _datagramPorts.ContainsKey(address)))
            CollectionsMarshal.GetValueRefOrAddDefault(_datagramPorts, address, out _)++;
        bool isAskedAbout = _focus.IsService && socket.Socket.RemotePort == 0;
        if (InetDiagAttributes.Read(octets).Memory is { } memory && (isAskedAbout || memory.Drops > 0 || memory.ReceiveAllocated > 0) && _datagrams.Count < MostRemembered)
            _datagrams[socket.Socket.Cookie] = new DatagramReading(socket, memory);
    }

    private void AddUnix(ReadOnlySpan<byte> message)
    {
        if (!MemoryMarshal.TryRead(message, out UnixDiagMessage socket) || socket.State is not TcpState.Listen)
            return;
        UnixCount++;
        var attributes = new NetlinkAttributeTable(message[UnixDiagMessage.Size..]);
        ReadOnlySpan<byte> queues = attributes[UnixDiagMessage.Queues];
        if (!MemoryMarshal.TryRead(queues, out uint waiting) || !MemoryMarshal.TryRead(queues[sizeof(uint)..], out uint limit))
            return;
        if (!(_focus.Held?.Contains(socket.Inode) ?? waiting > 0))
            return;
        if (_unix.Count < MostRemembered)
            _unix[socket.Cookie] = new UnixReading(socket.Inode, UnixName.Of(attributes[UnixDiagMessage.Name]), waiting, limit);
    }

    private sealed record UnixReading(uint Inode, string Name, uint Queue, uint Limit);

    private sealed record DatagramReading(InetDiagMessage Socket, SocketMemory Memory);
}

/// <summary>What the kernel says of one TCP listener.</summary>
/// <param name="Socket">The socket.</param>
/// <param name="Drops">Packets dropped since it exists.</param>
/// <param name="IsIPv6Only">Whether it takes IPv6 only.</param>
internal sealed record ListenerReading(InetDiagMessage Socket, uint Drops, bool IsIPv6Only)
{
    /// <summary>Connections that wait to be accepted.</summary>
    internal uint Queue => Socket.ReceiveQueue;

    /// <summary>How many may wait, less one.</summary>
    internal uint Limit => Socket.SendQueue;

    /// <summary>Where it listens: at all addresses of IPv4 too, if it does at those of IPv6 and takes both.</summary>
    internal IEnumerable<PlaceKey> Places
    {
        get
        {
            var address = PeerAddress.Of(Socket.Family, Socket.Socket.LocalAddress);
            yield return new PlaceKey(address, Socket.Socket.LocalPort);
            if (address is { Family: 10, Octets: { First: 0, Last: 0 } } && !IsIPv6Only)
                yield return new PlaceKey(new PeerAddress(2, default), Socket.Socket.LocalPort);
        }
    }
}

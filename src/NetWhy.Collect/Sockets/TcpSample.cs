using System.Buffers;
using System.Net;
using System.Runtime.InteropServices;
using NetWhy.Linux;
using NetWhy.Wire;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Sockets;

/// <summary>One look at the TCP sockets of this network namespace: counted as they come by, none is kept but the few that stand out.</summary>
/// <remarks>A host may have a million sockets: each is read once, in place. Source: sock_diag(7).</remarks>
internal sealed class TcpSample
{
    private const int MostGroups = 16_384;
    private const int MostPairs = 16_384;
    private const uint Minute = 60_000; // ms

    private readonly HashSet<int> _services;
    private readonly PortRange? _range;
    private readonly TcpSample? _earlier;
    private readonly SocketFocus _focus;
    private readonly SynTimer _syns = SynTimer.Read();
    private readonly SortedSet<Ranked>[] _tops;
    private readonly Dictionary<ulong, FlowReading> _flows = [];

    private TcpSample(HashSet<int> services, PortRange? range, SocketFocus focus, TcpSample? earlier)
    {
        (_services, _range, _focus, _earlier) = (services, range, focus, earlier);
        _tops = [.. Enumerable.Range(0, FlowReading.Interests).Select(_ => new SortedSet<Ranked>())];
    }

    /// <summary>The groups.</summary>
    internal Dictionary<GroupKey, SocketTally> Groups { get; } = [];

    /// <summary>Sockets on a local port of the kernel's range, by both addresses and the remote port.</summary>
    internal Dictionary<PairKey, PortTally> Pairs { get; } = [];

    /// <summary>Ports of the kernel's range that connections from here have.</summary>
    internal PortCount Ports { get; } = new();

    /// <summary>All sockets of the machine that do not listen, by state.</summary>
    internal StateTally All { get; } = new("all", remembers: false);

    /// <summary>Connections that stand out, by the kernel's cookie.</summary>
    internal IReadOnlyDictionary<ulong, FlowReading> Flows => _flows;

    /// <summary>Sockets seen that do not listen.</summary>
    internal int Count { get; private set; }

    /// <summary>Whether the kernel had a steady picture.</summary>
    internal bool IsConsistent { get; private set; } = true;

    /// <summary>Whether something of it may be a sign of a fault: then a second look tells.</summary>
    internal bool IsRemarkable =>
        Groups.Any(group => group.Key.State is TcpState.CloseWait or TcpState.FinWait2 && group.Value.Count >= 10)
        || Groups.Any(group => group.Key.State is TcpState.SynSent && group.Value.Retransmitting > 0)
        || (_range is { } range && Pairs.Values.Any(pair => pair.InUse * 2 >= range.Last - range.First))
        || Flows.Values.Any(flow => flow.IsStuck);

    /// <summary>The oldest connection that no program has accepted, by the address and port of this machine that it was made to.</summary>
    internal Dictionary<PlaceKey, Waiting> Waits { get; } = [];

    /// <summary>Whether the connection that had waited longest in the sample before waits still; null if there was none.</summary>
    /// <param name="made">Address and port that it was made to.</param>
    internal bool? HasFirstStayed(PlaceKey made) =>
        _earlier?.Waits.TryGetValue(made, out Waiting before) is true ? Waits.GetValueOrDefault(made).Cookie == before.Cookie : null;

    /// <summary>Looks.</summary>
    /// <param name="services">Local ports that something listens on.</param>
    /// <param name="range">Ports that the kernel gives out; null if unknown.</param>
    /// <param name="focus">Which sockets matter.</param>
    /// <param name="earlier">A sample before this one: of the connections those that it kept are kept; null if there is none.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    internal static TcpSample Take(HashSet<int> services, PortRange? range, SocketFocus focus, TcpSample? earlier)
    {
        const uint Wanted = InetDiagRequest.EveryState & ~(1u << (int)TcpState.Listen);
        const InetDiagExtensions Extensions = InetDiagExtensions.Info | InetDiagExtensions.SocketMemory;
        var sample = new TcpSample(services, range, focus, earlier);
        using var kernel = SocketDiagnostics.Open();
        foreach (int family in (ReadOnlySpan<int>)[2, 10])
            sample.IsConsistent &= kernel.Dump(InetDiagRequest.Dump(family, (int)IPProtocol.Tcp, Wanted, Extensions), (int)IPProtocol.Tcp, program: null, sample.Add);
        foreach (FlowReading reading in sample._tops.SelectMany(top => top).Select(ranked => ranked.Reading))
            sample._flows.TryAdd(reading.Socket.Socket.Cookie, reading);
        return sample;
    }

    private void Add(ReadOnlySpan<byte> message)
    {
        if (InetDiagMessage.Read(message, out InetDiagMessage socket, out ReadOnlySpan<byte> octets) is not OperationStatus.Done)
            return;
        All.Add(socket);
        if (!_focus.Concerns(socket))
            return;

        Count++;
        var attributes = new NetlinkAttributeTable(octets);
        var info = new TcpInfoView(attributes[InetDiagAttribute.Info]);
        _focus.TallyOf(socket)?.Add(socket, info.OctetsReceived);
        bool isIncoming = _services.Contains(socket.Socket.LocalPort);
        AddToGroup(socket, info, isIncoming);
        if (!isIncoming && _range is { } range && range.Contains(socket.Socket.LocalPort))
        {
            Ports.Add(range, socket, attributes[InetDiagAttribute.SocketOptions]);
            if (socket.Socket.RemotePort != 0)
                AddToPair(socket);
        }

        if (socket is { State: TcpState.Established, Inode: not 0 })
            AddFlow(socket, info, attributes, isIncoming);
    }

    private void AddToGroup(in InetDiagMessage socket, in TcpInfoView info, bool isIncoming)
    {
        GroupKey key = isIncoming
            ? new GroupKey(socket.State, true, socket.Socket.LocalPort, default)
            : new GroupKey(socket.State, false, socket.Socket.RemotePort, PeerAddress.Of(socket.Family, socket.Socket.RemoteAddress));
        ref SocketTally? place = ref CollectionsMarshal.GetValueRefOrAddDefault(Groups, key, out _);
        if (place is null && Groups.Count > MostGroups)
        {
            Groups.Remove(key);
            key = key with { Port = 0, Address = default }; // all that came too late
            place = ref CollectionsMarshal.GetValueRefOrAddDefault(Groups, key, out _);
        }

        place ??= new SocketTally(_earlier?.Groups.GetValueOrDefault(key));
        place.Count++;
        if (socket.Inode == 0)
            place.Orphans++;
        if (socket.Retransmits > 0 && socket.Timer is not FlowReading.KeepaliveTimer)
            place.Retransmitting++;
        if (socket is { State: TcpState.SynSent, Retransmits: > 0 })
            place.AddPending(socket.Retransmits, _syns.SinceFirst(socket.Retransmits, socket.ExpiresMilliseconds));
        if (info.Length > 0)
        {
            place.LongestIdle = Math.Max(place.LongestIdle, info.LastAckReceived);
            if (info.LastAckReceived > Minute)
                place.IdleOverMinute++;

            // Whom nobody has accepted nobody has sent anything: the clock runs since the handshake. Source: tcp_create_openreq_child.
            if (isIncoming && socket is { Inode: 0, State: TcpState.Established or TcpState.CloseWait })
                AddWait(new PlaceKey(PeerAddress.Of(socket.Family, socket.Socket.LocalAddress), socket.Socket.LocalPort), new Waiting(info.LastDataSent, socket.Socket.Cookie));
        }

        // The FIN counts as one octet of what is not read.
        if (socket.ReceiveQueue > (socket.State is TcpState.CloseWait ? 1u : 0u))
            place.WithUnread++;
        if (socket.State is TcpState.SynReceived or TcpState.CloseWait)
            place.AddPeer(PeerAddress.Of(socket.Family, socket.Socket.RemoteAddress));
        if (socket.State is not (TcpState.Established or TcpState.TimeWait or TcpState.SynReceived))
            place.Keep(socket.Socket.Cookie, socket.Inode);
        else if (socket.State is TcpState.Established && socket.Inode != 0)
            place.KeepSome(socket.Inode);
    }

    private void AddWait(PlaceKey place, Waiting waiting)
    {
        bool isKnown = Waits.TryGetValue(place, out Waiting longest);
        if (isKnown ? waiting.CompareTo(longest) > 0 : Waits.Count < MostPairs)
            Waits[place] = waiting;
    }

    private void AddToPair(in InetDiagMessage socket)
    {
        var key = new PairKey(
            PeerAddress.Of(socket.Family, socket.Socket.LocalAddress), PeerAddress.Of(socket.Family, socket.Socket.RemoteAddress), socket.Socket.RemotePort);
        ref PortTally? place = ref CollectionsMarshal.GetValueRefOrAddDefault(Pairs, key, out _);
        if (place is null && Pairs.Count > MostPairs)
        {
            Pairs.Remove(key);
            return; // ports run out towards few destinations, not towards many
        }

        place ??= new PortTally();
        place.InUse++;
        if (socket.State is TcpState.TimeWait)
            place.TimeWait++;
        else if (place.Inode == 0)
            place.Inode = socket.Inode;
    }

    private void AddFlow(in InetDiagMessage socket, in TcpInfoView info, in NetlinkAttributeTable attributes, bool isIncoming)
    {
        if (_earlier is not null)
        {
            if (_earlier._flows.ContainsKey(socket.Socket.Cookie))
                _flows[socket.Socket.Cookie] = FlowReading.Of(socket, info, attributes, isIncoming);
            return;
        }

        FlowReading? reading = null;
        for (int interest = 0; interest < _tops.Length; interest++)
        {
            SortedSet<Ranked> top = _tops[interest];
            double rank = FlowReading.Rank(interest, socket, info);
            if (rank <= 0 || (top.Count >= FlowReading.MostOfOneInterest && rank <= top.Min!.Rank))
                continue;
            top.Add(new Ranked(rank, reading ??= FlowReading.Of(socket, info, attributes, isIncoming)));
            if (top.Count > FlowReading.MostOfOneInterest)
                top.Remove(top.Min!);
        }
    }

    private sealed record Ranked(double Rank, FlowReading Reading) : IComparable<Ranked>
    {
        public int CompareTo(Ranked? other) =>
            (Rank, Reading.Socket.Socket.Cookie).CompareTo((other?.Rank ?? 0, other?.Reading.Socket.Socket.Cookie ?? 0));
    }
}

/// <summary>An address as a key: IPv4 is the same on IPv6 sockets.</summary>
/// <param name="Family"><c>AF_INET</c> or <c>AF_INET6</c>.</param>
/// <param name="Octets">The address.</param>
internal readonly record struct PeerAddress(byte Family, AddressOctets Octets)
{
    /// <summary>Makes the key.</summary>
    /// <param name="family">Family of the socket.</param>
    /// <param name="octets">Its address.</param>
    internal static PeerAddress Of(byte family, AddressOctets octets)
    {
        const uint MappedMark = 0xffff_0000; // octets 8 to 11 of ::ffff:a.b.c.d, as they lie
        return family == 10 && octets.First == 0 && (uint)octets.Last == MappedMark
            ? new PeerAddress(2, new AddressOctets(octets.Last >> 32, 0))
            : new PeerAddress(family, octets);
    }

    /// <summary>Makes the key.</summary>
    /// <param name="address">The address.</param>
    internal static PeerAddress Of(IPAddress address)
    {
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        Span<byte> octets = stackalloc byte[16];
        octets.Clear();
        _ = plain.TryWriteBytes(octets, out int length);
        return new PeerAddress(length == 4 ? (byte)2 : (byte)10, MemoryMarshal.Read<AddressOctets>(octets));
    }

    /// <summary>The address.</summary>
    internal IPAddress ToIPAddress() => Octets.ToIPAddress(Family);
}

/// <summary>What sockets of one group have in common.</summary>
/// <param name="State">Their state.</param>
/// <param name="IsIncoming">Whether they were made to a service of this machine.</param>
/// <param name="Port">Port of that service, or of the destination.</param>
/// <param name="Address">The destination; nothing for those of a service of this machine.</param>
internal readonly record struct GroupKey(TcpState State, bool IsIncoming, ushort Port, PeerAddress Address);

/// <summary>Where a service is.</summary>
/// <param name="Address">Address of this machine; the unspecified address for all of its family.</param>
/// <param name="Port">Port.</param>
internal readonly record struct PlaceKey(PeerAddress Address, ushort Port);

/// <summary>A connection that no program has accepted yet.</summary>
/// <param name="Milliseconds">Time since its handshake.</param>
/// <param name="Cookie">The kernel's cookie.</param>
internal readonly record struct Waiting(uint Milliseconds, ulong Cookie) : IComparable<Waiting>
{
    /// <summary>Orders by age; of two that came within the same tick the kernel's order is not known, but must be the same in each sample.</summary>
    /// <param name="other">The other one.</param>
    public int CompareTo(Waiting other) => (Milliseconds, other.Cookie).CompareTo((other.Milliseconds, Cookie));
}

/// <summary>What connections share that need a local port each of their own.</summary>
/// <param name="Local">Address of this machine.</param>
/// <param name="Remote">The destination.</param>
/// <param name="Port">Its port.</param>
internal readonly record struct PairKey(PeerAddress Local, PeerAddress Remote, ushort Port);

/// <summary>Local ports in use towards one destination.</summary>
internal sealed class PortTally
{
    /// <summary>How many.</summary>
    internal int InUse { get; set; }

    /// <summary>Those of them in TIME-WAIT.</summary>
    internal int TimeWait { get; set; }

    /// <summary>One of the sockets; 0 if none has an owner.</summary>
    internal uint Inode { get; set; }
}

/// <summary>What is counted of one group.</summary>
/// <param name="earlier">The same group in the sample before; null if there was none.</param>
internal sealed class SocketTally(SocketTally? earlier)
{
    private const int MostKept = 32_768;
    private const int MostPeers = 1000;
    private const int Some = 64;

    private HashSet<ulong>? _cookies;
    private Dictionary<PeerAddress, int>? _peers;
    private int _lasted;

    internal int Count { get; set; }

    internal int Orphans { get; set; }

    internal int IdleOverMinute { get; set; }

    internal uint LongestIdle { get; set; } // ms

    internal int WithUnread { get; set; }

    internal int Retransmitting { get; set; }

    /// <summary>Most times that a SYN of one of them was sent again.</summary>
    internal int MostRepeats { get; private set; }

    /// <summary>Time since the first SYN of the oldest of those that were sent again, in ms.</summary>
    internal long LongestPending { get; private set; }

    /// <summary>Sockets that were there in the sample before, too; null if that had more than it could remember.</summary>
    internal int? Lasted => earlier?.Count > MostKept ? null : _lasted;

    internal int? Peers => _peers?.Count;

    /// <summary>The peer of most of them; null where nobody counted.</summary>
    internal KeyValuePair<PeerAddress, int>? TopPeer => _peers is { Count: > 0 } ? _peers.MaxBy(peer => peer.Value) : null;

    internal List<uint> Inodes { get; } = [];

    /// <summary>Sockets in the sample before.</summary>
    internal int Before => earlier?.Count ?? 0;

    internal void AddPending(int repeats, long milliseconds)
    {
        MostRepeats = Math.Max(MostRepeats, repeats);
        LongestPending = Math.Max(LongestPending, milliseconds);
    }

    internal void AddPeer(PeerAddress peer)
    {
        _peers ??= [];
        if (_peers.Count < MostPeers || _peers.ContainsKey(peer))
            System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_peers, peer, out _)++;
    }

    internal void Keep(ulong cookie, uint inode)
    {
        _cookies ??= [];
        if (_cookies.Count < MostKept)
            _cookies.Add(cookie);
        if (inode != 0 && Inodes.Count < MostKept)
            Inodes.Add(inode);
        if (earlier?._cookies?.Contains(cookie) is true)
            _lasted++;
    }

    internal void KeepSome(uint inode)
    {
        if (Inodes.Count < Some)
            Inodes.Add(inode);
    }
}

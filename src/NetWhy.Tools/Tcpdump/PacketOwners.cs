using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using NetWhy.Linux;
using NetWhy.Tools.Ss;
using NetWhy.Wire;
using NetWhy.Wire.Netlink;

namespace NetWhy.Tools.Tcpdump;

/// <summary>Finds which process of this machine sends or receives a packet, by the socket that it belongs to.</summary>
/// <remarks>
/// Sockets are listed when a packet fits none that is known, but not more often than their listing takes a tenth of the time. A
/// connection keeps the owner that it had, so that its last segments are told, too. One that lives shorter than the packet
/// waits in the ring is known where the kernel lets us note who begins it, and so is who sent a datagram and closed his socket.
/// Source: sock_diag(7); <see cref="ConnectionTrace"/>; <see cref="DatagramTrace"/>.
/// </remarks>
internal sealed class PacketOwners : IDisposable
{
    private const int MostKnown = 1 << 18; // then all are forgotten
    private const int LeastPause = 50; // ms between two listings
    private const int OldListing = 1; // seconds: a new connection is not looked up in an older one
    private const int LongestDatagrams = 3; // seconds: nothing tells when another process takes the ports

    private readonly IToolHost? _host;
    private readonly Dictionary<PacketEnds, Known> _known = [];
    private readonly Dictionary<PacketEnds, Socket> _sockets = [];
    private readonly HashSet<AddressNumber> _ownAddresses = [];
    private readonly ConnectionTrace? _trace;
    private readonly DatagramTrace? _datagrams;
    private SocketOwners? _owners;
    private CgroupTable? _cgroups;
    private long _cgroupsReadAt;
    private bool _isRefusalTold;
    private long _listedAt;
    private long _pause;

    /// <summary>Begins to note connections where the kernel allows that.</summary>
    /// <param name="host">Who is told how owners are found; null to keep quiet.</param>
    internal PacketOwners(IToolHost? host)
    {
        _host = host;
        ListAddresses();
        _trace = Try(ConnectionTrace.Start, out string connections);
        _datagrams = Try(DatagramTrace.Start, out string datagrams);
        host?.Warn((_trace, _datagrams) switch
        {
            (not null, not null) => "owners are noted as they connect and send (eBPF), others are looked up among the sockets",
            (null, null) => $"owners are looked up among the sockets; those of shorter connections stay unknown (not noted by eBPF: {connections})",
            (null, _) => $"owners of datagrams are noted as they send (eBPF), others are looked up among the sockets; those of shorter connections stay unknown (not noted by eBPF: {connections})",
            (_, null) => $"owners of TCP connections are noted as they begin (eBPF), others are looked up among the sockets; those of datagrams whose socket is closed at once stay unknown (not noted by eBPF: {datagrams})",
        });
    }

    private static T? Try<T>(Func<T> start, out string refusal)
        where T : class
    {
        refusal = "";
        try
        {
            return start();
        }
        catch (LinuxException why)
        {
            refusal = why.Message;
            return null;
        }
    }

    /// <summary>What runtimes call their containers.</summary>
    internal ContainerNames Containers { get; } = new();

    /// <summary>Whose a packet is; null if it belongs to no socket that is known here.</summary>
    /// <param name="linkType">What the packet begins with.</param>
    /// <param name="octets">What was captured of it.</param>
    internal PacketOwner? Of(int linkType, ReadOnlySpan<byte> octets)
    {
        if (!PacketEnds.TryRead(linkType, octets, out PacketEnds sent, out ReadOnlySpan<byte> transport, out _))
            return null;
        if (sent.Protocol is PacketEnds.Icmp or PacketEnds.Icmp6)
            return OwnerOfEcho(sent, transport);
        PacketEnds received = sent.Reversed;
        const int FlagsOffset = 13;
        bool isStart = sent.Protocol == PacketEnds.Tcp && transport.Length > FlagsOffset && ((TcpFlags)transport[FlagsOffset] & (TcpFlags.Syn | TcpFlags.Ack)) == TcpFlags.Syn;
        PacketOwner? owner = null;
        // The same ports may be another process's when a connection begins.
        if (!isStart && IsKnown(sent, received, isStart, out owner))
            return owner;
        ReadTrace();
        if (IsKnown(sent, received, isStart, out owner))
            return owner;
        if (Stopwatch.GetTimestamp() - _listedAt >= Math.Max(_pause, OldListing * Stopwatch.Frequency))
            List();
        owner = Find(sent) ?? Find(received);
        if (owner is null && Stopwatch.GetTimestamp() - _listedAt >= _pause)
        {
            List();
            owner = Find(sent) ?? Find(received);
        }

        owner ??= SenderOf(sent);
        if (owner is null)
            return null; // its socket may be listed next time
        _known.Remove(received); // it was another's, if anybody's
        Note(sent, owner);
        return owner;
    }

    // An echo has the number of its socket where others have a port.
    private PacketOwner? OwnerOfEcho(in PacketEnds sent, ReadOnlySpan<byte> transport)
    {
        if (IcmpMessage.Read(transport, sent.Protocol == PacketEnds.Icmp6, out IcmpMessage message) is not OperationStatus.Done)
            return null;
        return message.Type switch
        {
            IcmpMessage.EchoRequest or IcmpMessage.EchoRequestV6 => SenderOf(sent with { SourcePort = message.Identifier }),
            IcmpMessage.EchoReply or IcmpMessage.EchoReplyV6 => SenderOf(sent with { DestinationPort = message.Identifier }),
            _ => null,
        };
    }

    // Who sent the datagram, or that which it answers.
    private PacketOwner? SenderOf(in PacketEnds sent)
    {
        if (_datagrams is null || sent.Protocol == PacketEnds.Tcp)
            return null;
        DatagramSender? sender = IsOwn(sent.Source) && sent.SourcePort != 0 ? _datagrams.SenderOf(sent.Protocol, sent.SourcePort) : null;
        sender ??= IsOwn(sent.Destination) && sent.DestinationPort != 0 ? _datagrams.SenderOf(sent.Protocol, sent.DestinationPort) : null;
        return sender is { } known ? OwnerOf(known.Pid, known.Name, known.CgroupId) : null;
    }

    private void Note(in PacketEnds ends, PacketOwner owner)
    {
        if (_known.Count >= MostKnown)
            _known.Clear();
        _known[ends] = new Known(owner, Stopwatch.GetTimestamp());
    }

    // A segment that begins a connection passes several interfaces in a moment; what was noted long before it was of another connection.
    private bool IsKnown(in PacketEnds sent, in PacketEnds received, bool isStart, out PacketOwner? owner)
    {
        owner = null;
        if (!_known.TryGetValue(sent, out Known known) && !_known.TryGetValue(received, out known))
            return false;
        owner = known.Owner;
        double seconds = isStart ? OldListing : sent.Protocol == PacketEnds.Udp ? LongestDatagrams : double.PositiveInfinity;
        return Stopwatch.GetElapsedTime(known.At).TotalSeconds < seconds;
    }

    // Connections are noted as they begin; so those that are over already have an owner, too. The kernel tells of those of
    // all network namespaces: what begins at an address of another one is not this one's.
    private void ReadTrace() => _trace?.Read(connection =>
    {
        PacketEnds ends = EndsOf(PacketEnds.Tcp, connection.Local, connection.LocalPort, connection.Remote, connection.RemotePort);
        if (IsOwn(ends.Source))
            Note(ends, OwnerOf(connection.Pid, connection.Name, connection.CgroupId));
    });

    private PacketOwner? Find(PacketEnds ends)
    {
        if (!_sockets.TryGetValue(ends, out Socket socket) && (ends.Source == 0 || !_sockets.TryGetValue(ends.Anyone, out socket)) && (!IsOwn(ends.Source) || !_sockets.TryGetValue(ends.Anywhere, out socket)))
            return null;
        return _owners?.OldestOf(socket.Inode) is { } owner ? OwnerOf(owner.Pid, owner.Name, socket.Cgroup) : null;
    }

    private PacketOwner OwnerOf(int pid, string name, ulong cgroup)
    {
        if (_cgroups is null || (cgroup != 0 && _cgroups.PathOf(cgroup) is null && Stopwatch.GetElapsedTime(_cgroupsReadAt).TotalSeconds >= OldListing))
        {
            _cgroups = CgroupTable.Read();
            _cgroupsReadAt = Stopwatch.GetTimestamp();
        }

        // The socket's group says it, also when the process is over; where groups are not mounted, the process does.
        ContainerName container = _cgroups.PathOf(cgroup) is { } path ? ContainerName.Of(path) : ContainerProcess.NameOf(pid) ?? default;
        return new PacketOwner(pid, name, container, Containers);
    }

    private void List()
    {
        const int Ipv4 = 2, Ipv6 = 10;
        long start = Stopwatch.GetTimestamp();
        _sockets.Clear();
        foreach (int protocol in (ReadOnlySpan<int>)[PacketEnds.Tcp, PacketEnds.Udp])
        {
            foreach (int family in (ReadOnlySpan<int>)[Ipv4, Ipv6])
                ListSockets(family, protocol);
        }

        ListAddresses();
        _owners = SocketOwners.Find();
        _cgroups = null; // a container that is new has a group that is new
        _listedAt = Stopwatch.GetTimestamp();
        _pause = Math.Max((_listedAt - start) * 10, Stopwatch.Frequency * LeastPause / 1000);
    }

    // A kernel without inet_diag or udp_diag lists none of those: their owners stay unknown, and the capture goes on.
    private void ListSockets(int family, int protocol)
    {
        try
        {
            using var diagnostics = SocketDiagnostics.Open();
            diagnostics.Dump(InetDiagRequest.Dump(family, protocol, InetDiagRequest.EveryState, InetDiagExtensions.None), protocol, program: null, payload =>
            {
                if (InetDiagMessage.Read(payload, out InetDiagMessage socket, out ReadOnlySpan<byte> attributes) is OperationStatus.Done && socket.Inode != 0)
                    _sockets[EndsOf((byte)protocol, socket.LocalAddress, socket.Socket.LocalPort, socket.RemoteAddress, socket.Socket.RemotePort)] = new Socket(socket.Inode, new NetlinkAttributeTable(attributes).LongNumber(InetDiagAttribute.CgroupId) ?? 0);
            });
        }
        catch (LinuxException refusal)
        {
            TellRefusal($"{(protocol == PacketEnds.Tcp ? "TCP" : "UDP")} sockets: {refusal.Message}");
        }
    }

    private void ListAddresses()
    {
        _ownAddresses.Clear();
        try
        {
            using RouteNetlink netlink = RouteNetlink.Open();
            Span<byte> octets = stackalloc byte[16];
            foreach (AddressMessage address in netlink.Addresses())
            {
                address.Address.TryWriteBytes(octets, out int length);
                AddressNumber own = PacketEnds.Number(octets[..length]);
                _ownAddresses.Add(own);
                if (length == 4 && address.Header.PrefixLength < 31) // RFC 3021: longer ones have no broadcast
                    _ownAddresses.Add(own with { Low = own.Low | (uint.MaxValue >> address.Header.PrefixLength) });
            }
        }
        catch (LinuxException refusal)
        {
            TellRefusal($"own addresses: {refusal.Message}");
        }
    }

    private void TellRefusal(string what)
    {
        if (!_isRefusalTold)
            _host?.Warn($"owners of some packets stay unknown: the kernel does not list {what}");
        _isRefusalTold = true;
    }

    // Whether a socket that is bound to no address can be meant: packets that are only forwarded, or seen passing by, are others'.
    private bool IsOwn(AddressNumber address)
    {
        bool isIpv4 = PacketEnds.IsIpv4(address);
        byte first = (byte)(isIpv4 ? address.Low >> 24 : address.High >> 56);
        bool isLoopback = isIpv4 && first == 127, isMulticast = isIpv4 ? first is >= 224 and < 240 : first == 255;
        return isLoopback || isMulticast || (isIpv4 && (uint)address.Low == uint.MaxValue) || _ownAddresses.Contains(address);
    }

    private static PacketEnds EndsOf(byte protocol, IPAddress local, ushort localPort, IPAddress remote, ushort remotePort)
    {
        Span<byte> here = stackalloc byte[16], there = stackalloc byte[16];
        local.TryWriteBytes(here, out int length);
        remote.TryWriteBytes(there, out _);
        return new PacketEnds(protocol, PacketEnds.Number(here[..length]), localPort, PacketEnds.Number(there[..length]), remotePort);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _trace?.Dispose();
        _datagrams?.Dispose();
    }

    private readonly record struct Known(PacketOwner Owner, long At); // by Stopwatch

    private readonly record struct Socket(uint Inode, ulong Cgroup);
}

/// <summary>The process that a packet belongs to, and its container.</summary>
internal sealed class PacketOwner
{
    internal PacketOwner(int pid, string name, ContainerName container, ContainerNames names)
    {
        (Pid, Name, Container) = (pid, name, container);
        string inside = container.Describe(names);
        Note = string.Create(CultureInfo.InvariantCulture, $"{Printable.Of(name, isUtf8: false)}[{pid}{(inside.Length > 0 ? $" in {Printable.Of(inside, isUtf8: false)}" : "")}] ");
    }

    /// <summary>Number of the process.</summary>
    internal int Pid { get; }

    /// <summary>Its name (<c>comm</c>).</summary>
    internal string Name { get; }

    /// <summary>Its container and pod.</summary>
    internal ContainerName Container { get; }

    /// <summary>All that in a word or two, in front of a packet.</summary>
    internal string Note { get; }
}

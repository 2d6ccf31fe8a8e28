using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using NetWhy.Linux;
using NetWhy.Wire;
using NetWhy.Wire.Link;
using NetWhy.Wire.Netlink;

namespace NetWhy.Tools.Tcpdump;

/// <summary>Finds which process of this machine sends or receives a packet, by the socket that it belongs to.</summary>
/// <remarks>
/// Sockets are listed when a packet fits none that is known, but not more often than their listing takes a tenth of the time. A
/// connection keeps the owner that it had, so that its last segments are told, too; one that lives shorter than the packet
/// waits in the ring is not seen. Source: sock_diag(7).
/// </remarks>
internal sealed class PacketOwners
{
    private const int MostKnown = 1 << 18; // then all are forgotten
    private const int LeastPause = 50; // ms between two listings

    private readonly Dictionary<Ends, SocketOwner?> _known = [];
    private readonly Dictionary<Ends, uint> _sockets = [];
    private SocketOwners? _owners;
    private long _listedAt;
    private long _pause;

    /// <summary>Whose a packet is; null if it belongs to no socket that is known here.</summary>
    /// <param name="linkType">What the packet begins with.</param>
    /// <param name="octets">What was captured of it.</param>
    internal SocketOwner? Of(int linkType, ReadOnlySpan<byte> octets)
    {
        if (!TryReadEnds(linkType, octets, out Ends sent))
            return null;
        Ends received = sent.Reversed;
        if (_known.TryGetValue(sent, out SocketOwner? owner) || _known.TryGetValue(received, out owner))
            return owner;
        owner = Find(sent) ?? Find(received);
        if (owner is null && Stopwatch.GetTimestamp() - _listedAt >= _pause)
        {
            List();
            owner = Find(sent) ?? Find(received);
        }

        if (owner is null)
            return null; // its socket may be listed next time
        if (_known.Count >= MostKnown)
            _known.Clear();
        _known[sent] = owner;
        return owner;
    }

    private SocketOwner? Find(Ends ends) =>
        (_sockets.TryGetValue(ends, out uint inode) || _sockets.TryGetValue(ends.Anyone, out inode) || _sockets.TryGetValue(ends.Anywhere, out inode))
            ? _owners?.OldestOf(inode)
            : null;

    private void List()
    {
        const int Ipv4 = 2, Ipv6 = 10;
        long start = Stopwatch.GetTimestamp();
        _sockets.Clear();
        using (var diagnostics = SocketDiagnostics.Open())
        {
            foreach (int protocol in (ReadOnlySpan<int>)[6, 17])
            {
                foreach (int family in (ReadOnlySpan<int>)[Ipv4, Ipv6])
                {
                    diagnostics.Dump(InetDiagRequest.Dump(family, protocol, InetDiagRequest.EveryState, InetDiagExtensions.None), protocol, program: null, payload =>
                    {
                        if (InetDiagMessage.Read(payload, out InetDiagMessage socket, out _) is OperationStatus.Done && socket.Inode != 0)
                            _sockets[EndsOf(socket, (byte)protocol)] = socket.Inode;
                    });
                }
            }
        }

        _owners = SocketOwners.Find();
        _listedAt = Stopwatch.GetTimestamp();
        _pause = Math.Max((_listedAt - start) * 10, Stopwatch.Frequency * LeastPause / 1000);
    }

    private static Ends EndsOf(in InetDiagMessage socket, byte protocol)
    {
        Span<byte> local = stackalloc byte[16], remote = stackalloc byte[16];
        socket.LocalAddress.TryWriteBytes(local, out int length);
        socket.RemoteAddress.TryWriteBytes(remote, out _);
        return new Ends(protocol, Number(local[..length]), socket.Socket.LocalPort, Number(remote[..length]), socket.Socket.RemotePort);
    }

    private static bool TryReadEnds(int linkType, ReadOnlySpan<byte> octets, out Ends ends)
    {
        ends = default;
        ReadOnlySpan<byte> source, destination, payload;
        IPProtocol protocol;
        LayerKind kind = LayerWalk.FindNetwork((LinkType)linkType, octets, out ReadOnlySpan<byte> packet);
        if (kind is LayerKind.Ipv4 && Ipv4Packet.Read(packet, out Ipv4Packet ipv4) is OperationStatus.Done && ipv4.FragmentOffset == 0)
        {
            protocol = ipv4.Protocol;
            source = ipv4.SourceOctets;
            destination = ipv4.DestinationOctets;
            payload = ipv4.Payload;
        }
        else if (kind is LayerKind.Ipv6 && Ipv6Packet.Read(packet, out Ipv6Packet ipv6) is OperationStatus.Done && ipv6.FragmentOffset == 0)
        {
            protocol = ipv6.Protocol;
            source = ipv6.SourceOctets;
            destination = ipv6.DestinationOctets;
            payload = ipv6.Payload;
        }
        else
        {
            return false;
        }

        if (protocol is not (IPProtocol.Tcp or IPProtocol.Udp) || TransportPorts.Read(payload, out TransportPorts ports) is not OperationStatus.Done)
            return false;
        ends = new Ends((byte)protocol, Number(source), ports.Source, Number(destination), ports.Destination);
        return true;
    }

    // An IPv4 address is the same number whether its socket is IPv4 or IPv6 (RFC 4291, section 2.5.5.2).
    private static UInt128 Number(ReadOnlySpan<byte> address)
    {
        if (address.Length == 4)
            return BinaryPrimitives.ReadUInt32BigEndian(address);
        UInt128 number = BinaryPrimitives.ReadUInt128BigEndian(address);
        return number >> 32 == 0xffff ? (uint)number : number;
    }

    private readonly record struct Ends(byte Protocol, UInt128 Local, ushort LocalPort, UInt128 Remote, ushort RemotePort)
    {
        internal Ends Reversed => new(Protocol, Remote, RemotePort, Local, LocalPort);

        // A socket that listens, or takes datagrams of anyone.
        internal Ends Anyone => this with { Remote = 0, RemotePort = 0 };

        // The same at every address of this machine.
        internal Ends Anywhere => this with { Local = 0, Remote = 0, RemotePort = 0 };
    }
}

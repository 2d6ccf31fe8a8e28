using System.Buffers;
using System.Runtime.InteropServices;
using NetWhy.Wire.Link;
using NetWhy.Wire.Tunnels;

namespace NetWhy.Wire;

/// <summary>Finds the layers of a packet in order, through VLANs, MPLS and tunnels; allocates nothing and always ends.</summary>
/// <example>
/// <code>
/// foreach (Layer layer in new LayerWalk(LinkType.Ethernet, octets, originalLength))
/// {
///     if (layer.Kind is LayerKind.Tcp)
///         TcpSegment.Read(octets.Slice(layer.Offset, layer.Captured), out TcpSegment segment);
/// }
/// </code>
/// </example>
/// <remarks>
/// Each layer ends where it says, at the latest where the one around it does. Tunnels over UDP are told by the port of the
/// receiver. A packet has at most <see cref="MostLayers"/>: what is behind them is not looked at.
/// </remarks>
public ref struct LayerWalk
{
    /// <summary>How many layers are found at most.</summary>
    public const int MostLayers = 48;

    private const int TypeSize = 2;
    private const int EtherIPSize = 2;
    private const int SecurityPayloadSize = 8;
    private const int ControlWordSize = 4;
    private const ushort MplsPort = 6635; // RFC 7510
    private const ushort GrePort = 4754; // RFC 8086

    private readonly ReadOnlySpan<byte> _octets;
    private LayerKind _kind;
    private LayerKind _next;
    private int _number;
    private int _at;
    private int _end;
    private int _length;
    private int _count;
    private int _depth;
    private bool _isInNetwork;
    private bool _isFragment;
    private bool _isV6;
    private Layer _current;

    /// <summary>Makes a walk over a packet.</summary>
    /// <param name="linkType">What it begins with.</param>
    /// <param name="octets">What was captured of it.</param>
    /// <param name="originalLength">What it was long, in octets; less than was captured does not count.</param>
    public LayerWalk(LinkType linkType, ReadOnlySpan<byte> octets, long originalLength)
    {
        _octets = octets;
        _end = octets.Length;
        _length = (int)Math.Clamp(originalLength, octets.Length, int.MaxValue);
        _next = linkType switch
        {
            LinkType.Ethernet => LayerKind.Ethernet,
            LinkType.LinuxCooked => LayerKind.LinuxCooked,
            LinkType.LinuxCooked2 => LayerKind.LinuxCooked2,
            LinkType.Null or LinkType.Loop => LayerKind.Loopback,
            LinkType.Ppp or LinkType.PppSerial => LayerKind.Ppp,
            LinkType.PppOverEthernet => LayerKind.Pppoe,
            LinkType.Ipv4 => LayerKind.Ipv4,
            LinkType.Ipv6 => LayerKind.Ipv6,
            LinkType.RawIP or LinkType.RawIP12 => IPByVersion(octets),
            _ => LayerKind.Data,
        };
    }

    /// <summary>The layer just found.</summary>
    public readonly Layer Current => _current;

    /// <summary>What was captured of the layer just found: header and payload.</summary>
    public readonly ReadOnlySpan<byte> CurrentOctets => _octets.Slice(_current.Offset, _current.Captured);

    /// <summary>The walk itself, for <c>foreach</c>.</summary>
    public readonly LayerWalk GetEnumerator() => this;

    /// <summary>Moves to the next layer.</summary>
    /// <returns>False if there is none.</returns>
    public bool MoveNext()
    {
        if (_next is LayerKind.None || _count == MostLayers)
            return false;
        _count++;
        _kind = _next;
        _next = LayerKind.None;
        if ((_kind is LayerKind.Ethernet && _count > 1) || (_isInNetwork && _kind is LayerKind.Ipv4 or LayerKind.Ipv6))
            EnterTunnel();
        OperationStatus status = Read(_octets[_at.._end]);
        if (status is OperationStatus.NeedMoreData && _end - _at == _length)
            status = OperationStatus.InvalidData; // all of it was captured
        if (status is not OperationStatus.Done)
            _current = Begin(status, headerLength: 0, _length);
        return true;
    }

    /// <summary>Finds the first header of a network in a packet: IPv4, IPv6 or ARP.</summary>
    /// <param name="linkType">What the packet begins with.</param>
    /// <param name="octets">What was captured of it.</param>
    /// <param name="network">What was captured from that header on, as far as the packet goes.</param>
    /// <returns>What it is; <see cref="LayerKind.None"/> if there is none.</returns>
    public static LayerKind FindNetwork(LinkType linkType, ReadOnlySpan<byte> octets, out ReadOnlySpan<byte> network)
    {
        var walk = new LayerWalk(linkType, octets, octets.Length);
        while (walk.MoveNext())
        {
            if (walk._current is { Kind: LayerKind.Ipv4 or LayerKind.Ipv6 or LayerKind.Arp, Status: OperationStatus.Done })
            {
                network = walk.CurrentOctets;
                return walk._current.Kind;
            }
        }

        network = default;
        return LayerKind.None;
    }

    private OperationStatus Read(ReadOnlySpan<byte> octets) => _kind switch
    {
        LayerKind.Ethernet => ReadEthernet(octets),
        LayerKind.Vlan => ReadVlan(octets),
        LayerKind.LinuxCooked => ReadCooked(LinuxCookedFrame.Read(octets, out LinuxCookedFrame cooked), cooked, LinuxCookedHeader.Size),
        LayerKind.LinuxCooked2 => ReadCooked(LinuxCookedFrame.Read2(octets, out LinuxCookedFrame cooked), cooked, LinuxCooked2Header.Size),
        LayerKind.Loopback => ReadLoopback(octets),
        LayerKind.Llc => ReadLlc(octets),
        LayerKind.Ppp => ReadPpp(octets),
        LayerKind.Pppoe => ReadPppoe(octets),
        LayerKind.Mpls => ReadMpls(octets),
        LayerKind.PseudowireControlWord => ReadFixed(ControlWordSize, octets, LayerKind.Ethernet),
        LayerKind.Ipv4 => ReadIpv4(octets),
        LayerKind.Ipv6 => ReadIpv6(octets),
        LayerKind.Ipv6Extension => ReadExtension(octets),
        LayerKind.Tcp => ReadTcp(octets),
        LayerKind.Udp => ReadUdp(octets),
        LayerKind.Gre => ReadGre(octets),
        LayerKind.EtherIP => ReadFixed(EtherIPSize, octets, LayerKind.Ethernet),
        LayerKind.EncapsulatingSecurityPayload => ReadFixed(SecurityPayloadSize, octets, LayerKind.Data),
        LayerKind.Vxlan => ReadVxlan(octets),
        LayerKind.Geneve => ReadGeneve(octets),
        LayerKind.Arp => Last(octets, ArpHeader.Size),
        LayerKind.Icmp or LayerKind.IcmpV6 => Last(octets, IcmpHeader.Size),
        LayerKind.Igmp => Last(octets, 8),
        LayerKind.Sctp => Last(octets, 12),
        LayerKind.SpanningTree => Last(octets, 4),
        _ => Last(octets, 0),
    };

    private OperationStatus ReadEthernet(ReadOnlySpan<byte> octets)
    {
        OperationStatus status = EthernetFrame.Read(octets, out EthernetFrame frame);
        if (status is not OperationStatus.Done)
            return status;

        // Tags are layers of their own.
        ushort type = frame.Tags.Length > 0 ? frame.Tags[0].Protocol : frame.TypeOrLength;
        return PassToFrame(EthernetHeader.Size, type);
    }

    private OperationStatus ReadVlan(ReadOnlySpan<byte> octets)
    {
        if (octets.Length < VlanTag.Size)
            return OperationStatus.NeedMoreData;
        return PassToFrame(VlanTag.Size, (ushort)(octets[TypeSize] << 8 | octets[TypeSize + 1]));
    }

    // Behind a header of Ethernet or a tag: a type, or the length of an LLC packet.
    private OperationStatus PassToFrame(int headerLength, ushort typeOrLength)
    {
        Pass(headerLength, _length, typeOrLength > EthernetFrame.LongestLength ? Of((EtherType)typeOrLength) : LayerKind.Llc, typeOrLength);
        if (typeOrLength <= EthernetFrame.LongestLength)
            Limit(typeOrLength);
        return OperationStatus.Done;
    }

    private OperationStatus ReadCooked(OperationStatus status, LinuxCookedFrame frame, int headerLength)
    {
        if (status is OperationStatus.Done)
            Pass(headerLength, _length, frame.IsLlc ? LayerKind.Llc : Of(frame.Type), frame.Protocol);
        return status;
    }

    private OperationStatus ReadLoopback(ReadOnlySpan<byte> octets)
    {
        OperationStatus status = LoopbackFrame.Read(octets, out LoopbackFrame frame);
        if (status is OperationStatus.Done)
            Pass(LoopbackFrame.HeaderLength, _length, Of(frame.Type), (int)Math.Min(frame.Family, ushort.MaxValue));
        return status;
    }

    private OperationStatus ReadLlc(ReadOnlySpan<byte> octets)
    {
        const byte SpanningTree = 0x42; // IEEE 802.1D
        const byte Ipv4 = 0x06; // RFC 948
        OperationStatus status = LlcPacket.Read(octets, out LlcPacket packet);
        if (status is not OperationStatus.Done)
            return status;

        LayerKind next = (packet.DestinationServiceAccessPoint, packet.SourceServiceAccessPoint) switch
        {
            _ when packet.Organization is not null => Of(packet.Type),
            (SpanningTree, SpanningTree) => LayerKind.SpanningTree,
            (Ipv4, Ipv4) => LayerKind.Ipv4,
            _ => LayerKind.Data,
        };
        Pass(packet.HeaderLength, _length, next, packet.Organization is null ? packet.DestinationServiceAccessPoint : packet.ProtocolId);
        return OperationStatus.Done;
    }

    private OperationStatus ReadPpp(ReadOnlySpan<byte> octets)
    {
        OperationStatus status = PppFrame.Read(octets, out PppFrame frame);
        if (status is OperationStatus.Done)
            Pass(frame.HeaderLength, _length, Of(frame.Type), frame.Protocol);
        return status;
    }

    private OperationStatus ReadPppoe(ReadOnlySpan<byte> octets)
    {
        OperationStatus status = PppoePacket.Read(octets, out PppoePacket packet);
        if (status is OperationStatus.Done)
            Pass(PppoeHeader.Size, PppoeHeader.Size + packet.Length, packet.Code == 0 ? LayerKind.Ppp : LayerKind.None, packet.Code);
        return status;
    }

    private OperationStatus ReadMpls(ReadOnlySpan<byte> octets)
    {
        const int Ipv4ExplicitNull = 0, Ipv6ExplicitNull = 2;
        if (!MemoryMarshal.TryRead(octets, out MplsLabel label))
            return OperationStatus.NeedMoreData;
        Pass(MplsLabel.Size, _length, !label.IsBottom ? LayerKind.Mpls : label.Label switch
        {
            Ipv4ExplicitNull => LayerKind.Ipv4,
            Ipv6ExplicitNull => LayerKind.Ipv6,
            _ => BehindLabels(octets[MplsLabel.Size..]),
        }, label.Label);
        return OperationStatus.Done;
    }

    // No number says what follows: the first four bits are the version of IP, or 0 in a control word (RFC 4385, section 3). That
    // Ethernet is behind it is only likely, so the type must be one that is known.
    private static LayerKind BehindLabels(ReadOnlySpan<byte> octets) => octets.IsEmpty ? LayerKind.None : (octets[0] >> 4) switch
    {
        4 => LayerKind.Ipv4,
        6 => LayerKind.Ipv6,
        0 when EthernetFrame.Read(octets[Math.Min(ControlWordSize, octets.Length)..], out EthernetFrame frame) is OperationStatus.Done
            && Of(frame.Type) is not LayerKind.Data => LayerKind.PseudowireControlWord,
        _ => LayerKind.Data,
    };

    private OperationStatus ReadIpv4(ReadOnlySpan<byte> octets)
    {
        OperationStatus status = Ipv4Packet.Read(octets, out Ipv4Packet packet);
        if (status is not OperationStatus.Done)
            return status;

        EnterNetwork(isV6: false, packet.IsFragment);
        int length = packet.TotalLength == 0 ? Math.Max(_length, packet.HeaderLength) : packet.TotalLength;
        Pass(packet.HeaderLength, length, packet.FragmentOffset > 0 ? LayerKind.FragmentData : Of(packet.Protocol, _isV6), (int)packet.Protocol);
        return OperationStatus.Done;
    }

    private OperationStatus ReadIpv6(ReadOnlySpan<byte> octets)
    {
        OperationStatus status = Ipv6Packet.Read(octets, out Ipv6Packet packet);
        if (status is not OperationStatus.Done)
            return status;

        EnterNetwork(isV6: true, packet.IsFragment);
        int length = packet.Length == 0 && packet.NextHeader is not IPProtocol.NoNextHeader ? _length : Ipv6Header.Size + packet.Length;
        Pass(Ipv6Header.Size, length, Of(packet.NextHeader, _isV6), (int)packet.NextHeader);
        return OperationStatus.Done;
    }

    private OperationStatus ReadExtension(ReadOnlySpan<byte> octets)
    {
        OperationStatus status = Ipv6Extension.Read((IPProtocol)_number, octets, _length, out Ipv6Extension extension);
        if (status is not OperationStatus.Done)
            return status;
        if (extension.Octets.Length < extension.Length)
            return OperationStatus.NeedMoreData;
        Pass(extension.Length, _length, extension.FragmentOffset > 0 ? LayerKind.FragmentData : Of(extension.NextHeader, _isV6), (int)extension.NextHeader);
        return OperationStatus.Done;
    }

    private OperationStatus ReadTcp(ReadOnlySpan<byte> octets)
    {
        OperationStatus status = TcpSegment.Read(octets, out TcpSegment segment);
        if (status is not OperationStatus.Done)
            return status;
        if (segment.HeaderLength > _length)
            return OperationStatus.InvalidData;
        Pass(segment.HeaderLength, _length, LayerKind.Data, segment.DestinationPort);
        return OperationStatus.Done;
    }

    private OperationStatus ReadUdp(ReadOnlySpan<byte> octets)
    {
        OperationStatus status = UdpDatagram.Read(octets, out UdpDatagram datagram);
        if (status is not OperationStatus.Done)
            return status;
        Pass(UdpHeader.Size, datagram.Length == 0 ? _length : datagram.Length, datagram.DestinationPort switch
        {
            VxlanPacket.Port or VxlanPacket.LinuxPort when VxlanPacket.Read(datagram.Payload, out _) is not OperationStatus.InvalidData => LayerKind.Vxlan,
            GenevePacket.Port when GenevePacket.Read(datagram.Payload, out _) is not OperationStatus.InvalidData => LayerKind.Geneve,
            MplsPort => LayerKind.Mpls,
            GrePort => LayerKind.Gre,
            _ => LayerKind.Data,
        }, datagram.DestinationPort);
        return OperationStatus.Done;
    }

    private OperationStatus ReadGre(ReadOnlySpan<byte> octets)
    {
        OperationStatus status = GrePacket.Read(octets, out GrePacket packet);
        if (status is not OperationStatus.Done)
            return status;
        Pass(packet.HeaderLength, packet.PayloadLength is { } length ? packet.HeaderLength + length : _length, Of(packet.Type), (int)packet.Type);
        return OperationStatus.Done;
    }

    private OperationStatus ReadVxlan(ReadOnlySpan<byte> octets)
    {
        OperationStatus status = VxlanPacket.Read(octets, out _);
        if (status is OperationStatus.Done)
            Pass(VxlanHeader.Size, _length, LayerKind.Ethernet, 0);
        return status;
    }

    private OperationStatus ReadGeneve(ReadOnlySpan<byte> octets)
    {
        OperationStatus status = GenevePacket.Read(octets, out GenevePacket packet);
        if (status is OperationStatus.Done)
            Pass(packet.HeaderLength, _length, packet.IsControl ? LayerKind.Data : Of(packet.Type), (int)packet.Type);
        return status;
    }

    private OperationStatus ReadFixed(int headerLength, ReadOnlySpan<byte> octets, LayerKind next)
    {
        if (octets.Length < headerLength)
            return OperationStatus.NeedMoreData;
        Pass(headerLength, _length, next, 0);
        return OperationStatus.Done;
    }

    private OperationStatus Last(ReadOnlySpan<byte> octets, int headerLength)
    {
        if (octets.Length < headerLength)
            return OperationStatus.NeedMoreData;
        Pass(headerLength, _length, LayerKind.None, 0);
        return OperationStatus.Done;
    }

    private void EnterTunnel()
    {
        _depth++;
        _isInNetwork = false;
        _isFragment = false;
    }

    private void EnterNetwork(bool isV6, bool isFragment)
    {
        _isInNetwork = true;
        _isV6 = isV6;
        _isFragment = isFragment;
    }

    // Makes the layer that begins here, and goes behind its header; without payload nothing follows.
    private void Pass(int headerLength, int length, LayerKind next, int number)
    {
        _current = Begin(OperationStatus.Done, headerLength, length);
        _at = _current.PayloadOffset;
        _end = _current.Offset + _current.Captured;
        _length = length - headerLength;
        _next = _length > 0 ? next : LayerKind.None;
        _number = number;
    }

    private readonly Layer Begin(OperationStatus status, int headerLength, int length) =>
        new(_kind, status, _number, _at, headerLength, length, Math.Min(length, _end - _at), _depth, _isFragment);

    // What comes next says in a header before it how long it is.
    private void Limit(int length)
    {
        _length = length;
        _end = Math.Min(_end, _at + length);
        if (length == 0)
            _next = LayerKind.None;
    }

    private static LayerKind Of(EtherType type) => type switch
    {
        EtherType.Ipv4 => LayerKind.Ipv4,
        EtherType.Ipv6 => LayerKind.Ipv6,
        EtherType.Arp => LayerKind.Arp,
        EtherType.Vlan or EtherType.ProviderVlan or EtherType.OuterVlan9100 or EtherType.OuterVlan9200 => LayerKind.Vlan,
        EtherType.Mpls or EtherType.MplsMulticast => LayerKind.Mpls,
        EtherType.PppoeDiscovery or EtherType.PppoeSession => LayerKind.Pppoe,
        EtherType.Ppp => LayerKind.Ppp,
        EtherType.Lldp => LayerKind.Lldp,
        EtherType.TransparentEthernet => LayerKind.Ethernet,
        _ => LayerKind.Data,
    };

    private static LayerKind Of(IPProtocol protocol, bool isV6) => protocol switch
    {
        IPProtocol.AuthenticationHeader => LayerKind.Ipv6Extension,
        _ when isV6 && Ipv6Extension.IsExtension(protocol) => LayerKind.Ipv6Extension,
        IPProtocol.Icmp => LayerKind.Icmp,
        IPProtocol.IcmpV6 => LayerKind.IcmpV6,
        IPProtocol.Igmp => LayerKind.Igmp,
        IPProtocol.Tcp => LayerKind.Tcp,
        IPProtocol.Udp => LayerKind.Udp,
        IPProtocol.Sctp => LayerKind.Sctp,
        IPProtocol.Ipv4 => LayerKind.Ipv4,
        IPProtocol.Ipv6 => LayerKind.Ipv6,
        IPProtocol.Gre => LayerKind.Gre,
        IPProtocol.EtherIP => LayerKind.EtherIP,
        IPProtocol.Mpls => LayerKind.Mpls,
        IPProtocol.EncapsulatingSecurityPayload => LayerKind.EncapsulatingSecurityPayload,
        IPProtocol.NoNextHeader => LayerKind.None,
        _ => LayerKind.Data,
    };

    private static LayerKind IPByVersion(ReadOnlySpan<byte> octets) => octets.IsEmpty ? LayerKind.Data : (octets[0] >> 4) switch
    {
        4 => LayerKind.Ipv4,
        6 => LayerKind.Ipv6,
        _ => LayerKind.Data,
    };
}

using System.Buffers.Binary;
using NetWhy.Analysis.Dissection;
using NetWhy.Analysis.Tcp;
using NetWhy.Wire;
using NetWhy.Wire.Tunnels;

namespace NetWhy.Analysis.Flows;

/// <summary>Finds the TCP segments of a packet, and hands what else it carries to the others that count.</summary>
/// <remarks>
/// It reads what <see cref="Dissector"/> reads where that looks into tunnels by their shape, in the same order, and nothing
/// more: streams get the same numbers. Reading behind the end of what was captured ends the walk.
/// </remarks>
/// <param name="octets">What holds the packet.</param>
/// <param name="batch">Where segments go.</param>
/// <param name="others">Where all else goes.</param>
internal ref struct PacketWalk(ReadOnlySpan<byte> octets, SegmentBatch batch, OtherPackets others)
{
    private const int DeepestNesting = 32;
    private const int Ipv4HeaderLength = 20;
    private const int Ipv6HeaderLength = 40;
    private const int MostExtensions = 16;
    private const ushort LeastType = 0x0600;

    private ReadOnlySpan<byte> _octets = octets;
    private int _network;
    private int _datagram = SegmentPlace.InPiece;
    private int _networkDatagram = SegmentPlace.InPiece;
    private int _error = SegmentPlace.NoError;
    private int _depth;
    private bool _isFragment;
    private bool _isTunnelled; // in what Wireshark does not open
    private TcpEndpoint _source; // of the innermost IP header
    private TcpEndpoint _destination;
    private ErrorMessage _message;
    private CapturePlace _seen;

    /// <summary>When the packet passed, in nanoseconds since 1970.</summary>
    internal required long Nanoseconds { get; init; }

    /// <summary>Its number, from 1.</summary>
    internal required uint Frame { get; init; }

    /// <summary>What it was long, in octets.</summary>
    internal required uint WireLength { get; init; }

    /// <summary>What it is, as far as was told.</summary>
    internal PacketKind Kind { get; private set; }

    private readonly bool IsQuoted => _error != SegmentPlace.NoError;

    /// <summary>Reads a packet.</summary>
    /// <param name="linkType">What it begins with.</param>
    /// <param name="at">Where it begins.</param>
    /// <param name="length">How long it was.</param>
    internal void Read(int linkType, int at, int length)
    {
        switch (linkType)
        {
            case 1:
                ReadEthernet(at, length);
                break;
            case 0:
            case 108:
                ReadLoopback(at, length, isBigEndian: linkType == 108);
                break;
            case 12:
            case 14:
            case 101:
                ReadRaw(at, length);
                break;
            case 228:
                ReadIpv4(at, length);
                break;
            case 229:
                ReadIpv6(at, length);
                break;
            case 113 when Has(at, 16):
                _seen = CapturePlace.Of(0, U16(at), U16(at + 2));
                ReadType(U16(at + 14), at + 16, length - 16);
                break;
            case 276 when Has(at, 20):
                _seen = CapturePlace.Of(U32(at + 4), U8(at + 10), U16(at + 8));
                ReadType(U16(at), at + 20, length - 20);
                break;
            case 9:
                ReadPpp(at, length);
                break;
        }
    }

    private readonly bool Has(int at, int count) => at >= 0 && _octets.Length - at >= count;

    private readonly byte U8(int at) => (uint)at < (uint)_octets.Length ? _octets[at] : (byte)0;

    private readonly ushort U16(int at) => Has(at, 2) ? BinaryPrimitives.ReadUInt16BigEndian(_octets[at..]) : (ushort)0;

    private readonly uint U32(int at) => Has(at, 4) ? BinaryPrimitives.ReadUInt32BigEndian(_octets[at..]) : 0;

    private readonly int Captured(int at, int length) => Math.Clamp(_octets.Length - at, 0, Math.Max(0, length));

    private void ReadEthernet(int at, int length)
    {
        const int HeaderLength = 14;
        if (!Has(at, HeaderLength))
            return;
        ushort type = BinaryPrimitives.ReadUInt16BigEndian(_octets[(at + 12)..]);
        if (type == LinkDissector.Ipv4)
            ReadIpv4(at + HeaderLength, length - HeaderLength);
        else
            ReadTypeOrLength(type, at + HeaderLength, length - HeaderLength);
    }

    private void ReadTypeOrLength(ushort type, int at, int length)
    {
        if (type < LeastType)
            ReadLogicalLink(at, Math.Min(length, type));
        else
            ReadType(type, at, length);
    }

    private void ReadType(ushort type, int at, int length)
    {
        if (++_depth <= DeepestNesting)
        {
            switch (type)
            {
                case LinkDissector.Ipv4:
                    ReadIpv4(at, length);
                    break;
                case LinkDissector.Ipv6:
                    ReadIpv6(at, length);
                    break;
                case LinkDissector.Arp:
                    Kind = PacketKind.Arp;
                    others.Neighbours.Read(_octets[Math.Min(at, _octets.Length)..], Frame);
                    break;
                case LinkDissector.Vlan:
                case LinkDissector.ServiceVlan:
                case LinkDissector.OldServiceVlan:
                    if (Has(at, 4))
                        ReadTypeOrLength(U16(at + 2), at + 4, length - 4);
                    break;
                case LinkDissector.Mpls:
                case LinkDissector.MplsMulticast:
                    ReadMpls(at, length);
                    break;
                case LinkDissector.PppoeSession:
                    ReadPpp(at + 6, Math.Min(length - 6, U16(at + 4)));
                    break;
            }
        }

        _depth--;
    }

    private void ReadLogicalLink(int at, int length)
    {
        const ushort Snap = 0xaaaa;
        Kind = PacketKind.LogicalLink;
        if (length >= 8 && Has(at, 8) && U16(at) == Snap && U8(at + 2) == 3 && U8(at + 3) == 0 && U16(at + 4) == 0)
            ReadType(U16(at + 6), at + 8, length - 8);
    }

    private void ReadMpls(int at, int length)
    {
        while (length >= 4 && Has(at, 4))
        {
            bool isBottom = (U8(at + 2) & 1) != 0;
            at += 4;
            length -= 4;
            if (isBottom)
            {
                if (U8(at) >> 4 is 4 or 6)
                    ReadRaw(at, length);
                else
                    ReadContent(Tunnels.InPseudowire(_octets.Slice(Math.Min(at, _octets.Length), Captured(at, length)), out int behind), at + behind, length - behind);
                return;
            }
        }
    }

    private void ReadRaw(int at, int length)
    {
        if (length <= 0)
            return;
        switch (U8(at) >> 4)
        {
            case 4:
                ReadType(LinkDissector.Ipv4, at, length);
                break;
            case 6:
                ReadType(LinkDissector.Ipv6, at, length);
                break;
        }
    }

    private void ReadLoopback(int at, int length, bool isBigEndian)
    {
        if (!Has(at, 4))
            return;
        uint family = U32(at);
        if (!isBigEndian && family > ushort.MaxValue)
            family = BinaryPrimitives.ReverseEndianness(family);
        if (family == 2)
            ReadType(LinkDissector.Ipv4, at + 4, length - 4);
        else if (family is 10 or 24 or 28 or 30)
            ReadType(LinkDissector.Ipv6, at + 4, length - 4);
    }

    private void ReadPpp(int at, int length)
    {
        const ushort AllStations = 0xff03;
        if (U16(at) == AllStations)
        {
            at += 2;
            length -= 2;
        }

        ushort protocol = U16(at);
        if (protocol == 0x0021)
            ReadType(LinkDissector.Ipv4, at + 2, length - 2);
        else if (protocol == 0x0057)
            ReadType(LinkDissector.Ipv6, at + 2, length - 2);
    }

    private void ReadIpv4(int at, int length)
    {
        if (!Has(at, Ipv4HeaderLength) || _octets[at] >> 4 != 4)
            return;
        ReadOnlySpan<byte> header = _octets.Slice(at, Ipv4HeaderLength);
        int headerLength = (header[0] & 0xf) * 4;
        if (headerLength < Ipv4HeaderLength)
            return;
        Kind = PacketKind.Ip;
        int announced = BinaryPrimitives.ReadUInt16BigEndian(header[2..]);
        int total = announced == 0 || announced > length ? length : announced; // 0: the card cuts it into packets
        if (total < headerLength)
            return;
        _network = at;
        _networkDatagram = _datagram;
        _source = new TcpEndpoint(BinaryPrimitives.ReadUInt32BigEndian(header[12..]), 0, IsIpv6: false);
        _destination = new TcpEndpoint(BinaryPrimitives.ReadUInt32BigEndian(header[16..]), 0, IsIpv6: false);
        ushort fragmentWord = BinaryPrimitives.ReadUInt16BigEndian(header[6..]);
        const ushort DontFragment = 0x4000;
        if ((fragmentWord & ~DontFragment) == 0)
        {
            ReadPayload(header[9], at + headerLength, total - headerLength);
            return;
        }

        int place = (fragmentWord & 0x1fff) * 8;
        bool hasMore = (fragmentWord & 0x2000) != 0;
        bool isWhole = announced == total && Captured(at, total) == total && !IsQuoted;
        if (isWhole && (place != 0 || hasMore))
            ReadFragment(header[9], BinaryPrimitives.ReadUInt16BigEndian(header[4..]), place, at + headerLength, total - headerLength, isLast: !hasMore);
        else if (place == 0)
            ReadFirst(header[9], at + headerLength, total - headerLength, hasMore);
    }

    private void ReadIpv6(int at, int length)
    {
        if (!Has(at, Ipv6HeaderLength) || _octets[at] >> 4 != 6)
            return;
        Kind = PacketKind.Ipv6;
        ReadOnlySpan<byte> header = _octets.Slice(at, Ipv6HeaderLength);
        _network = at;
        _networkDatagram = _datagram;
        _source = new TcpEndpoint(AddressNumber.Read(header[8..24]), 0, IsIpv6: true);
        _destination = new TcpEndpoint(AddressNumber.Read(header[24..40]), 0, IsIpv6: true);
        int announced = BinaryPrimitives.ReadUInt16BigEndian(header[4..]);
        int rest = length - Ipv6HeaderLength;
        if (announced != 0 && announced < rest)
            rest = announced; // 0: a jumbogram, or the card cuts it into packets
        ReadExtensions(header[6], at + Ipv6HeaderLength, rest);
    }

    private void ReadExtensions(byte next, int at, int length)
    {
        for (int count = 0; count < MostExtensions; count++)
        {
            int size;
            switch (next)
            {
                case 0 or 43 or 60:
                    size = (U8(at + 1) + 1) * 8;
                    break;
                case 44:
                    size = 8;
                    if (!IsWholeOrFirst(at, length))
                        return;
                    break;
                case 51:
                    size = (U8(at + 1) + 2) * 4;
                    break;
                default:
                    ReadPayload(next, at, length);
                    return;
            }

            if (size > length || !Has(at, size))
                return;
            next = U8(at);
            at += size;
            length -= size;
        }
    }

    // A fragment that was captured whole waits for the others; of one that was not, only the first can be read.
    private bool IsWholeOrFirst(int at, int length)
    {
        const int HeaderLength = 8;
        int place = U16(at + 2) & 0xfff8;
        bool hasMore = (U16(at + 2) & 1) != 0;
        if (length < HeaderLength || (place == 0 && !hasMore))
            return true;
        if (IsQuoted || Captured(at, length) < length)
        {
            _isFragment = place == 0;
            return place == 0;
        }

        ReadFragment(U8(at), U32(at + 4), place, at + HeaderLength, length - HeaderLength, isLast: !hasMore);
        return false;
    }

    private void ReadFirst(byte protocol, int at, int length, bool hasMore)
    {
        bool wasFragment = _isFragment;
        _isFragment |= hasMore;
        ReadPayload(protocol, at, length);
        _isFragment = wasFragment;
    }

    private void ReadFragment(byte protocol, uint identification, int place, int at, int length, bool isLast)
    {
        var key = new FragmentKey(_source.Address, _destination.Address, identification, protocol);
        if (others.Fragments.Add(key, Frame, Nanoseconds, place, _octets.Slice(at, length), isLast) is not { } datagram)
        {
            if (place == 0 && protocol == 17)
                ReadBeginning(at, length);
            return;
        }

        int outer = _datagram;
        ReadOnlySpan<byte> before = _octets;
        _datagram = batch.Datagrams.Count;
        batch.Datagrams.Add(datagram.Data);
        _octets = datagram.Data.Span;
        bool wasFragment = _isFragment;
        _isFragment = false;
        ReadPayload(protocol, 0, _octets.Length);
        _isFragment = wasFragment;
        _octets = before;
        _datagram = outer;
    }

    private void ReadPayload(byte protocol, int at, int length)
    {
        if (++_depth <= DeepestNesting)
        {
            switch (protocol)
            {
                case 6:
                    AddSegment(at, length);
                    break;
                case 17:
                    ReadUdp(at, length);
                    break;
                case 1:
                    ReadIcmp(at, length);
                    break;
                case 58:
                    ReadIcmpv6(at, length);
                    break;
                case 4:
                    ReadIpv4(at, length);
                    break;
                case 41:
                    ReadIpv6(at, length);
                    break;
                case 47:
                    ReadGre(at, length);
                    break;
                default:
                    if (!IsQuoted)
                        Kind = PacketKinds.OfProtocol(protocol);
                    else
                        Refuse(protocol, at, hasPorts: protocol is 132);
                    break;
            }
        }

        _depth--;
    }

    // Of an answer whose other fragments may never come.
    private void ReadBeginning(int at, int length)
    {
        const int HeaderLength = 8;
        if (length > HeaderLength && U16(at) == 53)
            others.NameServers.ReadBeginning(_octets.Slice(at + HeaderLength, length - HeaderLength), _source with { Port = U16(at) }, _destination with { Port = U16(at + 2) }, Frame, Nanoseconds);
    }

    private void AddSegment(int at, int length)
    {
        const int PortsLength = 4;
        if (!IsQuoted)
            Kind = PacketKind.Tcp;
        if (!Has(at, PortsLength) || length < PortsLength || (_networkDatagram != SegmentPlace.InPiece && _networkDatagram != _datagram))
            return; // the latter: fragments within fragments
        TcpEndpoint source = _source with { Port = U16(at) }, destination = _destination with { Port = U16(at + 2) };
        if (_isTunnelled)
            others.FirstTunnelled = Math.Min(others.FirstTunnelled, Frame);
        ref SegmentPlace place = ref batch.Add(ConversationEnds.Of(source, destination, out bool isLowToHigh).Hash);
        place.IsLowToHigh = isLowToHigh;
        place.Nanoseconds = Nanoseconds;
        place.Frame = Frame;
        place.Network = _network;
        place.At = at;
        place.Captured = Captured(at, length);
        place.Length = length;
        place.WireLength = WireLength;
        place.Datagram = _datagram;
        place.Error = _error;
        place.Seen = _seen;
        place.IsFragment = _isFragment;
        place.IsNetworkInDatagram = _networkDatagram != SegmentPlace.InPiece;
    }

    private void ReadUdp(int at, int length)
    {
        const int HeaderLength = 8;
        if (IsQuoted)
        {
            Refuse(17, at, hasPorts: true);
            return;
        }

        Kind = PacketKind.Udp;
        if (!Has(at, HeaderLength))
            return;
        int announced = U16(at + 4);
        if (announced >= HeaderLength && announced < length)
            length = announced;
        TcpEndpoint source = _source with { Port = U16(at) }, destination = _destination with { Port = U16(at + 2) };
        others.UdpConversations.Add(source, destination);
        others.Pairs.Add(source.Address, destination.Address);
        if (length <= HeaderLength || ++_depth > DeepestNesting)
            return;
        ushort low = Math.Min(source.Port, destination.Port), high = Math.Max(source.Port, destination.Port);
        if (!ReadPort(low, source, destination, at + HeaderLength, length - HeaderLength))
            ReadPort(high, source, destination, at + HeaderLength, length - HeaderLength);
        _depth--;
    }

    private bool ReadPort(ushort port, in TcpEndpoint source, in TcpEndpoint destination, int at, int length)
    {
        switch (port)
        {
            case 53:
                Kind = PacketKind.Dns;
                others.NameServers.Read(_octets.Slice(at, Captured(at, length)), length, source, destination, Frame, Nanoseconds);
                return true;
            case 5353:
                Kind = PacketKind.MulticastDns;
                return true;
            case 5355:
                Kind = PacketKind.LinkLocalNames;
                return true;
            case 4754:
                ReadGre(at, length);
                return true;
            case 4789:
                if (Has(at, 8))
                    ReadEthernet(at + 8, length - 8);
                return true;
            case 6081:
                ReadGeneve(at, length);
                return true;
            default:
                return ReadTunnel(port, at, length);
        }
    }

    private bool ReadTunnel(ushort port, int at, int length)
    {
        TunnelContent content = Tunnels.InDatagram(port, _octets.Slice(Math.Min(at, _octets.Length), Captured(at, length)), length, out int behind);
        if (content == TunnelContent.Sealed)
            Kind = port == 4500 ? PacketKind.Esp : PacketKind.WireGuard;
        else
            ReadContent(content, at + behind, length - behind);
        return content != TunnelContent.None;
    }

    private void ReadContent(TunnelContent content, int at, int length)
    {
        _isTunnelled |= content != TunnelContent.None;
        if (content == TunnelContent.Frame)
            ReadEthernet(at, length);
        else if (content == TunnelContent.Packet)
            ReadRaw(at, length);
    }

    private void ReadGeneve(int at, int length)
    {
        const ushort Bridged = 0x6558;
        int headerLength = 8 + ((U8(at) & 0x3f) * 4);
        if (!Has(at, headerLength))
            return;
        ushort type = U16(at + 2);
        if (type == Bridged)
            ReadEthernet(at + headerLength, length - headerLength);
        else
            ReadType(type, at + headerLength, length - headerLength);
    }

    private void ReadGre(int at, int length)
    {
        const ushort Bridged = 0x6558, Ppp = 0x880b;
        if (!IsQuoted)
            Kind = PacketKind.Gre;
        if (!Has(at, 4))
            return;
        ushort flags = U16(at), protocol = U16(at + 2);
        int header = GrePacket.LengthOf(flags);
        if (length <= header || (flags & 0x4000) != 0)
            return;
        if (protocol == Bridged)
            ReadEthernet(at + header, length - header);
        else if (protocol == Ppp)
            ReadPpp(at + header, length - header);
        else if (Tunnels.InGre(protocol, flags, _octets.Slice(Math.Min(at + header, _octets.Length), Captured(at + header, length - header)), out int behind) is TunnelContent.Frame and var content)
            ReadContent(content, at + header + behind, length - header - behind);
        else
            ReadType(protocol, at + header, length - header);
    }

    private void TakeEcho(PacketKind kind)
    {
        Kind = kind;
        others.Pairs.Add(_source.Address, _destination.Address);
    }

    private void ReadIcmp(int at, int length)
    {
        if (IsQuoted)
            Refuse(1, at, hasPorts: false);
        else
            TakeEcho(PacketKind.Icmp);
        if (!Has(at, 4) || U8(at) is not (3 or 4 or 5 or 11 or 12))
            return;
        byte type = U8(at), code = U8(at + 1);
        int? mtu = type == 3 && code == 4 ? U16(at + 6) : null;
        Quote(new ErrorMessage(type, code, _source, mtu), at + 8, length - 8, isIpv6: false);
    }

    private void ReadIcmpv6(int at, int length)
    {
        if (IsQuoted)
            Refuse(58, at, hasPorts: false);
        else
            TakeEcho(PacketKind.Icmpv6);
        if (!Has(at, 4) || U8(at) is not (>= 1 and <= 4))
            return;
        byte type = U8(at);
        int? mtu = type == 2 ? (int)Math.Min(U32(at + 4), int.MaxValue) : null;
        Quote(new ErrorMessage(type, U8(at + 1), _source, mtu), at + 8, length - 8, isIpv6: true);
    }

    private void Quote(in ErrorMessage message, int at, int length, bool isIpv6)
    {
        int outer = _error;
        PacketKind kind = Kind;
        if (++_depth <= DeepestNesting)
        {
            _message = message;
            _error = batch.Errors.Count;
            batch.Errors.Add(message);
            if (isIpv6)
                ReadIpv6(at, length);
            else
                ReadIpv4(at, length);
            _error = outer;
        }

        _depth--;
        Kind = kind;
    }

    private readonly void Refuse(byte protocol, int at, bool hasPorts)
    {
        bool knowsPorts = hasPorts && Has(at, 4);
        others.Refusals.Add(
            _source with { Port = knowsPorts ? U16(at) : (ushort)0 }, _destination with { Port = knowsPorts ? U16(at + 2) : (ushort)0 }, protocol, _message, Frame);
    }
}

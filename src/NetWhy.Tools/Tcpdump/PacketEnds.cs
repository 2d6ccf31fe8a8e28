using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using NetWhy.Wire;
using NetWhy.Wire.Link;

namespace NetWhy.Tools.Tcpdump;

/// <summary>The two ends of a packet of TCP, UDP or ICMP. ICMP has no ports.</summary>
/// <param name="Protocol">Number of the protocol.</param>
/// <param name="Source">Address of the sender; that of IPv4 as IPv6 maps it (RFC 4291, section 2.5.5.2), 0 for any.</param>
/// <param name="SourcePort">Its port.</param>
/// <param name="Destination">Address of the receiver.</param>
/// <param name="DestinationPort">Its port.</param>
internal readonly record struct PacketEnds(byte Protocol, AddressNumber Source, ushort SourcePort, AddressNumber Destination, ushort DestinationPort)
{
    internal const byte Icmp = 1;
    internal const byte Tcp = 6;
    internal const byte Udp = 17;
    internal const byte Icmp6 = 58;

    private const ulong Mapped = 0xffff_0000_0000;

    /// <summary>The same, seen from the other end.</summary>
    internal PacketEnds Reversed => new(Protocol, Destination, DestinationPort, Source, SourcePort);

    /// <summary>A socket of the sender that listens, or takes datagrams of anyone.</summary>
    internal PacketEnds Anyone => this with { Destination = 0, DestinationPort = 0 };

    /// <summary>The same at every address of this machine.</summary>
    internal PacketEnds Anywhere => this with { Source = 0, Destination = 0, DestinationPort = 0 };

    /// <summary>Reads the ends of a packet.</summary>
    /// <param name="linkType">What the packet begins with.</param>
    /// <param name="octets">What was captured of it.</param>
    /// <param name="ends">The ends.</param>
    /// <param name="transport">What was captured behind the network's header.</param>
    /// <param name="length">What that was long.</param>
    /// <returns>Whether it is such a packet, or the first fragment of one.</returns>
    internal static bool TryRead(int linkType, ReadOnlySpan<byte> octets, out PacketEnds ends, out ReadOnlySpan<byte> transport, out int length)
    {
        ends = default;
        transport = default;
        length = 0;
        LayerKind kind = LayerWalk.FindNetwork((LinkType)linkType, octets, out ReadOnlySpan<byte> packet);
        AddressNumber source, destination;
        byte protocol;
        if (kind is LayerKind.Ipv4 && Ipv4Packet.Read(packet, out Ipv4Packet ipv4) is OperationStatus.Done && ipv4.FragmentOffset == 0)
        {
            (source, destination) = (Number(ipv4.SourceOctets), Number(ipv4.DestinationOctets));
            protocol = (byte)ipv4.Protocol;
            transport = ipv4.Payload;
            length = ipv4.PayloadLength;
        }
        else if (kind is LayerKind.Ipv6 && Ipv6Packet.Read(packet, out Ipv6Packet ipv6) is OperationStatus.Done && ipv6.FragmentOffset == 0)
        {
            (source, destination) = (Number(ipv6.SourceOctets), Number(ipv6.DestinationOctets));
            protocol = (byte)ipv6.Protocol;
            transport = ipv6.Payload;
            length = ipv6.PayloadLength;
        }
        else
        {
            return false;
        }

        if (protocol is not (Tcp or Udp or Icmp or Icmp6) || transport.Length < 4)
            return false;
        bool hasPorts = protocol is Tcp or Udp;
        ends = new PacketEnds(
            protocol, source, hasPorts ? BinaryPrimitives.ReadUInt16BigEndian(transport) : (ushort)0, destination, hasPorts ? BinaryPrimitives.ReadUInt16BigEndian(transport[2..]) : (ushort)0);
        return true;
    }

    /// <summary>An address as ends have it.</summary>
    /// <param name="address">Its 4 or 16 octets.</param>
    internal static AddressNumber Number(ReadOnlySpan<byte> address)
    {
        var number = AddressNumber.Read(address);
        return address.Length != 4 || number.Low == 0 ? number : Mapped | number.Low;
    }

    /// <summary>Whether an address is one of IPv4, as ends have it.</summary>
    /// <param name="address">The address.</param>
    internal static bool IsIpv4(AddressNumber address) => address.High == 0 && address.Low >> 32 == 0xffff;

    /// <summary>In words, such as <c>10.0.0.1.443 > 10.0.0.2.50000</c>.</summary>
    public override string ToString() =>
        Protocol is Tcp or Udp
            ? string.Create(CultureInfo.InvariantCulture, $"{AddressOf(Source)}.{SourcePort} > {AddressOf(Destination)}.{DestinationPort}")
            : $"{AddressOf(Source)} > {AddressOf(Destination)}";

    private static IPAddress AddressOf(AddressNumber number)
    {
        Span<byte> octets = stackalloc byte[16];
        number.Write(octets);
        return new IPAddress(IsIpv4(number) ? octets[12..] : octets);
    }
}

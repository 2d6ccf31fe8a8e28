using System.Buffers;
using System.Buffers.Binary;
using NetWhy.Wire;

namespace NetWhy.Paths;

/// <summary>What an ICMP error quotes of a probe, viewed where it lies.</summary>
/// <remarks>
/// Lengths inside the quote are not trusted: some routers quote headers in their own byte order. Eight octets behind the IP header
/// are all that must be there. Source: RFC 792; RFC 4443, section 3.
/// </remarks>
internal readonly ref struct QuotedProbe
{
    private const int LeastTransport = 8;

    private readonly ReadOnlySpan<byte> _header;

    private QuotedProbe(ReadOnlySpan<byte> header, IPProtocol protocol, ReadOnlySpan<byte> transport)
    {
        _header = header;
        Protocol = protocol;
        Transport = transport;
    }

    /// <summary>What the probe was made of.</summary>
    internal IPProtocol Protocol { get; }

    /// <summary>Its octets from the header of that protocol on; eight at least.</summary>
    internal ReadOnlySpan<byte> Transport { get; }

    internal bool IsV6 => _header[0] >> 4 == 6;

    internal int Ttl => _header[IsV6 ? 7 : 8];

    internal int Tos => IsV6 ? (_header[0] << 4 | _header[1] >> 4) & 0xff : _header[1];

    internal int? Identification => IsV6 ? null : BinaryPrimitives.ReadUInt16BigEndian(_header[4..]);

    internal ReadOnlySpan<byte> Source => IsV6 ? _header.Slice(8, 16) : _header.Slice(12, 4);

    internal ReadOnlySpan<byte> Destination => IsV6 ? _header.Slice(24, 16) : _header.Slice(16, 4);

    /// <summary>What the channel that sent the probe is found by: source port, or identifier of an echo request.</summary>
    internal ushort Flow => BinaryPrimitives.ReadUInt16BigEndian(Protocol is IPProtocol.Icmp or IPProtocol.IcmpV6 ? Transport[4..] : Transport);

    /// <summary>Checksum of the probe; of TCP it is seldom quoted.</summary>
    internal int? Checksum => Protocol switch
    {
        IPProtocol.Udp => BinaryPrimitives.ReadUInt16BigEndian(Transport[6..]),
        IPProtocol.Icmp or IPProtocol.IcmpV6 => BinaryPrimitives.ReadUInt16BigEndian(Transport[2..]),
        _ => null,
    };

    /// <summary>Reads the quote.</summary>
    /// <param name="octets">The body of the ICMP error.</param>
    /// <param name="isV6">Whether it is ICMPv6.</param>
    /// <param name="quoted">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns>False if it is too short, or no first fragment of a packet of this version.</returns>
    internal static bool TryRead(ReadOnlySpan<byte> octets, bool isV6, out QuotedProbe quoted)
    {
        quoted = default;
        if (octets.IsEmpty || octets[0] >> 4 != (isV6 ? 6 : 4))
            return false;
        if (isV6)
        {
            if (Ipv6Packet.Read(octets, out Ipv6Packet packet) is not OperationStatus.Done || packet.FragmentOffset != 0)
                return false;
            quoted = new QuotedProbe(octets[..Ipv6Header.Size], packet.Protocol, packet.Payload);
            return quoted.Transport.Length >= LeastTransport;
        }

        int headerLength = (octets[0] & 0xf) * 4;
        if (headerLength < Ipv4Header.Size || octets.Length < headerLength + LeastTransport || (BinaryPrimitives.ReadUInt16BigEndian(octets[6..]) & 0x1fff) != 0)
            return false;
        quoted = new QuotedProbe(octets[..headerLength], (IPProtocol)octets[9], octets[headerLength..]);
        return true;
    }
}

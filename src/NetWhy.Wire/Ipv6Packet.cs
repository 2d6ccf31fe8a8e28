using System.Buffers;
using System.Net;
using System.Runtime.InteropServices;

namespace NetWhy.Wire;

/// <summary>The first eight of the forty octets that start an IPv6 packet; two addresses follow.</summary>
/// <remarks>
/// <code>
///  0     3 4           11 12                                     31
/// +-------+--------------+----------------------------------------+
/// |Version|Traffic Class |              Flow Label                |
/// +-------+--------------+--------+---------------+---------------+
/// |        Payload Length         |  Next Header  |   Hop Limit   |
/// +-------------------------------+---------------+---------------+
/// </code>
/// Source: RFC 8200, section 3.
/// </remarks>
/// <param name="VersionClassAndLabel">6 in the upper four bits, then traffic class and flow label.</param>
/// <param name="PayloadLength">Length of all that follows the 40 octets, in octets; 0 for a jumbogram.</param>
/// <param name="NextHeader">What follows: an extension header or a protocol of <see cref="IPProtocol"/>.</param>
/// <param name="HopLimit">Hops that the packet may still take.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 8)]
public readonly record struct Ipv6Header(
    UInt32BigEndian VersionClassAndLabel,
    UInt16BigEndian PayloadLength,
    byte NextHeader,
    byte HopLimit)
{
    /// <summary>Length of the header with both addresses, in octets.</summary>
    public const int Size = 40;
}

/// <summary>An IPv6 packet viewed where it lies, its extension headers skipped.</summary>
/// <remarks>
/// <see cref="Read"/> makes the only checks; after <see cref="OperationStatus.Done"/> no member can throw.
/// Source: RFC 8200.
/// </remarks>
public readonly ref struct Ipv6Packet
{
    private const int MostExtensions = 16; // RFC 8200 knows seven kinds; more than twice that many is an attack

    private readonly ref readonly Ipv6Header _header;
    private readonly ReadOnlySpan<byte> _addresses;

    private Ipv6Packet(
        ref readonly Ipv6Header header,
        ReadOnlySpan<byte> addresses,
        IPProtocol protocol,
        int fragmentOffset,
        int payloadLength,
        ReadOnlySpan<byte> payload)
    {
        _header = ref header;
        _addresses = addresses;
        Protocol = protocol;
        FragmentOffset = fragmentOffset;
        PayloadLength = payloadLength;
        Payload = payload;
    }

    /// <inheritdoc cref="Ipv6Header.HopLimit"/>
    public byte HopLimit => _header.HopLimit;

    /// <summary>What <see cref="Payload"/> is, after the extension headers.</summary>
    public IPProtocol Protocol { get; }

    /// <summary>Where this fragment belongs, in octets; 0 for a whole packet and for the first fragment.</summary>
    public int FragmentOffset { get; }

    /// <summary>Length of the payload as the header has it, in octets; that of the capture if the header has none.</summary>
    public int PayloadLength { get; }

    /// <summary>The octets after the last extension header that were captured.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>Copies the sender's address.</summary>
    public IPAddress Source => new(_addresses[..16]);

    /// <summary>Copies the receiver's address.</summary>
    public IPAddress Destination => new(_addresses[16..]);

    /// <summary>Views the packet that starts at the first octet of <paramref name="octets"/>.</summary>
    /// <param name="octets">What the link carried; octets after the packet are ignored.</param>
    /// <param name="packet">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.NeedMoreData"/> if a header is cut short, or
    /// <see cref="OperationStatus.InvalidData"/> if it is not IPv6 or its extension headers do not end.
    /// </returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, out Ipv6Packet packet)
    {
        packet = default;
        if (octets.Length < Ipv6Header.Size)
            return OperationStatus.NeedMoreData;

        ref readonly Ipv6Header header = ref MemoryMarshal.AsRef<Ipv6Header>(octets);
        if (header.VersionClassAndLabel >> 28 != 6)
            return OperationStatus.InvalidData;

        int announced = header.PayloadLength == 0 ? octets.Length - Ipv6Header.Size : header.PayloadLength;
        ReadOnlySpan<byte> rest = octets[Ipv6Header.Size..Math.Min(Ipv6Header.Size + announced, octets.Length)];
        byte next = header.NextHeader;
        int fragmentOffset = 0;
        for (int i = 0; i < MostExtensions; i++)
        {
            int length;
            switch (next)
            {
                case 0 or 43 or 60: // hop-by-hop, routing, destination options
                    if (rest.Length < 2)
                        return OperationStatus.NeedMoreData;
                    length = (rest[1] + 1) * 8;
                    break;
                case 44: // fragment
                    if (rest.Length < 8)
                        return OperationStatus.NeedMoreData;
                    length = 8;
                    fragmentOffset = ((rest[2] << 8) | rest[3]) & 0xfff8;
                    break;
                case 51: // authentication, in units of four octets (RFC 4302, section 2.2)
                    if (rest.Length < 2)
                        return OperationStatus.NeedMoreData;
                    length = (rest[1] + 2) * 4;
                    break;
                default:
                    packet = new Ipv6Packet(
                        in header, octets[8..40], (IPProtocol)next, fragmentOffset, announced, rest);
                    return OperationStatus.Done;
            }

            if (length > announced)
                return OperationStatus.InvalidData;
            if (length > rest.Length)
                return OperationStatus.NeedMoreData;
            next = rest[0];
            rest = rest[length..];
            announced -= length;
            if (fragmentOffset > 0)
            {
                // Only the first fragment holds the headers that follow.
                packet = new Ipv6Packet(in header, octets[8..40], (IPProtocol)next, fragmentOffset, announced, rest);
                return OperationStatus.Done;
            }
        }

        return OperationStatus.InvalidData;
    }
}

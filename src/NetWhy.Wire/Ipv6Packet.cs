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

/// <summary>An IPv6 packet viewed where it lies, its extension headers passed.</summary>
/// <remarks>
/// <see cref="Read"/> makes the only checks; after <see cref="OperationStatus.Done"/> no member can throw. Where the extension
/// headers are broken or cut short, <see cref="Protocol"/> is the header that could not be passed, and
/// <see cref="ExtensionsStatus"/> says why. Source: RFC 8200.
/// </remarks>
public readonly ref struct Ipv6Packet
{
    private const int AddressSize = 16;

    private readonly ref readonly Ipv6Header _header;
    private readonly ReadOnlySpan<byte> _addresses;
    private readonly ReadOnlySpan<byte> _behindHeader;
    private readonly int _announced;

    private Ipv6Packet(ref readonly Ipv6Header header, ReadOnlySpan<byte> addresses, ReadOnlySpan<byte> behindHeader, int announced)
    {
        _header = ref header;
        _addresses = addresses;
        _behindHeader = behindHeader;
        _announced = announced;
        Ipv6Extensions extensions = Extensions;
        while (extensions.MoveNext())
        {
            if (!extensions.Current.IsFragment)
                continue;
            IsFragment = true;
            FragmentOffset = extensions.Current.FragmentOffset;
            HasMoreFragments = extensions.Current.HasMoreFragments;
            FragmentIdentification = extensions.Current.FragmentIdentification;
        }

        Protocol = extensions.NextHeader;
        Payload = extensions.Rest;
        PayloadLength = extensions.RestLength;
        ExtensionsStatus = extensions.Status;
    }

    /// <summary>Differentiated services and ECN (RFC 2474, RFC 3168).</summary>
    public byte TrafficClass => (byte)(_header.VersionClassAndLabel >> 20);

    /// <summary>Differentiated services code point, 0 to 63. Source: RFC 2474.</summary>
    public int Dscp => TrafficClass >> 2;

    /// <summary>Explicit congestion notification: 0 not capable, 1 and 2 capable, 3 congestion experienced. Source: RFC 3168.</summary>
    public int Ecn => TrafficClass & 3;

    /// <summary>Number that the packets of a flow share. Source: RFC 6437.</summary>
    public int FlowLabel => (int)(_header.VersionClassAndLabel & 0xfffff);

    /// <summary>Length of all that follows the 40 octets as the header has it, in octets; 0 for a jumbogram.</summary>
    public ushort Length => _header.PayloadLength;

    /// <summary>What follows the 40 octets: the first extension header, or the payload.</summary>
    public IPProtocol NextHeader => (IPProtocol)_header.NextHeader;

    /// <inheritdoc cref="Ipv6Header.HopLimit"/>
    public byte HopLimit => _header.HopLimit;

    /// <summary>The extension headers.</summary>
    public Ipv6Extensions Extensions => new(NextHeader, _behindHeader, _announced);

    /// <summary>How the walk over the extension headers ended.</summary>
    /// <inheritdoc cref="Ipv6Extensions.Status"/>
    public OperationStatus ExtensionsStatus { get; }

    /// <summary>What <see cref="Payload"/> is, after the extension headers.</summary>
    public IPProtocol Protocol { get; }

    /// <summary>Whether there is a fragment header.</summary>
    public bool IsFragment { get; }

    /// <summary>Where this fragment belongs, in octets; 0 for a whole packet and for the first fragment.</summary>
    public int FragmentOffset { get; }

    /// <summary>Whether fragments follow this one.</summary>
    public bool HasMoreFragments { get; }

    /// <summary>Number that fragments of one packet share; 0 without fragment header.</summary>
    public uint FragmentIdentification { get; }

    /// <summary>Length of the payload as the header has it, in octets; that of the capture if the header has none.</summary>
    public int PayloadLength { get; }

    /// <summary>The octets after the last extension header that were captured.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>The sender's address, where it lies: sixteen octets.</summary>
    public ReadOnlySpan<byte> SourceOctets => _addresses[..AddressSize];

    /// <summary>The receiver's address, where it lies: sixteen octets.</summary>
    public ReadOnlySpan<byte> DestinationOctets => _addresses[AddressSize..];

    /// <summary>Copies the sender's address.</summary>
    public IPAddress Source => new(SourceOctets);

    /// <summary>Copies the receiver's address.</summary>
    public IPAddress Destination => new(DestinationOctets);

    /// <summary>Views the packet that starts at the first octet of <paramref name="octets"/>.</summary>
    /// <param name="octets">What the link carried; octets after the packet are ignored.</param>
    /// <param name="packet">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.NeedMoreData"/> if the 40 octets are cut short, or
    /// <see cref="OperationStatus.InvalidData"/> if it is not IPv6.
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
        packet = new Ipv6Packet(
            in header, octets[8..Ipv6Header.Size], octets[Ipv6Header.Size..Math.Min(Ipv6Header.Size + announced, octets.Length)], announced);
        return OperationStatus.Done;
    }
}

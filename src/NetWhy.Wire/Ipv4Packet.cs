using System.Buffers;
using System.Net;
using System.Runtime.InteropServices;

namespace NetWhy.Wire;

/// <summary>The twenty octets that start an IPv4 packet. The declaration is the wire layout.</summary>
/// <remarks>
/// <code>
///  0     3 4     7 8            15 16   18 19                   31
/// +-------+-------+---------------+---------------------------------+
/// |Version|  IHL  |Type of Service|          Total Length           |
/// +-------+-------+---------------+-------+-------------------------+
/// |        Identification         | Flags |     Fragment Offset     |
/// +---------------+---------------+-------+-------------------------+
/// |  Time to Live |   Protocol    |         Header Checksum         |
/// +---------------+---------------+---------------------------------+
/// |                         Source Address                          |
/// +-----------------------------------------------------------------+
/// |                       Destination Address                       |
/// +-----------------------------------------------------------------+
/// </code>
/// Source: RFC 791, section 3.1.
/// </remarks>
/// <param name="VersionAndHeaderLength">4 in the upper half, header length in 32-bit words in the lower.</param>
/// <param name="TypeOfService">DSCP and ECN (RFC 2474, RFC 3168).</param>
/// <param name="TotalLength">Length of header and payload, in octets; 0 in a capture of a packet joined beyond 64 KiB.</param>
/// <param name="Identification">Number that fragments of one packet share.</param>
/// <param name="FlagsAndFragmentOffset">Three flags, then the offset in units of 8 octets.</param>
/// <param name="TimeToLive">Hops that the packet may still take.</param>
/// <param name="Protocol">What the payload is.</param>
/// <param name="Checksum">Internet checksum over the header.</param>
/// <param name="SourceAddress">Sender, as a number.</param>
/// <param name="DestinationAddress">Receiver, as a number.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
public readonly record struct Ipv4Header(
    byte VersionAndHeaderLength,
    byte TypeOfService,
    UInt16BigEndian TotalLength,
    UInt16BigEndian Identification,
    UInt16BigEndian FlagsAndFragmentOffset,
    byte TimeToLive,
    IPProtocol Protocol,
    UInt16BigEndian Checksum,
    UInt32BigEndian SourceAddress,
    UInt32BigEndian DestinationAddress)
{
    /// <summary>Length of the header without options, in octets.</summary>
    public const int Size = 20;
}

/// <summary>An IPv4 packet viewed where it lies: reading it copies nothing and allocates nothing.</summary>
/// <remarks>
/// <see cref="Read"/> makes the only checks; after <see cref="OperationStatus.Done"/> no member can throw.
/// Source: RFC 791.
/// </remarks>
public readonly ref struct Ipv4Packet
{
    private const int AddressSize = 4;

    private readonly ref readonly Ipv4Header _header;
    private readonly ReadOnlySpan<byte> _capturedHeader;

    private Ipv4Packet(ref readonly Ipv4Header header, ReadOnlySpan<byte> capturedHeader, ReadOnlySpan<byte> payload)
    {
        _header = ref header;
        _capturedHeader = capturedHeader;
        Payload = payload;
    }

    /// <summary>Differentiated services code point, 0 to 63. Source: RFC 2474.</summary>
    public int Dscp => _header.TypeOfService >> 2;

    /// <summary>Explicit congestion notification: 0 not capable, 1 and 2 capable, 3 congestion experienced. Source: RFC 3168.</summary>
    public int Ecn => _header.TypeOfService & 3;

    /// <inheritdoc cref="Ipv4Header.TotalLength"/>
    public ushort TotalLength => _header.TotalLength;

    /// <inheritdoc cref="Ipv4Header.Identification"/>
    public ushort Identification => _header.Identification;

    /// <inheritdoc cref="Ipv4Header.TimeToLive"/>
    public byte TimeToLive => _header.TimeToLive;

    /// <inheritdoc cref="Ipv4Header.Protocol"/>
    public IPProtocol Protocol => _header.Protocol;

    /// <inheritdoc cref="Ipv4Header.Checksum"/>
    public ushort Checksum => _header.Checksum;

    /// <summary>Whether the checksum fits the header; null if the header was not captured whole.</summary>
    public bool? IsChecksumRight => _capturedHeader.Length < HeaderLength ? null : InternetChecksum.Of(_capturedHeader) == 0;

    /// <summary>Length of the header with its options, in octets.</summary>
    public int HeaderLength => (_header.VersionAndHeaderLength & 0xf) * 4;

    /// <summary>Whether the bit is set that means nothing and must be 0.</summary>
    public bool HasReservedFlag => (_header.FlagsAndFragmentOffset & 0x8000) != 0;

    /// <summary>Whether routers may not fragment the packet.</summary>
    public bool DontFragment => (_header.FlagsAndFragmentOffset & 0x4000) != 0;

    /// <summary>Whether fragments follow this one.</summary>
    public bool HasMoreFragments => (_header.FlagsAndFragmentOffset & 0x2000) != 0;

    /// <summary>Where this fragment belongs, in octets; 0 for a whole packet and for the first fragment.</summary>
    public int FragmentOffset => (_header.FlagsAndFragmentOffset & 0x1fff) * 8;

    /// <summary>Whether this is a part of a packet.</summary>
    public bool IsFragment => HasMoreFragments || FragmentOffset > 0;

    /// <summary>The options that were captured.</summary>
    public Ipv4Options Options => new(_capturedHeader[Ipv4Header.Size..], HeaderLength - Ipv4Header.Size);

    /// <summary>The octets after the header that were captured, link padding left out.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>Length of the payload as the header has it, in octets; that of the capture if the header has none.</summary>
    public int PayloadLength => TotalLength == 0 ? Payload.Length : TotalLength - HeaderLength;

    /// <summary>The sender's address, where it lies: four octets.</summary>
    public ReadOnlySpan<byte> SourceOctets => _capturedHeader.Slice(12, AddressSize);

    /// <summary>The receiver's address, where it lies: four octets.</summary>
    public ReadOnlySpan<byte> DestinationOctets => _capturedHeader.Slice(16, AddressSize);

    /// <summary>Copies the sender's address.</summary>
    public IPAddress Source => new(SourceOctets);

    /// <summary>Copies the receiver's address.</summary>
    public IPAddress Destination => new(DestinationOctets);

    /// <summary>Views the packet that starts at the first octet of <paramref name="octets"/>.</summary>
    /// <param name="octets">What the link carried; octets after the packet are ignored.</param>
    /// <param name="packet">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, also if options are cut short by the capture;
    /// <see cref="OperationStatus.NeedMoreData"/> if the header before them is; <see cref="OperationStatus.InvalidData"/>
    /// if it is not IPv4 or its lengths deny each other.
    /// </returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, out Ipv4Packet packet)
    {
        packet = default;
        if (octets.Length < Ipv4Header.Size)
            return OperationStatus.NeedMoreData;

        ref readonly Ipv4Header header = ref MemoryMarshal.AsRef<Ipv4Header>(octets);
        int headerLength = (header.VersionAndHeaderLength & 0xf) * 4;
        int length = header.TotalLength == 0 ? Math.Max(octets.Length, headerLength) : header.TotalLength;
        if (header.VersionAndHeaderLength >> 4 != 4 || headerLength < Ipv4Header.Size || length < headerLength)
            return OperationStatus.InvalidData;

        int headerEnd = Math.Min(headerLength, octets.Length);
        packet = new Ipv4Packet(in header, octets[..headerEnd], octets[headerEnd..Math.Min(length, octets.Length)]);
        return OperationStatus.Done;
    }
}

using System.Buffers;
using System.Runtime.InteropServices;

namespace NetWhy.Wire;

/// <summary>The eight octets that start a UDP datagram. The declaration is the wire layout.</summary>
/// <remarks>
/// <code>
///  0      7 8     15 16    23 24    31
/// +--------+--------+--------+--------+
/// |   Source Port   | Destination Port|
/// +--------+--------+--------+--------+
/// |     Length      |    Checksum     |
/// +--------+--------+--------+--------+
/// </code>
/// Source: RFC 768.
/// </remarks>
/// <param name="SourcePort">Port that replies go to; 0 if the sender wants none.</param>
/// <param name="DestinationPort">Port that the datagram goes to.</param>
/// <param name="Length">Length of header and data, in octets; 0 in a jumbogram (RFC 2675).</param>
/// <param name="Checksum">Internet checksum over pseudo-header, header and data; 0 if the sender made none.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
public readonly record struct UdpHeader(
    UInt16BigEndian SourcePort,
    UInt16BigEndian DestinationPort,
    UInt16BigEndian Length,
    UInt16BigEndian Checksum)
{
    /// <summary>Length of the header, in octets.</summary>
    public const int Size = 8;
}

/// <summary>A UDP datagram viewed where it lies: reading it copies nothing and allocates nothing.</summary>
/// <remarks>
/// <see cref="Read"/> makes the only checks; after <see cref="OperationStatus.Done"/> no member can throw. A capture often
/// holds less than was sent: <see cref="Payload"/> is what was captured, <see cref="Length"/> what the sender says.
/// Source: RFC 768.
/// </remarks>
public readonly ref struct UdpDatagram
{
    private readonly ref readonly UdpHeader _header;

    private UdpDatagram(ref readonly UdpHeader header, ReadOnlySpan<byte> payload)
    {
        _header = ref header;
        Payload = payload;
    }

    /// <inheritdoc cref="UdpHeader.SourcePort"/>
    public ushort SourcePort => _header.SourcePort;

    /// <inheritdoc cref="UdpHeader.DestinationPort"/>
    public ushort DestinationPort => _header.DestinationPort;

    /// <inheritdoc cref="UdpHeader.Length"/>
    public ushort Length => _header.Length;

    /// <inheritdoc cref="UdpHeader.Checksum"/>
    public ushort Checksum => _header.Checksum;

    /// <summary>Length of the data as the header has it, in octets; that of the capture in a jumbogram.</summary>
    public int PayloadLength => Length == 0 ? Payload.Length : Length - UdpHeader.Size;

    /// <summary>The data octets that were captured.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>Whether the sender sent more data than was captured.</summary>
    public bool IsTruncated => Payload.Length < PayloadLength;

    /// <summary>Views the datagram that starts at the first octet of <paramref name="octets"/>.</summary>
    /// <param name="octets">The payload of an IP packet; octets behind the datagram are ignored.</param>
    /// <param name="datagram">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.NeedMoreData"/> if the header itself is cut
    /// short, or <see cref="OperationStatus.InvalidData"/> if the length denies the header that holds it.
    /// </returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, out UdpDatagram datagram)
    {
        datagram = default;
        if (octets.Length < UdpHeader.Size)
            return OperationStatus.NeedMoreData;

        ref readonly UdpHeader header = ref MemoryMarshal.AsRef<UdpHeader>(octets);
        int length = header.Length == 0 ? octets.Length : header.Length;
        if (length < UdpHeader.Size)
            return OperationStatus.InvalidData;

        datagram = new UdpDatagram(in header, octets[UdpHeader.Size..Math.Min(length, octets.Length)]);
        return OperationStatus.Done;
    }
}

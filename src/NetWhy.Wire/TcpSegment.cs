using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace NetWhy.Wire;

/// <summary>The twenty octets that start a TCP segment. The declaration is the wire layout.</summary>
/// <remarks>
/// <code>
///  0      3 4      7 8            15 16                            31
/// +---------------------------------+---------------------------------+
/// |           Source Port           |        Destination Port         |
/// +---------------------------------+---------------------------------+
/// |                          Sequence Number                          |
/// +-------------------------------------------------------------------+
/// |                      Acknowledgment Number                        |
/// +--------+--------+---------------+---------------------------------+
/// | Offset |Reserved|     Flags     |             Window              |
/// +--------+--------+---------------+---------------------------------+
/// |             Checksum            |         Urgent Pointer          |
/// +---------------------------------+---------------------------------+
/// </code>
/// Source: RFC 9293, section 3.1.
/// </remarks>
/// <param name="SourcePort">Sender's port.</param>
/// <param name="DestinationPort">Receiver's port.</param>
/// <param name="SequenceNumber">Number of the first octet of data, or of the SYN.</param>
/// <param name="AcknowledgmentNumber">Next octet that the sender expects; means something only with ACK.</param>
/// <param name="DataOffset">Length of the header in 32-bit words in the upper half.</param>
/// <param name="Flags">Control bits.</param>
/// <param name="Window">Octets that the sender can take, before scaling.</param>
/// <param name="Checksum">Internet checksum over pseudo-header, header and data.</param>
/// <param name="UrgentPointer">Offset of urgent data.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
public readonly record struct TcpHeader(
    UInt16BigEndian SourcePort,
    UInt16BigEndian DestinationPort,
    UInt32BigEndian SequenceNumber,
    UInt32BigEndian AcknowledgmentNumber,
    byte DataOffset,
    TcpFlags Flags,
    UInt16BigEndian Window,
    UInt16BigEndian Checksum,
    UInt16BigEndian UrgentPointer)
{
    /// <summary>Length of the header without options, in octets.</summary>
    public const int Size = 20;
}

/// <summary>Control bits of a TCP segment. Source: RFC 9293, section 3.1; RFC 3168.</summary>
[Flags]
public enum TcpFlags : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>No more data from the sender.</summary>
    Fin = 0x01,

    /// <summary>Start of a connection.</summary>
    Syn = 0x02,

    /// <summary>The connection is refused or aborted.</summary>
    Rst = 0x04,

    /// <summary>Data is to be handed over at once.</summary>
    Psh = 0x08,

    /// <summary>The acknowledgment number means something.</summary>
    Ack = 0x10,

    /// <summary>The urgent pointer means something.</summary>
    Urg = 0x20,

    /// <summary>Echo of congestion experienced.</summary>
    Ece = 0x40,

    /// <summary>Congestion window reduced.</summary>
    Cwr = 0x80,
}

/// <summary>A TCP segment viewed where it lies: reading it copies nothing and allocates nothing.</summary>
/// <remarks>
/// <see cref="Read"/> makes the only checks; after <see cref="OperationStatus.Done"/> no member can throw.
/// Source: RFC 9293; options: RFC 7323 (window scale, timestamps), RFC 2018 (SACK).
/// </remarks>
public readonly ref struct TcpSegment
{
    private readonly ref readonly TcpHeader _header;

    private TcpSegment(ref readonly TcpHeader header, ReadOnlySpan<byte> options, ReadOnlySpan<byte> payload)
    {
        _header = ref header;
        Options = options;
        Payload = payload;
    }

    /// <inheritdoc cref="TcpHeader.SourcePort"/>
    public ushort SourcePort => _header.SourcePort;

    /// <inheritdoc cref="TcpHeader.DestinationPort"/>
    public ushort DestinationPort => _header.DestinationPort;

    /// <inheritdoc cref="TcpHeader.SequenceNumber"/>
    public uint SequenceNumber => _header.SequenceNumber;

    /// <inheritdoc cref="TcpHeader.AcknowledgmentNumber"/>
    public uint AcknowledgmentNumber => _header.AcknowledgmentNumber;

    /// <inheritdoc cref="TcpHeader.Flags"/>
    public TcpFlags Flags => _header.Flags;

    /// <inheritdoc cref="TcpHeader.Window"/>
    public ushort Window => _header.Window;

    /// <inheritdoc cref="TcpHeader.Checksum"/>
    public ushort Checksum => _header.Checksum;

    /// <inheritdoc cref="TcpHeader.UrgentPointer"/>
    public ushort UrgentPointer => _header.UrgentPointer;

    /// <summary>Whether the bit is set that counts with <see cref="TcpFlags.Ece"/> and <see cref="TcpFlags.Cwr"/> in accurate ECN.</summary>
    /// <remarks>Source: RFC 9768; RFC 3540 had it for nonces.</remarks>
    public bool HasAccurateEcn => (_header.DataOffset & 1) != 0;

    /// <summary>Length of the header with its options, in octets.</summary>
    public int HeaderLength => (_header.DataOffset >> 4) * 4;

    /// <summary>The options that were captured, as they lie.</summary>
    public ReadOnlySpan<byte> Options { get; }

    /// <summary>Whether timestamps are the only option, padded as nearly all stacks do it: then they begin behind four octets.</summary>
    /// <remarks>Source: RFC 7323, appendix A.</remarks>
    public bool HasOnlyTimestamps => Options.Length == 12 && BinaryPrimitives.ReadUInt32BigEndian(Options) == 0x0101080a;

    /// <summary>The options, one by one.</summary>
    public TcpOptions EnumerateOptions() => new(Options, HeaderLength - TcpHeader.Size);

    /// <summary>The data that was captured.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>Maximum segment size that the sender can take, in octets; null without the option.</summary>
    public int? MaximumSegmentSize => Find(TcpOptionKind.MaximumSegmentSize).MaximumSegmentSize;

    /// <summary>How many bits the sender's window is shifted; null without the option.</summary>
    public int? WindowScale => Find(TcpOptionKind.WindowScale).WindowScale;

    /// <summary>Whether the sender understands selective acknowledgments.</summary>
    public bool SackPermitted => Find(TcpOptionKind.SackPermitted).IsPresent;

    /// <summary>Whether the segment carries timestamps.</summary>
    public bool HasTimestamps => Timestamps is not null;

    /// <summary>The timestamps; null without the option.</summary>
    public TcpTimestamps? Timestamps => Find(TcpOptionKind.Timestamps).Timestamps;

    /// <summary>What was received beyond a gap; empty without the option.</summary>
    public ReadOnlySpan<SackBlock> SackBlocks => Find(TcpOptionKind.SackBlocks).SackBlocks;

    /// <summary>Whether its checksum is right; null if not all of it was captured.</summary>
    /// <param name="pseudoHeader">Sum of the addresses, the protocol and the length.</param>
    /// <param name="length">How much data it has.</param>
    /// <remarks>Source: RFC 9293, section 3.1.</remarks>
    public bool? HasRightChecksum(uint pseudoHeader, int length)
    {
        if (Options.Length != HeaderLength - TcpHeader.Size || Payload.Length < length)
            return null;
        uint sum = InternetChecksum.Sum(MemoryMarshal.AsBytes(new ReadOnlySpan<TcpHeader>(in _header))) + InternetChecksum.Sum(Options);
        return InternetChecksum.Of(Payload[..length], sum + pseudoHeader) == 0;
    }

    /// <summary>Views the segment that starts at the first octet of <paramref name="octets"/>.</summary>
    /// <param name="octets">The payload of an IP packet, or the part of it that was captured.</param>
    /// <param name="segment">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, also if options are cut short by the capture;
    /// <see cref="OperationStatus.NeedMoreData"/> if the header itself is; <see cref="OperationStatus.InvalidData"/>
    /// if the data offset denies the header that holds it.
    /// </returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, out TcpSegment segment)
    {
        segment = default;
        if (octets.Length < TcpHeader.Size)
            return OperationStatus.NeedMoreData;

        ref readonly TcpHeader header = ref MemoryMarshal.AsRef<TcpHeader>(octets);
        int headerLength = (header.DataOffset >> 4) * 4;
        if (headerLength < TcpHeader.Size)
            return OperationStatus.InvalidData;

        int end = Math.Min(headerLength, octets.Length);
        segment = new TcpSegment(in header, octets[TcpHeader.Size..end], octets[end..]);
        return OperationStatus.Done;
    }

    private TcpOption Find(TcpOptionKind kind)
    {
        foreach (TcpOption option in EnumerateOptions())
        {
            if (option.Kind == kind && !option.IsTruncated)
                return option;
        }

        return default;
    }
}

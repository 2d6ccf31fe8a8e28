using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace NetWhy.Wire;

/// <summary>The twelve octets that start an SCTP packet. The declaration is the wire layout.</summary>
/// <remarks>Source: RFC 9260, section 3.1.</remarks>
/// <param name="SourcePort">Sender's port.</param>
/// <param name="DestinationPort">Receiver's port.</param>
/// <param name="VerificationTag">Number that the receiver chose; 0 with INIT.</param>
/// <param name="Checksum">CRC32c over the packet.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
public readonly record struct SctpHeader(
    UInt16BigEndian SourcePort, UInt16BigEndian DestinationPort, UInt32BigEndian VerificationTag, UInt32BigEndian Checksum)
{
    /// <summary>Length of the header, in octets.</summary>
    public const int Size = 12;
}

/// <summary>Types of SCTP chunks. Source: IANA, "SCTP Chunk Types".</summary>
public enum SctpChunkType : byte
{
    /// <summary>DATA.</summary>
    Data = 0,

    /// <summary>INIT.</summary>
    Init = 1,

    /// <summary>INIT ACK.</summary>
    InitAck = 2,

    /// <summary>SACK.</summary>
    Sack = 3,

    /// <summary>HEARTBEAT.</summary>
    Heartbeat = 4,

    /// <summary>HEARTBEAT ACK.</summary>
    HeartbeatAck = 5,

    /// <summary>ABORT.</summary>
    Abort = 6,

    /// <summary>SHUTDOWN.</summary>
    Shutdown = 7,

    /// <summary>SHUTDOWN ACK.</summary>
    ShutdownAck = 8,

    /// <summary>ERROR.</summary>
    Error = 9,

    /// <summary>COOKIE ECHO.</summary>
    CookieEcho = 10,

    /// <summary>COOKIE ACK.</summary>
    CookieAck = 11,

    /// <summary>SHUTDOWN COMPLETE.</summary>
    ShutdownComplete = 14,
}

/// <summary>An SCTP packet viewed where it lies.</summary>
/// <remarks><see cref="Read"/> makes the only checks; after <see cref="OperationStatus.Done"/> no member can throw.</remarks>
public readonly ref struct SctpPacket
{
    private readonly ref readonly SctpHeader _header;
    private readonly ReadOnlySpan<byte> _chunks;

    private SctpPacket(ref readonly SctpHeader header, ReadOnlySpan<byte> chunks)
    {
        _header = ref header;
        _chunks = chunks;
    }

    /// <inheritdoc cref="SctpHeader.SourcePort"/>
    public ushort SourcePort => _header.SourcePort;

    /// <inheritdoc cref="SctpHeader.DestinationPort"/>
    public ushort DestinationPort => _header.DestinationPort;

    /// <inheritdoc cref="SctpHeader.VerificationTag"/>
    public uint VerificationTag => _header.VerificationTag;

    /// <inheritdoc cref="SctpHeader.Checksum"/>
    public uint Checksum => _header.Checksum;

    /// <summary>The chunks.</summary>
    public SctpChunks Chunks => new(_chunks);

    /// <summary>Views the packet.</summary>
    /// <param name="octets">The payload of an IP packet.</param>
    /// <param name="packet">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns><see cref="OperationStatus.Done"/>, or <see cref="OperationStatus.NeedMoreData"/> if the header is cut short.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, out SctpPacket packet)
    {
        packet = default;
        if (octets.Length < SctpHeader.Size)
            return OperationStatus.NeedMoreData;
        packet = new SctpPacket(in MemoryMarshal.AsRef<SctpHeader>(octets), octets[SctpHeader.Size..]);
        return OperationStatus.Done;
    }
}

/// <summary>A chunk of SCTP viewed where it lies.</summary>
/// <remarks>A member that belongs to another type, or was not captured, is null. Source: RFC 9260, section 3.3.</remarks>
public readonly ref struct SctpChunk
{
    internal const int HeaderSize = 4;

    private readonly ReadOnlySpan<byte> _octets; // four at least

    internal SctpChunk(ReadOnlySpan<byte> octets) => _octets = octets;

    /// <summary>What it is.</summary>
    public SctpChunkType Type => (SctpChunkType)_octets[0];

    /// <summary>Flags; what they mean depends on the type.</summary>
    public byte Flags => _octets[1];

    /// <summary>Length with its header and without padding, in octets.</summary>
    public ushort Length => BinaryPrimitives.ReadUInt16BigEndian(_octets[2..]);

    /// <summary>What was captured behind its header.</summary>
    public ReadOnlySpan<byte> Value => _octets[HeaderSize..];

    /// <summary>Whether more of it was sent than captured.</summary>
    public bool IsTruncated => _octets.Length < Length;

    /// <summary>Number of the data of a DATA chunk; the one behind which all is missing, of SACK and SHUTDOWN; the first one, of INIT.</summary>
    public uint? TransmissionSequenceNumber => Type switch
    {
        SctpChunkType.Data or SctpChunkType.Sack or SctpChunkType.Shutdown => Number(0),
        SctpChunkType.Init or SctpChunkType.InitAck => Number(12),
        _ => null,
    };

    /// <summary>Number of the stream of a DATA chunk.</summary>
    public ushort? StreamId => Type is SctpChunkType.Data && Value.Length >= 6 ? BinaryPrimitives.ReadUInt16BigEndian(Value[4..]) : null;

    /// <summary>What the data of a DATA chunk is. Source: IANA, "SCTP Payload Protocol Identifiers".</summary>
    public uint? PayloadProtocol => Type is SctpChunkType.Data ? Number(8) : null;

    /// <summary>Tag that the other side shall use, of INIT and INIT ACK.</summary>
    public uint? InitiateTag => Type is SctpChunkType.Init or SctpChunkType.InitAck ? Number(0) : null;

    /// <summary>Octets that the sender can take, of INIT, INIT ACK and SACK.</summary>
    public uint? ReceiverWindow => Type is SctpChunkType.Init or SctpChunkType.InitAck or SctpChunkType.Sack ? Number(4) : null;

    private uint? Number(int at) => Value.Length >= at + 4 ? BinaryPrimitives.ReadUInt32BigEndian(Value[at..]) : null;
}

/// <summary>Walks the chunks of a packet, forward only and in place.</summary>
public ref struct SctpChunks
{
    private const int Alignment = 4;

    private ReadOnlySpan<byte> _rest;

    internal SctpChunks(ReadOnlySpan<byte> octets) => _rest = octets;

    /// <summary>The chunk just read.</summary>
    public SctpChunk Current { get; private set; }

    /// <summary>
    /// How the walk ended: <see cref="OperationStatus.NeedMoreData"/> within a chunk,
    /// <see cref="OperationStatus.InvalidData"/> at one that denies its own header.
    /// </summary>
    public OperationStatus Status { get; private set; }

    /// <summary>The walk itself, for <c>foreach</c>.</summary>
    public readonly SctpChunks GetEnumerator() => this;

    /// <summary>Moves to the next chunk; of the last one the end may be missing.</summary>
    /// <returns>False at the end; <see cref="Status"/> tells how it ended.</returns>
    public bool MoveNext()
    {
        if (_rest.IsEmpty || Status is not OperationStatus.Done)
            return false;
        int length = _rest.Length < SctpChunk.HeaderSize ? SctpChunk.HeaderSize : BinaryPrimitives.ReadUInt16BigEndian(_rest[2..]);
        if (length < SctpChunk.HeaderSize || _rest.Length < SctpChunk.HeaderSize)
        {
            Status = length < SctpChunk.HeaderSize ? OperationStatus.InvalidData : OperationStatus.NeedMoreData;
            return false;
        }

        if (length > _rest.Length)
            Status = OperationStatus.NeedMoreData;
        Current = new SctpChunk(_rest[..Math.Min(length, _rest.Length)]);
        _rest = _rest[Math.Min((length + Alignment - 1) & ~(Alignment - 1), _rest.Length)..];
        return true;
    }
}

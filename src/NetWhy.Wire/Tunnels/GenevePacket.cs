using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using NetWhy.Wire.Link;

namespace NetWhy.Wire.Tunnels;

/// <summary>The eight octets that start a Geneve packet. The declaration is the wire layout.</summary>
/// <remarks>
/// <code>
/// +---+-----------+-+-+-----------+-------------------------------+
/// |Ver|  Opt Len  |O|C|    Rsvd.  |          Protocol Type        |
/// +---+-----------+-+-+-----------+---------------+---------------+
/// |        Virtual Network Identifier             |    Reserved   |
/// +-----------------------------------------------+---------------+
/// </code>
/// Source: RFC 8926, section 3.4.
/// </remarks>
/// <param name="VersionAndOptionLength">Version in the upper two bits; length of the options in units of four octets.</param>
/// <param name="Flags">0x80 a control packet, 0x40 some option must be understood.</param>
/// <param name="ProtocolType">What the payload is.</param>
/// <param name="NetworkAndReserved">Network identifier in the upper 24 bits.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
public readonly record struct GeneveHeader(byte VersionAndOptionLength, byte Flags, UInt16BigEndian ProtocolType, UInt32BigEndian NetworkAndReserved)
{
    /// <summary>Length of the header without options, in octets.</summary>
    public const int Size = 8;
}

/// <summary>A Geneve packet viewed where it lies.</summary>
/// <remarks><see cref="Read"/> makes the only checks; after <see cref="OperationStatus.Done"/> no member can throw.</remarks>
public readonly ref struct GenevePacket
{
    /// <summary>Port of the receiver. Source: IANA.</summary>
    public const ushort Port = 6081;

    private readonly ref readonly GeneveHeader _header;
    private readonly ReadOnlySpan<byte> _options;

    private GenevePacket(ref readonly GeneveHeader header, ReadOnlySpan<byte> options, ReadOnlySpan<byte> payload)
    {
        _header = ref header;
        _options = options;
        Payload = payload;
    }

    /// <summary>Whether it is about the tunnel itself.</summary>
    public bool IsControl => (_header.Flags & 0x80) != 0;

    /// <summary>Whether it must be dropped by who does not know all of its options.</summary>
    public bool HasCriticalOptions => (_header.Flags & 0x40) != 0;

    /// <summary>What the payload is.</summary>
    public EtherType Type => (EtherType)(ushort)_header.ProtocolType;

    /// <summary>Number of the network, 24 bits.</summary>
    public int NetworkId => (int)(_header.NetworkAndReserved >> 8);

    /// <summary>Length of the header with its options, in octets.</summary>
    public int HeaderLength => GeneveHeader.Size + OptionLength(_header);

    /// <summary>The options.</summary>
    public GeneveOptions Options => new(_options, OptionLength(_header));

    /// <summary>The octets behind the header that were captured.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>Views the packet.</summary>
    /// <param name="octets">The payload of a UDP datagram.</param>
    /// <param name="packet">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, also if options are cut short; <see cref="OperationStatus.NeedMoreData"/> if the
    /// header before them is; <see cref="OperationStatus.InvalidData"/> if it is of another version.
    /// </returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, out GenevePacket packet)
    {
        packet = default;
        if (octets.Length < GeneveHeader.Size)
            return OperationStatus.NeedMoreData;

        ref readonly GeneveHeader header = ref MemoryMarshal.AsRef<GeneveHeader>(octets);
        if (header.VersionAndOptionLength >> 6 != 0)
            return OperationStatus.InvalidData;
        int end = Math.Min(GeneveHeader.Size + OptionLength(header), octets.Length);
        packet = new GenevePacket(in header, octets[GeneveHeader.Size..end], octets[end..]);
        return OperationStatus.Done;
    }

    private static int OptionLength(in GeneveHeader header) => (header.VersionAndOptionLength & 0x3f) * 4;
}

/// <summary>An option of Geneve viewed where it lies. Source: RFC 8926, section 3.5.</summary>
public readonly ref struct GeneveOption
{
    internal const int HeaderSize = 4;

    private readonly ReadOnlySpan<byte> _octets; // four at least

    internal GeneveOption(ReadOnlySpan<byte> octets) => _octets = octets;

    /// <summary>Whose types these are.</summary>
    public ushort Class => BinaryPrimitives.ReadUInt16BigEndian(_octets);

    /// <summary>What it is; the highest bit is <see cref="IsCritical"/>.</summary>
    public byte Type => _octets[2];

    /// <summary>Whether who does not know it must drop the packet.</summary>
    public bool IsCritical => (Type & 0x80) != 0;

    /// <summary>Length of the value as sent, in octets.</summary>
    public int Length => (_octets[3] & 0x1f) * 4;

    /// <summary>What was captured of the value.</summary>
    public ReadOnlySpan<byte> Value => _octets[HeaderSize..];
}

/// <summary>Walks the options of a Geneve packet, forward only and in place.</summary>
public ref struct GeneveOptions
{
    private ReadOnlySpan<byte> _rest;
    private int _said;

    internal GeneveOptions(ReadOnlySpan<byte> octets, int length)
    {
        _rest = octets;
        _said = length;
    }

    /// <summary>The option just read.</summary>
    public GeneveOption Current { get; private set; }

    /// <summary>
    /// How the walk ended: <see cref="OperationStatus.NeedMoreData"/> if the capture cuts it short,
    /// <see cref="OperationStatus.InvalidData"/> if an option is longer than all of them.
    /// </summary>
    public OperationStatus Status { get; private set; }

    /// <summary>The walk itself, for <c>foreach</c>.</summary>
    public readonly GeneveOptions GetEnumerator() => this;

    /// <summary>Moves to the next option; of the last one the end may be missing.</summary>
    /// <returns>False at the end; <see cref="Status"/> tells how it ended.</returns>
    public bool MoveNext()
    {
        if (_said <= 0 || Status is not OperationStatus.Done)
            return false;
        if (_rest.Length < GeneveOption.HeaderSize)
        {
            Status = OperationStatus.NeedMoreData;
            return false;
        }

        int length = GeneveOption.HeaderSize + ((_rest[3] & 0x1f) * 4);
        if (length > _said)
            Status = OperationStatus.InvalidData;
        else if (length > _rest.Length)
            Status = OperationStatus.NeedMoreData;
        int captured = Math.Min(length, _rest.Length);
        Current = new GeneveOption(_rest[..captured]);
        _rest = _rest[captured..];
        _said -= captured;
        return true;
    }
}

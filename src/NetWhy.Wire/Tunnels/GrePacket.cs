using System.Buffers;
using System.Buffers.Binary;
using NetWhy.Wire.Link;

namespace NetWhy.Wire.Tunnels;

/// <summary>A GRE packet viewed where it lies, also of the version that PPTP uses.</summary>
/// <remarks>
/// <code>
/// +-+-+-+-+-+-----+-+-------+-----+-------------------------------+
/// |C|R|K|S|s|Recur|A| Flags | Ver |         Protocol Type         |
/// +-+-+-+-+-+-----+-+-------+-----+-------------------------------+
/// |   C or R: Checksum            |           Offset              |
/// |   K: Key (version 1: length of the payload and call id)       |
/// |   S: Sequence Number                                          |
/// |   A, only in version 1: Acknowledgment Number                 |
/// |   R: source routes, ended by one of length 0                  |
/// +---------------------------------------------------------------+
/// </code>
/// <see cref="Read"/> makes the only checks; after <see cref="OperationStatus.Done"/> no member can throw.
/// Source: RFC 2784, RFC 2890 (key and sequence), RFC 1701 (routes), RFC 2637, section 4.1 (version 1).
/// </remarks>
public readonly ref struct GrePacket
{
    private const int LeastSize = 4;
    private const int RouteHeaderSize = 4;

    private readonly ReadOnlySpan<byte> _header;

    private GrePacket(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload)
    {
        _header = header;
        Payload = payload;
    }

    /// <summary>The first sixteen bits: what is there, and the version.</summary>
    public ushort Flags => BinaryPrimitives.ReadUInt16BigEndian(_header);

    /// <summary>0, or 1 for PPTP.</summary>
    public int Version => Flags & 7;

    /// <summary>What the payload is.</summary>
    public EtherType Type => (EtherType)BinaryPrimitives.ReadUInt16BigEndian(_header[2..]);

    /// <summary>Whether there is a checksum.</summary>
    public bool HasChecksum => Has(0x8000);

    /// <summary>Whether there are source routes.</summary>
    public bool HasRouting => Has(0x4000);

    /// <summary>Checksum over header and payload; null without.</summary>
    public ushort? Checksum => HasChecksum ? BinaryPrimitives.ReadUInt16BigEndian(_header[LeastSize..]) : null;

    /// <summary>Which tunnel of several it is; null without key. In version 1 <see cref="CallId"/> is its lower half.</summary>
    public uint? Key => Has(0x2000) ? BinaryPrimitives.ReadUInt32BigEndian(_header[KeyAt..]) : null;

    /// <summary>The call of PPTP; null in version 0.</summary>
    public ushort? CallId => Version == 1 && Key is { } key ? (ushort)key : null;

    /// <summary>Length of the payload as PPTP says it, in octets; null in version 0.</summary>
    public int? PayloadLength => Version == 1 && Key is { } key ? (int)(key >> 16) : null;

    /// <summary>Number of the packet; null without.</summary>
    public uint? SequenceNumber => Has(0x1000) ? BinaryPrimitives.ReadUInt32BigEndian(_header[SequenceAt..]) : null;

    /// <summary>Number of the last packet received, in version 1; null without.</summary>
    public uint? AcknowledgmentNumber => HasAcknowledgment(Flags) ? BinaryPrimitives.ReadUInt32BigEndian(_header[AcknowledgmentAt..]) : null;

    /// <summary>Length of the header, in octets.</summary>
    public int HeaderLength => _header.Length;

    /// <summary>The octets behind the header that were captured.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    private int KeyAt => LeastSize + ((Flags & 0xc000) != 0 ? 4 : 0);

    private int SequenceAt => KeyAt + (Has(0x2000) ? 4 : 0);

    private int AcknowledgmentAt => SequenceAt + (Has(0x1000) ? 4 : 0);

    /// <summary>Views the packet.</summary>
    /// <param name="octets">The payload of an IP packet.</param>
    /// <param name="packet">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.NeedMoreData"/> if the header is cut short, or
    /// <see cref="OperationStatus.InvalidData"/> if it is of another version.
    /// </returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, out GrePacket packet)
    {
        packet = default;
        if (octets.Length < LeastSize)
            return OperationStatus.NeedMoreData;

        int flags = BinaryPrimitives.ReadUInt16BigEndian(octets);
        if ((flags & 7) > 1)
            return OperationStatus.InvalidData;
        int length = LengthOf(flags);
        if ((flags & 0x4000) != 0)
            length += LengthOfRoutes(octets[Math.Min(length, octets.Length)..]);
        if (octets.Length < length)
            return OperationStatus.NeedMoreData;

        packet = new GrePacket(octets[..length], octets[length..]);
        return OperationStatus.Done;
    }

    /// <summary>Length of a header without the routes that may follow it, in octets.</summary>
    /// <param name="flags">Its first two octets.</param>
    public static int LengthOf(int flags) => LeastSize + ((flags & 0xc000) != 0 ? 4 : 0) + ((flags & 0x2000) != 0 ? 4 : 0) + ((flags & 0x1000) != 0 ? 4 : 0)
        + (HasAcknowledgment(flags) ? 4 : 0);

    private bool Has(int flag) => (Flags & flag) != 0;

    private static bool HasAcknowledgment(int flags) => (flags & 7) == 1 && (flags & 0x0080) != 0;

    // Each route has its own header: address family, offset, length. The last one is of family and length 0.
    private static int LengthOfRoutes(ReadOnlySpan<byte> octets)
    {
        int at = 0;
        while (octets.Length - at >= RouteHeaderSize)
        {
            int length = octets[at + 3];
            at += RouteHeaderSize + length;
            if (length == 0)
                return at;
        }

        return octets.Length + 1; // cut short
    }
}

using System.Buffers;
using System.Runtime.InteropServices;

namespace NetWhy.Wire.Link;

/// <summary>The fourteen octets that start an Ethernet frame. The declaration is the wire layout.</summary>
/// <remarks>Source: IEEE 802.3, section 3.1.1.</remarks>
/// <param name="Destination">Receiver.</param>
/// <param name="Source">Sender.</param>
/// <param name="TypeOrLength">At most 1500: length of the payload, in octets; from 1536 on: an <see cref="EtherType"/>.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
public readonly record struct EthernetHeader(MacAddress Destination, MacAddress Source, UInt16BigEndian TypeOrLength)
{
    /// <summary>Length of the header without tags, in octets.</summary>
    public const int Size = 14;
}

/// <summary>A tag that puts a frame into a VLAN. The declaration is the wire layout.</summary>
/// <remarks>
/// <code>
/// +-------------------------------+-----+-+-----------------------+
/// |     Tag Protocol Identifier   | PCP |D|   VLAN Identifier     |
/// +-------------------------------+-----+-+-----------------------+
/// </code>
/// Source: IEEE 802.1Q, section 9.6.
/// </remarks>
/// <param name="Protocol">The type that says that this is a tag.</param>
/// <param name="Control">Priority, eligibility and identifier.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
public readonly record struct VlanTag(UInt16BigEndian Protocol, UInt16BigEndian Control)
{
    /// <summary>Length of a tag, in octets.</summary>
    public const int Size = 4;

    /// <summary>Number of the VLAN; 0 for none, only a priority.</summary>
    public int Id => Control & 0xfff;

    /// <summary>Priority, 0 to 7.</summary>
    public int Priority => Control >> 13;

    /// <summary>Whether the frame may be dropped before others.</summary>
    public bool IsDropEligible => (Control & 0x1000) != 0;

    /// <summary>Whether a type says that a tag follows.</summary>
    /// <param name="type">The type.</param>
    public static bool IsTag(EtherType type) =>
        type is EtherType.Vlan or EtherType.ProviderVlan or EtherType.OuterVlan9100 or EtherType.OuterVlan9200;
}

/// <summary>An Ethernet frame viewed where it lies, its tags passed: reading it copies nothing and allocates nothing.</summary>
/// <remarks>
/// <see cref="Read"/> makes the only checks; after <see cref="OperationStatus.Done"/> no member can throw. A tag that was
/// not captured whole is no tag: then <see cref="Type"/> is that of the tag. Source: IEEE 802.3, IEEE 802.1Q.
/// </remarks>
public readonly ref struct EthernetFrame
{
    /// <summary>The greatest value of the type that is a length, in octets.</summary>
    public const int LongestLength = 1500;

    private readonly ref readonly EthernetHeader _header;

    private EthernetFrame(ref readonly EthernetHeader header, ReadOnlySpan<VlanTag> tags, ushort typeOrLength, ReadOnlySpan<byte> payload)
    {
        _header = ref header;
        Tags = tags;
        TypeOrLength = typeOrLength;
        Payload = payload;
    }

    /// <inheritdoc cref="EthernetHeader.Destination"/>
    public MacAddress Destination => _header.Destination;

    /// <inheritdoc cref="EthernetHeader.Source"/>
    public MacAddress Source => _header.Source;

    /// <summary>The tags, the outer one first.</summary>
    public ReadOnlySpan<VlanTag> Tags { get; }

    /// <summary>Type or length behind the tags, as sent.</summary>
    public ushort TypeOrLength { get; }

    /// <summary>What the payload is; <see cref="EtherType.None"/> if it begins with an LLC header (<see cref="LlcPacket"/>).</summary>
    public EtherType Type => TypeOrLength <= LongestLength ? EtherType.None : (EtherType)TypeOrLength;

    /// <summary>Length of the payload of a frame of IEEE 802.3, in octets; null if the frame has a type.</summary>
    public int? Length => TypeOrLength <= LongestLength ? TypeOrLength : null;

    /// <summary>Length of the header with its tags, in octets.</summary>
    public int HeaderLength => EthernetHeader.Size + (Tags.Length * VlanTag.Size);

    /// <summary>The octets behind the header that were captured; with <see cref="Length"/>, without padding.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>Views the frame that starts at the first octet of <paramref name="octets"/>.</summary>
    /// <param name="octets">What was captured of the frame, from its destination on.</param>
    /// <param name="frame">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns><see cref="OperationStatus.Done"/>, or <see cref="OperationStatus.NeedMoreData"/> if the header is cut short.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, out EthernetFrame frame)
    {
        frame = default;
        if (octets.Length < EthernetHeader.Size)
            return OperationStatus.NeedMoreData;

        ref readonly EthernetHeader header = ref MemoryMarshal.AsRef<EthernetHeader>(octets);
        ushort type = header.TypeOrLength;
        int at = EthernetHeader.Size;
        while (VlanTag.IsTag((EtherType)type) && octets.Length - at >= VlanTag.Size)
        {
            type = MemoryMarshal.Read<UInt16BigEndian>(octets[(at + 2)..]);
            at += VlanTag.Size;
        }

        // The type of a tag stands before it: tags are the pairs from the first type on.
        ReadOnlySpan<VlanTag> tags = MemoryMarshal.Cast<byte, VlanTag>(octets[(EthernetHeader.Size - 2)..(at - 2)]);
        int end = type <= LongestLength ? Math.Min(octets.Length, at + type) : octets.Length;
        frame = new EthernetFrame(in header, tags, type, octets[at..end]);
        return OperationStatus.Done;
    }
}

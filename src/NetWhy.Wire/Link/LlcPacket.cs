using System.Buffers;
using System.Runtime.InteropServices;

namespace NetWhy.Wire.Link;

/// <summary>The header of IEEE 802.2 and, where it says so, that of SNAP, viewed where they lie.</summary>
/// <remarks>
/// <code>
/// +--------+--------+-----------------+---------------------------+----------------+
/// |  DSAP  |  SSAP  | Control, 1 or 2 | SNAP: Organization, 3     | Protocol, 2    |
/// +--------+--------+-----------------+---------------------------+----------------+
/// </code>
/// <see cref="Read"/> makes the only checks; after <see cref="OperationStatus.Done"/> no member can throw.
/// Source: IEEE 802.2, section 3.2; IEEE 802, section 9.2 (SNAP); RFC 1042.
/// </remarks>
public readonly ref struct LlcPacket
{
    private const byte SnapServiceAccessPoint = 0xaa;
    private const byte Unnumbered = 3;
    private const int LeastSize = 3;
    private const int SnapSize = 5;
    private const uint BridgeTunnel = 0x0000f8; // IEEE 802.1H

    private LlcPacket(byte destination, byte source, ushort control, int headerLength, uint? organization, ushort protocol, ReadOnlySpan<byte> payload)
    {
        DestinationServiceAccessPoint = destination;
        SourceServiceAccessPoint = source;
        Control = control;
        HeaderLength = headerLength;
        Organization = organization;
        ProtocolId = protocol;
        Payload = payload;
    }

    /// <summary>Which service gets it; the lowest bit marks a group.</summary>
    public byte DestinationServiceAccessPoint { get; }

    /// <summary>Which service sends it; the lowest bit marks a response.</summary>
    public byte SourceServiceAccessPoint { get; }

    /// <summary>Kind of the message: one octet if its lowest two bits are set, two otherwise (the first is the upper one).</summary>
    public ushort Control { get; }

    /// <summary>Length of the header, with that of SNAP if there is one, in octets.</summary>
    public int HeaderLength { get; }

    /// <summary>Whose protocol numbers these are; null without SNAP, and if that was not captured whole.</summary>
    public uint? Organization { get; }

    /// <summary>Number of the protocol with SNAP; 0 without.</summary>
    public ushort ProtocolId { get; }

    /// <summary>What the payload is, if SNAP says a type of Ethernet; <see cref="EtherType.None"/> otherwise.</summary>
    public EtherType Type => Organization is 0 or BridgeTunnel ? (EtherType)ProtocolId : EtherType.None;

    /// <summary>The octets behind the header that were captured.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>Views the header that starts at the first octet.</summary>
    /// <param name="octets">The payload of a frame of IEEE 802.3.</param>
    /// <param name="packet">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns><see cref="OperationStatus.Done"/>, or <see cref="OperationStatus.NeedMoreData"/> if the header is cut short.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, out LlcPacket packet)
    {
        packet = default;
        if (octets.Length < LeastSize)
            return OperationStatus.NeedMoreData;

        bool isShort = (octets[2] & Unnumbered) == Unnumbered;
        if (!isShort && octets.Length < LeastSize + 1)
            return OperationStatus.NeedMoreData;
        ushort control = isShort ? octets[2] : (ushort)(octets[2] << 8 | octets[3]);
        int length = isShort ? LeastSize : LeastSize + 1;
        uint? organization = null;
        ushort protocol = 0;
        if (octets[0] == SnapServiceAccessPoint && octets[1] == SnapServiceAccessPoint && control == Unnumbered
            && octets.Length >= LeastSize + SnapSize)
        {
            organization = (uint)(octets[3] << 16 | octets[4] << 8 | octets[5]);
            protocol = MemoryMarshal.Read<UInt16BigEndian>(octets[6..]);
            length += SnapSize;
        }

        packet = new LlcPacket(octets[0], octets[1], control, length, organization, protocol, octets[length..]);
        return OperationStatus.Done;
    }
}

using System.Buffers;
using System.Runtime.InteropServices;

namespace NetWhy.Wire.Link;

/// <summary>Where a packet came from or went to, as Linux tells it. Source: packet(7); linux/if_packet.h.</summary>
public enum LinuxPacketType : ushort
{
    /// <summary>To this machine.</summary>
    Host = 0,

    /// <summary>To everybody.</summary>
    Broadcast = 1,

    /// <summary>To a group.</summary>
    Multicast = 2,

    /// <summary>To somebody else.</summary>
    OtherHost = 3,

    /// <summary>From this machine.</summary>
    Outgoing = 4,
}

/// <summary>The sixteen octets of LINKTYPE_LINUX_SLL. The declaration is the wire layout.</summary>
/// <remarks>Source: pcap-linktype(7); "LINKTYPE_LINUX_SLL" of tcpdump.org.</remarks>
/// <param name="PacketType">Where it came from or went to.</param>
/// <param name="HardwareType">Kind of the interface, <c>ARPHRD_</c>.</param>
/// <param name="AddressLength">Length of the sender's address, in octets; may be more than there is room for.</param>
/// <param name="AddressHigh">The first four octets of the address.</param>
/// <param name="AddressLow">The last four octets of the address.</param>
/// <param name="Protocol">An <see cref="EtherType"/>; 1 for Novell's frames, 4 for those with an LLC header.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
public readonly record struct LinuxCookedHeader(
    UInt16BigEndian PacketType,
    UInt16BigEndian HardwareType,
    UInt16BigEndian AddressLength,
    UInt32BigEndian AddressHigh,
    UInt32BigEndian AddressLow,
    UInt16BigEndian Protocol)
{
    /// <summary>Length of the header, in octets.</summary>
    public const int Size = 16;
}

/// <summary>The twenty octets of LINKTYPE_LINUX_SLL2. The declaration is the wire layout.</summary>
/// <remarks>Source: pcap-linktype(7); "LINKTYPE_LINUX_SLL2" of tcpdump.org.</remarks>
/// <param name="Protocol">As in <see cref="LinuxCookedHeader"/>.</param>
/// <param name="Reserved">0.</param>
/// <param name="InterfaceIndex">Index of the interface on the machine that captured.</param>
/// <param name="HardwareType">Kind of the interface, <c>ARPHRD_</c>.</param>
/// <param name="PacketType">Where it came from or went to.</param>
/// <param name="AddressLength">Length of the sender's address, in octets; may be more than there is room for.</param>
/// <param name="AddressHigh">The first four octets of the address.</param>
/// <param name="AddressLow">The last four octets of the address.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
public readonly record struct LinuxCooked2Header(
    UInt16BigEndian Protocol,
    UInt16BigEndian Reserved,
    UInt32BigEndian InterfaceIndex,
    UInt16BigEndian HardwareType,
    byte PacketType,
    byte AddressLength,
    UInt32BigEndian AddressHigh,
    UInt32BigEndian AddressLow)
{
    /// <summary>Length of the header, in octets.</summary>
    public const int Size = 20;
}

/// <summary>A packet as Linux shows it where the header of the link is not one that libpcap knows, or of every interface.</summary>
/// <remarks>The reads make the only checks; after <see cref="OperationStatus.Done"/> no member can throw.</remarks>
public readonly ref struct LinuxCookedFrame
{
    private const int AddressRoom = 8;
    private const int Llc = 4; // linux/if_ether.h: ETH_P_802_2
    private const int Ethernet = 1; // linux/if_arp.h: ARPHRD_ETHER
    private const int AddressAt = 6;
    private const int Address2At = 12;

    private LinuxCookedFrame(LinuxPacketType packetType, ushort hardwareType, ushort protocol, int? index, int addressLength, ReadOnlySpan<byte> address, ReadOnlySpan<byte> payload)
    {
        PacketType = packetType;
        HardwareType = hardwareType;
        Protocol = protocol;
        InterfaceIndex = index;
        AddressLength = addressLength;
        Address = address;
        Payload = payload;
    }

    /// <inheritdoc cref="LinuxCookedHeader.PacketType"/>
    public LinuxPacketType PacketType { get; }

    /// <inheritdoc cref="LinuxCookedHeader.HardwareType"/>
    public ushort HardwareType { get; }

    /// <inheritdoc cref="LinuxCookedHeader.Protocol"/>
    public ushort Protocol { get; }

    /// <summary>What the payload is; <see cref="EtherType.None"/> if no type of Ethernet says it.</summary>
    public EtherType Type => Protocol > EthernetFrame.LongestLength ? (EtherType)Protocol : EtherType.None;

    /// <summary>Whether the payload begins with an LLC header (<see cref="LlcPacket"/>).</summary>
    public bool IsLlc => Protocol == Llc;

    /// <inheritdoc cref="LinuxCooked2Header.InterfaceIndex"/>
    public int? InterfaceIndex { get; }

    /// <inheritdoc cref="LinuxCookedHeader.AddressLength"/>
    public int AddressLength { get; }

    /// <summary>Address of the sender on the link, at most eight octets of it.</summary>
    public ReadOnlySpan<byte> Address { get; }

    /// <summary>Address of the sender; null if it is none of Ethernet.</summary>
    public MacAddress? Source =>
        HardwareType is Ethernet && Address.Length == MacAddress.Size ? MemoryMarshal.Read<MacAddress>(Address) : null;

    /// <summary>The octets behind the header that were captured.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>Views a packet of LINKTYPE_LINUX_SLL.</summary>
    /// <param name="octets">What was captured.</param>
    /// <param name="frame">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns><see cref="OperationStatus.Done"/>, or <see cref="OperationStatus.NeedMoreData"/> if the header is cut short.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, out LinuxCookedFrame frame)
    {
        frame = default;
        if (octets.Length < LinuxCookedHeader.Size)
            return OperationStatus.NeedMoreData;

        ref readonly LinuxCookedHeader header = ref MemoryMarshal.AsRef<LinuxCookedHeader>(octets);
        frame = new LinuxCookedFrame(
            (LinuxPacketType)(ushort)header.PacketType,
            header.HardwareType,
            header.Protocol,
            index: null,
            header.AddressLength,
            octets.Slice(AddressAt, Math.Min((int)header.AddressLength, AddressRoom)),
            octets[LinuxCookedHeader.Size..]);
        return OperationStatus.Done;
    }

    /// <summary>Views a packet of LINKTYPE_LINUX_SLL2.</summary>
    /// <inheritdoc cref="Read"/>
    public static OperationStatus Read2(ReadOnlySpan<byte> octets, out LinuxCookedFrame frame)
    {
        frame = default;
        if (octets.Length < LinuxCooked2Header.Size)
            return OperationStatus.NeedMoreData;

        ref readonly LinuxCooked2Header header = ref MemoryMarshal.AsRef<LinuxCooked2Header>(octets);
        frame = new LinuxCookedFrame(
            (LinuxPacketType)header.PacketType,
            header.HardwareType,
            header.Protocol,
            (int)(uint)header.InterfaceIndex,
            header.AddressLength,
            octets.Slice(Address2At, Math.Min((int)header.AddressLength, AddressRoom)),
            octets[LinuxCooked2Header.Size..]);
        return OperationStatus.Done;
    }
}

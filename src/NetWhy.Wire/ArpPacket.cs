using System.Buffers;
using System.Net;
using System.Runtime.InteropServices;
using NetWhy.Wire.Link;

namespace NetWhy.Wire;

/// <summary>An address resolution packet for IPv4 over Ethernet. The declaration is the wire layout.</summary>
/// <remarks>
/// <code>
///  0      7 8     15 16    23 24    31
/// +--------+--------+--------+--------+
/// | Hardware Type 1 | Protocol 0x0800 |
/// +--------+--------+--------+--------+
/// |  6     |   4    |    Operation    |
/// +--------+--------+--------+--------+
/// |   sender: Ethernet address (6), IPv4 address (4)
/// |   target: Ethernet address (6), IPv4 address (4)
/// +--------+--------+--------+--------+
/// </code>
/// Source: RFC 826.
/// </remarks>
/// <param name="HardwareType">1 for Ethernet.</param>
/// <param name="ProtocolType">0x0800 for IPv4.</param>
/// <param name="HardwareLength">6.</param>
/// <param name="ProtocolLength">4.</param>
/// <param name="Operation">1 request, 2 reply.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
public readonly record struct ArpHeader(
    UInt16BigEndian HardwareType,
    UInt16BigEndian ProtocolType,
    byte HardwareLength,
    byte ProtocolLength,
    UInt16BigEndian Operation)
{
    /// <summary>Length of the fixed part, in octets.</summary>
    public const int Size = 8;
}

/// <summary>An ARP packet viewed where it lies.</summary>
public readonly ref struct ArpPacket
{
    /// <summary>Length of a whole packet for IPv4 over Ethernet, in octets.</summary>
    public const int Size = ArpHeader.Size + 20;

    /// <summary>Operation of a reply.</summary>
    public const int Reply = 2;

    private const int Request = 1;
    private const int HardwareLength = 6;
    private const int ProtocolLength = 4;
    private const int TargetAt = ArpHeader.Size + HardwareLength + ProtocolLength;

    private readonly ReadOnlySpan<byte> _octets;

    private ArpPacket(ReadOnlySpan<byte> octets) => _octets = octets;

    /// <summary>1 request, 2 reply.</summary>
    public int Operation => MemoryMarshal.Read<ArpHeader>(_octets).Operation;

    /// <summary>Ethernet address of the sender.</summary>
    public ReadOnlySpan<byte> SenderHardwareAddress => _octets.Slice(ArpHeader.Size, HardwareLength);

    /// <summary>Ethernet address of the sender.</summary>
    public MacAddress SenderHardware => MemoryMarshal.Read<MacAddress>(SenderHardwareAddress);

    /// <summary>IPv4 address of the sender, where it lies: four octets.</summary>
    public ReadOnlySpan<byte> SenderOctets => _octets.Slice(ArpHeader.Size + HardwareLength, ProtocolLength);

    /// <summary>Copies the IPv4 address of the sender.</summary>
    public IPAddress SenderAddress => new(SenderOctets);

    /// <summary>Ethernet address of the target; all zero in a request.</summary>
    public MacAddress TargetHardware => MemoryMarshal.Read<MacAddress>(_octets[TargetAt..]);

    /// <summary>IPv4 address of the target, where it lies: four octets.</summary>
    public ReadOnlySpan<byte> TargetOctets => _octets.Slice(TargetAt + HardwareLength, ProtocolLength);

    /// <summary>Views the packet that starts at the first octet.</summary>
    /// <param name="octets">The payload of a frame.</param>
    /// <param name="packet">The view.</param>
    /// <returns>
    /// <see cref="OperationStatus.NeedMoreData"/> if it is cut short, <see cref="OperationStatus.InvalidData"/> if it is
    /// not about IPv4 over Ethernet.
    /// </returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, out ArpPacket packet)
    {
        packet = default;
        if (octets.Length < Size)
            return OperationStatus.NeedMoreData;

        ArpHeader header = MemoryMarshal.Read<ArpHeader>(octets);
        if (header is not { HardwareLength: HardwareLength, ProtocolLength: ProtocolLength }
            || header.ProtocolType != 0x0800)
        {
            return OperationStatus.InvalidData;
        }

        packet = new ArpPacket(octets[..Size]);
        return OperationStatus.Done;
    }

    /// <summary>Writes the question "who has this address?".</summary>
    /// <param name="destination">28 octets or more.</param>
    /// <param name="hardwareAddress">Our Ethernet address.</param>
    /// <param name="sender">Our IPv4 address; the unspecified one asks without telling who we are (RFC 5227).</param>
    /// <param name="target">Address asked for.</param>
    public static void WriteRequest(
        Span<byte> destination, ReadOnlySpan<byte> hardwareAddress, IPAddress sender, IPAddress target)
    {
        destination[..Size].Clear();
        var header = new ArpHeader(1, 0x0800, HardwareLength, ProtocolLength, Request);
        MemoryMarshal.Write(destination, in header);
        hardwareAddress[..HardwareLength].CopyTo(destination[ArpHeader.Size..]);
        _ = sender.TryWriteBytes(destination[(ArpHeader.Size + HardwareLength)..], out _);
        _ = target.TryWriteBytes(destination[(Size - ProtocolLength)..], out _);
    }
}

using System.Buffers;
using System.Runtime.InteropServices;

namespace NetWhy.Wire.Tunnels;

/// <summary>The eight octets that start a VXLAN packet. The declaration is the wire layout.</summary>
/// <remarks>Source: RFC 7348, section 5; draft-smith-vxlan-group-policy-05 (policy).</remarks>
/// <param name="Flags">0x08 if there is a network identifier, 0x80 if there is a group policy.</param>
/// <param name="PolicyFlags">0x40 do not learn, 0x08 policy applied; only with a group policy.</param>
/// <param name="PolicyId">Group that the sender belongs to; only with a group policy.</param>
/// <param name="NetworkAndReserved">Network identifier in the upper 24 bits.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
public readonly record struct VxlanHeader(byte Flags, byte PolicyFlags, UInt16BigEndian PolicyId, UInt32BigEndian NetworkAndReserved)
{
    /// <summary>Length of the header, in octets.</summary>
    public const int Size = 8;
}

/// <summary>A VXLAN packet viewed where it lies; an Ethernet frame follows.</summary>
/// <remarks><see cref="Read"/> makes the only checks; after <see cref="OperationStatus.Done"/> no member can throw.</remarks>
public readonly ref struct VxlanPacket
{
    /// <summary>Port of the receiver. Source: IANA.</summary>
    public const ushort Port = 4789;

    /// <summary>Port of the receiver where Linux is not told another one. Source: vxlan(8), ip-link(8).</summary>
    public const ushort LinuxPort = 8472;

    private readonly ref readonly VxlanHeader _header;

    private VxlanPacket(ref readonly VxlanHeader header, ReadOnlySpan<byte> payload)
    {
        _header = ref header;
        Payload = payload;
    }

    /// <inheritdoc cref="VxlanHeader.Flags"/>
    public byte Flags => _header.Flags;

    /// <summary>Number of the network, 24 bits.</summary>
    public int NetworkId => (int)(_header.NetworkAndReserved >> 8);

    /// <summary>Group that the sender belongs to; null if none is said.</summary>
    public ushort? PolicyId => (Flags & 0x80) != 0 ? _header.PolicyId : null;

    /// <summary>What was captured of the frame.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>Views the packet.</summary>
    /// <param name="octets">The payload of a UDP datagram.</param>
    /// <param name="packet">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.NeedMoreData"/> if the header is cut short, or
    /// <see cref="OperationStatus.InvalidData"/> if there is no network identifier.
    /// </returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, out VxlanPacket packet)
    {
        packet = default;
        if (octets.Length < VxlanHeader.Size)
            return OperationStatus.NeedMoreData;

        ref readonly VxlanHeader header = ref MemoryMarshal.AsRef<VxlanHeader>(octets);
        if ((header.Flags & 0x08) == 0)
            return OperationStatus.InvalidData;
        packet = new VxlanPacket(in header, octets[VxlanHeader.Size..]);
        return OperationStatus.Done;
    }
}

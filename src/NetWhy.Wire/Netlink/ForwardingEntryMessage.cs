using System.Buffers;
using System.Runtime.InteropServices;

namespace NetWhy.Wire.Netlink;

/// <summary>One entry of a bridge's forwarding table, as <c>RTM_NEWNEIGH</c> of family <c>AF_BRIDGE</c> describes it: behind which port a station is.</summary>
/// <remarks>Source: linux/neighbour.h; net/bridge/br_fdb.c, fdb_fill_info.</remarks>
/// <param name="Header">The fixed part; its index is that of the port.</param>
/// <param name="HardwareAddress">Link-layer address of the station.</param>
/// <param name="Bridge">Interface index of the bridge.</param>
/// <param name="Vlan">VLAN of the entry; 0 if it has none.</param>
public sealed record ForwardingEntryMessage(NeighbourHeader Header, string HardwareAddress, int Bridge, int Vlan)
{
    /// <summary>Family of such messages, <c>AF_BRIDGE</c>.</summary>
    public const byte Family = 7;

    /// <summary>Reads the payload of an <c>RTM_NEWNEIGH</c>.</summary>
    /// <param name="payload">The octets after the netlink header.</param>
    /// <param name="entry">The entry; null if the payload is cut short, is of another family, or names no station or no bridge.</param>
    public static OperationStatus Read(ReadOnlySpan<byte> payload, out ForwardingEntryMessage? entry)
    {
        entry = null;
        if (payload.Length < NeighbourHeader.Size)
            return OperationStatus.NeedMoreData;

        string? station = null;
        uint bridge = 0;
        int vlan = 0;
        var attributes = new NetlinkAttributes(payload[NeighbourHeader.Size..]);
        while (attributes.Read())
        {
            switch (attributes.Type)
            {
                case 2: // NDA_LLADDR
                    station = attributes.HardwareAddress;
                    break;
                case 5 when attributes.Value.Length >= sizeof(ushort): // NDA_VLAN
                    vlan = MemoryMarshal.Read<ushort>(attributes.Value);
                    break;
                case 9: // NDA_MASTER
                    bridge = attributes.Number;
                    break;
            }
        }

        NeighbourHeader header = MemoryMarshal.Read<NeighbourHeader>(payload);
        if (header.Family != Family || station is null || bridge is 0 or > int.MaxValue)
            return OperationStatus.InvalidData;

        entry = new ForwardingEntryMessage(header, station, (int)bridge, vlan);
        return OperationStatus.Done;
    }
}

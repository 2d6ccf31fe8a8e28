using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;
using NetWhy.Analysis.Tcp;

namespace NetWhy.Analysis.Dissection;

/// <summary>Linux cooked captures. Sources: LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2.</summary>
internal static class CookedDissector
{
    // Source: linux/if_ether.h.
    private static readonly Dictionary<ulong, string> LinuxTypes = new()
    {
        [0x1] = "Raw 802.3",
        [0x3] = "Ethernet",
        [0x4] = "802.2 LLC",
        [0x7] = "PPP (HDLC)",
        [0xc] = "CAN",
        [0xd] = "CAN FD",
        [0x17] = "IrDA LAP",
        [0xf5] = "ISI",
        [0xf6] = "IEEE 802.15.4",
    };

    internal static readonly FieldGroup Group = new("sll", "Linux cooked capture v1");
    private static readonly Field PacketType = Group.Unsigned("pkttype", "Packet type", 16, LinkNames.PacketType);
    private static readonly Field HardwareType = Group.Unsigned("hatype", "Link-layer address type", 16, LinkNames.Hardware);
    private static readonly Field AddressLength = Group.Unsigned("halen", "Link-layer address length", 16);
    private static readonly Field Source = Group.EthernetAddress("src.eth", "Source");
    private static readonly Field SourceIpv4 = Group.Ipv4Address("src.ipv4", "Source");
    private static readonly Field SourceOther = Group.Octets("src.other", "Source");
    private static readonly Field Unused = Group.Octets("unused", "Unused");
    private static readonly Field EtherType = Group.Hexadecimal("etype", "Protocol", 16, LinkNames.EtherType);
    private static readonly Field LinuxType = Group.Hexadecimal("ltype", "Protocol", 16, LinuxTypes);
    private static readonly Field GreType = Group.Hexadecimal("gretype", "Protocol", 16, GreDissector.Types);
    private static readonly Field Trailer = Group.Octets("trailer", "Trailer");
    private static readonly Field InterfaceIndex = Group.Unsigned("ifindex", "Interface index", 32);

    private const ushort GreOverIpv4 = 778;
    private const ushort MostLinuxType = 1536;
    private const ushort Ethernet = 3;
    private const ushort Ppp = 7;

    /// <summary>Reads the header of the first kind.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="length">How long it was.</param>
    internal static void Read(ref Dissection dissection, int length)
    {
        const int HeaderLength = 16;
        dissection.Protocol(Group.Protocol, 0, HeaderLength);
        dissection.Place = CapturePlace.Of(0, (uint)dissection.Number(PacketType, 0, 2), dissection.U16(2));
        dissection.Number(HardwareType, 2, 2);
        dissection.Number(AddressLength, 4, 2);
        ReadSource(ref dissection, 6, dissection.U16(4));

        AddType(ref dissection, dissection.U16(2), 14);
        ReadPayload(ref dissection, dissection.U16(2), 14, HeaderLength, length - HeaderLength);
    }

    /// <summary>Reads the header of the second kind.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="length">How long it was.</param>
    internal static void ReadSecond(ref Dissection dissection, int length)
    {
        const int HeaderLength = 20;
        dissection.Protocol(Group.Protocol, 0, HeaderLength);
        dissection.Fields.Say($"Linux cooked capture v2");
        AddType(ref dissection, dissection.U16(8), 0);
        uint index = (uint)dissection.Number(InterfaceIndex, 4, 4);
        dissection.Number(HardwareType, 8, 2);
        dissection.Place = CapturePlace.Of(index, (uint)dissection.Number(PacketType, 10, 1), dissection.U16(8));
        dissection.Number(AddressLength, 11, 1);
        ReadSource(ref dissection, 12, dissection.U8(11));

        ReadPayload(ref dissection, dissection.U16(8), 0, HeaderLength, length - HeaderLength);
    }

    // What the number of the protocol means depends on the hardware, and small ones are Linux's own.
    private static void AddType(ref Dissection dissection, ushort hardware, int offset)
    {
        Field field = hardware == GreOverIpv4 ? GreType : dissection.U16(offset) <= MostLinuxType ? LinuxType : EtherType;
        dissection.Number(field, offset, 2);
    }

    private static void ReadPayload(ref Dissection dissection, ushort hardware, int typeOffset, int offset, int length)
    {
        ushort type = dissection.U16(typeOffset);
        if (dissection.IsShort)
            return;
        switch (type)
        {
            case Ethernet:
                LinkDissector.ReadEthernet(ref dissection, offset, length);
                return;
            case Ppp:
                LinkDissector.ReadPpp(ref dissection, offset, length);
                return;
        }

        if (hardware != GreOverIpv4 && type > MostLinuxType)
        {
            int used = LinkDissector.UsedOf(ref dissection, type, offset, length);
            int rest = dissection.Captured(offset + used, length - used);
            if (used > 0 && rest > 0)
                dissection.Part(Trailer, offset + used, rest);
        }

        dissection.Fields.AddLayer(LinkDissector.EtherType);
        LinkDissector.ReadType(ref dissection, type, offset, length);
    }

    // Of eight octets: an address, and what is not used.
    private static void ReadSource(ref Dissection dissection, int offset, int length)
    {
        const int Room = 8;
        int used = Math.Min(length, Room);
        switch (length)
        {
            case 0:
                break;
            case 4:
                dissection.Ipv4(SourceIpv4, offset);
                break;
            case 6:
                dissection.Part(Source, offset, length);
                LinkSummary.WriteSource(ref dissection, offset);
                break;
            default:
                dissection.Part(SourceOther, offset, used);
                break;
        }

        if (used < Room)
            dissection.Part(Unused, offset + used, Room - used);
    }
}

using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;
using NetWhy.Analysis.Tcp;

namespace NetWhy.Analysis.Dissection;

/// <summary>Linux cooked captures. Sources: LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2.</summary>
internal static class CookedDissector
{
    internal static readonly FieldGroup Group = new("sll", "Linux cooked capture v1");
    private static readonly Field PacketType = Group.Unsigned("pkttype", "Packet type", 16, LinkNames.PacketType);
    private static readonly Field HardwareType = Group.Unsigned("hatype", "Link-layer address type", 16, LinkNames.Hardware);
    private static readonly Field AddressLength = Group.Unsigned("halen", "Link-layer address length", 16);
    private static readonly Field Source = Group.EthernetAddress("src.eth", "Source");
    private static readonly Field Unused = Group.Octets("unused", "Unused");
    private static readonly Field EtherType = Group.Hexadecimal("etype", "Protocol", 16, LinkNames.EtherType);
    private static readonly Field InterfaceIndex = Group.Unsigned("ifindex", "Interface index", 32);

    /// <summary>Reads the header of the first kind.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="length">How long it was.</param>
    internal static void Read(ref Dissection dissection, int length)
    {
        const int HeaderLength = 16;
        dissection.Protocol(Group.Protocol, 0, HeaderLength);
        dissection.Place = CapturePlace.Of(0, (uint)dissection.Number(PacketType, 0, 2));
        dissection.Number(HardwareType, 2, 2);
        dissection.Number(AddressLength, 4, 2);
        if (dissection.U16(4) == 6)
        {
            dissection.Part(Source, 6, 6);
            LinkSummary.WriteSource(ref dissection, 6);
            dissection.Part(Unused, 12, 2);
        }

        dissection.Number(EtherType, 14, 2);
        if (dissection.IsShort)
            return;
        dissection.Fields.AddLayer(LinkDissector.EtherType);
        LinkDissector.ReadType(ref dissection, dissection.U16(14), HeaderLength, length - HeaderLength);
    }

    /// <summary>Reads the header of the second kind.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="length">How long it was.</param>
    internal static void ReadSecond(ref Dissection dissection, int length)
    {
        const int HeaderLength = 20;
        dissection.Protocol(Group.Protocol, 0, HeaderLength);
        dissection.Fields.Say($"Linux cooked capture v2");
        dissection.Number(EtherType, 0, 2);
        uint index = (uint)dissection.Number(InterfaceIndex, 4, 4);
        dissection.Number(HardwareType, 8, 2);
        dissection.Place = CapturePlace.Of(index, (uint)dissection.Number(PacketType, 10, 1));
        dissection.Number(AddressLength, 11, 1);
        if (dissection.U8(11) == 6)
        {
            dissection.Part(Source, 12, 6);
            LinkSummary.WriteSource(ref dissection, 12);
            dissection.Part(Unused, 18, 2);
        }

        if (dissection.IsShort)
            return;
        dissection.Fields.AddLayer(LinkDissector.EtherType);
        LinkDissector.ReadType(ref dissection, dissection.U16(0), HeaderLength, length - HeaderLength);
    }
}

using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>Ethernet. Source: IEEE 802.3.</summary>
internal static class EthernetFields
{
    internal static readonly FieldGroup Group = new("eth", "Ethernet II");
    internal static readonly Field Destination = Group.EthernetAddress("dst", "Destination");
    internal static readonly Field Source = Group.EthernetAddress("src", "Source");
    internal static readonly Field Address = Group.EthernetAddress("addr", "Address").At(2);
    internal static readonly Field DestinationLocal = LocalBit("dst.lg").Hidden();
    internal static readonly Field DestinationGroup = GroupBit("dst.ig").Hidden();
    internal static readonly Field SourceLocal = LocalBit("src.lg").Hidden();
    internal static readonly Field SourceGroup = GroupBit("src.ig").Hidden();
    internal static readonly Field Local = LocalBit("lg");
    internal static readonly Field IsGroup = GroupBit("ig");
    internal static readonly Field Type = Group.Hexadecimal("type", "Type", 16, LinkNames.EtherType);
    internal static readonly Field Length = Group.Unsigned("len", "Length", 16);
    internal static readonly Field Padding = Group.Octets("padding", "Padding");
    internal static readonly Field Trailer = Group.Octets("trailer", "Trailer");
    internal static readonly Field PaddingDoubtful = Group.Finding("padding_bad", "Didn't find padding of zeros, and an undecoded trailer exists. There may be padding of non-zeros.", Severity.Note, ExpertGroup.Protocol);
    internal static readonly Field SourceIsGroup = Group.Finding("src_not_group", "Source MAC must not be a group address: IEEE 802.3-2002, Section 3.2.3(b)", Severity.Warning, ExpertGroup.Protocol);
    internal static readonly Field CheckSequence = Group.Hexadecimal("fcs", "Frame check sequence", 32);
    internal static readonly Field CheckStatus = Group.Unsigned("fcs.status", "FCS Status", 8, IpNames.Checksum).NameAlone().Generated();

    private static Field LocalBit(string name) =>
        Group.Boolean(name, "LG bit", 24).Masked(0x20000, level: 2).Saying("Globally unique address (factory default)", "Locally administered address (this is NOT the factory default)");

    private static Field GroupBit(string name) =>
        Group.Boolean(name, "IG bit", 24).Masked(0x10000, level: 2).Saying("Individual address (unicast)", "Group address (multicast/broadcast)");
}

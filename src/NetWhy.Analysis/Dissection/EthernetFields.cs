using NetWhy.Analysis.Fields;
using NetWhy.Linux;

namespace NetWhy.Analysis.Dissection;

/// <summary>Ethernet. Source: IEEE 802.3.</summary>
internal static class EthernetFields
{
    internal static readonly FieldGroup Group = new("eth", "Ethernet II");
    internal static readonly Field Destination = Group.EthernetAddress("dst", "Destination");
    internal static readonly Field Source = Group.EthernetAddress("src", "Source");
    internal static readonly MacNames DestinationNames = new("dst", "Destination");
    internal static readonly MacNames SourceNames = new("src", "Source");
    internal static readonly MacNames AddressNames = new("addr", "Address");
    internal static readonly Field Address = Group.EthernetAddress("addr", "Address").At(2);
    internal static readonly Field DestinationLocal = LocalBit("dst.lg").Hidden();
    internal static readonly Field DestinationGroup = GroupBit("dst.ig").Hidden();
    internal static readonly Field SourceLocal = LocalBit("src.lg").Hidden();
    internal static readonly Field SourceGroup = GroupBit("src.ig").Hidden();
    internal static readonly Field Local = LocalBit("lg");
    internal static readonly Field IsGroup = GroupBit("ig");
    internal static readonly Field Type = Group.Hexadecimal("type", "Type", 16, LinkNames.EtherType);
    internal static readonly Field Length = Group.Unsigned("len", "Length", 16);
    internal static readonly Field LengthTooLong = Group.Finding("len.past_end", "Length field value goes past the end of the payload", Severity.Error, ExpertGroup.Malformed);
    internal static readonly Field NeitherLengthNorType = Group.Hexadecimal("invalid_lentype", "Invalid length/type", 16).DecimalToo();
    internal static readonly Field NeitherRemark = Group.Finding("invalid_lentype.expert", "Invalid length/type", Severity.Warning, ExpertGroup.Protocol);
    internal static readonly Field Padding = Group.Octets("padding", "Padding").Shared();
    internal static readonly Field Trailer = Group.Octets("trailer", "Trailer");
    internal static readonly Field PaddingDoubtful = Group.Finding("padding_bad", "Didn't find padding of zeros, and an undecoded trailer exists. There may be padding of non-zeros.", Severity.Note, ExpertGroup.Protocol);
    internal static readonly Field SourceIsGroup = Group.Finding("src_not_group", "Source MAC must not be a group address: IEEE 802.3-2002, Section 3.2.3(b)", Severity.Warning, ExpertGroup.Protocol);
    internal static readonly Field CheckSequence = Group.Hexadecimal("fcs", "Frame check sequence", 32);
    internal static readonly Field CheckStatus = Group.Unsigned("fcs.status", "FCS Status", 8, IpNames.Checksum).NameAlone().Generated();

    internal static readonly Field CheckBad = Group.Finding("fcs_bad", "Bad checksum", Severity.Error, ExpertGroup.Checksum); // found only by whoever sets a preference of Wireshark

    /// <summary>What an address is called: as text, and by who makes such interfaces.</summary>
    /// <param name="name">How the names of the fields begin.</param>
    /// <param name="label">Whose address it is.</param>
    internal sealed class MacNames(string name, string label)
    {
        internal Field Text { get; } = Group.Utf8($"{name}_resolved", $"{label} (resolved)").At(2).Hidden();

        internal Field Maker { get; } = Group.Unsigned($"{name}.oui", $"{label} OUI", 24).At(2).Hidden();

        internal Field MakerName { get; } = Group.Utf8($"{name}.oui_resolved", $"{label} OUI (resolved)").At(2).Hidden();

        /// <summary>Adds what an address is called.</summary>
        /// <param name="dissection">The packet.</param>
        /// <param name="offset">Where the address is.</param>
        internal void Add(ref Dissection dissection, int offset)
        {
            PacketFields fields = dissection.Fields;
            if ((!fields.IsWanted(Text) && !fields.IsWanted(Maker) && !fields.IsWanted(MakerName)) || !dissection.Has(offset, 6))
                return;
            ReadOnlySpan<byte> address = dissection.Octets.Slice(offset, 6);
            fields.AddText(Text, $"{address:mac}");
            dissection.Number(Maker, offset, 3);
            if (fields.IsWanted(MakerName) && VendorNames.Find((uint)dissection.Integer(offset, 3)) is { } maker)
                fields.AddText(MakerName, $"{maker}");
        }
    }

    private static Field LocalBit(string name) =>
        Group.Boolean(name, "LG bit", 24).Masked(0x20000, level: 2).Saying("Globally unique address (factory default)", "Locally administered address (this is NOT the factory default)");

    private static Field GroupBit(string name) =>
        Group.Boolean(name, "IG bit", 24).Masked(0x10000, level: 2).Saying("Individual address (unicast)", "Group address (multicast/broadcast)");
}

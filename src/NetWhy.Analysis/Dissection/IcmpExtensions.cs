using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>What lies behind the datagram that an error of ICMP or ICMPv6 quotes, and in an extended echo. Sources: RFC 4884, RFC 4950, RFC 5837, RFC 8335.</summary>
internal static class IcmpExtensions
{
    internal static readonly FieldGroup Group = new(IcmpDissector.Group);
    private static readonly Field Extensions = Group.None("ext", "ICMP Extensions");
    private static readonly Field Version = Group.Unsigned("ext.version", "Version", 8).At(2);
    private static readonly Field Reserved = Group.Hexadecimal("ext.res", "Reserved", 16).Masked(0xfff, level: 2);
    private static readonly Field Checksum = Group.Hexadecimal("ext.checksum", "Checksum", 16).At(2);
    private static readonly Field ChecksumStatus = Group.Unsigned("ext.checksum.status", "Checksum Status", 8, IpNames.Checksum).NameAlone().At(2).Generated();
    private static readonly Field ChecksumBad = Group.Finding("ext.checksum_bad", "Bad checksum", Severity.Warning, ExpertGroup.Checksum);
    private static readonly Field Length = Group.Unsigned("ext.length", "Length", 16).At(3);
    private static readonly Field Class = Group.Unsigned("ext.class", "Class", 8, IcmpNames.ExtensionClass).At(3);
    private static readonly Field SubType = Group.Unsigned("ext.ctype", "C-Type", 8).At(3);
    private static readonly Field Data = Group.Octets("ext.data", "Data").At(3);
    private static readonly Field LabelValue = Group.Unsigned("mpls.label", "Label", 24).Masked(0xfffff0, level: 4);
    private static readonly Field LabelTrafficClass = Group.Unsigned("mpls.exp", "Experimental", 24).Masked(0xe, level: 4);
    private static readonly Field LabelIsBottom = Group.Flag("mpls.s", "Stack bit", 24, 0x1, level: 4);
    private static readonly Field LabelTimeToLive = Group.Unsigned("mpls.ttl", "Time to live", 8).At(4);
    private static readonly Field LabelRest = Group.Octets("mpls.data", "Data").At(3);
    private static readonly Field Role = Group.Unsigned("int_info.role", "Interface Role", 8, IcmpNames.InterfaceRole).Masked(0xc0, level: 4);
    private static readonly Field RoleReserved = Group.Unsigned("int_info.reserved", "Reserved", 8).Masked(0x30, level: 4);
    private static readonly Field HasIndex = Group.Boolean("int_info.ifindex", "ifIndex", 8).Masked(0x8, level: 4);
    private static readonly Field HasAddress = Group.Boolean("int_info.ipaddr", "IP Address", 8).Masked(0x4, level: 4).Saying("Not Present", "Present");
    private static readonly Field HasName = Group.Boolean("int_info.name_present", "Interface Name", 8).Masked(0x2, level: 4).Saying("Not Present", "Present");
    private static readonly Field HasMtu = Group.Boolean("int_info.mtu_present", "MTU", 8).Masked(0x1, level: 4).Saying("Not Present", "Present");
    private static readonly Field Index = Group.Unsigned("int_info.index", "Interface Index", 32).At(3);
    private static readonly Field Family = Group.Unsigned("int_info.afi", "Address Family Identifier", 16).At(4);
    private static readonly Field Ipv4 = Group.Ipv4Address("int_info.ipv4", "Source").At(4);
    private static readonly Field Ipv6 = Group.Ipv6Address("int_info.ipv6", "Source").At(4);
    private static readonly Field NameLength = Group.Unsigned("int_info.name_length", "Name Length", 8).At(4);
    private static readonly Field Name = Group.Text("int_info.name", "Name").At(4);
    private static readonly Field Mtu = Group.Unsigned("int_info.mtu", "Maximum Transmission Unit", 32).At(3);
    private static readonly Field AskedName = Group.Text("int_ident.name", "Name").At(3);
    private static readonly Field AskedIndex = Group.Unsigned("int_ident.index", "Interface Index", 32).At(3);
    private static readonly Field AskedFamily = Group.Unsigned("int_ident.afi", "Address Family Identifier", 16, IcmpNames.AddressFamily).At(3);
    private static readonly Field AskedLength = Group.Unsigned("int_ident.addr_length", "Address Length", 8).At(3);
    private static readonly Field AskedReserved = Group.Octets("int_ident.reserved", "Reserved").At(3);
    private static readonly Field AskedIpv4 = Group.Ipv4Address("int_ident.ipv4", "Address").At(3);
    private static readonly Field AskedIpv6 = Group.Ipv6Address("int_ident.ipv6", "Address").At(3);
    private static readonly Field AskedAddress = Group.Octets("int_ident.address", "Address").At(3);

    private const int HeadLength = 4; // of the extensions, and of each object
    private static readonly Field[] RoleParts = [Role, RoleReserved, HasIndex, HasAddress, HasName, HasMtu];

    /// <summary>Reads extensions up to the end of a message.</summary>
    /// <param name="dissection">The packet; nothing can be read behind the message.</param>
    /// <param name="offset">Where they begin.</param>
    /// <param name="end">Where they end.</param>
    /// <returns>Whether they are understood.</returns>
    internal static bool Read(ref Dissection dissection, int offset, int end)
    {
        dissection.Fields.Add(Extensions, 0, offset, Math.Max(0, end - offset));
        dissection.Fields.Say($"ICMP Multi-Part Extensions");
        if (end - offset < HeadLength || !dissection.Need(offset, HeadLength))
            return false;
        int version = dissection.U8(offset) >> 4;
        if (version is not (1 or 2))
            dissection.Fields.SayMore($" (unsupported version)");
        dissection.Fields.Add(Version, (ulong)version, offset, 1);
        dissection.Bits(Reserved, offset, 2);
        ReadChecksum(ref dissection, offset, end);
        if (version is not (1 or 2))
            return false;
        for (int at = offset + HeadLength; end - at >= HeadLength && !dissection.IsShort;)
        {
            int length = ReadObject(ref dissection, at, end);
            if (length < HeadLength)
                break;
            at += length;
        }

        return true;
    }

    // Of all extensions; 0 if there is none.
    private static void ReadChecksum(ref Dissection dissection, int offset, int end)
    {
        const ulong Bad = 0;
        const ulong Good = 1;
        const ulong Unverified = 2;
        const ulong Missing = 3;
        ushort sent = (ushort)dissection.Number(Checksum, offset + 2, 2);
        if (sent == 0)
        {
            dissection.Fields.Say($"[Checksum: [missing]]");
            dissection.Fields.Add(ChecksumStatus, Missing, offset + 2, 0);
            return;
        }

        if (dissection.Captured(offset, end - offset) < end - offset)
        {
            dissection.Fields.SayMore($" [unverified]");
            dissection.Fields.Add(ChecksumStatus, Unverified, offset + 2, 0);
            return;
        }

        ushort right = PacketChecksum.RightOf(dissection.Octets[offset..end], sent);
        if (right == sent)
        {
            dissection.Fields.SayMore($" [correct]");
            dissection.Fields.Add(ChecksumStatus, Good, offset + 2, 0);
            return;
        }

        dissection.Fields.SayMore($" incorrect, should be 0x{right:x4}");
        dissection.Fields.Remark(ChecksumBad, offset + 2, $"Bad checksum [should be 0x{right:x4}]");
        dissection.Fields.Add(ChecksumStatus, Bad, offset + 2, 0);
    }

    // How long it says that it is.
    private static int ReadObject(ref Dissection dissection, int offset, int end)
    {
        int length = dissection.U16(offset);
        byte type = dissection.U8(offset + 2);
        byte subType = dissection.U8(offset + 3);
        dissection.Fields.Depth = 2;
        dissection.Label(length < HeadLength ? "Object with bad length" : type switch
        {
            1 when subType == 1 => "MPLS Stack Entry",
            2 => "Interface Information Object",
            3 when length > HeadLength => "Interface Identification Object",
            _ when dissection.Fields.IsWanted(FrameFields.Text) => $"Unknown object ({type}/{subType}){(length > end - offset ? " (truncated)" : "")}",
            _ => "",
        });
        dissection.Fields.Depth = 0;
        dissection.Number(Length, offset, 2);
        dissection.Number(Class, offset + 2, 1);
        if (length < HeadLength)
            return length;
        int at = offset + HeadLength;
        int objectEnd = Math.Min(end, offset + length);
        switch (type)
        {
            case 1 when subType == 1:
                dissection.Number(SubType, offset + 3, 1);
                ReadLabels(ref dissection, at, objectEnd);
                break;
            case 2:
                ReadInterface(ref dissection, at, objectEnd);
                break;
            case 3 when length > HeadLength:
                dissection.Number(SubType, offset + 3, 1);
                ReadAsked(ref dissection, subType, at, objectEnd);
                break;
            default:
                dissection.Number(SubType, offset + 3, 1);
                if (type == 1)
                    dissection.Number(SubType, offset + 3, 1); // so does Wireshark
                if (objectEnd > at)
                    dissection.Part(Data, at, objectEnd - at);
                break;
        }

        return length;
    }

    // RFC 4950, section 3: the labels of the packet as it came.
    private static void ReadLabels(ref Dissection dissection, int offset, int end)
    {
        const int EntryLength = 4;
        for (; end - offset >= EntryLength && dissection.Need(offset, EntryLength); offset += EntryLength)
        {
            uint entry = dissection.U32(offset);
            dissection.Fields.Depth = 3;
            dissection.Fields.AddText(FrameFields.Text, $"Label: {entry >> 12}, Exp: {(entry >> 9) & 7}, S: {(entry >> 8) & 1}, TTL: {entry & 0xff}");
            dissection.Fields.Depth = 0;
            dissection.Bits(LabelValue, offset, 3);
            dissection.Bits(LabelTrafficClass, offset, 3);
            dissection.Bits(LabelIsBottom, offset, 3);
            dissection.Number(LabelTimeToLive, offset + 3, 1);
        }

        if (offset < end)
            dissection.Part(LabelRest, offset, end - offset);
    }

    // RFC 5837, section 4: its parts are there by the bits of the subtype.
    private static void ReadInterface(ref Dissection dissection, int offset, int end)
    {
        dissection.Flags(SubType, offset - 1, RoleParts);
        byte parts = dissection.U8(offset - 1);
        ReadOnlySpan<byte> before = dissection.Narrow(end);
        if ((parts & 8) != 0)
        {
            dissection.Number(Index, offset, 4);
            offset += 4;
        }

        if ((parts & 4) != 0 && !dissection.IsShort)
            offset = ReadAddress(ref dissection, offset);
        if ((parts & 2) != 0 && !dissection.IsShort)
            offset = ReadName(ref dissection, offset, end);
        if ((parts & 1) != 0 && !dissection.IsShort)
            dissection.Number(Mtu, offset, 4);
        dissection.Widen(before);
    }

    private static int ReadAddress(ref Dissection dissection, int offset)
    {
        const ushort IsIpv4 = 1;
        const ushort IsIpv6 = 2;
        ushort family = dissection.U16(offset);
        int length = family == IsIpv4 ? 4 : 16;
        if (!dissection.Need(offset, HeadLength + length))
            return offset;
        dissection.Fields.Depth = 3;
        dissection.Label("IP Address Sub-Object");
        dissection.Fields.Depth = 4;
        dissection.Number(Family, offset, 2);
        dissection.Part(IcmpDissector.Reserved, offset + 2, 2);
        dissection.Fields.Depth = 0;
        if (family == IsIpv4)
            dissection.Ipv4(Ipv4, offset + HeadLength);
        else if (family == IsIpv6)
            dissection.Part(Ipv6, offset + HeadLength, length);
        else
            dissection.Malform(); // how long it is cannot be known
        return offset + HeadLength + length;
    }

    private static int ReadName(ref Dissection dissection, int offset, int end)
    {
        int length = dissection.U8(offset); // with itself
        if (!dissection.Need(offset, Math.Max(1, length)))
            return offset;
        dissection.Fields.Depth = 3;
        dissection.Label("Interface Name Sub-Object");
        dissection.Fields.Depth = 0;
        dissection.Number(NameLength, offset, 1);
        if (length == 0 || end - offset - 1 < length)
            return offset + 1; // Wireshark does not count it in
        AddText(ref dissection, Name, offset + 1, length - 1);
        return offset + length;
    }

    private static void AddText(ref Dissection dissection, Field field, int offset, int length)
    {
        if (!dissection.Need(offset, length))
            return;
        int zero = dissection.Octets.Slice(offset, length).IndexOf((byte)0);
        dissection.Part(field, offset, zero < 0 ? length : zero);
    }

    // RFC 8335, section 2.1: which interface an extended echo asks about.
    private static void ReadAsked(ref Dissection dissection, byte subType, int offset, int end)
    {
        ReadOnlySpan<byte> before = dissection.Narrow(end);
        dissection.Fields.SayMore($" ({subType switch
        {
            1 => "Identifies Interface By Name",
            2 => "Identifies Interface By Index",
            3 => "Identifies Interface By Address",
            _ => $"Unknown C-Type {subType}",
        }})");
        switch (subType)
        {
            case 1:
                AddText(ref dissection, AskedName, offset, end - offset);
                break;
            case 2:
                dissection.Number(AskedIndex, offset, 4);
                break;
            case 3:
                ulong family = dissection.Number(AskedFamily, offset, 2);
                dissection.Number(AskedLength, offset + 2, 1);
                dissection.Part(AskedReserved, offset + 3, 1);
                if (family == 1)
                    dissection.Ipv4(AskedIpv4, offset + 4);
                else if (family == 2)
                    dissection.Part(AskedIpv6, offset + 4, 16);
                else
                    dissection.Part(AskedAddress, offset + 4, end - offset - 4);
                break;
        }

        dissection.Widen(before);
    }
}

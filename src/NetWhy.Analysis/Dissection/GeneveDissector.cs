using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>Geneve and what it carries. Source: RFC 8926.</summary>
internal static class GeneveDissector
{
    internal static readonly FieldGroup Group = new("geneve", "Generic Network Virtualization Encapsulation");
    private static readonly Field Version = Group.Unsigned("version", "Version", 8);
    private static readonly Field Length = Group.Unsigned("option.length", "Length", 8).In(" bytes");
    private static readonly Field Flags = Group.Hexadecimal("flags", "Flags", 8);
    private static readonly Field IsOfOperations = Group.Boolean("flags.oam", "Operations, Administration and Management Frame", 8).Masked(0x80, level: 2);
    private static readonly Field HasCritical = Group.Boolean("flags.critical", "Critical Options Present", 8).Masked(0x40, level: 2);
    private static readonly Field FlagsReserved = Group.Boolean("flags.reserved", "Reserved", 8).Masked(0x3f, level: 2);
    private static readonly Field ProtocolType = Group.Hexadecimal("proto_type", "Protocol Type", 16, LinkNames.EtherType);
    private static readonly Field Identifier = Group.Hexadecimal("vni", "Virtual Network Identifier (VNI)", 24).DecimalToo();
    private static readonly Field Reserved = Group.Hexadecimal("reserved", "Reserved", 8).Hidden();
    private static readonly Field Options = Group.Octets("options", "Geneve Options");
    private static readonly Field Option = Group.Octets("option", "Option").At(2);
    private static readonly Field OptionClass = Group.Hexadecimal("option.class", "Class", 16).At(3);
    private static readonly Field OptionType = Group.Hexadecimal("option.type", "Type", 8).At(3);
    private static readonly Field OptionIsCritical = Group.Boolean("option.type.critical", "Critical Option", 8).Masked(0x80, level: 3).Hidden();
    private static readonly Field OptionFlags = Group.Hexadecimal("option.flags", "Flags", 8).At(3).Hidden();
    private static readonly Field OptionReserved = Group.Boolean("option.flags.reserved", "Reserved", 8).Masked(0xe0, level: 4).Hidden();
    private static readonly Field OptionData = Group.Octets("option.unknown.data", "Unknown Option Data").At(3);
    private static readonly Field UnknownVersion = Group.Finding("version.unknown", "Unknown version", Severity.Warning, ExpertGroup.Protocol);

    private const int LeastHeader = 8;
    private const int OptionHeader = 4;

    private static readonly Field[] FlagParts = [IsOfOperations, HasCritical, FlagsReserved];

    /// <summary>Reads a packet.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How much there is.</param>
    internal static void Read(ref Dissection dissection, int offset, int length)
    {
        const ushort Bridged = 0x6558;
        int version = dissection.U8(offset) >> 6;
        int optionsLength = (dissection.U8(offset) & 0x3f) * 4;
        int headerLength = LeastHeader + optionsLength;
        dissection.Protocol(Group.Protocol, offset, Math.Min(length, headerLength));
        int head = dissection.Fields.Last;
        dissection.Fields.Add(Version, (ulong)version, offset, 1);
        if (version != 0)
            dissection.Fields.Remark(UnknownVersion, offset, $"Unknown version {version}");
        dissection.Fields.Add(Length, (ulong)optionsLength, offset, 1);
        dissection.Flags(Flags, offset + 1, FlagParts);
        dissection.Number(ProtocolType, offset + 2, 2);
        if (dissection.Need(offset + 4, 3))
            dissection.Fields.SayMoreOf(head, $", VNI: 0x{dissection.Integer(offset + 4, 3):x6}");
        dissection.Number(Identifier, offset + 4, 3);
        dissection.Number(Reserved, offset + 7, 1);
        if (optionsLength > 0)
            ReadOptions(ref dissection, offset + LeastHeader, optionsLength);
        if (!dissection.Need(offset, headerLength))
            return;
        ushort type = dissection.U16(offset + 2);
        if (type == Bridged)
            LinkDissector.ReadEthernet(ref dissection, offset + headerLength, length - headerLength);
        else
            LinkDissector.ReadType(ref dissection, type, offset + headerLength, length - headerLength);
    }

    private static void ReadOptions(ref Dissection dissection, int offset, int length)
    {
        dissection.Part(Options, offset, length);
        dissection.Fields.Say($"Options: ({length} bytes)");
        int end = offset + length;
        while (offset + OptionHeader <= end && dissection.Need(offset, OptionHeader))
        {
            ushort kind = dissection.U16(offset);
            byte type = dissection.U8(offset + 2);
            string weight = (type & 0x80) != 0 ? "Critical" : "Non-critical";
            int size = OptionHeader + ((dissection.U8(offset + 3) & 0x1f) * 4);
            if (offset + size > end)
                return;
            dissection.Part(Option, offset, size);
            dissection.Fields.Say($"Unknown, Class: {NameOfClass(kind)} (0x{kind:x4}) Type: 0x{type:x2} ({weight})");
            dissection.Number(OptionClass, offset, 2);
            dissection.Fields.Say($"{OptionClass.Label}: {NameOfClass(kind)} (0x{kind:x4})");
            dissection.Number(OptionType, offset + 2, 1);
            dissection.Fields.SayMore($" ({weight})");
            dissection.Bits(OptionIsCritical, offset + 2, 1);
            dissection.Fields.Add(OptionFlags, dissection.U8(offset + 3) & OptionReserved.Mask, offset + 3, 1);
            dissection.Bits(OptionReserved, offset + 3, 1);
            dissection.Fields.AddAt(3, Length, (ulong)size, offset + 3);
            if (size > OptionHeader)
                dissection.Part(OptionData, offset + OptionHeader, size - OptionHeader);
            offset += size;
        }
    }

    // Source: IANA, "Geneve Option Class", as Wireshark 4.0 has it.
    private static string NameOfClass(ushort kind) => kind switch
    {
        <= 0xff => "Standard",
        0x100 => "Linux",
        0x101 => "Open vSwitch",
        0x102 => "Open Virtual Networking (OVN)",
        0x103 => "In-band Network Telemetry (INT)",
        0x104 => "VMware",
        0x105 => "Amazon.com, Inc.",
        0x106 => "Cisco Systems, Inc.",
        0x107 => "Oracle Corporation",
        <= 0x110 => "Amazon.com, Inc.",
        <= 0x118 => "IBM",
        <= 0x128 => "Ericsson",
        0x129 => "Oxide Computer Company",
        0x130 or 0x131 => "Cisco Systems, Inc.",
        >= 0x132 and <= 0x135 => "Google LLC",
        0x136 => "InfoQuick Global Connection Tech Ltd.",
        >= 0x137 and <= 0xfeff => "Unassigned",
        >= 0xfff0 => "Experimental",
        _ => "Unknown",
    };
}

using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>ARP over ATM, whose packets have a number and a subaddress for each station. Sources: RFC 2225; ATM Forum, UNI 3.1, section 5.1.3.</summary>
internal static class AtmArpDissector
{
    internal const ushort HardwareType = 19;

    // The first octet of an address: who gives it away.
    private static readonly Dictionary<ulong, string> Formats = new()
    {
        [0x39] = "DCC ATM format",
        [0xbd] = "DCC ATM group format",
        [0x47] = "ICD ATM format",
        [0xc5] = "ICD ATM group format",
        [0x45] = "E.164 ATM format",
        [0xc3] = "E.164 ATM group format",
    };

    private static readonly Dictionary<ulong, string> Opcodes = new()
    {
        [1] = "request",
        [2] = "reply",
        [8] = "inverse request",
        [9] = "inverse reply",
        [10] = "nak",
    };

    /// <summary>The fields of ARP, those of ATM among them.</summary>
    internal static readonly FieldGroup Group = ArpDissector.Group;

    private static readonly Field Format = Group.Hexadecimal("src.atm_afi", "AFI", 8, Formats);
    private static readonly Field UnknownFormat = Group.Finding("src.atm_afi.unknown", "Unknown AFI", Severity.Warning, ExpertGroup.Protocol);
    private static readonly Field Country = Group.Hexadecimal("src.atm_data_country_code", "Data Country Code", 16);
    private static readonly Field CountryOfGroup = Group.Hexadecimal("src.atm_data_country_code_group", "Data Country Code (group)", 16);
    private static readonly Field Designator = Group.Hexadecimal("src.atm_international_code_designator", "International Code Designator", 16);
    private static readonly Field DesignatorOfGroup = Group.Hexadecimal("src.atm_international_code_designator_group", "International Code Designator (group)", 16);
    private static readonly Field Isdn = Group.Octets("src.atm_e.164_isdn", "E.164 ISDN");
    private static readonly Field IsdnOfGroup = Group.Octets("src.atm_e.164_isdn_group", "E.164 ISDN");
    private static readonly Field HighOrder = Group.Octets("src.atm_high_order_dsp", "High Order DSP");
    private static readonly Field EndSystem = Group.Octets("src.atm_end_system_identifier", "End System Identifier");
    private static readonly Field Selector = Group.Hexadecimal("src.atm_selector", "Selector", 8);
    private static readonly Field Rest = Group.Octets("src.atm_rest_of_address", "Rest of address");

    private const int HeadLength = 12;
    private const int TypeMark = 0x40;
    private const int LengthMask = 0x3f;

    /// <summary>How long a packet is.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where it begins.</param>
    internal static int LengthOf(ref Dissection dissection, int offset)
    {
        int length = HeadLength + dissection.U8(offset + 8) + dissection.U8(offset + 11);
        foreach (int at in (ReadOnlySpan<int>)[4, 5, 9, 10])
            length += dissection.U8(offset + at) & LengthMask;
        return length;
    }

    /// <summary>Reads a packet.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="head">The place of the protocol.</param>
    internal static void Read(ref Dissection dissection, int offset, int head)
    {
        if (!dissection.Need(offset, HeadLength) || !dissection.Need(offset, LengthOf(ref dissection, offset)))
            return;
        ushort opcode = dissection.U16(offset + 6);
        ArpDissector.SayOpcode(ref dissection, head, "ATM Address Resolution Protocol", opcode, Opcodes.GetValueOrDefault(opcode), "");
        dissection.Summary?.Begin(opcode is 8 or 9 ? "Inverse ATMARP"u8 : "ATMARP"u8);
        dissection.Number(ArpDissector.HardwareType, offset, 2);
        dissection.Number(ArpDissector.ProtocolType, offset + 2, 2);
        AddTypes(ref dissection, ArpDissector.Sender, offset + 4);
        dissection.Number(ArpDissector.Opcode, offset + 6, 2);
        dissection.Number(ArpDissector.Sender.ProtocolSize, offset + 8, 1);
        AddTypes(ref dissection, ArpDissector.Target, offset + 9);
        dissection.Number(ArpDissector.Target.ProtocolSize, offset + 11, 1);
        int at = AddAddresses(ref dissection, ArpDissector.Sender, offset, offset + 4, offset + HeadLength, dissection.U8(offset + 8));
        _ = AddAddresses(ref dissection, ArpDissector.Target, offset, offset + 9, at, dissection.U8(offset + 11));
    }

    private static void AddTypes(ref Dissection dissection, ArpDissector.End end, int at)
    {
        AddType(ref dissection, $"{end.Label} ATM number", end.NumberType, end.NumberLength, at);
        AddType(ref dissection, $"{end.Label} ATM subaddress", end.SubaddressType, end.SubaddressLength, at + 1);
    }

    private static void AddType(ref Dissection dissection, string what, Field type, Field length, int at)
    {
        byte value = dissection.U8(at);
        if (dissection.Fields.IsWanted(FrameFields.Text))
            dissection.Label($"{what} type/length: {((value & TypeMark) != 0 ? type.Truths.True : type.Truths.False)}/{value & LengthMask}");
        dissection.Bits(type, at, 1);
        dissection.Bits(length, at, 1);
    }

    private static int AddAddresses(ref Dissection dissection, ArpDissector.End end, int offset, int types, int at, int protocol)
    {
        byte number = dissection.U8(types);
        int length = number & LengthMask;
        if (length > 0 && (number & TypeMark) != 0)
        {
            int zero = dissection.Octets.Slice(at, length).IndexOf((byte)0);
            dissection.Part(end.E164, at, zero < 0 ? length : zero);
        }
        else if (length > 0)
        {
            dissection.Part(end.Nsap, at, length);
            AddParts(ref dissection, at, length);
        }

        at += length;
        length = dissection.U8(types + 1) & LengthMask;
        if (length > 0)
            dissection.Part(end.Subaddress, at, length);
        at += length;
        ArpDissector.AddProtocol(ref dissection, end, dissection.U16(offset + 2), at, protocol);
        return at + protocol;
    }

    private static void AddParts(ref Dissection dissection, int at, int length)
    {
        const int WholeLength = 20, SystemAt = 13, SelectorAt = 19, IsdnLength = 8, CodeLength = 2;
        if (length < WholeLength)
            return;
        dissection.Fields.Depth = 2;
        dissection.Number(Format, at, 1);
        byte format = dissection.U8(at);
        (Field? code, int size) = format switch
        {
            0x39 => (Country, CodeLength),
            0xbd => (CountryOfGroup, CodeLength),
            0x47 => (Designator, CodeLength),
            0xc5 => (DesignatorOfGroup, CodeLength),
            0x45 => (Isdn, IsdnLength),
            0xc3 => (IsdnOfGroup, IsdnLength),
            _ => ((Field?)null, 0),
        };
        if (code is null)
        {
            dissection.Remark(UnknownFormat, at);
            dissection.Part(Rest, at + 1, length - 1);
        }
        else
        {
            if (size == CodeLength)
                dissection.Number(code, at + 1, size);
            else
                dissection.Part(code, at + 1, size);
            dissection.Part(HighOrder, at + 1 + size, SystemAt - 1 - size);
            dissection.Part(EndSystem, at + SystemAt, SelectorAt - SystemAt);
            dissection.Number(Selector, at + SelectorAt, 1);
        }

        dissection.Fields.Depth = 0;
    }
}

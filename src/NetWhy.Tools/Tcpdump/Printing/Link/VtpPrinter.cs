namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints Cisco's VLAN trunking protocol. Source: Cisco, Understanding VLAN Trunk Protocol.</summary>
internal static class VtpPrinter
{
    private const int HeaderLength = 36;
    private const int LongestName = 32;
    private const int VlanLength = 12; // without its name

    private static readonly Token[] Messages =
    [
        (1, "Summary advertisement"), (2, "Subset advertisement"), (3, "Advertisement request"), (4, "Join message"),
    ];
    private static readonly Token[] Sequences = [(1, "Followers"), (2, "Seq number"), (3, "Rsvd"), (4, "Rsvd")];
    private static readonly Token[] VlanTypes = [(1, "Ethernet"), (2, "FDDI"), (3, "TrCRF"), (4, "FDDI-net"), (5, "TrBRF")];
    private static readonly Token[] VlanStates = [(0, "Operational"), (1, "Suspended")];
    private static readonly Token[] Elements =
    [
        (1, "Source-Routing Ring Number TLV"), (2, "Source-Routing Bridge Number TLV"), (3, "STP type TLV"), (4, "Parent VLAN TLV"),
        (5, "Translationally bridged VLANs TLV"), (6, "Pruning TLV"), (7, "Bridge Type TLV"), (8, "Max ARP Hop Count TLV"),
        (9, "Max STE Hop Count TLV"), (10, "Backup CRF Mode TLV"),
    ];
    private static readonly Token[] TreeTypes = [(1, "SRT"), (2, "SRB"), (3, "Auto")];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "vtp";
        if (length < HeaderLength)
        {
            Invalid(printer, octets, length);
            return;
        }

        if (!printer.Need(octets, 0, HeaderLength))
            return;

        byte type = octets[1], nameLength = octets[3];
        printer.Put($"VTPv{octets[0]}, Message ");
        printer.Token(Messages, type, "Unknown message type");
        printer.Put($" (0x{(uint)type:x2}), length {length}");
        if (printer.Verbosity == 0)
        {
            printer.Need(octets, 0, length);
            return;
        }

        printer.Put("\n\tDomain name: ");
        if (nameLength is < 1 or > LongestName)
        {
            printer.Put($" [invalid MgmtD Len {nameLength}]");
            Invalid(printer, octets, length);
            return;
        }

        printer.PaddedCharacters(octets, 4, nameLength);
        printer.Put(", ");
        printer.Token(Sequences, type, "Unknown");
        printer.Put($": {octets[2]}");
        switch (type)
        {
            case 1:
                PrintSummary(printer, octets);
                break;
            case 2:
                PrintSubset(printer, octets, length);
                break;
            case 3:
                uint start = printer.U32(octets, HeaderLength);
                printer.Put($"\n\tStart value: {start}");
                break;
        }
    }

    private static void Invalid(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Invalid();
        printer.Need(octets, 0, length);
    }

    private static void PrintSummary(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        if (!printer.Need(octets, HeaderLength, 8))
            return;
        printer.Put($"\n\t  Config Rev {printer.U32(octets, 36):x}, Updater ");
        printer.Ipv4Address(octets, 40);
        if (!printer.Need(octets, 44, 12))
            return;
        printer.Put($", Timestamp 0x{printer.U32(octets, 44):x8} 0x{printer.U32(octets, 48):x8} 0x{printer.U32(octets, 52):x8}");
        if (printer.Need(octets, 56, 16))
            printer.Put($", MD5 digest: {printer.U32(octets, 56):x8}{printer.U32(octets, 60):x8}{printer.U32(octets, 64):x8}{printer.U32(octets, 68):x8}");
    }

    private static void PrintSubset(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        uint revision = printer.U32(octets, HeaderLength);
        printer.Put($", Config Rev {revision:x}");
        int at = HeaderLength + 4;
        while (at < length && !printer.IsCut)
        {
            int size = printer.U8(octets, at);
            if (size == 0 || !printer.Need(octets, at, size))
                return;
            if (size < VlanLength || !PrintVlan(printer, octets.Slice(at, size)))
            {
                Invalid(printer, octets, length);
                return;
            }

            at += size;
        }
    }

    private static bool PrintVlan(PacketPrinter printer, ReadOnlySpan<byte> vlan)
    {
        printer.Put("\n\tVLAN info status ");
        printer.Token(VlanStates, vlan[1], "Unknown");
        printer.Put(", type ");
        printer.Token(VlanTypes, vlan[2], "Unknown");
        printer.Put($", VLAN-id {printer.U16(vlan, 4)}, MTU {printer.U16(vlan, 6)}, SAID 0x{printer.U32(vlan, 8):x8}, Name ");
        int nameLength = vlan[3], padded = (nameLength + 3) & ~3;
        vlan = vlan[VlanLength..];
        if (vlan.Length < padded)
            return false;
        printer.PaddedCharacters(vlan, 0, nameLength);
        vlan = vlan[padded..];
        while (!vlan.IsEmpty)
        {
            if (vlan.Length < 2)
                return false;
            byte type = vlan[0], words = vlan[1];
            printer.Put("\n\t\t");
            printer.Token(Elements, type, "Unknown");
            printer.Put($" (0x{(uint)type:x4}) TLV");
            int size = 2 + (words * 2);
            if (vlan.Length < size)
            {
                printer.Put(" (TLV goes past the end of the packet)");
                return false;
            }

            if (words != 1)
            {
                printer.Put($" (invalid TLV length {words} != 1)");
                return false;
            }

            PrintElement(printer, type, vlan[..size]);
            vlan = vlan[size..];
        }

        return true;
    }

    private static void PrintElement(PacketPrinter printer, byte type, ReadOnlySpan<byte> element)
    {
        ushort value = printer.U16(element, 2);
        switch (type)
        {
            case 9:
                printer.Put($", {value}");
                break;
            case 6:
                PutChoice(printer, value == 1 ? "Enabled" : "Disabled", value);
                break;
            case 3:
                printer.Put(", ");
                printer.Token(TreeTypes, value, "Unknown");
                printer.Put($" ({value})");
                break;
            case 7:
                PutChoice(printer, value == 1 ? "SRB" : "SRT", value);
                break;
            case 10:
                PutChoice(printer, value == 1 ? "Backup" : "Not backup", value);
                break;
            default:
                printer.Unknown(element, 0, "\n\t\t  ", element.Length);
                break;
        }
    }

    private static void PutChoice(PacketPrinter printer, string name, ushort value) => printer.Put($", {name} ({value})");
}

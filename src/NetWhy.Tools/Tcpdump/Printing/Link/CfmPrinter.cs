namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints connectivity fault management. Sources: IEEE 802.1Q chapter 21, ITU-T Y.1731.</summary>
internal static class CfmPrinter
{
    private const int HeaderLength = 4;
    private const int ElementHeaderLength = 3;
    private const int ContinuityLength = 70;
    private const int NamesLength = 48;
    private const int TraceLength = 17;
    private const int TraceReplyLength = 6;
    private const byte DefectFlag = 0x80;

    private static readonly Token[] Operations =
    [
        (1, "Continuity Check Message"), (2, "Loopback Reply"), (3, "Loopback Message"), (4, "Linktrace Reply"), (5, "Linktrace Message"),
    ];
    private static readonly Token[] DomainFormats =
    [
        (0, "IEEE 802.1"), (1, "No MD Name present"), (2, "DNS string"), (3, "MAC + 16Bit Integer"), (4, "Character string"),
    ];
    private static readonly Token[] AssociationFormats =
    [
        (0, "IEEE 802.1"), (1, "Primary VID"), (2, "Character string"), (3, "16Bit Integer"), (4, "RFC2685 VPN-ID"),
    ];
    private static readonly Token[] TraceFlags = [(128, "Use Forwarding-DB only")];
    private static readonly Token[] TraceReplyFlags = [(128, "UseFDB Only"), (64, "FwdYes"), (32, "Terminal MEP")];
    private static readonly Token[] ReplayActions = [(1, "Exact Match"), (2, "Filtering DB"), (3, "MIP CCM DB")];
    private static readonly Token[] Elements =
    [
        (0, "End"), (1, "Sender ID"), (2, "Port status"), (3, "Interface status"), (4, "Data"), (5, "Reply Ingress"), (6, "Reply Egress"),
        (31, "Organization Specific"),
    ];
    private static readonly Token[] PortStates = [(1, "Blocked"), (2, "Up")];
    private static readonly Token[] InterfaceStates =
    [
        (1, "Up"), (2, "Down"), (3, "Testing"), (5, "Dormant"), (6, "not present"), (7, "lower Layer down"),
    ];
    private static readonly Token[] ChassisKinds =
    [
        (0, "Reserved"), (1, "Chassis component"), (2, "Interface alias"), (3, "Port component"), (4, "MAC address"), (5, "Network address"),
        (6, "Interface name"), (7, "Locally assigned"),
    ];
    // By the number of the interval: it, the shortest and the longest life of what is sent in it.
    private static readonly (string Interval, string Shortest, string Longest)[] Intervals =
    [
        default, ("0.003", "0.011", "0.012"), ("0.010", "0.032", "0.035"), ("0.100", "0.325", "0.350"), ("1.000", "3.250", "3.500"),
        ("10.000", "32.500", "35.000"), ("60.000", "195.000", "210.000"), ("600.000", "1950.000", "2100.000"),
    ];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "cfm";
        if (length < HeaderLength)
        {
            PutShort(printer);
            return;
        }

        if (octets.Length < HeaderLength)
        {
            printer.Truncated();
            return;
        }

        int level = octets[0] >> 5, version = octets[0] & 0x1f;
        if (version != 0)
        {
            printer.Put($"CFMv{version} not supported, length {length}");
            return;
        }

        byte operation = octets[1], flags = octets[2];
        printer.Put($"CFMv{version} ");
        printer.Token(Operations, operation, "unknown (%u)");
        printer.Put($", MD Level {level}, length {length}");
        if (printer.Verbosity == 0)
            return;

        int offset = octets[3];
        printer.Put($"\n\tFirst TLV offset {offset}");
        octets = octets[HeaderLength..];
        length -= HeaderLength;
        if (offset > length)
        {
            printer.Put($" (too large, must be <= {length})");
            return;
        }

        bool goesOn = operation switch
        {
            1 => PrintContinuity(printer, octets, length, offset, flags),
            5 => PrintTrace(printer, octets, length, offset, flags),
            4 => PrintTraceReply(printer, octets, length, offset, flags),
            _ => PrintUnknown(printer, octets, length - offset),
        };
        if (goesOn && !printer.IsCut)
            PrintElements(printer, PacketPrinter.From(octets, offset), length - offset);
    }

    private static void PutShort(PacketPrinter printer) => printer.Put("\n\t\t packet is too short");

    private static bool PrintUnknown(PacketPrinter printer, ReadOnlySpan<byte> octets, int count)
    {
        printer.Unknown(octets, 0, "\n\t  ", count);
        return true;
    }

    private static bool IsEnough(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int offset, int least, int number)
    {
        if (offset < least)
            printer.Put($" (too small {number}, must be >= {least})");
        else if (length < least)
            PutShort(printer);
        else if (octets.Length < least)
            printer.Truncated();
        else
            return true;
        return false;
    }

    private static bool PrintContinuity(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int offset, byte flags)
    {
        if (!IsEnough(printer, octets, length, offset, ContinuityLength, 1))
            return false;
        int interval = flags & 7;
        printer.Put($", Flags [CCM Interval {interval}{((flags & DefectFlag) != 0 ? ", RDI" : "")}]");
        if (interval != 0)
            printer.Put($"\n\t  CCM Interval {Intervals[interval].Interval}s, min CCM Lifetime {Intervals[interval].Shortest}s, max CCM Lifetime {Intervals[interval].Longest}s");
        printer.Put($"\n\t  Sequence Number 0x{printer.U32(octets, 0):x8}, MA-End-Point-ID 0x{(uint)printer.U16(octets, 4):x4}");
        int at = 6, left = NamesLength;
        return PrintDomain(printer, octets, ref at, ref left) && PrintAssociation(printer, octets, at, left);
    }

    private static bool PrintDomain(PacketPrinter printer, ReadOnlySpan<byte> octets, ref int at, ref int left)
    {
        byte format = octets[at++];
        left--;
        printer.Put("\n\t  MD Name Format ");
        printer.Token(DomainFormats, format, "Unknown");
        printer.Put($" ({format})");
        if (format == 1)
            return true;

        int size = octets[at++];
        left--;
        printer.Put($", MD Name length {size}");
        if (size > left - 3)
        {
            printer.Put($" (too large, must be <= {left - 2})");
            return false;
        }

        printer.Put("\n\t  MD Name: ");
        switch (format)
        {
            case 2 or 4:
                printer.PaddedCharacters(octets, at, size);
                break;
            case 3 when size == 6:
                printer.Put("\n\t  MAC ");
                printer.EthernetAddress(octets, at);
                break;
            case 3:
                printer.Put("\n\t  MAC (length invalid)");
                break;
            default:
                printer.Unknown(octets, at, "\n\t    ", size);
                break;
        }

        at += size;
        left -= size;
        return true;
    }

    private static bool PrintAssociation(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        byte format = octets[at], size = octets[at + 1];
        left -= 2;
        printer.Put("\n\t  MA Name-Format ");
        printer.Token(AssociationFormats, format, "Unknown");
        printer.Put($" ({format}), MA name length {size}");
        if (size > left)
        {
            printer.Put($" (too large, must be <= {left})");
            return false;
        }

        printer.Put("\n\t  MA Name: ");
        if (format == 2)
            printer.PaddedCharacters(octets, at + 2, size);
        else
            printer.Unknown(octets, at + 2, "\n\t    ", size);
        return true;
    }

    private static bool PrintTrace(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int offset, byte flags)
    {
        if (!IsEnough(printer, octets, length, offset, TraceLength, 4))
            return false;
        printer.Put(", Flags [");
        printer.Bits(TraceFlags, flags, "none");
        printer.Put($"]\n\t  Transaction-ID 0x{printer.U32(octets, 0):x8}, ttl {octets[4]}\n\t  Original-MAC ");
        printer.EthernetAddress(octets, 5);
        printer.Put(", Target-MAC ");
        printer.EthernetAddress(octets, 11);
        return true;
    }

    private static bool PrintTraceReply(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int offset, byte flags)
    {
        if (!IsEnough(printer, octets, length, offset, TraceReplyLength, 5))
            return false;
        printer.Put(", Flags [");
        printer.Bits(TraceReplyFlags, flags, "none");
        printer.Put($"]\n\t  Transaction-ID 0x{printer.U32(octets, 0):x8}, ttl {octets[4]}\n\t  Replay-Action ");
        printer.Token(ReplayActions, octets[5], "Unknown");
        printer.Put($" ({octets[5]})");
        return true;
    }

    private static void PrintElements(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        while (length > 0 && !printer.IsCut)
        {
            byte type = printer.U8(octets, 0);
            if (printer.IsCut)
                return;
            printer.Put("\n\t");
            printer.Token(Elements, type, "Unknown");
            printer.Put($" TLV (0x{(uint)type:x2})");
            if (type == 0)
                return;
            if (length < ElementHeaderLength)
            {
                PutShort(printer);
                return;
            }

            if (octets.Length < ElementHeaderLength)
            {
                printer.Truncated();
                return;
            }

            int size = printer.U16(octets, 1);
            printer.Put($", length {size}");
            octets = octets[ElementHeaderLength..];
            length -= ElementHeaderLength;
            if (length < size)
            {
                PutShort(printer);
                return;
            }

            if (octets.Length < size)
            {
                printer.Truncated();
                return;
            }

            int used = PrintElement(printer, type, octets[..size]);
            if (used < 0)
                return;
            octets = octets[used..];
            length -= used;
        }
    }

    // Gives how much of it was used up; less than 0 if the packet ends here.
    private static int PrintElement(PacketPrinter printer, byte type, ReadOnlySpan<byte> value)
    {
        int least = type switch { 2 or 3 => 1, 31 => 4, _ => 0 };
        if (value.Length < least)
        {
            printer.Put($" (too short, must be >= {least})");
            return -1;
        }

        int shown = value.Length; // counts down as a sender's identity is read; less than 0 if it is too short
        bool isUnknown = false;
        switch (type)
        {
            case 1:
                int used = PrintSender(printer, value, ref isUnknown, ref shown);
                if (used != value.Length || shown < 0)
                    return used;
                break;
            case 2 or 3:
                printer.Put(", Status: ");
                printer.Token(type == 2 ? PortStates : InterfaceStates, value[0], "Unknown");
                printer.Put($" ({value[0]})");
                break;
            case 31:
                uint organization = printer.U24(value, 0);
                printer.Put(", Vendor: ");
                printer.Token(Organizations.Names, organization, "Unknown");
                printer.Put($" ({organization}), Sub-Type {value[3]}");
                isUnknown = true;
                break;
            default:
                isUnknown = true;
                break;
        }

        if (isUnknown || printer.Verbosity > 1)
            printer.Unknown(value, 0, "\n\t  ", shown);
        return value.Length;
    }

    // As tcpdump 4.99 does, goes on one octet before the end of an identity that is too short.
    private static int PrintSender(PacketPrinter printer, ReadOnlySpan<byte> whole, ref bool isUnknown, ref int left)
    {
        if (whole.IsEmpty)
        {
            printer.Put(" (too short, must be >= 1)");
            return 0;
        }

        ReadOnlySpan<byte> value = whole[1..];
        int size = whole[0];
        left = value.Length;
        if (size > 0)
        {
            if (value.IsEmpty)
            {
                printer.Put("\n\t  (TLV too short)");
                left = -1;
                return whole.Length;
            }

            byte kind = value[0];
            value = value[1..];
            printer.Put("\n\t  Chassis-ID Type ");
            printer.Token(ChassisKinds, kind, "Unknown");
            printer.Put($" ({kind}), Chassis-ID length {size}");
            if (value.Length < size)
            {
                printer.Put("\n\t  (TLV too short)");
                return whole.Length - 1;
            }

            PrintChassis(printer, kind, value[..size], ref isUnknown);
            value = value[size..];
            left = value.Length;
        }

        if (!value.IsEmpty)
            return PrintManagement(printer, value, ref isUnknown, ref left) ? whole.Length : -1;
        return whole.Length;
    }

    // False if it is too short.
    private static bool PrintManagement(PacketPrinter printer, ReadOnlySpan<byte> value, ref bool isUnknown, ref int left)
    {
        int size = value[0];
        value = value[1..];
        left = value.Length;
        printer.Put($"\n\t  Management Address Domain Length {size}");
        if (size == 0)
            return true;
        if (value.Length < size)
        {
            printer.Put("\n\t  (TLV too short)");
            left = -1;
            return true;
        }

        PutHexadecimal(printer, "\n\t  Management Address Domain: ", value[..size]);
        value = value[size..];
        left = value.Length;
        if (value.IsEmpty)
        {
            printer.Put(" (Management Address Length is missing)");
            isUnknown = true;
            return true;
        }

        size = value[0];
        value = value[1..];
        left = value.Length;
        printer.Put($"\n\t  Management Address Length {size}");
        if (size == 0)
            return true;
        if (value.Length < size)
        {
            printer.Put("\n\t  (TLV too short)");
            return false;
        }

        PutHexadecimal(printer, "\n\t  Management Address: ", value[..size]);
        left = value.Length - size;
        return true;
    }

    private static void PutHexadecimal(PacketPrinter printer, string title, ReadOnlySpan<byte> octets) => HexDump.Hexadecimal(printer, title, octets);

    private static void PrintChassis(PacketPrinter printer, byte kind, ReadOnlySpan<byte> value, ref bool isUnknown)
    {
        switch (kind)
        {
            case 4 when value.Length != 6:
                printer.Put(" (invalid MAC address length)");
                isUnknown = true;
                break;
            case 4:
                printer.Put("\n\t  MAC ");
                printer.EthernetAddress(value, 0);
                break;
            case 5:
                isUnknown |= !PrintNetworkAddress(printer, value);
                break;
            case 1 or 2 or 3 or 6 or 7:
                printer.PaddedCharacters(value, 0, value.Length);
                break;
            default:
                isUnknown = true;
                break;
        }
    }

    private static bool PrintNetworkAddress(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
        {
            printer.Put("\n\t  Network Address Type [length = 0] (invalid)");
            return false;
        }

        byte family = value[0];
        value = value[1..];
        printer.Put("\n\t  Network Address Type ");
        printer.Token(AddressFamilies.Names, family, "Unknown");
        printer.Put($" ({family})");
        int right = family switch { 1 => 4, 2 => 16, _ => 0 };
        if (right == 0)
            return false;
        if (value.Length != right)
        {
            printer.Put($"(invalid IPv{(right == 4 ? "4" : "6")} address length {value.Length})");
            return false;
        }

        printer.Put(", ");
        if (right == 4)
            printer.Ipv4Address(value, 0);
        else
            printer.Ipv6Address(value, 0);
        return true;
    }
}

namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Prints EIGRP. Source: RFC 7868, section 6.</summary>
internal static class EigrpPrinter
{
    private const int HeaderLength = 20;
    private const int TlvLength = 4;

    private static readonly Token[] Opcodes = [(1, "Update"), (3, "Query"), (4, "Reply"), (5, "Hello"), (6, "IPX SAP"), (7, "Probe")];

    private static readonly Token[] Flags = [(0x01, "Init"), (0x02, "Conditionally Received"), (0x04, "Restart"), (0x08, "End-of-Table")];

    private static readonly Token[] Tlvs =
    [
        (0x0001, "General Parameters"), (0x0002, "Authentication"), (0x0003, "Sequence"), (0x0004, "Software Version"),
        (0x0005, "Next Multicast Sequence"), (0x0102, "IP Internal routes"), (0x0103, "IP External routes"),
        (0x0202, "AppleTalk Internal routes"), (0x0203, "AppleTalk External routes"), (0x0204, "AppleTalk Cable setup"),
        (0x0302, "IPX Internal routes"), (0x0303, "IPX External routes"),
    ];

    private static readonly Token[] Protocols =
    [
        (0x01, "IGRP"), (0x02, "EIGRP"), (0x03, "Static"), (0x04, "RIP"), (0x05, "Hello"), (0x06, "OSPF"), (0x07, "IS-IS"), (0x08, "EGP"),
        (0x09, "BGP"), (0x0a, "IDRP"), (0x0b, "Connected"),
    ];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "eigrp";
        if (octets.Length < HeaderLength)
        {
            printer.Truncated();
            return;
        }

        if (octets[0] != 2)
        {
            printer.Put($"EIGRP version {octets[0]} packet not supported");
            return;
        }

        byte opcode = octets[1];
        if (printer.Verbosity < 1 || length < HeaderLength)
        {
            printer.Put("EIGRP ");
            printer.Token(Opcodes, opcode, "unknown (%u)");
            printer.Put($", length: {length}{(printer.Verbosity < 1 ? "" : " (too short, < 20)")}");
            return;
        }

        int left = length - HeaderLength;
        printer.Put("\n\tEIGRP v2, opcode: ");
        printer.Token(Opcodes, opcode, "unknown, type: %u");
        printer.Put($" ({opcode}), chksum: 0x{(uint)printer.U16(octets, 2):x4}, Flags: [");
        printer.Bits(Flags, printer.U32(octets, 4), "none");
        printer.Put($"]\n\tseq: 0x{printer.U32(octets, 8):x8}, ack: 0x{printer.U32(octets, 12):x8}, ");
        printer.Put($"VRID: {printer.U16(octets, 16)}, AS: {printer.U16(octets, 18)}, length: {left}");
        PrintTlvs(printer, octets, left);
    }

    private static void PrintTlvs(PacketPrinter printer, ReadOnlySpan<byte> octets, int left)
    {
        for (int at = HeaderLength; left > 0 && !printer.IsCut;)
        {
            if (!PacketPrinter.Has(octets, at, TlvLength))
            {
                printer.Truncated();
                return;
            }

            int type = printer.U16(octets, at), size = printer.U16(octets, at + 2);
            if (size < TlvLength || size > left)
            {
                printer.Unknown(octets, at + TlvLength, "\n\t    ", left);
                return;
            }

            printer.Put("\n\t  ");
            printer.Token(Tlvs, (uint)type, "Unknown");
            printer.Put($" TLV (0x{type:x4}), length: {size}");
            if (!PacketPrinter.Has(octets, at, size))
            {
                printer.Truncated();
                return;
            }

            ReadOnlySpan<byte> value = octets.Slice(at + TlvLength, size - TlvLength);
            PrintTlv(printer, octets[(at + TlvLength)..], value, type);
            if (printer.Verbosity > 1)
                printer.Unknown(value, 0, "\n\t    ", value.Length);
            at += size;
            left -= size;
        }
    }

    private static void PrintTlv(PacketPrinter printer, ReadOnlySpan<byte> octets, ReadOnlySpan<byte> value, int type)
    {
        int shortest = type switch { 0x0001 or 0x0204 => 8, 0x0004 => 4, 0x0102 => 22, 0x0103 => 42, 0x0202 => 24, 0x0203 => 40, _ => 0 };
        if (value.Length < shortest)
        {
            printer.Put($" (too short, < {TlvLength + shortest})");
            return;
        }

        switch (type)
        {
            case 0x0001:
                printer.Put($"\n\t    holdtime: {printer.U16(value, 6)}s, k1 {value[0]}, k2 {value[1]}, k3 {value[2]}, k4 {value[3]}, k5 {value[4]}");
                break;
            case 0x0004:
                printer.Put($"\n\t    IOS version: {value[0]}.{value[1]}, EIGRP version {value[2]}.{value[3]}");
                break;
            case 0x0102:
                if (PutPrefix(printer, octets, 20))
                    PutMetrics(printer, value, 4);
                break;
            case 0x0103:
                if (!PutPrefix(printer, octets, 40))
                    break;
                printer.Put("\n\t      origin-router ");
                printer.Ipv4Address(value, 4);
                PutOrigin(printer, printer.U32(value, 8), value[22], value[23], printer.U32(value, 12), printer.U32(value, 16));
                PutMetrics(printer, value, 24);
                break;
            case 0x0204:
                printer.Put($"\n\t    Cable-range: {printer.U16(value, 0)}-{printer.U16(value, 2)}, Router-ID {printer.U32(value, 4)}");
                break;
            case 0x0202:
                PutCables(printer, value, 20);
                PutMetrics(printer, value, 4);
                break;
            case 0x0203:
                PutCables(printer, value, 36);
                printer.Put($"\n\t      origin-router {printer.U32(value, 4)}");
                PutOrigin(printer, printer.U32(value, 8), value[16], value[17], printer.U32(value, 12), printer.U16(value, 18));
                PutMetrics(printer, value, 20);
                break;
            default:
                if (printer.Verbosity <= 1)
                    printer.Unknown(value, 0, "\n\t    ", value.Length);
                break;
        }
    }

    private static bool PutPrefix(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        int bits = octets[at];
        if (bits > 32)
        {
            printer.Put($"\n\t    illegal prefix length {bits}");
            return false;
        }

        int count = (bits + 7) / 8;
        if (!printer.Need(octets, at + 1, count))
            return false;
        printer.Put("\n\t    IPv4 prefix: ");
        int start = printer.Text.Length;
        printer.PrefixAddress(octets, at + 1, count * 8, 4);
        printer.AlignRight(start, 15);
        printer.Put($"/{bits}, nexthop: ");
        if (printer.U32(octets, 0) == 0)
            printer.Put("self");
        else
            printer.Ipv4Address(octets, 0);
        return true;
    }

    private static void PutCables(PacketPrinter printer, ReadOnlySpan<byte> value, int at)
    {
        printer.Put($"\n\t     Cable-Range: {printer.U16(value, at)}-{printer.U16(value, at + 2)}, nexthop: ");
        if (printer.U32(value, 0) == 0)
            printer.Put("self");
        else
            printer.Put($"{printer.U16(value, 0)}.{printer.U16(value, 2)}");
    }

    private static void PutOrigin(PacketPrinter printer, uint system, byte protocol, byte flags, uint tag, uint metric)
    {
        printer.Put($", origin-as {system}, origin-proto ");
        printer.Token(Protocols, protocol, "unknown");
        printer.Put($", flags [0x{(uint)flags:x2}], tag 0x{tag:x8}, metric {metric}");
    }

    private static void PutMetrics(PacketPrinter printer, ReadOnlySpan<byte> value, int at)
    {
        printer.Put($"\n\t      delay {printer.U32(value, at) / 100} ms, bandwidth {printer.U32(value, at + 4)} Kbps, mtu {printer.U24(value, at + 8)}, ");
        printer.Put($"hop {value[at + 11]}, reliability {value[at + 12]}, load {value[at + 13]}");
    }
}

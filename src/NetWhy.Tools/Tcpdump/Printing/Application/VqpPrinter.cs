namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints Cisco's VLAN Query Protocol.</summary>
internal static class VqpPrinter
{
    private const int HeaderLength = 8, ObjectHeaderLength = 6;

    private static readonly Token[] Types =
        [(1, "Request, Join Port"), (2, "Response, VLAN"), (3, "Request, Reconfirm"), (4, "Response, Reconfirm")];

    private static readonly Token[] Errors = [(0, "No error"), (3, "Access denied"), (4, "Shutdown port"), (5, "Wrong VTP domain")];

    private static readonly Token[] Objects =
    [
        (0x0c01, "Client IP Address"), (0x0c02, "Port Name"), (0x0c03, "VLAN Name"), (0x0c04, "VTP Domain"), (0x0c05, "Ethernet Packet"),
        (0x0c06, "MAC Null"), (0x0c08, "MAC Address"),
    ];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "vqp";
        if (!printer.Need(octets, 0, HeaderLength))
            return;
        if (length < HeaderLength)
        {
            printer.Invalid();
            return;
        }

        uint version = octets[0], error = octets[2], count = octets[3];
        if (version != 1)
        {
            printer.Put($"VQP version {version} packet not supported");
            return;
        }

        bool isBrief = printer.Verbosity == 0;
        printer.Put(isBrief ? "VQPv1 " : "\n\tVQPv1, ");
        printer.Token(Types, octets[1], "unknown (%u)");
        printer.Put(" Message, error-code ");
        printer.Token(Errors, error, "unknown");
        printer.Put($" ({error})");
        if (!isBrief)
            printer.Put($", seq 0x{printer.U32(octets, 4):x8}, items {count}");
        printer.Put($", length {length}");
        if (!isBrief && !PrintObjects(printer, octets, length, count))
            printer.Invalid();
    }

    private static bool PrintObjects(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, uint count)
    {
        for (int at = HeaderLength; count > 0 && at != length; count--)
        {
            if (!printer.Need(octets, at, ObjectHeaderLength))
                return true;
            if (length - at < ObjectHeaderLength)
                return false;
            uint type = printer.U32(octets, at);
            int size = printer.U16(octets, at + 4);
            at += ObjectHeaderLength;
            printer.Put("\n\t  ");
            printer.Token(Objects, type, "Unknown");
            printer.Put($" Object (0x{type:x8}), length {size}, value: ");
            if (type == 0 || size == 0 || !printer.Need(octets, at, size))
                return true;
            if (size > length - at)
                return false;
            switch (type)
            {
                case 0x0c01 when size != 4:
                case 0x0c06 or 0x0c08 when size != 6:
                    return false;
                case 0x0c01:
                    printer.Ipv4Address(octets, at);
                    printer.Put($" (0x{printer.U32(octets, at):x8})");
                    break;
                case 0x0c06 or 0x0c08:
                    printer.EthernetAddress(octets, at);
                    break;
                case >= 0x0c02 and <= 0x0c05:
                    printer.PaddedCharacters(octets, at, size);
                    break;
                default:
                    if (printer.Verbosity <= 1)
                        printer.Unknown(octets, at, "\n\t    ", size);
                    break;
            }

            at += size;
        }

        return true;
    }
}

namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints the protocol between an RPKI cache and routers. Source: RFC 6810, section 5.</summary>
internal static class RpkiPrinter
{
    private const int HeaderLength = 8;

    private static readonly Token[] Types =
    [
        (0, "Serial Notify"), (1, "Serial Query"), (2, "Reset Query"), (3, "Cache Response"), (4, "IPV4 Prefix"), (6, "IPV6 Prefix"),
        (7, "End of Data"), (8, "Cache Reset"), (10, "Error Report"),
    ];

    private static readonly Token[] Errors =
    [
        (0, "Corrupt Data"), (1, "Internal Error"), (2, "No Data Available"), (3, "Invalid Request"), (4, "Unsupported Protocol Version"),
        (5, "Unsupported PDU Type"), (6, "Withdrawal of Unknown Record"), (7, "Duplicate Announcement Received"),
    ];

    /// <summary>Prints a segment's data.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "rpki_rtr";
        if (printer.Verbosity == 0)
        {
            printer.Put(", RPKI-RTR");
            return;
        }

        for (int at = 0; at < length && !printer.IsCut;)
            at += PrintUnit(printer, PacketPrinter.From(octets, at), length - at, isOuter: true, "\n\t  ");
    }

    // The octets that it took.
    private static int PrintUnit(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, bool isOuter, string indent)
    {
        uint version = printer.U8(octets, 0);
        if (version != 0)
        {
            printer.Put($"\n\tRPKI-RTRv{version} (unknown)");
            return length;
        }

        if (length < HeaderLength)
        {
            printer.Put($"({length} bytes is too few to decode)");
            return End(printer, octets, length);
        }

        if (!printer.Need(octets, 0, HeaderLength))
            return length;
        uint type = octets[1], said = printer.U32(octets, 4);
        printer.Put("\n\tRPKI-RTRv0, ");
        printer.Token(Types, type, "Unknown");
        printer.Put($" PDU ({type}), length: {said}");
        if (said < HeaderLength || said > (uint)length)
            return End(printer, octets, length);

        int size = (int)said;
        bool isUnknown = false;
        switch (type)
        {
            case 0 or 1 or 7 when size == HeaderLength + 4:
                if (printer.Need(octets, 0, size))
                    printer.Put($"{indent}Session ID: 0x{(uint)printer.U16(octets, 2):x4}, Serial: {printer.U32(octets, 8)}");
                break;
            case 2 or 8 when size == HeaderLength:
                break;
            case 3 when size == HeaderLength:
                printer.Put($"{indent}Session ID: 0x{(uint)printer.U16(octets, 2):x4}");
                break;
            case 4 when size == HeaderLength + 12:
            case 6 when size == HeaderLength + 24:
                PrintPrefix(printer, octets, size, indent, isIpv4: type == 4);
                break;
            case 10:
                if (!PrintError(printer, octets, size, isOuter, indent))
                    return End(printer, octets, length);
                break;
            case <= 8 and not 5:
                return End(printer, octets, length);
            default:
                isUnknown = printer.Need(octets, 0, size);
                break;
        }

        if (printer.Verbosity > 1 || isUnknown)
            printer.Unknown(octets, 0, "\n\t  ", size);
        return size;
    }

    private static int End(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Invalid();
        printer.Need(octets, 0, length);
        return length;
    }

    private static void PrintPrefix(PacketPrinter printer, ReadOnlySpan<byte> octets, int size, string indent, bool isIpv4)
    {
        if (!printer.Need(octets, 0, size))
            return;
        printer.Put($"{indent}{(isIpv4 ? "IPv4" : "IPv6")} Prefix ");
        if (isIpv4)
            printer.Ipv4Address(octets, 12);
        else
            printer.Ipv6Address(octets, 12);
        printer.Put($"/{(uint)octets[9]}-{(uint)octets[10]}, origin-as {printer.U32(octets, size - 4)}, flags 0x{(uint)octets[8]:x2}");
    }

    private static bool PrintError(PacketPrinter printer, ReadOnlySpan<byte> octets, int size, bool isOuter, string indent)
    {
        int at = HeaderLength + 4;
        if (size < at)
            return false;
        if (!printer.Need(octets, 0, at))
            return true;
        uint inner = printer.U32(octets, HeaderLength), error = printer.U16(octets, 2);
        printer.Put($"{indent}Error code: ");
        printer.Token(Errors, error, "Unknown");
        printer.Put($" ({error}), Encapsulated PDU length: {inner}");
        if (inner > 0)
        {
            if (inner > (uint)(size - at))
                return false;
            if (isOuter)
            {
                printer.Put("\n\t    -----encapsulated PDU-----");
                PrintUnit(printer, PacketPrinter.From(octets, at), (int)inner, isOuter: false, "\n\t    ");
            }
            else if (!printer.Need(octets, at, (int)inner))
            {
                return true;
            }

            at += (int)inner;
        }

        if (size < at + 4)
            return false;
        uint text = printer.U32(octets, at);
        at += 4;
        if (text == 0 || printer.IsCut)
            return true;
        if (text > (uint)(size - at))
            return false;
        printer.Put($"{indent}Error text: ");
        printer.Characters(octets, at, (int)text);
        return true;
    }
}

namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints the mobility header of IPv6. Source: RFC 6275, section 6.1.</summary>
internal static class MobilityPrinter
{
    private const int FixedLength = 8;
    private const byte RefreshRequest = 0;
    private const byte HomeTestInit = 1;
    private const byte CareOfTestInit = 2;
    private const byte HomeTest = 3;
    private const byte CareOfTest = 4;
    private const byte Update = 5;
    private const byte Acknowledgment = 6;
    private const byte Error = 7;

    private static readonly Token[] Types =
    [
        (RefreshRequest, "BRR"), (HomeTestInit, "HoTI"), (CareOfTestInit, "CoTI"), (HomeTest, "HoT"), (CareOfTest, "CoT"), (Update, "BU"),
        (Acknowledgment, "BA"), (Error, "BE"),
    ];

    private static readonly Token[] UpdateFlags = [(8, "A"), (4, "H"), (2, "L"), (1, "K")];

    /// <summary>Prints a header.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        printer.Protocol = "mobility";
        if (octets.Length < 2)
        {
            printer.Truncated();
            return;
        }

        int length = (octets[1] + 1) * 8;
        byte type = printer.U8(octets, 2);
        if (printer.IsCut)
            return;
        int fixedLength = FixedLength + type switch
        {
            HomeTestInit or CareOfTestInit => 8,
            HomeTest or CareOfTest or Error => 16,
            Update or Acknowledgment => 4,
            _ => 0,
        };
        if (length < fixedLength)
        {
            printer.Put($"(header length {length} is too small for type {type})");
            printer.Truncated();
            return;
        }

        printer.Put("mobility: ");
        printer.Token(Types, type, "type-#%u");
        if (type > Error)
        {
            printer.Put($" len={octets[1]}");
            return;
        }

        if (!PrintMessage(printer, octets, type))
        {
            printer.Truncated();
            return;
        }

        if (printer.Verbosity > 0 && !PrintOptions(printer, PacketPrinter.From(octets, fixedLength), length - fixedLength))
            printer.Truncated();
    }

    private static bool PrintMessage(PacketPrinter printer, ReadOnlySpan<byte> octets, byte type)
    {
        switch (type)
        {
            case HomeTestInit or CareOfTestInit:
                PrintNumber(printer, octets, 8, type is HomeTestInit ? " Home Init Cookie=" : " Care-of Init Cookie=");
                break;
            case HomeTest or CareOfTest:
                printer.Need(octets, 6, 2);
                printer.Put($" nonce id=0x{(uint)printer.U16(octets, 6):x}");
                PrintNumber(printer, octets, 8, type is HomeTest ? " Home Init Cookie=" : " Care-of Init Cookie=");
                PrintNumber(printer, octets, 16, type is HomeTest ? " Home Keygen Token=" : " Care-of Keygen Token=");
                break;
            case Update:
                PrintSequence(printer, octets, 6);
                if (printer.IsCut)
                    break;
                if (!PacketPrinter.Has(octets, 8, 2))
                    return false;
                uint flags = (uint)octets[8] >> 4;
                if (flags != 0)
                {
                    printer.Put(" ");
                    printer.Bits(UpdateFlags, flags, "", "");
                }

                PrintLifetime(printer, octets);
                break;
            case Acknowledgment:
                PrintStatus(printer, octets);
                byte keys = printer.U8(octets, 7);
                if ((keys & 0x80) != 0)
                    printer.Put(" K");
                PrintSequence(printer, octets, 8);
                PrintLifetime(printer, octets);
                break;
            case Error:
                PrintStatus(printer, octets);
                printer.Need(octets, 8, 16);
                printer.Put(" homeaddr ");
                printer.Ipv6Address(octets, 8);
                break;
        }

        return true;
    }

    private static void PrintNumber(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, string name)
    {
        if (printer.Verbosity == 0)
            return;
        printer.Need(octets, at, 8);
        printer.Put($"{name}{printer.U32(octets, at):x8}:{printer.U32(octets, at + 4):x8}");
    }

    private static void PrintSequence(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        printer.Need(octets, at, 2);
        printer.Put($" seq#={printer.U16(octets, at)}");
    }

    private static void PrintLifetime(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        printer.Need(octets, 10, 2);
        printer.Put($" lifetime={printer.U16(octets, 10) * 4}");
    }

    private static void PrintStatus(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        printer.Need(octets, 6, 1);
        printer.Put($" status={printer.U8(octets, 6)}");
    }

    private static bool PrintOptions(PacketPrinter printer, ReadOnlySpan<byte> options, int length)
    {
        int size;
        for (int at = 0; at < length && !printer.IsCut; at += size)
        {
            byte type = printer.U8(options, at);
            size = 1;
            if (type != 0)
            {
                if (at + 1 >= length)
                    return false;
                size = printer.U8(options, at + 1) + 2;
            }

            if (printer.IsCut)
                return true;
            if (at + size > length || !PacketPrinter.Has(options, at + size, 1))
                return false; // one octet behind the option must have been captured
            if (!PrintOption(printer, options, at, type, length - at))
                return false;
        }

        return true;
    }

    private static bool PrintOption(PacketPrinter printer, ReadOnlySpan<byte> options, int at, byte type, int left)
    {
        (string name, int least) = type switch
        {
            2 => ("refresh", 4),
            3 => ("altcoa", 18),
            4 => ("ni", 6),
            5 => ("auth", 12),
            _ => ("", 0),
        };
        if (left < least)
        {
            printer.Put($"({name}: trunc)");
            return false;
        }

        switch (type)
        {
            case 0:
                printer.Put("(pad1)");
                break;
            case 1:
                printer.Put("(padn)");
                break;
            case 2:
                printer.Need(options, at + 2, 2);
                printer.Put($"(refresh: {printer.U16(options, at + 2) * 4})");
                break;
            case 3:
                printer.Need(options, at + 2, 16);
                printer.Put("(alt-CoA: ");
                printer.Ipv6Address(options, at + 2);
                printer.Put(")");
                break;
            case 4:
                printer.Need(options, at + 2, 4);
                printer.Put($"(ni: ho=0x{(uint)printer.U16(options, at + 2):x4} co=0x{(uint)printer.U16(options, at + 4):x4})");
                break;
            case 5:
                printer.Put("(auth)");
                break;
            default:
                printer.Put($"(type-0x{(uint)type:x2}: len={printer.U8(options, at + 1)})");
                break;
        }

        return true;
    }
}

namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints Cisco's unidirectional link detection. Source: RFC 5171.</summary>
internal static class UdldPrinter
{
    private const int HeaderLength = 4;
    private const int ElementHeaderLength = 4;

    private static readonly Token[] Flags =
    [
        (1, "RT"), (2, "RSY"), (4, "MBZ-2"), (8, "MBZ-3"), (16, "MBZ-4"), (32, "MBZ-5"), (64, "MBZ-6"), (128, "MBZ-7"),
    ];
    private static readonly Token[] Codes = [(0, "Reserved"), (1, "Probe message"), (2, "Echo message"), (3, "Flush message")];
    private static readonly Token[] Elements =
    [
        (1, "Device-ID TLV"), (2, "Port-ID TLV"), (3, "Echo TLV"), (4, "Message Interval TLV"), (5, "Timeout Interval TLV"), (6, "Device Name TLV"),
        (7, "Sequence Number TLV"),
    ];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "udld";
        if (length < HeaderLength)
        {
            Invalid(printer, octets, 0, length);
            return;
        }

        byte code = printer.U8(octets, 0), flags = printer.U8(octets, 1);
        printer.Put($"UDLDv{code >> 5}, Code ");
        printer.Token(Codes, code & 0x1fu, "Reserved");
        printer.Put($" ({code & 0x1f:x}), Flags [");
        printer.Bits(Flags, flags, "none");
        printer.Put($"] (0x{(uint)flags:x2}), length {length}");
        if (printer.Verbosity == 0)
        {
            printer.Need(octets, 2, length - 2);
            return;
        }

        uint checksum = printer.U16(octets, 2);
        printer.Put($"\n\tChecksum 0x{checksum:x4} (unverified)");
        int at = HeaderLength;
        while (at < length && !printer.IsCut)
        {
            if (length - at < ElementHeaderLength)
            {
                Invalid(printer, octets, at, length);
                return;
            }

            ushort type = printer.U16(octets, at), size = printer.U16(octets, at + 2);
            at += ElementHeaderLength;
            if (printer.IsCut)
                return;
            printer.Put("\n\t");
            printer.Token(Elements, type, "Unknown");
            printer.Put($" (0x{(uint)type:x4}) TLV, length {size}");
            int valueLength = size - ElementHeaderLength;
            if (valueLength <= 0 || length - at < valueLength || !PrintValue(printer, octets, at, type, valueLength))
            {
                Invalid(printer, octets, at, length);
                return;
            }

            at += valueLength;
        }
    }

    private static void Invalid(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length)
    {
        printer.Invalid();
        printer.Need(octets, at, length - at);
    }

    private static bool PrintValue(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, ushort type, int size)
    {
        switch (type)
        {
            case 1 or 2 or 6:
                printer.Put(", ");
                printer.PaddedCharacters(octets, at, size);
                break;
            case 3:
                printer.Put(", ");
                printer.Characters(octets, at, size);
                break;
            case 4 or 5:
                if (size != 1)
                    return false;
                byte seconds = printer.U8(octets, at);
                printer.Put($", {seconds}s");
                break;
            case 7:
                if (size != 4)
                    return false;
                uint sequence = printer.U32(octets, at);
                printer.Put($", {sequence}");
                break;
            default:
                printer.Need(octets, at, size);
                break;
        }

        return true;
    }
}

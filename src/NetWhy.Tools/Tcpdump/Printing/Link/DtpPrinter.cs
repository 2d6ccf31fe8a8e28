namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints Cisco's dynamic trunking protocol.</summary>
internal static class DtpPrinter
{
    private const int ElementHeaderLength = 4;

    private static readonly Token[] Elements = [(1, "Domain"), (2, "Status"), (3, "DTP type"), (4, "Neighbor")];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "dtp";
        if (length < 1)
        {
            printer.Put("[zero packet length]");
            printer.Invalid();
            return;
        }

        byte version = printer.U8(octets, 0);
        printer.Put($"DTPv{version}, length {length}");
        if (printer.Verbosity == 0)
            return;
        int at = 1;
        while (at < length && !printer.IsCut)
        {
            if (length - at < ElementHeaderLength)
            {
                printer.Put($"[{length - at} bytes remaining]");
                Invalid(printer, octets, at, length);
                return;
            }

            ushort type = printer.U16(octets, at), size = printer.U16(octets, at + 2);
            if (type == 0 || printer.IsCut)
                return;
            printer.Put("\n\t");
            printer.Token(Elements, type, "Unknown");
            printer.Put($" (0x{(uint)type:x4}) TLV, length {size}");
            if (size < ElementHeaderLength || size > length - at)
            {
                printer.Put($"[invalid TLV length {size}]");
                Invalid(printer, octets, at, length);
                return;
            }

            if (!PrintValue(printer, octets, at + ElementHeaderLength, type, size - ElementHeaderLength))
            {
                Invalid(printer, octets, at, length);
                return;
            }

            at += size;
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
            case 1:
                printer.Put(", ");
                printer.PaddedCharacters(octets, at, size);
                break;
            case 2 or 3:
                if (size != 1)
                    return false;
                uint value = printer.U8(octets, at);
                printer.Put($", 0x{value:x}");
                break;
            case 4:
                if (size != 6)
                    return false;
                if (printer.Need(octets, at, 6))
                {
                    printer.Put(", ");
                    printer.EthernetAddress(octets, at);
                }

                break;
            default:
                printer.Need(octets, at, size);
                break;
        }

        return true;
    }
}

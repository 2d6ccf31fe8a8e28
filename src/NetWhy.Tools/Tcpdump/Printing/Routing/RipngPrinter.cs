namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Prints RIPng. Source: RFC 2080.</summary>
internal static class RipngPrinter
{
    private const int HeaderLength = 4;
    private const int EntryLength = 20;
    private const byte Infinity = 16;

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "ripng";
        byte version = printer.U8(octets, 1);
        if (printer.IsCut)
            return;
        if (version != 1)
        {
            printer.Put($" [vers {version}]");
            printer.Invalid();
            return;
        }

        byte command = octets[0];
        int left = length - HeaderLength, count = left / EntryLength;
        if (command is not (1 or 2))
        {
            printer.Put($" ripng-{command} ?? {length}");
            printer.Invalid();
            return;
        }

        if (left < 0)
        {
            printer.Invalid();
            return;
        }

        string name = command == 1 ? "req" : "resp";
        if (command == 1 && count == 1 && printer.U8(octets, HeaderLength + 19) == Infinity && !octets.Slice(HeaderLength, 16).ContainsAnyExcept((byte)0))
        {
            printer.Put(" ripng-req dump");
            return;
        }

        if (count * EntryLength != left)
            printer.Put($" ripng-{name} {count}[{length}]:");
        else
            printer.Put($" ripng-{name} {count}:");
        for (int at = HeaderLength; left >= EntryLength && !printer.IsCut; left -= EntryLength, at += EntryLength)
        {
            printer.Put(printer.Verbosity > 1 ? "\n\t" : " ");
            PrintEntry(printer, octets, at, command);
        }

        if (left != 0)
            printer.Invalid();
    }

    private static void PrintEntry(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, byte command)
    {
        byte bits = printer.U8(octets, at + 18);
        if (printer.IsCut)
            return;
        printer.Ipv6Address(octets, at);
        printer.Put($"/{bits}");
        ushort tag = printer.U16(octets, at + 16);
        if (tag != 0)
            printer.Put($" [{tag}]");
        byte metric = printer.U8(octets, at + 19);
        if (metric != 0 && command == 2)
            printer.Put($" ({metric})");
    }
}

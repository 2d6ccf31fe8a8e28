namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints ZMTP 1.0. Source: ZeroMQ, 13/ZMTP.</summary>
internal static class ZmtpPrinter
{
    private const int MostPrinted = 128;

    /// <summary>Prints frames.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "zmtp1";
        printer.Put(": ZMTP/1.0");
        octets = PacketPrinter.First(octets, length);
        for (int at = 0; at < octets.Length;)
            at = PrintFrame(printer, octets, at);
    }

    /// <summary>Prints what a datagram of PGM carries: the rest of a message, then frames.</summary>
    /// <inheritdoc cref="Print"/>
    internal static void PrintDatagram(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "zmtp1";
        int at = PrintRest(printer, octets, length);
        octets = PacketPrinter.First(octets, length);
        while (at < octets.Length)
            at = PrintFrame(printer, octets, at);
    }

    private static int PrintRest(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        if (octets.Length < 2)
        {
            printer.Truncated();
            return length;
        }

        int offset = printer.U16(octets, 0), captured = octets.Length - 2;
        printer.Put($"\n\t frame offset 0x{(uint)offset:x4}");
        if (offset == 0xffff)
        {
            offset = length - 2;
        }
        else if (2 + offset > length)
        {
            printer.Put(" (exceeds datagram declared length)");
            printer.Truncated();
            return length;
        }

        if (offset > 0)
        {
            printer.Put($"\n\t frame intermediate part, {offset} bytes");
            if (offset > captured)
                printer.Put($" ({captured} captured)");
            if (printer.Verbosity > 0)
            {
                int printed = Math.Min(offset, captured);
                if (printer.Verbosity == 1)
                    printed = Math.Min(printed, MostPrinted);
                if (printed > 1)
                {
                    printer.Put($", first {printed} byte(s):");
                    HexDump.HexadecimalAndAscii(printer, "\n\t ", PacketPrinter.Part(octets, 2, printed));
                }
            }
        }

        return 2 + offset;
    }

    // The offset of the next.
    private static int PrintFrame(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        printer.Put("\n\t");
        int header = octets[at] == 0xff ? 9 : 1;
        ulong length = octets[at];
        if (header == 1)
        {
            printer.Put($" frame flags+body  (8-bit) length {length}");
        }
        else
        {
            printer.Put(" frame flags+body (64-bit) length");
            if (!PacketPrinter.Has(octets, at, header))
            {
                printer.Truncated();
                return octets.Length;
            }

            length = printer.U64(octets, at + 1);
            printer.Put($" {length}");
        }

        at += header;
        if (length == 0)
            return at;
        if (at >= octets.Length)
        {
            printer.Truncated();
            return octets.Length;
        }

        int captured = octets.Length - at;
        if (length > (ulong)captured)
            printer.Put($" ({captured} captured)");
        uint flags = octets[at];
        printer.Put($", flags 0x{flags:x2}");
        if (printer.Verbosity > 0)
            PrintBody(printer, octets[at..], length, flags);
        if (length > (ulong)captured)
        {
            printer.Truncated();
            return octets.Length;
        }

        return at + (int)length;
    }

    private static void PrintBody(PacketPrinter printer, ReadOnlySpan<byte> octets, ulong length, uint flags)
    {
        printer.Put(" (");
        for (int bit = 7; bit > 0; bit--)
            printer.Put((flags & (1u << bit)) != 0 ? "MBZ|" : "-|");
        printer.Put((flags & 1) != 0 ? "MORE)" : "-)");
        int printed = (int)Math.Min(length, (ulong)octets.Length);
        if (printer.Verbosity == 1)
            printed = Math.Min(printed, MostPrinted + 1);
        if (printed > 1)
        {
            printer.Put($", first {printed - 1} byte(s) of body:");
            HexDump.HexadecimalAndAscii(printer, "\n\t ", octets[1..printed]);
        }
    }
}

namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints frames of ZeroMQ's transport, version 1.0. Source: ZeroMQ RFC 13/ZMTP; zmq_pgm(7).</summary>
internal static class Zmtp1Printer
{
    private const int MostOctets = 128; // of a body with one -v
    private const byte LongLength = 0xff;
    private const int NoFirstFrame = 0xffff;

    /// <summary>Prints the frames in a stream.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "zmtp1";
        printer.Put(": ZMTP/1.0");
        PrintFrames(printer, PacketPrinter.First(octets, length));
    }

    /// <summary>Prints the frames in a datagram, which begins with the offset of its first frame.</summary>
    /// <inheritdoc cref="Print"/>
    internal static void PrintDatagram(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "zmtp1";
        int start = PrintOffset(printer, octets, length);
        if (start >= 0)
            PrintFrames(printer, PacketPrinter.From(PacketPrinter.First(octets, length), start));
    }

    // Where the first frame begins; -1 if there is none.
    private static int PrintOffset(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        int offset = printer.U16(octets, 0);
        printer.Put($"\n\t frame offset 0x{(uint)offset:x4}");
        if (printer.IsCut)
            return -1;
        if (offset == NoFirstFrame)
        {
            offset = length - 2;
        }
        else if (offset + 2 > length)
        {
            printer.Put(" (exceeds datagram declared length)");
            printer.Truncated();
            return -1;
        }

        if (offset <= 0)
            return 2;
        ReadOnlySpan<byte> part = octets[2..];
        printer.Put($"\n\t frame intermediate part, {offset} bytes");
        if (offset > part.Length)
            printer.Put($" ({part.Length} captured)");
        part = PacketPrinter.First(part, offset);
        if (printer.Verbosity == 1)
            part = PacketPrinter.First(part, MostOctets);
        if (printer.Verbosity > 0 && part.Length > 1)
        {
            printer.Put($", first {part.Length} byte(s):");
            HexDump.HexadecimalAndAscii(printer, "\n\t ", part);
        }

        return 2 + offset;
    }

    private static void PrintFrames(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        while (octets.Length > 0 && !printer.IsCut)
        {
            int size = PrintFrame(printer, octets);
            if (size < 0)
            {
                printer.Truncated();
                return;
            }

            octets = octets[size..];
        }
    }

    // Octets of the frame with its header; -1 if it is cut short.
    private static int PrintFrame(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        printer.Put("\n\t");
        int header = octets[0] == LongLength ? 9 : 1;
        ulong declared = octets[0];
        if (header == 1)
        {
            if (declared == 0)
                return header; // as long as nothing: such frames are passed over
            printer.Put($" frame flags+body  (8-bit) length {declared}");
        }
        else
        {
            printer.Put(" frame flags+body (64-bit) length");
            if (octets.Length < header)
                return -1;
            declared = printer.U64(octets, 1);
            if (declared == 0)
                return header;
            printer.Put($" {declared}");
        }

        if (octets.Length <= header)
            return -1;
        byte flags = octets[header];
        ReadOnlySpan<byte> body = octets[header..];
        bool isWhole = declared <= (ulong)body.Length;
        if (!isWhole)
            printer.Put($" ({body.Length} captured)");
        printer.Put($", flags 0x{(uint)flags:x2}");
        if (printer.Verbosity > 0)
        {
            PrintFlags(printer, flags);
            PrintBody(printer, isWhole ? body[..(int)declared] : body);
        }

        return isWhole ? header + (int)declared : -1;
    }

    private static void PrintFlags(PacketPrinter printer, byte flags)
    {
        printer.Put(" (");
        for (int bit = 7; bit > 0; bit--)
            printer.Put((flags >> bit & 1) != 0 ? "MBZ|" : "-|");
        printer.Put((flags & 1) != 0 ? "MORE)" : "-)");
    }

    private static void PrintBody(PacketPrinter printer, ReadOnlySpan<byte> body)
    {
        if (printer.Verbosity == 1)
            body = PacketPrinter.First(body, MostOctets + 1);
        if (body.Length < 2)
            return;
        printer.Put($", first {body.Length - 1} byte(s) of body:");
        HexDump.HexadecimalAndAscii(printer, "\n\t ", body[1..]);
    }
}

namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints overlay transport virtualization. Source: draft-hasmit-otv.</summary>
internal static class OtvPrinter
{
    private const int HeaderLength = 8;

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "otv";
        printer.Put("OTV, ");
        if (length < HeaderLength)
        {
            printer.Put($"[length {length} < {HeaderLength}]");
            printer.Invalid();
            printer.Need(octets, 0, length);
            return;
        }

        byte flags = printer.U8(octets, 0);
        printer.Put($"flags [{((flags & 8) != 0 ? "I" : ".")}] (0x{(uint)flags:x2}), ");
        uint overlay = printer.U24(octets, 1);
        printer.Put($"overlay {overlay}, ");
        uint instance = printer.U24(octets, 4);
        printer.Put($"instance {instance}\n");
        if (printer.Need(octets, 7, 1))
            EthernetPrinter.Print(printer, octets[HeaderLength..], length - HeaderLength);
    }
}

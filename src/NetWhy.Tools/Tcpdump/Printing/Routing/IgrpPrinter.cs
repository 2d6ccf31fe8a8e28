namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Prints IGRP. Source: Cisco, An Introduction to IGRP (1991).</summary>
internal static class IgrpPrinter
{
    private const int HeaderLength = 12;
    private const int EntryLength = 14;

    private static readonly Token[] Opcodes = [(1, "update"), (2, "request")];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "igrp";
        printer.Put("igrp:");
        int interior = printer.U16(octets, 4), system = printer.U16(octets, 6), exterior = printer.U16(octets, 8);
        if (printer.IsCut)
            return;
        printer.Put(" ");
        printer.Token(Opcodes, octets[0] & 0xfu, "op-#%u");
        printer.Put($" V{octets[0] >> 4} edit={octets[1]} AS={printer.U16(octets, 2)} ({interior}/{system}/{exterior})");
        uint checksum = printer.U16(octets, 10);
        if (printer.Verbosity > 0)
            printer.Put($" checksum=0x{checksum:x4}");
        // A packet shorter than its header counts as a very long one.
        uint left = unchecked((uint)(length - HeaderLength));
        for (int at = HeaderLength; left >= EntryLength && printer.Need(octets, at, 3); at += EntryLength, left -= EntryLength)
        {
            if (interior > 0)
                printer.Put($" *.{octets[at]}.{octets[at + 1]}.{octets[at + 2]}");
            else if (system > 0)
                printer.Put($" {octets[at]}.{octets[at + 1]}.{octets[at + 2]}.0");
            else if (exterior > 0)
                printer.Put($" X{octets[at]}.{octets[at + 1]}.{octets[at + 2]}.0");
            else
                break;
            PrintEntry(printer, octets, at);
            if (interior > 0)
                interior--;
            else if (system > 0)
                system--;
            else
                exterior--;
        }

        if (left >= EntryLength && !printer.IsCut)
            printer.Put($" [extra bytes {left}]");
        if (interior != 0 || system != 0 || exterior != 0 || left != 0)
            printer.Invalid();
    }

    private static void PrintEntry(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        if (!printer.Need(octets, at, EntryLength))
            return;
        uint delay = printer.U24(octets, at + 3), bandwidth = printer.U24(octets, at + 6);
        printer.Put($" d={10 * delay} b={(bandwidth == 0 ? 0 : 10_000_000 / bandwidth)} r={octets[at + 11]} l={octets[at + 12]}");
        printer.Put($" M={Math.Min(bandwidth + delay, 0xffffff)} mtu={printer.U16(octets, at + 9)} in {octets[at + 13]} hops");
    }
}

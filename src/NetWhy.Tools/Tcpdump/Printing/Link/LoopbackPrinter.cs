namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints the loop test of Ethernet. Source: DEC, Intel, Xerox, The Ethernet, version 2.0, chapter 8.</summary>
internal static class LoopbackPrinter
{
    private const ushort Reply = 1;
    private const ushort Forward = 2;

    private static readonly Token[] Functions = [(1, "Reply"), (2, "Forward Data")];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "loopback";
        printer.Put("Loopback");
        if (length < 2)
        {
            Invalid(printer, octets, 0, length);
            return;
        }

        int skip = printer.L16(octets, 0);
        printer.Put($", skipCount {skip}{(skip % 8 != 0 ? " (bogus)" : "")}");
        if (length - 2 < skip)
        {
            Invalid(printer, octets, 2, length);
            return;
        }

        if (!printer.Need(octets, 2, skip))
            return;
        int at = 2 + skip;
        if (length - at < 2)
        {
            Invalid(printer, octets, at, length);
            return;
        }

        PrintMessage(printer, octets, at, length);
    }

    private static void Invalid(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length)
    {
        printer.Invalid();
        printer.Need(octets, at, length - at);
    }

    private static void PrintMessage(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length)
    {
        ushort function = printer.L16(octets, at);
        if (printer.IsCut)
            return;
        printer.Put(", ");
        printer.Token(Functions, function, " invalid (%u)");
        at += 2;
        switch (function)
        {
            case Reply:
                if (length - at < 2)
                {
                    Invalid(printer, octets, at, length);
                    return;
                }

                ushort number = printer.L16(octets, at);
                printer.Put($", receipt number {number}");
                at += 2;
                printer.Put($", data ({length - at} octets)");
                break;
            case Forward:
                if (length - at < 6)
                {
                    Invalid(printer, octets, at, length);
                    return;
                }

                if (!printer.Need(octets, at, 6))
                    return;
                printer.Put(", forwarding address ");
                printer.EthernetAddress(octets, at);
                at += 6;
                printer.Put($", data ({length - at} octets)");
                break;
        }

        printer.Need(octets, at, length - at);
    }
}

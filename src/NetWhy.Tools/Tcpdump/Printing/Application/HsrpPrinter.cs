namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints the Hot Standby Router Protocol. Source: RFC 2281, section 5.</summary>
internal static class HsrpPrinter
{
    private static readonly Token[] Operations = [(0, "hello"), (1, "coup"), (2, "resign")];

    private static readonly Token[] States = [(0, "initial"), (1, "learn"), (2, "listen"), (4, "speak"), (8, "standby"), (16, "active")];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "hsrp";
        byte version = printer.U8(octets, 0);
        printer.Put($"HSRPv{version}");
        if (version != 0)
            return;
        printer.Put("-");
        byte operation = printer.U8(octets, 1);
        printer.Token(Operations, operation, "unknown (%u)");
        printer.Put($" {length}: ");
        byte state = printer.U8(octets, 2);
        printer.Put("state=");
        printer.Token(States, state, "Unknown (%u)");
        printer.Put(" ");
        byte group = printer.U8(octets, 6);
        printer.Put($"group={group} ");
        byte reserved = printer.U8(octets, 7);
        if (reserved != 0)
            printer.Put($"[reserved={reserved}!] ");
        printer.Need(octets, 16, 4);
        printer.Put("addr=");
        printer.Ipv4Address(octets, 16);
        if (printer.Verbosity == 0)
            return;
        printer.Put(" hellotime=");
        printer.Span(printer.U8(octets, 3));
        printer.Put(" holdtime=");
        printer.Span(printer.U8(octets, 4));
        printer.Put($" priority={printer.U8(octets, 5)} auth=\"");
        printer.PaddedCharacters(octets, 8, 8);
        printer.Put("\"");
    }
}

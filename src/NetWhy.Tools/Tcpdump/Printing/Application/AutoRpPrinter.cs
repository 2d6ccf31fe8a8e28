namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints Cisco's Auto-RP, which tells where multicast groups meet. Source: Cisco, pim-autorp-spec01.</summary>
internal static class AutoRpPrinter
{
    private const int HeaderLength = 8;

    private static readonly Token[] Types = [(0x11, "candidate-advert"), (0x12, "mapping")];

    private static readonly Token[] Versions = [(0, " PIMv?"), (1, " PIMv1"), (2, " PIMv2"), (3, " PIMv1+2")];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "cisco_autorp";
        if (length < HeaderLength)
        {
            printer.Truncated();
            return;
        }

        printer.Put(" auto-rp ");
        printer.Token(Types, printer.U8(octets, 0), "type-0x%02x");
        int points = printer.U8(octets, 1);
        printer.Put(" Hold ");
        uint hold = printer.U16(octets, 2);
        if (hold != 0)
            printer.Span(hold);
        else
            printer.Put("FOREVER");
        int at = HeaderLength;
        for (; points > 0 && !printer.IsCut; points--)
        {
            if (!PrintPoint(printer, octets, length, ref at))
            {
                printer.Truncated();
                return;
            }
        }
    }

    private static bool PrintPoint(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, ref int at)
    {
        if (length - at < 4)
            return false;
        printer.Need(octets, at, 4);
        printer.Put(" RP ");
        printer.Ipv4Address(octets, at);
        at += 4;
        if (length - at < 1)
            return false;
        uint version = printer.U8(octets, at);
        printer.Token(Versions, version & 3, "");
        if ((version & 0xfc) != 0)
            printer.Put($" [rsvd=0x{version & 0xfc:x2}]");
        at++;
        if (length - at < 1)
            return false;
        int entries = printer.U8(octets, at++);
        for (int i = 0; i < entries && !printer.IsCut; i++, at += 6)
        {
            if (length - at < 6)
                return false;
            printer.Need(octets, at, 6);
            uint flags = printer.U8(octets, at);
            printer.Put(i == 0 ? " " : ",");
            printer.Put((flags & 1) != 0 ? "!" : "");
            printer.Ipv4Address(octets, at + 2);
            printer.Put($"/{printer.U8(octets, at + 1)}");
            if ((flags & 2) != 0)
                printer.Put(" bidir");
            if ((flags & 0xfc) != 0)
                printer.Put($"[rsvd=0x{flags & 0xfc:x2}]");
        }

        return true;
    }
}

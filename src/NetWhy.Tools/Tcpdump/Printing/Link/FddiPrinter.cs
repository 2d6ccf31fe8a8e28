namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints FDDI frames. Source: ISO 9314-2.</summary>
internal static class FddiPrinter
{
    private const int HeaderLength = 13;
    private const byte KindMask = 0xf0;
    private const byte Llc = 0x50;
    private const byte Management = 0x40;

    private static readonly Token[] Controls =
    [
        (0x40, "void"), (0x41, "info"), (0x4f, "nsa"), (0x80, "nrt"), (0xc0, "rt"), (0xc2, "beacon"), (0xc3, "claim"),
    ];

    private static readonly Token[] Kinds =
    [
        (0x40, "smt"), (0xc0, "mac"), (0x50, "async"), (0xd0, "sync"), (0x60, "imp_async"), (0xe0, "imp_sync"),
    ];

    /// <summary>Prints a frame.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <returns>Length of its header, the LLC header included.</returns>
    internal static int Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "fddi";
        if (octets.Length < HeaderLength)
        {
            printer.Truncated();
            return octets.Length;
        }

        byte control = octets[0];
        if (printer.Options.ShowsLink)
            PutHeader(printer, octets, length);
        ReadOnlySpan<byte> payload = octets[HeaderLength..];
        if ((control & KindMask) == Llc)
        {
            if (!printer.Enter())
                return HeaderLength;
            int llcLength = LlcPrinter.Print(printer, payload, length - HeaderLength, octets.Slice(7, 6), octets.Slice(1, 6));
            if (llcLength < 0)
                EthernetPrinter.Default(printer, payload);
            printer.Leave();
            return HeaderLength + Math.Abs(llcLength);
        }

        if ((control & KindMask) == Management)
        {
            printer.Put("<SMT printer not yet implemented>");
            return HeaderLength;
        }

        if (!printer.Options.ShowsLink)
            PutHeader(printer, octets, length);
        EthernetPrinter.Default(printer, payload);
        return HeaderLength;
    }

    private static void PutHeader(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        if (printer.Options.Quietness == 0)
            PutControl(printer, octets[0]);
        printer.EthernetAddress(octets, 7);
        printer.Put(" > ");
        printer.EthernetAddress(octets, 1);
        printer.Put($", length {length}: ");
    }

    private static void PutControl(PacketPrinter printer, byte control)
    {
        if (Token.Find(Controls, control) is { } name)
            printer.Put($"{name} ");
        else if (Token.Find(Kinds, control & (uint)KindMask) is { } kind)
            printer.Put($"{kind}{control & 0xfu:x} ");
        else
            printer.Put($"{(uint)control:x2} ");
    }
}

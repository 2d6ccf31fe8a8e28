namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints PPP over Ethernet. Source: RFC 2516.</summary>
internal static class PppoePrinter
{
    private const int HeaderLength = 6;
    private const int LongestDiscovery = 1484 - HeaderLength;
    private const int LongestText = 79;
    private const byte Initiation = 9;

    private static readonly Token[] Codes = [(9, "PADI"), (7, "PADO"), (25, "PADR"), (101, "PADS"), (167, "PADT"), (0, "")];
    private static readonly Token[] Tags =
    [
        (0, "EOL"), (257, "Service-Name"), (258, "AC-Name"), (259, "Host-Uniq"), (260, "AC-Cookie"), (261, "Vendor-Specific"),
        (272, "Relay-Session-ID"), (288, "PPP-Max-Payload"), (513, "Service-Name-Error"), (514, "AC-System-Error"), (515, "Generic-Error"),
    ];

    /// <summary>Prints a packet of a link whose packets have no Ethernet header.</summary>
    /// <inheritdoc cref="Print"/>
    internal static void PrintLink(PacketPrinter printer, ReadOnlySpan<byte> octets, int length) =>
        printer.LinkHeaderLength = Print(printer, octets, length);

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <returns>Length of the headers.</returns>
    internal static int Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "pppoe";
        if (length < HeaderLength)
        {
            printer.Put($" (length {length} < {HeaderLength})");
            printer.Invalid();
            return octets.Length;
        }

        if (!printer.Need(octets, 0, HeaderLength))
            return octets.Length;

        length -= HeaderLength;
        byte code = octets[1];
        ushort session = printer.U16(octets, 2), size = printer.U16(octets, 4);
        if (octets[0] >> 4 != 1)
            printer.Put($" [ver {octets[0] >> 4}]");
        if ((octets[0] & 0xf) != 1)
            printer.Put($" [type {octets[0] & 0xf}]");
        printer.Put("PPPoE ");
        printer.Token(Codes, code, "PAD-%x");
        if (code == Initiation && size > LongestDiscovery)
            printer.Put($" [len {size}!]");
        if (size > length)
        {
            printer.Put($" [len {size} > {length}!]");
            size = (ushort)length;
        }

        if (session != 0)
            printer.Put($" [ses 0x{(uint)session:x}]");
        octets = octets[HeaderLength..];
        length = size;
        if (code == 0)
        {
            printer.Put(" ");
            return HeaderLength + PppPrinter.Print(printer, octets, length);
        }

        PrintTags(printer, octets, length);
        return HeaderLength;
    }

    private static void PrintTags(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        int at = 0;
        ushort tag = 1;
        while (tag != 0 && at < length && !printer.IsCut)
        {
            tag = printer.U16(octets, at);
            ushort size = printer.U16(octets, at + 2);
            at += 4;
            if (!printer.Need(octets, at, size))
                return;
            printer.Put(" [");
            printer.Token(Tags, tag, "TAG-0x%x");
            PutValue(printer, octets.Slice(at, size));
            printer.Put("]");
            at += size;
        }
    }

    private static void PutValue(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
            return;
        ReadOnlySpan<byte> shown = PacketPrinter.First(value, LongestText);
        int readable = 0;
        foreach (byte octet in shown)
            readable += octet is >= 0x20 and < 0x7f ? 1 : -1;
        if (readable > 0)
        {
            printer.Put(" \"");
            foreach (byte octet in shown)
                printer.Text.Add(octet is >= 0x20 and < 0x7f ? octet : (byte)'.');
            printer.Put("\"");
            return;
        }

        printer.Put(" 0x");
        foreach (byte octet in value)
        {
            PutDigit(printer, octet >> 4);
            PutDigit(printer, octet & 0xf);
        }
    }

    private static void PutDigit(PacketPrinter printer, int value) =>
        printer.Text.Add((byte)(value < 10 ? '0' + value : 'A' + value - 10));
}

namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints Ethernet frames. Sources: IEEE 802.3, IEEE 802.1Q.</summary>
internal static class EthernetPrinter
{
    private const int HeaderLength = 14;
    private const int LongestLength = 1500; // what is more in the type field is a type

    /// <summary>Prints a frame.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="prefix">Prints what stands before the header with <c>-e</c>; null for nothing.</param>
    /// <returns>Length of its header, tags and LLC header included, in octets.</returns>
    internal static int Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, Action? prefix = null)
    {
        printer.Protocol = "ether";
        if (octets.Length < HeaderLength || length < HeaderLength)
        {
            printer.Truncated();
            return Math.Min(octets.Length, length);
        }

        if (!printer.Enter())
            return HeaderLength;
        int headerLength = PrintFrame(printer, octets, length, HeaderLength - 2, prefix);
        printer.Leave();
        return headerLength;
    }

    /// <summary>Prints a frame that has a tag of a switch between its addresses and its type.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="tagLength">Length of the tag.</param>
    /// <param name="tag">Prints the tag.</param>
    internal static int PrintTagged(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int tagLength, Action tag)
    {
        printer.Protocol = "ether";
        if (octets.Length < HeaderLength + tagLength || length < HeaderLength + tagLength)
        {
            printer.Truncated();
            return Math.Min(octets.Length, length);
        }

        return PrintFrame(printer, octets, length, HeaderLength - 2 + tagLength, tag);
    }

    private static int PrintFrame(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int typeAt, Action? prefix)
    {
        ushort type = printer.U16(octets, typeAt);
        if (printer.Options.ShowsLink)
        {
            bool isTagged = typeAt != HeaderLength - 2;
            if (!isTagged)
                prefix?.Invoke();
            PutAddresses(printer, octets);
            if (isTagged)
                prefix?.Invoke();
            PutType(printer, type, length);
        }

        int at = typeAt + 2;
        ReadOnlySpan<byte> source = octets.Slice(6, 6), destination = octets[..6];
        while (true)
        {
            ReadOnlySpan<byte> payload = octets[at..];
            if (type <= LongestLength)
            {
                return at + PrintLlc(printer, payload, length - at, source, destination);
            }

            if (type is EtherTypes.Vlan or EtherTypes.QinQ or 0x9100 or 0x9200)
            {
                if (payload.Length < 4 || length - at < 4)
                {
                    printer.Protocol = "vlan";
                    printer.Truncated();
                    return at + Math.Min(payload.Length, length - at);
                }

                ushort tag = printer.U16(payload, 0);
                type = printer.U16(payload, 2);
                if (printer.Options.ShowsLink)
                {
                    PutVlan(printer, tag);
                    printer.Put(", ");
                    if (type > LongestLength)
                    {
                        printer.Put("ethertype ");
                        printer.Token(EtherTypes.Names, type, "0x%04x");
                        printer.Put(", ");
                    }
                }

                at += 4;
                continue;
            }

            if (type is EtherTypes.Jumbo)
                return at + PrintLlc(printer, payload, length - at, source, destination);

            if (!EtherTypes.Print(printer, type, payload, length - at, source, destination))
            {
                if (!printer.Options.ShowsLink)
                {
                    prefix?.Invoke();
                    PutAddresses(printer, octets);
                    PutType(printer, printer.U16(octets, typeAt), length);
                }

                Default(printer, payload);
            }

            return at;
        }
    }

    /// <summary>Prints a VLAN tag. Source: IEEE 802.1Q, 9.6.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="tag">The tag.</param>
    internal static void PutVlan(PacketPrinter printer, ushort tag) =>
        printer.Put($"vlan {tag & 0xfff}, p {tag >> 13}{((tag & 0x1000) != 0 ? ", DEI" : "")}");

    /// <summary>Prints octets whose meaning is not known, unless they are printed anyway.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">The octets.</param>
    internal static void Default(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        if (printer.Options.Dump is DumpStyle.None)
            HexDump.HexadecimalAndAscii(printer, "\n\t", octets);
    }

    private static int PrintLlc(PacketPrinter printer, ReadOnlySpan<byte> payload, int length, ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination)
    {
        int headerLength = LlcPrinter.Print(printer, payload, length, source, destination);
        if (headerLength < 0)
            Default(printer, payload);
        return Math.Abs(headerLength);
    }

    private static void PutAddresses(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        printer.EthernetAddress(octets, 6);
        printer.Put(" > ");
        printer.EthernetAddress(octets, 0);
    }

    private static void PutType(PacketPrinter printer, ushort type, int length)
    {
        if (type <= LongestLength)
        {
            printer.Put($", 802.3, length {type}: ");
            return;
        }

        if (printer.Options.Quietness == 0)
        {
            printer.Put(", ethertype ");
            printer.Token(EtherTypes.Names, type, "Unknown");
            printer.Put($" (0x{(uint)type:x4})");
        }
        else
        {
            printer.Put(", ");
            printer.Token(EtherTypes.Names, type, "Unknown Ethertype (0x%04x)");
        }

        printer.Put($", length {length}: ");
    }
}

namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints the tag of MACsec. Source: IEEE 802.1AE, 9.3.</summary>
internal static class MacSecPrinter
{
    private const int ShortLength = 6; // without an identifier of the channel
    private const int LongLength = 14;
    private const int CheckLength = 16;
    private const byte Version = 0x80;
    private const byte HasChannel = 0x20;
    private const byte Confidential = 0x0c;

    private static readonly Token[] Flags = [(8, "E"), (4, "C"), (64, "S"), (16, "B"), (32, "I")];

    /// <summary>Prints a tag, and takes the check value away from the end of the frame.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured of the frame.</param>
    /// <param name="at">Where the tag begins.</param>
    /// <param name="length">What the frame was long.</param>
    /// <param name="source">Address of the sender.</param>
    /// <param name="destination">Address of the receiver.</param>
    /// <returns>Length of the tag; 0 or less if nothing behind it can be printed.</returns>
    internal static int Print(PacketPrinter printer, ref ReadOnlySpan<byte> octets, int at, ref int length, ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination)
    {
        string protocol = printer.Protocol;
        printer.Protocol = "macsec";
        int tagLength = PrintTag(printer, ref octets, at, ref length, source, destination);
        printer.Protocol = protocol;
        return tagLength;
    }

    private static int PrintTag(PacketPrinter printer, ref ReadOnlySpan<byte> octets, int at, ref int length, ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination)
    {
        ReadOnlySpan<byte> tag = octets[at..];
        int left = length - at;
        int tagLength = !tag.IsEmpty && (tag[0] & HasChannel) != 0 ? LongLength : ShortLength;
        if (tag.Length < tagLength || left < tagLength)
        {
            printer.Truncated();
            return -tag.Length;
        }

        if ((tag[1] & 0xc0) != 0 || (tag[0] & Version) != 0)
        {
            printer.Invalid();
            return -tag.Length;
        }

        int size = tag[1] & 0x3f;
        if (printer.Options.ShowsLink)
            PutHeader(printer, tag, size);
        left -= tagLength;
        int captured = tag.Length - tagLength;
        if ((tag[0] & Confidential) != 0)
        {
            if (!printer.Options.ShowsLink)
            {
                LinkAddress.Put(printer, source);
                printer.Put(" > ");
                LinkAddress.Put(printer, destination);
                printer.Put(" 802.1AE MACsec, ");
                PutHeader(printer, tag, size);
            }

            EthernetPrinter.Default(printer, tag[tagLength..]);
            return -tagLength;
        }

        left -= CheckLength;
        captured -= CheckLength;
        if (left < 0 || captured < 0 || size > left || size > captured)
        {
            printer.Truncated();
            return -tag.Length;
        }

        octets = octets[..(at + tagLength + captured)];
        length = at + tagLength + (size != 0 ? size : left);
        return tagLength;
    }

    private static void PutHeader(PacketPrinter printer, ReadOnlySpan<byte> tag, int size)
    {
        printer.Put($"an {tag[0] & 3}, pn {printer.U32(tag, 2)}, flags ");
        printer.Bits(Flags, tag[0] & 0x7cu, "none", "");
        if (size != 0)
            printer.Put($", sl {size}");
        if ((tag[0] & HasChannel) != 0)
            printer.Put($", sci {printer.U64(tag, 6):x16}");
        printer.Put(", ");
    }
}

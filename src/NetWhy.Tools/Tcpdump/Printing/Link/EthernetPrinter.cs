namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints what a switch puts in front of a frame's type.</summary>
/// <param name="printer">Where.</param>
/// <param name="octets">What was captured from there on.</param>
internal delegate void TagPrinter(PacketPrinter printer, ReadOnlySpan<byte> octets);

/// <summary>Prints Ethernet frames. Sources: IEEE 802.3, IEEE 802.1Q.</summary>
internal static class EthernetPrinter
{
    /// <summary>The most that the type field says as a length; what is more is a type.</summary>
    internal const int LongestLength = 1500;

    private const int AddressesLength = 12;
    private const int HeaderLength = 14;

    /// <summary>Prints a frame.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <returns>Length of its header, tags and LLC header included, in octets.</returns>
    internal static int Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length) =>
        PrintTagged(printer, octets, length, 0, null);

    /// <summary>Prints a frame that has a tag of a switch between its addresses and its type.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="tagLength">Length of the tag.</param>
    /// <param name="tag">Prints the tag; null if there is none.</param>
    /// <returns>Length of its header, tags and LLC header included, in octets.</returns>
    internal static int PrintTagged(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int tagLength, TagPrinter? tag)
    {
        if (tag is null)
            printer.Protocol = "ether";
        if (octets.Length < HeaderLength + tagLength || length < HeaderLength + tagLength)
        {
            printer.Truncated();
            return Math.Min(octets.Length, length);
        }

        if (!printer.Enter())
            return HeaderLength;
        if (printer.Options.ShowsLink)
            PutAddresses(printer, octets);
        tag?.Invoke(printer, octets[AddressesLength..]);
        int headerLength = PrintTyped(printer, octets, length, AddressesLength + tagLength);
        printer.Leave();
        return headerLength;
    }

    private static int PrintTyped(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int at)
    {
        ReadOnlySpan<byte> source = octets.Slice(6, 6), destination = octets[..6];
        int wholeLength = length;
        bool isLengthPrinted = false, isSecured = false;
        while (!printer.IsCut)
        {
            ushort type = printer.U16(octets, at);
            at += 2;
            while (EtherTypes.IsVlan(type))
            {
                if (octets.Length < at + 4 || length < at + 4)
                {
                    printer.Protocol = "vlan";
                    printer.Truncated();
                    return Math.Min(octets.Length, length);
                }

                PutTypeAndLength(printer, type, wholeLength, ref isLengthPrinted);
                if (printer.Options.ShowsLink)
                {
                    PutVlan(printer, printer.U16(octets, at));
                    printer.Put(", ");
                }

                type = printer.U16(octets, at + 2);
                at += 4;
            }

            ReadOnlySpan<byte> payload = PacketPrinter.From(octets, at);
            int left = length - at;
            if (type <= LongestLength)
                return at + PrintSized(printer, payload, left, type, isLengthPrinted, source, destination);
            if (type is EtherTypes.Jumbo)
                return at + PrintLlc(printer, payload, left, source, destination);

            PutTypeAndLength(printer, type, wholeLength, ref isLengthPrinted);
            if (type is EtherTypes.MacSec)
            {
                int headerLength = MacSecPrinter.Print(printer, ref octets, at, ref length, source, destination);
                if (headerLength <= 0)
                    return at - headerLength;
                at += headerLength;
                isSecured = true;
                left = Math.Min(length, octets.Length) - at;
                if (left < 2)
                {
                    printer.Put($" [caplen {left} < 2]");
                    return at;
                }

                continue;
            }

            if (!EtherTypes.Print(printer, type, payload, left, source, destination))
            {
                if (!printer.Options.ShowsLink)
                {
                    PutAddresses(printer, octets);
                    PutType(printer, type);
                    printer.Put($", length {wholeLength}: ");
                }

                Default(printer, length < octets.Length && isSecured ? PacketPrinter.First(payload, left) : payload);
            }

            return at;
        }

        return at;
    }

    private static int PrintSized(PacketPrinter printer, ReadOnlySpan<byte> payload, int left, int size, bool isLengthPrinted, ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination)
    {
        left = Math.Min(left, size);
        if (printer.Options.ShowsLink)
        {
            printer.Put("802.3");
            if (!isLengthPrinted)
                printer.Put($", length {left}: ");
        }

        return PrintLlc(printer, PacketPrinter.First(payload, left), left, source, destination);
    }

    /// <summary>Prints a VLAN tag. Source: IEEE 802.1Q, 9.6.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="tag">The tag.</param>
    internal static void PutVlan(PacketPrinter printer, ushort tag) =>
        printer.Put($"vlan {tag & 0xfff}, p {tag >> 13}{((tag & 0x1000) != 0 ? ", DEI" : "")}");

    /// <summary>Prints octets whose meaning is not known, unless they are printed anyway or little is wanted.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">The octets.</param>
    internal static void Default(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        if (printer.Options.Dump is DumpStyle.None && printer.Options.Quietness == 0)
            HexDump.HexadecimalAndAscii(printer, "\n\t", octets);
    }

    /// <summary>Prints octets of a length whose meaning is not known; the packet ends where the capture does.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">The length.</param>
    internal static void Default(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        if (printer.Options.Dump is DumpStyle.None && printer.Options.Quietness == 0)
            Dump(printer, octets, length);
    }

    /// <summary>Prints octets of a length in any case; the packet ends where the capture does.</summary>
    /// <inheritdoc cref="Default(PacketPrinter, ReadOnlySpan{byte}, int)"/>
    internal static void Dump(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        HexDump.HexadecimalAndAscii(printer, "\n\t", PacketPrinter.First(octets, length));
        if (octets.Length < length)
            printer.Cut();
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
        printer.Put(", ");
    }

    private static void PutTypeAndLength(PacketPrinter printer, ushort type, int length, ref bool isLengthPrinted)
    {
        if (!printer.Options.ShowsLink)
            return;
        PutType(printer, type);
        if (isLengthPrinted)
            printer.Put(", ");
        else
            printer.Put($", length {length}: ");
        isLengthPrinted = true;
    }

    private static void PutType(PacketPrinter printer, ushort type)
    {
        if (printer.Options.Quietness == 0)
        {
            printer.Put("ethertype ");
            printer.Token(EtherTypes.Names, type, "Unknown");
            printer.Put($" (0x{(uint)type:x4})");
        }
        else
        {
            printer.Token(EtherTypes.Names, type, "Unknown Ethertype (0x%04x)");
        }
    }
}

namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints IP over InfiniBand. Source: RFC 4391; pcap-linktype(7), IPOIB.</summary>
internal static class IpoibPrinter
{
    private const int HeaderLength = 44; // 40 of them are a header of InfiniBand
    private const int TypeAt = 40;

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "ipoib";
        if (octets.Length < HeaderLength || length < HeaderLength)
        {
            printer.Truncated();
            printer.LinkHeaderLength = Math.Min(octets.Length, length);
            return;
        }

        printer.LinkHeaderLength = HeaderLength;
        ushort type = printer.U16(octets, TypeAt);
        if (printer.Options.ShowsLink)
            PutHeader(printer, type, length);
        ReadOnlySpan<byte> payload = octets[HeaderLength..];
        if (EtherTypes.Print(printer, type, payload, length - HeaderLength, octets[20..40], []))
            return;
        if (!printer.Options.ShowsLink)
            PutHeader(printer, type, length);
        EthernetPrinter.Default(printer, payload);
    }

    private static void PutHeader(PacketPrinter printer, ushort type, int length)
    {
        if (printer.Options.ShowsLink)
            printer.Put("IPOIB");
        if (printer.Options.Quietness == 0)
        {
            printer.Put(", ethertype ");
            printer.Token(EtherTypes.Names, type, "Unknown");
            printer.Put($" (0x{(uint)type:x4})");
        }
        else
        {
            printer.Put(", ethertype ");
            printer.Token(EtherTypes.Names, type, "Unknown Ethertype (0x%04x)");
        }

        printer.Put($", length {length}: ");
    }
}

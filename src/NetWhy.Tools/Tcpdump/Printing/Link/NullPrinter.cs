using NetWhy.Tools.Tcpdump.Printing.Network;

namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints packets of the loopback of BSD: four octets of address family in either order, then the packet.</summary>
internal static class NullPrinter
{
    private const int HeaderLength = 4;

    private static readonly Token[] Families = [(2, "IPv4"), (24, "IPv6"), (28, "IPv6"), (30, "IPv6"), (7, "OSI"), (16, "Appletalk"), (23, "IPX")];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "null";
        uint family = printer.L32(octets, 0);
        if (printer.IsCut)
            return;
        printer.LinkHeaderLength = HeaderLength;
        if ((family & 0xffff0000) != 0)
            family = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(family);
        if (printer.Options.ShowsLink)
            PutHeader(printer, family, length);

        ReadOnlySpan<byte> payload = octets[HeaderLength..];
        length -= HeaderLength;
        switch (family)
        {
            case 2:
                IpPrinter.Print(printer, payload, length);
                break;
            case 24 or 28 or 30:
                Ipv6Printer.Print(printer, payload, length);
                break;
            default:
                if (!printer.Options.ShowsLink)
                    PutHeader(printer, family, length + HeaderLength);
                EthernetPrinter.Default(printer, payload);
                break;
        }
    }

    private static void PutHeader(PacketPrinter printer, uint family, int length)
    {
        printer.Put("AF ");
        printer.Token(Families, family, printer.Options.Quietness == 0 ? "Unknown" : "Unknown (%u)");
        if (printer.Options.Quietness == 0)
            printer.Put($" ({family})");
        printer.Put($", length {length}: ");
    }
}

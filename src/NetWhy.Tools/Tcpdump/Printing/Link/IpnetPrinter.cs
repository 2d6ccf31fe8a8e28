using NetWhy.Tools.Tcpdump.Printing.Network;

namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints packets that Solaris captures between zones. Source: pcap-linktype(7), IPNET.</summary>
internal static class IpnetPrinter
{
    private const int HeaderLength = 24;

    private static readonly Token[] Families = [(2, "IPv4"), (26, "IPv6")];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "ipnet";
        if (octets.Length < HeaderLength)
        {
            printer.LinkHeaderLength = octets.Length;
            printer.Cut();
            return;
        }

        printer.LinkHeaderLength = HeaderLength;
        if (printer.Options.ShowsLink)
            PutHeader(printer, octets, length);
        ReadOnlySpan<byte> payload = octets[HeaderLength..];
        switch (octets[1])
        {
            case 2:
                IpPrinter.Print(printer, payload, length - HeaderLength);
                break;
            case 26:
                Ipv6Printer.Print(printer, payload, length - HeaderLength);
                break;
            default:
                if (!printer.Options.ShowsLink)
                    PutHeader(printer, octets, length);
                EthernetPrinter.Default(printer, payload);
                break;
        }
    }

    private static void PutHeader(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Put($"{printer.U32(octets, 16)} > {printer.U32(octets, 20)}");
        if (printer.Options.Quietness == 0)
        {
            printer.Put(", family ");
            printer.Token(Families, octets[1], "Unknown");
            printer.Put($" ({octets[1]})");
        }
        else
        {
            printer.Put(", ");
            printer.Token(Families, octets[1], "Unknown Ethertype (0x%04x)");
        }

        printer.Put($", length {length}: ");
    }
}

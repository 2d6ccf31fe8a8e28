using NetWhy.Tools.Tcpdump.Printing.Network;

namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints packets that netfilter logged. Source: pcap-linktype(7), NFLOG; Linux, nfnetlink_log.h.</summary>
internal static class NetfilterLogPrinter
{
    private const int HeaderLength = 4;
    private const int ElementHeaderLength = 4;
    private const ushort Payload = 9;

    private static readonly Token[] Families = [(2, "IPv4"), (10, "IPv6")];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "nflog";
        if (octets.Length < HeaderLength || length < HeaderLength)
        {
            printer.Truncated();
            printer.LinkHeaderLength = Math.Min(octets.Length, length);
            return;
        }

        if (octets[1] != 0)
        {
            printer.Put($"version {octets[1]} (unknown)");
            printer.LinkHeaderLength = HeaderLength;
            return;
        }

        if (printer.Options.ShowsLink)
            PutHeader(printer, octets, length);
        int at = HeaderLength;
        while (at < length)
        {
            if (octets.Length - at < ElementHeaderLength)
            {
                printer.Truncated();
                printer.LinkHeaderLength = octets.Length;
                return;
            }

            int size = printer.L16(octets, at), padded = (size + 3) & ~3;
            if (padded < ElementHeaderLength || octets.Length - at < padded || length - at < padded)
            {
                printer.Truncated();
                printer.LinkHeaderLength = octets.Length;
                return;
            }

            if (printer.L16(octets, at + 2) == Payload)
            {
                at += ElementHeaderLength;
                break;
            }

            at += padded;
        }

        printer.LinkHeaderLength = at;
        ReadOnlySpan<byte> payload = octets[Math.Min(at, octets.Length)..];
        switch (octets[0])
        {
            case 2:
                IpPrinter.Print(printer, payload, length - at);
                break;
            case 10:
                Ipv6Printer.Print(printer, payload, length - at);
                break;
            default:
                if (!printer.Options.ShowsLink)
                    PutHeader(printer, octets, length - at + HeaderLength);
                EthernetPrinter.Default(printer, payload);
                break;
        }
    }

    private static void PutHeader(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Put($"version {octets[1]}, resource ID {printer.U16(octets, 2)}");
        if (printer.Options.Quietness == 0)
        {
            printer.Put(", family ");
            printer.Token(Families, octets[0], "Unknown");
            printer.Put($" ({octets[0]})");
        }
        else
        {
            printer.Put(", ");
            printer.Token(Families, octets[0], "Unknown NFLOG (0x%02x)");
        }

        printer.Put($", length {length}: ");
    }
}

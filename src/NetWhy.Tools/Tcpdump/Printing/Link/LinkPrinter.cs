using NetWhy.Tools.Tcpdump.Printing.Network;

namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints packets by the type of their link. Source of the numbers: pcap-linktype(7).</summary>
internal static class LinkPrinter
{
    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="linkType">The type of the link.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, int linkType, ReadOnlySpan<byte> octets, int length)
    {
        switch (linkType)
        {
            case 0:
            case 108:
                NullPrinter.Print(printer, octets, length);
                break;
            case 1:
                printer.Protocol = "ether";
                printer.LinkHeaderLength = EthernetPrinter.Print(printer, octets, length);
                break;
            case 12:
            case 14:
            case 101:
            case 228:
            case 229:
                printer.Protocol = "raw";
                if (printer.Options.ShowsLink)
                    printer.Put("ip: ");
                IpPrinter.PrintEither(printer, octets, length);
                break;
            case 113:
                CookedPrinter.Print(printer, octets, length);
                break;
            case 276:
                CookedPrinter.PrintVersion2(printer, octets, length);
                break;
            default:
                printer.Protocol = "unsupported";
                printer.Put($"[{LinkTypeNames.Of(linkType) ?? "UNSUPPORTED"}]");
                HexDump.HexadecimalAndAscii(printer, "\n\t", octets);
                break;
        }
    }
}

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
            case 6:
                printer.LinkHeaderLength = TokenRingPrinter.Print(printer, octets, length);
                break;
            case 8:
                SlipPrinter.Print(printer, octets, length);
                break;
            case 15:
            case 102:
                SlipPrinter.PrintBsdOs(printer, octets, length);
                break;
            case 9:
            case 166:
            case 179:
            case 204:
                PppPrinter.PrintLink(printer, octets, length);
                break;
            case 10:
                printer.LinkHeaderLength = FddiPrinter.Print(printer, octets, length);
                break;
            case 50:
                PppPrinter.PrintSerial(printer, octets, length);
                break;
            case 51:
                PppoePrinter.PrintLink(printer, octets, length);
                break;
            case 104:
                ChdlcPrinter.PrintLink(printer, octets, length);
                break;
            case 105:
                printer.LinkHeaderLength = Ieee80211Printer.Print(printer, octets, length, isPadded: false, checksumLength: 0);
                break;
            case 107:
            case 180:
                FrameRelayPrinter.PrintLink(printer, octets, length);
                break;
            case 114:
                printer.LinkHeaderLength = AppleTalkPrinter.PrintLocal(printer, octets, length);
                break;
            case 113:
                CookedPrinter.Print(printer, octets, length);
                break;
            case 119:
                printer.LinkHeaderLength = RadiotapPrinter.PrintPrism(printer, octets, length);
                break;
            case 127:
                printer.LinkHeaderLength = RadiotapPrinter.Print(printer, octets, length);
                break;
            case 163:
                printer.LinkHeaderLength = RadiotapPrinter.PrintAvs(printer, octets, length);
                break;
            case 182:
                FrameRelayPrinter.PrintMultilink(printer, octets, length);
                break;
            case 226:
                IpnetPrinter.Print(printer, octets, length);
                break;
            case 239:
                NetfilterLogPrinter.Print(printer, octets, length);
                break;
            case 242:
                IpoibPrinter.Print(printer, octets, length);
                break;
            case 271:
                VsockPrinter.Print(printer, octets);
                break;
            case 276:
                CookedPrinter.PrintVersion2(printer, octets, length);
                break;
            case 281:
                SwitchTagPrinter.PrintBroadcom(printer, octets, length);
                break;
            case 282:
                SwitchTagPrinter.PrintBroadcomPrepended(printer, octets, length);
                break;
            case 284:
                SwitchTagPrinter.PrintMarvell(printer, octets, length);
                break;
            case 285:
                SwitchTagPrinter.PrintMarvellTyped(printer, octets, length);
                break;
            default:
                printer.Protocol = "unsupported";
                printer.Put("UNSUPPORTED");
                HexDump.HexadecimalAndAscii(printer, "\n\t", octets);
                break;
        }
    }
}

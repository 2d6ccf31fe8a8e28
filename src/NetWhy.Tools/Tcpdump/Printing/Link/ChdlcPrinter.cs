using NetWhy.Tools.Tcpdump.Printing.Network;
using NetWhy.Tools.Tcpdump.Printing.Routing;

namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints Cisco's HDLC and its keep-alive protocol. Source: RFC 1547, 4.3.1.</summary>
internal static class ChdlcPrinter
{
    private const int HeaderLength = 4;
    private const int ShortestKeepalive = 14;
    private const int LongestKeepalive = 18;
    private const ushort Slarp = 0x8035;
    private const ushort Osi = 0xfefe;

    private static readonly Token[] Addresses = [(15, "unicast"), (143, "bcast")];

    /// <summary>Prints a packet of a link.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void PrintLink(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.LinkHeaderLength = Math.Min(HeaderLength, octets.Length);
        Print(printer, octets, length);
    }

    /// <summary>Prints a packet.</summary>
    /// <inheritdoc cref="PrintLink"/>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "chdlc";
        if (length < HeaderLength || octets.Length < HeaderLength)
        {
            printer.Truncated();
            return;
        }

        ushort protocol = printer.U16(octets, 2);
        if (printer.Options.ShowsLink)
        {
            printer.Token(Addresses, octets[0], "0x%02x");
            printer.Put(", ethertype ");
            printer.Token(EtherTypes.Names, protocol, "Unknown");
            printer.Put($" (0x{(uint)protocol:x4}), length {length}: ");
        }

        octets = octets[HeaderLength..];
        length -= HeaderLength;
        switch (protocol)
        {
            case 0x0800:
                IpPrinter.Print(printer, octets, length);
                break;
            case 0x86dd:
                Ipv6Printer.Print(printer, octets, length);
                break;
            case Slarp:
                PrintSlarp(printer, octets, length);
                break;
            case 0x8847 or 0x8848:
                MplsPrinter.Print(printer, octets, length);
                break;
            case Osi:
                PrintOsi(printer, octets, length);
                break;
            default:
                if (!printer.Options.ShowsLink)
                {
                    printer.Put("unknown CHDLC protocol (0x");
                    printer.Put($"{(uint)protocol:x4})");
                }

                break;
        }
    }

    private static void PrintOsi(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        if (length < 2)
        {
            printer.Truncated();
            return;
        }

        // Some senders put an octet of padding before the packet.
        int padding = printer.U8(octets, 1) is OsiPrinter.Clnp or OsiPrinter.EsIs or OsiPrinter.IsIs ? 1 : 0;
        if (!printer.IsCut)
            OsiPrinter.Print(printer, octets[padding..], length - padding);
    }

    private static void PrintSlarp(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "chdlc_slarp";
        printer.Put($"SLARP (length: {length}), ");
        if (length < ShortestKeepalive)
        {
            printer.Truncated();
            return;
        }

        if (!printer.Need(octets, 0, ShortestKeepalive))
            return;
        uint code = printer.U32(octets, 0);
        switch (code)
        {
            case 0:
                printer.Put("request");
                break;
            case 1:
                if (!printer.Need(octets, 4, 8))
                    return;
                printer.Put("reply ");
                printer.Ipv4Address(octets, 4);
                printer.Put("/");
                printer.Ipv4Address(octets, 8);
                break;
            case 2:
                uint mine = printer.U32(octets, 4), yours = printer.U32(octets, 8);
                ushort reliability = printer.U16(octets, 12);
                printer.Put($"keepalive: mineseen=0x{mine:x8}, yourseen=0x{yours:x8}, reliability=0x{(uint)reliability:x4}");
                if (length >= LongestKeepalive)
                {
                    uint up = printer.U32(octets, 14) / 1000;
                    printer.Put($", link uptime={up / 86400}d{up % 86400 / 3600}h{up % 3600 / 60}m{up % 60}s");
                }

                break;
            default:
                printer.Put($"0x{code:x2} unknown");
                if (printer.Verbosity <= 1)
                    printer.Unknown(octets, 4, "\n\t", length - 4);
                break;
        }

        bool hasUptime = code == 2 && length >= LongestKeepalive;
        if (length > LongestKeepalive && printer.Verbosity > 0)
            printer.Put($", (trailing junk: {length - LongestKeepalive} bytes)");
        if (printer.Verbosity > 1)
            printer.Unknown(octets, hasUptime ? LongestKeepalive : 4, "\n\t", length - 4);
    }
}

using System.Buffers.Binary;
using NetWhy.Tools.Tcpdump.Printing.Network;
using NetWhy.Tools.Tcpdump.Printing.Routing;

namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints packets of the loopback of BSD: four octets of address family in either order, then the packet.</summary>
internal static class NullPrinter
{
    private const int HeaderLength = 4;

    private static readonly Token[] Families =
    [
        (2, "IPv4"), (6, "NS"), (7, "ISO"), (16, "Appletalk"), (23, "IPX"), (24, "IPv6"), (28, "IPv6"), (30, "IPv6"),
    ];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "null";
        if (octets.Length < HeaderLength)
        {
            printer.LinkHeaderLength = octets.Length;
            printer.Cut();
            return;
        }

        printer.LinkHeaderLength = HeaderLength;
        uint family = printer.L32(octets, 0);
        if ((family & 0xffff0000) != 0)
            family = BinaryPrimitives.ReverseEndianness(family);
        if (printer.Options.ShowsLink)
            PutHeader(printer, family, length);

        ReadOnlySpan<byte> payload = octets[HeaderLength..];
        switch (family)
        {
            case 2:
                IpPrinter.Print(printer, payload, length - HeaderLength);
                break;
            case 24 or 28 or 30:
                Ipv6Printer.Print(printer, payload, length - HeaderLength);
                break;
            case 7:
                OsiPrinter.Print(printer, payload, length - HeaderLength);
                break;
            case 16:
                AppleTalkPrinter.Print(printer, payload, length - HeaderLength);
                break;
            case 23:
                IpxPrinter.Print(printer, payload);
                break;
            default:
                if (!printer.Options.ShowsLink)
                    PutHeader(printer, family, length);
                EthernetPrinter.Default(printer, payload);
                break;
        }
    }

    private static void PutHeader(PacketPrinter printer, uint family, int length)
    {
        if (printer.Options.Quietness == 0)
        {
            printer.Put("AF ");
            printer.Token(Families, family, "Unknown");
            printer.Put($" ({family})");
        }
        else
        {
            printer.Token(Families, family, "Unknown AF %u");
        }

        printer.Put($", length {length}: ");
    }
}

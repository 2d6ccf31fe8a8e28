using NetWhy.Tools.Tcpdump.Printing.Network;

namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints what Broadcom's switches put in front of packets that are intercepted by law.</summary>
internal static class BroadcomInterceptPrinter
{
    private const int HeaderLength = 4;

    private static readonly Token[] Directions = [(1, "unused"), (2, "egress"), (3, "ingress")];
    private static readonly Token[] Types = [(4, "undecided"), (5, "ipv4"), (6, "ipv6"), (7, "ethernet")];
    private static readonly Token[] Subtypes = [(1, "single VLAN tag"), (2, "double VLAN tag"), (3, "untagged")];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "bcm_li";
        if (length < HeaderLength)
        {
            printer.Put($" (length {length} < {HeaderLength})");
            printer.Invalid();
            return;
        }

        uint shim = printer.U32(octets, 0);
        if (printer.IsCut)
            return;
        uint type = (shim >> 25) & 0xf;
        printer.Put(printer.Verbosity > 0 ? "\n    BCM-LI-SHIM: direction " : "BCM-LI-SHIM: direction ");
        printer.Token(Directions, shim >> 29, "unknown");
        printer.Put(", pkt-type ");
        printer.Token(Types, type, "unknown");
        printer.Put(", pkt-subtype ");
        printer.Token(Subtypes, (shim >> 22) & 7, "unknown");
        printer.Put($", li-id {shim & 0x3fffff}");
        octets = octets[HeaderLength..];
        length -= HeaderLength;
        if (printer.Verbosity == 0)
        {
            printer.Need(octets, 0, length);
            return;
        }

        printer.Put("\n    ");
        if (printer.Enter())
            PrintPayload(printer, octets, length, type);
        printer.Leave();
    }

    private static void PrintPayload(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, uint type)
    {
        if (type == 4)
        {
            // Nobody decided; the packet says it itself.
            type = (printer.U8(octets, 0) >> 4) switch { 4 => 5, 6 => 6, _ => 0 };
            if (type == 0)
            {
                printer.Put("unknown payload");
                return;
            }
        }

        switch (type)
        {
            case 5:
                IpPrinter.Print(printer, octets, length);
                break;
            case 6:
                Ipv6Printer.Print(printer, octets, length);
                break;
            case 7:
                EthernetPrinter.Print(printer, octets, length);
                break;
            default:
                printer.Invalid();
                break;
        }
    }
}

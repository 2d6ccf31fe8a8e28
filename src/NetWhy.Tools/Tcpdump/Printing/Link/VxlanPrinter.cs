using NetWhy.Tools.Tcpdump.Printing.Network;

namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints virtual extensible LANs. Sources: RFC 7348; generic protocol extension: draft-ietf-nvo3-vxlan-gpe.</summary>
internal static class VxlanPrinter
{
    private const int HeaderLength = 8;

    private static readonly Token[] Flags = [(8, "I")];
    private static readonly Token[] GenericFlags = [(8, "I"), (4, "P"), (2, "B"), (1, "O")];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "vxlan";
        printer.Put("VXLAN");
        if (length < HeaderLength)
        {
            printer.Invalid();
            return;
        }

        byte flags = printer.U8(octets, 0);
        if (printer.IsCut)
            return;
        printer.Put(", flags [");
        printer.Bits(Flags, flags, "invalid", "");
        printer.Put($"] (0x{(uint)flags:x2}), ");
        uint network = printer.U24(octets, 4);
        printer.Put($"vni {network}\n");
        if (printer.Need(octets, 7, 1))
            EthernetPrinter.Print(printer, octets[HeaderLength..], length - HeaderLength);
    }

    /// <summary>Prints a packet of the generic protocol extension.</summary>
    /// <inheritdoc cref="Print"/>
    internal static void PrintGeneric(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "vxlan_gpe";
        printer.Put("VXLAN-GPE, ");
        if (length < HeaderLength)
        {
            printer.Put($" (len {length} < {HeaderLength})");
            printer.Invalid();
            return;
        }

        byte flags = printer.U8(octets, 0);
        if (printer.IsCut)
            return;
        printer.Put("flags [");
        printer.Bits(GenericFlags, flags, "none", "");
        printer.Put("], ");
        byte next = printer.U8(octets, 3);
        uint network = printer.U24(octets, 4);
        printer.Put($"vni {network}");
        if (!printer.Need(octets, 7, 1))
            return;
        printer.Put(printer.Verbosity > 0 ? "\n    " : ": ");
        octets = octets[HeaderLength..];
        length -= HeaderLength;
        if (!printer.Enter())
            return;
        switch (next)
        {
            case 1:
                IpPrinter.Print(printer, octets, length);
                break;
            case 2:
                Ipv6Printer.Print(printer, octets, length);
                break;
            case 3:
                EthernetPrinter.Print(printer, octets, length);
                break;
            case 4:
                NshPrinter.Print(printer, octets, length);
                break;
            case 5:
                MplsPrinter.Print(printer, octets, length);
                break;
            default:
                printer.Put($"unknown-next-protocol-0x{(uint)next:x2}");
                break;
        }

        printer.Leave();
    }
}

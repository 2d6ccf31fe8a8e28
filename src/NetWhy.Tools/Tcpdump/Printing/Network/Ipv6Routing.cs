namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints routing headers of IPv6. Source: RFC 8200, 4.4; RFC 6275, 6.4; RFC 8754, 2.</summary>
internal static class Ipv6Routing
{
    private const byte Source = 0;
    private const byte Mobile = 2;
    private const byte Segments = 4;

    /// <summary>Prints a header.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="ip">The packet; where it goes in the end is told by the header.</param>
    /// <returns>Length of the header; -1 if it makes no sense.</returns>
    internal static int Print(PacketPrinter printer, ReadOnlySpan<byte> octets, ref IpHeaderView ip)
    {
        printer.Protocol = "rt6";
        if (!printer.Need(octets, 0, 4))
            return -1;
        int words = octets[1];
        byte type = octets[2], left = octets[3];
        printer.Put($"srcrt (len={words}, type={type}, ");
        if (type == Source)
            printer.Put("[Deprecated] ");
        printer.Put($"segleft={left}, ");
        switch (type)
        {
            case Source or Mobile:
                uint reserved = printer.U32(octets, 4);
                if (reserved != 0 || printer.Verbosity > 0)
                    printer.Put($"rsv=0x{reserved:x}, ");
                if (words % 2 == 1)
                {
                    printer.Put(" (invalid length)");
                    return -1;
                }

                PrintAddresses(printer, octets, words / 2, ref ip, isReverse: false);
                break;
            case Segments:
                byte last = printer.U8(octets, 4);
                printer.Put($"last-entry={last}, ");
                if (printer.U8(octets, 5) is not 0 and var flags || printer.Verbosity > 0)
                    printer.Put($"flags=0x{(uint)printer.U8(octets, 5):x}, ");
                printer.Put($"tag={(uint)printer.U16(octets, 6):x}");
                if (words < (last + 1) * 2)
                {
                    printer.Put(" (invalid length)");
                    return -1;
                }

                printer.Put(", ");
                PrintAddresses(printer, octets, last + 1, ref ip, isReverse: true);
                int tlvs = words - ((last + 1) * 2);
                if (tlvs > 0)
                    printer.Put(") ");
                break;
            default:
                printer.Put(" (unknown type)");
                return -1;
        }

        return (words + 1) * 8;
    }

    private static void PrintAddresses(PacketPrinter printer, ReadOnlySpan<byte> octets, int count, ref IpHeaderView ip, bool isReverse)
    {
        for (int i = 0; i < count && !printer.IsCut; i++)
        {
            printer.Put(i > 0 ? ", [" : "[");
            printer.Put($"{i}]");
            printer.Ipv6Address(octets, 8 + (i * 16));
        }

        int final = isReverse ? 0 : count - 1;
        if (!printer.IsCut && count > 0 && printer.U8(octets, 3) > 0)
            ip = ip with { FinalDestination = octets.Slice(8 + (final * 16), 16) };
        printer.Put(") ");
    }
}

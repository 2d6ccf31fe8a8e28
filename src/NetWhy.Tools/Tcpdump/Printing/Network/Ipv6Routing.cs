namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints routing headers of IPv6. Source: RFC 8200, 4.4; RFC 6275, 6.4; RFC 8754, 2.</summary>
internal static class Ipv6Routing
{
    private const byte Source = 0;
    private const byte Mobile = 2;
    private const byte Segments = 4;
    private const int FixedLength = 8;

    /// <summary>Prints a header.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <returns>Length of the header; -1 if it makes no sense.</returns>
    internal static int Print(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        printer.Protocol = "rt6";
        printer.Put("RT6");
        int words = printer.U8(octets, 1);
        printer.Put($" (len={words}");
        byte type = printer.U8(octets, 2);
        printer.Put($", type={type}");
        if (type == Source)
            printer.Put(" [Deprecated]");
        byte left = printer.U8(octets, 3);
        printer.Put($", segleft={left}");
        switch (type)
        {
            case Source or Mobile:
                uint reserved = printer.U32(octets, 4);
                if (reserved != 0 || printer.Verbosity > 0)
                    printer.Put($", rsv=0x{reserved:x}");
                break;
            case Segments:
                byte last = printer.U8(octets, 4);
                printer.Put($", last-entry={last}");
                uint flags = printer.U8(octets, 5);
                if (flags != 0 || printer.Verbosity > 0)
                    printer.Put($", flags=0x{flags:x}");
                uint tag = printer.U16(octets, 6);
                printer.Put($", tag={tag:x}");
                break;
            default:
                printer.Put(" (unknown type)");
                printer.Invalid();
                return -1;
        }

        if (words % 2 == 1)
        {
            printer.Put($" (invalid length {words})");
            printer.Invalid();
            return -1;
        }

        PrintAddresses(printer, octets, words / 2);
        return printer.IsCut ? -1 : (words + 1) * 8;
    }

    private static void PrintAddresses(PacketPrinter printer, ReadOnlySpan<byte> octets, int count)
    {
        for (int i = 0; i < count && !printer.IsCut; i++)
        {
            printer.Need(octets, FixedLength + (i * 16), 16);
            printer.Put($", [{i}]");
            printer.Ipv6Address(octets, FixedLength + (i * 16));
        }

        printer.Put(") ");
    }

    /// <summary>Where a packet with a routing header goes in the end; empty if the header does not tell.</summary>
    /// <param name="octets">What was captured of the header.</param>
    internal static ReadOnlySpan<byte> FinalDestination(ReadOnlySpan<byte> octets)
    {
        if (octets.Length < 4 || octets[1] % 2 == 1)
            return [];
        int last = octets[2] switch
        {
            Source or Mobile => Math.Min(octets[1] / 2, (octets.Length - FixedLength) / 16) - 1,
            Segments when octets.Length >= FixedLength + 16 => 0, // they are in the reverse order
            _ => -1,
        };
        return last < 0 ? [] : octets.Slice(FixedLength + (last * 16), 16);
    }
}

namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints the Authentication Header. Source: RFC 4302, section 2.</summary>
internal static class AuthenticationHeaderPrinter
{
    private const int FixedLength = 12;

    /// <summary>Prints a header.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <returns>Its length.</returns>
    internal static int Print(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        printer.Protocol = "ah";
        printer.Put("AH");
        int words = printer.U8(octets, 1);
        int length = (words + 2) * 4;
        printer.Put("(");
        if (printer.Verbosity > 0)
            printer.Put($"length={words}({length}-bytes),");
        uint reserved = printer.U16(octets, 2);
        if (reserved != 0)
            printer.Put($"reserved=0x{reserved:x}[MustBeZero],");
        printer.Need(octets, 4, 4);
        printer.Put($"spi=0x{printer.U32(octets, 4):x8},");
        printer.Need(octets, 8, 4);
        printer.Put($"seq=0x{printer.U32(octets, 8):x},icv=0x");
        for (int at = FixedLength; at < length && !printer.IsCut; at++)
        {
            uint octet = printer.U8(octets, at);
            printer.Put($"{octet:x2}");
        }

        printer.Put("): ");
        return length;
    }
}

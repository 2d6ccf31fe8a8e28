using NetWhy.Wire;

namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints the header of minimal encapsulation within IP, which mobile IP uses. Source: RFC 2004, section 3.1.</summary>
internal static class MinimalIpPrinter
{
    private const int ShortLength = 8;
    private const int LongLength = 12;

    /// <summary>Prints a header.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long, with what follows it.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "mobile";
        if (length < ShortLength || octets.Length < LongLength)
        {
            printer.Truncated();
            return;
        }

        printer.Put("mobile: ");
        bool hasSource = (octets[1] & 0x80) != 0;
        printer.Put(hasSource ? "[S] " : "[] ");
        if (printer.Verbosity > 0)
        {
            if (hasSource)
            {
                printer.Ipv4Address(octets, 8);
                printer.Put(" ");
            }

            printer.Put("> ");
            printer.Ipv4Address(octets, 4);
            printer.Put($" (oproto={octets[0]})");
        }

        if (InternetChecksum.Of(octets[..(hasSource ? LongLength : ShortLength)]) != 0)
            printer.Put($" (bad checksum {printer.U16(octets, 2)})");
    }
}

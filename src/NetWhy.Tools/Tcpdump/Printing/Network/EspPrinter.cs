namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints the Encapsulating Security Payload, as far as it is not encrypted. Source: RFC 4303, section 2.</summary>
internal static class EspPrinter
{
    private const int HeaderLength = 8;

    /// <summary>Prints a header.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long, with what follows it.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "esp";
        if (octets.Length <= HeaderLength)
        {
            printer.Truncated();
            return;
        }

        printer.Put($"ESP(spi=0x{printer.U32(octets, 0):x8},seq=0x{printer.U32(octets, 4):x}), length {length}");
    }
}

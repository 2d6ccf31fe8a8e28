namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints radiotap headers. Source: radiotap.org.</summary>
internal static class RadiotapPrinter
{
    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <returns>Length of its headers.</returns>
    internal static int Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        _ = length;
        printer.Protocol = "802.11_radio";
        EthernetPrinter.Default(printer, octets);
        return 0;
    }
}

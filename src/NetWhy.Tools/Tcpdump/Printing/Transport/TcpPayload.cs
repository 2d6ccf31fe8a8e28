namespace NetWhy.Tools.Tcpdump.Printing.Transport;

/// <summary>Prints what TCP carries, by its ports.</summary>
internal static class TcpPayload
{
    /// <summary>Prints the data of a segment; nothing if its ports say nothing.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="source">Port of the sender.</param>
    /// <param name="destination">Port of the receiver.</param>
    /// <param name="ip">The packet that carries it.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, ushort source, ushort destination, in IpHeaderView ip)
    {
        _ = printer;
        _ = octets;
        _ = length;
        _ = source;
        _ = destination;
        _ = ip;
    }
}

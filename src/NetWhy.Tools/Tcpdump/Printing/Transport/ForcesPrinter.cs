namespace NetWhy.Tools.Tcpdump.Printing.Transport;

/// <summary>Prints messages of Forwarding and Control Element Separation.</summary>
internal static class ForcesPrinter
{
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        _ = printer;
        _ = octets;
        _ = length;
    }
}

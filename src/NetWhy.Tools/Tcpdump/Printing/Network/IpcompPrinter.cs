namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints the header of compressed IP payloads. Source: RFC 3173, section 3.</summary>
internal static class IpcompPrinter
{
    /// <summary>Prints a header.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        printer.Protocol = "ipcomp";
        uint index = printer.U16(octets, 2);
        printer.Put($"IPComp(cpi=0x{index:x4})");
    }
}

namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Addresses of links, of any length.</summary>
internal static class LinkAddress
{
    /// <summary>Prints an address, or its absence.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="address">The address.</param>
    internal static void Put(PacketPrinter printer, ReadOnlySpan<byte> address) =>
        printer.Colons(address, 0, address.Length);

    /// <summary>Prints an address of a link; <c>&lt;empty&gt;</c> if it has no octets.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where it lies.</param>
    /// <param name="count">Its octets.</param>
    internal static void Put(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int count)
    {
        if (count == 0)
            printer.Put("<empty>");
        else
            printer.Colons(octets, at, count);
    }
}

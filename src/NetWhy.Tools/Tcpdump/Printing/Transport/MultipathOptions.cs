namespace NetWhy.Tools.Tcpdump.Printing.Transport;

/// <summary>Prints the options of Multipath TCP. Source: RFC 6824, RFC 8684.</summary>
internal static class MultipathOptions
{
    /// <summary>Prints an option.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="option">What was captured of it, from its kind on.</param>
    /// <param name="size">What it is long.</param>
    /// <param name="flags">The flags of the segment.</param>
    /// <returns>Whether it makes sense.</returns>
    internal static bool Print(PacketPrinter printer, ReadOnlySpan<byte> option, int size, byte flags)
    {
        _ = flags;
        _ = option;
        return size >= 3 && !printer.IsCut;
    }
}

namespace NetWhy.Tools.Tcpdump.Printing.Transport;

/// <summary>Prints what UDP carries, by its ports or as <c>-T</c> says.</summary>
internal static class UdpPayload
{
    /// <summary>Prints what is printed in place of addresses and ports: the protocols of Sun RPC and AppleTalk.</summary>
    /// <returns>Whether it was such a thing.</returns>
    /// <inheritdoc cref="Print"/>
    internal static bool PrintInstead(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, ushort source, ushort destination, in IpHeaderView ip)
    {
        _ = printer;
        _ = octets;
        _ = length;
        _ = source;
        _ = destination;
        _ = ip;
        return false;
    }

    /// <summary>Prints the data of a datagram.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="source">Port of the sender.</param>
    /// <param name="destination">Port of the receiver.</param>
    /// <param name="ip">The packet that carries it.</param>
    /// <returns>Whether its protocol is known.</returns>
    internal static bool Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, ushort source, ushort destination, in IpHeaderView ip)
    {
        _ = printer;
        _ = octets;
        _ = length;
        _ = source;
        _ = destination;
        _ = ip;
        return false;
    }
}

namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints the heartbeats of Microsoft's network load balancing.</summary>
internal static class NlbPrinter
{
    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        printer.Protocol = "msnlb";
        printer.Put("MS NLB heartbeat");
        uint priority = printer.L32(octets, 8);
        printer.Put($", host priority: {priority}");
        if (!printer.Need(octets, 12, 4))
            return;
        printer.Put(", cluster IP: ");
        printer.Ipv4Address(octets, 12);
        if (!printer.Need(octets, 16, 4))
            return;
        printer.Put(", host IP: ");
        printer.Ipv4Address(octets, 16);
    }
}

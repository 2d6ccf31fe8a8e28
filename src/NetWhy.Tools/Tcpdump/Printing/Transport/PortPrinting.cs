namespace NetWhy.Tools.Tcpdump.Printing.Transport;

/// <summary>Prints who sends to whom.</summary>
internal static class PortPrinting
{
    /// <summary>Prints addresses and ports.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="ip">The packet.</param>
    /// <param name="protocol">The protocol with ports.</param>
    /// <param name="source">Port of the sender.</param>
    /// <param name="destination">Port of the receiver.</param>
    /// <param name="name">Name of the protocol, as the names of the ports are listed under.</param>
    internal static void Ends(PacketPrinter printer, in IpHeaderView ip, byte protocol, ushort source, ushort destination, string name)
    {
        // Behind an extension header the addresses stand in front of that already.
        bool hasAddresses = ip.NextHeader == protocol;
        if (hasAddresses)
        {
            Address(printer, ip, ip.Source);
            printer.Put(".");
        }

        Port(printer, source, name);
        printer.Put(" > ");
        if (hasAddresses)
        {
            Address(printer, ip, ip.Destination);
            printer.Put(".");
        }

        Port(printer, destination, name);
        printer.Put(": ");
    }

    /// <summary>Prints addresses and ports, the ports as numbers.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="ip">The packet.</param>
    /// <param name="source">Port of the sender.</param>
    /// <param name="destination">Port of the receiver.</param>
    internal static void NumericEnds(PacketPrinter printer, in IpHeaderView ip, ushort source, ushort destination)
    {
        Address(printer, ip, ip.Source);
        printer.Put($".{source} > ");
        Address(printer, ip, ip.Destination);
        printer.Put($".{destination}");
    }

    /// <summary>Prints the addresses alone.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="ip">The packet.</param>
    internal static void Addresses(PacketPrinter printer, in IpHeaderView ip)
    {
        Address(printer, ip, ip.Source);
        printer.Put(" > ");
        Address(printer, ip, ip.Destination);
    }

    /// <summary>Prints a port.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="port">The port.</param>
    /// <param name="name">Name of the protocol.</param>
    internal static void Port(PacketPrinter printer, ushort port, string name)
    {
        if (!printer.IsCut)
            printer.Names.PutPort(printer.Text, port, name);
    }

    private static void Address(PacketPrinter printer, in IpHeaderView ip, ReadOnlySpan<byte> address)
    {
        if (printer.IsCut)
            return;
        if (ip.Version == 4)
            printer.Names.PutIpv4(printer.Text, address);
        else
            printer.Names.PutIpv6(printer.Text, address);
    }
}

namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Ports of UDP that routing protocols have. Source: IANA, Service Name and Transport Protocol Port Number Registry.</summary>
internal static class RoutingPorts
{
    /// <summary>Prints a datagram by one of its ports.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="port">The port.</param>
    /// <param name="destination">Port of the receiver.</param>
    /// <param name="isIpv6">Whether IPv6 carries it.</param>
    /// <returns>Whether it is known.</returns>
    internal static bool Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, ushort port, ushort destination, bool isIpv6)
    {
        switch (port)
        {
            case 520:
                RipPrinter.Print(printer, octets, length);
                return true;
            case 521:
                RipngPrinter.Print(printer, octets, length);
                return true;
            case 698:
                OlsrPrinter.Print(printer, octets, length, isIpv6);
                return true;
            case 701:
                LmpPrinter.Print(printer, octets, length);
                return true;
            case 6696 or 6697:
                BabelPrinter.Print(printer, octets, length);
                return true;
            case 3503:
                LspPingPrinter.Print(printer, octets, length);
                return true;
            case 8231:
                HncpPrinter.Print(printer, octets, length);
                return true;
            case 646:
                LdpPrinter.Print(printer, octets, length);
                return true;
            case BfdPrinter.ControlPort or BfdPrinter.MultihopPort or BfdPrinter.LagPort or BfdPrinter.EchoPort when port == destination:
                BfdPrinter.Print(printer, octets, length, port);
                return true;
            default:
                return false;
        }
    }
}

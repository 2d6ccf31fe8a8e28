using NetWhy.Tools.Tcpdump.Printing.Link;

namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints the Address Resolution Protocol. Source: RFC 826, RFC 903, RFC 2390, RFC 5227.</summary>
internal static class ArpPrinter
{
    private const int HeaderLength = 8;
    private const ushort Ipv4 = 0x0800;
    private const ushort Trailer = 0x1000;
    private const ushort FrameRelay = 15;

    private static readonly Token[] Operations =
    [
        (1, "Request"), (2, "Reply"), (3, "Reverse Request"), (4, "Reverse Reply"), (8, "Inverse Request"), (9, "Inverse Reply"), (10, "NACK Reply"),
    ];

    private static readonly Token[] Hardware =
    [
        (1, "Ethernet"), (6, "TokenRing"), (7, "ArcNet"), (15, "FrameRelay"), (23, "Strip"), (24, "IEEE 1394"), (19, "ATM"), (32, "InfiniBand"),
    ];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "arp";
        if (!printer.Need(octets, 0, HeaderLength))
            return;
        ushort hardware = printer.U16(octets, 0), protocol = printer.U16(octets, 2), operation = printer.U16(octets, 6);
        int hardwareLength = octets[4], protocolLength = octets[5];
        int senderProtocol = HeaderLength + hardwareLength;
        int targetHardware = senderProtocol + protocolLength;
        int targetProtocol = targetHardware + hardwareLength;
        if (!printer.Need(octets, targetProtocol, protocolLength))
            return;

        if (!printer.Options.ShowsLink)
            printer.Put("ARP, ");
        bool isIpv4 = protocol is Ipv4 or Trailer;
        bool isVerbose = printer.Verbosity > 0;
        if (!isIpv4 || protocolLength != 4 || hardwareLength == 0 || isVerbose)
        {
            printer.Token(Hardware, hardware, "Unknown Hardware (%u)");
            printer.Put($" (len {hardwareLength}), ");
            printer.Token(EtherTypes.Names, protocol, "Unknown Protocol (0x%04x)");
            printer.Put($" (len {protocolLength})");
        }

        if ((isIpv4 && protocolLength == 4 && hardwareLength > 0) || isVerbose)
        {
            if (isVerbose)
                printer.Put(", ");
            printer.Token(Operations, operation, "Unknown (%u)");
            printer.Put(" ");
            switch (operation)
            {
                case 1:
                    printer.Put("who-has ");
                    PutAddress(printer, octets, targetProtocol, isIpv4, protocolLength);
                    if (octets.Slice(targetHardware, hardwareLength).ContainsAnyExcept((byte)0))
                    {
                        printer.Put(" (");
                        PutHardware(printer, octets, targetHardware, hardwareLength, hardware);
                        printer.Put(")");
                    }

                    printer.Put(" tell ");
                    PutAddress(printer, octets, senderProtocol, isIpv4, protocolLength);
                    break;
                case 2:
                    PutAddress(printer, octets, senderProtocol, isIpv4, protocolLength);
                    printer.Put(" is-at ");
                    PutHardware(printer, octets, HeaderLength, hardwareLength, hardware);
                    break;
                case 3 or 8:
                    printer.Put("who-is ");
                    PutHardware(printer, octets, targetHardware, hardwareLength, hardware);
                    printer.Put(" tell ");
                    PutHardware(printer, octets, HeaderLength, hardwareLength, hardware);
                    break;
                case 4:
                    PutHardware(printer, octets, targetHardware, hardwareLength, hardware);
                    printer.Put(" at ");
                    PutAddress(printer, octets, targetProtocol, isIpv4, protocolLength);
                    break;
                case 9:
                    PutHardware(printer, octets, HeaderLength, hardwareLength, hardware);
                    printer.Put(" at ");
                    PutAddress(printer, octets, senderProtocol, isIpv4, protocolLength);
                    break;
                default:
                    HexDump.HexadecimalAndAscii(printer, "\n\t", octets);
                    return;
            }
        }

        printer.Put($", length {length}");
    }

    private static void PutAddress(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, bool isIpv4, int length)
    {
        if (!isIpv4)
            printer.Put("<wrong proto type>");
        else if (length != 4)
            printer.Put("<wrong len>");
        else
            printer.Ipv4Address(octets, at);
    }

    private static void PutHardware(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length, ushort hardware)
    {
        if (length == 0)
            printer.Put("<empty>");
        else if (hardware is FrameRelay)
            printer.Colons(octets, at, length);
        else
            printer.Colons(octets, at, length);
    }
}

using NetWhy.Tools.Tcpdump.Printing.Network;

namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints SLIP, and the headers that it compresses. Source: RFC 1055; RFC 1144, section 3.2; pcap-linktype(7), SLIP.</summary>
internal static class SlipPrinter
{
    private const int HeaderLength = 16; // the direction, and the compressed header
    private const int CompressedHeader = 1; // where it begins
    private const int Protocol = 9; // in a header of IP

    private const byte NewUrgent = 0x01;
    private const byte NewWindow = 0x02;
    private const byte NewAcknowledgment = 0x04;
    private const byte NewSequence = 0x08;
    private const byte NewIdentification = 0x20;
    private const byte NewConnection = 0x40;
    private const byte Compressed = 0x80;
    private const byte EchoedTerminal = NewSequence | NewWindow | NewUrgent;
    private const byte OneWayData = NewSequence | NewAcknowledgment | NewWindow | NewUrgent;

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        if (!Begin(printer, octets, "slip"))
            return;
        ReadOnlySpan<byte> packet = octets[HeaderLength..];
        length -= HeaderLength;
        if (printer.Options.ShowsLink)
            PrintHeader(printer, octets, packet, length);
        if (packet.IsEmpty)
        {
            printer.Truncated();
            return;
        }

        switch (packet[0] >> 4)
        {
            case 4:
                IpPrinter.Print(printer, packet, length);
                break;
            case 6:
                Ipv6Printer.Print(printer, packet, length);
                break;
            default:
                printer.Put($"ip v{packet[0] >> 4}");
                break;
        }
    }

    /// <summary>Prints a packet of BSD/OS.</summary>
    /// <inheritdoc cref="Print"/>
    internal static void PrintBsdOs(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        if (Begin(printer, octets, "slip_bsdos"))
            IpPrinter.Print(printer, octets[HeaderLength..], length - HeaderLength);
    }

    private static bool Begin(PacketPrinter printer, ReadOnlySpan<byte> octets, string protocol)
    {
        printer.Protocol = protocol;
        printer.LinkHeaderLength = Math.Min(octets.Length, HeaderLength);
        if (octets.Length >= HeaderLength)
            return true;
        printer.Truncated();
        return false;
    }

    private static void PrintHeader(PacketPrinter printer, ReadOnlySpan<byte> octets, ReadOnlySpan<byte> packet, int length)
    {
        byte direction = octets[0];
        if (direction > 1)
            printer.Put($"Invalid direction {direction} ");
        else
            printer.Put(direction == 0 ? "I " : "O ");
        byte type = octets[CompressedHeader];
        SlipConnections connections = printer.SlipConnections;
        switch (type >> 4)
        {
            case 4:
                printer.Put($"ip {length + HeaderLength}: ");
                break;
            case 7:
                connections.Last = octets[CompressedHeader + Protocol];
                printer.Put($"utcp {connections.Last}: ");
                if (direction <= 1)
                    connections[direction] = TcpHeaderEnd(printer, packet);
                break;
            case var _ when direction > 1:
                break;
            case var _ when (type & Compressed) != 0:
                PrintCompressed(printer, octets, packet, length, direction);
                printer.Put(": ");
                break;
            default:
                printer.Put($"slip-{type}!: ");
                break;
        }
    }

    // Octets of the headers of IP and TCP.
    private static uint TcpHeaderEnd(PacketPrinter printer, ReadOnlySpan<byte> packet)
    {
        int ip = (printer.U8(packet, 0) & 0xf) * 4;
        printer.Need(packet, ip, 20);
        return (uint)(ip + ((printer.U8(packet, ip + 12) >> 4) * 4));
    }

    private static void PrintCompressed(PacketPrinter printer, ReadOnlySpan<byte> octets, ReadOnlySpan<byte> packet, int length, int direction)
    {
        SlipConnections connections = printer.SlipConnections;
        int at = CompressedHeader;
        byte flags = printer.U8(octets, at++);
        if ((flags & NewConnection) != 0)
        {
            connections.Last = printer.U8(octets, at++);
            printer.Put($"ctcp {connections.Last}");
        }
        else
        {
            printer.Put("ctcp *");
        }

        at += 2; // the checksum of TCP
        switch (flags & OneWayData)
        {
            case EchoedTerminal:
                printer.Put($"*SA+{connections[direction]}");
                break;
            case OneWayData:
                printer.Put($"*S+{connections[direction]}");
                break;
            default:
                if ((flags & NewUrgent) != 0)
                    printer.Put($" U={Change(printer, octets, ref at)}");
                if ((flags & NewWindow) != 0)
                    PrintWindow(printer, (short)Change(printer, octets, ref at));
                if ((flags & NewAcknowledgment) != 0)
                    printer.Put($" A+{Change(printer, octets, ref at)}");
                if ((flags & NewSequence) != 0)
                    printer.Put($" S+{Change(printer, octets, ref at)}");
                break;
        }

        if ((flags & NewIdentification) != 0)
            printer.Put($" I+{Change(printer, octets, ref at)}");
        uint headers = TcpHeaderEnd(printer, packet);
        if (printer.IsCut)
            return;
        connections[direction] = unchecked((uint)length - headers);
        printer.Put($" {connections[direction]} ({at - CompressedHeader})");
    }

    private static void PrintWindow(PacketPrinter printer, short change) => printer.Put($" W{(change >= 0 ? "+" : "")}{(int)change}");

    // One octet, or two behind one of 0. tcpdump does not go on behind one octet: what follows is printed as it prints it.
    private static int Change(PacketPrinter printer, ReadOnlySpan<byte> octets, ref int at)
    {
        int change = printer.U8(octets, at);
        if (change != 0)
            return change;
        change = printer.U16(octets, at + 1);
        at += 3;
        return change;
    }
}

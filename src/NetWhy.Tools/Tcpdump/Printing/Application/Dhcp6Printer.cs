namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints DHCPv6. Source: RFC 8415.</summary>
internal static class Dhcp6Printer
{
    private const int RelayForward = 12, RelayReply = 13;

    private static readonly Token[] Types =
    [
        (1, "solicit"), (2, "advertise"), (3, "request"), (4, "confirm"), (5, "renew"), (6, "rebind"), (7, "reply"), (8, "release"),
        (9, "decline"), (10, "reconfigure"), (11, "inf-req"), (12, "relay-fwd"), (13, "relay-reply"), (14, "leasequery"),
        (15, "leasequery-reply"),
    ];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "dhcp6";
        printer.Put("dhcp6");
        octets = PacketPrinter.First(octets, length);
        if (octets.Length < 4)
        {
            printer.Truncated();
            return;
        }

        int type = octets[0];
        printer.Put(" ");
        printer.Token(Types, (uint)type, "msgtype-%u");
        if (printer.Verbosity == 0 || !printer.Enter())
            return;
        printer.Put(" (");
        int options = 4;
        if (type is RelayForward or RelayReply)
        {
            printer.Put("linkaddr=");
            printer.Ipv6Address(octets, 2);
            printer.Put(" peeraddr=");
            printer.Ipv6Address(octets, 18);
            options = 34;
        }
        else
        {
            printer.Put($"xid={printer.U24(octets, 1):x}");
        }

        Dhcp6Options.Print(printer, PacketPrinter.From(octets, options));
        printer.Put(")");
        printer.Leave();
    }
}

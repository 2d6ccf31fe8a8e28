namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints IPv6 and its extension headers. Source: RFC 8200, RFC 2675, RFC 8754.</summary>
internal static class Ipv6Printer
{
    private const int FixedLength = 40;
    private const byte HopByHop = 0;
    private const byte Routing = 43;
    private const byte Fragment = 44;
    private const byte DestinationOptions = 60;

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "ip6";
        if (!printer.Need(octets, 0, FixedLength))
            return;
        if (length < FixedLength)
        {
            printer.Put($"truncated-ip6 {length}");
            return;
        }

        if (!printer.Options.ShowsLink)
            printer.Put("IP6 ");
        if (octets[0] >> 4 != 6)
        {
            printer.Put($"version error: {octets[0] >> 4} != 6");
            return;
        }

        if (!printer.Enter())
            return;
        PrintPacket(printer, octets, length);
        printer.Leave();
    }

    private static void PrintPacket(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        int payload = printer.U16(octets, 4);
        long total;
        if (payload != 0)
        {
            total = payload + FixedLength;
            if (total > length)
                printer.Put($"truncated-ip6 - {total - length} bytes missing!");
        }
        else
        {
            total = length; // a jumbogram, or a packet that the interface will cut
        }

        if (printer.Verbosity > 0)
        {
            uint flow = printer.U32(octets, 0);
            printer.Put("(");
            if ((flow & 0x0ff00000) != 0)
                printer.Put($"class 0x{(flow >> 20) & 0xff:x2}, ");
            if ((flow & 0xfffff) != 0)
                printer.Put($"flowlabel 0x{flow & 0xfffff:x5}, ");
            printer.Put($"hlim {octets[7]}, next-header ");
            printer.Token(IpPayload.Names, octets[6], "unknown");
            printer.Put($" ({octets[6]}) payload length: {payload}) ");
        }

        octets = octets[..(int)Math.Min(octets.Length, total)];
        var ip = new IpHeaderView(octets);
        byte next = octets[6];
        bool isFragment = false;
        int at = FixedLength;
        if (next is not (IpPayload.Tcp or IpPayload.Udp or IpPayload.Dccp or IpPayload.Sctp))
        {
            printer.Ipv6Address(octets, 8);
            printer.Put(" > ");
            printer.Ipv6Address(octets, 24);
            printer.Put(": ");
        }

        while (!printer.IsCut)
        {
            ReadOnlySpan<byte> rest = PacketPrinter.From(octets, at);
            int advance;
            switch (next)
            {
                case HopByHop:
                case DestinationOptions:
                    advance = Ipv6Options.Print(printer, rest, next is HopByHop ? "HBH " : "DSTOPT ", next is HopByHop ? "hbhopt" : "dstopt", ref total, at);
                    break;
                case Fragment:
                    advance = PrintFragment(printer, rest, total - at - 8);
                    isFragment = true;
                    break;
                case Routing:
                    advance = Ipv6Routing.Print(printer, rest, ref ip);
                    break;
                default:
                    IpPayload.Print(printer, ip, next, rest, (int)Math.Min(int.MaxValue, total - at), isFragment);
                    return;
            }

            if (advance < 0 || printer.IsCut)
                return;
            next = printer.U8(octets, at);
            at += advance;
            if (at >= octets.Length && next is HopByHop or DestinationOptions or Fragment or Routing)
                return;
        }
    }

    private static int PrintFragment(PacketPrinter printer, ReadOnlySpan<byte> octets, long length)
    {
        printer.Protocol = "frag6";
        ushort offset = printer.U16(octets, 2);
        if (!printer.Need(octets, 0, 8))
            return -1;
        if (printer.Verbosity > 0)
            printer.Put($"frag (0x{printer.U32(octets, 4):x8}:{offset & 0xfff8}|{length})");
        else
            printer.Put($"frag ({offset & 0xfff8}|{length})");
        if ((offset & 0xfff8) != 0)
            return -1; // what is in it cannot be told without the first
        printer.Put(" ");
        return 8;
    }
}

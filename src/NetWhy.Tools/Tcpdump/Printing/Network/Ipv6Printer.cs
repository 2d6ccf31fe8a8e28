namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints IPv6 and its extension headers. Source: RFC 8200, RFC 2675, RFC 8754.</summary>
internal static class Ipv6Printer
{
    private const int FixedLength = 40;
    private const int FragmentLength = 8;
    private const byte HopByHop = 0;
    private const byte Routing = 43;
    private const byte Fragment = 44;
    private const byte DestinationOptions = 60;
    private const byte OldMobility = 62;
    private const byte Mobility = 135;

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "ip6";
        if (octets.Length < FixedLength)
        {
            printer.Truncated();
            return;
        }

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
        // A packet that says no length may be a jumbogram: the length is known behind its extension headers.
        long total = FixedLength + (payload != 0 ? payload : length);
        if (payload != 0 && total > length)
            printer.Put($"truncated-ip6 - {total - length} bytes missing!");
        if (printer.Verbosity > 0)
            PrintDetails(printer, octets, payload);
        if (octets[6] is not (IpPayload.Tcp or IpPayload.Udp or IpPayload.Dccp or IpPayload.Sctp))
        {
            printer.Ipv6Address(octets, 8);
            printer.Put(" > ");
            printer.Ipv6Address(octets, 24);
            printer.Put(": ");
        }

        PrintHeaders(printer, octets, length, total, (uint)payload);
    }

    private static void PrintDetails(PacketPrinter printer, ReadOnlySpan<byte> octets, int payload)
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

    private static void PrintHeaders(PacketPrinter printer, ReadOnlySpan<byte> packet, int length, long total, uint payload)
    {
        ReadOnlySpan<byte> octets = packet[..(int)Math.Min(packet.Length, total)];
        ReadOnlySpan<byte> final = [];
        byte next = octets[6];
        bool isFragment = false, isJumbo = false, hasRouting = false;
        int at = FixedLength;
        while (!printer.IsCut)
        {
            ReadOnlySpan<byte> rest = PacketPrinter.From(octets, at);
            int advance;
            switch (next)
            {
                case HopByHop:
                    if (at != FixedLength)
                    {
                        printer.Put(octets[6] == HopByHop
                            ? "[The Hop-by-Hop Options header was already found]"
                            : "[The Hop-by-Hop Options header don't follow the IPv6 header]");
                        printer.Invalid();
                        return;
                    }

                    advance = Ipv6Options.PrintHopByHop(printer, rest, ref payload, ref isJumbo);
                    if (payload == 0 && !isJumbo)
                    {
                        printer.Put("[No valid Jumbo Payload Hop-by-Hop option found]");
                        printer.Invalid();
                        return;
                    }

                    break;
                case DestinationOptions:
                    advance = Ipv6Options.PrintDestination(printer, rest);
                    break;
                case Fragment:
                    advance = PrintFragment(printer, rest, printer.U16(octets, 4) + FixedLength - at - FragmentLength);
                    if (advance > rest.Length - 1)
                        return;
                    isFragment = true;
                    break;
                case Mobility or OldMobility:
                    MobilityPrinter.Print(printer, rest);
                    return;
                case Routing:
                    if (rest.IsEmpty)
                    {
                        printer.Truncated();
                        return;
                    }

                    advance = Ipv6Routing.Print(printer, rest);
                    if (!hasRouting)
                        final = Ipv6Routing.FinalDestination(rest);
                    hasRouting = true;
                    break;
                default:
                    PrintPayload(printer, packet, length, total, payload, at, next, isFragment, isJumbo, final);
                    return;
            }

            if (advance <= 0 || printer.IsCut)
                return;
            next = printer.U8(octets, at);
            printer.Protocol = "ip6";
            if (at >= octets.Length)
                return;
            if (total < at + advance)
            {
                printer.Truncated();
                return;
            }

            at += advance;
        }
    }

    private static void PrintPayload(
        PacketPrinter printer, ReadOnlySpan<byte> packet, int length, long total, uint payload, int at, byte protocol,
        bool isFragment, bool isJumbo, ReadOnlySpan<byte> final)
    {
        if (isJumbo)
        {
            total = (long)payload + FixedLength;
            if (total < at)
            {
                printer.Truncated();
                return;
            }

            if (total > length)
                printer.Put($"truncated-ip6 - {total - length} bytes missing!");
        }
        else if (payload == 0)
        {
            if (at > FixedLength)
            {
                printer.Truncated();
                return;
            }

            total = FixedLength;
        }

        if (total - at > int.MaxValue)
        {
            IpPayload.PutName(printer, protocol);
            printer.Put($" {total - at}");
            return;
        }

        ReadOnlySpan<byte> octets = packet[..(int)Math.Min(packet.Length, total)];
        var ip = new IpHeaderView(octets);
        if (!final.IsEmpty)
            ip = ip with { FinalDestination = final };
        IpPayload.Print(printer, ip, protocol, PacketPrinter.From(octets, at), (int)(total - at), isFragment);
    }

    private static int PrintFragment(PacketPrinter printer, ReadOnlySpan<byte> octets, long length)
    {
        printer.Protocol = "frag6";
        printer.Need(octets, 2, printer.Verbosity > 0 ? 6 : 2);
        int offset = printer.U16(octets, 2) & 0xfff8;
        if (printer.Verbosity > 0)
            printer.Put($"frag (0x{printer.U32(octets, 4):x8}:{offset}|");
        else
            printer.Put($"frag ({offset}|");
        printer.Put($"{unchecked((ulong)length)})");
        if (offset != 0)
            return -1; // what is in it cannot be told without the first
        printer.Put(" ");
        return FragmentLength;
    }
}

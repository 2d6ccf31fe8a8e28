using NetWhy.Tools.Tcpdump.Printing.Transport;

namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints ICMP of IPv6, with neighbor discovery. Source: RFC 4443, RFC 4861, RFC 6275 (6.5 to 6.8).</summary>
internal static class Icmp6Printer
{
    private const int HeaderLength = 8;
    private const int Ipv6HeaderLength = 40;
    private const byte Unreachable = 1;
    private const byte TooBig = 2;
    private const byte TimeExceeded = 3;
    private const byte ParameterProblem = 4;
    private const byte EchoRequest = 128;
    private const byte EchoReply = 129;
    private const byte ListenerQuery = 130;
    private const byte ListenerReport = 131;
    private const byte ListenerDone = 132;
    private const byte RouterSolicitation = 133;
    private const byte RouterAdvertisement = 134;
    private const byte NeighborSolicitation = 135;
    private const byte NeighborAdvertisement = 136;
    private const byte Redirect = 137;
    private const byte Renumbering = 138;
    private const byte InformationQuery = 139;
    private const byte InformationReply = 140;
    private const byte InverseSolicitation = 141;
    private const byte InverseAdvertisement = 142;
    private const byte ListenerReport2 = 143;
    private const byte HomeAgentRequest = 144;
    private const byte HomeAgentReply = 145;
    private const byte MobilePrefixSolicitation = 146;
    private const byte MobilePrefixAdvertisement = 147;
    private const byte Rpl = 155;

    private static readonly Token[] Types =
    [
        (Unreachable, "destination unreachable"), (TooBig, "packet too big"), (TimeExceeded, "time exceeded in-transit"),
        (ParameterProblem, "parameter problem"), (EchoRequest, "echo request"), (EchoReply, "echo reply"),
        (ListenerQuery, "multicast listener query"), (ListenerReport, "multicast listener report"), (ListenerDone, "multicast listener done"),
        (RouterSolicitation, "router solicitation"), (RouterAdvertisement, "router advertisement"),
        (NeighborSolicitation, "neighbor solicitation"), (NeighborAdvertisement, "neighbor advertisement"), (Redirect, "redirect"),
        (Renumbering, "router renumbering"), (InverseSolicitation, "inverse neighbor solicitation"),
        (InverseAdvertisement, "inverse neighbor advertisement"), (ListenerReport2, "multicast listener report v2"),
        (HomeAgentRequest, "ha discovery request"), (HomeAgentReply, "ha discovery reply"),
        (MobilePrefixSolicitation, "mobile router solicitation"), (MobilePrefixAdvertisement, "mobile router advertisement"),
        (InformationQuery, "who-are-you request"), (InformationReply, "who-are-you reply"), (201, "mtrace message"), (200, "mtrace response"),
        (Rpl, "RPL"),
    ];

    private static readonly Token[] UnreachableCodes =
    [
        (0, "unreachable route"), (1, " unreachable prohibited"), (2, "beyond scope"), (3, "unreachable address"), (4, "unreachable port"),
    ];

    private static readonly Token[] ProblemCodes =
    [
        (0, "erroneous"), (1, "next header"), (2, "option"), (3, "incomplete header chain"),
    ];

    private static readonly Token[] AdvertisementFlags = [(0x80, "managed"), (0x40, "other stateful"), (0x20, "home agent"), (0x02, "ipv6 only")];

    private static readonly Token[] NeighborFlags = [(0x80, "router"), (0x40, "solicited"), (0x20, "override")];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="ip">The packet that carries it.</param>
    /// <param name="isFragment">Whether more of it comes in other packets.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, in IpHeaderView ip, bool isFragment)
    {
        printer.Protocol = "icmp6";
        if (length == 0)
        {
            printer.Put("ICMP6, length 0");
            printer.Invalid();
            return;
        }

        bool isVerbose = printer.Verbosity > 0;
        if (isVerbose && !isFragment && octets.Length >= length)
            PrintChecksum(printer, octets, length, ip);
        byte type = printer.U8(octets, 0);
        printer.Put("ICMP6, ");
        printer.Token(Types, type, "unknown icmp6 type (%u)");
        bool hasLength = type is RouterSolicitation or RouterAdvertisement or NeighborSolicitation or NeighborAdvertisement or Redirect
            or HomeAgentReply or MobilePrefixAdvertisement;
        if (isVerbose && hasLength)
            printer.Put($", length {length}");
        byte code = printer.U8(octets, 1);
        if (printer.IsCut)
            return;
        if (PrintBody(printer, octets, length, type, code) && !isVerbose)
            printer.Put($", length {length}");
    }

    private static void PrintChecksum(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, in IpHeaderView ip)
    {
        ushort sent = printer.U16(octets, 2), computed = Checksums.Of(ip, IpPayload.Icmp6, octets[..length]);
        if (computed == 0)
            printer.Put("[icmp6 sum ok] ");
        else
            printer.Put($"[bad icmp6 cksum 0x{(uint)sent:x4} -> 0x{(uint)Checksums.Right(sent, computed):x4}!] ");
    }

    // False if nothing may follow.
    private static bool PrintBody(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, byte type, byte code)
    {
        bool isVerbose = printer.Verbosity > 0;
        switch (type)
        {
            case Unreachable:
                return PrintUnreachable(printer, octets, length, code);
            case TooBig:
                printer.Need(octets, 4, 4);
                printer.Put($", mtu {printer.U32(octets, 4)}");
                break;
            case TimeExceeded:
                PrintTimeExceeded(printer, octets, code);
                break;
            case ParameterProblem:
                return PrintProblem(printer, octets, code);
            case EchoRequest or EchoReply:
                printer.Need(octets, 4, 4);
                printer.Put($", id {printer.U16(octets, 4)}, seq {printer.U16(octets, 6)}");
                break;
            case ListenerQuery or ListenerReport or ListenerDone:
                MulticastListeners.Print(printer, octets, length, type is ListenerQuery);
                break;
            case ListenerReport2:
                MulticastListeners.PrintReport2(printer, octets, length);
                break;
            case RouterSolicitation:
                return !isVerbose || NeighborOptions.Print(printer, octets, HeaderLength, length);
            case RouterAdvertisement:
                return !isVerbose || PrintAdvertisement(printer, octets, length);
            case NeighborSolicitation:
                printer.Need(octets, HeaderLength, 16);
                printer.Put(", who has ");
                printer.Ipv6Address(octets, HeaderLength);
                return !isVerbose || NeighborOptions.Print(printer, octets, HeaderLength + 16, length);
            case NeighborAdvertisement:
                return PrintNeighbor(printer, octets, length);
            case Redirect:
                printer.Need(octets, HeaderLength + 16, 16);
                printer.Put(", ");
                printer.Ipv6Address(octets, HeaderLength + 16);
                printer.Put(" to ");
                printer.Ipv6Address(octets, HeaderLength);
                return !isVerbose || NeighborOptions.Print(printer, octets, HeaderLength + 32, length);
            case Renumbering:
                RouterRenumbering.Print(printer, octets);
                break;
            case InformationQuery or InformationReply:
                NodeInformation.Print(printer, octets, length);
                break;
            case InverseSolicitation or InverseAdvertisement:
                break;
            case HomeAgentRequest or MobilePrefixSolicitation:
                PrintIdentifier(printer, octets);
                break;
            case HomeAgentReply:
                if (isVerbose)
                    PrintHomeAgents(printer, octets, length);
                break;
            case MobilePrefixAdvertisement:
                return !isVerbose || PrintMobilePrefixes(printer, octets, length);
            case Rpl:
                RplPrinter.Print(printer, octets, length, code);
                break;
            default:
                printer.Put($", length {length}");
                if (printer.Verbosity <= 1)
                    printer.Unknown(octets, 0, "\n\t", length);
                return false;
        }

        return true;
    }

    private static bool PrintUnreachable(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, byte code)
    {
        const int Source = HeaderLength + 8, Destination = HeaderLength + 24;
        printer.Put(", ");
        printer.Token(UnreachableCodes, code, "unknown unreach code (%u)");
        switch (code)
        {
            case 0 or 1 or 3:
                printer.Need(octets, Destination, 16);
                printer.Put(" ");
                printer.Ipv6Address(octets, Destination);
                break;
            case 2:
                printer.Need(octets, Destination, 16);
                printer.Put(" ");
                printer.Ipv6Address(octets, Destination);
                printer.Put(", source address ");
                printer.Ipv6Address(octets, Source);
                break;
            case 4:
                if (!FindPorts(octets, out byte protocol, out int at))
                {
                    printer.Truncated();
                    return false;
                }

                ushort port = printer.U16(octets, at + 2);
                string name = protocol is IpPayload.Tcp ? "tcp" : "udp";
                printer.Put(", ");
                printer.Ipv6Address(octets, Destination);
                printer.Put($" {name} port ");
                PortPrinting.Port(printer, port, name);
                break;
            default:
                if (printer.Verbosity > 1)
                    break;
                printer.Unknown(octets, 0, "\n\t", length);
                return false;
        }

        return true;
    }

    // Where the ports of the quoted packet lie, behind its extension headers.
    private static bool FindPorts(ReadOnlySpan<byte> octets, out byte protocol, out int at)
    {
        at = HeaderLength + Ipv6HeaderLength;
        protocol = octets.Length > HeaderLength + 6 ? octets[HeaderLength + 6] : (byte)59;
        while (true)
        {
            switch (protocol)
            {
                case IpPayload.Udp or IpPayload.Tcp:
                    return PacketPrinter.Has(octets, at + 2, 2);
                case 0 or 43 or 60 when PacketPrinter.Has(octets, at, 2):
                    protocol = octets[at];
                    at += (octets[at + 1] + 1) * 8;
                    break;
                case 44 when PacketPrinter.Has(octets, at, 4) && octets[at + 2] == 0 && (octets[at + 3] & 0xf8) == 0:
                    protocol = octets[at];
                    at += 8;
                    break;
                case 51 when PacketPrinter.Has(octets, at, 2):
                    protocol = octets[at];
                    at += (octets[at + 1] + 2) * 4;
                    break;
                default:
                    return false;
            }
        }
    }

    private static void PrintTimeExceeded(PacketPrinter printer, ReadOnlySpan<byte> octets, byte code)
    {
        if (code == 0)
        {
            printer.Need(octets, HeaderLength + 24, 16);
            printer.Put(" for ");
            printer.Ipv6Address(octets, HeaderLength + 24);
        }
        else if (code == 1)
        {
            printer.Put(" (reassembly)");
        }
        else
        {
            printer.Put($", unknown code ({code})");
        }
    }

    private static bool PrintProblem(PacketPrinter printer, ReadOnlySpan<byte> octets, byte code)
    {
        if (!PacketPrinter.Has(octets, HeaderLength + 24, 16))
        {
            printer.Truncated();
            return false;
        }

        if (Token.Find(ProblemCodes, code) is { } problem)
            printer.Put($", {problem} - octet {printer.U32(octets, 4)}");
        else
            printer.Put($", code-#{code}");
        return true;
    }

    private static bool PrintAdvertisement(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Need(octets, 0, 16);
        byte flags = printer.U8(octets, 5);
        printer.Put($"\n\thop limit {printer.U8(octets, 4)}, Flags [");
        printer.Bits(AdvertisementFlags, flags, "none");
        printer.Put($"], pref {NeighborOptions.Preference(flags)}, router lifetime {printer.U16(octets, 6)}s");
        printer.Put($", reachable time {printer.U32(octets, 8)}ms, retrans timer {printer.U32(octets, 12)}ms");
        return NeighborOptions.Print(printer, octets, 16, length);
    }

    private static bool PrintNeighbor(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Need(octets, HeaderLength, 16);
        printer.Put(", tgt is ");
        printer.Ipv6Address(octets, HeaderLength);
        if (printer.Verbosity == 0)
            return true;
        printer.Put(", Flags [");
        printer.Bits(NeighborFlags, printer.U8(octets, 4), "none");
        printer.Put("]");
        return NeighborOptions.Print(printer, octets, HeaderLength + 16, length);
    }

    private static void PrintIdentifier(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        printer.Need(octets, 4, 2);
        printer.Put($", id 0x{(uint)printer.U16(octets, 4):x4}");
    }

    private static void PrintHomeAgents(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        PrintIdentifier(printer, octets);
        for (int at = HeaderLength; at < length && !printer.IsCut; at += 16)
        {
            printer.Need(octets, at, 16);
            printer.Put(", ");
            printer.Ipv6Address(octets, at);
        }
    }

    private static bool PrintMobilePrefixes(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        PrintIdentifier(printer, octets);
        ushort flags = printer.U16(octets, 6);
        printer.Put((flags >> 14) switch { 1 => " O", 2 => " M", 3 => " MO", _ => "" });
        return NeighborOptions.Print(printer, octets, HeaderLength, length);
    }
}

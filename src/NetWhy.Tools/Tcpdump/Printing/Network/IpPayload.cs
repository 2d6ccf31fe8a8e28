using NetWhy.Tools.Tcpdump.Printing.Link;
using NetWhy.Tools.Tcpdump.Printing.Routing;
using NetWhy.Tools.Tcpdump.Printing.Transport;

namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Protocols inside IP, and what prints them. Source: IANA, Protocol Numbers.</summary>
internal static class IpPayload
{
    internal const byte Icmp = 1;
    internal const byte Tcp = 6;
    internal const byte Udp = 17;
    internal const byte Dccp = 33;
    internal const byte Icmp6 = 58;
    private const byte Igmp = 2;
    private const byte Egp = 8;
    private const byte Esp = 50;
    private const byte AuthenticationHeader = 51;
    private const byte MinimalIp = 55;
    private const byte NetworkDisk = 77;
    private const byte Pim = 103;
    private const byte Ipcomp = 108;
    private const byte Vrrp = 112;
    private const byte Pgm = 113;
    internal const byte Sctp = 132;

    /// <summary>Their names.</summary>
    internal static readonly Token[] Names =
    [
        (0, "Options"), (1, "ICMP"), (2, "IGMP"), (4, "IPIP"), (6, "TCP"), (8, "EGP"), (9, "IGRP"), (17, "UDP"), (33, "DCCP"), (41, "IPv6"),
        (43, "Routing"), (44, "Fragment"), (46, "RSVP"), (47, "GRE"), (50, "ESP"), (51, "AH"), (55, "Mobile IP"), (58, "ICMPv6"),
        (62, "Mobile IP (old)"), (88, "EIGRP"), (89, "OSPF"), (103, "PIM"), (108, "Compressed IP"), (112, "VRRP"), (113, "PGM"),
        (132, "SCTP"), (135, "Mobility"), (140, "shim6"), (143, "Ethernet"),
    ];

    /// <summary>Prints a payload.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="ip">The packet that carries it.</param>
    /// <param name="protocol">What it is.</param>
    /// <param name="octets">What was captured of it.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="isFragment">Whether more of it comes in other packets.</param>
    internal static void Print(PacketPrinter printer, in IpHeaderView ip, byte protocol, ReadOnlySpan<byte> octets, int length, bool isFragment)
    {
        switch (protocol)
        {
            case Tcp:
                TcpPrinter.Print(printer, octets, length, ip, isFragment);
                break;
            case Udp:
                UdpPrinter.Print(printer, octets, length, ip, isFragment);
                break;
            case Icmp when ip.Version == 4:
                IcmpPrinter.Print(printer, octets, length, isFragment);
                break;
            case Icmp6 when ip.Version == 6:
                Icmp6Printer.Print(printer, octets, length, ip, isFragment);
                break;
            case Igmp when ip.Version == 4:
                IgmpPrinter.Print(printer, octets, length);
                break;
            case Sctp:
                SctpPrinter.Print(printer, octets, length, ip);
                break;
            case Dccp:
                DccpPrinter.Print(printer, octets, length, ip);
                break;
            case AuthenticationHeader:
                PrintAuthenticated(printer, ip, octets, length, isFragment);
                break;
            case Esp:
                EspPrinter.Print(printer, octets, length);
                break;
            case Ipcomp:
                IpcompPrinter.Print(printer, octets);
                break;
            case MinimalIp:
                MinimalIpPrinter.Print(printer, octets, length);
                break;
            case Pim:
                PimPrinter.Print(printer, octets, length, ip);
                break;
            case Vrrp when printer.Options.PacketType is "carp":
                CarpPrinter.Print(printer, octets, length, ip);
                break;
            case Vrrp:
                VrrpPrinter.Print(printer, octets, length, ip);
                break;
            case Pgm:
                PgmPrinter.Print(printer, octets, length, ip);
                break;
            case Egp:
                EgpPrinter.Print(printer, octets, length);
                break;
            case NetworkDisk:
                printer.Put($" nd {length}");
                break;
            case 4:
                IpPrinter.Print(printer, octets, length);
                break;
            case 41:
                Ipv6Printer.Print(printer, octets, length);
                break;
            case 46:
                RsvpPrinter.Print(printer, octets, length);
                break;
            case 47:
                GrePrinter.Print(printer, octets, length);
                break;
            case 59:
                printer.Put("no next header");
                break;
            case 137:
                MplsPrinter.Print(printer, octets, length);
                break;
            case 143 when ip.Version == 6:
                EthernetPrinter.Print(printer, octets, length);
                break;
            case 9:
                IgrpPrinter.Print(printer, octets, length);
                break;
            case 88:
                EigrpPrinter.Print(printer, octets, length);
                break;
            case 89 when ip.Version == 6:
                Ospf6Printer.Print(printer, octets, length);
                break;
            case 89:
                OspfPrinter.Print(printer, octets, length);
                break;
            case Icmp or Igmp or Icmp6 or 143:
                printer.Put("[");
                printer.Token(Names, protocol, "unknown");
                printer.Put(ip.Version == 6 ? " requires IPv4]" : " requires IPv6]");
                printer.Invalid();
                break;
            default:
                PutName(printer, protocol);
                printer.Put($" {length}");
                break;
        }
    }

    private static void PrintAuthenticated(PacketPrinter printer, in IpHeaderView ip, ReadOnlySpan<byte> octets, int length, bool isFragment)
    {
        if (octets.IsEmpty)
        {
            printer.Protocol = "ah";
            printer.Truncated();
            return;
        }

        int advance = AuthenticationHeaderPrinter.Print(printer, octets);
        if (printer.IsCut || !printer.Enter())
            return;
        Print(printer, ip, octets[0], PacketPrinter.From(octets, advance), length - advance, isFragment);
        printer.Leave();
    }

    /// <summary>Prints the name of a protocol of which no more is known.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="protocol">The protocol.</param>
    internal static void PutName(PacketPrinter printer, byte protocol)
    {
        if (!printer.Options.IsNumeric && printer.Names.Protocol(protocol) is { } name)
            printer.Put($" {name}");
        else
            printer.Put($" ip-proto-{protocol}");
    }
}

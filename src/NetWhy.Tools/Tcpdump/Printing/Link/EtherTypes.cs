using NetWhy.Tools.Tcpdump.Printing.Network;
using NetWhy.Tools.Tcpdump.Printing.Routing;

namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Types of Ethernet payloads, and what prints them. Source: IANA, IEEE 802 Numbers.</summary>
internal static class EtherTypes
{
    /// <summary>A tag of IEEE 802.1Q.</summary>
    internal const ushort Vlan = 0x8100;

    /// <summary>An outer tag of IEEE 802.1ad.</summary>
    internal const ushort QinQ = 0x88a8;

    /// <summary>A frame whose payload may be encrypted; IEEE 802.1AE.</summary>
    internal const ushort MacSec = 0x88e5;

    /// <summary>A frame with an LLC header that is longer than a length could say.</summary>
    internal const ushort Jumbo = 0x8870;

    /// <summary>Their names.</summary>
    internal static readonly Token[] Names =
    [
        (0x0800, "IPv4"), (0x8847, "MPLS unicast"), (0x8848, "MPLS multicast"), (0x86dd, "IPv6"), (0x8100, "802.1Q"), (0x9100, "802.1Q-9100"),
        (0x88a8, "802.1Q-QinQ"), (0x9200, "802.1Q-9200"), (0x88e5, "802.1AE MACsec"), (0x9100, "VMAN"), (0x0200, "PUP"), (0x0806, "ARP"),
        (0x8035, "Reverse ARP"), (0x0600, "NS"), (0x0500, "Sprite"), (0x1000, "Trail"), (0x6001, "MOP DL"), (0x6002, "MOP RC"), (0x6003, "DN"),
        (0x6004, "LAT"), (0x6007, "SCA"), (0x6558, "TEB"), (0x8038, "Lanbridge"), (0x803c, "DEC DNS"), (0x803e, "DEC DTS"), (0x805b, "VEXP"),
        (0x805c, "VPROD"), (0x809b, "Appletalk"), (0x80f3, "Appletalk ARP"), (0x8137, "IPX"), (0x880b, "PPP"), (0x8808, "MPCP"),
        (0x8809, "Slow Protocols"), (0x8863, "PPPoE D"), (0x8864, "PPPoE S"), (0x888e, "EAPOL"), (0x8899, "Realtek protocols"),
        (0x886f, "MS NLB heartbeat"), (0x8870, "Jumbo"), (0x894f, "NSH"), (0x9000, "Loopback"), (0xfefe, "OSI"), (0x00fe, "GRE-OSI"),
        (0xabcd, "CFM (old)"), (0x8902, "CFM"), (0x893a, "IEEE1905.1"), (0x88cc, "LLDP"), (0x88ca, "TIPC"), (0x0707, "GeoNet (old)"),
        (0x8947, "GeoNet"), (0x1111, "CALM FAST"), (0x88a2, "AoE"), (0x88f7, "PTP"), (0xd28b, "Arista Vendor Specific Protocol"),
    ];

    /// <summary>Whether a type is that of a VLAN tag.</summary>
    /// <param name="type">The type.</param>
    internal static bool IsVlan(ushort type) => type is Vlan or QinQ or 0x9100 or 0x9200;

    /// <summary>Prints a payload.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="type">Its type.</param>
    /// <param name="octets">What was captured of it.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="source">Address of the sender on the link; empty if there is none.</param>
    /// <param name="destination">Address of the receiver on the link; empty if there is none.</param>
    /// <returns>Whether the type is known.</returns>
    internal static bool Print(PacketPrinter printer, ushort type, ReadOnlySpan<byte> octets, int length, ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination)
    {
        _ = destination;
        switch (type)
        {
            case 0x0800:
                IpPrinter.Print(printer, octets, length);
                return true;
            case 0x86dd:
                Ipv6Printer.Print(printer, octets, length);
                return true;
            case 0x0806:
            case 0x8035:
                ArpPrinter.Print(printer, octets, length);
                return true;
            case 0x8863:
            case 0x8864:
            case 0x3c12:
            case 0x3c13:
                PppoePrinter.Print(printer, octets, length);
                return true;
            case 0x880b:
                if (length > 0)
                {
                    printer.Put(": ");
                    PppPrinter.Print(printer, octets, length);
                }

                return true;
            case 0x8809:
                SlowPrinter.Print(printer, octets, length);
                return true;
            case 0x8847:
            case 0x8848:
                MplsPrinter.Print(printer, octets, length);
                return true;
            case 0x886f:
                NlbPrinter.Print(printer, octets);
                return true;
            case 0x888e:
                EapPrinter.PrintLan(printer, octets);
                return true;
            case 0x88a2:
                AoePrinter.Print(printer, octets, length);
                return true;
            case 0x88ca:
                TipcPrinter.Print(printer, octets, length);
                return true;
            case 0x88cc:
                LldpPrinter.Print(printer, octets, length);
                return true;
            case 0x88f7:
                PtpPrinter.Print(printer, octets, length);
                return true;
            case 0x8902:
            case 0xabcd:
                CfmPrinter.Print(printer, octets, length);
                return true;
            case 0x0707:
            case 0x8947:
                GeonetPrinter.Print(printer, octets, length, source);
                return true;
            case 0x1111:
                GeonetPrinter.PrintCalmFast(printer, octets, length, source);
                return true;
            case 0x894f:
                NshPrinter.Print(printer, octets, length);
                return true;
            case 0x9000:
                LoopbackPrinter.Print(printer, octets, length);
                return true;
            case 0x809b:
                if (printer.Verbosity > 0)
                    printer.Put("et1 ");
                AppleTalkPrinter.Print(printer, octets, length);
                return true;
            case 0x80f3:
                AppleTalkPrinter.PrintResolution(printer, octets, length);
                return true;
            case 0x8137:
                printer.Put("(NOV-ETHII) ");
                IpxPrinter.Print(printer, octets);
                return true;
            case 0xfefe:
                if (length == 0 || octets.IsEmpty)
                    printer.Put(" [|osi]");
                else
                    OsiPrinter.Print(printer, octets[1..], length - 1);
                return true;
            default:
                return false;
        }
    }
}

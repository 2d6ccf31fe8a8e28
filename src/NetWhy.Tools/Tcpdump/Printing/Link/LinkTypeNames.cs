namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Types of links with their names. Source: pcap-linktype(7), pcap_datalink_val_to_name(3).</summary>
internal static class LinkTypeNames
{
    private static readonly Token[] Names =
    [
        (0, "NULL"), (1, "EN10MB"), (6, "IEEE802"), (7, "ARCNET"), (8, "SLIP"), (9, "PPP"), (10, "FDDI"), (11, "ATM_RFC1483"),
        (12, "RAW"), (50, "PPP_SERIAL"), (51, "PPP_ETHER"), (101, "RAW"), (104, "C_HDLC"), (105, "IEEE802_11"), (107, "FRELAY"),
        (108, "LOOP"), (109, "ENC"), (113, "LINUX_SLL"), (114, "LTALK"), (117, "PFLOG"), (119, "PRISM_HEADER"), (122, "IP_OVER_FC"),
        (123, "SUNATM"), (127, "IEEE802_11_RADIO"), (129, "ARCNET_LINUX"), (135, "JUNIPER_ATM2"), (137, "JUNIPER_ATM1"),
        (138, "APPLE_IP_OVER_IEEE1394"), (143, "DOCSIS"), (144, "LINUX_IRDA"), (163, "IEEE802_11_RADIO_AVS"), (169, "GPRS_LLC"),
        (187, "BLUETOOTH_HCI_H4"), (189, "USB_LINUX"), (192, "PPI"), (195, "IEEE802_15_4"), (201, "BLUETOOTH_HCI_H4_WITH_PHDR"),
        (203, "LAPD"), (220, "USB_LINUX_MMAPPED"), (227, "CAN_SOCKETCAN"), (228, "IPV4"), (229, "IPV6"), (230, "IEEE802_15_4_NOFCS"),
        (231, "DBUS"), (239, "NFLOG"), (240, "NETANALYZER"), (242, "IPOIB"), (248, "SCTP"), (253, "NETLINK"), (271, "VSOCK"),
        (276, "LINUX_SLL2"), (281, "DSA_TAG_BRCM"), (282, "DSA_TAG_BRCM_PREPEND"), (283, "IEEE802_15_4_TAP"), (284, "DSA_TAG_DSA"),
        (285, "DSA_TAG_EDSA"), (289, "ELEE"),
    ];

    private static readonly Token[] Descriptions =
    [
        (0, "BSD loopback"), (1, "Ethernet"), (9, "PPP"), (12, "Raw IP"), (101, "Raw IP"), (105, "802.11"), (108, "OpenBSD loopback"),
        (113, "Linux cooked v1"), (127, "802.11 plus radiotap header"), (189, "USB with Linux header"), (228, "Raw IPv4"), (229, "Raw IPv6"),
        (239, "Linux netfilter log messages"), (253, "Linux netlink"), (271, "Linux vsock"), (276, "Linux cooked v2"), (50, "PPP over serial"),
        (51, "PPPoE"), (104, "Cisco HDLC"), (107, "Frame Relay"), (7, "ARCNET"), (10, "FDDI"), (6, "Token ring"),
        (11, "RFC 1483 LLC-encapsulated ATM"), (195, "IEEE 802.15.4 with FCS"), (230, "IEEE 802.15.4 without FCS"), (242, "RFC 4391 IP-over-Infiniband"),
    ];

    /// <summary>What a type is, in words.</summary>
    /// <param name="linkType">The type.</param>
    internal static string Describe(int linkType) => Token.Find(Descriptions, (uint)linkType) ?? Of(linkType) ?? "unknown";

    /// <summary>The type of a name, whatever the case of its letters; null if there is none.</summary>
    /// <param name="name">The name.</param>
    internal static int? Find(string name)
    {
        foreach (Token token in Names)
        {
            if (string.Equals(token.Name, name, StringComparison.OrdinalIgnoreCase))
                return (int)token.Value;
        }

        return null;
    }

    /// <summary>The name of a type; null if it has none here.</summary>
    /// <param name="linkType">The type.</param>
    internal static string? Of(int linkType) => Token.Find(Names, (uint)linkType);
}

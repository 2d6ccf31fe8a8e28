namespace NetWhy.Analysis.Dissection;

/// <summary>Names of values, which filters may compare fields with. Sources: the registries of IANA; the wording is Wireshark's, since filters quote it.</summary>
internal static class ValueNames
{
    /// <summary>Protocols in IP.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> Protocol = new Dictionary<ulong, string>
    {
        [0] = "IPv6 Hop-by-Hop Option",
        [1] = "ICMP",
        [2] = "IGMP",
        [4] = "IPIP",
        [6] = "TCP",
        [8] = "EGP",
        [17] = "UDP",
        [41] = "IPv6",
        [43] = "Routing Header for IPv6",
        [44] = "Fragment Header for IPv6",
        [46] = "Reservation Protocol",
        [47] = "Generic Routing Encapsulation",
        [50] = "Encap Security Payload",
        [51] = "Authentication Header",
        [58] = "ICMPv6",
        [59] = "No Next Header for IPv6",
        [60] = "Destination Options for IPv6",
        [88] = "EIGRP",
        [89] = "OSPF IGP",
        [94] = "IP in IP",
        [103] = "PIM",
        [112] = "VRRP",
        [115] = "Layer 2 Tunneling",
        [132] = "SCTP",
        [136] = "UDPLite",
    };

    /// <summary>Operations of ARP.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> ArpOpcode = new Dictionary<ulong, string>
    {
        [0] = "reserved",
        [1] = "request",
        [2] = "reply",
        [3] = "reverse request",
        [4] = "reverse reply",
        [5] = "drarp request",
        [6] = "drarp reply",
        [7] = "drarp error",
        [8] = "inverse request",
        [9] = "inverse reply",
        [10] = "arp nak",
        [11] = "mars request",
        [12] = "mars multi",
        [13] = "mars mserv",
        [14] = "mars join",
        [15] = "mars leave",
        [16] = "mars nak",
        [17] = "mars unserv",
        [18] = "mars sjoin",
        [19] = "mars sleave",
        [20] = "mars grouplist request",
        [21] = "mars grouplist reply",
        [22] = "mars redirect map",
        [23] = "mapos unarp",
        [24] = "experimental 1",
        [25] = "experimental 2",
        [65535] = "reserved",
    };

    /// <summary>Response codes of DNS.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> DnsRcode = new Dictionary<ulong, string>
    {
        [0] = "No error",
        [1] = "Format error",
        [2] = "Server failure",
        [3] = "No such name",
        [4] = "Not implemented",
        [5] = "Refused",
        [6] = "Name exists",
        [7] = "RRset exists",
        [8] = "RRset does not exist",
        [9] = "Not authoritative",
        [10] = "Name out of zone",
        [11] = "DSO-Type not implemented",
        [16] = "Bad OPT Version or TSIG Signature Failure",
        [17] = "Key not recognized",
        [18] = "Signature out of time window",
        [19] = "Bad TKEY Mode",
        [20] = "Duplicate key name",
        [21] = "Algorithm not supported",
        [22] = "Bad Truncation",
        [23] = "Bad/missing Server Cookie",
    };

    /// <summary>Types of TLS records.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> TlsContent = new Dictionary<ulong, string>
    {
        [20] = "Change Cipher Spec",
        [21] = "Alert",
        [22] = "Handshake",
        [23] = "Application Data",
        [24] = "Heartbeat",
        [25] = "Connection ID",
    };

    /// <summary>Types of TLS handshake messages.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> TlsHandshake = new Dictionary<ulong, string>
    {
        [0] = "Error",
        [1] = "Client Hello",
        [2] = "Client Master Key",
        [3] = "Client Finished",
        [4] = "Server Hello",
        [5] = "Server Verify",
        [6] = "Server Finished",
        [7] = "Request Certificate",
        [8] = "Client Certificate",
        [11] = "Certificate",
        [12] = "Server Key Exchange",
        [13] = "Certificate Request",
        [14] = "Server Hello Done",
        [15] = "Certificate Verify",
        [16] = "Client Key Exchange",
        [20] = "Finished",
        [21] = "Client Certificate URL",
        [22] = "Certificate Status",
        [23] = "Supplemental Data",
        [24] = "Key Update",
        [25] = "Compressed Certificate",
        [67] = "Encrypted Extensions",
    };

    /// <summary>Levels of TLS alerts.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> TlsAlertLevel = new Dictionary<ulong, string>
    {
        [1] = "Warning",
        [2] = "Fatal",
    };

    /// <summary>Descriptions of TLS alerts.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> TlsAlert = new Dictionary<ulong, string>
    {
        [0] = "Close Notify",
        [1] = "End of Early Data",
        [10] = "Unexpected Message",
        [20] = "Bad Record MAC",
        [21] = "Decryption Failed",
        [22] = "Record Overflow",
        [30] = "Decompression Failure",
        [40] = "Handshake Failure",
        [41] = "No Certificate",
        [42] = "Bad Certificate",
        [43] = "Unsupported Certificate",
        [44] = "Certificate Revoked",
        [45] = "Certificate Expired",
        [46] = "Certificate Unknown",
        [47] = "Illegal Parameter",
        [48] = "Unknown CA",
        [49] = "Access Denied",
        [50] = "Decode Error",
        [51] = "Decrypt Error",
        [60] = "Export Restriction",
        [70] = "Protocol Version",
        [71] = "Insufficient Security",
        [80] = "Internal Error",
        [86] = "Inappropriate Fallback",
        [90] = "User Canceled",
        [100] = "No Renegotiation",
        [109] = "Missing Extension",
        [110] = "Unsupported Extension",
        [111] = "Certificate Unobtainable",
        [112] = "Unrecognized Name",
        [113] = "Bad Certificate Status Response",
        [114] = "Bad Certificate Hash Value",
        [115] = "Unknown PSK Identity",
        [116] = "Certificate Required",
        [120] = "No application Protocol",
        [121] = "ECH Required",
    };
}

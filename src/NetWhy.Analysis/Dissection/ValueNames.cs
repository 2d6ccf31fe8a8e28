namespace NetWhy.Analysis.Dissection;

/// <summary>Names of values, which filters may compare fields with. Sources: the registries of IANA; the wording is Wireshark's, since filters quote it.</summary>
internal static class ValueNames
{
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

    /// <summary>Types of records of DNS.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> DnsType = new Dictionary<ulong, string>
    {
        [0] = "Unused",
        [1] = "A (Host Address)",
        [2] = "NS (authoritative Name Server)",
        [3] = "MD (Mail Destination)",
        [4] = "MF (Mail Forwarder)",
        [5] = "CNAME (Canonical NAME for an alias)",
        [6] = "SOA (Start Of a zone of Authority)",
        [7] = "MB (MailBox domain name)",
        [8] = "MG (Mail Group member)",
        [9] = "MR (Mail Rename domain)",
        [10] = "NULL RR",
        [11] = "WKS (Well Known Service)",
        [12] = "PTR (domain name PoinTeR)",
        [13] = "HINFO (host information)",
        [14] = "MINFO (Mailbox or mail list information)",
        [15] = "MX (Mail eXchange)",
        [16] = "TXT (Text strings)",
        [17] = "RP (Responsible Person)",
        [18] = "AFSDB (AFS Data Base location)",
        [19] = "X25 (XX.25 PSDN address)",
        [20] = "ISDN (ISDN address)",
        [21] = "RT (Route Through)",
        [22] = "NSAP (NSAP address)",
        [23] = "NSAP-PTR (NSAP domain name pointer)",
        [24] = "SIG (security signature)",
        [25] = "KEY (security key)",
        [26] = "PX (X.400 mail mapping information)",
        [27] = "GPOS (Geographical Position)",
        [28] = "AAAA (IPv6 Address)",
        [29] = "LOC (Location Information)",
        [30] = "NXT (Next Domain)",
        [31] = "EID (Endpoint Identifier)",
        [32] = "NIMLOC (Nimrod Locator)",
        [33] = "SRV (Server Selection)",
        [34] = "ATMA (ATM Address)",
        [35] = "NAPTR (Naming Authority Pointer)",
        [36] = "KX (Key Exchanger)",
        [37] = "CERT",
        [38] = "A6 (OBSOLETE - use AAAA)",
        [39] = "DNAME",
        [40] = "SINK",
        [41] = "OPT",
        [42] = "APL",
        [43] = "DS (Delegation Signer)",
        [44] = "SSHFP (SSH Key Fingerprint)",
        [45] = "IPSECKEY",
        [46] = "RRSIG (Resource Record Signature)",
        [47] = "NSEC (Next Secure)",
        [48] = "DNSKEY (DNS Public Key)",
        [49] = "DHCID",
        [50] = "NSEC3",
        [51] = "NSEC3PARAM",
        [52] = "TLSA",
        [55] = "HIP (Host Identity Protocol)",
        [57] = "RKEY",
        [58] = "TALINK (Trust Anchor LINK)",
        [59] = "CDS (Child DS)",
        [60] = "CDNSKEY (DNSKEY(s) the Child wants reflected in DS)",
        [61] = "OPENPGPKEY (OpenPGP Key)",
        [62] = "CSYNC (Child-to-Parent Synchronization)",
        [63] = "ZONEMD",
        [64] = "SVCB (General Purpose Service Endpoints)",
        [65] = "HTTPS (HTTPS Specific Service Endpoints)",
        [99] = "SPF",
        [100] = "UINFO",
        [101] = "UID",
        [102] = "GID",
        [103] = "UNSPEC",
        [104] = "NID (NodeID)",
        [105] = "L32 (Locator32)",
        [106] = "L64 (Locator64)",
        [107] = "LP (Locator FQDN)",
        [108] = "EUI48",
        [109] = "EUI64",
        [249] = "TKEY (Transaction Key)",
        [250] = "TSIG (Transaction Signature)",
        [251] = "IXFR (incremental transfer)",
        [252] = "AXFR (transfer of an entire zone)",
        [253] = "MAILB (mailbox-related RRs)",
        [254] = "MAILA (mail agent RRs)",
        [255] = "* (A request for all records the server/cache has available)",
        [256] = "URI",
        [257] = "CAA (Certification Authority Restriction)",
        [32768] = "TA (DNSSEC Trust Authorities)",
        [32769] = "DLV (DNSSEC Lookaside Validation)",
        [65281] = "WINS",
        [65282] = "WINS-R",
        [65422] = "XPF",
    };

    /// <summary>Kinds of queries of DNS.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> DnsOpcode = new Dictionary<ulong, string>
    {
        [0] = "Standard query",
        [1] = "Inverse query",
        [2] = "Server status request",
        [4] = "Zone change notification",
        [5] = "Dynamic update",
        [6] = "DNS Stateful operations (DSO)",
    };

    /// <summary>Classes of DNS.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> DnsClass = new Dictionary<ulong, string>
    {
        [1] = "IN",
        [2] = "CS",
        [3] = "CH",
        [4] = "HS",
        [254] = "NONE",
        [255] = "ANY",
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

    /// <summary>Types of HTTP/2 frames. Source: RFC 9113, section 11.2, and IANA.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> Http2Type = new Dictionary<ulong, string>
    {
        [0] = "DATA",
        [1] = "HEADERS",
        [2] = "PRIORITY",
        [3] = "RST_STREAM",
        [4] = "SETTINGS",
        [5] = "PUSH_PROMISE",
        [6] = "PING",
        [7] = "GOAWAY",
        [8] = "WINDOW_UPDATE",
        [9] = "CONTINUATION",
        [10] = "ALTSVC",
        [11] = "BLOCKED",
        [12] = "ORIGIN",
        [16] = "PRIORITY_UPDATE",
    };

    /// <summary>Settings of HTTP/2. Source: RFC 9113, section 6.5.2; RFC 8441.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> Http2Setting = new Dictionary<ulong, string>
    {
        [1] = "Header table size",
        [2] = "Enable PUSH",
        [3] = "Max concurrent streams",
        [4] = "Initial Windows size",
        [5] = "Max frame size",
        [6] = "Max header list size",
        [8] = "Extended CONNECT",
    };

    /// <summary>Errors of HTTP/2. Source: RFC 9113, section 7.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> Http2Error = new Dictionary<ulong, string>
    {
        [0] = "NO_ERROR",
        [1] = "PROTOCOL_ERROR",
        [2] = "INTERNAL_ERROR",
        [3] = "FLOW_CONTROL_ERROR",
        [4] = "SETTINGS_TIMEOUT",
        [5] = "STREAM_CLOSED",
        [6] = "FRAME_SIZE_ERROR",
        [7] = "REFUSED_STREAM",
        [8] = "CANCEL",
        [9] = "COMPRESSION_ERROR",
        [10] = "CONNECT_ERROR",
        [11] = "ENHANCE_YOUR_CALM",
        [12] = "INADEQUATE_SECURITY",
        [13] = "HTTP_1_1_REQUIRED",
    };
}

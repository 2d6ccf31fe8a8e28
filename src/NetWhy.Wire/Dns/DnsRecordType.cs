namespace NetWhy.Wire.Dns;

/// <summary>The type of a record. Source: IANA, "Resource Record (RR) TYPEs".</summary>
public enum DnsRecordType : ushort
{
    /// <summary>No type; not used on the wire.</summary>
    None = 0,

    /// <summary>An IPv4 address. Source: RFC 1035.</summary>
    A = 1,

    /// <summary>A name server of a zone. Source: RFC 1035.</summary>
    NS = 2,

    /// <summary>A mail destination; obsolete. Source: RFC 1035.</summary>
    MD = 3,

    /// <summary>A mail forwarder; obsolete. Source: RFC 1035.</summary>
    MF = 4,

    /// <summary>The name that this alias stands for. Source: RFC 1035.</summary>
    CNAME = 5,

    /// <summary>The start of a zone of authority. Source: RFC 1035.</summary>
    SOA = 6,

    /// <summary>A mailbox. Source: RFC 1035.</summary>
    MB = 7,

    /// <summary>A member of a mail group. Source: RFC 1035.</summary>
    MG = 8,

    /// <summary>A new name of a mailbox. Source: RFC 1035.</summary>
    MR = 9,

    /// <summary>Any octets. Source: RFC 1035.</summary>
    NULL = 10,

    /// <summary>Well-known services of a host. Source: RFC 1035.</summary>
    WKS = 11,

    /// <summary>A name for an address. Source: RFC 1035.</summary>
    PTR = 12,

    /// <summary>Hardware and operating system of a host. Source: RFC 1035.</summary>
    HINFO = 13,

    /// <summary>Who looks after a mailing list. Source: RFC 1035.</summary>
    MINFO = 14,

    /// <summary>A mail exchange. Source: RFC 1035.</summary>
    MX = 15,

    /// <summary>Strings. Source: RFC 1035.</summary>
    TXT = 16,

    /// <summary>A responsible person. Source: RFC 1183.</summary>
    RP = 17,

    /// <summary>A server of the Andrew file system. Source: RFC 1183.</summary>
    AFSDB = 18,

    /// <summary>An X.25 address. Source: RFC 1183.</summary>
    X25 = 19,

    /// <summary>An ISDN address. Source: RFC 1183.</summary>
    ISDN = 20,

    /// <summary>A host that forwards to one without an address of its own. Source: RFC 1183.</summary>
    RT = 21,

    /// <summary>An address of OSI. Source: RFC 1706.</summary>
    NSAP = 22,

    /// <summary>A name for an address of OSI. Source: RFC 1348.</summary>
    NSAPPTR = 23,

    /// <summary>A signature of a message (SIG(0)), formerly of records. Source: RFC 2931.</summary>
    SIG = 24,

    /// <summary>A key for SIG(0) and TKEY. Source: RFC 3445.</summary>
    KEY = 25,

    /// <summary>The X.400 mapping of a mail domain. Source: RFC 2163.</summary>
    PX = 26,

    /// <summary>A place on Earth. Source: RFC 1712.</summary>
    GPOS = 27,

    /// <summary>An IPv6 address. Source: RFC 3596.</summary>
    AAAA = 28,

    /// <summary>A place on Earth and its size. Source: RFC 1876.</summary>
    LOC = 29,

    /// <summary>The next name; replaced by NSEC. Source: RFC 2535.</summary>
    NXT = 30,

    /// <summary>An endpoint identifier of Nimrod. Source: Patton, "DNS resource records for Nimrod".</summary>
    EID = 31,

    /// <summary>A locator of Nimrod. Source: Patton, "DNS resource records for Nimrod".</summary>
    NIMLOC = 32,

    /// <summary>The place of a service. Source: RFC 2782.</summary>
    SRV = 33,

    /// <summary>An address of ATM. Source: ATM Forum, "ATM name system".</summary>
    ATMA = 34,

    /// <summary>A rule that makes another name of a name. Source: RFC 3403.</summary>
    NAPTR = 35,

    /// <summary>A host that exchanges keys for this one. Source: RFC 2230.</summary>
    KX = 36,

    /// <summary>A certificate. Source: RFC 4398.</summary>
    CERT = 37,

    /// <summary>An IPv6 address in parts; obsolete. Source: RFC 2874.</summary>
    A6 = 38,

    /// <summary>An alias for a whole subtree. Source: RFC 6672.</summary>
    DNAME = 39,

    /// <summary>Anything. Source: Eastlake, "The kitchen sink resource record".</summary>
    SINK = 40,

    /// <summary>EDNS. Source: RFC 6891.</summary>
    OPT = 41,

    /// <summary>Address prefixes. Source: RFC 3123.</summary>
    APL = 42,

    /// <summary>A delegation signer. Source: RFC 4034.</summary>
    DS = 43,

    /// <summary>The fingerprint of an SSH key. Source: RFC 4255.</summary>
    SSHFP = 44,

    /// <summary>A key for IPsec, and the gateway to use. Source: RFC 4025.</summary>
    IPSECKEY = 45,

    /// <summary>A signature. Source: RFC 4034.</summary>
    RRSIG = 46,

    /// <summary>A proof of absence. Source: RFC 4034.</summary>
    NSEC = 47,

    /// <summary>A zone key. Source: RFC 4034.</summary>
    DNSKEY = 48,

    /// <summary>Which DHCP client a name belongs to. Source: RFC 4701.</summary>
    DHCID = 49,

    /// <summary>A hashed proof of absence. Source: RFC 5155.</summary>
    NSEC3 = 50,

    /// <summary>How a zone hashes its names. Source: RFC 5155.</summary>
    NSEC3PARAM = 51,

    /// <summary>The certificate of a TLS server. Source: RFC 6698.</summary>
    TLSA = 52,

    /// <summary>The certificate of a mail address. Source: RFC 8162.</summary>
    SMIMEA = 53,

    /// <summary>A host identity. Source: RFC 8005.</summary>
    HIP = 55,

    /// <summary>The status of a zone. Source: Reid, "The zone status (NINFO) DNS resource record".</summary>
    NINFO = 56,

    /// <summary>A key to encrypt NAPTR records. Source: Reid, "RKEY DNS resource record".</summary>
    RKEY = 57,

    /// <summary>Links in a history of trust anchors. Source: Wijngaards, "DNSSEC trust anchor history service".</summary>
    TALINK = 58,

    /// <summary>The DS that the parent shall have. Source: RFC 7344.</summary>
    CDS = 59,

    /// <summary>The key that the parent's DS shall name. Source: RFC 7344.</summary>
    CDNSKEY = 60,

    /// <summary>An OpenPGP key of a mail address. Source: RFC 7929.</summary>
    OPENPGPKEY = 61,

    /// <summary>What the parent shall copy from the child. Source: RFC 7477.</summary>
    CSYNC = 62,

    /// <summary>A digest of a zone. Source: RFC 8976.</summary>
    ZONEMD = 63,

    /// <summary>A service binding. Source: RFC 9460.</summary>
    SVCB = 64,

    /// <summary>A service binding for HTTPS. Source: RFC 9460.</summary>
    HTTPS = 65,

    /// <summary>Where to send notifications of changes to. Source: RFC 9859.</summary>
    DSYNC = 66,

    /// <summary>A hierarchical host identity tag. Source: RFC 9886.</summary>
    HHIT = 67,

    /// <summary>Identification that an unmanned aircraft broadcasts. Source: RFC 9886.</summary>
    BRID = 68,

    /// <summary>Who may send mail; replaced by TXT. Source: RFC 7208.</summary>
    SPF = 99,

    /// <summary>Reserved. Source: IANA.</summary>
    UINFO = 100,

    /// <summary>Reserved. Source: IANA.</summary>
    UID = 101,

    /// <summary>Reserved. Source: IANA.</summary>
    GID = 102,

    /// <summary>Reserved. Source: IANA.</summary>
    UNSPEC = 103,

    /// <summary>A node identifier of ILNP. Source: RFC 6742.</summary>
    NID = 104,

    /// <summary>A 32-bit locator of ILNP. Source: RFC 6742.</summary>
    L32 = 105,

    /// <summary>A 64-bit locator of ILNP. Source: RFC 6742.</summary>
    L64 = 106,

    /// <summary>A name that has locators of ILNP. Source: RFC 6742.</summary>
    LP = 107,

    /// <summary>A 48-bit hardware address. Source: RFC 7043.</summary>
    EUI48 = 108,

    /// <summary>A 64-bit hardware address. Source: RFC 7043.</summary>
    EUI64 = 109,

    /// <summary>In an NSEC: the name does not exist. Source: RFC 9824.</summary>
    NXNAME = 128,

    /// <summary>Making of a secret key. Source: RFC 2930.</summary>
    TKEY = 249,

    /// <summary>A message authentication code. Source: RFC 8945.</summary>
    TSIG = 250,

    /// <summary>Transfer of the changes of a zone (a question only). Source: RFC 1995.</summary>
    IXFR = 251,

    /// <summary>Transfer of a zone (a question only). Source: RFC 5936.</summary>
    AXFR = 252,

    /// <summary>Records of mailboxes (a question only). Source: RFC 1035.</summary>
    MAILB = 253,

    /// <summary>Records of mail agents (a question only); obsolete. Source: RFC 1035.</summary>
    MAILA = 254,

    /// <summary>Any type (a question only). Source: RFC 8482.</summary>
    ANY = 255,

    /// <summary>A URI. Source: RFC 7553.</summary>
    URI = 256,

    /// <summary>Which authorities may issue certificates. Source: RFC 8659.</summary>
    CAA = 257,

    /// <summary>Which application it is. Source: IANA.</summary>
    AVC = 258,

    /// <summary>A digital object. Source: Durand, "DOA over DNS".</summary>
    DOA = 259,

    /// <summary>A relay for multicast. Source: RFC 8777.</summary>
    AMTRELAY = 260,

    /// <summary>What a resolver can do. Source: RFC 9606.</summary>
    RESINFO = 261,

    /// <summary>A wallet's address. Source: IANA.</summary>
    WALLET = 262,

    /// <summary>A convergence layer adapter of the Bundle Protocol. Source: IANA.</summary>
    CLA = 263,

    /// <summary>A node number of the Bundle Protocol. Source: IANA.</summary>
    IPN = 264,

    /// <summary>A trust anchor. Source: Weiler, "Deploying DNSSEC without a signed root".</summary>
    TA = 32768,

    /// <summary>A look-aside delegation signer; obsolete. Source: RFC 4431.</summary>
    DLV = 32769,
}

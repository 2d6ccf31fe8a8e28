namespace NetWhy.Analysis.Dissection;

/// <summary>Names of values in records and options of DNS. Sources: the registries of IANA; the wording is Wireshark's, since filters quote it.</summary>
internal static class DnsNames
{
    /// <summary>Algorithms of DNSSEC.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> Algorithm = new Dictionary<ulong, string>
    {
        [1] = "RSA/MD5",
        [2] = "Diffie-Hellman",
        [3] = "DSA",
        [4] = "Elliptic curve crypto",
        [5] = "RSA/SHA1",
        [6] = "DSA + NSEC3/SHA1",
        [7] = "RSA/SHA1 + NSEC3/SHA1",
        [8] = "RSA/SHA-256",
        [10] = "RSA/SHA-512",
        [12] = "GOST R 34.10-2001",
        [13] = "ECDSA Curve P-256 with SHA-256",
        [14] = "ECDSA Curve P-386 with SHA-386",
        [15] = "Ed25519",
        [16] = "Ed448",
        [157] = "HMAC/MD5",
        [252] = "Indirect key",
        [253] = "Private, domain name",
        [254] = "Private, OID",
    };

    /// <summary>Digests of keys.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> DigestType = new Dictionary<ulong, string>
    {
        [0] = "Reserved digest",
        [1] = "SHA-1",
        [2] = "SHA-256",
        [3] = "GOST R 34.11-94",
        [4] = "SHA-384",
    };

    /// <summary>Hashes of names.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> HashAlgorithm = new Dictionary<ulong, string>
    {
        [0] = "Reserved",
        [1] = "SHA-1",
    };

    /// <summary>Kinds of certificates.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> CertificateType = new Dictionary<ulong, string>
    {
        [1] = "PKIX",
        [2] = "SPKI",
        [3] = "PGP",
        [4] = "IPKIX",
        [5] = "ISPKI",
        [6] = "IPGP",
        [7] = "ACPKIX",
        [8] = "IACPKIX",
        [253] = "Private, URI",
        [254] = "Private, OID",
    };

    /// <summary>How a key is agreed on.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> TkeyMode = new Dictionary<ulong, string>
    {
        [1] = "Server assigned",
        [2] = "Diffie Hellman",
        [3] = "GSSAPI",
        [4] = "Resolver assigned",
        [5] = "Delete",
    };

    /// <summary>Algorithms of the keys of gateways.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> GatewayAlgorithm = new Dictionary<ulong, string>
    {
        [1] = "DSA",
        [2] = "RSA",
    };

    /// <summary>How a gateway is named.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> GatewayType = new Dictionary<ulong, string>
    {
        [0] = "No Gateway",
        [1] = "IPv4 Gateway",
        [2] = "IPv6 Gateway",
        [3] = "DNS Gateway",
    };

    /// <summary>Versions of IP.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> IPVersion = new Dictionary<ulong, string>
    {
        [0] = "Reserved",
        [4] = "IPv4",
        [5] = "ST Datagram",
        [6] = "IPv6",
        [7] = "TP/IX",
        [8] = "PIP",
        [9] = "TUBA",
    };

    /// <summary>What an association with a certificate constrains.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> Usage = new Dictionary<ulong, string>
    {
        [0] = "CA constraint (PKIX-TA)",
        [1] = "Service certificate constraint (PKIX-EE)",
        [2] = "Trust anchor assertion (DANE-TA)",
        [3] = "Domain-issued certificate (DANE-EE)",
    };

    /// <summary>What of a certificate is associated.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> Selector = new Dictionary<ulong, string>
    {
        [0] = "Full certificate (Cert)",
        [1] = "SubjectPublicKeyInfo (SPKI)",
    };

    /// <summary>How an association is given.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> Matching = new Dictionary<ulong, string>
    {
        [0] = "No Hash Used (Full)",
        [1] = "256 bit hash by SHA2 (SHA2-256)",
        [2] = "512 bit hash by SHA2 (SHA2-512)",
    };

    /// <summary>Algorithms of keys of SSH.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> FingerprintAlgorithm = new Dictionary<ulong, string>
    {
        [0] = "Reserved",
        [1] = "RSA",
        [2] = "DSA",
        [3] = "ECDSA",
        [4] = "Ed25519",
        [5] = "XMSS",
    };

    /// <summary>Hashes of keys of SSH.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> FingerprintType = new Dictionary<ulong, string>
    {
        [0] = "Reserved",
        [1] = "SHA1",
        [2] = "SHA256",
    };

    /// <summary>Algorithms of keys of HIP.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> HostKeyAlgorithm = new Dictionary<ulong, string>
    {
        [0] = "Reserved",
        [1] = "DSA",
        [2] = "RSA",
    };

    /// <summary>Families of addresses.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> AddressFamily = new Dictionary<ulong, string>
    {
        [1] = "IPv4",
        [2] = "IPv6",
    };

    /// <summary>Parameters of services.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> ServiceParameter = new Dictionary<ulong, string>
    {
        [0] = "mandatory",
        [1] = "alpn",
        [2] = "no-default-alpn",
        [3] = "port",
        [4] = "ipv4hint",
        [5] = "echconfig",
        [6] = "ipv6hint",
        [32769] = "odohconfig",
        [65535] = "key65535",
    };

    /// <summary>Options of EDNS.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> Option = new Dictionary<ulong, string>
    {
        [0] = "Reserved",
        [1] = "LLQ - Long-lived query",
        [2] = "UL - Update lease",
        [3] = "NSID - Name Server Identifier",
        [4] = "Owner (reserved)",
        [5] = "DAU - DNSSEC Algorithm Understood (RFC6975)",
        [6] = "DHU - DS Hash Understood (RFC6975)",
        [7] = "N3U - NSEC3 Hash Understood (RFC6975)",
        [8] = "CSUBNET - Client subnet",
        [9] = "EDNS EXPIRE (RFC7314)",
        [10] = "COOKIE",
        [11] = "EDNS TCP Keepalive",
        [12] = "PADDING",
        [13] = "CHAIN",
        [15] = "Extended DNS Error",
        [20730] = "Experimental - CSUBNET - Client subnet",
    };

    /// <summary>Codes of extended errors, but those that are not assigned.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> ExtendedError = new Dictionary<ulong, string>
    {
        [0] = "Other Error",
        [1] = "Unsupported DNSKEY Algorithm",
        [2] = "Unsupported DS Digest Type",
        [3] = "Stale Answer",
        [4] = "Forged Answer",
        [5] = "DNSSEC Indeterminate",
        [6] = "DNSSEC Bogus",
        [7] = "Signature Expired",
        [8] = "Signature Not Yet Valid",
        [9] = "DNSKEY Missing",
        [10] = "RRSIGs Missing",
        [11] = "No Zone Key Bit Set",
        [12] = "NSEC Missing",
        [13] = "Cached Error",
        [14] = "Not Ready",
        [15] = "Blocked",
        [16] = "Censored",
        [17] = "Filtered",
        [18] = "Prohibited",
        [19] = "Stale NXDomain Answer",
        [20] = "Not Authoritative",
        [21] = "Not Supported",
        [22] = "No Reachable Authority",
        [23] = "Network Error",
        [24] = "Invalid Data",
        [25] = "Signature Expired before Valid",
        [26] = "Too Early",
        [27] = "Unsupported NSEC3 Iterations Value",
        [28] = "Unable to conform to policy",
        [29] = "Synthesized",
    };

    /// <summary>Schemes of digests of zones, but those that are not assigned.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> DigestScheme = new Dictionary<ulong, string>
    {
        [0] = "Reserved",
        [1] = "SIMPLE",
        [255] = "Reserved",
    };

    /// <summary>Hashes of digests of zones, but those that are not assigned.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> DigestHash = new Dictionary<ulong, string>
    {
        [0] = "Reserved",
        [1] = "SHA-384",
        [2] = "SHA-512",
        [255] = "Reserved",
    };

    /// <summary>Parts of stateful operations, but those that are not assigned.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> StatefulType = new Dictionary<ulong, string>
    {
        [0] = "Reserved",
        [1] = "Keep Alive",
        [2] = "Retry Delay",
        [3] = "Encryption Padding",
        [64] = "Subscribe",
        [65] = "Push",
        [66] = "Unsubscribe",
        [67] = "Reconfirm",
    };

    /// <summary>What an extended error is called.</summary>
    /// <param name="code">Its code.</param>
    internal static string NameOfExtendedError(ulong code) => ExtendedError.GetValueOrDefault(code) ?? (code < 49_152 ? "Unassigned" : "Reserved for Private Use");

    /// <summary>What a part of a stateful operation is called.</summary>
    /// <param name="type">Its type.</param>
    internal static string NameOfStatefulType(ulong type) => StatefulType.GetValueOrDefault(type) ?? type switch
    {
        < 64 => "Unassigned, reserved for DSO session-management TLVs",
        < 63_488 => "Unassigned",
        < 64_512 => "Reserved for Experimental/Local Use",
        _ => "Reserved for future expansion",
    };

    /// <summary>What a scheme, or a hash, of digests of zones is called.</summary>
    /// <param name="names">The names of those that are assigned.</param>
    /// <param name="number">Its number.</param>
    internal static string NameOfDigest(IReadOnlyDictionary<ulong, string> names, ulong number) => names.GetValueOrDefault(number) ?? (number < 240 ? "Unassigned" : "Private Use");
}

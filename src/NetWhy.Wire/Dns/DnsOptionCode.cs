namespace NetWhy.Wire.Dns;

/// <summary>An option of EDNS. Source: IANA, "DNS EDNS0 Option Codes (OPT)".</summary>
public enum DnsOptionCode : ushort
{
    /// <summary>A query whose answer is kept up to date. Source: RFC 8764.</summary>
    LongLivedQuery = 1,

    /// <summary>How long a dynamic update shall live. Source: RFC 9664.</summary>
    UpdateLease = 2,

    /// <summary>The server's own identifier. Source: RFC 5001.</summary>
    NameServerId = 3,

    /// <summary>Signing algorithms that the asker understands. Source: RFC 6975.</summary>
    DnssecAlgorithms = 5,

    /// <summary>Digests of DS that the asker understands. Source: RFC 6975.</summary>
    DigestAlgorithms = 6,

    /// <summary>Hashes of NSEC3 that the asker understands. Source: RFC 6975.</summary>
    Nsec3Hashes = 7,

    /// <summary>The network of the client. Source: RFC 7871.</summary>
    ClientSubnet = 8,

    /// <summary>When a secondary's zone expires. Source: RFC 7314.</summary>
    Expire = 9,

    /// <summary>A cookie. Source: RFC 7873.</summary>
    Cookie = 10,

    /// <summary>How long a connection may stay idle. Source: RFC 7828.</summary>
    TcpKeepalive = 11,

    /// <summary>Octets without meaning. Source: RFC 7830.</summary>
    Padding = 12,

    /// <summary>A request for the whole chain of trust. Source: RFC 7901.</summary>
    Chain = 13,

    /// <summary>Trust anchors that the asker has. Source: RFC 8145.</summary>
    KeyTag = 14,

    /// <summary>Why a query failed. Source: RFC 8914.</summary>
    ExtendedError = 15,

    /// <summary>A tag of the client. Source: Bellis, "DNS EDNS tags".</summary>
    ClientTag = 16,

    /// <summary>A tag of the server. Source: Bellis, "DNS EDNS tags".</summary>
    ServerTag = 17,

    /// <summary>Where to report errors to. Source: RFC 9567.</summary>
    ReportChannel = 18,

    /// <summary>The version of the zone. Source: RFC 9660.</summary>
    ZoneVersion = 19,

    /// <summary>More types that are asked for. Source: IANA.</summary>
    MultipleTypesQuery = 20,

    /// <summary>More types that are answered. Source: IANA.</summary>
    MultipleTypesResponse = 21,

    /// <summary>Who asks. Source: IANA.</summary>
    UmbrellaIdentifier = 20292,

    /// <summary>Which device asks. Source: IANA.</summary>
    DeviceId = 26946,
}

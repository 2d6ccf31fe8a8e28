namespace NetWhy.Wire.Dns;

/// <summary>A part of a record's data as zone files write it, or a mark of how several lines of it are laid out.</summary>
internal enum DnsDataField : byte
{
    // Marks. They show only where a record may take several lines; in one line they are a space at most.
    Open, // " ("
    OpenFirst, // "( " in front of everything
    OpenTight, // " (" with nothing behind it
    Break, // the next line, or a space
    Close, // " )"
    IfMore, // what follows stands only if there is more data

    // Numbers and what is written in place of one
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    Time,
    Type,
    Algorithm,
    CertificateType,
    NotifyScheme,
    ErrorCode,

    // Addresses
    IPv4,
    IPv6,
    Eui,
    Locator,

    // Names: those of RFC 4034, section 6.2, count in lower case where a record is signed (without NSEC: RFC 6840, section 5.1).
    Name,
    SignedName,
    Names,

    // Strings
    Text,
    OptionalText,
    Texts,
    Tag,
    Tail,

    // Octets
    Hex,
    HexAfter0x,
    Base64,
    Base64OrDash,
    Salt,
    Hash,
    SizedBase64,
    SizedTail,

    // What has a form of its own
    KeyEnd,
    StartNumbers,
    Bitmap,
    OldBitmap,
    Services,
    Location,
    Prefixes,
    A6,
    Atma,
    IpsecGateway,
    AmtRelay,
    Hip,
    ServiceParameters,
    TimeSigned,
}

/// <summary>What the data of each type consists of: one table for reading, writing, checking and the canonical form.</summary>
/// <remarks>Source: the RFC that <see cref="DnsRecordType"/> names; the layout is BIND's.</remarks>
internal static class DnsDataFields
{
    private static ReadOnlySpan<DnsDataField> Signature =>
    [
        DnsDataField.Type, DnsDataField.Algorithm, DnsDataField.UInt8, DnsDataField.UInt32, DnsDataField.Open, DnsDataField.Break,
        DnsDataField.Time, DnsDataField.Time, DnsDataField.UInt16, DnsDataField.SignedName, DnsDataField.Break, DnsDataField.Base64, DnsDataField.Close,
    ];

    private static ReadOnlySpan<DnsDataField> Digest =>
    [
        DnsDataField.UInt16, DnsDataField.Algorithm, DnsDataField.UInt8, DnsDataField.Open, DnsDataField.Break, DnsDataField.Hex, DnsDataField.Close,
    ];

    private static ReadOnlySpan<DnsDataField> Association =>
    [
        DnsDataField.UInt8, DnsDataField.UInt8, DnsDataField.UInt8, DnsDataField.Open, DnsDataField.Break, DnsDataField.Hex, DnsDataField.Close,
    ];

    /// <summary>The fields of a type's data; none if only RFC 3597 can write it.</summary>
    internal static ReadOnlySpan<DnsDataField> Of(DnsRecordType type, DnsClass number) =>
        number is DnsClass.Internet || !IsOfInternet(type) ? Of(type) : [];

    // Types that other classes may define in another way; BIND knows those of the Internet only.
    private static bool IsOfInternet(DnsRecordType type) => type is DnsRecordType.A or DnsRecordType.AAAA or DnsRecordType.A6 or DnsRecordType.WKS
        or DnsRecordType.NSAP or DnsRecordType.NSAPPTR or DnsRecordType.PX or DnsRecordType.EID or DnsRecordType.NIMLOC or DnsRecordType.SRV
        or DnsRecordType.ATMA or DnsRecordType.KX or DnsRecordType.APL or DnsRecordType.DHCID or DnsRecordType.SVCB or DnsRecordType.HTTPS;

    private static ReadOnlySpan<DnsDataField> Of(DnsRecordType type) => type switch
    {
        DnsRecordType.A => [DnsDataField.IPv4],
        DnsRecordType.AAAA => [DnsDataField.IPv6],
        DnsRecordType.NS or DnsRecordType.MD or DnsRecordType.MF or DnsRecordType.CNAME or DnsRecordType.MB or DnsRecordType.MG
            or DnsRecordType.MR or DnsRecordType.PTR or DnsRecordType.DNAME => [DnsDataField.SignedName],
        DnsRecordType.NSAPPTR => [DnsDataField.Name],
        DnsRecordType.SOA => [DnsDataField.SignedName, DnsDataField.SignedName, DnsDataField.StartNumbers],
        DnsRecordType.WKS => [DnsDataField.IPv4, DnsDataField.Services],
        DnsRecordType.HINFO => [DnsDataField.Text, DnsDataField.Text],
        DnsRecordType.MINFO or DnsRecordType.RP => [DnsDataField.SignedName, DnsDataField.SignedName],
        DnsRecordType.TALINK => [DnsDataField.Name, DnsDataField.Name],
        DnsRecordType.MX or DnsRecordType.AFSDB or DnsRecordType.RT or DnsRecordType.KX => [DnsDataField.UInt16, DnsDataField.SignedName],
        DnsRecordType.LP => [DnsDataField.UInt16, DnsDataField.Name],
        DnsRecordType.TXT or DnsRecordType.SPF or DnsRecordType.AVC or DnsRecordType.NINFO or DnsRecordType.RESINFO
            or DnsRecordType.WALLET or DnsRecordType.CLA => [DnsDataField.Texts],
        DnsRecordType.X25 => [DnsDataField.Text],
        DnsRecordType.ISDN => [DnsDataField.Text, DnsDataField.OptionalText],
        DnsRecordType.NSAP => [DnsDataField.HexAfter0x],
        DnsRecordType.SIG or DnsRecordType.RRSIG => Signature,
        DnsRecordType.KEY or DnsRecordType.DNSKEY or DnsRecordType.CDNSKEY or DnsRecordType.RKEY =>
            [DnsDataField.UInt16, DnsDataField.UInt8, DnsDataField.Algorithm, DnsDataField.KeyEnd],
        DnsRecordType.PX => [DnsDataField.UInt16, DnsDataField.SignedName, DnsDataField.SignedName],
        DnsRecordType.GPOS => [DnsDataField.Text, DnsDataField.Text, DnsDataField.Text],
        DnsRecordType.LOC => [DnsDataField.Location],
        DnsRecordType.NXT => [DnsDataField.SignedName, DnsDataField.OldBitmap],
        DnsRecordType.EID or DnsRecordType.NIMLOC => [DnsDataField.OpenFirst, DnsDataField.Hex, DnsDataField.Close],
        DnsRecordType.SRV => [DnsDataField.UInt16, DnsDataField.UInt16, DnsDataField.UInt16, DnsDataField.SignedName],
        DnsRecordType.ATMA => [DnsDataField.Atma],
        DnsRecordType.NAPTR =>
            [DnsDataField.UInt16, DnsDataField.UInt16, DnsDataField.Text, DnsDataField.Text, DnsDataField.Text, DnsDataField.SignedName],
        DnsRecordType.CERT =>
        [
            DnsDataField.CertificateType, DnsDataField.UInt16, DnsDataField.Algorithm, DnsDataField.Open, DnsDataField.Break, DnsDataField.Base64,
            DnsDataField.Close,
        ],
        DnsRecordType.A6 => [DnsDataField.A6],
        DnsRecordType.SINK =>
        [
            DnsDataField.UInt8, DnsDataField.UInt8, DnsDataField.UInt8, DnsDataField.IfMore, DnsDataField.Open, DnsDataField.Break,
            DnsDataField.Base64, DnsDataField.Close,
        ],
        DnsRecordType.APL => [DnsDataField.Prefixes],
        DnsRecordType.DS or DnsRecordType.CDS or DnsRecordType.DLV or DnsRecordType.TA => Digest,
        DnsRecordType.SSHFP =>
            [DnsDataField.UInt8, DnsDataField.UInt8, DnsDataField.Open, DnsDataField.Break, DnsDataField.Hex, DnsDataField.Close],
        DnsRecordType.IPSECKEY => [DnsDataField.OpenFirst, DnsDataField.IpsecGateway, DnsDataField.IfMore, DnsDataField.Break, DnsDataField.Base64, DnsDataField.Close],
        DnsRecordType.NSEC => [DnsDataField.Name, DnsDataField.Bitmap],
        DnsRecordType.DHCID => [DnsDataField.OpenFirst, DnsDataField.Base64, DnsDataField.Close],
        DnsRecordType.NSEC3 =>
        [
            DnsDataField.UInt8, DnsDataField.UInt8, DnsDataField.UInt16, DnsDataField.Salt, DnsDataField.Open, DnsDataField.Break,
            DnsDataField.Hash, DnsDataField.IfMore, DnsDataField.Break, DnsDataField.Bitmap, DnsDataField.Close,
        ],
        DnsRecordType.NSEC3PARAM => [DnsDataField.UInt8, DnsDataField.UInt8, DnsDataField.UInt16, DnsDataField.Salt],
        DnsRecordType.TLSA or DnsRecordType.SMIMEA => Association,
        DnsRecordType.HIP => [DnsDataField.OpenFirst, DnsDataField.Hip, DnsDataField.Names, DnsDataField.Close],
        DnsRecordType.OPENPGPKEY => [DnsDataField.OpenFirst, DnsDataField.Base64, DnsDataField.Close],
        DnsRecordType.CSYNC => [DnsDataField.UInt32, DnsDataField.UInt16, DnsDataField.Bitmap],
        DnsRecordType.ZONEMD =>
        [
            DnsDataField.UInt32, DnsDataField.UInt8, DnsDataField.UInt8, DnsDataField.Open, DnsDataField.Break, DnsDataField.Hex, DnsDataField.Close,
        ],
        DnsRecordType.SVCB or DnsRecordType.HTTPS => [DnsDataField.UInt16, DnsDataField.Name, DnsDataField.ServiceParameters],
        DnsRecordType.DSYNC => [DnsDataField.Type, DnsDataField.NotifyScheme, DnsDataField.UInt16, DnsDataField.Name],
        DnsRecordType.HHIT or DnsRecordType.BRID => [DnsDataField.OpenTight, DnsDataField.Base64, DnsDataField.Close],
        DnsRecordType.NID or DnsRecordType.L64 => [DnsDataField.UInt16, DnsDataField.Locator],
        DnsRecordType.L32 => [DnsDataField.UInt16, DnsDataField.IPv4],
        DnsRecordType.EUI48 or DnsRecordType.EUI64 => [DnsDataField.Eui],
        DnsRecordType.TKEY =>
        [
            DnsDataField.Name, DnsDataField.UInt32, DnsDataField.UInt32, DnsDataField.UInt16, DnsDataField.ErrorCode, DnsDataField.SizedBase64,
            DnsDataField.SizedTail,
        ],
        DnsRecordType.TSIG =>
        [
            DnsDataField.Name, DnsDataField.TimeSigned, DnsDataField.UInt16, DnsDataField.SizedBase64, DnsDataField.UInt16, DnsDataField.ErrorCode,
            DnsDataField.SizedTail,
        ],
        DnsRecordType.URI => [DnsDataField.UInt16, DnsDataField.UInt16, DnsDataField.Tail],
        DnsRecordType.CAA => [DnsDataField.UInt8, DnsDataField.Tag, DnsDataField.Tail],
        DnsRecordType.DOA => [DnsDataField.UInt32, DnsDataField.UInt32, DnsDataField.UInt8, DnsDataField.Text, DnsDataField.Base64OrDash],
        DnsRecordType.AMTRELAY => [DnsDataField.UInt8, DnsDataField.AmtRelay],
        DnsRecordType.IPN => [DnsDataField.UInt64],
        _ => [],
    };
}

using System.Globalization;

namespace NetWhy.Wire.Dns;

/// <summary>The names of DNS's numbers as IANA and BIND write them, both ways; those of known ones cost no allocation.</summary>
public static class DnsMnemonics
{
    private const int LongestName = 16;

    extension(DnsRecordType type)
    {
        /// <summary>The name, such as <c>AAAA</c>; <c>TYPE123</c> for one without. Source: IANA, "Resource Record (RR) TYPEs"; RFC 3597, section 5.</summary>
        public string Mnemonic => type.KnownMnemonic ?? string.Create(CultureInfo.InvariantCulture, $"TYPE{(ushort)type}");

        /// <summary>The name, or null if the type has none.</summary>
        public string? KnownMnemonic => type switch
        {
            DnsRecordType.A => "A",
            DnsRecordType.NS => "NS",
            DnsRecordType.MD => "MD",
            DnsRecordType.MF => "MF",
            DnsRecordType.CNAME => "CNAME",
            DnsRecordType.SOA => "SOA",
            DnsRecordType.MB => "MB",
            DnsRecordType.MG => "MG",
            DnsRecordType.MR => "MR",
            DnsRecordType.NULL => "NULL",
            DnsRecordType.WKS => "WKS",
            DnsRecordType.PTR => "PTR",
            DnsRecordType.HINFO => "HINFO",
            DnsRecordType.MINFO => "MINFO",
            DnsRecordType.MX => "MX",
            DnsRecordType.TXT => "TXT",
            DnsRecordType.RP => "RP",
            DnsRecordType.AFSDB => "AFSDB",
            DnsRecordType.X25 => "X25",
            DnsRecordType.ISDN => "ISDN",
            DnsRecordType.RT => "RT",
            DnsRecordType.NSAP => "NSAP",
            DnsRecordType.NSAPPTR => "NSAP-PTR",
            DnsRecordType.SIG => "SIG",
            DnsRecordType.KEY => "KEY",
            DnsRecordType.PX => "PX",
            DnsRecordType.GPOS => "GPOS",
            DnsRecordType.AAAA => "AAAA",
            DnsRecordType.LOC => "LOC",
            DnsRecordType.NXT => "NXT",
            DnsRecordType.EID => "EID",
            DnsRecordType.NIMLOC => "NIMLOC",
            DnsRecordType.SRV => "SRV",
            DnsRecordType.ATMA => "ATMA",
            DnsRecordType.NAPTR => "NAPTR",
            DnsRecordType.KX => "KX",
            DnsRecordType.CERT => "CERT",
            DnsRecordType.A6 => "A6",
            DnsRecordType.DNAME => "DNAME",
            DnsRecordType.SINK => "SINK",
            DnsRecordType.OPT => "OPT",
            DnsRecordType.APL => "APL",
            DnsRecordType.DS => "DS",
            DnsRecordType.SSHFP => "SSHFP",
            DnsRecordType.IPSECKEY => "IPSECKEY",
            DnsRecordType.RRSIG => "RRSIG",
            DnsRecordType.NSEC => "NSEC",
            DnsRecordType.DNSKEY => "DNSKEY",
            DnsRecordType.DHCID => "DHCID",
            DnsRecordType.NSEC3 => "NSEC3",
            DnsRecordType.NSEC3PARAM => "NSEC3PARAM",
            DnsRecordType.TLSA => "TLSA",
            DnsRecordType.SMIMEA => "SMIMEA",
            DnsRecordType.HIP => "HIP",
            DnsRecordType.NINFO => "NINFO",
            DnsRecordType.RKEY => "RKEY",
            DnsRecordType.TALINK => "TALINK",
            DnsRecordType.CDS => "CDS",
            DnsRecordType.CDNSKEY => "CDNSKEY",
            DnsRecordType.OPENPGPKEY => "OPENPGPKEY",
            DnsRecordType.CSYNC => "CSYNC",
            DnsRecordType.ZONEMD => "ZONEMD",
            DnsRecordType.SVCB => "SVCB",
            DnsRecordType.HTTPS => "HTTPS",
            DnsRecordType.DSYNC => "DSYNC",
            DnsRecordType.HHIT => "HHIT",
            DnsRecordType.BRID => "BRID",
            DnsRecordType.SPF => "SPF",
            DnsRecordType.UINFO => "UINFO",
            DnsRecordType.UID => "UID",
            DnsRecordType.GID => "GID",
            DnsRecordType.UNSPEC => "UNSPEC",
            DnsRecordType.NID => "NID",
            DnsRecordType.L32 => "L32",
            DnsRecordType.L64 => "L64",
            DnsRecordType.LP => "LP",
            DnsRecordType.EUI48 => "EUI48",
            DnsRecordType.EUI64 => "EUI64",
            DnsRecordType.NXNAME => "NXNAME",
            DnsRecordType.TKEY => "TKEY",
            DnsRecordType.TSIG => "TSIG",
            DnsRecordType.IXFR => "IXFR",
            DnsRecordType.AXFR => "AXFR",
            DnsRecordType.MAILB => "MAILB",
            DnsRecordType.MAILA => "MAILA",
            DnsRecordType.ANY => "ANY",
            DnsRecordType.URI => "URI",
            DnsRecordType.CAA => "CAA",
            DnsRecordType.AVC => "AVC",
            DnsRecordType.DOA => "DOA",
            DnsRecordType.AMTRELAY => "AMTRELAY",
            DnsRecordType.RESINFO => "RESINFO",
            DnsRecordType.WALLET => "WALLET",
            DnsRecordType.CLA => "CLA",
            DnsRecordType.IPN => "IPN",
            DnsRecordType.TA => "TA",
            DnsRecordType.DLV => "DLV",
            _ => null,
        };
    }

    extension(DnsClass number)
    {
        /// <summary>The name, such as <c>IN</c>; <c>CLASS12</c> for one without. Source: RFC 3597, section 5.</summary>
        public string Mnemonic => number.KnownMnemonic ?? string.Create(CultureInfo.InvariantCulture, $"CLASS{(ushort)number}");

        /// <summary>The name, or null if the class has none.</summary>
        public string? KnownMnemonic => number switch
        {
            DnsClass.Internet => "IN",
            DnsClass.Chaos => "CH",
            DnsClass.Hesiod => "HS",
            DnsClass.NoClass => "NONE",
            DnsClass.Any => "ANY",
            _ => null,
        };
    }

    extension(DnsOpcode opcode)
    {
        /// <summary>The name that dig prints, such as <c>QUERY</c>; <c>RESERVED3</c> for one without.</summary>
        public string Mnemonic => opcode switch
        {
            DnsOpcode.Query => "QUERY",
            DnsOpcode.InverseQuery => "IQUERY",
            DnsOpcode.Status => "STATUS",
            DnsOpcode.Notify => "NOTIFY",
            DnsOpcode.Update => "UPDATE",
            _ => string.Create(CultureInfo.InvariantCulture, $"RESERVED{(byte)opcode}"),
        };
    }

    extension(DnsSecurityAlgorithm algorithm)
    {
        /// <summary>The name that BIND gives it, such as <c>ECDSAP256SHA256</c>; the number of one without a name.</summary>
        public string Mnemonic => algorithm.KnownMnemonic ?? ((byte)algorithm).ToString(CultureInfo.InvariantCulture);

        /// <summary>The name, or null if the algorithm has none.</summary>
        public string? KnownMnemonic => algorithm switch
        {
            DnsSecurityAlgorithm.Delete => "DELETE",
            DnsSecurityAlgorithm.RsaMd5 => "RSAMD5",
            DnsSecurityAlgorithm.DiffieHellman => "DH",
            DnsSecurityAlgorithm.Dsa => "DSA",
            DnsSecurityAlgorithm.RsaSha1 => "RSASHA1",
            DnsSecurityAlgorithm.DsaNsec3Sha1 => "NSEC3DSA",
            DnsSecurityAlgorithm.RsaSha1Nsec3Sha1 => "NSEC3RSASHA1",
            DnsSecurityAlgorithm.RsaSha256 => "RSASHA256",
            DnsSecurityAlgorithm.RsaSha512 => "RSASHA512",
            DnsSecurityAlgorithm.Gost => "ECCGOST",
            DnsSecurityAlgorithm.EcdsaP256Sha256 => "ECDSAP256SHA256",
            DnsSecurityAlgorithm.EcdsaP384Sha384 => "ECDSAP384SHA384",
            DnsSecurityAlgorithm.Ed25519 => "ED25519",
            DnsSecurityAlgorithm.Ed448 => "ED448",
            DnsSecurityAlgorithm.Sm2Sm3 => "SM2SM3",
            DnsSecurityAlgorithm.Gost2012 => "ECC-GOST12",
            DnsSecurityAlgorithm.Indirect => "INDIRECT",
            DnsSecurityAlgorithm.PrivateName => "PRIVATEDNS",
            DnsSecurityAlgorithm.PrivateObjectIdentifier => "PRIVATEOID",
            _ => null,
        };
    }

    extension(DnsDigestType digest)
    {
        /// <summary>The name, such as <c>SHA-256</c>; the number of one without a name.</summary>
        public string Mnemonic => digest switch
        {
            DnsDigestType.Sha1 => "SHA-1",
            DnsDigestType.Sha256 => "SHA-256",
            DnsDigestType.Gost => "GOST",
            DnsDigestType.Sha384 => "SHA-384",
            DnsDigestType.Gost2012 => "GOST12",
            DnsDigestType.Sm3 => "SM3",
            _ => ((byte)digest).ToString(CultureInfo.InvariantCulture),
        };
    }

    extension(DnsOptionCode option)
    {
        /// <summary>The name, such as <c>COOKIE</c>, as dig takes it behind <c>+ednsopt=</c>; the number of one without a name.</summary>
        public string Mnemonic => option switch
        {
            DnsOptionCode.LongLivedQuery => "LLQ",
            DnsOptionCode.UpdateLease => "UL",
            DnsOptionCode.NameServerId => "NSID",
            DnsOptionCode.DnssecAlgorithms => "DAU",
            DnsOptionCode.DigestAlgorithms => "DHU",
            DnsOptionCode.Nsec3Hashes => "N3U",
            DnsOptionCode.ClientSubnet => "ECS",
            DnsOptionCode.Expire => "EXPIRE",
            DnsOptionCode.Cookie => "COOKIE",
            DnsOptionCode.TcpKeepalive => "KEEPALIVE",
            DnsOptionCode.Padding => "PAD",
            DnsOptionCode.Chain => "CHAIN",
            DnsOptionCode.KeyTag => "KEY-TAG",
            DnsOptionCode.ExtendedError => "EDE",
            DnsOptionCode.ClientTag => "CLIENT-TAG",
            DnsOptionCode.ServerTag => "SERVER-TAG",
            DnsOptionCode.ReportChannel => "Report-Channel",
            DnsOptionCode.ZoneVersion => "ZONEVERSION",
            DnsOptionCode.MultipleTypesQuery => "MQTYPE-QUERY",
            DnsOptionCode.MultipleTypesResponse => "MQTYPE-RESPONSE",
            DnsOptionCode.UmbrellaIdentifier => "Umbrella",
            DnsOptionCode.DeviceId => "DEVICEID",
            _ => ((ushort)option).ToString(CultureInfo.InvariantCulture),
        };
    }

    extension(DnsExtendedErrorCode error)
    {
        /// <summary>IANA's name, such as <c>DNSSEC Bogus</c>; <c>Unassigned</c> for a number without one.</summary>
        public string Mnemonic => error switch
        {
            DnsExtendedErrorCode.Other => "Other",
            DnsExtendedErrorCode.UnsupportedKeyAlgorithm => "Unsupported DNSKEY Algorithm",
            DnsExtendedErrorCode.UnsupportedDigestType => "Unsupported DS Digest Type",
            DnsExtendedErrorCode.StaleAnswer => "Stale Answer",
            DnsExtendedErrorCode.ForgedAnswer => "Forged Answer",
            DnsExtendedErrorCode.Indeterminate => "DNSSEC Indeterminate",
            DnsExtendedErrorCode.Bogus => "DNSSEC Bogus",
            DnsExtendedErrorCode.SignatureExpired => "Signature Expired",
            DnsExtendedErrorCode.SignatureNotYetValid => "Signature Not Yet Valid",
            DnsExtendedErrorCode.KeyMissing => "DNSKEY Missing",
            DnsExtendedErrorCode.SignaturesMissing => "RRSIGs Missing",
            DnsExtendedErrorCode.NoZoneKeyBitSet => "No Zone Key Bit Set",
            DnsExtendedErrorCode.ProofMissing => "NSEC Missing",
            DnsExtendedErrorCode.CachedError => "Cached Error",
            DnsExtendedErrorCode.NotReady => "Not Ready",
            DnsExtendedErrorCode.Blocked => "Blocked",
            DnsExtendedErrorCode.Censored => "Censored",
            DnsExtendedErrorCode.Filtered => "Filtered",
            DnsExtendedErrorCode.Prohibited => "Prohibited",
            DnsExtendedErrorCode.StaleNonexistent => "Stale NXDOMAIN Answer",
            DnsExtendedErrorCode.NotAuthoritative => "Not Authoritative",
            DnsExtendedErrorCode.NotSupported => "Not Supported",
            DnsExtendedErrorCode.NoReachableAuthority => "No Reachable Authority",
            DnsExtendedErrorCode.NetworkError => "Network Error",
            DnsExtendedErrorCode.InvalidData => "Invalid Data",
            DnsExtendedErrorCode.ExpiredBeforeValid => "Signature Expired before Valid",
            DnsExtendedErrorCode.TooEarly => "Too Early",
            DnsExtendedErrorCode.UnsupportedIterations => "Unsupported NSEC3 Iterations Value",
            DnsExtendedErrorCode.PolicyConflict => "Unable to conform to policy",
            DnsExtendedErrorCode.Synthesized => "Synthesized",
            DnsExtendedErrorCode.InvalidQueryType => "Invalid Query Type",
            _ => "Unassigned",
        };
    }

    /// <summary>Reads a type's name, in any case, or <c>TYPE123</c>.</summary>
    /// <param name="text">The name.</param>
    /// <param name="type">The type.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParseType(ReadOnlySpan<char> text, out DnsRecordType type)
    {
        Span<char> upper = stackalloc char[LongestName];
        type = Upper(text, upper) switch
        {
            "A" => DnsRecordType.A,
            "NS" => DnsRecordType.NS,
            "MD" => DnsRecordType.MD,
            "MF" => DnsRecordType.MF,
            "CNAME" => DnsRecordType.CNAME,
            "SOA" => DnsRecordType.SOA,
            "MB" => DnsRecordType.MB,
            "MG" => DnsRecordType.MG,
            "MR" => DnsRecordType.MR,
            "NULL" => DnsRecordType.NULL,
            "WKS" => DnsRecordType.WKS,
            "PTR" => DnsRecordType.PTR,
            "HINFO" => DnsRecordType.HINFO,
            "MINFO" => DnsRecordType.MINFO,
            "MX" => DnsRecordType.MX,
            "TXT" => DnsRecordType.TXT,
            "RP" => DnsRecordType.RP,
            "AFSDB" => DnsRecordType.AFSDB,
            "X25" => DnsRecordType.X25,
            "ISDN" => DnsRecordType.ISDN,
            "RT" => DnsRecordType.RT,
            "NSAP" => DnsRecordType.NSAP,
            "NSAP-PTR" => DnsRecordType.NSAPPTR,
            "SIG" => DnsRecordType.SIG,
            "KEY" => DnsRecordType.KEY,
            "PX" => DnsRecordType.PX,
            "GPOS" => DnsRecordType.GPOS,
            "AAAA" => DnsRecordType.AAAA,
            "LOC" => DnsRecordType.LOC,
            "NXT" => DnsRecordType.NXT,
            "EID" => DnsRecordType.EID,
            "NIMLOC" => DnsRecordType.NIMLOC,
            "SRV" => DnsRecordType.SRV,
            "ATMA" => DnsRecordType.ATMA,
            "NAPTR" => DnsRecordType.NAPTR,
            "KX" => DnsRecordType.KX,
            "CERT" => DnsRecordType.CERT,
            "A6" => DnsRecordType.A6,
            "DNAME" => DnsRecordType.DNAME,
            "SINK" => DnsRecordType.SINK,
            "OPT" => DnsRecordType.OPT,
            "APL" => DnsRecordType.APL,
            "DS" => DnsRecordType.DS,
            "SSHFP" => DnsRecordType.SSHFP,
            "IPSECKEY" => DnsRecordType.IPSECKEY,
            "RRSIG" => DnsRecordType.RRSIG,
            "NSEC" => DnsRecordType.NSEC,
            "DNSKEY" => DnsRecordType.DNSKEY,
            "DHCID" => DnsRecordType.DHCID,
            "NSEC3" => DnsRecordType.NSEC3,
            "NSEC3PARAM" => DnsRecordType.NSEC3PARAM,
            "TLSA" => DnsRecordType.TLSA,
            "SMIMEA" => DnsRecordType.SMIMEA,
            "HIP" => DnsRecordType.HIP,
            "NINFO" => DnsRecordType.NINFO,
            "RKEY" => DnsRecordType.RKEY,
            "TALINK" => DnsRecordType.TALINK,
            "CDS" => DnsRecordType.CDS,
            "CDNSKEY" => DnsRecordType.CDNSKEY,
            "OPENPGPKEY" => DnsRecordType.OPENPGPKEY,
            "CSYNC" => DnsRecordType.CSYNC,
            "ZONEMD" => DnsRecordType.ZONEMD,
            "SVCB" => DnsRecordType.SVCB,
            "HTTPS" => DnsRecordType.HTTPS,
            "DSYNC" => DnsRecordType.DSYNC,
            "HHIT" => DnsRecordType.HHIT,
            "BRID" => DnsRecordType.BRID,
            "SPF" => DnsRecordType.SPF,
            "UINFO" => DnsRecordType.UINFO,
            "UID" => DnsRecordType.UID,
            "GID" => DnsRecordType.GID,
            "UNSPEC" => DnsRecordType.UNSPEC,
            "NID" => DnsRecordType.NID,
            "L32" => DnsRecordType.L32,
            "L64" => DnsRecordType.L64,
            "LP" => DnsRecordType.LP,
            "EUI48" => DnsRecordType.EUI48,
            "EUI64" => DnsRecordType.EUI64,
            "NXNAME" => DnsRecordType.NXNAME,
            "TKEY" => DnsRecordType.TKEY,
            "TSIG" => DnsRecordType.TSIG,
            "IXFR" => DnsRecordType.IXFR,
            "AXFR" => DnsRecordType.AXFR,
            "MAILB" => DnsRecordType.MAILB,
            "MAILA" => DnsRecordType.MAILA,
            "ANY" => DnsRecordType.ANY,
            "URI" => DnsRecordType.URI,
            "CAA" => DnsRecordType.CAA,
            "AVC" => DnsRecordType.AVC,
            "DOA" => DnsRecordType.DOA,
            "AMTRELAY" => DnsRecordType.AMTRELAY,
            "RESINFO" => DnsRecordType.RESINFO,
            "WALLET" => DnsRecordType.WALLET,
            "CLA" => DnsRecordType.CLA,
            "IPN" => DnsRecordType.IPN,
            "TA" => DnsRecordType.TA,
            "DLV" => DnsRecordType.DLV,
            _ => DnsRecordType.None,
        };
        if (type is not DnsRecordType.None)
            return true;

        bool isNumber = TryParseNumber(text, "TYPE", out ushort number);
        type = (DnsRecordType)number;
        return isNumber;
    }

    /// <summary>Reads a class's name, in any case, or <c>CLASS12</c>.</summary>
    /// <param name="text">The name.</param>
    /// <param name="number">The class.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParseClass(ReadOnlySpan<char> text, out DnsClass number)
    {
        Span<char> upper = stackalloc char[LongestName];
        number = Upper(text, upper) switch
        {
            "IN" => DnsClass.Internet,
            "CH" => DnsClass.Chaos,
            "HS" => DnsClass.Hesiod,
            "NONE" => DnsClass.NoClass,
            "ANY" => DnsClass.Any,
            "CHAOS" => DnsClass.Chaos,
            "HESIOD" => DnsClass.Hesiod,
            _ => DnsClass.None,
        };
        if (number is not DnsClass.None)
            return true;

        bool isNumber = TryParseNumber(text, "CLASS", out ushort value);
        number = (DnsClass)value;
        return isNumber;
    }

    /// <summary>Reads an algorithm's name, in any case, or its number.</summary>
    /// <param name="text">The name.</param>
    /// <param name="algorithm">The algorithm.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParseAlgorithm(ReadOnlySpan<char> text, out DnsSecurityAlgorithm algorithm)
    {
        Span<char> upper = stackalloc char[LongestName];
        algorithm = Upper(text, upper) switch
        {
            "RSAMD5" => DnsSecurityAlgorithm.RsaMd5,
            "DH" => DnsSecurityAlgorithm.DiffieHellman,
            "DSA" => DnsSecurityAlgorithm.Dsa,
            "RSASHA1" => DnsSecurityAlgorithm.RsaSha1,
            "NSEC3DSA" => DnsSecurityAlgorithm.DsaNsec3Sha1,
            "NSEC3RSASHA1" => DnsSecurityAlgorithm.RsaSha1Nsec3Sha1,
            "RSASHA256" => DnsSecurityAlgorithm.RsaSha256,
            "RSASHA512" => DnsSecurityAlgorithm.RsaSha512,
            "ECCGOST" => DnsSecurityAlgorithm.Gost,
            "ECDSAP256SHA256" => DnsSecurityAlgorithm.EcdsaP256Sha256,
            "ECDSAP384SHA384" => DnsSecurityAlgorithm.EcdsaP384Sha384,
            "ED25519" => DnsSecurityAlgorithm.Ed25519,
            "ED448" => DnsSecurityAlgorithm.Ed448,
            "SM2SM3" => DnsSecurityAlgorithm.Sm2Sm3,
            "ECC-GOST12" => DnsSecurityAlgorithm.Gost2012,
            "INDIRECT" => DnsSecurityAlgorithm.Indirect,
            "PRIVATEDNS" => DnsSecurityAlgorithm.PrivateName,
            "PRIVATEOID" => DnsSecurityAlgorithm.PrivateObjectIdentifier,
            _ => DnsSecurityAlgorithm.Delete,
        };
        if (algorithm is not DnsSecurityAlgorithm.Delete)
            return true;

        bool isNumber = byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out byte value);
        algorithm = (DnsSecurityAlgorithm)value;
        return isNumber;
    }

    /// <summary>Reads an option's name, in any case, or its number, as dig takes it behind <c>+ednsopt=</c>.</summary>
    /// <param name="text">The name.</param>
    /// <param name="option">The option.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParseOption(ReadOnlySpan<char> text, out DnsOptionCode option)
    {
        Span<char> upper = stackalloc char[LongestName];
        option = Upper(text, upper) switch
        {
            "LLQ" => DnsOptionCode.LongLivedQuery,
            "UL" => DnsOptionCode.UpdateLease,
            "NSID" => DnsOptionCode.NameServerId,
            "DAU" => DnsOptionCode.DnssecAlgorithms,
            "DHU" => DnsOptionCode.DigestAlgorithms,
            "N3U" => DnsOptionCode.Nsec3Hashes,
            "ECS" => DnsOptionCode.ClientSubnet,
            "EXPIRE" => DnsOptionCode.Expire,
            "COOKIE" => DnsOptionCode.Cookie,
            "KEEPALIVE" => DnsOptionCode.TcpKeepalive,
            "PAD" => DnsOptionCode.Padding,
            "CHAIN" => DnsOptionCode.Chain,
            "KEY-TAG" => DnsOptionCode.KeyTag,
            "EDE" => DnsOptionCode.ExtendedError,
            "CLIENT-TAG" => DnsOptionCode.ClientTag,
            "SERVER-TAG" => DnsOptionCode.ServerTag,
            "REPORT-CHANNEL" => DnsOptionCode.ReportChannel,
            "ZONEVERSION" => DnsOptionCode.ZoneVersion,
            "MQTYPE-QUERY" => DnsOptionCode.MultipleTypesQuery,
            "MQTYPE-RESPONSE" => DnsOptionCode.MultipleTypesResponse,
            "UMBRELLA" => DnsOptionCode.UmbrellaIdentifier,
            "DEVICEID" => DnsOptionCode.DeviceId,
            _ => default,
        };
        if (option != default)
            return true;

        bool isNumber = ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort value);
        option = (DnsOptionCode)value;
        return isNumber;
    }

    /// <summary>Reads the name of an opcode, in any case, or its number.</summary>
    /// <param name="text">The name.</param>
    /// <param name="opcode">The opcode; at most 15.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParseOpcode(ReadOnlySpan<char> text, out DnsOpcode opcode)
    {
        for (opcode = 0; (byte)opcode < 16; opcode++)
        {
            if (text.Equals(opcode.Mnemonic, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        bool isNumber = byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out byte value) && value < 16;
        opcode = (DnsOpcode)value;
        return isNumber;
    }

    private static ReadOnlySpan<char> Upper(ReadOnlySpan<char> text, Span<char> destination)
    {
        int length = text.Length > destination.Length ? -1 : text.ToUpperInvariant(destination);
        return length < 0 ? [] : destination[..length];
    }

    private static bool TryParseNumber(ReadOnlySpan<char> text, string prefix, out ushort number)
    {
        number = 0;
        return text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)
            && ushort.TryParse(text[prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}

using System.Globalization;

namespace NetWhy.Wire.Dns;

/// <summary>Reads the names of DNS's numbers as IANA and BIND write them.</summary>
public static class DnsMnemonics
{
    private const int LongestName = 16;

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

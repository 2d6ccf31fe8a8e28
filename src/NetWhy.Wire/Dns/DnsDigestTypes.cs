using System.Globalization;

namespace NetWhy.Wire.Dns;

/// <summary>Names of digests.</summary>
public static class DnsDigestTypes
{
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
}

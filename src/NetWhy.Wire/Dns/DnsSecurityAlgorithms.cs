using System.Globalization;

namespace NetWhy.Wire.Dns;

/// <summary>Names of signing algorithms.</summary>
public static class DnsSecurityAlgorithms
{
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
}

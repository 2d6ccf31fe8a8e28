namespace NetWhy.Wire.Dns;

/// <summary>How a key signs. Source: IANA, "DNS Security Algorithm Numbers".</summary>
public enum DnsSecurityAlgorithm : byte
{
    /// <summary>In a CDS or CDNSKEY: remove what the parent has. Source: RFC 8078.</summary>
    Delete = 0,

    /// <summary>RSA with MD5; must not be used. Source: RFC 3110, RFC 6944.</summary>
    RsaMd5 = 1,

    /// <summary>Diffie-Hellman, which cannot sign. Source: RFC 2539.</summary>
    DiffieHellman = 2,

    /// <summary>DSA with SHA-1. Source: RFC 2536.</summary>
    Dsa = 3,

    /// <summary>RSA with SHA-1. Source: RFC 3110.</summary>
    RsaSha1 = 5,

    /// <summary>DSA with SHA-1, in a zone that may use NSEC3. Source: RFC 5155.</summary>
    DsaNsec3Sha1 = 6,

    /// <summary>RSA with SHA-1, in a zone that may use NSEC3. Source: RFC 5155.</summary>
    RsaSha1Nsec3Sha1 = 7,

    /// <summary>RSA with SHA-256. Source: RFC 5702.</summary>
    RsaSha256 = 8,

    /// <summary>RSA with SHA-512. Source: RFC 5702.</summary>
    RsaSha512 = 10,

    /// <summary>GOST R 34.10-2001. Source: RFC 5933.</summary>
    Gost = 12,

    /// <summary>ECDSA on P-256 with SHA-256. Source: RFC 6605.</summary>
    EcdsaP256Sha256 = 13,

    /// <summary>ECDSA on P-384 with SHA-384. Source: RFC 6605.</summary>
    EcdsaP384Sha384 = 14,

    /// <summary>Ed25519. Source: RFC 8080.</summary>
    Ed25519 = 15,

    /// <summary>Ed448. Source: RFC 8080.</summary>
    Ed448 = 16,

    /// <summary>SM2 with SM3. Source: RFC 9563.</summary>
    Sm2Sm3 = 17,

    /// <summary>GOST R 34.10-2012. Source: RFC 9558.</summary>
    Gost2012 = 23,

    /// <summary>The key lies elsewhere. Source: RFC 4034.</summary>
    Indirect = 252,

    /// <summary>An algorithm of the name in front of the key. Source: RFC 4034.</summary>
    PrivateName = 253,

    /// <summary>An algorithm of the object identifier in front of the key. Source: RFC 4034.</summary>
    PrivateObjectIdentifier = 254,
}

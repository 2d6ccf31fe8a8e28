namespace NetWhy.Wire.Dns;

/// <summary>How a DS record digests a key. Source: IANA, "Digest Algorithms" of "DNSSEC Delegation Signer (DS) Resource Record (RR) Type Digest Algorithms".</summary>
public enum DnsDigestType : byte
{
    /// <summary>In a CDS: remove what the parent has. Source: RFC 8078.</summary>
    None = 0,

    /// <summary>SHA-1, 20 octets. Source: RFC 3658.</summary>
    Sha1 = 1,

    /// <summary>SHA-256, 32 octets. Source: RFC 4509.</summary>
    Sha256 = 2,

    /// <summary>GOST R 34.11-94, 32 octets. Source: RFC 5933.</summary>
    Gost = 3,

    /// <summary>SHA-384, 48 octets. Source: RFC 6605.</summary>
    Sha384 = 4,

    /// <summary>GOST R 34.11-2012, 32 octets. Source: RFC 9558.</summary>
    Gost2012 = 5,

    /// <summary>SM3, 32 octets. Source: RFC 9563.</summary>
    Sm3 = 6,
}

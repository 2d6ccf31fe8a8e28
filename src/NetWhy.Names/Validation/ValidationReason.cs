namespace NetWhy.Names;

/// <summary>Why something is not secure.</summary>
public enum ValidationReason
{
    /// <summary>The zone above proves that it has no DS record for the zone (insecure).</summary>
    UnsignedDelegation,

    /// <summary>The name is in a gap of NSEC3 records with opt-out, where unsigned delegations may be (insecure).</summary>
    OptOut,

    /// <summary>Every DS record names an algorithm that is not supported (insecure).</summary>
    UnsupportedAlgorithm,

    /// <summary>Every DS record has a digest that is not supported (insecure).</summary>
    UnsupportedDigest,

    /// <summary>NSEC3 records hash more often than validators do (insecure). Source: RFC 9276, section 3.2.</summary>
    TooManyIterations,

    /// <summary>A type that no signature ever covers, such as RRSIG itself (insecure).</summary>
    NeverSigned,

    /// <summary>No server answered (indeterminate).</summary>
    NoAnswer,

    /// <summary>A server answered with an error, such as SERVFAIL (indeterminate).</summary>
    ServerError,

    /// <summary>A message could not be read to its end (indeterminate).</summary>
    BrokenMessage,

    /// <summary>No trust anchor is at the name or above it (indeterminate).</summary>
    NoTrustAnchor,

    /// <summary>Aliases (CNAME, DNAME) lead in a circle, are too many, or lead to no name (indeterminate).</summary>
    AliasLoop,

    /// <summary>libcrypto is missing, or its policy forbids the algorithm (indeterminate).</summary>
    NoCryptography,

    /// <summary>The signature was valid until before now.</summary>
    SignatureExpired,

    /// <summary>The signature will be valid later than now.</summary>
    SignatureNotYetValid,

    /// <summary>There is no signature, and no proof that none is needed.</summary>
    SignatureMissing,

    /// <summary>The key does not verify the signature: records, signature or key were changed.</summary>
    BadSignature,

    /// <summary>The signer is not the zone that the records are in.</summary>
    WrongSigner,

    /// <summary>The zone does not publish the key that made the signature.</summary>
    KeyMissing,

    /// <summary>The zone should be signed and has no DNSKEY record.</summary>
    NoKeys,

    /// <summary>No key of the zone fits a DS record of the zone above, or the trust anchor.</summary>
    DelegationSignerMismatch,

    /// <summary>The key that a DS record names has not signed the zone's keys.</summary>
    KeysNotSigned,

    /// <summary>The DS records name an algorithm that the zone has no key of, as in a roll-over in the wrong order.</summary>
    AlgorithmMissing,

    /// <summary>The flags of the key do not say that it may sign a zone.</summary>
    ZoneKeyBitMissing,

    /// <summary>The key has been revoked by its owner. Source: RFC 5011.</summary>
    KeyRevoked,

    /// <summary>No NSEC or NSEC3 record proves that what is missing does not exist.</summary>
    DenialMissing,

    /// <summary>The NSEC or NSEC3 records do not prove it.</summary>
    DenialIncomplete,

    /// <summary>NSEC or NSEC3 records say that what is missing exists.</summary>
    DenialContradicted,

    /// <summary>A wildcard made the answer, and no record proves that the name itself does not exist.</summary>
    WildcardUnproved,

    /// <summary>The CNAME does not follow from the DNAME above it.</summary>
    AliasBroken,

    /// <summary>More signatures would have to be checked than validators do, as in an attack (CVE-2023-50387).</summary>
    TooMuchWork,
}

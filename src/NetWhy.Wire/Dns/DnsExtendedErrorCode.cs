namespace NetWhy.Wire.Dns;

/// <summary>Why a query failed. Source: RFC 8914; IANA, "Extended DNS Error Codes".</summary>
public enum DnsExtendedErrorCode : ushort
{
    /// <summary>Something else.</summary>
    Other = 0,

    /// <summary>Every key has an algorithm that the resolver does not know.</summary>
    UnsupportedKeyAlgorithm = 1,

    /// <summary>Every DS has a digest that the resolver does not know.</summary>
    UnsupportedDigestType = 2,

    /// <summary>The answer has expired; no newer one could be had.</summary>
    StaleAnswer = 3,

    /// <summary>Policy made the answer.</summary>
    ForgedAnswer = 4,

    /// <summary>Validation came to no end.</summary>
    Indeterminate = 5,

    /// <summary>Validation failed.</summary>
    Bogus = 6,

    /// <summary>Every signature has expired.</summary>
    SignatureExpired = 7,

    /// <summary>No signature is valid yet.</summary>
    SignatureNotYetValid = 8,

    /// <summary>No key fits the DS.</summary>
    KeyMissing = 9,

    /// <summary>Signatures are missing.</summary>
    SignaturesMissing = 10,

    /// <summary>No key is a zone key.</summary>
    NoZoneKeyBitSet = 11,

    /// <summary>The proof of absence is missing.</summary>
    ProofMissing = 12,

    /// <summary>The failure is remembered.</summary>
    CachedError = 13,

    /// <summary>The server is starting.</summary>
    NotReady = 14,

    /// <summary>The operator blocks the name.</summary>
    Blocked = 15,

    /// <summary>Someone else makes the operator block the name.</summary>
    Censored = 16,

    /// <summary>The client asked to have the name blocked.</summary>
    Filtered = 17,

    /// <summary>The client may not ask.</summary>
    Prohibited = 18,

    /// <summary>The denial has expired; no newer answer could be had.</summary>
    StaleNonexistent = 19,

    /// <summary>The server is no authority for the name.</summary>
    NotAuthoritative = 20,

    /// <summary>The server does not do that.</summary>
    NotSupported = 21,

    /// <summary>No authority could be reached.</summary>
    NoReachableAuthority = 22,

    /// <summary>The network failed.</summary>
    NetworkError = 23,

    /// <summary>The zone's data cannot be used.</summary>
    InvalidData = 24,

    /// <summary>A signature ends before it begins. Source: IANA.</summary>
    ExpiredBeforeValid = 25,

    /// <summary>Early data of QUIC is not accepted. Source: RFC 9250.</summary>
    TooEarly = 26,

    /// <summary>NSEC3 asks for more iterations than the resolver does. Source: RFC 9276.</summary>
    UnsupportedIterations = 27,

    /// <summary>The answer would contradict the client's policy. Source: IANA.</summary>
    PolicyConflict = 28,

    /// <summary>The answer was made of other records. Source: IANA.</summary>
    Synthesized = 29,

    /// <summary>The type cannot be asked for. Source: RFC 9824.</summary>
    InvalidQueryType = 30,
}

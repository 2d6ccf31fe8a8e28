namespace NetWhy.Names;

/// <summary>What validation came to; the worse the higher. Source: RFC 4035, section 4.3.</summary>
public enum ValidationStatus
{
    /// <summary>Signatures lead from a trust anchor to every record, or to the proof that there is none.</summary>
    Secure,

    /// <summary>It is proved that the zone, or this name in it, need not be signed, or is signed in a way that cannot be checked.</summary>
    Insecure,

    /// <summary>What is needed to tell could not be had.</summary>
    Indeterminate,

    /// <summary>The records should be signed, and their signatures or proofs are wrong or missing.</summary>
    Bogus,
}

namespace NetWhy.Certificates;

/// <summary>What is wrong with a certificate, or with the way from it to a trust anchor.</summary>
public enum CertificateDefect
{
    /// <summary>No certificate at hand has the issuer's name and a key that made the signature.</summary>
    IssuerMissing,

    /// <summary>It is signed with its own key and is no trust anchor.</summary>
    SelfSigned,

    /// <summary>The path ends at a self-signed certificate that is no trust anchor.</summary>
    UntrustedRoot,

    /// <summary>A certificate of the issuer's name is there, but its key did not make the signature.</summary>
    BadSignature,

    /// <summary>The signature is of an algorithm that cannot be checked here.</summary>
    SignatureUnchecked,

    /// <summary>The algorithm named within the certificate is not the one beside its signature.</summary>
    AlgorithmMismatch,

    /// <summary>MD5 or SHA-1: signatures can be forged.</summary>
    WeakSignature,

    /// <summary>A key that is too short, or on a curve that is too weak.</summary>
    WeakKey,

    /// <summary>A key of a form or kind that is not allowed.</summary>
    KeyNotAllowed,

    /// <summary>The time is after its notAfter.</summary>
    Expired,

    /// <summary>The time is before its notBefore.</summary>
    NotYetValid,

    /// <summary>The name asked for is none of those it is for.</summary>
    NameMismatch,

    /// <summary>It has no subjectAltName; common names count no more.</summary>
    AlternativeNameMissing,

    /// <summary>A name in it is written in a way that is not allowed.</summary>
    MalformedName,

    /// <summary>The wildcard covers a whole public suffix, or is not a whole label at the left.</summary>
    WildcardNotAllowed,

    /// <summary>Its common name is not among its alternative names.</summary>
    CommonNameNotAmongNames,

    /// <summary>It signs others and is no CA by its basic constraints.</summary>
    NotAnAuthority,

    /// <summary>It signs others and its key usage does not allow that.</summary>
    KeyUsageForbidsSigning,

    /// <summary>A CA stands where the server's or client's own certificate must be.</summary>
    AuthorityAsLeaf,

    /// <summary>More CA certificates are below than its path length allows, or than the policy does.</summary>
    PathTooLong,

    /// <summary>It is not for this purpose (extended key usage), or a CA above may not issue for it.</summary>
    PurposeNotAllowed,

    /// <summary>The key may not be used in the way that was asked for.</summary>
    KeyUsageMissing,

    /// <summary>A name in it is outside of what a CA above permits, or inside of what it excludes.</summary>
    NameNotPermitted,

    /// <summary>Name constraints that are malformed, of an unknown kind, or where none may be.</summary>
    NameConstraintsInvalid,

    /// <summary>Explicit certificate policies are required and none is left.</summary>
    PolicyNotAllowed,

    /// <summary>A critical extension that is not known.</summary>
    UnknownCriticalExtension,

    /// <summary>The same extension more than once.</summary>
    DuplicateExtension,

    /// <summary>An extension that cannot be read.</summary>
    MalformedExtension,

    /// <summary>An extension that must be there is not.</summary>
    ExtensionMissing,

    /// <summary>An extension is critical and may not be, or is not and must be.</summary>
    CriticalityWrong,

    /// <summary>An extension that may not be there.</summary>
    ExtensionNotAllowed,

    /// <summary>The version does not fit what is in it.</summary>
    VersionWrong,

    /// <summary>A serial number that is zero, negative or longer than 20 octets.</summary>
    SerialNumberInvalid,

    /// <summary>Issuer or subject is empty where it may not be.</summary>
    EmptyName,

    /// <summary>Its key identifiers do not fit each other.</summary>
    KeyIdentifierMismatch,

    /// <summary>It stands on a revocation list of its issuer.</summary>
    Revoked,

    /// <summary>The revocation list of its issuer cannot be believed.</summary>
    RevocationListInvalid,

    /// <summary>Judging it would take too much work: it was made for that.</summary>
    TooMuchWork,
}

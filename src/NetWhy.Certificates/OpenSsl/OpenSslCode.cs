namespace NetWhy.Certificates;

/// <summary>Numbers of what verification finds. Source: X509_STORE_CTX_get_error(3ssl); openssl/x509_vfy.h.</summary>
public static class OpenSslCode
{
    /// <summary>Something else, such as more work than is allowed.</summary>
    public const int Unspecified = 1;

    /// <summary>The issuer of a trusted certificate is not trusted.</summary>
    public const int UnableToGetIssuer = 2;

    /// <summary>There is no revocation list.</summary>
    public const int UnableToGetCrl = 3;

    /// <summary>The issuer's key cannot be used.</summary>
    public const int UndecodableIssuerKey = 6;

    /// <summary>The signature is not by the issuer's key.</summary>
    public const int SignatureFailure = 7;

    /// <summary>The signature of a list is not by its issuer's key.</summary>
    public const int CrlSignatureFailure = 8;

    /// <summary>It is not valid yet.</summary>
    public const int NotYetValid = 9;

    /// <summary>It is valid no more.</summary>
    public const int HasExpired = 10;

    /// <summary>The list is not valid yet.</summary>
    public const int CrlNotYetValid = 11;

    /// <summary>The list is valid no more.</summary>
    public const int CrlHasExpired = 12;

    /// <summary>notBefore cannot be read.</summary>
    public const int MalformedNotBefore = 13;

    /// <summary>notAfter cannot be read.</summary>
    public const int MalformedNotAfter = 14;

    /// <summary>It would take more than is allowed; openssl ends without a word.</summary>
    public const int OutOfMemory = 17;

    /// <summary>The certificate is its own issuer and is not trusted.</summary>
    public const int SelfSignedLeaf = 18;

    /// <summary>The path ends at a root that is not trusted.</summary>
    public const int SelfSignedInChain = 19;

    /// <summary>No certificate of the issuer is there.</summary>
    public const int UnableToGetLocalIssuer = 20;

    /// <summary>Nobody vouches for the one certificate.</summary>
    public const int UnverifiableLeaf = 21;

    /// <summary>The path is longer than allowed.</summary>
    public const int ChainTooLong = 22;

    /// <summary>It was revoked.</summary>
    public const int Revoked = 23;

    /// <summary>The issuer has no key that can be used.</summary>
    public const int NoIssuerPublicKey = 24;

    /// <summary>More CAs are below than one allows.</summary>
    public const int PathLengthExceeded = 25;

    /// <summary>It is not for the purpose.</summary>
    public const int InvalidPurpose = 26;

    /// <summary>Trust settings reject it.</summary>
    public const int Rejected = 28;

    /// <summary>The issuer's key may not sign certificates.</summary>
    public const int NoCertificateSigning = 32;

    /// <summary>No issuer of the list is there.</summary>
    public const int UnableToGetCrlIssuer = 33;

    /// <summary>A critical extension is unknown.</summary>
    public const int UnhandledCriticalExtension = 34;

    /// <summary>The issuer's key may not sign lists.</summary>
    public const int NoCrlSigning = 35;

    /// <summary>A critical extension of the list is unknown.</summary>
    public const int UnhandledCriticalCrlExtension = 36;

    /// <summary>It is a CA and must not be.</summary>
    public const int InvalidNonCa = 37;

    /// <summary>More proxies are below than one allows.</summary>
    public const int ProxyPathLengthExceeded = 38;

    /// <summary>The issuer of a proxy may not sign.</summary>
    public const int NoDigitalSignature = 39;

    /// <summary>Proxy certificates are not allowed.</summary>
    public const int ProxyNotAllowed = 40;

    /// <summary>An extension is malformed.</summary>
    public const int InvalidExtension = 41;

    /// <summary>An extension on policies is malformed.</summary>
    public const int InvalidPolicyExtension = 42;

    /// <summary>No policy is left and one is needed.</summary>
    public const int NoExplicitPolicy = 43;

    /// <summary>The list is for others.</summary>
    public const int DifferentCrlScope = 44;

    /// <summary>Resources are not within those of the issuer; here: nobody has looked.</summary>
    public const int UnnestedResource = 46;

    /// <summary>A name is not permitted.</summary>
    public const int PermittedViolation = 47;

    /// <summary>A name is excluded.</summary>
    public const int ExcludedViolation = 48;

    /// <summary>A constraint has a minimum or maximum.</summary>
    public const int SubtreeMinMax = 49;

    /// <summary>A constraint is of a kind that is not supported.</summary>
    public const int UnsupportedConstraintType = 51;

    /// <summary>A constraint is malformed.</summary>
    public const int UnsupportedConstraintSyntax = 52;

    /// <summary>A name is malformed.</summary>
    public const int UnsupportedNameSyntax = 53;

    /// <summary>Suite B: certificate version invalid.</summary>
    public const int SuiteBVersion = 56;

    /// <summary>Suite B: invalid public key algorithm.</summary>
    public const int SuiteBAlgorithm = 57;

    /// <summary>Suite B: invalid ECC curve.</summary>
    public const int SuiteBCurve = 58;

    /// <summary>Suite B: invalid signature algorithm.</summary>
    public const int SuiteBSignature = 59;

    /// <summary>Suite B: curve not allowed for this LOS.</summary>
    public const int SuiteBLevel = 60;

    /// <summary>Suite B: cannot sign P-384 with P-256.</summary>
    public const int SuiteBSigner = 61;

    /// <summary>It is not for the host.</summary>
    public const int HostnameMismatch = 62;

    /// <summary>It is not for the mail address.</summary>
    public const int EmailMismatch = 63;

    /// <summary>It is not for the address.</summary>
    public const int AddressMismatch = 64;

    /// <summary>The key is too weak.</summary>
    public const int LeafKeyTooSmall = 66;

    /// <summary>The key of a CA is too weak.</summary>
    public const int AuthorityKeyTooSmall = 67;

    /// <summary>The digest of a signature is too weak.</summary>
    public const int DigestTooWeak = 68;

    /// <summary>A proxy's name is not its issuer's with one more part.</summary>
    public const int ProxySubjectViolation = 72;

    /// <summary>The algorithm of the signature is unknown.</summary>
    public const int UnsupportedSignatureAlgorithm = 76;

    /// <summary>The algorithm of the signature does not fit the issuer's key.</summary>
    public const int SignatureAlgorithmMismatch = 77;

    /// <summary>The algorithms within and beside the certificate differ.</summary>
    public const int SignatureAlgorithmInconsistency = 78;

    /// <summary>It signs others and is no CA.</summary>
    public const int InvalidCa = 79;

    /// <summary>A path length without a CA.</summary>
    public const int PathLengthOfNonCa = 80;

    /// <summary>A path length without the right to sign.</summary>
    public const int PathLengthWithoutSigning = 81;

    /// <summary>The right to sign without a CA.</summary>
    public const int SigningOfNonCa = 82;

    /// <summary>The issuer has no name.</summary>
    public const int EmptyIssuer = 83;

    /// <summary>The subject has no name.</summary>
    public const int EmptySubject = 84;

    /// <summary>No authorityKeyIdentifier.</summary>
    public const int MissingAuthorityKeyId = 85;

    /// <summary>No subjectKeyIdentifier.</summary>
    public const int MissingSubjectKeyId = 86;

    /// <summary>A subjectAltName without a name.</summary>
    public const int EmptyAlternativeName = 87;

    /// <summary>No subject, and a subjectAltName that is not critical.</summary>
    public const int EmptySubjectUncritical = 88;

    /// <summary>basicConstraints of a CA that are not critical.</summary>
    public const int BasicConstraintsUncritical = 89;

    /// <summary>A critical authorityKeyIdentifier.</summary>
    public const int AuthorityKeyIdCritical = 90;

    /// <summary>A critical subjectKeyIdentifier.</summary>
    public const int SubjectKeyIdCritical = 91;

    /// <summary>A CA without keyUsage.</summary>
    public const int MissingKeyUsage = 92;

    /// <summary>Extensions in a certificate of an older version.</summary>
    public const int ExtensionsNeedVersion3 = 93;

    /// <summary>A curve that is written out.</summary>
    public const int ExplicitCurve = 94;
}

namespace NetWhy.Certificates;

/// <summary>Extensions and purposes by number. Source: RFC 5280, section 4.2.</summary>
internal static class ObjectIdentifiers
{
    internal const string SubjectKeyIdentifier = "2.5.29.14";
    internal const string KeyUsage = "2.5.29.15";
    internal const string SubjectAlternativeName = "2.5.29.17";
    internal const string IssuerAlternativeName = "2.5.29.18";
    internal const string BasicConstraints = "2.5.29.19";
    internal const string CrlNumber = "2.5.29.20";
    internal const string NameConstraints = "2.5.29.30";
    internal const string CrlDistributionPoints = "2.5.29.31";
    internal const string CertificatePolicies = "2.5.29.32";
    internal const string AnyPolicy = "2.5.29.32.0";
    internal const string PolicyMappings = "2.5.29.33";
    internal const string AuthorityKeyIdentifier = "2.5.29.35";
    internal const string PolicyConstraints = "2.5.29.36";
    internal const string ExtendedKeyUsage = "2.5.29.37";
    internal const string AnyExtendedKeyUsage = "2.5.29.37.0";
    internal const string InhibitAnyPolicy = "2.5.29.54";
    internal const string AuthorityInformationAccess = "1.3.6.1.5.5.7.1.1";
    internal const string TlsFeature = "1.3.6.1.5.5.7.1.24";
    internal const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    internal const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    internal const string CommonName = "2.5.4.3";
    internal const string EmailAddress = "1.2.840.113549.1.9.1";

    // What a verifier that knows the extension makes of it is done here, or cannot change the answer (where lists are, for whom it is).
    internal static bool IsKnown(string id) => id is SubjectKeyIdentifier or KeyUsage or SubjectAlternativeName or IssuerAlternativeName or BasicConstraints
        or NameConstraints or CrlDistributionPoints or CertificatePolicies or PolicyMappings or AuthorityKeyIdentifier or PolicyConstraints
        or ExtendedKeyUsage or InhibitAnyPolicy or AuthorityInformationAccess or TlsFeature;
}

namespace NetWhy.Certificates;

/// <summary>What trust settings make of a certificate.</summary>
internal enum OpenSslTrustVerdict
{
    Untrusted,
    Trusted,
    Rejected,
}

/// <summary>Trust settings and purposes. Source: X509_check_trust and X509_check_purpose(3ssl) of OpenSSL 3.0.</summary>
internal static class OpenSslTrust
{
    private const string CodeSigning = "1.3.6.1.5.5.7.3.3";
    private const string MailProtection = "1.3.6.1.5.5.7.3.4";
    private const string TimeStamping = "1.3.6.1.5.5.7.3.8";
    private const string MicrosoftGated = "1.3.6.1.4.1.311.10.3.3";
    private const string NetscapeGated = "2.16.840.1.113730.4.1";

    // Bits of nsCertType.
    private const byte NetscapeClient = 0x80;
    private const byte NetscapeServer = 0x40;
    private const byte NetscapeMail = 0x20;
    private const byte NetscapeSslAuthority = 0x04;
    private const byte NetscapeMailAuthority = 0x02;
    private const byte NetscapeAnyAuthority = 0x07;

    // Whether a certificate is trusted for a purpose: by its settings or, without any, where it is a root.
    internal static OpenSslTrustVerdict Judge(OpenSslCertificate certificate, OpenSslPurpose purpose, bool countsRoots)
    {
        string? wanted = purpose switch
        {
            OpenSslPurpose.SslClient => ObjectIdentifiers.ClientAuthentication,
            OpenSslPurpose.SslServer or OpenSslPurpose.NetscapeServer => ObjectIdentifiers.ServerAuthentication,
            OpenSslPurpose.MailSigning or OpenSslPurpose.MailEncryption => MailProtection,
            OpenSslPurpose.TimeStamping => TimeStamping,
            OpenSslPurpose.Unset or OpenSslPurpose.Any => ObjectIdentifiers.AnyExtendedKeyUsage,
            _ => null, // no settings count for these
        };
        bool isRoot = countsRoots && certificate.IsSelfSigned;
        if (wanted is null)
            return isRoot ? OpenSslTrustVerdict.Trusted : OpenSslTrustVerdict.Untrusted;
        if (certificate.RejectedFor is { } rejected && rejected.Any(id => id == wanted || id is ObjectIdentifiers.AnyExtendedKeyUsage))
            return OpenSslTrustVerdict.Rejected;
        if (certificate.TrustedFor is { } trusted)
            return trusted.Any(id => id == wanted || id is ObjectIdentifiers.AnyExtendedKeyUsage) ? OpenSslTrustVerdict.Trusted : OpenSslTrustVerdict.Rejected;
        return isRoot ? OpenSslTrustVerdict.Trusted : OpenSslTrustVerdict.Untrusted;
    }

    // 0 no, 1 yes, else yes with a doubt: 3 a root of version 1, 4 keyCertSign without basicConstraints, 5 nsCertType alone; -1 if it is invalid.
    internal static int AuthorityOf(OpenSslCertificate certificate)
    {
        OpenSslExtensions extensions = certificate.Extensions;
        return extensions.IsInvalid || extensions.Forbids(OpenSslExtensions.KeyCertSign) ? 0
            : extensions.HasBasicConstraints ? extensions.IsAuthority ? 1 : 0
            : certificate.Certificate.Version == 1 && certificate.IsSelfSigned ? 3
            : extensions.KeyUsage is not null ? 4
            : extensions.NetscapeType is { } type && (type & NetscapeAnyAuthority) != 0 ? 5
            : 0;
    }

    // 0 no, 1 yes, else a doubt that only strictness minds.
    internal static int Suitability(OpenSslCertificate certificate, OpenSslPurpose purpose, bool asAuthority)
    {
        if (certificate.Extensions.IsInvalid)
            return -1;
        OpenSslExtensions own = certificate.Extensions;
        int authority = AuthorityOf(certificate);
        switch (purpose)
        {
            case OpenSslPurpose.SslClient:
                if (LacksPurpose(own, ObjectIdentifiers.ClientAuthentication))
                    return 0;
                return asAuthority ? IsSslAuthority(own, authority)
                    : own.Forbids(OpenSslExtensions.DigitalSignature, OpenSslExtensions.KeyAgreement) || LacksType(own, NetscapeClient) ? 0 : 1;
            case OpenSslPurpose.SslServer or OpenSslPurpose.NetscapeServer:
                if (LacksPurpose(own, ObjectIdentifiers.ServerAuthentication, MicrosoftGated, NetscapeGated))
                    return 0;
                if (asAuthority)
                    return IsSslAuthority(own, authority);
                return LacksType(own, NetscapeServer)
                    || own.Forbids(OpenSslExtensions.DigitalSignature, OpenSslExtensions.KeyEncipherment, OpenSslExtensions.KeyAgreement)
                    || (purpose is OpenSslPurpose.NetscapeServer && own.Forbids(OpenSslExtensions.KeyEncipherment)) ? 0 : 1;
            case OpenSslPurpose.MailSigning or OpenSslPurpose.MailEncryption:
                if (LacksPurpose(own, MailProtection))
                    return 0;
                if (asAuthority)
                    return AuthorityFor(own, authority, NetscapeMailAuthority);
                if (purpose is OpenSslPurpose.MailSigning
                    ? own.Forbids(OpenSslExtensions.DigitalSignature, OpenSslExtensions.NonRepudiation)
                    : own.Forbids(OpenSslExtensions.KeyEncipherment))
                {
                    return 0;
                }

                return own.NetscapeType is not { } type || (type & NetscapeMail) != 0 ? 1 : (type & NetscapeClient) != 0 ? 2 : 0;
            case OpenSslPurpose.CrlSigning:
                return asAuthority ? authority : own.Forbids(OpenSslExtensions.CrlSign) ? 0 : 1;
            case OpenSslPurpose.OcspHelper:
                return asAuthority ? authority : 1;
            case OpenSslPurpose.TimeStamping:
                return asAuthority ? authority : IsTimeStamper(own) ? 1 : 0;
            default:
                return 1;
        }
    }

    // For TLS, how it comes to be one makes no difference: check_ssl_ca says yes or no.
    private static int IsSslAuthority(OpenSslExtensions own, int authority) => AuthorityFor(own, authority, NetscapeSslAuthority) == 0 ? 0 : 1;

    private static int AuthorityFor(OpenSslExtensions own, int authority, byte type) => authority != 5 || (own.NetscapeType & type) != 0 ? authority : 0;

    private static bool LacksType(OpenSslExtensions own, byte type) => own.NetscapeType is { } types && (types & type) == 0;

    private static bool LacksPurpose(OpenSslExtensions own, params ReadOnlySpan<string> purposes)
    {
        if (own.Purposes is null)
            return false;
        foreach (string purpose in purposes)
        {
            if (own.Purposes.Contains(purpose))
                return false;
        }

        return true;
    }

    private static bool IsTimeStamper(OpenSslExtensions own)
    {
        const uint Allowed = (1u << OpenSslExtensions.DigitalSignature) | (1u << OpenSslExtensions.NonRepudiation);
        string[] known = [ObjectIdentifiers.ServerAuthentication, ObjectIdentifiers.ClientAuthentication, MailProtection, CodeSigning, MicrosoftGated, NetscapeGated,
            "1.3.6.1.5.5.7.3.9", "1.3.6.1.5.5.7.3.10", ObjectIdentifiers.AnyExtendedKeyUsage]; // beside these, others do not count
        return (own.KeyUsage is not { } usage || ((usage & ~Allowed) == 0 && (usage & Allowed) != 0))
            && own.Purposes is { } purposes && purposes.Contains(TimeStamping) && !purposes.Any(known.Contains)
            && own.HasCriticalPurposes;
    }
}

using NetWhy.Wire.Tls;

namespace NetWhy.Certificates;

/// <summary>How a certificate of an issuer's name fits a certificate below it.</summary>
/// <param name="HasSigned">Whether its key made the signature; null where that cannot be checked.</param>
/// <param name="Difference">
/// What the certificate below says of its issuer's and is not so there, in words; null if nothing is. To tell certificates of one name apart is
/// all that these identifiers are for, and OpenSSL looks no further where they differ. Source: RFC 5280, section 4.2.1.1; X509_check_issued(3ssl).
/// </param>
public sealed record IssuerMatch(bool? HasSigned, string? Difference)
{
    /// <summary>Compares the two.</summary>
    /// <param name="below">The certificate below.</param>
    /// <param name="issuer">Who may have issued it.</param>
    /// <returns>Null if it does not bear the issuer's name.</returns>
    public static IssuerMatch? Of(Certificate below, Certificate issuer)
    {
        CertificateView child = new(below), parent = new(issuer);
        if (child.Issuer is null || parent.Subject?.Key != child.Issuer.Key)
            return null;
        using OpenSslCertificate? lower = OpenSslCertificate.Read(below.Octets, hasTrust: false), upper = OpenSslCertificate.Read(issuer.Octets, hasTrust: false);
        string? difference = lower is null || upper is null ? null : lower.Extensions.AuthorityDifference(upper);
        return new IssuerMatch(parent.HasSigned(below.SignedOctets.Span, below.OuterAlgorithm.Span, below.Signature.Span), difference);
    }
}

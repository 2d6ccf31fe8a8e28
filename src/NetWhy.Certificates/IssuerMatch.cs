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
        string? difference = child.AuthorityKeyId is { } wanted && parent.SubjectKeyId is { } own && !wanted.Span.SequenceEqual(own.Span)
                ? $"authorityKeyIdentifier {Hexadecimal(wanted.Span)}, and subjectKeyIdentifier {Hexadecimal(own.Span)} there"
            : child.AuthoritySerial is { } serial && !serial.Span.SequenceEqual(issuer.SerialOctets.Span)
                ? $"authorityKeyIdentifier with the serial number {Hexadecimal(serial.Span)}, and {Hexadecimal(issuer.SerialOctets.Span)} there"
            : null;
        return new IssuerMatch(parent.HasSigned(below.SignedOctets.Span, below.OuterAlgorithm.Span, below.Signature.Span), difference);
    }

    private static string Hexadecimal(ReadOnlySpan<byte> octets)
    {
        const int Longest = 20; // SHA-1, and a serial number
        string text = Convert.ToHexString(octets[..Math.Min(octets.Length, Longest)]);
        return octets.Length > Longest ? $"{text}…" : text;
    }
}

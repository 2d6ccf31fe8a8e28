using System.Globalization;
using NetWhy.Wire.Tls;

namespace NetWhy.Certificates;

/// <summary>Which keys certificates may have. Source: Baseline Requirements, sections 6.1.5 and 7.1.3.1; NIST SP 800-57 for what is too weak.</summary>
internal static class PublicKeyRules
{
    private const int FewestRsaBits = 2048;

    // What is wrong with the key of a certificate; null if nothing is.
    internal static (CertificateDefect Defect, string Detail, bool IsFatal)? Judge(Certificate certificate, CertificateProfile profile)
    {
        string key = certificate.Key;
        bool isStrict = profile is CertificateProfile.BaselineRequirements;
        if (key.StartsWith("RSA ", StringComparison.Ordinal) && int.TryParse(key.AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out int bits))
        {
            return bits < FewestRsaBits ? (CertificateDefect.WeakKey, $"{key} bits; {FewestRsaBits} are the fewest", true)
                : isStrict && bits % 8 != 0 ? (CertificateDefect.KeyNotAllowed, $"{key} bits are not a multiple of 8", false)
                : null;
        }

        if (key.StartsWith("EC ", StringComparison.Ordinal))
        {
            return key switch
            {
                "EC P-256" or "EC P-384" or "EC P-521" => null,
                "EC " => (CertificateDefect.KeyNotAllowed, "the curve is written out instead of named", true),
                "EC 1.2.840.10045.3.1.1" or "EC 1.3.132.0.33" => (CertificateDefect.WeakKey, "a curve of less than 256 bits", isStrict),
                _ => isStrict ? (CertificateDefect.KeyNotAllowed, $"{key} is none of P-256, P-384, P-521", false) : null,
            };
        }

        return isStrict && !key.StartsWith("RSA", StringComparison.Ordinal)
            ? (CertificateDefect.KeyNotAllowed, $"a key of kind {key} is neither RSA nor of an elliptic curve", false)
            : null;
    }
}

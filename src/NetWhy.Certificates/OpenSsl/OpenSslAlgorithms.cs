using NetWhy.Wire.Tls;

namespace NetWhy.Certificates;

/// <summary>Which kinds of key make which signatures, and what they are worth.</summary>
internal static class OpenSslAlgorithms
{
    private const string Rsa = "1.2.840.113549.1.1.1";
    private const string RsaByX500 = "2.5.8.1.1";
    private const string RsaPss = "1.2.840.113549.1.1.10";
    private const string EllipticCurve = "1.2.840.10045.2.1";
    private const string Dsa = "1.2.840.10040.4.1";

    private static readonly int[] BitsOfLevel = [80, 112, 128, 192, 256]; // see SSL_CTX_set_security_level(3ssl)

    // 0 if the issuer's key may have made the signature, else the error number.
    internal static int Fits(OpenSslCertificate issuer, OpenSslCertificate subject)
    {
        if (issuer.Library?.HasUsableKey is not true)
            return OpenSslCode.NoIssuerPublicKey;
        string? needed = KeyOf(SignatureAlgorithm.IdOf(subject.Certificate.SignedAlgorithm.Span));
        if (needed is null)
            return OpenSslCode.UnsupportedSignatureAlgorithm;
        string key = KeyAlgorithmOf(issuer);
        return key == needed || (key is Rsa && needed is RsaPss) ? 0 : OpenSslCode.SignatureAlgorithmMismatch;
    }

    // Whether a key is worth the level; level 0 asks nothing.
    internal static bool IsKeyStrong(OpenSslCertificate certificate, int level) =>
        level <= 0 || certificate.Library?.KeySecurityBits >= BitsOfLevel[Math.Min(level, BitsOfLevel.Length) - 1];

    internal static bool IsSignatureStrong(OpenSslCertificate certificate, int level) =>
        level <= 0 || certificate.Library?.SignatureSecurityBits >= BitsOfLevel[Math.Min(level, BitsOfLevel.Length) - 1];

    // Whether the parameters of the curve are written out instead of named; null if the key cannot be used.
    internal static bool? HasExplicitCurve(OpenSslCertificate certificate)
    {
        if (certificate.Library?.HasUsableKey is not true)
            return null;
        var algorithm = new DerReader(AlgorithmOf(certificate));
        return algorithm.Read(DerReader.ObjectIdentifier) && DerReader.Dotted(algorithm.Value) is EllipticCurve
            && algorithm.Read(DerReader.Sequence);
    }

    // The curve of a key, dotted; empty if it is not named, and null if the key is no elliptic one.
    internal static string? CurveOf(OpenSslCertificate certificate)
    {
        var algorithm = new DerReader(AlgorithmOf(certificate));
        if (!algorithm.Read(DerReader.ObjectIdentifier) || DerReader.Dotted(algorithm.Value) is not EllipticCurve)
            return null;
        return algorithm.Read(DerReader.ObjectIdentifier) ? DerReader.Dotted(algorithm.Value) : "";
    }

    private static ReadOnlySpan<byte> AlgorithmOf(OpenSslCertificate certificate)
    {
        var outer = new DerReader(certificate.Certificate.PublicKeyInfo.Span);
        _ = outer.Read();
        var parts = new DerReader(outer.Value);
        return parts.Read(DerReader.Sequence) ? parts.Value : [];
    }

    private static string KeyAlgorithmOf(OpenSslCertificate certificate)
    {
        var outer = new DerReader(certificate.Certificate.PublicKeyInfo.Span);
        _ = outer.Read();
        var parts = new DerReader(outer.Value);
        string id = parts.Read(DerReader.Sequence) ? SignatureAlgorithm.IdOf(parts.Whole) : "";
        return id is RsaByX500 ? Rsa : id;
    }

    // Source: RFC 3279, RFC 4055, RFC 5758, RFC 8410; NIST CSOR for SHA-3 and DSA with SHA-2.
    private static string? KeyOf(string signature) => signature switch
    {
        "1.2.840.113549.1.1.2" or "1.2.840.113549.1.1.3" or "1.2.840.113549.1.1.4" or "1.2.840.113549.1.1.5" or "1.2.840.113549.1.1.11"
            or "1.2.840.113549.1.1.12" or "1.2.840.113549.1.1.13" or "1.2.840.113549.1.1.14" or "1.2.840.113549.1.1.15" or "1.2.840.113549.1.1.16"
            or "1.3.14.3.2.29" or "1.3.36.3.3.1.2" or "2.16.840.1.101.3.4.3.13" or "2.16.840.1.101.3.4.3.14" or "2.16.840.1.101.3.4.3.15"
            or "2.16.840.1.101.3.4.3.16" => Rsa,
        RsaPss => RsaPss,
        "1.2.840.10045.4.1" or "1.2.840.10045.4.3.1" or "1.2.840.10045.4.3.2" or "1.2.840.10045.4.3.3" or "1.2.840.10045.4.3.4"
            or "2.16.840.1.101.3.4.3.9" or "2.16.840.1.101.3.4.3.10" or "2.16.840.1.101.3.4.3.11" or "2.16.840.1.101.3.4.3.12" => EllipticCurve,
        "1.2.840.10040.4.3" or "2.16.840.1.101.3.4.3.1" or "2.16.840.1.101.3.4.3.2" or "2.16.840.1.101.3.4.3.3" or "2.16.840.1.101.3.4.3.4" => Dsa,
        "1.3.101.112" or "1.3.101.113" => signature,
        "1.2.156.10197.1.501" => EllipticCurve, // SM2 keys are elliptic, too
        _ => null,
    };
}

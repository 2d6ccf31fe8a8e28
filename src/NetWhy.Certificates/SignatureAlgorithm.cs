using System.Security.Cryptography;
using NetWhy.Linux;
using NetWhy.Wire.Tls;

namespace NetWhy.Certificates;

/// <summary>Algorithms of signatures over certificates. Source: RFC 3279, RFC 4055, RFC 5758, RFC 8410.</summary>
internal static class SignatureAlgorithm
{
    private const string RsaPss = "1.2.840.113549.1.1.10";

    internal static string IdOf(ReadOnlySpan<byte> algorithm)
    {
        var outer = new DerReader(algorithm);
        if (!outer.Read(DerReader.Sequence))
            return "";
        var parts = new DerReader(outer.Value);
        return parts.Read(DerReader.ObjectIdentifier) ? DerReader.Dotted(parts.Value) : "";
    }

    /// <summary>The digest of an algorithm if signatures by it can be forged; null otherwise.</summary>
    internal static string? WeakDigestOf(ReadOnlySpan<byte> algorithm) => IdOf(algorithm) switch
    {
        "1.2.840.113549.1.1.2" => "MD2",
        "1.2.840.113549.1.1.4" => "MD5",
        "1.2.840.113549.1.1.5" or "1.2.840.10045.4.1" or "1.2.840.10040.4.3" or "1.3.14.3.2.29" => "SHA-1",
        _ => null,
    };

    internal static SignatureCheck Check(
        ReadOnlySpan<byte> publicKeyInfo, ReadOnlySpan<byte> algorithm, ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature)
    {
        string id = IdOf(algorithm);
        if (id is RsaPss)
            return CheckPss(publicKeyInfo, algorithm, signed, signature);
        DigestKind? digest = id switch
        {
            "1.2.840.113549.1.1.5" or "1.2.840.10045.4.1" or "1.2.840.10040.4.3" => DigestKind.Sha1,
            "1.2.840.113549.1.1.11" or "1.2.840.10045.4.3.2" or "2.16.840.1.101.3.4.3.2" => DigestKind.Sha256,
            "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => DigestKind.Sha384,
            "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => DigestKind.Sha512,
            "1.3.101.112" or "1.3.101.113" => DigestKind.None,
            _ => null,
        };
        if (digest is not { } kind)
            return SignatureCheck.Unavailable;
        using PublicKey? key = PublicKey.Read(publicKeyInfo);
        return key?.Check(kind, signed, signature) ?? SignatureCheck.Unavailable;
    }

    // Only salts as long as the digest, which is all that certificates use.
    private static SignatureCheck CheckPss(
        ReadOnlySpan<byte> publicKeyInfo, ReadOnlySpan<byte> algorithm, ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature)
    {
        const byte HashAlgorithm = 0xa0;
        var outer = new DerReader(algorithm);
        _ = outer.Read();
        var parts = new DerReader(outer.Value);
        if (!parts.Read(DerReader.ObjectIdentifier) || !parts.Read(DerReader.Sequence))
            return SignatureCheck.Unavailable;
        var parameters = new DerReader(parts.Value);
        HashAlgorithmName? digest = parameters.Read(HashAlgorithm) ? IdOf(parameters.Value) switch
        {
            "2.16.840.1.101.3.4.2.1" => HashAlgorithmName.SHA256,
            "2.16.840.1.101.3.4.2.2" => HashAlgorithmName.SHA384,
            "2.16.840.1.101.3.4.2.3" => HashAlgorithmName.SHA512,
            _ => null,
        }
        : null;
        if (digest is not { } name)
            return SignatureCheck.Unavailable;
        try
        {
            using var rsa = RSA.Create();
            rsa.ImportSubjectPublicKeyInfo(publicKeyInfo, out _);
            return rsa.VerifyData(signed, signature, name, RSASignaturePadding.Pss) ? SignatureCheck.Good : SignatureCheck.Bad;
        }
        catch (CryptographicException)
        {
            return SignatureCheck.Unavailable; // the key is of another kind, or the library refuses it
        }
    }
}

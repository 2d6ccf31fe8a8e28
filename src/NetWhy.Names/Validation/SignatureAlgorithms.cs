using NetWhy.Linux;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>The algorithms that signatures can be checked with: here those of libcrypto that validators must or should know.</summary>
/// <remarks>Source: RFC 8624, section 3.1, without those that must not be used: RSA/MD5, DSA, GOST.</remarks>
public class SignatureAlgorithms
{
    /// <summary>The ones there are unless something else is wanted.</summary>
    public static SignatureAlgorithms Default { get; } = new();

    /// <summary>Whether signatures of an algorithm can be checked.</summary>
    /// <param name="algorithm">The algorithm.</param>
    public virtual bool IsSupported(DnsSecurityAlgorithm algorithm) => DigestOf(algorithm) is not null;

    /// <summary>Checks a signature.</summary>
    /// <param name="algorithm">A supported algorithm.</param>
    /// <param name="key">The public key as its DNSKEY record has it.</param>
    /// <param name="signed">The octets that are signed.</param>
    /// <param name="signature">The signature as its RRSIG record has it.</param>
    /// <returns>What came of it; a key or a signature of a form that the algorithm does not have is bad.</returns>
    public virtual SignatureCheck Check(DnsSecurityAlgorithm algorithm, ReadOnlySpan<byte> key, ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature)
    {
        if (MessageDigest.Unavailable is not null || DigestOf(algorithm) is not { } digest)
            return SignatureCheck.Unavailable;

        using PublicKey? read = SubjectPublicKey.OfKey(algorithm, key) is { } info ? PublicKey.Read(info) : null;
        if (read is null)
            return SignatureCheck.Bad;

        int curve = algorithm switch { DnsSecurityAlgorithm.EcdsaP256Sha256 => 64, DnsSecurityAlgorithm.EcdsaP384Sha384 => 96, _ => 0 };
        if (curve == 0)
            return read.Check(digest, signed, signature);

        return signature.Length == curve ? read.Check(digest, signed, SubjectPublicKey.OfEcdsaSignature(signature)) : SignatureCheck.Bad;
    }

    private static DigestKind? DigestOf(DnsSecurityAlgorithm algorithm) => algorithm switch
    {
        DnsSecurityAlgorithm.RsaSha1 or DnsSecurityAlgorithm.RsaSha1Nsec3Sha1 => DigestKind.Sha1,
        DnsSecurityAlgorithm.RsaSha256 or DnsSecurityAlgorithm.EcdsaP256Sha256 => DigestKind.Sha256,
        DnsSecurityAlgorithm.EcdsaP384Sha384 => DigestKind.Sha384,
        DnsSecurityAlgorithm.RsaSha512 => DigestKind.Sha512,
        DnsSecurityAlgorithm.Ed25519 or DnsSecurityAlgorithm.Ed448 => DigestKind.None,
        _ => null,
    };
}

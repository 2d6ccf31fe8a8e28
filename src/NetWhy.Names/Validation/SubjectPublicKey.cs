using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>Puts keys and signatures of DNSSEC into the DER that libcrypto reads.</summary>
/// <remarks>Source: RFC 3110 (RSA), RFC 6605 (ECDSA), RFC 8080 (Ed25519, Ed448), RFC 3279, RFC 5480, RFC 8410 (DER).</remarks>
internal static class SubjectPublicKey
{
    private const byte Integer = 0x02, BitString = 0x03, Sequence = 0x30;
    private const int LongestModulus = 512; // octets; RFC 3110, section 2

    // AlgorithmIdentifier of each kind of key.
    private static ReadOnlySpan<byte> Rsa => [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

    private static ReadOnlySpan<byte> P256 =>
        [0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

    private static ReadOnlySpan<byte> P384 =>
        [0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];

    private static ReadOnlySpan<byte> Ed25519 => [0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70];

    private static ReadOnlySpan<byte> Ed448 => [0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x71];

    /// <summary>Writes a key as SubjectPublicKeyInfo.</summary>
    /// <param name="algorithm">The algorithm.</param>
    /// <param name="key">The key as its DNSKEY record has it.</param>
    /// <returns>Null for a key that the algorithm cannot have.</returns>
    internal static byte[]? OfKey(DnsSecurityAlgorithm algorithm, ReadOnlySpan<byte> key) => algorithm switch
    {
        DnsSecurityAlgorithm.RsaSha1 or DnsSecurityAlgorithm.RsaSha1Nsec3Sha1 or DnsSecurityAlgorithm.RsaSha256 or DnsSecurityAlgorithm.RsaSha512 => OfRsa(key),
        DnsSecurityAlgorithm.EcdsaP256Sha256 when key.Length == 64 => Wrap(P256, [0x04, .. key]), // an uncompressed point
        DnsSecurityAlgorithm.EcdsaP384Sha384 when key.Length == 96 => Wrap(P384, [0x04, .. key]),
        DnsSecurityAlgorithm.Ed25519 when key.Length == 32 => Wrap(Ed25519, key),
        DnsSecurityAlgorithm.Ed448 when key.Length == 57 => Wrap(Ed448, key),
        _ => null,
    };

    /// <summary>Writes the two numbers of an ECDSA signature, which DNSSEC puts behind each other, as a sequence.</summary>
    /// <param name="signature">The numbers, of equal length.</param>
    internal static byte[] OfEcdsaSignature(ReadOnlySpan<byte> signature)
    {
        int half = signature.Length / 2;
        return Element(Sequence, [.. Number(signature[..half]), .. Number(signature[half..])]);
    }

    private static byte[]? OfRsa(ReadOnlySpan<byte> key)
    {
        if (key.Length < 3)
            return null;

        int length = key[0], start = 1;
        if (length == 0)
        {
            length = (key[1] << 8) | key[2];
            start = 3;
        }

        if (length == 0 || key.Length <= start + length || key.Length - start - length > LongestModulus)
            return null;

        return Wrap(Rsa, Element(Sequence, [.. Number(key[(start + length)..]), .. Number(key.Slice(start, length))]));
    }

    private static byte[] Wrap(ReadOnlySpan<byte> algorithm, ReadOnlySpan<byte> key) =>
        Element(Sequence, [.. algorithm, .. Element(BitString, [0, .. key])]);

    // A number that is not negative: no needless zeros in front, one where the first bit would be its sign.
    private static byte[] Number(ReadOnlySpan<byte> octets)
    {
        ReadOnlySpan<byte> significant = octets.TrimStart((byte)0);
        return significant.IsEmpty || (significant[0] & 0x80) != 0 ? Element(Integer, [0, .. significant]) : Element(Integer, significant);
    }

    private static byte[] Element(byte tag, ReadOnlySpan<byte> content) => content.Length switch
    {
        < 0x80 => [tag, (byte)content.Length, .. content],
        < 0x100 => [tag, 0x81, (byte)content.Length, .. content],
        _ => [tag, 0x82, (byte)(content.Length >> 8), (byte)content.Length, .. content],
    };
}

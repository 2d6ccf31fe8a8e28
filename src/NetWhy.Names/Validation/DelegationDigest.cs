using NetWhy.Linux;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>The digests by which DS records name keys. Source: RFC 4034, section 5.1.4; RFC 4509; RFC 6605.</summary>
public static class DelegationDigest
{
    /// <summary>Whether a digest can be computed.</summary>
    /// <param name="type">The digest.</param>
    public static bool IsSupported(DnsDigestType type) => KindOf(type) is not DigestKind.None;

    /// <summary>Computes the digest of a key.</summary>
    /// <param name="type">The digest.</param>
    /// <param name="owner">The owner of the key.</param>
    /// <param name="key">The data of its DNSKEY record.</param>
    /// <returns>The digest; null if it cannot be computed.</returns>
    public static byte[]? Of(DnsDigestType type, DomainName owner, ReadOnlySpan<byte> key)
    {
        using MessageDigest? digest = MessageDigest.Create(KindOf(type));
        Span<byte> octets = stackalloc byte[MessageDigest.MaxLength];
        return digest?.Compute(owner.ToCanonical(), key, octets) is > 0 and var length ? octets[..length].ToArray() : null;
    }

    private static DigestKind KindOf(DnsDigestType type) => type switch
    {
        DnsDigestType.Sha1 => DigestKind.Sha1,
        DnsDigestType.Sha256 => DigestKind.Sha256,
        DnsDigestType.Sha384 => DigestKind.Sha384,
        _ => DigestKind.None,
    };
}

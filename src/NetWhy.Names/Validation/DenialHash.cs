using NetWhy.Linux;

namespace NetWhy.Names;

/// <summary>The hashes by which NSEC3 records name what exists. Source: RFC 5155, section 5.</summary>
public sealed class DenialHash : IDisposable
{
    /// <summary>The only hash there is. Source: IANA, "DNSSEC NSEC3 Hash Algorithms".</summary>
    public const byte Sha1 = 1;

    /// <summary>Length of a hash, in octets.</summary>
    public const int Length = 20;

    private readonly MessageDigest _digest;
    private readonly byte[] _salt;
    private readonly int _iterations;
    private readonly Dictionary<DomainName, byte[]> _known = [];

    private DenialHash(MessageDigest digest, ReadOnlySpan<byte> salt, int iterations)
    {
        _digest = digest;
        _salt = salt.ToArray();
        _iterations = iterations;
    }

    /// <summary>Makes the hash of a zone.</summary>
    /// <param name="salt">What is hashed with each name.</param>
    /// <param name="iterations">How many times more than once; who bounds the work bounds this.</param>
    /// <returns>Null if libcrypto is missing or forbids SHA-1.</returns>
    public static DenialHash? Create(ReadOnlySpan<byte> salt, int iterations) =>
        MessageDigest.Create(DigestKind.Sha1) is { } digest ? new DenialHash(digest, salt, iterations) : null;

    /// <summary>Hashes a name; the same name once only.</summary>
    /// <param name="name">The name.</param>
    /// <returns>20 octets.</returns>
    public ReadOnlySpan<byte> Of(DomainName name)
    {
        if (_known.TryGetValue(name, out byte[]? known))
            return known;

        Span<byte> hash = stackalloc byte[MessageDigest.MaxLength];
        int length = _digest.Compute(name.ToCanonical(), _salt, hash);
        for (int i = 0; i < _iterations; i++)
            length = _digest.Compute(hash[..length], _salt, hash);
        return _known[name] = hash[..length].ToArray();
    }

    /// <summary>Whether these are the parameters that it was made with.</summary>
    /// <param name="salt">The salt.</param>
    /// <param name="iterations">The iterations.</param>
    public bool Has(ReadOnlySpan<byte> salt, int iterations) => iterations == _iterations && salt.SequenceEqual(_salt);

    /// <inheritdoc/>
    public void Dispose() => _digest.Dispose();
}

using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>A digest that libcrypto computes.</summary>
/// <remarks>One object may be used by one thread at a time. Source: EVP_DigestInit(3ssl).</remarks>
public sealed unsafe class MessageDigest : IDisposable
{
    /// <summary>Longest digest there is, in octets.</summary>
    public const int MaxLength = 64;

    private readonly nint _digest;
    private nint _context;

    private MessageDigest(nint digest)
    {
        _digest = digest;
        _context = LibCrypto.EVP_MD_CTX_new();
    }

    /// <summary>Why digests and signatures cannot be computed on this machine; null if they can.</summary>
    public static string? Unavailable => OpenSsl.Unavailable;

    /// <summary>Makes a digest.</summary>
    /// <param name="kind">Which one.</param>
    /// <returns>Null if libcrypto is <see cref="Unavailable"/> or its policy forbids the digest.</returns>
    public static MessageDigest? Create(DigestKind kind)
    {
        nint digest = Find(kind);
        return digest == 0 ? null : new MessageDigest(digest);
    }

    /// <summary>Digests octets.</summary>
    /// <param name="first">What comes first.</param>
    /// <param name="second">What comes behind it.</param>
    /// <param name="destination">Where the digest goes; <see cref="MaxLength"/> octets suffice. It may overlap with what is digested.</param>
    /// <returns>The length of the digest; 0 if libcrypto refused.</returns>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is shorter than <see cref="MaxLength"/>.</exception>
    public int Compute(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_context == 0, this);
        if (destination.Length < MaxLength)
            throw new ArgumentException("the destination is too short", nameof(destination));

        uint length = 0;
        fixed (byte* one = first, two = second, output = destination)
        {
            bool isDone = LibCrypto.EVP_DigestInit_ex2(_context, _digest, 0) == 1
                && LibCrypto.EVP_DigestUpdate(_context, one, (nuint)first.Length) == 1
                && LibCrypto.EVP_DigestUpdate(_context, two, (nuint)second.Length) == 1
                && LibCrypto.EVP_DigestFinal_ex(_context, output, &length) == 1;
            return isDone ? (int)length : 0;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_context != 0)
            LibCrypto.EVP_MD_CTX_free(_context);
        _context = 0;
    }

    /// <summary>The digest as libcrypto knows it, kept for the life of the process; 0 if there is none.</summary>
    internal static nint Find(DigestKind kind) => Unavailable is not null ? 0 : kind switch
    {
        DigestKind.Sha1 => Fetched.Sha1,
        DigestKind.Sha256 => Fetched.Sha256,
        DigestKind.Sha384 => Fetched.Sha384,
        DigestKind.Sha512 => Fetched.Sha512,
        DigestKind.Sha512Truncated256 => Fetched.Sha512Truncated256,
        DigestKind.Md5 => Fetched.Md5,
        _ => 0,
    };

    // Looking an algorithm up costs more than using it once.
    private static class Fetched
    {
        internal static readonly nint Sha1 = Fetch("SHA1\0"u8);
        internal static readonly nint Sha256 = Fetch("SHA2-256\0"u8);
        internal static readonly nint Sha384 = Fetch("SHA2-384\0"u8);
        internal static readonly nint Sha512 = Fetch("SHA2-512\0"u8);
        internal static readonly nint Sha512Truncated256 = Fetch("SHA2-512/256\0"u8);
        internal static readonly nint Md5 = Fetch("MD5\0"u8);

        private static nint Fetch(ReadOnlySpan<byte> name)
        {
            fixed (byte* octets = name)
            {
                return LibCrypto.EVP_MD_fetch(0, octets, null);
            }
        }
    }
}

/// <summary>Which digest. Source: FIPS 180-4.</summary>
public enum DigestKind
{
    /// <summary>None: the algorithm of the signature digests by itself.</summary>
    None,

    /// <summary>SHA-1, 20 octets.</summary>
    Sha1,

    /// <summary>SHA-256, 32 octets.</summary>
    Sha256,

    /// <summary>SHA-384, 48 octets.</summary>
    Sha384,

    /// <summary>SHA-512, 64 octets.</summary>
    Sha512,

    /// <summary>SHA-512/256, 32 octets.</summary>
    Sha512Truncated256,

    /// <summary>MD5, 16 octets: for protocols that name it. Source: RFC 1321.</summary>
    Md5,
}

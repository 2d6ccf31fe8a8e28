using System.Text;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>Message authentication codes by libcrypto. Source: RFC 2104; HMAC(3ssl).</summary>
public static unsafe class KeyedHash
{
    private const int LargestCode = 64; // octets: EVP_MAX_MD_SIZE

    /// <summary>Computes a code.</summary>
    /// <param name="digest">The hash by OpenSSL's name, such as <c>SHA256</c>.</param>
    /// <param name="key">The secret.</param>
    /// <param name="octets">What the code is for.</param>
    /// <returns>The code; null if there is no libcrypto, or it has no such hash.</returns>
    public static byte[]? Compute(string digest, ReadOnlySpan<byte> key, ReadOnlySpan<byte> octets)
    {
        if (OpenSsl.Unavailable is not null)
            return null;
        byte* code = stackalloc byte[LargestCode];
        uint length = 0;
        Span<byte> some = stackalloc byte[1]; // a key of no octets needs a pointer, too
        fixed (byte* name = Encoding.ASCII.GetBytes(digest + '\0'), secret = key.IsEmpty ? some : key, first = octets)
        {
            nint hash = LibCrypto.EVP_get_digestbyname(name);
            return hash != 0 && LibCrypto.HMAC(hash, secret, key.Length, first, (nuint)octets.Length, code, &length) != null
                ? new ReadOnlySpan<byte>(code, (int)length).ToArray()
                : null;
        }
    }
}

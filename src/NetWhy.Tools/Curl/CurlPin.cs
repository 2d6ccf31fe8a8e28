using NetWhy.Linux;

namespace NetWhy.Tools.Curl;

/// <summary>Which public keys <c>--pinnedpubkey</c> allows. Source: curl(1); curl's lib/vtls/vtls.c, Curl_pin_peer_pubkey.</summary>
internal static class CurlPin
{
    private const string Hash = "sha256//";

    /// <summary>Whether a pin names hashes, not a file.</summary>
    /// <param name="pin">The pin.</param>
    internal static bool IsOfHashes(string pin) => pin.StartsWith(Hash, StringComparison.Ordinal);

    /// <summary>The hash of a key, as pins name it.</summary>
    /// <param name="key">The SubjectPublicKeyInfo.</param>
    internal static string HashOf(ReadOnlySpan<byte> key)
    {
        using MessageDigest? digest = MessageDigest.Create(DigestKind.Sha256);
        byte[] octets = new byte[MessageDigest.MaxLength];
        int length = digest?.Compute(key, [], octets) ?? 0;
        return length == 0 ? throw new CurlFailure(CurlFailure.PinMismatch, "SSL: SHA-256 is not to be had from the library here") : Hash + Convert.ToBase64String(octets, 0, length);
    }

    /// <summary>Whether a pin allows a key.</summary>
    /// <param name="pin">Hashes behind <c>;</c> each, or a file with a key in PEM or DER.</param>
    /// <param name="key">The SubjectPublicKeyInfo.</param>
    internal static bool Allows(string pin, ReadOnlySpan<byte> key)
    {
        if (!IsOfHashes(pin))
            return ReadKey(pin) is { } pinned && key.SequenceEqual(pinned);
        string hash = HashOf(key);
        return pin.Split(";" + Hash).Select((one, place) => place == 0 ? one : Hash + one).Contains(hash);
    }

    // Null where there is none.
    private static byte[]? ReadKey(string path)
    {
        const int Longest = 1 << 20;
        byte[] octets;
        try
        {
            using FileStream file = File.OpenRead(path);
            if (file.Length > Longest)
                return null;
            octets = new byte[file.Length];
            file.ReadExactly(octets);
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null; // as in curl, no key is one that does not match
        }

        const string Begin = "-----BEGIN PUBLIC KEY-----", End = "\n-----END PUBLIC KEY-----";
        string text = System.Text.Encoding.Latin1.GetString(octets);
        int begin = text.IndexOf(Begin, StringComparison.Ordinal);
        int end = begin < 0 ? -1 : text.IndexOf(End, begin, StringComparison.Ordinal);
        if (end < 0 || (begin > 0 && text[begin - 1] != '\n'))
            return octets;
        byte[] key = new byte[end - begin];
        return Convert.TryFromBase64String(text[(begin + Begin.Length)..end], key, out int length) ? key[..length] : null;
    }
}

using System.Security.Cryptography;

namespace NetWhy.Analysis.Dissection;

/// <summary>How a cipher suite protects records.</summary>
internal enum TlsProtection : byte
{
    /// <summary>AES in Galois/counter mode (RFC 5288, RFC 8446).</summary>
    Gcm,

    /// <summary>ChaCha20-Poly1305 (RFC 7905).</summary>
    ChaCha,

    /// <summary>AES in cipher block chaining mode, and a MAC (RFC 5246, section 6.2.3.2).</summary>
    Cbc,
}

/// <summary>What a cipher suite is made of, as far as its records can be decrypted here.</summary>
/// <param name="Protection">How records are protected.</param>
/// <param name="KeyLength">Octets of the key.</param>
/// <param name="MacLength">Octets of the MAC and its key; 0 where the protection has its own.</param>
/// <param name="Hash">What keys are derived with.</param>
internal readonly record struct TlsSuite(TlsProtection Protection, int KeyLength, int MacLength, HashAlgorithmName Hash)
{
    /// <summary>Whether a secret is as long as its hash, as those of TLS 1.3 are.</summary>
    /// <param name="secret">The secret.</param>
    internal bool Takes(byte[] secret) => secret.Length == (Hash == HashAlgorithmName.SHA384 ? SHA384.HashSizeInBytes : SHA256.HashSizeInBytes);

    /// <summary>A suite by its number; null if it cannot be decrypted here. Source: IANA, "TLS Cipher Suites".</summary>
    /// <param name="number">The number.</param>
    internal static TlsSuite? Of(ushort number) => number switch
    {
        0x1301 or 0x009c or 0x009e or 0xc02b or 0xc02d or 0xc02f or 0xc031 => new(TlsProtection.Gcm, 16, 0, HashAlgorithmName.SHA256),
        0x1302 or 0x009d or 0x009f or 0xc02c or 0xc02e or 0xc030 or 0xc032 => new(TlsProtection.Gcm, 32, 0, HashAlgorithmName.SHA384),
        0x1303 or (>= 0xcca8 and <= 0xccae) => new(TlsProtection.ChaCha, 32, 0, HashAlgorithmName.SHA256),
        0x002f or 0x0033 or 0xc004 or 0xc009 or 0xc00e or 0xc013 => new(TlsProtection.Cbc, 16, 20, HashAlgorithmName.SHA256),
        0x0035 or 0x0039 or 0xc005 or 0xc00a or 0xc00f or 0xc014 => new(TlsProtection.Cbc, 32, 20, HashAlgorithmName.SHA256),
        0x003c or 0x0067 or 0xc023 or 0xc025 or 0xc027 or 0xc029 => new(TlsProtection.Cbc, 16, 32, HashAlgorithmName.SHA256),
        0x003d or 0x006b => new(TlsProtection.Cbc, 32, 32, HashAlgorithmName.SHA256),
        0xc024 or 0xc026 or 0xc028 or 0xc02a => new(TlsProtection.Cbc, 32, 48, HashAlgorithmName.SHA384),
        _ => null,
    };
}

/// <summary>Decrypts the records of one direction.</summary>
/// <param name="suite">The cipher suite.</param>
/// <param name="isVersion13">Whether it is TLS 1.3.</param>
/// <param name="key">The key.</param>
/// <param name="iv">The initialization vector, or the fixed part of the nonce.</param>
/// <param name="encryptsThenMacs">Whether the MAC stands behind what is encrypted (RFC 7366).</param>
internal sealed class TlsCipher(TlsSuite suite, bool isVersion13, byte[] key, byte[] iv, bool encryptsThenMacs)
{
    private const int TagLength = 16;
    private const int NonceLength = 12;
    private const int BlockLength = 16;
    private const int ExplicitNonce = 8;
    private const ulong FarthestAhead = 16; // records that were not captured

    private ulong _sequence;

    /// <summary>Keys of TLS 1.3. Source: RFC 8446, section 7.3.</summary>
    /// <param name="suite">The cipher suite.</param>
    /// <param name="secret">The traffic secret.</param>
    internal static TlsCipher OfSecret(in TlsSuite suite, byte[] secret) =>
        new(suite, isVersion13: true, Expand(suite.Hash, secret, "tls13 key", suite.KeyLength), Expand(suite.Hash, secret, "tls13 iv", NonceLength), encryptsThenMacs: false);

    /// <summary>The keys of both directions, before TLS 1.3. Source: RFC 5246, section 6.3.</summary>
    /// <param name="suite">The cipher suite.</param>
    /// <param name="masterSecret">The master secret.</param>
    /// <param name="clientRandom">Random octets of the client.</param>
    /// <param name="serverRandom">Random octets of the server.</param>
    /// <param name="encryptsThenMacs">Whether the MAC stands behind what is encrypted.</param>
    internal static (TlsCipher Client, TlsCipher Server) OfMasterSecret(in TlsSuite suite, byte[] masterSecret, byte[] clientRandom, byte[] serverRandom, bool encryptsThenMacs)
    {
        int ivLength = suite.Protection switch { TlsProtection.Gcm => NonceLength - ExplicitNonce, TlsProtection.ChaCha => NonceLength, _ => 0 };
        byte[] seed = [.. "key expansion"u8, .. serverRandom, .. clientRandom];
        byte[] block = PseudoRandom(suite.Hash, masterSecret, seed, 2 * (suite.MacLength + suite.KeyLength + ivLength));
        int keys = 2 * suite.MacLength;
        int ivs = keys + (2 * suite.KeyLength);
        return (new TlsCipher(suite, false, block[keys..(keys + suite.KeyLength)], block[ivs..(ivs + ivLength)], encryptsThenMacs),
            new TlsCipher(suite, false, block[(keys + suite.KeyLength)..ivs], block[(ivs + ivLength)..], encryptsThenMacs));
    }

    /// <summary>HKDF-Expand-Label. Source: RFC 8446, section 7.1.</summary>
    /// <param name="hash">The hash.</param>
    /// <param name="secret">The secret.</param>
    /// <param name="label">The label, with what it begins with.</param>
    /// <param name="length">Octets wanted.</param>
    internal static byte[] Expand(HashAlgorithmName hash, byte[] secret, string label, int length) =>
        HKDF.Expand(hash, secret, length, [(byte)(length >> 8), (byte)length, (byte)label.Length, .. System.Text.Encoding.ASCII.GetBytes(label), 0]);

    /// <summary>Decrypts the next record.</summary>
    /// <param name="header">Its header: 5 octets.</param>
    /// <param name="fragment">What it carries, whole.</param>
    /// <returns>What was encrypted, of TLS 1.3 with its type at the end; null if that cannot be had.</returns>
    internal byte[]? Decrypt(ReadOnlySpan<byte> header, ReadOnlySpan<byte> fragment)
    {
        try
        {
            if (suite.Protection == TlsProtection.Cbc)
                return DecryptBlocks(fragment);
            for (ulong ahead = 0; ahead <= FarthestAhead; ahead++)
            {
                if (TryDecrypt(header, fragment, _sequence + ahead) is not { } plain)
                    continue;
                _sequence += ahead + 1;
                return plain;
            }

            return null;
        }
        catch (CryptographicException)
        {
            return null; // the library refuses the key or the lengths
        }
    }

    private byte[]? TryDecrypt(ReadOnlySpan<byte> header, ReadOnlySpan<byte> fragment, ulong sequence)
    {
        bool hasExplicit = !isVersion13 && suite.Protection == TlsProtection.Gcm;
        int start = hasExplicit ? ExplicitNonce : 0;
        int length = fragment.Length - start - TagLength;
        if (length < 0)
            return null;
        Span<byte> nonce = stackalloc byte[NonceLength];
        Span<byte> associated = stackalloc byte[13];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(associated, sequence);
        if (hasExplicit)
        {
            iv.CopyTo(nonce);
            fragment[..ExplicitNonce].CopyTo(nonce[iv.Length..]);
        }
        else
        {
            associated[..8].CopyTo(nonce[4..]);
            for (int place = 0; place < NonceLength; place++)
                nonce[place] ^= iv[place];
        }

        header[..3].CopyTo(associated[8..]);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(associated[11..], (ushort)length);
        byte[] plain = new byte[length];
        return Open(suite.Protection, key, nonce, fragment.Slice(start, length), fragment[^TagLength..], plain, isVersion13 ? header[..5] : associated) ? plain : null;
    }

    /// <summary>Decrypts what is authenticated.</summary>
    /// <returns>Whether it is authentic.</returns>
    internal static bool Open(TlsProtection protection, byte[] key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> sealedOctets, ReadOnlySpan<byte> tag, Span<byte> plain, ReadOnlySpan<byte> associated)
    {
        try
        {
            if (protection == TlsProtection.Gcm)
            {
                using var gcm = new AesGcm(key, TagLength);
                gcm.Decrypt(nonce, sealedOctets, tag, plain, associated);
            }
            else
            {
                using var chaCha = new ChaCha20Poly1305(key);
                chaCha.Decrypt(nonce, sealedOctets, tag, plain, associated);
            }

            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    // The MAC is not checked: a wrong key shows by the padding.
    private byte[]? DecryptBlocks(ReadOnlySpan<byte> fragment)
    {
        if (encryptsThenMacs)
            fragment = fragment[..Math.Max(0, fragment.Length - suite.MacLength)];
        if (fragment.Length < 2 * BlockLength || fragment.Length % BlockLength != 0)
            return null;
        using var aes = Aes.Create();
        aes.Key = key;
        byte[] plain = aes.DecryptCbc(fragment[BlockLength..], fragment[..BlockLength], PaddingMode.None);
        int padding = plain[^1];
        int length = plain.Length - padding - 1 - (encryptsThenMacs ? 0 : suite.MacLength);
        return length >= 0 && plain.AsSpan(plain.Length - padding - 1).IndexOfAnyExcept((byte)padding) < 0 ? plain[..length] : null;
    }

    // P_hash. Source: RFC 5246, section 5.
    private static byte[] PseudoRandom(HashAlgorithmName hash, byte[] secret, byte[] seed, int length)
    {
        var output = new List<byte>(length);
        byte[] a = seed;
        while (output.Count < length)
        {
            a = CryptographicOperations.HmacData(hash, secret, a);
            byte[] input = [.. a, .. seed];
            output.AddRange(CryptographicOperations.HmacData(hash, secret, input));
        }

        return [.. output[..length]];
    }
}

using System.Buffers.Binary;
using System.Security.Cryptography;
using NetWhy.Wire.Quic;

namespace NetWhy.Analysis.Dissection;

/// <summary>The keys that one direction protects a kind of packets with. Source: RFC 9001, section 5; RFC 9369, section 3.3.</summary>
internal sealed class QuicKeys
{
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int SampleLength = 16;
    private const int SampleOffset = 4; // behind the packet number's beginning

    private readonly TlsSuite _suite;
    private readonly bool _isVersion2;
    private readonly byte[] _headerKey;
    private readonly byte[] _secret;
    private readonly byte[] _key;
    private readonly byte[] _iv;

    private QuicKeys(in TlsSuite suite, byte[] secret, bool isVersion2, byte[]? headerKey)
    {
        _suite = suite;
        _secret = secret;
        _isVersion2 = isVersion2;
        _key = Derive("key", suite.KeyLength);
        _iv = Derive("iv", NonceLength);
        _headerKey = headerKey ?? Derive("hp", suite.KeyLength); // which stays as it is
    }

    /// <summary>The keys of Initial packets, of both directions.</summary>
    /// <param name="version">The version.</param>
    /// <param name="destinationId">The id that the client sent its first packet to.</param>
    internal static (QuicKeys Client, QuicKeys Server) Of(uint version, ReadOnlySpan<byte> destinationId)
    {
        const int SecretLength = 32;
        const ushort Aes128 = 0x1301;
        byte[] initial = HKDF.Extract(HashAlgorithmName.SHA256, destinationId.ToArray(), SaltOf(version));
        TlsSuite suite = TlsSuite.Of(Aes128)!.Value;
        bool isVersion2 = version == QuicPacket.Version2;
        return (new QuicKeys(suite, TlsCipher.Expand(suite.Hash, initial, "tls13 client in", SecretLength), isVersion2, null),
            new QuicKeys(suite, TlsCipher.Expand(suite.Hash, initial, "tls13 server in", SecretLength), isVersion2, null));
    }

    /// <summary>The keys of a traffic secret.</summary>
    /// <param name="suite">The cipher suite.</param>
    /// <param name="secret">The secret.</param>
    /// <param name="version">The version.</param>
    internal static QuicKeys OfSecret(in TlsSuite suite, byte[] secret, uint version) => new(suite, secret, version == QuicPacket.Version2, null);

    /// <summary>The keys that follow these. Source: RFC 9001, section 6.1.</summary>
    internal QuicKeys Next() => new(_suite, Derive("ku", _secret.Length), _isVersion2, _headerKey);

    /// <summary>Takes the protection off a header.</summary>
    /// <param name="octets">The packet, whole.</param>
    /// <param name="numberOffset">Where its number begins.</param>
    /// <param name="hasLossBits">Whether a short header has bits that are not protected.</param>
    /// <param name="first">Its first octet.</param>
    /// <param name="number">Its number, as far as it says.</param>
    /// <returns>Whether there was enough of it.</returns>
    internal bool TryUncover(ReadOnlySpan<byte> octets, int numberOffset, bool hasLossBits, out byte first, out uint number)
    {
        const int LongMask = 0x0f;
        const int ShortMask = 0x1f;
        const int LossMask = 0x07;
        first = 0;
        number = 0;
        if (octets.Length < numberOffset + SampleOffset + SampleLength)
            return false;
        Span<byte> mask = stackalloc byte[SampleLength];
        Mask(octets.Slice(numberOffset + SampleOffset, SampleLength), mask);
        first = (byte)(octets[0] ^ (mask[0] & ((octets[0] & 0x80) != 0 ? LongMask : hasLossBits ? LossMask : ShortMask)));
        for (int place = 0; place <= (first & 3); place++)
            number = (number << 8) | (byte)(octets[numberOffset + place] ^ mask[1 + place]);
        return true;
    }

    /// <summary>Opens a packet whose header is known.</summary>
    /// <param name="octets">The packet, whole.</param>
    /// <param name="numberOffset">Where its number begins.</param>
    /// <param name="first">Its first octet, without protection.</param>
    /// <param name="number">Its number, whole.</param>
    /// <returns>Its frames; null if the keys do not fit.</returns>
    internal byte[]? Open(ReadOnlySpan<byte> octets, int numberOffset, byte first, ulong number)
    {
        int numberLength = (first & 3) + 1;
        if (octets.Length < numberOffset + numberLength + TagLength)
            return null;
        byte[] header = octets[..(numberOffset + numberLength)].ToArray();
        header[0] = first;
        for (int place = 0; place < numberLength; place++)
            header[numberOffset + place] = (byte)(number >> (8 * (numberLength - 1 - place)));
        Span<byte> nonce = stackalloc byte[NonceLength];
        BinaryPrimitives.WriteUInt64BigEndian(nonce[4..], number);
        for (int place = 0; place < NonceLength; place++)
            nonce[place] ^= _iv[place];
        ReadOnlySpan<byte> covered = octets[header.Length..];
        byte[] plain = new byte[covered.Length - TagLength];
        return TlsCipher.Open(_suite.Protection, _key, nonce, covered[..^TagLength], covered[^TagLength..], plain, header) ? plain : null;
    }

    private void Mask(ReadOnlySpan<byte> sample, Span<byte> mask)
    {
        if (_suite.Protection is TlsProtection.ChaCha)
        {
            ChaChaBlock.Write(_headerKey, BinaryPrimitives.ReadUInt32LittleEndian(sample), sample[4..], mask);
            return;
        }

        using var aes = Aes.Create();
        aes.Key = _headerKey;
        _ = aes.EncryptEcb(sample, mask, PaddingMode.None);
    }

    private byte[] Derive(string what, int length) => TlsCipher.Expand(_suite.Hash, _secret, (_isVersion2 ? "tls13 quicv2 " : "tls13 quic ") + what, length);

    // RFC 9001, section 5.2; RFC 9369, section 3.3.1; the drafts and versions before had others.
    private static byte[] SaltOf(uint version) => Convert.FromHexString(version switch
    {
        QuicPacket.Version2 => "0dede3def700a6db819381be6e269dcbf9bd2ed9",
        QuicVersion.Q050 => "504574efd066fe2f9d945cfcdbd3a7f0d3b56b45",
        QuicVersion.T050 => "7ff579e5acd072915580304c43a2367c60488310",
        QuicVersion.T051 => "7a4edef4e7ccee5fa4506c19124fc8ccda6e033d",
        _ => QuicVersion.DraftOf(version) switch
        {
            <= 22 => "7fbcdb0e7c66bbe9193a96cd21519ebd7a02644a",
            <= 28 => "c3eef712c72ebb5a11a7d2432bb46365bef9f502",
            <= 32 => "afbfec289993d24c9e9786f19c6111e04390a899",
            _ => "38762cf7f55934b34d179ae6a4c80cadccbb7f0a",
        },
    });
}

/// <summary>The stream of ChaCha20, as much of it as protects a header. Source: RFC 8439, section 2.3.</summary>
internal static class ChaChaBlock
{
    private const int Words = 16;
    private const int Rounds = 10; // of columns and diagonals

    /// <summary>Writes the beginning of a block.</summary>
    /// <param name="key">The key: 32 octets.</param>
    /// <param name="counter">Number of the block.</param>
    /// <param name="nonce">The nonce: 12 octets.</param>
    /// <param name="output">Where to: 64 octets at most.</param>
    internal static void Write(ReadOnlySpan<byte> key, uint counter, ReadOnlySpan<byte> nonce, Span<byte> output)
    {
        Span<uint> start = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, 0, 0, 0, 0, 0, 0, 0, 0, counter, 0, 0, 0];
        for (int place = 0; place < 8; place++)
            start[4 + place] = BinaryPrimitives.ReadUInt32LittleEndian(key[(4 * place)..]);
        for (int place = 0; place < 3; place++)
            start[13 + place] = BinaryPrimitives.ReadUInt32LittleEndian(nonce[(4 * place)..]);
        Span<uint> state = stackalloc uint[Words];
        start.CopyTo(state);
        for (int round = 0; round < Rounds; round++)
        {
            for (int column = 0; column < 4; column++)
                Quarter(ref state[column], ref state[4 + column], ref state[8 + column], ref state[12 + column]);
            for (int column = 0; column < 4; column++)
                Quarter(ref state[column], ref state[4 + ((column + 1) & 3)], ref state[8 + ((column + 2) & 3)], ref state[12 + ((column + 3) & 3)]);
        }

        Span<byte> block = stackalloc byte[4 * Words];
        for (int place = 0; place < Words; place++)
            BinaryPrimitives.WriteUInt32LittleEndian(block[(4 * place)..], state[place] + start[place]);
        block[..output.Length].CopyTo(output);
    }

    private static void Quarter(ref uint a, ref uint b, ref uint c, ref uint d)
    {
        a += b;
        d = uint.RotateLeft(d ^ a, 16);
        c += d;
        b = uint.RotateLeft(b ^ c, 12);
        a += b;
        d = uint.RotateLeft(d ^ a, 8);
        c += d;
        b = uint.RotateLeft(b ^ c, 7);
    }
}

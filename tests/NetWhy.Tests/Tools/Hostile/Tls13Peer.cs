using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace NetWhy.Tests.Tools.Hostile;

/// <summary>The server's side of TLS 1.3 by hand, so that every message can be a wrong one. It asks for P-256 by a HelloRetryRequest.</summary>
/// <remarks>TLS_AES_128_GCM_SHA256 and ecdsa_secp256r1_sha256 alone; the client's Finished is not read. Source: RFC 8446.</remarks>
internal sealed class Tls13Peer : IDisposable
{
    private const int HandshakeContent = 22, DataContent = 23;

    private readonly NetworkStream _stream;
    private readonly IncrementalHash _transcript = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private AesGcm? _cipher;
    private byte[] _traffic = [];
    private byte[] _nonce = [];
    private ulong _sequence;

    internal Tls13Peer(NetworkStream stream) => _stream = stream;

    /// <summary>Does the handshake; nothing is left to be said but what the caller says in records.</summary>
    /// <param name="certificates">The body of the Certificate message behind its empty context: the list with its length.</param>
    /// <param name="key">The key of the first of them.</param>
    /// <param name="extensions">The EncryptedExtensions, without the length of them all.</param>
    /// <returns>Whether the client speaks TLS 1.3.</returns>
    internal async Task<bool> ShakeHandsAsync(byte[] certificates, ECDsa key, byte[] extensions)
    {
        byte[] first = await HelloAsync();
        if (Extension(first, 43).IsEmpty || Extension(first, 51).IsEmpty)
        {
            await _stream.WriteAsync((byte[])[21, 3, 3, 0, 2, 2, 70]); // protocol_version
            return false;
        }

        // What stands for the first hello in the hash, and what asks for another group. Source: section 4.4.1.
        _transcript.AppendData([254, 0, 0, 32, .. SHA256.HashData(first)]);
        byte[] retry = ServerHello(first, Convert.FromHexString("CF21AD74E59A6111BE1D8C021E65B891C2A211167ABB8C5E079E09E2C8A8339C"), [0, 51, 0, 2, 0, 23]);
        await SayInTheClearAsync(retry);
        byte[] second = await HelloAsync();
        _transcript.AppendData(second);

        using var pair = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        ECPoint point = pair.ExportParameters(false).Q;
        byte[] theirs = Extension(second, 51)[6..71].ToArray(); // of one share: lengths, group, length, then 4, x and y
        using var their = ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = theirs[1..33], Y = theirs[33..65] } });
        byte[] shared = pair.DeriveRawSecretAgreement(their.PublicKey);
        await SayInTheClearAsync(ServerHello(second, RandomNumberGenerator.GetBytes(32), [0, 51, 0, 69, 0, 23, 0, 65, 4, .. point.X!, .. point.Y!]));

        byte[] early = HKDF.Extract(HashAlgorithmName.SHA256, new byte[32], new byte[32]);
        byte[] handshake = HKDF.Extract(HashAlgorithmName.SHA256, shared, Expand(early, "derived", SHA256.HashData([]), 32));
        UseKeys(Expand(handshake, "s hs traffic", _transcript.GetCurrentHash(), 32));
        await SayAsync(Message(8, [(byte)(extensions.Length >> 8), (byte)extensions.Length, .. extensions]));
        await SayAsync(Message(11, [0, .. certificates]));
        byte[] signed = [.. Enumerable.Repeat((byte)' ', 64), .. "TLS 1.3, server CertificateVerify\0"u8, .. _transcript.GetCurrentHash()];
        byte[] signature = key.SignData(signed, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        await SayAsync(Message(15, [4, 3, 0, (byte)signature.Length, .. signature]));
        await SayAsync(Message(20, HMACSHA256.HashData(Expand(_traffic, "finished", [], 32), _transcript.GetCurrentHash())));

        byte[] master = HKDF.Extract(HashAlgorithmName.SHA256, new byte[32], Expand(handshake, "derived", SHA256.HashData([]), 32));
        UseKeys(Expand(master, "s ap traffic", _transcript.GetCurrentHash(), 32));
        return true;
    }

    /// <summary>Sends one record, encrypted.</summary>
    /// <param name="content">Its type: 21 alert, 22 handshake, 23 data.</param>
    /// <param name="octets">What it carries, at most 16384 octets.</param>
    internal async Task SendAsync(byte content, ReadOnlyMemory<byte> octets)
    {
        byte[] plain = [.. octets.Span, content], sealedOctets = new byte[plain.Length], tag = new byte[16];
        byte[] nonce = [.. _nonce];
        for (int i = 0; i < 8; i++)
            nonce[11 - i] ^= (byte)(_sequence >> (8 * i));
        _sequence++;
        int length = plain.Length + tag.Length;
        byte[] header = [DataContent, 3, 3, (byte)(length >> 8), (byte)length];
        _cipher!.Encrypt(nonce, plain, sealedOctets, tag, header);
        await _stream.WriteAsync((byte[])[.. header, .. sealedOctets, .. tag]);
    }

    /// <summary>Says that the keys change, and changes them. Source: section 7.2.</summary>
    internal async Task UpdateKeysAsync()
    {
        await SendAsync(HandshakeContent, Message(24, [0]));
        UseKeys(Expand(_traffic, "traffic upd", [], 32));
    }

    /// <summary>A handshake message: type, length, body.</summary>
    internal static byte[] Message(byte type, ReadOnlySpan<byte> body) =>
        [type, (byte)(body.Length >> 16), (byte)(body.Length >> 8), (byte)body.Length, .. body];

    /// <inheritdoc/>
    public void Dispose()
    {
        _transcript.Dispose();
        _cipher?.Dispose();
    }

    // The message of a record of the client; ChangeCipherSpec in front of it is passed over.
    private async Task<byte[]> HelloAsync()
    {
        while (true)
        {
            byte[] header = new byte[5];
            await _stream.ReadExactlyAsync(header);
            byte[] octets = new byte[BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(3))];
            await _stream.ReadExactlyAsync(octets);
            if (header[0] == HandshakeContent)
                return octets;
            if (header[0] == 21)
                throw new IOException("the client refuses");
        }
    }

    private static ReadOnlySpan<byte> Extension(ReadOnlySpan<byte> hello, int wanted)
    {
        int at = 38; // type, length, version, random
        at += 1 + hello[at];
        at += 2 + BinaryPrimitives.ReadUInt16BigEndian(hello[at..]);
        at += 1 + hello[at];
        for (at += 2; at + 4 <= hello.Length; at += 4 + BinaryPrimitives.ReadUInt16BigEndian(hello[(at + 2)..]))
        {
            if (BinaryPrimitives.ReadUInt16BigEndian(hello[at..]) == wanted)
                return hello.Slice(at + 4, BinaryPrimitives.ReadUInt16BigEndian(hello[(at + 2)..]));
        }

        return [];
    }

    private static byte[] ServerHello(byte[] hello, byte[] random, byte[] share)
    {
        byte[] extensions = [0, 43, 0, 2, 3, 4, .. share];
        return Message(2, [3, 3, .. random, .. hello.AsSpan(38, 1 + hello[38]), 0x13, 1, 0, (byte)(extensions.Length >> 8), (byte)extensions.Length, .. extensions]);
    }

    private static byte[] Expand(byte[] secret, string label, byte[] context, int length) => HKDF.Expand(
        HashAlgorithmName.SHA256, secret, length, [0, (byte)length, (byte)(label.Length + 6), .. "tls13 "u8, .. Encoding.ASCII.GetBytes(label), (byte)context.Length, .. context]);

    private void UseKeys(byte[] traffic)
    {
        _traffic = traffic;
        _cipher?.Dispose();
        _cipher = new AesGcm(Expand(traffic, "key", [], 16), 16);
        _nonce = Expand(traffic, "iv", [], 12);
        _sequence = 0;
    }

    private async Task SayInTheClearAsync(byte[] message)
    {
        _transcript.AppendData(message);
        await _stream.WriteAsync((byte[])[HandshakeContent, 3, 3, (byte)(message.Length >> 8), (byte)message.Length, .. message]);
    }

    private async Task SayAsync(byte[] message)
    {
        _transcript.AppendData(message);
        for (int at = 0; at < message.Length; at += 16_000)
            await SendAsync(HandshakeContent, message.AsMemory(at, Math.Min(16_000, message.Length - at)));
    }
}

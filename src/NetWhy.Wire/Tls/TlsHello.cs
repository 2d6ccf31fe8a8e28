using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace NetWhy.Wire.Tls;

/// <summary>Extensions that are read here. Source: IANA, "TLS ExtensionType Values".</summary>
public enum TlsExtensionType : ushort
{
    /// <summary>Name of the server (RFC 6066, section 3).</summary>
    ServerName = 0,

    /// <summary>Groups for the key exchange, in order of preference (RFC 8446, section 4.2.7).</summary>
    SupportedGroups = 10,

    /// <summary>Forms of points on curves (RFC 8422, section 5.1.2).</summary>
    PointFormats = 11,

    /// <summary>Signatures (RFC 8446, section 4.2.3).</summary>
    SignatureAlgorithms = 13,

    /// <summary>Protocols of the application (RFC 7301).</summary>
    ApplicationProtocols = 16,

    /// <summary>Nothing, to make the hello longer (RFC 7685).</summary>
    Padding = 21,

    /// <summary>The MAC stands behind what is encrypted (RFC 7366).</summary>
    EncryptThenMac = 22,

    /// <summary>The master secret depends on the whole handshake (RFC 7627).</summary>
    ExtendedMasterSecret = 23,

    /// <summary>Session ticket (RFC 5077).</summary>
    SessionTicket = 35,

    /// <summary>Key of an earlier session (RFC 8446, section 4.2.11).</summary>
    PreSharedKey = 41,

    /// <summary>Data before the handshake is over (RFC 8446, section 4.2.10).</summary>
    EarlyData = 42,

    /// <summary>Versions (RFC 8446, section 4.2.1).</summary>
    SupportedVersions = 43,

    /// <summary>How keys of earlier sessions are used (RFC 8446, section 4.2.9).</summary>
    KeyExchangeModes = 45,

    /// <summary>Shares of the key (RFC 8446, section 4.2.8).</summary>
    KeyShare = 51,

    /// <summary>The real hello, encrypted (RFC 9849).</summary>
    EncryptedClientHello = 0xfe0d,

    /// <summary>Renegotiation belongs to the connection (RFC 5746).</summary>
    RenegotiationInfo = 0xff01,
}

/// <summary>A ClientHello or ServerHello viewed where it lies.</summary>
/// <remarks>
/// A hello is often longer than a segment: what is behind the end of the octets is empty, and an extension that is cut is none.
/// <see cref="Read"/> makes the only checks; after <see cref="OperationStatus.Done"/> no member can throw.
/// Source: RFC 8446, section 4.1; RFC 5246, section 7.4.1.
/// </remarks>
public readonly ref struct TlsHello
{
    private const int RandomSize = 32;
    private const int VersionSize = 2;

    private readonly ReadOnlySpan<byte> _octets;
    private readonly ReadOnlySpan<byte> _extensions;
    private readonly int _extensionsLength;

    private TlsHello(ReadOnlySpan<byte> octets, bool isClient)
    {
        _octets = octets;
        IsClient = isClient;
        ReadOnlySpan<byte> rest = octets[(VersionSize + RandomSize)..];
        SessionId = Vector.Take(ref rest, 1, out _);
        if (isClient)
        {
            CipherSuites = MemoryMarshal.Cast<byte, UInt16BigEndian>(Vector.Take(ref rest, 2, out _));
            CompressionMethods = Vector.Take(ref rest, 1, out _);
        }
        else
        {
            CipherSuites = MemoryMarshal.Cast<byte, UInt16BigEndian>(Vector.Cut(ref rest, 2));
            CompressionMethods = Vector.Cut(ref rest, 1);
        }

        _extensions = Vector.Take(ref rest, 2, out _extensionsLength);
    }

    /// <summary>Whether it is the client's.</summary>
    public bool IsClient { get; }

    /// <summary>Version as the message begins; TLS 1.3 has 0x0303 here and the truth in <see cref="SupportedVersions"/>.</summary>
    public ushort LegacyVersion => BinaryPrimitives.ReadUInt16BigEndian(_octets);

    /// <summary>The random octets, 32 of them.</summary>
    public ReadOnlySpan<byte> Random => _octets.Slice(VersionSize, RandomSize);

    /// <summary>Whether a server asks for another hello. Source: RFC 8446, section 4.1.3.</summary>
    public bool IsHelloRetryRequest => !IsClient && Random.SequenceEqual(RetryRandom);

    /// <summary>The session to be resumed, or an echo of it.</summary>
    public ReadOnlySpan<byte> SessionId { get; }

    /// <summary>Cipher suites that the client offers, the best one first; the one that the server chose.</summary>
    public ReadOnlySpan<UInt16BigEndian> CipherSuites { get; }

    /// <summary>Compression methods that the client offers; the one that the server chose.</summary>
    public ReadOnlySpan<byte> CompressionMethods { get; }

    /// <summary>The extensions.</summary>
    public TypeLengthValues Extensions => new(_extensions, _extensionsLength, typeSize: 2, lengthSize: 2);

    /// <summary>Name of the server that the client wants; empty if it says none. May hold any octets.</summary>
    public ReadOnlySpan<byte> ServerName
    {
        get
        {
            ReadOnlySpan<byte> names = Find(TlsExtensionType.ServerName);
            ReadOnlySpan<byte> list = Vector.Take(ref names, 2, out _);
            foreach (TypeLengthValue name in new TypeLengthValues(list, list.Length, typeSize: 1, lengthSize: 2))
            {
                if (name.Type == 0 && !name.IsTruncated)
                    return name.Value;
            }

            return default;
        }
    }

    /// <summary>Protocols of the application that the client offers, or the one that the server chose: values without type.</summary>
    public TypeLengthValues ApplicationProtocols
    {
        get
        {
            ReadOnlySpan<byte> extension = Find(TlsExtensionType.ApplicationProtocols);
            ReadOnlySpan<byte> list = Vector.Take(ref extension, 2, out int length);
            return new TypeLengthValues(list, length, typeSize: 0, lengthSize: 1);
        }
    }

    /// <summary>Versions that the client offers, or the one that the server chose; empty before TLS 1.3.</summary>
    public ReadOnlySpan<UInt16BigEndian> SupportedVersions
    {
        get
        {
            ReadOnlySpan<byte> extension = Find(TlsExtensionType.SupportedVersions);
            return MemoryMarshal.Cast<byte, UInt16BigEndian>(IsClient ? Vector.Take(ref extension, 1, out _) : extension);
        }
    }

    /// <summary>The version that the server chose; the legacy version of a client without other versions.</summary>
    public ushort Version => SupportedVersions is { Length: > 0 } versions ? versions[0] : LegacyVersion;

    /// <summary>Groups that the client knows, the best one first.</summary>
    public ReadOnlySpan<UInt16BigEndian> SupportedGroups => Numbers(TlsExtensionType.SupportedGroups);

    /// <summary>Signatures that the client knows, the best one first.</summary>
    public ReadOnlySpan<UInt16BigEndian> SignatureAlgorithms => Numbers(TlsExtensionType.SignatureAlgorithms);

    /// <summary>The shares that the client offers, or the server's: the type is the group.</summary>
    /// <remarks>In a retry request there is only the group, and no share is read.</remarks>
    public TypeLengthValues KeyShares
    {
        get
        {
            ReadOnlySpan<byte> extension = Find(TlsExtensionType.KeyShare, isCutFine: true);
            int length = extension.Length;
            ReadOnlySpan<byte> shares = IsClient ? Vector.Take(ref extension, 2, out length) : extension;
            return new TypeLengthValues(shares, length, typeSize: 2, lengthSize: 2);
        }
    }

    /// <summary>Whether an extension is there.</summary>
    /// <param name="type">The extension.</param>
    public bool Has(TlsExtensionType type)
    {
        foreach (TypeLengthValue extension in Extensions)
        {
            if (extension.Type == (int)type)
                return true;
        }

        return false;
    }

    /// <summary>Views the hello of a handshake message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="hello">The view, valid as long as the octets of the message are.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.NeedMoreData"/> if version and random octets are cut
    /// short, or <see cref="OperationStatus.InvalidData"/> if it is another message.
    /// </returns>
    public static OperationStatus Read(TlsHandshakeMessage message, out TlsHello hello)
    {
        hello = default;
        if (message.Type is not (HandshakeType.ClientHello or HandshakeType.ServerHello))
            return OperationStatus.InvalidData;
        if (message.Body.Length < VersionSize + RandomSize)
            return message.IsTruncated ? OperationStatus.NeedMoreData : OperationStatus.InvalidData;
        hello = new TlsHello(message.Body, message.Type is HandshakeType.ClientHello);
        return OperationStatus.Done;
    }

    // SHA-256 of "HelloRetryRequest".
    private static ReadOnlySpan<byte> RetryRandom =>
    [
        0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
        0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
    ];

    private ReadOnlySpan<UInt16BigEndian> Numbers(TlsExtensionType type)
    {
        ReadOnlySpan<byte> extension = Find(type);
        return MemoryMarshal.Cast<byte, UInt16BigEndian>(Vector.Take(ref extension, 2, out _));
    }

    private ReadOnlySpan<byte> Find(TlsExtensionType type, bool isCutFine = false)
    {
        foreach (TypeLengthValue extension in Extensions)
        {
            if (extension.Type == (int)type && (isCutFine || !extension.IsTruncated))
                return extension.Value;
        }

        return default;
    }
}

/// <summary>Takes the vectors of TLS: a length, and so many octets. What is cut short is given as far as it is there.</summary>
internal static class Vector
{
    /// <summary>Takes a vector from the front.</summary>
    /// <param name="rest">The octets; then what follows the vector.</param>
    /// <param name="lengthSize">Octets of the length.</param>
    /// <param name="length">The length as sent; 0 if it is cut itself.</param>
    internal static ReadOnlySpan<byte> Take(scoped ref ReadOnlySpan<byte> rest, int lengthSize, out int length)
    {
        length = 0;
        ReadOnlySpan<byte> size = Cut(ref rest, lengthSize);
        if (size.Length < lengthSize)
            return default;
        foreach (byte octet in size)
            length = length << 8 | octet;
        return Cut(ref rest, length);
    }

    /// <summary>Takes octets from the front, as many as there are.</summary>
    /// <param name="rest">The octets; then what follows.</param>
    /// <param name="count">How many.</param>
    internal static ReadOnlySpan<byte> Cut(scoped ref ReadOnlySpan<byte> rest, int count)
    {
        ReadOnlySpan<byte> taken = rest[..Math.Min(count, rest.Length)];
        rest = rest[taken.Length..];
        return taken;
    }
}

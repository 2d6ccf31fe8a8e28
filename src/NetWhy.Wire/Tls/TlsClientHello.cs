using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace NetWhy.Wire.Tls;

/// <summary>A ClientHello to be written: what a client offers, and nothing that needs a key.</summary>
/// <remarks>
/// Who only wants to know what a server would choose never has to finish a handshake: the answer to the hello says it.
/// Source: RFC 8446, section 4.1.2; RFC 5246, section 7.4.1.2.
/// </remarks>
/// <param name="Version">The version in the message, 0x0300 to 0x0303; TLS 1.3 is offered in <see cref="SupportedVersions"/>.</param>
/// <param name="CipherSuites">The cipher suites, the best one first.</param>
public sealed record TlsClientHello(ushort Version, ImmutableArray<ushort> CipherSuites)
{
    /// <summary>How many octets of chance a hello needs: the random ones, and the session id of TLS 1.3.</summary>
    public const int ChanceSize = 2 * RandomSize;

    private const int RandomSize = 32;
    private const int HeadersSize = TlsRecord.HeaderLength + TlsHandshakeMessage.HeaderLength;
    private const int ExtensionHeader = 4; // type and length

    private static ReadOnlySpan<byte> BasePoint =>
    [
        0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77,
        0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42,
        0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b,
        0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
    ];

    /// <summary>Name of the server; null for none.</summary>
    public string? ServerName { get; init; }

    /// <summary>Compression methods; 0 is none, 1 is DEFLATE.</summary>
    public ImmutableArray<byte> CompressionMethods { get; init; } = [0];

    /// <summary>Versions of the extension; empty for no extension, and so none above TLS 1.2.</summary>
    public ImmutableArray<ushort> SupportedVersions { get; init; } = [];

    /// <summary>Groups for the key exchange; empty for no extension.</summary>
    public ImmutableArray<ushort> Groups { get; init; } = [];

    /// <summary>Signatures; empty for no extension.</summary>
    public ImmutableArray<ushort> SignatureAlgorithms { get; init; } = [];

    /// <summary>Protocols of the application, in ASCII; empty for no extension.</summary>
    public ImmutableArray<string> Protocols { get; init; } = [];

    /// <summary>
    /// Groups for which TLS 1.3 gets a share of the key: X25519 and P-256 only, others are left out. With none, a server
    /// must ask for one, and so names the group that it likes best.
    /// </summary>
    /// <remarks>
    /// A server takes the shares for good, though nobody has their secrets: any 32 octets for X25519, the base point for
    /// P-256. Source: RFC 7748, section 5; SEC 2, section 2.4.2.
    /// </remarks>
    public ImmutableArray<ushort> KeyShares { get; init; } = [];

    /// <summary>Whether extensions are written at all; SSL 3.0 knows none.</summary>
    public bool HasExtensions { get; init; } = true;

    /// <summary>Least length of the whole record in octets, reached by padding; 0 for no padding. Source: RFC 7685.</summary>
    public int PaddedLength { get; init; }

    /// <summary>Writes the hello as one record.</summary>
    /// <param name="chance">At least <see cref="ChanceSize"/> octets of chance.</param>
    /// <returns>The record with its header.</returns>
    public byte[] ToRecord(ReadOnlySpan<byte> chance)
    {
        bool isTls13 = !SupportedVersions.IsEmpty;
        var writer = new VectorWriter();
        writer.Number16(Version);
        writer.Octets(chance[..RandomSize]);
        using (writer.Vector(1))
            writer.Octets(isTls13 ? chance[RandomSize..ChanceSize] : default); // a session to resume pleases middle boxes: RFC 8446, appendix D.4
        writer.Numbers(2, CipherSuites);
        using (writer.Vector(1))
            writer.Octets(CompressionMethods.AsSpan());
        if (HasExtensions)
        {
            using (writer.Vector(2))
                WriteExtensions(writer, chance, isTls13);
        }

        ReadOnlySpan<byte> body = writer.Written;
        byte[] record = new byte[HeadersSize + body.Length];
        record[0] = (byte)TlsContentType.Handshake;
        BinaryPrimitives.WriteUInt16BigEndian(record.AsSpan(1), Math.Min(Version, (ushort)0x0301)); // what every server takes: RFC 8446, section 5.1
        BinaryPrimitives.WriteUInt16BigEndian(record.AsSpan(3), (ushort)(TlsHandshakeMessage.HeaderLength + body.Length));
        BinaryPrimitives.WriteUInt32BigEndian(record.AsSpan(TlsRecord.HeaderLength), (uint)HandshakeType.ClientHello << 24 | (uint)body.Length);
        body.CopyTo(record.AsSpan(HeadersSize));
        return record;
    }

    private void WriteExtensions(VectorWriter writer, ReadOnlySpan<byte> chance, bool isTls13)
    {
        if (ServerName is { } name)
        {
            using (Extension(writer, TlsExtensionType.ServerName))
            using (writer.Vector(2))
            {
                writer.Octets([0]); // host_name
                using (writer.Vector(2))
                    writer.Octets(Encoding.ASCII.GetBytes(name));
            }
        }

        using (Extension(writer, TlsExtensionType.ExtendedMasterSecret))
        {
        }

        using (Extension(writer, TlsExtensionType.RenegotiationInfo))
            writer.Octets([0]);
        if (!Groups.IsEmpty)
        {
            using (Extension(writer, TlsExtensionType.SupportedGroups))
                writer.Numbers(2, Groups);
            using (Extension(writer, TlsExtensionType.PointFormats))
                writer.Octets([1, 0]); // uncompressed
        }

        using (Extension(writer, TlsExtensionType.SessionTicket))
        {
        }

        if (!Protocols.IsEmpty)
            WriteProtocols(writer);
        if (!SignatureAlgorithms.IsEmpty)
        {
            using (Extension(writer, TlsExtensionType.SignatureAlgorithms))
                writer.Numbers(2, SignatureAlgorithms);
        }

        if (isTls13)
            WriteTls13(writer, chance);
        if (PaddedLength - HeadersSize - writer.Written.Length - ExtensionHeader is > 0 and var missing)
        {
            using (Extension(writer, TlsExtensionType.Padding))
                writer.Octets(new byte[Math.Min(missing, ushort.MaxValue >> 2)]);
        }
    }

    private void WriteProtocols(VectorWriter writer)
    {
        using (Extension(writer, TlsExtensionType.ApplicationProtocols))
        using (writer.Vector(2))
        {
            foreach (string protocol in Protocols)
            {
                using (writer.Vector(1))
                    writer.Octets(Encoding.ASCII.GetBytes(protocol));
            }
        }
    }

    private void WriteTls13(VectorWriter writer, ReadOnlySpan<byte> chance)
    {
        using (Extension(writer, TlsExtensionType.SupportedVersions))
            writer.Numbers(1, SupportedVersions);
        using (Extension(writer, TlsExtensionType.KeyExchangeModes))
            writer.Octets([1, 1]); // psk_dhe_ke: without it no server gives tickets
        using (Extension(writer, TlsExtensionType.KeyShare))
        using (writer.Vector(2))
        {
            foreach (ushort group in KeyShares)
            {
                ReadOnlySpan<byte> share = group switch
                {
                    TlsGroup.X25519 => chance[..RandomSize],
                    TlsGroup.P256 => BasePoint,
                    _ => default,
                };
                if (share.IsEmpty)
                    continue;
                writer.Number16(group);
                using (writer.Vector(2))
                    writer.Octets(share);
            }
        }
    }

    private static VectorWriter.Open Extension(VectorWriter writer, TlsExtensionType type)
    {
        writer.Number16((ushort)type);
        return writer.Vector(2);
    }
}

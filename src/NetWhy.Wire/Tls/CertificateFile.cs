using System.Buffers;
using System.Collections.Immutable;

namespace NetWhy.Wire.Tls;

/// <summary>Certificates and lists as authorities publish them: in DER, in PEM, or in a bag of PKCS #7.</summary>
/// <remarks>Source: RFC 5280, sections 4.2.1.13 and 4.2.2.1; RFC 2315, section 9.1; RFC 7468.</remarks>
public static class CertificateFile
{
    private const int Most = 16;
    private const byte Explicit0 = 0xa0;
    private const string SignedData = "1.2.840.113549.1.7.2";

    /// <summary>The certificates in a file.</summary>
    /// <param name="octets">The file.</param>
    /// <returns>In DER, at most 16; empty if it holds none. They are not read further.</returns>
    public static ImmutableArray<byte[]> Read(ReadOnlySpan<byte> octets)
    {
        if (octets is not [DerReader.Sequence, ..])
            return ReadPem(octets);
        return ReadBag(octets) is { IsEmpty: false } bag ? bag : [octets.ToArray()];
    }

    /// <summary>A revocation list in DER, from a file in DER or PEM.</summary>
    /// <param name="octets">The file.</param>
    public static ReadOnlyMemory<byte> ReadList(ReadOnlyMemory<byte> octets)
    {
        var reader = new PemReader(octets.Span is [DerReader.Sequence, ..] ? default : octets.Span);
        return reader.Read() is OperationStatus.Done && reader.Label is "X509 CRL" ? reader.Octets : octets;
    }

    private static ImmutableArray<byte[]> ReadPem(ReadOnlySpan<byte> text)
    {
        var certificates = ImmutableArray.CreateBuilder<byte[]>();
        var reader = new PemReader(text);
        for (OperationStatus status = reader.Read(); status is not OperationStatus.NeedMoreData && certificates.Count < Most; status = reader.Read())
        {
            if (reader.IsCertificate)
                certificates.Add(reader.Octets);
        }

        return certificates.ToImmutable();
    }

    private static ImmutableArray<byte[]> ReadBag(ReadOnlySpan<byte> octets)
    {
        var outer = new DerReader(octets);
        if (!outer.Read(DerReader.Sequence))
            return [];
        var content = new DerReader(outer.Value);
        if (!content.Read(DerReader.ObjectIdentifier) || DerReader.Dotted(content.Value) is not SignedData || !content.Read(Explicit0))
            return [];
        var wrapper = new DerReader(content.Value);
        if (!wrapper.Read(DerReader.Sequence))
            return [];
        var parts = new DerReader(wrapper.Value);
        if (!parts.Read(DerReader.Integer) || !parts.Read(DerReader.Set) || !parts.Read(DerReader.Sequence) || !parts.Read(Explicit0))
            return [];
        var reader = new DerReader(parts.Value);
        var certificates = ImmutableArray.CreateBuilder<byte[]>();
        while (certificates.Count < Most && reader.Read(DerReader.Sequence))
            certificates.Add(reader.Whole.ToArray());
        return certificates.ToImmutable();
    }
}

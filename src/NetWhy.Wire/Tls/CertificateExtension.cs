using System.Buffers;
using System.Collections.Immutable;

namespace NetWhy.Wire.Tls;

/// <summary>An extension of a certificate or of a revocation list. Source: RFC 5280, section 4.2.</summary>
/// <param name="Id">Its object identifier, dotted.</param>
/// <param name="IsCritical">Whether who does not know it must reject the certificate.</param>
/// <param name="Value">Contents of its OCTET STRING: DER of the extension's own type.</param>
public readonly record struct CertificateExtension(string Id, bool IsCritical, ReadOnlyMemory<byte> Value)
{
    private const int Most = 64;

    /// <summary>Reads a list of extensions; what cannot be read of it is left out.</summary>
    /// <param name="memory">Octets that the list lies in: values are parts of it.</param>
    /// <param name="extensions">Contents of the list, within <paramref name="memory"/>.</param>
    /// <returns>The first 64.</returns>
    public static ImmutableArray<CertificateExtension> ReadAll(ReadOnlyMemory<byte> memory, ReadOnlySpan<byte> extensions)
    {
        ImmutableArray<CertificateExtension>.Builder read = ImmutableArray.CreateBuilder<CertificateExtension>();
        var reader = new DerReader(extensions);
        while (read.Count < Most && reader.Read(DerReader.Sequence))
        {
            var extension = new DerReader(reader.Value);
            if (!extension.Read(DerReader.ObjectIdentifier))
                continue;
            string id = DerReader.Dotted(extension.Value);
            if (extension.Read() is not OperationStatus.Done)
                continue;
            bool isCritical = extension.Tag == DerReader.Boolean && extension.Value is not [0];
            if (extension.Tag == DerReader.Boolean && extension.Read() is not OperationStatus.Done)
                continue;
            if (extension.Tag != DerReader.OctetString)
                continue;
            read.Add(new CertificateExtension(id, isCritical, OctetParts.Within(memory, extension.Value)));
        }

        return read.ToImmutable();
    }
}

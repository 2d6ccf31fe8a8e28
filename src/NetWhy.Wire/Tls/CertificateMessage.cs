using System.Buffers;
using System.Collections.Immutable;

namespace NetWhy.Wire.Tls;

/// <summary>The handshake message that carries the server's certificates, exactly as sent.</summary>
/// <remarks>Source: RFC 5246, section 7.4.2; RFC 8446, section 4.4.2.</remarks>
/// <param name="Certificates">DER encodings in the order sent; at most 32.</param>
/// <param name="OcspStaple">OCSP response that comes with the first; null if none does (before TLS 1.3 it is a message of its own).</param>
public sealed record CertificateMessage(ImmutableArray<byte[]> Certificates, byte[]? OcspStaple)
{
    private const int MostCertificates = 32;
    private const int HeaderSize = 4; // type and length
    private const ushort StatusRequest = 5; // extension status_request

    /// <summary>Reads the message.</summary>
    /// <param name="octets">The handshake message with its four-octet header.</param>
    /// <param name="isTls13">Whether it has the form of TLS 1.3.</param>
    /// <param name="message">The message, as far as it could be read.</param>
    /// <returns><see cref="OperationStatus.InvalidData"/> if lengths contradict each other.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, bool isTls13, out CertificateMessage message)
    {
        ImmutableArray<byte[]>.Builder certificates = ImmutableArray.CreateBuilder<byte[]>();
        byte[]? staple = null;
        OperationStatus status = ReadEntries(octets, isTls13, certificates, ref staple);
        message = new CertificateMessage(certificates.ToImmutable(), staple);
        return status;
    }

    private static OperationStatus ReadEntries(
        ReadOnlySpan<byte> octets, bool isTls13, ImmutableArray<byte[]>.Builder certificates, ref byte[]? staple)
    {
        if (octets.Length < HeaderSize)
            return OperationStatus.InvalidData;
        ReadOnlySpan<byte> rest = octets[HeaderSize..];
        if (isTls13)
        {
            if (rest.IsEmpty || rest.Length < 1 + rest[0])
                return OperationStatus.InvalidData;
            rest = rest[(1 + rest[0])..]; // request context
        }

        if (!TryTake(ref rest, lengthSize: 3, out ReadOnlySpan<byte> list))
            return OperationStatus.InvalidData;
        while (!list.IsEmpty && certificates.Count < MostCertificates)
        {
            if (!TryTake(ref list, lengthSize: 3, out ReadOnlySpan<byte> certificate))
                return OperationStatus.InvalidData;
            certificates.Add(certificate.ToArray());
            if (!isTls13)
                continue;
            if (!TryTake(ref list, lengthSize: 2, out ReadOnlySpan<byte> extensions))
                return OperationStatus.InvalidData;
            if (certificates.Count == 1)
                staple = ReadStaple(FindExtension(extensions, StatusRequest));
        }

        return OperationStatus.Done;
    }

    /// <summary>Reads a CertificateStatus, which is the extension of TLS 1.3 and the message of TLS 1.2.</summary>
    /// <remarks>Source: RFC 6066, section 8.</remarks>
    /// <param name="octets">It, without the header of the message.</param>
    /// <returns>The OCSP response; null if there is none.</returns>
    public static byte[]? ReadStaple(ReadOnlySpan<byte> octets)
    {
        const byte Ocsp = 1;
        if (octets.IsEmpty || octets[0] != Ocsp)
            return null;
        octets = octets[1..];
        return TryTake(ref octets, lengthSize: 3, out ReadOnlySpan<byte> response) ? response.ToArray() : null;
    }

    private static ReadOnlySpan<byte> FindExtension(ReadOnlySpan<byte> extensions, ushort wanted)
    {
        while (extensions.Length >= 4)
        {
            int type = extensions[0] << 8 | extensions[1];
            extensions = extensions[2..];
            if (!TryTake(ref extensions, lengthSize: 2, out ReadOnlySpan<byte> extension))
                return default;
            if (type == wanted)
                return extension;
        }

        return default;
    }

    private static bool TryTake(scoped ref ReadOnlySpan<byte> rest, int lengthSize, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (rest.Length < lengthSize)
            return false;
        int length = 0;
        foreach (byte octet in rest[..lengthSize])
            length = length << 8 | octet;
        if (length > rest.Length - lengthSize)
            return false;
        taken = rest.Slice(lengthSize, length);
        rest = rest[(lengthSize + length)..];
        return true;
    }
}

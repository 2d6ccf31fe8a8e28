using System.Buffers;
using System.Collections.Immutable;

namespace NetWhy.Wire.Tls;

/// <summary>What a certificate's issuer says of it in an OCSP response: read here, proved elsewhere.</summary>
/// <remarks>Source: RFC 6960, section 4.2.1.</remarks>
/// <param name="Status"><c>good</c>, <c>revoked</c> or <c>unknown</c>; else why the responder does not say, such as <c>tryLater</c>.</param>
public sealed record OcspResponse(string Status)
{
    private const int MostAnswers = 32;
    private const int MostCertificates = 8;
    private const int SerialOctets = 20; // as many as Certificate.Serial keeps
    private const byte Enumerated = 0x0a;
    private const byte Explicit0 = 0xa0;

    /// <summary>When it was revoked; null if it was not.</summary>
    public DateTimeOffset? RevokedAt { get; private init; }

    /// <summary>Since when the answer is known to be right; null if it does not say.</summary>
    public DateTimeOffset? ThisUpdate { get; private init; }

    /// <summary>Until when the answer holds; null if it does not say.</summary>
    public DateTimeOffset? NextUpdate { get; private init; }

    /// <summary>Why it was revoked, by CRLReason's number; null if the issuer does not say, or it was not. Source: RFC 5280, section 5.3.1.</summary>
    public int? Reason { get; private init; }

    /// <summary>What was signed, as encoded; empty without an answer.</summary>
    public ReadOnlyMemory<byte> SignedOctets { get; private init; }

    /// <summary>The algorithm of the signature, as encoded.</summary>
    public ReadOnlyMemory<byte> Algorithm { get; private init; }

    /// <summary>The signature.</summary>
    public ReadOnlyMemory<byte> Signature { get; private init; }

    /// <summary>Certificates that came with it, for the one that signed it; at most 8.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> Certificates { get; private init; } = [];

    /// <summary>The algorithm of the digests that name the issuer, as encoded.</summary>
    public ReadOnlyMemory<byte> IdAlgorithm { get; private init; }

    /// <summary>Digest of the issuer's name.</summary>
    public ReadOnlyMemory<byte> IssuerNameHash { get; private init; }

    /// <summary>Digest of the issuer's key.</summary>
    public ReadOnlyMemory<byte> IssuerKeyHash { get; private init; }

    /// <summary>Reads a response.</summary>
    /// <param name="octets">Its DER encoding.</param>
    /// <param name="serial">Serial number of the certificate that is asked about, as <see cref="Certificate.Serial"/> writes it; null for the first one that there is an answer about.</param>
    /// <param name="response">The answer about that certificate; null unless <see cref="OperationStatus.Done"/>.</param>
    /// <returns><see cref="OperationStatus.InvalidData"/> if it is no response, or has no answer about that certificate.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, string? serial, out OcspResponse? response)
    {
        response = null;
        var outer = new DerReader(octets);
        if (!outer.Read(DerReader.Sequence))
            return OperationStatus.InvalidData;
        var fields = new DerReader(outer.Value);
        if (!fields.Read(Enumerated) || fields.Value.Length != 1)
            return OperationStatus.InvalidData;
        if (fields.Value[0] != 0)
        {
            response = new OcspResponse(FailureName(fields.Value[0]));
            return OperationStatus.Done;
        }

        if (!fields.Read(Explicit0))
            return OperationStatus.InvalidData;
        var wrapper = new DerReader(fields.Value);
        if (!wrapper.Read(DerReader.Sequence))
            return OperationStatus.InvalidData;
        var bytes = new DerReader(wrapper.Value);
        if (!bytes.Read(DerReader.ObjectIdentifier) || !bytes.Read(DerReader.OctetString))
            return OperationStatus.InvalidData;
        response = ReadBasic(bytes.Value, serial);
        return response is null ? OperationStatus.InvalidData : OperationStatus.Done;
    }

    private static string FailureName(byte status) => status switch
    {
        1 => "malformedRequest",
        2 => "internalError",
        3 => "tryLater",
        5 => "sigRequired",
        6 => "unauthorized",
        _ => $"status {status}",
    };

    private static OcspResponse? ReadBasic(ReadOnlySpan<byte> octets, string? serial)
    {
        var outer = new DerReader(octets);
        if (!outer.Read(DerReader.Sequence))
            return null;
        var parts = new DerReader(outer.Value);
        if (!parts.Read(DerReader.Sequence))
            return null;
        byte[] signed = parts.Whole.ToArray();
        if (ReadData(parts.Value, serial) is not { } answer)
            return null;
        if (!parts.Read(DerReader.Sequence))
            return null;
        byte[] algorithm = parts.Whole.ToArray();
        if (!parts.Read(DerReader.BitString) || parts.Value is not [0, ..])
            return null;
        return answer with
        {
            SignedOctets = signed,
            Algorithm = algorithm,
            Signature = parts.Value[1..].ToArray(),
            Certificates = ReadCertificates(ref parts),
        };
    }

    private static OcspResponse? ReadData(ReadOnlySpan<byte> octets, string? serial)
    {
        var data = new DerReader(octets);
        if (data.Read() is not OperationStatus.Done)
            return null;
        if (data.Tag == Explicit0 && data.Read() is not OperationStatus.Done) // the version, then the responder
            return null;
        if (!data.Read(DerReader.GeneralizedTime) || !data.Read(DerReader.Sequence))
            return null;
        var answers = new DerReader(data.Value);
        for (int i = 0; i < MostAnswers && answers.Read(DerReader.Sequence); i++)
        {
            if (ReadSingle(answers.Value, serial) is { } answer)
                return answer;
        }

        return null;
    }

    private static ImmutableArray<ReadOnlyMemory<byte>> ReadCertificates(ref DerReader parts)
    {
        if (!parts.Read(Explicit0))
            return [];
        var wrapper = new DerReader(parts.Value);
        if (!wrapper.Read(DerReader.Sequence))
            return [];
        var reader = new DerReader(wrapper.Value);
        var certificates = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
        while (certificates.Count < MostCertificates && reader.Read(DerReader.Sequence))
            certificates.Add(reader.Whole.ToArray());
        return certificates.ToImmutable();
    }

    private static OcspResponse? ReadSingle(ReadOnlySpan<byte> octets, string? serial)
    {
        var single = new DerReader(octets);
        if (!single.Read(DerReader.Sequence))
            return null;
        var id = new DerReader(single.Value);
        if (!id.Read(DerReader.Sequence))
            return null;
        byte[] algorithm = id.Whole.ToArray();
        if (!id.Read(DerReader.OctetString))
            return null;
        byte[] name = id.Value.ToArray();
        if (!id.Read(DerReader.OctetString))
            return null;
        byte[] key = id.Value.ToArray();
        if (!id.Read(DerReader.Integer) || (serial is not null && Convert.ToHexStringLower(id.Value[..Math.Min(id.Value.Length, SerialOctets)]) != serial))
            return null;

        if (single.Read() is not OperationStatus.Done)
            return null;
        string status = (single.Tag & 0x1f) switch { 0 => "good", 1 => "revoked", 2 => "unknown", _ => "" };
        (DateTimeOffset? revokedAt, int? reason) = status is "revoked" ? ReadRevocation(single.Value) : (null, null);
        if (status.Length == 0 || !single.Read(DerReader.GeneralizedTime))
            return null;
        DateTimeOffset? since = DerReader.TryReadTime(single.Tag, single.Value, out DateTimeOffset known) ? known : null;
        return new OcspResponse(status)
        {
            RevokedAt = revokedAt,
            Reason = reason,
            ThisUpdate = since,
            NextUpdate = ReadNextUpdate(ref single),
            IdAlgorithm = algorithm,
            IssuerNameHash = name,
            IssuerKeyHash = key,
        };
    }

    private static (DateTimeOffset? Time, int? Reason) ReadRevocation(ReadOnlySpan<byte> octets)
    {
        var information = new DerReader(octets);
        if (!information.Read(DerReader.GeneralizedTime))
            return (null, null);
        DateTimeOffset? time = DerReader.TryReadTime(information.Tag, information.Value, out DateTimeOffset read) ? read : null;
        if (!information.Read(Explicit0))
            return (time, null);
        var reason = new DerReader(information.Value);
        return (time, reason.Read(Enumerated) && reason.Value is [var code] ? code : null);
    }

    private static DateTimeOffset? ReadNextUpdate(ref DerReader single)
    {
        if (!single.Read(Explicit0))
            return null;
        var next = new DerReader(single.Value);
        return next.Read(DerReader.GeneralizedTime) && DerReader.TryReadTime(next.Tag, next.Value, out DateTimeOffset time) ? time : null;
    }
}

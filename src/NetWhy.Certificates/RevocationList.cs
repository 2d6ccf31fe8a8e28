using System.Buffers;
using System.Collections.Immutable;
using NetWhy.Wire;
using NetWhy.Wire.Tls;

namespace NetWhy.Certificates;

/// <summary>A certificate revocation list. Source: RFC 5280, section 5.</summary>
public sealed class RevocationList
{
    internal const string DeltaIndicator = "2.5.29.27";

    private const int MostEntries = 5_000_000;

    private readonly Dictionary<string, (DateTimeOffset Time, int? Reason)> _revoked = [];

    private RevocationList()
    {
    }

    /// <summary>Who issued it, as encoded.</summary>
    public ReadOnlyMemory<byte> Issuer { get; private set; }

    /// <summary>When it was issued.</summary>
    public DateTimeOffset ThisUpdate { get; private set; }

    /// <summary>Until when the next will have been issued; null if it does not say.</summary>
    public DateTimeOffset? NextUpdate { get; private set; }

    /// <summary>Extensions of the list as a whole.</summary>
    public ImmutableArray<CertificateExtension> Extensions { get; private set; } = [];

    /// <summary>Whether it only tells what changed since another list (a delta list).</summary>
    public bool IsDelta => Extensions.Any(extension => extension.Id is DeltaIndicator);

    /// <summary>How many certificates are on it.</summary>
    public int Count => _revoked.Count;

    /// <summary>Whether an entry has a critical extension other than the name of the certificate's issuer.</summary>
    public bool HasCriticalEntry { get; private set; }

    internal ReadOnlyMemory<byte> SignedOctets { get; private set; }

    internal ReadOnlyMemory<byte> Algorithm { get; private set; }

    internal ReadOnlyMemory<byte> Signature { get; private set; }

    /// <summary>Reads a list.</summary>
    /// <param name="octets">Its DER encoding.</param>
    /// <param name="list">The list; null unless <see cref="OperationStatus.Done"/>.</param>
    /// <returns><see cref="OperationStatus.InvalidData"/> if it is none.</returns>
    public static OperationStatus Read(ReadOnlyMemory<byte> octets, out RevocationList? list)
    {
        list = null;
        var outer = new DerReader(octets.Span);
        if (!outer.Read(DerReader.Sequence))
            return OperationStatus.InvalidData;
        var signed = new DerReader(outer.Value);
        if (!signed.Read(DerReader.Sequence))
            return OperationStatus.InvalidData;
        var result = new RevocationList { SignedOctets = OctetParts.Within(octets, signed.Whole) };
        if (!result.ReadBody(octets, signed.Value) || !signed.Read(DerReader.Sequence))
            return OperationStatus.InvalidData;
        result.Algorithm = OctetParts.Within(octets, signed.Whole);
        if (!signed.Read(DerReader.BitString) || signed.Value is not [0, ..])
            return OperationStatus.InvalidData;
        result.Signature = OctetParts.Within(octets, signed.Value[1..]);
        list = result;
        return OperationStatus.Done;
    }

    /// <summary>Finds a certificate on the list.</summary>
    /// <param name="serial">Contents of its serial number, as encoded.</param>
    /// <param name="time">When it was revoked.</param>
    /// <param name="reason">Why, by CRLReason's number; null if the list does not say.</param>
    public bool Contains(ReadOnlySpan<byte> serial, out DateTimeOffset time, out int? reason)
    {
        bool isRevoked = _revoked.TryGetValue(Convert.ToHexString(serial), out (DateTimeOffset Time, int? Reason) entry);
        (time, reason) = entry;
        return isRevoked;
    }

    private bool ReadBody(ReadOnlyMemory<byte> octets, ReadOnlySpan<byte> body)
    {
        const byte ExplicitExtensions = 0xa0;
        var reader = new DerReader(body);
        if (reader.Read() is not OperationStatus.Done || (reader.Tag == DerReader.Integer && reader.Read() is not OperationStatus.Done))
            return false;
        if (reader.Tag != DerReader.Sequence || !reader.Read(DerReader.Sequence)) // the algorithm, then the issuer
            return false;
        Issuer = OctetParts.Within(octets, reader.Whole);
        if (reader.Read() is not OperationStatus.Done || !DerReader.TryReadTime(reader.Tag, reader.Value, out DateTimeOffset issued))
            return false;
        ThisUpdate = issued;
        while (reader.Read() is OperationStatus.Done)
        {
            switch (reader.Tag)
            {
                case DerReader.UtcTime or DerReader.GeneralizedTime:
                    if (!DerReader.TryReadTime(reader.Tag, reader.Value, out DateTimeOffset next))
                        return false;
                    NextUpdate = next;
                    break;
                case DerReader.Sequence:
                    if (!ReadEntries(reader.Value))
                        return false;
                    break;
                case ExplicitExtensions:
                    var wrapper = new DerReader(reader.Value);
                    if (!wrapper.Read(DerReader.Sequence))
                        return false;
                    Extensions = CertificateExtension.ReadAll(octets, wrapper.Value);
                    break;
                default:
                    return false;
            }
        }

        return reader.IsAtEnd;
    }

    private bool ReadEntries(ReadOnlySpan<byte> octets)
    {
        const string ReasonCode = "2.5.29.21";
        const string CertificateIssuer = "2.5.29.29";
        const byte Enumerated = 0x0a;
        var reader = new DerReader(octets);
        while (reader.Read() is OperationStatus.Done && _revoked.Count < MostEntries)
        {
            var entry = new DerReader(reader.Value);
            if (reader.Tag != DerReader.Sequence || !entry.Read(DerReader.Integer))
                return false;
            string serial = Convert.ToHexString(entry.Value);
            if (entry.Read() is not OperationStatus.Done || !DerReader.TryReadTime(entry.Tag, entry.Value, out DateTimeOffset time))
                return false;
            int? reason = null;
            if (entry.Read(DerReader.Sequence))
            {
                byte[] whole = entry.Value.ToArray();
                foreach (CertificateExtension extension in CertificateExtension.ReadAll(whole, whole))
                {
                    HasCriticalEntry |= extension.IsCritical && extension.Id is not CertificateIssuer;
                    var value = new DerReader(extension.Value.Span);
                    if (extension.Id is ReasonCode && value.Read(Enumerated) && value.Value is [var code])
                        reason = code;
                }
            }

            _revoked.TryAdd(serial, (time, reason)); // of one that stands there twice, the first counts, as with OpenSSL
        }

        return reader.IsAtEnd;
    }
}

using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;

namespace NetWhy.Wire.Tls;

/// <summary>Where a certificate says that more about it can be had, and who saw it being issued.</summary>
/// <remarks>
/// The text is whatever the certificate has; it is escaped where it is shown. Source: RFC 5280, sections 4.2.1.13 and 4.2.2.1;
/// RFC 6962, section 3.3.
/// </remarks>
/// <param name="IssuerUrls">Addresses of the issuer's certificate.</param>
/// <param name="OcspUrls">Addresses of OCSP responders.</param>
/// <param name="ListUrls">Addresses of revocation lists.</param>
/// <param name="Timestamps">What certificate transparency logs signed, within the certificate.</param>
public sealed record CertificateServices(
    ImmutableArray<string> IssuerUrls,
    ImmutableArray<string> OcspUrls,
    ImmutableArray<string> ListUrls,
    ImmutableArray<SignedTimestamp> Timestamps)
{
    private const int Most = 8; // of each kind
    private const byte Uri = 0x86;
    private const byte Constructed0 = 0xa0;

    /// <summary>Reads what a certificate says.</summary>
    /// <param name="certificate">The certificate.</param>
    public static CertificateServices Of(Certificate certificate)
    {
        var issuers = ImmutableArray.CreateBuilder<string>();
        var responders = ImmutableArray.CreateBuilder<string>();
        var lists = ImmutableArray.CreateBuilder<string>();
        var timestamps = ImmutableArray.CreateBuilder<SignedTimestamp>();
        foreach (CertificateExtension extension in certificate.Extensions)
        {
            switch (extension.Id)
            {
                case "1.3.6.1.5.5.7.1.1": // authorityInfoAccess
                    ReadAccess(extension.Value.Span, issuers, responders);
                    break;
                case "2.5.29.31": // cRLDistributionPoints
                    ReadPoints(extension.Value.Span, lists);
                    break;
                case "1.3.6.1.4.1.11129.2.4.2": // SignedCertificateTimestampList
                    var list = new DerReader(extension.Value.Span);
                    if (list.Read(DerReader.OctetString))
                        SignedTimestamp.ReadAll(list.Value, timestamps);
                    break;
            }
        }

        return new CertificateServices(issuers.ToImmutable(), responders.ToImmutable(), lists.ToImmutable(), timestamps.ToImmutable());
    }

    private static void ReadAccess(ReadOnlySpan<byte> octets, ImmutableArray<string>.Builder issuers, ImmutableArray<string>.Builder responders)
    {
        var outer = new DerReader(octets);
        if (!outer.Read(DerReader.Sequence))
            return;
        var descriptions = new DerReader(outer.Value);
        while (descriptions.Read(DerReader.Sequence))
        {
            var description = new DerReader(descriptions.Value);
            if (!description.Read(DerReader.ObjectIdentifier))
                continue;
            ImmutableArray<string>.Builder? kind = DerReader.Dotted(description.Value) switch
            {
                "1.3.6.1.5.5.7.48.1" => responders,
                "1.3.6.1.5.5.7.48.2" => issuers,
                _ => null,
            };
            if (kind is { Count: < Most } && description.Read(Uri))
                kind.Add(DerReader.Text(Uri, description.Value));
        }
    }

    private static void ReadPoints(ReadOnlySpan<byte> octets, ImmutableArray<string>.Builder lists)
    {
        var outer = new DerReader(octets);
        if (!outer.Read(DerReader.Sequence))
            return;
        var points = new DerReader(outer.Value);
        while (points.Read(DerReader.Sequence))
        {
            var point = new DerReader(points.Value);
            if (!point.Read(Constructed0)) // distributionPoint
                continue;
            var name = new DerReader(point.Value);
            if (!name.Read(Constructed0)) // fullName
                continue;
            var names = new DerReader(name.Value);
            while (lists.Count < Most && names.Read() is OperationStatus.Done)
            {
                if (names.Tag == Uri)
                    lists.Add(DerReader.Text(Uri, names.Value));
            }
        }
    }
}

/// <summary>A transparency log's promise to show a certificate to everybody; its signature is not verified.</summary>
/// <param name="LogId">SHA-256 of the log's key, in lower-case hexadecimal.</param>
/// <param name="At">When it was made, in UTC.</param>
public sealed record SignedTimestamp(string LogId, DateTimeOffset At)
{
    private const int Most = 16;
    private const int LogIdSize = 32;
    private const int TimeSize = 8;
    private const long LatestTime = 253_402_300_799_999; // the last millisecond that a date can hold

    /// <summary>Reads a SignedCertificateTimestampList; what cannot be read of it is left out.</summary>
    /// <param name="octets">The list. Source: RFC 6962, section 3.3.</param>
    /// <param name="timestamps">Where to put them.</param>
    internal static void ReadAll(ReadOnlySpan<byte> octets, ImmutableArray<SignedTimestamp>.Builder timestamps)
    {
        ReadOnlySpan<byte> list = Vector.Take(ref octets, 2, out _);
        while (!list.IsEmpty && timestamps.Count < Most)
        {
            ReadOnlySpan<byte> one = Vector.Take(ref list, 2, out _);
            if (one.Length < 1 + LogIdSize + TimeSize || one[0] != 0) // version 1
                continue;
            ulong milliseconds = BinaryPrimitives.ReadUInt64BigEndian(one[(1 + LogIdSize)..]);
            if (milliseconds <= LatestTime)
                timestamps.Add(new SignedTimestamp(Convert.ToHexStringLower(one.Slice(1, LogIdSize)), DateTimeOffset.FromUnixTimeMilliseconds((long)milliseconds)));
        }
    }
}

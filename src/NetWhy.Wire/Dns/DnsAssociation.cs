using System.Buffers;

namespace NetWhy.Wire.Dns;

/// <summary>The data of a TLSA or SMIMEA record.</summary>
/// <remarks>
/// <code>
/// CERTIFICATE USAGE (8 bits) | SELECTOR (8) | MATCHING TYPE (8) | CERTIFICATE ASSOCIATION DATA
/// </code>
/// Source: RFC 6698, section 2.1; RFC 7218 (names).
/// </remarks>
public readonly ref struct DnsAssociation
{
    private const int FixedSize = 3;

    private readonly ReadOnlySpan<byte> _data;

    private DnsAssociation(ReadOnlySpan<byte> data) => _data = data;

    /// <summary>Which certificate it is about: 0 PKIX-TA, 1 PKIX-EE, 2 DANE-TA, 3 DANE-EE.</summary>
    public byte Usage => _data[0];

    /// <summary>What of it counts: 0 all, 1 its public key.</summary>
    public byte Selector => _data[1];

    /// <summary>How that is compared: 0 as it is, 1 as SHA-256, 2 as SHA-512.</summary>
    public byte MatchingType => _data[2];

    /// <summary>What it is compared with.</summary>
    public ReadOnlySpan<byte> Value => _data[FixedSize..];

    /// <summary>Views the data of a record.</summary>
    /// <param name="data">The data.</param>
    /// <param name="association">The view, valid as long as <paramref name="data"/> is.</param>
    /// <returns><see cref="OperationStatus.Done"/> or <see cref="OperationStatus.NeedMoreData"/>.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> data, out DnsAssociation association)
    {
        association = data.Length < FixedSize ? default : new DnsAssociation(data);
        return data.Length < FixedSize ? OperationStatus.NeedMoreData : OperationStatus.Done;
    }
}

using System.Buffers;
using System.Buffers.Binary;

namespace NetWhy.Wire.Dns;

/// <summary>The data of a DS, CDS, DLV or TA record.</summary>
/// <remarks>
/// <code>
/// KEY TAG (16 bits) | ALGORITHM (8) | DIGEST TYPE (8) | DIGEST
/// </code>
/// Source: RFC 4034, section 5.1.
/// </remarks>
public readonly ref struct DnsDelegationSigner
{
    private const int FixedSize = 4;

    private readonly ReadOnlySpan<byte> _data;

    private DnsDelegationSigner(ReadOnlySpan<byte> data) => _data = data;

    /// <summary>The tag of the key.</summary>
    public ushort KeyTag => BinaryPrimitives.ReadUInt16BigEndian(_data);

    /// <summary>The algorithm of the key.</summary>
    public DnsSecurityAlgorithm Algorithm => (DnsSecurityAlgorithm)_data[2];

    /// <summary>How the digest was made.</summary>
    public DnsDigestType DigestType => (DnsDigestType)_data[3];

    /// <summary>The digest of the owner's name and the key's data.</summary>
    public ReadOnlySpan<byte> Digest => _data[FixedSize..];

    /// <summary>Views the data of a record.</summary>
    /// <param name="data">The data.</param>
    /// <param name="signer">The view, valid as long as <paramref name="data"/> is.</param>
    /// <returns><see cref="OperationStatus.Done"/> or <see cref="OperationStatus.NeedMoreData"/>.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> data, out DnsDelegationSigner signer)
    {
        signer = default;
        if (data.Length < FixedSize)
            return OperationStatus.NeedMoreData;

        signer = new DnsDelegationSigner(data);
        return OperationStatus.Done;
    }
}

using System.Buffers;
using System.Buffers.Binary;

namespace NetWhy.Wire.Dns;

/// <summary>The data of an RRSIG or SIG record.</summary>
/// <remarks>
/// <code>
/// TYPE COVERED (16 bits) | ALGORITHM (8) | LABELS (8) | ORIGINAL TTL (32) | EXPIRATION (32) | INCEPTION (32) | KEY TAG (16)
/// SIGNER'S NAME | SIGNATURE
/// </code>
/// Source: RFC 4034, section 3.1.
/// </remarks>
public readonly ref struct DnsSignature
{
    private const int FixedSize = 18;

    private readonly ReadOnlySpan<byte> _data;
    private readonly int _signatureOffset;

    private DnsSignature(ReadOnlySpan<byte> data, DnsName signer, int signatureOffset)
    {
        _data = data;
        _signatureOffset = signatureOffset;
        Signer = signer;
    }

    /// <summary>The type of the records that are signed.</summary>
    public DnsRecordType TypeCovered => (DnsRecordType)BinaryPrimitives.ReadUInt16BigEndian(_data);

    /// <summary>The algorithm of the key.</summary>
    public DnsSecurityAlgorithm Algorithm => (DnsSecurityAlgorithm)_data[2];

    /// <summary>How many labels the owner had in the zone, without the root and a leading <c>*</c>.</summary>
    public byte Labels => _data[3];

    /// <summary>The time to live in the zone, in seconds.</summary>
    public uint OriginalTimeToLive => BinaryPrimitives.ReadUInt32BigEndian(_data[4..]);

    /// <summary>When it ends: seconds since 1970, modulo 2^32. Source: RFC 4034, section 3.1.5 (serial arithmetic).</summary>
    public uint Expiration => BinaryPrimitives.ReadUInt32BigEndian(_data[8..]);

    /// <summary>When it begins: seconds since 1970, modulo 2^32.</summary>
    public uint Inception => BinaryPrimitives.ReadUInt32BigEndian(_data[12..]);

    /// <summary>The tag of the key.</summary>
    public ushort KeyTag => BinaryPrimitives.ReadUInt16BigEndian(_data[16..]);

    /// <summary>The owner of the key.</summary>
    public DnsName Signer { get; }

    /// <summary>The signature.</summary>
    public ReadOnlySpan<byte> Signature => _data[_signatureOffset..];

    /// <summary>What is signed before the records: the data up to the signer's name.</summary>
    /// <param name="destination">Where to; 18 octets and the name.</param>
    /// <param name="written">How many octets were written.</param>
    /// <returns><see cref="OperationStatus.Done"/> or <see cref="OperationStatus.DestinationTooSmall"/>. Source: RFC 4034, section 3.1.8.1.</returns>
    public OperationStatus CopySignedTo(Span<byte> destination, out int written)
    {
        written = 0;
        if (!_data[..FixedSize].TryCopyTo(destination))
            return OperationStatus.DestinationTooSmall;

        OperationStatus status = Signer.CopyCanonicalTo(destination[FixedSize..], out int length);
        written = status is OperationStatus.Done ? FixedSize + length : 0;
        return status;
    }

    /// <summary>Views the data of a record.</summary>
    /// <param name="data">The data; the signer's name is never compressed.</param>
    /// <param name="signature">The view, valid as long as <paramref name="data"/> is.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.NeedMoreData"/> if it is cut short, or
    /// <see cref="OperationStatus.InvalidData"/> for a broken name.
    /// </returns>
    public static OperationStatus Read(ReadOnlySpan<byte> data, out DnsSignature signature)
    {
        signature = default;
        if (data.Length < FixedSize)
            return OperationStatus.NeedMoreData;

        int offset = FixedSize;
        OperationStatus status = DnsName.ReadPlain(data, ref offset, out DnsName signer);
        if (status is OperationStatus.Done)
            signature = new DnsSignature(data, signer, offset);
        return status;
    }
}

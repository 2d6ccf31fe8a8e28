using System.Buffers;
using System.Buffers.Binary;

namespace NetWhy.Wire.Dns;

/// <summary>The data of a ZONEMD record: serial (32 bits), scheme (8), hash algorithm (8), digest. Source: RFC 8976, section 2.2.</summary>
public readonly ref struct DnsZoneDigest
{
    private const int FixedSize = 6;

    private readonly ReadOnlySpan<byte> _data;

    private DnsZoneDigest(ReadOnlySpan<byte> data) => _data = data;

    /// <summary>The serial number of the zone that was digested.</summary>
    public uint Serial => BinaryPrimitives.ReadUInt32BigEndian(_data);

    /// <summary>How the zone was put together; 1 is SIMPLE, the only one.</summary>
    public byte Scheme => _data[4];

    /// <summary>The hash: 1 SHA-384, 2 SHA-512.</summary>
    public byte HashAlgorithm => _data[5];

    /// <summary>The digest.</summary>
    public ReadOnlySpan<byte> Digest => _data[FixedSize..];

    /// <summary>Views the data of a record.</summary>
    /// <param name="data">The data.</param>
    /// <param name="digest">The view, valid as long as <paramref name="data"/> is.</param>
    /// <returns><see cref="OperationStatus.Done"/> or <see cref="OperationStatus.NeedMoreData"/>.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> data, out DnsZoneDigest digest)
    {
        digest = data.Length < FixedSize ? default : new DnsZoneDigest(data);
        return data.Length < FixedSize ? OperationStatus.NeedMoreData : OperationStatus.Done;
    }
}

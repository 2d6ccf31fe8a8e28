using System.Buffers;
using System.Buffers.Binary;

namespace NetWhy.Wire.Dns;

/// <summary>The data of a DNSKEY, CDNSKEY or KEY record.</summary>
/// <remarks>
/// <code>
/// FLAGS (16 bits) | PROTOCOL (8) | ALGORITHM (8) | PUBLIC KEY
/// </code>
/// Source: RFC 4034, section 2.1; RFC 5011, section 7 (revocation).
/// </remarks>
public readonly ref struct DnsKey
{
    private const int FixedSize = 4;
    private const ushort ZoneKeyBit = 0x0100, RevokedBit = 0x0080, EntryPointBit = 0x0001;

    private readonly ReadOnlySpan<byte> _data;

    private DnsKey(ReadOnlySpan<byte> data) => _data = data;

    /// <summary>The flags.</summary>
    public ushort Flags => BinaryPrimitives.ReadUInt16BigEndian(_data);

    /// <summary>Whether it may sign records of the zone.</summary>
    public bool IsZoneKey => (Flags & ZoneKeyBit) != 0;

    /// <summary>Whether it is meant to sign keys (SEP).</summary>
    public bool IsEntryPoint => (Flags & EntryPointBit) != 0;

    /// <summary>Whether its owner has revoked it.</summary>
    public bool IsRevoked => (Flags & RevokedBit) != 0;

    /// <summary>The protocol; 3 in DNSSEC.</summary>
    public byte Protocol => _data[2];

    /// <summary>How it signs.</summary>
    public DnsSecurityAlgorithm Algorithm => (DnsSecurityAlgorithm)_data[3];

    /// <summary>The public key, as the algorithm's RFC lays it out.</summary>
    public ReadOnlySpan<byte> PublicKey => _data[FixedSize..];

    /// <summary>The number that signatures and DS records call it by.</summary>
    public ushort Tag => DnsKeyTag.Of(_data);

    /// <summary>Views the data of a record.</summary>
    /// <param name="data">The data.</param>
    /// <param name="key">The view, valid as long as <paramref name="data"/> is.</param>
    /// <returns><see cref="OperationStatus.Done"/> or <see cref="OperationStatus.NeedMoreData"/>.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> data, out DnsKey key)
    {
        key = default;
        if (data.Length < FixedSize)
            return OperationStatus.NeedMoreData;

        key = new DnsKey(data);
        return OperationStatus.Done;
    }
}

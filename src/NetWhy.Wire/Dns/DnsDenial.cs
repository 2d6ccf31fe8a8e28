using System.Buffers;
using System.Buffers.Binary;

namespace NetWhy.Wire.Dns;

/// <summary>The data of an NSEC record: the next name of the zone, and the types that the owner has. Source: RFC 4034, section 4.1.</summary>
public readonly ref struct DnsDenial
{
    private DnsDenial(DnsName next, ReadOnlySpan<byte> types)
    {
        Next = next;
        Types = types;
    }

    /// <summary>The next name that exists; the zone's own behind the last one.</summary>
    public DnsName Next { get; }

    /// <summary>The types, for <see cref="DnsTypeBitmap"/>.</summary>
    public ReadOnlySpan<byte> Types { get; }

    /// <summary>Views the data of a record.</summary>
    /// <param name="data">The data; the name is never compressed.</param>
    /// <param name="denial">The view, valid as long as <paramref name="data"/> is.</param>
    /// <returns>As <see cref="DnsName.Read"/>; <see cref="OperationStatus.InvalidData"/> for a compressed name.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> data, out DnsDenial denial)
    {
        denial = default;
        int offset = 0;
        OperationStatus status = DnsName.ReadPlain(data, ref offset, out DnsName next);
        if (status is OperationStatus.Done)
            denial = new DnsDenial(next, data[offset..]);
        return status;
    }
}

/// <summary>The data of an NSEC3 or NSEC3PARAM record.</summary>
/// <remarks>
/// <code>
/// HASH ALGORITHM (8 bits) | FLAGS (8) | ITERATIONS (16) | SALT LENGTH (8) | SALT | HASH LENGTH (8) | NEXT HASHED OWNER | TYPES
/// </code>
/// NSEC3PARAM ends behind the salt. Source: RFC 5155, sections 3.2 and 4.2.
/// </remarks>
public readonly ref struct DnsHashedDenial
{
    private const byte OptOutBit = 1;

    private readonly ReadOnlySpan<byte> _data;

    private DnsHashedDenial(ReadOnlySpan<byte> data, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> next, ReadOnlySpan<byte> types)
    {
        _data = data;
        Salt = salt;
        NextHash = next;
        Types = types;
    }

    /// <summary>The hash; 1 is SHA-1, the only one.</summary>
    public byte HashAlgorithm => _data[0];

    /// <summary>The flags.</summary>
    public byte Flags => _data[1];

    /// <summary>Whether there may be unsigned delegations between this name and the next.</summary>
    public bool IsOptOut => (Flags & OptOutBit) != 0;

    /// <summary>How many times more than once the name is hashed.</summary>
    public ushort Iterations => BinaryPrimitives.ReadUInt16BigEndian(_data[2..]);

    /// <summary>What is hashed with the name.</summary>
    public ReadOnlySpan<byte> Salt { get; }

    /// <summary>The hash of the next name; empty in NSEC3PARAM.</summary>
    public ReadOnlySpan<byte> NextHash { get; }

    /// <summary>The types, for <see cref="DnsTypeBitmap"/>; empty in NSEC3PARAM.</summary>
    public ReadOnlySpan<byte> Types { get; }

    /// <summary>Views the data of an NSEC3 record.</summary>
    /// <param name="data">The data.</param>
    /// <param name="denial">The view, valid as long as <paramref name="data"/> is.</param>
    /// <returns><see cref="OperationStatus.Done"/> or <see cref="OperationStatus.NeedMoreData"/>.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> data, out DnsHashedDenial denial) => Read(data, hasNext: true, out denial);

    /// <summary>Views the data of an NSEC3PARAM record.</summary>
    /// <param name="data">The data.</param>
    /// <param name="denial">The view, valid as long as <paramref name="data"/> is.</param>
    /// <returns><see cref="OperationStatus.Done"/> or <see cref="OperationStatus.NeedMoreData"/>.</returns>
    public static OperationStatus ReadParameters(ReadOnlySpan<byte> data, out DnsHashedDenial denial) => Read(data, hasNext: false, out denial);

    private static OperationStatus Read(ReadOnlySpan<byte> data, bool hasNext, out DnsHashedDenial denial)
    {
        denial = default;
        var reader = new DnsDataReader(data, 0, data.Length);
        reader.UInt32();
        ReadOnlySpan<byte> salt = reader.Counted();
        ReadOnlySpan<byte> next = hasNext ? reader.Counted() : [];
        if (!reader.IsSound)
            return OperationStatus.NeedMoreData;

        denial = new DnsHashedDenial(data, salt, next, reader.Rest());
        return OperationStatus.Done;
    }
}

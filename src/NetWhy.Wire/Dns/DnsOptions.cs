using System.Buffers;
using System.Buffers.Binary;

namespace NetWhy.Wire.Dns;

/// <summary>The network of the client.</summary>
/// <remarks>
/// <code>
/// FAMILY (16 bits) | SOURCE PREFIX-LENGTH (8) | SCOPE PREFIX-LENGTH (8) | ADDRESS, as many octets as the prefix has
/// </code>
/// Source: RFC 7871, section 6.
/// </remarks>
public readonly ref struct DnsClientSubnet
{
    private const int FixedSize = 4;

    private readonly ReadOnlySpan<byte> _value;

    private DnsClientSubnet(ReadOnlySpan<byte> value) => _value = value;

    /// <summary>The family of the address: 1 is IPv4, 2 is IPv6.</summary>
    public ushort Family => BinaryPrimitives.ReadUInt16BigEndian(_value);

    /// <summary>How many bits of the address the client sent.</summary>
    public byte Prefix => _value[2];

    /// <summary>How many bits the answer holds for.</summary>
    public byte Scope => _value[3];

    /// <summary>The octets of the address that were sent.</summary>
    public ReadOnlySpan<byte> Address => _value[FixedSize..];

    /// <summary>Views the value of an option.</summary>
    /// <param name="value">The value.</param>
    /// <param name="subnet">The view, valid as long as <paramref name="value"/> is.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.NeedMoreData"/>, or <see cref="OperationStatus.InvalidData"/>
    /// for an unknown family, a prefix that is too long, or octets that do not fit the prefix.
    /// </returns>
    public static OperationStatus Read(ReadOnlySpan<byte> value, out DnsClientSubnet subnet)
    {
        subnet = default;
        if (value.Length < FixedSize)
            return OperationStatus.NeedMoreData;

        var view = new DnsClientSubnet(value);
        int most = view.Family switch { 1 => 32, 2 => 128, _ => 0 };
        if ((most == 0 && (view.Family != 0 || view.Prefix != 0)) || view.Prefix > most || view.Scope > most || view.Address.Length != (view.Prefix + 7) / 8)
            return OperationStatus.InvalidData;

        subnet = view;
        return OperationStatus.Done;
    }
}

/// <summary>A cookie: 8 octets of the client, and 8 to 32 of the server once they are known. Source: RFC 7873, section 4.</summary>
public readonly ref struct DnsCookie
{
    private const int ClientSize = 8, LeastServerSize = 8, MostServerSize = 32;

    private DnsCookie(ReadOnlySpan<byte> value)
    {
        Client = value[..ClientSize];
        Server = value[ClientSize..];
    }

    /// <summary>The client's part.</summary>
    public ReadOnlySpan<byte> Client { get; }

    /// <summary>The server's part; empty if it is not known.</summary>
    public ReadOnlySpan<byte> Server { get; }

    /// <summary>Views the value of an option.</summary>
    /// <param name="value">The value.</param>
    /// <param name="cookie">The view, valid as long as <paramref name="value"/> is.</param>
    /// <returns><see cref="OperationStatus.Done"/>, or <see cref="OperationStatus.InvalidData"/> for another length.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> value, out DnsCookie cookie)
    {
        cookie = default;
        if (value.Length != ClientSize && value.Length - ClientSize is < LeastServerSize or > MostServerSize)
            return OperationStatus.InvalidData;

        cookie = new DnsCookie(value);
        return OperationStatus.Done;
    }
}

/// <summary>Why a query failed: a code (16 bits), and text in UTF-8. Source: RFC 8914, section 2.</summary>
public readonly ref struct DnsExtendedError
{
    private DnsExtendedError(ReadOnlySpan<byte> value)
    {
        Code = (DnsExtendedErrorCode)BinaryPrimitives.ReadUInt16BigEndian(value);
        Text = value[sizeof(ushort)..].TrimEnd((byte)0);
    }

    /// <summary>The code.</summary>
    public DnsExtendedErrorCode Code { get; }

    /// <summary>The text, octets as they were sent.</summary>
    public ReadOnlySpan<byte> Text { get; }

    /// <summary>Views the value of an option.</summary>
    /// <param name="value">The value.</param>
    /// <param name="error">The view, valid as long as <paramref name="value"/> is.</param>
    /// <returns><see cref="OperationStatus.Done"/> or <see cref="OperationStatus.NeedMoreData"/>.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> value, out DnsExtendedError error)
    {
        error = default;
        if (value.Length < sizeof(ushort))
            return OperationStatus.NeedMoreData;

        error = new DnsExtendedError(value);
        return OperationStatus.Done;
    }
}

/// <summary>The version of a zone: labels of its name (8 bits), what kind of version it is (8), and the version. Source: RFC 9660, section 2.</summary>
public readonly ref struct DnsZoneVersion
{
    private const int FixedSize = 2;

    private readonly ReadOnlySpan<byte> _value;

    private DnsZoneVersion(ReadOnlySpan<byte> value) => _value = value;

    /// <summary>How many labels of the name that was asked for make the zone's name.</summary>
    public byte Labels => _value[0];

    /// <summary>The kind; 0 is the serial number of the SOA record.</summary>
    public byte Kind => _value[1];

    /// <summary>The version.</summary>
    public ReadOnlySpan<byte> Version => _value[FixedSize..];

    /// <summary>Views the value of an option.</summary>
    /// <param name="value">The value.</param>
    /// <param name="version">The view, valid as long as <paramref name="value"/> is.</param>
    /// <returns><see cref="OperationStatus.Done"/> or <see cref="OperationStatus.NeedMoreData"/>; a query's is empty.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> value, out DnsZoneVersion version)
    {
        version = default;
        if (value.Length < FixedSize)
            return OperationStatus.NeedMoreData;

        version = new DnsZoneVersion(value);
        return OperationStatus.Done;
    }
}

/// <summary>A query whose answer is kept up to date. Source: RFC 8764, section 3.2.</summary>
/// <remarks>
/// <code>
/// VERSION (16 bits) | OPCODE (16) | ERROR (16) | ID (64) | LEASE (32)
/// </code>
/// </remarks>
public readonly ref struct DnsLongLivedQuery
{
    private const int Size = 18;

    private readonly ReadOnlySpan<byte> _value;

    private DnsLongLivedQuery(ReadOnlySpan<byte> value) => _value = value;

    /// <summary>The version; 1.</summary>
    public ushort Version => BinaryPrimitives.ReadUInt16BigEndian(_value);

    /// <summary>What is meant: 1 setup, 2 refresh, 3 event.</summary>
    public ushort Opcode => BinaryPrimitives.ReadUInt16BigEndian(_value[2..]);

    /// <summary>What went wrong; 0 is nothing.</summary>
    public ushort Error => BinaryPrimitives.ReadUInt16BigEndian(_value[4..]);

    /// <summary>The number of the query.</summary>
    public ulong Id => BinaryPrimitives.ReadUInt64BigEndian(_value[6..]);

    /// <summary>How long it shall live, in seconds.</summary>
    public uint Lease => BinaryPrimitives.ReadUInt32BigEndian(_value[14..]);

    /// <summary>Views the value of an option.</summary>
    /// <param name="value">The value.</param>
    /// <param name="query">The view, valid as long as <paramref name="value"/> is.</param>
    /// <returns><see cref="OperationStatus.Done"/>, or <see cref="OperationStatus.InvalidData"/> for another length.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> value, out DnsLongLivedQuery query)
    {
        query = value.Length == Size ? new DnsLongLivedQuery(value) : default;
        return value.Length == Size ? OperationStatus.Done : OperationStatus.InvalidData;
    }
}

/// <summary>Options that are nothing but a number or a name.</summary>
public static class DnsOptionValues
{
    /// <summary>Reads a number: the time to expiry in seconds (EXPIRE), the lease in seconds (UL), the idle time in units of 100 milliseconds (KEEPALIVE).</summary>
    /// <param name="value">The value, 2 or 4 octets.</param>
    /// <param name="number">The number.</param>
    /// <returns>Whether it is one; in a query these options are empty.</returns>
    public static bool TryReadNumber(ReadOnlySpan<byte> value, out uint number)
    {
        number = value.Length switch
        {
            sizeof(ushort) => BinaryPrimitives.ReadUInt16BigEndian(value),
            sizeof(uint) => BinaryPrimitives.ReadUInt32BigEndian(value),
            _ => 0,
        };
        return value.Length is sizeof(ushort) or sizeof(uint);
    }

    /// <summary>Reads the name of a report channel (RFC 9567) or of a chain's start (RFC 7901).</summary>
    /// <param name="value">The value.</param>
    /// <param name="name">The name, valid as long as <paramref name="value"/> is.</param>
    /// <returns>As <see cref="DnsName.Read"/>; <see cref="OperationStatus.InvalidData"/> if more follows.</returns>
    public static OperationStatus ReadName(ReadOnlySpan<byte> value, out DnsName name)
    {
        int offset = 0;
        OperationStatus status = DnsName.ReadPlain(value, ref offset, out name);
        if (status is not OperationStatus.Done || offset == value.Length)
            return status;

        name = default;
        return OperationStatus.InvalidData;
    }
}

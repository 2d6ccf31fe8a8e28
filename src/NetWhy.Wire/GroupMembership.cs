using System.Buffers;
using System.Buffers.Binary;

namespace NetWhy.Wire;

/// <summary>A message of IGMP (IPv4) or MLD (IPv6) viewed where it lies: who wants which groups.</summary>
/// <remarks>
/// A member that the message does not have, or that was not captured, is 0 or empty. Source: RFC 2236, RFC 9776 (IGMP version 3),
/// RFC 2710, RFC 9777 (MLD version 2).
/// </remarks>
public readonly ref struct GroupMembershipMessage
{
    /// <summary>IGMP: who is there?</summary>
    public const byte Query = 0x11;

    /// <summary>IGMP version 1: a group is wanted.</summary>
    public const byte Report1 = 0x12;

    /// <summary>IGMP version 2: a group is wanted.</summary>
    public const byte Report2 = 0x16;

    /// <summary>IGMP: a group is no longer wanted.</summary>
    public const byte Leave = 0x17;

    /// <summary>IGMP version 3: records of groups.</summary>
    public const byte Report3 = 0x22;

    /// <summary>MLD: who is there?</summary>
    public const byte ListenerQuery = 130;

    /// <summary>MLD version 1: a group is wanted.</summary>
    public const byte ListenerReport = 131;

    /// <summary>MLD: a group is no longer wanted.</summary>
    public const byte ListenerDone = 132;

    /// <summary>MLD version 2: records of groups.</summary>
    public const byte ListenerReport2 = 143;

    private const int HeaderSize = 8;

    private readonly ReadOnlySpan<byte> _octets;
    private readonly bool _isV6;

    private GroupMembershipMessage(ReadOnlySpan<byte> octets, bool isV6)
    {
        _octets = octets;
        _isV6 = isV6;
    }

    /// <summary>What it is.</summary>
    public byte Type => _octets[0];

    /// <summary>Whether groups come as records.</summary>
    public bool HasRecords => Type == (_isV6 ? ListenerReport2 : Report3);

    /// <summary>Whether it is a query of IGMP version 3 or MLD version 2: told by its length.</summary>
    public bool IsNewQuery => Type == (_isV6 ? ListenerQuery : Query) && _octets.Length >= QueryEnd;

    /// <summary>Time within which hosts answer, as sent: from 128 on it is a number with exponent.</summary>
    public int MaximumResponseCode => _isV6 ? BinaryPrimitives.ReadUInt16BigEndian(_octets[4..]) : _octets[1];

    /// <summary>Internet checksum.</summary>
    public ushort Checksum => BinaryPrimitives.ReadUInt16BigEndian(_octets[2..]);

    /// <summary>The group: four or sixteen octets; all zero if all are meant.</summary>
    public ReadOnlySpan<byte> Group => HasRecords || _octets.Length < GroupAt + AddressSize ? default : _octets.Slice(GroupAt, AddressSize);

    /// <summary>How often queries are repeated, of a new query.</summary>
    public int Robustness => IsNewQuery ? _octets[GroupAt + AddressSize] & 7 : 0;

    /// <summary>Time between queries as sent, of a new query: from 128 on it is a number with exponent.</summary>
    public byte QueryInterval => IsNewQuery ? _octets[GroupAt + AddressSize + 1] : (byte)0;

    /// <summary>Sources that a new query is about: addresses one behind the other.</summary>
    public ReadOnlySpan<byte> Sources => IsNewQuery
        ? GroupRecord.Addresses(_octets[QueryEnd..], BinaryPrimitives.ReadUInt16BigEndian(_octets[(QueryEnd - 2)..]), AddressSize)
        : default;

    /// <summary>The records of a report that has some.</summary>
    public GroupRecords Records => HasRecords
        ? new GroupRecords(_octets[HeaderSize..], BinaryPrimitives.ReadUInt16BigEndian(_octets[6..]), AddressSize)
        : default;

    private int AddressSize => _isV6 ? 16 : 4;

    private int GroupAt => _isV6 ? HeaderSize : 4;

    private int QueryEnd => GroupAt + AddressSize + 4;

    /// <summary>Views the message.</summary>
    /// <param name="octets">The payload of an IPv4 packet, or the ICMPv6 message.</param>
    /// <param name="isV6">Whether it is MLD.</param>
    /// <param name="message">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.NeedMoreData"/> if the first eight octets are cut short,
    /// or <see cref="OperationStatus.InvalidData"/> if it is another message.
    /// </returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, bool isV6, out GroupMembershipMessage message)
    {
        message = default;
        if (octets.Length < HeaderSize)
            return OperationStatus.NeedMoreData;
        bool isKnown = isV6
            ? octets[0] is ListenerQuery or ListenerReport or ListenerDone or ListenerReport2
            : octets[0] is Query or Report1 or Report2 or Leave or Report3;
        if (!isKnown)
            return OperationStatus.InvalidData;
        message = new GroupMembershipMessage(octets, isV6);
        return OperationStatus.Done;
    }
}

/// <summary>A record of a report viewed where it lies: a group and its sources. Source: RFC 9776, section 4.2.4.</summary>
public readonly ref struct GroupRecord
{
    private readonly ReadOnlySpan<byte> _octets;
    private readonly int _addressSize;

    internal GroupRecord(ReadOnlySpan<byte> octets, int addressSize)
    {
        _octets = octets;
        _addressSize = addressSize;
    }

    /// <summary>1 is including, 2 is excluding, 3 changes to including, 4 to excluding, 5 allows new sources, 6 blocks old ones.</summary>
    public byte Type => _octets[0];

    /// <summary>How many sources there are, as sent.</summary>
    public ushort SourceCount => BinaryPrimitives.ReadUInt16BigEndian(_octets[2..]);

    /// <summary>The group: four or sixteen octets.</summary>
    public ReadOnlySpan<byte> Group => _octets.Slice(GroupRecords.HeaderSize, _addressSize);

    /// <summary>The sources that were captured: addresses one behind the other.</summary>
    public ReadOnlySpan<byte> Sources => Addresses(_octets[(GroupRecords.HeaderSize + _addressSize)..], SourceCount, _addressSize);

    internal static ReadOnlySpan<byte> Addresses(ReadOnlySpan<byte> octets, int count, int size) =>
        octets[..(Math.Min(count, octets.Length / size) * size)];
}

/// <summary>Walks the records of a report, forward only and in place.</summary>
public ref struct GroupRecords
{
    internal const int HeaderSize = 4;

    private readonly int _addressSize;
    private ReadOnlySpan<byte> _rest;
    private int _left;

    internal GroupRecords(ReadOnlySpan<byte> octets, int count, int addressSize)
    {
        _rest = octets;
        _left = count;
        _addressSize = addressSize;
    }

    /// <summary>The record just read.</summary>
    public GroupRecord Current { get; private set; }

    /// <summary>How the walk ended: <see cref="OperationStatus.NeedMoreData"/> if records are missing.</summary>
    public OperationStatus Status { get; private set; }

    /// <summary>The walk itself, for <c>foreach</c>.</summary>
    public readonly GroupRecords GetEnumerator() => this;

    /// <summary>Moves to the next record; of the last one the end may be missing.</summary>
    /// <returns>False at the end; <see cref="Status"/> tells how it ended.</returns>
    public bool MoveNext()
    {
        if (_left <= 0)
            return false;
        _left--;
        if (_rest.Length < HeaderSize + _addressSize)
        {
            Status = OperationStatus.NeedMoreData;
            _left = 0;
            return false;
        }

        // Auxiliary data is counted in words of four octets.
        int length = HeaderSize + _addressSize + (BinaryPrimitives.ReadUInt16BigEndian(_rest[2..]) * _addressSize) + (_rest[1] * 4);
        int captured = Math.Min(length, _rest.Length);
        Current = new GroupRecord(_rest[..captured], _addressSize);
        _rest = _rest[captured..];
        return true;
    }
}

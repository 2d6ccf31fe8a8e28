using System.Buffers;
using System.Buffers.Binary;

namespace NetWhy.Wire.Dns;

/// <summary>Reads the data of a record in a straight line: behind its end everything is 0, and <see cref="IsSound"/> is false ever after.</summary>
internal ref struct DnsDataReader(ReadOnlySpan<byte> message, int offset, int length)
{
    private readonly ReadOnlySpan<byte> _message = message[..(offset + length)];
    private bool _hasFailed;

    /// <summary>Whether everything asked for was there.</summary>
    internal readonly bool IsSound => !_hasFailed;

    /// <summary>Where the next octet lies in the message.</summary>
    internal int Position { get; private set; } = offset;

    /// <summary>How many octets are left.</summary>
    internal readonly int Left => _message.Length - Position;

    /// <summary>Makes <see cref="IsSound"/> false.</summary>
    internal void Fail() => _hasFailed = true;

    internal byte UInt8() => Take(sizeof(byte)) is [byte octet] ? octet : (byte)0;

    internal ushort UInt16() => Take(sizeof(ushort)) is { Length: sizeof(ushort) } octets ? BinaryPrimitives.ReadUInt16BigEndian(octets) : (ushort)0;

    internal uint UInt32() => Take(sizeof(uint)) is { Length: sizeof(uint) } octets ? BinaryPrimitives.ReadUInt32BigEndian(octets) : 0;

    internal ulong UInt64() => Take(sizeof(ulong)) is { Length: sizeof(ulong) } octets ? BinaryPrimitives.ReadUInt64BigEndian(octets) : 0;

    /// <summary>The next octets; none if there are fewer.</summary>
    internal ReadOnlySpan<byte> Take(int count)
    {
        if (_hasFailed || Left < count)
        {
            _hasFailed = true;
            return [];
        }

        ReadOnlySpan<byte> octets = _message.Slice(Position, count);
        Position += count;
        return octets;
    }

    /// <summary>All octets that are left.</summary>
    internal ReadOnlySpan<byte> Rest() => Take(Left);

    /// <summary>The octets behind the octet that counts them.</summary>
    internal ReadOnlySpan<byte> Counted() => Take(UInt8());

    internal DnsName Name()
    {
        int position = Position;
        if (_hasFailed || DnsName.Read(_message, ref position, out DnsName name) is not OperationStatus.Done)
        {
            _hasFailed = true;
            return default;
        }

        Position = position;
        return name;
    }

    /// <summary>A name that must not be compressed.</summary>
    internal DnsName PlainName()
    {
        int start = Position;
        DnsName name = Name();
        if (Position - start == name.Length)
            return name;

        _hasFailed = true;
        return default;
    }

    /// <summary>Goes behind a field that has no name in it.</summary>
    internal void Skip(DnsDataField field)
    {
        switch (field)
        {
            case DnsDataField.UInt8 or DnsDataField.Algorithm or DnsDataField.NotifyScheme:
                Take(1);
                break;
            case DnsDataField.UInt16 or DnsDataField.Type or DnsDataField.CertificateType or DnsDataField.ErrorCode:
                Take(2);
                break;
            case DnsDataField.UInt32 or DnsDataField.Time or DnsDataField.IPv4:
                Take(4);
                break;
            case DnsDataField.UInt64 or DnsDataField.Locator:
                Take(8);
                break;
            case DnsDataField.TimeSigned:
                Take(6);
                break;
            case DnsDataField.IPv6:
                Take(16);
                break;
            case DnsDataField.StartNumbers:
                Take(DnsStartOfAuthority.NumbersSize);
                break;
            case DnsDataField.Text or DnsDataField.Tag or DnsDataField.Salt or DnsDataField.Hash:
                Counted();
                break;
            case DnsDataField.SizedBase64 or DnsDataField.SizedTail:
                Take(UInt16());
                break;
            case DnsDataField.Hip:
                int tagLength = UInt8();
                UInt8();
                Take(tagLength + UInt16());
                break;
            case DnsDataField.Open or DnsDataField.OpenFirst or DnsDataField.OpenTight or DnsDataField.Break or DnsDataField.Close or DnsDataField.IfMore:
                break;
            default:
                Rest();
                break;
        }
    }
}

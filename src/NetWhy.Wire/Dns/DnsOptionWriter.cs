using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace NetWhy.Wire.Dns;

/// <summary>Writes the options of an OPT record, one after the other; one that does not fit is not written at all. Source: RFC 6891, section 6.1.2.</summary>
public ref struct DnsOptionWriter
{
    private const int HeaderSize = 4;

    private readonly Span<byte> _buffer;
    private int _length;

    /// <summary>Starts to write.</summary>
    /// <param name="buffer">Where to.</param>
    public DnsOptionWriter(Span<byte> buffer) => _buffer = buffer;

    /// <summary>The options so far, for <see cref="DnsMessageWriter.WriteEdns(ushort, uint, ReadOnlySpan{byte})"/>.</summary>
    public readonly ReadOnlySpan<byte> Written => _buffer[.._length];

    /// <summary>Adds an option: NSID, EXPIRE, KEEPALIVE and others are empty in a query.</summary>
    /// <param name="code">Which.</param>
    /// <param name="value">Its octets.</param>
    /// <returns><see cref="OperationStatus.Done"/>, <see cref="OperationStatus.DestinationTooSmall"/> or <see cref="OperationStatus.InvalidData"/> for more than 65,535 octets.</returns>
    public OperationStatus Write(DnsOptionCode code, scoped ReadOnlySpan<byte> value)
    {
        OperationStatus status = Begin(code, value.Length, out Span<byte> room);
        if (status is OperationStatus.Done)
            value.CopyTo(room);
        return status;
    }

    /// <summary>Adds the network of the client; bits of the address behind the prefix are not sent. Source: RFC 7871, section 6.</summary>
    /// <param name="address">An address in the network.</param>
    /// <param name="prefix">How many bits of it are sent: at most 32 or 128.</param>
    /// <param name="scope">How many bits the answer holds for; 0 in a query.</param>
    /// <returns>As <see cref="Write"/>; <see cref="OperationStatus.InvalidData"/> for a prefix that cannot be.</returns>
    public OperationStatus WriteClientSubnet(IPAddress address, int prefix, int scope = 0)
    {
        const int FixedSize = 4;

        Span<byte> octets = stackalloc byte[16];
        if (!address.TryWriteBytes(octets, out int size) || prefix < 0 || prefix > size * 8 || scope is < 0 or > byte.MaxValue)
            return OperationStatus.InvalidData;

        int sent = (prefix + 7) / 8;
        OperationStatus status = Begin(DnsOptionCode.ClientSubnet, FixedSize + sent, out Span<byte> room);
        if (status is not OperationStatus.Done)
            return status;

        BinaryPrimitives.WriteUInt16BigEndian(room, size == 4 ? (ushort)1 : (ushort)2);
        (room[2], room[3]) = ((byte)prefix, (byte)scope);
        octets[..sent].CopyTo(room[FixedSize..]);
        if (prefix % 8 != 0)
            room[^1] &= (byte)(0xff << (8 - (prefix % 8)));
        return OperationStatus.Done;
    }

    /// <summary>Adds a cookie. Source: RFC 7873, section 4.</summary>
    /// <param name="client">The client's part, 8 octets.</param>
    /// <param name="server">The server's part, 8 to 32 octets; empty if it is not known yet.</param>
    /// <returns>As <see cref="Write"/>.</returns>
    public OperationStatus WriteCookie(scoped ReadOnlySpan<byte> client, scoped ReadOnlySpan<byte> server)
    {
        OperationStatus status = Begin(DnsOptionCode.Cookie, client.Length + server.Length, out Span<byte> room);
        if (status is not OperationStatus.Done)
            return status;

        client.CopyTo(room);
        server.CopyTo(room[client.Length..]);
        return OperationStatus.Done;
    }

    /// <summary>Adds zeros. Source: RFC 7830.</summary>
    /// <param name="length">How many.</param>
    /// <returns>As <see cref="Write"/>.</returns>
    public OperationStatus WritePadding(int length)
    {
        OperationStatus status = Begin(DnsOptionCode.Padding, length, out Span<byte> room);
        room.Clear();
        return status;
    }

    /// <summary>Adds why a query failed. Source: RFC 8914.</summary>
    /// <param name="error">The reason.</param>
    /// <param name="text">More about it.</param>
    /// <returns>As <see cref="Write"/>.</returns>
    public OperationStatus WriteExtendedError(DnsExtendedErrorCode error, scoped ReadOnlySpan<char> text)
    {
        OperationStatus status = Begin(DnsOptionCode.ExtendedError, sizeof(ushort) + Encoding.UTF8.GetByteCount(text), out Span<byte> room);
        if (status is not OperationStatus.Done)
            return status;

        BinaryPrimitives.WriteUInt16BigEndian(room, (ushort)error);
        Encoding.UTF8.GetBytes(text, room[sizeof(ushort)..]);
        return OperationStatus.Done;
    }

    /// <summary>Adds the time that a connection may stay idle. Source: RFC 7828.</summary>
    /// <param name="tenths">The time in units of 100 milliseconds.</param>
    /// <returns>As <see cref="Write"/>.</returns>
    public OperationStatus WriteKeepalive(ushort tenths)
    {
        OperationStatus status = Begin(DnsOptionCode.TcpKeepalive, sizeof(ushort), out Span<byte> room);
        if (status is OperationStatus.Done)
            BinaryPrimitives.WriteUInt16BigEndian(room, tenths);
        return status;
    }

    /// <summary>Adds 16-bit numbers: the tags of trust anchors (RFC 8145), or the tag of a client or server.</summary>
    /// <param name="code">Which option.</param>
    /// <param name="tags">The numbers.</param>
    /// <returns>As <see cref="Write"/>.</returns>
    public OperationStatus WriteTags(DnsOptionCode code, scoped ReadOnlySpan<ushort> tags)
    {
        OperationStatus status = Begin(code, tags.Length * sizeof(ushort), out Span<byte> room);
        for (int i = 0; i < tags.Length && status is OperationStatus.Done; i++)
            BinaryPrimitives.WriteUInt16BigEndian(room[(i * sizeof(ushort))..], tags[i]);
        return status;
    }

    private OperationStatus Begin(DnsOptionCode code, int length, out Span<byte> room)
    {
        room = default;
        if (length is < 0 or > ushort.MaxValue)
            return OperationStatus.InvalidData;
        if (_buffer.Length - _length < HeaderSize + length)
            return OperationStatus.DestinationTooSmall;

        BinaryPrimitives.WriteUInt16BigEndian(_buffer[_length..], (ushort)code);
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[(_length + 2)..], (ushort)length);
        room = _buffer.Slice(_length + HeaderSize, length);
        _length += HeaderSize + length;
        return OperationStatus.Done;
    }
}

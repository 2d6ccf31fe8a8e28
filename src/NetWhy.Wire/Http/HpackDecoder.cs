using System.Buffers;

namespace NetWhy.Wire.Http;

/// <summary>How a header field is written. Source: RFC 7541, section 6.</summary>
public enum HpackRepresentation : byte
{
    /// <summary>No field, but how large the table is from now on.</summary>
    TableSize,

    /// <summary>By its place in the table.</summary>
    Indexed,

    /// <summary>In full, and kept in the table.</summary>
    Kept,

    /// <summary>In full, for once.</summary>
    NotKept,

    /// <summary>In full, and nobody on the way may keep it.</summary>
    NeverKept,
}

/// <summary>What was read of a header block.</summary>
/// <param name="Representation">How it is written.</param>
/// <param name="Index">The place in the table of the field, or of its name; 0 if the name is written too.</param>
/// <param name="Name">The name, as it came.</param>
/// <param name="Value">The value, as it came.</param>
/// <param name="TableSize">Of <see cref="HpackRepresentation.TableSize"/>: how large the table is from now on, in octets as HPACK counts them.</param>
public readonly record struct HpackField(HpackRepresentation Representation, int Index, ReadOnlyMemory<byte> Name, ReadOnlyMemory<byte> Value, int TableSize);

/// <summary>Reads the header fields of one direction of an HTTP/2 connection. Source: RFC 7541.</summary>
public sealed class HpackDecoder
{
    private const int EntryOverhead = 32; // RFC 7541, section 4.1
    private const int DefaultSize = 4096; // RFC 9113, section 6.5.2
    private const int LargestSize = 1 << 16; // more than browsers and servers ask for
    private const int LongestString = 1 << 16;
    private const int LongestInteger = 5; // octets; more make no sense

    private (byte[] Name, byte[] Value)[] _ring = new (byte[], byte[])[16]; // its length is a power of two
    private int _oldest;
    private int _count;
    private int _limit = DefaultSize;
    private int _most = DefaultSize;

    /// <summary>Octets that the table holds, as HPACK counts them.</summary>
    public int Size { get; private set; }

    /// <summary>Whether something was read that makes no sense: what comes later cannot be understood.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Sets how large the table may be, as SETTINGS_HEADER_TABLE_SIZE says that was acknowledged.</summary>
    /// <param name="size">The size, in octets as HPACK counts them; more than 65,536 counts as that.</param>
    public void Limit(uint size)
    {
        _limit = (int)Math.Min(size, LargestSize);
        Resize(Math.Min(_most, _limit));
    }

    /// <summary>Reads the next field of a header block.</summary>
    /// <param name="block">The rest of the block.</param>
    /// <param name="consumed">Octets read.</param>
    /// <param name="field">The field.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>; <see cref="OperationStatus.NeedMoreData"/> if the block ends before the field does, which
    /// may go on in the next frame; <see cref="OperationStatus.InvalidData"/> if it makes no sense, and then forever.
    /// </returns>
    public OperationStatus Read(ReadOnlySpan<byte> block, out int consumed, out HpackField field)
    {
        consumed = 0;
        field = default;
        if (IsBroken)
            return OperationStatus.InvalidData;
        if (block.IsEmpty)
            return OperationStatus.NeedMoreData;
        OperationStatus status = block[0] switch
        {
            >= 0x80 => ReadIndexed(block, ref consumed, out field),
            >= 0x40 => ReadLiteral(block, HpackRepresentation.Kept, 6, ref consumed, out field),
            >= 0x20 => ReadSize(block, ref consumed, out field),
            >= 0x10 => ReadLiteral(block, HpackRepresentation.NeverKept, 4, ref consumed, out field),
            _ => ReadLiteral(block, HpackRepresentation.NotKept, 4, ref consumed, out field),
        };
        if (status is OperationStatus.InvalidData)
            Break();
        return status;
    }

    /// <summary>Says that a part of the headers was not read: what comes later cannot be understood.</summary>
    public void Break()
    {
        IsBroken = true;
        Resize(0);
    }

    private OperationStatus ReadIndexed(ReadOnlySpan<byte> block, ref int consumed, out HpackField field)
    {
        field = default;
        OperationStatus status = ReadInteger(block, 7, ref consumed, out int index);
        if (status is not OperationStatus.Done)
            return status;
        if (!TryFind(index, out byte[] name, out byte[] value))
            return OperationStatus.InvalidData;
        field = new HpackField(HpackRepresentation.Indexed, index, name, value, 0);
        return OperationStatus.Done;
    }

    private OperationStatus ReadSize(ReadOnlySpan<byte> block, ref int consumed, out HpackField field)
    {
        field = default;
        OperationStatus status = ReadInteger(block, 5, ref consumed, out int size);
        if (status is not OperationStatus.Done)
            return status;
        if (size > _limit)
            return OperationStatus.InvalidData;
        Resize(size);
        field = new HpackField(HpackRepresentation.TableSize, 0, default, default, size);
        return OperationStatus.Done;
    }

    private OperationStatus ReadLiteral(ReadOnlySpan<byte> block, HpackRepresentation representation, int prefix, ref int consumed, out HpackField field)
    {
        field = default;
        byte[] name = [];
        OperationStatus status = ReadInteger(block, prefix, ref consumed, out int index);
        if (status is OperationStatus.Done && index == 0)
            status = ReadString(block, ref consumed, out name);
        else if (status is OperationStatus.Done && !TryFind(index, out name, out _))
            status = OperationStatus.InvalidData;
        if (status is not OperationStatus.Done)
            return status;
        status = ReadString(block, ref consumed, out byte[] value);
        if (status is not OperationStatus.Done)
            return status;
        if (representation is HpackRepresentation.Kept)
            Keep(name, value);
        field = new HpackField(representation, index, name, value, 0);
        return OperationStatus.Done;
    }

    // RFC 7541, section 5.1.
    private static OperationStatus ReadInteger(ReadOnlySpan<byte> block, int prefix, ref int consumed, out int value)
    {
        value = 0;
        if (consumed >= block.Length)
            return OperationStatus.NeedMoreData;
        int mask = (1 << prefix) - 1;
        long sum = block[consumed++] & mask;
        value = (int)sum;
        if (sum < mask)
            return OperationStatus.Done;
        for (int octet = 0; octet < LongestInteger; octet++)
        {
            if (consumed >= block.Length)
                return OperationStatus.NeedMoreData;
            byte next = block[consumed++];
            sum += (long)(next & 0x7f) << (7 * octet);
            if (next >= 0x80)
                continue;
            value = (int)Math.Min(sum, int.MaxValue);
            return sum <= int.MaxValue ? OperationStatus.Done : OperationStatus.InvalidData;
        }

        return OperationStatus.InvalidData;
    }

    // RFC 7541, section 5.2.
    private static OperationStatus ReadString(ReadOnlySpan<byte> block, ref int consumed, out byte[] text)
    {
        text = [];
        bool isCoded = consumed < block.Length && block[consumed] >= 0x80;
        OperationStatus status = ReadInteger(block, 7, ref consumed, out int length);
        if (status is not OperationStatus.Done)
            return status;
        if (length > LongestString)
            return OperationStatus.InvalidData;
        if (length > block.Length - consumed)
            return OperationStatus.NeedMoreData;
        ReadOnlySpan<byte> octets = block.Slice(consumed, length);
        consumed += length;
        if (!isCoded)
        {
            text = octets.ToArray();
            return OperationStatus.Done;
        }

        byte[] room = ArrayPool<byte>.Shared.Rent(HpackHuffman.MostDecoded(length));
        int? written = HpackHuffman.Decode(octets, room);
        text = room.AsSpan(0, written ?? 0).ToArray();
        ArrayPool<byte>.Shared.Return(room);
        return written is null ? OperationStatus.InvalidData : OperationStatus.Done;
    }

    private bool TryFind(int index, out byte[] name, out byte[] value)
    {
        name = value = [];
        if (index < 1 || index > HpackStaticTable.Count + _count)
            return false;
        (name, value) = index <= HpackStaticTable.Count ? HpackStaticTable.At(index) : _ring[(_oldest + _count + HpackStaticTable.Count - index) & (_ring.Length - 1)];
        return true;
    }

    // RFC 7541, section 4.4: an entry larger than the table empties it.
    private void Keep(byte[] name, byte[] value)
    {
        int size = EntryOverhead + name.Length + value.Length;
        Evict(_most - size);
        if (size > _most)
            return;
        if (_count == _ring.Length)
            Grow();
        _ring[(_oldest + _count++) & (_ring.Length - 1)] = (name, value);
        Size += size;
    }

    private void Resize(int size)
    {
        _most = size;
        Evict(size);
    }

    private void Grow()
    {
        var larger = new (byte[], byte[])[_ring.Length * 2];
        for (int place = 0; place < _count; place++)
            larger[place] = _ring[(_oldest + place) & (_ring.Length - 1)];
        _ring = larger;
        _oldest = 0;
    }

    private void Evict(int most)
    {
        while (Size > most && _count > 0)
        {
            (byte[] name, byte[] value) = _ring[_oldest];
            Size -= EntryOverhead + name.Length + value.Length;
            _ring[_oldest] = default;
            _oldest = (_oldest + 1) & (_ring.Length - 1);
            _count--;
        }
    }
}

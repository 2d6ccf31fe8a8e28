using System.Buffers;
using System.Buffers.Text;

namespace NetWhy.Wire.Dns;

/// <summary>Text or octets that grow in a pooled array and can be taken back to a mark.</summary>
internal ref struct DnsBufferWriter : IDisposable
{
    private const int FirstSize = 1024;

    private byte[] _buffer;

    public DnsBufferWriter() => _buffer = ArrayPool<byte>.Shared.Rent(FirstSize);

    internal readonly ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    /// <summary>How many octets were written; may be set back.</summary>
    internal int Length { get; set; }

    public readonly void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    /// <summary>Makes room for some octets; what is written there counts as soon as <see cref="Length"/> does.</summary>
    internal Span<byte> Reserve(int count)
    {
        if (_buffer.Length - Length < count)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, Length + count));
            Written.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        return _buffer.AsSpan(Length);
    }

    internal void Add(byte octet)
    {
        Reserve(1)[0] = octet;
        Length++;
    }

    internal void Add(scoped ReadOnlySpan<byte> text)
    {
        text.CopyTo(Reserve(text.Length));
        Length += text.Length;
    }

    /// <summary>Changes an octet that was written.</summary>
    internal readonly void SetAt(int position, byte octet) => _buffer[position] = octet;

    /// <summary>Adds text that is ASCII.</summary>
    internal void Add(string text)
    {
        Span<byte> room = Reserve(text.Length);
        for (int i = 0; i < text.Length; i++)
            room[i] = (byte)text[i];
        Length += text.Length;
    }

    internal void AddNumber(ulong number, int digits = 0)
    {
        Utf8Formatter.TryFormat(number, Reserve(Math.Max(digits, 20)), out int written, new StandardFormat('D', (byte)digits));
        Length += written;
    }

    internal void AddHex(scoped ReadOnlySpan<byte> octets, bool isLower = false)
    {
        Span<byte> room = Reserve(octets.Length * 2);
        int written;
        if (isLower)
            Convert.TryToHexStringLower(octets, room, out written);
        else
            Convert.TryToHexString(octets, room, out written);
        Length += written;
    }

    internal void AddBase64(scoped ReadOnlySpan<byte> octets)
    {
        Base64.EncodeToUtf8(octets, Reserve(Base64.GetMaxEncodedToUtf8Length(octets.Length)), out _, out int written);
        Length += written;
    }

    /// <summary>Adds tabs and spaces up to a column, one space at least; a space that ends at a tab stop is a tab.</summary>
    /// <param name="lineStart">Where the line began.</param>
    /// <param name="column">The column, as tab stops of 8 count it.</param>
    internal void AddIndent(int lineStart, int column)
    {
        const int TabStop = 8;

        int at = 0;
        foreach (byte octet in Written[lineStart..])
            at = octet == (byte)'\t' ? (at / TabStop + 1) * TabStop : at + 1;
        column = Math.Max(column, at + 1);
        for (; at / TabStop < column / TabStop; at = (at / TabStop + 1) * TabStop)
            Add((byte)'\t');
        for (; at < column; at++)
            Add((byte)' ');
    }
}

using System.Buffers.Text;
using System.Runtime.CompilerServices;

namespace NetWhy.Tools.Tcpdump.Printing;

/// <summary>The growing text of packets, in octets ready for standard output: nothing is allocated for a packet.</summary>
/// <remarks>
/// While <see cref="IsMuted"/> nothing is added. That is how a printer stops where the capture ends: what it reads behind
/// the end is 0 and what it says of it is not heard, so that the printers need no way out of their own.
/// </remarks>
internal sealed class PacketText
{
    private byte[] _octets = new byte[1 << 16];

    /// <summary>Whether what is added is dropped.</summary>
    internal bool IsMuted { get; set; }

    /// <summary>Where the interpolated string that is being added began; below 0 when there is none.</summary>
    internal int Begin { get; set; } = -1;

    /// <summary>Octets that it holds.</summary>
    internal int Length { get; private set; }

    /// <summary>What it holds.</summary>
    internal ReadOnlySpan<byte> Octets => _octets.AsSpan(0, Length);

    /// <summary>Forgets what it holds.</summary>
    internal void Clear() => Length = 0;

    /// <summary>Takes back what was added behind a length.</summary>
    /// <param name="length">The length.</param>
    internal void CutTo(int length) => Length = Math.Min(Length, length);

    /// <summary>Adds octets as they are.</summary>
    /// <param name="octets">The octets.</param>
    internal void Add(ReadOnlySpan<byte> octets)
    {
        if (!IsMuted)
            octets.CopyTo(Take(octets.Length));
    }

    /// <summary>Adds ASCII text.</summary>
    /// <param name="text">The text.</param>
    internal void Add(string text)
    {
        if (IsMuted)
            return;
        // The encoders of the runtime are not compiled ahead: for a few characters a loop that is beats them.
        Span<byte> target = Take(text.Length);
        for (int i = 0; i < target.Length; i++)
            target[i] = (byte)text[i];
    }

    /// <summary>Adds one octet as it is.</summary>
    /// <param name="octet">The octet.</param>
    internal void Add(byte octet)
    {
        if (!IsMuted)
            Take(1)[0] = octet;
    }

    /// <summary>Adds a number.</summary>
    /// <param name="value">The number.</param>
    /// <param name="digits">Digits at least, filled with zeros.</param>
    internal void AddDecimal(ulong value, int digits = 0)
    {
        if (IsMuted)
            return;
        Span<byte> text = stackalloc byte[20];
        Utf8Formatter.TryFormat(value, text, out int length);
        for (int i = length; i < digits; i++)
            Add((byte)'0');
        Add(text[..length]);
    }

    /// <summary>Adds a number.</summary>
    /// <param name="value">The number.</param>
    internal void AddDecimal(long value)
    {
        if (value < 0)
            Add((byte)'-');
        AddDecimal(value < 0 ? 0 - (ulong)value : (ulong)value);
    }

    /// <summary>Adds a number in small hexadecimal digits.</summary>
    /// <param name="value">The number.</param>
    /// <param name="digits">Digits at least.</param>
    internal void AddHexadecimal(ulong value, int digits = 1)
    {
        if (IsMuted)
            return;
        int needed = Math.Max(digits, value is 0 ? 1 : ((64 - int.CreateTruncating(ulong.LeadingZeroCount(value))) + 3) / 4);
        Span<byte> text = Take(needed);
        for (int i = needed - 1; i >= 0; i--, value >>= 4)
            text[i] = Digit((int)(value & 0xf));
    }

    /// <summary>The small hexadecimal digit of a number below 16.</summary>
    /// <param name="value">The number.</param>
    internal static byte Digit(int value) => (byte)(value + (value < 10 ? '0' : 'a' - 10));

    private Span<byte> Take(int count)
    {
        if (_octets.Length - Length < count)
            Array.Resize(ref _octets, Math.Max(_octets.Length * 2, Length + count));
        Length += count;
        return _octets.AsSpan(Length - count, count);
    }
}

/// <summary>Adds an interpolated string to a <see cref="PacketText"/>, without a string.</summary>
/// <remarks>Formats: <c>x</c>, <c>x2</c>, <c>x4</c>, <c>x8</c>: small hexadecimal digits; <c>d2</c> …: decimal digits at least.</remarks>
[InterpolatedStringHandler]
internal readonly ref struct PacketTextHandler
{
    private readonly PacketText _text;

    /// <summary>Starts a string.</summary>
    /// <param name="literalLength">Not used.</param>
    /// <param name="formattedCount">Not used.</param>
    /// <param name="printer">Whose text it goes to.</param>
    /// <param name="isHeard">Whether it goes there at all.</param>
    public PacketTextHandler(int literalLength, int formattedCount, PacketPrinter printer, out bool isHeard)
    {
        _ = literalLength;
        _ = formattedCount;
        _text = printer.Text;
        isHeard = !_text.IsMuted;
        _text.Begin = _text.Length;
    }

    /// <summary>Adds a part as it stands.</summary>
    /// <param name="text">The part.</param>
    public void AppendLiteral(string text) => _text.Add(text);

    /// <summary>Adds text.</summary>
    /// <param name="text">The text; null is none.</param>
    public void AppendFormatted(string? text) => _text.Add(text ?? "");

    /// <summary>Adds octets as they are.</summary>
    /// <param name="octets">The octets.</param>
    public void AppendFormatted(ReadOnlySpan<byte> octets) => _text.Add(octets);

    /// <summary>Adds a character of ASCII.</summary>
    /// <param name="character">The character.</param>
    public void AppendFormatted(char character) => _text.Add((byte)character);

    /// <summary>Adds a number.</summary>
    /// <param name="value">The number.</param>
    public void AppendFormatted(int value) => _text.AddDecimal((long)value);

    /// <inheritdoc cref="AppendFormatted(int)"/>
    public void AppendFormatted(long value) => _text.AddDecimal(value);

    /// <inheritdoc cref="AppendFormatted(int)"/>
    public void AppendFormatted(uint value) => _text.AddDecimal((ulong)value);

    /// <inheritdoc cref="AppendFormatted(int)"/>
    public void AppendFormatted(ulong value) => _text.AddDecimal(value);

    /// <summary>Adds a number.</summary>
    /// <param name="value">The number.</param>
    /// <param name="format">How.</param>
    public void AppendFormatted(int value, string format) => Format(unchecked((uint)value), format);

    /// <inheritdoc cref="AppendFormatted(int, string)"/>
    public void AppendFormatted(uint value, string format) => Format(value, format);

    /// <inheritdoc cref="AppendFormatted(int, string)"/>
    public void AppendFormatted(ulong value, string format) => Format(value, format);

    private void Format(ulong value, string format)
    {
        int digits = format.Length > 1 ? format[1] - '0' : 0;
        if (format.Length > 2)
            digits = (digits * 10) + format[2] - '0';
        if (format[0] is 'x')
            _text.AddHexadecimal(value, Math.Max(digits, 1));
        else
            _text.AddDecimal(value, digits);
    }
}

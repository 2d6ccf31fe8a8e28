using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using NetWhy.Analysis.Dissection;

namespace NetWhy.Analysis.Fields;

/// <summary>Writes what a value says in a tree: nothing is formatted where nobody asked.</summary>
[InterpolatedStringHandler]
internal readonly ref struct TreeLine
{
    private const int UsualValue = 128; // of what writes itself: numbers and addresses

    private readonly ArrayBufferWriter<byte>? _line;

    /// <summary>Begins a line of a tree.</summary>
    /// <param name="literalLength">Characters that are written as they are.</param>
    /// <param name="formattedCount">Values that are written.</param>
    /// <param name="fields">Where it goes.</param>
    /// <param name="isWanted">Whether somebody asked for it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TreeLine(int literalLength, int formattedCount, PacketFields fields, out bool isWanted)
    {
        _ = literalLength + formattedCount; // the compiler counts them for handlers that reserve room
        isWanted = fields.AreTextsWanted;
        _line = isWanted ? fields.BeginLine() : null;
    }

    /// <summary>Begins the text of a field.</summary>
    /// <param name="literalLength">Characters that are written as they are.</param>
    /// <param name="formattedCount">Values that are written.</param>
    /// <param name="fields">Where it goes.</param>
    /// <param name="field">The field.</param>
    /// <param name="isWanted">Whether somebody asked for it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TreeLine(int literalLength, int formattedCount, PacketFields fields, Field field, out bool isWanted)
    {
        _ = literalLength + formattedCount;
        isWanted = fields.IsWanted(field.Expertise is null ? field : ExpertFields.Message);
        _line = isWanted ? fields.BeginLine() : null;
    }

    /// <summary>Whether somebody asked for it.</summary>
    internal bool IsWanted => _line is not null;

    /// <summary>Writes text as it is.</summary>
    /// <param name="text">The text.</param>
    public void AppendLiteral(string text) => AppendFormatted(text);

    /// <summary>Writes text as it is.</summary>
    /// <param name="text">The text.</param>
    public void AppendFormatted(string? text) => _line!.Advance(Encoding.UTF8.GetBytes(text, _line.GetSpan(Encoding.UTF8.GetMaxByteCount(text?.Length ?? 0))));

    /// <summary>Writes text of a packet; what must not reach a terminal is escaped.</summary>
    /// <param name="text">The text, in UTF-8.</param>
    public void AppendFormatted(ReadOnlySpan<byte> text) => FieldText.WriteText(_line!, text, isUtf8: true);

    /// <summary>Writes an address, or octets in hexadecimal with colons between them.</summary>
    /// <param name="octets">The octets.</param>
    /// <param name="format"><c>ip</c> or <c>mac</c>.</param>
    public void AppendFormatted(ReadOnlySpan<byte> octets, string format)
    {
        if (format is "ip" && octets.Length is 4 or 16)
            _line!.Advance(AddressText.Write(octets, _line.GetSpan(AddressText.Longest)));
        else
            FieldText.WriteOctets(_line!, octets, (byte)':');
    }

    /// <summary>Writes a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="format">How.</param>
    /// <typeparam name="T">Its type.</typeparam>
    public void AppendFormatted<T>(T value, string? format = null)
        where T : IUtf8SpanFormattable
    {
        int room = UsualValue, written;
        while (!value.TryFormat(_line!.GetSpan(room), out written, format, CultureInfo.InvariantCulture))
            room *= 2;
        _line.Advance(written);
    }
}

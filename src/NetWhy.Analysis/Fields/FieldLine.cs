using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace NetWhy.Analysis.Fields;

/// <summary>Writes fields and their values as <c>tshark -V</c> does.</summary>
public static class FieldLine
{
    private const int MostOctets = 36; // of a value of octets that is longer

    /// <summary>Octets of a line at most, without brackets. Source: Wireshark, epan/proto.h, ITEM_LABEL_LENGTH.</summary>
    internal const int Longest = 239;

    private static ReadOnlySpan<byte> Truncated => " [truncated]"u8;

    /// <summary>Writes a value's line, without its indentation, its brackets and its end; what is too long is cut, as Wireshark does.</summary>
    /// <param name="output">Where to, as UTF-8: nothing stands there yet.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="place">The value's place among <see cref="DissectedPacket.Values"/>.</param>
    public static void Write(ArrayBufferWriter<byte> output, in DissectedPacket packet, int place)
    {
        ArgumentNullException.ThrowIfNull(output);
        FieldValue value = packet.Values[place];
        Field field = FieldCatalog.Default.All[value.FieldIndex];
        ReadOnlySpan<byte> text = packet.TextOf(place, out TreeTextKind kind);
        if (kind is TreeTextKind.None or TreeTextKind.Behind)
            WriteValue(output, field, value, packet.OctetsOf(value));
        output.Write(text);
        if (output.WrittenCount <= Longest)
            return;
        Span<byte> line = stackalloc byte[Longest + 1];
        output.WrittenSpan[..line.Length].CopyTo(line);
        output.ResetWrittenCount();
        if (kind is TreeTextKind.Grown or TreeTextKind.Behind)
        {
            output.Write(Cut(line, Longest));
            return;
        }

        int label = kind == TreeTextKind.None && field.Name is not "text" ? Encoding.UTF8.GetByteCount(field.Label) : 0;
        output.Write(line[..label]);
        output.Write(Truncated);
        output.Write(Cut(line[label..], Longest - 1 - Truncated.Length - label));
    }

    /// <summary>A line that has no name, as it is called: with a mark before it if it is too long.</summary>
    /// <param name="text">The line, in UTF-8.</param>
    public static ReadOnlySpan<byte> Shorten(ReadOnlySpan<byte> text) =>
        text.Length <= Longest ? text : (byte[])[.. Truncated, .. Cut(text, Longest - 1 - Truncated.Length)];

    /// <summary>As much of a text as a line may have.</summary>
    /// <param name="text">The text, in UTF-8.</param>
    internal static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> text) => text.Length > Longest ? Cut(text, Longest) : text;

    // Not within a character.
    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> text, int length)
    {
        while (length > 0 && (text[length] & 0xc0) == 0x80)
            length--;
        return text[..length];
    }

    private static void WriteValue(IBufferWriter<byte> output, Field field, in FieldValue value, ReadOnlySpan<byte> octets)
    {
        if (field.Mask != 0)
            WriteBits(output, field, value.Number);
        if (field.Name is "text")
        {
            FieldText.WriteText(output, octets, isUtf8: true);
            return;
        }

        output.Write(Encoding.UTF8.GetBytes(field.Label));
        if (field.Kind is FieldKind.None or FieldKind.Protocol)
            return;
        output.Write(": "u8);
        switch (field.Kind)
        {
            case FieldKind.Boolean:
                output.Write(Encoding.UTF8.GetBytes(value.Number != 0 ? field.Truths.True : field.Truths.False));
                break;
            case FieldKind.Unsigned or FieldKind.Signed when field.ValueNames is { } names && (!field.HasSpecialNames || names.ContainsKey(value.Number)):
                output.Write(Encoding.UTF8.GetBytes(names.GetValueOrDefault(value.Number) ?? "Unknown"));
                if (field.HasNameAlone)
                    break;
                output.Write(" ("u8);
                WriteNumber(output, field, value, octets);
                output.Write(")"u8);
                break;
            case FieldKind.Unsigned:
                WriteNumber(output, field, value, octets);
                if (field.IsDecimalToo)
                    output.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $" ({value.Number})")));
                break;
            case FieldKind.Octets when octets.Length > MostOctets:
                FieldText.Write(output, field, value, octets[..MostOctets]);
                output.Write("\u2026"u8);
                break;
            case FieldKind.Duration:
                FieldText.Write(output, field, value, octets);
                output.Write(" seconds"u8);
                break;
            default:
                FieldText.Write(output, field, value, octets);
                break;
        }

        output.Write(Encoding.UTF8.GetBytes(field.Unit));
    }

    // With as many digits as its bits need.
    private static void WriteNumber(IBufferWriter<byte> output, Field field, in FieldValue value, ReadOnlySpan<byte> octets)
    {
        if (field.Style == NumberStyle.Hexadecimal && field.Mask != 0)
            output.Write(Encoding.UTF8.GetBytes("0x" + value.Number.ToString($"x{(64 - BitOperations.LeadingZeroCount(field.Mask) - BitOperations.TrailingZeroCount(field.Mask) + 3) / 4}", CultureInfo.InvariantCulture)));
        else
            FieldText.Write(output, field, value, octets);
    }

    // 1s and 0s where its bits are, dots elsewhere.
    private static void WriteBits(IBufferWriter<byte> output, Field field, ulong number)
    {
        ulong bits = number << BitOperations.TrailingZeroCount(field.Mask);
        for (int bit = field.Bits - 1; bit >= 0; bit--)
        {
            bool isOwn = ((field.Mask >> bit) & 1) != 0;
            output.Write(!isOwn ? "."u8 : ((bits >> bit) & 1) != 0 ? "1"u8 : "0"u8);
            if (bit % 4 == 0 && bit > 0)
                output.Write(" "u8);
        }

        output.Write(" = "u8);
    }
}

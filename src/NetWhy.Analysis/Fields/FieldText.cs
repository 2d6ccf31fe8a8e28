using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace NetWhy.Analysis.Fields;

/// <summary>Writes values as <c>tshark -T fields</c> does.</summary>
public static class FieldText
{
    private const int LongestNumber = 64;
    private const long Second = 1_000_000_000;

    /// <summary>Writes a value.</summary>
    /// <param name="output">Where to, as UTF-8.</param>
    /// <param name="field">Its field.</param>
    /// <param name="value">The value.</param>
    /// <param name="octets">Its octets.</param>
    public static void Write(IBufferWriter<byte> output, Field field, in FieldValue value, ReadOnlySpan<byte> octets)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(field);
        switch (field.Kind)
        {
            case FieldKind.None:
                output.Write("1"u8);
                break;
            case FieldKind.Protocol when !field.IsLayer: // an option, which Wireshark has as octets
                WriteOctets(output, octets, field.Separator);
                break;
            case FieldKind.Protocol:
                output.Write(Encoding.ASCII.GetBytes(field.Name));
                break;
            case FieldKind.Unsigned when field.Style == NumberStyle.Hexadecimal:
                WriteHexadecimal(output, value.Number, Math.Max(1, field.Bits / 4));
                break;
            case FieldKind.Boolean or FieldKind.Unsigned or FieldKind.FrameNumber:
                WriteNumber(output, value.Number);
                break;
            case FieldKind.Signed:
                WriteSigned(output, value.Signed);
                break;
            case FieldKind.Double:
                output.Write(Encoding.ASCII.GetBytes(value.Double.ToString("G6", CultureInfo.InvariantCulture)));
                break;
            case FieldKind.Time:
                WriteTime(output, value.Signed);
                break;
            case FieldKind.Duration:
                WriteDuration(output, value.Signed);
                break;
            case FieldKind.Text:
                WriteText(output, octets, field.IsUtf8);
                break;
            case FieldKind.Octets when octets.IsEmpty:
                output.Write("<MISSING>"u8);
                break;
            case FieldKind.Octets:
                WriteOctets(output, octets, field.Separator);
                break;
            case FieldKind.EthernetAddress:
                WriteOctets(output, octets, (byte)':');
                break;
            case FieldKind.Ipv4Address:
                WriteIpv4(output, (uint)value.Number);
                break;
            case FieldKind.Ipv6Address when octets.Length == 16:
                WriteAddress(output, octets);
                break;
        }
    }

    private static void WriteNumber(IBufferWriter<byte> output, ulong number)
    {
        _ = Utf8Formatter.TryFormat(number, output.GetSpan(LongestNumber), out int written);
        output.Advance(written);
    }

    private static void WriteSigned(IBufferWriter<byte> output, long number)
    {
        _ = Utf8Formatter.TryFormat(number, output.GetSpan(LongestNumber), out int written);
        output.Advance(written);
    }

    private static void WriteHexadecimal(IBufferWriter<byte> output, ulong number, int digits)
    {
        output.Write("0x"u8);
        _ = Utf8Formatter.TryFormat(number, output.GetSpan(LongestNumber), out int written, new StandardFormat('x', (byte)digits));
        output.Advance(written);
    }

    private static void WriteDuration(IBufferWriter<byte> output, long nanoseconds)
    {
        if (nanoseconds < 0)
            output.Write("-"u8);
        ulong magnitude = nanoseconds < 0 ? unchecked((ulong)-nanoseconds) : (ulong)nanoseconds;
        WriteNumber(output, magnitude / Second);
        output.Write("."u8);
        WriteFraction(output, (uint)(magnitude % Second));
    }

    private static void WriteFraction(IBufferWriter<byte> output, uint nanoseconds)
    {
        _ = Utf8Formatter.TryFormat(nanoseconds, output.GetSpan(LongestNumber), out int written, new StandardFormat('D', 9));
        output.Advance(written);
    }

    private static void WriteTime(IBufferWriter<byte> output, long nanoseconds)
    {
        long seconds = Math.DivRem(nanoseconds, Second, out long fraction);
        if (fraction < 0)
        {
            seconds--;
            fraction += Second;
        }

        DateTime time = DateTime.UnixEpoch.AddSeconds(seconds);
        output.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{time:MMM} {time.Day,2}, {time:yyyy HH:mm:ss}.")));
        WriteFraction(output, (uint)fraction);
        output.Write(" UTC"u8);
    }

    /// <summary>Writes text; what would move the cursor, end a line or hide something is written as C writes it, and what is no text as U+FFFD.</summary>
    /// <param name="output">Where to, as UTF-8.</param>
    /// <param name="text">The text.</param>
    /// <param name="isUtf8">Whether octets from 0x80 on may be letters; of a protocol that knows ASCII only, each is none.</param>
    public static void WriteText(IBufferWriter<byte> output, ReadOnlySpan<byte> text, bool isUtf8 = false)
    {
        ArgumentNullException.ThrowIfNull(output);
        Span<byte> escaped = stackalloc byte[EscapedText.Longest];
        while (!text.IsEmpty)
        {
            int plain = text.IndexOfAnyExceptInRange((byte)0x20, (byte)0x7e);
            output.Write(plain < 0 ? text : text[..plain]);
            if (plain < 0)
                return;
            text = text[plain..];
            int used = isUtf8 ? EscapedText.Write(text, escaped, out int written) : EscapedText.WriteAscii(text[0], escaped, out written);
            output.Write(escaped[..written]);
            text = text[used..];
        }
    }

    /// <summary>Writes octets in hexadecimal.</summary>
    /// <param name="output">Where to, as UTF-8.</param>
    /// <param name="octets">The octets.</param>
    /// <param name="separator">What stands between two of them; 0 for nothing.</param>
    public static void WriteOctets(IBufferWriter<byte> output, ReadOnlySpan<byte> octets, byte separator)
    {
        for (int index = 0; index < octets.Length; index++)
        {
            if (separator != 0 && index > 0)
            {
                output.GetSpan(1)[0] = separator;
                output.Advance(1);
            }

            _ = Utf8Formatter.TryFormat(octets[index], output.GetSpan(LongestNumber), out int written, new StandardFormat('x', 2));
            output.Advance(written);
        }
    }

    private static void WriteIpv4(IBufferWriter<byte> output, uint address)
    {
        for (int shift = 24; shift >= 0; shift -= 8)
        {
            WriteNumber(output, (address >> shift) & 0xff);
            if (shift > 0)
                output.Write("."u8);
        }
    }

    private static void WriteAddress(IBufferWriter<byte> output, ReadOnlySpan<byte> octets)
    {
        if (octets.Length is 4 or 16)
            output.Advance(AddressText.Write(octets, output.GetSpan(AddressText.Longest)));
    }
}

using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace NetWhy.Analysis.Fields;

/// <summary>Writes characters that must not reach a terminal as they are. Source: what tshark 4.0 prints for them.</summary>
internal static class EscapedText
{
    /// <summary>Octets that a character takes at most.</summary>
    internal const int Longest = 10;

    private const int DigitsOfPlane0 = 4;
    private const int DigitsOfOthers = 8;

    /// <summary>Writes the first character of UTF-8.</summary>
    /// <param name="text">The text: not empty.</param>
    /// <param name="room">Where to: <see cref="Longest"/> octets.</param>
    /// <param name="written">Octets written.</param>
    /// <returns>Octets of the character.</returns>
    internal static int Write(ReadOnlySpan<byte> text, Span<byte> room, out int written)
    {
        if (text[0] < 0x80)
            return WriteAscii(text[0], room, out written);
        bool isWhole = Rune.DecodeFromUtf8(text, out Rune rune, out int length) is OperationStatus.Done;
        if (isWhole && Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
        {
            room[0] = (byte)'\\';
            room[1] = (byte)(rune.IsBmp ? 'u' : 'U');
            _ = Utf8Formatter.TryFormat(rune.Value, room[2..], out int digits, new StandardFormat('X', (byte)(rune.IsBmp ? DigitsOfPlane0 : DigitsOfOthers)));
            written = 2 + digits;
            return length;
        }

        written = rune.EncodeToUtf8(room); // what is none was decoded to U+FFFD
        return length;
    }

    /// <summary>Writes an octet as ASCII.</summary>
    /// <param name="octet">The octet.</param>
    /// <param name="room">Where to: <see cref="Longest"/> octets.</param>
    /// <param name="written">Octets written.</param>
    /// <returns>1, as many as were read.</returns>
    internal static int WriteAscii(byte octet, Span<byte> room, out int written)
    {
        ReadOnlySpan<byte> letters = "abtnvfr"u8; // from 7 on
        room[0] = (byte)'\\';
        written = 2;
        switch (octet)
        {
            case >= 0x80:
                "\uFFFD"u8.CopyTo(room);
                written = 3;
                break;
            case >= 7 and <= 13:
                room[1] = letters[octet - 7];
                break;
            case < 0x20 or 0x7f:
                room[1] = (byte)('0' + (octet >> 6));
                room[2] = (byte)('0' + ((octet >> 3) & 7));
                room[3] = (byte)('0' + (octet & 7));
                written = 4;
                break;
            default:
                room[0] = octet;
                written = 1;
                break;
        }

        return 1;
    }
}

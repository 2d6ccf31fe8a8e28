using System.Buffers;
using System.Globalization;

namespace NetWhy.Tools.Tshark;

/// <summary>Writes sixteen octets at most, in hexadecimal and as characters.</summary>
internal static class OctetLine
{
    /// <summary>Octets of a line.</summary>
    internal const int Length = 16;

    /// <summary>Writes octets, each line with the place of its first one.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="octets">The octets.</param>
    internal static void WriteAll(IBufferWriter<byte> output, ReadOnlySpan<byte> octets)
    {
        const int LongestPlace = 8;
        for (int offset = 0; offset < octets.Length; offset += Length)
        {
            _ = offset.TryFormat(output.GetSpan(LongestPlace), out int written, "x4", CultureInfo.InvariantCulture);
            output.Advance(written);
            output.Write("  "u8);
            Write(output, octets.Slice(offset, Math.Min(Length, octets.Length - offset)), hasGap: false);
            output.Write("\n"u8);
        }
    }

    /// <summary>Writes a line, without its end.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="octets">The octets.</param>
    /// <param name="hasGap">Whether there is a gap in the middle; then a space at the end is dropped, as tshark does.</param>
    internal static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> octets, bool hasGap)
    {
        const int Longest = (Length * 4) + 4;
        Span<byte> line = output.GetSpan(Longest)[..Longest];
        line.Fill((byte)' ');
        int gap = hasGap ? 1 : 0;
        int characters = (Length * 3) + gap + (hasGap ? 1 : 2);
        for (int place = 0; place < octets.Length; place++)
        {
            int moved = place < Length / 2 ? 0 : gap;
            _ = octets[place].TryFormat(line[((place * 3) + moved)..], out _, "x2", CultureInfo.InvariantCulture);
            line[characters + place + moved] = octets[place] is >= 0x20 and < 0x7f ? octets[place] : (byte)'.';
        }

        int end = characters + octets.Length + (octets.Length > Length / 2 ? gap : 0);
        output.Advance(hasGap && line[end - 1] == ' ' ? end - 1 : end);
    }
}

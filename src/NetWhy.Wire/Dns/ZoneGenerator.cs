using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace NetWhy.Wire.Dns;

/// <summary>The lines that a <c>$GENERATE</c> of BIND 9 stands for.</summary>
/// <param name="Start">The first number.</param>
/// <param name="Stop">The last number; it may not be met.</param>
/// <param name="Step">How far to go each time.</param>
internal sealed record ZoneGenerator(int Start, int Stop, int Step)
{
    private const int MostText = 16 << 20;
    private const int MostWidth = 255;

    /// <summary>Reads <c>START-STOP</c> or <c>START-STOP/STEP</c>.</summary>
    internal static bool TryParseRange(ReadOnlySpan<byte> text, [NotNullWhen(true)] out ZoneGenerator? generator)
    {
        generator = null;
        int dash = text.IndexOf((byte)'-');
        if (dash < 0)
            return false;

        int slash = text.IndexOf((byte)'/');
        ReadOnlySpan<byte> stopText = slash < dash ? text[(dash + 1)..] : text[(dash + 1)..slash];
        int step = 1;
        if (!TryParse(text[..dash], out int start) || !TryParse(stopText, out int stop) || (slash > dash && !TryParse(text[(slash + 1)..], out step))
            || step == 0 || start > stop)
        {
            return false;
        }

        generator = new ZoneGenerator(start, stop, step);
        return true;
    }

    /// <summary>Makes the lines.</summary>
    /// <param name="pattern">The line, with <c>$</c> or <c>${offset,width,base}</c> for the number, and <c>$$</c> or <c>\$</c> for a dollar sign.</param>
    /// <returns>The lines; null if the pattern cannot be, or they would be too long.</returns>
    internal byte[]? Make(string pattern)
    {
        var lines = new StringBuilder();
        for (long number = Start; number <= Stop; number += Step)
        {
            if (!TryAppend(lines, pattern, number) || lines.Length > MostText)
                return null;

            lines.Append('\n');
        }

        return Encoding.Latin1.GetBytes(lines.ToString());
    }

    private static bool TryAppend(StringBuilder lines, string pattern, long number)
    {
        for (int i = 0; i < pattern.Length; i++)
        {
            char character = pattern[i];
            if (character == '\\' && i + 1 < pattern.Length)
            {
                lines.Append(character).Append(pattern[++i]);
            }
            else if (character != '$')
            {
                lines.Append(character);
            }
            else if (i + 1 < pattern.Length && pattern[i + 1] == '$')
            {
                lines.Append('$');
                i++;
            }
            else if (i + 1 < pattern.Length && pattern[i + 1] == '{')
            {
                int end = pattern.IndexOf('}', i);
                if (end < 0 || !TryAppendModified(lines, pattern[(i + 2)..end].Split(','), number))
                    return false;

                i = end;
            }
            else
            {
                lines.Append(number.ToString(CultureInfo.InvariantCulture));
            }
        }

        return true;
    }

    private static bool TryAppendModified(StringBuilder lines, string[] parts, long number)
    {
        int width = 0;
        string form = parts.Length > 2 ? parts[2] : "d";
        if (parts.Length > 3 || !int.TryParse(parts[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int offset)
            || (parts.Length > 1 && !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out width)) || width > MostWidth)
        {
            return false;
        }

        number += offset;
        if (number < 0)
            return false;

        switch (form)
        {
            case "d":
                lines.Append(number.ToString(CultureInfo.InvariantCulture).PadLeft(width, '0'));
                return true;
            case "o":
                lines.Append(Convert.ToString(number, 8).PadLeft(width, '0'));
                return true;
            case "x" or "X":
                string hex = number.ToString(form, CultureInfo.InvariantCulture);
                lines.Append(hex.PadLeft(width, '0'));
                return true;
            case "n" or "N":
                AppendNibbles(lines, number, width, isUpper: form == "N");
                return true;
            default:
                return false;
        }
    }

    // Hexadecimal digits, the last one first, with dots between: for names below ip6.arpa.
    private static void AppendNibbles(StringBuilder lines, long number, int width, bool isUpper)
    {
        string digits = isUpper ? "0123456789ABCDEF" : "0123456789abcdef";
        do
        {
            lines.Append(digits[(int)(number & 0xf)]);
            number >>= 4;
            width--;
            if (width > 0 || number > 0)
            {
                lines.Append('.');
                width--;
            }
        }
        while (number > 0 || width > 0);
    }

    private static bool TryParse(ReadOnlySpan<byte> text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

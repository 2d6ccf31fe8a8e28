using System.Globalization;

namespace NetWhy.Analysis.Filters;

/// <summary>Reads ranges as slices and layers have them.</summary>
internal static class FilterRanges
{
    /// <summary>Reads a range: <c>at</c>, <c>first-last</c>, <c>start:length</c>, <c>start:</c>, <c>:length</c> or <c>:</c>.</summary>
    /// <param name="text">The range.</param>
    /// <param name="position">Where it stands in the filter.</param>
    /// <exception cref="DisplayFilterException">It is none.</exception>
    internal static FilterRange Parse(string text, int position)
    {
        ReadOnlySpan<char> rest = text.AsSpan().Trim(" \t\r\n");
        int start = 0;
        bool hasStart = !rest.StartsWith(':');
        if (hasStart)
            start = Number(ref rest, text, position);
        if (rest.IsEmpty)
            return new FilterRange(start, Length: 1, End: null);

        char separator = rest[0];
        rest = rest[1..].Trim(" \t\r\n");
        if (separator == ':' && rest.IsEmpty)
            return new FilterRange(start, Length: null, End: null);
        if (separator is not (':' or '-') || rest.IsEmpty)
            throw Wrong("is no range: write [start:length], [first-last] or [at]", text, position);

        int second = Number(ref rest, text, position);
        if (!rest.IsEmpty)
            throw Wrong("is no range: write [start:length], [first-last] or [at]", text, position);
        if (separator == ':')
            return second > 0 ? new FilterRange(start, second, End: null) : throw Wrong("has no length: it is at least 1", text, position);
        if (start < 0 != second < 0)
            throw Wrong("counts from the beginning and from the end: the signs must be the same", text, position);
        return start < second ? new FilterRange(start, Length: null, second) : throw Wrong("ends where it begins, or before: write the smaller number first", text, position);
    }

    // A number as C has it: decimal, 0x or octal, with a sign.
    private static int Number(ref ReadOnlySpan<char> rest, string text, int position)
    {
        int sign = rest.Length > 0 && rest[0] is '-' or '+' ? 1 : 0;
        int end = sign;
        while (end < rest.Length && char.IsAsciiLetterOrDigit(rest[end]))
            end++;
        if (!FilterNumbers.TryParse(rest[sign..end], out UInt128 number))
            throw Wrong("is no range of numbers: write [start:length], [first-last] or [at]", text, position);
        if (number > int.MaxValue)
            throw Wrong($"has a number above {int.MaxValue.ToString(CultureInfo.InvariantCulture)}", text, position);
        bool isNegative = rest[0] == '-';
        rest = rest[end..].TrimStart(" \t\r\n");
        return isNegative ? -(int)number : (int)number;
    }

    private static DisplayFilterException Wrong(string what, string text, int position) => new($"[{text}] {what}", position, text.Length);
}

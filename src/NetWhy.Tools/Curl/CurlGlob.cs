using System.Globalization;

namespace NetWhy.Tools.Curl;

/// <summary>The URLs that a pattern stands for: <c>[1-3]</c>, <c>[a-z:2]</c>, <c>{one,two}</c>. Source: curl's docs/GLOBBING.md.</summary>
internal sealed class CurlGlob
{
    private const int MostParts = 255;
    private const long MostUrls = long.MaxValue / 4;

    private readonly List<(string? Literal, Func<long, string>? Choice, long Count)> _parts = [];

    private CurlGlob()
    {
    }

    /// <summary>How many there are.</summary>
    internal long Count { get; private set; } = 1;

    /// <summary>A pattern that stands for itself.</summary>
    /// <param name="text">The text.</param>
    internal static CurlGlob Literal(string text)
    {
        var glob = new CurlGlob();
        glob._parts.Add((text, null, 1));
        return glob;
    }

    /// <summary>Reads a pattern.</summary>
    /// <param name="text">The pattern.</param>
    /// <exception cref="CurlFailure">A range makes no sense.</exception>
    internal static CurlGlob Parse(string text)
    {
        var glob = new CurlGlob();
        var literal = new System.Text.StringBuilder();
        for (int at = 0; at < text.Length;)
        {
            if (text[at] == '\\' && at + 1 < text.Length && text[at + 1] is '{' or '}' or '[' or ']')
            {
                literal.Append(text[at + 1]);
                at += 2;
                continue;
            }

            if (text[at] is ']' or '}')
                throw Bad(text, at, "unmatched close brace/bracket", 1);
            bool isLiteral = text[at] is not ('[' or '{') || (text[at] == '[' && IsAddress(text, at));
            if (isLiteral)
            {
                if (text[at] == '[')
                {
                    int close = text.IndexOf(']', at);
                    literal.Append(text, at, close + 1 - at);
                    at = close + 1;
                    continue;
                }

                literal.Append(text[at++]);
                continue;
            }

            if (literal.Length > 0)
                glob._parts.Add((literal.ToString(), null, 1));
            literal.Clear();
            (Func<long, string> choice, long count) = text[at] == '[' ? Range(text, ref at) : Set(text, ref at);
            glob._parts.Add((null, choice, count));
            if (count > MostUrls / glob.Count || glob._parts.Count > MostParts)
                throw Bad(text, at, "range overflow", 0);
            glob.Count *= count;
        }

        if (literal.Length > 0 || glob._parts.Count == 0)
            glob._parts.Add((literal.ToString(), null, 1));
        return glob;
    }

    /// <summary>One of them.</summary>
    /// <param name="index">Which, from 0; the last range moves fastest.</param>
    internal string At(long index) => string.Concat(Values(index));

    /// <summary>A name for a file, with the values of the ranges where it says <c>#1</c>, <c>#2</c>…</summary>
    /// <param name="pattern">The name.</param>
    /// <param name="index">Which URL.</param>
    internal string Name(string pattern, long index)
    {
        string[] values = [.. Values(index).Where((_, place) => _parts[place].Choice is not null)];
        var name = new System.Text.StringBuilder();
        for (int at = 0; at < pattern.Length; at++)
        {
            int end = at + 1;
            while (pattern[at] == '#' && end < pattern.Length && char.IsAsciiDigit(pattern[end]) && end - at < 6)
                end++;
            bool isNumber = end > at + 1 && int.TryParse(pattern.AsSpan(at + 1, end - at - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                && number >= 1 && number <= values.Length;
            if (!isNumber)
            {
                name.Append(pattern[at]);
                continue;
            }

            name.Append(values[int.Parse(pattern.AsSpan(at + 1, end - at - 1), CultureInfo.InvariantCulture) - 1]);
            at = end - 1;
        }

        return name.ToString();
    }

    private string[] Values(long index)
    {
        string[] values = new string[_parts.Count];
        for (int place = _parts.Count - 1; place >= 0; place--)
        {
            (string? literal, Func<long, string>? choice, long count) = _parts[place];
            values[place] = literal ?? choice!(index % count);
            index /= count;
        }

        return values;
    }

    private static bool IsAddress(string text, int at)
    {
        int close = text.IndexOf(']', at);
        if (close < 0)
            return false;
        string inside = text[(at + 1)..close].Split('%')[0];
        return inside.Contains(':', StringComparison.Ordinal) && System.Net.IPAddress.TryParse(inside, out _);
    }

    private static (Func<long, string> Choice, long Count) Range(string text, ref int at)
    {
        int open = at;
        int close = text.IndexOf(']', open);
        string inside = close < 0 ? text[(open + 1)..] : text[(open + 1)..close];
        int colon = inside.IndexOf(':', StringComparison.Ordinal);
        string range = colon < 0 ? inside : inside[..colon];
        int dash = range.IndexOf('-', StringComparison.Ordinal);
        if (dash <= 0)
            throw Bad(text, open, range is [var only, ..] && char.IsAsciiLetterOrDigit(only) ? "bad range" : "bad range specification", 2);
        string first = range[..dash], last = range[(dash + 1)..];
        bool isLetters = first.Length == 1 && char.IsAsciiLetter(first[0]);
        bool isNumbers = first.All(char.IsAsciiDigit);
        if (!isLetters && !isNumbers)
            throw Bad(text, open, "bad range specification", 2);
        if (close < 0)
            throw Bad(text, open, "bad range", isLetters ? 2 : first.Length + 3);
        long step = 1;
        bool hasStep = colon < 0 || (long.TryParse(inside.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out step) && step > 0);
        at = close + 1;
        if (isLetters)
        {
            bool isRange = hasStep && last.Length == 1 && char.IsAsciiLetter(last[0]) && last[0] >= first[0] && (step <= last[0] - first[0] || last[0] == first[0])
                && (first[0] < 'a' || last[0] >= 'a') && (first[0] >= 'a' || last[0] <= 'Z');
            if (!isRange)
                throw Bad(text, open, "bad range", 2);
            return (place => ((char)(first[0] + (place * step))).ToString(), ((last[0] - first[0]) / step) + 1);
        }

        long from = 0, to = 0;
        bool isValid = hasStep && long.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out from)
            && long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out to) && to >= from && (step <= to - from || to == from);
        if (!isValid)
            throw Bad(text, open, "bad range", first.Length + 3);
        int width = first is ['0', _, ..] ? first.Length : 1;
        return (place => (from + (place * step)).ToString(CultureInfo.InvariantCulture).PadLeft(width, '0'), ((to - from) / step) + 1);
    }

    private static (Func<long, string> Choice, long Count) Set(string text, ref int at)
    {
        int open = at;
        List<string> elements = [];
        var element = new System.Text.StringBuilder();
        for (int place = at + 1; ; place++)
        {
            if (place >= text.Length)
                throw Bad(text, open, "unmatched brace", 1);
            switch (text[place])
            {
                case '\\' when place + 1 < text.Length:
                    element.Append(text[++place]);
                    break;
                case '{' or '[':
                    throw Bad(text, place, "nested brace", 1);
                case ']':
                    throw Bad(text, place, "unexpected close bracket", 1);
                case ',' or '}':
                    bool isEmpty = text[place] == '}' && elements.Count == 0 && element.Length == 0;
                    if (isEmpty)
                        throw Bad(text, place, "empty string within braces", 1);
                    elements.Add(element.ToString());
                    element.Clear();
                    if (text[place] == '}')
                    {
                        at = place + 1;
                        return (index => elements[(int)index], elements.Count);
                    }

                    break;
                default:
                    element.Append(text[place]);
                    break;
            }
        }
    }

    private static CurlFailure Bad(string text, int at, string what, int offset)
    {
        int position = at + offset;
        return new CurlFailure(CurlFailure.UrlMalformed, string.Create(CultureInfo.InvariantCulture, $"{what} in URL position {position}:\n{text}\n{new string(' ', position - 1)}^"));
    }
}

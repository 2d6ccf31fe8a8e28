using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace NetWhy.Analysis.Filters;

/// <summary>Cuts a filter into words and signs, the longest possible at each place. Source: the words that tshark 4.0 quotes in its errors.</summary>
/// <param name="text">The filter.</param>
internal sealed class FilterScanner(string text)
{
    private const int LongestAddress = 45; // IPv6 with an IPv4 tail

    private static readonly FrozenDictionary<string, FilterToken> Words = new Dictionary<string, FilterToken>
    {
        ["eq"] = Compare(FilterComparison.Equal, FilterQuantifier.Any),
        ["any_eq"] = Compare(FilterComparison.Equal, FilterQuantifier.Any),
        ["all_eq"] = Compare(FilterComparison.Equal, FilterQuantifier.All),
        ["ne"] = Compare(FilterComparison.NotEqual, FilterQuantifier.All),
        ["all_ne"] = Compare(FilterComparison.NotEqual, FilterQuantifier.All),
        ["any_ne"] = Compare(FilterComparison.NotEqual, FilterQuantifier.Any),
        ["gt"] = Compare(FilterComparison.Greater, FilterQuantifier.Any),
        ["ge"] = Compare(FilterComparison.GreaterOrEqual, FilterQuantifier.Any),
        ["lt"] = Compare(FilterComparison.Less, FilterQuantifier.Any),
        ["le"] = Compare(FilterComparison.LessOrEqual, FilterQuantifier.Any),
        ["contains"] = Compare(FilterComparison.Contains, FilterQuantifier.Any),
        ["matches"] = Compare(FilterComparison.Matches, FilterQuantifier.Any),
        ["bitwise_and"] = Compute(ArithmeticOperator.And),
        ["in"] = new FilterToken(FilterTokenKind.In, 0, 0),
        ["and"] = new FilterToken(FilterTokenKind.And, 0, 0),
        ["or"] = new FilterToken(FilterTokenKind.Or, 0, 0),
        ["not"] = new FilterToken(FilterTokenKind.Not, 0, 0),
        ["any"] = new FilterToken(FilterTokenKind.Any, 0, 0),
        ["all"] = new FilterToken(FilterTokenKind.All, 0, 0),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    // The longer ones first.
    private static readonly (string Text, FilterToken Token)[] Signs =
    [
        ("===", Compare(FilterComparison.Equal, FilterQuantifier.All)),
        ("!==", Compare(FilterComparison.NotEqual, FilterQuantifier.Any)),
        ("==", Compare(FilterComparison.Equal, FilterQuantifier.Any)),
        ("!=", Compare(FilterComparison.NotEqual, FilterQuantifier.All)),
        ("~=", Compare(FilterComparison.NotEqual, FilterQuantifier.Any)),
        (">=", Compare(FilterComparison.GreaterOrEqual, FilterQuantifier.Any)),
        ("<=", Compare(FilterComparison.LessOrEqual, FilterQuantifier.Any)),
        ("&&", new FilterToken(FilterTokenKind.And, 0, 0)),
        ("||", new FilterToken(FilterTokenKind.Or, 0, 0)),
        ("..", new FilterToken(FilterTokenKind.Range, 0, 0)),
        (">", Compare(FilterComparison.Greater, FilterQuantifier.Any)),
        ("<", Compare(FilterComparison.Less, FilterQuantifier.Any)),
        ("~", Compare(FilterComparison.Matches, FilterQuantifier.Any)),
        ("!", new FilterToken(FilterTokenKind.Not, 0, 0)),
        ("&", Compute(ArithmeticOperator.And)),
        ("+", Compute(ArithmeticOperator.Add)),
        ("-", Compute(ArithmeticOperator.Subtract)),
        ("*", Compute(ArithmeticOperator.Multiply)),
        ("/", Compute(ArithmeticOperator.Divide)),
        ("%", Compute(ArithmeticOperator.Remainder)),
        ("(", new FilterToken(FilterTokenKind.LeftParenthesis, 0, 0)),
        (")", new FilterToken(FilterTokenKind.RightParenthesis, 0, 0)),
        ("{", new FilterToken(FilterTokenKind.LeftBrace, 0, 0)),
        ("}", new FilterToken(FilterTokenKind.RightBrace, 0, 0)),
        ("[", new FilterToken(FilterTokenKind.LeftBracket, 0, 0)),
        (",", new FilterToken(FilterTokenKind.Comma, 0, 0)),
        ("#", new FilterToken(FilterTokenKind.Layer, 0, 0)),
        ("$", new FilterToken(FilterTokenKind.Dollar, 0, 0)),
    ];

    private int _at;

    /// <summary>The next word or sign.</summary>
    /// <exception cref="DisplayFilterException">What stands there is none.</exception>
    internal FilterToken Next()
    {
        while (_at < text.Length && text[_at] is ' ' or '\t' or '\n' or '\r')
            _at++;
        if (_at == text.Length)
            return new FilterToken(FilterTokenKind.End, _at, 0);

        int start = _at;
        char first = text[start];
        if (first == '"' || (first is 'r' or 'R' && At(start + 1) == '"'))
            return QuotedText(start);
        if (first == '\'')
            return QuotedCharacter(start);

        FilterToken token = Value(start);
        if (token.Length == 0)
            token = Sign(start);
        _at = start + token.Length;
        return token;
    }

    /// <summary>The ranges between brackets, of which the left one was read; the right one is read too.</summary>
    /// <exception cref="DisplayFilterException">There are none.</exception>
    internal IReadOnlyList<FilterRange> Ranges()
    {
        List<FilterRange> ranges = [];
        while (true)
        {
            int start = _at;
            while (_at < text.Length && text[_at] is not (',' or ']'))
                _at++;
            if (_at == text.Length)
                throw new DisplayFilterException("the right bracket is missing: write [start:length], [first-last] or [at]", start, _at - start);
            if (_at == start)
                throw new DisplayFilterException("a range is missing: write [start:length], [first-last] or [at]", start, 1);
            ranges.Add(FilterRanges.Parse(text[start.._at], start));
            if (text[_at++] == ']')
                return ranges;
        }
    }

    /// <summary>The layers behind a <c>#</c>.</summary>
    /// <exception cref="DisplayFilterException">There are none.</exception>
    internal IReadOnlyList<FilterRange> Layers()
    {
        if (At(_at) == '[')
        {
            _at++;
            return Ranges();
        }

        int start = _at;
        while (char.IsAsciiDigit(At(_at)))
            _at++;
        if (_at == start)
            throw new DisplayFilterException("the number of a layer is missing: write #1 for the outermost, or #[1-2]", start, Math.Min(1, text.Length - start));
        return [FilterRanges.Parse(text[start.._at], start)];
    }

    private static FilterToken Compare(FilterComparison comparison, FilterQuantifier quantifier) =>
        new(FilterTokenKind.Comparison, 0, 0) { Comparison = comparison, Quantifier = quantifier };

    private static FilterToken Compute(ArithmeticOperator op) => new(FilterTokenKind.Arithmetic, 0, 0) { Operator = op };

    private char At(int index) => index < text.Length ? text[index] : '\0';

    // A name or a value without quotes; one without length if neither stands there.
    private FilterToken Value(int start)
    {
        if (text[start] == '.')
        {
            int name = WordLength(start + 1);
            return new FilterToken(FilterTokenKind.FieldName, start, name == 0 ? 0 : name + 1);
        }

        int word = WordLength(start);
        int literal = Math.Max(AddressLength(start), OctetsLength(start));
        if (literal > word)
            return new FilterToken(FilterTokenKind.Literal, start, literal);
        return Words.TryGetValue(text.Substring(start, word), out FilterToken known)
            ? known with { Position = start, Length = word }
            : new FilterToken(FilterTokenKind.Word, start, word);
    }

    private FilterToken Sign(int start)
    {
        foreach ((string sign, FilterToken token) in Signs)
        {
            if (string.CompareOrdinal(text, start, sign, 0, sign.Length) == 0)
                return token with { Position = start, Length = sign.Length };
        }

        return new FilterToken(FilterTokenKind.Unknown, start, char.IsSurrogatePair(text, start) ? 2 : 1);
    }

    // Letters, digits, _ and -, with points between them; the first is no -.
    private int WordLength(int start)
    {
        int at = start;
        if (!char.IsAsciiLetterOrDigit(At(at)) && At(at) != '_')
            return 0;
        while (true)
        {
            while (IsInWord(At(at)))
                at++;
            if (At(at) != '.' || !IsInWord(At(at + 1)))
                return at - start;
            at++;
        }
    }

    private static bool IsInWord(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-';

    // An IP address, also with the length of its prefix.
    private int AddressLength(int start)
    {
        int run = start;
        while (run - start < LongestAddress && (char.IsAsciiHexDigit(At(run)) || At(run) is ':' or '.'))
            run++;
        ReadOnlySpan<char> candidates = text.AsSpan(start, run - start);
        if (candidates.Length < 2 || !candidates.ContainsAny(':', '.'))
            return 0;
        for (int length = candidates.Length; length > 1; length--)
        {
            if (FilterAddresses.TryParseIpv4(candidates[..length], out _))
                return length + PrefixLength(start + length, 2);
            if (FilterAddresses.IsIpv6(candidates[..length]))
                return length + PrefixLength(start + length, 3);
        }

        return 0;
    }

    private int PrefixLength(int start, int mostDigits)
    {
        if (At(start) != '/')
            return 0;
        int digits = 0;
        while (digits < mostDigits && char.IsAsciiDigit(At(start + 1 + digits)))
            digits++;
        return digits == 0 ? 0 : digits + 1;
    }

    // Octets with colons between them, or with any sign between them behind a colon.
    private int OctetsLength(int start)
    {
        bool hasColon = At(start) == ':';
        int first = hasColon ? start + 1 : start;
        int longest = 0;
        if (hasColon)
        {
            int digits = first;
            while (char.IsAsciiHexDigit(At(digits)))
                digits++;
            longest = digits == first ? 0 : digits - start;
        }

        foreach (char separator in hasColon ? ":-." : ":")
        {
            int at = first;
            int end = first;
            while (char.IsAsciiHexDigit(At(at)) && char.IsAsciiHexDigit(At(at + 1)))
            {
                end = at + 2;
                if (At(end) != separator)
                    break;
                at = end + 1;
            }

            if (end > first + 2)
                longest = Math.Max(longest, end - start);
        }

        return longest;
    }

    private FilterToken QuotedText(int start)
    {
        bool isRaw = text[start] != '"';
        int at = isRaw ? start + 2 : start + 1;
        List<byte> octets = [];
        int plain = at;
        while (At(at) != '"' && at < text.Length)
        {
            if (text[at] != '\\')
            {
                at++;
                continue;
            }

            AppendPlain(octets, plain, at);
            if (at + 1 == text.Length)
            {
                at++;
            }
            else if (isRaw)
            {
                plain = at; // both signs belong to the text, but the second ends nothing
                at += 2;
                continue;
            }
            else
            {
                at += Escape(at, octets);
            }

            plain = at;
        }

        if (at >= text.Length)
            throw new DisplayFilterException("the quote at the end of the text is missing", start, text.Length - start);
        AppendPlain(octets, plain, at);
        _at = at + 1;
        return new FilterToken(FilterTokenKind.Text, start, _at - start) { Octets = [.. octets] };
    }

    private void AppendPlain(List<byte> octets, int start, int end)
    {
        if (end > start)
            octets.AddRange(Encoding.UTF8.GetBytes(text, start, end - start));
    }

    private FilterToken QuotedCharacter(int start)
    {
        List<byte> octets = [];
        int at = start + 1;
        if (At(at) == '\\' && at + 1 < text.Length)
            at += Escape(at, octets, isCharacter: true);
        else if (at < text.Length && text[at] != '\'')
            octets.AddRange(Encoding.UTF8.GetBytes(text, at++, 1));
        int end = text.IndexOf('\'', at);
        if (end < 0)
            throw new DisplayFilterException("the quote at the end of the character is missing", start, text.Length - start);
        if (end != at || octets.Count != 1 || (text[start + 1] != '\\' && octets[0] is < 0x20 or > 0x7e))
            throw new DisplayFilterException("single quotes hold one printable character or one escape, such as 'a', '\\n' or '\\x41'; text stands in double quotes", start, end + 1 - start);
        _at = end + 1;
        return new FilterToken(FilterTokenKind.Character, start, _at - start) { Octets = [.. octets] };
    }

    // Reads what a backslash begins; answers how many characters it has.
    private int Escape(int start, List<byte> octets, bool isCharacter = false)
    {
        char kind = text[start + 1];
        int simple = "abfnrtv\\'\"".IndexOf(kind, StringComparison.Ordinal);
        if (simple >= 0)
        {
            octets.Add("\a\b\f\n\r\t\v\\'\""u8[simple]);
            return 2;
        }

        int digits = kind switch
        {
            'x' => Digits(start + 2, 2, char.IsAsciiHexDigit),
            'u' => Digits(start + 2, 4, char.IsAsciiHexDigit),
            'U' => Digits(start + 2, 8, char.IsAsciiHexDigit),
            _ => Digits(start + 1, 3, letter => letter is >= '0' and <= '7'),
        };
        int length = (kind is 'x' or 'u' or 'U' ? 2 : 1) + digits;
        long value = kind is 'x' or 'u' or 'U'
            ? digits == 0 ? -1 : long.Parse(text.AsSpan(start + 2, digits), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            : digits == 0 ? -1 : Convert.ToInt32(text.Substring(start + 1, digits), 8);
        bool isCodePoint = kind is 'u' or 'U';
        bool isComplete = kind switch { 'u' => digits == 4, 'U' => digits == 8, _ => digits > 0 };
        if (!isComplete || value < 0 || (isCodePoint ? !IsCodePoint(value) || (isCharacter && value > 255) : value > 255))
            throw new DisplayFilterException($"{text.AsSpan(start, Math.Min(Math.Max(length, 2), text.Length - start))} is no escape: there are \\\\ \\\" \\' \\a \\b \\f \\n \\r \\t \\v, \\101, \\x41, \\u00e9 and \\U0001f600; r\"…\" takes backslashes as they are", start, Math.Max(length, 2));

        if (isCodePoint && !isCharacter)
            octets.AddRange(Encoding.UTF8.GetBytes(char.ConvertFromUtf32((int)value)));
        else
            octets.Add((byte)value);
        return length;
    }

    // C's universal names leave out what can be written as it is. Source: ISO C11, 6.4.3.
    private static bool IsCodePoint(long value) =>
        value is (>= 0xa0 or 0x24 or 0x40 or 0x60) and <= 0x10ffff and not (>= 0xd800 and <= 0xdfff);

    private int Digits(int start, int most, Func<char, bool> isDigit)
    {
        int count = 0;
        while (count < most && isDigit(At(start + count)))
            count++;
        return count;
    }
}

using System.Globalization;
using System.Text;

namespace NetWhy.Analysis.Filters;

/// <summary>Writes a pattern of PCRE2 as one of .NET. Source: pcre2pattern(3).</summary>
/// <remarks>What .NET cannot say is refused: recursion, verbs such as (*SKIP), ungreedy mode; of Unicode's properties, all but the general categories.</remarks>
internal sealed class PatternTranslator
{
    private const int DeepestNesting = 250; // as PCRE2
    private const int MostRepeats = 65_535;

    private static readonly Dictionary<string, string> Classes = new()
    {
        ["alpha"] = "a-zA-Z",
        ["digit"] = "0-9",
        ["alnum"] = "a-zA-Z0-9",
        ["upper"] = "A-Z",
        ["lower"] = "a-z",
        ["space"] = @"\t-\r ",
        ["blank"] = @"\t ",
        ["punct"] = @"!-/:-@\[-`{-~",
        ["print"] = " -~",
        ["graph"] = "!-~",
        ["cntrl"] = @"\x00-\x1f\x7f",
        ["xdigit"] = "0-9a-fA-F",
        ["word"] = @"\w",
        ["ascii"] = @"\x00-\x7f",
    };

    // In the order of UnicodeCategory.
    private static readonly string[] CategoryNames =
    [
        "LU", "LL", "LT", "LM", "LO", "MN", "MC", "ME", "ND", "NL", "NO", "ZS", "ZL", "ZP", "CC", "CF", "CS", "CO", "PC", "PD", "PS", "PE", "PI", "PF", "PO",
        "SM", "SC", "SK", "SO", "CN",
    ];

    private readonly string _pattern;
    private readonly StringBuilder _output = new();
    private readonly Stack<int> _groups = new();
    private int _at;
    private int _atom = -1; // where in the output that begins which a quantifier repeats; -1 for nothing

    private PatternTranslator(string pattern) => _pattern = pattern;

    /// <summary>Translates a pattern.</summary>
    /// <param name="pattern">The pattern, a letter for each octet.</param>
    /// <param name="error">What is wrong with it.</param>
    /// <returns>The pattern for .NET; null if it is wrong.</returns>
    internal static string? Translate(string pattern, out string error)
    {
        var translator = new PatternTranslator(pattern);
        error = "";
        try
        {
            while (translator._at < pattern.Length)
                translator.Item();
            if (translator._groups.Count > 0)
                throw new FormatException("a parenthesis is not closed");
        }
        catch (FormatException exception)
        {
            error = $"the regular expression is wrong: {exception.Message}";
            return null;
        }

        return translator._output.ToString();
    }

    private char Peek(int ahead = 0) => _at + ahead < _pattern.Length ? _pattern[_at + ahead] : '\0';

    private bool Follows(string text) => string.CompareOrdinal(_pattern, _at, text, 0, text.Length) == 0;

    private void Item()
    {
        char letter = _pattern[_at];
        switch (letter)
        {
            case '\\':
                Escape();
                break;
            case '[':
                Class();
                break;
            case '(':
                Open();
                break;
            case ')':
                Close();
                break;
            case '*' or '+' or '?':
                _at++;
                Repeat(letter.ToString());
                break;
            case '{' when Count() is { } count:
                Repeat(count);
                break;
            case '|' or '^' or '$':
                _at++;
                _output.Append(letter);
                _atom = -1;
                break;
            default:
                _at++;
                Atom(letter is '{' or '}' or ']' ? "\\" + letter : letter.ToString());
                break;
        }
    }

    private void Atom(string text)
    {
        _atom = _output.Length;
        _output.Append(text);
    }

    // A possessive quantifier is a group that gives nothing back.
    private void Repeat(string quantifier)
    {
        if (_atom < 0)
            throw new FormatException($"“{quantifier}” repeats nothing");
        if (Peek() == '+')
        {
            _at++;
            _output.Insert(_atom, "(?>").Append(quantifier).Append(')');
        }
        else
        {
            _output.Append(quantifier);
            if (Peek() == '?')
            {
                _at++;
                _output.Append('?');
            }
        }

        _atom = -1;
    }

    // {2}, {2,} or {2,3}; null for braces that mean themselves.
    private string? Count()
    {
        int end = _pattern.IndexOf('}', _at);
        if (end < 0)
            return null;
        string[] numbers = _pattern[(_at + 1)..end].Split(',');
        bool isCount = numbers.Length <= 2 && numbers[0].Length > 0 && numbers.All(number => number.All(char.IsAsciiDigit));
        if (!isCount)
            return null;
        if (numbers.Any(number => number.Length > 0 && (number.Length > 5 || int.Parse(number, CultureInfo.InvariantCulture) > MostRepeats)))
            throw new FormatException($"a quantifier goes up to {MostRepeats.ToString(CultureInfo.InvariantCulture)}");
        string count = _pattern[_at..(end + 1)];
        _at = end + 1;
        return count;
    }

    private void Open()
    {
        if (Peek(1) == '*')
            throw new FormatException("verbs such as (*UTF) are not known");
        if (Peek(1) != '?')
        {
            Push("(", 1);
            return;
        }

        if (Follows("(?#") || Follows("(?C"))
        {
            int end = _pattern.IndexOf(')', _at);
            _at = end < 0 ? throw new FormatException("a parenthesis is not closed") : end + 1;
            return;
        }

        if (Follows("(?P="))
        {
            int end = _pattern.IndexOf(')', _at);
            if (end < 0)
                throw new FormatException("a parenthesis is not closed");
            Atom($"\\k<{_pattern[(_at + 4)..end]}>");
            _at = end + 1;
            return;
        }

        if (Follows("(?P<"))
            Push("(?", 3);
        else if (Follows("(?|"))
            Push("(?:", 3);
        else if (Follows("(?("))
            Condition();
        else if (Peek(2) is ':' or '=' or '!' or '>' or '<' or '\'')
            Push("(?" + Peek(2), 3);
        else
            Flags();
    }

    private void Push(string opening, int length)
    {
        if (_groups.Count == DeepestNesting)
            throw new FormatException("its parentheses nest too deep");
        _groups.Push(_output.Length);
        _output.Append(opening);
        _at += length;
        _atom = -1;
        if (opening is not ("(?<" or "(?'" or "(?") || Peek() is '=' or '!')
            return;
        while (char.IsAsciiLetterOrDigit(Peek()) || Peek() == '_')
            _output.Append(_pattern[_at++]);
    }

    // (?(1)yes|no) or (?(name)yes|no)
    private void Condition()
    {
        int end = _pattern.IndexOf(')', _at);
        string name = end < 0 ? "" : _pattern[(_at + 3)..end].Trim('<', '>', '\'');
        if (name.Length == 0 || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_') || name is "R" or "DEFINE")
            throw new FormatException("this condition is not known: there are (?(1)…|…) and (?(name)…|…)");
        Push("", 0);
        _output.Append("(?(").Append(name).Append(')');
        _at = end + 1;
    }

    // (?i), (?-i) or (?i:…)
    private void Flags()
    {
        int at = _at + 2;
        var flags = new StringBuilder();
        if (at < _pattern.Length && _pattern[at] == '^')
        {
            flags.Append("-imnsx");
            at++;
        }

        while (at < _pattern.Length && _pattern[at] is 'i' or 'm' or 'n' or 's' or 'x' or 'J' or '-')
        {
            if (_pattern[at] != 'J') // names of groups may repeat in .NET anyway
                flags.Append(_pattern[at]);
            at++;
        }

        if (at >= _pattern.Length || _pattern[at] is not (')' or ':'))
            throw new FormatException("this group is not known: there are (?:…), (?=…), (?<=…), (?i) and the like");
        bool isGroup = _pattern[at] == ':';
        if (isGroup)
        {
            Push($"(?{flags}:", at + 1 - _at);
            return;
        }

        if (flags.Length > 0)
            _output.Append("(?").Append(flags).Append(')');
        _at = at + 1;
        _atom = -1;
    }

    private void Close()
    {
        if (_groups.Count == 0)
            throw new FormatException("a parenthesis is closed that was not opened");
        _at++;
        _output.Append(')');
        _atom = _groups.Pop();
    }

    private void Escape()
    {
        char kind = Peek(1);
        if (_at + 1 == _pattern.Length)
            throw new FormatException("a backslash stands at the end");
        switch (kind)
        {
            case 'Q':
                Quote(isClass: false);
                return;
            case 'E':
                _at += 2;
                return;
            case 'K':
                _at += 2; // where a match begins does not matter
                return;
            case 'g' or 'k':
                Reference();
                return;
            case 'b' or 'B' or 'A' or 'Z' or 'z' or 'G':
                _at += 2;
                _output.Append('\\').Append(kind);
                _atom = -1;
                return;
            case 'R':
                _at += 2;
                Atom($"(?>\\r\\n|[\\n\\x0b\\f\\r{FilterPattern.LetterOf(0x85)}])");
                return;
            case 'X':
                _at += 2;
                Atom(@"(?>\r\n|[\s\S])");
                return;
            case 'C':
                _at += 2;
                Atom(@"[\s\S]");
                return;
            case 'N' when !(Peek(2) == '{' && Peek(3) == 'U'):
                _at += 2;
                Atom("[^\n]");
                return;
            case 'p' or 'P':
                string letters = Property(out bool isNegated);
                Atom($"(?-i:{Bracketed(letters, isNegated)})");
                return;
            case >= '1' and <= '9' when IsReference(out int digits):
                Atom($"(?:\\{_pattern.AsSpan(_at + 1, digits)})");
                _at += 1 + digits;
                return;
        }

        if (Set(kind) is { } set)
        {
            _at += 2;
            Atom(set.Contains('-', StringComparison.Ordinal) || set.Length > 2 ? $"[{set}]" : set);
            return;
        }

        Atom(Literal(Code()));
    }

    // The letters that an escape stands for, as they stand between brackets; null for one letter.
    private static string? Set(char kind) => kind switch
    {
        'd' or 'D' or 'w' or 'W' or 's' or 'S' => "\\" + kind,
        'h' => $"\\t {FilterPattern.LetterOf(0xa0)}",
        'v' => $"\\n\\x0b\\f\\r{FilterPattern.LetterOf(0x85)}",
        'H' => $"\\x00-\\x08\\x0a-\\x1f!-{FilterPattern.LetterOf(0x9f)}{FilterPattern.LetterOf(0xa1)}-{FilterPattern.LetterOf(0xff)}",
        'V' => $"\\x00-\\x09\\x0e-{FilterPattern.LetterOf(0x84)}{FilterPattern.LetterOf(0x86)}-{FilterPattern.LetterOf(0xff)}",
        _ => null,
    };

    // \pL, \p{Lu}, \p{^Lu} or \P{Lu}: the letters of a general category of Unicode. Without UTF an octet is the letter of its
    // number, and capitals differ from small letters even where they are the same otherwise.
    private string Property(out bool isNegated)
    {
        isNegated = _pattern[_at + 1] == 'P';
        int end = Peek(2) == '{' ? _pattern.IndexOf('}', _at) : _at + 2;
        if (end < 0 || end >= _pattern.Length)
            throw new FormatException("a property of letters is not closed");
        string name = _pattern[end] == '}' ? _pattern[(_at + 3)..end] : _pattern[end].ToString();
        _at = end + 1;
        string category = name.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
        if (category.StartsWith('^'))
        {
            isNegated = !isNegated;
            category = category[1..];
        }

        var letters = new StringBuilder();
        for (int octet = 0; octet < 256; octet++)
        {
            if (IsIn(category, CategoryNames[(int)CharUnicodeInfo.GetUnicodeCategory((char)octet)]))
                letters.Append(Literal(FilterPattern.LetterOf(octet)));
        }

        return CategoryNames.Any(one => IsIn(category, one))
            ? letters.ToString()
            : throw new FormatException($"the property {FilterErrors.Shorten(name)} is not known: there are the general categories, such as \\p{{Lu}}");
    }

    private static bool IsIn(string wanted, string category) => wanted.ToUpperInvariant() switch
    {
        "ANY" => true,
        "L&" or "LC" => category is "LU" or "LL" or "LT",
        { Length: 1 } first => category[0] == first[0],
        var whole => category == whole,
    };

    private static string Bracketed(string letters, bool isNegated) => (letters.Length, isNegated) switch
    {
        (0, false) => @"[^\s\S]",
        (0, true) => @"[\s\S]",
        _ => $"[{(isNegated ? "^" : "")}{letters}]",
    };

    // A number up to 9 is a group; a larger one is, if there are as many groups, and else octal.
    private bool IsReference(out int digits)
    {
        digits = 1;
        while (char.IsAsciiDigit(Peek(1 + digits)) && digits < 3)
            digits++;
        return digits == 1 || int.Parse(_pattern.AsSpan(_at + 1, digits), CultureInfo.InvariantCulture) <= _pattern.Count(letter => letter == '(');
    }

    // \g1, \g{1}, \g{-1}, \g{name}, \k<name>, \k'name' or \k{name}
    private void Reference()
    {
        char open = Peek(2);
        bool isName = _pattern[_at + 1] == 'k';
        if (!isName && char.IsAsciiDigit(open))
        {
            int digits = 1;
            while (char.IsAsciiDigit(Peek(2 + digits)))
                digits++;
            Atom($"(?:\\{_pattern.AsSpan(_at + 2, digits)})");
            _at += 2 + digits;
            return;
        }

        char close = open switch { '{' => '}', '<' when isName => '>', '\'' when isName => '\'', _ => '\0' };
        int end = close == '\0' ? -1 : _pattern.IndexOf(close, _at + 3);
        string name = end < 0 ? "" : _pattern[(_at + 3)..end];
        if (name.Length == 0 || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_'))
            throw new FormatException("this reference is not known: there are \\1, \\g{1} and \\k<name>");
        Atom($"\\k<{name}>");
        _at = end + 1;
    }

    // \Qliteral text\E
    private void Quote(bool isClass)
    {
        int end = _pattern.IndexOf("\\E", _at + 2, StringComparison.Ordinal);
        string text = end < 0 ? _pattern[(_at + 2)..] : _pattern[(_at + 2)..end];
        foreach (char letter in text)
        {
            if (isClass)
                _output.Append(Literal(letter));
            else
                Atom(Literal(letter));
        }

        _at = end < 0 ? _pattern.Length : end + 2;
    }

    // Reads an escape of one letter.
    private char Code()
    {
        char kind = Peek(1);
        _at += 2;
        switch (kind)
        {
            case 'a':
                return '\a';
            case 'e':
                return '\u001b';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'c' when Peek() is >= ' ' and <= '~':
                return (char)(char.ToUpperInvariant(_pattern[_at++]) ^ 0x40);
            case 'x' when Peek() == '{':
                return Braced(16);
            case 'o' when Peek() == '{':
                return Braced(8);
            case 'x':
                return Number(16, char.IsAsciiHexDigit(Peek()) ? char.IsAsciiHexDigit(Peek(1)) ? 2 : 1 : 0);
            case >= '0' and <= '7':
                _at--;
                int digits = 1;
                while (digits < 3 && Peek(digits) is >= '0' and <= '7')
                    digits++;
                return Number(8, digits);
            default:
                return char.IsAsciiLetterOrDigit(kind) ? throw new FormatException($"\\{kind} is not known") : kind;
        }
    }

    private char Braced(int radix)
    {
        int end = _pattern.IndexOf('}', _at);
        int length = end - _at - 1;
        if (end < 0 || length is < 1 or > 8 || !_pattern.AsSpan(_at + 1, length).ToString().All(digit => radix == 16 ? char.IsAsciiHexDigit(digit) : digit is >= '0' and <= '7'))
            throw new FormatException("a number in braces is wrong");
        _at++;
        char letter = Number(radix, length);
        _at++;
        return letter;
    }

    private char Number(int radix, int digits)
    {
        long value = 0;
        foreach (char digit in _pattern.AsSpan(_at, digits))
            value = (value * radix) + int.Parse([digit], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        _at += digits;
        return value > 255 ? throw new FormatException("a letter above 255 is no octet") : FilterPattern.LetterOf((int)value);
    }

    // Letters that mean something anywhere in a pattern are escaped; a blank too, for (?x) may hold.
    private static string Literal(char letter) =>
        letter < 0x80 && !char.IsAsciiLetterOrDigit(letter) ? $"\\x{(int)letter:x2}" : letter.ToString();

    private void Class()
    {
        int start = _output.Length;
        _at++;
        bool isNegated = Peek() == '^';
        if (isNegated)
            _at++;
        var properties = new StringBuilder();
        bool isFirst = true;
        while (isFirst || Peek() != ']')
        {
            if (_at >= _pattern.Length)
                throw new FormatException("a class of letters is not closed");
            isFirst = false;
            ClassItem(properties);
        }

        _at++;
        string letters = _output.ToString(start, _output.Length - start);
        _output.Length = start;
        _output.Append((properties.Length, letters.Length, isNegated) switch
        {
            (0, _, _) => Bracketed(letters, isNegated),
            (_, 0, _) => $"(?-i:{Bracketed(properties.ToString(), isNegated)})",
            (_, _, true) => $"(?:(?!(?-i:[{properties}]))[^{letters}])",
            _ => $"(?:[{letters}]|(?-i:[{properties}]))",
        });
        _atom = start;
    }

    // The name in [:name:]; null if that does not stand here.
    private string? NamedClass()
    {
        if (Peek(1) != ':')
            return null;
        for (int end = _at + 2; end + 1 < _pattern.Length; end++)
        {
            char next = _pattern[end + 1];
            switch (_pattern[end])
            {
                case ':' when next == ']':
                    return _pattern[(_at + 2)..end];
                case ']':
                case '[' when next == ':':
                    return null;
                case '\\' when next is ']' or '\\':
                    end++;
                    break;
            }
        }

        return null;
    }

    // What stands between brackets, once; what a property holds is kept apart, for capitals differ there.
    private void ClassItem(StringBuilder properties)
    {
        char letter = _pattern[_at];
        if (letter == '[' && NamedClass() is { } name)
        {
            if (!Classes.TryGetValue(name, out string? letters))
                throw new FormatException($"the class [:{FilterErrors.Shorten(name)}:] is not known");
            _output.Append(letters);
            _at += name.Length + 4;
        }
        else if (letter != '\\')
        {
            _output.Append(letter is '[' or ']' or '^' ? "\\" + letter : letter.ToString());
            _at++;
        }
        else if (Peek(1) == 'Q')
        {
            Quote(isClass: true);
        }
        else if (Peek(1) == 'E')
        {
            _at += 2;
        }
        else if (Set(Peek(1)) is { } set)
        {
            _output.Append(set);
            _at += 2;
        }
        else if (Peek(1) is 'p' or 'P')
        {
            string inside = Property(out bool isNegated);
            properties.Append(isNegated ? throw new FormatException("a property cannot be negated between brackets: write what is meant with “|”") : inside);
        }
        else if (Peek(1) == 'b')
        {
            _output.Append("\\b");
            _at += 2;
        }
        else if (_at + 1 == _pattern.Length)
        {
            throw new FormatException("a backslash stands at the end");
        }
        else
        {
            _output.Append(Literal(Code()));
        }
    }
}

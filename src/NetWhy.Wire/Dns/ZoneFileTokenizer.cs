namespace NetWhy.Wire.Dns;

/// <summary>What a piece of a zone file is.</summary>
internal enum ZoneFileTokenKind
{
    /// <summary>The end of a line that is not within parentheses.</summary>
    EndOfLine,

    /// <summary>The end of the file.</summary>
    EndOfFile,

    /// <summary>A word, escapes in it as they stand.</summary>
    Word,

    /// <summary>What stands between two quotation marks, escapes in it as they stand.</summary>
    Quoted,

    /// <summary>Something that cannot be; the tokenizer's error tells.</summary>
    Invalid,
}

/// <summary>A piece of a zone file.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Start">Where it starts, in octets of the file.</param>
/// <param name="Length">How many octets it has.</param>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Column">Its column in octets, from 1.</param>
internal readonly record struct ZoneFileToken(ZoneFileTokenKind Kind, int Start, int Length, int Line, int Column)
{
    internal bool IsEnd => Kind is ZoneFileTokenKind.EndOfLine or ZoneFileTokenKind.EndOfFile;
}

/// <summary>Cuts a zone file into words. Source: RFC 1035, section 5.1.</summary>
internal sealed class ZoneFileTokenizer(ReadOnlyMemory<byte> text)
{
    private int _position;
    private int _line = 1;
    private int _lineStart;
    private int _parentheses;
    private ZoneFileToken? _pushedBack;

    /// <summary>What was wrong first, and where; null if nothing was.</summary>
    internal (ZoneFileToken At, string Message)? Error { get; private set; }

    /// <summary>Whether the line that begins here begins with a blank.</summary>
    internal bool IsAtBlank => _pushedBack is null && _parentheses == 0 && _position == _lineStart && _position < text.Length && text.Span[_position] is (byte)' ' or (byte)'\t';

    internal ReadOnlySpan<byte> TextOf(ZoneFileToken token) => text.Span.Slice(token.Start, token.Length);

    /// <summary>Remembers what is wrong, unless something was before.</summary>
    /// <returns>False.</returns>
    internal bool Fail(ZoneFileToken at, string message)
    {
        Error ??= (at, message);
        return false;
    }

    /// <summary>Goes on behind the line in which something was wrong.</summary>
    internal void Recover()
    {
        int end = text.Span[_position..].IndexOf((byte)'\n');
        bool isAtStart = _position == _lineStart && _pushedBack is null or { Kind: ZoneFileTokenKind.EndOfLine };
        if (!isAtStart)
        {
            _position = end < 0 ? text.Length : _position + end + 1;
            _lineStart = _position;
            _line++;
        }

        _parentheses = 0;
        _pushedBack = null;
        Error = null;
    }

    /// <summary>Makes the next <see cref="Next"/> return a token once more.</summary>
    internal void PushBack(ZoneFileToken token) => _pushedBack = token;

    /// <summary>The next token.</summary>
    /// <param name="isPair">Whether a quotation mark behind <c>=</c> starts a string that belongs to the word.</param>
    internal ZoneFileToken Next(bool isPair = false)
    {
        if (_pushedBack is { } token)
        {
            _pushedBack = null;
            return token;
        }

        ReadOnlySpan<byte> octets = text.Span;
        while (_position < octets.Length)
        {
            switch (octets[_position])
            {
                case (byte)' ' or (byte)'\t' or (byte)'\r':
                    _position++;
                    break;
                case (byte)';':
                    int end = octets[_position..].IndexOf((byte)'\n');
                    _position = end < 0 ? octets.Length : _position + end;
                    break;
                case (byte)'\n':
                    ZoneFileToken endOfLine = Make(ZoneFileTokenKind.EndOfLine, _position);
                    _position++;
                    _line++;
                    _lineStart = _position;
                    if (_parentheses == 0)
                        return endOfLine;
                    break;
                case (byte)'(':
                    _parentheses++;
                    _position++;
                    break;
                case (byte)')':
                    _position++;
                    if (_parentheses == 0)
                        return Invalid(Make(ZoneFileTokenKind.Invalid, _position - 1), "a parenthesis closes that was not opened");
                    _parentheses--;
                    break;
                case (byte)'"':
                    return Quoted(octets);
                default:
                    return Word(octets, isPair);
            }
        }

        ZoneFileToken endOfFile = Make(ZoneFileTokenKind.EndOfFile, _position);
        return _parentheses == 0 ? endOfFile : Invalid(endOfFile, "the file ends within parentheses");
    }

    private ZoneFileToken Quoted(ReadOnlySpan<byte> octets)
    {
        int start = _position + 1;
        int end = EndOfString(octets, start);
        if (end < 0)
            return Invalid(Make(ZoneFileTokenKind.Invalid, _position), "a string has no end in its line");

        ZoneFileToken token = Make(ZoneFileTokenKind.Quoted, start, end - start);
        _position = end + 1;
        return token;
    }

    private ZoneFileToken Word(ReadOnlySpan<byte> octets, bool isPair)
    {
        int start = _position;
        int at = start;
        for (; at < octets.Length; at++)
        {
            byte octet = octets[at];
            if (octet == '\\' && at + 1 < octets.Length && octets[at + 1] != '\n')
            {
                at++;
                continue;
            }

            if (octet == '"' && isPair && at > start && octets[at - 1] == '=')
            {
                int end = EndOfString(octets, at + 1);
                if (end < 0)
                    return Invalid(Make(ZoneFileTokenKind.Invalid, at), "a string has no end in its line");

                at = end;
                continue;
            }

            if (octet is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)';' or (byte)'(' or (byte)')' or (byte)'"')
                break;
        }

        ZoneFileToken token = Make(ZoneFileTokenKind.Word, start, at - start);
        _position = at;
        return token;
    }

    private static int EndOfString(ReadOnlySpan<byte> octets, int start)
    {
        for (int at = start; at < octets.Length; at++)
        {
            switch (octets[at])
            {
                case (byte)'"':
                    return at;
                case (byte)'\n':
                    return -1;
                case (byte)'\\':
                    at++;
                    if (at < octets.Length && octets[at] == '\n')
                        return -1;
                    break;
                default:
                    break;
            }
        }

        return -1;
    }

    private ZoneFileToken Invalid(ZoneFileToken at, string message)
    {
        Fail(at, message);
        return at with { Kind = ZoneFileTokenKind.Invalid };
    }

    private ZoneFileToken Make(ZoneFileTokenKind kind, int start, int length = 0) => new(kind, start, length, _line, start - _lineStart + 1);
}

using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace NetWhy.Diagnose;

/// <summary>A command to copy, written as an interpolated string whose holes are quoted for the shell.</summary>
/// <remarks>
/// Names, URLs and certificates come from whoever answers; a command that is pasted must not run what they say. A hole
/// is quoted by where it stands: bare (only if it needs it), between single quotes, or between double quotes.
/// Source: POSIX.1-2017, Shell Command Language, section 2.2.
/// </remarks>
[InterpolatedStringHandler]
public readonly struct ShellCommand
{
    private readonly StringBuilder? _text;
    private readonly StrongBox<char>? _quote; // the one that is open, or 0

    /// <summary>Called by the compiler.</summary>
    /// <param name="literalLength">Characters outside of holes.</param>
    /// <param name="formattedCount">Holes.</param>
    public ShellCommand(int literalLength, int formattedCount)
    {
        _text = new StringBuilder(literalLength + 16 * formattedCount);
        _quote = new StrongBox<char>();
    }

    /// <summary>Called by the compiler for what stands outside of holes: it is taken as it is.</summary>
    /// <param name="text">The text.</param>
    public void AppendLiteral(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        _text!.Append(text);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && _quote!.Value != '\'')
                i++;
            else if (text[i] is '\'' or '"' && (_quote!.Value == 0 || _quote.Value == text[i]))
                _quote.Value = _quote.Value == 0 ? text[i] : '\0';
        }
    }

    /// <summary>Called by the compiler for a hole: it is quoted.</summary>
    /// <param name="text">What the hole holds; nothing is written for null and the empty text.</param>
    public void AppendFormatted(string? text)
    {
        if (!string.IsNullOrEmpty(text))
            _text!.Append(_quote!.Value switch { '\'' => InSingleQuotes(text), '"' => InDoubleQuotes(text), _ => Word(text) });
    }

    /// <summary>Called by the compiler for a hole that is a piece of a command: it is taken as it is.</summary>
    /// <param name="piece">The piece.</param>
    public void AppendFormatted(ShellCommand piece) => _text!.Append(piece.ToString());

    /// <summary>Called by the compiler for any other hole: it is quoted.</summary>
    /// <typeparam name="T">Type of the value.</typeparam>
    /// <param name="value">What the hole holds.</param>
    public void AppendFormatted<T>(T value) =>
        AppendFormatted(value is IFormattable number ? number.ToString(null, CultureInfo.InvariantCulture) : value?.ToString());

    /// <summary>A piece of a command, for use in a hole of another.</summary>
    /// <param name="piece">The piece.</param>
    public static ShellCommand Of(ShellCommand piece) => piece;

    /// <summary>Several words, each quoted, with a space between them.</summary>
    /// <param name="words">
    /// The words, with spaces between them; one with a space in it stands in double quotes, as nft(8) and
    /// iptables-save(8) print it. The shell would look for $ and ` in those.
    /// </param>
    public static ShellCommand Words(string words)
    {
        ArgumentNullException.ThrowIfNull(words);
        var command = new ShellCommand(words.Length, 0);
        command._text!.AppendJoin(' ', Split(words).Select(word => word is "!" or "{" or "}" ? word : Word(word)));
        return command;
    }

    /// <summary>What makes ip(8) mean IPv6, with a space behind it; nothing for IPv4.</summary>
    /// <param name="isIPv6">Which.</param>
    public static ShellCommand FamilyFlag(bool isIPv6) => isIPv6 ? Words("-6").And(" ") : default;

    /// <summary>Quotes a text as one word of the shell, if it needs quotes.</summary>
    /// <param name="text">Any text.</param>
    public static string Word(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length > 0 && text.All(IsPlain) ? text : $"'{InSingleQuotes(text)}'";
    }

    /// <inheritdoc/>
    public override string ToString() => _text?.ToString() ?? "";

    private static bool IsPlain(char letter) => char.IsAsciiLetterOrDigit(letter) || "@%+=:,./-_".Contains(letter, StringComparison.Ordinal);

    private static IEnumerable<string> Split(string words)
    {
        StringBuilder? word = null;
        bool isQuoted = false;
        for (int i = 0; i < words.Length; i++)
        {
            char letter = words[i];
            if (letter == ' ' && !isQuoted)
            {
                if (word is not null)
                    yield return word.ToString();
                word = null;
                continue;
            }

            word ??= new StringBuilder();
            if (letter == '"')
                isQuoted = !isQuoted;
            else
                word.Append(letter == '\\' && isQuoted && i + 1 < words.Length ? words[++i] : letter);
        }

        if (word is not null)
            yield return word.ToString();
    }

    private static string InSingleQuotes(string text) => text.Replace("'", "'\\''", StringComparison.Ordinal);

    private static string InDoubleQuotes(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (char letter in text)
            escaped.Append(letter is '\\' or '"' or '$' or '`' ? $"\\{letter}" : $"{letter}");
        return escaped.ToString();
    }

    private ShellCommand And(string literal)
    {
        AppendLiteral(literal);
        return this;
    }
}

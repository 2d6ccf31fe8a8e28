using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace NetWhy.Tools.Curl;

/// <summary>Text that goes into a request beside what was typed.</summary>
internal static class CurlText
{
    private const int Stray = 0xdc00; // an octet alone, as half a pair

    /// <summary>A warning in lines of curl's width.</summary>
    /// <param name="text">What is warned of.</param>
    internal static byte[] Warning(string text)
    {
        const string Prefix = "Warning: ";
        const int Width = 79;
        int room = Width - Prefix.Length;
        var lines = new StringBuilder();
        while (text.Length >= room) // curl counts the end of the line
        {
            int blank = text.AsSpan(0, room).LastIndexOfAny(' ', '\t');
            int cut = blank <= 0 ? room : blank + 1;
            lines.Append(Prefix).Append(text.AsSpan(0, cut)).Append('\n');
            text = text[cut..];
        }

        return Encoding.UTF8.GetBytes(lines.Append(Prefix).Append(text).Append('\n').ToString());
    }

    /// <summary>What a server or a file gave, as it would have been typed: so that it goes out as the octets that came.</summary>
    /// <param name="octets">The octets.</param>
    /// <returns>The text; an octet that is no UTF-8 is half a pair of letters, U+DC80 to U+DCFF, as Python keeps those of file names (PEP 383).</returns>
    internal static string Typed(ReadOnlySpan<byte> octets)
    {
        if (Ascii.IsValid(octets))
            return Encoding.ASCII.GetString(octets);
        var text = new StringBuilder(octets.Length);
        while (!octets.IsEmpty)
        {
            bool isText = Rune.DecodeFromUtf8(octets, out Rune rune, out int length) is OperationStatus.Done;
            if (isText)
                text.Append(rune.ToString());
            else
                text.Append((char)(Stray | octets[0]));
            octets = octets[(isText ? length : 1)..];
        }

        return text.ToString();
    }

    /// <summary>The same, of a text with a letter for each octet.</summary>
    /// <param name="letters">The octets as Latin-1.</param>
    internal static string Typed(string letters) => Ascii.IsValid(letters) ? letters : Typed(Encoding.Latin1.GetBytes(letters));

    /// <summary>The octets as which a text goes out.</summary>
    /// <param name="text">The text, typed or of <see cref="Typed(ReadOnlySpan{byte})"/>.</param>
    internal static byte[] Octets(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange((char)(Stray | 0x80), (char)(Stray | 0xff)))
            return Encoding.UTF8.GetBytes(text);
        List<byte> octets = [];
        Span<byte> coded = stackalloc byte[4];
        for (ReadOnlySpan<char> rest = text; !rest.IsEmpty;)
        {
            bool isText = Rune.DecodeFromUtf16(rest, out Rune rune, out int length) is OperationStatus.Done;
            if (!isText && rest[0] is >= (char)(Stray | 0x80) and <= (char)(Stray | 0xff))
                octets.Add((byte)rest[0]);
            else
                octets.AddRange(coded[..rune.EncodeToUtf8(coded)]);
            rest = rest[length..];
        }

        return [.. octets];
    }

    /// <summary>A text as part of a path, what is not safe there escaped as curl_easy_escape(3) does.</summary>
    /// <param name="text">The text.</param>
    internal static string Escaped(string text)
    {
        var escaped = new StringBuilder();
        foreach (byte octet in Octets(text))
        {
            bool isPlain = char.IsAsciiLetterOrDigit((char)octet) || octet is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~';
            if (isPlain)
                escaped.Append((char)octet);
            else
                escaped.Append(CultureInfo.InvariantCulture, $"%{octet:x2}");
        }

        return escaped.ToString();
    }

    /// <summary>A text with a letter for each octet that goes out.</summary>
    /// <param name="text">The text; null for none.</param>
    [return: NotNullIfNotNull(nameof(text))]
    internal static string? Letters(string? text) => text is null || Ascii.IsValid(text) ? text : Encoding.Latin1.GetString(Octets(text));
}

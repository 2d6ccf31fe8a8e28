using System.Text;

namespace NetWhy.Tools.Curl;

/// <summary>Text that goes into a request beside what was typed.</summary>
internal static class CurlText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>A warning in lines of curl's width.</summary>
    /// <param name="text">What is warned of.</param>
    internal static byte[] Warning(string text)
    {
        const string Prefix = "Warning: ";
        const int Width = 79;
        int room = Width - Prefix.Length;
        var lines = new StringBuilder();
        while (text.Length > room)
        {
            int blank = text.AsSpan(0, room).LastIndexOfAny(' ', '\t');
            int cut = blank <= 0 ? room : blank + 1;
            lines.Append(Prefix).Append(text.AsSpan(0, cut)).Append('\n');
            text = text[cut..];
        }

        return Encoding.UTF8.GetBytes(lines.Append(Prefix).Append(text).Append('\n').ToString());
    }

    /// <summary>What a server or a file gave, a letter for each octet, as it would have been typed: so that it goes out as the octets that came.</summary>
    /// <param name="octets">The octets as Latin-1.</param>
    /// <returns>The text; unchanged where the octets are no UTF-8.</returns>
    internal static string Typed(string octets)
    {
        if (octets.All(char.IsAscii) || octets.Any(letter => letter > 0xff))
            return octets;
        try
        {
            return Strict.GetString(Encoding.Latin1.GetBytes(octets));
        }
        catch (DecoderFallbackException)
        {
            return octets;
        }
    }
}

using System.Globalization;
using System.Text;

namespace NetWhy.Linux;

/// <summary>Makes strings from outside harmless: a certificate's subject or a server's greeting may hold anything.</summary>
public static class Printable
{
    /// <summary>The text in one line, with everything that would steer a terminal written as <c>\xNN</c> or <c>\uNNNN</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="isUtf8">Whether more than ASCII can be shown.</param>
    public static string Of(string text, bool isUtf8)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return text;

        var safe = new StringBuilder(text.Length + 16);
        foreach (Rune rune in text.EnumerateRunes()) // a lone surrogate comes as U+FFFD
        {
            int code = rune.Value;
            if (code is >= ' ' and <= '~')
                safe.Append((char)code);
            else if (code < 0x100 && (Rune.IsControl(rune) || !isUtf8) && Replacement(code) is null)
                safe.Append(CultureInfo.InvariantCulture, $"\\x{code:x2}");
            else if (isUtf8 && !Steers(rune))
                safe.Append(rune);
            else
                safe.Append(Replacement(code) ?? string.Create(CultureInfo.InvariantCulture, $"\\u{code:x4}"));
        }

        return safe.ToString();
    }

    // Direction marks and overrides, separators, tags, joiners: characters that change what others look like.
    private static bool Steers(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;

    private static string? Replacement(int code) => code switch
    {
        0xA0 => " ",
        0x2010 or 0x2011 or 0x2013 or 0x2014 or 0x2212 => "-",
        0x2018 or 0x2019 => "'",
        0x201C or 0x201D => "\"",
        0x2026 => "...",
        0x2192 => "->",
        0x2264 => "<=",
        0x2265 => ">=",
        0xB5 or 0x3BC => "u",
        0xD7 => "x",
        _ => null,
    };
}

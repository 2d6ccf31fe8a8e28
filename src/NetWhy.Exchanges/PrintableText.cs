using System.Text;

namespace NetWhy.Exchanges;

/// <summary>Makes octets from the network fit for evidence: bounded, one line, no control characters.</summary>
public static class PrintableText
{
    /// <summary>The beginning of what was received, with white space joined and anything unprintable as a full stop.</summary>
    /// <param name="octets">What was received.</param>
    /// <param name="longest">Most characters.</param>
    public static string Of(ReadOnlySpan<byte> octets, int longest)
    {
        var text = new StringBuilder();
        foreach (Rune rune in Encoding.UTF8.GetString(octets[..Math.Min(octets.Length, longest * 4)]).EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune))
            {
                if (text is { Length: > 0 } && text[^1] != ' ')
                    text.Append(' ');
            }
            else
            {
                text.Append(Rune.IsControl(rune) || rune == Rune.ReplacementChar ? new Rune('.') : rune);
            }

            if (text.Length >= longest)
                break;
        }

        return text.ToString().TrimEnd();
    }

    /// <summary>The same for text that was already decoded.</summary>
    /// <param name="text">The text.</param>
    /// <param name="longest">Most characters.</param>
    public static string Of(string text, int longest) =>
        Of(Encoding.UTF8.GetBytes(text.Length > longest * 2 ? text[..(longest * 2)] : text), longest);
}

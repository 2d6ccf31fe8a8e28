using System.Globalization;

namespace NetWhy.Wire.Dns;

/// <summary>Names with letters beyond ASCII, which DNS carries in ASCII.</summary>
public static class InternationalName
{
    private static readonly IdnMapping Mapping = new() { AllowUnassigned = true, UseStd3AsciiRules = false };

    /// <summary>The form of a name that goes into DNS: every label in ASCII (<c>xn--…</c> where it was not).</summary>
    /// <param name="name">The name as a person writes it.</param>
    /// <returns>The name unchanged if it is ASCII, null if it has no ASCII form.</returns>
    /// <remarks>Source: RFC 5890, RFC 3492.</remarks>
    public static string? ToAscii(string name)
    {
        if (System.Text.Ascii.IsValid(name))
            return name;

        try
        {
            return Mapping.GetAscii(name.ToLowerInvariant());
        }
        catch (ArgumentException)
        {
            return null; // IdnMapping has no other way to say it
        }
    }

    /// <summary>The form of a name that people read: every label that is encoded and can be decoded safely is.</summary>
    /// <param name="name">The name in ASCII.</param>
    /// <returns>The name; unchanged where a label is no valid encoding, or would show a control character or a dot.</returns>
    /// <remarks>Source: RFC 5891, section 5.4; RFC 3492. As <c>dig +idnout</c>.</remarks>
    public static string ToUnicode(string name)
    {
        if (!name.Contains("xn--", StringComparison.OrdinalIgnoreCase))
            return name;

        string[] labels = name.Split('.');
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i].StartsWith("xn--", StringComparison.OrdinalIgnoreCase))
                labels[i] = DecodeLabel(labels[i]);
        }

        return string.Join('.', labels);
    }

    private static string DecodeLabel(string label)
    {
        try
        {
            string text = Mapping.GetUnicode(label);
            return text.All(IsShown) ? text : label;
        }
        catch (ArgumentException)
        {
            return label; // IdnMapping has no other way to say it
        }
    }

    // What is no letter, digit or mark may look like something else, or steer a terminal.
    private static bool IsShown(char character) => character == '-' || char.IsSurrogate(character) || char.IsLetterOrDigit(character)
        || char.GetUnicodeCategory(character) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
}

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
}

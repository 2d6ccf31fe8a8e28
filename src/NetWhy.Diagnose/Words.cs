using System.Globalization;

namespace NetWhy.Diagnose;

/// <summary>Quantities for a person, written in the same way everywhere.</summary>
public static class Words
{
    /// <summary>A duration with at most three significant digits: in milliseconds below a second, else in seconds.</summary>
    /// <param name="time">The duration.</param>
    public static string Of(TimeSpan time)
    {
        double milliseconds = time.TotalMilliseconds;
        return milliseconds < 999.5
            ? string.Create(CultureInfo.InvariantCulture, $"{Rounded(milliseconds)} ms")
            : string.Create(CultureInfo.InvariantCulture, $"{Rounded(time.TotalSeconds)} s");
    }

    /// <summary>A number of things, such as <c>1 hop</c> or <c>3 hops</c>.</summary>
    /// <param name="count">How many.</param>
    /// <param name="noun">One of them; its plural ends in s.</param>
    public static string Count(long count, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");

    /// <summary>A sentence as it stands after a colon: its first letter small, unless it begins an abbreviation or a name in capitals.</summary>
    /// <param name="text">The sentence.</param>
    public static string Uncapitalized(string text) =>
        text is [var first, .. var rest] && (rest is not [var second, ..] || !char.IsUpper(second))
            ? $"{char.ToLowerInvariant(first)}{rest}"
            : text;

    // A clock of ours says nothing about less than ten microseconds.
    private static string Rounded(double number) => number.ToString(
        number switch { < 9.995 => "0.##", < 99.95 => "0.#", _ => "0" }, CultureInfo.InvariantCulture);
}

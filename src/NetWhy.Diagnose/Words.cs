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

    /// <summary>A share with two significant digits, such as <c>6.1 %</c>; what is less than a hundredth of one percent is said to be.</summary>
    /// <param name="share">The share, 0 to 1.</param>
    public static string Percent(double share) => share switch
    {
        0 => "0 %",
        < 0.0001 => "< 0.01 %",
        _ => (100 * share).ToString(share switch { < 0.01 => "0.##", < 0.1 => "0.#", _ => "0" }, CultureInfo.InvariantCulture) + " %",
    };

    /// <summary>A part of a whole as a share, see <see cref="Percent(double)"/>.</summary>
    /// <param name="part">The part.</param>
    /// <param name="whole">The whole; of nothing, the share is 0.</param>
    public static string Percent(double part, double whole) => Percent(whole > 0 ? part / whole : 0);

    /// <summary>A number of octets, in the largest binary unit that it fills: <c>212992</c> is <c>208 KiB</c>.</summary>
    /// <param name="octets">How many.</param>
    public static string Octets(double octets)
    {
        string[] units = ["octets", "KiB", "MiB", "GiB", "TiB"];
        int unit = 0;
        for (; Math.Abs(octets) >= 1024 && unit < units.Length - 1; unit++)
            octets /= 1024;
        return $"{(unit == 0 ? octets.ToString("0", CultureInfo.InvariantCulture) : Rounded(octets))} {units[unit]}";
    }

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

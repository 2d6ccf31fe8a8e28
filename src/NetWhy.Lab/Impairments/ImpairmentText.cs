using System.Globalization;

namespace NetWhy.Lab.Impairments;

/// <summary>Reads and writes impairments as words: <c>delay=75ms</c>, <c>loss=10%</c>, <c>rate=2mbit</c>.</summary>
public static class ImpairmentText
{
    /// <summary>Names of what a link can do, for messages.</summary>
    public const string Known =
        "delay, jitter, loss, loss-correlation, duplicate, corrupt, reorder, gap, rate, limit, mtu, seed";

    /// <summary>Adds one property to an impairment.</summary>
    /// <param name="impairment">What there is so far.</param>
    /// <param name="name">Which property; one of <see cref="Known"/>.</param>
    /// <param name="value">Its value with unit.</param>
    /// <returns>The changed impairment; null if the name is unknown or the value does not fit it.</returns>
    public static Impairment? With(Impairment impairment, string name, string value)
    {
        ArgumentNullException.ThrowIfNull(impairment);
        return name switch
        {
            "delay" when Duration(value) is { } time => impairment with { Delay = time },
            "jitter" when Duration(value) is { } time => impairment with { Jitter = time },
            "loss" when Share(value) is { } share => impairment with { Loss = share },
            "loss-correlation" when Share(value) is { } share => impairment with { LossCorrelation = share },
            "duplicate" when Share(value) is { } share => impairment with { Duplicate = share },
            "corrupt" when Share(value) is { } share => impairment with { Corrupt = share },
            "reorder" when Share(value) is { } share => impairment with { Reorder = share },
            "gap" when Whole(value) is >= 1 and { } number => impairment with { Gap = number },
            "rate" when Rate(value) is { } rate => impairment with { Rate = rate },
            "limit" when Whole(value) is >= 1 and { } number => impairment with { Limit = number },
            "mtu" when Whole(value) is >= 68 and { } number => impairment with { Mtu = number },
            "seed" when Whole(value) is { } number => impairment with { Seed = number },
            _ => null,
        };
    }

    /// <summary>Reads <c>delay=75ms,loss=10%</c>; the empty text is a perfect link.</summary>
    /// <param name="text">Words, comma between them.</param>
    /// <exception cref="LabException">A word is unknown, or its value makes no sense.</exception>
    public static Impairment Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var impairment = new Impairment();
        foreach (string word in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            impairment = (equals > 0 ? With(impairment, word[..equals], word[(equals + 1)..]) : null)
                ?? throw new LabException($"'{word}' is no impairment; known: {Known}, as in delay=75ms,loss=10%", isUsage: true);
        }

        return impairment;
    }

    /// <summary>Writes what <see cref="Parse"/> reads.</summary>
    /// <param name="impairment">What to write.</param>
    public static string Format(Impairment impairment)
    {
        ArgumentNullException.ThrowIfNull(impairment);
        return string.Create(CultureInfo.InvariantCulture, $"delay={impairment.Delay.TotalMicroseconds}us,jitter={impairment.Jitter.TotalMicroseconds}us,loss={impairment.Loss},loss-correlation={impairment.LossCorrelation},duplicate={impairment.Duplicate},corrupt={impairment.Corrupt},reorder={impairment.Reorder},gap={impairment.Gap},rate={impairment.Rate}bit,limit={impairment.Limit},seed={impairment.Seed}")
            + (impairment.Mtu > 0 ? string.Create(CultureInfo.InvariantCulture, $",mtu={impairment.Mtu}") : "");
    }

    private static TimeSpan? Duration(string text) => Number(text, [("us", 1e-6), ("ms", 1e-3), ("s", 1)]) is >= 0 and { } seconds
        ? TimeSpan.FromSeconds(seconds)
        : null;

    private static double? Share(string text) => Number(text, [("%", 0.01), ("", 1)]) is >= 0 and <= 1 and { } share ? share : null;

    private static long? Rate(string text) =>
        Number(text, [("gbit", 1e9), ("mbit", 1e6), ("kbit", 1e3), ("bit", 1)]) is >= 0 and <= 1e12 and { } rate ? (long)rate : null;

    private static int? Whole(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number : null;

    private static double? Number(string text, ReadOnlySpan<(string Unit, double Factor)> units)
    {
        foreach ((string unit, double factor) in units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal)
                && double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
                && double.IsFinite(number))
            {
                return number * factor;
            }
        }

        return null;
    }
}

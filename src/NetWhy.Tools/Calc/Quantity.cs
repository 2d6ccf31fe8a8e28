using System.Globalization;

namespace NetWhy.Tools.Calc;

/// <summary>What a quantity measures.</summary>
internal enum Dimension
{
    /// <summary>A plain number.</summary>
    Number,

    /// <summary>Bits per second.</summary>
    Rate,

    /// <summary>Seconds.</summary>
    Time,

    /// <summary>Octets.</summary>
    Size,

    /// <summary>A share, from 0 to 1.</summary>
    Share,

    /// <summary>Kilometres.</summary>
    Distance,
}

/// <summary>A quantity as people write it: <c>1Gbps</c>, <c>1Gbit</c>, <c>50ms</c>, <c>64KB</c>, <c>1%</c>, <c>1460</c>.</summary>
/// <param name="Dimension">What it measures.</param>
/// <param name="Value">How much, in the unit of its dimension.</param>
internal readonly record struct Quantity(Dimension Dimension, double Value)
{
    private static readonly (string Unit, Dimension Dimension, double Factor)[] Units =
    [
        ("%", Dimension.Share, 0.01),
        ("us", Dimension.Time, 1e-6), ("µs", Dimension.Time, 1e-6), ("μs", Dimension.Time, 1e-6), ("usec", Dimension.Time, 1e-6),
        ("ms", Dimension.Time, 1e-3), ("msec", Dimension.Time, 1e-3), ("min", Dimension.Time, 60), ("s", Dimension.Time, 1), ("sec", Dimension.Time, 1),
        ("km", Dimension.Distance, 1),
        ("bps", Dimension.Rate, 1), ("bit/s", Dimension.Rate, 1), ("b/s", Dimension.Rate, 1), ("bit", Dimension.Rate, 1), ("B/s", Dimension.Rate, 8),
        ("B", Dimension.Size, 1), ("bytes", Dimension.Size, 1), ("octets", Dimension.Size, 1),
    ];

    // Prefixes of a network are powers of ten; Ki, Mi and Gi are powers of two.
    private static readonly (string Prefix, double Factor)[] Prefixes =
    [
        ("Ki", 1024), ("Mi", 1024 * 1024), ("Gi", 1024.0 * 1024 * 1024), ("k", 1e3), ("K", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12), ("", 1),
    ];

    private const double Largest = 1e24; // of anything that a network has; products of two stay finite

    /// <summary>Reads a quantity; null if it is none.</summary>
    /// <param name="text">The text.</param>
    public static Quantity? Parse(string text)
    {
        int digits = DigitsOf(text);
        if (digits == 0 || !double.TryParse(text.AsSpan(0, digits), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) || !double.IsFinite(number))
            return null;

        string unit = text[digits..];
        foreach ((string letter, double power) in Prefixes) // 10G is ten thousand million of what it stands for
        {
            if (unit == letter)
                return number * power <= Largest ? new Quantity(Dimension.Number, number * power) : null;
        }

        foreach ((string name, Dimension dimension, double factor) in Units)
        {
            if (!unit.EndsWith(name, StringComparison.Ordinal))
                continue;
            string prefix = unit[..^name.Length];
            foreach ((string letter, double power) in Prefixes)
            {
                if (number * factor * power > Largest)
                    continue;
                bool isPrefix = prefix == letter || (dimension is Dimension.Rate && (prefix, letter) is ("g", "G") or ("m", "M"));
                if (isPrefix && (prefix.Length == 0 || dimension is Dimension.Rate or Dimension.Size))
                    return new Quantity(dimension, number * factor * power);
            }
        }

        return null;
    }

    // Digits with a point, and an exponent if digits follow it: 1e-4, and not the e of a unit.
    private static int DigitsOf(string text)
    {
        int digits = text.TakeWhile(character => char.IsAsciiDigit(character) || character is '.').Count();
        if (digits == 0 || digits == text.Length || text[digits] is not ('e' or 'E'))
            return digits;
        int exponent = digits + 1;
        if (exponent < text.Length && text[exponent] is '-' or '+')
            exponent++;
        int end = exponent + text.Skip(exponent).TakeWhile(char.IsAsciiDigit).Count();
        return end > exponent ? end : digits;
    }

    /// <summary>Writes a size: octets, and a rounder unit beside them.</summary>
    /// <param name="octets">The size.</param>
    public static string OfSize(double octets) => octets < 10_000
        ? Text($"{octets:#,0} B")
        : Text($"{octets:#,0} B ({Scaled(octets, "B")})");

    /// <summary>Writes a rate in bits and in octets per second.</summary>
    /// <param name="bitsPerSecond">The rate.</param>
    public static string OfRate(double bitsPerSecond) => Text($"{Scaled(bitsPerSecond, "bit/s")} ({bitsPerSecond / 8:#,0} B/s)");

    /// <summary>Writes a time.</summary>
    /// <param name="seconds">The time.</param>
    public static string OfTime(double seconds) => seconds < 1 ? Text($"{seconds * 1000:0.###} ms") : Text($"{seconds:0.###} s");

    private static string Scaled(double value, string unit) => value switch
    {
        >= 1e12 => Text($"{value / 1e12:0.###} T{unit}"),
        >= 1e9 => Text($"{value / 1e9:0.###} G{unit}"),
        >= 1e6 => Text($"{value / 1e6:0.###} M{unit}"),
        >= 1e3 => Text($"{value / 1e3:0.###} k{unit}"),
        _ => Text($"{value:0.###} {unit}"),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

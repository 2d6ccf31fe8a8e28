using System.Globalization;
using NetWhy.Paths;

namespace NetWhy.Tools.Mtr;

/// <summary>A column of mtr's tables.</summary>
/// <param name="Letter">Its letter in <c>-o</c>.</param>
/// <param name="Title">Its title.</param>
/// <param name="Width">Its width, in characters.</param>
/// <param name="Decimals">Digits behind the point; 0 for a count.</param>
internal sealed record MtrField(char Letter, string Title, int Width, int Decimals)
{
    /// <summary>Columns of a table unless others are asked for.</summary>
    internal const string Usual = "LS NABWV";

    /// <summary>Columns about jitter.</summary>
    internal const string OfJitter = "DR AGJMXI";

    /// <summary>Columns that may be asked for.</summary>
    internal const int Most = 20;

    private static readonly MtrField[] All =
    [
        new(' ', " ", 1, 0), new('L', "Loss%", 6, 1), new('D', "Drop", 5, 0), new('R', "Rcv", 6, 0), new('S', "Snt", 6, 0),
        new('N', "Last", 6, 1), new('B', "Best", 6, 1), new('A', "Avg", 6, 1), new('W', "Wrst", 6, 1), new('V', "StDev", 6, 1),
        new('G', "Gmean", 6, 1), new('J', "Jttr", 5, 1), new('M', "Javg", 5, 1), new('X', "Jmax", 5, 1), new('I', "Jint", 5, 1),
    ];

    /// <summary>The column of a letter; null if there is none.</summary>
    /// <param name="letter">The letter.</param>
    internal static MtrField? Find(char letter) => Array.Find(All, field => field.Letter == letter);

    /// <summary>The value: milliseconds, a share in percent or a count; the blank column counts what was dropped, in CSV.</summary>
    /// <param name="hop">The hop.</param>
    /// <param name="isCompatible">Whether Jint is sixteen times what RFC 3550 says, as mtr shows it.</param>
    internal double Value(RoundsHop hop, bool isCompatible) => Letter switch
    {
        'L' => Loss(hop),
        'D' or ' ' => hop.Dropped,
        'R' => hop.Received,
        'S' => hop.Sent,
        'N' => hop.Last / 1000.0,
        'B' => hop.Best / 1000.0,
        'A' => Whole(hop.Mean),
        'W' => hop.Worst / 1000.0,
        'V' => Whole(hop.Deviation),
        'G' => Whole(hop.GeometricMean),
        'J' => hop.Jitter / 1000.0,
        'M' => Whole(hop.MeanJitter),
        'X' => hop.WorstJitter / 1000.0,
        _ => Whole(hop.ArrivalJitter * (isCompatible ? 16 : 1)),
    };

    /// <summary>The value as a table shows it.</summary>
    /// <param name="hop">The hop.</param>
    /// <param name="isCompatible">See <see cref="Value"/>.</param>
    internal string Text(RoundsHop hop, bool isCompatible)
    {
        if (Letter == ' ')
            return " ";
        string number = Value(hop, isCompatible).ToString(Decimals == 0 ? "0" : "0.0", CultureInfo.InvariantCulture);
        int room = Width - 1 - (Letter == 'L' ? 1 : 0);
        return $" {number.PadLeft(room)}{(Letter == 'L' ? "%" : "")}";
    }

    /// <summary>Share of the probes whose fate is known that were lost, in percent.</summary>
    /// <param name="hop">The hop.</param>
    internal static double Loss(RoundsHop hop)
    {
        int decided = hop.Sent - hop.Outstanding;
        return decided == 0 ? 0 : Math.Truncate(1000 * (100 - 100.0 * hop.Received / decided)) / 1000;
    }

    // mtr keeps whole microseconds.
    private static double Whole(double microseconds) => Math.Truncate(microseconds) / 1000;
}

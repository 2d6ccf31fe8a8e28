using NetWhy.Diagnose;
using NetWhy.Diagnose.Repeated;

namespace NetWhy.App.Render;

/// <summary>The part of a report about requests that were repeated: each address with a strip of time, and what belongs together.</summary>
internal static class SymptomHead
{
    private const int MostSlots = 64;
    private const int Indent = 4;

    /// <summary>Characters of a strip of time that fit.</summary>
    /// <param name="width">Columns of the page.</param>
    public static int SlotsFor(int width) => Math.Clamp(width - Indent - 2, 10, MostSlots);

    /// <summary>Writes it.</summary>
    /// <param name="page">Where.</param>
    /// <param name="overview">What to write.</param>
    /// <param name="mostRows">How many addresses.</param>
    /// <param name="mostConclusions">How many of the conclusions.</param>
    /// <param name="tellsResult">Whether the result is told here, and not by the verdict.</param>
    public static void Write(Page page, SymptomOverview overview, int mostRows, int mostConclusions, bool tellsResult)
    {
        page.Blank();
        page.Paragraph(new Piece("", Tone.Plain), new Piece("Repeated", Tone.Strong), new Piece($"  {overview.Load}", Tone.Dim));
        foreach (SymptomRow row in overview.Rows.Take(mostRows))
        {
            string times = row.Times is { } spread ? $"  p50 {Words.Of(spread.Median)}, p90 {Words.Of(spread.P90)}, p99 {Words.Of(spread.P99)}" : "";
            page.Paragraph(new Piece("  ", Tone.Plain), new Piece($"{row.Endpoint}  ", Tone.Plain), new Piece(row.Said, row.Counts.Any(count => count.Kind > RequestKind.Slow) ? Tone.Bad : Tone.Plain), new Piece(times, Tone.Dim));
            page.Line([new Piece(new string(' ', Indent), Tone.Plain), .. Strip(row.Strip)]);
        }

        if (overview.Rows.Length > mostRows)
            page.Paragraph(new Piece("  ", Tone.Plain), new Piece($"and {overview.Rows.Length - mostRows} more addresses: -v", Tone.Dim));
        page.Paragraph(new Piece(new string(' ', Indent), Tone.Plain), new Piece($"{overview.Legend}  (left to right: time)", Tone.Dim));
        if (tellsResult)
            page.Paragraph(new Piece("  ", Tone.Plain), new Piece(overview.Result, overview.IsSeen ? Tone.Warning : Tone.Plain));
        foreach (string conclusion in overview.Conclusions.Take(mostConclusions))
            page.Paragraph(new Piece(page.IsUtf8 ? "  · " : "  - ", Tone.Dim), new Piece($"{conclusion}.", Tone.Plain));
        if (overview.Conclusions.Length > mostConclusions)
            page.Paragraph(new Piece("  ", Tone.Plain), new Piece($"and {overview.Conclusions.Length - mostConclusions} more: -v", Tone.Dim));
    }

    private static IEnumerable<Piece> Strip(string strip)
    {
        for (int begin = 0; begin < strip.Length;)
        {
            Tone tone = ToneOf(strip[begin]);
            int end = begin + 1;
            while (end < strip.Length && ToneOf(strip[end]) == tone)
                end++;
            yield return new Piece(strip[begin..end], tone);
            begin = end;
        }
    }

    private static Tone ToneOf(char letter) => letter switch
    {
        '.' => Tone.Good,
        ' ' => Tone.Plain,
        's' => Tone.Warning,
        _ => Tone.Bad,
    };
}

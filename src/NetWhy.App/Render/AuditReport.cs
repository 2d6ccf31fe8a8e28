using System.Globalization;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Audit;

namespace NetWhy.App.Render;

/// <summary>The audit of a machine for a person: one table, the worst first.</summary>
internal static class AuditReport
{
    private const int StandingWidth = 10; // columns
    private const int Gap = 2;
    private const int NarrowestTitle = 14;
    private const int NarrowestValue = 12;
    private const int MostRemedies = 3;

    /// <summary>The audit as a page.</summary>
    /// <param name="diagnosis">The diagnosis, with its signals.</param>
    /// <param name="elapsed">How long it took.</param>
    /// <param name="screen">The screen to fit; the table may be longer.</param>
    /// <param name="isWhole">Whether with what is well.</param>
    /// <param name="isVerbose">Whether with everything that was seen.</param>
    public static Page Of(Diagnosis diagnosis, TimeSpan elapsed, Screen screen, bool isWhole = false, bool isVerbose = false)
    {
        var page = new Page(screen.Width, screen.IsUtf8);
        page.Paragraph(
            new Piece("", Tone.Plain),
            [new Piece(diagnosis.Investigation is { Vantage.Length: > 0 } here ? here.Vantage : "kept evidence", Tone.Strong), new Piece("  ", Tone.Plain), .. Tally(diagnosis)]);
        page.Blank();
        Signal[] shown = [.. diagnosis.Signals.Where(signal => signal.Standing is not Standing.Unknown && (isWhole || isVerbose || signal.Standing is not Standing.Fine))];
        int title = Math.Clamp(shown.Select(signal => signal.Title.Length).DefaultIfEmpty().Max(), NarrowestTitle, Math.Max(NarrowestTitle, (page.Width - StandingWidth) / 2));
        foreach (Signal signal in shown)
            Write(page, signal, title);
        page.Blank();
        WriteGaps(page, diagnosis);
        if (!shown.Any(signal => signal.Standing < Standing.Unknown))
            page.Paragraph(new Piece("", Tone.Plain), new Piece("Nothing is wrong that can be seen here.", Tone.Good));
        if (isVerbose)
            TextReport.WriteObservations(page, diagnosis);
        page.Blank();
        WriteFoot(page, diagnosis, elapsed, isWhole || isVerbose, isVerbose);
        return page;
    }

    private static void Write(Page page, Signal signal, int title)
    {
        (string word, Tone tone) = Word(signal.Standing);
        page.Row(
            (StandingWidth, new Piece(word, tone)),
            (WidthOf(signal.Title, title, page.Width) + Gap, new Piece(signal.Title, signal.Standing is Standing.Fine ? Tone.Plain : Tone.Strong)),
            (0, new Piece($"{signal.Value}{Limit(signal)}", Tone.Plain)));
        var indent = new Piece(new string(' ', StandingWidth), Tone.Plain);
        if (signal.Meaning.Length > 0)
            page.Paragraph(indent, new Piece(signal.Meaning, Tone.Plain));
        foreach (Remedy remedy in signal.Remedies.Take(MostRemedies))
        {
            page.Paragraph(indent, new Piece(remedy.Sentence, Tone.Dim));
            if (remedy.Command is { } command)
                page.Verbatim(StandingWidth + 4, command, Tone.Code);
        }

        if (signal.Meaning.Length > 0)
            page.Blank();
    }

    // A name that is longer than the column, such as that of a setting, is not cut in two: it must be found and copied.
    private static int WidthOf(string title, int column, int width)
    {
        int longest = title.Split(' ').Max(word => word.Length);
        return longest <= column || StandingWidth + longest + Gap + NarrowestValue > width ? column : longest;
    }

    // "3 of 7" is said of one quantity; after several of them nobody would know which it is that has the limit.
    private static string Limit(Signal signal) => signal.Limit.Length == 0 ? ""
        : signal.Value.AsSpan().IndexOfAny(",;:") < 0 ? $" of {signal.Limit}"
        : $"; limit {signal.Limit}";

    // What could not be looked at, one line for each reason.
    private static void WriteGaps(Page page, Diagnosis diagnosis)
    {
        IEnumerable<(string Reason, string What)> gaps = diagnosis.NotObserved.Select(gap => (gap.Reason, gap.What))
            .Concat(diagnosis.Signals.Where(signal => signal.Standing is Standing.Unknown).Select(signal => (signal.Value, signal.Title)));
        foreach (IGrouping<string, string> group in gaps.GroupBy(gap => gap.Reason, gap => gap.What))
        {
            page.Paragraph(
                new Piece(Word(Standing.Unknown).Text.PadRight(StandingWidth), Tone.Warning),
                new Piece($"{string.Join("; ", group.Distinct())}: {group.Key}", Tone.Plain));
        }

        page.Blank();
    }

    private static void WriteFoot(Page page, Diagnosis diagnosis, TimeSpan elapsed, bool isWhole, bool isVerbose)
    {
        int fine = diagnosis.Signals.Count(signal => signal.Standing is Standing.Fine);
        string[] hints =
        [
            .. fine > 0 && !isWhole ? (string[])[$"{fine} more are well: --all shows them"] : [],
            .. isVerbose ? [] : (string[])["-v shows what was seen"],
            .. diagnosis.Signals.Any(signal => signal.Remedies.Any(remedy => remedy is { Setting: not null, On: null }))
                ? (string[])["a setting lasts until the next start, --fix prints a script that keeps it"]
                : [],
            .. diagnosis.Investigation is { HasNetAdmin: false } ? (string[])["as root it sees more"] : [],
        ];
        page.Paragraph(new Piece("", Tone.Plain), new Piece($"{Words.Of(elapsed)}. {Capitalized(string.Join("; ", hints))}", Tone.Dim));
    }

    private static string Capitalized(string text) => text.Length > 0 && text[0] is not '-' ? $"{char.ToUpperInvariant(text[0])}{text[1..]}" : text;

    private static (string Text, Tone Tone) Word(Standing standing) => standing switch
    {
        Standing.Critical => ("CRITICAL", Tone.Bad),
        Standing.Warning => ("warning", Tone.Warning),
        Standing.Advice => ("advice", Tone.Plain),
        Standing.Unknown => ("not seen", Tone.Warning),
        _ => ("fine", Tone.Good),
    };

    private static IEnumerable<Piece> Tally(Diagnosis diagnosis)
    {
        string separator = "";
        foreach (KeyValuePair<Standing, int> count in diagnosis.Signals.CountBy(signal => signal.Standing).OrderBy(pair => pair.Key))
        {
            string noun = count.Key switch
            {
                Standing.Critical => "critical",
                Standing.Warning => count.Value == 1 ? "warning" : "warnings",
                Standing.Advice => "advice",
                Standing.Unknown => "not seen",
                _ => "fine",
            };
            yield return new Piece(separator, Tone.Plain);
            yield return new Piece(string.Create(CultureInfo.InvariantCulture, $"{count.Value} {noun}"), count.Key is Standing.Advice ? Tone.Plain : Word(count.Key).Tone);
            separator = ", ";
        }
    }
}

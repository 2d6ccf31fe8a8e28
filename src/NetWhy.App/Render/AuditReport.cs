using System.Globalization;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Audit;
using NetWhy.Evidence;

namespace NetWhy.App.Render;

/// <summary>The audit of a machine for a person: one table, the worst first.</summary>
internal static class AuditReport
{
    private const int Indent = 11; // the width of the first column

    /// <summary>The audit as a page.</summary>
    /// <param name="diagnosis">The diagnosis, with its signals.</param>
    /// <param name="elapsed">How long it took.</param>
    /// <param name="screen">The screen to fit; the table may be longer.</param>
    /// <param name="isWhole">Whether with what is well.</param>
    public static Page Of(Diagnosis diagnosis, TimeSpan elapsed, Screen screen, bool isWhole = false)
    {
        var page = new Page(screen.Width, screen.IsUtf8);
        page.Paragraph(
            new Piece("", Tone.Plain),
            new Piece(diagnosis.Investigation is { Vantage.Length: > 0 } here ? here.Vantage : "kept evidence", Tone.Strong),
            new Piece($"  {Tally(diagnosis)}", Tone.Dim));
        page.Blank();
        Signal[] shown = [.. diagnosis.Signals.Where(signal => isWhole || signal.Standing is not Standing.Fine)];
        int title = Math.Min(shown.Select(signal => signal.Title.Length).DefaultIfEmpty().Max(), page.Width / 3);
        foreach (Signal signal in shown)
            Write(page, signal, title);
        WriteGaps(page, diagnosis);
        page.Blank();
        int fine = diagnosis.Signals.Length - shown.Length;
        string more = fine > 0 ? $". {fine} more are well: --all shows them, -v what was seen; --fix prints a script" : ". -v shows what was seen; --fix prints a script";
        page.Paragraph(new Piece("", Tone.Plain), new Piece($"{Words.Of(elapsed)}{more}", Tone.Dim));
        return page;
    }

    private static void Write(Page page, Signal signal, int width)
    {
        (string word, Tone tone) = signal.Standing switch
        {
            Standing.Critical => ("CRITICAL", Tone.Bad),
            Standing.Warning => ("warning", Tone.Warning),
            Standing.Advice => ("advice", Tone.Plain),
            Standing.Unknown => ("not seen", Tone.Warning),
            _ => ("fine", Tone.Good),
        };
        string limit = signal.Limit.Length > 0 ? $"  of {signal.Limit}" : "";
        page.Paragraph(
            new Piece(word.PadRight(Indent), tone),
            new Piece(signal.Title.PadRight(width), signal.Standing is Standing.Fine ? Tone.Plain : Tone.Strong),
            new Piece($"  {signal.Value}{limit}", Tone.Plain));
        if (signal.Meaning.Length > 0)
            page.Paragraph(new Piece(new string(' ', Indent), Tone.Plain), new Piece(signal.Meaning, Tone.Plain));
        foreach (Remedy remedy in signal.Remedies.Take(signal.Standing is Standing.Advice ? 1 : 3))
        {
            string kept = remedy.Setting is { } ? $"   # keep it: {SettingChange.File}" : "";
            page.Paragraph(new Piece(new string(' ', Indent), Tone.Plain), new Piece(remedy.Sentence, Tone.Dim));
            if (remedy.Command is { } command)
                page.Verbatim(Indent + 4, command + kept, Tone.Code);
        }
    }

    private static void WriteGaps(Page page, Diagnosis diagnosis)
    {
        foreach (NotObserved gap in diagnosis.NotObserved)
            page.Paragraph(new Piece("not seen".PadRight(Indent), Tone.Warning), new Piece($"{gap.What}: {gap.Reason}", Tone.Plain));
    }

    private static string Tally(Diagnosis diagnosis) => string.Join(", ", diagnosis.Signals
        .CountBy(signal => signal.Standing)
        .OrderBy(pair => pair.Key)
        .Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Value} {pair.Key.ToString().ToLowerInvariant()}")));
}

using System.Globalization;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Naming;

namespace NetWhy.App.Render;

/// <summary>The head of a report about a name: what the application gets, at what cost, and who says what.</summary>
internal static class NameHead
{
    private const int Gap = 2; // columns
    private const int WidestServer = 34;
    private const int TimeWidth = 9;

    /// <summary>Writes it.</summary>
    /// <param name="page">Where.</param>
    /// <param name="overview">What to write.</param>
    /// <param name="elapsed">How long the application waits; null if that is not known.</param>
    /// <param name="queries">How many queries it sends.</param>
    /// <param name="mostLines">How many lines each part may have.</param>
    public static void Write(Page page, NameOverview overview, TimeSpan? elapsed, int queries, int mostLines)
    {
        bool isFound = !overview.Result.StartsWith("an error", StringComparison.Ordinal) && !overview.Result.StartsWith("not", StringComparison.Ordinal);
        page.Paragraph(Plain("  "), Plain("Applications here get "), new Piece(overview.Result, isFound ? Tone.Good : Tone.Bad), new Piece(
            elapsed is { } time ? $"  after {Words.Of(time)}, {Words.Count(queries, "question")}" : "", Tone.Dim));
        WriteSteps(page, overview, mostLines);
        WriteStatements(page, overview, mostLines);
        foreach (string remark in overview.Remarks.Take(mostLines))
            page.Paragraph(Plain("  "), new Piece(remark, Tone.Dim));
    }

    // One line for each query; those of one lookup that say the same as the table below are what makes it up.
    private static void WriteSteps(Page page, NameOverview overview, int mostLines)
    {
        if (overview.Steps.Length == 0)
            return;
        page.Blank();
        Heading(page, "Each query and its cost", overview.Steps.Length - mostLines);
        int server = WidthOf(overview.Steps.Select(step => step.Source));
        int name = Math.Min(WidthOf(overview.Steps.Select(step => step.Name)), Math.Max(12, page.Width / 3));
        foreach (NameStep step in overview.Steps.Take(mostLines))
        {
            page.Row(
                (TimeWidth + Gap, new Piece($"  {Words.Of(step.Cost)}", step.IsLost ? Tone.Bad : Tone.Plain)),
                (server + Gap, Plain(step.Source)),
                (name + Gap, Plain(step.Name)),
                (0, new Piece(step.Said, step.IsLost ? Tone.Bad : Tone.Plain)));
        }
    }

    private static void WriteStatements(Page page, NameOverview overview, int mostLines)
    {
        if (overview.Statements.Length == 0)
            return;
        page.Blank();
        Heading(page, "Who says what", overview.Statements.Length - mostLines);
        int server = WidthOf(overview.Statements.Select(statement => statement.Server));
        foreach (NameStatement statement in overview.Statements.Take(mostLines))
        {
            string time = statement.Time is { } known ? Words.Of(known) : "-";
            string[] facts =
            [
                .. statement.TimeToLive is { } seconds ? (string[])[string.Create(CultureInfo.InvariantCulture, $"TTL {seconds}")] : [],
                .. statement.Serial is { } serial ? (string[])[string.Create(CultureInfo.InvariantCulture, $"serial {serial}")] : [],
                .. statement.Remarks.Length > 0 ? (string[])[statement.Remarks] : [],
            ];
            string about = facts.Length > 0 ? $"  ({string.Join(", ", facts)})" : "";
            page.Row(
                (2 + 9 + Gap, Plain($"  {statement.Role}")),
                (server + Gap, Plain(statement.Server)),
                (TimeWidth + Gap, new Piece(time, statement.Time is null ? Tone.Bad : Tone.Plain)),
                (0, new Piece(statement.Answer + about, statement.Time is null ? Tone.Bad : Tone.Plain)));
        }
    }

    private static int WidthOf(IEnumerable<string> texts) => Math.Min(WidestServer, texts.Select(text => text.Length).DefaultIfEmpty().Max());

    private static void Heading(Page page, string title, int hidden) => page.Paragraph(
        new Piece(title, Tone.Strong), new Piece(hidden > 0 ? $"  and {hidden} more: -v" : "", Tone.Dim));

    private static Piece Plain(string text) => new(text, Tone.Plain);
}

using NetWhy.Diagnose.Audit;
using NetWhy.Diagnose.Tls;

namespace NetWhy.App.Render;

/// <summary>The body of a report about a TLS server: what it takes, its certificates, how it answers.</summary>
internal static class TlsHead
{
    private const int LabelWidth = 14; // columns, two of them free on each side

    /// <summary>Writes it.</summary>
    /// <param name="page">Where.</param>
    /// <param name="overview">What to write.</param>
    /// <param name="mostItems">How many things of a list to write.</param>
    /// <param name="isWhole">Whether what matters less is written too.</param>
    public static void Write(Page page, TlsOverview overview, int mostItems, bool isWhole)
    {
        foreach (TlsPart part in overview.Parts)
        {
            page.Blank();
            TlsLine[] lines = [.. part.Lines.Where(line => isWhole || !line.IsMinor)];
            int hidden = part.Lines.Length - lines.Length;
            page.Paragraph(
                new Piece("", Tone.Plain),
                new Piece(part.Title, Tone.Strong),
                new Piece(part.Note.Length > 0 ? $"  {part.Note}" : "", Tone.Dim),
                new Piece(hidden > 0 ? $"  and {hidden} more: -v" : "", Tone.Dim));
            foreach (TlsLine line in lines)
                WriteLine(page, line, mostItems);
        }
    }

    private static void WriteLine(Page page, TlsLine line, int mostItems)
    {
        Tone tone = line.Standing switch
        {
            Standing.Critical => Tone.Bad,
            Standing.Warning or Standing.Unknown => Tone.Warning,
            _ => Tone.Plain,
        };
        int hidden = line.Items.Length - mostItems;
        string items = string.Join(", ", line.Items.Take(mostItems)) + (hidden > 0 ? $" and {hidden} more" : "");
        string gap = line.Text.Length > 0 && items.Length > 0 ? " " : "";
        page.Paragraph(
            new Piece($"  {line.Label.PadRight(LabelWidth - 2)}", Tone.Dim),
            new Piece(line.Text, tone),
            new Piece(gap + items, Tone.Plain),
            new Piece(line.Detail.Length > 0 ? $"  {line.Detail}" : "", Tone.Dim));
    }
}

using NetWhy.Diagnose;

namespace NetWhy.App.Render;

/// <summary>Shows the page of a cause: the little Markdown that such pages use.</summary>
internal static class CausePage
{
    /// <summary>Writes the page.</summary>
    /// <param name="page">Where to.</param>
    /// <param name="cause">Whose.</param>
    /// <param name="hasColour">Whether colour shows what is code; else its marks stay.</param>
    public static void Write(Page page, Cause cause, bool hasColour)
    {
        page.Paragraph(new Piece("", Tone.Plain), new Piece(cause.Id, Tone.Strong), new Piece($"  ({Name(cause.Layer)}{(cause.IsBenign ? ", harmless" : "")})", Tone.Dim));
        page.Paragraph(new Piece("", Tone.Plain), [.. Inline(cause.Title, hasColour)]);

        // The first four lines with text are id, title, layer and benign.
        string[] lines = cause.Page.Replace("\r", "", StringComparison.Ordinal).Split('\n');
        int head = 0;
        int at = 0;
        for (; at < lines.Length && head < 4; at++)
            head += lines[at].Trim().Length > 0 ? 1 : 0;

        List<string> paragraph = [];
        foreach (string line in lines.Skip(at))
        {
            bool isCode = line.StartsWith("    ", StringComparison.Ordinal);
            bool isBullet = line.StartsWith("- ", StringComparison.Ordinal);
            if (line.Length == 0 || line[0] == '#' || isCode || isBullet)
                Flush(page, paragraph, hasColour);
            if (line.Trim().Length == 0)
            {
                page.Blank();
            }
            else if (line[0] == '#')
            {
                page.Blank();
                page.Paragraph(new Piece("", Tone.Plain), new Piece(line.TrimStart('#', ' '), Tone.Strong));
            }
            else if (isCode)
            {
                page.Verbatim(indent: 4, line[4..], Tone.Code);
            }
            else
            {
                paragraph.Add(line.Trim());
            }
        }

        Flush(page, paragraph, hasColour);
    }

    /// <summary>A layer, in lower case.</summary>
    /// <param name="layer">The layer.</param>
    public static string Name(Layer layer) => layer.ToString().ToLowerInvariant();

    private static void Flush(Page page, List<string> paragraph, bool hasColour)
    {
        if (paragraph.Count == 0)
            return;
        string text = string.Join(' ', paragraph);
        bool isBullet = text.StartsWith("- ", StringComparison.Ordinal);
        string lead = !isBullet ? "" : page.IsUtf8 ? "• " : "- ";
        page.Paragraph(new Piece(lead, Tone.Plain), [.. Inline(isBullet ? text[2..] : text, hasColour)]);
        paragraph.Clear();
    }

    // `code` and **strong**; everything else is text.
    private static IEnumerable<Piece> Inline(string text, bool hasColour)
    {
        string[] parts = text.Split('`');
        for (int i = 0; i < parts.Length; i++)
        {
            if (i % 2 == 1)
                yield return new Piece(hasColour ? parts[i] : $"`{parts[i]}`", Tone.Code);
            else if (parts[i].Length > 0)
                yield return new Piece(parts[i].Replace("**", "", StringComparison.Ordinal), Tone.Plain);
        }
    }
}

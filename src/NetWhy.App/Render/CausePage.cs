using NetWhy.Diagnose;

namespace NetWhy.App.Render;

/// <summary>Shows the page of a cause: the little Markdown that such pages use.</summary>
internal static class CausePage
{
    /// <summary>Writes the page.</summary>
    /// <param name="page">Where to.</param>
    /// <param name="cause">Whose.</param>
    public static void Write(Page page, Cause cause)
    {
        page.Paragraph(new Piece("", Tone.Plain), new Piece(cause.Id, Tone.Strong), new Piece($"  ({Name(cause.Layer)}{(cause.IsBenign ? ", harmless" : "")})", Tone.Dim));
        page.Paragraph(new Piece("", Tone.Plain), [.. Inline(cause.Title)]);

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
                Flush(page, paragraph);
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

        Flush(page, paragraph);
    }

    /// <summary>A layer, in lower case.</summary>
    /// <param name="layer">The layer.</param>
    public static string Name(Layer layer) => layer.ToString().ToLowerInvariant();

    private static void Flush(Page page, List<string> paragraph)
    {
        if (paragraph.Count == 0)
            return;
        string text = string.Join(' ', paragraph);
        bool isBullet = text.StartsWith("- ", StringComparison.Ordinal);
        string lead = !isBullet ? "" : page.IsUtf8 ? "• " : "- ";
        page.Paragraph(new Piece(lead, Tone.Plain), [.. Inline(isBullet ? text[2..] : text)]);
        paragraph.Clear();
    }

    // `code` and **strong**; everything else is text.
    private static IEnumerable<Piece> Inline(string text)
    {
        string[] parts = text.Split('`');
        for (int i = 0; i < parts.Length; i++)
        {
            if (parts[i].Length > 0)
                yield return new Piece(i % 2 == 1 ? parts[i] : parts[i].Replace("**", "", StringComparison.Ordinal), i % 2 == 1 ? Tone.Code : Tone.Plain);
        }
    }
}

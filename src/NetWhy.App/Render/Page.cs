using System.Text;
using NetWhy.Linux;

namespace NetWhy.App.Render;

/// <summary>How a piece of text is to look.</summary>
internal enum Tone
{
    /// <summary>As it comes.</summary>
    Plain,

    /// <summary>Bold.</summary>
    Strong,

    /// <summary>Faint: there for who looks for it.</summary>
    Dim,

    /// <summary>Good news.</summary>
    Good,

    /// <summary>Bad news.</summary>
    Bad,

    /// <summary>Something to mind.</summary>
    Warning,

    /// <summary>To be copied.</summary>
    Code,
}

/// <summary>A piece of text with its look.</summary>
/// <param name="Text">The text, printable.</param>
/// <param name="Tone">Its look.</param>
internal readonly record struct Piece(string Text, Tone Tone);

/// <summary>Lines of text for a terminal or a pipe. Every string is made printable on the way in.</summary>
/// <param name="width">Columns to fill.</param>
/// <param name="isUtf8">Whether more than ASCII can be shown.</param>
internal sealed class Page(int width, bool isUtf8)
{
    private readonly List<Piece[]> _lines = [];

    /// <summary>Columns to fill.</summary>
    public int Width => width;

    /// <summary>Whether empty lines are left out.</summary>
    public bool IsDense { get; init; }

    /// <summary>Whether more than ASCII can be shown.</summary>
    public bool IsUtf8 => isUtf8;

    /// <summary>The lines so far.</summary>
    public IReadOnlyList<Piece[]> Lines => _lines;

    /// <summary>Adds an empty line, unless one is there or the page is empty.</summary>
    public void Blank()
    {
        if (!IsDense && _lines is [.., { Length: > 0 }])
            _lines.Add([]);
    }

    /// <summary>Adds a line as it is, however long: a command must stay in one piece.</summary>
    /// <param name="indent">Columns to leave free.</param>
    /// <param name="text">The text.</param>
    /// <param name="tone">Its look.</param>
    public void Verbatim(int indent, string text, Tone tone) =>
        _lines.Add([new Piece(new string(' ', indent), Tone.Plain), new Piece(Printable.Of(text, isUtf8), tone)]);

    /// <summary>Adds a line of pieces as they are.</summary>
    /// <param name="pieces">The pieces.</param>
    public void Line(params ReadOnlySpan<Piece> pieces)
    {
        var line = new Piece[pieces.Length];
        for (int i = 0; i < line.Length; i++)
            line[i] = pieces[i] with { Text = Printable.Of(pieces[i].Text, isUtf8) };
        _lines.Add(line);
    }

    /// <summary>Adds a paragraph, broken between words.</summary>
    /// <param name="lead">What stands before the first line; the others are indented as far.</param>
    /// <param name="pieces">The text.</param>
    public void Paragraph(Piece lead, params ReadOnlySpan<Piece> pieces)
    {
        string leadText = Printable.Of(lead.Text, isUtf8);
        int indent = leadText.Length;
        List<Piece> line = [lead with { Text = leadText }];
        int column = indent;
        int first = _lines.Count;
        foreach (Piece piece in pieces)
        {
            string text = Printable.Of(piece.Text, isUtf8);
            int at = 0;
            while (at < text.Length)
            {
                int space = text.IndexOf(' ', at + 1);
                string word = text[at..(space < 0 ? text.Length : space)];
                at += word.Length;
                if (column + word.Length > width && column > indent)
                    End();
                if (line.Count == 1 && _lines.Count > first)
                    word = word.TrimStart(' ');
                if (word.Length == 0)
                    continue;

                while (indent + word.Length > width && width > indent) // longer than a line: a path breaks behind a slash
                {
                    int end = word.AsSpan(0, width - indent).LastIndexOf('/') + 1;
                    if (end <= 2) // it begins with one
                        end = width - indent;
                    line.Add(new Piece(word[..end], piece.Tone));
                    word = word[end..];
                    End();
                }

                line.Add(new Piece(word, piece.Tone));
                column += word.Length;
            }
        }

        _lines.Add([.. line]);

        void End()
        {
            _lines.Add([.. line]);
            line = [new Piece(new string(' ', indent), Tone.Plain)];
            column = indent;
        }
    }

    /// <summary>Adds a row of cells beside each other; the text of each is broken within its columns.</summary>
    /// <param name="cells">Columns of each, two of them left free, and its text; the last has what is left (0).</param>
    public void Row(params ReadOnlySpan<(int Width, Piece Text)> cells)
    {
        var lines = new List<List<Piece>>();
        int column = 0;
        foreach ((int wanted, Piece text) in cells)
        {
            int size = Math.Max(8, wanted > 0 ? wanted : width - column);
            var cell = new Page(wanted > 0 ? size - 2 : size, isUtf8);
            cell.Paragraph(new Piece("", Tone.Plain), text);
            for (int i = 0; i < Math.Max(cell.Lines.Count, lines.Count); i++)
            {
                if (i == lines.Count)
                    lines.Add([new Piece(new string(' ', column), Tone.Plain)]);
                Piece[] line = i < cell.Lines.Count ? cell.Lines[i] : [];
                lines[i].AddRange(line);
                lines[i].Add(new Piece(new string(' ', Math.Max(0, size - line.Sum(piece => piece.Text.Length))), Tone.Plain));
            }

            column += size;
        }

        foreach (List<Piece> line in lines)
            _lines.Add([.. line]);
    }

    /// <summary>The page as text.</summary>
    /// <param name="hasColour">Whether looks are kept, as ANSI escape sequences.</param>
    public string ToText(bool hasColour)
    {
        var text = new StringBuilder();
        foreach (Piece[] line in _lines)
        {
            int start = text.Length;
            for (int i = 0; i < line.Length;)
            {
                Tone tone = line[i].Tone;
                string? sequence = hasColour ? Sequence(tone) : null;
                text.Append(sequence);
                for (; i < line.Length && line[i].Tone == tone; i++)
                    text.Append(line[i].Text);
                text.Append(sequence is null ? null : "\e[0m");
            }

            while (text.Length > start && text[^1] == ' ')
                text.Length--;
            text.Append('\n');
        }

        return text.ToString();
    }

    // The eight basic colours follow the user's theme. Source: ECMA-48 section 8.3.117 (SGR).
    private static string? Sequence(Tone tone) => tone switch
    {
        Tone.Strong => "\e[1m",
        Tone.Dim => "\e[2m",
        Tone.Good => "\e[32m",
        Tone.Bad => "\e[1;31m",
        Tone.Warning => "\e[33m",
        Tone.Code => "\e[36m",
        _ => null,
    };
}

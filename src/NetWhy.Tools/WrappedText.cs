using System.Text;

namespace NetWhy.Tools;

/// <summary>Breaks text at blanks, so that a terminal does not break it within words.</summary>
internal static class WrappedText
{
    private const int Narrowest = 24; // columns: below it, words are cut rather than lines broken

    /// <summary>A text as lines.</summary>
    /// <param name="first">What the first line begins with.</param>
    /// <param name="others">What the others begin with: as wide.</param>
    /// <param name="text">The text, safe to show.</param>
    /// <param name="columns">Columns of a line.</param>
    internal static IEnumerable<string> Lines(string first, string others, string text, int columns)
    {
        int width = Math.Max(Narrowest, columns - first.Length);
        string before = first;
        var line = new StringBuilder();
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return before + line;
                line.Clear();
                before = others;
            }

            line.Append(line.Length > 0 ? " " : "").Append(word);
        }

        if (line.Length > 0)
            yield return before + line;
    }
}

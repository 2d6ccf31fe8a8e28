using System.CommandLine;

namespace NetWhy.App.Commands;

/// <summary><c>netwhy __complete -- WORD…</c>: what may stand in place of the last word. The completion scripts ask it.</summary>
internal static class CompleteCommand
{
    /// <summary>The first argument that asks for it.</summary>
    public const string Word = "__complete";

    /// <summary>Prints what may stand in place of the last word, a line each.</summary>
    /// <param name="words">The words after the name of the program.</param>
    /// <returns>What to exit with.</returns>
    public static int Run(string[] words)
    {
        Terminal.WriteOutput(string.Concat(Candidates(CommandLine.Root(), words).Select(candidate => $"{candidate}\n")));
        return ExitCode.Healthy;
    }

    /// <summary>What may stand in place of the last word.</summary>
    /// <param name="root">All commands.</param>
    /// <param name="words">The words after the name of the program; the last one is being typed and may be empty.</param>
    internal static IEnumerable<string> Candidates(RootCommand root, IReadOnlyList<string> words)
    {
        string typed = words.Count > 0 ? words[^1] : "";

        // To the parser two dashes alone end the options; to who types them they begin one.
        string line = string.Join(' ', typed is "--" ? [.. words.SkipLast(1), "-"] : words);
        return root.Parse(line).GetCompletions(line.Length)
            .Select(item => item.InsertText ?? item.Label)
            .Where(text => text.StartsWith(typed, StringComparison.Ordinal))
            .Where(text => typed.StartsWith('-') || !text.StartsWith('-'))
            .Distinct();
    }
}

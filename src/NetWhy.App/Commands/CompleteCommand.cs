using System.CommandLine;

namespace NetWhy.App.Commands;

/// <summary><c>netwhy __complete -- WORD…</c>: what may stand in place of the last word. The completion scripts ask it.</summary>
internal sealed class CompleteCommand : Command
{
    private readonly Argument<string[]> _words = new("WORD")
    {
        Arity = ArgumentArity.ZeroOrMore,
        CaptureRemainingTokens = true,
    };

    private readonly RootCommand _root;

    /// <summary>Makes the command.</summary>
    /// <param name="root">All commands.</param>
    public CompleteCommand(RootCommand root)
        : base("__complete", "List what may stand in place of the last word.")
    {
        _root = root;
        Hidden = true;
        Add(_words);
        SetAction(Run);
    }

    /// <summary>What may stand in place of the last word.</summary>
    /// <param name="root">All commands.</param>
    /// <param name="words">The words after the name of the program; the last one is being typed and may be empty.</param>
    internal static IEnumerable<string> Candidates(RootCommand root, IReadOnlyList<string> words)
    {
        string typed = words.Count > 0 ? words[^1] : "";
        string line = string.Join(' ', words);
        return root.Parse(line).GetCompletions(line.Length)
            .Select(item => item.InsertText ?? item.Label)
            .Where(text => text.StartsWith(typed, StringComparison.Ordinal))
            .Where(text => typed.StartsWith('-') || !text.StartsWith('-'))
            .Distinct();
    }

    private int Run(ParseResult parsed)
    {
        string[] words = [.. (parsed.GetValue(_words) ?? []).SkipWhile((word, index) => index == 0 && word == "--")];
        Terminal.WriteOutput(string.Concat(Candidates(_root, words).Select(candidate => $"{candidate}\n")));
        return ExitCode.Healthy;
    }
}

using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;

namespace NetWhy.App.Commands;

/// <summary><c>netwhy __complete -- WORD…</c>: what may stand in place of the last word. The completion scripts ask it.</summary>
internal static class CompleteCommand
{
    /// <summary>The first argument that asks for it.</summary>
    public const string Word = "__complete";

    private const int FileExpected = 1; // to the scripts: let the shell complete the name of a file

    /// <summary>Prints what may stand in place of the last word, a line each.</summary>
    /// <param name="words">The words after the name of the program.</param>
    /// <returns>What to exit with: 1 where nothing of ours may stand, but the name of a file.</returns>
    public static int Run(string[] words)
    {
        (string[] candidates, bool takesFile) = Candidates(CommandLine.Root(), words);
        Terminal.WriteOutput(string.Concat(candidates.Select(candidate => $"{candidate}\n")));
        return takesFile && candidates.Length == 0 ? FileExpected : ExitCode.Healthy;
    }

    /// <summary>What may stand in place of the last word, and whether the name of a file may.</summary>
    /// <param name="root">All commands.</param>
    /// <param name="words">The words after the name of the program; the last one is being typed and may be empty.</param>
    internal static (string[] Candidates, bool TakesFile) Candidates(RootCommand root, IReadOnlyList<string> words)
    {
        string typed = words.Count > 0 ? words[^1] : "";
        ParseResult before = CommandLine.Parse(root, [.. words.SkipLast(1)]);
        CompletionItem[] items = [.. Items(before, typed)];
        return (
            [
                .. items
                    .Where(item => item != CommonOptions.File)
                    .Select(item => item.Label)
                    .Where(text => text.StartsWith(typed, StringComparison.Ordinal))
                    .Distinct()
                    .Order(StringComparer.Ordinal),
            ],
            items.Contains(CommonOptions.File));
    }

    private static IEnumerable<CompletionItem> Items(ParseResult before, string typed)
    {
        CommandResult result = before.CommandResult;
        Option[] options = before.Tokens.Any(token => token.Type is TokenType.DoubleDash) ? [] : [.. Misuse.OptionsOf(result)];
        if (before.Tokens is [.., { Type: TokenType.Option, Value: var last }]
            && options.FirstOrDefault(option => Names(option).Contains(last)) is { Arity.MinimumNumberOfValues: > 0 } awaiting)
        {
            return awaiting.CompletionSources.SelectMany(source => source(before.GetCompletionContext()));
        }

        if (typed.StartsWith('-'))
            return options.SelectMany(Names).Select(name => new CompletionItem(name));

        int Given(Argument argument) => result.GetResult(argument)?.Tokens.Count ?? 0;
        Command command = result.Command;
        IEnumerable<CompletionItem> commands = command.Arguments.Any(argument => Given(argument) > 0)
            ? []
            : command.Subcommands.Where(one => !one.Hidden).Select(one => new CompletionItem(one.Name));
        Argument? next = command.Arguments.FirstOrDefault(argument => Given(argument) < argument.Arity.MaximumNumberOfValues);
        return commands.Concat(next?.CompletionSources.SelectMany(source => source(before.GetCompletionContext())) ?? []);
    }

    private static IEnumerable<string> Names(Option option) => option.Aliases.Append(option.Name);
}

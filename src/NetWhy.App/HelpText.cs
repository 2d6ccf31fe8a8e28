using System.CommandLine;
using System.CommandLine.Invocation;
using System.Text;
using NetWhy.App.Commands;
using NetWhy.Tools;

namespace NetWhy.App;

/// <summary>Prints the help of a command: what it does, what it takes, and examples to copy.</summary>
internal sealed class HelpText : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        Terminal.WriteOutput(Of(parseResult.CommandResult.Command));
        return ExitCode.Healthy;
    }

    /// <summary>The help of a tool.</summary>
    /// <param name="tool">The tool.</param>
    internal static string Of(ITool tool)
    {
        var text = new StringBuilder();
        text.Append(tool.Summary).Append("\n\nUsage:\n  netwhy ").Append(tool.Name).Append(" [options] [arguments]\n");
        AppendTable(text, "Options", [.. tool.Usage]);
        AppendTable(text, "Examples", [.. tool.Examples]);
        return text.ToString();
    }

    /// <summary>The help of a command.</summary>
    /// <param name="command">The command.</param>
    internal static string Of(Command command)
    {
        if (command is ToolCommand { Tool: var tool })
            return Of(tool);

        string path = PathOf(command);
        var text = new StringBuilder();
        text.Append(command.Description).Append("\n\nUsage:\n  ").Append(path);
        foreach (Argument argument in command.Arguments.Where(argument => !argument.Hidden))
            text.Append(' ').Append(Placeholder(argument));
        if (command.Options.Any(option => !option.Hidden))
            text.Append(" [options]");
        if (command.Subcommands.Any(one => !one.Hidden))
            text.Append(command is RootCommand ? $"\n  {path} COMMAND" : " COMMAND");
        text.Append('\n');

        AppendTable(text, "Arguments", [.. command.Arguments
            .Where(argument => !argument.Hidden && argument.Description is not null)
            .Select(argument => (argument.Name, argument.Description ?? ""))]);
        AppendTable(text, "Options", [.. command.Options
            .Concat(command is RootCommand ? [] : RecursiveOptions(command))
            .Where(option => !option.Hidden)
            .Select(option => (Names(option), option.Description ?? ""))]);
        AppendTable(text, "Commands", [.. command.Subcommands
            .Where(one => !one.Hidden)
            .Select(one => (one.Name, one.Description ?? ""))]);
        if (command is IExplained { Examples: { Count: > 0 } examples })
            AppendTable(text, "Examples", [.. examples]);
        if (command is RootCommand)
        {
            text.Append(
                """

                Exit codes:
                  0 healthy   1 problem found   2 wrong usage   3 could not do its work   130 interrupted

                """);
        }

        return text.ToString();
    }

    private static void AppendTable(StringBuilder text, string title, (string Left, string Right)[] rows)
    {
        if (rows.Length == 0)
            return;
        const int Widest = 36; // a longer left side stands on a line of its own
        int width = rows.Select(row => row.Left.Length).Where(length => length <= Widest).DefaultIfEmpty(Widest).Max();
        text.Append('\n').Append(title).Append(":\n");
        foreach ((string left, string right) in rows)
        {
            text.Append("  ").Append(left.PadRight(width));
            string[] lines = right.Split('\n');
            for (int i = 0; i < lines.Length; i++)
            {
                if (i > 0 || left.Length > Widest)
                    text.Append("\n  ").Append(' ', width);
                text.Append("  ").Append(lines[i]);
            }

            text.Append('\n');
        }
    }

    private static IEnumerable<Option> RecursiveOptions(Command command) => command.Parents
        .OfType<Command>()
        .SelectMany(parent => parent.Options.Where(option => option.Recursive).Concat(RecursiveOptions(parent)));

    private static string Names(Option option)
    {
        string names = string.Join(", ", option.Aliases.Append(option.Name).OrderBy(name => name.Length));
        return option.HelpName is { } value ? $"{names} {value}" : names;
    }

    private static string Placeholder(Argument argument)
    {
        string name = argument.Arity.MaximumNumberOfValues > 1 ? $"{argument.Name}..." : argument.Name;
        return argument.Arity.MinimumNumberOfValues == 0 ? $"[{name}]" : name;
    }

    private static string PathOf(Command command) => command is RootCommand
        ? "netwhy"
        : $"{command.Parents.OfType<Command>().Select(PathOf).FirstOrDefault()} {command.Name}".TrimStart();
}

/// <summary>A command with examples.</summary>
internal interface IExplained
{
    /// <summary>Command lines to copy, each with what it does.</summary>
    IReadOnlyList<(string Left, string Right)> Examples { get; }
}

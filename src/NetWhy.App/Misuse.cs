using System.CommandLine;
using System.CommandLine.Parsing;

namespace NetWhy.App;

/// <summary>Says in one line what is wrong with a command line.</summary>
internal static class Misuse
{
    /// <summary>What is wrong; null if nothing is.</summary>
    /// <param name="parsed">The command line.</param>
    public static string? Of(ParseResult parsed)
    {
        string help = $"see {CommandName(parsed.CommandResult)} --help";
        if (OfSeveralWords(parsed) is { } several)
            return several;
        if (parsed.Tokens.FirstOrDefault(token => IsUnknownOption(token, parsed)) is { } option)
        {
            string name = option.Value.Split('=')[0];
            IEnumerable<string> known = OptionsOf(parsed.CommandResult).SelectMany(one => one.Aliases.Append(one.Name));
            return Nearest.To(name, known) is [var nearest, ..]
                ? $"unknown option '{name}': did you mean {nearest}?"
                : $"unknown option '{name}': {help}";
        }

        // A target that is meant for a command, unless it stands after "--".
        if (TargetOf(parsed) is { } target && MeantBy(target.Value, parsed.RootCommandResult.Command) is { } command)
        {
            return $"netwhy has no command '{target.Value}': did you mean {command}? For a host of that name: netwhy -- {target.Value}";
        }

        // A command that only has commands, and a word that is none of them.
        if (parsed.CommandResult.Command is { Action: null, Subcommands: { Count: > 0 } commands }
            && parsed.UnmatchedTokens is [var word, ..])
        {
            return Nearest.To(word, commands.Where(one => !one.Hidden).Select(one => one.Name)) is [var meant, ..]
                ? $"{CommandName(parsed.CommandResult)} has no command '{word}': did you mean {meant}?"
                : $"{CommandName(parsed.CommandResult)} has no command '{word}': {help}";
        }

        return parsed.Errors is [{ } error, ..]
            ? $"{Uncapitalized(error.Message.Split('\n')[0].Split(" as expected type")[0].TrimEnd('.'))}: {help}"
            : null;
    }

    private static Token? TargetOf(ParseResult parsed) => parsed.Tokens.All(token => token.Type is not TokenType.DoubleDash)
        ? parsed.RootCommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).FirstOrDefault()
        : null;

    // A target has no words behind it but options: what has, is meant for a command or a tool.
    private static string? OfSeveralWords(ParseResult parsed)
    {
        if (parsed.CommandResult.Command is not RootCommand root
            || parsed.UnmatchedTokens is not [var behind, ..]
            || TargetOf(parsed) is not { Value: var word } || word is ['-', _, ..]
            || (behind is ['-', '-', ..] && Nearest.To(behind, OptionsOf(parsed.CommandResult).Select(one => one.Name)).Length > 0))
        {
            return null;
        }

        string typed = word.ToLowerInvariant();
        string? meant = NamedOtherwise(typed) ?? Nearest.To(typed, root.Subcommands.Where(one => !one.Hidden).Select(one => one.Name)).FirstOrDefault();
        return meant is not null
            ? $"netwhy has no command or tool '{word}': did you mean netwhy {meant}?"
            : behind is ['-', _, ..]
                ? null // of the options of netwhy itself
                : $"netwhy has no command or tool '{word}', and a target is one word ('{behind}' is a second): see netwhy --help";
    }

    // Tools that netwhy has under another name, or does the work of.
    private static string? NamedOtherwise(string tool) => tool switch
    {
        "help" or "version" => $"--{tool}",
        "ping6" => "ping -6",
        "traceroute6" or "tracert6" => "traceroute -6",
        "tracert" or "tcptraceroute" => "traceroute",
        "tracepath" or "tracepath6" => "mtu",
        "iperf" or "iperf3" or "netperf" => "bw",
        "netcat" or "ncat" or "telnet" => "nc",
        "nmap" => "nc -z",
        "nslookup" or "delv" or "drill" or "kdig" => "dig",
        "netstat" or "lsof" => "ss",
        "wireshark" => "tshark",
        _ => null,
    };

    private static string? MeantBy(string word, Command root)
    {
        const int LeastLength = 5; // letters: shorter words are near to too many names
        return word switch
        {
            "help" or "version" => $"netwhy --{word}",
            { Length: >= LeastLength } => Nearest
                .To(word, root.Subcommands.Where(one => !one.Hidden && one.Name.Length >= LeastLength).Select(one => one.Name))
                .Select(name => $"netwhy {name}")
                .FirstOrDefault(),
            _ => null,
        };
    }

    private static bool IsUnknownOption(Token token, ParseResult parsed)
    {
        // What looks like an option and was taken for an argument, except after "--" and in the lab's commands to run.
        if (token.Type is not TokenType.Argument || token.Value is not ['-', _, ..])
            return false;
        int dashes = parsed.Tokens.ToList().FindIndex(one => one.Type is TokenType.DoubleDash);
        int position = parsed.Tokens.ToList().FindIndex(one => ReferenceEquals(one, token));
        if (dashes >= 0 && dashes < position)
            return false;
        return parsed.UnmatchedTokens.Contains(token.Value)
            || parsed.CommandResult.Children.OfType<ArgumentResult>().Any(
                argument => !argument.Argument.CaptureRemainingTokens && argument.Tokens.Any(one => ReferenceEquals(one, token)));
    }

    /// <summary>The options that a command has, by itself or from the commands above it.</summary>
    /// <param name="command">The command.</param>
    internal static IEnumerable<Option> OptionsOf(CommandResult? command)
    {
        for (CommandResult? one = command; one is not null; one = one.Parent as CommandResult)
        {
            foreach (Option option in one.Command.Options)
            {
                if (!option.Hidden && (ReferenceEquals(one, command) || option.Recursive))
                    yield return option;
            }
        }
    }

    private static string CommandName(CommandResult command)
    {
        string name = command.Command is RootCommand ? "netwhy" : command.Command.Name;
        return command.Parent is CommandResult parent ? $"{CommandName(parent)} {name}" : name;
    }

    private static string Uncapitalized(string text) =>
        text is [var first, .. var rest] ? $"{char.ToLowerInvariant(first)}{rest}" : text;
}

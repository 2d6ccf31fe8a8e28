using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using NetWhy.Linux;

namespace NetWhy.App.Commands;

/// <summary>The options that let a command look at another network namespace, and the way there.</summary>
/// <remarks>Threads that run already would stay where they are, so the program starts again, there.</remarks>
internal sealed class NamespaceOptions
{
    private readonly Option<string?> _name = new("--net", "-N") { Description = "Look at another network namespace.", HelpName = "NAME" };

    private readonly Option<string?> _pid = new("--pid", "-p")
    {
        Description = "Look at the network namespace of a process, such as a container's.",
        HelpName = "PID",
    };

    // Where the program was moved to, for the evidence.
    private readonly Option<string?> _inside = new("--inside") { Hidden = true };

    /// <summary>Gives them to a command.</summary>
    /// <param name="command">The command.</param>
    public void AddTo(Command command)
    {
        command.Add(_name);
        command.Add(_pid);
        command.Add(_inside);
    }

    /// <summary>The namespace that the program was moved to, as a name or a path; null if it is where it was started.</summary>
    /// <param name="parsed">The command line.</param>
    public string? Inside(ParseResult parsed) => parsed.GetValue(_inside);

    /// <summary>Refuses them where they mean nothing.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="reason">Why they mean nothing.</param>
    /// <exception cref="CommandException">One is given.</exception>
    public void Refuse(ParseResult parsed, string reason)
    {
        foreach (Option option in (Option[])[_name, _pid])
        {
            if (parsed.GetResult(option) is not null)
                throw new CommandException(ExitCode.WrongUsage, $"{option.Name}: {reason}");
        }
    }

    /// <summary>Starts the program again in the namespace that the command line names; returns if it names none.</summary>
    /// <param name="parsed">The command line.</param>
    /// <exception cref="CommandException">It makes no sense, or the namespace cannot be entered.</exception>
    public void GoThere(ParseResult parsed)
    {
        string? there = parsed.GetValue(_name);
        if (parsed.GetValue(_pid) is { } text)
        {
            if (there is not null)
                throw new CommandException(ExitCode.WrongUsage, "--net and --pid name two namespaces: give one of them");
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) || pid == 0)
                throw new CommandException(ExitCode.WrongUsage, $"--pid: '{text}' is no number of a process");
            there = NetworkNamespace.PathOf(pid);
        }

        if (there is not null)
            Restart(parsed, there);
    }

    /// <summary>Starts the program again where a process lives; returns if it lives here.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="pid">The process.</param>
    /// <exception cref="CommandException">Its namespace cannot be entered.</exception>
    public void GoTo(ParseResult parsed, int pid)
    {
        if (NetworkNamespace.IsElsewhere(pid))
            Restart(parsed, NetworkNamespace.PathOf(pid));
    }

    private void Restart(ParseResult parsed, string there)
    {
        try
        {
            NetworkNamespace.RestartIn(there, [.. Repeat(parsed), $"{_inside.Name}={there}", .. Operands(parsed)]);
        }
        catch (LinuxException refusal)
        {
            throw new CommandException(ExitCode.CouldNotWork, NetworkNamespace.InWords(there, refusal));
        }
    }

    // The command line without the namespace.
    private IEnumerable<string> Repeat(ParseResult parsed)
    {
        if (parsed.CommandResult.Command is not RootCommand)
            yield return parsed.CommandResult.Command.Name;
        foreach (OptionResult option in parsed.CommandResult.Children.OfType<OptionResult>()
            .Where(option => !option.Implicit && option.Option != _name && option.Option != _pid && option.Option != _inside))
        {
            if (option.Tokens.Count == 0)
                yield return option.Option.Name;
            foreach (Token token in option.Tokens)
                yield return $"{option.Option.Name}={token.Value}";
        }
    }

    private static IEnumerable<string> Operands(ParseResult parsed)
    {
        string[] operands = [.. parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).Select(token => token.Value)];
        return operands.Length == 0 ? [] : ["--", .. operands];
    }
}

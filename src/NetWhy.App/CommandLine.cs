using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using NetWhy.App.Commands;
using NetWhy.Tools;

namespace NetWhy.App;

/// <summary>The command line: what there is, and what happens when it is misused or interrupted.</summary>
internal static class CommandLine
{
    private static readonly Option<bool> NoDirective = new("--no-directive") { Hidden = true };

    private static readonly ParserConfiguration Parsing = new()
    {
        EnablePosixBundling = false,
        ResponseFileTokenReplacer = null, // @name is a mistyped target here, not a file with options
    };

    // Signals and defects are handled below, once for every command.
    private static readonly InvocationConfiguration Invoking = new()
    {
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = null,
    };

    /// <summary>Runs a command line.</summary>
    /// <param name="arguments">The arguments, without the name of the program.</param>
    /// <returns>What to exit with; see <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        using var interruption = new Interruption();
        AppDomain.CurrentDomain.UnhandledException += (_, unhandled) =>
        {
            ReportDefect((Exception)unhandled.ExceptionObject);
            Terminal.Restore();
            Environment.Exit(ExitCode.CouldNotWork);
        };
        try
        {
            return await RunAsync(arguments, interruption).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (Interruption.ExitCode is { } exitCode)
        {
            Terminal.Restore();
            return ErrorReport.Write(exitCode, "interrupted");
        }
        catch (CommandException refusal)
        {
            return ErrorReport.Write(refusal.ExitCode, refusal.Message);
        }
        catch (Exception defect)
        {
            ReportDefect(defect);
            return ExitCode.CouldNotWork;
        }
        finally
        {
            Terminal.Restore();
        }
    }

    /// <summary>Every command.</summary>
    internal static RootCommand Root()
    {
        var root = new InvestigateCommand()
        {
            new DiagnoseCommand(),
            new DnsCommand(),
            new TlsCommand(),
            new HostCommand(),
            new AnalyzeCommand(),
            new ExplainCommand(),
            new LabCommand(),
            new CompletionCommand(),
        };
        foreach (ITool tool in ToolCatalog.All)
            root.Add(new ToolCommand(tool));

        root.Options.OfType<VersionOption>().ToList().ForEach(option => root.Options.Remove(option));
        foreach (HelpOption help in root.Options.OfType<HelpOption>().ToList())
            root.Options.Remove(help);
        root.Add(NoDirective);
        root.Add(new HelpOption("--help", "-h")
        {
            Description = "Show help.",
            Recursive = true,
            Action = new HelpText(),
        });
        return root;
    }

    /// <summary>Reads a command line as <see cref="RunAsync(string[])"/> does.</summary>
    /// <param name="root">The commands.</param>
    /// <param name="arguments">The arguments.</param>
    internal static ParseResult Parse(RootCommand root, IReadOnlyList<string> arguments) =>

        // A first word in brackets is a target ([2001:db8::1]) here; the parser would look for a directive in it.
        root.Parse(arguments is [['[', .., ']'], ..] ? [NoDirective.Name, .. arguments] : arguments, Parsing);

    private static async Task<int> RunAsync(string[] arguments, Interruption interruption)
    {
        RootCommand root = Root();
        ParseResult parsed = Parse(root, arguments);
        if (WantsJson(parsed))
            ErrorReport.WantObject();
        if (parsed.CommandResult.Command is RootCommand && Array.IndexOf(arguments, "") is >= 0 and var empty)
        {
            // The parser drops empty words, such as a variable of a script that is not set.
            throw new CommandException(
                ExitCode.WrongUsage, empty > 0 && arguments[empty - 1] is ['-', ..] and var option ? $"the word after {option} is empty" : "the target is empty");
        }

        if (parsed.Action is not HelpText && Misuse.Of(parsed) is { } misuse)
            throw new CommandException(ExitCode.WrongUsage, misuse);
        if (parsed.CommandResult.Command.Parents.Any(parent => parent is LabCommand))
            interruption.Grace = TimeSpan.FromSeconds(20); // a lab takes its namespaces down
        else if (parsed.CommandResult.Command is AnalyzeCommand analyze && analyze.Listens(parsed))
            interruption.Grace = TimeSpan.FromSeconds(20); // the verdict is to be given
        else if (parsed.CommandResult.Command is InvestigateCommand or TlsCommand or DnsCommand or HostCommand)
            interruption.Grace = TimeSpan.FromSeconds(20); // what was seen by then is to be told
        return await parsed.InvokeAsync(Invoking, interruption.Token).ConfigureAwait(false);
    }

    // Also where the parser could make nothing of the rest; but what follows "--" or is to be run elsewhere is not ours.
    private static bool WantsJson(ParseResult parsed) => parsed.Tokens
        .TakeWhile(token => token.Type is not TokenType.DoubleDash)
        .Any(token => token.Value is "--json" && !parsed.CommandResult.Children.OfType<ArgumentResult>().Any(
            argument => argument.Argument.CaptureRemainingTokens && argument.Tokens.Any(one => ReferenceEquals(one, token))));

    /// <summary>Says in one line that netwhy itself is at fault.</summary>
    /// <param name="defect">What was thrown.</param>
    internal static void ReportDefect(Exception defect) => ErrorReport.Write(
        ExitCode.CouldNotWork,
        Environment.GetEnvironmentVariable("NETWHY_DEBUG") is { Length: > 0 }
            ? defect.ToString()
            : $"a defect in netwhy: {defect.GetType().Name}: {defect.Message.Split('\n')[0]} (NETWHY_DEBUG=1 shows where)");
}

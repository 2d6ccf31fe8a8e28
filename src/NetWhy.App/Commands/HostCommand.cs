using System.CommandLine;
using System.Globalization;
using NetWhy.App.Render;
using NetWhy.Collect;
using NetWhy.Diagnose;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.App.Commands;

/// <summary><c>netwhy host</c>: audits the state of this machine, and sends nothing.</summary>
internal sealed class HostCommand : Command, IExplained
{
    private const double LongestInterval = 300; // seconds

    private readonly Option<bool> _json = CommonOptions.Json();
    private readonly Option<bool> _all = CommonOptions.All();
    private readonly Option<bool> _fix = CommonOptions.Fix();

    private readonly Option<string?> _interval = new("--interval", "-i")
    {
        Description = "Time between the two samples (default 1).",
        HelpName = "SECONDS",
    };

    private readonly Option<string?> _namespace = new("--net", "-N") { Description = "Audit another network namespace.", HelpName = "NAME" };
    private readonly Option<string?> _pid = new("--pid", "-p")
    {
        Description = "Audit the network namespace of a process, such as a container's.",
        HelpName = "PID",
    };

    // How to get where the audit was moved to, for the commands that it gives.
    private readonly Option<string?> _inside = new("--inside") { Hidden = true };
    private readonly Option<string?> _save = CommonOptions.Save();
    private readonly Option<bool> _verbose = CommonOptions.Verbose();
    private readonly Option<bool> _noColour = CommonOptions.NoColour();

    /// <summary>Makes the command.</summary>
    public HostCommand()
        : base("host", "Audit this machine: ports, queues, tables, buffers, interfaces and settings; nothing is sent or changed.")
    {
        foreach (Option option in new Option[] { _all, _interval, _namespace, _pid, _fix, _json, _save, _verbose, _noColour, _inside })
            Add(option);
        SetAction(RunAsync);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Examples =>
    [
        ("netwhy host", "what is wrong here, worst first"),
        ("netwhy host --interval 10", "with ten seconds between the samples"),
        ("netwhy host --net blue", "the same for a network namespace"),
        ("netwhy host --fix > fix.sh", "a script to read, then to run"),
    ];

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        CommonOptions.RefuseFixWithJson(parsed, _fix, _json);
        TimeSpan interval = parsed.GetValue(_interval) is { } text ? ReadInterval(text) : TimeSpan.FromSeconds(1);
        GoThere(parsed);
        var options = new InvestigationOptions { Interval = interval, Limit = interval + TimeSpan.FromSeconds(14) };
        CollectedEvidence collected = await EvidenceCollection.RunAsync(
            new Target("", TargetKind.HostState), options, parsed.GetValue(_save), showsProgress: false, cancellationToken).ConfigureAwait(false);
        Diagnosis diagnosis = Diagnosis.Of(collected.Evidence, RuleCatalog.All);
        if (parsed.GetValue(_inside) is { } way)
            diagnosis = CommandsElsewhere.In(diagnosis, way);
        if (parsed.GetValue(_fix))
        {
            Terminal.WriteOutput(FixScript.Of(diagnosis));
            return Report.ExitCodeOf(diagnosis.Status);
        }

        return Report.Write(
            diagnosis, parsed.GetValue(_json), parsed.GetValue(_verbose), parsed.GetValue(_noColour), collected.Elapsed, collected.Error, parsed.GetValue(_all));
    }

    // Threads that run already would stay where they are, so the program starts again, there.
    private void GoThere(ParseResult parsed)
    {
        string? there = parsed.GetValue(_namespace);
        if (parsed.GetValue(_pid) is { } text)
        {
            if (there is not null)
                throw new CommandException(ExitCode.WrongUsage, "--net and --pid name two namespaces: give one of them");
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) || !Directory.Exists($"/proc/{pid}"))
                throw new CommandException(ExitCode.WrongUsage, $"--pid: there is no process '{text}'");
            there = $"/proc/{pid}/ns/net";
        }

        if (there is null)
            return;
        try
        {
            NetworkNamespace.RestartIn(there, [Name, .. Repeat(parsed), $"{_inside.Name}={WayTo(parsed)}"]);
        }
        catch (LinuxException refusal)
        {
            throw new CommandException(ExitCode.CouldNotWork, refusal.Errno is (int)Errno.ENOENT
                ? $"there is no network namespace '{there}': ip netns lists those with a name"
                : $"only root may enter another network namespace: {refusal.Message}");
        }
    }

    private string WayTo(ParseResult parsed) => parsed.GetValue(_namespace) is not { } name ? $"nsenter -n -t {parsed.GetValue(_pid)}"
        : name.Contains('/', StringComparison.Ordinal) ? $"nsenter --net={ShellCommand.Word(name)}"
        : $"ip netns exec {ShellCommand.Word(name)}";

    // The command line without the namespace.
    private IEnumerable<string> Repeat(ParseResult parsed)
    {
        foreach (Option<bool> option in new[] { _all, _fix, _json, _verbose, _noColour }.Where(parsed.GetValue))
            yield return option.Name;
        foreach (Option<string?> option in new[] { _interval, _save })
        {
            if (parsed.GetValue(option) is { } value)
                yield return $"{option.Name}={value}";
        }
    }

    private static TimeSpan ReadInterval(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
        && seconds is >= 0.1 and <= LongestInterval
            ? TimeSpan.FromSeconds(seconds)
            : throw new CommandException(
                ExitCode.WrongUsage, $"--interval: '{text}' is no number of seconds from 0.1 to {LongestInterval}");
}

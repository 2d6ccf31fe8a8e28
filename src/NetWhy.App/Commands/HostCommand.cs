using System.CommandLine;
using System.Globalization;
using NetWhy.App.Render;
using NetWhy.Collect;
using NetWhy.Diagnose;
using NetWhy.Evidence;

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

    private readonly NamespaceOptions _place = new();
    private readonly Option<string?> _save = CommonOptions.Save();
    private readonly Option<bool> _verbose = CommonOptions.Verbose();
    private readonly Option<bool> _noColour = CommonOptions.NoColour();

    /// <summary>Makes the command.</summary>
    public HostCommand()
        : base("host", "Audit this machine: ports, queues, tables, buffers, interfaces and settings; nothing is sent or changed.")
    {
        foreach (Option option in new Option[] { _all, _interval })
            Add(option);
        _place.AddTo(this);
        foreach (Option option in new Option[] { _fix, _json, _save, _verbose, _noColour })
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
        _place.GoThere(parsed);
        var options = new InvestigationOptions { Interval = interval, Limit = interval + TimeSpan.FromSeconds(14), Namespace = _place.Inside(parsed) };
        CollectedEvidence collected = await EvidenceCollection.RunAsync(
            new Target("", TargetKind.HostState), options, parsed.GetValue(_save), showsProgress: false, cancellationToken).ConfigureAwait(false);
        Diagnosis diagnosis = Diagnosis.Of(collected.Evidence, RuleCatalog.All);
        if (parsed.GetValue(_fix))
        {
            cancellationToken.ThrowIfCancellationRequested(); // half a script is none
            Terminal.WriteOutput(FixScript.Of(diagnosis));
            return Report.ExitCodeOf(diagnosis.Status);
        }

        return Report.Write(
            diagnosis, parsed.GetValue(_json), parsed.GetValue(_verbose), parsed.GetValue(_noColour), collected.Elapsed, collected.Error, parsed.GetValue(_all), collected.ErrorCode);
    }

    private static TimeSpan ReadInterval(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
        && seconds is >= 0.1 and <= LongestInterval
            ? TimeSpan.FromSeconds(seconds)
            : throw new CommandException(
                ExitCode.WrongUsage, $"--interval: '{text}' is no number of seconds from 0.1 to {LongestInterval}");
}

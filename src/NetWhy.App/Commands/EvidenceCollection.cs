using System.Globalization;
using NetWhy.App.Render;
using NetWhy.Collect;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Dns;

namespace NetWhy.App.Commands;

/// <summary>Collects evidence for a command, keeps it where asked, and shows progress meanwhile.</summary>
internal static class EvidenceCollection
{
    /// <summary>Runs every probe that applies.</summary>
    /// <param name="target">What is asked about.</param>
    /// <param name="options">What the user asked for.</param>
    /// <param name="save">File to keep the evidence in; null for none.</param>
    /// <param name="showsProgress">Whether to show on a terminal what is asked.</param>
    /// <param name="cancellationToken">The user's interruption: what was seen by then comes back.</param>
    /// <exception cref="CommandException">The file cannot be written.</exception>
    public static async Task<CollectedEvidence> RunAsync(
        Target target, InvestigationOptions options, string? save, bool showsProgress, CancellationToken cancellationToken)
    {
        TimeSpan age = ProcessAge.Now();
        TimeProvider clock = TimeProvider.System;
        long begin = clock.GetTimestamp();
        var investigation = new Investigation(target, options, clock, Vantage.Here());
        using EvidenceFile? file = OpenFile(save);
        if (file is not null)
            investigation.Log.Added += file.Append;

        Task<EvidenceSet> running = investigation.RunAsync(Started(target, options), ProbeCatalog.All, age, cancellationToken);
        if (showsProgress)
            await Progress.ShowAsync(investigation, running, target, age, clock).ConfigureAwait(false);
        EvidenceSet evidence = await running.ConfigureAwait(false);
        bool wasInterrupted = cancellationToken.IsCancellationRequested;
        TimeSpan elapsed = age + clock.GetElapsedTime(begin);
        string[] errors =
        [
            .. wasInterrupted ? (string[])[string.Create(CultureInfo.InvariantCulture, $"interrupted after {elapsed.TotalSeconds:0.0} s: this is what was seen by then")] : [],
            .. file is { Failure: { } failure } ? (string[])[$"--save: only {file.Count} observations were kept: {FileRefusal.Reason(failure)}"] : [],
        ];
        return new CollectedEvidence(evidence, elapsed, errors.Length == 0 ? null : string.Join("; ", errors), wasInterrupted);
    }

    private static InvestigationStarted Started(Target target, InvestigationOptions options) =>
        new(ProductVersion.Text, target.Input, target.Kind, target.Scheme, target.Host, target.Port)
        {
            Path = target.IsHttp && target.Kind is TargetKind.Service ? target.Path : null,
            Literal = target.Literal,
            Pid = target.Pid,
            Namespace = options.Namespace,
            Expected = options.Expected,
            RecordType = options.RecordType?.Mnemonic,
            HasNetRaw = Privileges.HasNetRaw,
            HasNetAdmin = Privileges.HasNetAdmin,
        };

    private static EvidenceFile? OpenFile(string? path)
    {
        if (path is null)
            return null;
        if (path is "" or "-")
            throw new CommandException(ExitCode.WrongUsage, "--save needs the name of a file: --save incident.netwhy.jsonl");
        try
        {
            return new EvidenceFile(path);
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CommandException(ExitCode.CouldNotWork, FileRefusal.InWords($"--save {path}", refusal));
        }
    }
}

/// <summary>What was collected.</summary>
/// <param name="Evidence">The evidence.</param>
/// <param name="Elapsed">Time since the process started.</param>
/// <param name="Error">What could not be done besides; null if all could.</param>
/// <param name="WasInterrupted">Whether the user interrupted, so that it is a part.</param>
internal sealed record CollectedEvidence(EvidenceSet Evidence, TimeSpan Elapsed, string? Error, bool WasInterrupted)
{
    /// <summary>What to exit with where there is an error.</summary>
    public int ErrorCode => WasInterrupted ? Interruption.ExitCode ?? ExitCode.Interrupted : ExitCode.CouldNotWork;
}

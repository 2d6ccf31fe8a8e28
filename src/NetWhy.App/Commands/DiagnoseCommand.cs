using System.CommandLine;
using NetWhy.App.Render;
using NetWhy.Collect;
using NetWhy.Diagnose;
using NetWhy.Evidence;

namespace NetWhy.App.Commands;

/// <summary><c>netwhy diagnose FILE…</c>: judges kept evidence again, without network and without privileges.</summary>
internal sealed class DiagnoseCommand : Command, IExplained
{
    private readonly Argument<string[]> _files = new("FILE")
    {
        Description = "Evidence kept by --save, or - for standard input; several, from several machines, are judged\ntogether.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<bool> _all = CommonOptions.All();
    private readonly Option<bool> _fix = CommonOptions.Fix();
    private readonly Option<bool> _json = CommonOptions.Json();
    private readonly Option<bool> _verbose = CommonOptions.Verbose();
    private readonly Option<bool> _noColour = CommonOptions.NoColour();

    /// <summary>Makes the command.</summary>
    public DiagnoseCommand()
        : base("diagnose", "Judge evidence that --save kept: no network, no privileges, the same verdict.")
    {
        _files.CompletionSources.Add(_ => [CommonOptions.File]);
        Add(_files);
        Add(_all);
        Add(_fix);
        Add(_json);
        Add(_verbose);
        Add(_noColour);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Examples =>
    [
        ("netwhy diagnose incident.netwhy.jsonl", "the verdict again"),
        ("netwhy diagnose client.netwhy.jsonl server.netwhy.jsonl", "both sides of one problem"),
        ("netwhy diagnose incident.netwhy.jsonl -v", "with every observation"),
        ("netwhy diagnose host.netwhy.jsonl --fix", "of a kept audit: the script for that machine"),
    ];

    private int Run(ParseResult parsed)
    {
        CommonOptions.RefuseFixWithJson(parsed, _fix, _json);
        KeptEvidence[] kept = [.. parsed.GetRequiredValue(_files).Select(Read)];
        foreach (string remark in kept.SelectMany(one => one.Remarks))
            Terminal.WriteError(remark);
        Diagnosis diagnosis = Diagnosis.Join([.. kept.Select(one => one.Evidence)], RuleCatalog.All);
        TimeSpan elapsed = diagnosis.Evidence.All<InvestigationEnded>().Select(end => end.Elapsed).FirstOrDefault();
        bool isAudit = diagnosis.Investigation?.TargetKind is TargetKind.HostState;
        if (!isAudit && (parsed.GetValue(_fix) || parsed.GetValue(_all)))
            throw new CommandException(ExitCode.WrongUsage, $"{(parsed.GetValue(_fix) ? _fix : _all).Name} is for the evidence of an audit (netwhy host --save FILE), and this is none");
        // The signals of an audit are one machine's: a script for several would change the wrong one.
        if (kept.Length > 1 && (parsed.GetValue(_fix) || parsed.GetValue(_all)))
            throw new CommandException(ExitCode.WrongUsage, $"{(parsed.GetValue(_fix) ? _fix : _all).Name} is for one machine, and these are {kept.Length} files: give one of them");
        if (parsed.GetValue(_fix))
        {
            Terminal.WriteOutput(FixScript.Of(diagnosis));
            return Report.ExitCodeOf(diagnosis.Status);
        }

        return Report.Write(
            diagnosis, parsed.GetValue(_json), parsed.GetValue(_verbose), parsed.GetValue(_noColour), elapsed, isWhole: parsed.GetValue(_all));
    }

    private static KeptEvidence Read(string path)
    {
        try
        {
            if (path is not "-")
                return EvidenceFile.Read(path);
            using Stream input = Console.OpenStandardInput();
            return EvidenceFile.Read(input, "standard input");
        }
        catch (Exception refusal)
            when (refusal is IOException or UnauthorizedAccessException or InvalidDataException or ArgumentException)
        {
            throw new CommandException(ExitCode.CouldNotWork, refusal is InvalidDataException ? refusal.Message : FileRefusal.InWords(path, refusal));
        }
    }
}

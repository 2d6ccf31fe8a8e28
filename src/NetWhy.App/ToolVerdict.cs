using NetWhy.App.Render;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Paths;
using NetWhy.Evidence;
using NetWhy.Tools;

namespace NetWhy.App;

/// <summary>What the rules say of observations that a tool made.</summary>
internal static class ToolVerdict
{
    /// <summary>Judges observations.</summary>
    /// <param name="observations">The observations.</param>
    /// <returns>What rounds of paths and transfers show, in its own order; then other causes, the most serious first, and notes.</returns>
    internal static IReadOnlyList<Statement> Of(IReadOnlyList<Observation> observations)
    {
        EvidenceSet evidence = Numbered(observations);
        Statement[] ofPaths =
        [
            .. evidence.All<PathRounds>().SelectMany(rounds => PathReading.Of(rounds)).Select(Of),
            .. evidence.All<TransferTrial>().SelectMany(trial => TransferReading.Of(trial)).Select(Of),
        ];
        if (ofPaths.Length > 0 && observations.All(observation => observation is PathRounds or TransferTrial))
            return ofPaths;
        Diagnosis diagnosis = Judge(evidence);
        return
        [
            .. ofPaths,
            .. diagnosis.Causes.Select(cause => cause.Finding)
                .Concat(diagnosis.Notes)
                .OrderByDescending(finding => finding.Severity)
                .Select(Of)
                .Where(statement => !ofPaths.Any(one => one.Cause == statement.Cause)), // the same, from the same evidence
        ];
    }

    /// <summary>Judges what a tool saw together with what an investigation of the same target saw.</summary>
    /// <param name="ofTool">What the tool saw.</param>
    /// <param name="ofInvestigation">What the investigation saw.</param>
    /// <param name="share">How often it failed, in words; null if that is not known.</param>
    /// <returns>The causes, the verdict first, and notes that rest on what the tool saw.</returns>
    internal static IReadOnlyList<Statement> OfBoth(IReadOnlyList<Observation> ofTool, IEnumerable<Observation> ofInvestigation, string? share)
    {
        const int MostCauses = 3; // netwhy TARGET tells all
        Observation[] named = [.. ofTool.Select((observation, i) => observation with { Id = $"t{i + 1}" })];
        Diagnosis diagnosis = Judge(new EvidenceSet([.. named, .. ofInvestigation]));
        return
        [
            .. diagnosis.Causes.Take(MostCauses).Select((cause, i) => i == 0 && share is not null && !IsOfRun(cause.Finding) ? WithProof(cause.Finding, share) : Of(cause.Finding)),
            .. diagnosis.Notes.Where(note => note.Reasons.All(reason => named.Contains(reason.Observation, ReferenceEqualityComparer.Instance))).Select(Of),
        ];
    }

    private static bool IsOfRun(Finding finding) => finding.Reasons.Any(reason => reason.Observation is HttpRun or RequestTimeline);

    private static Statement WithProof(Finding finding, string line)
    {
        Statement statement = Of(finding);
        return statement with { Proof = [.. statement.Proof, line] };
    }

    /// <summary>The most serious cause that evidence shows; null if it shows none.</summary>
    /// <param name="evidence">The evidence.</param>
    internal static Statement? Worst(EvidenceSet evidence) =>
        Judge(evidence).Causes is [var worst, ..] ? Of(worst.Finding) : null;

    private static Diagnosis Judge(EvidenceSet evidence) => ScopeNames.In(Diagnosis.Of(evidence, RuleCatalog.All));

    private static Statement Of(PathConclusion conclusion) => new(conclusion.Kind, Of(conclusion.Severity), conclusion.Text)
    {
        Cause = conclusion.Cause,
        Round = conclusion.Round,
        Begin = conclusion.Begin,
        End = conclusion.End,
        Proof = conclusion.Proof,
        Fixes = [.. conclusion.Remedies.Select(Of)],
        Next = conclusion.Next,
    };

    private static EvidenceSet Numbered(IReadOnlyList<Observation> observations) =>
        new(observations.Select((observation, i) => observation.Id.Length > 0 ? observation : observation with { Id = $"o{i + 1}" }));

    private static Statement Of(Finding finding) => new(finding.Cause, Of(finding.Severity), finding.Summary)
    {
        Cause = finding.Cause,
        Proof = [.. finding.Reasons.Select(reason => reason.Reading)],
        Fixes = [.. finding.Remedies.Select(Of)],
        Next = finding.Next,
    };

    private static StatementFix Of(Remedy remedy) => new(remedy.Sentence, remedy.Command);

    private static StatementSeverity Of(Severity severity) => severity switch
    {
        Severity.Critical => StatementSeverity.Critical,
        Severity.Warning => StatementSeverity.Warning,
        _ => StatementSeverity.Note,
    };
}

using NetWhy.Diagnose;
using NetWhy.Evidence;
using NetWhy.Tools;

namespace NetWhy.App;

/// <summary>What the rules say of observations that a tool made.</summary>
internal static class ToolVerdict
{
    /// <summary>Judges observations.</summary>
    /// <param name="observations">The observations.</param>
    /// <returns>Causes, the most serious first, then notes.</returns>
    internal static IReadOnlyList<Statement> Of(IReadOnlyList<Observation> observations)
    {
        var diagnosis = Diagnosis.Of(Numbered(observations), RuleCatalog.All);
        return
        [
            .. diagnosis.Causes.Select(cause => cause.Finding)
                .Concat(diagnosis.Notes)
                .OrderByDescending(finding => finding.Severity)
                .Select(Of),
        ];
    }

    private static EvidenceSet Numbered(IReadOnlyList<Observation> observations) =>
        new(observations.Select((observation, i) => observation.Id.Length > 0 ? observation : observation with { Id = $"o{i + 1}" }));

    private static Statement Of(Finding finding) => new(finding.Cause, Of(finding.Severity), finding.Summary)
    {
        Cause = finding.Cause,
        Proof = [.. finding.Reasons.Select(reason => reason.Reading)],
        Fixes = [.. finding.Remedies.Select(remedy => new StatementFix(remedy.Sentence, remedy.Command))],
        Next = finding.Next,
    };

    private static StatementSeverity Of(Severity severity) => severity switch
    {
        Severity.Critical => StatementSeverity.Critical,
        Severity.Warning => StatementSeverity.Warning,
        _ => StatementSeverity.Note,
    };
}

using System.Collections.Immutable;
using NetWhy.Diagnose.Hosts;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit;

/// <summary>Joins what the rules found and what the checks saw into one table, the worst first.</summary>
internal static class HostAudit
{
    /// <summary>Makes the table.</summary>
    /// <param name="evidence">The evidence of the machine that is audited.</param>
    /// <param name="ranking">What the rules found in it.</param>
    internal static ImmutableArray<Signal> Of(EvidenceSet evidence, Ranking ranking)
    {
        Finding[] findings = [.. ranking.Causes.Select(cause => cause.Finding), .. ranking.Notes];
        HashSet<string> found =
        [
            .. findings.Select(finding => finding.Cause),
            .. ranking.Causes.SelectMany(cause => cause.Explained).Select(finding => finding.Cause),
        ];
        var place = new CommandPlace(evidence);
        IEnumerable<Signal> checks = HostCheckCatalog.All
            .Where(check => check.Info.Cause is null || !found.Contains(check.Info.Cause))
            .SelectMany(check => check.Evaluate(evidence))
            .Select(place.Of);
        return [.. WithoutRepetition(findings.Select(Of).Concat(checks).OrderBy(signal => signal.Standing))];
    }

    // Two values for one setting are no advice: the worse signal knows better what it takes.
    private static IEnumerable<Signal> WithoutRepetition(IEnumerable<Signal> signals)
    {
        HashSet<string> changed = [];
        foreach (Signal signal in signals)
        {
            string[] settings = [.. signal.Remedies.Where(remedy => remedy.Setting is not null).Select(remedy => remedy.Setting!.Name).Distinct()];
            if (signal.Standing is Standing.Advice && settings.Length > 0 && settings.All(changed.Contains))
                continue;
            yield return signal with
            {
                Remedies = [.. signal.Remedies.Where(remedy => remedy.Setting is null || !changed.Contains(remedy.Setting.Name))],
            };
            changed.UnionWith(settings);
        }
    }

    private static Signal Of(Finding finding) => new(
        finding.Cause,
        finding.Severity switch
        {
            _ when Causes.Find(finding.Cause) is { IsBenign: true } => Standing.Advice,
            Severity.Critical => Standing.Critical,
            Severity.Warning => Standing.Warning,
            _ => Standing.Advice,
        },
        finding.Measure?.What ?? Causes.Find(finding.Cause)?.Title ?? finding.Cause,
        finding.Measure?.Value ?? "",
        finding.Measure?.Limit ?? "")
    {
        Meaning = finding.Summary,
        Cause = finding.Cause,
        Remedies = finding.Remedies,
        Evidence = [.. finding.Reasons.Where(reason => reason.Weight >= Weight.Context).Select(reason => reason.Observation).Distinct()],
    };
}

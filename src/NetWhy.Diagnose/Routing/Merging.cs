namespace NetWhy.Diagnose.Routing;

/// <summary>Makes one finding of the same fault seen on the way to several addresses.</summary>
internal static class Merging
{
    /// <summary>
    /// Joins findings that one resource explains. Reasons that all share are kept once; a finding about one address keeps
    /// it as its subject, one about several is about them all.
    /// </summary>
    /// <param name="findings">The findings with what is at fault.</param>
    internal static IEnumerable<Finding> ByResource(this IEnumerable<(string Resource, Finding Finding)> findings) =>
        findings.GroupBy(pair => pair.Resource).Select(group =>
        {
            Finding[] same =
            [
                .. group.Select(pair => pair.Finding)
                    .OrderByDescending(finding => finding.Severity)
                    .ThenByDescending(finding => Math.Round(finding.Confidence, 1))
                    .ThenBy(finding => finding.Subject?.AddressFamily),
            ];
            Finding best = same[0];
            return same.Length == 1
                ? best
                : best with
                {
                    Subject = null,
                    Severity = same.Max(finding => finding.Severity),
                    Reasons =
                    [
                        .. best.Reasons,
                        .. same.Skip(1).SelectMany(finding => finding.Reasons)
                            .Where(reason => best.Reasons.All(known => known.Observation != reason.Observation))
                            .DistinctBy(reason => reason.Observation)
                            .Select(reason => reason with { Weight = Weight.Context }),
                    ],
                };
        });
}

using NetWhy.Diagnose.Routing;

namespace NetWhy.Diagnose.Paths;

/// <summary>Makes one finding of the same fault at several addresses of the target.</summary>
internal static class SameForAll
{
    /// <summary>Joins findings of one cause at one place; the summary names the other addresses.</summary>
    /// <param name="findings">The findings of one rule, one for each address.</param>
    internal static IEnumerable<Finding> OnePerFault(this IEnumerable<Finding> findings)
    {
        Finding[] all = [.. findings];
        return all.Select(finding => ($"{finding.Cause} {finding.Where} {finding.Severity}", finding)).ByResource()
            .Select(joined => joined.Subject is not null ? joined : joined with
            {
                Summary = joined.Summary + Others(all, joined),
            });
    }

    private static string Others(Finding[] all, Finding joined)
    {
        string[] others =
        [
            .. all.Where(finding => finding.Cause == joined.Cause && finding.Where == joined.Where
                    && finding.Severity == joined.Severity && finding.Summary != joined.Summary)
                .Select(finding => finding.Subject).OfType<System.Net.IPAddress>().Select(address => address.ToString()).Distinct(),
        ];
        return others.Length == 0 ? "" : $" The same holds for {string.Join(", ", others)}.";
    }
}

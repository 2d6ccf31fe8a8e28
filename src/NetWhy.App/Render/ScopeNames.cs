using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using NetWhy.Diagnose;
using NetWhy.Evidence;

namespace NetWhy.App.Render;

/// <summary>
/// Names the interfaces of link-local addresses: evidence numbers them, as the kernel does, and people know
/// <c>fe80::1%eth0</c>. The observations keep the number, which any machine can read.
/// </summary>
internal static partial class ScopeNames
{
    /// <summary>The diagnosis with names in every text that it has for a person.</summary>
    /// <param name="diagnosis">The diagnosis.</param>
    public static Diagnosis In(Diagnosis diagnosis)
    {
        // Another machine's interfaces have other numbers.
        string? here = diagnosis.Investigation?.Vantage;
        Dictionary<int, string> names = diagnosis.Evidence.All<LinkState>()
            .Where(link => link.Vantage == here && link.Index > 0 && Plain().IsMatch(link.Name))
            .GroupBy(link => link.Index)
            .ToDictionary(links => links.Key, links => links.First().Name);
        if (names.Count == 0)
            return diagnosis;

        return diagnosis with
        {
            Questions = [.. diagnosis.Questions.Select(answer => answer with { Summary = Name(answer.Summary) })],
            Causes = [.. diagnosis.Causes.Select(cause => new RankedFinding(InFinding(cause.Finding), cause.Explained))],
            Notes = [.. diagnosis.Notes.Select(InFinding)],
            Doubtful = [.. diagnosis.Doubtful.Select(InFinding)],
            Signals =
            [
                .. diagnosis.Signals.Select(signal => signal with
                {
                    Title = Name(signal.Title),
                    Value = Name(signal.Value),
                    Limit = Name(signal.Limit),
                    Meaning = Name(signal.Meaning),
                    Remedies = InRemedies(signal.Remedies),
                }),
            ],
            NotObserved = [.. diagnosis.NotObserved.Select(gap => gap with { What = Name(gap.What), Reason = Name(gap.Reason) })],
        };

        Finding InFinding(Finding finding) => finding with
        {
            Summary = Name(finding.Summary),
            Reasons = [.. finding.Reasons.Select(reason => reason with { Reading = Name(reason.Reading) })],
            Remedies = InRemedies(finding.Remedies),
            Next = [.. finding.Next.Select(Name)],
        };

        ImmutableArray<Remedy> InRemedies(ImmutableArray<Remedy> remedies) =>
        [
            .. remedies.Select(remedy => remedy with
            {
                Text = Name(remedy.Text),
                Command = remedy.Command is { } command ? Name(command) : null,
                On = remedy.On is { } machine ? Name(machine) : null,
            }),
        ];

        string Name(string text) => text.Contains('%', StringComparison.Ordinal)
            ? Scoped().Replace(text, match =>
                int.TryParse(match.Groups["index"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int index)
                && names.TryGetValue(index, out string? name)
                    ? $"{match.Groups["address"].Value}%{name}"
                    : match.Value)
            : text;
    }

    // fe80::/10 and multicast of a link or an interface. Source: RFC 4007 section 11 (%), RFC 4291 sections 2.5.6 and 2.7.
    [GeneratedRegex(@"(?<address>\bf(?:e[89ab][0-9a-f]|f[0-9a-f][12]):[0-9a-f:]+)%(?<index>[0-9]+)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Scoped();

    // A name with other characters would have to be quoted in a command; its number need not.
    [GeneratedRegex("^[A-Za-z0-9._@-]+$")]
    private static partial Regex Plain();
}

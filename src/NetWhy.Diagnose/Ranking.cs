using System.Collections.Immutable;
using System.Net;
using NetWhy.Diagnose.Routing;

namespace NetWhy.Diagnose;

/// <summary>A finding that nothing else explains, and what it explains.</summary>
/// <param name="Finding">The finding.</param>
/// <param name="Explained">The symptoms under it, likeliest first.</param>
public sealed record RankedFinding(Finding Finding, ImmutableArray<Finding> Explained);

/// <summary>Sorts findings into causes, symptoms, notes and doubts. Deterministic: ties go by layer, then by id.</summary>
/// <param name="Causes">Findings that nothing explains, the verdict first.</param>
/// <param name="Notes">Benign and informative findings.</param>
/// <param name="Doubtful">Findings below <see cref="Diagnosis.LeastConfidence"/>.</param>
internal sealed record Ranking(
    ImmutableArray<RankedFinding> Causes,
    ImmutableArray<Finding> Notes,
    ImmutableArray<Finding> Doubtful)
{
    // Above even odds a cause may take a surer symptom under it: that the symptom is sure does not make it the root.
    private const double MayExplain = 0.5;

    /// <summary>Sorts what the rules found.</summary>
    /// <param name="found">Each finding with the rule that made it.</param>
    internal static Ranking Of(IEnumerable<(Finding Finding, RuleInfo Rule)> found)
    {
        Entry[] sorted = Sort(JoinAddresses([.. found]));
        Entry[] likely = Array.FindAll(sorted, entry => entry.Finding.Confidence >= Diagnosis.LeastConfidence);
        Dictionary<Entry, Entry> parents = [];
        foreach (Entry symptom in likely)
        {
            Entry? cause = null;
            foreach (Entry other in likely)
            {
                if (IsSurer(other, cause) && Explains(other, symptom) && !LeadsTo(parents, other, symptom))
                    cause = other;
            }

            if (cause is not null)
                parents[symptom] = cause;
        }

        ImmutableArray<RankedFinding>.Builder causes = ImmutableArray.CreateBuilder<RankedFinding>();
        ImmutableArray<Finding>.Builder notes = ImmutableArray.CreateBuilder<Finding>();
        foreach (Entry root in likely.Where(entry => !parents.ContainsKey(entry)))
        {
            if (IsNote(root.Finding))
                notes.Add(root.Finding);
            else
                causes.Add(new RankedFinding(root.Finding, [.. likely.Where(entry => !ReferenceEquals(entry, root) && ReferenceEquals(Root(parents, entry), root) && !IsNote(entry.Finding)).Select(entry => entry.Finding)]));
        }

        return new Ranking(causes.ToImmutable(), notes.ToImmutable(), [.. sorted.Where(entry => entry.Finding.Confidence < Diagnosis.LeastConfidence).Select(entry => entry.Finding)]);
    }

    // Of the findings of one cause at one place, the surest, the worst first.
    private static Entry[] Sort((Finding Finding, RuleInfo Rule)[] found)
    {
        List<Entry> surest = [];
        foreach ((Finding finding, RuleInfo rule) in found)
        {
            int known = surest.FindIndex(entry => entry.Finding.Cause == finding.Cause && Equals(entry.Finding.Subject, finding.Subject) && entry.Finding.IsOfClient == finding.IsOfClient);
            if (known < 0)
                surest.Add(new Entry(finding, rule, LayerOf(finding)));
            else if (finding.Confidence > surest[known].Finding.Confidence)
                surest[known] = new Entry(finding, rule, LayerOf(finding));
        }

        if (surest.Count < 2)
            return [.. surest]; // as a rule there is one, and a capture may have very many conversations
        return
        [
            .. surest.OrderByDescending(entry => entry.Finding.Severity)
                .ThenByDescending(entry => Sureness(entry.Finding.Confidence))
                .ThenBy(entry => entry.Layer)
                .ThenByDescending(entry => entry.Finding.Confidence)
                .ThenBy(entry => entry.Finding.Cause, StringComparer.Ordinal)
                .ThenBy(entry => entry.Finding.Subject?.ToString(), StringComparer.Ordinal),
        ];
    }

    // As a cause; of equals the first one stays.
    private static bool IsSurer(Entry cause, Entry? before) =>
        before is null || cause.Finding.Confidence > before.Finding.Confidence || (cause.Finding.Confidence == before.Finding.Confidence && cause.Layer < before.Layer);

    /// <summary>Makes one finding of one fault at several addresses: two addresses of a name are as a rule one service.</summary>
    /// <remarks>What is said must hold for all of them: where it differs in more than amounts, it is not the same fault.</remarks>
    private static (Finding Finding, RuleInfo Rule)[] JoinAddresses((Finding Finding, RuleInfo Rule)[] found) =>
        found.Length < 2 ? found : [.. found
            .GroupBy(pair => (pair.Finding.Cause, pair.Finding.Where, pair.Finding.Severity, Said: WithoutAmounts(pair.Finding), IsDoubtful: pair.Finding.Confidence < Diagnosis.LeastConfidence))
            .SelectMany(group => group.Key.IsDoubtful || group.Select(pair => pair.Finding.Subject).OfType<IPAddress>().Distinct().Count() < 2
                ? group.AsEnumerable()
                : [.. group.Where(pair => pair.Finding.Subject is null), (JoinAddresses([.. group.Select(pair => pair.Finding).Where(finding => finding.Subject is not null)]), group.First().Rule)])];

    private static Finding JoinAddresses(Finding[] same)
    {
        Finding joined = same.Select(finding => ("", finding)).ByResource().Single();
        IEnumerable<IPAddress> others = same
            .Where(finding => finding.Summary != joined.Summary)
            .Select(finding => finding.Subject!)
            .Distinct();
        string names = string.Join(", ", others);
        return names.Length == 0 ? joined : joined with { Summary = $"{joined.Summary} The same holds for {names}." };
    }

    // A summary with one mark for its address and for amounts, whatever their number and units. Statuses, versions, names and
    // other addresses are what is said.
    private static string WithoutAmounts(Finding finding)
    {
        string[] units = ["ms", "s", "µs", "min", "h", "days", "hours", "%", "octets", "KiB", "MiB"];
        string[] words = finding.Summary.Split(' ');
        string own = finding.Subject?.ToString() ?? "";
        List<string> said = [];
        for (int at = 0; at < words.Length; at++)
        {
            string word = words[at];
            bool isBehindAmount = said.Count > 0 && said[^1] is "#";
            bool isUnit = at > 0 && isBehindAmount && units.Contains(Bare(word));
            if (isUnit)
                continue;
            if ((own.Length > 0 && word.Contains(own, StringComparison.Ordinal)) || IsAmount(at))
            {
                if (!isBehindAmount)
                    said.Add("#");
            }
            else
            {
                said.Add(isBehindAmount ? word.TrimEnd('s') : word); // 1 request, 2 requests
            }
        }

        return string.Join(' ', said);

        static string Bare(string word) => word.Trim('.', ',', ':', ';', '(', ')');

        bool IsAmount(int at)
        {
            string bare = Bare(words[at]);
            if (bare.Length == 0 || !char.IsAsciiDigit(bare[0]) || bare.Count(one => one is '.' or ':') > 1)
                return false;
            string before = at > 0 ? Bare(words[at - 1]) : "", behind = at + 1 < words.Length ? Bare(words[at + 1]) : "";
            if (before is "TLS" or "HTTP" or "port")
                return false;
            bool isStatus = bare.Length == 3 && bare[0] is >= '1' and <= '5' && bare.All(char.IsAsciiDigit);
            return !isStatus || before is "of" || behind is "of" || units.Contains(behind);
        }
    }

    private static Layer LayerOf(Finding finding) =>
        Diagnose.Causes.Find(finding.Cause)?.Layer
        ?? throw new InvalidOperationException($"docs/causes lacks a page for {finding.Cause}");

    private static bool IsNote(Finding finding) =>
        finding.Severity is Severity.Info || Diagnose.Causes.Find(finding.Cause)!.IsBenign;

    // Above ten to one a few decibans more say nothing about which of two causes is the root; the layer does.
    private static int Sureness(double confidence) => confidence >= 0.9 ? 2 : confidence >= 0.6 ? 1 : 0;

    private static bool Explains(Entry cause, Entry symptom) =>
        !ReferenceEquals(cause, symptom)
        && !IsNote(cause.Finding)
        && cause.Finding.Confidence >= Math.Min(MayExplain, symptom.Finding.Confidence)
        && (cause.Finding.Subject is null
            || symptom.Finding.Subject is null
            || cause.Finding.Subject.Equals(symptom.Finding.Subject))
        && cause.Rule.Explains.Concat(cause.Finding.AlsoExplains)
            .Any(pattern => Matches(pattern, symptom.Finding.Cause))
        && (symptom.Finding.ExplainedOnlyBy.IsEmpty || symptom.Finding.ExplainedOnlyBy.Contains(cause.Finding.Cause))
        && cause.Finding.Cause != symptom.Finding.Cause;

    private static bool Matches(string pattern, string cause) => pattern is [.. var prefix, '*']
        ? cause.StartsWith(prefix, StringComparison.Ordinal)
        : pattern == cause;

    private static bool LeadsTo(Dictionary<Entry, Entry> parents, Entry from, Entry to)
    {
        for (Entry? entry = from; entry is not null; entry = parents.GetValueOrDefault(entry))
        {
            if (ReferenceEquals(entry, to))
                return true;
        }

        return false;
    }

    private static Entry Root(Dictionary<Entry, Entry> parents, Entry entry)
    {
        while (parents.TryGetValue(entry, out Entry? parent))
            entry = parent;
        return entry;
    }

    private sealed record Entry(Finding Finding, RuleInfo Rule, Layer Layer)
    {
        public bool Equals(Entry? other) => ReferenceEquals(this, other);

        public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
    }
}

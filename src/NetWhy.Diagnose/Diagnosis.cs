using System.Collections.Immutable;
using System.Net;
using NetWhy.Diagnose.Audit;
using NetWhy.Diagnose.Hosts;
using NetWhy.Diagnose.Repeated;
using NetWhy.Diagnose.Rules;
using NetWhy.Diagnose.Tls;
using NetWhy.Evidence;

namespace NetWhy.Diagnose;

/// <summary>The answer to "why": the five questions, the causes with what they explain, and what could not be seen.</summary>
/// <param name="Status">How the target is.</param>
/// <param name="Questions">The five answers, always in the same order.</param>
/// <param name="Causes">Findings that no other finding explains; the first is the verdict.</param>
/// <param name="Notes">What was seen and is benign.</param>
/// <param name="Doubtful">Findings too unlikely to report, the likeliest first.</param>
/// <param name="NotObserved">What could not be looked at.</param>
/// <param name="Evidence">What it all rests on, of every vantage.</param>
public sealed record Diagnosis(
    Status Status,
    ImmutableArray<Answer> Questions,
    ImmutableArray<RankedFinding> Causes,
    ImmutableArray<Finding> Notes,
    ImmutableArray<Finding> Doubtful,
    ImmutableArray<NotObserved> NotObserved,
    EvidenceSet Evidence)
{
    /// <summary>Confidence below which a finding is not reported.</summary>
    public const double LeastConfidence = 0.3;

    /// <summary>What an audit of a machine looked at, the worst first; empty if it was no audit.</summary>
    public ImmutableArray<Signal> Signals { get; init; } = [];

    /// <summary>All findings that are reported: causes, what they explain, and notes.</summary>
    public IEnumerable<Finding> Told => [.. Causes.SelectMany(ranked => ranked.Explained.Prepend(ranked.Finding)), .. Notes];

    /// <summary>What the investigation was about; null for evidence without its first line.</summary>
    public InvestigationStarted? Investigation => Evidence.Investigation;

    /// <summary>Judges the evidence of one vantage by some rules.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="rules">The rules, as a rule <see cref="RuleCatalog.All"/>.</param>
    public static Diagnosis Of(EvidenceSet evidence, ImmutableArray<IRule> rules) => Join([evidence], rules);

    /// <summary>
    /// Judges the evidence of several vantages together: each by itself, since a rule speaks of one machine; then what
    /// one machine shows may explain what another one suffers.
    /// </summary>
    /// <param name="vantages">The evidence of each, at least one.</param>
    /// <param name="rules">The rules.</param>
    public static Diagnosis Join(IReadOnlyList<EvidenceSet> vantages, ImmutableArray<IRule> rules)
    {
        // The one that asked about a service from outside is the one whose verdict is wanted.
        EvidenceSet[] ordered = [.. vantages.OrderBy(set => IsServerSide(set) ? 1 : 0).Select((set, i) => i == 0 ? set : Renamed(set, i + 1))];
        List<(Finding Finding, RuleInfo Rule)> found = [];
        List<Observation> observations = [];
        foreach (EvidenceSet set in ordered)
        {
            observations.AddRange(set.Observations);
            var place = new CommandPlace(set, ordered.Any(other => !IsSameVantage(other, set)));
            foreach (IRule rule in rules)
            {
                foreach (Finding finding in rule.Evaluate(set).Where(finding => !SingleTries.Overrule(set, finding) && (rule is RepeatedHandshakes || !EqualHandshakes.Overrule(set, finding))).Select(place.Of).Select(finding => BothSides.Narrow(finding, set, ordered.Where(other => other != set))))
                    found.Add((IsSameVantage(ordered[0], set) ? finding : SeenFromElsewhere(finding, IsServerSide(set)), rule.Info));
            }
        }

        var evidence = new EvidenceSet(observations);
        Ranking ranking = Ranking.Of(found);
        ImmutableArray<Answer> questions = FiveQuestions.Answer(ordered[0], ranking.Causes);
        bool isAudit = ordered[0].Investigation?.TargetKind is TargetKind.HostState;
        ImmutableArray<Signal> signals = isAudit ? HostAudit.Of(ordered[0], ranking) : [];
        return new Diagnosis(
            isAudit ? StatusOf(signals, ordered[0]) : StatusOf(questions, ranking.Causes, ordered[0]),
            questions,
            ranking.Causes,
            ranking.Notes,
            ranking.Doubtful,
            [.. evidence.All<NotObserved>()],
            evidence)
        {
            Signals = signals,
        };
    }

    // Who asked about a port or process of its own machine, or about an address that is its own.
    private static bool IsServerSide(EvidenceSet set) =>
        set.Investigation?.TargetKind is TargetKind.LocalPort or TargetKind.Process or TargetKind.ThisMachine or TargetKind.HostState
        || set.Any<RouteLookup>(lookup => lookup is { Purpose: "target", RouteType: "local" } && !IPAddress.IsLoopback(lookup.Destination));

    private static bool IsSameVantage(EvidenceSet one, EvidenceSet other) =>
        ReferenceEquals(one, other)
        || (one.Investigation is { Vantage.Length: > 0 } investigation && investigation.Vantage == other.Investigation?.Vantage);

    private static EvidenceSet Renamed(EvidenceSet set, int number) =>
        new(set.Observations.Select(observation => observation with { Id = $"v{number}.{observation.Id}" }));

    // What the target's own machine shows bears on whatever address it was asked by; what another client shows does not.
    private static Finding SeenFromElsewhere(Finding finding, bool byServer) => finding with
    {
        Subject = byServer ? null : finding.Subject,
        Where = finding.Where is Where.Local ? Where.Remote : finding.Where,
    };

    // What was asked about must have been seen: a name that resolves says nothing of its host, nor a host of its port, nor
    // a port of the pages behind it.
    private static bool IsAnswered(ImmutableArray<Answer> questions, InvestigationStarted? investigation)
    {
        if (investigation?.TargetKind is TargetKind.Name)
            return questions.First(question => question.Id is "dns").Verdict is not Verdict.Unknown;
        bool asksApplication = investigation?.Scheme is "http" or "https" or "tls";
        if (asksApplication && questions.First(question => question.Id is "application").Verdict is Verdict.Unknown)
            return false;
        Answer port = questions.First(question => question.Id is "port");
        Answer asked = port.Verdict is Verdict.Skipped ? questions.First(question => question.Id is "host") : port;
        return asked.Verdict is not (Verdict.Unknown or Verdict.Skipped);
    }

    private static Status StatusOf(ImmutableArray<Signal> signals, EvidenceSet evidence) => signals.Select(signal => signal.Standing).DefaultIfEmpty(Standing.Unknown).Min() switch
    {
        Standing.Critical => Status.Broken,
        Standing.Warning => Status.Degraded,
        _ when signals.All(signal => signal.Standing is Standing.Unknown) => Status.Inconclusive,
        _ when evidence.WasInterrupted && signals.Any(signal => signal.Standing is Standing.Unknown) => Status.Inconclusive,
        _ => Status.Healthy,
    };

    private static Status StatusOf(ImmutableArray<Answer> questions, ImmutableArray<RankedFinding> causes, EvidenceSet evidence)
    {
        if (causes.Any(cause => cause.Finding.Severity is Severity.Critical))
            return Status.Broken;
        if (questions.Any(question => question.Verdict is Verdict.No))
            return TimelineReading.Of(evidence) is { Good: > 0 } ? Status.Degraded : Status.Broken; // the usual try is one among many
        if (causes.Any(cause => cause.Finding.Severity is Severity.Warning) || EqualHandshakes.Of(evidence).Any(equal => equal.MayBeMoment))
            return Status.Degraded;

        // One good try beside many that failed is no health.
        if (TimelineReading.Of(evidence)?.Status is { } repeated and not Status.Healthy)
            return repeated;

        // What was cut short saw less than it wanted to see: an answer that is missing may be the bad one.
        bool isCutShort = evidence.WasInterrupted
            && questions.Any(question => question.Verdict is Verdict.Unknown);
        return !isCutShort && IsAnswered(questions, evidence.Investigation) ? Status.Healthy : Status.Inconclusive;
    }
}

/// <summary>How a target is.</summary>
public enum Status
{
    /// <summary>It works, and nothing is wrong.</summary>
    Healthy,

    /// <summary>It works; something is wrong or slow.</summary>
    Degraded,

    /// <summary>It does not work.</summary>
    Broken,

    /// <summary>Nothing could be looked at.</summary>
    Inconclusive,
}

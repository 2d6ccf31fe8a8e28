using System.Collections.Immutable;
using System.Globalization;
using NetWhy.Diagnose.Hosts;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The connection tracking table of this machine is full: new flows are dropped, known ones go on.</summary>
public sealed class ConntrackFull : IRule
{
    private const string Cause = "conntrack-full";

    /// <summary>From which share on the table counts as nearly full.</summary>
    internal const double NearlyFull = 0.95;

    private const double Full = 0.98; // entries time out all the time: a full table is seldom seen at its very limit

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Cause, Source: "nf_conntrack-sysctl.txt; net/netfilter/nf_conntrack_core.c", Cause)
    {
        Explains = [.. LocalFirewall.Symptoms, "local-firewall-drop", "http-backend-partly-failing"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        ConntrackState? fullest = evidence.All<ConntrackState>().Where(state => state.Max > 0).MaxBy(state => (double)state.Count / state.Max);
        ConntrackState? grown = evidence.Last<ConntrackState>(state => Drops(state) > 0);
        if (WholeHost.IsAsked(evidence) && fullest is not null && Audit(evidence, fullest) is { } audit)
        {
            yield return audit;
            yield break;
        }

        if (fullest is null || (fullest.Count < fullest.Max * Full && grown is null))
            yield break;

        // Other ports of the host are silent for reasons of their own.
        ConnectAttempt? attempt = evidence.First<ConnectAttempt>(attempt =>
            attempt.Purpose is not ("control" or "trial") && (attempt.Outcome is ConnectOutcome.TimedOut || attempt.Errno is "ETIMEDOUT" or "EPERM"));
        DnsExchange? query = evidence.First<DnsExchange>(exchange => exchange.Outcome is DnsOutcome.TimedOut || exchange.Errno is "EPERM");
        DatagramExchange? datagram = evidence.First<DatagramExchange>(exchange => !exchange.Answered && exchange.Errno is null or "EPERM");
        Observation? failure = attempt ?? (Observation?)query ?? datagram;
        if (failure is null)
            yield break; // a full table that stops nothing here is no answer to the question asked

        FlowSighting? sighting = attempt is null ? null : LocalFirewall.Sighting(evidence, attempt);
        List<Reason> reasons = [failure.Weigh(Weight.Hint, "a new flow got no answer")];

        // A table that is nearly full drops nothing yet: another sign must show that it did.
        Weight full = fullest.Count >= fullest.Max ? Weight.VeryStrong : grown is not null || sighting is { SynsOut: 0 } ? Weight.Strong : Weight.Hint;
        reasons.Add(fullest.Count >= fullest.Max * Full
            ? fullest.Weigh(full, string.Create(CultureInfo.InvariantCulture, $"{fullest.Count} of {fullest.Max} entries are in use"))
            : fullest.Weigh(Weight.Against, string.Create(CultureInfo.InvariantCulture, $"only {fullest.Count} of {fullest.Max} entries are in use")));
        if (grown is not null)
            reasons.Add(grown.Weigh(Weight.Strong, string.Create(CultureInfo.InvariantCulture, $"connection tracking dropped {Drops(grown)} packets meanwhile")));
        if (sighting is not null)
        {
            reasons.Add(sighting.SynsOut == 0
                ? sighting.Weigh(Weight.Strong, "no SYN left the interface")
                : sighting.Weigh(Weight.RulesOut, $"{sighting.SynsOut} SYNs left the interface"));
        }

        if (evidence.First<ConnectAttempt>(other => other.Outcome is ConnectOutcome.Connected && other.Purpose is "target") is { } connected)
            reasons.Add(connected.Weigh(grown is null ? Weight.RulesOut : Weight.Against, $"a new connection to {connected.Address} came through"));

        yield return new Finding(
            Cause,
            Severity.Critical,
            Where.Local,
            string.Create(CultureInfo.InvariantCulture, $"The connection tracking table of this machine is full ({fullest.Count} of {fullest.Max} entries): new connections are dropped."),
            [.. reasons])
        {
            Measure = MeasureOf(fullest),
            Remedies = Remedies(evidence, fullest),
        };
    }

    // Where nothing was asked of anybody, the table itself has to speak.
    private static Finding? Audit(EvidenceSet evidence, ConntrackState fullest)
    {
        ConntrackState? grown = evidence.Last<ConntrackState>(state => Drops(state) > 0);
        double fill = (double)fullest.Count / fullest.Max;
        if (fill < NearlyFull && grown is null)
            return null;

        List<Reason> reasons =
        [
            fill >= NearlyFull
                ? fullest.Weigh(fill >= Full ? Weight.Decisive : Weight.VeryStrong, string.Create(CultureInfo.InvariantCulture, $"{fullest.Count} of {fullest.Max} entries are in use"))
                : fullest.Weigh(Weight.HintAgainst, string.Create(CultureInfo.InvariantCulture, $"{fullest.Count} of {fullest.Max} entries are in use now")),
        ];
        if (grown is not null && Drops(grown) - grown.Growth.GetValueOrDefault("early_drop") is > 0 and var dropped)
            reasons.Add(grown.Weigh(Weight.Decisive, $"{Words.Count(dropped, "packet")} of new connections dropped meanwhile"));
        if (grown?.Growth.GetValueOrDefault("early_drop") is > 0 and var early)
            reasons.Add(grown.Weigh(Weight.VeryStrong, $"{Words.Count(early, "connection")} without an answer yet thrown out meanwhile to make room"));
        if (evidence.Last<ConntrackCensus>() is { } census)
            reasons.Add(census.Weigh(Weight.Context, Filler(census)));

        bool isLosing = grown is not null || fullest.Count >= fullest.Max * Full;
        string who = evidence.Last<ConntrackCensus>() is { Counted: > 0 } counted ? $" {Filler(counted)}." : "";
        return new Finding(
            Cause,
            isLosing ? Severity.Critical : Severity.Warning,
            Where.Local,
            string.Create(CultureInfo.InvariantCulture, $"The connection tracking table of this machine is {(isLosing ? "full" : "nearly full")} ({fullest.Count} of {fullest.Max} entries): {(isLosing ? "new connections are dropped" : "soon new connections will be dropped")}.{who}"),
            [.. reasons])
        {
            Measure = MeasureOf(fullest),
            Remedies = Remedies(evidence, fullest),
        };
    }

    private static Measure MeasureOf(ConntrackState state) => new(
        "connection tracking table", string.Create(CultureInfo.InvariantCulture, $"{state.Count} entries"), WholeHost.Plain(state.Max));

    /// <summary>Who fills the table, in words.</summary>
    /// <param name="census">What was counted.</param>
    internal static string Filler(ConntrackCensus census)
    {
        string source = census.Sources is [var top, ..] ? $"{top.Address} began {top.Entries} of {census.Counted}" : $"{census.Counted} were counted";
        return $"{source}; {Words.Percent(census.Unreplied, census.Counted)} got no answer";
    }

    private static ImmutableArray<Remedy> Remedies(EvidenceSet evidence, ConntrackState state)
    {
        ConntrackCensus? census = evidence.Last<ConntrackCensus>();
        var remedies = ImmutableArray.CreateBuilder<Remedy>();

        // Other network namespaces show the limit and may not set it. Source: nf_conntrack_standalone.c, mode 0444.
        remedies.Add(Remedy.Set("Make the table larger (an entry costs some 300 octets).", "net.netfilter.nf_conntrack_max", WholeHost.Plain(Math.Max(state.Max, state.Count) * 4), state.IsLimitSettable is true ? null : WholeHost.Machine));
        remedies.Add(new Remedy("See who fills it.", "conntrack -L | awk '{for (i = 1; i <= NF; i++) if ($i ~ /^src=/) {print $i; break}}' | sort | uniq -c | sort -rn | head"));
        long lifetime = state.Setting("nf_conntrack_tcp_timeout_established") ?? 432_000;
        bool idles = census?.IdleEstablished is not { } idle || idle * 5 > census.Counted;
        if (lifetime > 86_400 && idles)
            remedies.Add(Remedy.Set($"Forget idle connections sooner: after a day instead of {Words.Of(TimeSpan.FromSeconds(lifetime))}.", "net.netfilter.nf_conntrack_tcp_timeout_established", "86400"));
        return remedies.ToImmutable();
    }

    // In a table with room, a packet is dropped for a race between two of one new flow, or for want of a free port of the
    // translation: the kernel counts those under drop too. Source: __nf_conntrack_confirm in net/netfilter/nf_conntrack_core.c.
    private static long Drops(ConntrackState state) => state.Growth.GetValueOrDefault("early_drop")
        + (state.Count >= state.Max * NearlyFull
            ? state.Growth.GetValueOrDefault("drop")
            : Math.Max(0, state.Growth.GetValueOrDefault("drop") - state.Growth.GetValueOrDefault("insert_failed") - state.Growth.GetValueOrDefault("clash_resolve")));
}

using System.Globalization;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The connection tracking table of this machine is full: new flows are dropped, known ones go on.</summary>
public sealed class ConntrackFull : IRule
{
    private const string Cause = "conntrack-full";
    private const double Full = 0.98; // entries time out all the time: a full table is seldom seen at its very limit

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Cause, Source: "nf_conntrack-sysctl.txt; net/netfilter/nf_conntrack_core.c", Cause)
    {
        Explains = [.. LocalFirewall.Symptoms, "local-firewall-drop"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        ConntrackState? fullest = evidence.All<ConntrackState>().Where(state => state.Max > 0).MaxBy(state => (double)state.Count / state.Max);
        ConntrackState? grown = evidence.Last<ConntrackState>(state => Drops(state) > 0);
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
            Remedies =
            [
                // Other network namespaces show the limit and may not set it. Source: nf_conntrack_standalone.c, mode 0444.
                new Remedy(
                    "Make the table larger.",
                    string.Create(CultureInfo.InvariantCulture, $"sysctl -w net.netfilter.nf_conntrack_max={fullest.Max * 4}"),
                    "the host (first network namespace)"),
                new Remedy("See who fills it.", "conntrack -L | awk '{for (i = 1; i <= NF; i++) if ($i ~ /^src=/) {print $i; break}}' | sort | uniq -c | sort -rn | head"),
                new Remedy("Forget idle connections sooner (the default is five days).", "sysctl -w net.netfilter.nf_conntrack_tcp_timeout_established=86400"),
            ],
        };
    }

    private static long Drops(ConntrackState state) =>
        state.Growth.GetValueOrDefault("drop") + state.Growth.GetValueOrDefault("early_drop");
}

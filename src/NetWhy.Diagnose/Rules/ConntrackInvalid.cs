using System.Collections.Immutable;
using NetWhy.Diagnose.Audit;
using NetWhy.Diagnose.Hosts;
using NetWhy.Diagnose.Routing;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Packets fit no tracked connection, and a rule of this machine drops them as INVALID.</summary>
/// <remarks>A few are everybody's: late answers, scans, what comes after a restart. Without a rule that drops them nothing is lost.</remarks>
public sealed class ConntrackInvalid : IRule
{
    private const string Cause = "conntrack-invalid";
    private const int Few = 10;

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Cause, Source: "nf_conntrack-sysctl.rst, nf_conntrack_tcp_be_liberal; net/netfilter/nf_conntrack_core.c", Cause)
    {
        Explains = [.. Symptoms.OfNoWayToTarget, "tls-handshake-stall", "http-stalled-body", "connection-reset", "http-slow-server"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        if (evidence.Last<ConntrackState>(state => state.Growth.GetValueOrDefault("invalid") > 0 && state.InvalidDroppedBy is [_, ..]) is not { } state)
            yield break;
        if ((WholeHost.IsAsked(evidence) ? OfMachine(evidence, state) : OfTarget(evidence, state)) is { } finding)
            yield return finding;
    }

    private static Finding? OfMachine(EvidenceSet evidence, ConntrackState state)
    {
        long invalid = state.Growth["invalid"];
        long received = evidence.Last<KernelCounters>() is { } counters ? new CounterReading(counters).Grown("Ip.InReceives", "Ip6InReceives") : 0;
        if (invalid < Few || invalid < 0.01 * received)
            return null;
        string period = state.After is { } time ? $"in {Words.Of(time)}" : "meanwhile";
        return new Finding(
            Cause,
            Severity.Warning,
            Where.Local,
            $"{invalid} packets {period} fit no tracked connection, and this machine drops such packets ({state.InvalidDroppedBy![0]}).",
            [
                state.Weigh(invalid >= 10 * Few || invalid >= 0.1 * received ? Weight.VeryStrong : Weight.Strong, $"{invalid} packets were INVALID {period}{(received > 0 ? $", of {received} received" : "")}"),
                state.Weigh(Weight.Hint, $"a rule drops them: {state.InvalidDroppedBy[0]}"),
            ])
        {
            Measure = new Measure("packets that fit no tracked connection", $"{invalid} {period}", ""),
            Remedies = Remedies(state),
            Next = ["Do both directions of these connections pass this machine?"],
        };
    }

    private static Finding? OfTarget(EvidenceSet evidence, ConntrackState state)
    {
        // A rule that decides about the flow by itself is told as such.
        if (evidence.Any<FirewallRuleMatch>(match => match is { Match: RuleMatch.Certain, Verdict: "drop" or "reject", Purpose: "target" }))
            return null;
        Reach? victim = Reach.Failing(evidence).FirstOrDefault(reach => reach is { IsTarget: true, IsSilent: true });
        Silence? silence = evidence.First<Silence>(silence => silence.Stage is not ExchangeStage.NotConnected);
        if (victim is null && silence is null)
            return null;

        // Others' packets are INVALID all the time: something of this flow must have come and not been seen.
        if (evidence.First<FlowSighting>(flow => flow.Address.Equals(victim?.Address ?? silence!.Address)) is not { } flow)
            return null;
        bool isSeen = flow.SynAcksIn > 1 && victim is not null;
        if (!isSeen && (flow.DataIn == 0 || silence is null))
            return null;

        long invalid = state.Growth["invalid"];
        List<Reason> reasons =
        [
            state.Weigh(invalid >= 3 ? Weight.Strong : Weight.Hint, $"{Words.Count(invalid, "packet")} meanwhile fit no tracked connection (INVALID)"),
            state.Weigh(Weight.Hint, $"a rule drops them: {state.InvalidDroppedBy![0]}"),
        ];
        reasons.Add(isSeen
            ? flow.Weigh(Weight.Strong, $"{flow.SynAcksIn} SYN-ACKs arrived at the interface, and the socket did not see them")
            : flow.Weigh(Weight.Strong, $"{Words.Count(flow.DataIn, "segment")} with data arrived at the interface, and the socket saw none"));
        return new Finding(
            Cause,
            Severity.Critical,
            Where.Local,
            $"Packets of {victim?.Address ?? silence!.Address} fit no tracked connection, and this machine drops such packets ({state.InvalidDroppedBy[0]}).",
            [.. reasons])
        {
            Subject = victim?.Address ?? silence!.Address,
            Remedies = Remedies(state),
            Next = ["Do both directions of the connection pass this machine, by the same interface?"],
        };
    }

    private static ImmutableArray<Remedy> Remedies(ConntrackState state)
    {
        var remedies = ImmutableArray.CreateBuilder<Remedy>();
        if (state.Setting("nf_conntrack_log_invalid") is not > 0)
            remedies.Add(new Remedy("Have them logged for a while (6 is TCP), with the reason; 0 ends it.", "sysctl -w net.netfilter.nf_conntrack_log_invalid=6"));
        if (state.Setting("nf_conntrack_tcp_be_liberal") is 0)
            remedies.Add(new Remedy("If they are out of the window, since something on the way rewrites sequence numbers: let tracking be liberal.", "sysctl -w net.netfilter.nf_conntrack_tcp_be_liberal=1"));
        remedies.Add(new Remedy("Where only one direction passes this machine by design, do not track it (notrack in a prerouting chain of priority raw), or take the rule out."));
        return remedies.ToImmutable();
    }
}

using System.Collections.Immutable;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Packets that the kernel threw away for want of memory or of room in a queue.</summary>
public sealed class IpDiscards() : CounterCheck(
    "ip.discards",
    "RFC 4293, ipSystemStatsInDiscards and OutDiscards",
    "IP packets discarded",
    "Ip.InDiscards",
    "Ip.OutDiscards",
    "Ip6InDiscards",
    "Ip6OutDiscards")
{
    /// <summary>An interface without IPv6 counts every IPv6 packet that comes in as discarded. Source: net/ipv6/ip6_input.c, ip6_rcv_core.</summary>
    /// <param name="evidence">All evidence.</param>
    protected override ImmutableArray<string> Relevant(EvidenceSet evidence) =>
        evidence.Last<KernelSettings>()?.Values.Any(setting => setting.Key.EndsWith(".disable_ipv6", StringComparison.Ordinal) && setting.Value is "1") is true
            ? Names.Remove("Ip6InDiscards")
            : Names;

    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence)
    {
        Signal bad = fine with
        {
            Standing = counters.IsMuch(counters.Grown(Relevant(evidence)), 5, 0.0001, "Ip.InReceives", "Ip6InReceives", "Ip.OutRequests", "Ip6OutRequests") ? Standing.Warning : Standing.Advice,
            Meaning = counters.Grown("Ip.OutDiscards", "Ip6OutDiscards") > 0
                ? "Packets were thrown away before they left: the queue of an interface is full, a filter drops them, or no neighbour answers."
                : "Packets that had arrived were thrown away, for want of memory or since an extension or filter refused them.",
            Remedies = [new Remedy("See which queue drops.", "tc -s qdisc show | grep -B1 -E 'dropped [1-9]'; ip -s link")],
        };
        return counters.Grown("Ip.InDiscards", "Ip6InDiscards") > 0
            ? bad
            : OfOwnQueue(fine, OfOwnRule(fine, counters.Grown("Ip.OutDiscards", "Ip6OutDiscards"), evidence) ?? bad, counters.Grown(Relevant(evidence)), evidence);
    }
}

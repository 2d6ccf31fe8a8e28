using System.Collections.Immutable;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Packets with bad headers, and those whose hop limit ran out here.</summary>
public sealed class IpHeaderErrors() : CounterCheck(
    "ip.header-errors",
    "RFC 4293, ipSystemStatsInHdrErrors",
    "IP packets with a hop limit that ran out, or a bad header",
    "Ip.InHdrErrors",
    "Ip6InHdrErrors",
    "Icmp.OutTimeExcds",
    "Icmp6OutTimeExcds")
{
    /// <summary>A packet whose hop limit runs out is counted as received so, and once more as answered. Source: net/ipv4/ip_forward.c.</summary>
    /// <param name="evidence">All evidence.</param>
    protected override ImmutableArray<string> Relevant(EvidenceSet evidence) => Names.RemoveRange(["Icmp.OutTimeExcds", "Icmp6OutTimeExcds"]);

    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence)
    {
        const double Loop = 20; // a second; traceroute lets a few run out
        bool isLoop = counters.Grown("Icmp.OutTimeExcds", "Icmp6OutTimeExcds") > 0;
        return !counters.IsMuch(counters.Grown(Relevant(evidence)), Loop) ? fine : fine with
        {
            Standing = isLoop ? Standing.Warning : Standing.Advice,
            Meaning = isLoop
                ? "The hop limit of many packets runs out here: they go in a circle between this machine and another router."
                : "Packets with headers that make no sense arrive.",
            Remedies = [new Remedy("See which destinations: where their route leads back to the sender, it is a loop.", "timeout 10 tcpdump -nni any -c 20 'icmp[0] = 11 or icmp6[0] = 3'")],
        };
    }
}

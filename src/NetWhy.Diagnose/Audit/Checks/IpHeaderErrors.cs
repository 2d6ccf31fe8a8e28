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
    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence)
    {
        const double Loop = 20; // a second; traceroute lets a few run out
        double rate = counters.Grown(Names) / Math.Max(0.1, counters.Observation.Lasted.TotalSeconds);
        bool isLoop = counters.Grown("Icmp.OutTimeExcds", "Icmp6OutTimeExcds") > 0;
        return rate < Loop ? fine : fine with
        {
            Standing = isLoop ? Standing.Warning : Standing.Advice,
            Meaning = isLoop
                ? "The hop limit of many packets runs out here: they go in a circle between this machine and another router."
                : "Packets with headers that make no sense arrive.",
            Remedies = [new Remedy("See which destinations: where their route leads back to the sender, it is a loop.", "timeout 10 tcpdump -nni any -c 20 'icmp[0] = 11 or icmp6[0] = 3'")],
        };
    }
}

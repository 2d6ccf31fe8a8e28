using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Packets that were cut short or whose header is damaged.</summary>
public sealed class IpDamaged() : CounterCheck(
    "ip.damaged",
    "RFC 4293, ipSystemStatsInTruncatedPkts",
    "IP packets damaged or cut short",
    "IpExt.InTruncatedPkts",
    "IpExt.InCsumErrors",
    "Ip6InTruncatedPkts")
{
    /// <inheritdoc/>
    protected override string? Cause => "packet-corruption";

    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) =>
        fine with
        {
            Standing = counters.Grown(Names) >= 5 ? Standing.Warning : Standing.Advice,
            Meaning = "Packets arrive damaged: a link, an interface or its offloads is at fault.",
            Remedies = [new Remedy("See which interface counts errors.", "ip -s -s link")],
        };
}

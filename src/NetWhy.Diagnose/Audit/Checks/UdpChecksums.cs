using System.Collections.Immutable;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>UDP datagrams that arrived damaged.</summary>
public sealed class UdpChecksums() : CounterCheck(
    "udp.checksums",
    "RFC 1071; snmp_counter.rst",
    "UDP datagrams with a wrong checksum",
    "Udp.InCsumErrors",
    "Udp6InCsumErrors")
{
    /// <inheritdoc/>
    protected override string? Cause => "packet-corruption";

    /// <inheritdoc/>
    protected override ImmutableArray<string> Whole => ["Udp.InDatagrams", "Udp6InDatagrams"];

    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) =>
        fine with
        {
            Standing = counters.Grown(Names) >= 5 ? Standing.Warning : Standing.Advice,
            Meaning = "Datagrams arrive damaged and are thrown away: a link, an interface or its offloads, or a device that rewrites packets damages them.",
            Remedies =
            [
                new Remedy("See whether the interface counts errors of its own.", "ip -s -s link"),
                new Remedy("See by which peers and interface the damaged ones come, for ten seconds.", "timeout 10 tcpdump -nni any -vv inbound and udp 2>/dev/null | grep -i -B1 'incorrect\\|bad .*cksum'"),
            ],
        };
}

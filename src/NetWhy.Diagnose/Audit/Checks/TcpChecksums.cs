using System.Collections.Immutable;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>TCP segments that arrived damaged.</summary>
public sealed class TcpChecksums() : CounterCheck(
    "tcp.checksums",
    "RFC 1071; snmp_counter.rst",
    "TCP segments with a wrong checksum",
    "Tcp.InCsumErrors")
{
    /// <inheritdoc/>
    protected override string? Cause => "packet-corruption";

    /// <inheritdoc/>
    protected override ImmutableArray<string> Whole => ["Tcp.InSegs"];

    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) =>
        fine with
        {
            Standing = counters.Grown(Names) >= 5 ? Standing.Warning : Standing.Advice,
            Meaning = "Segments arrive damaged and are thrown away: a link, an interface or its offloads, or a device that rewrites packets damages them.",
            Remedies =
            [
                new Remedy("See whether the interface counts errors of its own.", "ip -s -s link"),
                new Remedy("See by which peers and interface the damaged ones come, for ten seconds.", "timeout 10 tcpdump -nni any -vv inbound and tcp 2>/dev/null | grep -i -B1 'incorrect\\|bad .*cksum'"),
            ],
        };
}

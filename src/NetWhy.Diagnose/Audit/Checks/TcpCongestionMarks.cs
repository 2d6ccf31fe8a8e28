using System.Collections.Immutable;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Packets that routers marked because they were congested.</summary>
public sealed class TcpCongestionMarks() : CounterCheck(
    "tcp.congestion-marks",
    "RFC 3168; snmp_counter.rst",
    "packets marked for congestion",
    "IpExt.InCEPkts",
    "Ip6InCEPkts",
    "TcpExt.TCPDeliveredCE")
{
    /// <inheritdoc/>
    protected override ImmutableArray<string> Whole => ["Ip.InReceives", "Ip6InReceives"];

    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) =>
        counters.Grown(Names) < 20 || ShareOfWhole(counters) < 0.01 ? fine : fine with
        {
            Standing = Standing.Advice,
            Meaning = "Routers on the way are congested and say so (ECN): connections slow down without loss.",
        };
}

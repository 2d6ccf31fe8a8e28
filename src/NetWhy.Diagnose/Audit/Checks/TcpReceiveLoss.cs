using System.Collections.Immutable;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Segments that arrived after a gap: loss or reordering before this machine.</summary>
public sealed class TcpReceiveLoss() : CounterCheck(
    "tcp.receive-loss",
    "snmp_counter.rst, TcpExtTCPOFOQueue",
    "TCP segments received out of order",
    "TcpExt.TCPOFOQueue")
{
    /// <inheritdoc/>
    protected override ImmutableArray<string> Whole => ["Tcp.InSegs"];

    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) =>
        counters.Grown(Names) < 50 || ShareOfWhole(counters) < 0.01 ? fine : fine with
        {
            Standing = Standing.Warning,
            Meaning = "Gaps are in what arrives: segments are lost or reordered before this machine. A receiver has no other counter for it.",
            Remedies =
            [
                new Remedy("See on which connections.", "ss -tni state established | grep -B1 'rcv_ooopack:'"),
                new Remedy("See whether the interface drops what arrives.", "ip -s -s link"),
            ],
        };
}

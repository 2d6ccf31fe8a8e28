using System.Collections.Immutable;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Reordering that senders of this machine noticed.</summary>
public sealed class TcpReordering() : CounterCheck(
    "tcp.reordering",
    "snmp_counter.rst, TcpExtTCPSACKReorder; RFC 8985",
    "TCP reordering seen",
    "TcpExt.TCPSACKReorder",
    "TcpExt.TCPTSReorder",
    "TcpExt.TCPRenoReorder")
{
    /// <inheritdoc/>
    protected override string? Cause => "packet-reordering";

    /// <inheritdoc/>
    protected override ImmutableArray<string> Whole => ["TcpExt.TCPOrigDataSent"];

    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) =>
        counters.Grown(Names) < 20 || ShareOfWhole(counters) < 0.01 ? fine : fine with
        {
            Standing = Standing.Advice,
            Meaning = "Packets overtake each other on the way: a path or a bond that spreads the packets of one connection does that, and TCP takes it for loss.",
            Remedies = [new Remedy("See on which connections.", "ss -tni state established | grep -B1 'reord_seen:'")],
        };
}

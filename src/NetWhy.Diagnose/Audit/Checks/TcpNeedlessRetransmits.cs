using System.Collections.Immutable;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Segments that were sent again although the peer had them.</summary>
public sealed class TcpNeedlessRetransmits() : CounterCheck(
    "tcp.needless-retransmits",
    "RFC 2883; snmp_counter.rst, TcpExtTCPDSACKRecv",
    "TCP segments sent again for nothing",
    "TcpExt.TCPDSACKRecv",
    "TcpExt.TCPDSACKOfoRecv")
{
    /// <inheritdoc/>
    protected override ImmutableArray<string> Whole => ["Tcp.RetransSegs"];

    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) =>
        counters.Grown(Names) < 20 || CounterReading.Share(counters.Grown(Names), counters.Grown(Whole)) < 0.2 ? fine : fine with
        {
            Standing = Standing.Advice,
            Meaning = "Peers say that they had what was sent again: the path reorders, loses acknowledgements, or its delay jumps.",
        };
}

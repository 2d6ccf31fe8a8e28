using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Retransmissions that were due while the first copy was still queued in this machine.</summary>
public sealed class TcpHostQueue() : CounterCheck(
    "tcp.host-queue",
    "snmp_counter.rst, TcpExtTCPSpuriousRtxHostQueues",
    "TCP segments still queued here when due again",
    "TcpExt.TCPSpuriousRtxHostQueues")
{
    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) =>
        counters.Grown(Names) < 10 ? fine : fine with
        {
            Standing = Standing.Advice,
            Meaning = "Segments wait so long in the queues of this machine that TCP thinks them lost: its own interface is the bottleneck.",
            Remedies = [new Remedy("See how much is queued; fq and fq_codel keep queues short.", "tc -s qdisc show")],
        };
}

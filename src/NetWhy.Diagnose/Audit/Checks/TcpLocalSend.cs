using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Retransmissions that this machine could not send.</summary>
public sealed class TcpLocalSend() : CounterCheck(
    "tcp.local-send",
    "snmp_counter.rst, TcpExtTCPRetransFail",
    "TCP retransmissions not sent",
    "TcpExt.TCPRetransFail")
{
    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) =>
        OfOwnRule(fine, counters.Grown(Names), evidence) ?? OfOwnQueue(fine, fine with
        {
            Standing = counters.Grown(Names) >= 20 ? Standing.Warning : Standing.Advice,
            Meaning = "Segments cannot leave this machine: no route or neighbour, a queue that is full, a filter, or no memory.",
            Remedies = [new Remedy("See what drops: queues, neighbours, rules.", "tc -s qdisc show; ip neigh show nud failed; nft list ruleset")],
        }, counters.Grown(Names), evidence, least: 0.1); // one drop may fail several tries
}

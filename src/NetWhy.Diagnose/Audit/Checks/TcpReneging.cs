using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Peers that throw away what they had acknowledged out of order.</summary>
public sealed class TcpReneging() : CounterCheck(
    "tcp.reneging",
    "RFC 2018, section 8; snmp_counter.rst, TcpExtTCPSACKReneging",
    "data that peers acknowledged and threw away",
    "TcpExt.TCPSACKReneging")
{
    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) => !counters.IsMuch(counters.Grown(Names), 1) ? fine : fine with
    {
        Standing = Standing.Advice,
        Meaning = "Peers run out of memory for what comes out of order and drop it after all, or a machine in between makes up acknowledgements: the data is sent once more, after a timeout.",
        Remedies = [new Remedy("See which connections retransmit, and to whom.", "ss -tni state established | grep -B1 'retrans:'")],
    };
}

using System.Collections.Immutable;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Retransmissions that were lost too, as a share of all.</summary>
public sealed class TcpLostRetransmits() : CounterCheck(
    "tcp.lost-retransmits",
    "snmp_counter.rst, TcpExtTCPLostRetransmit",
    "TCP retransmissions lost again",
    "TcpExt.TCPLostRetransmit")
{
    /// <inheritdoc/>
    protected override ImmutableArray<string> Whole => ["Tcp.RetransSegs"];

    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) =>
        ShareOfRetransmits(counters) < 0.1 || counters.Grown(Names) < 20 ? fine : OfOwnQueue(fine, fine with
        {
            Standing = Standing.Warning,
            Meaning = "What is sent again is lost again: a full queue or a policer on the way drops whole bursts, or a path is dead.",
            Remedies = [new Remedy("See to which peers.", "ss -tni state established | grep -B1 'lost:'")],
        }, counters.Grown(Names), evidence);

    private double ShareOfRetransmits(CounterReading counters) => CounterReading.Share(counters.Grown(Names), counters.Grown(Whole));
}

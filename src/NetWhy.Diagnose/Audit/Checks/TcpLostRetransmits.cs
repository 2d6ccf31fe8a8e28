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
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence)
    {
        // SYNs that nobody answers are in both, and are told by themselves.
        long syns = counters.Grown("TcpExt.TCPSynRetrans");
        long lost = counters.Grown(Names) - syns;
        return lost < 20 || CounterReading.Share(lost, counters.Grown(Whole) - syns) < 0.1 ? fine : OfOwnQueue(fine, fine with
        {
            Standing = Standing.Warning,
            Meaning = "What is sent again is lost again: a full queue or a policer on the way drops whole bursts, or a path is dead.",
            Remedies = [new Remedy("See to which peers.", "ss -tni state established | grep -B1 'lost:'")],
        }, lost, evidence);
    }
}

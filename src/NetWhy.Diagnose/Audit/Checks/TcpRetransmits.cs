using System.Collections.Immutable;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Segments with data that TCP had to send again, as a share of those sent first.</summary>
public sealed class TcpRetransmits() : CounterCheck(
    "tcp.retransmits",
    "snmp_counter.rst, TcpExtTCPOrigDataSent; RFC 9293, section 3.8.1",
    "TCP segments sent again",
    "Tcp.RetransSegs")
{
    /// <inheritdoc/>
    protected override ImmutableArray<string> Whole => ["TcpExt.TCPOrigDataSent"];

    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence)
    {
        const double Noted = 0.01; // what the Internet loses on a bad day
        const double Slow = 0.03;
        const double Broken = 0.1;
        long again = counters.Grown(Names) - counters.Grown("TcpExt.TCPSynRetrans"); // handshakes are counted by themselves
        double share = counters.Grown(Whole) < CounterReading.FewestPackets ? 0 : CounterReading.Share(again, counters.Grown(Whole));
        if (share < Noted || again < 5)
            return fine;
        string parts = string.Join(", ", new[]
        {
            (Count: counters.Grown("TcpExt.TCPFastRetrans"), Text: "at once"),
            (Count: counters.Grown("TcpExt.TCPSlowStartRetrans"), Text: "after a timeout"),
            (Count: counters.Grown("TcpExt.TCPLossProbes"), Text: "as probes"),
        }.Where(part => part.Count > 0).Select(part => $"{part.Count} {part.Text}"));
        Signal bad = fine with
        {
            Standing = share < Slow ? Standing.Advice : share < Broken ? Standing.Warning : Standing.Critical,
            Meaning = $"Segments are lost on the way to peers of this machine, and every loss slows its connection{(parts.Length > 0 ? $" ({parts})" : "")}.",
            Remedies =
            [
                new Remedy("See to which peers segments are sent again.", "ss -tni state established | grep -B1 'retrans:'"),
                new Remedy("See whether the interface itself drops: errors and queue.", "ip -s link; tc -s qdisc show"),
            ],
        };
        return OfOwnQueue(fine, bad, again - counters.Grown("TcpExt.TCPRetransFail"), evidence);
    }
}

using System.Collections.Immutable;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Retransmission timeouts of TCP: each is a silence of 200 ms or more.</summary>
public sealed class TcpTimeouts() : CounterCheck(
    "tcp.timeouts",
    "snmp_counter.rst, TcpExtTCPTimeouts; RFC 6298",
    "TCP retransmission timeouts",
    "TcpExt.TCPTimeouts")
{
    /// <inheritdoc/>
    protected override ImmutableArray<string> Whole => ["TcpExt.TCPOrigDataSent"];

    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence)
    {
        long timeouts = counters.Grown(Names) - counters.Grown("TcpExt.TCPSynRetrans"); // the timers of handshakes are in it
        double share = counters.Grown(Whole) < CounterReading.FewestPackets ? 0 : CounterReading.Share(timeouts, counters.Grown(Whole));
        if (timeouts < 5 || share < 0.001)
            return fine;
        bool isSpurious = 2 * counters.Grown("TcpExt.TCPSpuriousRTOs", "TcpExt.TCPLossUndo") >= timeouts;
        Signal bad = fine with
        {
            Standing = share < 0.01 ? Standing.Advice : Standing.Warning,
            Meaning = isSpurious
                ? "Timers ran out although the segments had arrived: the delay of the path jumps."
                : "Connections stood still until a timer ran out, 200 ms or more each: whole windows were lost, or the last segments of an exchange.",
            Remedies = [new Remedy("See which connections back off now.", "ss -tnoi state established | grep -B1 'backoff:'")],
        };
        return OfOwnQueue(fine, bad, timeouts, evidence);
    }
}

using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Segments outside of any window, and what TCP answered them.</summary>
public sealed class TcpStaleSegments() : CounterCheck(
    "tcp.out-of-window",
    "RFC 5961; snmp_counter.rst",
    "TCP segments outside of the window",
    "TcpExt.BeyondWindow",
    "TcpExt.TCPChallengeACK",
    "TcpExt.TCPSYNChallenge",
    "TcpExt.OutOfWindowIcmps",
    "TcpExt.TCPACKSkippedSynRecv",
    "TcpExt.TCPACKSkippedPAWS",
    "TcpExt.TCPACKSkippedSeq",
    "TcpExt.TCPACKSkippedFinWait2",
    "TcpExt.TCPACKSkippedTimeWait",
    "TcpExt.TCPACKSkippedChallenge")
{
    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) =>
        counters.Grown(Names) < 20 ? fine : fine with
        {
            Standing = counters.Grown("TcpExt.TCPSYNChallenge") >= 10 ? Standing.Warning : Standing.Advice,
            Meaning = counters.Grown("TcpExt.TCPSYNChallenge") > 0
                ? "SYNs arrive for connections that stand: a client or a device that translates addresses has forgotten them and uses their ports again."
                : "Segments arrive that fit no window: late copies, devices on the way that forgot the connection, or somebody who guesses.",
        };
}

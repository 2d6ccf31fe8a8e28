using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Receive windows of this machine that shut because a program does not read.</summary>
public sealed class TcpZeroWindow() : CounterCheck(
    "tcp.zero-window",
    "snmp_counter.rst, TcpExtTCPToZeroWindowAdv; RFC 9293, section 3.8.6",
    "TCP receive windows shut",
    "TcpExt.TCPToZeroWindowAdv",
    "TcpExt.TCPZeroWindowDrop")
{
    /// <inheritdoc/>
    protected override string? Cause => "receive-window-full";

    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) =>
        fine with
        {
            Standing = counters.Grown("TcpExt.TCPZeroWindowDrop") >= 10 ? Standing.Warning : Standing.Advice,
            Meaning = "Programs here read more slowly than data arrives: their windows went to 0, and the senders wait.",
            Remedies = [new Remedy("See who does not read: the second column is what waits.", "ss -tnp state established | awk 'NR == 1 || $1 > 0'")],
        };
}

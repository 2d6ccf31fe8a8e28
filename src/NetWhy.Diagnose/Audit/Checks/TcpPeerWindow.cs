using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Probes of peers whose receive window is shut.</summary>
public sealed class TcpPeerWindow() : CounterCheck(
    "tcp.peer-window",
    "snmp_counter.rst, TcpExtTCPWinProbe; RFC 9293, section 3.8.6.1",
    "TCP probes of shut windows of peers",
    "TcpExt.TCPWinProbe")
{
    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) =>
        fine with
        {
            Standing = Standing.Advice,
            Meaning = "Peers do not read what is sent to them: the data waits here, and the network is not the cause.",
            Remedies = [new Remedy("See which peers.", "ss -tnop state established | grep 'timer:(persist'")],
        };
}

using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Packets dropped because the backlog of a socket was full while a program held it.</summary>
public sealed class TcpSocketBacklog() : CounterCheck(
    "tcp.socket-backlog",
    "snmp_counter.rst, TcpExtTCPBacklogDrop",
    "TCP packets dropped at a busy socket",
    "TcpExt.TCPBacklogDrop")
{
    /// <inheritdoc/>
    protected override string? Cause => "memory-pressure";

    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) =>
        fine with
        {
            Standing = counters.Grown(Names) >= 10 ? Standing.Warning : Standing.Advice,
            Meaning = "Packets came faster than a program that was at work on the socket let go of it: the queue behind the lock (about receive and send buffer together) ran over.",
            Remedies = [new Remedy("See which socket drops: bl is its backlog, d its drops.", "ss -tnmp state established | grep -v ',d0)'")],
        };
}

using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Connections that a service wants only once data comes (TCP_DEFER_ACCEPT).</summary>
public sealed class TcpDeferredAccepts() : CounterCheck(
    "tcp.deferred",
    "tcp(7), TCP_DEFER_ACCEPT; snmp_counter.rst",
    "ACKs that a service waits to see data after",
    "TcpExt.TCPDeferAcceptDrop")
{
    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) =>
        fine with { Value = $"{fine.Value}, as the service asked for" };
}

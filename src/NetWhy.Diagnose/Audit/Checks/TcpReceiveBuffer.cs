using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Received data that was squeezed or thrown away because a receive buffer is full.</summary>
public sealed class TcpReceiveBuffer() : CounterCheck(
    "tcp.receive-buffer",
    "snmp_counter.rst, TcpExtPruneCalled",
    "TCP data thrown away, buffer full",
    "TcpExt.OfoPruned",
    "TcpExt.RcvPruned",
    "TcpExt.TCPRcvQDrop",
    "TcpExt.TCPOFODrop")
{
    /// <inheritdoc/>
    protected override string? Cause => "memory-pressure";

    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) =>
        fine with
        {
            Standing = counters.Grown(Names) >= 10 ? Standing.Warning : Standing.Advice,
            Meaning = "Segments that had arrived were thrown away since the receive buffer of their socket was full, and must come again: the program reads too slowly, or its buffer is too small.",
            Remedies =
            [
                new Remedy("See whose buffer is full: the second column is what waits, rb its limit, d the drops.", "ss -tnmp state established | grep -v 'skmem:(r0,'"),
            ],
        };
}

using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Connections that ended by a timeout, or that a program here cut off.</summary>
public sealed class TcpAborts() : CounterCheck(
    "tcp.aborts",
    "snmp_counter.rst, TcpExtTCPAbortOnTimeout",
    "TCP connections aborted",
    "TcpExt.TCPAbortOnTimeout",
    "TcpExt.TCPAbortOnClose",
    "TcpExt.TCPAbortOnData",
    "TcpExt.TCPAbortOnLinger",
    "TcpExt.TCPAbortFailed")
{
    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence)
    {
        long timedOut = counters.Grown("TcpExt.TCPAbortOnTimeout");
        long unread = counters.Grown("TcpExt.TCPAbortOnClose");
        long cut = counters.Grown("TcpExt.TCPAbortOnData");
        if (timedOut == 0 && !counters.IsMuch(unread, 20) && !counters.IsMuch(cut, 20))
            return fine;
        string[] parts =
        [
            .. timedOut > 0 ? (string[])[$"{timedOut} since the peer no longer answered"] : [],
            .. unread > 0 ? (string[])[$"{unread} closed by a program that had not read everything"] : [],
            .. cut > 0 ? (string[])[$"{cut} cut off by a program (linger 0, or data after close)"] : [],
        ];
        return fine with
        {
            Standing = counters.IsMuch(timedOut, 10) ? Standing.Warning : Standing.Advice,
            Meaning = $"Connections ended by force: {string.Join(", ", parts)}.",
            Remedies = timedOut > 0 ? [new Remedy("See which peers do not answer.", "ss -tno state established | grep 'timer:(on,'")] : [],
        };
    }
}

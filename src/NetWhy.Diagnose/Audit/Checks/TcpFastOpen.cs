using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>TCP Fast Open that did not work.</summary>
public sealed class TcpFastOpen() : CounterCheck(
    "tcp.fast-open",
    "RFC 7413; snmp_counter.rst",
    "TCP Fast Open failures",
    "TcpExt.TCPFastOpenActiveFail",
    "TcpExt.TCPFastOpenPassiveFail",
    "TcpExt.TCPFastOpenListenOverflow",
    "TcpExt.TCPFastOpenBlackhole")
{
    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) =>
        fine with
        {
            Standing = Standing.Advice,
            Meaning = counters.Grown("TcpExt.TCPFastOpenBlackhole") > 0
                ? "Data in a SYN vanished on some path, so the kernel stopped using Fast Open for a while."
                : "Data in a SYN was not taken: connections opened the slow way.",
        };
}

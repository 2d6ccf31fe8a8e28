using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Probes for a larger path MTU that were lost.</summary>
public sealed class TcpPathMtuProbes() : CounterCheck(
    "tcp.path-mtu-probes",
    "RFC 4821; snmp_counter.rst, TcpExtTCPMTUPFail",
    "TCP path MTU probes lost",
    "TcpExt.TCPMTUPFail")
{
    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) =>
        fine with
        {
            Standing = Standing.Advice,
            Meaning = "Larger segments do not pass on some path, and TCP found out by losing them: a path is narrower than the interface, and routers do not say so.",
            Remedies = [new Remedy("See which connections use small segments.", "ss -tni state established | grep -o 'pmtu:[0-9]*' | sort | uniq -c")],
        };
}

using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Segments without the signature that their connection must have.</summary>
public sealed class TcpAuthentication() : CounterCheck(
    "tcp.authentication",
    "RFC 2385; RFC 5925; snmp_counter.rst",
    "TCP segments with a wrong signature",
    "TcpExt.TCPMD5NotFound",
    "TcpExt.TCPMD5Unexpected",
    "TcpExt.TCPMD5Failure",
    "TcpExt.TCPAORequired",
    "TcpExt.TCPAOBad",
    "TcpExt.TCPAOKeyNotFound")
{
    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) =>
        fine with
        {
            Standing = counters.Grown(Names) >= 3 ? Standing.Warning : Standing.Advice,
            Meaning = "Segments come without the signature that is agreed on, or with a wrong one (TCP-MD5, TCP-AO), and are dropped: the keys of the two sides differ. BGP sessions stay down by that.",
        };
}

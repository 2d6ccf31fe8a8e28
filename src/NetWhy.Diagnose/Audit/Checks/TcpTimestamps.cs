using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Segments that TCP refused because of their timestamps.</summary>
public sealed class TcpTimestamps() : CounterCheck(
    "tcp.timestamps",
    "RFC 7323, section 5; snmp_counter.rst",
    "TCP segments refused by timestamp",
    "TcpExt.PAWSActive",
    "TcpExt.PAWSPassive",
    "TcpExt.PAWSEstab",
    "TcpExt.PAWSTimewait",
    "TcpExt.TSEcrRejected")
{
    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) =>
        fine with
        {
            Standing = counters.IsMuch(counters.Grown(Names), 20, 0.001, "Tcp.InSegs") ? Standing.Warning : Standing.Advice,
            Meaning = "Segments with timestamps older than those before are dropped: several clients behind one address, or a load balancer that mixes their timestamps. New connections of such clients may be refused while an old one is in TIME-WAIT.",
        };
}

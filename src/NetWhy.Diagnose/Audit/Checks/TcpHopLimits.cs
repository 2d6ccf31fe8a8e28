using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Segments from farther away than a service allows (IP_MINTTL).</summary>
public sealed class TcpHopLimits() : CounterCheck(
    "tcp.hop-limit",
    "RFC 5082; ip(7), IP_MINTTL",
    "segments from farther away than a service allows",
    "TcpExt.TCPMinTTLDrop")
{
    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) => !counters.IsMuch(counters.Grown(Names), 1) ? fine : fine with
    {
        Standing = Standing.Advice,
        Meaning = "A service here (mostly BGP) takes segments of near neighbours only (IP_MINTTL), and others come: the peer is more routers away than its settings say (ttl-security, multihop), or a stranger tries.",
        Remedies = [new Remedy("See from whom, and with which hop limit.", "timeout 10 tcpdump -nvi any -c 20 'tcp port 179'")],
    };
}

using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Messages that a destination cannot be reached.</summary>
public sealed class IcmpUnreachables() : CounterCheck(
    "icmp.unreachable",
    "RFC 792; RFC 4443",
    "ICMP unreachable messages received",
    "Icmp.InDestUnreachs",
    "Icmp6InDestUnreachs")
{
    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) =>
        counters.Grown(Names) < 20 ? fine : fine with
        {
            Standing = Standing.Advice,
            Meaning = "Many packets from here do not reach their destination, and a router or this machine itself says so: a host or port is gone, or a filter rejects.",
            Remedies = [new Remedy("See which destinations.", "timeout 10 tcpdump -nni any -c 20 'icmp[0] = 3 or icmp6[0] = 1'")],
        };
}

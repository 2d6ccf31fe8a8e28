using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Datagrams for ports on which nothing listens.</summary>
public sealed class UdpNoPorts() : CounterCheck(
    "udp.no-port",
    "RFC 4113, udpNoPorts",
    "UDP datagrams for closed ports",
    "Udp.NoPorts",
    "Udp6NoPorts")
{
    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence)
    {
        long lost = counters.Grown(Names);
        return lost < 20 || CounterReading.Share(lost, lost + counters.Grown("Udp.InDatagrams", "Udp6InDatagrams")) < 0.1 ? fine : fine with
        {
            Standing = Standing.Advice,
            Meaning = "Clients send to ports on which nothing listens: a service is not running, or answers come after the program that asked has gone.",
            Remedies = [new Remedy("See which ports, for ten seconds.", "timeout 10 tcpdump -nni any -c 50 'icmp[0] = 3 and icmp[1] = 3'")],
        };
    }
}

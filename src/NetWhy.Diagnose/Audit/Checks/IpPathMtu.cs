using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Packets too big for the next link, and what routers said about ours.</summary>
public sealed class IpPathMtu() : CounterCheck(
    "ip.path-mtu",
    "RFC 1191; RFC 8201",
    "packets too big for a link",
    "Ip.FragFails",
    "Ip6FragFails",
    "Ip6InTooBigErrors",
    "Icmp6InPktTooBigs")
{
    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) =>
        counters.Grown(Names) < 20 ? fine : OfOwnQueue(fine, fine with
        {
            Standing = Standing.Advice,
            Meaning = "Many packets are too big for a link on their way, and are sent again in smaller ones: path MTU discovery works, but connections pay for it. A smaller segment size at the start would spare it.",
            Remedies = [new Remedy("See which destinations have a smaller MTU.", "ip route show cache; ip -6 route show cache")],
        }, counters.Grown(Names), evidence); // fragments that a queue has no room for count as failed too
}

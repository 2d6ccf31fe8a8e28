using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Redirects: a router says that another one is nearer.</summary>
public sealed class IcmpRedirects() : CounterCheck(
    "icmp.redirects",
    "RFC 792; RFC 4861, section 8",
    "ICMP redirects received",
    "Icmp.InRedirects",
    "Icmp6InRedirects")
{
    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) =>
        fine with
        {
            Standing = counters.Grown(Names) >= 5 ? Standing.Warning : Standing.Advice,
            Meaning = "A router says that packets from here should go to another router: the gateway in the routing table is a detour, or somebody wants to be in the way.",
            Remedies =
            [
                new Remedy("See who says so, and what.", "timeout 10 tcpdump -nni any -c 10 'icmp[0] = 5 or icmp6[0] = 137'"),
                new Remedy("See the routes.", "ip route; ip -6 route"),
            ],
        };
}

using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Packets of this machine for which there was no route.</summary>
public sealed class IpNoRouteOut() : CounterCheck(
    "ip.no-route-out",
    "RFC 4293, ipSystemStatsOutNoRoutes",
    "IP packets without a route out",
    "Ip.OutNoRoutes",
    "Ip6OutNoRoutes")
{
    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) =>
        fine with
        {
            // Programs try IPv6 on machines that have none of it, and take IPv4 then.
            Standing = counters.IsMuch(counters.Grown("Ip.OutNoRoutes"), 5) ? Standing.Warning : Standing.Advice,
            Meaning = counters.Grown("Ip.OutNoRoutes") > 0
                ? "Packets from here have no route: programs that send there are told that the network is unreachable, and clients from there get no answer."
                : "Programs here try IPv6, to which there is no route; where IPv4 works, that costs nothing.",
            Remedies = [new Remedy("See the routes, and which is missing: a default route as a rule.", "ip route; ip -6 route; ip rule")],
        };
}

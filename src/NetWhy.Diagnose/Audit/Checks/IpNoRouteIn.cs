using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Packets to be forwarded for which there was no route.</summary>
public sealed class IpNoRouteIn() : CounterCheck(
    "ip.no-route-in",
    "RFC 4293, ipSystemStatsInNoRoutes",
    "IP packets to forward without a route",
    "IpExt.InNoRoutes",
    "Ip6InNoRoutes")
{
    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) =>
        fine with
        {
            Standing = counters.IsMuch(counters.Grown(Names), 5, 0.001, "Ip.InReceives", "Ip6InReceives") ? Standing.Warning : Standing.Advice,
            Meaning = "This machine is asked to pass packets on, and has no route for them.",
            Remedies = [new Remedy("See the routes.", "ip route; ip -6 route; ip rule")],
        };
}

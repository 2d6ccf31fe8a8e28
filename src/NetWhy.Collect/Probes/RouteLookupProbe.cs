using System.Net;
using NetWhy.Collect.Routing;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Paths;

namespace NetWhy.Collect.Probes;

/// <summary>
/// Asks the kernel how it would send to the target, its gateway, the resolvers and the proxy, and after the traffic
/// whether it has learned better.
/// </summary>
public sealed class RouteLookupProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "route.lookup";

    private const int MostMarks = 8; // each costs one question per address

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Which way would a packet take?",
        Source: "rtnetlink(7), RTM_GETROUTE; ip-route(8), ip route get",
        Question.Host);

    /// <inheritdoc/>
    public bool Applies(Target target) => true;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        using RouteNetlink netlink = RouteNetlink.Open();
        uint[] marks =
        [
            .. netlink.Rules().Where(rule => rule.AppliesToOwnPackets && rule.Mark is > 0)
                .Select(rule => rule.Mark!.Value).Distinct().Take(MostMarks),
        ];
        List<(Destination Destination, RouteLookup Lookup)> first = [];
        HashSet<IPAddress> gateways = [];
        await foreach (Destination destination in Destination.StreamAsync(context, cancellationToken))
        {
            RouteLookup lookup = context.Report(Ask(netlink, destination, 0));
            first.Add((destination, lookup));
            foreach (uint mark in destination.Purpose is Destination.Target ? marks : [])
            {
                RouteLookup marked = Ask(netlink, destination, mark);
                if (!IsSameWay(lookup, marked))
                    context.Report(marked);
            }

            if (lookup.Gateway is { } gateway && gateways.Add(gateway))
                context.Report(Ask(netlink, new Destination(gateway, "gateway", 0, 0), 0));
        }

        await Traffic.WhenOverAsync(context, cancellationToken);
        foreach ((Destination destination, RouteLookup lookup) in first)
        {
            RouteLookup now = Ask(netlink, destination, 0);
            if (!IsSameWay(lookup, now) || now.Mtu != lookup.Mtu)
                context.Report(now);
        }
    }

    private static bool IsSameWay(RouteLookup one, RouteLookup other) =>
        (one.Errno, one.RouteType, one.Interface, one.Table, one.IsRedirected)
            == (other.Errno, other.RouteType, other.Interface, other.Table, other.IsRedirected)
        && Equals(one.Gateway, other.Gateway)
        && Equals(one.Source, other.Source);

    private static RouteLookup Ask(RouteNetlink netlink, Destination destination, uint mark) => netlink.Ask(
        destination.Address,
        destination.Purpose,
        new RouteSelector(mark, InterfaceIndex: (int)destination.Scope, Protocol: destination.Protocol, Port: destination.Port));
}

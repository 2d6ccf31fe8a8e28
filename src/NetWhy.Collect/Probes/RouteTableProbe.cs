using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Paths;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Probes;

/// <summary>Lists the routes of every table, without the local, broadcast and multicast ones.</summary>
public sealed class RouteTableProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "route.table";

    private const int MostRoutes = 500; // a larger table is a router's; the lookups still tell the truth

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Which routes does this machine have?",
        Source: "rtnetlink(7), RTM_GETROUTE",
        Question.Host);

    /// <inheritdoc/>
    public bool Applies(Target target) => true;

    /// <inheritdoc/>
    public Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        using RouteNetlink netlink = RouteNetlink.Open();
        IReadOnlyDictionary<int, string> names = netlink.LinkNames();
        context.Report(new RouteTable(
        [
            .. netlink.Routes().Where(IsWorthListing)
                .OrderBy(route => route.Header.DestinationLength)
                .Take(MostRoutes)
                .Select(route => Observe(route, names)),
        ]));
        return Task.CompletedTask;
    }

    // The kernel keeps a refusing IPv6 default route of the worst metric for itself.
    private static bool IsWorthListing(RouteMessage route) =>
        route.Header.Type is RouteType.Unicast or RouteType.Blackhole or RouteType.Unreachable or RouteType.Prohibit
            or RouteType.Throw
        && !route.Header.Flags.HasFlag(RouteFlags.Cloned)
        && route is not { Metric: uint.MaxValue, Header.Type: RouteType.Unreachable };

    private static RouteEntry Observe(RouteMessage route, IReadOnlyDictionary<int, string> names)
    {
        IPAddress any = route.Header.Family == 2 ? IPAddress.Any : IPAddress.IPv6Any;
        return new RouteEntry(
            $"{route.Destination ?? any}/{route.Header.DestinationLength}",
            RouteQuestion.NameOf(route.Header.Type),
            route.Table)
        {
            Gateway = route.Gateway,
            Interface = names.GetValueOrDefault(route.InterfaceIndex),
            Metric = route.Metric,
            Source = route.Source,
            Protocol = route.Header.Protocol switch
            {
                1 => "redirect",
                2 => "kernel",
                3 => "boot",
                4 => "static",
                9 => "ra",
                16 => "dhcp",
                _ => route.Header.Protocol.ToString(null, null),
            },
            Flags = [.. FlagsOf(route.Header.Flags)],
            NextHops =
            [
                .. route.NextHops.Select(hop =>
                    (hop.Gateway is null ? "" : $"via {hop.Gateway} ")
                    + $"dev {names.GetValueOrDefault(hop.InterfaceIndex, "?")}"
                    + string.Concat(FlagsOf(hop.Flags).Select(flag => " " + flag))),
            ],
        };
    }

    private static IEnumerable<string> FlagsOf(RouteFlags flags)
    {
        if (flags.HasFlag(RouteFlags.Dead))
            yield return "dead";
        if (flags.HasFlag(RouteFlags.OnLink))
            yield return "onlink";
        if (flags.HasFlag(RouteFlags.LinkDown))
            yield return "linkdown";
    }
}

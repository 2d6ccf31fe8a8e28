using System.Collections.Immutable;
using System.Globalization;
using NetWhy.Collect.Sockets;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Probes;

/// <summary>Reads which destinations take smaller packets than their interface, and how many IPv6 routes there are.</summary>
public sealed class RouteCacheProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "route.cache";

    private const int MostPaths = 16;
    private const int Entries = 5; // column of rt6_stats: what max_size limits. Source: net/ipv6/route.c, rt6_stats_seq_show

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "What did the kernel learn of single destinations?",
        Source: "rtnetlink(7), RTM_GETROUTE with RTM_F_CLONED; ip-sysctl.rst, route/max_size",
        Question.Host);

    /// <inheritdoc/>
    public bool Applies(Target target) => target.IsHere;

    /// <inheritdoc/>
    public Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        using RouteNetlink netlink = RouteNetlink.Open();
        Dictionary<int, LinkMessage> links = [];
        foreach (LinkMessage link in netlink.Links())
            links[link.Header.Index] = link;
        ImmutableArray<RouteMessage> exceptions = netlink.RouteExceptions();
        context.Report(new RouteCacheState(
            exceptions.Length,
            [
                .. exceptions
                    .Where(route => route is { Destination: not null, Mtu: > 0 } && links.TryGetValue(route.InterfaceIndex, out LinkMessage? link) && route.Mtu < link.Mtu)
                    .OrderBy(route => route.Mtu)
                    .Take(MostPaths)
                    .Select(route => new SmallerPath(route.Destination!, links[route.InterfaceIndex].Name, route.Mtu!.Value, links[route.InterfaceIndex].Mtu)),
            ])
        {
            IPv6Entries = ReadEntries(KernelFiles.Text("/proc/thread-self/net/rt6_stats") ?? ""),
            IPv6Most = KernelFiles.Number("/proc/sys/net/ipv6/route/max_size"),
        });
        return Task.CompletedTask;
    }

    /// <summary>Reads the number of IPv6 routes.</summary>
    /// <param name="text">rt6_stats: hexadecimal numbers.</param>
    internal static long? ReadEntries(string text) =>
        text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is { Length: > Entries } columns
        && long.TryParse(columns[Entries], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out long entries) && entries >= 0
            ? entries
            : null;
}

using System.Collections.Immutable;
using System.Net;
using NetWhy.Collect.Routing;
using NetWhy.Collect.Sockets;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Probes;

/// <summary>Reads twice how full the neighbour tables are, what failed in them, and who changed its link-layer address.</summary>
public sealed class NeighbourTableProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "neighbour.table";

    private const int MostNeighbours = 16; // of those that are told one by one
    private const int MostInterfaces = 8;
    private const byte IPv6 = 10; // AF_INET6

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Are the neighbour tables full, and do neighbours fail or move?",
        Source: "rtnetlink(7), RTM_GETNEIGHTBL, RTM_GETNEIGH; arp(7)",
        Question.Host);

    /// <inheritdoc/>
    public bool Applies(Target target) => true;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        using RouteNetlink netlink = RouteNetlink.Open();
        long begin = context.Clock.GetTimestamp();
        ImmutableArray<NeighbourTableMessage> before = netlink.NeighbourTables();
        Dictionary<string, long> queuedBefore = Discards();
        using var watch = NeighbourWatch.Begin(context.Target.IsHere);
        ImmutableArray<NeighbourMessage> first = context.Target.IsHere ? netlink.Neighbours() : [];
        watch.Note(first);
        Dictionary<(IPAddress, int), string> silentBefore = [];
        foreach (NeighbourMessage entry in first.Where(IsSilent))
            silentBefore[(entry.Address, entry.Header.Index)] = entry.StateName;
        await watch.ListenAsync(Traffic.WhenOverAsync(context, cancellationToken), context.Clock, cancellationToken);
        ImmutableArray<NeighbourMessage> entries = netlink.Neighbours();
        if (context.Target.IsHere)
            watch.Note(entries);
        ImmutableArray<LinkMessage> links = netlink.Links();
        IReadOnlyDictionary<int, string> names = RouteNetlink.NamesOf(links);
        HashSet<(string, string?)> gateways = context.Target.IsHere
            ? [.. context.Evidence.All<RouteTable>().SelectMany(table => table.Routes).Where(route => route.Gateway is not null).Select(route => (Unscoped(route.Gateway!), route.Interface))]
            : [];
        TimeSpan lasted = context.Clock.GetElapsedTime(begin);
        Dictionary<string, long> queuedAfter = Discards();
        foreach (NeighbourTableMessage table in netlink.NeighbourTables().DistinctBy(table => table.Family))
        {
            string family = table.Family == IPv6 ? "ipv6" : "ipv4";
            NeighbourMessage[] own = [.. entries.Where(entry => entry.Header.Family == table.Family)];
            Dictionary<string, long> totals = new(table.Statistics);
            Dictionary<string, long> growth = before.FirstOrDefault(old => old.Family == table.Family) is { } old
                ? Growth.Of(old.Statistics, table.Statistics)
                : [];
            if (queuedAfter.TryGetValue(family, out long discards) && discards > 0)
            {
                totals["unresolved_discards"] = discards;
                if (discards > queuedBefore.GetValueOrDefault(family))
                    growth["unresolved_discards"] = discards - queuedBefore.GetValueOrDefault(family);
            }

            // The limits do not count what is there for good. Source: neigh_alloc and neigh_table_init in net/core/neighbour.c.
            int exempt = own.Count(entry => entry.Header.State.HasFlag(NeighbourStates.Permanent) || entry.IsLearnedElsewhere);
            context.Report(new NeighbourTable(family, Math.Max(0, (table.Entries ?? 0) - exempt), own.Length - exempt, lasted)
            {
                Threshold1 = table.Threshold1,
                Threshold2 = table.Threshold2,
                Threshold3 = table.Threshold3,
                Totals = totals,
                Growth = growth,
                IsLimitSettable = KernelFiles.IsFirstNamespace,
                Interfaces = own.CountBy(entry => names.GetValueOrDefault(entry.Header.Index, "?"))
                    .OrderByDescending(pair => pair.Value).Take(MostInterfaces).ToDictionary(),
                States = own.CountBy(entry => entry.StateName).ToDictionary(),
                Silent =
                [
                    .. own.Where(entry => context.Target.IsHere && IsSilent(entry))
                        .Select(entry => new SilentNeighbour(
                            entry.Address, names.GetValueOrDefault(entry.Header.Index, "?"), entry.StateName, gateways.Contains((Unscoped(entry.Address), names.GetValueOrDefault(entry.Header.Index))))
                        {
                            StateBefore = silentBefore.GetValueOrDefault((entry.Address, entry.Header.Index)),
                        })
                        .OrderByDescending(neighbour => neighbour.IsGateway)
                        .ThenByDescending(neighbour => neighbour.State is "incomplete" || neighbour.StateBefore is "incomplete")
                        .Take(MostNeighbours),
                ],
                Moved = [.. watch.Moved(table.Family == IPv6, names).Take(MostNeighbours)],
                IsListenedTo = context.Target.IsHere ? watch.Listens : null,
            });
        }

        int bridges = links.Count(link => link.Kind is "bridge");
        if (context.Target.IsHere && bridges > 0)
        {
            // A loop moves stations faster than anybody can hear: what was heard of it is enough. Silence is none if something was lost.
            MovedStation[] moved = [.. watch.MovedStations(names).Take(MostNeighbours)];
            if (moved.Length > 0 || watch.Listens)
                context.Report(new BridgeStations(bridges, moved, lasted));
            else
                context.ReportNotObserved("which stations go from one port of a bridge to another", "the kernel told more than could be heard, or refused to tell");
        }
    }

    private static bool IsSilent(NeighbourMessage entry) => entry.Header.State is NeighbourStates.Failed or NeighbourStates.Incomplete;

    private static string Unscoped(IPAddress address) => address.ToString().Split('%')[0];

    // Netlink does not tell it, and only the first network namespace has the file.
    private static Dictionary<string, long> Discards()
    {
        Dictionary<string, long> counters = [];
        foreach ((string family, string name) in new[] { ("ipv4", "arp_cache"), ("ipv6", "ndisc_cache") })
        {
            Dictionary<string, long> columns = [];
            KernelCounterReading.AddColumns(columns, "x", KernelFiles.Text("/proc/thread-self/net/stat/" + name)?.Split('\n') ?? []);
            counters[family] = columns.GetValueOrDefault("x.unresolved_discards");
        }

        return counters;
    }
}

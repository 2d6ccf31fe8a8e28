using System.Collections.Immutable;
using NetWhy.Collect.Routing;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Probes;

/// <summary>Lists the interfaces at the start, and once more at the end those that changed meanwhile.</summary>
public sealed class LinkStateProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "link.state";

    private const int MostLinks = 100; // a container host has thousands; cards come first, then those in use

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Which interfaces are there, and are they up?",
        Source: "rtnetlink(7), RTM_GETLINK",
        Question.Host);

    /// <inheritdoc/>
    public bool Applies(Target target) => true;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        using RouteNetlink netlink = RouteNetlink.Open();
        long begin = context.Clock.GetTimestamp();
        ImmutableArray<LinkMessage> before = netlink.Links();
        HashSet<int> addressed = [.. netlink.Addresses().Select(address => address.Header.Index)];
        ILookup<int, string> names = before.ToLookup(link => link.Header.Index, link => link.Name);
        HashSet<int> reported = [];
        foreach (LinkMessage link in before.OrderBy(link => link.Kind is not null).ThenByDescending(link => addressed.Contains(link.Header.Index)).Take(MostLinks))
        {
            reported.Add(link.Header.Index);
            context.Report(Observe(link, names));
        }

        await Traffic.WhenOverAsync(context, cancellationToken);
        TimeSpan lasted = context.Clock.GetElapsedTime(begin);
        HashSet<string> ways = [.. context.Evidence.All<RouteLookup>().Select(lookup => lookup.Interface).OfType<string>()];
        Dictionary<int, LinkMessage> old = [];
        foreach (LinkMessage link in before)
            old[link.Header.Index] = link;
        foreach (LinkMessage link in netlink.Links()
            .Where(link => (context.Target.IsHere || ways.Contains(link.Name)) && (old.GetValueOrDefault(link.Header.Index) is not { } then || HasChanged(then, link)))
            .OrderByDescending(link => ways.Contains(link.Name))
            .ThenBy(link => link.Kind is not null)
            .ThenByDescending(link => addressed.Contains(link.Header.Index))
            .Take(MostLinks))
        {
            // What it changed from must be known, too.
            if (old.GetValueOrDefault(link.Header.Index) is { } then && reported.Add(link.Header.Index))
                context.Report(Observe(then, names));
            context.Report(Observe(link, names) with { After = lasted });
        }
    }

    private static bool HasChanged(LinkMessage old, LinkMessage now) =>
        old.Header.Flags != now.Header.Flags
        || old.CarrierChanges != now.CarrierChanges
        || now.Statistics.Any(statistic =>
            (statistic.Key.Contains("error", StringComparison.Ordinal) || statistic.Key.Contains("drop", StringComparison.Ordinal) || statistic.Key is "collisions")
            && old.Statistics.GetValueOrDefault(statistic.Key) != statistic.Value);

    private static LinkState Observe(LinkMessage link, ILookup<int, string> names) => new(
        link.Name,
        link.Header.Flags.HasFlag(LinkFlags.Up),
        link.Header.Flags.HasFlag(LinkFlags.LowerUp),
        link.Mtu)
    {
        Index = link.Header.Index,
        OperationalState = link.OperationalState switch
        {
            1 => "notpresent",
            2 => "down",
            3 => "lowerlayerdown",
            4 => "testing",
            5 => "dormant",
            6 => "up",
            _ => "unknown",
        },
        LinkKind = link.Kind,
        Master = link.Master == 0 ? null : names[link.Master].FirstOrDefault(),
        MasterKind = link.Master == 0 ? null : link.MasterKind,
        HardwareAddress = link.HardwareAddress,
        CarrierChanges = link.CarrierChanges,
        Statistics = link.Statistics,
        IsLoopback = link.Header.Flags.HasFlag(LinkFlags.Loopback),
        Underlay = link.Underlay == 0 || link.IsUnderlayElsewhere || link.Underlay == link.Header.Index ? null : names[link.Underlay].FirstOrDefault(),
        Promiscuity = link.Promiscuity,
        QueueLength = link.QueueLength,
        PortState = link.PortState switch { 0 => "disabled", 1 => "listening", 2 => "learning", 3 => "forwarding", 4 => "blocking", _ => null },
        BondMember = link.BondMember is { } member
            ? new BondMember(member.State == 0, member.LinkStatus == 0, member.Failures, member.Aggregator)
            : null,
        Bond = link.Bond is { } bond ? new BondState(BondMode(bond.Mode), bond.Aggregator, bond.Partner) : null,
    };

    private static string BondMode(byte mode) => mode switch
    {
        0 => "balance-rr",
        1 => "active-backup",
        2 => "balance-xor",
        3 => "broadcast",
        4 => "802.3ad",
        5 => "balance-tlb",
        6 => "balance-alb",
        _ => "unknown",
    };
}

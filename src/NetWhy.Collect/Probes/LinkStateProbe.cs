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

    private const int MostLinks = 100; // a container host has thousands; those in use come first

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
        ImmutableArray<LinkMessage> before = netlink.Links();
        HashSet<int> addressed = [.. netlink.Addresses().Select(address => address.Header.Index)];
        ILookup<int, string> names = before.ToLookup(link => link.Header.Index, link => link.Name);
        foreach (LinkMessage link in before.OrderByDescending(link => addressed.Contains(link.Header.Index)).Take(MostLinks))
            context.Report(Observe(link, names));

        await Traffic.WhenOverAsync(context, cancellationToken);
        ImmutableArray<LinkMessage> after = netlink.Links();
        foreach (RouteLookup lookup in context.Evidence.All<RouteLookup>().DistinctBy(lookup => lookup.Interface))
        {
            LinkMessage? old = before.FirstOrDefault(link => link.Name == lookup.Interface);
            LinkMessage? now = after.FirstOrDefault(link => link.Name == lookup.Interface);
            if (now is not null && (old is null || HasChanged(old, now)))
                context.Report(Observe(now, names));
        }
    }

    private static bool HasChanged(LinkMessage old, LinkMessage now) =>
        old.Header.Flags != now.Header.Flags
        || old.CarrierChanges != now.CarrierChanges
        || now.Statistics.Any(statistic =>
            (statistic.Key.Contains("error", StringComparison.Ordinal) || statistic.Key.Contains("drop", StringComparison.Ordinal))
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
        HardwareAddress = link.HardwareAddress,
        CarrierChanges = link.CarrierChanges,
        Statistics = link.Statistics,
        IsLoopback = link.Header.Flags.HasFlag(LinkFlags.Loopback),
    };
}

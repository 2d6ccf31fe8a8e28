using System.Collections.Immutable;
using NetWhy.Collect.Routing;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Paths;
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
            context.Report(link.ToState(names));
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
                context.Report(then.ToState(names));
            context.Report(link.ToState(names) with { After = lasted });
        }
    }

    private static bool HasChanged(LinkMessage old, LinkMessage now) =>
        old.Header.Flags != now.Header.Flags
        || old.CarrierChanges != now.CarrierChanges
        || now.Statistics.Any(statistic =>
            (statistic.Key.Contains("error", StringComparison.Ordinal) || statistic.Key.Contains("drop", StringComparison.Ordinal) || statistic.Key is "collisions")
            && old.Statistics.GetValueOrDefault(statistic.Key) != statistic.Value);
}

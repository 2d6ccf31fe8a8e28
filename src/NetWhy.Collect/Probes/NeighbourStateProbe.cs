using System.Net;
using System.Net.Sockets;
using NetWhy.Collect.Routing;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Probes;

/// <summary>Reads what the neighbour table has for each next hop, at the start and after the traffic.</summary>
public sealed class NeighbourStateProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "neighbour.state";

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    // Three requests, one second apart, and then the entry has failed (mcast_solicit, retrans_time_ms).
    private static readonly TimeSpan LongestWatch = TimeSpan.FromSeconds(3.4);

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Does the next hop answer ARP or neighbour discovery?",
        Source: "rtnetlink(7), RTM_GETNEIGH; RFC 4861, section 7.3.2",
        Question.Host);

    /// <inheritdoc/>
    public bool Applies(Target target) => true;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        Task over = Traffic.WhenOverAsync(context, cancellationToken);
        HashSet<string> lookups = [];
        HashSet<(IPAddress, int)> hops = [];
        List<Task> watches = [];
        while (await context.Evidence.FirstAsync<RouteLookup>(
            lookup => !lookups.Contains(lookup.Id), [RouteLookupProbe.Id], cancellationToken) is { } lookup)
        {
            lookups.Add(lookup.Id);
            if (NextHop.Of(lookup) is { } hop && hops.Add((hop.Address, hop.Index)))
                watches.Add(WatchAsync(context, hop, over, cancellationToken));
        }

        await Task.WhenAll(watches);
    }

    private static async Task WatchAsync(
        ProbeContext context, NextHop hop, Task over, CancellationToken cancellationToken)
    {
        using RouteNetlink netlink = RouteNetlink.Open();
        NeighbourState before = context.Report(Observe(netlink, hop));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LongestWatch);
        NeighbourState now = before;
        while (!over.IsCompleted && !limit.IsCancellationRequested
            && !(now.State is "failed" && before.State is not "failed"))
        {
            await Task.WhenAny(over, Task.Delay(Interval, context.Clock, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
            now = Observe(netlink, hop);
        }

        context.Report(Observe(netlink, hop) with { IsAfterTraffic = true });
    }

    private static NeighbourState Observe(RouteNetlink netlink, NextHop hop)
    {
        NeighbourMessage? entry = netlink.Neighbour(hop.Address, hop.Index);
        return new NeighbourState(hop.Address, hop.Interface, entry?.StateName ?? "absent", hop.IsGateway)
        {
            HardwareAddress = entry?.HardwareAddress,
            IsRouter = hop.Address.AddressFamily is AddressFamily.InterNetworkV6 ? entry?.IsRouter : null,
        };
    }
}

using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using NetWhy.Collect.Routing;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Probes;

/// <summary>
/// Where the target does not answer: asks the link who has the next hop's address, and whether other machines that
/// could be the gateway, or the target itself, are there.
/// </summary>
/// <remarks>
/// An answer makes the kernel update the entry that it has. So that asking does not cure what is to be found, the owner
/// of an entry that is in use is asked for only when the attempt is over.
/// </remarks>
public sealed class AddressResolutionProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "neighbour.resolution";

    private const int MostCandidates = 12; // broadcasts are everybody's burden
    private const int MostNeighbours = 2;

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Who on the link answers for the next hop, and who else is there?",
        Source: "RFC 826; RFC 4861, section 7.2",
        Question.Host)
    {
        SendsPackets = true,
    };

    /// <inheritdoc/>
    public bool Applies(Target target) => true;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        var asked = new Asked(context);
        HashSet<string> lookups = [];
        List<Task> followUps = [];
        while (await context.Evidence.FirstAsync<RouteLookup>(
            lookup => !lookups.Contains(lookup.Id), [RouteLookupProbe.Id], cancellationToken) is { } lookup)
        {
            lookups.Add(lookup.Id);
            if (lookup.Purpose is not "gateway" || context.Target.Kind is TargetKind.ThisMachine)
                followUps.Add(FollowAsync(context, lookup, asked, cancellationToken));
        }

        await Task.WhenAll(followUps);
        if (asked.IsForbidden)
            context.ReportNotObserved("who answers ARP and neighbour discovery", "needs CAP_NET_RAW");
    }

    private static async Task FollowAsync(
        ProbeContext context, RouteLookup lookup, Asked asked, CancellationToken cancellationToken)
    {
        // An address of this machine reaches nobody else, whoever has it out there: that is worth knowing at once.
        if (lookup.RouteType is not "local" && !await Trouble.ComesAsync(context, lookup.Destination, cancellationToken))
            return;
        if (IPAddress.IsLoopback(lookup.Destination))
            return;

        using RouteNetlink netlink = RouteNetlink.Open();
        ImmutableArray<EthernetLink> links = EthernetLink.All(netlink);
        NextHop? hop = NextHop.Of(lookup);
        EthernetLink? outgoing = links.FirstOrDefault(link => link.Index == hop?.Index);
        List<Task> questions = [];
        foreach ((EthernetLink link, IPAddress address) in Candidates(netlink, links, lookup.Destination))
        {
            if (link.Index != hop?.Index || !address.Equals(hop.Address))
                questions.Add(asked.AskAsync(link, address, isOnPath: false, cancellationToken));
        }

        if (hop is not null && outgoing is not null)
            questions.Add(AskNextHopAsync(context, lookup.Destination, hop, outgoing, asked, cancellationToken));
        await Task.WhenAll(questions);
    }

    private static async Task AskNextHopAsync(
        ProbeContext context,
        IPAddress destination,
        NextHop hop,
        EthernetLink link,
        Asked asked,
        CancellationToken cancellationToken)
    {
        NeighbourStates state;
        using (RouteNetlink netlink = RouteNetlink.Open())
            state = netlink.Neighbour(hop.Address, hop.Index)?.Header.State ?? NeighbourStates.None;
        bool mayBeCured = (state & (NeighbourStates.Reachable | NeighbourStates.Stale | NeighbourStates.Delay | NeighbourStates.Probe)) != 0;
        if (!mayBeCured || await Trouble.LastsAsync(context, destination, cancellationToken))
            await asked.AskAsync(link, hop.Address, isOnPath: true, cancellationToken);
    }

    private static IEnumerable<(EthernetLink Link, IPAddress Address)> Candidates(
        RouteNetlink netlink, ImmutableArray<EthernetLink> links, IPAddress destination)
    {
        bool isV6 = destination.AddressFamily is AddressFamily.InterNetworkV6;
        HashSet<IPAddress> own = [.. links.SelectMany(link => link.Addresses).Select(address => address.Address)];
        ImmutableArray<RouteMessage> routes = netlink.Routes();
        ImmutableArray<NeighbourMessage> neighbours = netlink.Neighbours();
        return links.SelectMany(link =>
                routes.Where(route => route.InterfaceIndex == link.Index)
                    .Select(route => route.Gateway)
                    .Concat(neighbours.Where(entry => entry.Header.Index == link.Index && entry.IsRouter).Select(entry => entry.Address))
                    .Concat(isV6 ? [] : link.UsualGateways())
                    .Append(link.SourceFor(destination) is null || destination.IsIPv6LinkLocal ? null : destination)
                    .Concat(neighbours
                        .Where(entry => entry.Header.Index == link.Index && entry.HardwareAddress is not null
                            && (entry.Header.State & (NeighbourStates.Failed | NeighbourStates.Permanent | NeighbourStates.NoArp)) == 0)
                        .Select(entry => entry.Address)
                        .Where(address => address.AddressFamily == destination.AddressFamily)
                        .Take(MostNeighbours))
                    .OfType<IPAddress>()
                    .Where(address => (address.AddressFamily is AddressFamily.InterNetworkV6) == isV6)
                    .Where(address => !own.Contains(address) || address.Equals(destination))
                    .Distinct()
                    .Select(address => (link, address)))
            .Take(MostCandidates);
    }

    /// <summary>Who was asked already: several destinations share their next hop.</summary>
    private sealed class Asked(ProbeContext context)
    {
        private readonly HashSet<(int, IPAddress)> _asked = [];

        public bool IsForbidden { get; private set; }

        public async Task AskAsync(
            EthernetLink link, IPAddress address, bool isOnPath, CancellationToken cancellationToken)
        {
            lock (_asked)
            {
                if (!_asked.Add((link.Index, address)))
                    return;
            }

            if (await NeighbourAsker.AskAsync(link, address, isOnPath, cancellationToken) is { } resolution)
                context.Report(resolution);
            else
                IsForbidden = true;
        }
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using NetWhy.Collect.Routing;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire;
using NetWhy.Wire.Link;

namespace NetWhy.Collect.Probes;

/// <summary>
/// Where the target does not answer: hands an echo request and a SYN to every machine on the link that could have been
/// the next hop, and sees by which of them the target answers.
/// </summary>
public sealed class NextHopTrialProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "route.next-hop-trial";

    private const int MostTrials = 16;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan PatienceForRouter = TimeSpan.FromMilliseconds(250); // it is on the link

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Would the target answer by another next hop or from another source address?",
        Source: "packet(7)",
        Question.Host)
    {
        SendsPackets = true,
    };

    /// <inheritdoc/>
    public bool Applies(Target target) => target.Host is not null || target.Kind is TargetKind.ThisMachine;

    /// <inheritdoc/>
    public Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        var tried = new Tried(context);
        return Task.WhenAll(
            TryKernelsChoicesAsync(context, tried, cancellationToken),
            TryResolvedAsync(context, tried, cancellationToken));
    }

    /// <summary>Tries what the kernel does, and the same from other sources, as soon as there is trouble.</summary>
    private static async Task TryKernelsChoicesAsync(ProbeContext context, Tried tried, CancellationToken cancellationToken)
    {
        HashSet<string> lookups = [];
        List<Task> trials = [];
        while (await context.Evidence.FirstAsync<RouteLookup>(
            lookup => !lookups.Contains(lookup.Id), [RouteLookupProbe.Id], cancellationToken) is { } lookup)
        {
            lookups.Add(lookup.Id);
            if (IsAsked(lookup))
                trials.Add(TryKernelsChoiceAsync(context, lookup, tried, cancellationToken));
        }

        await Task.WhenAll(trials);
    }

    private static async Task TryKernelsChoiceAsync(
        ProbeContext context, RouteLookup lookup, Tried tried, CancellationToken cancellationToken)
    {
        if (!await Trouble.ComesAsync(context, lookup.Destination, cancellationToken) || NextHop.Of(lookup) is not { } hop)
            return;

        string? owner;
        using (RouteNetlink netlink = RouteNetlink.Open())
            owner = netlink.Neighbour(hop.Address, hop.Index)?.HardwareAddress;
        if (owner is not null)
            await Task.WhenAll(Trials(lookup, hop.Address, hop.Interface, [owner]).Select(trial => tried.TryAsync(trial, cancellationToken)));
    }

    /// <summary>Tries everybody who answered for an address on the link.</summary>
    private static async Task TryResolvedAsync(ProbeContext context, Tried tried, CancellationToken cancellationToken)
    {
        HashSet<string> resolutions = [];
        List<Task> trials = [];
        while (await context.Evidence.FirstAsync<AddressResolution>(
            resolution => !resolutions.Contains(resolution.Id), [AddressResolutionProbe.Id], cancellationToken) is { } resolution)
        {
            resolutions.Add(resolution.Id);
            foreach (RouteLookup lookup in Troubled(context))
            {
                trials.AddRange(Trials(lookup, resolution.Address, resolution.Interface, resolution.HardwareAddresses)
                    .Select(trial => tried.TryAsync(trial, cancellationToken)));
            }
        }

        await Task.WhenAll(trials);
    }

    private static bool IsAsked(RouteLookup lookup) =>
        lookup is { Purpose: not "gateway", Mark: 0 } && !IPAddress.IsLoopback(lookup.Destination);

    /// <summary>The destinations that gave trouble: those that somebody's address was asked for.</summary>
    private static IEnumerable<RouteLookup> Troubled(ProbeContext context) => context.Evidence.All<RouteLookup>()
        .Where(IsAsked)
        .DistinctBy(lookup => lookup.Destination)
        .Where(lookup => lookup.RouteType is "local"
            || context.Evidence.All<Observation>().Any(observation => Trouble.IsSign(observation, context.Target, lookup.Destination)));

    private static IEnumerable<Trial> Trials(
        RouteLookup lookup, IPAddress nextHop, string device, IReadOnlyList<string> owners)
    {
        if (lookup.Destination.AddressFamily != nextHop.AddressFamily)
            yield break;

        using RouteNetlink netlink = RouteNetlink.Open();
        EthernetLink? link = EthernetLink.All(netlink).FirstOrDefault(link => link.Name == device);
        if (link is null)
            yield break;

        NextHop? hop = NextHop.Of(lookup);
        string? kernels = hop is null ? null : netlink.Neighbour(hop.Address, hop.Index)?.HardwareAddress;
        foreach (string owner in owners)
        {
            bool isSameWay = hop?.Index == link.Index && owner == kernels;
            foreach (IPAddress source in Sources(link, lookup, nextHop))
            {
                yield return new Trial(lookup.Destination, PortOf(lookup), nextHop, link, owner, source)
                {
                    IsKernelsChoice = isSameWay && source.Equals(lookup.Source),
                    IsOnlyOtherSource = isSameWay && !source.Equals(lookup.Source),
                };
            }
        }
    }

    /// <summary>The address that fits the next hop, and the one that the kernel would take.</summary>
    private static IEnumerable<IPAddress> Sources(EthernetLink link, RouteLookup lookup, IPAddress nextHop)
    {
        IPAddress? fitting = link.Addresses
            .Select(own => own.Address)
            .Where(own => own.AddressFamily == lookup.Destination.AddressFamily
                && own.IsIPv6LinkLocal == lookup.Destination.IsIPv6LinkLocal)
            .OrderByDescending(own => own.Equals(link.SourceFor(nextHop)))
            .FirstOrDefault(own => !own.Equals(lookup.Destination));
        return new[] { fitting, lookup.Source is { } source && !source.Equals(lookup.Destination) ? source : null }
            .OfType<IPAddress>()
            .Distinct();
    }

    private static int PortOf(RouteLookup lookup) => lookup.Purpose is "resolver" ? 53 : 0;

    private static async Task TryAsync(ProbeContext context, Trial trial, CancellationToken cancellationToken)
    {
        EtherType type = trial.Destination.AddressFamily is AddressFamily.InterNetworkV6 ? EtherType.Ipv6 : EtherType.Ipv4;
        if (FrameSocket.Open(trial.Link.Index, type, receivesEverywhere: true, out FrameSocket? opened) is not Errno.OK)
            return; // the probe that asked for the addresses said so already
        using FrameSocket socket = opened!;

        // Below the ephemeral ports: no socket of ours. The next number is the one of the packet that goes one hop.
        ushort identifier = (ushort)Random.Shared.Next(1024, 30000);
        bool isV6 = type is EtherType.Ipv6;
        long begin = Stopwatch.GetTimestamp();
        Send(socket, trial, trial.Port != 0 ? trial.Port : context.Target.Port ?? 0, identifier);
        bool answered = false;
        bool provesRouter = false;
        int arrivedBy = 0;
        TimeSpan patience = trial.IsKernelsChoice ? PatienceForRouter : Patience;
        byte[] buffer = new byte[128];
        while (!answered && Stopwatch.GetElapsedTime(begin) is var now && now < patience)
        {
            if (await socket.WaitAsync(patience - now, cancellationToken) is PollEvents.None)
                break;
            while (!answered && socket.Receive(buffer, out int length, out arrivedBy) is Errno.OK)
            {
                ReadOnlySpan<byte> packet = buffer.AsSpan(0, length);
                answered = CraftedPacket.IsAnswer(packet, trial.Destination, identifier);
                provesRouter |= CraftedPacket.IsRoutersError(packet, isV6, (ushort)(identifier + 1));
            }
        }

        context.Report(new NextHopTrial(
            trial.Destination,
            trial.NextHop,
            trial.Link.Name,
            trial.HardwareAddress,
            trial.Source,
            answered,
            Stopwatch.GetElapsedTime(begin))
        {
            IsOnlyOtherSource = trial.IsOnlyOtherSource,
            IsKernelsChoice = trial.IsKernelsChoice,
            ProvesRouter = provesRouter,
            AnsweredBy = answered ? InterfaceIndex.NameOf(arrivedBy) : null,
        });
    }

    private static void Send(FrameSocket socket, Trial trial, int port, ushort identifier)
    {
        byte[] hardwareAddress = FrameSocket.ParseHardwareAddress(trial.HardwareAddress)!;
        Span<byte> packet = stackalloc byte[CraftedPacket.MaxSize];
        int size = CraftedPacket.WriteEchoRequest(packet, trial.Source, trial.Destination, identifier);
        _ = socket.Send(packet[..size], hardwareAddress); // what does not leave is not answered
        foreach (IPAddress elsewhere in new[] { trial.Destination, Elsewhere(trial.Destination) })
        {
            size = CraftedPacket.WriteEchoRequest(packet, trial.Source, elsewhere, (ushort)(identifier + 1), hopLimit: 1);
            _ = socket.Send(packet[..size], hardwareAddress);
        }

        if (port == 0)
            return;

        size = CraftedPacket.WriteSyn(packet, trial.Source, trial.Destination, identifier, (ushort)port);
        _ = socket.Send(packet[..size], hardwareAddress);
    }

    /// <summary>An address that nobody has: a router that discards the target's packets still answers for it. RFC 5737, RFC 3849.</summary>
    private static IPAddress Elsewhere(IPAddress destination) =>
        IPAddress.Parse(destination.AddressFamily is AddressFamily.InterNetworkV6 ? "2001:db8::1" : "192.0.2.1");

    /// <summary>What was tried already: several questions lead to the same trial.</summary>
    private sealed class Tried(ProbeContext context)
    {
        private readonly HashSet<(IPAddress, string, string, IPAddress)> _tried = [];

        public Task TryAsync(Trial trial, CancellationToken cancellationToken)
        {
            lock (_tried)
            {
                if (_tried.Count >= MostTrials
                    || !_tried.Add((trial.Destination, trial.Link.Name, trial.HardwareAddress, trial.Source)))
                {
                    return Task.CompletedTask;
                }
            }

            return NextHopTrialProbe.TryAsync(context, trial, cancellationToken);
        }
    }

    private sealed record Trial(
        IPAddress Destination,
        int Port,
        IPAddress NextHop,
        EthernetLink Link,
        string HardwareAddress,
        IPAddress Source)
    {
        /// <summary>Whether the kernel does the same.</summary>
        public bool IsKernelsChoice { get; init; }

        /// <summary>Whether the kernel does the same from another source.</summary>
        public bool IsOnlyOtherSource { get; init; }
    }
}

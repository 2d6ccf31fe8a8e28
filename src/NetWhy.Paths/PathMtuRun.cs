using System.Net;
using System.Net.Sockets;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Paths;

/// <summary>What is asked of the sizes that a path takes.</summary>
/// <param name="Address">Where the path leads.</param>
public sealed record PathMtuQuestion(IPAddress Address)
{
    /// <summary>The target as it was typed.</summary>
    public string Input { get; init; } = "";

    /// <summary>Its name or address, as a client would call it; without control characters.</summary>
    public string Host { get; init; } = "";

    /// <summary>TCP port to try; null for none.</summary>
    public int? Port { get; init; }

    /// <summary>Whether it speaks TLS there.</summary>
    public bool IsTls { get; init; }

    /// <summary>What to ask for by HTTP, as a request names it; null for a service that is none of HTTP, where a TLS handshake has to do.</summary>
    public string? Resource { get; init; } = "/";
}

/// <summary>Tries which sizes a path takes, by echo, datagrams and segments at once.</summary>
public static class PathMtuRun
{
    private const int MostAgain = 3;

    private static readonly TimeSpan ErrorInterval = TimeSpan.FromSeconds(1.05); // net.ipv4.icmp_ratelimit is 1 s

    /// <summary>Tries them.</summary>
    /// <param name="question">What is asked.</param>
    /// <param name="version">Version of netwhy, for the record.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>
    /// What was observed; only the route where that leads nowhere, or to this machine; also the interface where that is down; only the way before and after, two routes, where
    /// that changed meanwhile, since what was lost then was not lost by its size.
    /// </returns>
    /// <exception cref="LinuxException">The kernel refused to be asked for routes.</exception>
    public static async Task<IReadOnlyList<Observation>> RunAsync(PathMtuQuestion question, string version, CancellationToken cancellationToken)
    {
        (RouteLookup route, LinkState? link) = Way(question);
        if (route.Errno is not null || route.RouteType is "local" || link is null or { IsLoopback: true })
            return [Started(question, version, isOpen: false), route];
        if (!link.IsUp || !link.HasCarrier)
            return [Started(question, version, isOpen: false), route, link];

        // First of all, and alone: once a router has told this machine of a narrow link, the kernel asks for segments that fit it, and a
        // way back that swallows larger ones, which clients then meet, looks whole.
        SegmentRun.Service? service = question.Port is { } port ? new SegmentRun.Service(question.Address, port, question.IsTls, question.Host) { Resource = question.Resource } : null;
        IReadOnlyList<Observation> answers = service is null ? [] : await OfAnswersAsync(service, cancellationToken);
        bool isOpen = answers.Any(observation => observation is ConnectAttempt { Outcome: ConnectOutcome.Connected });

        int ceiling = Math.Min(link.Mtu, 65_535);
        Task<(SizedPacketSeries? Series, EchoSeries? Echo, Errno Refusal)> echo =
            PathMtuSearch.ByEchoAsync(question.Address, ceiling, "target", locate: true, cancellationToken);
        Task<SizedPacketSeries?> series = SeriesAsync();
        Task<SizedPacketSeries?> datagrams = PathMtuSearch.ByDatagramAsync(question.Address, ceiling, series, cancellationToken);
        Task<IReadOnlyList<SizedPacketSeries>> fragments = FragmentsAsync();
        Task<IReadOnlyList<Observation>> neighbour = OfNeighbourAsync(route, ceiling, series, cancellationToken);
        Task<IReadOnlyList<UploadTrial>> uploads = isOpen ? SegmentRun.UploadAsync(service!, BoundsAsync(), cancellationToken) : Task.FromResult<IReadOnlyList<UploadTrial>>([]);
        Task<PathTrace?> loop = OfLoopAsync(question.Address, echo, cancellationToken);
        await Task.WhenAll(echo, datagrams, fragments, neighbour, uploads, loop);
        (RouteLookup routeAfter, LinkState? linkAfter) = Way(question);
        if (linkAfter is null || linkAfter.Name != link.Name || !linkAfter.IsUp || !linkAfter.HasCarrier || linkAfter.CarrierChanges != link.CarrierChanges)
            return [Started(question, version, isOpen: false), route, link, routeAfter, .. linkAfter is null ? (Observation[])[] : [linkAfter]];

        return
        [
            Started(question, version, isOpen),
            route,
            link,
            .. (await echo).Echo is { } small && (small.Received > 0 || small.Errors.Count > 0 || isOpen) ? (Observation[])[WithoutTimes(small)] : [], // silence alone shows nothing
            .. await series is { } sizes ? (Observation[])[sizes] : [NotAllowed((await echo).Refusal)],
            .. await datagrams is { } forward ? (Observation[])[forward] : [],
            .. await fragments,
            .. await neighbour,
            .. answers,
            .. await uploads,
            .. await loop is { } trace ? (Observation[])[trace] : [],
        ];

        async Task<(int Passed, int Lost)?> BoundsAsync() => (await series)?.Bounds();

        async Task<SizedPacketSeries?> SeriesAsync() => (await echo).Series;

        async Task<IReadOnlyList<SizedPacketSeries>> FragmentsAsync() =>
            await series is { } found ? await PathMtuSearch.FragmentsAsync(question.Address, found, cancellationToken) : [];
    }

    private static InvestigationStarted Started(PathMtuQuestion question, string version, bool isOpen) => new(
        version, question.Input, isOpen ? TargetKind.HostPort : TargetKind.Host, Scheme: null, question.Host, isOpen ? question.Port : null);

    // The first packets of a process are about sizes: how long they took tells nothing of the way.
    private static EchoSeries WithoutTimes(EchoSeries echo) => echo with { MinRoundTrip = null, MedianRoundTrip = null, MaxRoundTrip = null };

    private static NotObserved NotAllowed(Errno errno) => new("path.mtu", $"no echo socket: {errno}");

    private static (RouteLookup Route, LinkState? Link) Way(PathMtuQuestion question)
    {
        using RouteNetlink netlink = RouteNetlink.Open();
        RouteLookup route = netlink.Ask(
            question.Address, "target", new RouteSelector(InterfaceIndex: (int)(question.Address.AddressFamily is AddressFamily.InterNetworkV6 ? question.Address.ScopeId : 0)));
        var links = netlink.Links();
        ILookup<int, string> names = links.ToLookup(link => link.Header.Index, link => link.Name);
        LinkMessage? found = links.FirstOrDefault(link => link.Name == route.Interface);
        return (route, found?.ToState(names));
    }

    private static async Task<IReadOnlyList<Observation>> OfNeighbourAsync(
        RouteLookup route, int ceiling, Task<SizedPacketSeries?> series, CancellationToken cancellationToken) =>
        route.Gateway is { } gateway
        && await series is { } sizes && sizes.Trials.Any(trial => trial.Size == ceiling && trial.Answered == 0)
        && await PathMtuSearch.OfNeighbourAsync(gateway, ceiling, cancellationToken) is { } neighbour
            ? [neighbour]
            : [];

    // Packets whose hop limit runs out circle between routers: a trace names them.
    private static async Task<PathTrace?> OfLoopAsync(
        IPAddress address, Task<(SizedPacketSeries? Series, EchoSeries? Echo, Errno Refusal)> echo, CancellationToken cancellationToken)
    {
        if ((await echo).Echo?.Errors.Any(error => error.Meaning is IcmpMeaning.HopLimitExceeded) is not true
            || ProbeChannel.Open(new ProbeOptions(ProbeProtocol.Icmp, address), out ProbeChannel? channel) is not Errno.OK || channel is null)
        {
            return null;
        }

        using (channel)
        {
            PathTrace trace = await TraceAsync();
            for (int again = 0; again < MostAgain && !ShowsCircle(trace); again++)
            {
                await Task.Delay(ErrorInterval, cancellationToken);
                trace = Fill(trace, await TraceAsync());
            }

            return trace;

            Task<PathTrace> TraceAsync() => new PathTracer(channel, new TraceOptions { Queries = 1, Repeats = 0 }).RunAsync(tell: null, cancellationToken);
        }
    }

    // The routers of a circle answer with an error a second when their first few are spent: on what circled before the trace.
    private static bool ShowsCircle(PathTrace trace)
    {
        HashSet<IPAddress> met = [];
        foreach (Hop hop in trace.Hops)
        {
            if (hop.Node is null)
                return false;
            if (!met.Add(hop.Node))
                return true;
        }

        return trace.Reached;
    }

    private static PathTrace Fill(PathTrace trace, PathTrace later) => trace with
    {
        Hops = [.. trace.Hops.Select(hop => hop.Node is null && later.Hops.FirstOrDefault(other => other.Ttl == hop.Ttl) is { Node: not null } answered ? answered : hop)],
    };

    private static async Task<IReadOnlyList<Observation>> OfAnswersAsync(SegmentRun.Service service, CancellationToken cancellationToken)
    {
        ConnectAttempt attempt;
        using (TcpConnection connection = await TcpConnector.ConnectAsync(service.Address, service.Port, new ConnectOptions(), cancellationToken))
        {
            attempt = connection.Attempt;
            connection.Socket?.AbortOnClose();
        }

        return attempt.Outcome is ConnectOutcome.Connected
            ? [attempt, .. await AnswerRun.AskAsync(service, attempt.AdvertisedMss ?? attempt.SendMss ?? SegmentRun.SafeSegment, cancellationToken)]
            : [attempt with { Purpose = "control" }]; // sizes are asked about, not the service
    }
}

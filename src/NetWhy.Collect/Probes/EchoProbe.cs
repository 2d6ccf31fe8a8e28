using System.Net;
using NetWhy.Collect.Routing;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Paths;

namespace NetWhy.Collect.Probes;

/// <summary>Asks each address of the target for echo, and its gateway and resolvers where the target is silent.</summary>
public sealed class EchoProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "echo";

    // 30 requests see a loss of 10 % with 96 % certainty and cost a healthy target 120 ms.
    private const int FirstCount = 30;
    private const int MoreCount = 150;
    private const int ControlCount = 4;
    private const int MostAddresses = 8;
    private const int RouterCount = 60;
    private const int MostRouters = 6;
    private const int FewEarly = 20; // segments
    private const double ShareEarly = 0.01; // of segments

    private static readonly TimeSpan FirstInterval = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan MoreInterval = TimeSpan.FromMilliseconds(10); // FreeBSD answers 200 a second
    private static readonly TimeSpan SlowAnswer = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan LongestTrace = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Does the host answer echo, how fast, and how often not?",
        Source: "RFC 792 and RFC 4443, Echo",
        Question.Host)
    {
        SendsPackets = true,
    };

    /// <inheritdoc/>
    public bool Applies(Target target) => target.Kind is not (TargetKind.LocalPort or TargetKind.Process);

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        List<Task> runs = [];
        await foreach (Destination destination in Destination.StreamAsync(context, cancellationToken))
        {
            bool isTarget = destination.Purpose is Destination.Target
                || (context.Target.Kind is TargetKind.ThisMachine && destination.Purpose is "gateway");
            if (isTarget && runs.Count < MostAddresses)
                runs.Add(AskTargetAsync(context, destination, cancellationToken));
            else if (destination.Purpose is "resolver" or "proxy" && runs.Count < 2 * MostAddresses)
                runs.Add(AskControlWhenNeededAsync(context, destination, cancellationToken));
        }

        await Task.WhenAll(runs);
    }

    private static async Task AskTargetAsync(
        ProbeContext context, Destination destination, CancellationToken cancellationToken)
    {
        IPAddress address = destination.Address;
        if (await SendAsync(context, address, destination.Purpose, FirstCount, FirstInterval, cancellationToken) is not { } first)
            return;

        if (first.Received == 0)
        {
            await AskGatewayAsync(context, address, cancellationToken);
            return;
        }

        if (first.Received < first.Sent)
        {
            await Task.WhenAll(
                SendAsync(context, address, destination.Purpose, MoreCount, MoreInterval, cancellationToken),
                AskRoutersAsync(context, address, cancellationToken));
            return;
        }

        if (await context.Evidence.FirstAsync<Observation>(
                observation => IsSignOfLoss(observation, address), ["exchange"], cancellationToken) is null)
        {
            return;
        }

        if (await SendAsync(context, address, destination.Purpose, MoreCount, MoreInterval, cancellationToken) is { } more
            && more.Received < more.Sent)
        {
            await AskRoutersAsync(context, address, cancellationToken);
        }
    }

    // Which routers lose as much as the target tells where the loss begins: their echo replies are not rate-limited as
    // their errors are.
    private static async Task AskRoutersAsync(ProbeContext context, IPAddress address, CancellationToken cancellationToken)
    {
        RouteLookup? route = await context.Evidence.FirstAsync<RouteLookup>(
            lookup => lookup.Destination.Equals(address) && lookup.Mark == 0, [RouteLookupProbe.Id], cancellationToken);
        IPAddress[] routers =
        [
            .. (await TraceAsync(context, address, cancellationToken)).Hops
                .Select(hop => hop.Node).Prepend(route?.Gateway).OfType<IPAddress>()
                .Where(node => !node.Equals(address)).Distinct().Take(MostRouters),
        ];
        await Task.WhenAll(routers.Select(router => SendAsync(
            context, router, router.Equals(route?.Gateway) ? "gateway" : "control", RouterCount, MoreInterval, cancellationToken)));
    }

    private static async Task<PathTrace> TraceAsync(
        ProbeContext context, IPAddress address, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LongestTrace);
        try
        {
            return await context.Evidence.FirstAsync<PathTrace>(
                trace => trace.Destination.Equals(address) && trace.Protocol is "icmp", [HopsProbe.Id], limit.Token)
                ?? new PathTrace(address, "icmp", 0, [], Reached: false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new PathTrace(address, "icmp", 0, [], Reached: false); // the gateway must do
        }
    }

    private static bool IsSignOfLoss(Observation observation, IPAddress address) => observation switch
    {
        ConnectAttempt { SynRetransmits: > 0, Outcome: ConnectOutcome.Connected } attempt => attempt.Address.Equals(address),
        TcpInfoSample { TotalRetransmits: > 0 } sample => sample.Address.Equals(address),
        // What the peer sends again is not seen from here; what it sent meanwhile came early.
        TcpInfoSample { OutOfOrderIn: >= FewEarly } sample => sample.Address.Equals(address) && sample.OutOfOrderIn >= ShareEarly * sample.DataSegmentsIn,
        _ => false,
    };

    private static async Task AskGatewayAsync(ProbeContext context, IPAddress address, CancellationToken cancellationToken)
    {
        RouteLookup? route = await context.Evidence.FirstAsync<RouteLookup>(
            lookup => lookup.Destination.Equals(address) && lookup.Mark == 0, [RouteLookupProbe.Id], cancellationToken);
        if (route?.Gateway is { } gateway && context.Evidence.All<EchoSeries>().All(echo => !echo.Address.Equals(gateway)))
            await SendAsync(context, gateway, "gateway", ControlCount, MoreInterval, cancellationToken);
    }

    // A resolver or proxy that works needs no echo; of a slow resolver it tells whether it is only far.
    private static async Task AskControlWhenNeededAsync(
        ProbeContext context, Destination destination, CancellationToken cancellationToken)
    {
        bool hasFailed = destination.Purpose is "resolver"
            ? await context.Evidence.FirstAsync<DnsExchange>(
                exchange => exchange.Server.Equals(destination.Address)
                    && (exchange.Outcome is not DnsOutcome.Answered || exchange.ResponseTime >= SlowAnswer),
                [NameResolutionProbe.Id],
                cancellationToken) is not null
            : await context.Evidence.FirstAsync<ConnectAttempt>(
                attempt => attempt.Purpose is "proxy" && attempt.Outcome is not ConnectOutcome.Connected,
                ["exchange"],
                cancellationToken) is not null;
        if (hasFailed && context.Evidence.All<EchoSeries>().All(echo => !echo.Address.Equals(destination.Address)))
            await SendAsync(context, destination.Address, destination.Purpose, ControlCount, MoreInterval, cancellationToken);
    }

    private static async Task<EchoSeries?> SendAsync(
        ProbeContext context,
        IPAddress address,
        string purpose,
        int count,
        TimeSpan interval,
        CancellationToken cancellationToken)
    {
        (EchoSeries? series, Errno refusal) =
            await EchoRun.RunAsync(address, purpose, count, interval, context.Clock, cancellationToken);
        if (series is null)
        {
            string reason = refusal is Errno.EPERM or Errno.EACCES
                ? "needs CAP_NET_RAW (root) or a group within net.ipv4.ping_group_range"
                : $"echo socket: {refusal}";
            context.Report(new NotObserved($"whether {address} answers echo", reason) { Address = purpose is Destination.Target ? address : null });
            return null;
        }

        return context.Report(series);
    }
}

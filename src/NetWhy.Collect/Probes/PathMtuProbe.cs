using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Paths;

namespace NetWhy.Collect.Probes;

/// <summary>
/// Sends echo requests of several sizes that may not be fragmented: whether large ones arrive, and if not, up to which
/// size they do and whether a router says why.
/// </summary>
public sealed class PathMtuProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "path.mtu";

    private const int Small = 576; // every host takes it: RFC 791, section 3.1
    private const int Largest = 9216; // no link in use is larger; loopback needs no test
    private const int Pairs = 3;
    private const int MostAddresses = 2;

    // Link and tunnel MTUs in use: path-MTU failures end at one of these.
    private static readonly int[] Plateaus =
        [8000, 4352, 1500, 1492, 1480, 1476, 1468, 1454, 1450, 1440, 1430, 1420, 1412, 1400, 1380, 1360, 1350, 1340, 1320, 1300, 1280, 1200, 1006];

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(3);
    private static readonly TimeSpan LeastWait = TimeSpan.FromMilliseconds(150);

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Do large packets pass, and if not, who says so?",
        Source: "RFC 1191; RFC 8201; RFC 8899",
        Question.Connection)
    {
        SendsPackets = true,
    };

    /// <inheritdoc/>
    public bool Applies(Target target) => target.Host is not null || target.Kind is TargetKind.ThisMachine;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        string purpose = context.Target.Kind is TargetKind.ThisMachine ? "gateway" : "target";
        HashSet<IPAddress> tried = [];
        List<Task> runs = [];
        while (tried.Count < MostAddresses
            && await context.Evidence.FirstAsync<EchoSeries>(
                echo => echo.Purpose == purpose && echo.Received > 0 && !tried.Contains(echo.Address),
                [EchoProbe.Id],
                cancellationToken) is { } echo)
        {
            tried.Add(echo.Address);
            runs.Add(ProbeAsync(context, echo, cancellationToken));
        }

        await Task.WhenAll(runs);
    }

    private static async Task ProbeAsync(ProbeContext context, EchoSeries echo, CancellationToken cancellationToken)
    {
        RouteLookup? route = await context.Evidence.FirstAsync<RouteLookup>(
            lookup => lookup.Destination.Equals(echo.Address) && lookup.Mark == 0, [RouteLookupProbe.Id], cancellationToken);
        LinkState? link = route?.Interface is null
            ? null
            : await context.Evidence.FirstAsync<LinkState>(
                state => state.Name == route.Interface, [LinkStateProbe.Id], cancellationToken);
        if (link is null or { IsLoopback: true } or { Mtu: <= Small })
            return;

        int large = Math.Min(link.Mtu, Largest);
        TimeSpan wait = TimeSpan.FromTicks(Math.Max(LeastWait.Ticks, 4 * (echo.MaxRoundTrip ?? TimeSpan.Zero).Ticks));
        if (EchoSocket.Open(echo.Address.AddressFamily, out EchoSocket? socket) is not Errno.OK || socket is null)
            return; // the echo probe has said so

        using (socket)
        {
            socket.SetMtuProbing();
            List<SizeTrial> trials = [.. await SizedRun.RunAsync(
                socket, echo.Address, [.. Enumerable.Repeat<int[]>([Small, large], Pairs).SelectMany(pair => pair)],
                Interval, wait, cancellationToken)];
            if (trials[1].Answered == 0 && trials[0].Answered > 0)
                await SearchAsync(socket, echo.Address, trials, wait, cancellationToken);

            context.Report(new SizedPacketSeries(echo.Address, "icmp", [.. trials]) { Purpose = echo.Purpose });
            if (trials[1].Answered == 0 && route!.Gateway is { } gateway)
                await AskGatewayAsync(context, gateway, large, wait, cancellationToken);
        }
    }

    // Every candidate at once, then the gap between the largest that passed and the smallest that did not, eight at a time.
    private static async Task SearchAsync(
        EchoSocket socket, IPAddress address, List<SizeTrial> trials, TimeSpan wait, CancellationToken cancellationToken)
    {
        int large = trials[1].Size;
        int[] candidates =
        [
            .. Plateaus.Append(trials[1].Error?.Mtu ?? 0).Where(size => size > Small && size < large).Distinct(),
        ];
        for (int round = 0; round < 4 && candidates.Length > 0; round++)
        {
            int[] sizes = [.. Enumerable.Repeat(candidates, 2).SelectMany(size => size)];
            trials.AddRange(await SizedRun.RunAsync(socket, address, sizes, Interval, wait, cancellationToken));
            int passed = trials.Where(trial => trial.Answered > 0).Max(trial => trial.Size);
            int lost = trials.Where(trial => trial.Answered == 0 && trial.Size > passed)
                .Select(trial => trial.Size).DefaultIfEmpty(passed).Min();
            candidates =
            [
                .. Enumerable.Range(1, 8).Select(step => passed + (lost - passed) * step / 9)
                    .Where(size => size > passed && size < lost).Distinct(),
            ];
        }
    }

    private static async Task AskGatewayAsync(
        ProbeContext context, IPAddress gateway, int large, TimeSpan wait, CancellationToken cancellationToken)
    {
        if (EchoSocket.Open(gateway.AddressFamily, out EchoSocket? socket) is not Errno.OK || socket is null)
            return;
        using (socket)
        {
            socket.SetMtuProbing();
            int[] sizes = [.. Enumerable.Repeat<int[]>([Small, Math.Min(1500, large), large], Pairs).SelectMany(size => size)];
            context.Report(new SizedPacketSeries(
                gateway, "icmp", await SizedRun.RunAsync(socket, gateway, sizes, Interval, wait, cancellationToken))
            {
                Purpose = "gateway",
            });
        }
    }
}

using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Paths;

namespace NetWhy.Collect.Probes;

/// <summary>Tries the way to a target round after round once echo is lost or very late, as <c>netwhy mtr</c> does.</summary>
/// <remarks>
/// It begins when the ways have been traced: routers that limit their answers would else have none left for the traces. A target
/// that answers all echo, and soon, is not asked.
/// </remarks>
public sealed class PathRoundsProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "path.rounds";

    private const int Rounds = 36; // what a hop and the destination lose can be told apart from some 20 % on

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(230); // most of the earth is nearer; Australia from Europe (280) and by satellite (550) are asked in vain
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Where on the way are probes lost or late, and which routers only limit their answers?",
        Source: "RFC 792 and RFC 4443, Time Exceeded; RFC 2680; RFC 2681",
        Question.Connection)
    {
        SendsPackets = true,
    };

    /// <inheritdoc/>
    public bool Applies(Target target) => target.Host is not null;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        if (await context.Evidence.FirstAsync<EchoSeries>(
            echo => echo.Purpose is "target" && echo.Received > 0 && (echo.Received < echo.Sent || echo.MedianRoundTrip >= Late),
            [EchoProbe.Id], cancellationToken) is not { Address: var address })
        {
            return;
        }

        RouteLookup? route = await context.Evidence.FirstAsync<RouteLookup>(
            lookup => lookup.Destination.Equals(address) && lookup.Mark == 0, [RouteLookupProbe.Id], cancellationToken);
        if (route?.Gateway is null)
            return; // on one link, there is no place to find
        await WaitForTracesAsync(context, address, cancellationToken);
        Errno refusal = ProbeChannel.Open(new ProbeOptions(ProbeProtocol.Icmp, address) { Clock = context.Clock }, out ProbeChannel? channel);
        if (channel is null)
        {
            context.ReportNotObserved($"where on the way to {address} probes are lost", refusal.ToString());
            return;
        }

        using (channel)
            context.Report(await Task.Run(() => Run(channel, cancellationToken), cancellationToken));
    }

    private static async Task WaitForTracesAsync(ProbeContext context, IPAddress address, CancellationToken cancellationToken)
    {
        string[] protocols = context.Target is { Port: not null, IsTcp: true } ? ["icmp", "tcp"] : ["icmp"];
        foreach (string protocol in protocols)
        {
            await context.Evidence.FirstAsync<PathTrace>(
                trace => trace.Destination.Equals(address) && trace.Protocol == protocol, [HopsProbe.Id], cancellationToken);
        }
    }

    private static PathRounds Run(ProbeChannel channel, CancellationToken cancellationToken)
    {
        var run = new RoundsRun(channel, new RoundsOptions { Interval = Interval });
        while (run.Rounds < Rounds || !run.IsRoundSent)
            run.Step(Tick, mayBegin: run.Rounds < Rounds, cancellationToken);
        for (TimeSpan waited = TimeSpan.Zero; run.HasOutstanding && waited < LongestWait; waited += Tick)
            run.Step(Tick, mayBegin: false, cancellationToken);
        return run.Observed(isOwnAddress: false);
    }
}

using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Paths;

namespace NetWhy.Collect.Probes;

/// <summary>Finds the routers on the way, and where packets to the port die, once something is wrong with the way.</summary>
/// <remarks>All hop limits are probed at once, as <c>netwhy traceroute</c> does; without privilege by the error queue.</remarks>
public sealed class HopsProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "path.hops";

    private const int MostAddresses = 2;

    private static readonly TimeSpan FarAway = TimeSpan.FromMilliseconds(60);

    // The verdict waits for it: a dead way costs one such wait. Few at once: routers that refuse what is tried limit how often they say so.
    private static readonly TraceOptions Trace = new()
    {
        MaxTtl = 24,
        Queries = 1,
        WindowTtls = 5,
        EndsWhereSilent = true,
        Repeats = 1,
        MaxWait = TimeSpan.FromMilliseconds(700),
    };

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Which routers lie on the way, and where do packets to the port die?",
        Source: "RFC 792 and RFC 4443, Time Exceeded; raw(7); ip(7), IP_RECVERR",
        Question.Connection)
    {
        SendsPackets = true,
    };

    /// <inheritdoc/>
    public bool Applies(Target target) => target.Host is not null;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        HashSet<IPAddress> traced = [];
        List<Task> runs = [];
        while (traced.Count < MostAddresses
            && await context.Evidence.FirstAsync<Observation>(
                observation => Trouble(context, observation) is { } address && !traced.Contains(address),
                ["exchange", EchoProbe.Id],
                cancellationToken) is { } observation)
        {
            IPAddress address = Trouble(context, observation)!;
            traced.Add(address);
            runs.Add(TraceAsync(context, new ProbeOptions(ProbeProtocol.Icmp, address), "target", cancellationToken));
            if (context.Target.Port is { } port && context.Target.IsTcp)
            {
                runs.Add(TraceAsync(context, new ProbeOptions(ProbeProtocol.Tcp, address) { Port = port }, "target", cancellationToken));
                runs.Add(TraceAsync(context, new ProbeOptions(ProbeProtocol.Tcp, address) { Port = port == 443 ? 80 : 443 }, "control", cancellationToken));
            }
        }

        await Task.WhenAll(runs);
    }

    private static IPAddress? Trouble(ProbeContext context, Observation observation) => observation switch
    {
        Silence { Stage: ExchangeStage.NotConnected } silence => silence.Address,
        ConnectAttempt { Purpose: "target", Outcome: not ConnectOutcome.Connected, FailedCall: null or "connect" } attempt
            when !attempt.Address.Equals(IPAddress.Loopback) => attempt.Address,
        EchoSeries { Purpose: "target" } echo when echo.Received < echo.Sent || echo.MedianRoundTrip > FarAway => echo.Address,
        NotObserved { Address: { } unasked } when context.Target.Port is null => unasked, // what is known of it then is the way
        _ => null,
    };

    private static async Task TraceAsync(ProbeContext context, ProbeOptions options, string purpose, CancellationToken cancellationToken)
    {
        Errno refusal = ProbeChannel.Open(options with { Clock = context.Clock }, out ProbeChannel? channel);
        if (channel is null && refusal is Errno.EPERM or Errno.EACCES && options.Protocol is ProbeProtocol.Icmp)
        {
            await TraceAsync(context, options with { Protocol = ProbeProtocol.Udp, Port = ProbeOptions.UdpPort }, purpose, cancellationToken);
            return;
        }

        if (channel is null)
        {
            context.ReportNotObserved($"the routers towards {options.Target} by {PathTracer.Name(options.Protocol).ToUpperInvariant()}", refusal.ToString());
            return;
        }

        using (channel)
        {
            PathTrace trace = await new PathTracer(channel, Trace with { Purpose = purpose }).RunAsync(tell: null, cancellationToken);
            context.Report(trace with { Hops = [.. trace.Hops.Select(WithoutOwn)] });
        }
    }

    // What this machine itself says, such as that a neighbour does not answer, is no router's answer.
    private static Hop WithoutOwn(Hop hop) => hop.Error is { IsOwnAddress: true }
        ? new Hop(hop.Ttl, null, null) { Error = hop.Error, Sent = hop.Sent }
        : hop;
}

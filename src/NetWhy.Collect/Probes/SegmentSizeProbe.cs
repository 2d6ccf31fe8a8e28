using System.Net;
using NetWhy.Collect.Exchanges;
using NetWhy.Evidence;

namespace NetWhy.Collect.Probes;

/// <summary>Repeats an exchange that has gone silent with smaller segments: what they cure was the size of packets.</summary>
public sealed class SegmentSizeProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "path.segment-size";

    // 1,220 fits the least IPv6 MTU of 1,280; the others stand for the tunnels in common use and bracket the size.
    private static readonly int[] Sizes = [0, 536, 1000, 1220, 1300, 1360, 1400];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2.2);

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Does a smaller segment get through where the exchange went silent?",
        Source: "RFC 2923, section 2.1; tcp(7), TCP_MAXSEG",
        Question.Connection)
    {
        SendsPackets = true,
    };

    /// <inheritdoc/>
    public bool Applies(Target target) => target.Host is not null && target.Port is not null && target.IsTcp;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        HashSet<IPAddress> tried = [];
        List<Task> trials = [];
        ProxySettings proxy = ProxySettings.Of(context.Target, context.Options.Environment);
        while (tried.Count < 2
            && await context.Evidence.FirstAsync<Silence>(
                silence => silence.Stage is not (ExchangeStage.NotConnected or ExchangeStage.Complete)
                    && IsUsed(context, silence, proxy)
                    && !tried.Contains(silence.Address),
                ["exchange"],
                cancellationToken) is { } silence)
        {
            tried.Add(silence.Address);
            foreach (int size in Sizes)
                trials.Add(TryAsync(context, silence.Address, silence.Port, proxy.Applies ? proxy.Route : null, size, cancellationToken));
        }

        await Task.WhenAll(trials);
    }

    // Where there is a proxy, an application goes by it; the direct way is looked at for comparison only.
    private static bool IsUsed(ProbeContext context, Silence silence, ProxySettings proxy) => proxy.Applies
        ? silence.Port == proxy.Port && context.Evidence.All<ProxyEnvironment>().Any(environment => environment.ProxyAddresses.Contains(silence.Address))
        : silence.Port == context.Target.Port;

    private static async Task TryAsync(
        ProbeContext context, IPAddress address, int port, ProxyRoute? proxy, int size, CancellationToken cancellationToken)
    {
        ExchangeResult result = await Exchange.RunAsync(
            address,
            port,
            ExchangeOptions.Of(context) with
            {
                Purpose = "control",
                Proxy = proxy,
                SegmentSize = size == 0 ? null : size,
                ConnectPatience = Patience,
                HandshakePatience = Patience,
                ResponsePatience = Patience,
                StallPatience = Patience,
                BodyTime = Patience,
            },
            cancellationToken);
        context.Report(new SegmentSizeTrial(address, port, size, result.Stage, result.Elapsed)
        {
            OctetsReceived = result.OctetsReceived,
            AllAcknowledged = result.AllAcknowledged,
            SynMss = result.Attempt.SynMss,
        });
    }
}

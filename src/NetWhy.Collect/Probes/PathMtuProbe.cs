using System.Net;
using NetWhy.Evidence;
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

    private const int MostAddresses = 2;
    private const int Least = 576; // every host takes it: RFC 791, section 3.1

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
        if (link is null or { IsLoopback: true } or { Mtu: <= Least })
            return;
        if (await PathMtuSearch.ByEchoAsync(echo.Address, link.Mtu, echo.Purpose, locate: true, cancellationToken) is not ({ } series, _, _))
            return; // the echo probe has said so

        context.Report(series);
        if (context.Target.Scheme is "udp" or "dns") // TCP cuts nothing
        {
            foreach (SizedPacketSeries fragments in await PathMtuSearch.FragmentsAsync(echo.Address, series, cancellationToken))
                context.Report(fragments);
        }

        if (series.Trials.Any(trial => trial.Size == link.Mtu && trial.Answered == 0) && route!.Gateway is { } gateway
            && await PathMtuSearch.OfNeighbourAsync(gateway, link.Mtu, cancellationToken) is { } neighbour)
        {
            context.Report(neighbour);
        }
    }
}

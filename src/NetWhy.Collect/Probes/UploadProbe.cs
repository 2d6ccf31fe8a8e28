using System.Net;
using NetWhy.Collect.Exchanges;
using NetWhy.Evidence;
using NetWhy.Paths;

namespace NetWhy.Collect.Probes;

/// <summary>
/// Where echo does not show that large packets pass: sends two full segments towards the target over TCP, and the same
/// in small ones, and sees whether they are acknowledged.
/// </summary>
public sealed class UploadProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "path.upload";

    private const int MostAddresses = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.6); // three retransmissions after 0.2 s and on

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Do full segments get through to the target?",
        Source: "RFC 2923, section 2.1; tcp(7), SIOCOUTQ",
        Question.Connection)
    {
        SendsPackets = true,
    };

    /// <inheritdoc/>
    public bool Applies(Target target) => target.Host is not null && target.Port is not null && (target.IsHttp || target.IsTls);

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        HashSet<IPAddress> tried = [];
        List<Task> runs = [];
        while (tried.Count < MostAddresses
            && await context.Evidence.FirstAsync<ConnectAttempt>(
                attempt => attempt is { Purpose: "target", Outcome: ConnectOutcome.Connected } && !tried.Contains(attempt.Address),
                [ExchangeProbe.Id],
                cancellationToken) is { } attempt)
        {
            tried.Add(attempt.Address);
            if (!IPAddress.IsLoopback(attempt.Address))
                runs.Add(TryAsync(context, attempt.Address, attempt.Port, cancellationToken));
        }

        await Task.WhenAll(runs);
    }

    private static async Task TryAsync(ProbeContext context, IPAddress address, int port, CancellationToken cancellationToken)
    {
        SizedPacketSeries? echo = await context.Evidence.FirstAsync<SizedPacketSeries>(
            series => series.Purpose is "target" && series.Destination.Equals(address), [PathMtuProbe.Id], cancellationToken);
        bool isShown = echo is not null && echo.Trials.MaxBy(trial => trial.Size) is { Answered: > 0 };
        if (isShown)
            return;

        await Task.WhenAll(
            SendAsync(context, address, port, segment: 0, cancellationToken),
            SendAsync(context, address, port, SegmentRun.SafeSegment, cancellationToken));
    }

    private static async Task SendAsync(
        ProbeContext context, IPAddress address, int port, int segment, CancellationToken cancellationToken)
    {
        using TcpConnection connection = await TcpConnector.ConnectAsync(
            address,
            port,
            new ConnectOptions { Purpose = "control", Patience = Patience, SegmentSize = segment == 0 ? null : segment },
            cancellationToken);
        if (connection.Socket is not { } socket)
            return; // the exchange has said what connecting comes to

        Target target = context.Target;
        string host = Http1Client.HostField(target.Scheme!, target.Host!, target.Port!.Value);
        UploadTrial? trial = await SegmentRun.UploadAsync(
            socket, address, port, segment, length => SegmentRun.Beginning(target.IsTls, host, length), Patience, cancellationToken);
        if (trial is not null)
            context.Report(trial);
    }
}

using System.Diagnostics;
using System.Net;
using NetWhy.Collect.Paths;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Paths;

namespace NetWhy.Collect.Probes;

/// <summary>Watches what this machine sends to the target and what comes back, on the interfaces themselves.</summary>
public sealed class PacketWatchProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "packet.watch";

    // The last answers and the RST of a closed connection follow within a round trip.
    private static readonly TimeSpan Afterglow = TimeSpan.FromMilliseconds(20);

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Which packets of the target's connections pass the interfaces?",
        Source: "packet(7)",
        Question.Connection)
    {
        WatchesOthers = true,
    };

    /// <inheritdoc/>
    public bool Applies(Target target) => target.Port is not null && target.IsTcp;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        Errno errno = PacketSocket.Open(PacketFilter.Write(Known(context)), out PacketSocket? socket);
        if (socket is null)
        {
            string reason = errno is Errno.EPERM or Errno.EACCES ? "needs CAP_NET_RAW (root)" : $"packet socket: {errno}";
            context.ReportNotObserved("the packets on the interfaces", reason);
            return;
        }

        using (socket)
        {
            var flows = new FlowWatch(InterfaceIndex.NameOf, OwnAddresses.Contains);
            await WatchAsync(context, socket, flows, cancellationToken);
            long dropped = socket.Dropped;
            bool sawAll = dropped == 0 && !flows.HasForgotten;
            foreach (ConnectAttempt attempt in context.Evidence.All<ConnectAttempt>().Where(attempt => attempt.SourcePort != 0))
            {
                if (flows.Of(attempt) is { } sighting)
                    context.Report(sighting);
                else if (sawAll && attempt.FailedCall is null or "connect")
                    context.Report(new FlowSighting(attempt.Address, attempt.Port, attempt.SourcePort));
            }

            if (!sawAll)
                context.ReportNotObserved("every packet on the interfaces", "there were more than could be counted");

            context.Report(new PacketWatch(
                [.. context.Evidence.All<ConnectAttempt>().Select(attempt => attempt.Address).Distinct()],
                Stopwatch.GetElapsedTime(begin),
                dropped)
            {
                StrangeAnswers = flows.StrangeAnswersTo(context.Evidence.All<ConnectAttempt>()
                    .Where(attempt => attempt is { Purpose: "target", Outcome: not ConnectOutcome.Connected })),
                Errors = flows.ErrorsAbout(context.Evidence.All<ConnectAttempt>()),
            });
        }
    }

    private static async Task WatchAsync(
        ProbeContext context, PacketSocket socket, FlowWatch flows, CancellationToken cancellationToken)
    {
        Task over = WhenOverAsync(context, socket, cancellationToken);
        byte[] buffer = new byte[PacketFilter.SnapLength];
        while (true)
        {
            bool isLast = over.IsCompleted;
            while (socket.Receive(buffer, out CapturedPacket packet) is Errno.OK)
                flows.Count(packet, buffer.AsSpan(0, Math.Min(packet.Length, buffer.Length)));
            if (isLast)
                break;

            using var wake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Task ready = socket.WaitAsync(TimeSpan.FromSeconds(1), wake.Token);
            await Task.WhenAny(ready, over);
            await wake.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }

        await over;
    }

    private static async Task WhenOverAsync(
        ProbeContext context, PacketSocket socket, CancellationToken cancellationToken)
    {
        if (await context.Evidence.FirstAsync<NameResolution>(
            _ => true, [NameResolutionProbe.Id], cancellationToken) is { } resolution)
        {
            _ = socket.SetFilter(PacketFilter.Write(resolution.Addresses));
        }

        await context.Evidence.WhenFinishedAsync(["exchange", ControlConnectProbe.Id], cancellationToken);
        await Task.Delay(Afterglow, context.Clock, cancellationToken);
    }

    private static IEnumerable<IPAddress> Known(ProbeContext context) =>
        context.Target.Literal is { } literal ? [literal] : [];
}

using NetWhy.Collect.Probes;

namespace NetWhy.Collect.Routing;

/// <summary>Knows when the investigation has sent what it wanted to send, and so when a second sample is due.</summary>
internal static class Traffic
{
    /// <summary>Ids of the probes whose packets matter for the state of the machine afterwards.</summary>
    private static readonly string[] Senders = [ExchangeProbe.Id, EchoProbe.Id, NameResolutionProbe.Id];

    // An unanswered neighbour is given up after three requests, one second apart (mcast_solicit, retrans_time_ms); SYNs
    // that vanish are waited for a little longer.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(8);

    /// <summary>
    /// Waits until the target has been tried, or for eight seconds; where this machine's own state is asked about, at
    /// least for the time between two samples of it.
    /// </summary>
    /// <param name="context">The investigation.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static async Task WhenOverAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        if (context.Target.IsHere)
            await Task.Delay(context.Options.Interval, context.Clock, cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(context.Target.IsHere && context.Options.Interval < LongestWait ? LongestWait - context.Options.Interval : LongestWait);
        try
        {
            await context.Evidence.WhenFinishedAsync(Senders, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Long enough: what the kernel shows by now is what there is to see.
        }
    }
}

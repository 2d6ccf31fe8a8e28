using System.Diagnostics;
using System.Net;
using NetWhy.Collect.Exchanges;
using NetWhy.Collect.Probes;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Collect.Tls;

/// <summary>
/// Makes equal handshakes one at a time, each with the patience of the usual try, until some failed with others made between, or it is
/// enough: neither our own load nor one bad moment makes that.
/// </summary>
/// <remarks>
/// Each has the server for itself from its first octet until it ends. Where the server answers within milliseconds, one that has been silent
/// for a second is left to wait by itself, and the next one begins: what is opened then cannot be why no answer came before. Once one is
/// made meanwhile, those that are silent are waited for, so that failures before it and after it are not of one moment.
/// </remarks>
/// <param name="context">Where to report.</param>
/// <param name="target">What is asked for.</param>
/// <param name="address">Server's address.</param>
/// <param name="port">Server's port.</param>
/// <param name="options">What is offered.</param>
internal sealed class AloneHandshakes(ProbeContext context, ExchangeOptions target, IPAddress address, int port, TlsOptions options)
{
    private const int Most = 9;
    private const int Patiently = 20; // times as long as the fastest handshake

    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(8);

    private readonly List<Task<TlsHandshake?>> _begun = [];
    private readonly HashSet<Task<TlsHandshake?>> _reported = [];
    private long? _begin;

    private bool IsEnough => _begun.Count >= Most || (_begin is { } begin && Stopwatch.GetElapsedTime(begin) >= Limit) || HandshakesAlone.FailAgain(Known);

    // In their order, those that are still silent as if they stayed so.
    private IEnumerable<TlsHandshake> Known =>
    [
        .. HandshakesAlone.UsualTry(context.Evidence.All<TlsHandshake>(), address, port),
        .. _begun.Select(one => one.IsCompletedSuccessfully ? one.Result : new TlsHandshake(address, port, TlsHandshake.Alone, options.ServerName, TlsOutcome.Stalled, Quiet) { AllAcknowledged = true })
            .OfType<TlsHandshake>(),
    ];

    /// <summary>Begins as many as are needed. Some may be silent still: other things may be asked meanwhile, but no other handshake alone.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task BeginAsync(CancellationToken cancellationToken)
    {
        _begin ??= Stopwatch.GetTimestamp();
        TimeSpan[] made = [.. context.Evidence.All<TlsHandshake>().Where(one => one.Outcome is TlsOutcome.Completed && one.Address.Equals(address) && one.Port == port).Select(one => one.Elapsed)];
        bool isQuick = made.Length > 0 && made.Min() * Patiently < Quiet;
        while (!IsEnough)
        {
            await Task.Delay(Rest, context.Clock, cancellationToken);
            Task<TlsHandshake?> next = TlsTrialsProbe.ConnectAsync(context, target, address, port, TlsHandshake.Alone, options, target.HandshakePatience, cancellationToken);
            _begun.Add(next);
            if (isQuick)
                await Task.WhenAny(next, Task.Delay(Quiet, context.Clock, cancellationToken));
            if (!isQuick || next.IsCompleted)
                await Task.WhenAll(_begun);
        }
    }

    /// <summary>Waits for those that are silent, and goes on if one of them was answered after all.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task SettleAsync(CancellationToken cancellationToken)
    {
        do
        {
            await BeginAsync(cancellationToken);
            await Task.WhenAll(_begun);
        }
        while (!IsEnough);
        Report();
    }

    /// <summary>Reports those that have ended, in the order in which they were begun.</summary>
    internal void Report()
    {
        foreach (Task<TlsHandshake?> one in _begun)
        {
            if (one is { IsCompletedSuccessfully: true, Result: { } handshake } && _reported.Add(one))
                context.Report(handshake);
        }
    }
}

using System.Collections.Immutable;
using System.Globalization;
using NetWhy.Collect.Firewall;
using NetWhy.Collect.Probes;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Collect;

/// <summary>Runs every probe that applies to a target, all at once, and hands over the evidence.</summary>
public sealed class Investigation
{
    private readonly Target _target;
    private readonly InvestigationOptions _options;
    private readonly TimeProvider _clock;
    private readonly SharedFirewall _firewall = new();

    /// <summary>Prepares an investigation; nothing is sent before <see cref="RunAsync"/>.</summary>
    /// <param name="target">What is asked about.</param>
    /// <param name="options">What the user asked for.</param>
    /// <param name="clock">Wall clock and timers.</param>
    /// <param name="vantage">Where it runs, for the record.</param>
    public Investigation(Target target, InvestigationOptions options, TimeProvider clock, string vantage)
    {
        _target = target;
        _options = options;
        _clock = clock;
        Log = new EvidenceLog(vantage, clock);
    }

    /// <summary>The evidence while it grows; subscribe to follow progress.</summary>
    public EvidenceLog Log { get; }

    /// <summary>Runs the probes until all are done, the limit is reached or the user interrupts.</summary>
    /// <param name="started">First observation, with the facts about this process.</param>
    /// <param name="probes">The probes: <see cref="ProbeCatalog.All"/>, or fewer.</param>
    /// <param name="processAge">Age of the process when this is called, to be added to the elapsed time.</param>
    /// <param name="cancellationToken">The user's interruption.</param>
    public async Task<EvidenceSet> RunAsync(
        InvestigationStarted started,
        ImmutableArray<IProbe> probes,
        TimeSpan processAge,
        CancellationToken cancellationToken)
    {
        long begin = _clock.GetTimestamp();
        Log.Add(started, "investigation");
        ImmutableArray<IProbe> applicable =
            [.. probes.Where(IsWanted).OrderByDescending(probe => probe.Info.WatchesOthers)];
        Log.Begin(applicable.Select(probe => probe.Info.Id));

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        TimeSpan left = _options.Limit - processAge - TimeForVerdict(processAge);
        limit.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        await Task.WhenAll(applicable.Select(probe => RunProbeAsync(probe, limit.Token)));

        Log.Add(
            new InvestigationEnded(processAge + _clock.GetElapsedTime(begin), limit.IsCancellationRequested),
            "investigation");
        return Log.Snapshot();
    }

    // The limit holds for the verdict too: what ends the probes, judges and prints takes longer where the start took longer, on a machine
    // with other work.
    private TimeSpan TimeForVerdict(TimeSpan processAge)
    {
        TimeSpan most = _options.Limit / 10, usual = TimeSpan.FromMilliseconds(200) + processAge;
        return usual < most ? usual : most;
    }

    // An audit of the machine only looks.
    private bool IsWanted(IProbe probe) =>
        probe.Applies(_target) && !(_target.Kind is TargetKind.HostState && probe.Info.SendsPackets);

    // Where the way to a TLS server is well, nothing is gained by walking it.
    private async Task<bool> FailsBelowTlsAsync(CancellationToken cancellationToken) => await Log.FirstAsync<Observation>(
        observation => observation is Silence
            or NameResolution { Error: not null }
            or ConnectAttempt { Purpose: "target", Outcome: not ConnectOutcome.Connected }
            or TlsHandshake { Purpose: "target", Outcome: TlsOutcome.Stalled or TlsOutcome.Reset or TlsOutcome.Closed },
        [NameResolutionProbe.Id, ExchangeProbe.Id],
        cancellationToken) is not null;

    private async Task RunProbeAsync(IProbe probe, CancellationToken cancellationToken)
    {
        ProbeInfo info = probe.Info;
        using var budget = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            if (!info.WatchesOthers)
                await Task.Yield();
            if (info.After.Count > 0)
                await Log.WhenFinishedAsync(info.After, cancellationToken);
            if (_target.Kind is TargetKind.Tls && info is { IsOfTls: false, WatchesOthers: false } && !await FailsBelowTlsAsync(cancellationToken))
                return;
            budget.CancelAfter(info.Budget);
            await probe.RunAsync(new ProbeContext(_target, _options, Log, _clock, info.Id) { Firewall = _firewall }, budget.Token);
        }
        catch (OperationCanceledException) when (budget.IsCancellationRequested || cancellationToken.IsCancellationRequested)
        {
            string reason = cancellationToken.IsCancellationRequested
                ? NotObserved.EndedFirst
                : string.Create(CultureInfo.InvariantCulture, $"took longer than {info.Budget.TotalSeconds:0.#} s");
            Log.Add(new NotObserved(info.Question, reason), info.Id);
        }
        catch (LinuxException refusal)
        {
            Log.Add(new NotObserved(info.Question, refusal.Message), info.Id);
        }
        catch (Exception defect) when (defect is not OutOfMemoryException)
        {
            // The one place that catches everything: a defect in one probe must not cost the user the other answers.
            // It is said, in full under NETWHY_DEBUG, and a rule reads it as "unknown".
            string detail = _options.Environment("NETWHY_DEBUG") is null ? defect.Message : defect.ToString();
            Log.Add(new NotObserved(info.Question, $"a defect in netwhy: {defect.GetType().Name}: {detail}"), info.Id);
        }
        finally
        {
            Log.Finish(info.Id);
        }
    }
}

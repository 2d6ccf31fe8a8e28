using System.Globalization;
using NetWhy.Evidence;

namespace NetWhy.Collect;

/// <summary>The evidence of a running investigation: probes append to it and wait for each other's observations.</summary>
/// <remarks>Safe for use by many threads.</remarks>
/// <param name="vantage">Where the investigation runs.</param>
/// <param name="clock">Stamps the observations.</param>
public sealed class EvidenceLog(string vantage, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly List<Observation> _observations = [];
    private readonly HashSet<string> _running = [];
    private readonly List<Waiter> _waiters = [];

    /// <summary>Raised for each observation, on the thread of the probe that made it.</summary>
    public event Action<Observation>? Added;

    /// <summary>Raised when a probe is done, with its id.</summary>
    public event Action<string>? Finished;

    /// <summary>The observations so far.</summary>
    public EvidenceSet Snapshot()
    {
        lock (_gate)
            return new EvidenceSet(_observations);
    }

    /// <summary>Every observation of one kind so far.</summary>
    /// <typeparam name="T">The kind.</typeparam>
    public IReadOnlyList<T> All<T>()
        where T : Observation
    {
        lock (_gate)
            return [.. _observations.OfType<T>()];
    }

    /// <summary>
    /// Waits for the first observation, past or future, of one kind that meets a condition.
    /// </summary>
    /// <typeparam name="T">The kind.</typeparam>
    /// <param name="condition">The condition; it is called under a lock and must be quick.</param>
    /// <param name="producers">Ids of the probes that can make one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The observation, or null once no producer runs any more.</returns>
    public async Task<T?> FirstAsync<T>(
        Func<T, bool> condition, IReadOnlyCollection<string> producers, CancellationToken cancellationToken)
        where T : Observation
    {
        Waiter waiter;
        lock (_gate)
        {
            if (_observations.OfType<T>().FirstOrDefault(condition) is { } present)
                return present;
            if (!producers.Any(_running.Contains))
                return null;
            waiter = new Waiter(observation => observation is T candidate && condition(candidate), [.. producers]);
            _waiters.Add(waiter);
        }

        await using CancellationTokenRegistration registration =
            cancellationToken.UnsafeRegister(static (state, token) =>
                ((Waiter)state!).Source.TrySetCanceled(token), waiter);
        return (T?)await waiter.Source.Task;
    }

    /// <summary>Waits until every one of some probes is done.</summary>
    /// <param name="probes">Their ids.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task WhenFinishedAsync(IReadOnlyCollection<string> probes, CancellationToken cancellationToken) =>
        FirstAsync<Observation>(_ => false, probes, cancellationToken);

    /// <summary>Whether one of some probes is not done yet.</summary>
    /// <param name="probes">Their ids.</param>
    internal bool IsAnyRunning(IEnumerable<string> probes)
    {
        lock (_gate)
            return probes.Any(_running.Contains);
    }

    /// <summary>Adds an observation, stamped and numbered.</summary>
    /// <typeparam name="T">Its kind.</typeparam>
    /// <param name="observation">The observation.</param>
    /// <param name="probe">Id of the probe that made it.</param>
    internal T Add<T>(T observation, string probe)
        where T : Observation
    {
        T stamped;
        List<Waiter> satisfied;
        lock (_gate)
        {
            stamped = observation with
            {
                Id = string.Create(CultureInfo.InvariantCulture, $"o{_observations.Count + 1}"),
                Probe = probe,
                Vantage = vantage,
                At = clock.GetUtcNow(),
            };
            _observations.Add(stamped);
            satisfied = _waiters.FindAll(waiter => waiter.Condition(stamped));
            _waiters.RemoveAll(satisfied.Contains);
        }

        foreach (Waiter waiter in satisfied)
            waiter.Source.TrySetResult(stamped);
        Added?.Invoke(stamped);
        return stamped;
    }

    /// <summary>Says which probes will make observations, so that nobody waits for another one.</summary>
    /// <param name="probes">Their ids.</param>
    internal void Begin(IEnumerable<string> probes)
    {
        lock (_gate)
            _running.UnionWith(probes);
    }

    /// <summary>Says that a probe will make no more observations, so that nobody waits for it.</summary>
    /// <param name="probe">Its id.</param>
    internal void Finish(string probe)
    {
        List<Waiter> hopeless;
        lock (_gate)
        {
            _running.Remove(probe);
            hopeless = _waiters.FindAll(waiter => !waiter.Producers.Any(_running.Contains));
            _waiters.RemoveAll(hopeless.Contains);
        }

        foreach (Waiter waiter in hopeless)
            waiter.Source.TrySetResult(null);
        Finished?.Invoke(probe);
    }

    private sealed record Waiter(Func<Observation, bool> Condition, string[] Producers)
    {
        public TaskCompletionSource<Observation?> Source { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace NetWhy.Evidence;

/// <summary>All observations of one investigation, from one vantage. Immutable.</summary>
public sealed class EvidenceSet
{
    private readonly ImmutableArray<Observation> _observations;
    private ConcurrentDictionary<Type, object?>? _derived; // from the first one on: there is a set for each conversation of a capture

    /// <summary>Takes the observations in the order in which they were made.</summary>
    public EvidenceSet(params IEnumerable<Observation> observations) => _observations = [.. observations];

    /// <summary>The observations, in the order in which they were made.</summary>
    public IReadOnlyList<Observation> Observations => _observations;

    /// <summary>What the investigation was about; null in a set made by hand without one.</summary>
    public InvestigationStarted? Investigation => First<InvestigationStarted>();

    /// <summary>Whether the user ended the investigation early.</summary>
    public bool WasInterrupted => Any<InvestigationEnded>(end => end.Interrupted);

    /// <summary>Every observation of one kind.</summary>
    /// <typeparam name="T">The kind.</typeparam>
    public IEnumerable<T> All<T>()
        where T : Observation => _observations.OfType<T>();

    /// <summary>The first observation of one kind; null if there is none.</summary>
    /// <typeparam name="T">The kind.</typeparam>
    public T? First<T>()
        where T : Observation => All<T>().FirstOrDefault();

    /// <summary>The first observation of one kind that meets a condition; null if none does.</summary>
    /// <typeparam name="T">The kind.</typeparam>
    /// <param name="condition">The condition.</param>
    public T? First<T>(Func<T, bool> condition)
        where T : Observation => All<T>().FirstOrDefault(condition);

    /// <summary>The last observation of one kind; null if there is none.</summary>
    /// <typeparam name="T">The kind.</typeparam>
    public T? Last<T>()
        where T : Observation => All<T>().LastOrDefault();

    /// <summary>The last observation of one kind that meets a condition; null if none does.</summary>
    /// <typeparam name="T">The kind.</typeparam>
    /// <param name="condition">The condition.</param>
    public T? Last<T>(Func<T, bool> condition)
        where T : Observation => All<T>().LastOrDefault(condition);

    /// <summary>Whether some observation of one kind meets a condition.</summary>
    /// <typeparam name="T">The kind.</typeparam>
    /// <param name="condition">The condition.</param>
    public bool Any<T>(Func<T, bool> condition)
        where T : Observation => All<T>().Any(condition);

    /// <summary>What follows from all of it and is asked for more than once: made at the first time, and kept.</summary>
    /// <typeparam name="T">The kind, of which there is one way to make it.</typeparam>
    /// <param name="make">Makes it; null where nothing follows.</param>
    public T? Derived<T>(Func<EvidenceSet, T?> make)
        where T : class => (T?)LazyInitializer.EnsureInitialized(ref _derived, () => []).GetOrAdd(typeof(T), _ => make(this));
}

using NetWhy.Collect.Routing;
using NetWhy.Evidence;

namespace NetWhy.Collect.Probes;

/// <summary>Reads the kernel's network counters at the start and after the traffic.</summary>
public sealed class KernelCountersProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "kernel.counters";

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "What did the kernel count while the target was tried?",
        Source: "Documentation/networking/snmp_counter.rst",
        Question.Connection);

    /// <inheritdoc/>
    public bool Applies(Target target) => true;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        long begin = context.Clock.GetTimestamp();
        Dictionary<string, long> before = KernelCounterReading.Take();
        await Traffic.WhenOverAsync(context, cancellationToken);
        Dictionary<string, long> after = KernelCounterReading.Take();
        TimeSpan lasted = context.Clock.GetElapsedTime(begin);

        // A counter that was not there before was zero: some names appear with their first event.
        context.Report(new KernelCounters(
            Sorted(after.Select(pair => KeyValuePair.Create(pair.Key, pair.Value - before.GetValueOrDefault(pair.Key)))),
            lasted)
        {
            Totals = Sorted(after),
            Quiet = context.Target.IsHere ? [.. after.Where(counter => counter.Value == 0).Select(counter => counter.Key).Order(StringComparer.Ordinal)] : null,
        });
    }

    private static SortedDictionary<string, long> Sorted(IEnumerable<KeyValuePair<string, long>> counters) =>
        new(counters.Where(counter => counter.Value != 0).ToDictionary(), StringComparer.Ordinal);
}

namespace NetWhy.Evidence;

/// <summary>How the clock of this machine ran between two moments, and whether somebody keeps it right.</summary>
/// <remarks>Source: clock_gettime(2); adjtimex(2).</remarks>
/// <param name="Step">How much more the time of day moved than time passed; negative if it was set back.</param>
/// <param name="Lasted">Time that passed.</param>
public sealed record ClockState(TimeSpan Step, TimeSpan Lasted) : Observation
{
    /// <summary>Whether a program keeps the clock in step with others (NTP, PTP); null if the kernel does not say.</summary>
    public bool? IsSynchronized { get; init; }

    /// <summary>Program of this machine that is known to keep clocks, such as <c>chronyd</c>; it need not tell the kernel. Null if none runs, or if unknown.</summary>
    public string? Keeper { get; init; }

    /// <summary>Whether whoever keeps this clock would be seen: all programs of the machine are, and no machine is around it. Null if unknown.</summary>
    public bool? WouldSeeKeeper { get; init; }

    /// <summary>Largest error that the kernel reckons with; null if it does not say.</summary>
    public TimeSpan? MaxError { get; init; }
}

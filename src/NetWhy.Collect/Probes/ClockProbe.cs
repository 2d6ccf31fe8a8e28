using NetWhy.Collect.Routing;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Collect.Probes;

/// <summary>Compares the time of day with the time that passed, between two moments, and asks who keeps it right.</summary>
public sealed class ClockProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "host.clock";

    private const int MostTries = 8;

    /// <summary>Names of programs that keep the time as soon as they run, as the kernel cuts them off after 15 characters.</summary>
    internal static IReadOnlySet<string> Keepers { get; } = new HashSet<string>
    {
        "chronyd", "ntpd", "ntpd-rs", "ntp-daemon", "systemd-timesyn", "ptp4l", "phc2sys", "timemaster", "VBoxService", "adjtimed",
    };

    // A reading that was interrupted for longer is taken again.
    private static readonly TimeSpan Undisturbed = TimeSpan.FromMilliseconds(1);

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Does the clock of this machine run steadily, and does somebody set it?",
        Source: "clock_gettime(2), CLOCK_REALTIME and CLOCK_MONOTONIC; adjtimex(2)",
        Question.Application);

    /// <inheritdoc/>
    public bool Applies(Target target) => target.Kind is TargetKind.HostState or TargetKind.ThisMachine;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        (DateTimeOffset Time, long Moment) begin = Now(context.Clock);
        await Traffic.WhenOverAsync(context, cancellationToken);
        (DateTimeOffset Time, long Moment) end = Now(context.Clock);
        TimeSpan passed = context.Clock.GetElapsedTime(begin.Moment, end.Moment);
        KernelClock? kernel = KernelClock.Read();
        context.Report(new ClockState(end.Time - begin.Time - passed, passed)
        {
            IsSynchronized = kernel?.IsSynchronized,
            MaxError = kernel?.MaxError,
            Keeper = ProcessTable.FirstNamed(Keepers),
            WouldSeeKeeper = ProcessTable.IsWhole && !IsGuest(),
        });
    }

    // The machine around a virtual one sets its clock, as a rule, and nothing in here shows it. Source: arch/x86, X86_FEATURE_HYPERVISOR.
    private static bool IsGuest() =>
        Sockets.KernelFiles.Text("/proc/cpuinfo") is not { } text || text.Contains(" hypervisor", StringComparison.Ordinal)
        || !text.Contains("flags", StringComparison.Ordinal);

    // The time of day at a moment of the clock that nobody sets.
    private static (DateTimeOffset Time, long Moment) Now(TimeProvider clock)
    {
        for (int i = 0; ; i++)
        {
            long before = clock.GetTimestamp();
            DateTimeOffset time = clock.GetUtcNow();
            long after = clock.GetTimestamp();
            if (i == MostTries || clock.GetElapsedTime(before, after) < Undisturbed)
                return (time, before + (after - before) / 2);
        }
    }
}

using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>A clock that was set while it was looked at.</summary>
public sealed class ClockStep : IHostCheck
{
    // A program that keeps time makes the clock slower or faster by 0.05 % at most; a scheduler may delay a reading.
    private const double Steady = 0.001;

    private static readonly TimeSpan Accident = TimeSpan.FromMilliseconds(50);

    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("clock.step", Source: "clock_gettime(2); adjtimex(2)");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.Last<ClockState>() is not { } clock)
            yield break;
        TimeSpan step = clock.Step.Duration();
        bool hasJumped = step > Accident + Steady * clock.Lasted.Duration();
        yield return new Signal(
            Info.Id,
            hasJumped ? Standing.Warning : Standing.Fine,
            "steps of the clock",
            hasJumped ? $"{(clock.Step < TimeSpan.Zero ? "back" : "forward")} by {Words.Of(step)} in {Words.Of(clock.Lasted)}" : $"none in {Words.Of(clock.Lasted)}",
            "")
        {
            Evidence = [clock],
            Meaning = hasJumped ? "Somebody sets the clock of this machine while programs run: timeouts that go by the time of day, tokens and certificates go wrong, and logs mislead." : "",
            Remedies = hasJumped ? [new Remedy("See who keeps the time; only one may, and it should correct the clock slowly.", "timedatectl; systemctl status chronyd systemd-timesyncd ntpd 2>/dev/null | head -40")] : [],
        };
    }
}

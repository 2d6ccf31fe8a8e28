using NetWhy.Collect.Probes;
using NetWhy.Diagnose.Audit;
using NetWhy.Diagnose.Audit.Checks;
using NetWhy.Evidence;
using NetWhy.Linux;
using Xunit;

namespace NetWhy.Tests.Audit;

public sealed class ClockTests
{
    [Theory]
    [InlineData(0.0, 1, Standing.Fine, "none in 1 s")]
    [InlineData(0.0004, 1, Standing.Fine, "none in 1 s")] // slewed
    [InlineData(0.04, 1, Standing.Fine, "none in 1 s")] // a reading that came late
    [InlineData(0.2, 300, Standing.Fine, "none in 300 s")]
    [InlineData(1.5, 1, Standing.Warning, "forward by 1.5 s in 1 s")]
    [InlineData(-3600, 1, Standing.Warning, "back by 3600 s in 1 s")]
    public void A_step_is_more_than_a_correction(double step, double lasted, Standing standing, string value)
    {
        Signal signal = Assert.Single(new ClockStep().Evaluate(new EvidenceSet(new ClockState(TimeSpan.FromSeconds(step), TimeSpan.FromSeconds(lasted)))));

        Assert.Equal((standing, value), (signal.Standing, signal.Value));
    }

    [Theory]
    [InlineData(true, null, false, Standing.Fine)]
    [InlineData(false, null, true, Standing.Advice)]
    [InlineData(false, "chronyd", true, Standing.Fine)] // without rtcsync it does not tell the kernel
    [InlineData(false, "chronyd", false, Standing.Fine)]
    [InlineData(null, null, true, Standing.Unknown)]
    public void A_clock_that_nobody_keeps_is_no_more_than_advice(bool? isSynchronized, string? keeper, bool wouldSee, Standing standing) =>
        Assert.Equal(standing, Assert.Single(Judge(new ClockState(TimeSpan.Zero, TimeSpan.Zero) { IsSynchronized = isSynchronized, Keeper = keeper, WouldSeeKeeper = wouldSee })).Standing);

    [Theory]
    [InlineData(false)]
    [InlineData(null)]
    public void Nothing_is_said_of_a_clock_that_may_be_kept_unseen(bool? wouldSee) =>
        Assert.Empty(Judge(new ClockState(TimeSpan.Zero, TimeSpan.Zero) { IsSynchronized = false, WouldSeeKeeper = wouldSee }));

    [Fact]
    public void A_process_is_found_by_its_name()
    {
        Assert.Equal(ProcessTable.Name(Environment.ProcessId), ProcessTable.FirstNamed(new HashSet<string> { "no such program", ProcessTable.Name(Environment.ProcessId)! }));
        Assert.Null(ProcessTable.FirstNamed(new HashSet<string> { "no such program" }));
    }

    [Fact]
    public void Who_keeps_the_time_has_a_name_that_processes_have_and_keeps_it_unasked()
    {
        Assert.All(ClockProbe.Keepers, name => Assert.InRange(name.Length, 1, 15));
        Assert.DoesNotContain("vmtoolsd", ClockProbe.Keepers); // it keeps time only if it is told to
        Assert.Empty(ClockProbe.Keepers.Intersect(["busybox-ntpd", "openntpd", "ntpsec"])); // packages; the processes are "ntpd" or "busybox"
        Assert.Contains("chronyd", ClockProbe.Keepers);
    }

    private static IEnumerable<Signal> Judge(ClockState clock) => new ClockSynchronization().Evaluate(new EvidenceSet(clock));

    [Fact]
    public void The_kernel_says_how_its_clock_is() =>
        Assert.InRange(KernelClock.Read()?.MaxError ?? TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromDays(12));
}

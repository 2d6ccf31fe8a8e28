using System.Collections.Immutable;
using NetWhy.Collect;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Collect;

public sealed class EvidenceLogTests
{
    private static readonly InvestigationStarted Started =
        new("0", "tcp://a:1", TargetKind.Service, "tcp", "a", 1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_probe_gets_what_another_one_sees()
    {
        EvidenceSet evidence = await RunAsync(
            new FakeProbe("first", context =>
            {
                context.ReportNotObserved("this", "for the test");
                return Task.CompletedTask;
            }),
            new FakeProbe("second", async context =>
            {
                NotObserved? seen = await context.Evidence.FirstAsync<NotObserved>(
                    observation => observation.Probe is "first", ["first"], Cancellation);
                context.ReportNotObserved(seen?.What ?? "nothing", "heard");
            }));

        Assert.Equal("this", evidence.First<NotObserved>(observation => observation.Probe is "second")?.What);
    }

    [Fact]
    public async Task Waiting_ends_when_nobody_can_see_it_any_more()
    {
        EvidenceSet evidence = await RunAsync(
            new FakeProbe("first", _ => Task.CompletedTask),
            new FakeProbe("second", async context =>
            {
                NotObserved? seen = await context.Evidence.FirstAsync<NotObserved>(
                    observation => observation.Probe is "first", ["first"], Cancellation);
                context.ReportNotObserved(seen is null ? "nothing came" : "something came", "heard");
            }));

        Assert.Equal("nothing came", Assert.Single(evidence.All<NotObserved>()).What);
    }

    [Fact]
    public async Task A_probe_that_is_not_run_at_all_keeps_nobody_waiting()
    {
        EvidenceSet evidence = await RunAsync(
            new FakeProbe("second", async context =>
            {
                await context.Evidence.WhenFinishedAsync(["nobody"], Cancellation);
                context.ReportNotObserved("done", "for the test");
            }));

        Assert.Single(evidence.All<NotObserved>());
    }

    [Fact]
    public async Task A_probe_that_does_not_apply_keeps_nobody_waiting()
    {
        EvidenceSet evidence = await RunAsync(
            new FakeProbe("first", _ => Task.CompletedTask, applies: false),
            new FakeProbe("second", async context =>
            {
                await context.Evidence.WhenFinishedAsync(["first"], Cancellation);
                context.ReportNotObserved("done", "for the test");
            }));

        Assert.Single(evidence.All<NotObserved>());
    }

    [Fact]
    public async Task A_probe_that_takes_too_long_is_cut_short_and_that_is_said()
    {
        EvidenceSet evidence = await RunAsync(new FakeProbe(
            "slow", (_, cancellation) => Task.Delay(Timeout.Infinite, cancellation), budget: TimeSpan.FromMilliseconds(20)));

        Assert.Contains("took longer", Assert.Single(evidence.All<NotObserved>()).Reason, StringComparison.Ordinal);
        Assert.False(evidence.First<InvestigationEnded>()!.Interrupted);
    }

    [Fact]
    public async Task A_defect_in_one_probe_costs_only_its_own_answer()
    {
        EvidenceSet evidence = await RunAsync(
            new FakeProbe("broken", _ => throw new InvalidOperationException("oops")),
            new FakeProbe("sound", context =>
            {
                context.ReportNotObserved("this", "for the test");
                return Task.CompletedTask;
            }));

        Assert.Contains(evidence.All<NotObserved>(), observation => observation.Reason.Contains("oops", StringComparison.Ordinal));
        Assert.Contains(evidence.All<NotObserved>(), observation => observation.Probe is "sound");
    }

    [Fact]
    public async Task Observations_are_numbered_and_the_last_one_ends_the_investigation()
    {
        EvidenceSet evidence = await RunAsync();

        Assert.Equal(["o1", "o2"], evidence.Observations.Select(observation => observation.Id));
        Assert.IsType<InvestigationEnded>(evidence.Observations[^1]);
        Assert.All(evidence.Observations, observation => Assert.Equal("here", observation.Vantage));
    }

    private static Task<EvidenceSet> RunAsync(params ImmutableArray<IProbe> probes) =>
        new Investigation(new Target("tcp://a:1", TargetKind.Service), new(), TimeProvider.System, "here")
            .RunAsync(Started, probes, TimeSpan.Zero, Cancellation);

    private sealed class FakeProbe(
        string id, Func<ProbeContext, CancellationToken, Task> run, bool applies = true, TimeSpan? budget = null) : IProbe
    {
        public FakeProbe(string id, Func<ProbeContext, Task> run, bool applies = true)
            : this(id, (context, _) => run(context), applies)
        {
        }

        public ProbeInfo Info { get; } = new(id, $"the question of {id}", "none", Question.Host)
        {
            Budget = budget ?? TimeSpan.FromSeconds(10),
        };

        public bool Applies(Target target) => applies;

        public Task RunAsync(ProbeContext context, CancellationToken cancellationToken) => run(context, cancellationToken);
    }
}

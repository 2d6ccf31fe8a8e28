using System.Collections.Concurrent;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Exchanges.Requests;
using Xunit;

namespace NetWhy.Tests.Tools.Http;

/// <summary>Requests in several rhythms at once.</summary>
public sealed class RhythmRunTests
{
    private const string Good = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(20);

    [Fact]
    public void One_that_hangs_holds_the_others_not_up()
    {
        using var server = new ScriptedServer((connection, _) => connection == 0 ? "" : Good);

        List<RequestSample> samples = Run(server, 8, [new RequestRhythm(0, MayKeep: false, Soon, TimeSpan.Zero), new RequestRhythm(0, MayKeep: false, Soon, Soon)]);

        Assert.Equal(HttpOutcome.NoAnswer, samples[^1].Outcome);
        Assert.Equal(7, samples.Count(sample => sample.IsAnswered));
    }

    [Fact]
    public void Kept_connections_rest_between_two_requests()
    {
        using var server = new ScriptedServer((_, _) => Good);

        List<RequestSample> samples = Run(server, 3, [new RequestRhythm(0, MayKeep: true, Soon, TimeSpan.Zero)]);

        Assert.Equal([false, true, true], samples.Select(sample => sample.IsKept));
        Assert.All(samples.Skip(1), sample => Assert.True(sample.Idle >= Soon));
    }

    [Fact]
    public void The_end_of_an_idle_connection_is_seen_before_the_next_request()
    {
        ConcurrentQueue<TimeSpan> ends = [];
        using var server = new ScriptedServer((_, _) => Good + "!pause!close");

        List<RequestSample> samples = Run(server, 2, [new RequestRhythm(0, MayKeep: true, TimeSpan.FromMilliseconds(300), TimeSpan.Zero)], ends.Enqueue);

        Assert.All(samples, sample => Assert.True(sample is { IsAnswered: true, IsKept: false }));
        Assert.Single(ends);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 4)]
    public void What_is_enough_early_is_ended_early(bool isEnough, int expected)
    {
        using var server = new ScriptedServer((_, _) => Good);
        int asked = 0, ended = 0;
        using var run = new RhythmRun(RequestPlan.Of(new Uri(server.Url), "GET", []), [IPAddress.Loopback], [new RequestRhythm(0, MayKeep: false, Soon, TimeSpan.Zero)], _ => null)
        {
            OnEnd = _ => ended++,
            Early = (TimeSpan.Zero, () => asked++ == 0 && isEnough),
        };

        run.Go(TimeSpan.FromSeconds(5), 4, TestContext.Current.CancellationToken);

        Assert.Equal((1, expected), (asked, ended));
    }

    [Fact]
    public void Connections_alone_are_made_and_nothing_is_asked()
    {
        using var server = new ScriptedServer((_, _) => Good);
        List<RequestSample> samples = [];
        using var run = new RhythmRun(RequestPlan.OfConnection(new Uri($"tcp://127.0.0.1:{server.Port}/")), [IPAddress.Loopback], [new RequestRhythm(0, MayKeep: false, Soon, TimeSpan.Zero)], _ => null) { OnEnd = channel => samples.Add(channel.Sample) };

        run.Go(TimeSpan.FromSeconds(5), 3, TestContext.Current.CancellationToken);

        Assert.All(samples, sample => Assert.True(sample is { Outcome: HttpOutcome.Complete, Stage: ExchangeStage.Connected, Connect: not null }));
        Assert.Equal(3, samples.Count);
        Assert.Empty(server.Heads);
    }

    private static List<RequestSample> Run(ScriptedServer server, int count, IReadOnlyList<RequestRhythm> rhythms, Action<TimeSpan>? onIdleEnd = null)
    {
        List<RequestSample> samples = [];
        RequestPlan plan = RequestPlan.Of(new Uri(server.Url), "GET", []) with { Timeout = TimeSpan.FromSeconds(1) };
        using var run = new RhythmRun(plan, [IPAddress.Loopback], rhythms, _ => null)
        {
            OnEnd = channel => samples.Add(channel.Sample),
            OnIdleEnd = (_, idle) => onIdleEnd?.Invoke(idle),
        };
        run.Go(TimeSpan.FromSeconds(5), count, TestContext.Current.CancellationToken);
        return samples;
    }
}

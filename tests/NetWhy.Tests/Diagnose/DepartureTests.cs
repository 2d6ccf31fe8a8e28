using System.Collections.Immutable;
using System.Net;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Repeated;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Diagnose;

/// <summary>What is told where an address answered until some moment and then no more.</summary>
public sealed class DepartureTests
{
    private static readonly IPAddress Server = IPAddress.Parse("192.0.2.1"), Other = IPAddress.Parse("192.0.2.2");
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_server_that_is_killed_is_told_with_the_moment(bool isHttp)
    {
        RequestTimeline timeline = Timeline(Steady(100, i => i < 30 ? null : Refused), Alone(Refused)) with { IsHttp = isHttp, IdleEnds = isHttp ? [.. Ends(3, 0.1, 0.9, 2.1)] : [] };
        var evidence = new EvidenceSet([Asked(isHttp), Stood, timeline]);

        var diagnosis = Diagnosis.Of(evidence, RuleCatalog.All);

        Finding finding = Assert.Single(diagnosis.Causes).Finding;
        Assert.Equal(("port-closed", Severity.Critical, Status.Broken), (finding.Cause, finding.Severity, diagnosis.Status));
        Assert.StartsWith($"192.0.2.1:80 refuses connections since 12:00:02 UTC (+2.9 s), all 70 of them; 30 of 30 before were {(isHttp ? "answered" : "taken")}: it went away then and was not back", finding.Summary, StringComparison.Ordinal);
        Assert.Equal(isHttp ? Where.Remote : Where.Unknown, finding.Where); // where no end was seen, a ban of this client looks the same
        Assert.True(finding.Confidence > 0.9);
    }

    /// <summary>Of the two addresses of a name on this machine one may have no listener: but not one that listened before.</summary>
    [Fact]
    public void A_local_service_that_is_killed_is_told_too()
    {
        RequestTimeline timeline = Timeline(Steady(100, i => i < 30 ? null : Refused), Alone(Refused));
        timeline = timeline with { Requests = [.. timeline.Requests.Select(AtHome)], Alone = [.. timeline.Alone!.Select(AtHome)] };

        Finding finding = Assert.Single(new PortClosed().Evaluate(new EvidenceSet([Asked(isHttp: true), Stood with { Address = IPAddress.Loopback }, timeline])));

        Assert.StartsWith("127.0.0.1:80 refuses connections since 12:00:02 UTC", finding.Summary, StringComparison.Ordinal);

        static TriedRequest AtHome(TriedRequest request) => request with { Address = IPAddress.Loopback };
    }

    [Theory]
    [InlineData(502, "all 40 requests since failed (40 answered 5xx), 60 of 60 before were answered; it went away then and was not back.", Where.Remote)]
    [InlineData(503, "it went away then and was not back, or this client is refused since, by a ban or by a limit that counts over some time.", Where.Unknown)]
    public void A_backend_that_is_killed_is_told_by_its_proxys_errors(int status, string said, Where where)
    {
        TriedRequest Fails(TriedRequest request) => request with { Status = status };

        Finding finding = Assert.Single(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([Timeline(Steady(100, i => i < 60 ? null : Fails), Alone(Fails))])));

        Assert.EndsWith(said, finding.Summary, StringComparison.Ordinal);
        Assert.Equal((Severity.Critical, where), (finding.Severity, finding.Where));
    }

    /// <summary>As of a firewall that drops what this client sends, whose kept connections get no answer then.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Silence_that_begins_at_a_moment_may_be_a_ban_or_the_hosts_end(bool isHttp)
    {
        TriedRequest[] kept = [.. Steady(20, i => i < 12 ? null : request => request with { Outcome = HttpOutcome.NoAnswer, Stage = ExchangeStage.Connected, Status = null, Wait = null, Total = TimeSpan.FromSeconds(5) }).Select(request => request with { Idle = TimeSpan.FromSeconds(0.5) })];
        RequestTimeline timeline = Timeline([.. Steady(80, i => i < 48 ? null : Unanswered), .. isHttp ? kept : []], Alone(Unanswered)) with { IsHttp = isHttp };

        var diagnosis = Diagnosis.Of(new EvidenceSet([Asked(isHttp), Stood, timeline]), RuleCatalog.All);

        Finding finding = Assert.Single(diagnosis.Causes).Finding;
        Assert.Equal(("port-filtered", Where.Unknown, Status.Broken), (finding.Cause, finding.Where, diagnosis.Status));
        Assert.StartsWith("192.0.2.1:80 leaves SYNs unanswered since 12:00:05 UTC", finding.Summary, StringComparison.Ordinal);
    }

    /// <summary>A firewall that resets what this client sends resets its kept connections as well: that is no race.</summary>
    [Fact]
    public void Resets_of_kept_connections_of_a_server_that_has_gone_are_no_race()
    {
        TriedRequest[] kept = [.. Steady(20, i => i < 6 ? null : Reset).Select(request => request with { Idle = TimeSpan.FromSeconds(0.5) })];

        Assert.Empty(new HttpKeepaliveRace().Evaluate(new EvidenceSet([Timeline([.. Steady(80, i => i < 24 ? null : Refused), .. kept], Alone(Refused))])));
    }

    /// <summary>One that came back, one that is answered alone, a few failures at the end, and backends that fail all the time are none.</summary>
    [Fact]
    public void What_is_answered_later_has_not_gone()
    {
        TriedRequest[] back = Steady(100, i => i is >= 30 and < 97 ? Refused : null), flips = Steady(100, i => i % 2 == 1 ? Refused : null), few = Steady(100, i => i >= 98 ? Refused : null);

        Assert.Empty(Gone(Timeline(back, Alone(Refused))));
        Assert.Empty(Gone(Timeline(Steady(100, i => i < 30 ? null : Refused), Alone(request => request))));
        Assert.Empty(Gone(Timeline(flips, Alone(Refused))));
        Assert.Empty(Gone(Timeline(few, Alone(Refused))));
        Assert.Empty(Gone(Timeline(Steady(100, i => i < 30 ? null : Refused), [])));
    }

    /// <summary>Half of all fail at random: that the last three do, and three more, is chance in one of 64 cases, and in one of eight of those.</summary>
    [Fact]
    public void Random_failures_are_hardly_ever_taken_for_it()
    {
        const int Cases = 2000;
        var random = new Random(5);
        int told = 0;
        for (int i = 0; i < Cases; i++)
            told += Gone(Timeline(Steady(60, _ => random.NextDouble() < 0.5 ? Refused : null), Alone(request => random.NextDouble() < 0.5 ? Refused(request) : request))).IsEmpty ? 0 : 1;

        Assert.InRange(told / (double)Cases, 0, 0.005);
    }

    /// <summary>Those asked alone are of one address: the other one of the same host went at the same time.</summary>
    [Fact]
    public void Two_addresses_of_one_host_go_together()
    {
        TriedRequest[] one = Steady(50, i => i < 20 ? null : Refused);

        ImmutableArray<Departure> gone = Gone(Timeline([.. one, .. one.Select(request => request with { Address = Other })], Alone(Refused)));

        Assert.Equal([Server, Other], gone.Select(departure => departure.Address));
    }

    [Fact]
    public void Kept_connections_that_end_at_one_moment_are_no_idle_timeout()
    {
        RequestTimeline timeline = Timeline(Steady(100, _ => null), []) with { IdleEnds = [.. Ends(5, 0.2, 0.7, 1.9)] };

        SymptomOverview overview = SymptomOverview.Of(new EvidenceSet([timeline]), 20)!;

        Assert.Contains("3 kept connections that had been idle for 200 ms to 1.9 s ended at the same moment, 12:00:05 UTC (+5.0 s): so ends a server that stops or is loaded anew, or what stands before it, and no idle time-out", overview.Conclusions);
        Assert.DoesNotContain(overview.Conclusions, text => text.Contains("closes kept connections that were idle", StringComparison.Ordinal));
    }

    /// <summary>As nginx closes each when its own time is over.</summary>
    [Fact]
    public void Kept_connections_that_end_after_the_same_rest_are()
    {
        RequestTimeline timeline = Timeline(Steady(100, _ => null), []) with { IdleEnds = [.. Ends(5, 2), .. Ends(5.1, 2.01), .. Ends(7.3, 2)] };

        Assert.Contains(SymptomOverview.Of(new EvidenceSet([timeline]), 20)!.Conclusions, text => text.StartsWith("the server closes kept connections that were idle for 2 s (3 times)", StringComparison.Ordinal));
    }

    /// <summary>As of a server that ends each connection after some requests and announces it to nobody.</summary>
    [Fact]
    public void Kept_connections_that_end_right_behind_an_answer_were_not_idle()
    {
        RequestTimeline timeline = Timeline(Steady(100, _ => null), []) with { IdleEnds = [.. Ends(1, 0.00003), .. Ends(3, 0.00005), .. Ends(5, 0.0004), .. Ends(7, 2)] };

        SymptomOverview overview = SymptomOverview.Of(new EvidenceSet([timeline]), 20)!;

        Assert.Contains(overview.Conclusions, text => text.StartsWith("the server ended kept connections right behind an answer (3 times)", StringComparison.Ordinal));
        Assert.Contains(overview.Conclusions, text => text.StartsWith("the server closes kept connections that were idle for 2 s (1 time)", StringComparison.Ordinal));
    }

    /// <summary>A restart resets what was under way: that those were kept connections after some rest is chance.</summary>
    [Fact]
    public void Resets_at_one_moment_are_no_race_with_an_idle_timeout()
    {
        TriedRequest[] fresh = Steady(60, _ => null);
        TriedRequest[] kept = [.. Steady(60, i => i is >= 30 and < 34 ? Reset : null).Select((request, i) => request with { Idle = TimeSpan.FromSeconds(i % 4 + 0.5) })];

        Assert.Empty(new HttpKeepaliveRace().Evaluate(new EvidenceSet([Timeline([.. fresh, .. kept], [])])));
    }

    [Fact]
    public void A_restart_without_HTTP_is_told_by_its_stretch_of_time()
    {
        RequestTimeline timeline = Timeline(Steady(100, i => i is >= 30 and < 50 ? Refused : null), Alone(request => request)) with { IsHttp = false };

        Finding finding = Assert.Single(new PortClosed().Evaluate(new EvidenceSet([Asked(isHttp: false), Stood, timeline])));

        Assert.Equal("192.0.2.1:80 refuses 20 of 103 connections and takes 83: in one stretch of time, from 12:00:03 UTC (+3.0 s) to +4.9 s, so that the service was away, as with a restart.", finding.Summary);
        Assert.Equal(Where.Remote, finding.Where);
    }

    private static ImmutableArray<Departure> Gone(RequestTimeline timeline) => TimelineReading.Of(new EvidenceSet([timeline]))!.Gone;

    private static InvestigationStarted Asked(bool isHttp) => new("0", isHttp ? "http://a.test/" : "tcp://a.test:80", TargetKind.Service, isHttp ? "http" : "tcp", "a.test", 80) { Id = "o0" };

    private static ConnectAttempt Stood => new(Server, 80, "target", ConnectOutcome.Connected, TimeSpan.FromMilliseconds(1)) { Id = "o2" };

    private static RequestTimeline Timeline(IEnumerable<TriedRequest> requests, IEnumerable<TriedRequest> alone) =>
        new("timeout", "http://a.test/", 80, Noon, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(5))
        {
            Id = "o1",
            IsHttp = true,
            Asked = TimeSpan.FromSeconds(10),
            Requests = [.. requests.OrderBy(request => request.At)],
            Alone = alone.Any() ? [.. alone] : null,
        };

    private static TriedRequest[] Alone(Func<TriedRequest, TriedRequest> how) =>
        [.. Enumerable.Range(0, 3).Select(i => how(Good(TimeSpan.FromSeconds(11 + i))))];

    private static IEnumerable<IdleEnd> Ends(double at, params double[] rests) =>
        rests.Select((rest, i) => new IdleEnd(Server, TimeSpan.FromSeconds(rest)) { At = TimeSpan.FromSeconds(at + (i * 0.001)) });

    // Over new connections, evenly over ten seconds.
    private static TriedRequest[] Steady(int count, Func<int, Func<TriedRequest, TriedRequest>?> how) =>
        [.. Enumerable.Range(0, count).Select(i => Good(TimeSpan.FromSeconds(10.0 * i / count)) is var request && how(i) is { } change ? change(request) : request)];

    private static TriedRequest Good(TimeSpan at) => new(at, Server, HttpOutcome.Complete, ExchangeStage.Complete, TimeSpan.FromMilliseconds(2))
    {
        Status = 200,
        Connect = TimeSpan.FromMilliseconds(1),
        Wait = TimeSpan.FromMilliseconds(1),
        RoundTrip = TimeSpan.FromMilliseconds(0.5),
    };

    private static TriedRequest Refused(TriedRequest request) =>
        request with { Outcome = HttpOutcome.Failed, Stage = ExchangeStage.NotConnected, Errno = "ECONNREFUSED", Status = null, Connect = null, Wait = null };

    private static TriedRequest Unanswered(TriedRequest request) => Refused(request) with { Errno = "ETIMEDOUT", Total = TimeSpan.FromSeconds(5) };

    private static TriedRequest Reset(TriedRequest request) =>
        request with { Outcome = HttpOutcome.Reset, Stage = ExchangeStage.Connected, Errno = "ECONNRESET", Status = null, Wait = null };
}

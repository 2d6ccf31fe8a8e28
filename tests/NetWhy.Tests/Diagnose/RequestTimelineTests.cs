using System.Net;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Repeated;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Diagnose;

/// <summary>What is concluded from requests that were repeated with the time of each.</summary>
public sealed class RequestTimelineTests
{
    private static readonly IPAddress One = IPAddress.Parse("192.0.2.1"), Other = IPAddress.Parse("192.0.2.2");
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void What_never_showed_is_said_with_what_that_rules_out()
    {
        SymptomOverview overview = Of(Timeline("timeout", Steady(100, _ => null)));

        Assert.False(overview.IsSeen);
        Assert.Contains("showed no time-out; one rarer than 1 in 33 would be missed (95 %)", overview.Result, StringComparison.Ordinal);
        Assert.Equal(new string('.', 20), overview.Rows[0].Strip);
    }

    [Fact]
    public void Failures_at_one_of_several_addresses_are_told_apart_from_chance()
    {
        RequestTimeline timeline = Timeline("5xx", [.. Steady(60, _ => null), .. Steady(60, i => i % 8 == 0 ? 502 : null).Select(request => request with { Address = Other })]);

        Finding finding = Judged(new HttpBackendPartlyFailing(), timeline);

        Assert.Contains("all 8 failures are at 192.0.2.2 (8 of 60), and none of 60 at the other", Of(timeline).Conclusions[0], StringComparison.Ordinal);
        Assert.Equal(Other, finding.Subject);
        Assert.True(finding.Confidence > 0.9);
    }

    /// <summary>Two of 60 beside none of 60: by Fisher's test chance in one of four cases.</summary>
    [Fact]
    public void Too_few_failures_blame_no_address()
    {
        RequestTimeline timeline = Timeline("5xx", [.. Steady(60, _ => null), .. Steady(60, i => i % 30 == 7 ? 502 : null).Select(request => request with { Address = Other })]);

        Assert.DoesNotContain(Of(timeline).Conclusions, text => text.Contains("192.0.2.2", StringComparison.Ordinal));
    }

    [Fact]
    public void One_failure_shows_no_pattern()
    {
        Finding finding = Judged(new HttpBackendPartlyFailing(), Timeline("5xx", Steady(100, i => i == 40 ? 502 : null)));

        Assert.Equal(Severity.Warning, finding.Severity);
        Assert.Contains("fails 1 of 100 times", finding.Summary, StringComparison.Ordinal);
        Assert.EndsWith("one failure shows no pattern.", finding.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Windows_of_failures_are_something_that_goes_in_and_out()
    {
        RequestTimeline timeline = Timeline("5xx", Steady(100, i => i / 15 % 2 == 1 ? 503 : null));

        Assert.Contains(Of(timeline).Conclusions, text => text.StartsWith("failures come in 3 windows of 1.4 s on average that begin 3.0 s apart", StringComparison.Ordinal));
        Assert.Contains("goes in and out", Judged(new HttpBackendPartlyFailing(), timeline).Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Failures_in_turn_with_good_answers_are_no_windows()
    {
        RequestTimeline timeline = Timeline("5xx", Steady(100, i => i % 2 == 1 ? 503 : null));

        Assert.DoesNotContain(Of(timeline).Conclusions, text => text.Contains("window", StringComparison.Ordinal));
        Assert.Contains("scattered over the time", Judged(new HttpBackendPartlyFailing(), timeline).Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_change_of_the_version_beside_the_failures_is_a_deploy()
    {
        TriedRequest[] requests = [.. Steady(100, i => i is >= 50 and < 60 ? 503 : null).Select((request, i) => request with { Mark = i < 55 ? 0 : 1 })];
        RequestTimeline timeline = Timeline("5xx", requests) with { Marks = ["server: shop/1", "server: shop/2"] };

        Assert.Contains(Of(timeline).Conclusions, text => text.StartsWith("from 12:00:06 UTC (+6.0 s) on, all answers of 192.0.2.1 say server: shop/2, before server: shop/1", StringComparison.Ordinal));
        Assert.Contains(Judged(new HttpBackendPartlyFailing(), timeline).Reasons, reason => reason.Reading.StartsWith("about then the answers", StringComparison.Ordinal));
    }

    [Fact]
    public void Pages_that_differ_each_time_are_no_deploy()
    {
        TriedRequest[] requests = [.. Steady(100, _ => null).Select((request, i) => request with { Mark = i % 64 })];

        Assert.Empty(Of(Timeline("5xx", requests) with { Marks = [.. Enumerable.Range(0, 64).Select(i => $"etag: {i}")] }).Conclusions);
    }

    [Fact]
    public void Resets_after_long_rests_alone_are_a_race_and_no_bad_backend()
    {
        RequestTimeline timeline = Timeline("timeout", [.. Steady(60, _ => null), .. Rested(20, 0.5, isReset: false), .. Rested(8, 1.5, isReset: true)]);

        Finding finding = Judged(new HttpKeepaliveRace(), timeline);

        Assert.Contains("8 of 8 fail that come after 1.5 s of rest or more, 0 of 80 others", finding.Summary, StringComparison.Ordinal);
        Assert.Empty(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([timeline])));
    }

    [Fact]
    public void Resets_over_new_connections_as_well_are_no_race()
    {
        TriedRequest[] fresh = [.. Steady(60, _ => null).Select((request, i) => i % 3 == 0 ? Reset(request) : request)];
        RequestTimeline timeline = Timeline("timeout", [.. fresh, .. Rested(3, 1.5, isReset: true)]);

        Assert.Empty(new HttpKeepaliveRace().Evaluate(new EvidenceSet([timeline])));
        Assert.Contains("23 reset or cut", Judged(new HttpBackendPartlyFailing(), timeline).Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Slowness_is_the_servers_where_no_segment_was_sent_again()
    {
        TriedRequest[] requests = [.. Steady(40, _ => null).Select((request, i) => i % 4 == 0 ? Late(request, 0) : request)];

        Finding finding = Judged(new HttpSlow(), Timeline("slow", requests));

        Assert.Equal("http-slow-server", finding.Cause);
        Assert.Contains("to begin 10 of 40 answers", finding.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Slowness_with_segments_sent_again_blames_no_server()
    {
        TriedRequest[] requests = [.. Steady(40, _ => null).Select((request, i) => i % 4 == 0 ? Late(request, 2) : request)];

        Assert.Empty(new HttpSlow().Evaluate(new EvidenceSet([Timeline("slow", requests)])));
    }

    [Fact]
    public void An_address_that_never_accepts_is_left_to_the_rules_of_ports()
    {
        TriedRequest[] dead = [.. Steady(20, _ => null).Select(request => request with { Address = Other, Outcome = HttpOutcome.Failed, Stage = ExchangeStage.NotConnected, Errno = "ECONNREFUSED", Status = null })];

        Assert.Empty(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([Timeline("timeout", [.. Steady(20, _ => null), .. dead])])));
    }

    [Fact]
    public void Drops_of_the_listener_here_are_told_beside_time_outs()
    {
        TriedRequest[] requests = [.. Steady(40, _ => null).Select((request, i) => i is >= 10 and < 20 ? request with { Outcome = HttpOutcome.Failed, Stage = ExchangeStage.NotConnected, Errno = "ETIMEDOUT", Status = null, Total = TimeSpan.FromSeconds(1) } : request)];
        RequestTimeline timeline = Timeline("timeout", requests) with
        {
            Looks = [.. Enumerable.Range(0, 21).Select(i => new HostLook(TimeSpan.FromSeconds(i / 2.0), new Dictionary<string, long> { ["TcpExt.ListenOverflows"] = Math.Clamp(i - 5, 0, 5) }) { ListenerDrops = Math.Clamp(i - 5, 0, 5) })],
        };

        Assert.Contains(Of(timeline).Conclusions, text => text.Contains("the listener of port 80 on this machine dropped 5 packets meanwhile, in 5 of 5 steps while requests failed; ListenOverflows rose by 5", StringComparison.Ordinal));
    }

    private static SymptomOverview Of(RequestTimeline timeline) => SymptomOverview.Of(new EvidenceSet([timeline]), 20)!;

    private static Finding Judged(IRule rule, RequestTimeline timeline) => Assert.Single(rule.Evaluate(new EvidenceSet([timeline])));

    private static RequestTimeline Timeline(string symptom, IEnumerable<TriedRequest> requests) =>
        new(symptom, "http://a.test/", 80, Noon, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(5))
        {
            Id = "o1",
            IsHttp = true,
            Asked = TimeSpan.FromSeconds(10),
            Requests = [.. requests.OrderBy(request => request.At)],
        };

    // Over new connections, evenly over ten seconds.
    private static IEnumerable<TriedRequest> Steady(int count, Func<int, int?> status) => Enumerable.Range(0, count).Select(i =>
        new TriedRequest(TimeSpan.FromSeconds(10.0 * i / count), One, HttpOutcome.Complete, ExchangeStage.Complete, TimeSpan.FromMilliseconds(2))
        {
            Status = status(i) ?? 200,
            Connect = TimeSpan.FromMilliseconds(1),
            Wait = TimeSpan.FromMilliseconds(1),
            RoundTrip = TimeSpan.FromMilliseconds(0.5),
        });

    private static IEnumerable<TriedRequest> Rested(int count, double idle, bool isReset) => Steady(count, _ => null).Select(request =>
        (isReset ? Reset(request) : request) with { Idle = TimeSpan.FromSeconds(idle), Connect = null });

    private static TriedRequest Reset(TriedRequest request) =>
        request with { Outcome = HttpOutcome.Reset, Stage = ExchangeStage.Connected, Errno = "ECONNRESET", Status = null, Wait = null };

    private static TriedRequest Late(TriedRequest request, int retransmits) =>
        request with { Wait = TimeSpan.FromSeconds(0.8), Total = TimeSpan.FromSeconds(0.81), Retransmits = retransmits };
}

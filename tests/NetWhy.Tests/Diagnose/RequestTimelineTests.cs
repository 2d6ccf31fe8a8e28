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
        Assert.Contains("showed no time-out; one rarer than 1 in 33 new connections would be missed (95 %)", overview.Result, StringComparison.Ordinal);
        Assert.Equal(new string('.', 20), overview.Rows[0].Strip);
    }

    [Fact]
    public void Failures_at_one_of_several_addresses_are_told_apart_from_chance()
    {
        RequestTimeline timeline = Timeline("5xx", [.. Steady(60, _ => null), .. Steady(60, i => i % 8 == 0 ? 502 : null).Select(request => request with { Address = Other })]);

        Finding finding = Judged(new HttpBackendPartlyFailing(), timeline);

        Assert.Contains("over new connections, all 8 failures are at 192.0.2.2 (8 of 60), and none of 60 at the other", Of(timeline).Conclusions[0], StringComparison.Ordinal);
        Assert.Equal(Other, finding.Subject);
        Assert.True(finding.Confidence > 0.9);
    }

    /// <summary>One of three backends lacks the page. How often somebody asks decides of 429, and two may be a page that was being put there.</summary>
    [Theory]
    [InlineData(404, 3, true)]
    [InlineData(403, 3, true)]
    [InlineData(429, 3, false)]
    [InlineData(404, 30, false)]
    [InlineData(404, 1, false)]
    public void Answers_that_differ_are_told(int status, int each, bool isTold)
    {
        RequestTimeline timeline = Timeline("5xx", Steady(60, i => i % each == 0 ? status : null));

        Finding? finding = new HttpAnswersDiffer().Evaluate(new EvidenceSet([timeline])).SingleOrDefault();

        Assert.Equal(isTold, finding is not null);
        if (isTold)
            Assert.Contains($"{status} 20 of 60 times", finding!.Summary, StringComparison.Ordinal);
        Assert.Empty(new HttpAnswersDiffer().Evaluate(new EvidenceSet([Timeline("5xx", Steady(60, i => i < 30 ? null : status))]))); // from a moment on
    }

    /// <summary>Four of ten seconds forbidden, or two of five: no backend that lacks something does so by the clock, and one of several does so in turn or at random.</summary>
    [Theory]
    [InlineData(20, "in one stretch of time (+2.0 s to +5.9 s): something behind it was otherwise then, or a rule forbids it for a time.")]
    [InlineData(5, "in 2 windows of time (1.9 s on average): something behind it goes in and out, or a rule forbids it for a time.")]
    [InlineData(0, "in turn: as where 1 of 3 backends lacks what the others have.")]
    public void Answers_that_differ_in_windows_of_time_are_no_backends(int period, string said)
    {
        RequestTimeline timeline = Timeline("5xx", Steady(100, i => (period == 0 ? i % 3 == 0 : i % (period * 10) >= 20 && i % (period * 10) < (period == 5 ? 40 : 60)) ? 403 : null));

        Finding finding = Assert.Single(new HttpAnswersDiffer().Evaluate(new EvidenceSet([timeline])));

        Assert.EndsWith(said, finding.Summary, StringComparison.Ordinal);
        Assert.Equal(period != 0, finding.Remedies.IsEmpty);
    }

    /// <summary>The peer's TCP acknowledges what comes whatever the application does: what it does not acknowledge did not come, or goes to nobody.</summary>
    [Theory]
    [InlineData(true, 0)]
    [InlineData(true, 10)]
    [InlineData(false, 0)]
    public void Requests_that_are_never_acknowledged_are_no_service_that_hangs(bool isUnacknowledged, int answered)
    {
        TriedRequest[] requests =
        [
            .. Steady(40, _ => null).Select((request, i) => i < answered ? request : i % 8 == 7
                ? request with { Outcome = HttpOutcome.Reset, Stage = ExchangeStage.Connected, Status = null, Wait = null, Idle = null }
                : request with { Outcome = HttpOutcome.NoAnswer, Stage = ExchangeStage.Connected, Status = null, Wait = null, Idle = null, Retransmits = 5, IsUnacknowledged = isUnacknowledged, Total = TimeSpan.FromSeconds(5) }),
        ];
        RequestTimeline timeline = Timeline("timeout", requests);

        Assert.Equal(isUnacknowledged, Findings(timeline).Any(finding => finding.Cause is "packet-loss"));
        Assert.Equal(!isUnacknowledged, Findings(timeline).Any(finding => finding.Cause is "service-hung"));
        if (isUnacknowledged)
        {
            var asked = new InvestigationStarted("0", "http://a.test/", TargetKind.Service, "http", "a.test", 80) { Id = "o0" };
            Assert.Equal("packet-loss", Diagnosis.Of(new EvidenceSet([asked, timeline]), RuleCatalog.All).Causes[0].Finding.Cause);
        }
    }

    /// <summary>Two of 60 beside none of 60: by Fisher's test chance in one of four cases.</summary>
    [Fact]
    public void Too_few_failures_blame_no_address()
    {
        RequestTimeline timeline = Timeline("5xx", [.. Steady(60, _ => null), .. Steady(60, i => i % 30 == 7 ? 502 : null).Select(request => request with { Address = Other })]);

        Assert.DoesNotContain(Of(timeline).Conclusions, text => text.Contains("192.0.2.2", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void One_or_two_failures_name_no_cause_and_are_no_health(int failures)
    {
        RequestTimeline timeline = Timeline("5xx", Steady(100, i => i >= 40 && i < 40 + failures ? 502 : null));

        Assert.Empty(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([timeline])));
        Assert.Equal($"{failures} of 100 requests showed it, too few to say what they have in common; --duration 120 asks for longer.", Of(timeline).Result);
        Assert.Equal(Status.Degraded, StatusOf(timeline));
    }

    /// <summary>What has just been run is not advised.</summary>
    [Theory]
    [InlineData(120, "; --duration 600 asks for longer.")]
    [InlineData(600, ", too few to say what they have in common.")]
    public void A_longer_run_is_advised_where_there_is_one(int seconds, string advice) =>
        Assert.EndsWith(advice, Of(Timeline("5xx", Steady(100, i => i == 40 ? 502 : null)) with { Asked = TimeSpan.FromSeconds(seconds) }).Result, StringComparison.Ordinal);

    /// <summary>The usual request met an error that hardly any repeated one does.</summary>
    [Theory]
    [InlineData(0, "answers the same request with 502 and well: none of 100 repeated ones failed")]
    [InlineData(2, "fails 2 of 100 times for the same request (2 answered 5xx): too few to say what they have in common")]
    public void An_error_at_the_first_request_is_told_as_one_that_comes_and_goes(int failures, string said)
    {
        RequestTimeline timeline = Timeline("5xx", Steady(100, i => i >= 40 && i < 40 + failures ? 502 : null));
        HttpExchange first = Answered(502);

        Finding finding = Judged(new HttpBackendPartlyFailing(), timeline, first);

        Assert.Contains(said, finding.Summary, StringComparison.Ordinal);
        Assert.Equal(Severity.Warning, finding.Severity);
        Assert.Empty(finding.Remedies);
    }

    [Fact]
    public void Windows_of_failures_are_something_that_goes_in_and_out()
    {
        RequestTimeline timeline = Timeline("5xx", Steady(100, i => i / 15 % 2 == 1 ? 503 : null));

        Assert.Contains(Of(timeline).Conclusions, text => text.StartsWith("failures come in 3 windows of 1.4 s on average that begin 3.0 s apart; in them 45 of 45 requests fail, and 0 of 55 besides", StringComparison.Ordinal));
        Assert.Contains("goes in and out", Judged(new HttpBackendPartlyFailing(), timeline).Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Failures_in_turn_with_good_answers_are_no_windows()
    {
        RequestTimeline timeline = Timeline("5xx", Steady(100, i => i % 2 == 1 ? 502 : null));

        Assert.DoesNotContain(Of(timeline).Conclusions, text => text.Contains("window", StringComparison.Ordinal));
        Assert.Contains("in turn, as where 1 of 2 backends is bad.", Judged(new HttpBackendPartlyFailing(), timeline).Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_change_of_the_version_beside_the_failures_is_a_deploy()
    {
        TriedRequest[] requests = [.. Steady(100, i => i is >= 50 and < 60 ? 503 : null).Select((request, i) => request with { Mark = i < 55 ? 0 : 1 })];
        RequestTimeline timeline = Timeline("5xx", requests) with { Marks = ["server: shop/1", "server: shop/2"] };

        Assert.Contains(Of(timeline).Conclusions, text => text.StartsWith("from 12:00:06 UTC (+6.0 s) on, all answers of 192.0.2.1 say server: shop/2, before server: shop/1: requests failed then: as with a deploy", StringComparison.Ordinal));
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
        TriedRequest[] requests = [.. Steady(40, _ => null).Select((request, i) => i is 0 or 4 or 9 or 13 or 18 or 24 or 28 or 33 or 35 or 36 ? Late(request, 0) : request)]; // in no turn

        Finding finding = Judged(new HttpSlow(), Timeline("slow", requests));

        Assert.Equal("http-slow-server", finding.Cause);
        Assert.Contains("to begin 10 of 40 answers; new connections stand within 1 ms meanwhile", finding.Summary, StringComparison.Ordinal);
        Assert.DoesNotContain("packet-loss", finding.ExplainedOnlyBy);
        Assert.NotEmpty(finding.ExplainedOnlyBy);
    }

    /// <summary>One worker that takes 0.4 s for each, asked four times a second: no request is slow but for those before it.</summary>
    [Fact]
    public void Slowness_that_requests_make_for_each_other_blames_no_server()
    {
        double free = 0;
        TriedRequest[] requests = [.. Steady(40, _ => null).Select(request =>
        {
            free = Math.Max(free, request.At.TotalSeconds) + 0.4;
            TimeSpan wait = TimeSpan.FromSeconds(free) - request.At;
            return request with { Wait = wait, Total = wait + TimeSpan.FromMilliseconds(1) };
        })];
        RequestTimeline timeline = Timeline("slow", requests);

        Assert.Empty(new HttpSlow().Evaluate(new EvidenceSet([timeline])));
        Assert.Equal(Status.Degraded, StatusOf(timeline, Answered(200)));
    }

    [Fact]
    public void Slowness_from_the_first_request_on_is_the_servers()
    {
        TriedRequest[] requests = [.. Steady(40, _ => null).Select(request => Late(request, 0))];

        Assert.Equal("http-slow-server", Judged(new HttpSlow(), Timeline("slow", requests)).Cause);
    }

    /// <summary>The usual request, before the repeated ones, waited for a backend that the proxy then leaves out.</summary>
    [Theory]
    [InlineData("slow", 2.0, true)]
    [InlineData("slow", 0.01, false)]
    [InlineData("timeout", 2.0, false)] // that is not what was looked for
    public void One_slow_answer_before_many_quick_ones_is_no_health(string symptom, double wait, bool isTold)
    {
        RequestTimeline timeline = Timeline(symptom, Steady(40, _ => null));
        HttpExchange usual = Answered(200) with { TimeToFirstByte = TimeSpan.FromSeconds(wait) };

        Finding[] findings = [.. new HttpSlow().Evaluate(new EvidenceSet([usual, timeline]))];

        Assert.Equal(isTold, findings is [{ Cause: "http-slow-server" }]);
        Assert.Equal(isTold ? Status.Degraded : Status.Healthy, StatusOf(timeline, usual));
        if (isTold)
            Assert.StartsWith("192.0.2.1:80 took 2 s to begin one answer, and none of 40 repeated requests waited long (median 1 ms)", findings[0].Summary, StringComparison.Ordinal);
    }

    /// <summary>The head comes at once, and the body stands still for a second in the middle, while new connections stand at once.</summary>
    [Theory]
    [InlineData(0, 1.0, "http-slow-transfer")]
    [InlineData(2, 1.0, null)] // segments were lost
    [InlineData(0, 0.3, null)] // it comes slowly all the time
    public void A_silence_in_each_body_is_told_as_that(int outOfOrder, double gap, string? cause)
    {
        TriedRequest[] requests = [.. Steady(40, _ => null).Select(request => request with { Receive = TimeSpan.FromSeconds(1.002), LongestGap = TimeSpan.FromSeconds(gap), Total = TimeSpan.FromSeconds(1.004), OutOfOrder = outOfOrder })];

        Finding? finding = new HttpSlow().Evaluate(new EvidenceSet([Timeline("slow", requests)])).SingleOrDefault();

        Assert.Equal(cause, finding?.Cause);
        if (finding is not null)
            Assert.StartsWith("192.0.2.1:80 begins all 40 answers in time and then sends nothing for 1 s (median) in the middle of the body; new connections stand within 1 ms meanwhile.", finding.Summary, StringComparison.Ordinal);
    }

    /// <summary>One try that was refused is no closed port where others stand.</summary>
    [Theory]
    [InlineData(20, "192.0.2.1:80 refuses 20 of 40 connections and takes 20")]
    [InlineData(2, null)]
    public void A_port_that_is_closed_at_times_is_told_so(int refusals, string? said)
    {
        RequestTimeline timeline = Timeline("timeout", Steady(40, _ => null).Select((request, i) => i < refusals ? Unconnected(request, "ECONNREFUSED") : request)) with { IsHttp = false };
        var refused = new ConnectAttempt(One, 80, "target", ConnectOutcome.Failed, TimeSpan.FromMilliseconds(1)) { Id = "o2", Errno = "ECONNREFUSED" };

        Finding[] findings = [.. new PortClosed().Evaluate(new EvidenceSet([Asked, refused, timeline]))];

        Assert.Equal(said is null ? 0 : 1, findings.Length);
        Assert.All(findings, finding => Assert.StartsWith(said!, finding.Summary, StringComparison.Ordinal));
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

    /// <summary>A full queue, or a machine that does not get to run, delays connections as well.</summary>
    [Fact]
    public void Slowness_while_connections_are_slow_too_blames_no_server()
    {
        TriedRequest[] requests = [.. Steady(40, _ => null).Select((request, i) => i % 4 == 0 ? Late(request, 0) : request with { Connect = TimeSpan.FromSeconds(0.4), Total = TimeSpan.FromSeconds(0.41) })];
        RequestTimeline timeline = Timeline("slow", requests);

        Assert.Empty(new HttpSlow().Evaluate(new EvidenceSet([timeline])));
        Assert.Equal(Status.Degraded, StatusOf(timeline, Answered(200)));
    }

    /// <summary>A way that sleeps while nothing is sent: new connections wake it up before their request.</summary>
    [Fact]
    public void Slowness_after_rests_alone_blames_no_server()
    {
        TriedRequest[] rested = [.. Rested(20, 2, isReset: false).Select(request => Late(request, 0))];

        Assert.Empty(new HttpSlow().Evaluate(new EvidenceSet([Timeline("slow", [.. Steady(40, _ => null), .. rested])])));
    }

    /// <summary>Where slowness is what is looked for, three of many are told, where others overtook them; else they are too rare.</summary>
    [Theory]
    [InlineData("slow", 1)]
    [InlineData("timeout", 0)]
    public void A_few_slow_answers_of_many_are_told_where_they_are_looked_for(string symptom, int findings)
    {
        RequestTimeline timeline = Timeline(symptom, Steady(100, _ => null).Select((request, i) => i % 30 == 0 ? Late(request, 0) with { Wait = TimeSpan.FromSeconds(1.3), Total = TimeSpan.FromSeconds(1.31) } : request));

        Assert.Equal(findings, new HttpSlow().Evaluate(new EvidenceSet([timeline])).Count());
    }

    /// <summary>Connecting, TLS or the body take the time: no rule speaks, and it is no health.</summary>
    [Fact]
    public void Slowness_in_another_phase_is_no_health()
    {
        RequestTimeline timeline = Timeline("slow", Steady(40, _ => null).Select(request => request with { Tls = TimeSpan.FromSeconds(0.7), Total = TimeSpan.FromSeconds(0.71) }));

        Assert.Empty(new HttpSlow().Evaluate(new EvidenceSet([timeline])));
        Assert.Equal(Status.Degraded, StatusOf(timeline, Answered(200)));
    }

    [Fact]
    public void Where_all_is_answered_it_is_health_and_only_then()
    {
        TriedRequest[] good = [.. Steady(40, _ => null)];

        Assert.Equal(Status.Healthy, StatusOf(Timeline("5xx", good), Answered(200)));
        Assert.Equal(Status.Healthy, StatusOf(Timeline("5xx", Steady(40, _ => 401)), Answered(200)));
        Assert.Equal(Status.Inconclusive, StatusOf(Timeline("5xx", good) with { WasInterrupted = true }, Answered(200)));
        Assert.Equal(Status.Inconclusive, StatusOf(Timeline("5xx", Steady(40, i => i < 20 ? null : 403)), Answered(200)));
        Assert.Equal(Status.Inconclusive, StatusOf(Timeline("timeout", good.Select((request, i) => i == 9 ? Unconnected(request, "EMFILE") : request)), Answered(200)));
    }

    [Fact]
    public void A_run_that_dies_after_a_good_first_try_is_told_as_that()
    {
        RequestTimeline timeline = Timeline("timeout", Steady(40, _ => null).Select(request => Unconnected(request, "ETIMEDOUT")));
        var stood = new ConnectAttempt(One, 80, "target", ConnectOutcome.Connected, TimeSpan.FromMilliseconds(1)) { Id = "o2" };

        Finding finding = Judged(new HttpBackendPartlyFailing(), timeline, Asked, stood, Answered(200));

        Assert.StartsWith("192.0.2.1:80 worked once and then failed 40 of 40 times (40 timed out connecting)", finding.Summary, StringComparison.Ordinal);
        Assert.Empty(finding.Remedies);
        Assert.Empty(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([timeline])));
    }

    [Fact]
    public void Alerts_of_one_backend_are_failures_of_the_peer()
    {
        RequestTimeline timeline = Timeline("timeout", Steady(40, _ => null).Select((request, i) => i % 2 == 0
            ? request with { Outcome = HttpOutcome.Failed, Stage = ExchangeStage.Connected, Status = null, Wait = null }
            : request)) with
        { Url = "https://a.test/" };

        Assert.Equal((RequestKind.TlsFailed, 20), Of(timeline).Rows[0].Counts[1]);
        Assert.Contains("20 failed in the TLS handshake", Judged(new HttpBackendPartlyFailing(), timeline).Summary, StringComparison.Ordinal);
        Assert.Equal(Status.Broken, StatusOf(timeline, Answered(200)));
    }

    [Fact]
    public void Hosts_that_are_unreachable_now_and_then_are_no_health_and_no_bad_backend()
    {
        RequestTimeline timeline = Timeline("timeout", Steady(40, _ => null).Select((request, i) => i % 2 == 0 ? Unconnected(request, "EHOSTUNREACH") : request));

        Assert.Empty(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([timeline])));
        Assert.Contains("20 unreachable", Of(timeline).Rows[0].Said, StringComparison.Ordinal);
        Assert.Equal(Status.Degraded, StatusOf(timeline, Answered(200)));
    }

    /// <summary>As with a name that has an IPv6 address, on a machine without IPv6.</summary>
    [Fact]
    public void An_address_without_a_route_is_not_counted()
    {
        RequestTimeline timeline = Timeline("timeout", [.. Steady(40, _ => null), .. Steady(40, _ => null).Select(request => Unconnected(request, "ENETUNREACH") with { Address = Other })]);

        Assert.StartsWith("40 requests in 10 s showed no time-out", Of(timeline).Result, StringComparison.Ordinal);
        Assert.EndsWith("to 192.0.2.2 this machine has no route.", Of(timeline).Result, StringComparison.Ordinal);
        Assert.Equal(Status.Healthy, StatusOf(timeline, Answered(200)));
    }

    [Fact]
    public void A_dead_address_beside_one_that_fails_once_is_no_bad_backend()
    {
        TriedRequest[] dead = [.. Steady(60, _ => null).Select(request => Unconnected(request, "ETIMEDOUT") with { Address = Other })];

        Assert.Empty(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([Timeline("timeout", [.. dead, .. Steady(60, i => i == 7 ? 502 : null)])])));
        RequestTimeline timeline = Timeline("timeout", [.. dead, .. Steady(60, i => i % 6 == 2 ? 502 : null)]);
        Finding finding = Judged(new HttpBackendPartlyFailing(), timeline);
        Assert.StartsWith("192.0.2.1:80 fails 10 of 60 times", finding.Summary, StringComparison.Ordinal);
        Assert.Equal(One, finding.Subject);
        Assert.Contains(Of(timeline).Conclusions, text => text.StartsWith("of 10 failures, those at 192.0.2.2 apart, 10 were followed by a request over a new connection to the same address, and 10 of those were answered", StringComparison.Ordinal));
    }

    [Fact]
    public void Windows_are_of_one_address_each()
    {
        TriedRequest[] requests =
        [
            .. Steady(60, i => i is >= 6 and < 18 ? 502 : null),
            .. Steady(60, i => i is >= 18 and < 30 ? 502 : null).Select(request => request with { Address = Other }),
        ];

        SymptomOverview overview = Of(Timeline("5xx", requests));

        Assert.Contains(overview.Conclusions, text => text.StartsWith("at 192.0.2.1 between +1.0 s and +2.8 s (12:00:01 UTC) 12 of 12 requests fail, and 0 of 48 besides: something was away", StringComparison.Ordinal));
        Assert.Contains(overview.Conclusions, text => text.StartsWith("at 192.0.2.2 between +3.0 s and +4.8 s", StringComparison.Ordinal));
    }

    /// <summary>A kept connection that a balancer of connections bound to the bad one of several backends fails all the time.</summary>
    [Fact]
    public void Kept_connections_bound_to_a_bad_backend_blame_no_address_and_make_no_windows()
    {
        TriedRequest[] bound = [.. Steady(40, i => i < 25 ? 502 : null).Select(request => request with { Idle = TimeSpan.FromSeconds(0.25), Connect = null })];
        TriedRequest[] requests = [.. Steady(40, i => i % 4 == 0 ? 502 : null), .. Steady(40, i => i % 4 == 1 ? 502 : null).Select(request => request with { Address = Other }), .. bound];

        Finding finding = Judged(new HttpBackendPartlyFailing(), Timeline("5xx", requests));

        Assert.EndsWith(": in turn, as where 1 of 4 backends is bad.", finding.Summary, StringComparison.Ordinal);
        Assert.Null(finding.Subject);
        Assert.Empty(finding.AlsoExplains);
        Assert.DoesNotContain(Of(Timeline("5xx", requests)).Conclusions, text => text.Contains("window", StringComparison.Ordinal) || text.StartsWith("over new connections", StringComparison.Ordinal));
    }

    /// <summary>Each third of the time some fail, at random: a limit that others fill too is not told from one of several backends.</summary>
    [Fact]
    public void What_a_limit_for_each_client_may_refuse_blames_no_backend()
    {
        var random = new Random(1);
        RequestTimeline timeline = Timeline("5xx", Steady(127, _ => random.Next(5) == 0 ? 503 : null));

        Finding finding = Judged(new HttpBackendPartlyFailing(), timeline);

        Assert.Equal(Severity.Warning, finding.Severity);
        Assert.Empty(finding.Remedies);
        Assert.Contains(finding.Reasons, reason => reason is { Weight: Weight.Against } && reason.Reading.Contains("netwhy asked 12.7 times a second", StringComparison.Ordinal));
        Assert.True(finding.Confidence < 0.6);
    }

    [Fact]
    public void Answers_429_are_a_limit_and_neither_good_nor_a_bad_backend()
    {
        RequestTimeline timeline = Timeline("5xx", Steady(100, i => i >= 50 ? 429 : null));

        Assert.Empty(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([timeline])));
        Assert.Equal("50 ok, 50 answered 429", Of(timeline).Rows[0].Said);
        Assert.Contains(Of(timeline).Conclusions, text => text.StartsWith("50 of 100 were answered 429: the server limits how often this client may ask, and it asked 10 times a second", StringComparison.Ordinal));
        Assert.Equal(Status.Degraded, StatusOf(timeline, Answered(200)));
        Assert.Equal("http-client-error", Judged(new ClientLimited(), timeline).Cause);
    }

    /// <summary>A log of the times of those let through, twelve in 3 s, beside three seconds of each six in which all fail. The latter begin again while requests are made in quick succession, too.</summary>
    [Theory]
    [InlineData(403, true, "http-client-error")]
    [InlineData(500, true, "http-server-error")]
    [InlineData(503, true, "http-unavailable")]
    [InlineData(null, true, "connection-rate-limited")]
    [InlineData(403, false, null)]
    [InlineData(500, false, null)]
    [InlineData(503, false, null)]
    [InlineData(null, false, null)]
    public void A_limit_is_told_from_what_goes_in_and_out_however_it_refuses(int? status, bool isLimit, string? cause)
    {
        List<double> passed = [];
        bool IsRefused(double at)
        {
            bool isRefused = isLimit ? passed.Count(other => other > at - 3) >= 12 : at % 6 >= 3;
            if (!isRefused)
                passed.Add(at);
            return isRefused;
        }

        TriedRequest Try(double at) => Steady(1, _ => null).Single() with { At = TimeSpan.FromSeconds(at) } is var request && !IsRefused(at) ? request
            : status is not null ? request with { Status = status }
            : request with { Outcome = HttpOutcome.NoAnswer, Stage = ExchangeStage.Connected, Status = null, Wait = null, Total = TimeSpan.FromSeconds(5) };

        RequestTimeline timeline = Timeline("5xx", [.. Enumerable.Range(0, 100).Select(i => Try((i * 0.1) + (i * i % 7 * 0.01)))]) with
        {
            Alone = [.. Enumerable.Range(0, 3).Select(i => Try(12.2 + i))],
            Again = [.. Enumerable.Range(0, 64).Select(i => Try(14.5 + (i / 16.0)))],
        };

        Assert.Equal(cause, Findings(timeline).FirstOrDefault(finding => finding.Summary.Contains(" refuses ", StringComparison.Ordinal))?.Cause);
        Assert.Equal(cause is null, Findings(timeline).Any(finding => finding.Cause is "http-backend-partly-failing"));
        if (isLimit)
            Assert.Contains(Findings(timeline), finding => finding.Summary.Contains("it lets 12 within 3 s through", StringComparison.Ordinal));
    }

    /// <summary>One of three backends forbids what the others do not: by luck none of three that are asked alone gets it.</summary>
    [Theory]
    [InlineData(403)]
    [InlineData(503)]
    [InlineData(500)]
    public void One_of_several_backends_is_no_limit(int status)
    {
        RequestTimeline timeline = Timeline("5xx", Steady(100, i => i % 3 == 1 ? status : null)) with
        {
            Alone = [.. Steady(3, _ => null).Select(request => request with { At = request.At + TimeSpan.FromSeconds(12) })],
            Again = [.. Steady(60, i => i % 3 == 1 ? status : null).Select(request => request with { At = TimeSpan.FromSeconds(23) + (request.At * 0.4) })],
        };

        Assert.Equal("http-backend-partly-failing", Assert.Single(Findings(timeline)).Cause);
    }

    /// <summary>One of three backends is late, or redirects. Where each third is so by chance alone, none is blamed.</summary>
    [Theory]
    [InlineData(true, 0.9, 200, "is late with 33 of 99 answers, in turn, as where 1 of 3 backends is slow")]
    [InlineData(true, 0.001, 302, "redirects the same request 33 of 99 times, in turn, and answers it otherwise: as where 1 of 3 backends differs")]
    [InlineData(false, 0.9, 200, null)]
    [InlineData(false, 0.001, 302, null)]
    public void A_backend_that_is_late_or_redirects_is_told_by_its_turn(bool isInTurn, double seconds, int status, string? said)
    {
        var random = new Random(7);
        RequestTimeline timeline = Timeline("slow", Steady(99, _ => null).Select((request, i) => (isInTurn ? i % 3 == 1 : random.Next(3) == 1)
            ? request with { Status = status, Wait = TimeSpan.FromSeconds(seconds), Total = TimeSpan.FromSeconds(seconds + 0.001) } : request));

        Finding[] findings = [.. Findings(timeline).Where(finding => finding.Cause is "http-backend-partly-failing")];

        Assert.Equal(said is not null, findings.Length == 1);
        if (said is not null)
            Assert.Contains(said, findings[0].Summary, StringComparison.Ordinal);
        Assert.Equal(said is null && seconds > 0.5, Findings(timeline).Any(finding => finding.Cause is "http-slow-server"));
    }

    /// <summary>New connections wait 0.5 s, and longer and longer; alone they do not, or do as well, as where something is done for each.</summary>
    [Theory]
    [InlineData(0.001, "connection-rate-limited")]
    [InlineData(0.9, "http-slow-server")]
    public void New_connections_that_wait_for_each_other_are_a_limit(double alone, string cause)
    {
        RequestTimeline timeline = Timeline("slow", Steady(100, _ => null).Select((request, i) => i % 2 == 0
            ? Late(request, 0) with { Connection = i / 2, Wait = TimeSpan.FromSeconds(0.5 + (i * 0.02)), Total = TimeSpan.FromSeconds(0.51 + (i * 0.02)) }
            : request with { At = request.At + TimeSpan.FromSeconds(3), Connection = i / 2, Idle = TimeSpan.FromSeconds(0.5), Connect = null })) with
        {
            Alone = [.. Steady(3, _ => null).Select((request, i) => request with { At = TimeSpan.FromSeconds(16 + i), Wait = TimeSpan.FromSeconds(alone), Total = TimeSpan.FromSeconds(alone + 0.001) })],
        };

        Assert.Equal(cause, Assert.Single(Findings(timeline)).Cause);
    }

    /// <summary>As nginx with proxy_connect_timeout 1s and one of two upstreams silent: half of the answers, also over kept connections, come a second late.</summary>
    [Theory]
    [InlineData(1.001, 2, "http-backend-partly-failing")]
    [InlineData(1.3, 2, "http-slow-server")]
    [InlineData(1.001, 21, "http-slow-server")]
    public void Waits_of_a_whole_second_beside_many_quick_answers_may_be_a_proxys(double seconds, int each, string cause)
    {
        var random = new Random(3);
        RequestTimeline timeline = Timeline("slow", Steady(100, _ => null).Select((request, i) => request with { Connection = i % 20, Idle = i < 20 ? null : TimeSpan.FromSeconds(1), Connect = i % 3 == 0 || i < 20 ? request.Connect : null })
            .Select((request, i) => (i % 3 == 0 ? request with { Idle = null, Connection = 100 + i } : request) is var one && (each == 2 ? random.Next(each) == 0 : i % each == 5) ? one with { Wait = TimeSpan.FromSeconds(seconds), Total = TimeSpan.FromSeconds(seconds + 0.001) } : one));

        Assert.Equal(cause, Assert.Single(Findings(timeline)).Cause);
    }

    /// <summary>None is answered. What most requests meet is told, whatever the usual try met.</summary>
    [Theory]
    [InlineData(2, HttpOutcome.Reset, "service-hung", "says nothing to 28 of 30 requests within 5 s; 2 were reset or ended before an answer, and none was answered")]
    [InlineData(28, HttpOutcome.NoAnswer, "connection-reset", "resets or ends 28 of 30 connections to port 80 before an answer; 2 got no answer in time, and none was answered")]
    public void What_most_requests_meet_names_the_cause(int resets, HttpOutcome usual, string cause, string said)
    {
        RequestTimeline timeline = Timeline("timeout", Steady(30, _ => null).Select((request, i) => i % 15 == 4 == resets < 15 ? Reset(request)
            : request with { Outcome = HttpOutcome.NoAnswer, Stage = ExchangeStage.Connected, Status = null, Wait = null, Total = TimeSpan.FromSeconds(5) }));
        ConnectAttempt connected = new(One, 80, "target", ConnectOutcome.Connected, TimeSpan.FromMilliseconds(1)) { Id = "o2" };
        HttpExchange single = Answered(200) with { Status = null, Outcome = usual, TimeToFirstByte = null, AllAcknowledged = true };

        RankedFinding[] causes = [.. Diagnosis.Of(new EvidenceSet([Asked, connected, single, timeline]), RuleCatalog.All).Causes];

        Assert.Equal(cause, causes[0].Finding.Cause);
        Assert.Contains(said, causes[0].Finding.Summary, StringComparison.Ordinal);
        Assert.Single(causes);
    }

    [Fact]
    public void A_short_outage_is_not_scattered()
    {
        RequestTimeline timeline = Timeline("timeout", Steady(130, _ => null).Select((request, i) => i is >= 65 and < 68 ? Unconnected(request, "ECONNREFUSED") with { Idle = null } : request with { Idle = i % 3 == 0 ? null : TimeSpan.FromSeconds(0.5) }));

        Finding finding = Judged(new HttpBackendPartlyFailing(), timeline);

        Assert.Contains("fails 3 of 130 times for the same request (3 refused): in one stretch of time", finding.Summary, StringComparison.Ordinal);
        Assert.Equal(Severity.Warning, finding.Severity);
        Assert.Empty(finding.Remedies);
    }

    [Fact]
    public void Few_failures_far_from_each_other_have_no_pattern()
    {
        Finding finding = Judged(new HttpBackendPartlyFailing(), Timeline("5xx", Steady(130, i => i is 20 or 61 or 100 ? 502 : null)));

        Assert.EndsWith("in no pattern that tells more than chance, as where one of several backends is bad, or where it bears fewer at once, or in a time, than netwhy asked.", finding.Summary, StringComparison.Ordinal);
        Assert.InRange(finding.Confidence, 0.3, 0.7);
        Assert.Equal(Severity.Warning, finding.Severity);
        Assert.Empty(finding.Remedies);
    }

    [Fact]
    public void Failures_that_were_not_seen_to_end_are_told_so()
    {
        Finding finding = Judged(new HttpBackendPartlyFailing(), Timeline("timeout", Steady(100, _ => null).Select((request, i) => i >= 60 ? Reset(request) : request)));

        Assert.EndsWith("from +6.0 s (12:00:06 UTC) on, and it was not seen to end.", finding.Summary, StringComparison.Ordinal);
        Assert.Equal(Severity.Warning, finding.Severity);
    }

    [Fact]
    public void Connections_alone_that_fail_are_no_bad_backend_of_http()
    {
        RequestTimeline timeline = Timeline("timeout", Steady(80, _ => null).Select((request, i) => i % 16 == 3 ? Unconnected(request, "ETIMEDOUT") : request with { Status = null })) with { IsHttp = false };

        Assert.Empty(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([timeline])));
        Assert.Equal("5 of 80 connections showed it.", Of(timeline).Result);
        Assert.Equal(Status.Degraded, StatusOf(timeline));
    }

    [Fact]
    public void A_deploy_of_one_of_several_backends_is_seen()
    {
        TriedRequest[] requests = [.. Steady(100, _ => null).Select((request, i) => request with { Mark = i % 2 == 0 ? 0 : i < 50 ? 1 : 2 })];

        Assert.Contains(Of(Timeline("5xx", requests) with { Marks = ["x-version: 7", "x-version: 8", "x-version: 9"] }).Conclusions, text => text.StartsWith(
            "from 12:00:05 UTC (+5.1 s) on, some answers of 192.0.2.1 say x-version: 9, as none did before, and none says x-version: 8 any more: another version, or another server, answers since, at some of its backends", StringComparison.Ordinal));
    }

    [Fact]
    public void A_page_made_anew_and_answers_of_another_status_are_no_deploy()
    {
        TriedRequest[] requests = [.. Steady(100, _ => null).Select((request, i) => request with { Mark = i < 50 ? 0 : 1 })];
        TriedRequest[] refused = [.. Steady(100, i => i < 50 ? 403 : null).Select((request, i) => request with { Mark = i < 50 ? 0 : 1 })];

        Assert.Contains(Of(Timeline("5xx", requests) with { Marks = ["server: a; etag: 1", "server: a; etag: 2"] }).Conclusions, text => text.EndsWith("a new version, or a page that is made anew now and then", StringComparison.Ordinal));
        Assert.Empty(Of(Timeline("5xx", refused) with { Marks = ["server: a", "server: b"] }).Conclusions);
    }

    [Fact]
    public void What_was_not_tried_is_said()
    {
        RequestTimeline timeline = Timeline("timeout", [.. Steady(60, _ => null), .. Rested(90, 4.6, isReset: false)]);

        Assert.Equal("150 requests in 10 s showed no time-out; one rarer than 1 in 20 new connections would be missed (95 %), and connections idle for more than 4.6 s were not tried: --duration 60.", Of(timeline).Result);
        Assert.EndsWith("were not tried, as the server closes them.", Of(timeline with { IdleEnds = [new IdleEnd(One, TimeSpan.FromSeconds(5))] }).Result, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reset_inside_of_a_body_is_no_part_of_a_race()
    {
        TriedRequest[] cut = [.. Rested(1, 1.5, isReset: true).Select(request => request with { Stage = ExchangeStage.BodyBegun })];
        RequestTimeline timeline = Timeline("timeout", [.. Steady(60, _ => null), .. Rested(8, 1.5, isReset: true), .. cut]);

        Assert.Single(new HttpKeepaliveRace().Evaluate(new EvidenceSet([timeline])));
        Assert.Contains("of 1 failure", string.Concat(Of(timeline).Conclusions), StringComparison.Ordinal);
    }

    /// <summary>Each connection carries three requests whatever their rest, and the fourth meets a reset.</summary>
    [Theory]
    [InlineData(true, "192.0.2.1:80 ends each kept connection under its request 4, however long it rested: it serves 3 over one")]
    [InlineData(false, "192.0.2.1:80 ends each kept connection under its request 4, or once it is 3 s old: it serves 3 over one")] // all rest alike
    public void Connections_that_die_at_the_same_number_are_told_by_it(bool areUnlike, string said)
    {
        TriedRequest[] requests = [.. Enumerable.Range(0, 8).SelectMany(connection => Enumerable.Range(0, 4).Select(place =>
        {
            double rest = areUnlike ? 0.25 + (0.4 * connection) : 1;
            TriedRequest request = Steady(1, _ => null).Single() with
            {
                At = TimeSpan.FromSeconds((0.01 * connection) + (rest * place)),
                Connection = connection,
                Idle = place == 0 ? null : TimeSpan.FromSeconds(rest),
            };
            return place == 3 ? Reset(request) : request;
        }))];
        RequestTimeline timeline = Timeline("timeout", [.. Steady(30, _ => null), .. requests]);

        Finding finding = Judged(new HttpKeepaliveRace(), timeline);

        Assert.StartsWith(said, finding.Summary, StringComparison.Ordinal);
        Assert.Contains(finding.Remedies, remedy => remedy.Text.Contains("keepalive_requests", StringComparison.Ordinal));
        Assert.Empty(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([timeline])));
    }

    /// <summary>A firewall that forgot the connection drops what comes: it is sent again and again and not acknowledged. A hung backend's kernel acknowledges it.</summary>
    [Theory]
    [InlineData(true, "idle-connection-dropped")]
    [InlineData(false, "http-backend-partly-failing")]
    public void Requests_that_vanish_after_rests_alone_are_a_forgotten_connection(bool isUnacknowledged, string cause)
    {
        TriedRequest[] vanished = [.. Rested(8, 2.2, isReset: false).Select(request => request with { Outcome = HttpOutcome.NoAnswer, Stage = ExchangeStage.Connected, Status = null, Wait = null, Total = TimeSpan.FromSeconds(5), Retransmits = isUnacknowledged ? 5 : 0, IsUnacknowledged = isUnacknowledged })];
        RequestTimeline timeline = Timeline("timeout", [.. Steady(60, _ => null), .. Rested(20, 1.5, isReset: false), .. vanished]);

        Finding finding = Assert.Single(Findings(timeline));

        Assert.Equal(cause, finding.Cause);
        if (isUnacknowledged)
            Assert.StartsWith("What is sent to 192.0.2.1:80 over a connection that was idle for 2.2 s or more vanishes: 8 of 8 such requests, 0 of 80 others.", finding.Summary, StringComparison.Ordinal);
    }

    /// <summary>Bodies that take seconds while the kernel's round trips do, which no application delays.</summary>
    [Theory]
    [InlineData(400, "http-slow-transfer", Where.Path)]
    [InlineData(0.5, "http-backend-partly-failing", Where.Remote)]
    public void A_full_way_is_no_bad_backend(double trip, string cause, Where where)
    {
        TriedRequest[] requests = [.. Steady(34, _ => null).Select((request, i) => (i % 3 == 0
            ? request with { Outcome = HttpOutcome.Stalled, Stage = ExchangeStage.BodyBegun, Total = TimeSpan.FromSeconds(5) }
            : request with { Receive = TimeSpan.FromSeconds(3), Total = TimeSpan.FromSeconds(3.5), OutOfOrder = 1 }) with
        { Connect = TimeSpan.FromMilliseconds(trip), RoundTrip = TimeSpan.FromMilliseconds(trip) })];
        var echo = new EchoSeries(One, "target", 56, 30, 30) { Id = "o5", MinRoundTrip = TimeSpan.FromMilliseconds(0.05) };

        Finding finding = Assert.Single(Findings(Timeline("timeout", requests), echo));

        Assert.Equal((cause, where), (finding.Cause, finding.Where));
    }

    [Fact]
    public void Late_handshakes_are_told_where_connections_stand_at_once()
    {
        TriedRequest[] requests = [.. Steady(40, _ => null).Select(request => request with { Tls = TimeSpan.FromSeconds(1.2), Total = TimeSpan.FromSeconds(1.21) })];

        Finding finding = Assert.Single(Findings(Timeline("slow", requests) with { Url = "https://a.test/" }));

        Assert.Equal("tls-handshake-stall", finding.Cause);
        Assert.StartsWith("The TLS handshake with 192.0.2.1:80 takes 1.2 s (median) on all 40 new connections; TCP connections stand within 1 ms meanwhile.", finding.Summary, StringComparison.Ordinal);
    }

    /// <summary>A limit on new connections resets two of three, and a backend goes in and out: the windows are those of the errors alone.</summary>
    [Fact]
    public void Failures_of_several_kinds_are_judged_each_by_itself()
    {
        TriedRequest[] kept = [.. Steady(80, i => i / 20 % 2 == 1 ? 503 : null).Select(request => request with { Idle = TimeSpan.FromSeconds(0.25), Connect = null, Connection = 1 })];
        TriedRequest[] fresh = [.. Steady(80, i => i / 20 % 2 == 1 ? 503 : null).Select((request, i) => i % 3 == 0 ? request with { Connection = 10 + i } : Reset(request))];
        RequestTimeline timeline = Timeline("5xx", [.. kept, .. fresh]);

        Finding finding = Judged(new HttpBackendPartlyFailing(), timeline);

        Assert.EndsWith(": those answered 5xx in windows, so that something behind it goes in and out, and the others besides.", finding.Summary, StringComparison.Ordinal);
        Assert.Contains(finding.Reasons, reason => reason.Reading.StartsWith("53 reset or cut, of 80 over new connections and none over kept ones: as a limit on new connections", StringComparison.Ordinal));
        Assert.Contains(Of(timeline).Conclusions, text => text.Contains(" come in 2 windows of ", StringComparison.Ordinal));
    }

    /// <summary>Two lookups of eight wait for the resolver's time-out: no health, and it is told.</summary>
    [Fact]
    public void Lookups_that_wait_for_a_time_out_are_told_though_all_requests_did_well()
    {
        RequestTimeline timeline = Timeline("timeout", Steady(100, _ => null)) with { Lookups = [.. Enumerable.Range(0, 8).Select(i => new TriedLookup(TimeSpan.FromSeconds(i), TimeSpan.FromSeconds(i % 4 == 1 ? 5.01 : 0.001), null))] };

        Finding finding = Assert.Single(new DnsSlow().Evaluate(new EvidenceSet([Asked, timeline])));

        Assert.StartsWith("2 of 8 lookups of a.test took 5.01 s: queries stay unanswered at times", finding.Summary, StringComparison.Ordinal);
        Assert.Equal(Status.Degraded, StatusOf(timeline, Answered(200)));
    }

    /// <summary>Echo that is not lost tells nothing where segments of connections that stand are lost as well: 4 of 47 SYNs beside answers of kept connections a timer late.</summary>
    [Theory]
    [InlineData(7, "packet-loss")]
    [InlineData(0, "connection-rate-limited")]
    public void Loss_of_TCP_alone_is_no_limit_on_connections(int late, string cause)
    {
        TriedRequest[] kept = [.. Rested(73, 0.5, isReset: false).Select((request, i) => i % 10 == 3 && i / 10 < late ? request with { Wait = TimeSpan.FromSeconds(0.205), Total = TimeSpan.FromSeconds(0.206) } : request)];
        RequestTimeline timeline = Timeline("timeout", [.. Steady(47, _ => null).Select((request, i) => i % 12 == 0 ? request with { Connect = TimeSpan.FromSeconds(1.01), Total = TimeSpan.FromSeconds(1.02), Retransmits = 1 } : request), .. kept]);
        var series = new ConnectSeries(One, 80, 47, 47, 4, 0) { Id = "o4", Over = TimeSpan.FromSeconds(10) };
        var echo = new EchoSeries(One, "target", 56, 180, 180) { Id = "o5", MinRoundTrip = TimeSpan.FromMilliseconds(0.05) };
        var stood = new ConnectAttempt(One, 80, "target", ConnectOutcome.Connected, TimeSpan.FromMilliseconds(1)) { Id = "o2" };

        Finding[] findings = [.. ((IRule[])[new PacketLoss(), new ConnectionRateLimited()]).SelectMany(rule => rule.Evaluate(new EvidenceSet([Asked, stood, series, echo, timeline]))).Where(finding => finding.Confidence > 0.5)];

        Assert.Equal(cause, Assert.Single(findings).Cause);
    }

    /// <summary>
    /// Segments of standing connections that are lost delay answers by 0.2 s, and nothing else shows: 6 of 100 packets. No loss is what the other
    /// side had (D-SACK), what a moment hits in which this machine stood still, what hits new connections alone, and one of two hundred.
    /// </summary>
    [Theory]
    [InlineData(16, 0, true)]
    [InlineData(16, 1, false)]
    [InlineData(200, 0, false)]
    public void Segments_sent_again_all_over_the_time_are_loss(int each, int needless, bool isLoss)
    {
        TriedRequest Sent(TriedRequest request, int i) => i % each == 3 ? request with { Wait = TimeSpan.FromSeconds(0.205), Total = TimeSpan.FromSeconds(0.206), Retransmits = 1, NeedlessRetransmits = needless } : request;
        TriedRequest[] kept = [.. Rested(90, 0.5, isReset: false).Select(Sent)];
        TriedRequest[] all = [.. Steady(40, _ => null).Select(Sent), .. kept];

        Assert.Equal(isLoss, Losses(all).Length > 0);
        Assert.Empty(Losses([.. Steady(40, _ => null), .. kept.Select(request => request.Retransmits > 0 ? request with { At = TimeSpan.FromSeconds(4) } : request)]));
        Assert.Empty(Losses([.. Steady(40, _ => null).Select((request, i) => i % 4 == 0 ? request with { Retransmits = 1 } : request), .. Rested(90, 0.5, isReset: false)]));
    }

    /// <summary>Of a peer that never sent D-SACK, nobody knows that it did not have what was sent again: it is told with less certainty, and said.</summary>
    [Fact]
    public void Loss_is_surer_where_the_other_side_tells_of_copies()
    {
        TriedRequest[] sent = [.. Steady(40, _ => null).Concat(Rested(90, 0.5, isReset: false)).Select((request, i) => i % 12 == 3 ? request with { Retransmits = 1 } : request)];
        Finding silent = Assert.Single(Losses(sent)), telling = Assert.Single(Losses([sent[0] with { NeedlessRetransmits = 1 }, .. sent[1..]]));

        Assert.True(silent.Confidence < telling.Confidence, $"{silent.Confidence} {telling.Confidence}");
        Assert.Contains(silent.Reasons, reason => reason.Reading.EndsWith("else they were late by more than the timer", StringComparison.Ordinal));
        Assert.Contains(telling.Reasons, reason => reason.Reading.EndsWith("the other side did not have them", StringComparison.Ordinal));
    }

    /// <summary>A good way loses one packet of a thousand: of a thousand runs over such, none may be told as loss.</summary>
    [Fact]
    public void Chance_on_a_good_way_is_not_told_as_loss()
    {
        var chance = new Random(7);
        int told = 0;
        for (int run = 0; run < 1000; run++)
            told += Losses([.. Steady(40, _ => null).Concat(Rested(90, 0.5, isReset: false)).Select(request => chance.Next(1000) == 0 ? request with { Retransmits = 1 } : request)]).Length;
        Assert.Equal(0, told);
    }

    private static Finding[] Losses(IEnumerable<TriedRequest> requests) =>
        [.. new PacketLoss().Evaluate(new EvidenceSet([Asked, new ConnectAttempt(One, 80, "target", ConnectOutcome.Connected, TimeSpan.FromMilliseconds(1)) { Id = "o2" }, new EchoSeries(One, "target", 56, 180, 180) { Id = "o5", MinRoundTrip = TimeSpan.FromMilliseconds(0.05) }, Timeline("timeout", requests)])).Where(finding => finding.Confidence >= Diagnosis.LeastConfidence)];

    /// <summary>One of three backends shows an expired certificate: whichever the usual try met, how often is told.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    public void A_certificate_that_some_connections_are_shown_is_told_with_its_share(int code)
    {
        static CertificateChain Chain(string print, int verdict, int shown) => new(One, 443, "a.test",
            [new CertificateFacts("CN=a.test", "CN=b", Noon.AddDays(-90), Noon.AddDays(verdict == 0 ? 90 : -3)) { Fingerprint = print }], verdict, verdict == 0 ? "ok" : "certificate has expired")
        { Id = $"o{print}", At = Noon, NameMatches = true, Purpose = "repeat", Shown = shown, Handshakes = 30 };
        CertificateChain usual = Chain(code == 0 ? "7" : "8", code, 0) with { Id = "o6", Purpose = "target", Shown = null, Handshakes = null };
        EvidenceSet evidence = new([Asked, usual, Chain("7", 0, 20), Chain("8", 10, 10), Timeline("timeout", Steady(30, _ => null)) with { Url = "https://a.test/" }]);

        RankedFinding cause = Assert.Single(Diagnosis.Of(evidence, RuleCatalog.All).Causes);

        Assert.Equal("tls-certificate-expired", cause.Finding.Cause);
        Assert.StartsWith("10 of 30 new connections to 192.0.2.1:443 are shown a certificate that is not accepted, the others another one", cause.Finding.Summary, StringComparison.Ordinal);
    }

    /// <summary>Ten connections of four requests each: which of them fails decides whether it is the place, or a backend to which two connections are bound.</summary>
    [Theory]
    [InlineData(true, "always the first request of a connection (10 of 10), and never a later one (0 of 30).")]
    [InlineData(false, "always a later request of a connection (30 of 30), and never its first one (0 of 10).")]
    [InlineData(null, null)]
    public void Which_request_of_a_connection_fails_blames_no_backend(bool? first, string? said)
    {
        RequestTimeline timeline = Timeline("5xx", Steady(40, i => (first is { } isFirst ? i / 10 == 0 == isFirst : i % 10 < 2 && i >= 10) ? 500 : null).Select((request, i) =>
            request with { Connection = i % 10, Idle = i < 10 ? null : TimeSpan.FromSeconds(2.5), Connect = i < 10 ? request.Connect : null }));

        Finding finding = Judged(new HttpBackendPartlyFailing(), timeline);

        if (said is not null)
        {
            Assert.EndsWith(said, finding.Summary, StringComparison.Ordinal);
            Assert.Contains(finding.Next, next => next.Contains($"the first request {(first is true ? "bad" : "well")}, and", StringComparison.Ordinal) && next.Contains("curl -sv http://a.test/ http://a.test/ http://a.test/", StringComparison.Ordinal));
        }

        Assert.Equal(said is not null, finding.Summary.Contains("request of a connection", StringComparison.Ordinal));
        Assert.Equal(said is not null, Of(timeline).Conclusions.Any(text => text.StartsWith("what fails is always ", StringComparison.Ordinal)));
    }

    /// <summary>What a proxy logs of a connection to its backend that does not come about tells whose fault a 502 is.</summary>
    [Theory]
    [InlineData(502, true)]
    [InlineData(500, false)]
    public void A_bad_gateway_points_to_the_reason_that_the_proxy_logs(int status, bool isTold)
    {
        Finding finding = Judged(new HttpBackendPartlyFailing(), Timeline("5xx", Steady(40, i => i % 7 is 1 or 3 ? status : null)));

        Assert.Equal(isTold, finding.Next.Any(next => next.Contains("99 that the proxy itself has no local port left", StringComparison.Ordinal)));
    }

    /// <summary>Ten answers a second: each is late that is asked for in the last second of four, until its end. One worker, one after the other, makes no such end.</summary>
    [Theory]
    [InlineData(120, true, 3)]
    [InlineData(114, true, 3)] // the run ends in the middle of the third
    [InlineData(111, true, 2)] // and here at its beginning: three more that are late, and nothing tells why
    [InlineData(120, false, null)]
    public void Answers_that_come_all_at_once_are_pauses_of_the_server(int count, bool isAtOnce, int? times)
    {
        TriedRequest[] requests = [.. Steady(count, _ => null).Select((request, i) => request with { At = TimeSpan.FromSeconds(0.1 * i) }).Select((request, i) =>
        {
            int place = (i % 40) - 28;
            TimeSpan wait = place < 0 ? request.Wait!.Value : TimeSpan.FromSeconds(isAtOnce ? 1.2 - (0.1 * place) : 0.6 + (0.02 * place));
            return request with { Wait = wait, Total = wait + TimeSpan.FromMilliseconds(1) };
        })];

        string[] summaries = [.. Findings(Timeline("slow", requests) with { Asked = TimeSpan.FromSeconds(12) }).Select(finding => finding.Summary)];

        Assert.Equal(times is not null, summaries.Any(summary => summary.Contains("stands still again and again", StringComparison.Ordinal)));
        Assert.Equal(times is not null, summaries.Any(summary => summary.Contains($"{times} times it answered nothing for up to 1.2 s", StringComparison.Ordinal)));
    }

    private static Finding[] Findings(RequestTimeline timeline, params Observation[] besides) =>
        [.. RuleCatalog.All.SelectMany(rule => rule.Evaluate(new EvidenceSet([Asked, .. besides, timeline]))).Where(finding => finding.Severity is not Severity.Info)];

    private static InvestigationStarted Asked => new("0", "http://a.test/", TargetKind.Service, "http", "a.test", 80) { Id = "o0" };

    private static HttpExchange Answered(int status) => new("http://a.test/", One, 80, "target", HttpOutcome.Complete, TimeSpan.FromMilliseconds(2)) { Id = "o3", Status = status };

    private static Status StatusOf(RequestTimeline timeline, params Observation[] besides) =>
        Diagnosis.Of(new EvidenceSet([Asked, new ConnectAttempt(One, 80, "target", ConnectOutcome.Connected, TimeSpan.FromMilliseconds(1)) { Id = "o2" }, .. besides, timeline]), RuleCatalog.All).Status;

    private static SymptomOverview Of(RequestTimeline timeline) => SymptomOverview.Of(new EvidenceSet([timeline]), 20)!;

    private static Finding Judged(IRule rule, RequestTimeline timeline, params Observation[] besides) => Assert.Single(rule.Evaluate(new EvidenceSet([.. besides, timeline])));

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

    private static TriedRequest Unconnected(TriedRequest request, string errno) =>
        request with { Outcome = HttpOutcome.Failed, Stage = ExchangeStage.NotConnected, Errno = errno, Status = null, Connect = null, Wait = null };

    private static TriedRequest Reset(TriedRequest request) =>
        request with { Outcome = HttpOutcome.Reset, Stage = ExchangeStage.Connected, Errno = "ECONNRESET", Status = null, Wait = null };

    private static TriedRequest Late(TriedRequest request, int retransmits) =>
        request with { Wait = TimeSpan.FromSeconds(0.8), Total = TimeSpan.FromSeconds(0.81), Retransmits = retransmits };
}

using System.Globalization;
using System.Net;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Repeated;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Diagnose;

/// <summary>
/// What is told of failures by their order in time: windows, limits and places that our own requests meet. The limiters, balancers and
/// flapping backends are simulated by what their documentation says that they do, in the rhythm in which netwhy asks.
/// </summary>
public sealed class OwnRequestsTests
{
    private static readonly IPAddress Server = IPAddress.Parse("192.0.2.1");

    public static TheoryData<string, string> Limiters => new()
    {
        { "leak 5 0", "about 5 a second" },
        { "leak 5 5", "about 5 a second with a burst of 5" },
        { "leak 10 0", "about 10 a second" },
        { "window 1 5", "the first 5 of each second" },
        { "window 2 8", "the first 8 of each 2 s" },
        { "log 1 5", "5 within a second" },
    };

    public static TheoryData<string> Others => ["flap 0.5", "flap 1", "flap 2", "flap 3", "flap 4", "away 3", "since 6", "turn 2", "turn 3", "random 0.1", "random 0.35", "random 0.6"];

    [Theory]
    [MemberData(nameof(Limiters))]
    public void A_limit_is_told_from_what_it_lets_through(string limiter, string words)
    {
        for (int seed = 0; seed < 2; seed++)
        {
            RequestTimeline timeline = Timeline("5xx", Refused(limiter, new Random(seed)));

            Finding finding = Assert.Single(new ClientLimited().Evaluate(new EvidenceSet([timeline])));

            Assert.Equal("http-unavailable", finding.Cause);
            Assert.EndsWith($": it lets {words} through, by a limit for this client or for all.", finding.Summary, StringComparison.Ordinal);
            Assert.True(finding.Confidence > 0.9);
            Assert.Empty(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([timeline])));
        }
    }

    /// <summary>As haproxy's <c>timeout queue 500ms</c> before a server with a <c>maxconn</c>; a limit refuses at once.</summary>
    [Theory]
    [InlineData(0.5, "and lets the others wait in a queue for 500 ms", "termination state sQ")]
    [InlineData(0.002, "by a limit for this client or for all", "limiting requests")]
    public void Errors_that_wait_for_a_queue_point_to_that_queue(double wait, string said, string log)
    {
        RequestTimeline timeline = Timeline("5xx", [.. Refused("leak 5 0", new Random(1)).Select(request => request.Status == 503 ? Late(request, wait) with { Status = 503, RoundTrip = TimeSpan.FromMilliseconds(0.1) } : request)]);

        Finding finding = Assert.Single(new ClientLimited().Evaluate(new EvidenceSet([timeline])));

        Assert.Contains(said, finding.Summary, StringComparison.Ordinal);
        Assert.Contains(log, finding.Next[^1], StringComparison.Ordinal);
    }

    /// <summary>As haproxy's <c>http_req_rate(2s) gt 8</c>, which counts what it denies: netwhy stays over it to the end, as in an outage, until it is asked slowly and fast again.</summary>
    [Fact]
    public void A_limit_that_counts_what_it_refuses_is_told_from_an_outage_by_asking_fast_again()
    {
        RequestTimeline timeline = Timeline("5xx", Refused("all 2 8", new Random(1))) with { Alone = Alone(3) };
        TriedRequest[] again = [.. Enumerable.Range(0, 30).Select(i => Request(TimeSpan.FromSeconds(18 + (i * 0.06)), null, null))];
        RequestTimeline limited = timeline with { Again = [.. again.Select((request, i) => i < 7 ? request : request with { Status = 503 })] };

        Finding finding = Assert.Single(new ClientLimited().Evaluate(new EvidenceSet([limited])));

        Assert.Contains("8 within 2 s", finding.Summary, StringComparison.Ordinal);
        Assert.True(finding.Confidence > 0.9);
        Assert.Empty(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([limited])));
        foreach (RequestTimeline unsure in (RequestTimeline[])[timeline, timeline with { Again = again }])
        {
            Assert.Empty(new ClientLimited().Evaluate(new EvidenceSet([unsure])));
            Assert.Equal(Severity.Warning, Assert.Single(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([unsure]))).Severity);
        }
    }

    [Theory]
    [MemberData(nameof(Others))]
    public void Backends_that_fail_by_the_clock_in_turn_or_at_random_are_no_limit(string cause)
    {
        for (int seed = 0; seed < 2; seed++)
            Assert.Empty(new ClientLimited().Evaluate(new EvidenceSet([Timeline("5xx", Refused(cause, new Random(seed)))])));
    }

    /// <summary>As a pool of connections whose users hold them for a while, or a lock: more than a place holds fail at once. Of a lock none is held any more once the answer has left.</summary>
    [Theory]
    [InlineData(5, 0.5, 0.002, 500)]
    [InlineData(3, 0.3, 0.05, 500)]
    [InlineData(1, 0, 0.08, 500)]
    [InlineData(2, 0, 0.25, 502)]
    [InlineData(2, 0, 1, 502)] // as nginx's max_conns=2: the errors behind each answer look like short windows
    public void Too_few_places_are_told_and_no_backend(int places, double held, double wait, int status)
    {
        for (int seed = 0; seed < 3; seed++)
        {
            RequestTimeline timeline = Timeline("5xx", InPlaces(Rhythm(new Random(seed)), places, held, wait, status)) with { Alone = Alone(3) };
            var evidence = new EvidenceSet([timeline]);

            Finding finding = Assert.Single(new ClientLimited().Evaluate(evidence));

            Assert.Equal(status == 502 ? "http-bad-gateway" : "http-server-error", finding.Cause);
            Assert.Contains("it bears few at once", finding.Summary, StringComparison.Ordinal);
            Assert.Empty(new HttpBackendPartlyFailing().Evaluate(evidence));
        }
    }

    /// <summary>Alone they did well by chance: so they may, and what tells the two apart is then not seen.</summary>
    [Theory]
    [InlineData("random 0.1")]
    [InlineData("random 0.35")]
    [InlineData("random 0.6")]
    [InlineData("turn 3")]
    [InlineData("shared 3")]
    [InlineData("shared 6")]
    [InlineData("flap 0.5")]
    [InlineData("flap 2")]
    [InlineData("away 3")]
    public void Errors_that_come_whatever_is_asked_beside_are_of_no_load(string cause)
    {
        for (int seed = 0; seed < 20; seed++)
        {
            TriedRequest[] requests = [.. Refused(cause, new Random(seed)).Select(request => request.Status == 503 ? request with { Status = 500 } : request)];
            var evidence = new EvidenceSet([Timeline("5xx", requests) with { Alone = Alone(3) }]);

            Assert.Empty(new ClientLimited().Evaluate(evidence));
            if (cause.StartsWith("random", StringComparison.Ordinal))
                Assert.All(new HttpBackendPartlyFailing().Evaluate(evidence), finding => Assert.True(finding.Confidence < 0.7));
        }
    }

    /// <summary>No load of ours is beside one that is made alone.</summary>
    [Fact]
    public void Errors_of_those_made_one_at_a_time_are_a_backends()
    {
        TriedRequest[] requests = [.. Refused("random 0.35", new Random(3)).Select(request => request.Status == 503 ? request with { Status = 500 } : request)];
        TriedRequest[] alone = Alone(3);
        RequestTimeline timeline = Timeline("5xx", requests) with { Alone = [alone[0], alone[1] with { Status = 500 }, alone[2]] };

        Finding finding = Assert.Single(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([timeline])));

        Assert.Equal(Severity.Critical, finding.Severity);
        Assert.Contains(finding.Reasons, reason => reason.Reading.StartsWith("made one at a time afterwards, 1 of 3", StringComparison.Ordinal));
        Assert.DoesNotContain(finding.Reasons, reason => reason.Weight is Weight.Against);
    }

    /// <summary>What is no word of a limit, such as 502, is none whatever its order.</summary>
    [Fact]
    public void Errors_that_no_limit_makes_are_none() =>
        Assert.Empty(new ClientLimited().Evaluate(new EvidenceSet([Timeline("5xx", [.. Refused("leak 5 0", new Random(1)).Select(request => request.Status == 503 ? request with { Status = 502 } : request)])])));

    [Fact]
    public void Answers_429_are_told_as_a_limit_though_others_fill_it_too()
    {
        RequestTimeline timeline = Timeline("5xx", [.. Refused("random 0.4", new Random(3)).Select(request => request.Status == 503 ? request with { Status = 429 } : request)]);

        Finding finding = Assert.Single(new ClientLimited().Evaluate(new EvidenceSet([timeline])));

        Assert.Equal("http-client-error", finding.Cause);
        Assert.EndsWith("it lets fewer through, by a limit for this client or for all.", finding.Summary, StringComparison.Ordinal);
    }

    /// <summary>One of a hundred may be; more than seven of two hundred are so by chance in one of a thousand cases. NETWHY_CASES asks for more of them.</summary>
    [Theory]
    [InlineData(40, 0.15)]
    [InlineData(127, 0.1)]
    [InlineData(60, 0.4)]
    public void Random_failures_are_called_windows_in_one_of_a_hundred_cases_at_most(int requests, double rate)
    {
        int cases = int.TryParse(Environment.GetEnvironmentVariable("NETWHY_CASES"), CultureInfo.InvariantCulture, out int asked) ? asked : 200;
        var random = new Random(requests);
        int called = 0;
        for (int i = 0; i < cases; i++)
        {
            bool[] failed = [.. Enumerable.Range(0, requests).Select(_ => random.NextDouble() < rate)];
            called += WindowScan.Of(failed, new int[requests], 0.01) is null ? 0 : 1;
        }

        TestContext.Current.SendDiagnosticMessage($"{called} of {cases} called windows");
        Assert.InRange(called / (double)cases, 0, 0.035);
    }

    /// <summary>Whether a connection fails is drawn once for each: as kept ones behind a balancer of connections.</summary>
    [Fact]
    public void Connections_that_are_bound_to_a_bad_backend_make_no_windows()
    {
        var random = new Random(7);
        int called = 0;
        for (int i = 0; i < 100; i++)
        {
            int[] bonds = [.. Enumerable.Range(0, 12).SelectMany(connection => Enumerable.Repeat(connection, 10))];
            bool[] isBad = [.. Enumerable.Range(0, 12).Select(_ => random.NextDouble() < 0.3)];
            called += WindowScan.Of([.. bonds.Select(connection => isBad[connection])], bonds, 0.01) is null ? 0 : 1;
        }

        Assert.Equal(0, called);
    }

    [Fact]
    public void One_of_three_backends_that_goes_in_and_out_is_told_by_its_windows()
    {
        var random = new Random(2);
        TriedRequest[] requests = [.. Rhythm(random).Select((request, i) => request.At.TotalSeconds % 4 >= 2 && random.Next(3) == 0 ? request with { Status = 502 } : request)];

        Finding finding = Assert.Single(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([Timeline("5xx", requests)])));

        Assert.EndsWith("some requests in windows of time, so that one of several backends goes in and out.", finding.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Waits_of_several_whole_seconds_are_tries_of_a_proxy_and_no_slow_application()
    {
        var random = new Random(4);
        TriedRequest[] requests = [.. Rhythm(random).Select(request => request.At.TotalSeconds % 4 >= 2 && random.Next(2) == 0 ? Late(request, 1 + random.Next(3) + (random.NextDouble() * 0.02)) : request)];
        RequestTimeline timeline = Timeline("slow", requests);

        Finding finding = Assert.Single(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([timeline])));

        Assert.Contains("whole seconds late (1, 2, 3 s), in windows of time, and else at once", finding.Summary, StringComparison.Ordinal);
        Assert.Equal(Severity.Warning, finding.Severity);
        Assert.Contains(finding.Reasons, reason => reason is { Weight: Weight.HintAgainst } && reason.Reading.Contains("of the application itself", StringComparison.Ordinal));
        Assert.InRange(finding.Confidence, 0.4, 0.7);
        Assert.Empty(new HttpSlow().Evaluate(new EvidenceSet([timeline])));
    }

    /// <summary>As after half a deploy: the bad backends stand beside each other in the turn of the balancer, which gives requests out in turn, or connections.</summary>
    [Theory]
    [InlineData(6, 2, false)]
    [InlineData(6, 3, false)]
    [InlineData(7, 2, false)]
    [InlineData(8, 4, false)]
    [InlineData(6, 3, true)]
    [InlineData(2, 1, false)]
    public void Bad_backends_beside_each_other_in_the_turn_go_neither_in_nor_out(int backends, int bad, bool isOfConnections)
    {
        for (int seed = 0; seed < 3; seed++)
        {
            RequestTimeline timeline = Timeline("5xx", InTurn(Rhythm(new Random(seed)), backends, bad, isOfConnections));
            var evidence = new EvidenceSet([timeline]);

            Finding finding = Assert.Single(new HttpBackendPartlyFailing().Evaluate(evidence));

            Assert.EndsWith($": in turn, as where {bad} of {backends} backends {(bad == 1 ? "is" : "are")} bad.", finding.Summary, StringComparison.Ordinal);
            Assert.Equal(Severity.Critical, finding.Severity);
            Assert.DoesNotContain(finding.Reasons, reason => reason.Reading.Contains("windows", StringComparison.Ordinal));
            Assert.DoesNotContain(SymptomOverview.Of(evidence, 20)!.Conclusions, text => text.Contains("goes in and out", StringComparison.Ordinal));
        }
    }

    /// <summary>Others ask between our own requests, so that the turn is not seen, and the order is not chance either.</summary>
    [Fact]
    public void A_turn_that_others_share_makes_no_windows()
    {
        for (int seed = 0; seed < 10; seed++)
        {
            var random = new Random(seed);
            int place = 0;
            RequestTimeline timeline = Timeline("5xx", Rhythm(random).Select(request => (place += random.Next(15) == 0 ? 3 : 1) % 6 < 3 ? request with { Status = 502 } : request));

            Assert.DoesNotContain("in windows", Assert.Single(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([timeline]))).Summary, StringComparison.Ordinal);
        }
    }

    /// <summary>A request a second: three bad ones of six fail for three seconds of six, and so does a process that restarts so often.</summary>
    [Fact]
    public void A_turn_that_is_as_slow_as_windows_are_is_told_as_either()
    {
        TriedRequest[] requests = [.. Enumerable.Range(0, 60).Select(i => Request(TimeSpan.FromSeconds(i), null, i) with { Status = i % 6 < 3 ? 502 : 200 })];
        RequestTimeline timeline = Timeline("5xx", requests) with { Asked = TimeSpan.FromSeconds(60), Elapsed = TimeSpan.FromSeconds(60) };

        Finding finding = Assert.Single(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([timeline])));

        Assert.EndsWith(": in windows, as where something behind it goes in and out, or in turn, as where 3 of 6 backends are bad.", finding.Summary, StringComparison.Ordinal);
        Assert.Equal(Severity.Warning, finding.Severity);
        Assert.Empty(finding.Remedies);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void What_is_away_for_half_of_each_few_seconds_goes_in_and_out(double period)
    {
        for (int seed = 0; seed < 3; seed++)
        {
            RequestTimeline timeline = Timeline("5xx", Rhythm(new Random(seed)).Select(request => request.At.TotalSeconds % period >= period / 2 ? request with { Status = 502 } : request));

            Finding finding = Assert.Single(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([timeline])));

            Assert.Equal(period >= 2, finding.Summary.EndsWith("in windows, so that something behind it goes in and out.", StringComparison.Ordinal));
            Assert.DoesNotContain("in turn", finding.Summary, StringComparison.Ordinal);
        }
    }

    /// <summary>A service that is away until just behind the last request, or for 8 s of 10 s, answers the three that are asked one at a time then.</summary>
    [Theory]
    [InlineData(1.5, 11)]
    [InlineData(-1, 7.5)]
    [InlineData(-3, 6, 7.2, 12)]
    public void An_outage_that_ends_with_the_requests_is_told_beside_a_limit(double from, double to, double again = 0, double until = 0)
    {
        bool IsAway(double at) => (at >= from && at < to) || (at >= again && at < until);
        RequestTimeline timeline = Timeline("5xx", Rhythm(new Random(1)).Select(request => IsAway(request.At.TotalSeconds) ? request with { Status = 503 } : request)) with { Alone = Alone(3) };
        var evidence = new EvidenceSet([timeline]);

        Assert.Empty(new ClientLimited().Evaluate(evidence));
        Finding finding = Assert.Single(new HttpBackendPartlyFailing().Evaluate(evidence));

        Assert.Contains(finding.Reasons, reason => reason.Reading.Contains(" fail, and 0 of ", StringComparison.Ordinal));
        if (to > 10 || until > 10)
        {
            Assert.Contains(finding.Reasons, reason => reason is { Weight: Weight.Against } && reason.Reading.StartsWith("a limit for each client looks the same", StringComparison.Ordinal) && reason.Reading.EndsWith("afterwards, asked one at a time, it answered 3 of 3", StringComparison.Ordinal));
            Assert.Equal(Severity.Warning, finding.Severity);
        }
    }

    /// <summary>It let nothing through: that is no limit, and it came up behind the last request.</summary>
    [Fact]
    public void What_answered_nothing_and_then_all_was_away_or_limits()
    {
        TriedRequest[] requests = [.. Rhythm(new Random(1)).Where(request => request.Idle is null).Select(request => request with { Outcome = HttpOutcome.Failed, Stage = ExchangeStage.NotConnected, Errno = "ECONNREFUSED", Status = null, Connect = null, Wait = null, Connection = null })];
        RequestTimeline timeline = Timeline("timeout", requests) with { Alone = Alone(3) };
        var refused = new ConnectAttempt(Server, 80, "target", ConnectOutcome.Failed, TimeSpan.FromMilliseconds(1)) { Id = "o2", Errno = "ECONNREFUSED", FailedCall = "connect" };
        var asked = new InvestigationStarted("0", "http://a.test/", TargetKind.Service, "http", "a.test", 80) { Id = "o0" };

        var diagnosis = Diagnosis.Of(new EvidenceSet([asked, refused, timeline]), RuleCatalog.All);

        Finding finding = Assert.Single(diagnosis.Causes).Finding;
        Assert.Equal(("http-backend-partly-failing", Severity.Warning), (finding.Cause, finding.Severity));
        Assert.EndsWith("all of them, and none of those that were asked one at a time afterwards.", finding.Summary, StringComparison.Ordinal);
    }

    /// <summary>As of an application whose first nameserver is dead now and then (resolv.conf(5): 5 s for each try).</summary>
    [Fact]
    public void Waits_of_five_seconds_and_ten_are_a_resolvers_rather_than_a_proxys()
    {
        RequestTimeline timeline = Timeline("slow", Rhythm(new Random(5)).Select((request, i) => i % 25 == 9 ? Late(request, i % 2 == 0 ? 5.01 : 10.01) : request));
        var evidence = new EvidenceSet([timeline]);

        Assert.Empty(new HttpBackendPartlyFailing().Evaluate(evidence));
        Finding finding = Assert.Single(new HttpSlow().Evaluate(evidence));

        Assert.Contains(finding.Reasons, reason => reason is { Weight: Weight.Against } && reason.Reading.Contains("last 5, 10 s to within some hundredths", StringComparison.Ordinal) && reason.Reading.Contains("resolver", StringComparison.Ordinal));
    }

    /// <summary>Usual answers take 0.2 s: three random waits are over a whole second by no more in 1.8 % of cases.</summary>
    [Fact]
    public void Three_waits_that_may_be_whole_seconds_by_chance_are_none()
    {
        TriedRequest[] requests = [.. Rhythm(new Random(5)).Select((request, i) => i switch { 20 => Late(request, 1.1), 50 => Late(request, 2.2), 80 => Late(request, 3.15), _ => Late(request, 0.2) })];

        Assert.Empty(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([Timeline("slow", requests)])));
    }

    /// <summary>As a sleep in one of twenty requests: others overtake it, so that it waits for none of ours.</summary>
    [Theory]
    [InlineData(1.37, null)]
    [InlineData(2, "nearly all of those waits last 2 s")]
    public void Few_slow_answers_that_others_overtake_are_the_servers(double seconds, string? against)
    {
        RequestTimeline timeline = Timeline("slow", Rhythm(new Random(5)).Select((request, i) => i % 25 == 9 ? Late(request, seconds) : request));

        Finding finding = Assert.Single(new HttpSlow().Evaluate(new EvidenceSet([timeline])));

        Assert.Equal("http-slow-server", finding.Cause);
        Assert.Equal(against is not null, finding.Reasons.Any(reason => reason.Weight is Weight.Against && reason.Reading.StartsWith(against!, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.6)] // the first one waits for the usual probes
    public void Requests_that_wait_for_each_other_are_told_so(double free)
    {
        TriedRequest[] requests = [.. Rhythm(new Random(6)).Select(request =>
        {
            free = Math.Max(free, request.At.TotalSeconds) + 0.2;
            return Late(request, free - request.At.TotalSeconds);
        })];
        RequestTimeline timeline = Timeline("slow", requests) with { Alone = Alone(3) };

        SymptomOverview overview = SymptomOverview.Of(new EvidenceSet([timeline]), 20)!;

        Assert.Contains(overview.Conclusions, text => text.Contains("they wait for each other, as behind one worker or a limit that delays", StringComparison.Ordinal));
        Assert.Contains("waiting for each other: asked one at a time, none is slow", overview.Result, StringComparison.Ordinal);
        Assert.Empty(new HttpSlow().Evaluate(new EvidenceSet([timeline])));
    }

    /// <summary>
    /// As uwsgi with one worker, or a few, behind a proxy: what waits too long times out, here or there (504), and is worked off all the same.
    /// </summary>
    [Theory]
    [InlineData(1, 0.4, 5, null, "http-slow-server")]
    [InlineData(1, 0.1, 1, 504, "http-gateway-timeout")]
    [InlineData(3, 0.5, 3, null, "http-slow-server")]
    public void What_waits_behind_our_own_requests_until_its_time_is_over_blames_no_backend(int workers, double service, double patience, int? status, string cause)
    {
        for (int seed = 0; seed < 3; seed++)
        {
            TriedRequest[] requests = [.. Served(Rhythm(new Random(seed)), workers, service, isKeptFirst: false).Select(one => one.Took < patience ? Late(one.Request, one.Took)
                : status is null ? TimedOut(one.Request, patience) : Late(one.Request, patience) with { Status = status })];
            var evidence = new EvidenceSet([Timeline("5xx", requests) with { Limit = TimeSpan.FromSeconds(5), Alone = [.. Alone(3).Select((request, i) => i == 0 && seed == 2 ? TimedOut(request, 2) : Late(request, service))] }]); // the first may still wait behind the others

            Finding finding = Assert.Single(new ClientLimited().Evaluate(evidence));

            Assert.Equal((cause, Severity.Warning), (finding.Cause, finding.Severity));
            Assert.Contains($"serves about {(workers / service).ToString("0.#", CultureInfo.InvariantCulture)} requests a second", finding.Summary, StringComparison.Ordinal);
            Assert.Empty(new HttpBackendPartlyFailing().Evaluate(evidence));
            Assert.Empty(new HttpSlow().Evaluate(evidence));
            Assert.DoesNotContain(SymptomOverview.Of(evidence, 20)!.Conclusions, text => text.Contains("goes in and out", StringComparison.Ordinal));
        }
    }

    /// <summary>A few workers with a queue, and errors of their own: whoever is out of patience let no other wait longer, and what is answered 503 in a while by itself, or at random, is no matter of patience.</summary>
    [Theory]
    [InlineData(2, 0.35, 500, false)]
    [InlineData(1, 0.3, 503, true)]
    [InlineData(1, 0.3, 502, false)]
    public void Errors_beside_a_queue_of_our_own_requests_are_not_of_it(int workers, double service, int status, bool isOutage)
    {
        for (int seed = 0; seed < 5; seed++)
        {
            var random = new Random(seed);
            TriedRequest[] requests = [.. Served(Rhythm(random), workers, service, isKeptFirst: false).Select(one => Late(one.Request, one.Took) with { Status = (isOutage ? one.Request.At.TotalSeconds is > 4 and < 7 : random.NextDouble() < 0.2) ? status : 200 })];
            var evidence = new EvidenceSet([Timeline("5xx", requests) with { Limit = TimeSpan.FromSeconds(9), Alone = [.. Alone(3).Select(request => Late(request, service))] }]);

            Assert.Empty(new ClientLimited().Evaluate(evidence));
            Assert.Equal("http-backend-partly-failing", Assert.Single(new HttpBackendPartlyFailing().Evaluate(evidence)).Cause);
        }
    }

    /// <summary>As node with 0.1 s of work for each: new connections wait, and later requests over kept ones overtake them.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_event_loop_that_is_asked_more_than_it_makes_is_not_slow_by_itself(bool isKeptFirst)
    {
        for (int seed = 0; seed < 3; seed++)
        {
            TriedRequest[] requests = [.. Served(Rhythm(new Random(seed)), 1, 0.1, isKeptFirst).Select(one => Late(one.Request, one.Took))];
            var evidence = new EvidenceSet([Timeline("slow", requests) with { Limit = TimeSpan.FromSeconds(10), Alone = [.. Alone(3).Select(request => Late(request, 0.1))] }]);

            Assert.Empty(new HttpSlow().Evaluate(evidence));
            Assert.Contains("waiting for each other: asked one at a time, none is slow", SymptomOverview.Of(evidence, 20)!.Result, StringComparison.Ordinal);
        }
    }

    /// <summary>Many are served at once, and take long each; a share of them waits for a backend that is silent, or late. Those asked alone met none of it by chance.</summary>
    [Theory]
    [InlineData(0.3, 0.3, 99)]
    [InlineData(0.3, 0.3, 2.5)]
    [InlineData(0.02, 0.5, 99)]
    [InlineData(0.6, 0.2, 99)]
    [InlineData(0.15, 0.6, 2.2)]
    public void Delays_that_do_not_follow_from_our_own_requests_are_no_queue_of_ours(double usual, double share, double late)
    {
        for (int seed = 0; seed < 5; seed++)
        {
            var random = new Random(seed);
            TriedRequest[] requests = [.. Rhythm(random).Select(request => random.NextDouble() >= share ? Late(request, usual) : late > 5 ? TimedOut(request, 5) : Late(request, late + random.NextDouble()))];
            var evidence = new EvidenceSet([Timeline("timeout", requests) with { Alone = [.. Alone(3).Select(request => Late(request, usual))] }]);

            Assert.Empty(new ClientLimited().Evaluate(evidence));
            Assert.DoesNotContain(SymptomOverview.Of(evidence, 20)!.Conclusions, text => text.Contains("netwhy's own requests would wait", StringComparison.Ordinal));
            if (late > 5)
                Assert.Equal("http-backend-partly-failing", Assert.Single(new HttpBackendPartlyFailing().Evaluate(evidence)).Cause);
        }
    }

    /// <summary>As nginx with <c>proxy_read_timeout 1s</c> before one backend that takes longer for a fifth of the requests: that is no word of which backend is bad.</summary>
    [Theory]
    [InlineData(504, 1, 0, 0.02, "http-gateway-timeout")]
    [InlineData(502, 1, 0, 0.02, "http-gateway-timeout")] // Apache's ProxyPass with timeout=1
    [InlineData(504, 1, 0, 0.8, "http-gateway-timeout")]
    [InlineData(504, 1, 0, 1.4, "http-backend-partly-failing")] // others are waited for longer
    [InlineData(504, 1, 1.5, 0.02, "http-backend-partly-failing")] // no timer ends those
    [InlineData(502, 0.002, 0, 0.002, "http-backend-partly-failing")] // at once
    [InlineData(500, 1, 0, 0.02, "http-backend-partly-failing")] // no proxy's
    public void Errors_that_come_when_a_proxy_s_patience_is_over_say_so(int status, double patience, double spread, double slowest, string cause)
    {
        for (int seed = 0; seed < 3; seed++)
        {
            var random = new Random(seed);
            RequestTimeline timeline = Timeline("5xx", Rhythm(random).Select(request => random.NextDouble() < 0.25 ? Late(request, patience + (spread * random.NextDouble())) with { Status = status } : Late(request, slowest * random.NextDouble())));

            Finding finding = Assert.Single(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([timeline])));

            Assert.Equal(cause, finding.Cause);
            if (cause is "http-gateway-timeout")
            {
                Assert.Contains("some requests take longer than that, or one of several backends is silent", finding.Summary, StringComparison.Ordinal);
                Assert.Contains("proxy_read_timeout", finding.Remedies[0].Text, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>As nginx with <c>worker_rlimit_nofile</c> too low, or a loop of rewrites: the 500 has the form of its own pages.</summary>
    [Theory]
    [InlineData(true, 5, "http-server-error", "as where it runs out of something")]
    [InlineData(true, 0, "http-backend-partly-failing", null)] // as random nginx backends behind nginx, of which one is bad
    [InlineData(false, 5, "http-backend-partly-failing", null)]
    public void A_500_of_the_first_hop_is_no_backends(bool isOwn, int alone, string cause, string? said)
    {
        const string Page = "<html><head><title>400 Bad Request</title></head><body><center><h1>400 Bad Request</h1></center><hr><center>nginx</center></body></html>";
        var random = new Random(4);
        TriedRequest[] requests = [.. Rhythm(random).Select(request => request.At.TotalSeconds > 0.3 && random.NextDouble() < 0.8 ? request with { Status = 500 } : request)];
        static HttpRunAnswer Nginx(int status, string page) => new(status, 1) { Address = Server, Headers = new Dictionary<string, string> { ["server"] = "nginx" }, FieldNames = ["server", "content-type"], Excerpt = page };
        var run = new HttpRun("http://a.test/", requests.Length, TimeSpan.FromSeconds(10), 1) { Id = "o2", Answers = [Nginx(500, isOwn ? Page.Replace("400 Bad Request", "500 Internal Server Error", StringComparison.Ordinal) : "{\"error\": \"boom\"}")] };
        RequestTimeline timeline = Timeline("5xx", requests) with { Alone = Alone(alone), Refusal = Nginx(400, Page) };

        Finding finding = Assert.Single(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([run, timeline])));

        Assert.Equal(cause, finding.Cause);
        Assert.Equal(said is not null, finding.Summary.Contains("it makes these errors itself", StringComparison.Ordinal));
        Assert.Contains(said ?? "", finding.Summary, StringComparison.Ordinal);
        Assert.Equal(isOwn && said is null, finding.Reasons.Any(reason => reason.Weight < Weight.Context && reason.Reading.Contains("so does it itself", StringComparison.Ordinal)));
        Assert.Equal(said is not null, finding.Remedies.Any(remedy => remedy.Text.Contains("worker_rlimit_nofile", StringComparison.Ordinal)));
    }

    /// <summary>As nginx's <c>limit_req rate=5r/s burst=2 nodelay</c> asked 40 times within some hundredths, and so once more: how fast it leaks is not seen.</summary>
    [Fact]
    public void How_often_a_limit_lets_through_is_not_told_by_requests_that_come_too_close_together()
    {
        TriedRequest[] Burst(double at, int passed) => [.. Enumerable.Range(0, 40).Select(i => Request(TimeSpan.FromSeconds(at + (i * 0.002)), null, i) with { Status = i < passed ? 200 : 429 })];
        RequestTimeline timeline = Timeline("5xx", Burst(0, 3)) with
        {
            Symptom = null,
            Asked = TimeSpan.FromSeconds(0.1),
            Elapsed = TimeSpan.FromSeconds(0.1),
            Alone = [.. Enumerable.Range(0, 4).Select(i => Request(TimeSpan.FromSeconds(2.1 + (2 * i)), null, null))],
            Again = Burst(8.15, 2),
        };

        Finding finding = Assert.Single(new ClientLimited().Evaluate(new EvidenceSet([timeline])));

        Assert.Contains("it lets 3 at once, and then ", finding.Summary, StringComparison.Ordinal);
        Assert.Contains(" a second or more (they came too close together to tell) through, by", finding.Summary, StringComparison.Ordinal);
        Assert.DoesNotContain(finding.Reasons, reason => reason.Reading.Contains(",,", StringComparison.Ordinal));
    }

    /// <summary>As nginx with one of three backends silent: it waits 1.5 s for that one, for each of what is under way then, and leaves it out for a while. Others overtake them.</summary>
    [Theory]
    [InlineData(0, true)]
    [InlineData(0.6, false)] // waits that are as different as those behind a worker
    public void Waits_that_a_timer_ends_while_others_overtake_them_do_not_wait_for_each_other(double spread, bool isTold)
    {
        var random = new Random(6);
        TriedRequest[] requests = [.. Rhythm(random)];
        HashSet<int> late = [.. Enumerable.Range(1, requests.Length - 1).Where(i => requests[i].At.TotalSeconds is >= 1 and < 1.6)];
        RequestTimeline timeline = Timeline("slow", [.. requests.Select((request, i) => late.Contains(i) ? Late(request, 1.5 - (spread * random.NextDouble())) : request)]) with { Alone = Alone(3) };
        EvidenceSet evidence = new([timeline]);

        Finding[] findings = [.. new HttpSlow().Evaluate(evidence)];

        Assert.Equal(isTold, findings is [{ Cause: "http-slow-server" }]);
        Assert.Equal(!isTold, SymptomOverview.Of(evidence, 20)!.Conclusions.Any(text => text.Contains("they wait for each other", StringComparison.Ordinal)));
    }

    /// <summary>As haproxy with <c>maxconn 1</c>: the connection that netwhy keeps is the only one served.</summary>
    [Theory]
    [InlineData(3, 0.9, 1)]
    [InlineData(0, 0.6, 0.7)] // nobody asked once it was closed: something else may hold new ones up
    public void A_kept_connection_that_holds_the_only_place_is_told_as_that(int alone, double least, double most)
    {
        TriedRequest[] requests = [.. Rhythm(new Random(8)).Where(request => request.Idle is null || request.Connection == 1000).Select((request, i) => request.Idle is null && i > 0
            ? Silent(request) : request)];
        RequestTimeline timeline = Timeline("timeout", requests) with { Alone = Alone(alone) };

        Finding finding = Assert.Single(new ClientLimited().Evaluate(new EvidenceSet([timeline])));

        Assert.Equal("connection-rate-limited", finding.Cause);
        Assert.Contains("serves no further connection while one connection of ours stood", finding.Summary, StringComparison.Ordinal);
        Assert.InRange(finding.Confidence, least, most);
        Assert.Empty(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([timeline])));
    }

    /// <summary>The three tell of the address at which they were made alone.</summary>
    [Fact]
    public void What_holds_new_connections_up_where_none_was_tried_alone_is_not_told_as_a_held_place()
    {
        IPAddress other = IPAddress.Parse("192.0.2.2");
        TriedRequest[] requests = [.. Rhythm(new Random(8)).Where(request => request.Idle is null || request.Connection == 1000).Select((request, i) => request.Idle is null && i > 0 ? Silent(request) : request)];
        RequestTimeline timeline = Timeline("timeout", [.. requests, .. requests.Select(request => request with { Address = other })]) with { Alone = [.. Alone(3).Select(Silent)] };

        Assert.Empty(new ClientLimited().Evaluate(new EvidenceSet([timeline])));
    }

    /// <summary>Refused at once is not slow: it tells nothing of a queue of our own making.</summary>
    [Fact]
    public void Refusals_of_those_asked_alone_make_no_slow_server()
    {
        double free = 0;
        TriedRequest[] requests = [.. Rhythm(new Random(6)).Select(request =>
        {
            free = Math.Max(free, request.At.TotalSeconds) + 0.2;
            return Late(request, free - request.At.TotalSeconds);
        })];
        RequestTimeline timeline = Timeline("slow", requests) with { Alone = [.. Alone(3).Select(request => request with { Status = 503 })] };

        Assert.Empty(new HttpSlow().Evaluate(new EvidenceSet([timeline])));
    }

    /// <summary>The one usual try failed, and none or few of the repeated ones did: it names no cause.</summary>
    [Theory]
    [InlineData(502, 0, Status.Degraded)]
    [InlineData(404, 0, Status.Healthy)]
    [InlineData(null, 2, Status.Degraded)]
    public void Repeated_requests_decide_and_not_the_single_one(int? status, int failures, Status expected)
    {
        RequestTimeline timeline = Timeline("5xx", Rhythm(new Random(9)).Select((request, i) => i >= 50 && i < 50 + failures ? request with { Status = 502 } : request));
        var single = new HttpExchange("http://a.test/", Server, 80, "target", status is null ? HttpOutcome.NoAnswer : HttpOutcome.Complete, TimeSpan.FromSeconds(1)) { Id = "o3", Status = status };
        var stood = new ConnectAttempt(Server, 80, "target", ConnectOutcome.Connected, TimeSpan.FromMilliseconds(1)) { Id = "o2" };
        var asked = new InvestigationStarted("0", "http://a.test/", TargetKind.Service, "http", "a.test", 80) { Id = "o0" };

        var diagnosis = Diagnosis.Of(new EvidenceSet([asked, stood, single, timeline]), RuleCatalog.All);

        Assert.Equal(expected, diagnosis.Status);
        Assert.All(diagnosis.Causes, cause => Assert.Equal(("http-backend-partly-failing", Severity.Warning), (cause.Finding.Cause, cause.Finding.Severity)));
    }

    private static RequestTimeline Timeline(string symptom, IEnumerable<TriedRequest> requests) =>
        new(symptom, "http://a.test/", 80, DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(5))
        {
            Id = "o1",
            IsHttp = true,
            Asked = TimeSpan.FromSeconds(10),
            Requests = [.. requests.OrderBy(request => request.At)],
        };

    private static TriedRequest[] Alone(int count) => [.. Enumerable.Range(0, count).Select(i => Request(TimeSpan.FromSeconds(15 + i), null, null))];

    // Ten seconds as netwhy asks by default: eight lanes of new connections, and kept ones that rest between two requests.
    private static TriedRequest[] Rhythm(Random random)
    {
        List<TriedRequest> requests = [];
        for (int lane = 0; lane < 8; lane++)
        {
            for (double at = lane * 0.25; at < 10; at += 2)
                requests.Add(Request(Soon(at + (random.NextDouble() * 0.125)), null, requests.Count));
        }

        double[] rests = [0.25, 0.5, 1, 1.5, 2.2, 3.2, 4.6];
        for (int lane = 0; lane < rests.Length; lane++)
        {
            TimeSpan? rest = null;
            for (TimeSpan at = Soon((rests[lane] / 2) + (lane * 0.03)); at.TotalSeconds < 10; at = Soon(at.TotalSeconds + rests[lane]))
            {
                requests.Add(Request(at, rest, 1000 + lane));
                rest = TimeSpan.FromSeconds(rests[lane]);
            }
        }

        return [.. requests.OrderBy(request => request.At)];

        TimeSpan Soon(double at) => TimeSpan.FromSeconds(at + (random.NextDouble() * 0.003));
    }

    // 502 of those that come to bad backends, which stand first in the turn. A connection keeps its backend, or each request takes the next.
    private static TriedRequest[] InTurn(TriedRequest[] requests, int backends, int bad, bool isOfConnections)
    {
        int taken = 0;
        Dictionary<int, int> places = [];
        return [.. requests.Select(request =>
        {
            int place = isOfConnections && request.Idle is not null && places.TryGetValue(request.Connection!.Value, out int kept) ? kept : taken++ % backends;
            places[request.Connection!.Value] = place;
            return place < bad ? request with { Status = 502 } : request;
        })];
    }

    // Those fail at once that come while each place is taken: by a request that is being served, and for some time behind it.
    private static TriedRequest[] InPlaces(TriedRequest[] requests, int places, double held, double wait, int status)
    {
        List<double> free = [];
        return [.. requests.OrderBy(CameAt).Select(request =>
        {
            if (free.Count(at => at > CameAt(request)) >= places)
                return request with { Status = status };
            free.Add(CameAt(request) + wait + held);
            return Late(request, wait);
        })];

        static double CameAt(TriedRequest request) => (request.At + (request.Connect ?? TimeSpan.Zero) + (request.RoundTrip!.Value / 2)).TotalSeconds;
    }

    // How long each takes that comes to so many workers, who serve one after the other for so long each, those over kept connections first or in their order.
    private static IEnumerable<(TriedRequest Request, double Took)> Served(TriedRequest[] requests, int workers, double service, bool isKeptFirst)
    {
        List<TriedRequest> waiting = [.. requests.OrderBy(request => request.At)];
        double[] free = new double[workers];
        while (waiting.Count > 0)
        {
            int worker = Array.IndexOf(free, free.Min());
            double now = Math.Max(free[worker], waiting[0].At.TotalSeconds);
            TriedRequest next = waiting.Where(request => request.At.TotalSeconds <= now).OrderBy(request => isKeptFirst && request.Idle is null).First();
            waiting.Remove(next);
            free[worker] = now + service;
            yield return (next, now + service - next.At.TotalSeconds);
        }
    }

    private static TriedRequest TimedOut(TriedRequest request, double after) => request with
    {
        Outcome = HttpOutcome.NoAnswer,
        Stage = ExchangeStage.Connected,
        Status = null,
        Wait = null,
        Total = TimeSpan.FromSeconds(after + 0.001),
    };

    // Those that are refused with 503 as by "leak RATE BURST" (nginx's limit_req), "window SECONDS COUNT" of fixed times, "log SECONDS COUNT"
    // before each, "all SECONDS COUNT" that counts those refused too, "flap PERIOD" that is away for half of it, "away SECONDS" once, "since SECONDS", "turn BACKENDS" of which one is bad, "shared BACKENDS" which others ask as well, and "random SHARE".
    private static TriedRequest[] Refused(string cause, Random random)
    {
        string[] words = cause.Split(' ');
        double first = double.Parse(words[1], CultureInfo.InvariantCulture);
        int second = words.Length > 2 ? int.Parse(words[2], CultureInfo.InvariantCulture) : 0;
        double phase = random.NextDouble() * first, level = -1, last = 0, window = -1;
        int count = random.Next(100);
        Queue<double> passed = [];
        return [.. Rhythm(random).Select(request => IsRefused(request.At.TotalSeconds + (request.Connect ?? TimeSpan.Zero).TotalSeconds) ? request with { Status = 503 } : request)];

        bool IsRefused(double at)
        {
            switch (words[0])
            {
                case "leak":
                    double excess = level < 0 ? 0 : Math.Max(0, level - (first * (at - last)) + 1);
                    if (excess > second)
                        return true;
                    (level, last) = (excess, at);
                    return false;
                case "window":
                    if (Math.Floor((at + phase) / first) is var here && here != window)
                        (window, count) = (here, 0);
                    return ++count > second;
                case "log":
                    while (passed.TryPeek(out double before) && before <= at - first)
                        passed.Dequeue();
                    if (passed.Count >= second)
                        return true;
                    passed.Enqueue(at);
                    return false;
                case "all":
                    while (passed.TryPeek(out double one) && one <= at - first)
                        passed.Dequeue();
                    passed.Enqueue(at);
                    return passed.Count > second;
                case "flap":
                    return (at + phase) % first < first / 2;
                case "away":
                    return at >= 2 + phase && at < 2 + phase + first;
                case "since":
                    return at >= first;
                case "turn":
                    return ++count % (int)first == 0;
                case "shared":
                    return (count += 1 + random.Next(3)) % (int)first == 0;
                default:
                    return random.NextDouble() < first;
            }
        }
    }

    private static TriedRequest Request(TimeSpan at, TimeSpan? idle, int? connection) => new(at, Server, HttpOutcome.Complete, ExchangeStage.Complete, TimeSpan.FromMilliseconds(2))
    {
        Status = 200,
        Idle = idle,
        Connection = connection,
        Connect = idle is null ? TimeSpan.FromMilliseconds(1) : null,
        Wait = TimeSpan.FromMilliseconds(1),
        RoundTrip = TimeSpan.FromMilliseconds(0.5),
    };

    private static TriedRequest Silent(TriedRequest request) => request with
    {
        Outcome = HttpOutcome.Failed,
        Stage = ExchangeStage.NotConnected,
        Errno = "ETIMEDOUT",
        Status = null,
        Connect = null,
        Wait = null,
        Connection = null,
        Total = TimeSpan.FromSeconds(5),
    };

    private static TriedRequest Late(TriedRequest request, double wait) =>
        request with { Wait = TimeSpan.FromSeconds(wait + 0.0005), Total = TimeSpan.FromSeconds(wait + 0.002) };
}

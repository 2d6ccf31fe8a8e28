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

    [Theory]
    [MemberData(nameof(Others))]
    public void Backends_that_fail_by_the_clock_in_turn_or_at_random_are_no_limit(string cause)
    {
        for (int seed = 0; seed < 2; seed++)
            Assert.Empty(new ClientLimited().Evaluate(new EvidenceSet([Timeline("5xx", Refused(cause, new Random(seed)))])));
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
        Assert.Empty(new HttpSlow().Evaluate(new EvidenceSet([timeline])));
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

    [Fact]
    public void Requests_that_wait_for_each_other_are_told_so()
    {
        double free = 0;
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

    /// <summary>As haproxy with <c>maxconn 1</c>: the connection that netwhy keeps is the only one served.</summary>
    [Theory]
    [InlineData(3, 0.9, 1)]
    [InlineData(0, 0.6, 0.7)] // nobody asked once it was closed: something else may hold new ones up
    public void A_kept_connection_that_holds_the_only_place_is_told_as_that(int alone, double least, double most)
    {
        TriedRequest[] requests = [.. Rhythm(new Random(8)).Where(request => request.Idle is null || request.Connection == 1000).Select((request, i) => request.Idle is null && i > 0
            ? request with { Outcome = HttpOutcome.Failed, Stage = ExchangeStage.NotConnected, Errno = "ETIMEDOUT", Status = null, Connect = null, Wait = null, Connection = null, Total = TimeSpan.FromSeconds(5) }
            : request)];
        RequestTimeline timeline = Timeline("timeout", requests) with { Alone = Alone(alone) };

        Finding finding = Assert.Single(new ClientLimited().Evaluate(new EvidenceSet([timeline])));

        Assert.Equal("connection-rate-limited", finding.Cause);
        Assert.Contains("serves no further connection while one connection of ours stood", finding.Summary, StringComparison.Ordinal);
        Assert.InRange(finding.Confidence, least, most);
        Assert.Empty(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([timeline])));
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

    // Those that are refused with 503 as by "leak RATE BURST" (nginx's limit_req), "window SECONDS COUNT" of fixed times, "log SECONDS COUNT"
    // before each, "flap PERIOD" that is away for half of it, "away SECONDS" once, "since SECONDS", "turn BACKENDS" of which one is bad, and "random SHARE".
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
                case "flap":
                    return (at + phase) % first < first / 2;
                case "away":
                    return at >= 2 + phase && at < 2 + phase + first;
                case "since":
                    return at >= first;
                case "turn":
                    return ++count % (int)first == 0;
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

    private static TriedRequest Late(TriedRequest request, double wait) =>
        request with { Wait = TimeSpan.FromSeconds(wait + 0.0005), Total = TimeSpan.FromSeconds(wait + 0.002) };
}

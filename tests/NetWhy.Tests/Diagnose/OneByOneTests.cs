using System.Net;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Repeated;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Diagnose;

/// <summary>What is concluded from requests that were made one after the other, without a symptom that was looked for.</summary>
public sealed class OneByOneTests
{
    private const string Url = "http://a.test/there";
    private static readonly IPAddress Server = IPAddress.Parse("192.0.2.1");
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0)]
    [InlineData(1)] // behind a redirect, the end of which is repeated
    public void A_first_error_does_not_overrule_twenty_good_answers(int depth)
    {
        HttpExchange first = Exchange(502) with { RedirectDepth = depth, Purpose = depth == 0 ? "target" : "redirect" };

        Diagnosis diagnosis = Of(first, Timeline(20, _ => 200));

        Finding only = Assert.Single(diagnosis.Causes).Finding;
        Assert.Equal(("http-backend-partly-failing", Severity.Warning), (only.Cause, only.Severity));
        Assert.Contains("answers the same request with 502 and well: none of 20 repeated ones failed", only.Summary, StringComparison.Ordinal);
        Assert.Contains(only.Next, line => line.Contains("--symptom 5xx", StringComparison.Ordinal));
    }

    [Fact]
    public void Errors_from_some_moment_on_say_since_when_and_blame_no_backend()
    {
        Finding only = Assert.Single(Of(Exchange(200), Timeline(20, i => i < 2 ? 200 : 502)).Causes).Finding;

        Assert.EndsWith("from +1.0 s (12:00:01 UTC) on, and it was not seen to end.", only.Summary, StringComparison.Ordinal);
        Assert.Equal(Severity.Critical, only.Severity);
    }

    [Fact]
    public void Where_a_limit_looks_the_same_that_is_said_with_how_to_ask_less()
    {
        Finding only = Assert.Single(Of(Exchange(200), Timeline(20, i => i < 3 ? 200 : 503)).Causes).Finding;

        Assert.Contains("it was not seen to end", only.Summary, StringComparison.Ordinal);
        Assert.Equal(Severity.Warning, only.Severity);
        Assert.Contains(only.Next, line => line.Contains("netwhy http http://a.test/there -n 10 -i 3s", StringComparison.Ordinal));
    }

    /// <summary>New and kept connections by turns meet each of two backends that take turns alone; mixed, as netwhy asks, they do not.</summary>
    [Theory]
    [InlineData(20, "NK", true)]
    [InlineData(40, "NK", true)]
    [InlineData(200, "NK", true)]
    [InlineData(20, "NKKNNKKNKNNKKNKNKNKN", false)]
    [InlineData(40, "NKKNNKKNKNNKKNKNKNKNKNNKKNNKNKKNKNKNNKKN", false)]
    public void A_bad_backend_of_two_that_take_turns_is_not_told_as_the_place_in_the_connection(int requests, string order, bool isBoth)
    {
        foreach (int bad in (int[])[0, 1])
        {
            Finding failing = Assert.Single(Of(Exchange(200), Mixed(Timeline(requests, i => i % 2 == bad ? 502 : 200), order)).Causes).Finding;
            Finding slow = Assert.Single(Of(Exchange(200), Slow(Mixed(Timeline(requests, _ => 200), order), i => i % 2 == bad)).Causes).Finding;

            Assert.Equal("http-backend-partly-failing", failing.Cause);
            Assert.Contains("in turn, as where 1 of 2 backends is bad", failing.Summary, StringComparison.Ordinal);
            Assert.Equal(isBoth, failing.Summary.Contains("request of a connection", StringComparison.Ordinal));
            Assert.Equal(isBoth ? Severity.Warning : Severity.Critical, failing.Severity);
            Assert.Equal(isBoth, failing.Remedies.IsEmpty);
            Assert.Contains("in turn, as where 1 of 2 backends is slow", slow.Summary, StringComparison.Ordinal);
            Assert.Equal(isBoth, slow.Reasons.Any(reason => reason.Weight is Weight.Against && reason.Reading.Contains("request of a connection", StringComparison.Ordinal)));
        }
    }

    [Theory]
    [InlineData(12)]
    [InlineData(40)]
    public void The_place_in_the_connection_is_told_where_no_turn_explains_it(int requests)
    {
        const string Order = "NKKNNKKNKNNKKNKNKNKNKNNKKNNKNKKNKNKNNKKN";
        foreach (char bad in "NK")
        {
            Finding failing = Assert.Single(Of(Exchange(200), Mixed(Timeline(requests, i => Order[i] == bad ? 500 : 200), Order)).Causes).Finding;
            Finding slow = Assert.Single(Of(Exchange(200), Slow(Mixed(Timeline(requests, _ => 200), Order), i => Order[i] == bad)).Causes).Finding;

            Assert.EndsWith(bad == 'N' ? $"always the first request of a connection ({requests / 2} of {requests / 2}), and never a later one (0 of {requests / 2})." : $"always a later request of a connection ({requests / 2} of {requests / 2}), and never its first one (0 of {requests / 2}).", failing.Summary, StringComparison.Ordinal);
            Assert.Equal(Severity.Critical, failing.Severity);
            Assert.Equal("http-slow-server", slow.Cause);
            Assert.Contains(bad == 'N' ? "always the first request of a connection" : "always a later request of a connection", slow.Summary, StringComparison.Ordinal);
        }
    }

    /// <summary>By Fisher's test three of three beside none of three are chance in one case of twenty, and twenty of twenty in none.</summary>
    [Theory]
    [InlineData(6, Severity.Warning, "may end kept connections under the next request: 3 of 3 over kept connections fail, and none of 3 others")]
    [InlineData(40, Severity.Critical, "ends kept connections under the next request: 20 of 20 fail")]
    public void Kept_connections_alone_that_end_under_the_request_are_a_race_or_may_be_one(int requests, Severity severity, string said)
    {
        RequestTimeline timeline = Timeline(requests, _ => 200);
        timeline = timeline with
        {
            Requests = [.. timeline.Requests.Select((request, i) => i % 2 == 0 ? request : request with { Idle = TimeSpan.FromSeconds(0.5), Connect = null, Status = null, Outcome = HttpOutcome.Reset, Stage = ExchangeStage.Connected, Wait = null })],
        };

        Finding only = Assert.Single(Of(Exchange(200), timeline).Causes).Finding;

        Assert.Equal(("http-keepalive-race", severity), (only.Cause, only.Severity));
        Assert.Contains(said, only.Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(13)]
    [InlineData(9)]
    public void Answers_429_are_a_limit(int refused)
    {
        Diagnosis diagnosis = Of(Exchange(429), Timeline(13, i => i < 13 - refused ? 200 : 429));

        Assert.Contains(diagnosis.Causes, cause => cause.Finding is { Cause: "http-client-error", Severity: Severity.Warning } finding && finding.Summary.Contains($"refuses {refused} of 13 requests with 429", StringComparison.Ordinal));
    }

    [Fact]
    public void A_server_that_is_slow_each_time_is_told_by_connections_made_between()
    {
        RequestTimeline timeline = Timeline(6, _ => 200);
        timeline = timeline with { Requests = [.. timeline.Requests.Select(request => request with { Wait = TimeSpan.FromSeconds(1.63), Total = TimeSpan.FromSeconds(1.64) })] };

        Finding only = Assert.Single(Of(Exchange(200) with { TimeToFirstByte = TimeSpan.FromSeconds(1.63) }, timeline).Causes).Finding;

        Assert.Equal("http-slow-server", only.Cause);
        Assert.Contains("to begin all 6 answers", only.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void One_error_of_many_names_no_pattern()
    {
        Finding only = Assert.Single(Of(Exchange(200), Timeline(20, i => i == 7 ? 502 : 200)).Causes).Finding;

        Assert.Equal(Severity.Warning, only.Severity);
        Assert.EndsWith("fails 1 of 20 times for the same request (1 answered 5xx): too few to say what they have in common.", only.Summary, StringComparison.Ordinal);
    }

    /// <summary>The usual try goes on where a client would not, so that its answer is no sign that it worked once.</summary>
    [Fact]
    public void Certificates_that_no_client_takes_blame_no_backend()
    {
        RequestTimeline timeline = Timeline(6, _ => 200) with { Url = "https://a.test/there", Port = 443 };
        timeline = timeline with { Requests = [.. timeline.Requests.Select(request => request with { Status = null, Outcome = HttpOutcome.Failed, Stage = ExchangeStage.HandshakeDone, Wait = null })] };

        Assert.Empty(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([Exchange(200) with { Url = timeline.Url, Port = 443 }, timeline])));
    }

    [Theory]
    [InlineData(-1, "worked once and then failed 6 of 6 times")]
    [InlineData(60, "failed 6 of 6 times (6 answered 5xx) and worked afterwards")]
    public void Whether_it_worked_before_or_afterwards_is_told(int seconds, string said)
    {
        HttpExchange worked = Exchange(200) with { At = Noon.AddSeconds(seconds) };

        Assert.Contains(said, Assert.Single(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([worked, Timeline(6, _ => 500)]))).Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void No_symptom_is_told_where_none_was_looked_for() =>
        Assert.Null(SymptomOverview.Of(new EvidenceSet([Timeline(20, i => i % 2 == 0 ? 200 : 500)]), 20));

    private static Diagnosis Of(params Observation[] seen) => Diagnosis.Of(new EvidenceSet(seen), RuleCatalog.All);

    private static HttpExchange Exchange(int status) => new(Url, Server, 80, "target", HttpOutcome.Complete, TimeSpan.FromMilliseconds(2)) { Id = "o1", At = Noon.AddSeconds(-1), Status = status, Reason = "so" };

    // One after the other over new connections, two a second.
    // Over new (N) and kept connections (K) in an order, again and again.
    private static RequestTimeline Mixed(RequestTimeline timeline, string order)
    {
        int connection = -1;
        return timeline with
        {
            Requests = [.. timeline.Requests.Select((request, i) => order[i % order.Length] == 'N' ? request with { Connection = ++connection } : request with { Connection = connection, Idle = TimeSpan.FromSeconds(0.4), Connect = null })],
        };
    }

    private static RequestTimeline Slow(RequestTimeline timeline, Func<int, bool> which) => timeline with
    {
        Requests = [.. timeline.Requests.Select((request, i) => which(i) ? request with { Wait = TimeSpan.FromSeconds(1.23), Total = TimeSpan.FromSeconds(1.24) } : request)],
    };

    private static RequestTimeline Timeline(int count, Func<int, int> status) =>
        new(null, Url, 80, Noon, TimeSpan.FromSeconds(count / 2.0), TimeSpan.FromSeconds(10))
        {
            Id = "o2",
            IsHttp = true,
            Asked = TimeSpan.FromSeconds(count / 2.0),
            Requests =
            [
                .. Enumerable.Range(0, count).Select(i => new TriedRequest(TimeSpan.FromSeconds(i / 2.0), Server, HttpOutcome.Complete, ExchangeStage.Complete, TimeSpan.FromMilliseconds(2))
                {
                    Status = status(i),
                    Connection = i,
                    Connect = TimeSpan.FromMilliseconds(1),
                    Wait = TimeSpan.FromMilliseconds(1),
                    RoundTrip = TimeSpan.FromMilliseconds(0.5),
                }),
            ],
        };
}

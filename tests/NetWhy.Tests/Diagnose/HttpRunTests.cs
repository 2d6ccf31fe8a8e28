using System.Net;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Diagnose;

/// <summary>What is concluded from repeated requests.</summary>
public sealed class HttpRunTests
{
    private static readonly IPAddress One = IPAddress.Parse("192.0.2.1"), Other = IPAddress.Parse("192.0.2.2");

    [Fact]
    public void Resets_over_kept_connections_alone_are_a_race()
    {
        HttpRun run = Run(new HttpRunGroup(One, 80, IsKept: false, 50), new HttpRunGroup(One, 80, IsKept: true, 50) { Failed = 10 }) with { Failures = [Reset(isKept: true, 10)] };

        Finding finding = Assert.Single(new HttpKeepaliveRace().Evaluate(new EvidenceSet([run])));

        Assert.True(finding.Confidence > 0.9);
        Assert.Empty(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([run])));
    }

    [Fact]
    public void Resets_over_new_connections_too_are_no_race()
    {
        HttpRun run = Run(new HttpRunGroup(One, 80, IsKept: false, 50) { Failed = 5 }, new HttpRunGroup(One, 80, IsKept: true, 50) { Failed = 4 }) with { Failures = [Reset(isKept: true, 4), Reset(isKept: false, 5)] };

        Assert.All(new HttpKeepaliveRace().Evaluate(new EvidenceSet([run])), finding => Assert.True(finding.Confidence < 0.3));
        Assert.Equal("http-backend-partly-failing", Assert.Single(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([run]))).Cause);
    }

    // By the hypergeometric distribution: 1 of 4 beside 0 of 4 is chance in one of two cases; 300 of 5000 beside 2 of 5000 in none.
    [Theory]
    [InlineData(4, 1, 0, false)]
    [InlineData(5000, 300, 2, true)]
    [InlineData(5000, 10, 9, false)]
    public void A_race_is_said_only_where_it_is_no_chance(long requests, long kept, long fresh, bool isRace)
    {
        HttpRun run = Run(new HttpRunGroup(One, 80, IsKept: false, requests) { Failed = fresh }, new HttpRunGroup(One, 80, IsKept: true, requests) { Failed = kept }) with { Failures = [Reset(isKept: true, kept), Reset(isKept: false, fresh)] };

        Assert.Equal(isRace ? 1 : 0, new HttpKeepaliveRace().Evaluate(new EvidenceSet([run])).Count());
        string words = isRace ? $"of {2 * requests} requests {fresh} failed" : $"of {2 * requests} requests {kept + fresh} failed";
        Assert.StartsWith(words, Assert.Single(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([run]))).Reasons[0].Reading, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ExchangeStage.NotConnected, HttpOutcome.Failed, "ENETUNREACH")]
    [InlineData(ExchangeStage.NotConnected, HttpOutcome.Failed, "EMFILE")]
    [InlineData(ExchangeStage.Connected, HttpOutcome.NoAnswer, null)]
    [InlineData(ExchangeStage.HandshakeDone, HttpOutcome.Failed, null)]
    public void What_is_no_word_of_the_server_blames_no_backend(ExchangeStage stage, HttpOutcome outcome, string? errno)
    {
        HttpRun run = Run(new HttpRunGroup(One, 80, IsKept: false, 10), new HttpRunGroup(Other, 80, IsKept: false, 10) { Failed = 10 }) with { Failures = [new HttpRunFailure(Other, IsKept: false, stage, outcome, 10) { Errno = errno }] };

        Assert.Empty(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([run])));
    }

    [Fact]
    public void A_redirect_to_what_works_over_another_address_is_not_broken()
    {
        HttpExchange first = new("http://a.test/", One, 80, "target", HttpOutcome.Complete, TimeSpan.Zero) { Status = 301, Headers = new Dictionary<string, string> { ["location"] = "https://a.test/" } };
        HttpExchange good = new("https://a.test/", One, 443, "redirect", HttpOutcome.Complete, TimeSpan.Zero) { Status = 200, RedirectDepth = 1 };
        HttpExchange dead = good with { Address = Other, Outcome = HttpOutcome.Failed, Status = null, Errno = "ENETUNREACH" };

        Assert.Empty(new HttpRedirects().Evaluate(new EvidenceSet([first, good, dead])));
        Assert.Single(new HttpRedirects().Evaluate(new EvidenceSet([first, dead])));
    }

    /// <summary>20 of 30 fail while 8 are under way, and none of 5 one at a time: by chance in one case of 243. 2 of 30 would do so in most.</summary>
    [Theory]
    [InlineData(20, 5, "http-unavailable")]
    [InlineData(20, 3, "http-backend-partly-failing")]
    [InlineData(2, 5, "http-backend-partly-failing")]
    public void What_fails_at_once_and_not_one_at_a_time_blames_no_backend(int failed, int good, string cause)
    {
        HttpRun run = Run(new HttpRunGroup(One, 80, IsKept: false, 30) { ServerErrors = failed }) with
        {
            Concurrency = 8,
            Answers = [new HttpRunAnswer(503, failed) { Address = One }, new HttpRunAnswer(200, 30 - failed) { Address = One }],
            Alone = new HttpRunAlone(One, 5, good),
        };

        Finding finding = Assert.Single(((IRule[])[new HttpBackendPartlyFailing(), new ClientLimited()]).SelectMany(rule => rule.Evaluate(new EvidenceSet([run]))));

        Assert.Equal(cause, finding.Cause);
        Assert.True(good < 5 || finding.Severity is Severity.Warning);
    }

    [Fact]
    public void Connections_that_are_reset_at_once_count_as_well()
    {
        HttpRun run = Run(new HttpRunGroup(One, 80, IsKept: false, 80) { Failed = 77 }) with
        {
            Concurrency = 8,
            Answers = [new HttpRunAnswer(200, 3) { Address = One }],
            Failures = [new HttpRunFailure(One, IsKept: false, ExchangeStage.NotConnected, HttpOutcome.Failed, 55) { Errno = "ECONNRESET" }, Reset(isKept: false, 22)],
            Alone = new HttpRunAlone(One, 5, 5),
        };

        Finding finding = Assert.Single(new ClientLimited().Evaluate(new EvidenceSet([run])));

        Assert.Equal("connection-rate-limited", finding.Cause);
        Assert.StartsWith("192.0.2.1:80 fails 77 of 80 requests when 8 are made at once (55 × no connection: ", finding.Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/2: a frame is too large", "http-malformed-response")]
    [InlineData("an HTTP/2 SETTINGS frame instead of an HTTP/1.1 response", "http-protocol-mismatch")]
    public void Only_a_SETTINGS_frame_shows_HTTP_2_without_negotiation(string fault, string cause)
    {
        HttpExchange bad = new("https://a.test/", One, 443, "target", HttpOutcome.Malformed, TimeSpan.Zero) { Fault = fault };

        Assert.Equal(cause, Assert.Single(new HttpMalformedResponse().Evaluate(new EvidenceSet([bad]))).Cause);
    }

    [Fact]
    public void Without_new_connections_beside_them_nothing_is_said_of_a_race()
    {
        HttpRun run = Run(new HttpRunGroup(One, 80, IsKept: true, 50) { Failed = 4 }) with { Failures = [Reset(isKept: true, 4)] };

        Assert.Empty(new HttpKeepaliveRace().Evaluate(new EvidenceSet([run])));
    }

    [Fact]
    public void The_backend_that_all_errors_name_is_named()
    {
        HttpRun run = Run(new HttpRunGroup(One, 80, IsKept: false, 20) { ServerErrors = 10 }) with { Answers = [Answer(200, "a"), Answer(500, "b")] };

        Finding finding = Assert.Single(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([run])));

        Assert.Contains("always at x-served-by: b", finding.Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("target", true)]
    [InlineData("control", false)] // what --from-proxy asks
    public void To_ask_which_hop_it_is_stands_there_until_that_was_asked(string purpose, bool isSaid)
    {
        HttpRun run = Run(new HttpRunGroup(One, 80, IsKept: false, 20) { ServerErrors = 10 }) with { Answers = [Answer(200, "a"), Answer(500, "b")] };
        HttpExchange asked = new("http://a.test/", One, 80, purpose, HttpOutcome.Complete, TimeSpan.Zero) { Status = 400 };

        Finding finding = Assert.Single(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([asked, run])));

        Assert.Equal(isSaid, finding.Next.Any(line => line.Contains("--from-proxy", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_backend_that_answers_well_too_is_not_named()
    {
        HttpRun run = Run(new HttpRunGroup(One, 80, IsKept: false, 20) { ServerErrors = 10 }) with { Answers = [Answer(200, "b"), Answer(500, "b")] };

        Assert.DoesNotContain("x-served-by", Assert.Single(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([run]))).Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_that_always_fails_beside_one_that_never_does_is_named()
    {
        HttpRun run = Run(new HttpRunGroup(One, 80, IsKept: false, 10), new HttpRunGroup(Other, 80, IsKept: false, 10) { ServerErrors = 10 }) with { Answers = [Answer(200, "a"), Answer(500, "b")] };

        Finding finding = Assert.Single(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([run])));

        Assert.StartsWith("Every request to 192.0.2.2:80 fails", finding.Summary, StringComparison.Ordinal);
        Assert.Equal(Other, finding.Subject);
    }

    [Fact]
    public void A_first_error_does_not_overrule_many_good_answers_at_once()
    {
        HttpRun run = Run(new HttpRunGroup(One, 80, IsKept: false, 20)) with { Answers = [Answer(200, "a")] };
        HttpExchange first = new("http://a.test/", One, 80, "target", HttpOutcome.Complete, TimeSpan.Zero) { Id = "o2", Status = 502 };

        Finding only = Assert.Single(Diagnosis.Of(new EvidenceSet([first, run]), RuleCatalog.All).Causes).Finding;

        Assert.Equal(("http-backend-partly-failing", Severity.Warning), (only.Cause, only.Severity));
        Assert.Contains("none of 20 repeated ones was answered so", only.Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    public void Where_nothing_fails_or_all_does_no_part_is_blamed(long errors)
    {
        HttpRun run = Run(new HttpRunGroup(One, 80, IsKept: false, 20) { ServerErrors = errors }) with { Answers = [Answer(errors > 0 ? 500 : 200, "a")] };

        Assert.Empty(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([run])));
    }

    private static HttpRun Run(params HttpRunGroup[] groups) =>
        new("http://a.test/", groups.Sum(group => group.Requests), TimeSpan.FromSeconds(1), 1) { Id = "o1", Groups = groups };

    private static HttpRunFailure Reset(bool isKept, long count) =>
        new(One, isKept, ExchangeStage.Connected, HttpOutcome.Reset, count) { Errno = "ECONNRESET" };

    private static HttpRunAnswer Answer(int status, string backend) =>
        new(status, 10) { Headers = new Dictionary<string, string> { ["x-served-by"] = backend } };
}

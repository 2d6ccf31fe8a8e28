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
        HttpRun run = Run(new HttpRunGroup(One, 80, IsKept: false, 50), new HttpRunGroup(One, 80, IsKept: true, 50) { Failed = 4 }) with { Failures = [Reset(isKept: true, 4)] };

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

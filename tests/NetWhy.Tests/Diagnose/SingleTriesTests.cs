using System.Net;
using NetWhy.Diagnose;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Diagnose;

/// <summary>What one try alone met is told unless repeated ones asked the very same and were answered.</summary>
public sealed class SingleTriesTests
{
    private static readonly IPAddress Server = IPAddress.Parse("192.0.2.1");

    /// <summary>As of a pool with a bad member: whatever the first request meets, those behind it meet the others.</summary>
    [Theory]
    [InlineData(502, HttpOutcome.Complete, "2 of 3 equal ones behind it not (2 × 502)", 0.9, 1)]
    [InlineData(null, HttpOutcome.NoAnswer, "(2 × no answer in 3 s)", 0.9, 1)]
    [InlineData(503, HttpOutcome.Complete, "(2 × 503)", 0.8, 0.92)]
    public void A_good_first_answer_does_not_hide_what_equal_requests_meet(int? status, HttpOutcome outcome, string said, double least, double most)
    {
        var address = IPAddress.Parse("192.0.2.1");
        var good = new HttpExchange("http://a.test/", address, 80, "target", HttpOutcome.Complete, TimeSpan.FromMilliseconds(9)) { Id = "o3", Status = 200 };
        HttpExchange bad = good with { Id = "o4", Purpose = "alone", Outcome = outcome, Status = status, Elapsed = TimeSpan.FromSeconds(3) };
        HttpExchange between = good with { Id = "o5", Purpose = "alone" };
        var asked = new InvestigationStarted("0", "http://a.test/", TargetKind.Service, "http", "a.test", 80) { Id = "o0" };

        var diagnosis = Diagnosis.Of(new EvidenceSet([asked, good, bad, between, bad]), RuleCatalog.All);

        Finding finding = Assert.Single(diagnosis.Causes).Finding;
        Assert.Equal(("http-backend-partly-failing", Severity.Warning), (finding.Cause, finding.Severity));
        Assert.Contains(said, finding.Summary, StringComparison.Ordinal);
        Assert.Contains("one of several backends fails, or it fails now and then", finding.Summary, StringComparison.Ordinal);
        Assert.InRange(finding.Confidence, least, most);
        Assert.Empty(Diagnosis.Of(new EvidenceSet([asked, good, between, between, between]), RuleCatalog.All).Causes);
    }

    /// <summary>A balancer whose backend is dead accepts and closes: connections that are made and closed at once see nothing of it.</summary>
    [Fact]
    public void A_service_that_hangs_up_is_told_though_all_repeated_connections_stood()
    {
        RequestTimeline timeline = Timeline("tcp", 5432, _ => null) with { IsHttp = false };
        var greeting = new ServiceGreeting(Server, 5432, null, TimeSpan.FromMilliseconds(2)) { Id = "o3", Ended = "closed" };

        var diagnosis = Diagnosed("tcp", 5432, timeline, greeting);

        Assert.Contains(diagnosis.Causes, cause => cause.Finding.Cause is "connection-reset");
        Assert.NotEqual(Status.Healthy, diagnosis.Status);
    }

    [Theory]
    [InlineData(443, 1, 502, "http-bad-gateway")] // http redirects to https, which nobody repeated
    [InlineData(80, 1, 404, "http-client-error")]
    [InlineData(80, 1, null, "http-stalled-body")]
    public void Errors_behind_a_redirect_are_told_though_the_redirect_itself_never_failed(int port, int depth, int? status, string cause)
    {
        RequestTimeline timeline = Timeline("http", 80, _ => 302);
        HttpExchange redirect = Exchange(80, 302) with { Headers = new Dictionary<string, string> { ["location"] = "/there" } }, behind = Exchange(port, status ?? 200) with
        {
            Id = "o4",
            RedirectDepth = depth,
            Outcome = status is null ? HttpOutcome.Stalled : HttpOutcome.Complete,
            ExpectedLength = status is null ? 1000 : null,
            BodyLength = status is null ? 10 : 0,
            TimeToFirstByte = TimeSpan.FromMilliseconds(1),
        };

        var diagnosis = Diagnosed("http", 80, timeline, redirect, behind);

        Assert.Contains(diagnosis.Causes, ranked => ranked.Finding.Cause == cause);
        Assert.DoesNotContain(diagnosis.Told, finding => finding.Cause is "http-backend-partly-failing");
        Assert.NotEqual(Status.Healthy, diagnosis.Status);
    }

    /// <summary>All are refused, save one that this machine could not send.</summary>
    [Fact]
    public void A_port_that_answered_nobody_is_closed()
    {
        RequestTimeline timeline = Timeline("http", 80, _ => null);
        timeline = timeline with { Requests = [.. timeline.Requests.Select((request, i) => request with { Outcome = HttpOutcome.Failed, Stage = ExchangeStage.NotConnected, Errno = i == 7 ? "EADDRNOTAVAIL" : "ECONNREFUSED" })] };
        var refused = new ConnectAttempt(Server, 80, "target", ConnectOutcome.Failed, TimeSpan.FromMilliseconds(1)) { Id = "o2", Errno = "ECONNREFUSED", FailedCall = "connect" };

        Diagnosis diagnosis = Diagnosis.Of(new EvidenceSet([Asked("http", 80), refused, timeline]), RuleCatalog.All);

        Assert.Contains(diagnosis.Causes, cause => cause.Finding.Cause is "port-closed");
        Assert.Equal(Status.Broken, diagnosis.Status);
    }

    private static Diagnosis Diagnosed(string scheme, int port, RequestTimeline timeline, params Observation[] seen) =>
        Diagnosis.Of(new EvidenceSet([Asked(scheme, port), new ConnectAttempt(Server, port, "target", ConnectOutcome.Connected, TimeSpan.FromMilliseconds(1)) { Id = "o2" }, .. seen, timeline]), RuleCatalog.All);

    private static InvestigationStarted Asked(string scheme, int port) => new("0", $"{scheme}://a.test:{port}/", TargetKind.Service, scheme, "a.test", port) { Id = "o0" };

    private static HttpExchange Exchange(int port, int status) => new("http://a.test/", Server, port, "target", HttpOutcome.Complete, TimeSpan.FromMilliseconds(2)) { Id = "o3", Status = status };

    private static RequestTimeline Timeline(string scheme, int port, Func<int, int?> status) =>
        new("timeout", $"{scheme}://a.test:{port}/", port, DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(5))
        {
            Id = "o1",
            IsHttp = true,
            Asked = TimeSpan.FromSeconds(10),
            Requests =
            [
                .. Enumerable.Range(0, 100).Select(i => new TriedRequest(TimeSpan.FromSeconds(i * 0.1), Server, HttpOutcome.Complete, ExchangeStage.Complete, TimeSpan.FromMilliseconds(2)) { Status = status(i), Connect = TimeSpan.FromMilliseconds(1) }),
            ],
        };
}

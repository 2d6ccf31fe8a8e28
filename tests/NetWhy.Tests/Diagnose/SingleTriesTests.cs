using System.Net;
using NetWhy.Diagnose;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Diagnose;

/// <summary>What one try alone met is told unless repeated ones asked the very same and were answered.</summary>
public sealed class SingleTriesTests
{
    private static readonly IPAddress Server = IPAddress.Parse("192.0.2.1");

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

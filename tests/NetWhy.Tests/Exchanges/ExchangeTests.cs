using System.Net;
using NetWhy.Collect;
using NetWhy.Collect.Exchanges;
using NetWhy.Evidence;
using NetWhy.Wire.Http;
using Xunit;
using Cookie = NetWhy.Collect.Exchanges.Cookie;

namespace NetWhy.Tests.Exchanges;

/// <summary>HTTP with servers that do what servers should not.</summary>
public sealed class ExchangeTests
{
    [Theory]
    [InlineData("http", "--status 503 --body nothing", HttpOutcome.Complete, 503)]
    [InlineData("truncated-body", "--size 3000", HttpOutcome.Truncated, 200)]
    [InlineData("reset-body", "--size 3000", HttpOutcome.Reset, 200)]
    [InlineData("stall-body", "--size 3000", HttpOutcome.Stalled, 200)]
    [InlineData("close-after-request", "", HttpOutcome.ClosedEarly, null)]
    [InlineData("reset-after-request", "", HttpOutcome.Reset, null)]
    [InlineData("malformed", "", HttpOutcome.Malformed, null)]
    [InlineData("hang-after-accept", "", HttpOutcome.NoAnswer, null)]
    public async Task Tells_how_a_response_ends(string mode, string words, HttpOutcome outcome, int? status)
    {
        await using LoopbackServer server = await LoopbackServer.MisbehavingAsync(
            mode, words.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        ExchangeResult result = await RunAsync(server.Port, Options(server.Port) with
        {
            ResponsePatience = TimeSpan.FromSeconds(0.6),
            StallPatience = TimeSpan.FromSeconds(0.4),
        });

        Assert.Equal((outcome, status), (result.Http!.Outcome, result.Http.Status));
        Assert.Equal(mode is "truncated-body" or "reset-body" or "stall-body" ? 3000 : null, status is 200 ? result.Http.ExpectedLength : null);
    }

    [Fact]
    public async Task A_head_that_comes_drop_by_drop_is_not_waited_for_to_its_end()
    {
        await using LoopbackServer server = await LoopbackServer.MisbehavingAsync("trickle", "--head", "--size", "5", "--seconds", "20");

        ExchangeResult result = await RunAsync(server.Port, Options(server.Port) with { StallPatience = TimeSpan.FromSeconds(1.5) });

        Assert.Equal((HttpOutcome.Stalled, null, true), (result.Http!.Outcome, result.Http.Status, result.Http.StoppedByUs));
        Assert.Equal(ExchangeStage.FirstByte, result.Stage);
    }

    [Fact]
    public async Task An_interim_response_is_not_the_answer()
    {
        await using LoopbackServer server = LoopbackServer.Answering(_ => "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n");

        ExchangeResult result = await RunAsync(server.Port, Options(server.Port));

        Assert.Equal((HttpOutcome.ClosedEarly, null), (result.Http!.Outcome, result.Http.TimeToFirstByte));
    }

    [Fact]
    public async Task Reports_each_step_as_it_is_taken()
    {
        await using LoopbackServer server = LoopbackServer.Answering(_ => Ok("hello"));
        List<Observation> seen = [];

        ExchangeResult result = await RunAsync(server.Port, Options(server.Port) with { Report = seen.Add });

        Assert.Equal(ExchangeStage.Complete, result.Stage);
        Assert.Equal(5, result.Http!.BodyLength);
        Assert.Equal([typeof(ConnectAttempt), typeof(TcpInfoSample), typeof(HttpExchange), typeof(TcpInfoSample)], seen.Select(step => step.GetType()));
        Assert.StartsWith("GET / HTTP/1.1\r\nHost: h.test:", Assert.Single(server.Requests), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_redirect_is_followed_to_its_last_character()
    {
        string login = $"/login?state={new string('s', 3000)}&name=%20%C3%A4&tail=end";
        await using LoopbackServer server = LoopbackServer.Answering(target => target == login ? Ok("welcome") : Redirect(login));

        EvidenceSet evidence = await FollowAsync(server);

        Assert.Equal([$"GET / HTTP/1.1", $"GET {login} HTTP/1.1"], server.Requests.Select(request => request.Split("\r\n")[0]));
        HttpExchange last = evidence.Last<HttpExchange>(_ => true)!;
        Assert.Equal((200, HttpOutcome.Complete), (last.Status, last.Outcome));
        Assert.Equal(2000, last.Url.Length);
    }

    [Fact]
    public async Task A_redirect_longer_than_servers_take_is_not_followed()
    {
        await using LoopbackServer server = LoopbackServer.Answering(_ => Redirect("/" + new string('x', 20_000)));

        EvidenceSet evidence = await FollowAsync(server);

        Assert.Single(server.Requests);
        Assert.Equal("Location is longer than 16 KiB", evidence.Last<HttpExchange>(_ => true)!.Fault);
    }

    [Fact]
    public async Task A_redirect_to_itself_is_asked_once_more_and_no_more()
    {
        await using LoopbackServer server = LoopbackServer.Answering(_ => Redirect("/"));

        EvidenceSet evidence = await FollowAsync(server);

        Assert.Equal(2, server.Requests.Length);
        Assert.Equal(1, evidence.Last<HttpExchange>(_ => true)!.RedirectDepth);
    }

    [Theory]
    [InlineData("ftp://elsewhere.test/", "Location is no URL")]
    [InlineData("http://", "Location is no URL")]
    [InlineData("http://xn--\u00c3\u00a4.test/", "Location is no URL")] // a name that is coded and not coded
    public async Task A_redirect_that_leads_nowhere_is_said(string location, string fault)
    {
        await using LoopbackServer server = LoopbackServer.Answering(_ => Redirect(location));

        EvidenceSet evidence = await FollowAsync(server);

        Assert.StartsWith(fault, evidence.Last<HttpExchange>(_ => true)!.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_site_gets_its_own_cookies_back()
    {
        await using LoopbackServer server = LoopbackServer.Answering(target => target is "/in"
            ? Ok("in")
            : Redirect("/in", "Set-Cookie: seen=1; Path=/\r\nSet-Cookie: secret=2; Secure\r\n"));

        _ = await FollowAsync(server);

        Assert.Contains("\r\nCookie: seen=1\r\n", server.Requests[1], StringComparison.Ordinal);
        Assert.DoesNotContain("secret", server.Requests[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a=1|b=2; Secure", true, "a=1; b=2")]
    [InlineData("a=1|b=2; Path=/; secure", false, "a=1")]
    [InlineData("a=1; Secure", false, null)]
    [InlineData("a=1|a=2", true, "a=1; a=2")]
    [InlineData("nonsense|=x|b=\u0007", true, "=x")]
    public void Secure_cookies_go_over_TLS_only(string set, bool isTls, string? expected) =>
        Assert.Equal(expected, Cookie.FieldOf(Cookie.Of(Head(set.Split('|')), []), isTls));

    [Fact]
    public void A_new_cookie_replaces_the_old_one_of_its_name() =>
        Assert.Equal("b=2; a=3", Cookie.FieldOf(Cookie.Of(Head("a=3"), Cookie.Of(Head("a=1", "b=2"), [])), isTls: true));

    private static HttpResponseHead Head(params string[] cookies) =>
        new("HTTP/1.1", 302, "", [.. cookies.Select(cookie => KeyValuePair.Create("set-cookie", cookie))]);

    private static ExchangeOptions Options(int port) => new("http", "h.test") { Port = port };

    private static Task<ExchangeResult> RunAsync(int port, ExchangeOptions options) =>
        Exchange.RunAsync(IPAddress.Loopback, port, options, TestContext.Current.CancellationToken);

    private static async Task<EvidenceSet> FollowAsync(LoopbackServer server)
    {
        Assert.True(TargetParser.TryParse($"http://h.test:{server.Port}/", out Target? target, out _));
        var log = new EvidenceLog("here", TimeProvider.System);
        var context = new ProbeContext(target, new InvestigationOptions(), log, TimeProvider.System, "exchange");
        ExchangeOptions options = Options(server.Port) with { Report = observation => context.Report(observation) };
        ExchangeResult first = await RunAsync(server.Port, options);
        await new RedirectFollower(context).FollowAsync(first, options, TestContext.Current.CancellationToken);
        return log.Snapshot();
    }

    private static string Ok(string body) => $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}";

    private static string Redirect(string location, string fields = "") =>
        $"HTTP/1.1 302 Found\r\nLocation: {location}\r\n{fields}Content-Length: 0\r\n\r\n";
}

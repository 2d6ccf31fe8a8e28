using System.Net;
using System.Text;
using NetWhy.Evidence;
using NetWhy.Exchanges.Requests;
using Xunit;

namespace NetWhy.Tests.Tools.Http;

/// <summary>Repeated requests at servers that behave, and at servers that do not.</summary>
public sealed class RequestRunTests
{
    private const string Good = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    /// <summary>What servers send, with what has to come of it: of RFC 9112, sections 6, 7.1 and 9.6.</summary>
    public static TheoryData<string, HttpOutcome, long, string?> Answers => new()
    {
        { Good, HttpOutcome.Complete, 2, null },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", HttpOutcome.Complete, 3, null },
        { "HTTP/1.0 200 OK\r\n\r\nto the end!close", HttpOutcome.Complete, 10, null },
        { "HTTP/1.1 204 No Content\r\n\r\n", HttpOutcome.Complete, 0, null },
        { "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + Good, HttpOutcome.Complete, 2, null },
        { Good + "more", HttpOutcome.Complete, 2, "4 octets came behind the end of the answer" },
        { "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort!close", HttpOutcome.Truncated, 5, null },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc!close", HttpOutcome.Truncated, 3, null },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnothing\r\n", HttpOutcome.Malformed, 0, "the chunks of the body are malformed" },
        { "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nok", HttpOutcome.Malformed, 0, "Content-Length is no number, or is given twice and differs" },
        { "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nok", HttpOutcome.Malformed, 0, "Content-Length is no number, or is given twice and differs" },
        { "220 mail.lab.test ESMTP\r\n", HttpOutcome.Malformed, 0, "it does not begin with HTTP/1." },
        { "\0\0\0\u0004\0\0\0\0\0", HttpOutcome.Malformed, 0, "an HTTP/2 SETTINGS frame instead of an HTTP/1.1 response" },
        { Good.Replace("\r\n\r\n", $"\r\nX: {new string('v', 90_000)}\r\n\r\n", StringComparison.Ordinal), HttpOutcome.Complete, 2, null },
        { "HTTP/1.1 200 OK\r\nX: " + new string('a', 310_000), HttpOutcome.Malformed, 0, "the head is longer than 300 KiB" },
        { string.Concat(Enumerable.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 100)), HttpOutcome.Malformed, 0, "interim answers (1xx) come without end" },
        { "!close", HttpOutcome.ClosedEarly, 0, null },
        { "HTTP/1.1 200 OK\r\nX:!close", HttpOutcome.Truncated, 0, "the connection ends inside the head" },
        { ScriptedServer.Reset, HttpOutcome.Reset, 0, null },
        { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", HttpOutcome.Stalled, 2, "nothing more came in the middle of the body" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public void What_a_server_sends_is_told_apart(string answer, HttpOutcome outcome, long length, string? fault)
    {
        using var server = new ScriptedServer((_, _) => answer);

        RequestSample sample = Assert.Single(Run(server, new RequestRunOptions(), out _, timeout: outcome is HttpOutcome.Stalled ? 1.2 : 30));

        Assert.Equal((outcome, length, fault), (sample.Outcome, sample.BodyLength, sample.Fault));
        Assert.False(sample.StoppedByUs);
    }

    [Fact]
    public void A_slow_body_is_not_one_that_stands_still()
    {
        string slow = string.Concat(Enumerable.Repeat("!pausex", 200));
        using var server = new ScriptedServer((_, _) => $"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{slow}");

        RequestSample sample = Assert.Single(Run(server, new RequestRunOptions(), out _, timeout: 1.2));

        Assert.True(sample is { Outcome: HttpOutcome.Stalled, StoppedByUs: true });
        Assert.Equal("the body is not whole in 1.2 s", sample.Fault);
    }

    [Fact]
    public void The_end_of_the_connection_is_the_last_of_a_body_without_length()
    {
        using var server = new ScriptedServer((_, _) => "HTTP/1.1 200 OK\r\n\r\nwhole!pause!close");

        RequestSample sample = Assert.Single(Run(server, new RequestRunOptions(), out _));

        Assert.True(sample is { Outcome: HttpOutcome.Complete, BodyLength: 5 });
        Assert.NotEqual(TimeSpan.Zero, sample.Receive);
    }

    /// <summary>RFC 9112, section 9.3.</summary>
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: Upgrade, close\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close ,TE\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\nConnection: keep-alive\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: Upgrade\r\n", true)]
    [InlineData("HTTP/1.0 200 OK\r\nConnection: X\r\n", false)]
    [InlineData("HTTP/1.0 200 OK\r\nConnection: X, Keep-Alive\r\n", true)]
    public void A_connection_is_kept_as_the_server_says(string head, bool isKept)
    {
        using var server = new ScriptedServer((_, _) => head + "Content-Length: 0\r\n\r\n");

        IReadOnlyList<RequestSample> samples = Run(server, new RequestRunOptions { Count = 2, Use = ConnectionUse.Kept }, out _);

        Assert.Equal([false, isKept], samples.Select(sample => sample.IsKept));
    }

    [Fact]
    public void An_address_that_refuses_at_once_does_not_end_the_run()
    {
        using var server = new ScriptedServer((_, _) => Good);

        IReadOnlyList<RequestSample> samples = Run(server, new RequestRunOptions { Count = 4 }, out _, addresses: [IPAddress.Loopback, IPAddress.Parse("127.0.0.2")]);

        Assert.Equal([(0, false), (1, true), (0, false), (1, true)], samples.Select(sample => (sample.Address, sample.HasFailed)));
    }

    [Fact]
    public void A_run_ends_with_its_duration_and_not_with_the_next_interval()
    {
        using var server = new ScriptedServer((_, _) => Good);

        IReadOnlyList<RequestSample> samples = Run(server, new RequestRunOptions { Count = 9, Interval = TimeSpan.FromHours(1), Duration = TimeSpan.FromMilliseconds(100) }, out _);

        Assert.Single(samples);
    }

    [Fact]
    public void A_lookup_without_an_address_is_a_request_that_failed()
    {
        int lookups = 0;
        using var server = new ScriptedServer((_, _) => Good);

        IReadOnlyList<RequestSample> samples = Run(
            server, new RequestRunOptions { Count = 3, Use = ConnectionUse.New }, out HttpRun run, () => (TimeSpan.FromMilliseconds(2), ++lookups == 2 ? "no name" : null));

        Assert.Equal([null, "no name", null], samples.Select(sample => sample.Fault));
        Assert.All(samples, sample => Assert.Equal(TimeSpan.FromMilliseconds(2), sample.Name));
        Assert.Equal((ExchangeStage.NotConnected, 1, "no name"), run.Failures.Select(failure => (failure.Stage, failure.Count, failure.Fault)).Single());
    }

    [Fact]
    public void A_lookup_that_is_cancelled_ends_the_run_and_counts_for_nothing()
    {
        using var cancel = new CancellationTokenSource();
        using var server = new ScriptedServer((_, _) => Good);
        RequestPlan plan = PlanFor(server);
        int lookups = 0;
        using var running = new RequestRun(plan, [IPAddress.Loopback], new RequestRunOptions { Count = 5, Use = ConnectionUse.New }, _ => null)
        {
            LookUp = () =>
            {
                if (++lookups == 3)
                    cancel.Cancel();
                return (TimeSpan.Zero, lookups == 3 ? "no answer in time" : null);
            },
        };

        running.Go(cancel.Token);

        Assert.Equal([null, null], running.Samples.Select(sample => sample.Fault));
    }

    [Fact]
    public void New_and_kept_connections_are_mixed_and_kept_ones_have_no_handshake()
    {
        using var server = new ScriptedServer((_, _) => Good);

        IReadOnlyList<RequestSample> samples = Run(server, new RequestRunOptions { Count = 6 }, out HttpRun run);

        Assert.Equal([false, true, true, false, false, true], samples.Select(sample => sample.IsKept));
        Assert.All(samples, sample => Assert.Equal(sample.IsKept, sample.Connect is null));
        Assert.All(samples, sample => Assert.True(sample is { Send: not null, Wait: not null, Receive: not null, RoundTrip: not null, Server: not null }));
        Assert.Equal([(false, 3L), (true, 3L)], run.Groups.Select(group => (group.IsKept, group.Requests)));
    }

    /// <summary>Else the backends that take turns, of which some are bad, answer new connections badly, or kept ones.</summary>
    [Theory]
    [InlineData(10, 2, 4)]
    [InlineData(20, 4, 8)]
    [InlineData(40, 16, 8)]
    [InlineData(200, 16, 54)]
    public void No_turn_of_backends_falls_together_with_new_or_kept_connections(int requests, int most, int least)
    {
        using var server = new ScriptedServer((_, _) => Good);

        bool[] areKept = [.. Run(server, new RequestRunOptions { Count = requests }, out _).Select(sample => sample.IsKept)];

        Assert.Equal(requests / 2, areKept.Count(isKept => isKept));
        for (int backends = 2; backends <= most; backends++)
        {
            // Each backend is bad or well, as fits the connections it met best.
            int otherwise = Enumerable.Range(0, backends).Sum(place => areKept.Where((_, i) => i % backends == place).ToArray() is var met ? Math.Min(met.Count(isKept => isKept), met.Count(isKept => !isKept)) : 0);
            Assert.True(otherwise >= Math.Min(least, requests / 5), $"{backends}: {otherwise}");
        }
    }

    [Fact]
    public void Many_at_once_make_as_many_requests_as_asked_for_over_as_few_connections()
    {
        using var server = new ScriptedServer((_, _) => Good);

        IReadOnlyList<RequestSample> samples = Run(server, new RequestRunOptions { Count = 500, Concurrency = 4, Use = ConnectionUse.Kept }, out HttpRun run);

        Assert.Equal(500, samples.Count);
        Assert.Equal(4, samples.Count(sample => !sample.IsKept));
        Assert.Equal(500, Assert.Single(run.Answers).Count);
        Assert.Equal(500, server.Heads.Count);
    }

    [Fact]
    public void A_connection_that_the_server_closed_meanwhile_is_made_anew_and_is_no_failure()
    {
        using var server = new ScriptedServer((_, _) => Good + "!close");

        IReadOnlyList<RequestSample> samples = Run(server, new RequestRunOptions { Count = 3, Use = ConnectionUse.Kept }, out _, onEnd: channel =>
        {
            const int CloseWait = 8; // of TCP's states, in net/tcp_states.h
            Assert.True(SpinWait.SpinUntil(() => channel.TcpInfo is { State: CloseWait }, TimeSpan.FromSeconds(30)));
        });

        Assert.All(samples, sample => Assert.True(sample is { IsKept: false, HasFailed: false }));
    }

    [Fact]
    public void Answers_are_told_apart_by_status_and_maker()
    {
        using var server = new ScriptedServer((connection, _) => connection % 2 == 0
            ? "HTTP/1.1 200 OK\r\nX-Served-By: a\r\nContent-Length: 0\r\n\r\n"
            : "HTTP/1.1 503 Busy\r\nX-Served-By: b\r\nContent-Length: 4\r\n\r\nbusy");

        Run(server, new RequestRunOptions { Count = 8, Use = ConnectionUse.New }, out HttpRun run);

        Assert.Equal(
            [(200, 4L, "a", null), (503, 4L, "b", "busy")],
            run.Answers.OrderBy(answer => answer.Status).Select(answer => (answer.Status, answer.Count, answer.Headers["x-served-by"], answer.Excerpt)));
        Assert.Equal(4, run.Groups.Sum(group => group.ServerErrors));
    }

    [Fact]
    public void Answers_of_more_kinds_than_are_kept_are_counted()
    {
        using var server = new ScriptedServer((_, request) => $"HTTP/1.1 200 OK\r\nVia: {request}\r\nContent-Length: 0\r\n\r\n");

        Run(server, new RequestRunOptions { Count = 70, Use = ConnectionUse.Kept }, out HttpRun run);

        Assert.Equal(70, run.Answers.Sum(answer => answer.Count));
        Assert.Equal(6, Assert.Single(run.Answers, answer => answer.Headers.Count == 0).Count);
    }

    [Fact]
    public void Fields_go_out_as_utf_8_in_both_versions_and_empty_ones_not_at_all()
    {
        RequestPlan plan = RequestPlan.Of(new Uri("http://a/"), "GET", [("X", "é€"), ("Accept", "")]);

        Assert.Contains("X: Ã©â\u0082¬\r\n", Encoding.Latin1.GetString(plan.Octets.Span), StringComparison.Ordinal);
        Assert.Contains(("x", "Ã©â\u0082¬"), plan.Fields);
        Assert.DoesNotContain(plan.Fields, field => field.Name == "accept");
        Assert.DoesNotContain("Accept:", Encoding.Latin1.GetString(plan.Octets.Span), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("example.test/login?next=https://a/", "http://example.test/login?next=https://a/")]
    [InlineData("HTTPS://example.test?u=http://b", "https://example.test/?u=http://b")]
    [InlineData("example.test#ftp://a", "http://example.test/#ftp://a")]
    public void A_scheme_stands_at_the_beginning_of_a_url(string text, string expected)
    {
        Assert.True(RequestPlan.TryReadUrl(text, out Uri? url, out string? error), error);
        Assert.Equal(expected, url.AbsoluteUri);
    }

    [Theory]
    [InlineData("ftp://a/")]
    [InlineData("http://")]
    [InlineData("http://[::1")]
    [InlineData("http://a b/")]
    [InlineData("http://user:secret@a/")]
    [InlineData("http://a:0/")]
    [InlineData("http://a:99999/")]
    public void What_is_no_url_is_refused_in_words(string text)
    {
        Assert.False(RequestPlan.TryReadUrl(text, out Uri? _, out string? error));
        Assert.NotEmpty(error);
    }

    // Long enough for the server of a busy machine; short where the end of the time is what is tested.
    private static RequestPlan PlanFor(ScriptedServer server, double timeout = 30)
    {
        Assert.True(RequestPlan.TryReadUrl(server.Url, out Uri? url, out _));
        return RequestPlan.Of(url, "GET", []) with { Timeout = TimeSpan.FromSeconds(timeout) };
    }

    private static IReadOnlyList<RequestSample> Run(
        ScriptedServer server,
        RequestRunOptions options,
        out HttpRun run,
        Func<(TimeSpan, string?)>? lookUp = null,
        Action<RequestChannel>? onEnd = null,
        IPAddress[]? addresses = null,
        double timeout = 30)
    {
        addresses ??= [IPAddress.Loopback];
        RequestPlan plan = PlanFor(server, timeout);
        var summary = new RequestSummary(plan, addresses, DateTimeOffset.UnixEpoch);
        using var running = new RequestRun(plan, addresses, options, _ => null)
        {
            LookUp = lookUp,
            OnEnd = channel =>
            {
                summary.Take(channel);
                onEnd?.Invoke(channel);
            },
        };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        TimeSpan elapsed = running.Go(limit.Token);
        Assert.False(limit.IsCancellationRequested, "the run did not end by itself");
        run = summary.Of(running.Samples, elapsed, options.Concurrency);
        return running.Samples;
    }
}

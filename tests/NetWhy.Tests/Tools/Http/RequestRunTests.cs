using System.Net;
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
        { "220 mail.lab.test ESMTP\r\n", HttpOutcome.Malformed, 0, "what comes is no answer of HTTP/1" },
        { "HTTP/1.1 200 OK\r\nX: " + new string('a', 70_000), HttpOutcome.Malformed, 0, "the head is longer than 64 KiB" },
        { string.Concat(Enumerable.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 100)), HttpOutcome.Malformed, 0, "interim answers (1xx) come without end" },
        { "!close", HttpOutcome.ClosedEarly, 0, null },
        { "HTTP/1.1 200 OK\r\nX:!close", HttpOutcome.Truncated, 0, "the connection ends inside the head" },
        { ScriptedServer.Reset, HttpOutcome.Reset, 0, null },
        { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", HttpOutcome.Stalled, 2, null },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public void What_a_server_sends_is_told_apart(string answer, HttpOutcome outcome, long length, string? fault)
    {
        using var server = new ScriptedServer((_, _) => answer);

        RequestSample sample = Assert.Single(Run(server, new RequestRunOptions(), out _));

        Assert.Equal((outcome, length), (sample.Outcome, sample.BodyLength));
        if (outcome is not HttpOutcome.Stalled)
            Assert.Equal(fault, sample.Fault);
    }

    [Fact]
    public void New_and_kept_connections_take_turns_and_kept_ones_have_no_handshake()
    {
        using var server = new ScriptedServer((_, _) => Good);

        IReadOnlyList<RequestSample> samples = Run(server, new RequestRunOptions { Count = 6 }, out HttpRun run);

        Assert.Equal([false, true, false, true, false, true], samples.Select(sample => sample.IsKept));
        Assert.All(samples, sample => Assert.Equal(sample.IsKept, sample.Connect is null));
        Assert.All(samples, sample => Assert.True(sample is { Send: not null, Wait: not null, Receive: not null, RoundTrip: not null, Server: not null }));
        Assert.Equal([(false, 3L), (true, 3L)], run.Groups.Select(group => (group.IsKept, group.Requests)));
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

        IReadOnlyList<RequestSample> samples = Run(server, new RequestRunOptions { Count = 3, Use = ConnectionUse.Kept, Interval = TimeSpan.FromMilliseconds(50) }, out _);

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

    private static IReadOnlyList<RequestSample> Run(ScriptedServer server, RequestRunOptions options, out HttpRun run)
    {
        Assert.True(RequestPlan.TryReadUrl(server.Url, out Uri? url, out _));
        RequestPlan plan = RequestPlan.Of(url, "GET", []) with { Timeout = TimeSpan.FromSeconds(1.2) };
        var summary = new RequestSummary(plan, [IPAddress.Loopback], DateTimeOffset.UnixEpoch);
        using var running = new RequestRun(plan, [IPAddress.Loopback], options, _ => null) { OnEnd = channel => summary.Take(channel) };
        TimeSpan elapsed = running.Go(TestContext.Current.CancellationToken);
        run = summary.Of(running.Samples, elapsed, options.Concurrency);
        return running.Samples;
    }
}

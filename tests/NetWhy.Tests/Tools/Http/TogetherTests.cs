using NetWhy.Evidence;
using NetWhy.Exchanges;
using NetWhy.Exchanges.Requests;
using NetWhy.Tools.Http;
using Xunit;

namespace NetWhy.Tests.Tools.Http;

/// <summary>What is said of requests that share a connection, where times alone tell.</summary>
public sealed class TogetherTests
{
    // One that serves in turn takes 8 times as long for the last of 8 at once.
    [Theory]
    [InlineData(10, 1, 12, 100, "served at once")]
    [InlineData(10, 1, 80, 100, "one after the other")]
    [InlineData(10, 1, 30, 100, "in the order of the requests, and alone")]
    [InlineData(10, 1, 300, 100, "in the order of the requests, and alone", true)] // longer than all of them in turn
    [InlineData(50, 80, 610, 100, "in the order of the requests, and alone", true)] // what the link takes for the bodies of seven
    [InlineData(80, 0, 640, 10_000, "in the order of the requests, and alone", true)] // a record of TLS over 1 Mbit/s
    [InlineData(1, 0, 8, 100, "in the order of the requests; alone")]
    public void Times_tell_no_more_than_they_can(double alone, double body, double together, long octets, string words, bool isOfLink = false)
    {
        var streams = new HttpRunStreams(1, 8) { AloneServer = Spread(alone), AloneReceive = Spread(body), AloneOctets = octets, TogetherServer = Spread(together), Beside = 7 };

        Assert.StartsWith(words, HttpReport.Together(streams), StringComparison.Ordinal);
        Assert.Equal(isOfLink, HttpReport.Together(streams).Contains("a link that is full", StringComparison.Ordinal));
    }

    // A round trip of 50 ms, and 3 ms of a server that serves eight in turn.
    [Fact]
    public void The_round_trip_is_not_the_servers()
    {
        const int Alone = 5, Together = 8;
        RequestSample[] samples =
        [
            .. Enumerable.Range(0, Alone).Select(_ => Sample(0, 53)),
            .. Enumerable.Range(0, Together).Select(_ => Sample(7, 50 + 24)),
        ];
        var totals = new StreamTotals();
        totals.Add(new Http2Connection(65_535, []));

        HttpRunStreams streams = RequestSummary.StreamsOf(samples, totals, Alone)!;

        Assert.Equal((Milliseconds(3), Milliseconds(24)), (streams.AloneServer?.Median, streams.TogetherServer?.Median));
        Assert.StartsWith("one after the other", HttpReport.Together(streams), StringComparison.Ordinal);
    }

    private static TimeSpan Milliseconds(double count) => TimeSpan.FromMilliseconds(count);

    private static TimeSpread Spread(double count) => new(Milliseconds(count), Milliseconds(count), Milliseconds(count), Milliseconds(count), Milliseconds(count));

    private static RequestSample Sample(int beside, double wait) => new()
    {
        Outcome = HttpOutcome.Complete,
        IsKept = true,
        Beside = beside,
        Wait = Milliseconds(wait),
        Receive = TimeSpan.Zero,
        RoundTrip = Milliseconds(50),
    };
}

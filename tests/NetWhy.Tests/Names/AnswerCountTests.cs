using System.Net;
using NetWhy.Evidence;
using NetWhy.Names;
using Xunit;

namespace NetWhy.Tests.Names;

public sealed class AnswerCountTests
{
    [Fact]
    public void Percentiles_are_those_of_the_nearest_rank()
    {
        var count = new AnswerCount();
        foreach (int milliseconds in Enumerable.Range(1, 100).Reverse())
            count.Add(Exchange(DnsOutcome.Answered, "NOERROR", milliseconds));

        Assert.Equal(
            [50.0, 90.0, 99.0, 100.0],
            ((double[])[0.5, 0.9, 0.99, 1]).Select(share => count.Percentile(share)!.Value.TotalMilliseconds));
        Assert.Equal((100, 100), (count.Queries, count.Answered));
        Assert.Empty(count.Failures);
    }

    [Fact]
    public void Failures_are_told_apart_and_have_no_times()
    {
        var count = new AnswerCount();
        count.Add(Exchange(DnsOutcome.Answered, "NXDOMAIN", 2)); // an answer
        count.Add(Exchange(DnsOutcome.Answered, "SERVFAIL", 3));
        count.Add(Exchange(DnsOutcome.Answered, "SERVFAIL", 3));
        count.Add(Exchange(DnsOutcome.TimedOut, null, 2000));
        count.Add(Exchange(DnsOutcome.Failed, null, 1) with { Errno = "ECONNREFUSED" });

        Assert.Equal((5, 1), (count.Queries, count.Answered));
        Assert.Equal([("ECONNREFUSED", 1), ("SERVFAIL", 2), ("timeout", 1)], count.Failures.Select(failure => (failure.Key, failure.Value)));
        Assert.Equal(2, count.Percentile(1)!.Value.TotalMilliseconds);
        Assert.Null(new AnswerCount().Percentile(0.5));
    }

    private static DnsExchange Exchange(DnsOutcome outcome, string? code, double milliseconds) =>
        new(IPAddress.Loopback, 53, DnsTransport.Udp, "a.test.", "A", outcome, TimeSpan.FromMilliseconds(milliseconds), Sends: 1)
        {
            ResponseCode = code,
            ResponseTime = outcome is DnsOutcome.Answered ? TimeSpan.FromMilliseconds(milliseconds) : null,
        };
}

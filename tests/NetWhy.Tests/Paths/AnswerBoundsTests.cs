using System.Net;
using NetWhy.Evidence;
using NetWhy.Paths;
using Xunit;

namespace NetWhy.Tests.Paths;

/// <summary>Between which sizes answers end.</summary>
public sealed class AnswerBoundsTests
{
    [Fact]
    public void A_size_whose_answer_came_once_is_not_lost()
    {
        SegmentSizeTrial[] trials = [Lost(0), Passed(536), Lost(1000), Passed(1000), Lost(1200), Lost(1200)];

        Assert.Equal((1000, 1200), trials.Bounds());
        Assert.Null(((SegmentSizeTrial[])[Lost(0), Passed(536), Lost(900), Passed(1000)]).Bounds()); // size does not part them
    }

    private static SegmentSizeTrial Passed(int size) => new(IPAddress.Loopback, 443, size, ExchangeStage.HandshakeDone, TimeSpan.Zero);

    private static SegmentSizeTrial Lost(int size) => new(IPAddress.Loopback, 443, size, ExchangeStage.Connected, TimeSpan.Zero);
}

using NetWhy.Collect;
using NetWhy.Collect.Probes;
using NetWhy.Exchanges.Requests;
using Xunit;

namespace NetWhy.Tests.Collect;

/// <summary>In what rhythm requests are repeated.</summary>
public sealed class RepeatedRequestsProbeTests
{
    /// <summary>Where few are asked for, a limit of one a second must not see two at once: that is what few are asked for.</summary>
    [Theory]
    [InlineData(10, 30, 1)]
    [InlineData(10, 20, 1)]
    [InlineData(5, 30, 1)]
    [InlineData(20, 60, 1)]
    [InlineData(10, 30, 2)]
    public void Few_requests_are_spread_over_the_time(int count, int seconds, int addresses)
    {
        List<RequestRhythm> lanes = RepeatedRequestsProbe.LanesFor(new SymptomOptions("5xx") { Count = count, Duration = TimeSpan.FromSeconds(seconds) }, addresses, isHttp: true);
        double[] moments = [.. lanes.SelectMany(lane => Moments(lane, seconds)).Order().Take(count)];

        Assert.InRange(moments.Length, count - 1, count);
        Assert.All(moments.Zip(moments.Skip(1)), pair => Assert.True(pair.Second - pair.First >= 0.15 * seconds / count, $"{pair.First} {pair.Second}"));
    }

    [Fact]
    public void No_two_begin_at_the_same_moment()
    {
        List<RequestRhythm> lanes = RepeatedRequestsProbe.LanesFor(new SymptomOptions("slow"), 2, isHttp: true);

        Assert.Equal(lanes.Count, lanes.Select(lane => lane.First).Distinct().Count());
        Assert.True(lanes.Sum(lane => 1 / lane.Rest.TotalSeconds) <= 25.01);
    }

    // As if each took no time.
    private static IEnumerable<double> Moments(RequestRhythm lane, double seconds)
    {
        for (double at = lane.First.TotalSeconds; at < seconds; at += lane.Rest.TotalSeconds)
            yield return at;
    }
}

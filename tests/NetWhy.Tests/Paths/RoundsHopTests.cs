using NetWhy.Paths;
using Xunit;

namespace NetWhy.Tests.Paths;

/// <summary>What a hop counts.</summary>
public sealed class RoundsHopTests
{
    private const long Frequency = 1000;

    [Fact]
    public void Probes_that_nobody_will_hear_answers_to_are_not_lost()
    {
        var hop = new RoundsHop(3, 0);
        hop.Send(0, now: 0);
        hop.Decide(10 * Frequency, Frequency);
        hop.Send(1, now: 10 * Frequency);
        hop.Withdraw();
        hop.Decide(20 * Frequency, Frequency);

        Assert.Equal((1, 1, 0), (hop.Sent, hop.Dropped, hop.Outstanding));
    }
}

using System.Net;
using NetWhy.Collect.Probes;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Collect;

public sealed class ClientOrderTests
{
    private static readonly IPAddress V6 = IPAddress.Parse("2001:db8::1");
    private static readonly IPAddress OtherV6 = IPAddress.Parse("2001:db8::2");
    private static readonly IPAddress V4 = IPAddress.Parse("192.0.2.1");

    [Fact]
    public void A_silent_first_address_costs_a_quarter_second_or_its_whole_wait()
    {
        ClientOrder order = ClientOrderProbe.Work([Silent(V6, 3.6), Works(V4, 0.02)]);

        Assert.Equal((V4, 0.25), (order.RacingAddress, order.RacingLoss!.Value.TotalSeconds));
        Assert.Equal((V4, 3.6), (order.SequentialAddress, order.SequentialLoss!.Value.TotalSeconds));
        Assert.True(order.SequentialLosesMore);
    }

    [Fact]
    public void A_refusal_lets_both_go_on_at_once()
    {
        ClientOrder order = ClientOrderProbe.Work([Refused(V6, 0.01), Works(V4, 0.02)]);

        Assert.Equal((0.01, 0.01), (order.RacingLoss!.Value.TotalSeconds, order.SequentialLoss!.Value.TotalSeconds));
        Assert.False(order.SequentialLosesMore);
    }

    [Fact]
    public void A_racing_client_changes_the_family_before_the_address()
    {
        ClientOrder order = ClientOrderProbe.Work([Silent(V6, 3.6), Silent(OtherV6, 3.6), Works(V4, 0.02)]);

        Assert.Equal(0.25, order.RacingLoss!.Value.TotalSeconds);
        Assert.Equal(7.2, order.SequentialLoss!.Value.TotalSeconds, 6);
    }

    [Fact]
    public void A_slow_first_address_loses_the_race_to_a_quick_second_one()
    {
        ClientOrder order = ClientOrderProbe.Work([Works(V6, 0.9), Works(V4, 0.02)]);

        Assert.Equal((V4, 0.25), (order.RacingAddress, order.RacingLoss!.Value.TotalSeconds));
        Assert.Equal((V6, 0), (order.SequentialAddress, order.SequentialLoss!.Value.TotalSeconds));
    }

    [Fact]
    public void Where_nothing_answers_nothing_is_chosen()
    {
        ClientOrder order = ClientOrderProbe.Work([Silent(V6, 3.6), Refused(V4, 0.01)]);

        Assert.Null(order.RacingAddress);
        Assert.Null(order.RacingLoss);
        Assert.Null(order.SequentialAddress);
        Assert.Null(order.SequentialLoss);
    }

    private static ConnectAttempt Works(IPAddress address, double seconds) =>
        new(address, 443, "target", ConnectOutcome.Connected, TimeSpan.FromSeconds(seconds));

    private static ConnectAttempt Silent(IPAddress address, double seconds) =>
        Works(address, seconds) with { Outcome = ConnectOutcome.TimedOut };

    private static ConnectAttempt Refused(IPAddress address, double seconds) =>
        Works(address, seconds) with { Outcome = ConnectOutcome.Failed, Errno = "ECONNREFUSED" };
}

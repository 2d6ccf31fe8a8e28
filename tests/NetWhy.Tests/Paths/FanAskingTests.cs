using NetWhy.Paths;
using Xunit;

namespace NetWhy.Tests.Paths;

/// <summary>Branches that answer nothing, told from routers that limit their answers.</summary>
public sealed class FanAskingTests
{
    private readonly FanAsking _hop = new(ttl: 2, flows: 16);

    [Fact]
    public void Flows_that_are_never_answered_while_others_always_are_meet_silence()
    {
        for (int flow = 0; flow < 16; flow++)
            Ask(flow, isAnswered: flow % 2 == 0);
        Assert.True(_hop.IsLimited); // so far
        for (int i = 0; i < 2; i++)
            Ask(1, isAnswered: false);

        Assert.False(_hop.IsLimited);
        Assert.Equal([1], _hop.SilentFlows);
        Assert.Equal(8, _hop.Unanswered);
        Assert.False(_hop.MayAsk(1));
    }

    [Fact]
    public void Flows_that_are_answered_when_they_are_asked_again_met_a_limit()
    {
        for (int flow = 0; flow < 16; flow++)
            Ask(flow, isAnswered: flow < 6);
        Ask(6, isAnswered: true);
        for (int i = 0; i < 2; i++)
            Ask(7, isAnswered: false);

        Assert.True(_hop.IsLimited);
        Assert.Empty(_hop.SilentFlows);
        Assert.True(_hop.MayAsk(7));
    }

    private void Ask(int flow, bool isAnswered)
    {
        _hop.Asked(flow, TimeSpan.Zero);
        if (isAnswered)
            _hop.Heard(flow, wasLost: false);
        else
            _hop.Lost([flow], TimeSpan.Zero);
    }
}

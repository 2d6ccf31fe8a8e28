using NetWhy.Paths;
using Xunit;

namespace NetWhy.Tests.Paths;

/// <summary>Resets that refuse, told from those that half-open connections draw.</summary>
public sealed class ResetDoubtTests
{
    private readonly ResetDoubt _doubt = new();
    private readonly List<ushort> _posted = [];

    [Fact]
    public void A_closed_port_resets_every_syn()
    {
        Send(1, 2, 3);
        Answer(isReset: true, 1, 2, 3);

        Assert.Equal([1, 2, 3], _posted);
    }

    [Fact]
    public void A_reset_of_every_second_syn_is_no_answer_until_a_synack_comes_through()
    {
        Send(1, 2, 3, 4);
        Answer(isReset: true, 2, 4);
        Assert.Empty(_posted);

        Answer(isReset: false, 3);
        Assert.Equal([2, 3, 4], _posted);
    }

    [Fact]
    public void A_reset_that_was_lost_costs_its_syn_only()
    {
        Send(1, 2, 3);
        Answer(isReset: true, 2);
        Assert.Empty(_posted);
        Answer(isReset: true, 3);

        Assert.Equal([2, 3], _posted);
    }

    [Fact]
    public void What_ended_at_a_router_was_no_syn_before_it()
    {
        _doubt.Sent(1, ttl: 1);
        _doubt.Sent(2, ttl: 2);
        _doubt.Sent(3, ttl: 3);
        Answer(isReset: true, 3);
        Assert.Empty(_posted);
        _doubt.Failed(2, isOnTheWay: true); // so the silent hop 1 is a router as well

        Assert.Equal([3], _posted);
    }

    [Fact]
    public void A_silent_router_right_before_it_hides_no_closed_port()
    {
        for (ushort round = 0; round < 3; round++)
        {
            _doubt.Sent((ushort)(2 * round + 1), ttl: 1);
            _doubt.Sent((ushort)(2 * round + 2), ttl: 2);
            Answer(isReset: true, (ushort)(2 * round + 2));
        }

        Assert.Equal([2, 4, 6], _posted);
    }

    [Fact]
    public void Every_second_hop_limit_is_no_closed_port()
    {
        for (ushort query = 0; query < 3; query++)
        {
            for (int ttl = 5; ttl <= 8; ttl++)
                _doubt.Sent((ushort)(4 * query + ttl), ttl);
            Answer(isReset: true, (ushort)(4 * query + 6), (ushort)(4 * query + 8));
        }

        Assert.Empty(_posted);
    }

    private void Send(params ushort[] sequences)
    {
        foreach (ushort sequence in sequences)
            _doubt.Sent(sequence, ttl: 5);
    }

    private void Answer(bool isReset, params ushort[] sequences)
    {
        foreach (ushort sequence in sequences)
            _doubt.Answered(sequence, isReset, () => _posted.Add(sequence));
    }
}

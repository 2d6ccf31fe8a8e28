using System.Collections.Immutable;
using NetWhy.Collect.Tls;
using Xunit;

namespace NetWhy.Tests.Collect;

/// <summary>A chain that came before is kept once, and no server has all of its chains kept.</summary>
public sealed class SentChainsTests
{
    [Fact]
    public void A_chain_that_came_before_is_kept_once()
    {
        var chains = new SentChains();
        ImmutableArray<byte[]> first = [[1, 2], [3]], same = [[1, 2], [3]], other = [[1], [2, 3]];

        Assert.Equal(first, chains.Keep(first));
        Assert.True(chains.Keep(same) == first); // the array itself
        Assert.Equal(other, chains.Keep(other)); // the same octets, cut elsewhere
        Assert.Equal(0, chains.LeftOut);
    }

    [Fact]
    public void What_is_too_much_is_left_out_and_counted()
    {
        var chains = new SentChains(mostOctets: 10);
        ImmutableArray<byte[]> six = [new byte[6]], five = [new byte[5]], four = [new byte[4]];

        Assert.NotNull(chains.Keep(six));
        Assert.Null(chains.Keep(five));
        Assert.NotNull(chains.Keep(four));
        Assert.NotNull(chains.Keep([new byte[6]]));
        Assert.Equal(1, chains.LeftOut);
    }
}

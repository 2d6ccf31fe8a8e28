using NetWhy.Analysis.Flows;
using Xunit;

namespace NetWhy.Tests.Analysis;

/// <summary>Conversations are numbered by the packets that begin them.</summary>
public sealed class StreamOrderTests
{
    [Fact]
    public void Conversations_have_the_numbers_of_their_packets_in_whatever_order_they_are_marked_and_asked_for()
    {
        uint[] frames = [1, 2, 63, 64, 65, 127, 128, 65_535, 65_536, 65_537, 200_000, 1_000_000, uint.MaxValue];
        var order = new StreamOrder();
        foreach (uint frame in frames.Reverse())
            order.Mark(frame);

        int[] numbers = [.. Enumerable.Range(0, frames.Length)];
        Assert.Equal(numbers, frames.Select(order.NumberOf));
        Assert.Equal(numbers.Reverse(), frames.Reverse().Select(order.NumberOf));
    }
}

using NetWhy.Paths;
using Xunit;

namespace NetWhy.Tests.Paths;

public sealed class EchoTallyTests
{
    [Fact]
    public void A_reply_that_comes_after_a_later_ones_is_reordered_and_one_that_comes_again_is_a_duplicate()
    {
        EchoTally tally = Sent(4);
        Assert.Equal(EchoStanding.First, tally.CountReply(1, 100, false, false));
        Assert.Equal(EchoStanding.First, tally.CountReply(3, 100, false, false));
        Assert.Equal(EchoStanding.Reordered, tally.CountReply(2, 100, false, false));
        Assert.Equal(EchoStanding.Duplicate, tally.CountReply(3, 100, false, false));
        Assert.Equal(EchoStanding.Corrupted, tally.CountReply(4, 100, true, false));
        Assert.Equal((3, 1, 1, 1), (tally.Received, tally.Reordered, tally.Duplicates, tally.Corrupted));
        Assert.Equal(0.25, tally.Loss);
    }

    [Fact]
    public void Numbers_that_start_again_are_neither_duplicates_nor_reordered()
    {
        var tally = new EchoTally();
        for (int i = 0; i < 70_000; i++)
        {
            ushort sequence = tally.Begin();
            tally.End();
            Assert.Equal(EchoStanding.First, tally.CountReply(sequence, 10, false, false));
        }

        Assert.Equal((70_000, 0, 0, 1), (tally.Received, tally.Duplicates, tally.Reordered, tally.Pipe));
    }

    [Fact]
    public void Round_trips_are_summed_as_the_standard_deviation_of_all_of_them()
    {
        // 2, 4, 4, 4, 5, 5, 7, 9: mean 5, standard deviation 2, median (nearest rank) 4, 90 % of 8 is the eighth.
        int[] times = [2, 4, 4, 4, 5, 5, 7, 9];
        EchoTally tally = Sent(times.Length);
        for (int i = 0; i < times.Length; i++)
            tally.CountReply((ushort)(i + 1), times[i], false, false);
        Assert.Equal((2, 5, 9, 2), (tally.Least, tally.Mean, tally.Most, tally.Deviation));
        Assert.Equal([4, 9], tally.Percentiles([0.5, 0.9])!);
    }

    [Fact]
    public void An_error_answers_its_request_and_one_of_this_machine_none()
    {
        EchoTally tally = Sent(2);
        Assert.Equal(2, tally.InFlight);
        tally.CountError(2);
        Assert.Equal((0, 1), (tally.InFlight, tally.Errors));
        tally.CountError(null);
        Assert.Equal(2, tally.Errors);
        Assert.Null(tally.Percentiles([0.5]));
    }

    private static EchoTally Sent(int count)
    {
        var tally = new EchoTally();
        for (int i = 0; i < count; i++)
        {
            tally.Begin();
            tally.End();
        }

        return tally;
    }
}

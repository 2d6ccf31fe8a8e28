using NetWhy.Collect.Paths;
using Xunit;

namespace NetWhy.Tests.Paths;

public sealed class SequenceGapsTests
{
    private const int Length = 1000;

    private static readonly TimeSpan RoundTrip = TimeSpan.FromMilliseconds(10);

    private readonly SequenceGaps _gaps = new();
    private DateTimeOffset _now = DateTimeOffset.UnixEpoch;

    public SequenceGapsTests() => _gaps.Start(First, RoundTrip);

    // Near the end of the numbers, so that they wrap around.
    private static uint First => uint.MaxValue - (2 * Length);

    [Fact]
    public void Counts_nothing_where_all_comes_in_order()
    {
        for (int i = 0; i < 10; i++)
            See(i, identification: i + 1);

        Assert.Equal(0, _gaps.Repairs);
    }

    [Fact]
    public void Counts_a_segment_that_was_sent_again()
    {
        See(0, 1);
        See(2, 3);
        _now += RoundTrip;
        See(1, 4);

        Assert.Equal(1, _gaps.Repairs);
    }

    [Fact]
    public void Counts_a_segment_that_came_again_by_itself()
    {
        See(0, 1);
        See(1, 2);
        See(0, 3);

        Assert.Equal(0, _gaps.Repairs);
        Assert.Equal(1, _gaps.Repeats);
    }

    [Fact]
    public void Does_not_count_a_segment_that_was_overtaken()
    {
        See(0, 1);
        See(2, 3);
        _now += 3 * RoundTrip;
        See(1, 2);

        Assert.Equal(0, _gaps.Repairs);
    }

    [Fact]
    public void Does_not_count_what_comes_sooner_than_a_round_trip_where_packets_have_no_number()
    {
        See(0, null);
        See(2, null);
        _now += RoundTrip / 4;
        See(1, null);

        Assert.Equal(0, _gaps.Repairs);
    }

    [Fact]
    public void Takes_back_what_was_sent_again_while_the_first_one_was_under_way()
    {
        See(0, 1);
        See(2, 3);
        _now += RoundTrip;
        See(1, 4);
        See(1, 2);

        Assert.Equal(0, _gaps.Repairs);
        Assert.Equal(1, _gaps.Repeats);
    }

    [Fact]
    public void Still_counts_what_was_lost_and_sent_again_twice()
    {
        See(0, 1);
        See(2, 3);
        _now += RoundTrip;
        See(1, 4);
        See(1, 5);

        Assert.Equal(1, _gaps.Repairs);
    }

    [Fact]
    public void Does_not_count_second_copies()
    {
        See(0, 1);
        See(1, 2);
        _now += RoundTrip;
        See(0, 3);

        Assert.Equal(0, _gaps.Repairs);
    }

    [Fact]
    public void Does_not_count_what_a_full_queue_delays()
    {
        See(0, 1);
        See(2, 3);
        _now += 20 * RoundTrip;
        See(1, 4);

        Assert.Equal(0, _gaps.Repairs);
    }

    [Fact]
    public void Counts_the_losses_of_one_burst_once_and_those_of_later_ones_again()
    {
        See(0, 1);
        See(2, 3);
        See(4, 5);
        _now += 2 * RoundTrip;
        See(1, 6);
        See(3, 7);
        Assert.Equal(1, _gaps.Repairs);

        See(6, 9);
        _now += RoundTrip;
        See(5, 10);
        Assert.Equal(2, _gaps.Repairs);
    }

    [Fact]
    public void Follows_a_gap_that_is_filled_in_pieces()
    {
        See(0, 1);
        See(4, 5);
        _now += RoundTrip;
        See(2, 6);
        See(1, 7);
        See(3, 8);
        See(1, 9);

        Assert.Equal(1, _gaps.Repairs);
    }

    private void See(int index, int? identification)
    {
        _now += TimeSpan.FromMicroseconds(10);
        _gaps.Count(unchecked(First + (uint)(index * Length)), Length, identification, _now);
    }
}

using NetWhy.Evidence;
using NetWhy.Paths.Transfer;
using Xunit;

namespace NetWhy.Tests.Paths;

/// <summary>When nothing moved, told from when nobody looked.</summary>
public sealed class TransferClockTests
{
    private readonly SetTime _time = new();

    [Fact]
    public void Time_without_octets_is_a_pause_and_the_last_one_may_go_on()
    {
        var clock = new TransferClock(_time);
        Look(clock, from: 0, to: 1000, hasMoved: true);
        Look(clock, from: 1020, to: 1600, hasMoved: false);
        Look(clock, from: 1620, to: 2000, hasMoved: true);
        Look(clock, from: 2020, to: 2200, hasMoved: false); // too short for one
        Look(clock, from: 2220, to: 2400, hasMoved: true);
        Look(clock, from: 2420, to: 3000, hasMoved: false);

        Assert.Equal([Pause(1000, 1620), Pause(2400, 3000)], clock.Pauses);
        Assert.Equal((TimeSpan.FromMilliseconds(2400), TimeSpan.FromMilliseconds(600)), (clock.Moved, clock.Still));
    }

    [Fact]
    public void A_machine_that_did_not_look_saw_no_pause()
    {
        var clock = new TransferClock(_time);
        Look(clock, from: 0, to: 1000, hasMoved: true);
        Look(clock, from: 3000, to: 3000, hasMoved: true);

        Assert.Empty(clock.Pauses);
    }

    [Fact]
    public void Others_that_ask_and_are_answered_in_a_pause_are_counted()
    {
        var clock = new TransferClock(_time);
        clock.OtherAnswered(asked: null); // nothing had moved
        Look(clock, from: 0, to: 1000, hasMoved: true);
        clock.OtherAnswered(TimeSpan.FromMilliseconds(990)); // asked before
        Look(clock, from: 1020, to: 1500, hasMoved: false);
        clock.OtherAnswered(TimeSpan.FromMilliseconds(1200));
        Look(clock, from: 1520, to: 1600, hasMoved: true);
        Look(clock, from: 1620, to: 2200, hasMoved: false);

        Assert.Equal([1, 0], clock.Pauses.Select(pause => pause.OthersAnswered));
    }

    private void Look(TransferClock clock, int from, int to, bool hasMoved)
    {
        for (int i = from; i <= to; i += 20)
        {
            _time.Milliseconds = i;
            clock.Look(hasMoved);
        }
    }

    private static TransferPause Pause(int begin, int end) => new(TimeSpan.FromMilliseconds(begin), TimeSpan.FromMilliseconds(end));

    private sealed class SetTime : TimeProvider
    {
        public int Milliseconds { get; set; }

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => 1 + Milliseconds; // 0 would mean "not yet"
    }
}

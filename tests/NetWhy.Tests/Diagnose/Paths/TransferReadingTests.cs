using System.Net;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Paths;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Diagnose.Paths;

/// <summary>What bounded a transfer, told from what both ends saw.</summary>
public sealed class TransferReadingTests
{
    private const int Mss = 1448;

    // 5 s of 10 Mbit/s, round trip 20 ms: 25,000 octets in flight fill the path.
    private static readonly TransferTrial Plain = new(IPAddress.Parse("192.0.2.7"), 5217, "upload", 6_250_000, TimeSpan.FromSeconds(5))
    {
        HasAccount = true,
        Receiving = TimeSpan.FromSeconds(5),
        ReceiverWaiting = TimeSpan.FromSeconds(4.9),
        Sending = TimeSpan.FromSeconds(5),
        SenderWaiting = TimeSpan.FromSeconds(4.9),
        Busy = TimeSpan.FromSeconds(5),
        Segments = 6_250_000 / Mss,
        SendMss = Mss,
        MinRoundTrip = TimeSpan.FromMilliseconds(20),
        FlowRoundTrip = TimeSpan.FromMilliseconds(21),
        SendWindow = 500_000,
        CongestionControl = "cubic",
        FullSamples = 100,
    };

    [Fact]
    public void A_path_without_a_queue_bounds_where_nothing_else_does() => Assert.Equal("path-limited", Bound(Plain));

    [Fact]
    public void A_window_bounds_that_is_filled_once_a_round_trip_though_tcp_was_never_held_back() =>
        Assert.Equal("window-limited", Bound(Plain with { SendWindow = 26_000 }));

    [Fact]
    public void A_window_that_fills_a_queue_bounds_nothing() => // it would hold back also on a path that is faster than its window
        Assert.Equal("path-limited", Bound(Plain with
        {
            SendWindow = 100_000,
            FlowRoundTrip = TimeSpan.FromMilliseconds(80),
            ReceiveWindowLimited = TimeSpan.FromSeconds(5),
        }));

    [Theory]
    [InlineData(0.52, "path-limited")] // 26,000 octets wait: 1 Gbit/s is full, though they wait no more than 0.22 ms
    [InlineData(0.32, "window-limited")]
    public void A_short_wait_on_a_fast_path_is_a_queue_too(double inFlow, string kind) =>
        Assert.Equal(kind, Bound(Plain with
        {
            Octets = 587_500_000,
            Segments = 587_500_000 / Mss,
            SendWindow = 65_536,
            ReceiveWindowLimited = TimeSpan.FromSeconds(4.5),
            MinRoundTrip = TimeSpan.FromMilliseconds(0.3),
            FlowRoundTrip = TimeSpan.FromMilliseconds(inFlow),
        }));

    [Fact]
    public void A_window_of_each_connection_counts() =>
        Assert.Equal("window-limited", Bound(Plain with { Streams = 4, SendWindow = 7_000 }));

    [Fact]
    public void A_receiver_that_never_waits_bounds_and_not_its_window() =>
        Assert.Equal("receiver-limited", Bound(Plain with
        {
            SendWindow = 20_000,
            ReceiveWindowLimited = TimeSpan.FromSeconds(5),
            ReceiverWaiting = TimeSpan.FromSeconds(0.1),
        }));

    [Fact]
    public void A_sender_that_never_waits_bounds() => Assert.Equal("sender-limited", Bound(Plain with { SenderWaiting = TimeSpan.FromSeconds(0.1) }));

    [Theory]
    [InlineData(1_250_000, "application-limited")]
    [InlineData(2_500_000, "path-limited")] // more was wanted than came
    public void A_rate_that_was_wanted_bounds_if_it_was_kept(long wanted, string kind) => Assert.Equal(kind, Bound(Plain with { RateWanted = wanted }));

    [Fact]
    public void A_buffer_bounds_that_tcp_empties() => Assert.Equal("send-buffer-limited", Bound(Plain with { DrainedSamples = 90 }));

    [Theory]
    [InlineData("reno", 21, "loss-limited")] // at any round trip: lost at random
    [InlineData("reno", 41, "path-limited")] // at long ones: a queue overflowed
    [InlineData("bbr", 21, "path-limited")] // which does not heed it
    public void Loss_bounds_unless_a_queue_overflowed_or_the_sender_does_not_heed_it(string control, double atLoss, string kind) =>
        Assert.Equal(kind, Bound(Plain with { CongestionControl = control, Retransmits = 13, RoundTripAtLoss = TimeSpan.FromMilliseconds(atLoss) }));

    // BBR sends what its rate gives in a millisecond at once, and the last of that waits for the rest: net/ipv4/tcp_output.c, tcp_tso_autosize.
    [Theory]
    [InlineData("cubic", 1.4, true)]
    [InlineData("bbr", 1.4, false)]
    [InlineData("bbr", 2.5, true)]
    public void A_millisecond_of_bbrs_own_pace_is_no_queue(string control, double round, bool isQueue) =>
        Assert.Equal(isQueue, TransferReading.Of(Plain with
        {
            CongestionControl = control,
            MinRoundTrip = TimeSpan.FromMilliseconds(0.1),
            FlowRoundTrip = TimeSpan.FromMilliseconds(round),
        })[0].Text.Contains("waits in a queue", StringComparison.Ordinal));

    // Window in segments of CUBIC at 0.1 s, C = 0.4. Source: RFC 8312, section 5.1, table 1.
    [Theory]
    [InlineData(1_000, 38)]
    [InlineData(100, 187)]
    [InlineData(10, 1054)]
    [InlineData(1, 5926)]
    public void The_rate_that_loss_allows_is_that_of_the_standard(long retransmits, double window)
    {
        TransferTrial trial = Plain with { Segments = 1_000_000, Retransmits = retransmits, FlowRoundTrip = TimeSpan.FromSeconds(0.1) };

        Assert.InRange(trial.LossCeiling!.Value, 0.99 * window * Mss * 8 / 0.1, 1.03 * window * Mss * 8 / 0.1);
    }

    [Fact]
    public void Loss_without_a_queue_can_be_a_policer_which_a_slower_transfer_shows()
    {
        PathConclusion bound = TransferReading.Of(Plain with { CongestionControl = "reno", Retransmits = 13 })[0];

        Assert.Contains("policer", bound.Text, StringComparison.Ordinal);
        Assert.Contains("netwhy bw 192.0.2.7 -p 5217 -U -b 8000kbps", bound.Next[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Loss_bounds_nothing_that_allows_far_more() =>
        Assert.Equal("path-limited", Bound(Plain with { CongestionControl = "reno", Segments = 1_000_000, Retransmits = 110, Octets = 500_000 }));

    [Fact]
    public void Without_the_senders_account_nothing_is_known() => Assert.Equal("bound-unknown", Bound(Plain with { HasAccount = false }));

    [Theory]
    [InlineData(400, "bufferbloat")]
    [InlineData(25, null)]
    public void Answers_that_wait_behind_a_transfer_are_bufferbloat(double loaded, string? kind) =>
        Assert.Equal(kind, TransferReading.Of(Plain with
        {
            IdleRoundTrip = TimeSpan.FromMilliseconds(20),
            LoadedRoundTrip = TimeSpan.FromMilliseconds(loaded),
            FlowRoundTrip = TimeSpan.FromMilliseconds(loaded),
        }).Skip(1).SingleOrDefault()?.Kind);

    [Theory]
    [InlineData(5, 390, "bufferbloat")]
    [InlineData(250, 390, "answers-unknown")]
    [InlineData(5, 60, "answers-unknown")] // what the kernel answers waits for no program
    public void Answers_that_a_busy_machine_can_have_kept_waiting_convict_no_queue(double lateness, double inFlow, string kind) =>
        Assert.Equal(kind, TransferReading.Of(Plain with
        {
            IdleRoundTrip = TimeSpan.FromMilliseconds(20),
            LoadedRoundTrip = TimeSpan.FromMilliseconds(400),
            Lateness = TimeSpan.FromMilliseconds(lateness),
            FlowRoundTrip = TimeSpan.FromMilliseconds(inFlow),
        })[1].Kind);

    // 5 s without the 2 s in which nothing moved: 6,250,000 octets in 3 s are 16.7 Mbit/s.
    [Fact]
    public void A_standstill_is_told_with_its_times_and_the_bound_is_that_of_the_rest()
    {
        TransferTrial trial = Plain with { Omitted = TimeSpan.FromSeconds(1), Pauses = [Pause(0.2, 0.5), Pause(3, 5)] };

        PathConclusion[] conclusions = [.. TransferReading.Of(trial)];

        Assert.Equal(["stood-still", "path-limited"], conclusions.Select(conclusion => conclusion.Kind));
        Assert.Contains("from 3 s to 5 s", conclusions[0].Text, StringComparison.Ordinal);
        Assert.Contains("16.7 Mbit/s", conclusions[0].Text, StringComparison.Ordinal);
        Assert.Equal("bound-unknown", TransferReading.Of(trial with { Retransmits = 40 })[1].Kind); // lost at random, or by the outage
        Assert.Equal("window-limited", TransferReading.Of(trial with { SendWindow = 42_000 })[1].Kind);
    }

    [Theory]
    [InlineData(0.2)] // two round trips: the rhythm of a window
    [InlineData(0.02)]
    public void A_pause_is_no_standstill_that_a_round_trip_makes(double roundTrip) =>
        Assert.Equal(roundTrip > 0.1, TransferReading.Of(Plain with { MinRoundTrip = TimeSpan.FromSeconds(2 * roundTrip), FlowRoundTrip = TimeSpan.FromSeconds(2 * roundTrip), Pauses = [Pause(2, 2.7)] })[0].Kind is not "stood-still");

    [Fact]
    public void A_pause_in_which_others_were_answered_is_a_time_out_and_part_of_what_loss_does()
    {
        TransferTrial trial = Plain with { CongestionControl = "reno", Retransmits = 13, Pauses = [Pause(2, 2.6) with { OthersAnswered = 3 }] };

        Assert.Equal(["time-outs", "loss-limited"], TransferReading.Of(trial).Select(conclusion => conclusion.Kind));
        Assert.Equal("stood-still", TransferReading.Of(trial with { Retransmits = 0 })[0].Kind); // the sender had nothing to send again
        Assert.Equal("stood-still", TransferReading.Of(trial with { Pauses = [Pause(2, 2.6)] })[0].Kind);
    }

    [Theory]
    [InlineData(0.05, Severity.Warning, "5 % of the segments")]
    [InlineData(0.0005, Severity.Info, "0.05 % of the segments")]
    [InlineData(0, Severity.Info, "no loss")]
    public void Loss_that_does_not_bound_is_told_and_is_a_fault_where_it_is_much(double loss, Severity severity, string words)
    {
        const int Segments = 1_000_000;
        PathConclusion bound = TransferReading.Of(Plain with { CongestionControl = "bbr", Segments = Segments, Retransmits = (long)(loss * Segments) })[0];

        Assert.Equal(("path-limited", severity), (bound.Kind, bound.Severity));
        Assert.Contains(words, bound.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_router_that_refused_meanwhile_is_named_and_the_other_side_is_not_blamed()
    {
        TransferTrial trial = Plain with { End = TransferEnd.Silent, Pauses = [Pause(5, 10)], Icmp = new IcmpError(3, 0, IPAddress.Parse("192.0.2.1"), IsOwnAddress: false) };

        Assert.Contains("192.0.2.1 answered meanwhile: network unreachable (ICMP 3/0)", TransferReading.Of(trial)[0].Text, StringComparison.Ordinal);
        PathConclusion here = TransferReading.Of(trial with { End = TransferEnd.Broken, Errno = "ECONNABORTED", Icmp = null })[0];
        Assert.StartsWith("This machine ended the upload", here.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TransferEnd.Interrupted, "interrupted")]
    [InlineData(TransferEnd.Closed, "peer-closed")]
    [InlineData(TransferEnd.Silent, "fell-silent")]
    public void An_end_before_time_is_told_and_the_receiver_that_said_nothing_is_not_blamed(TransferEnd end, string kind)
    {
        TransferTrial trial = Plain with { End = end, IsAcknowledged = true, Receiving = TimeSpan.Zero, ReceiverWaiting = TimeSpan.Zero, Pauses = [Pause(5, 9)] };

        Assert.Equal(kind, TransferReading.Of(trial)[0].Kind);
        Assert.Equal("path-limited", TransferReading.Of(trial)[^1].Kind);
        Assert.Equal([kind], TransferReading.Of(trial with { Pauses = [], Octets = 0, Elapsed = TimeSpan.Zero, HasAccount = false }).Select(conclusion => conclusion.Kind));
    }

    private static TransferPause Pause(double begin, double end) => new(TimeSpan.FromSeconds(begin), TimeSpan.FromSeconds(end));

    private static string Bound(TransferTrial trial) => TransferReading.Of(trial)[0].Kind;
}

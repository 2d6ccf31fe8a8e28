using System.Net;
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
        }).Skip(1).SingleOrDefault()?.Kind);

    private static string Bound(TransferTrial trial) => TransferReading.Of(trial)[0].Kind;
}

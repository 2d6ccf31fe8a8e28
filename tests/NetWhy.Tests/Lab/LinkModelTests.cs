using NetWhy.Lab;
using NetWhy.Lab.Impairments;
using Xunit;

namespace NetWhy.Tests.Lab;

public sealed class LinkModelTests
{
    private const int Frames = 200_000;

    [Theory]
    [InlineData("loss=10%", 0.10)]
    [InlineData("loss=10%,loss-correlation=25%", 0.10)]
    [InlineData("loss=1%,loss-correlation=50%", 0.01)]
    [InlineData("loss=30%,loss-correlation=90%", 0.30)]
    public void Loses_the_share_it_was_told_whatever_the_correlation(string text, double share)
    {
        bool[] lost = Losses(text);

        Assert.InRange(lost.Count(one => one) / (double)Frames, share * 0.85, share * 1.15);
    }

    [Theory]
    [InlineData("loss=20%", 0.0)]
    [InlineData("loss=20%,loss-correlation=25%", 0.25)]
    [InlineData("loss=20%,loss-correlation=80%", 0.80)]
    public void Correlates_each_loss_with_the_next(string text, double correlation)
    {
        bool[] lost = Losses(text);
        double mean = lost.Count(one => one) / (double)Frames;
        double covariance = Enumerable.Range(0, Frames - 1).Average(i => (Value(lost[i]) - mean) * (Value(lost[i + 1]) - mean));

        Assert.InRange(covariance / (mean * (1 - mean)), correlation - 0.03, correlation + 0.03);

        static double Value(bool isLost) => isLost ? 1 : 0;
    }

    [Fact]
    public void Repeats_itself_for_the_same_seed_and_only_then()
    {
        Assert.Equal(Losses("loss=10%,seed=7"), Losses("loss=10%,seed=7"));
        Assert.NotEqual(Losses("loss=10%,seed=7"), Losses("loss=10%,seed=8"));
    }

    [Fact]
    public void Delays_by_the_mean_and_at_most_the_jitter()
    {
        double[] delays = [.. Deliveries("delay=20ms,jitter=5ms").Select(one => (one.Delivery.At - one.Sent).TotalMilliseconds)];

        Assert.InRange(delays.Average(), 19.9, 20.1);
        Assert.InRange(delays.Min(), 15, 15.2);
        Assert.InRange(delays.Max(), 24.8, 25);
    }

    [Fact]
    public void Keeps_the_order_without_jitter_and_loses_it_with()
    {
        Assert.True(IsOrdered("delay=20ms"));
        Assert.False(IsOrdered("delay=20ms,jitter=5ms"));
        Assert.False(IsOrdered("delay=20ms,reorder=5%"));

        static bool IsOrdered(string text)
        {
            TimeSpan[] times = [.. Deliveries(text).Select(one => one.Delivery.At)];
            return times.SequenceEqual(times.Order());
        }
    }

    [Fact]
    public void Lets_one_of_so_many_frames_overtake()
    {
        int overtaking = Deliveries("delay=20ms,reorder=100%,gap=5").Count(one => one.Delivery.At == one.Sent);

        Assert.Equal(Frames / 5, overtaking);
    }

    [Fact]
    public void Doubles_and_corrupts_the_share_it_was_told()
    {
        Assert.InRange(Deliveries("duplicate=10%").Count / (double)Frames, 1.095, 1.105);
        var corrupted = Deliveries("corrupt=10%").Where(one => one.Delivery.FlippedBit >= 0).ToList();
        Assert.InRange(corrupted.Count / (double)Frames, 0.095, 0.105);
        Assert.All(corrupted, one => Assert.InRange(one.Delivery.FlippedBit, 0, 800 - 1));
    }

    [Fact]
    public void Spaces_frames_by_the_rate()
    {
        var model = new LinkModel(ImpairmentText.Parse("rate=8kbit"));
        Span<Delivery> copies = stackalloc Delivery[2];
        model.Pass(length: 100, TimeSpan.Zero, waiting: 0, copies);
        Assert.Equal(TimeSpan.FromMilliseconds(100), copies[0].At);
        model.Pass(length: 100, TimeSpan.Zero, waiting: 1, copies);
        Assert.Equal(TimeSpan.FromMilliseconds(200), copies[0].At);
        model.Pass(length: 100, TimeSpan.FromSeconds(5), waiting: 0, copies);
        Assert.Equal(TimeSpan.FromSeconds(5.1), copies[0].At);
    }

    [Fact]
    public void Loses_what_is_too_much_or_too_large()
    {
        Span<Delivery> copies = stackalloc Delivery[2];
        Assert.Equal(0, new LinkModel(ImpairmentText.Parse("limit=10")).Pass(100, TimeSpan.Zero, waiting: 10, copies));
        var narrow = new LinkModel(ImpairmentText.Parse("mtu=1400"));
        Assert.Equal(1, narrow.Pass(1414, TimeSpan.Zero, waiting: 0, copies));
        Assert.Equal(0, narrow.Pass(1415, TimeSpan.Zero, waiting: 0, copies));
    }

    [Fact]
    public void Reads_what_it_writes()
    {
        Impairment impairment = ImpairmentText.Parse("delay=75ms,jitter=1.5ms,loss=10%,loss-correlation=0.25,duplicate=1%,corrupt=2%,reorder=3%,gap=4,rate=2mbit,limit=50,mtu=1400,seed=9");

        Assert.Equal(2_000_000, impairment.Rate);
        Assert.Equal(impairment, ImpairmentText.Parse(ImpairmentText.Format(impairment)));
    }

    [Theory]
    [InlineData("loss=110%")]
    [InlineData("loss=-1%")]
    [InlineData("delay=75")]
    [InlineData("delay=NaNms")]
    [InlineData("gap=0")]
    [InlineData("speed=3")]
    [InlineData("delay")]
    public void Says_what_is_no_impairment(string text)
    {
        LabException exception = Assert.Throws<LabException>(() => ImpairmentText.Parse(text));

        Assert.Contains(text, exception.Message, StringComparison.Ordinal);
    }

    private static bool[] Losses(string text)
    {
        var model = new LinkModel(ImpairmentText.Parse(text));
        Span<Delivery> copies = stackalloc Delivery[2];
        bool[] lost = new bool[Frames];
        for (int i = 0; i < Frames; i++)
            lost[i] = model.Pass(100, TimeSpan.FromMilliseconds(i), waiting: 0, copies) == 0;
        return lost;
    }

    private static List<(TimeSpan Sent, Delivery Delivery)> Deliveries(string text)
    {
        var model = new LinkModel(ImpairmentText.Parse(text));
        Span<Delivery> copies = stackalloc Delivery[2];
        var deliveries = new List<(TimeSpan, Delivery)>();
        for (int i = 0; i < Frames; i++)
        {
            var sent = TimeSpan.FromMilliseconds(i);
            int count = model.Pass(100, sent, waiting: 0, copies);
            for (int copy = 0; copy < count; copy++)
                deliveries.Add((sent, copies[copy]));
        }

        return deliveries;
    }
}

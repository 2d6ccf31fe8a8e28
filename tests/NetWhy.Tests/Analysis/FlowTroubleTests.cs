using NetWhy.Analysis.Flows;
using NetWhy.Analysis.Tcp;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Analysis;

/// <summary>What is counted in little room is counted right also where it needs more.</summary>
public sealed class FlowTroubleTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(70_000)]
    public void Counts_as_far_as_it_goes(int times)
    {
        var trouble = default(FlowTrouble);
        trouble.RaiseFlag(14);
        trouble.Raise(TcpVerdict.DuplicateCapture);
        for (int time = 0; time < times; time++)
        {
            trouble.RaiseFlag(5);
            trouble.Raise(TcpVerdict.Reordering);
        }

        Assert.Equal((uint)times, trouble.FlagCount(5));
        Assert.Equal(times, trouble.Count(TcpVerdict.Reordering));
        Assert.Equal(1u, trouble.FlagCount(14));
        Assert.Equal(1, trouble.Count(TcpVerdict.DuplicateCapture));
        Assert.Equal(0u, trouble.FlagCount(0));
        Assert.Equal(0, trouble.Count(TcpVerdict.None));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 3)]
    [InlineData(4, 4)]
    [InlineData(5, 5)]
    [InlineData(16, 16)]
    [InlineData(40, 16)]
    public void Keeps_the_first_packets_once_each(int noted, int kept)
    {
        var trouble = default(FlowTrouble);
        for (uint packet = 1; packet <= noted; packet++)
        {
            trouble.Note(packet * 10);
            trouble.Note(packet * 10);
        }

        Assert.Equal(Enumerable.Range(1, kept).Select(packet => packet * 10L), trouble.Packets);
    }

    // Steps are a quarter of an octave: their middle is at most 9 % from what is in them.
    [Theory]
    [InlineData(1, 1)]
    [InlineData(20, 3)]
    [InlineData(500, 1)]
    [InlineData(24, 40)]
    [InlineData(4000, 40)]
    public void Tells_times_to_a_tenth_however_many_there_are(int count, int spread)
    {
        const double Within = 0.095;
        var random = new Random(count);
        long[] times = [.. Enumerable.Range(0, count).Select(_ => (long)(5_000_000 * Math.Pow(2, random.NextDouble() * spread / 4)))];
        var sketch = default(TimeSketch);
        uint[]? counts = null;
        foreach (long time in times)
            sketch.Add(time, ref counts);
        sketch.Add(-1, ref counts);
        Array.Sort(times);

        CapturedTimes told = sketch.ToTimes(counts)!;
        Assert.Equal(count, told.Count);
        Assert.Equal(times[0] / 100, told.Least.Ticks);
        Assert.Equal(times[^1] / 100, told.Most.Ticks);
        AssertNear(times[(int)Math.Ceiling(count * 0.5) - 1], told.Median);
        AssertNear(times[(int)Math.Ceiling(count * 0.95) - 1], told.NinetyFifth);

        static void AssertNear(long expected, TimeSpan actual) =>
            Assert.InRange(actual.Ticks * 100.0, expected * (1 - Within), expected * (1 + Within));
    }
}

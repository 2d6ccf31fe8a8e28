using System.Net;
using NetWhy.Diagnose.Audit;
using NetWhy.Diagnose.Audit.Checks;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Audit;

public sealed class TransferBufferTests
{
    private static readonly LinkHardware Gigabit = new("eth0", "igb") { Speed = 1000 };
    private static readonly LinkHardware Veth = new("veth1", "veth") { Speed = 10_000 };

    public static TheoryData<string, string, Observation[], Standing, string, string?> Cases => new()
    {
        // 1 Gbit/s times 50 ms are 6.25 MB; half of a buffer counts.
        { "too small", "4096 131072 6291456", [Gigabit, Flow(50)], Standing.Advice, "62.9 MB/s", "4096 131072 16777216" },
        { "enough", "4096 131072 33554432", [Gigabit, Flow(50)], Standing.Fine, "335.5 MB/s", null },
        { "near", "4096 131072 6291456", [Gigabit, Flow(2)], Standing.Fine, "2 ms away", null },
        { "made-up speed", "4096 131072 6291456", [Veth, Flow(50)], Standing.Fine, "speed of the link unknown", null },
        { "no distance", "4096 131072 6291456", [Gigabit], Standing.Fine, "no connection over a distance", null },
        { "loopback and neighbours", "4096 131072 6291456", [Gigabit, Flow(0.1), Flow(60, "127.0.0.1")], Standing.Fine, "no connection over a distance", null },
        { "no more than a machine's share", "4096 131072 6291456", [Gigabit with { Speed = 100_000 }, Flow(200)], Standing.Advice, "15.7 MB/s", "4096 131072 67108864" },
        { "as large as it gets", "4096 131072 67108864", [Gigabit with { Speed = 100_000 }, Flow(200)], Standing.Fine, "MB/s", null },
        { "the median of a peer", "4096 131072 6291456", [Gigabit, Flow(2), Flow(2), Flow(900)], Standing.Fine, "2 ms away", null },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Sizes_follow_from_bandwidth_and_delay(string name, string sizes, Observation[] seen, Standing standing, string value, string? better)
    {
        var settings = new KernelSettings(new Dictionary<string, string> { ["net.ipv4.tcp_rmem"] = sizes });

        Signal signal = Assert.Single(new TransferBuffers().Evaluate(new EvidenceSet([settings, .. seen])));

        Assert.True(standing == signal.Standing, name);
        Assert.Contains(value, signal.Value, StringComparison.Ordinal);
        Assert.Equal(better, signal.Remedies.SingleOrDefault()?.Setting?.Value);
    }

    private static TcpFlow Flow(double milliseconds, string peer = "192.0.2.9") => new(IPAddress.Parse("192.0.2.1"), 50_000, IPAddress.Parse(peer), 443, TimeSpan.FromSeconds(1))
    {
        MinRoundTrip = TimeSpan.FromMilliseconds(milliseconds),
    };
}

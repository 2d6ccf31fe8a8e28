using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using NetWhy.Tests.App;
using NetWhy.Tools.Calc;
using Xunit;

namespace NetWhy.Tests.Tools.Calc;

/// <summary>Figures of the guide, of RFCs and of papers, not of the calculator.</summary>
public sealed class CalcTests
{
    [Theory]
    [InlineData("bdp 1Gbps 50ms", "bandwidth-delay product", 6_250_000)]
    [InlineData("bdp 50ms 125MB/s", "bandwidth-delay product", 6_250_000)]
    [InlineData("bdp 1Gbps 50ms", "of it with a window of 64 KiB", 0.010486)] // 1.05 %
    [InlineData("bdp 1Gbps 50ms", "window scale (RFC 7323)", 7)]
    [InlineData("window 65536B 50ms 1Gbps", "share of the link", 0.010486)]
    [InlineData("window 64KiB 100ms", "throughput", 5_242_880)]
    [InlineData("throughput 50ms 1% 1460B 1Gbps", "MSS ÷ (RTT × √p)", 2_336_000)] // 292,000 octets a second
    [InlineData("throughput 50ms 1% 1460B 1Gbps", "left of the link", 0.002336)]
    [InlineData("throughput 10us 1% 1460B 1Gbps", "left of the link", 0.0223558)] // PFTK's 2.24 %: as much as timeouts leave
    [InlineData("throughput 10us 1% 1460B 1Gbps", "they differ", 522.459)] // (√(4p/3) × RTT + RTO × 3√(6p/8) × p × (1 + 32p²)) ÷ (RTT × √p), by hand
    [InlineData("throughput 50ms 1%", "Mathis", 2_861_004)]
    [InlineData("throughput 50ms 1%", "PFTK", 1_817_872)] // 1460 ÷ (0.05 × √(4p/3) + 0.25 × 3√(6p/8) × p × (1 + 32p²)), by hand
    [InlineData("ports 32768-60999", "connections a second", 470.53)]
    [InlineData("ports 32768-60999 30s", "connections a second", 941.07)]
    [InlineData("mss 1500", "MSS", 1460)]
    [InlineData("mss 1500 ipv6", "MSS", 1440)]
    [InlineData("mss 1500 pppoe", "MSS", 1452)]
    [InlineData("mss 1500 wireguard", "MSS", 1400)]
    [InlineData("mss 1500 vxlan", "MSS", 1410)]
    [InlineData("mss 1500 6in4", "MSS", 1420)] // it carries IPv6 alone
    [InlineData("bdp 1G 50ms", "bandwidth-delay product", 6_250_000)]
    [InlineData("bdp 1 Gbit/s 50 ms", "bandwidth-delay product", 6_250_000)]
    [InlineData("window 65536 50ms 1Gbit", "share of the link", 0.010486)]
    [InlineData("throughput 50ms 0.01 1460", "MSS ÷ (RTT × √p)", 2_336_000)]
    [InlineData("rto 300s", "after 300 s", 900)] // RFC 6298 may bound it; Linux does, at 120 s
    [InlineData("mss 1500 esp", "inside esp", 1438)] // what strongSwan and Cisco tell of AES-CBC with SHA-256
    [InlineData("mss 1400 esp", "MSS", 1286)]
    [InlineData("latency 60ms 6000km", "least for 6,000 km", 0.06)]
    [InlineData("rto 100ms", "after 100 ms", 0.3)] // RFC 6298, (2.2): R + 4 × R/2
    public void Figures_are_right(string line, string name, double expected)
    {
        ProgramResult result = NetWhyProgram.Run(["calc", .. line.Split(' '), "--json"]);
        using var json = JsonDocument.Parse(result.Output);
        double value = json.RootElement.GetProperty("results").EnumerateArray()
            .Single(one => one.GetProperty("name").GetString() == name).GetProperty("value").GetDouble();

        Assert.Equal(expected, value, expected * 0.0005);
        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public void Timeouts_follow_rfc_6298()
    {
        // (2.3), by hand: RTTVAR = 3/4 × 50 + 1/4 × |100 − 140| = 47.5; SRTT = 7/8 × 100 + 1/8 × 140 = 105
        (double smoothed, double variation) = Formulas.Smooth(Formulas.Smooth(null, 0.1), 0.14);

        Assert.Equal(0.105, smoothed, 1e-9);
        Assert.Equal(0.0475, variation, 1e-9);
        Assert.Equal(0.295, Formulas.Timeout((smoothed, variation), 0.001), 1e-9);
    }

    [Fact]
    public void Timeouts_of_live_sockets_are_shown_beside_the_kernels()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        client.Connect((IPEndPoint)listener.LocalEndpoint);
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;

        ProgramResult result = NetWhyProgram.Run("calc", "rto", "dport", "=", $":{port}", "--json");

        using var json = JsonDocument.Parse(result.Output);
        JsonElement socket = Assert.Single(json.RootElement.GetProperty("results").EnumerateArray());
        Assert.EndsWith($"127.0.0.1:{port}", socket.GetProperty("name").GetString(), StringComparison.Ordinal);
        Assert.InRange(socket.GetProperty("value").GetDouble(), 0.2, 0.4); // the least that Linux waits, and the loopback's little
    }

    [Theory]
    [InlineData("")]
    [InlineData("frobnicate")]
    [InlineData("bdp 1Gbps")]
    [InlineData("bdp 1Gbps 50ms 3s")]
    [InlineData("bdp 1Gbps 0ms")]
    [InlineData("throughput 50ms 0%")]
    [InlineData("throughput 50ms 120%")]
    [InlineData("throughput 50ms 1% 0bps")]
    [InlineData("latency 50ms 0km")]
    [InlineData("bdp 1e308Tbps 50ms")]
    [InlineData("mss 70 esp esp")]
    [InlineData("mss 10")]
    [InlineData("mss 1500 carrier-pigeon")]
    [InlineData("ports 70000-80000")]
    [InlineData("rto fast")]
    [InlineData("bdp 1Gbps 50ms --net blue")]
    [InlineData("rto dport = :443 --net")]
    [InlineData("rto dport = :443 --pid none")]
    [InlineData("rto dport = :443 --net blue --pid 1")]
    [InlineData("window 65536 50")]
    [InlineData("mss 1500 ipip ipv6")]
    public void What_makes_no_sense_is_said_in_one_line(string line)
    {
        ProgramResult result = NetWhyProgram.Run(["calc", .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Single(result.Error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("1Gbps", 1e9)]
    [InlineData("1.5Mbit/s", 1.5e6)]
    [InlineData("125MB/s", 1e9)]
    [InlineData("50ms", 0.05)]
    [InlineData("64KiB", 65_536)]
    [InlineData("1e3", 1000)]
    [InlineData("2min", 120)]
    [InlineData("100kbit", 1e5)]
    [InlineData("10mbps", 1e7)]
    [InlineData("50msec", 0.05)]
    [InlineData("50μs", 5e-5)]
    [InlineData("5e-2s", 0.05)]
    [InlineData("64k", 64_000)]
    public void Units_are_read_as_people_write_them(string text, double expected) => Assert.Equal(expected, Quantity.Parse(text)!.Value.Value, expected * 1e-9);

    [Fact]
    public void Any_text_is_no_trouble() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string?>(), text => Quantity.Parse(text ?? "")?.Value is not double.NaN).QuickCheckThrowOnFailure();
}

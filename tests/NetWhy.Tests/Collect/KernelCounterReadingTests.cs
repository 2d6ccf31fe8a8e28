using NetWhy.Collect.Routing;
using Xunit;

namespace NetWhy.Tests.Collect;

public sealed class KernelCounterReadingTests
{
    [Fact]
    public void Reads_counters_by_name_and_not_by_position()
    {
        Dictionary<string, long> counters = [];
        KernelCounterReading.AddPairs(
            counters,
            ["TcpExt: New SyncookiesSent", "TcpExt: 1 2", "Tcp: MaxConn InSegs", "Tcp: -1 77", "Broken: A", "Other: 5", "Half: A"]);

        Assert.Equal(
            new Dictionary<string, long> { ["TcpExt.New"] = 1, ["TcpExt.SyncookiesSent"] = 2, ["Tcp.MaxConn"] = -1, ["Tcp.InSegs"] = 77 },
            counters);
    }

    [Fact]
    public void Sums_softnet_columns_over_processors()
    {
        Dictionary<string, long> counters = [];
        KernelCounterReading.AddSoftnet(counters, ["0000000a 00000001 00000002 00000000", "00000010 00000000 zz"]);

        Assert.Equal((26, 1, 2), (counters["Softnet.processed"], counters["Softnet.dropped"], counters["Softnet.time_squeeze"]));
    }

    [Fact]
    public void Reads_ipv6_counters_and_skips_what_is_none()
    {
        Dictionary<string, long> counters = [];
        KernelCounterReading.AddSingles(counters, ["Ip6InReceives                   \t31", "nonsense", "Ip6OutRequests x"]);

        Assert.Equal(new Dictionary<string, long> { ["Ip6InReceives"] = 31 }, counters);
    }
}

using NetWhy.Collect.Probes;
using NetWhy.Collect.Sockets;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Rules;

/// <summary>Memory of sockets: what convicts, what acquits, and what the remedies are computed from.</summary>
public sealed class MemoryPressureTests
{
    private static readonly InvestigationStarted Audit = new("0", "", TargetKind.HostState, null, null, null);
    private static readonly InvestigationStarted OfProcess = new("0", "pid:7", TargetKind.Process, null, null, null) { Pid = 7 };
    private static readonly InvestigationStarted Remote = new("0", "web", TargetKind.HostPort, null, "web", 80);

    // 8 GiB of memory: the kernel would begin pressure at a sixteenth of it.
    private static readonly ProtocolMemory Idle = new(231, 4, 4096)
    {
        TcpLimits = new MemoryLimits(98_304, 131_072, 196_608),
        UdpLimits = new MemoryLimits(196_608, 262_144, 393_216),
        UnderPressure = [],
        MachinePages = 2_097_152,
    };

    private static readonly ProtocolMemory Pressed = Idle with
    {
        TcpPages = 140_000,
        UnderPressure = ["TCP", "TCPv6"],
        Holders = [new MemoryHolder("collector", 77, 500 << 20, 12)],
    };

    private static readonly GroupMemory Throttled = new(7, "app", "/app.slice", 512 << 20, TimeSpan.FromSeconds(1))
    {
        Limit = 512 << 20,
        SocketOctets = 200 << 20,
        Growth = new Dictionary<string, long> { ["max"] = 40 },
    };

    public static TheoryData<string, Observation[], double, double> Cases => new()
    {
        { "likely: above the limit of pressure", [Audit, Pressed], 0.95, 1 },
        { "likely: pressure where the limits cannot be read", [Audit, Pressed with { TcpLimits = null }], 0.85, 0.98 },
        { "likely: a process of a machine under pressure", [OfProcess, Pressed], 0.95, 1 },
        { "likely: data thrown away at full buffers", [Audit, Idle, Counters(("TcpExt.RcvPruned", 40), ("TcpExt.PruneCalled", 60), ("Tcp.InSegs", 2000))], 0.85, 0.99 },
        { "likely: a group that runs into its limit with its sockets", [OfProcess, Idle, Throttled], 0.85, 0.99 },
        { "likely: its sockets are throttled", [OfProcess, Idle, Throttled with { Growth = new Dictionary<string, long> { ["sock_throttled"] = 3 } }], 0.95, 1 },
        { "likely: UDP is out of memory", [Audit, Idle, Counters(("Udp.MemErrors", 9))], 0.85, 0.99 },
        { "open: a group at its limit, sockets unknown", [OfProcess, Idle, Throttled with { SocketOctets = null }], 0.3, 0.7 },
        { "ruled out as its cause: a group full of files", [OfProcess, Idle, Throttled with { SocketOctets = 4096 }], 0, 0.29 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Is_as_sure_as_the_evidence_allows(string name, Observation[] seen, double atLeast, double atMost)
    {
        Finding finding = Assert.Single(new MemoryPressure().Evaluate(new EvidenceSet(seen)));

        Assert.True(atLeast <= finding.Confidence && finding.Confidence <= atMost, $"{name}: {finding.Confidence}");
        Assert.Equal("memory-pressure", finding.Cause);
    }

    public static TheoryData<string, Observation[]> Innocent => new()
    {
        { "nothing is short", [Audit, Idle, Counters()] },
        { "the mark of a pressure that is over", [Audit, Idle with { UnderPressure = ["TCP", "TCPv6"] }] },
        { "much is held, below the limit", [Audit, Idle with { TcpPages = 120_000 }] },
        { "data was thrown away long ago", [Audit, Idle, Counters() with { Totals = new Dictionary<string, long> { ["TcpExt.RcvPruned"] = 9000, ["TcpExt.TCPAbortOnMemory"] = 7 } }] },
        { "a few of very many segments", [Audit, Idle, Counters(("TcpExt.TCPRcvQDrop", 12), ("Tcp.InSegs", 900_000))] },
        { "a single one", [Audit, Idle, Counters(("TcpExt.TCPBacklogDrop", 1), ("Tcp.InSegs", 10))] },
        { "another machine is asked about", [Remote, Pressed] },
        { "a service is asked about, and others lose", [OfProcess, Idle, Counters(("TcpExt.RcvPruned", 40), ("Tcp.InSegs", 100))] },
        { "a group near its limit, as caches make it", [OfProcess, Idle, Throttled with { Growth = new Dictionary<string, long>() }] },
        { "connections cut off for another reason", [Audit, Idle, Counters(("TcpExt.TCPAbortOnMemory", 3))] },
    };

    [Theory]
    [MemberData(nameof(Innocent))]
    public void Nothing_is_found_where_memory_is_not_short(string name, Observation[] seen) =>
        Assert.True(!new MemoryPressure().Evaluate(new EvidenceSet(seen)).Any(), name);

    [Fact]
    public void The_one_who_holds_it_is_named_and_cutting_off_is_critical()
    {
        Finding finding = Assert.Single(new MemoryPressure().Evaluate(new EvidenceSet(Audit, Pressed, Counters(("TcpExt.TCPAbortOnMemory", 2)))));

        Assert.Equal(Severity.Critical, finding.Severity);
        Assert.Contains("collector (pid 77): 500 MiB in 12 sockets", finding.Summary, StringComparison.Ordinal);
        Assert.Equal("ss -tanmp | grep -A1 pid=77,", finding.Remedies[0].Command);
        Assert.NotNull(finding.Measure);
    }

    [Theory]
    [InlineData(131_072, 196_608, "196608 262144 393216")] // the usual: twice as much
    [InlineData(128, 575_796, "98304 131072 575796")] // made small: what is usual here, and no limit smaller than before
    [InlineData(500_000, 750_000, null)] // a quarter of the memory is enough
    public void The_new_limit_is_computed_from_this_machine(long pressure, long max, string? expected)
    {
        ProtocolMemory memory = Pressed with { TcpPages = 800_000, TcpLimits = new MemoryLimits(pressure * 3 / 4, pressure, max) };

        Finding finding = Assert.Single(new MemoryPressure().Evaluate(new EvidenceSet(Audit, memory)));

        Assert.Equal(expected, finding.Remedies.FirstOrDefault(remedy => remedy.Setting is not null)?.Setting?.Value);
    }

    [Fact]
    public void Reads_the_files_of_the_kernel()
    {
        var reading = ProtocolMemoryReading.Parse(
            "sockets: used 31\nTCP: inuse 1 orphan 0 tw 0 alloc 1 mem 231\nUDP: inuse 0 mem 4\nFRAG: inuse 0 memory 10\n",
            "TCP6: inuse 0\nFRAG6: inuse 0 memory 5\n",
            "protocol  size sockets  memory press maxhdr\nTCPv6     2432      0     231   yes     192   yes  kernel\nUDP       1344      0       0   NI       0\nshort\n");

        Assert.Equal((231, 4, 15), (reading.TcpPages, reading.UdpPages, reading.FragmentOctets));
        Assert.Equal("TCPv6", Assert.Single(reading.UnderPressure!));
        Assert.Null(ProtocolMemoryReading.Parse("", "", null).UnderPressure);
        Assert.Equal((300, 4, 15), (reading.Max(new ProtocolMemoryReading(300, 1, 0, null)).TcpPages, reading.Max(null).UdpPages, reading.FragmentOctets));
        Assert.Equal(new MemoryLimits(1, 2, 3), ProtocolMemoryProbe.Parse("1\t2\t3"));
        Assert.Null(ProtocolMemoryProbe.Parse("1 2"));
        Assert.Equal("/a/b", GroupMemoryReading.PathOf("9:name=systemd:/\n4:memory:/a/b\n0::/c\n", ":memory:"));
        Assert.Null(GroupMemoryReading.PathOf("0::/../../x/../y\n", "0::"));
        Assert.Equal(new Dictionary<string, long> { ["max"] = 3 }, GroupMemoryReading.Pairs("max 3\nbad\nhigh x\n"));
    }

    [Fact]
    public void No_text_of_a_kernel_makes_a_reader_throw()
    {
        string[] pieces = ["TCP:", "FRAG:", "mem", "memory", "press", "yes", " ", "\n", "\t", "-1", "99999999999999999999", "0::", ":memory:", "/", "/../", "max", "\0", "5"];
        var random = new Random(7);
        for (int i = 0; i < 5000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(20)).Select(_ => pieces[random.Next(pieces.Length)]));
            Assert.True(ProtocolMemoryReading.Parse(text, text, text).TcpPages >= 0);
            _ = ProtocolMemoryProbe.Parse(text);
            Assert.DoesNotContain("/../", GroupMemoryReading.PathOf(text, "0::") ?? "", StringComparison.Ordinal);
            _ = GroupMemoryReading.Pairs(text);
        }
    }

    [Fact]
    public void Reads_this_machine()
    {
        Assert.NotNull(ProtocolMemoryReading.Take());
        Assert.NotEqual(0, GroupMemoryReading.Take(Environment.ProcessId)?.Used ?? 1);
    }

    private static KernelCounters Counters(params (string Name, long Growth)[] grown) =>
        new(grown.ToDictionary(counter => counter.Name, counter => counter.Growth), TimeSpan.FromSeconds(1));
}

using System.Net;
using NetWhy.Collect.Probes;
using NetWhy.Collect.Routing;
using NetWhy.Diagnose.Audit;
using NetWhy.Diagnose.Audit.Checks;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Audit;

/// <summary>Checks of what no namespace can make happen: hung cards, bad fibres, processors at their end; and of the limits between well and not.</summary>
public sealed class SignalEvidenceTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly LinkHardware Card = new("eth0", "mlx5_core") { Lasted = Second, TransmitTimeouts = 0, TransmitTimeoutsGrowth = 0 };
    private static readonly ConntrackState Tracked = new(100, 262_144) { After = Second, Settings = new Dictionary<string, long> { ["nf_conntrack_tcp_timeout_established"] = 432_000, ["nf_conntrack_tcp_loose"] = 1, ["nf_conntrack_udp_timeout_stream"] = 120 } };
    private static readonly ConntrackCensus Census = new(100, IsWhole: true) { TcpStates = new Dictionary<string, long> { ["established"] = 40 } };
    private static readonly SocketGroup Own = new("established", 40);
    private static readonly ConntrackCensus Router = Census with
    {
        Translated =
        [
            new TranslatedPorts("tcp", IPAddress.Parse("192.0.2.1"), IPAddress.Parse("198.51.100.7"), 443, 30),
            new TranslatedPorts("udp", IPAddress.Parse("192.0.2.1"), IPAddress.Parse("198.51.100.7"), 5060, 3),
        ],
    };

    /// <summary>What is seen, the check, and how it stands; null for nothing to say.</summary>
    public static TheoryData<string, IHostCheck, Observation[], Standing?> Rows => new()
    {
        { "no queue hung", new LinkTransmitStalls(), [Card], Standing.Fine },
        { "a queue hung once, long ago", new LinkTransmitStalls(), [Card with { TransmitTimeouts = 1 }], Standing.Fine },
        { "a queue hangs", new LinkTransmitStalls(), [Card with { TransmitTimeouts = 3, TransmitTimeoutsGrowth = 1 }], Standing.Critical },
        { "a queue stands still", new LinkTransmitStalls(), [Card with { TransmitStalls = 2, LongestStall = Second }], Standing.Warning },
        { "sysfs of another namespace", new LinkTransmitStalls(), [Card with { TransmitTimeouts = null }], null },
        { "no error correction", new LinkErrorCorrection(), [Card], null },
        { "errors that are repaired", new LinkErrorCorrection(), [Card with { Uncorrected = 4, UncorrectedGrowth = 0, CorrectedGrowth = 90_000 }], Standing.Fine },
        { "errors that are not", new LinkErrorCorrection(), [Card with { Uncorrected = 4, UncorrectedGrowth = 2 }], Standing.Warning },

        { "processors with time", new ProcessorInterrupts(), [Processors(Cpu(0, 20_000, 0.2), Cpu(1, 20_000, 0.3))], Standing.Fine },
        { "processors that work half their time", new ProcessorInterrupts(), [Processors(Cpu(0, 200_000, 0.6), Cpu(1, 200_000, 0.9))], Standing.Advice },
        { "processors that do not keep up", new ProcessorInterrupts(), [Processors(Cpu(0, 200_000, 0.9) with { ThreadShare = 0.4 }, Cpu(1, 200_000, 0.6))], Standing.Warning },
        { "a processor that runs out of budget", new ProcessorInterrupts(), [Processors(Cpu(0, 200_000, 0.9) with { Squeezed = 5 }, Cpu(1, 200_000, 0.6))], Standing.Warning },
        { "the only processor", new ProcessorInterrupts(), [new SoftnetState([Cpu(0, 200_000, 0.95) with { Squeezed = 5 }], 1, Second)], Standing.Warning },
        { "interrupts of disks", new ProcessorInterrupts(), [Processors(Cpu(0, 20, 0.9), Cpu(1, 20, 0.1))], Standing.Fine },
        { "interrupts of disks beside a processor that does not keep up", new ProcessorInterrupts(), [Processors(Cpu(0, 20, 0.95), Cpu(1, 200_000, 0.9) with { Squeezed = 5 }, Cpu(2, 200_000, 0.4))], Standing.Warning },
        { "one processor for all, which is told as such", new ProcessorInterrupts(), [Processors(Cpu(0, 200_000, 0.95), Cpu(1, 10, 0))], null },

        { "few ports in use, all of them bound", new BoundPorts(), [new PortsInUse(2000, 2000, 28_232, 500)], Standing.Fine },
        { "many, bound towards several", new BoundPorts(), [new PortsInUse(15_000, 14_100, 28_232, 5000)], Standing.Advice },
        { "nearly all, bound towards several", new BoundPorts(), [new PortsInUse(26_000, 14_116, 28_232, 9000) { Pid = 7, Process = "proxy", OfProcess = 0.9 }], Standing.Warning },
        { "many, bound towards one", new BoundPorts(), [new PortsInUse(20_000, 14_116, 28_232, 20_000)], Standing.Warning },
        { "many, connected towards one", new BoundPorts(), [new PortsInUse(20_000, 5900, 28_232, 20_000)], Standing.Fine },
        { "many, connected towards several", new BoundPorts(), [new PortsInUse(14_200, 90, 28_232, 9000)], Standing.Fine },
        { "many, asked for by number", new BoundPorts(), [new PortsInUse(20_000, 10_000, 28_232, 20_000) { Chosen = 20_000 }], Standing.Warning },

        { "tables in order", new NeighbourTableFill(), [Neighbours(128, 512, 1024)], Standing.Fine },
        { "a table that is full before it is cleared", new NeighbourTableFill(), [Neighbours(128, 2048, 1024)], Standing.Advice },
        { "a table that is swept late", new NeighbourTableFill(), [Neighbours(4096, 2048, 8192)], Standing.Fine },

        { "a bridge whose machine was moved", new BridgeLoops(), [Bridge(1)], Standing.Fine },
        { "a bridge with a loop", new BridgeLoops(), [Bridge(40)], Standing.Warning },
        { "a bridge where all stay", new BridgeLoops(), [new BridgeStations(1, [], Second)], Standing.Fine },

        { "tracking as the kernel sets it up", new ConntrackSettings(), [Tracked, Census, Keepalive(7200)], Standing.Fine },
        { "a lifetime that keepalive cannot hold", new ConntrackSettings(), [With("nf_conntrack_tcp_timeout_established", 600), Census, Own, Keepalive(7200)], Standing.Advice },
        { "the same where all connections are of others", new ConntrackSettings(), [With("nf_conntrack_tcp_timeout_established", 600), Census, Keepalive(7200)], Standing.Fine },
        { "a lifetime that keepalive holds", new ConntrackSettings(), [With("nf_conntrack_tcp_timeout_established", 600), Census, Own, Keepalive(200)], Standing.Fine },
        { "a short lifetime where nothing is tracked", new ConntrackSettings(), [With("nf_conntrack_tcp_timeout_established", 600), Keepalive(7200)], Standing.Fine },
        { "a translator that forgets too soon", new ConntrackSettings(), [With("nf_conntrack_tcp_timeout_established", 3600), Router, Keepalive(60)], Standing.Advice },
        { "a translator that forgets calls", new ConntrackSettings(), [With("nf_conntrack_udp_timeout_stream", 30), Router], Standing.Advice },
        { "short calls on no translator", new ConntrackSettings(), [With("nf_conntrack_udp_timeout_stream", 30), Census], Standing.Fine },
        { "SYNPROXY that can be passed by", new ConntrackSettings(), [Tracked, Counted("SynProxy.syn_received")], Standing.Advice },
        { "connections from before that are dropped", new ConntrackSettings(), [With("nf_conntrack_tcp_loose", 0) with { Growth = new Dictionary<string, long> { ["invalid"] = 50 }, InvalidDroppedBy = ["ct state invalid drop"] }], Standing.Advice },
        { "strict tracking that drops nothing", new ConntrackSettings(), [With("nf_conntrack_tcp_loose", 0)], Standing.Fine },

        { "peers that renege", new TcpReneging(), [Counted("TcpExt.TCPSACKReneging")], Standing.Advice },
        { "peers that do not", new TcpReneging(), [Counted("TcpExt.Other")], Standing.Unknown },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_check_stands_as_what_is_seen(string name, IHostCheck check, Observation[] seen, Standing? worst)
    {
        Signal[] signals = [.. check.Evaluate(new EvidenceSet([new InvestigationStarted("0", "", TargetKind.HostState, null, null, null), .. seen]))];

        Assert.True(worst == (signals.Length == 0 ? null : signals.Min(signal => signal.Standing)), $"{name}: {string.Join("; ", signals.Select(signal => $"{signal.Standing} {signal.Title} {signal.Value}"))}");
        Assert.All(signals, signal => Assert.Equal(signal.Standing is Standing.Fine or Standing.Unknown, signal.Meaning.Length == 0));
    }

    [Theory]
    [InlineData(0.6, "2 of 2 processors are busy with packets and do not keep up")]
    [InlineData(0.3, "One processor is busy with packets and does not keep up")]
    public void Processors_are_told_by_their_number(double share, string begin) => Assert.StartsWith(
        begin,
        Assert.Single(new ProcessorInterrupts().Evaluate(new EvidenceSet(Processors(Cpu(0, 200_000, 0.9) with { Squeezed = 5 }, Cpu(1, 200_000, share))))).Meaning,
        StringComparison.Ordinal);

    [Fact]
    public void The_queues_of_a_card_are_summed_and_those_of_another_are_not_taken()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("netwhy-queues-");
        try
        {
            Write("ifindex", "4");
            Write("address", "02:00:00:00:00:01");
            Assert.Null(TransmitQueues.Read(folder.FullName, 4, "02:00:00:00:00:01")); // no queue tells
            Write("queues/tx-0/tx_timeout", "2");
            Write("queues/tx-0/byte_queue_limits/stall_thrs", "0");
            Write("queues/tx-0/byte_queue_limits/stall_cnt", "7");
            Write("queues/tx-1/tx_timeout", "1");
            Assert.Equal(new TransmitQueues(3, Stalls: null, LongestStall: null), TransmitQueues.Read(folder.FullName, 4, "02:00:00:00:00:01"));
            Write("queues/tx-1/byte_queue_limits/stall_thrs", "100");
            Write("queues/tx-1/byte_queue_limits/stall_cnt", "5");
            Write("queues/tx-1/byte_queue_limits/stall_max", "900");
            Assert.Equal(new TransmitQueues(3, 5, 900), TransmitQueues.Read(folder.FullName, 4, "02:00:00:00:00:01"));
            Assert.Null(TransmitQueues.Read(folder.FullName, 5, "02:00:00:00:00:01"));
            Assert.Null(TransmitQueues.Read(folder.FullName, 4, "02:00:00:00:00:02"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        void Write(string path, string text)
        {
            string file = Path.Combine(folder.FullName, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text + "\n");
        }
    }

    [Theory]
    [InlineData("14 (ksoftirqd/0) S 2 0 0 0 -1 69238848 0 0 0 0 3 478 0 0 20 0 1 0 2 0 0", 481L)]
    [InlineData("14 (a) b) c) S 2 0 0 0 -1 69238848 0 0 0 0 1 2 0 0 20", 3L)]
    [InlineData("14 (ksoftirqd/0) S 2", null)]
    [InlineData("", null)]
    public void The_time_of_a_thread_is_read_behind_its_name(string text, long? ticks) => Assert.Equal(ticks, SoftnetProbe.ReadTicksOfProcess(text));

    private static SoftnetState Processors(params SoftnetProcessor[] processors) => new(processors, processors.Length, Second);

    private static SoftnetProcessor Cpu(int number, long packets, double share) => new(number, packets, 0, 0) { InterruptShare = share };

    private static NeighbourTable Neighbours(long first, long second, long third) => new("ipv4", 20, 20, Second) { Threshold1 = first, Threshold2 = second, Threshold3 = third };

    private static BridgeStations Bridge(int moves) => new(1, [new MovedStation("02:00:00:00:00:01", "br0", 0, moves, ["p1", "p2"])], Second);

    private static KernelSettings Keepalive(int seconds) => new(new Dictionary<string, string> { ["net.ipv4.tcp_keepalive_time"] = $"{seconds}" });

    private static ConntrackState With(string name, long value) => Tracked with { Settings = new Dictionary<string, long>(Tracked.Settings!) { [name] = value } };

    private static KernelCounters Counted(string name) => new(new Dictionary<string, long> { [name] = 30 }, Second) { Totals = new Dictionary<string, long> { [name] = 30 }, Quiet = [] };
}

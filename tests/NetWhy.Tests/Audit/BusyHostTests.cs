using System.Net;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Audit;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Audit;

/// <summary>What hosts show that are busy and well: an audit of them finds nothing to complain of.</summary>
public sealed class BusyHostTests
{
    private static readonly InvestigationStarted Audit = new("0", "", TargetKind.HostState, null, null, null);
    private static readonly IPAddress Here = IPAddress.Parse("10.0.0.1");
    private static readonly IPAddress Peer = IPAddress.Parse("198.51.100.7");
    private static readonly IPAddress Gateway = IPAddress.Parse("10.0.0.254");
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static readonly TcpFlow Served = new(Here, 443, Peer, 50_000, Second)
    {
        IsIncoming = true,
        Pid = 7,
        Process = "nginx",
        SendBuffer = 4 << 20,
        ReceiveBuffer = 131_072,
    };

    private static readonly Listener Web = new(443, IPAddress.Any, 0, 511) { Pid = 7, Process = "nginx" };
    private static readonly NeighbourTable Neighbours = new("ipv4", 60, 60, Second) { Threshold1 = 128, Threshold2 = 512, Threshold3 = 1024 };
    private static readonly RouteEntry Default = new("0.0.0.0/0", "unicast", 254) { Gateway = Gateway, Interface = "e0", Metric = 100 };
    private static readonly RouteEntry Reserve = Default with { Gateway = IPAddress.Parse("10.1.0.254"), Interface = "e1", Metric = 600 };

    public static TheoryData<string, Observation[]> Hosts => new()
    {
        { "a gateway whose flows race: dropped for a clash, in a table with room", [Conntrack(("drop", 40), ("insert_failed", 0), ("clash_resolve", 40))] },
        { "a public server that is scanned with false sources: half-open states end, nothing overflows", [Web with { Drops = 900, DropsGrowth = 12, QueueBefore = 0 }, Counters(("Tcp.PassiveOpens", 300))] },
        { "a server one of whose clients vanished", [Served with { Timer = "retransmit", Unacknowledged = 2, Backoff = 5, LastAcknowledged = TimeSpan.FromSeconds(10), SendQueue = 3000 }] },
        { "a server one of whose clients reads slowly", [Served with { Sent = 800_000, SendQueue = 500_000, BusyGrowth = Second, WindowLimitedGrowth = Second, Busy = Second * 20, WindowLimited = Second * 20, PeerWindow = 65_536 }] },
        { "a player here that pauses", [Served with { IsIncoming = false, Process = "mpv", ReceiveQueue = 120_000, ReceiveQueueBefore = 120_000, ReceiveAllocated = 131_072, LastReceived = TimeSpan.FromSeconds(8) }] },
        { "a pool of connections that its server has closed", [Idle(20)] },
        { "an overlay network with its permanent neighbours", [Neighbours with { Entries = 200, Here = 200 }] },
        { "a default route in reserve whose link is down", [Routes(Default, Reserve with { Flags = ["linkdown"] })] },
        { "a default route in reserve whose interface is off", [Routes(Default with { Metric = 700 }, Reserve with { Flags = ["dead", "linkdown"] })] },
    };

    [Theory]
    [MemberData(nameof(Hosts))]
    public void Nothing_is_wrong_with_them(string name, Observation[] seen)
    {
        var diagnosis = Diagnosis.Of(new EvidenceSet([Audit, .. seen]), RuleCatalog.All);

        string[] alarms = [.. diagnosis.Signals.Where(signal => signal.Standing < Standing.Advice).Select(signal => $"{signal.Standing} {signal.Check}: {signal.Title}, {signal.Value}: {signal.Meaning}")];
        Assert.True(alarms.Length == 0, $"{name}: {string.Join("; ", alarms)}");
    }

    [Fact]
    public void A_reserve_gateway_that_is_silent_is_no_catastrophe_and_the_one_in_use_is()
    {
        NeighbourTable silent = Neighbours with { Silent = [new SilentNeighbour(Gateway, "e0", "failed", IsGateway: true)] };
        NeighbourTable reserve = Neighbours with { Silent = [new SilentNeighbour(Reserve.Gateway!, "e1", "failed", IsGateway: true)] };

        Assert.Equal(Standing.Critical, Worst(silent));
        Assert.Equal(Standing.Warning, Worst(reserve));

        static Standing Worst(NeighbourTable table) => Diagnosis.Of(new EvidenceSet(Audit, Routes(Default, Reserve), table), RuleCatalog.All)
            .Signals.Where(signal => signal.Check is "neighbour.silent").Min(signal => signal.Standing);
    }

    private static ConntrackState Conntrack(params (string Name, long Value)[] growth) => new(1000, 262_144)
    {
        Growth = growth.Where(one => one.Value > 0).ToDictionary(one => one.Name, one => one.Value),
        After = Second,
    };

    private static KernelCounters Counters(params (string Name, long Value)[] growth) =>
        new(growth.ToDictionary(one => one.Name, one => one.Value), Second) { Totals = growth.ToDictionary(one => one.Name, one => one.Value) };

    private static SocketGroup Idle(int count) => new("close-wait", count)
    {
        Remote = Peer,
        RemotePort = 443,
        Before = count,
        Lasted = count,
        Interval = Second,
        IdleOverMinute = count,
        LongestIdle = TimeSpan.FromMinutes(5),
        Pid = 9,
        Process = "app",
        Descriptors = 60,
        DescriptorLimit = 1024,
    };

    private static RouteTable Routes(params RouteEntry[] routes) => new(routes);
}

using System.Net;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Audit;
using NetWhy.Diagnose.Audit.Checks;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Rules;

/// <summary>The rules and checks about the kernel's tables, queues and interfaces: what convicts, what acquits, what is not enough.</summary>
public sealed class HostTableRuleTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly IPAddress Server = IPAddress.Parse("10.10.2.2");
    private static readonly InvestigationStarted Audit = new("1", "", TargetKind.HostState, null, null, null);
    private static readonly InvestigationStarted Remote = new("1", "10.10.2.2:80", TargetKind.HostPort, null, "10.10.2.2", 80);
    private static readonly RouteLookup Way = new(Server, "target", null) { RouteType = "unicast", Interface = "eth0", Gateway = IPAddress.Parse("10.10.1.1") };
    private static readonly ConnectAttempt TimedOut = new(Server, 80, "target", ConnectOutcome.TimedOut, TimeSpan.FromSeconds(4)) { SourcePort = 40000, SynRetransmits = 3 };
    private static readonly ConnectAttempt Connected = new(Server, 80, "target", ConnectOutcome.Connected, TimeSpan.FromMilliseconds(1)) { SourcePort = 40000 };

    private static LinkState Link(string name = "eth0", long changes = 2, bool later = false, params (string Name, long Value)[] statistics) =>
        new(name, true, true, 1500)
        {
            Index = name.GetHashCode(StringComparison.Ordinal),
            CarrierChanges = changes,
            Statistics = statistics.ToDictionary(pair => pair.Name, pair => pair.Value),
            After = later ? Second : null,
        };

    public static TheoryData<string, Observation[], double, double> Flapping => new()
    {
        { "down and up again while watched", [Audit, Link(changes: 2), Link(changes: 4, later: true)], 0.9, 1 },
        { "and again and again", [Audit, Link(changes: 2), Link(changes: 9, later: true)], 0.98, 1 },
        { "on the way to the target", [Remote, Way, Link(changes: 2), Link(changes: 6, later: true), TimedOut], 0.98, 1 },
        { "it lost the carrier just now: an event, or the first of many", [Audit, Link(changes: 2), Link(changes: 3, later: true) with { HasCarrier = false }], 0.4, 0.8 },
        { "it got the carrier just now", [Audit, Link(changes: 2), Link(changes: 3, later: true)], 0, 0.29 },
        { "it changed a thousand times, last year", [Audit, Link(changes: 1000), Link(changes: 1000, later: true)], 0, 0 },
        { "an administrator switched it off", [Audit, Link(changes: 2), Link(changes: 5, later: true) with { IsUp = false }], 0, 0 },
        { "an interface that is not on the way", [Remote, Way, Link("eth7", 2), Link("eth7", 9, true), TimedOut], 0, 0 },
        { "an interface that has just come", [Audit, Link("veth1", 3, true)], 0, 0 },
    };

    [Theory]
    [MemberData(nameof(Flapping))]
    public void A_link_flaps_if_its_carrier_comes_and_goes_while_watched(string name, Observation[] seen, double atLeast, double atMost) =>
        Judge(new LinkFlapping(), name, seen, atLeast, atMost);

    public static TheoryData<string, Observation[], double, double> Errors => new()
    {
        { "many damaged frames", [Audit, Link(), Link(later: true, statistics: [("rx_packets", 1000), ("rx_errors", 40), ("rx_crc_errors", 40)])], 0.98, 1 },
        { "a full ring", [Audit, Link(), Link(later: true, statistics: [("rx_packets", 100_000), ("rx_missed_errors", 5)])], 0.9, 1 },
        { "one frame", [Audit, Link(), Link(later: true, statistics: [("rx_packets", 1000), ("rx_errors", 1)])], 0.4, 0.6 },
        { "and packets of the target lost", [Remote, Way, Link(), Link(later: true, statistics: [("rx_packets", 10_000), ("rx_crc_errors", 40)]), TimedOut], 0.98, 1 },
        { "the target's packets pass", [Remote, Way, Link(), Link(later: true, statistics: [("rx_packets", 100_000), ("rx_crc_errors", 40)]), Connected], 0, 0 },
        { "another interface than that to the target", [Remote, Way, Link("eth7"), Link("eth7", 2, true, ("rx_errors", 90), ("rx_crc_errors", 90)), TimedOut], 0, 0 },
        { "frames that nobody wants", [Audit, Link(), Link(later: true, statistics: [("rx_packets", 1000), ("rx_dropped", 500)])], 0, 0 },
        { "a virtual machine that does not read", [Audit, Link("tap0") with { LinkKind = "tun" }, Link("tap0", 2, true, ("tx_packets", 1000), ("tx_dropped", 40)) with { LinkKind = "tun" }], 0.98, 1 },
        { "Innocent: a few on a virtual interface", [Audit, Link("tap0") with { LinkKind = "tun" }, Link("tap0", 2, true, ("tx_packets", 1000), ("tx_dropped", 3)) with { LinkKind = "tun" }], 0, 0 },
        { "Innocent: a small share on a virtual interface", [Audit, Link("tap0") with { LinkKind = "tun" }, Link("tap0", 2, true, ("tx_packets", 1_000_000), ("tx_dropped", 40)) with { LinkKind = "tun" }], 0, 0 },
        { "Innocent: multicast that is for no peer of WireGuard", [Audit, Link("wg0") with { LinkKind = "wireguard" }, Link("wg0", 2, true, ("tx_packets", 100), ("tx_errors", 40)) with { LinkKind = "wireguard" }], 0, 0 },
        { "a history", [Audit, Link(statistics: [("rx_errors", 9_000_000)]), Link(later: true, statistics: [("rx_errors", 9_000_000)])], 0, 0 },
    };

    [Theory]
    [MemberData(nameof(Errors))]
    public void A_link_has_errors_if_they_grow(string name, Observation[] seen, double atLeast, double atMost) =>
        Judge(new LinkErrors(), name, seen, atLeast, atMost);

    [Fact]
    public void A_ring_is_made_as_large_as_it_may_be()
    {
        LinkState after = Link(later: true, statistics: [("rx_packets", 1000), ("rx_missed_errors", 50)]);
        var card = new LinkHardware("eth0", "e1000e") { ReceiveRing = 256, ReceiveRingMost = 4096 };

        Assert.Contains(Assert.Single(new LinkErrors().Evaluate(new EvidenceSet(Audit, Link(), after, card))).Remedies, remedy => remedy.Command == "ethtool -G eth0 rx 4096");
        Assert.DoesNotContain(
            Assert.Single(new LinkErrors().Evaluate(new EvidenceSet(Audit, Link(), after, card with { ReceiveRing = 4096 }))).Remedies,
            remedy => remedy.Command?.Contains("-G", StringComparison.Ordinal) is true);
    }

    [Fact]
    public void A_virtual_interface_has_no_cable_and_no_ring()
    {
        LinkState before = Link("tap0") with { LinkKind = "tun" };
        LinkState after = Link("tap0", 2, true, ("rx_packets", 1000), ("rx_missed_errors", 50), ("rx_crc_errors", 50), ("tx_carrier_errors", 50)) with { LinkKind = "tun" };

        Finding finding = Assert.Single(new LinkErrors().Evaluate(new EvidenceSet(Audit, before, after)));

        Assert.NotEmpty(finding.Remedies);
        Assert.DoesNotContain(finding.Remedies, remedy => remedy.Command?.StartsWith("ethtool", StringComparison.Ordinal) is true);
    }

    private static SoftnetState Softnet(long dropped, long total = 0, long flow = 0) =>
        new([new SoftnetProcessor(3, 1000, dropped, 0) { DroppedTotal = total + dropped, FlowLimited = flow }, new SoftnetProcessor(1, 20, 0, 0)], 4, Second) { MaxBacklog = 1000 };

    public static TheoryData<string, Observation[], double, double> Backlogs => new()
    {
        { "drops while watched", [Audit, Softnet(500)], 0.98, 1 },
        { "a few", [Audit, Softnet(2)], 0.9, 1 },
        { "a history", [Audit, Softnet(0, total: 539)], 0, 0 },
        { "a counter of the whole host, and a target elsewhere", [Remote, Way, Softnet(500), TimedOut], 0, 0 },
    };

    [Theory]
    [MemberData(nameof(Backlogs))]
    public void A_backlog_overflows_if_drops_grow(string name, Observation[] seen, double atLeast, double atMost) =>
        Judge(new SoftnetDrops(), name, seen, atLeast, atMost);

    [Fact]
    public void A_longer_backlog_is_computed_from_the_one_that_is_set()
    {
        Finding finding = Assert.Single(new SoftnetDrops().Evaluate(new EvidenceSet(Audit, Softnet(500))));

        Assert.Contains("CPU 3", finding.Summary, StringComparison.Ordinal);
        Assert.Contains(finding.Remedies, remedy => remedy.Setting is { Name: "net.core.netdev_max_backlog", Value: "4000" });
        Assert.DoesNotContain(Assert.Single(new SoftnetDrops().Evaluate(new EvidenceSet(Audit, Softnet(500, flow: 500)))).Remedies, remedy => remedy.Setting is not null);
    }

    private static NeighbourTable Neighbours(long entries, long refused = 0, long forced = 0) => new("ipv4", entries, 40, Second)
    {
        Threshold1 = 128,
        Threshold2 = 512,
        Threshold3 = 1024,
        Growth = new Dictionary<string, long> { ["table_fulls"] = refused, ["forced_gc_runs"] = forced },
        Totals = new Dictionary<string, long> { ["table_fulls"] = 5000 },
    };

    private static NeighbourState Neighbour(string state, string? hardware = null) =>
        new(IPAddress.Parse("10.10.1.1"), "eth0", state, true) { IsAfterTraffic = true, HardwareAddress = hardware };

    public static TheoryData<string, Observation[], double, double> FullTables => new()
    {
        { "new neighbours are refused", [Audit, Neighbours(1024, refused: 9)], 0.98, 1 },
        { "full, and nobody came", [Audit, Neighbours(1024)], 0.4, 0.6 },
        { "entries are thrown out early", [Audit, Neighbours(700, forced: 3)], 0.5, 0.8 },
        { "the gateway of the target has no room", [Remote, Way, Neighbours(1024, refused: 3), Neighbour("absent"), TimedOut], 0.98, 1 },
        { "sending fails with ENOBUFS", [Remote, Way, Neighbours(1024, refused: 3), TimedOut with { Outcome = ConnectOutcome.Failed, Errno = "ENOBUFS" }], 0.98, 1 },
        { "full for others, open for this one", [Remote, Way, Neighbours(1024, refused: 3), TimedOut], 0.6, 0.95 },
        { "full for others: the gateway is known", [Remote, Way, Neighbours(1024, refused: 3), Neighbour("reachable", "02:00:00:00:00:01"), TimedOut], 0, 0.1 },
        { "full for others: the target works", [Remote, Way, Neighbours(1024, refused: 3), Connected], 0, 0 },
        { "many, and room for more", [Audit, Neighbours(700)], 0, 0 },
        { "a history", [Audit, Neighbours(12)], 0, 0 },
    };

    [Theory]
    [MemberData(nameof(FullTables))]
    public void A_neighbour_table_is_full_if_it_refuses(string name, Observation[] seen, double atLeast, double atMost) =>
        Judge(new NeighbourTableFull(), name, seen, atLeast, atMost);

    [Fact]
    public void The_limits_of_the_neighbour_table_are_set_where_they_can_be()
    {
        Finding finding = Assert.Single(new NeighbourTableFull().Evaluate(new EvidenceSet(Audit, Neighbours(1024, refused: 9) with { IsLimitSettable = true })));
        Finding inside = Assert.Single(new NeighbourTableFull().Evaluate(new EvidenceSet(Audit, Neighbours(1024, refused: 9) with { IsLimitSettable = false })));

        Assert.Contains(finding.Remedies, remedy => remedy is { Setting: { Name: "net.ipv4.neigh.default.gc_thresh3", Value: "2048" }, On: null });
        Assert.All(inside.Remedies.Where(remedy => remedy.Setting is not null), remedy => Assert.NotNull(remedy.On));
    }

    private static ConntrackState Tracked(long count, params (string Name, long Value)[] growth) => new(count, 1000)
    {
        Growth = growth.ToDictionary(pair => pair.Name, pair => pair.Value),
        After = Second,
    };

    public static TheoryData<string, Observation[], double, double, Severity> FullTracking => new()
    {
        { "full and dropping", [Audit, Tracked(1000, ("drop", 9))], 0.98, 1, Severity.Critical },
        { "full, unanswered ones thrown out", [Audit, Tracked(999, ("early_drop", 9))], 0.98, 1, Severity.Critical },
        { "nearly full", [Audit, Tracked(960)], 0.9, 1, Severity.Warning },
        { "room again, after it dropped", [Audit, Tracked(500, ("drop", 9))], 0.9, 1, Severity.Critical },
    };

    [Theory]
    [MemberData(nameof(FullTracking))]
    public void A_full_tracking_table_speaks_in_an_audit(string name, Observation[] seen, double atLeast, double atMost, Severity severity)
    {
        Judge(new ConntrackFull(), name, seen, atLeast, atMost);
        Assert.Equal(severity, Assert.Single(new ConntrackFull().Evaluate(new EvidenceSet(seen))).Severity);
        Assert.Empty(new ConntrackFull().Evaluate(new EvidenceSet(Audit, Tracked(600))));
    }

    [Fact]
    public void Who_fills_the_tracking_table_is_named()
    {
        var census = new ConntrackCensus(1000, true) { Unreplied = 900, Sources = [new ConntrackSource(Server, 880, 870)] };

        Assert.Contains("10.10.2.2 began 880 of 1000", Assert.Single(new ConntrackFull().Evaluate(new EvidenceSet(Audit, Tracked(1000, ("drop", 1)), census))).Summary, StringComparison.Ordinal);
    }

    private static QueueDiscipline Queue(long drops, string kind = "tbf", string parent = "root", long packets = 100) => new("eth0", kind, "1:")
    {
        Parent = parent,
        Limit = 3000,
        LimitUnit = "octets",
        Rate = kind is "tbf" ? 80_000 : null,
        Lasted = Second,
        Growth = new Dictionary<string, long> { ["drops"] = drops, ["packets"] = packets },
        Totals = new Dictionary<string, long> { ["drops"] = 1_000_000 },
    };

    [Fact]
    public void A_queue_that_drops_is_told_once_and_old_drops_are_history()
    {
        Signal signal = Assert.Single(new QueueDrops().Evaluate(new EvidenceSet(Queue(50), Queue(50, "bfifo", "1:1"))));
        Signal quiet = Assert.Single(new QueueDrops().Evaluate(new EvidenceSet(Queue(0))));
        Signal meant = Assert.Single(new QueueDrops().Evaluate(new EvidenceSet(Queue(3, "fq_codel", packets: 10_000))));

        Assert.Equal((Standing.Warning, Standing.Fine, Standing.Advice), (signal.Standing, quiet.Standing, meant.Standing));
        Assert.Contains("80 kbit/s", signal.Meaning, StringComparison.Ordinal);
        Assert.Contains("15000 octets instead of 3000", signal.Remedies[0].Text, StringComparison.Ordinal);
        Assert.Empty(new QueueDrops().Evaluate(new EvidenceSet(Audit)));
    }

    [Theory]
    [InlineData("fq", 1, 100_000, Standing.Advice)] // Innocent
    [InlineData("pfifo_fast", 90, 100_000, Standing.Advice)] // Innocent
    [InlineData("pfifo_fast", 200, 100_000, Standing.Warning)]
    [InlineData("fq_codel", 200, 100_000, Standing.Advice)]
    public void A_queue_may_drop_one_packet_of_thousands(string kind, long drops, long packets, Standing expected)
    {
        Signal signal = Assert.Single(new QueueDrops().Evaluate(new EvidenceSet(Queue(drops, kind, packets: packets) with { Rate = null })));

        Assert.Equal(expected, signal.Standing);
        Assert.NotEqual("", signal.Meaning);
    }

    private static InterfaceAddresses Addresses(params (string Address, string[] Flags)[] addresses) =>
        new([.. addresses.Select(pair => new InterfaceAddress("eth0", IPAddress.Parse(pair.Address), 64) { Flags = pair.Flags })]);

    private static NeighbourTable Moved => Neighbours(2) with { Moved = [new MovedNeighbour(IPAddress.Parse("10.10.1.1"), "eth0", "02:00:00:00:00:01", "02:00:00:00:00:02")] };

    public static TheoryData<string, Observation[], double, double> Duplicates => new()
    {
        { "detection failed", [Audit, Addresses(("fd00::7", ["tentative", "dadfailed"]))], 0.98, 1 },
        { "the entry moved: a duplicate or a fail-over", [Audit, Moved], 0.4, 0.6 },
        { "the entry moved back and forth", [Audit, Moved with { Moved = [Moved.Moved[0] with { Changes = 6 }] }], 0.9, 1 },
        { "addresses that are still being tried", [Audit, Addresses(("fd00::7", ["tentative"]))], 0, 0 },
        { "an entry of another machine's business", [Remote, Way, Moved, TimedOut], 0, 0 },
    };

    [Theory]
    [MemberData(nameof(Duplicates))]
    public void An_address_is_there_twice_if_somebody_else_has_it(string name, Observation[] seen, double atLeast, double atMost) =>
        Judge(new DuplicateAddress(), name, seen, atLeast, atMost);

    [Fact]
    public void The_gateway_comes_first_among_the_moves_of_both_families()
    {
        MovedNeighbour gateway = Moved.Moved[0];
        MovedNeighbour busy = gateway with { Address = IPAddress.Parse("10.10.1.9"), Changes = 9 };
        MovedNeighbour other = gateway with { Address = IPAddress.Parse("fd00::9"), Changes = 5 };
        var routes = new RouteTable([new RouteEntry("0.0.0.0/0", "unicast", 254) { Gateway = gateway.Address, Interface = "eth0" }]);

        Finding finding = Assert.Single(new DuplicateAddress().Evaluate(new EvidenceSet(
            Audit, routes, Moved with { Moved = [busy, gateway] }, Moved with { Family = "ipv6", Moved = [other] })));

        Assert.StartsWith("The gateway 10.10.1.1 on eth0", finding.Summary, StringComparison.Ordinal);
        Assert.Equal(
            ["10.10.1.9 moved from 02:00:00:00:00:01 to 02:00:00:00:00:02, too", "fd00::9 moved from 02:00:00:00:00:01 to 02:00:00:00:00:02, too"],
            finding.Reasons.Skip(1).Select(reason => reason.Reading));
    }

    private static KernelCounters Counted(params (string Name, long Value)[] growth) =>
        new(growth.ToDictionary(pair => pair.Name, pair => pair.Value), Second) { Totals = new Dictionary<string, long> { ["Tcp.InCsumErrors"] = 77, ["TcpExt.TCPDSACKRecv"] = 9000, ["TcpExt.TCPSACKReorder"] = 9000 } };

    private static TcpInfoSample Sample(long duplicates = 0, long retransmits = 0, long reordered = 0, long early = 0) => new(Server, 80, "end", Second, Second)
    {
        DuplicateSacks = duplicates,
        TotalRetransmits = retransmits,
        ReorderingSeen = reordered,
        OutOfOrderIn = early,
        DataSegmentsIn = 1000,
        DataSegmentsOut = 100,
    };

    private static FlowSighting Flow(int repairs = 0, int repeats = 0) => new(Server, 80, 40000) { SynsOut = 1, SynAcksIn = 1, DataIn = 1000, RepairsIn = repairs, RepeatsIn = repeats };

    private static EchoSeries Echo(int duplicates = 0, int reordered = 0) => new(Server, "target", 84, 100, 100) { Duplicates = duplicates, Reordered = reordered };

    public static TheoryData<string, Observation[], double, double> Corrupt => new()
    {
        { "wrong checksums while watched", [Audit, Counted(("Tcp.InCsumErrors", 30), ("Ip.InReceives", 1000))], 0.98, 1 },
        { "of UDP over IPv6", [Audit, Counted(("Udp6InCsumErrors", 5))], 0.9, 1 },
        { "one", [Audit, Counted(("Tcp.InCsumErrors", 1))], 0, 0.29 },
        { "Innocent: one of 50000, as everywhere on the Internet, for long", [Audit, Counted(("Tcp.InCsumErrors", 20), ("Ip.InReceives", 1_000_000)) with { Lasted = Second * 300 }], 0, 0.29 },
        { "one of 50000, and damaged frames", [Audit, Counted(("Tcp.InCsumErrors", 20), ("Ip.InReceives", 1_000_000)), Link(), Link(later: true, statistics: [("rx_crc_errors", 5)])], 0.98, 1 },
        { "a history", [Audit, Counted(("Ip.InReceives", 1000))], 0, 0 },
        { "segments of the target come again as often", [Remote, Way, Connected, Flow(repeats: 20), Counted(("Tcp.InCsumErrors", 22))], 0.98, 1 },
        { "wrong checksums of others", [Remote, Way, Connected, Flow(), Counted(("Tcp.InCsumErrors", 22))], 0, 0 },
    };

    [Theory]
    [MemberData(nameof(Corrupt))]
    public void Packets_are_damaged_if_checksums_fail(string name, Observation[] seen, double atLeast, double atMost) =>
        Judge(new PacketCorruption(), name, seen, atLeast, atMost);

    public static TheoryData<string, Observation[], double, double> Doubled => new()
    {
        { "peers get more twice than was sent twice", [Audit, Counted(("TcpExt.TCPDSACKRecv", 300), ("Tcp.RetransSegs", 5), ("TcpExt.TCPOrigDataSent", 2000))], 0.98, 1 },
        { "as much as was sent twice: needless repeats", [Audit, Counted(("TcpExt.TCPDSACKRecv", 300), ("Tcp.RetransSegs", 310), ("TcpExt.TCPOrigDataSent", 2000))], 0, 0 },
        { "a history", [Audit, Counted(("TcpExt.TCPOrigDataSent", 2000))], 0, 0 },
        { "echo replies of the target come twice", [Remote, Way, Connected, Echo(duplicates: 9)], 0.9, 1 },
        { "one echo reply", [Remote, Way, Connected, Echo(duplicates: 1)], 0, 0 },
        { "the target says so by DSACK", [Remote, Way, Connected, Sample(duplicates: 9)], 0.4, 0.6 },
        { "the target got twice what was sent twice", [Remote, Way, Connected, Sample(duplicates: 9, retransmits: 9)], 0, 0 },
        { "peers of others", [Remote, Way, Connected, Counted(("TcpExt.TCPDSACKRecv", 300), ("TcpExt.TCPOrigDataSent", 2000))], 0, 0 },
    };

    [Theory]
    [MemberData(nameof(Doubled))]
    public void Packets_are_doubled_if_more_arrive_twice_than_were_sent_twice(string name, Observation[] seen, double atLeast, double atMost) =>
        Judge(new DuplicatePackets(), name, seen, atLeast, atMost);

    public static TheoryData<string, Observation[], double, double> Reordered => new()
    {
        { "senders see it, and repeat for nothing", [Audit, Counted(("TcpExt.TCPSACKReorder", 200), ("TcpExt.TCPDSACKRecv", 60), ("TcpExt.TCPOrigDataSent", 2000))], 0.98, 1 },
        { "senders see it", [Audit, Counted(("TcpExt.TCPTSReorder", 60), ("TcpExt.TCPOrigDataSent", 2000))], 0.4, 0.6 },
        { "as little as long paths have", [Audit, Counted(("TcpExt.TCPSACKReorder", 30), ("TcpExt.TCPOrigDataSent", 20_000))], 0, 0 },
        { "echo replies of the target overtake", [Remote, Way, Connected, Echo(reordered: 20)], 0.9, 1 },
        { "early segments, and none was lost", [Remote, Way, Connected, Sample(early: 90), Flow()], 0.4, 0.6 },
        { "early segments, since others were lost", [Remote, Way, Connected, Sample(early: 90), Flow(repairs: 40)], 0, 0 },
        { "senders to others", [Remote, Way, Connected, Counted(("TcpExt.TCPSACKReorder", 200), ("TcpExt.TCPOrigDataSent", 2000))], 0, 0 },
    };

    [Theory]
    [MemberData(nameof(Reordered))]
    public void Packets_are_reordered_if_they_come_early_and_none_is_lost(string name, Observation[] seen, double atLeast, double atMost) =>
        Judge(new PacketReordering(), name, seen, atLeast, atMost);

    private static ConntrackState Invalid(long grown, params string[] rules) => Tracked(10, ("invalid", grown)) with { InvalidDroppedBy = rules };

    public static TheoryData<string, Observation[], double, double> Invalids => new()
    {
        { "many, and a rule drops them", [Audit, Invalid(200, "ct state invalid drop"), Counted(("Ip.InReceives", 1000))], 0.9, 1 },
        { "many, and no rule drops them", [Audit, Invalid(200)], 0, 0 },
        { "a few, as everywhere", [Audit, Invalid(3, "ct state invalid drop")], 0, 0 },
        { "many, and nothing beside the rest", [Audit, Invalid(20, "ct state invalid drop"), Counted(("Ip.InReceives", 100_000))], 0, 0 },
        { "the target's answers arrive and vanish", [Remote, Way, Invalid(4, "ct state invalid drop"), TimedOut, Flow() with { SynAcksIn = 4 }], 0.9, 1 },
        { "the target is silent, and others' packets are invalid", [Remote, Way, Invalid(4, "ct state invalid drop"), TimedOut, Flow() with { SynAcksIn = 0, SynsOut = 4 }], 0, 0.1 },
        { "the target works", [Remote, Way, Invalid(40, "ct state invalid drop"), Connected], 0, 0 },
    };

    [Theory]
    [MemberData(nameof(Invalids))]
    public void Invalid_packets_matter_where_a_rule_drops_them(string name, Observation[] seen, double atLeast, double atMost) =>
        Judge(new ConntrackInvalid(), name, seen, atLeast, atMost);

    [Fact]
    public void Cards_are_judged_by_what_they_could_do()
    {
        var half = new LinkHardware("eth0", "tg3") { Speed = 100, BestSpeed = 1000, Duplex = "half", Offloads = new Dictionary<string, bool> { ["tso"] = false, ["gro"] = true } };
        var evidence = new EvidenceSet(Audit, Link(), half, half with { Interface = "veth0" }, Link("veth0") with { LinkKind = "veth" });

        Assert.Equal(Standing.Warning, Assert.Single(new LinkSpeed().Evaluate(evidence)).Standing);
        Assert.Equal("off: tso", Assert.Single(new LinkOffloads().Evaluate(evidence)).Value);
        Assert.Equal(Standing.Fine, Assert.Single(new LinkSpeed().Evaluate(new EvidenceSet(Audit, Link(), half with { Speed = 1000, Duplex = "full" }))).Standing);
        Assert.Equal(Standing.Critical, Assert.Single(new DriverCounters().Evaluate(new EvidenceSet(half with { Growth = new Dictionary<string, long> { ["bw_in_allowance_exceeded"] = 3 } }))).Standing);
        Assert.Equal(Standing.Critical, Assert.Single(new DriverCounters().Evaluate(new EvidenceSet(half with { Growth = new Dictionary<string, long> { ["tx_timeout"] = 1, ["rx_drops"] = 900 } }))).Standing);
        Assert.Equal(Standing.Advice, Assert.Single(new DriverCounters().Evaluate(new EvidenceSet(half with { Growth = new Dictionary<string, long> { ["rx_drops"] = 900 } }))).Standing); // Innocent, as far as one knows
        Assert.Equal(Standing.Advice, Assert.Single(new DriverCounters().Evaluate(new EvidenceSet(half with { Growth = new Dictionary<string, long> { ["link_change_count"] = 1 } }))).Standing);
        Assert.Equal(Standing.Fine, Assert.Single(new DriverCounters().Evaluate(new EvidenceSet(half with { Trouble = new Dictionary<string, long> { ["rx_drops"] = 3 } }))).Standing);
    }

    [Fact]
    public void Ports_of_a_bridge_have_one_mtu_and_a_tunnel_fits_what_it_lies_on()
    {
        LinkState one = Link("p1") with { Master = "br0", Mtu = 9000, PortState = "forwarding" };
        LinkState other = Link("p2") with { Master = "br0", Mtu = 1500, PortState = "blocking" };
        LinkState tunnel = Link("vx") with { LinkKind = "vxlan", Underlay = "eth0", Mtu = 1500 };

        Assert.Equal(["MTU of the ports of br0", "MTU of vx (vxlan)"], new LinkMtus().Evaluate(new EvidenceSet(Link(), one, other, tunnel)).Select(signal => signal.Title));
        Assert.Equal(Standing.Fine, Assert.Single(new LinkMtus().Evaluate(new EvidenceSet(Link(), one, other with { Mtu = 9000 }, tunnel with { Mtu = 1450 }))).Standing);
        LinkState[] vrf = [Link("p3") with { Master = "red", MasterKind = "vrf", Mtu = 9000 }, Link("p4") with { Master = "red", MasterKind = "vrf" }];
        LinkState[] ovs = [Link("p5") with { Master = "ovs-system", Mtu = 9000 }, Link("p6") with { Master = "ovs-system" }, Link("ovs-system") with { LinkKind = "openvswitch" }];
        Assert.Equal(Standing.Fine, Assert.Single(new LinkMtus().Evaluate(new EvidenceSet([.. vrf, .. ovs]))).Standing); // Innocent
        LinkState gre = Link("gre1") with { LinkKind = "gre", Underlay = "eth0", Mtu = 1480 };
        Assert.Equal(["MTU of gre1 (gre)"], new LinkMtus().Evaluate(new EvidenceSet(Link(), gre)).Select(signal => signal.Title));
        Assert.Equal(Standing.Fine, Assert.Single(new LinkMtus().Evaluate(new EvidenceSet(Link(), gre with { Mtu = 1476 }))).Standing); // Innocent
        Assert.Equal(Standing.Warning, Assert.Single(new BridgePorts().Evaluate(new EvidenceSet(one, other))).Standing);
        Assert.Equal(Standing.Fine, Assert.Single(new BridgePorts().Evaluate(new EvidenceSet(one))).Standing);
        Assert.Equal(Standing.Advice, Assert.Single(new LinkTaps().Evaluate(new EvidenceSet(Link() with { Promiscuity = 1 }, one with { Promiscuity = 1 }))).Standing);
        Assert.Equal(Standing.Fine, Assert.Single(new LinkTaps().Evaluate(new EvidenceSet(one with { Promiscuity = 1 }))).Standing);
    }

    [Fact]
    public void A_bond_is_judged_by_its_members()
    {
        LinkState bond = Link("bond0") with { Bond = new BondState("802.3ad", 1, "02:00:00:00:00:01") };
        LinkState good = Link("eth1") with { Master = "bond0", BondMember = new BondMember(true, true, 0, 1) };
        LinkState dead = Link("eth2") with { Master = "bond0", BondMember = new BondMember(false, false, 4, 1) };

        Assert.Equal(Standing.Fine, Assert.Single(new Bonds().Evaluate(new EvidenceSet(bond, good))).Standing);
        Assert.Equal(Standing.Warning, Assert.Single(new Bonds().Evaluate(new EvidenceSet(bond, good, dead))).Standing);
        Assert.Equal(Standing.Critical, Assert.Single(new Bonds().Evaluate(new EvidenceSet(bond, dead))).Standing);
        Assert.Equal(Standing.Warning, Assert.Single(new Bonds().Evaluate(new EvidenceSet(bond, good with { BondMember = new BondMember(true, true, 0, 2) }))).Standing);
        Assert.Equal(Standing.Critical, Assert.Single(new Bonds().Evaluate(new EvidenceSet(bond with { Bond = new BondState("802.3ad", 1, null) }, good))).Standing);
    }

    [Fact]
    public void Routes_are_judged_by_whether_they_lead_somewhere()
    {
        static RouteEntry Default(string gateway, long metric, params string[] flags) =>
            new("0.0.0.0/0", "unicast", 254) { Gateway = IPAddress.Parse(gateway), Interface = "eth0", Metric = metric, Flags = flags };
        static Standing[] Of(params RouteEntry[] routes) => [.. new DefaultRoutes().Evaluate(new EvidenceSet(new RouteTable(routes), Addresses(("10.0.0.7", [])))).Select(signal => signal.Standing)];

        Assert.Equal([Standing.Fine], Of(Default("10.0.0.1", 100), Default("10.0.0.2", 200)));
        Assert.Equal([Standing.Advice], Of(Default("10.0.0.1", 100), Default("10.0.0.2", 100)));
        Assert.Equal([Standing.Critical], Of(Default("10.0.0.1", 100, "linkdown")));
        Assert.Equal([Standing.Advice], Of());
    }

    [Fact]
    public void Checks_say_what_was_looked_at_also_where_all_is_well()
    {
        var evidence = new EvidenceSet(Audit, Link(), Softnet(0), Neighbours(4), Tracked(10), Queue(0));

        Assert.All(
            new IHostCheck[] { new LinkCarrier(), new LinkErrorCounters(), new LinkDrops(), new PacketBacklog(), new PacketBudget(), new NeighbourTableFill(), new SilentNeighbours(), new ConntrackTable(), new ConntrackCounters(), new QueueDrops() },
            check => Assert.All(check.Evaluate(evidence), signal => Assert.Equal((Standing.Fine, true), (signal.Standing, signal.Value.Length > 0))));
    }

    public static TheoryData<IHostCheck, (string Name, long Value)[], int, Standing> Rates => new()
    {
        { new ReversePathFilterDrops(), [("TcpExt.IPReversePathFilter", 4)], 1, Standing.Warning },
        { new ReversePathFilterDrops(), [("TcpExt.IPReversePathFilter", 4)], 300, Standing.Advice }, // Innocent, and so are those below
        { new ReversePathFilterDrops(), [("TcpExt.IPReversePathFilter", 4), ("Ip.InReceives", 90_000)], 1, Standing.Advice },
        { new ListenDrops(), [("TcpExt.ListenDrops", 2)], 1, Standing.Warning },
        { new ListenDrops(), [("TcpExt.ListenDrops", 2)], 300, Standing.Advice },
        { new IpDiscards(), [("Ip.InDiscards", 60)], 1, Standing.Warning },
        { new IpDiscards(), [("Ip.InDiscards", 60)], 300, Standing.Advice },
        { new IpDiscards(), [("Ip.OutDiscards", 60), ("Ip.OutRequests", 900_000)], 1, Standing.Advice },
        { new IpNoRouteOut(), [("Ip.OutNoRoutes", 60)], 1, Standing.Warning },
        { new IpNoRouteOut(), [("Ip.OutNoRoutes", 60)], 300, Standing.Advice },
        { new IpNoRouteIn(), [("IpExt.InNoRoutes", 60)], 1, Standing.Warning },
        { new IpNoRouteIn(), [("IpExt.InNoRoutes", 60)], 300, Standing.Advice },
        { new IpFragments(), [("Ip.ReasmFails", 60)], 1, Standing.Warning },
        { new IpFragments(), [("Ip.ReasmFails", 60)], 300, Standing.Advice },
        { new UdpSendErrors(), [("Udp.SndbufErrors", 60)], 1, Standing.Warning },
        { new UdpSendErrors(), [("Udp.SndbufErrors", 60)], 300, Standing.Advice },
        { new TcpTimestamps(), [("TcpExt.PAWSEstab", 60)], 1, Standing.Warning },
        { new TcpTimestamps(), [("TcpExt.PAWSEstab", 60)], 300, Standing.Advice },
        { new TcpTimestamps(), [("TcpExt.PAWSEstab", 60), ("Tcp.InSegs", 900_000)], 1, Standing.Advice },
        { new TcpAborts(), [("TcpExt.TCPAbortOnTimeout", 60)], 1, Standing.Warning },
        { new TcpAborts(), [("TcpExt.TCPAbortOnTimeout", 60)], 300, Standing.Advice },
        { new TransformErrors(), [("XfrmInStateSeqError", 60)], 1, Standing.Warning },
        { new TransformErrors(), [("XfrmInStateSeqError", 60)], 300, Standing.Advice },
        { new UdpReceiveErrors(), [("Udp.RcvbufErrors", 60)], 1, Standing.Critical },
        { new UdpReceiveErrors(), [("Udp.RcvbufErrors", 60)], 300, Standing.Advice },
        { new IpHeaderErrors(), [("Ip.InHdrErrors", 30), ("Icmp.OutTimeExcds", 30)], 1, Standing.Warning },
        { new IpHeaderErrors(), [("Ip.InHdrErrors", 15), ("Icmp.OutTimeExcds", 15)], 1, Standing.Fine },
    };

    [Theory]
    [MemberData(nameof(Rates))]
    public void A_counter_is_judged_by_its_rate_however_long_it_was_watched(IHostCheck check, (string Name, long Value)[] growth, int seconds, Standing expected)
    {
        KernelCounters counters = Counted(growth) with { Lasted = Second * seconds };

        Assert.Equal(expected, Assert.Single(check.Evaluate(new EvidenceSet(Audit, counters))).Standing);
    }

    [Fact]
    public void What_an_interface_without_IPv6_receives_is_no_discard()
    {
        KernelCounters counters = Counted(("Ip6InDiscards", 500));
        static KernelSettings Off(string value) => new(new Dictionary<string, string> { ["net.ipv6.conf.eth0.disable_ipv6"] = value });

        Assert.Equal(Standing.Fine, Assert.Single(new IpDiscards().Evaluate(new EvidenceSet(Audit, counters, Off("1")))).Standing); // Innocent
        Assert.Equal(Standing.Warning, Assert.Single(new IpDiscards().Evaluate(new EvidenceSet(Audit, counters, Off("0")))).Standing);
        Assert.Equal(Standing.Warning, Assert.Single(new IpDiscards().Evaluate(new EvidenceSet(Audit, Counted(("Ip.InDiscards", 500)), Off("1")))).Standing);
    }

    [Fact]
    public void Ports_of_address_translation_are_estimated_from_a_list_cut_short()
    {
        var translated = new TranslatedPorts("tcp", IPAddress.Parse("192.0.2.1"), Server, 443, 20_000);
        ConntrackCensus census = new(300_000, false) { Translated = [translated] };
        var state = new ConntrackState(900_000, 2_000_000);

        Signal signal = new ConntrackContents().Evaluate(new EvidenceSet(Audit, state, census)).First();

        Assert.Equal(Standing.Critical, signal.Standing);
        Assert.StartsWith("about 60000 in use", signal.Value, StringComparison.Ordinal);
        Assert.DoesNotContain( // Innocent: those were all
            new ConntrackContents().Evaluate(new EvidenceSet(Audit, state, census with { IsWhole = true })), signal => signal.Standing is Standing.Critical or Standing.Warning);
    }

    private static void Judge(IRule rule, string name, Observation[] seen, double atLeast, double atMost)
    {
        double confidence = rule.Evaluate(new EvidenceSet(seen)).SingleOrDefault()?.Confidence ?? 0;
        Assert.True(atLeast <= confidence && confidence <= atMost, $"{name}: {confidence}");
    }
}

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

    private static InterfaceAddresses Addresses(params (string Address, string[] Flags)[] addresses) =>
        new([.. addresses.Select(pair => new InterfaceAddress("eth0", IPAddress.Parse(pair.Address), 64) { Flags = pair.Flags })]);

    private static NeighbourTable Moved => Neighbours(2) with { Moved = [new MovedNeighbour(IPAddress.Parse("10.10.1.1"), "eth0", "02:00:00:00:00:01", "02:00:00:00:00:02")] };

    public static TheoryData<string, Observation[], double, double> Duplicates => new()
    {
        { "detection failed", [Audit, Addresses(("fd00::7", ["tentative", "dadfailed"]))], 0.98, 1 },
        { "the entry moved: a duplicate or a fail-over", [Audit, Moved], 0.4, 0.6 },
        { "addresses that are still being tried", [Audit, Addresses(("fd00::7", ["tentative"]))], 0, 0 },
        { "an entry of another machine's business", [Remote, Way, Moved, TimedOut], 0, 0 },
    };

    [Theory]
    [MemberData(nameof(Duplicates))]
    public void An_address_is_there_twice_if_somebody_else_has_it(string name, Observation[] seen, double atLeast, double atMost) =>
        Judge(new DuplicateAddress(), name, seen, atLeast, atMost);

    [Fact]
    public void Checks_say_what_was_looked_at_also_where_all_is_well()
    {
        var evidence = new EvidenceSet(Audit, Link(), Softnet(0), Neighbours(4), Tracked(10), Queue(0));

        Assert.All(
            new IHostCheck[] { new LinkCarrier(), new LinkErrorCounters(), new LinkDrops(), new PacketBacklog(), new PacketBudget(), new NeighbourTableFill(), new SilentNeighbours(), new ConntrackTable(), new ConntrackCounters(), new QueueDrops() },
            check => Assert.All(check.Evaluate(evidence), signal => Assert.Equal((Standing.Fine, true), (signal.Standing, signal.Value.Length > 0))));
    }

    private static void Judge(IRule rule, string name, Observation[] seen, double atLeast, double atMost)
    {
        double confidence = rule.Evaluate(new EvidenceSet(seen)).SingleOrDefault()?.Confidence ?? 0;
        Assert.True(atLeast <= confidence && confidence <= atMost, $"{name}: {confidence}");
    }
}

using System.Net;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Audit;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Rules;

/// <summary>Causes that look alike on the connections of this machine: which of them the evidence names, and what is told once.</summary>
public sealed class ConnectionVerdictTests
{
    private static readonly IPAddress Here = IPAddress.Parse("10.10.1.2");
    private static readonly IPAddress There = IPAddress.Parse("10.10.2.2");
    private static readonly IPAddress Elsewhere = IPAddress.Parse("10.10.3.3");
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly InvestigationStarted Audit = new("0", "", TargetKind.HostState, null, null, null);
    private static readonly InvestigationStarted Process = new("0", "pid:7", TargetKind.Process, null, null, null) { Pid = 7 };

    // Four segments of 1448 octets and less under way, the first of them sent five times more; a few small ones passed before.
    private static readonly TcpFlow Stuck = new(Here, 40_000, There, 80, Second)
    {
        Pid = 7,
        Process = "d",
        Timer = "retransmit",
        SendQueue = 5000,
        SendQueueBefore = 5000,
        SendMss = 1448,
        PathMtu = 1500,
        Unacknowledged = 4,
        Backoff = 5,
        Retransmits = 5,
        SegmentsOut = 16,
        SegmentsAgain = 7,
        TotalAcknowledged = 251,
        Sacked = 0,
        LastAcknowledged = TimeSpan.FromSeconds(12),
        LastReceived = TimeSpan.FromSeconds(12),
    };

    private static readonly TcpFlow Fed = new(Here, 40_001, There, 80, Second)
    {
        Pid = 7,
        Process = "d",
        Received = 900_000,
        ReceiveBuffer = 32_768,
        ReceiveBufferBefore = 32_768,
        ReceiveWindow = 20_352,
        ReceiveRoundTrip = TimeSpan.FromMilliseconds(20),
        MinRoundTrip = TimeSpan.FromMilliseconds(21),
        HasTimestamps = true,
    };

    private static readonly KernelSettings SmallBuffers = Settings(("net.ipv4.tcp_rmem", "4096 32768 32768"));

    private static readonly PendingConnections Pile = new(240, 240)
    {
        Destinations = 12,
        Addresses = 1,
        Top = [.. Enumerable.Range(9000, 12).Select(port => new PendingDestination(There, port, 20, 20))],
        Longest = TimeSpan.FromSeconds(5),
        MostRepeats = 4,
        Holders = [new SocketHolder(7, "d", 200), new SocketHolder(8, "e", 40)],
        Processes = 2,
    };

    private static readonly FirewallRuleMatch Rule = new("inet f", "o", "output", "tcp dport 9000 drop", "drop", RuleMatch.Certain)
    {
        Handle = 2,
        Flow = "tcp to 10.10.2.2:9000",
        Address = There,
        Port = 9000,
        Purpose = "pending",
    };

    private static readonly SocketGroup HalfOpen = new("syn-received", 65)
    {
        LocalPort = 80,
        Interval = Second,
        Before = 65,
        Orphans = 65,
        Peers = 1,
        TopPeer = There,
        OfTopPeer = 65,
        Backlog = 64,
        Retransmitting = 60,
    };

    private static readonly LinkState Pair = new("eth0", true, true, 1500) { LinkKind = "veth", Index = 3 };

    private static PendingConnections One => Pile with { Destinations = 1, Top = [Pile.Top[0] with { Count = 240, Unanswered = 240 }] };

    public static TheoryData<string, string, Observation[], double, double> Evidence => new()
    {
        { "path-mtu-black-hole", "the peer has what came after the full segment", [Audit, Stuck with { Sacked = 1 }], 0.95, 1 },
        { "path-mtu-black-hole", "the peer still sends", [Audit, Stuck with { Received = 25, LastReceived = Second }], 0.9, 1 },
        { "path-mtu-black-hole", "the peer sent while the segment waited", [Audit, Stuck with { LastReceived = Second * 2 }], 0.9, 1 },
        { "path-mtu-black-hole", "full segments passed before, and another connection gets them across", [Audit, Stuck with { Received = 25, TotalAcknowledged = 900_000, SegmentsOut = 640 }, Stuck with { LocalPort = 9, Timer = "off", Sent = 900_000, TotalAcknowledged = 900_000, SegmentsOut = 640 }], 0, 0.2 },
        { "path-mtu-black-hole", "nothing comes back", [Audit, Stuck], 0, 0 },
        { "path-mtu-black-hole", "what is stuck is small", [Audit, Stuck with { Sacked = 1, SendQueue = 900, SendQueueBefore = 900 }], 0, 0 },
        { "path-mtu-black-hole", "a loss, repeated once", [Audit, Stuck with { Sacked = 1, Backoff = 1, Retransmits = 1 }], 0, 0 },
        { "path-mtu-black-hole", "it goes on", [Audit, Stuck with { Sacked = 1, Sent = 2896 }], 0, 0 },

        { "half-open-connection", "the peer has what came after", [Audit, Stuck with { Sacked = 1 }], 0, 0 },
        { "half-open-connection", "the peer still sends", [Audit, Stuck with { Received = 25, LastReceived = Second }], 0, 0 },
        { "half-open-connection", "nothing comes back, and no full segment ever passed", [Audit, Stuck], 0.5, 0.9 },
        { "half-open-connection", "nothing comes back, where full segments passed before", [Audit, Stuck with { TotalAcknowledged = 900_000 }], 0.6, 0.9 },

        { "host-unreachable", "a pile that nobody answers", [Audit, Pile], 0.9, 1 },
        { "host-unreachable", "the same of a process", [Process, Pile], 0.9, 1 },
        { "host-unreachable", "they begin now", [Audit, Pile with { Unanswered = 0, Destinations = 0, Top = [] }], 0, 0 },
        { "port-filtered", "a pile, and the host is alive", [Audit, Pile, Fed], 0.9, 1 },
        { "port-filtered", "a pile, and another host is alive", [Audit, Pile, Fed with { Remote = Elsewhere }], 0, 0 },

        { "local-firewall-drop", "a rule here fits the pile", [Audit, One, Rule], 0.99, 1 },
        { "local-firewall-drop", "a rule here may fit it", [Audit, One, Rule with { Match = RuleMatch.Possible }], 0.5, 0.8 },
        { "local-firewall-drop", "a rule here fits it, and counts nothing while SYNs are repeated", [Audit, One, Rule with { PacketsBefore = 5, PacketsAfter = 5 }, Counters(("TcpExt.TCPSynRetrans", 30))], 0.8, 0.95 },
        { "local-firewall-drop", "a rule here fits another destination", [Audit, One, Rule with { Port = 1 }], 0, 0 },

        { "return-route-missing", "one client whose answers are sent again", [Audit, HalfOpen, Counters(("TcpExt.TCPReqQFullDoCookies", 135))], 0.9, 1 },
        { "return-route-missing", "SYNs of one address come faster than a client tries again", [Audit, HalfOpen, Counters(("TcpExt.TCPReqQFullDoCookies", 5000))], 0, 0 },
        { "return-route-missing", "many addresses", [Audit, HalfOpen with { Peers = 65 }], 0, 0 },
        { "return-route-missing", "they came just now", [Audit, HalfOpen with { Retransmitting = 3 }], 0, 0 },
        { "return-route-missing", "a few, as of a telephone that went", [Audit, HalfOpen with { Count = 3, Retransmitting = 3 }], 0, 0 },
        { "return-route-missing", "the accept queue is full", [Audit, HalfOpen, new Listener(80, IPAddress.Any, 65, 64)], 0, 0 },
        { "syn-flood", "one client whose answers are sent again", [Audit, HalfOpen, Counters(("TcpExt.TCPReqQFullDoCookies", 135))], 0, 0 },
        { "syn-flood", "SYNs of one address come faster than a client tries again", [Audit, HalfOpen, Counters(("TcpExt.TCPReqQFullDoCookies", 5000))], 0.9, 1 },
        { "syn-flood", "the accept queue overflows", [Audit, HalfOpen with { Count = 3, Backlog = 2, Retransmitting = 0 }, new Listener(80, IPAddress.Any, 0, 2) { QueueBefore = 0, DropsGrowth = 69, Drops = 69 }, Counters(("TcpExt.TCPReqQFullDoCookies", 17), ("TcpExt.ListenOverflows", 69))], 0, 0.1 },

        { "receive-window-limited", "each round trip brings a window, and the buffer may not grow", [Audit, SmallBuffers, Fed], 0.95, 1 },
        { "receive-window-limited", "the program set the size of its buffer", [Audit, Settings(("net.ipv4.tcp_rmem", "4096 131072 6291456")), Fed], 0.95, 1 },
        { "receive-window-limited", "the buffer grows", [Audit, Settings(("net.ipv4.tcp_rmem", "4096 131072 6291456")), Fed with { ReceiveBufferBefore = 16_384 }], 0, 0 },
        { "receive-window-limited", "half of a window comes in a round trip", [Audit, SmallBuffers, Fed with { Received = 450_000 }], 0, 0 },
        { "receive-window-limited", "so near that 32 KiB are enough", [Audit, SmallBuffers, Fed with { Received = 60_000_000, ReceiveRoundTrip = TimeSpan.FromMilliseconds(0.3) }], 0, 0 },
        { "receive-window-limited", "the program reads slowly", [Audit, SmallBuffers, Fed with { ReceiveQueue = 15_000, ReceiveQueueBefore = 14_000 }], 0, 0 },
        { "receive-window-limited", "without timestamps a window's time is no round trip", [Audit, SmallBuffers, Fed with { HasTimestamps = false, MinRoundTrip = TimeSpan.FromMilliseconds(3) }], 0, 0 },
        { "receive-window-limited", "by loopback", [Audit, SmallBuffers, Fed with { Remote = IPAddress.Loopback }], 0, 0 },

        { "service-hung", "nothing is read, and the process sleeps", [Process, Unread(TimeSpan.Zero)], 0.9, 1 },
        { "service-hung", "nothing is read, and the process runs", [Process, Unread(TimeSpan.FromMilliseconds(900))], 0, 0.1 },
        { "service-hung", "nothing is read, and only a timer runs", [Process, Unread(TimeSpan.FromMilliseconds(10))], 0.9, 1 },
        { "service-hung", "what is read comes again", [Process, Unread(TimeSpan.Zero) with { StillUnread = 0 }], 0, 0 },

        { "mtu-mismatch", "the other end refuses, and what is fragmented fails", [Audit, .. Links(Pair, ("tx_dropped", 50)), Counters(("Ip.FragFails", 50))], 0.95, 1 },
        { "mtu-mismatch", "the other end refuses, and full segments are stuck", [Audit, .. Links(Pair, ("tx_dropped", 50)), Stuck with { Sacked = 1 }], 0.9, 1 },
        { "mtu-mismatch", "the other end refuses, of whatever size", [Audit, .. Links(Pair, ("tx_dropped", 50))], 0, 0 },
        { "mtu-mismatch", "it is no virtual pair", [Audit, .. Links(Pair with { LinkKind = null }, ("tx_dropped", 50)), Counters(("Ip.FragFails", 50))], 0, 0 },
        { "mtu-mismatch", "this end refuses what it does not take", [Audit, .. Links(Pair with { Mtu = 1280 }, ("rx_dropped", 50), ("rx_packets", 3))], 0.9, 1 },
        { "mtu-mismatch", "frames of protocols that nobody wants", [Audit, .. Links(Pair with { Mtu = 1280 }, ("rx_dropped", 50), ("rx_packets", 300))], 0, 0 },
        { "mtu-mismatch", "drops, and the usual MTU", [Audit, .. Links(Pair, ("rx_dropped", 50), ("rx_packets", 3))], 0, 0 },
    };

    [Theory]
    [MemberData(nameof(Evidence))]
    public void A_cause_is_as_sure_as_the_evidence_allows(string cause, string name, Observation[] seen, double atLeast, double atMost)
    {
        double confidence = RuleCatalog.All.SelectMany(rule => rule.Evaluate(new EvidenceSet(seen)))
            .Where(finding => finding.Cause == cause).Select(finding => finding.Confidence).DefaultIfEmpty().Max();

        Assert.True(atLeast <= confidence && confidence <= atMost, $"{name}: {confidence}");
    }

    [Fact]
    public void A_pile_is_one_row_that_counts_all_of_it()
    {
        Signal row = Assert.Single(Troubles(Audit, Pile, new SocketCensus("all", new Dictionary<string, int> { ["syn-sent"] = 240 }, true), Counters(("TcpExt.TCPLostRetransmit", 240), ("TcpExt.TCPSynRetrans", 240), ("Tcp.RetransSegs", 240), ("TcpExt.TCPTimeouts", 240))));

        Assert.Equal(Standing.Warning, row.Standing);
        Assert.All(
            (string[])["240 connections", "2 processes (d (pid 7): 200, e (pid 8): 40)", "at 12 destinations", "for 5 s", "20 to 10.10.2.2:9000", "160 to 8 others"],
            word => Assert.Contains(word, row.Meaning, StringComparison.Ordinal));
    }

    [Fact]
    public void Retransmissions_beside_a_pile_that_are_lost_again_are_told() =>
        Assert.Contains(
            Troubles(Audit, Pile, Counters(("TcpExt.TCPLostRetransmit", 340), ("TcpExt.TCPSynRetrans", 240), ("Tcp.RetransSegs", 640))),
            row => row.Check is "tcp.lost-retransmits");

    [Fact]
    public void Who_asks_many_hosts_once_is_not_warned_of_those_that_are_gone()
    {
        PendingConnections crawler = Pile with
        {
            Unanswered = 40,
            Destinations = 40,
            Addresses = 40,
            Top = [.. Enumerable.Range(1, 24).Select(host => new PendingDestination(IPAddress.Parse($"10.10.9.{host}"), 80, 2, 1))],
        };

        Assert.Equal(Severity.Info, Assert.Single(new UnansweredConnects().Evaluate(new EvidenceSet(Audit, crawler))).Severity);
    }

    [Fact]
    public void A_rule_here_explains_all_that_comes_of_it()
    {
        FirewallDrops drops = new(1, 1, Second) { Growth = 30, Total = 90, Dropping = [new FirewallDrop("inet f", "o", "tcp dport 9000 counter drop", 30) { Hooks = ["output"] }] };
        Observation[] seen = [Audit, One, Rule, drops, Counters(("TcpExt.TCPSynRetrans", 30), ("TcpExt.TCPRetransFail", 30), ("Ip.OutDiscards", 30), ("TcpExt.TCPLostRetransmit", 30), ("Tcp.RetransSegs", 30))];

        Signal row = Assert.Single(Troubles(seen));

        Assert.Equal("local-firewall-drop", row.Cause);
        Assert.Contains("240 connections", row.Meaning, StringComparison.Ordinal);
        Assert.Contains("handle 2", row.Meaning, StringComparison.Ordinal);
        Assert.Contains(Diagnosis.Of(new EvidenceSet(seen), RuleCatalog.All).Causes.Single().Explained, finding => finding.Cause is "host-unreachable");
    }

    [Fact]
    public void A_rule_here_explains_its_own_part_of_a_pile_only()
    {
        Signal[] rows = Troubles(Audit, Pile, Rule);

        Assert.Equal(["local-firewall-drop", "host-unreachable"], rows.Select(row => row.Cause).Order(StringComparer.Ordinal).Reverse());
        Assert.Contains("220 connections", rows.Single(row => row.Cause is "host-unreachable").Meaning, StringComparison.Ordinal);
        Assert.Contains("20 connections", rows.Single(row => row.Cause is "local-firewall-drop").Meaning, StringComparison.Ordinal);
    }

    [Fact]
    public void A_service_here_that_is_overrun_does_not_explain_that_others_do_not_answer()
    {
        var full = new Listener(8000, IPAddress.Any, 5, 4) { Pid = 7, Process = "d", QueueBefore = 5, Drops = 9, DropsGrowth = 3 };
        PendingDestination own = new(IPAddress.Loopback, 8000, 240, 240);

        Assert.Contains(Troubles(Audit, full, Pile), row => row.Cause is "host-unreachable");
        Assert.DoesNotContain(Troubles(Audit, full, Pile with { Destinations = 1, Top = [own] }), row => row.Cause is "host-unreachable"); // that is the queue
    }

    [Fact]
    public void A_queue_that_overflows_in_bursts_is_told_once_and_what_dropped_long_ago_not_at_all()
    {
        var listener = new Listener(80, IPAddress.Any, 0, 2) { Pid = 7, Process = "d", QueueBefore = 0, DropsGrowth = 69, Drops = 71 };
        KernelCounters counters = Counters(("TcpExt.TCPReqQFullDoCookies", 17), ("TcpExt.ListenOverflows", 69), ("TcpExt.ListenDrops", 69)) with { Totals = new Dictionary<string, long> { ["TcpExt.ListenOverflows"] = 71 } };
        Observation[] beside = [Audit, new SocketSurvey(1, 1, 0, 0), Settings(("net.core.somaxconn", "4096")), HalfOpen with { Count = 3, Backlog = 2, Retransmitting = 0 }];

        Assert.Equal("accept-queue-full", Assert.Single(Troubles([.. beside, listener, counters])).Cause);
        Assert.Empty(Troubles([.. beside, listener with { DropsGrowth = 0 }, counters with { Growth = new Dictionary<string, long>() }]));
    }

    [Fact]
    public void Processes_are_told_apart()
    {
        var group = new SocketGroup("close-wait", 150)
        {
            LocalPort = 8000,
            Interval = Second,
            Before = 150,
            Lasted = 150,
            Pid = 7,
            Process = "a",
            Held = 60,
            Holders = [new SocketHolder(7, "a", 60), new SocketHolder(8, "b", 50), new SocketHolder(9, "c", 40)],
            Processes = 3,
            Descriptors = 70,
            DescriptorLimit = 20_000,
        };

        Finding leak = Assert.Single(new CloseWaitLeak().Evaluate(new EvidenceSet(Audit, group)));
        Finding gone = Assert.Single(new HalfOpenConnection().Evaluate(new EvidenceSet(Audit, Stuck, Stuck with { LocalPort = 9, Pid = 8, Process = "e" })));

        Assert.StartsWith("3 processes (a (pid 7): 60, b (pid 8): 50, c (pid 9): 40) do not close 150 connections", leak.Summary, StringComparison.Ordinal);
        Assert.Contains(leak.Remedies, remedy => remedy.Command is "systemctl status 7 8 9");
        Assert.Contains("2 connections of 2 processes (d (pid 7): 1, e (pid 8): 1)", gone.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_slow_reader_is_named_where_its_window_shuts()
    {
        TcpFlow slow = Fed with { ReceiveQueue = 30_000, ReceiveQueueBefore = 28_000 };
        Signal row = Assert.Single(Troubles(Audit, slow, Counters(("TcpExt.TCPToZeroWindowAdv", 10))));

        Assert.Contains("d (pid 7)", row.Meaning, StringComparison.Ordinal);
        Assert.Contains("10.10.2.2:80", row.Meaning, StringComparison.Ordinal);
    }

    [Fact]
    public void Refused_frames_are_told_once()
    {
        Observation[] links = Links(Pair, ("tx_dropped", 50));

        Assert.Equal("mtu-mismatch", Assert.Single(Troubles([Audit, .. links, Counters(("Ip.FragFails", 50), ("Ip.OutDiscards", 50), ("Udp.SndbufErrors", 50)), Settings(("net.ipv4.tcp_mtu_probing", "0"))])).Cause);
        Assert.Contains(Assert.Single(Troubles([Audit, .. links, Counters(("Udp.SndbufErrors", 50))])).Remedies, remedy => remedy.Text.Contains("MTU of both ends", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(100, Standing.Fine)]
    [InlineData(360, Standing.Warning)]
    [InlineData(500, Standing.Critical)]
    public void Ports_that_are_gone_are_worse_than_ports_that_are_short(int inUse, Standing expected)
    {
        var ports = new PortsInUse(inUse, inUse, 500, 0) { Unconnected = inUse, Chosen = 0 };

        Signal row = Assert.Single(new NetWhy.Diagnose.Audit.Checks.BoundPorts().Evaluate(new EvidenceSet(Audit, ports)));

        Assert.Equal(expected, row.Standing);
        Assert.True(expected is Standing.Fine || row.Remedies.Any(remedy => remedy.Command is "netwhy ss -tnpB"));
    }

    private static Signal[] Troubles(params Observation[] seen) =>
        [.. Diagnosis.Of(new EvidenceSet(seen), RuleCatalog.All).Signals.Where(signal => signal.Standing < Standing.Unknown)];

    private static SocketCensus Unread(TimeSpan used) => new("pid:7", new Dictionary<string, int> { ["established"] = 1 }, true)
    {
        After = Second,
        StillUnread = 1,
        MostUnread = 19_000,
        ProcessorTime = used,
    };

    private static Observation[] Links(LinkState link, params (string Name, long Growth)[] grown) =>
    [
        link,
        link with { After = Second, Statistics = grown.ToDictionary(counter => counter.Name, counter => counter.Growth) },
    ];

    private static KernelCounters Counters(params (string Name, long Growth)[] grown) =>
        new(grown.ToDictionary(counter => counter.Name, counter => counter.Growth), Second);

    private static KernelSettings Settings(params (string Name, string Value)[] values) =>
        new(values.ToDictionary(setting => setting.Name, setting => setting.Value));
}

using System.Net;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Audit;
using NetWhy.Diagnose.Audit.Checks;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Rules;

/// <summary>The rules and checks about the sockets of this machine: what convicts, what leaves it open, what acquits.</summary>
public sealed class SocketRulesTests
{
    private static readonly IPAddress Here = IPAddress.Parse("10.10.1.2");
    private static readonly IPAddress There = IPAddress.Parse("10.10.2.2");
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static readonly InvestigationStarted Audit = new("0", "", TargetKind.HostState, null, null, null);

    private static readonly SocketGroup Waiting = new("close-wait", 150)
    {
        LocalPort = 8000,
        Interval = Second,
        Before = 150,
        Lasted = 150,
        Pid = 7,
        Process = "d",
        Held = 150,
        Descriptors = 160,
        DescriptorLimit = 20_000,
    };

    private static readonly SocketGroup HalfOpen = new("syn-received", 65) { LocalPort = 80, Interval = Second, Before = 65, Orphans = 65, Peers = 65, Backlog = 64 };

    private static readonly SocketGroup Closed = new("fin-wait-2", 200)
    {
        LocalPort = 8000,
        Interval = Second,
        Before = 200,
        Lasted = 200,
        Pid = 7,
        Process = "d",
        Held = 200,
    };

    private static readonly DatagramSocket Datagrams = new(IPAddress.Any, 5514, 212_000, 212_992)
    {
        QueuedBefore = 212_000,
        Drops = 900,
        DropsGrowth = 400,
        Interval = Second,
        Pid = 7,
        Process = "d",
    };

    private static readonly Listener Full = new(8000, IPAddress.Any, 5, 4) { Pid = 7, Process = "d", QueueBefore = 5, Drops = 9, DropsGrowth = 3 };

    private static readonly Listener BoundUdp = new(5514, IPAddress.Any, 0, 0) { Protocol = "udp", Pid = 7, Process = "d" };

    private static readonly ConnectAttempt RefusedHere =
        new(IPAddress.Loopback, 5514, "target", ConnectOutcome.Failed, TimeSpan.FromMilliseconds(1)) { SourcePort = 40_000, Errno = "ECONNREFUSED" };

    private static readonly UnixListener FullUnix = new("/run/d.sock", 3, 2) { QueueBefore = 3, Pid = 7, Process = "d" };

    private static readonly UnixDatagrams UnreadUnix = new("/run/log.sock") { SendersHold = 9216, Interval = Second, Pid = 7, Process = "d", SenderPid = 8, Sender = "e" };

    private static readonly Listener LeftWaiting = Full with { Queue = 3, QueueBefore = 3, Limit = 128, Drops = 0, DropsGrowth = 0, LongestWait = TimeSpan.FromSeconds(8) };

    private static readonly InvestigationStarted Service = new("0", ":8000", TargetKind.LocalPort, null, null, 8000);

    private static readonly EphemeralPorts Ports = new(There, 80, 41_000, 41_099, 96, 0)
    {
        Source = Here,
        InUseBefore = 95,
        Interval = Second,
        TimeWaitReuse = 2,
        TopPid = 7,
        TopProcess = "d",
    };

    private static readonly TcpFlow Flow = new(Here, 40_000, There, 80, Second) { Pid = 7, Process = "d" };

    private static readonly TcpFlow Unread = Flow with
    {
        IsIncoming = true,
        ReceiveQueue = 60_000,
        ReceiveQueueBefore = 60_000,
        ReceiveBuffer = 131_072,
        ReceiveAllocated = 120_000,
        LastReceived = TimeSpan.FromSeconds(5),
    };

    private static readonly TcpFlow Shut = Flow with
    {
        SendQueue = 900_000,
        SendQueueBefore = 900_000,
        NotSent = 900_000,
        Timer = "persist",
        TimerBefore = "persist",
        Probes = 1,
        LastSent = TimeSpan.FromSeconds(6),
        BusyGrowth = Second,
        WindowLimitedGrowth = Second,
    };

    private static readonly TcpFlow Slow = Flow with
    {
        Sent = 1_000_000,
        SendQueue = 200_000,
        NotSent = 100_000,
        Busy = Second * 4,
        BusyGrowth = Second,
        PeerWindow = 65_535,
        SendBuffer = 46_080,
        MinRoundTrip = TimeSpan.FromMilliseconds(60),
    };

    private static readonly TcpFlow Gone = Flow with
    {
        Timer = "retransmit",
        SendQueue = 5,
        SendQueueBefore = 5,
        Unacknowledged = 1,
        Backoff = 5,
        Retransmits = 5,
        LastAcknowledged = TimeSpan.FromSeconds(12),
    };

    private static readonly TcpFlow Idle = Flow with { LastSent = TimeSpan.FromHours(3), LastReceived = TimeSpan.FromHours(2), LastAcknowledged = TimeSpan.FromHours(2) };

    private static readonly TcpFlow Lossy = Flow with { SegmentsOut = 1000, SegmentsAgain = 40 };

    private static readonly QueueDiscipline Dropping = new("eth0", "pfifo", "8001:")
    {
        Limit = 100,
        Lasted = Second,
        Growth = new Dictionary<string, long> { ["drops"] = 400, ["packets"] = 3000 },
    };

    private static QueueDiscipline Dropped(long drops, long packets, string kind = "pfifo") => Dropping with
    {
        Discipline = kind,
        Growth = new Dictionary<string, long> { ["drops"] = drops, ["packets"] = packets },
    };

    private static FirewallDrops Drops(long packets, string hook) => new(1, 1, Second)
    {
        Growth = packets,
        Total = packets,
        Dropping = [new FirewallDrop("inet filter", "c", "udp dport 9 counter drop", packets) { Hooks = [hook] }],
    };

    private static NeighbourTable Neighbours(string now, string? before) => new("ipv4", 1, 1, Second)
    {
        States = new Dictionary<string, int> { [now] = 1 },
        Silent = [new SilentNeighbour(There, "eth0", now, false) { StateBefore = before }],
    };

    public static TheoryData<string, string, Observation[], double, double> Evidence => new()
    {
        { "close-wait-leak", "many, of a service", [Audit, Waiting], 0.6, 0.9 },
        { "close-wait-leak", "and old ones", [Audit, Waiting with { IdleOverMinute = 150, LongestIdle = TimeSpan.FromMinutes(9) }], 0.9, 1 },
        { "close-wait-leak", "and more come, and none goes", [Audit, Waiting with { Count = 170 }], 0.9, 1 },
        { "close-wait-leak", "a dozen towards a server: a pool, perhaps", [Audit, Waiting with { Count = 12, Before = 12, Lasted = 12, LocalPort = null, Remote = There, RemotePort = 80 }], 0, 0.3 },
        { "close-wait-leak", "many that are closed a little later", [Audit, Waiting with { Lasted = 20 }], 0, 0.2 },
        { "close-wait-leak", "more than could be known again", [Audit, Waiting with { Count = 100_000, Before = 99_000, Lasted = null }], 0.95, 1 },
        { "close-wait-leak", "few", [Audit, Waiting with { Count = 9, Before = 9, Lasted = 9 }], 0, 0 },

        { "accept-queue-full", "full twice, and it drops", [Audit, Full], 0.99, 1 },
        { "accept-queue-full", "it drops in bursts", [Audit, Full with { Queue = 0, QueueBefore = 0 }, Counters(("TcpExt.ListenOverflows", 3))], 0.9, 1 },
        { "accept-queue-full", "it drops in bursts, and one of two samples alone knows", [Service, Full with { Queue = 0, QueueBefore = null, DropsGrowth = null }, Full with { Queue = 0, QueueBefore = 0, Drops = 80, DropsGrowth = 71 }, Counters(("TcpExt.ListenOverflows", 71))], 0.9, 1 },
        { "accept-queue-full", "it drops while it is looked at longer than the counters", [Service, Full with { Queue = 0, QueueBefore = 0, Interval = Second * 3 }, Counters() with { Totals = new Dictionary<string, long> { ["TcpExt.ListenOverflows"] = 9, ["TcpExt.ListenDrops"] = 9 } }], 0.9, 1 },
        { "accept-queue-full", "one of two sockets of its place dropped long ago", [Service, Full with { Inode = 1, Queue = 0, QueueBefore = null, DropsGrowth = null, Drops = 60 }, Full with { Inode = 2, Queue = 0, QueueBefore = 0, DropsGrowth = 0, Drops = 0 }, Counters(("TcpExt.ListenOverflows", 9))], 0, 0 },
        { "accept-queue-full", "it drops between two samples of one socket", [Service, Full with { Inode = 1, Queue = 0, QueueBefore = null, DropsGrowth = null, Drops = 60 }, Full with { Inode = 1, Queue = 0, QueueBefore = 0, DropsGrowth = 0, Drops = 90 }, Counters(("TcpExt.ListenOverflows", 30))], 0.9, 1 },
        { "accept-queue-full", "the other socket drops, and is looked at longer", [Service, Full with { Inode = 1, Queue = 0, QueueBefore = 0, DropsGrowth = 0, Interval = Second * 3 }, Full with { Inode = 2, Queue = 0, QueueBefore = 0, Interval = Second * 3 }, Counters() with { Totals = new Dictionary<string, long> { ["TcpExt.ListenOverflows"] = 9, ["TcpExt.ListenDrops"] = 9 } }], 0.9, 1 },
        { "accept-queue-full", "full for a moment", [Audit, Full with { QueueBefore = 0, DropsGrowth = 0 }], 0, 0 },
        { "accept-queue-full", "it dropped long ago", [Audit, Full with { Queue = 0, QueueBefore = 0, DropsGrowth = 0 }], 0, 0 },
        { "accept-queue-full", "what it drops are SYNs of a flood", [Audit, Full with { Queue = 0, QueueBefore = 0 }, Counters(("TcpExt.TCPReqQFullDrop", 3))], 0, 0 },

        { "service-hung", "clients have waited for long", [Audit, LeftWaiting], 0.9, 1 },
        { "service-hung", "clients came a moment ago", [Audit, LeftWaiting with { LongestWait = Second }], 0, 0 },
        { "service-hung", "clients came since the first sample", [Audit, LeftWaiting with { QueueBefore = 0 }], 0, 0 },
        { "service-hung", "nobody knows for how long they have waited", [Audit, LeftWaiting with { LongestWait = null }], 0, 0 },

        { "syn-flood", "a full queue, many addresses, and cookies", [Audit, HalfOpen, Counters(("TcpExt.TCPReqQFullDoCookies", 400))], 0.99, 1 },
        { "syn-flood", "a full queue of few clients that try again", [Audit, HalfOpen with { Peers = 3, Retransmitting = 60 }], 0, 0.3 },
        { "syn-flood", "a full queue, from an unknown number of addresses", [Audit, HalfOpen with { Peers = null }], 0.4, 0.7 },
        { "syn-flood", "cookies off, and the unproven have filled their share", [Audit, HalfOpen with { Count = 25, Peers = 25 }, Counters(("TcpExt.ListenDrops", 294)), Settings(("net.ipv4.tcp_syncookies", "0"), ("net.ipv4.tcp_max_syn_backlog", "32"))], 0.9, 1 },
        { "syn-flood", "cookies off, and room", [Audit, HalfOpen with { Count = 25, Peers = 25 }, Counters(("TcpExt.ListenDrops", 2)), Settings(("net.ipv4.tcp_syncookies", "0"), ("net.ipv4.tcp_max_syn_backlog", "2048"))], 0, 0 },
        { "syn-flood", "room in the queue", [Audit, HalfOpen with { Count = 20 }], 0, 0 },
        { "syn-flood", "cookies for all, as the machine is told", [Audit, HalfOpen with { Count = 20 }, Counters(("TcpExt.TCPReqQFullDoCookies", 400)), Settings(("net.ipv4.tcp_syncookies", "2"))], 0, 0 },

        { "udp-receive-overflow", "drops, and a full buffer", [Audit, Datagrams, Counters(("Udp.RcvbufErrors", 400))], 0.95, 1 },
        { "udp-receive-overflow", "drops, and an empty buffer", [Audit, Datagrams with { Queued = 0, QueuedBefore = 0 }], 0.4, 0.6 },
        { "udp-receive-overflow", "a filter refuses datagrams", [Audit, Datagrams with { Queued = 0, QueuedBefore = 0 }, Counters(("Udp.InDatagrams", 9))], 0, 0.2 },
        { "udp-receive-overflow", "drops of long ago", [Audit, Datagrams with { DropsGrowth = 0 }], 0, 0 },

        { "ephemeral-ports-exhausted", "nearly all are in use", [Audit, Ports], 0.9, 1 },
        { "ephemeral-ports-exhausted", "half of them are", [Audit, Ports with { InUse = 50 }], 0, 0 },

        { "receive-window-full", "a full buffer that nobody reads", [Audit, Unread], 0.9, 1 },
        { "receive-window-full", "a full buffer that is read", [Audit, Unread with { Received = 900_000 }], 0, 0 },
        { "receive-window-full", "a little that is not read", [Audit, Unread with { ReceiveQueue = 80, ReceiveQueueBefore = 80, ReceiveAllocated = 2000 }], 0, 0 },
        { "receive-window-full", "the peer's window is closed", [Audit, Shut], 0.95, 1 },
        { "receive-window-full", "it closed a moment ago", [Audit, Shut with { LastSent = Second, WindowLimitedGrowth = Second * 0.5 }], 0.4, 0.6 },
        { "receive-window-full", "it opens and closes", [Audit, Shut with { Sent = 10_000 }], 0, 0 },

        { "receive-window-limited", "data waits for the window all the time", [Audit, Slow with { WindowLimitedGrowth = Second * 0.95, WindowLimited = Second * 3.5 }], 0.9, 1 },
        { "receive-window-limited", "half of the time", [Audit, Slow with { WindowLimitedGrowth = Second * 0.5 }], 0, 0 },
        { "receive-window-limited", "half of the time, and the window is full, and the network would take more", [Audit, Slow with { WindowLimitedGrowth = Second * 0.5, SendQueue = 165_535, CongestionWindow = 100, SendMss = 1448 }], 0.8, 1 },
        { "receive-window-limited", "half of the time, and so is the network", [Audit, Slow with { WindowLimitedGrowth = Second * 0.5, SendQueue = 165_535, CongestionWindow = 45, SendMss = 1448 }], 0, 0 },
        { "send-buffer-limited", "data waits for the buffer all the time", [Audit, Slow with { BufferLimitedGrowth = Second * 0.95, BufferLimited = Second * 3.5 }], 0.9, 1 },
        { "send-buffer-limited", "the buffer is full, and there is room beyond", [Audit, Slow with { NotSent = 0, SendQueue = 20_000, SendQueueBefore = 46_080, PeerWindow = 900_000, CongestionWindow = 900, SendMss = 1448, IsAppLimited = true }], 0.9, 1 },
        { "send-buffer-limited", "both samples come after an acknowledgement; rate times round trip fills the buffer", [Audit, Slow with { NotSent = 0, SendQueue = 0, SendQueueBefore = 8000, PeerWindow = 900_000, CongestionWindow = 900, SendMss = 1448, IsAppLimited = true }], 0.9, 1 },
        { "send-buffer-limited", "the program sends a fifth of what the buffer would allow", [Audit, Slow with { Sent = 150_000, NotSent = 0, SendQueue = 9000, SendQueueBefore = 9000, PeerWindow = 900_000, CongestionWindow = 900, SendMss = 1448, IsAppLimited = true }], 0, 0 },
        { "send-buffer-limited", "the buffer is full, and so is the network", [Audit, Slow with { NotSent = 0, SendQueue = 46_000, SendQueueBefore = 46_000, PeerWindow = 900_000, CongestionWindow = 32, SendMss = 1448 }], 0, 0 },
        { "send-buffer-limited", "the network is the limit", [Audit, Slow], 0, 0 },
        { "sender-application-limited", "the program sends little, and is asked about", [new InvestigationStarted("0", ":80", TargetKind.LocalPort, null, null, 80), Slow with { BusyGrowth = Second * 0.05, NotSent = 0, IsAppLimited = true }], 0.9, 1 },
        { "sender-application-limited", "on a machine that is audited all programs do", [Audit, Slow with { BusyGrowth = Second * 0.05, NotSent = 0, IsAppLimited = true }], 0, 0 },
        { "sender-application-limited", "the network is the limit", [new InvestigationStarted("0", ":80", TargetKind.LocalPort, null, null, 80), Slow], 0, 0 },

        { "time-wait-overflow", "what ends finds no room", [Audit, Counters(("TcpExt.TCPTimeWaitOverflow", 12), ("TcpExt.TW", 3)), Census(("time-wait", 50)), Settings(("net.ipv4.tcp_max_tw_buckets", "50"))], 0.95, 1 },
        { "time-wait-overflow", "the limit is not known", [Audit, Counters(("TcpExt.TCPTimeWaitOverflow", 12))], 0.9, 0.95 },
        { "time-wait-overflow", "many, and room for more", [Audit, Counters(("TcpExt.TW", 900)), Census(("time-wait", 40_000)), Settings(("net.ipv4.tcp_max_tw_buckets", "65536"))], 0, 0 },
        { "time-wait-overflow", "a counter of the host, where a server elsewhere is asked about", [new InvestigationStarted("0", "x", TargetKind.HostPort, null, "x", 80), Counters(("TcpExt.TCPTimeWaitOverflow", 12))], 0, 0 },

        { "fin-wait2-pileup", "a program waits for many peers", [Audit, Closed], 0.6, 0.9 },
        { "fin-wait2-pileup", "for more than a minute", [Audit, Closed with { IdleOverMinute = 200 }], 0.9, 1 },
        { "fin-wait2-pileup", "the kernel waits for many", [Audit, Closed with { Orphans = 200, Held = null, Pid = null }], 0.1, 0.3 },
        { "fin-wait2-pileup", "few", [Audit, Closed with { Count = 20, Lasted = 20 }], 0, 0 },

        { "half-open-connection", "repeated without an answer", [Audit, Gone], 0.6, 0.9 },
        { "half-open-connection", "repeated without an answer, and another connection with the peer works", [Audit, Gone, Gone with { LocalPort = 40007, Backoff = 0, Retransmits = 0, Unacknowledged = 0, Timer = "off", Received = 100 }], 0.95, 1 },
        { "half-open-connection", "the peer does not answer ARP", [Audit, Gone, SilentPeer], 0, 0 },
        { "host-unreachable", "the peer does not answer ARP", [Audit, Gone, SilentPeer], 0.95, 1 },
        { "half-open-connection", "keepalive finds nobody", [Audit, Gone with { Timer = "keepalive", Probes = 3, Backoff = 0, Unacknowledged = 0, SendQueue = 0 }], 0.6, 0.9 },
        { "half-open-connection", "repeated once: loss", [Audit, Gone with { Backoff = 1, Retransmits = 1, LastAcknowledged = TimeSpan.FromMilliseconds(300) }], 0, 0 },
        { "half-open-connection", "an answer came", [Audit, Gone with { Received = 10 }], 0, 0 },

        { "host-unreachable", "connections begin, and nobody answers", [Audit, new SocketGroup("syn-sent", 9) { Remote = There, RemotePort = 80, Retransmitting = 9 }], 0.9, 1 },

        { "keepalive-absent", "silent for hours, without a timer", [Audit, Idle], 0.9, 1 },
        { "keepalive-absent", "with keepalive", [Audit, Idle with { Timer = "keepalive" }], 0, 0 },
        { "keepalive-absent", "silent for minutes", [Audit, Idle with { LastReceived = TimeSpan.FromMinutes(20) }], 0, 0 },

        { "file-descriptors-exhausted", "a process at its limit", [Audit, new ProcessDescriptors(7, "d", 256, 256) { Role = "audited" }], 0.9, 1 },
        { "file-descriptors-exhausted", "a machine at its limit", [Audit, new ProcessDescriptors(7, "d", 10, 256) { Role = "audited", OpenOnMachine = 99, MachineLimit = 100 }], 0.9, 1 },
        { "file-descriptors-exhausted", "half of them", [Audit, new ProcessDescriptors(7, "d", 128, 256) { Role = "audited" }], 0, 0 },
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
    public void A_quiet_machine_is_well_in_every_respect_and_says_so()
    {
        Observation[] quiet =
        [
            Audit, Counters(), Census(("established", 3), ("time-wait", 4)), new SocketSurvey(7, 2, 1, 2) { Interval = Second, Orphans = 0 },
            new Listener(22, IPAddress.Any, 0, 128) { QueueBefore = 0, Drops = 0, DropsGrowth = 0 },
            Ports with { InUse = 1, RangeStart = 32_768, RangeEnd = 60_999 },
            new ProcessDescriptors(1, "init", 20, 1024) { Role = "audited", OpenOnMachine = 900, MachineLimit = 900_000 },
            Settings(
                ("net.core.somaxconn", "4096"), ("net.ipv4.tcp_syncookies", "1"), ("net.ipv4.tcp_max_tw_buckets", "65536"), ("net.ipv4.tcp_max_orphans", "65536"),
                ("net.ipv4.tcp_keepalive_time", "7200"), ("net.ipv4.tcp_keepalive_intvl", "75"), ("net.ipv4.tcp_keepalive_probes", "9"),
                ("net.ipv4.ip_local_port_range", "32768 60999"), ("net.ipv4.tcp_fin_timeout", "60")),
        ];

        var diagnosis = Diagnosis.Of(new EvidenceSet(quiet), RuleCatalog.All);

        Assert.Equal(Status.Healthy, diagnosis.Status);
        Assert.Equal(Status.Healthy, Diagnosis.Of(new EvidenceSet([.. quiet, new InvestigationEnded(Second, Interrupted: true)]), RuleCatalog.All).Status);
        Assert.Equal(Status.Healthy, Diagnosis.Of(new EvidenceSet([.. quiet, new ClockState(default, default)]), RuleCatalog.All).Status);
        Assert.Equal(Status.Inconclusive, Diagnosis.Of(new EvidenceSet([.. quiet, new ClockState(default, default), new InvestigationEnded(Second, Interrupted: true)]), RuleCatalog.All).Status);
        Assert.All(diagnosis.Signals, signal => Assert.Equal((Standing.Fine, signal.Check), (signal.Standing, signal.Check)));
        Assert.Superset(
            new HashSet<string>
            {
                "tcp.accept-queue", "tcp.listen-drops", "tcp.backlog", "tcp.syn-queue", "tcp.close-wait", "tcp.time-wait", "tcp.orphans", "tcp.fin-wait-2", "tcp.last-ack",
                "tcp.syn-sent", "tcp.local-ports", "tcp.port-range", "process.descriptors", "machine.descriptors", "tcp.keepalive", "udp.buffers", "unix.accept-queue",
                "tcp.unread", "tcp.unsent",
            },
            diagnosis.Signals.Select(signal => signal.Check).ToHashSet());
        Assert.Contains(diagnosis.Signals, signal => signal.Check is "tcp.keepalive" && signal.Value.Contains("7875 s", StringComparison.Ordinal));
        Assert.Contains(diagnosis.Signals, signal => signal.Check is "tcp.local-ports" && signal.Limit.Contains("470.5 new connections a second", StringComparison.Ordinal));
    }

    public static TheoryData<string, Standing, Observation[]> Signs => new()
    {
        { "tcp.accept-queue", Standing.Warning, [new SocketSurvey(1, 1, 0, 0), Full with { Queue = 3, QueueBefore = 3, DropsGrowth = 0 }] },
        { "tcp.listen-drops", Standing.Warning, [Counters(("TcpExt.ListenDrops", 5), ("TcpExt.ListenOverflows", 2))] },
        { "tcp.listen-drops", Standing.Fine, [Counters(("TcpExt.ListenDrops", 5), ("TcpExt.ListenOverflows", 5))] },
        { "tcp.accept-queue", Standing.Critical, [new SocketSurvey(1, 1, 0, 0), Full with { Queue = 1, QueueBefore = 1, Limit = 128, ProcessState = "T" }] },
        { "tcp.backlog", Standing.Fine, [new SocketSurvey(1, 1, 0, 0), Full with { Queue = 0, DropsGrowth = 0 }, Counters() with { Totals = new Dictionary<string, long> { ["TcpExt.ListenOverflows"] = 9 } }, Settings(("net.core.somaxconn", "4096"))] }, // Innocent: history
        { "tcp.backlog", Standing.Advice, [new SocketSurvey(1, 1, 0, 0) { AtSystemLimit = 1 }, Settings(("net.core.somaxconn", "128"))] },
        { "tcp.syn-queue", Standing.Warning, [Counters(), Census(("syn-received", 64)), HalfOpen with { Count = 64, Backlog = 100 }] },
        { "tcp.syn-queue", Standing.Advice, [Counters(), Census(), new SocketSurvey(1, 1, 0, 0), Settings(("net.ipv4.tcp_syncookies", "0"))] },
        { "tcp.time-wait", Standing.Warning, [Census(("time-wait", 60_000)), Settings(("net.ipv4.tcp_max_tw_buckets", "65536"))] },
        { "tcp.orphans", Standing.Critical, [new SocketSurvey(1, 1, 0, 0) { Orphans = 61 }, Settings(("net.ipv4.tcp_max_orphans", "64"))] },
        { "tcp.last-ack", Standing.Fine, [Census(("last-ack", 20)), new SocketGroup("last-ack", 20) { LocalPort = 80, Retransmitting = 20 }] },
        { "tcp.last-ack", Standing.Advice, [Census(("last-ack", 200), ("established", 50_000)), new SocketGroup("last-ack", 200) { LocalPort = 80, Retransmitting = 200 }] }, // Innocent: telephones
        { "tcp.last-ack", Standing.Advice, [Census(("fin-wait-1", 200)), new SocketGroup("fin-wait-1", 200) { LocalPort = 80, Retransmitting = 200 }] }, // Innocent: slow readers
        { "tcp.last-ack", Standing.Warning, [Census(("last-ack", 200)), new SocketGroup("last-ack", 200) { LocalPort = 80, Retransmitting = 200 }] },
        { "tcp.syn-sent", Standing.Fine, [Census(("syn-sent", 9)), new SocketGroup("syn-sent", 9) { Remote = There, RemotePort = 80 }] },
        { "tcp.local-ports", Standing.Warning, [Ports with { InUse = 75 }] },
        { "tcp.port-range", Standing.Advice, [new SocketSurvey(1, 1, 0, 0) { InsideRange = [40_000] }, Settings(("net.ipv4.ip_local_port_range", "32768 60999"))] },
        { "process.descriptors", Standing.Warning, [new ProcessDescriptors(7, "d", 930, 1000) { Role = "audited" }] },
        { "machine.descriptors", Standing.Warning, [new ProcessDescriptors(7, "d", 1, 1000) { OpenOnMachine = 85, MachineLimit = 100 }] },
        { "udp.buffers", Standing.Warning, [new SocketSurvey(1, 0, 1, 0), Datagrams with { DropsGrowth = 0 }] },
        { "unix.accept-queue", Standing.Critical, [new SocketSurvey(1, 0, 0, 1), new UnixListener("/run/x", 6, 5) { QueueBefore = 6 }] },
        { "unix.accept-queue", Standing.Fine, [new SocketSurvey(1, 0, 0, 1), new UnixListener("/run/x", 6, 5) { QueueBefore = 0 }] },
        { "tcp.unread", Standing.Advice, [Census(), Unread with { ReceiveQueue = 80, ReceiveQueueBefore = 80 }] },
        { "tcp.unread", Standing.Warning, [Census(), Unread with { ReceiveQueue = 80, ReceiveQueueBefore = 80, ProcessState = "T" }] },
        { "tcp.unread", Standing.Advice, [Census(), Unread with { ReceiveQueue = 80, ReceiveQueueBefore = 80, ProcessState = "T", IsIncoming = false }] }, // Innocent: a client put aside
        { "tcp.lossy-connections", Standing.Advice, [new SocketSurvey(1, 1, 0, 1) { Interval = Second }, Lossy] },
        { "tcp.lossy-connections", Standing.Fine, [new SocketSurvey(1, 1, 0, 1) { Interval = Second }, Lossy with { DuplicateSacks = 38 }] }, // Innocent: sent again for nothing
        { "tcp.lossy-connections", Standing.Fine, [new SocketSurvey(1, 1, 0, 1) { Interval = Second }, Lossy with { SegmentsOut = 90_000 }] },
        { "tcp.lossy-connections", Standing.Fine, [new SocketSurvey(1, 1, 0, 1) { Interval = Second }, Lossy with { SegmentsOut = 50, SegmentsAgain = 12 }] },
        { "tcp.lossy-connections", Standing.Fine, [new SocketSurvey(1, 1, 0, 1) { Interval = Second }, Lossy with { RetransmitsGrowth = 30 }, Dropping] },
        { "tcp.lossy-connections", Standing.Advice, [new SocketSurvey(1, 1, 0, 1) { Interval = Second }, Lossy, Dropping] }, // it was lost before
        { "tcp.lossy-connections", Standing.Advice, [new SocketSurvey(1, 1, 0, 1) { Interval = Second }, Lossy with { RetransmitsGrowth = 600 }, Dropping] },
        { "tcp.lossy-connections", Standing.Advice, [new SocketSurvey(1, 1, 0, 1) { Interval = Second }, Lossy with { RetransmitsGrowth = 1 }, Dropped(1, 3000, "fq_codel")] },
        { "tcp.retransmits", Standing.Critical, [Counters(("Tcp.RetransSegs", 900), ("TcpExt.TCPOrigDataSent", 3000), ("TcpExt.TCPRetransFail", 500))] },
        { "tcp.retransmits", Standing.Fine, [Counters(("Tcp.RetransSegs", 900), ("TcpExt.TCPOrigDataSent", 3000), ("TcpExt.TCPRetransFail", 500)), Dropping] },
        { "tcp.retransmits", Standing.Critical, [Counters(("Tcp.RetransSegs", 900), ("TcpExt.TCPOrigDataSent", 3000)), Dropped(500, 3000)] },
        { "tcp.retransmits", Standing.Critical, [Counters(("Tcp.RetransSegs", 900), ("TcpExt.TCPOrigDataSent", 3000)), Dropped(900, 1_000_000)] }, // a burst now and then
        { "tcp.local-send", Standing.Fine, [Counters(("TcpExt.TCPRetransFail", 500)), Dropping] },
        { "ip.discards", Standing.Fine, [Counters(("Ip.OutDiscards", 400)), Dropping] },
        { "ip.discards", Standing.Fine, [Counters(("Ip.OutDiscards", 60)), Drops(50, "output")] },
        { "ip.discards", Standing.Warning, [Counters(("Ip.OutDiscards", 60)), Drops(50, "input")] },
        { "ip.discards", Standing.Warning, [Counters(("Ip.OutDiscards", 60)), Drops(50, "postrouting")] },
        { "ip.discards", Standing.Warning, [Counters(("Ip.InDiscards", 400)), Dropping] },
        { "firewall.drops", Standing.Fine, [new FirewallDrops(0, 0, TimeSpan.Zero)] },
        { "firewall.drops", Standing.Fine, [new FirewallDrops(3, 0, Second)] },
        { "firewall.drops", Standing.Fine, [new FirewallDrops(3, 2, Second) { Total = 9000 }] }, // Innocent: history
        { "firewall.drops", Standing.Fine, [Counters(("Ip.InReceives", 100)), Drops(5, "input")] }, // Innocent: the noise of the Internet
        { "firewall.drops", Standing.Fine, [Counters(("Ip.InReceives", 100_000)), Drops(50, "input")] },
        { "firewall.drops", Standing.Advice, [Counters(("Ip.InReceives", 100)), Drops(50, "input")] },
        { "firewall.drops", Standing.Advice, [Counters(), Drops(2, "output")] },
        { "firewall.drops", Standing.Fine, [Counters(), Drops(2, "postrouting")] }, // Innocent: what is forwarded goes there, too
        { "firewall.drops", Standing.Fine, [Counters(), Drops(2, "egress")] },
        { "neighbour.silent", Standing.Advice, [Neighbours("incomplete", "incomplete")] },
        { "neighbour.silent", Standing.Advice, [Neighbours("failed", "incomplete")] },
        { "neighbour.silent", Standing.Fine, [Neighbours("failed", "failed")] },
        { "neighbour.silent", Standing.Fine, [Neighbours("incomplete", null)] }, // Innocent: it was asked just now
        { "tcp.unsent", Standing.Advice, [new SocketSurvey(1, 0, 0, 1) { Interval = Second }, Gone] },
        { "tcp.transfers", Standing.Fine, [Slow] },
    };

    [Theory]
    [MemberData(nameof(Signs))]
    public void A_check_sees_what_is_not_well(string check, Standing standing, Observation[] seen)
    {
        Signal signal = Assert.Single(HostCheckCatalog.All.Single(one => one.Info.Id == check).Evaluate(new EvidenceSet([Audit, .. seen])));

        Assert.Equal(standing, signal.Standing);
        Assert.True(standing is Standing.Fine || signal.Meaning.Length > 0);
    }

    [Fact]
    public void A_queue_that_dropped_less_than_was_lost_is_told_beside_it() =>
        Assert.EndsWith(
            "; the queue of eth0 dropped 500",
            Assert.Single(HostCheckCatalog.All.Single(one => one.Info.Id is "tcp.retransmits").Evaluate(new EvidenceSet(Audit, Counters(("Tcp.RetransSegs", 900), ("TcpExt.TCPOrigDataSent", 3000)), Dropped(500, 3000)))).Value,
            StringComparison.Ordinal);

    [Theory]
    [InlineData(16, 0, "16: ")]
    [InlineData(40, 0, "16 or more: ")]
    [InlineData(3, 30, "3: ")] // Innocent: what is not told has failed before
    public void A_list_that_is_cut_short_is_told_as_such(int incomplete, int failed, string begin)
    {
        NeighbourTable table = Neighbours("incomplete", "incomplete") with
        {
            States = new Dictionary<string, int> { ["incomplete"] = incomplete, ["failed"] = failed },
            Silent =
            [
                .. Enumerable.Repeat(new SilentNeighbour(There, "eth0", "incomplete", false) { StateBefore = "incomplete" }, incomplete)
                    .Concat(Enumerable.Repeat(new SilentNeighbour(There, "eth0", "failed", false) { StateBefore = "failed" }, failed)).Take(16),
            ],
        };

        Assert.StartsWith(begin, Assert.Single(HostCheckCatalog.All.Single(one => one.Info.Id is "neighbour.silent").Evaluate(new EvidenceSet(Audit, table))).Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_check_has_a_name_of_its_own() =>
        Assert.Equal(HostCheckCatalog.All.Length, HostCheckCatalog.All.Select(check => check.Info.Id).Distinct().Count());

    [Fact]
    public void A_window_that_is_too_small_hurts_and_a_program_that_reads_slowly_may_mean_to()
    {
        TcpFlow small = Slow with { WindowLimitedGrowth = Second * 0.95, WindowLimited = Second * 3.5, PeerWindowBefore = 65_535, PeerWindowScale = 7, RoundTrip = TimeSpan.FromMilliseconds(61) };

        Assert.Equal(Severity.Warning, Judged(small).Severity);
        foreach (TcpFlow slow in new[]
        {
            small with { Timer = "persist" },
            small with { PeerWindowBefore = 12_000 },
            small with { Sent = 100_000 },
            small with { RoundTrip = TimeSpan.FromMilliseconds(90) },
            small with { PeerWindowScale = 10 },
        })
        {
            Finding finding = Judged(slow);
            Assert.Equal(Severity.Info, finding.Severity);
            Assert.Contains("may be meant so", finding.Summary, StringComparison.Ordinal);
        }

        static Finding Judged(TcpFlow flow) => Assert.Single(new TransferLimits().Evaluate(new EvidenceSet(Audit, flow)));
    }

    [Fact]
    public void An_overflow_in_bursts_is_less_than_a_queue_that_stays_full()
    {
        Assert.Equal(Severity.Critical, Assert.Single(new AcceptQueueFull().Evaluate(new EvidenceSet(Audit, Full))).Severity);
        Assert.Equal(Severity.Warning, Assert.Single(new AcceptQueueFull().Evaluate(new EvidenceSet(Audit, Full with { Queue = 0, QueueBefore = 0 }))).Severity);
    }

    public static TheoryData<string, Listener, bool> Unserved => new()
    {
        { "the first in the queue stays the first", Full with { FirstStayed = true, LongestWait = TimeSpan.FromSeconds(40), ProcessState = "S" }, true },
        { "it has not waited long", Full with { FirstStayed = true, LongestWait = Second, ProcessState = "S" }, false },
        { "somebody was accepted", Full with { FirstStayed = false, LongestWait = TimeSpan.FromSeconds(40), ProcessState = "S" }, false },
        { "it is not known", Full with { LongestWait = TimeSpan.FromSeconds(40) }, false },
        { "the queue was not full before", Full with { FirstStayed = true, QueueBefore = 3, LongestWait = TimeSpan.FromSeconds(40), ProcessState = "S" }, false },
    };

    [Theory]
    [MemberData(nameof(Unserved))]
    public void A_longer_queue_is_no_help_where_nobody_is_accepted(string name, Listener listener, bool isUnserved)
    {
        Finding finding = Assert.Single(new AcceptQueueFull().Evaluate(new EvidenceSet(Service, listener)));

        Assert.True(isUnserved == finding.Summary.Contains("d (pid 7) does not accept:", StringComparison.Ordinal), $"{name}: {finding.Summary}");
        Assert.Equal(isUnserved, finding.Summary.Contains("the first has waited for 40 s", StringComparison.Ordinal));
        Assert.Equal(!isUnserved, finding.Remedies.Any(remedy => remedy.Text.Contains("aise the backlog", StringComparison.Ordinal)));
        Assert.Equal(isUnserved, finding.Remedies.Any(remedy => remedy.Text.Contains("larger backlog would only hide it", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_full_queue_of_a_stopped_process_is_told_as_such()
    {
        Finding finding = Assert.Single(new AcceptQueueFull().Evaluate(new EvidenceSet(Service, Full with { FirstStayed = true, LongestWait = TimeSpan.FromSeconds(40), ProcessState = "T" })));

        Assert.Contains("d (pid 7) is stopped", finding.Summary, StringComparison.Ordinal);
        Assert.Equal("kill -CONT 7", finding.Remedies[0].Command);
        Assert.DoesNotContain(finding.Remedies, remedy => remedy.Text.Contains("acklog", StringComparison.Ordinal));
    }

    [Fact]
    public void A_stopped_worker_is_named_among_those_that_run()
    {
        Listener runs = Worker(7, "S", 0);
        Listener stopped = Worker(9, "T", 3) with { LongestWait = TimeSpan.FromSeconds(5) };

        Finding finding = Assert.Single(new ServiceHung().Evaluate(new EvidenceSet(Service, runs, Worker(8, "S", 0), stopped)));

        Assert.Equal((Severity.Warning, "kill -CONT 9"), (finding.Severity, finding.Remedies[0].Command));
        Assert.All((string[])["d (pid 9), one of 3 workers at 0.0.0.0:8000, is stopped", "3 connections wait for it", "2 others nobody waits"], words => Assert.Contains(words, finding.Summary, StringComparison.Ordinal));
        Assert.Empty(new ServiceHung().Evaluate(new EvidenceSet(Service, runs, Worker(8, "S", 0), Worker(9, "S", 3))));

        static Listener Worker(int pid, string state, int queue) =>
            new(8000, IPAddress.Any, queue, 64) { Inode = pid, Pid = pid, Process = "d", ProcessState = state, QueueBefore = queue, DropsGrowth = 0 };
    }

    [Fact]
    public void What_a_stopped_worker_has_accepted_is_told_too()
    {
        Listener runs = new(8000, IPAddress.Any, 0, 64) { Inode = 1, Pid = 7, Process = "d", ProcessState = "S", QueueBefore = 0 };
        TcpFlow unread = new(Here, 8000, There, 40_000, Second) { Pid = 9, ReceiveQueue = 20, ReceiveQueueBefore = 20, IsIncoming = true };

        Finding finding = Assert.Single(new ServiceHung().Evaluate(new EvidenceSet(Service, runs, runs with { Inode = 2, Pid = 9, ProcessState = "T" }, unread)));

        Assert.Contains("what 1 connection brought lies there unread", finding.Summary, StringComparison.Ordinal);
    }

    public static TheoryData<string, string?, Observation[], bool> Bound => new()
    {
        { "a number alone", null, [BoundUdp], true },
        { "the port of DNS", "dns", [BoundUdp], true },
        { "a scheme of TCP", "https", [BoundUdp], false },
        { "nothing is bound", null, [], false },
        { "UDP at another port", null, [BoundUdp with { Port = 5515 }], false },
    };

    [Theory]
    [MemberData(nameof(Bound))]
    public void A_UDP_service_is_no_closed_port(string name, string? scheme, Observation[] bound, bool isServed)
    {
        InvestigationStarted asked = new("0", ":5514", TargetKind.LocalPort, scheme, null, 5514);

        var diagnosis = Diagnosis.Of(new EvidenceSet([asked, RefusedHere, .. bound]), RuleCatalog.All);

        Assert.True(isServed == (diagnosis.Status is Status.Healthy), $"{name}: {diagnosis.Status}");
        Assert.Equal(!isServed, diagnosis.Causes.Any(cause => cause.Finding.Cause is "port-closed"));
        Answer port = diagnosis.Questions.Single(answer => answer.Id is "port");
        Assert.Equal(isServed ? Verdict.Yes : Verdict.No, port.Verdict);
        Assert.Equal(bound.OfType<Listener>().Any(listener => listener.Port == 5514), port.Summary.Contains("d (pid 7) is bound to 0.0.0.0:5514", StringComparison.Ordinal));
        Assert.Equal(isServed, diagnosis.Questions.Single(answer => answer.Id is "connection").Summary.Contains("UDP", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(ConnectOutcome.Connected, "127.0.0.1:5514 accepts")]
    [InlineData(ConnectOutcome.TimedOut, "127.0.0.1:5514: no answer")]
    public void Services_of_both_protocols_at_one_port_are_both_told(ConnectOutcome outcome, string tcp)
    {
        InvestigationStarted asked = new("0", ":5514", TargetKind.LocalPort, null, null, 5514);

        var diagnosis = Diagnosis.Of(new EvidenceSet(asked, RefusedHere with { Outcome = outcome, Errno = null }, new Listener(5514, IPAddress.Any, 0, 5), BoundUdp), RuleCatalog.All);

        string port = diagnosis.Questions.Single(answer => answer.Id is "port").Summary;
        Assert.Contains(tcp, port, StringComparison.Ordinal);
        Assert.Contains("UDP: d (pid 7) is bound to 0.0.0.0:5514", port, StringComparison.Ordinal);
    }

    [Fact]
    public void A_UDP_buffer_that_stays_full_is_found_though_nothing_comes()
    {
        InvestigationStarted asked = new("0", ":5514", TargetKind.LocalPort, null, null, 5514);
        DatagramSocket still = Datagrams with { DropsGrowth = 0 };

        Finding finding = Assert.Single(new UdpReceiveOverflow().Evaluate(new EvidenceSet(asked, BoundUdp, still)));

        Assert.Equal(Severity.Warning, finding.Severity);
        Assert.Contains("d (pid 7) does not read its UDP socket 0.0.0.0:5514", finding.Summary, StringComparison.Ordinal);
        Assert.Empty(new UdpReceiveOverflow().Evaluate(new EvidenceSet(asked, BoundUdp, still with { QueuedBefore = 9000 })));
        Assert.Empty(new UdpReceiveOverflow().Evaluate(new EvidenceSet(Audit, still))); // a check of the audit tells
    }

    private static NeighbourTable SilentPeer => new("ipv4", 2, 1, TimeSpan.FromSeconds(1)) { Silent = [new SilentNeighbour(Gone.Remote, "eth0", "failed", IsGateway: false)] };

    // Of three sockets at one place (SO_REUSEPORT) the kernel gives each its share.
    [Fact]
    public void A_stopped_worker_among_others_is_not_told_as_if_nobody_served()
    {
        SocketSurvey survey = new(0, 3, 0, 0);
        Listener running = new(8000, IPAddress.Any, 0, 64) { Inode = 1, Pid = 1, Process = "d", ProcessState = "S", QueueBefore = 0, DropsGrowth = 0 };
        Listener stopped = running with { Inode = 2, Pid = 2, ProcessState = "T", Queue = 1 };
        static Signal[] Check(params Observation[] seen) => [.. new AcceptQueues().Evaluate(new EvidenceSet(seen))];

        Signal one = Assert.Single(Check(survey, running, running with { Inode = 3, Pid = 3 }, stopped));
        Signal alone = Assert.Single(Check(survey, stopped));
        Signal shared = Assert.Single(Check(survey, running with { Sharers = 4, StoppedSharer = 5 }), signal => signal.Standing is Standing.Advice);

        Assert.Equal((Standing.Warning, Standing.Critical), (one.Standing, alone.Standing));
        Assert.Contains("one of 3 workers", one.Meaning, StringComparison.Ordinal);
        Assert.Contains("(pid 5), one of 4 processes", shared.Meaning, StringComparison.Ordinal);
        Assert.Equal(Standing.Fine, Assert.Single(Check(survey, running)).Standing);
    }

    [Theory]
    [InlineData("veth", false, true)]
    [InlineData(null, false, true)]
    [InlineData("veth", true, false)]
    [InlineData("bridge", false, false)] // of a container engine without containers
    public void An_interface_that_has_routes_and_no_carrier_is_told(string? kind, bool hasCarrier, bool isTold)
    {
        LinkState link = new("eth1", true, hasCarrier, 1500) { Index = 3, LinkKind = kind };
        RouteTable table = new([new RouteEntry("10.71.0.0/24", "unicast", 254) { Interface = "eth1" }]);

        Assert.Equal(isTold, new LinkCarrier().Evaluate(new EvidenceSet(Audit, link, table)).Any(signal => signal.Standing is Standing.Advice));
        Assert.DoesNotContain(new LinkCarrier().Evaluate(new EvidenceSet(Audit, link)), signal => signal.Standing is Standing.Advice);
    }

    [Fact]
    public void One_port_that_is_left_is_told_as_one()
    {
        EphemeralPorts ports = new(IPAddress.Parse("10.10.2.2"), 80, 41_000, 41_099, InUse: 99, TimeWait: 0) { Source = IPAddress.Parse("10.10.1.2"), InUseBefore = 99 };

        Finding near = Assert.Single(new EphemeralPortsExhausted().Evaluate(new EvidenceSet(Audit, ports)));
        Finding gone = Assert.Single(new EphemeralPortsExhausted().Evaluate(new EvidenceSet(Audit, ports with { InUse = 100 })));

        Assert.Equal((Severity.Warning, Severity.Critical), (near.Severity, gone.Severity));
        Assert.Contains("1 is left", near.Summary, StringComparison.Ordinal);
        Assert.Contains("the next connection fails", gone.Summary, StringComparison.Ordinal);
        Assert.Single(gone.Remedies, remedy => remedy.Text.StartsWith("See who holds", StringComparison.Ordinal));
    }

    [Fact]
    public void The_port_of_a_connection_of_netwhy_itself_is_not_counted()
    {
        IPAddress server = IPAddress.Parse("10.10.2.2");
        EphemeralPorts ports = new(server, 80, 41_000, 41_099, InUse: 100, TimeWait: 0) { Source = IPAddress.Parse("10.10.1.2"), InUseBefore = 99 };
        ConnectAttempt own = new(server, 80, "target", ConnectOutcome.Connected, TimeSpan.FromMilliseconds(1)) { SourcePort = 41_050 };

        Assert.Contains("99 of the 100", Assert.Single(new EphemeralPortsExhausted().Evaluate(new EvidenceSet(ports, own))).Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100, "none is left")]
    [InlineData(95, "5 are left")]
    [InlineData(50, null)]
    public void A_process_that_binds_all_ports_and_connects_none_is_told(int unconnected, string? words)
    {
        InvestigationStarted asked = new("0", "pid:7", TargetKind.Process, null, null, null) { Pid = 7 };
        PortsInUse ports = new(unconnected, 0, 100, 0) { Unconnected = unconnected };

        Finding? finding = new EphemeralPortsExhausted().Evaluate(new EvidenceSet(asked, ports)).SingleOrDefault();

        Assert.Equal(words is null, finding is null);
        Assert.Contains(words ?? "", finding?.Summary ?? "", StringComparison.Ordinal);
        Assert.Empty(new EphemeralPortsExhausted().Evaluate(new EvidenceSet(Audit, ports))); // a check of the audit tells
    }

    // 20 kB/s through a window that opens for one sixteenth of the buffer: closed in both samples, and sent 4 s ago.
    private static TcpFlow SlowlyRead => Gone with
    {
        Timer = "persist",
        TimerBefore = "persist",
        Backoff = 4,
        Retransmits = 0,
        Unacknowledged = 0,
        SendQueue = 1_000_512,
        NotSent = 1_000_512,
        LastSent = TimeSpan.FromSeconds(4.13),
        LastAcknowledged = TimeSpan.FromSeconds(0.6),
        Busy = TimeSpan.FromSeconds(17.2),
        BusyGrowth = TimeSpan.FromSeconds(1),
        WindowLimited = TimeSpan.FromSeconds(17),
        WindowLimitedGrowth = TimeSpan.FromSeconds(1),
        TotalAcknowledged = 383_865,
    };

    [Fact]
    public void A_window_that_opens_now_and_then_is_of_a_slow_reader_and_not_of_one_that_reads_nothing()
    {
        InvestigationStarted asked = new("0", "pid:7", TargetKind.Process, null, null, null) { Pid = 7 };
        TcpFlow shut = SlowlyRead with { LastSent = SlowlyRead.WindowLimited };

        Assert.Empty(new ReceiveWindowFull().Evaluate(new EvidenceSet(asked, SlowlyRead)));
        Finding slow = Assert.Single(new TransferLimits().Evaluate(new EvidenceSet(asked, SlowlyRead)));
        Assert.Contains("about 21.8 KiB/s", slow.Summary, StringComparison.Ordinal); // 383,865 B in 17.2 s
        Assert.Equal((Severity.Warning, Severity.Info), (slow.Severity, Assert.Single(new TransferLimits().Evaluate(new EvidenceSet(Audit, SlowlyRead))).Severity));
        Assert.Equal("receive-window-full", Assert.Single(new ReceiveWindowFull().Evaluate(new EvidenceSet(asked, shut))).Cause);
        Assert.Empty(new TransferLimits().Evaluate(new EvidenceSet(asked, shut)));
    }

    [Fact]
    public void A_program_that_reads_slowly_is_told_by_what_it_reads()
    {
        TcpFlow reader = Gone with
        {
            Timer = "off",
            Backoff = 0,
            Retransmits = 0,
            Unacknowledged = 0,
            SendQueue = 0,
            SendQueueBefore = 0,
            ReceiveQueueBefore = 100_000,
            ReceiveQueue = 80_000,
            ReceiveBuffer = 131_072,
        };

        Finding finding = Assert.Single(new ReceiveWindowFull().Evaluate(new EvidenceSet(Audit, reader)));
        Assert.Equal(("receive-window-limited", Severity.Info), (finding.Cause, finding.Severity));
        Assert.Contains("19.5 KiB/s", finding.Summary, StringComparison.Ordinal); // 20,000 B in a second
        Assert.Empty(new ReceiveWindowFull().Evaluate(new EvidenceSet(Audit, reader with { Received = 5_000_000 }))); // fast, and busy for a moment
    }

    public static TheoryData<string, Observation[], string?> UnixSockets => new()
    {
        { "full twice", [FullUnix], "accept-queue-full" },
        { "full for a moment", [FullUnix with { QueueBefore = 0 }], null },
        { "one that waits", [FullUnix with { Queue = 1, QueueBefore = 1 }], null },
        { "a sender that waits for room", [UnreadUnix], "service-hung" },
        { "something unread, and nobody is seen to wait", [UnreadUnix with { SenderPid = null }], null },
    };

    [Theory]
    [MemberData(nameof(UnixSockets))]
    public void A_process_is_told_of_its_full_Unix_sockets(string name, Observation[] seen, string? cause)
    {
        InvestigationStarted asked = new("0", "pid:7", TargetKind.Process, null, null, null) { Pid = 7 };

        Finding[] findings = [.. new UnixQueueFull().Evaluate(new EvidenceSet([asked, .. seen]))];

        Assert.True(findings.SingleOrDefault()?.Cause == cause, name);
        Assert.All(findings, finding => Assert.Contains("d (pid 7)", finding.Summary, StringComparison.Ordinal));
        // Of full queues of connections a check of the audit tells.
        Assert.Equal(cause is "service-hung", new UnixQueueFull().Evaluate(new EvidenceSet([Audit, .. seen])).Any());
    }

    [Fact]
    public void A_process_that_listens_at_a_Unix_socket_listens()
    {
        InvestigationStarted asked = new("0", "pid:7", TargetKind.Process, null, null, null) { Pid = 7 };

        var diagnosis = Diagnosis.Of(new EvidenceSet(asked, new ProcessDescriptors(7, "d", 9, 1024), FullUnix with { Queue = 0, QueueBefore = 0 }), RuleCatalog.All);

        Assert.Contains("unix /run/d.sock", diagnosis.Questions.Single(answer => answer.Id is "port").Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_waits_at_a_listener_is_told_once()
    {
        var diagnosis = Diagnosis.Of(new EvidenceSet(Audit, new SocketSurvey(3, 1, 0, 0), LeftWaiting), RuleCatalog.All);

        Assert.Equal(["service-hung"], diagnosis.Signals.Where(signal => signal.Title.StartsWith("accept queue", StringComparison.Ordinal)).Select(signal => signal.Check));
    }

    [Fact]
    public void All_services_that_let_clients_wait_are_named_and_another_that_is_slow_too()
    {
        Listener other = LeftWaiting with { Port = 9000, Pid = 8, Process = "e", Queue = 2 };
        Listener slow = LeftWaiting with { Port = 7000, Queue = 100, QueueBefore = 100, LongestWait = Second };

        var diagnosis = Diagnosis.Of(new EvidenceSet(Audit, new SocketSurvey(3, 3, 0, 0), LeftWaiting, other, slow), RuleCatalog.All);

        string summary = Assert.Single(diagnosis.Causes, cause => cause.Finding.Cause is "service-hung").Finding.Summary;
        Assert.All((string[])[":8000", "(pid 7)", ":9000", "e (pid 8)"], word => Assert.Contains(word, summary, StringComparison.Ordinal));
        Signal queue = Assert.Single(diagnosis.Signals, signal => signal.Check is "tcp.accept-queue");
        Assert.Equal(Standing.Warning, queue.Standing);
        Assert.Contains(":7000", queue.Title, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_asks_for_ports_by_number_is_told_not_to()
    {
        Assert.Contains("port 0", Advice(20_000), StringComparison.Ordinal);
        Assert.Contains("IP_BIND_ADDRESS_NO_PORT", Advice(100), StringComparison.Ordinal);

        static string Advice(int chosen) =>
            Assert.Single(new NetWhy.Diagnose.Audit.Checks.BoundPorts().Evaluate(new EvidenceSet(new PortsInUse(20_000, 14_116, 28_232, 20_000) { Chosen = chosen }))).Remedies[0].Text;
    }

    [Fact]
    public void A_stopped_process_is_said_to_be_stopped()
    {
        Finding finding = Assert.Single(new ReceiveWindowFull().Evaluate(new EvidenceSet(Audit, Unread with { ProcessState = "T", IsIncoming = false })));

        Assert.Equal(Severity.Warning, finding.Severity);
        Assert.Contains("is stopped", finding.Summary, StringComparison.Ordinal);
        Assert.Contains(finding.Remedies, remedy => remedy.Command is "kill -CONT 7");
    }

    [Fact]
    public void A_failed_attempt_proposes_what_was_computed()
    {
        var attempt = new ConnectAttempt(There, 80, "target", ConnectOutcome.Failed, TimeSpan.Zero) { Errno = "EADDRNOTAVAIL" };

        Assert.DoesNotContain(Assert.Single(new EphemeralPortsExhausted().Evaluate(new EvidenceSet(attempt))).Remedies, remedy => remedy.Setting is not null);
        Assert.Contains(
            Assert.Single(new EphemeralPortsExhausted().Evaluate(new EvidenceSet(attempt, Ports with { Source = null }))).Remedies,
            remedy => remedy.Setting is { Name: "net.ipv4.ip_local_port_range", Value: "10240 65535" });
    }

    [Fact]
    public void The_limit_of_the_machine_is_raised_from_what_it_is_and_where_it_can_be()
    {
        var attempt = new ConnectAttempt(There, 80, "target", ConnectOutcome.Failed, TimeSpan.Zero) { Errno = "ENFILE", FailedCall = "socket" };
        var machine = new ProcessDescriptors(7, "d", 1, 1024) { OpenOnMachine = 100_000, MachineLimit = 100_000 };
        var table = new NeighbourTable("ipv4", 0, 0, Second) { IsLimitSettable = false };

        Remedy remedy = Assert.Single(Assert.Single(new FileDescriptorsExhausted().Evaluate(new EvidenceSet(attempt, machine, table))).Remedies, remedy => remedy.Setting is not null);

        Assert.Equal(("fs.file-max", "200000"), (remedy.Setting!.Name, remedy.Setting.Value));
        Assert.NotNull(remedy.On);
    }

    [Fact]
    public void No_remedy_sets_what_is_set_already()
    {
        var ports = Ports with { RangeStart = 1024, RangeEnd = 65_535, InUse = 64_500, TimeWait = 64_000, TimeWaitReuse = 1 };

        Finding finding = Assert.Single(new EphemeralPortsExhausted().Evaluate(new EvidenceSet(Audit, ports)));

        Assert.DoesNotContain(finding.Remedies, remedy => remedy.Setting is not null);
        Assert.Contains(new EphemeralPortsExhausted().Evaluate(new EvidenceSet(Audit, ports with { TimeWaitReuse = 2 })).Single().Remedies, remedy => remedy.Setting?.Name is "net.ipv4.tcp_tw_reuse");
    }

    [Fact]
    public void Nothing_is_said_of_what_became_of_sockets_that_were_too_many_to_remember()
    {
        Finding leak = Assert.Single(new CloseWaitLeak().Evaluate(new EvidenceSet(Audit, Waiting with { Count = 102_500, Before = 100_000, Lasted = null })));
        Finding pile = Assert.Single(new FinWait2Pileup().Evaluate(new EvidenceSet(Audit, Closed with { Count = 100_000, Before = 100_000, Lasted = null })));

        Assert.DoesNotContain(leak.Reasons, reason => reason.Reading.Contains("closed meanwhile", StringComparison.Ordinal) || reason.Reading.Contains("none was closed", StringComparison.Ordinal));
        Assert.Contains(leak.Reasons, reason => reason.Reading.Contains("2500 more came", StringComparison.Ordinal));
        Assert.Contains(pile.Reasons, reason => reason.Reading.StartsWith("100000 connections", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(4, 0, 1, Severity.Info)] // Innocent: a short burst
    [InlineData(20, 0, 1, Severity.Warning)]
    [InlineData(400, 100, 1, Severity.Critical)]
    [InlineData(400, 1_000_000, 1, Severity.Warning)]
    [InlineData(400, 100, 300, Severity.Info)] // Innocent: the same, in five minutes
    public void Lost_datagrams_are_graded_by_rate_and_share(long lost, long received, int seconds, Severity expected)
    {
        DatagramSocket socket = Datagrams with { DropsGrowth = lost, Interval = Second * seconds };

        Finding finding = Assert.Single(new UdpReceiveOverflow().Evaluate(new EvidenceSet(Audit, socket, Counters(("Udp.RcvbufErrors", lost), ("Udp.InDatagrams", received)))));

        Assert.Equal(expected, finding.Severity);
        Assert.Contains("is full", finding.Summary, StringComparison.Ordinal);
        Assert.Contains("was full", Assert.Single(new UdpReceiveOverflow().Evaluate(new EvidenceSet(Audit, socket with { Queued = 0, QueuedBefore = 0 }))).Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_larger_range_leaves_out_the_port_of_every_service()
    {
        var survey = new SocketSurvey(7, 40, 1, 2) { HighPorts = [11_000, 41_050] };
        Finding known = Assert.Single(new EphemeralPortsExhausted().Evaluate(new EvidenceSet(Audit, Ports, survey)));
        Finding unknown = Assert.Single(new EphemeralPortsExhausted().Evaluate(new EvidenceSet(Audit, Ports, survey with { HighPorts = null })));

        Assert.Contains(known.Remedies, remedy => remedy.Setting is { Name: "net.ipv4.ip_local_reserved_ports", Value: "11000" });
        Assert.Contains(known.Remedies, remedy => remedy.Setting?.Name is "net.ipv4.ip_local_port_range");
        Assert.DoesNotContain(unknown.Remedies, remedy => remedy.Setting?.Name is "net.ipv4.ip_local_port_range");
    }

    [Fact]
    public void Limits_of_the_whole_machine_are_set_on_the_host()
    {
        var table = new NeighbourTable("ipv4", 4, 40, Second) { IsLimitSettable = false };
        var files = new ProcessDescriptors(7, "d", 10, 256) { Role = "audited", OpenOnMachine = 99, MachineLimit = 100 };
        KernelSettings most = Settings(("net.core.rmem_max", "106496"), ("net.core.rmem_default", "106496"));
        string?[] On(params Observation[] seen) =>
        [
            .. new IRule[] { new FileDescriptorsExhausted(), new UdpReceiveOverflow() }
                .SelectMany(rule => rule.Evaluate(new EvidenceSet([Audit, files, Datagrams, most, .. seen])))
                .SelectMany(finding => finding.Remedies)
                .Concat(new NetWhy.Diagnose.Audit.Checks.MachineFiles().Evaluate(new EvidenceSet([Audit, files, .. seen])).SelectMany(signal => signal.Remedies))
                .Where(remedy => remedy.Setting is not null)
                .Select(remedy => remedy.On),
        ];

        Assert.All(On(table with { IsLimitSettable = true }), Assert.Null); // Innocent
        Assert.Equal(3, On(table).Count(on => on is "the host (first network namespace), for the whole machine"));
    }

    private static KernelCounters Counters(params (string Name, long Growth)[] grown) =>
        new(grown.ToDictionary(counter => counter.Name, counter => counter.Growth), Second);

    private static SocketCensus Census(params (string State, int Count)[] counts) =>
        new("all", counts.ToDictionary(state => state.State, state => state.Count), true);

    private static KernelSettings Settings(params (string Name, string Value)[] values) =>
        new(values.ToDictionary(setting => setting.Name, setting => setting.Value));
}

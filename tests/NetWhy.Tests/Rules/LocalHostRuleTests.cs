using System.Net;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Rules;

/// <summary>The rules about this machine's own state: what convicts, what acquits, what is not enough.</summary>
public sealed class LocalHostRuleTests
{
    private static readonly IPAddress Server = IPAddress.Parse("10.10.2.2");
    private static readonly IPAddress Resolver = IPAddress.Parse("10.10.3.53");
    private static readonly IPAddress Own = IPAddress.Parse("10.10.1.2");

    private static readonly ConnectAttempt TimedOut =
        new(Server, 80, "target", ConnectOutcome.TimedOut, TimeSpan.FromSeconds(4)) { SourcePort = 40000, SynRetransmits = 3 };

    private static readonly ConnectAttempt Connected =
        new(Server, 80, "target", ConnectOutcome.Connected, TimeSpan.FromMilliseconds(1)) { SourcePort = 40000 };

    private static readonly ConnectAttempt Refused =
        new(Server, 80, "target", ConnectOutcome.Failed, TimeSpan.FromMilliseconds(0.2)) { SourcePort = 40000, Errno = "ECONNREFUSED" };

    private static readonly FirewallRuleMatch OutputDrop =
        new("inet fx", "x", "output", "tcp dport 80 counter drop", "drop", RuleMatch.Certain)
        {
            Handle = 4,
            Address = Server,
            Port = 80,
            Flow = "tcp to 10.10.2.2:80",
            Undo = "nft delete rule inet fx x handle 4",
        };

    private static readonly FirewallRuleMatch InputDrop = OutputDrop with { Hook = "input", Packet = "answer", Rule = "policy drop", Handle = null };
    private static readonly FirewallRuleMatch OutputReject = OutputDrop with { Verdict = "reject", Rule = "tcp dport 80 reject with tcp reset" };
    private static readonly FirewallRuleMatch ByChance = OutputDrop with { Match = RuleMatch.Possible, Rule = "numgen random mod 100 < 60 counter drop" };
    private static readonly FirewallSurvey Survey = new(["nft"], 3);
    private static readonly FlowSighting NothingLeft = new(Server, 80, 40000);
    private static readonly FlowSighting SynsLeft = NothingLeft with { SynsOut = 4 };
    private static readonly FlowSighting SynAckCame = SynsLeft with { SynAcksIn = 4 };

    public static TheoryData<string, Observation[], double, double> Drops => new()
    {
        { "a matching rule and silence", [OutputDrop, TimedOut], 0.9, 1 },
        { "and its counter grew", [OutputDrop with { PacketsBefore = 1, PacketsAfter = 5 }, TimedOut], 0.99, 1 },
        { "and nothing left the interface", [OutputDrop, TimedOut, NothingLeft], 0.99, 1 },
        { "but the SYNs left", [OutputDrop, TimedOut, SynsLeft], 0, 0.1 },
        { "but its counter stood still", [OutputDrop with { PacketsBefore = 5, PacketsAfter = 5 }, TimedOut], 0, 0.1 },
        { "the answers arrive and the socket does not see them", [InputDrop, TimedOut, SynAckCame], 0.99, 1 },
        { "an input policy, but no answer came to be dropped", [InputDrop, TimedOut, SynsLeft], 0, 0.75 },
        { "chance alone is not enough", [ByChance, TimedOut], 0, 0.49 },
        { "chance with a counter that grew, and late SYNs", [ByChance with { PacketsBefore = 0, PacketsAfter = 3 }, Connected with { SynRetransmits = 2 }], 0.6, 0.95 },
        { "no rule seen, and the kernel could not send", [TimedOut, NothingLeft, Counters(3)], 0.6, 0.97 },
        { "no rule among those read, connecting not permitted", [Survey, Refused with { Errno = "EPERM" }], 0.6, 0.95 },
    };

    [Fact]
    public void A_service_of_this_machine_needs_its_loopback_interface()
    {
        InvestigationStarted asked = new("0", ":80", TargetKind.LocalPort, "http", null, 80);
        LinkState loopback = new("lo", false, false, 65536) { IsLoopback = true };
        ConnectAttempt failed = new(IPAddress.Loopback, 80, "target", ConnectOutcome.Failed, TimeSpan.Zero) { Errno = "ENETUNREACH", FailedCall = "connect" };

        Finding finding = Assert.Single(new LinkDown().Evaluate(new EvidenceSet(asked, loopback, failed)));

        Assert.True(finding.Confidence > 0.9);
        Assert.Contains("lo", finding.Summary, StringComparison.Ordinal);
        Assert.Empty(new LinkDown().Evaluate(new EvidenceSet(asked, loopback with { IsUp = true }, failed)));
    }

    [Fact]
    public void The_size_of_the_table_is_the_hosts_to_change() =>
        Assert.NotNull(Assert.Single(new ConntrackFull().Evaluate(new EvidenceSet(new ConntrackState(20, 20), TimedOut, NothingLeft))).Remedies[0].On);

    [Theory]
    [MemberData(nameof(Drops))]
    public void A_drop_is_as_sure_as_the_evidence_allows(string name, Observation[] seen, double atLeast, double atMost)
    {
        Finding finding = Assert.Single(new LocalFirewallDrop().Evaluate(new EvidenceSet(seen)));

        Assert.Equal("local-firewall-drop", finding.Cause);
        Assert.Equal(Where.Local, finding.Where);
        Assert.True(atLeast <= finding.Confidence && finding.Confidence <= atMost, $"{name}: {finding.Confidence}");
    }

    public static TheoryData<string, Observation[]> Innocent => new()
    {
        { "a rule for other traffic", [Survey, TimedOut, SynsLeft] },
        { "counters of the host", [Survey, Counters(9), TimedOut, SynsLeft] },
        { "a rule that matches and a target that works", [Survey, OutputDrop, Connected] },
        { "chance, and a target that works at once", [Survey, ByChance with { PacketsBefore = 0, PacketsAfter = 3 }, Connected] },
        { "a resolver that answers", [Survey, OfResolver(OutputDrop), Answered()] },
        { "echo filtered where a port is asked", [new InvestigationStarted("1", "x", TargetKind.HostPort, null, "x", 80), OutputDrop with { Packet = "echo" }, new EchoSeries(Server, "target", 84, 3, 0), Connected] },
        { "a rule against clients elsewhere, with nothing that listens for them", [OutputDrop with { Purpose = "service", Packet = "client-opening", Address = null }] },
        { "585 sockets in TIME-WAIT", [new SocketCensus("all", new Dictionary<string, int> { ["time-wait"] = 585 }, true), Connected] },
        { "connection tracking at 60 %", [new ConntrackState(60, 100), TimedOut] },
        { "a full table that stopped nothing", [new ConntrackState(100, 100), Connected] },
        { "a listener at its limit that serves", [new ProcessDescriptors(7, "d", 100, 100) { Role = "listener" }, Connected] },
        { "a listener near its limit, and another service that hangs", [new ProcessDescriptors(7, "d", 60, 100) { Role = "listener" }, new Silence(Server, 80, ExchangeStage.Connected, TimeSpan.FromSeconds(3))] },
        { "a listener with a short queue", [new Listener(80, Server, 1, 128), Connected] },
        { "a remote port that is closed", [Refused] },
        { "IPv6 without an address", [Refused with { Address = IPAddress.Parse("2001:db8::1"), Errno = "ENETUNREACH" }] },
    };

    [Fact]
    public void A_rule_that_stops_this_machine_and_clients_of_its_service_is_one_finding()
    {
        InvestigationStarted asked = new("0", ":80", TargetKind.LocalPort, null, null, 80);
        FirewallRuleMatch own = OutputDrop with { Hook = "input", Address = IPAddress.Loopback, PacketsBefore = 0, PacketsAfter = 4 };
        FirewallRuleMatch clients = own with { Purpose = "service", Packet = "client-opening", Address = null, Flow = "tcp to port 80 by eth0 " };
        Observation[] seen =
        [
            asked,
            own,
            clients,
            new Listener(80, IPAddress.Any, 0, 5) { Pid = 7, Process = "web" },
            new InterfaceAddresses([new InterfaceAddress("eth0", Own, 24)]),
        ];
        ConnectAttempt silent = TimedOut with { Address = IPAddress.Loopback };

        Finding one = Assert.Single(new LocalFirewallDrop().Evaluate(new EvidenceSet([.. seen, silent])));
        Finding[] two = [.. new LocalFirewallDrop().Evaluate(new EvidenceSet([.. seen.Where(observation => observation != clients), clients with { Handle = 9 }, silent]))];
        Finding elsewhere = Assert.Single(new LocalFirewallDrop().Evaluate(new EvidenceSet([.. seen, silent with { Outcome = ConnectOutcome.Connected }])));

        Assert.Equal(Severity.Critical, one.Severity);
        Assert.Contains("lients elsewhere meet it too", one.Summary, StringComparison.Ordinal);
        Assert.Contains(one.Reasons, reason => reason.Observation == clients);
        Assert.Equal(2, two.Length);
        Assert.StartsWith("Clients elsewhere cannot reach port 80", elsewhere.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rule_that_stops_what_comes_after_the_handshake_is_found_too()
    {
        FirewallRuleMatch rule = ByChance with { Hook = "input", Packet = "answer", Rule = "meta length > 100 counter drop", PacketsBefore = 0, PacketsAfter = 9 };
        var silence = new Silence(Server, 80, ExchangeStage.Connected, TimeSpan.FromSeconds(3));
        FlowSighting arrived = SynAckCame with { DataIn = 3 };
        var stalled = new TcpInfoSample(Server, 80, "stalled", TimeSpan.Zero, TimeSpan.Zero);

        double alone = Assert.Single(new LocalFirewallDrop().Evaluate(new EvidenceSet(rule, Connected, silence))).Confidence;
        double seen = Assert.Single(new LocalFirewallDrop().Evaluate(new EvidenceSet(rule, Connected, silence, arrived, stalled))).Confidence;

        Assert.InRange(alone, 0.6, 0.9);
        Assert.InRange(seen, 0.99, 1);
        Assert.Empty(new LocalFirewallDrop().Evaluate(new EvidenceSet(rule, Connected)));
    }

    [Theory]
    [MemberData(nameof(Innocent))]
    public void Nothing_is_found_where_nothing_is_wrong_here(string name, Observation[] seen)
    {
        IRule[] rules = [new LocalFirewallDrop(), new LocalFirewallReject(), new ConntrackFull(), new EphemeralPortsExhausted(), new FileDescriptorsExhausted(), new ServiceBoundElsewhere(), new AcceptQueueFull()];

        Assert.True(!rules.SelectMany(rule => rule.Evaluate(new EvidenceSet(seen))).Any(), name);
    }

    [Fact]
    public void A_dropped_resolver_is_named_and_explains_the_dns_failure()
    {
        var query = new DnsExchange(Resolver, 53, DnsTransport.Udp, "x.test.", "A", DnsOutcome.Failed, TimeSpan.Zero, 1) { Errno = "EPERM" };

        Finding finding = Assert.Single(new LocalFirewallDrop().Evaluate(new EvidenceSet(OfResolver(OutputDrop), query)));

        Assert.True(finding.Confidence > 0.95);
        Assert.Equal(Resolver, finding.Subject);
        Assert.Contains("dns-resolver-unreachable", new LocalFirewallDrop().Info.Explains);
        Assert.Contains("handle 4", finding.Summary, StringComparison.Ordinal);
        Assert.Equal("nft delete rule inet fx x handle 4", finding.Remedies[0].Command);
    }

    [Fact]
    public void A_rule_against_dns_by_tcp_counts_where_the_name_is_asked_so()
    {
        FirewallRuleMatch rule = OfResolver(OutputDrop) with { Flow = "tcp to 10.10.3.53:53" };
        var query = new DnsExchange(Resolver, 53, DnsTransport.Tcp, "x.test.", "A", DnsOutcome.TimedOut, TimeSpan.FromSeconds(5), 1);
        DnsExchange greeting = Answered() with { Purpose = "greeting" };

        Assert.True(Assert.Single(new LocalFirewallDrop().Evaluate(new EvidenceSet(rule, query, greeting))).Confidence > 0.9);
        Assert.Empty(new LocalFirewallDrop().Evaluate(new EvidenceSet(rule, query with { Purpose = "trial" }, greeting)));
    }

    public static TheoryData<string, Observation[], double, double> Rejects => new()
    {
        { "a RST at once, nothing left", [OutputReject, Refused, NothingLeft], 0.95, 1 },
        { "but the SYN left: the RST is another's", [OutputReject, Refused, SynsLeft], 0, 0.1 },
        { "an ICMP error from an own address", [OutputReject, Refused with { Icmp = new IcmpError(3, 3, Own, true) }], 0.95, 1 },
        { "that, and no rule seen", [Refused with { Errno = "EHOSTUNREACH", Icmp = new IcmpError(3, 13, Own, true) }], 0.85, 0.99 },
    };

    [Theory]
    [MemberData(nameof(Rejects))]
    public void A_reject_is_as_sure_as_the_evidence_allows(string name, Observation[] seen, double atLeast, double atMost)
    {
        Finding finding = Assert.Single(new LocalFirewallReject().Evaluate(new EvidenceSet(seen)));

        Assert.True(atLeast <= finding.Confidence && finding.Confidence <= atMost, $"{name}: {finding.Confidence}");
    }

    [Fact]
    public void A_neighbour_that_does_not_answer_is_no_reject()
    {
        // The kernel's own "host unreachable" comes after three seconds of asking.
        var attempt = Refused with { Errno = "EHOSTUNREACH", Icmp = new IcmpError(3, 1, Own, true), Elapsed = TimeSpan.FromSeconds(3.07) };

        Assert.Empty(new LocalFirewallReject().Evaluate(new EvidenceSet(attempt)));
    }

    [Fact]
    public void A_full_conntrack_table_that_drops_new_flows_is_found()
    {
        var after = new ConntrackState(20, 20) { Growth = new Dictionary<string, long> { ["drop"] = 4 } };

        Finding finding = Assert.Single(new ConntrackFull().Evaluate(new EvidenceSet(new ConntrackState(20, 20), TimedOut, NothingLeft, after)));

        Assert.True(finding.Confidence > 0.99);
        Assert.Contains("20 of 20", finding.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Used_up_local_ports_are_told_with_who_holds_them()
    {
        var ports = new EphemeralPorts(Server, 80, 40000, 40009, InUse: 10, TimeWait: 8) { TimeWaitReuse = 2, TopProcess = "pump", TopPid = 7 };
        ConnectAttempt attempt = Refused with { Errno = "EADDRNOTAVAIL", FailedCall = "connect" };

        Finding finding = Assert.Single(new EphemeralPortsExhausted().Evaluate(new EvidenceSet(attempt, ports)));

        Assert.True(finding.Confidence > 0.98);
        Assert.Contains("8 of them in TIME-WAIT", finding.Summary, StringComparison.Ordinal);
        Assert.Contains(finding.Remedies, remedy => remedy.Command == "sysctl -w net.ipv4.tcp_tw_reuse=1");
    }

    [Fact]
    public void An_IPv6_address_that_is_missing_is_not_taken_for_missing_ports()
    {
        IPAddress address = IPAddress.Parse("2001:db8::1");
        ConnectAttempt attempt = Refused with { Address = address, Errno = "EADDRNOTAVAIL" };

        Finding finding = Assert.Single(new EphemeralPortsExhausted().Evaluate(
            new EvidenceSet(attempt, new EphemeralPorts(address, 80, 32768, 60999, InUse: 0, TimeWait: 0))));

        Assert.True(finding.Confidence < 0.1);
    }

    [Theory]
    [InlineData("127.0.0.1", false, "10.10.1.2", true)]
    [InlineData("0.0.0.0", false, "::1", true)]
    [InlineData("::", true, "127.0.0.1", true)]
    [InlineData("::", false, "127.0.0.1", false)]
    [InlineData("0.0.0.0", false, "10.10.1.2", false)]
    public void A_listener_elsewhere_explains_a_refusal_unless_it_covers_the_address(string bound, bool isIPv6Only, string asked, bool expected)
    {
        var listener = new Listener(80, IPAddress.Parse(bound), 0, 128) { IsIPv6Only = isIPv6Only, Pid = 7, Process = "web" };
        ConnectAttempt attempt = Refused with { Address = IPAddress.Parse(asked) };

        Finding[] findings = [.. new ServiceBoundElsewhere().Evaluate(new EvidenceSet(attempt, listener))];

        Assert.Equal(expected, findings is [{ Confidence: > 0.9 }]);
    }

    [Fact]
    public void A_service_of_this_machine_that_hangs_is_named_with_its_process()
    {
        var silent = new HttpExchange("http://10.10.2.2/", Server, 80, "target", HttpOutcome.NoAnswer, TimeSpan.FromSeconds(9)) { AllAcknowledged = true };
        var listener = new Listener(80, IPAddress.Any, 0, 128) { Pid = 7, Process = "web" };
        var stopped = new ProcessDescriptors(7, "web", 9, 1024) { Role = "listener", State = "T" };

        Finding finding = Assert.Single(new ServiceHung().Evaluate(new EvidenceSet(silent, listener, stopped)));
        Finding remote = Assert.Single(new ServiceHung().Evaluate(new EvidenceSet(silent)));

        Assert.Equal((Where.Local, Where.Remote), (finding.Where, remote.Where));
        Assert.Contains("web (pid 7)", finding.Summary, StringComparison.Ordinal);
        Assert.Equal("kill -CONT 7", finding.Remedies[0].Command);
    }

    public static TheoryData<string, Observation[], double, double> Unread => new()
    {
        { "the same octets a second later", [Census(0, null), Census(2, 1)], 0.85, 0.95 },
        { "and the process is stopped", [Census(0, null), Census(2, 1), OfProcess("T")], 0.99, 1 },
        { "a stopped process without clients", [OfProcess("T")], 0.98, 1 },
        { "data that was read meanwhile", [Census(0, null), Census(0, 1), OfProcess("S")], 0, 0 },
        { "a process at work", [OfProcess("S")], 0, 0 },
    };

    [Theory]
    [MemberData(nameof(Unread))]
    public void A_process_that_does_not_read_hangs(string name, Observation[] seen, double atLeast, double atMost)
    {
        var asked = new InvestigationStarted("1", "pid:7", TargetKind.Process, null, null, null) { Pid = 7 };

        double confidence = new ServiceHung().Evaluate(new EvidenceSet([asked, .. seen])).SingleOrDefault()?.Confidence ?? 0;

        Assert.True(atLeast <= confidence && confidence <= atMost, $"{name}: {confidence}");
    }

    private static SocketCensus Census(int stillUnread, double? after) => new("pid:7", new Dictionary<string, int> { ["established"] = 3 }, true)
    {
        WithUnreadData = 2,
        MostUnread = 74,
        StillUnread = stillUnread,
        After = after is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
    };

    private static ProcessDescriptors OfProcess(string state) => new(7, "web", 9, 1024) { State = state };

    [Fact]
    public void A_limit_of_open_files_that_netwhy_had_to_raise_is_told()
    {
        var inherited = new ProcessDescriptors(9, "netwhy", 0, 8) { Role = "inherited" };

        Finding few = Assert.Single(new FileDescriptorsExhausted().Evaluate(new EvidenceSet(inherited, Connected)));
        Finding more = Assert.Single(new FileDescriptorsExhausted().Evaluate(new EvidenceSet(inherited with { Limit = 50 }, Connected)));

        Assert.Equal((Severity.Critical, Severity.Warning), (few.Severity, more.Severity));
        Assert.Contains("is 8", few.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_accept_queue_and_a_descriptor_limit_are_found_at_the_listener()
    {
        var listener = new Listener(80, IPAddress.Any, 129, 128) { Pid = 7, Process = "web" };
        var descriptors = new ProcessDescriptors(7, "web", 1024, 1024) { Role = "listener" };
        var evidence = new EvidenceSet(TimedOut, listener, descriptors);

        Assert.True(Assert.Single(new AcceptQueueFull().Evaluate(evidence)).Confidence > 0.98);
        Assert.True(Assert.Single(new FileDescriptorsExhausted().Evaluate(evidence)).Confidence > 0.98);
        Assert.Contains("accept-queue-full", new FileDescriptorsExhausted().Info.Explains);
    }

    [Fact]
    public void A_client_without_descriptors_sends_nothing()
    {
        Finding finding = Assert.Single(new FileDescriptorsExhausted().Evaluate(new EvidenceSet(Refused with { Errno = "EMFILE", FailedCall = "socket" })));

        Assert.True(finding.Confidence > 0.98);
    }

    private static FirewallRuleMatch OfResolver(FirewallRuleMatch match) =>
        match with { Purpose = "resolver", Address = Resolver, Port = 53, Flow = "udp to 10.10.3.53:53" };

    private static DnsExchange Answered() =>
        new(Resolver, 53, DnsTransport.Udp, "x.test.", "A", DnsOutcome.Answered, TimeSpan.FromMilliseconds(1), 1);

    private static KernelCounters Counters(long failures) =>
        new(new Dictionary<string, long> { ["TcpExt.TCPRetransFail"] = failures, ["TcpExt.ListenOverflows"] = 9 }, TimeSpan.FromSeconds(5));
}

using System.Net;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;
using Xunit;
using static NetWhy.Tests.Rules.PathEvidence;

namespace NetWhy.Tests.Rules;

/// <summary>What looks like a fault and is another one, or none: a wrong verdict is worse than none.</summary>
public sealed class LookAlikeTests
{
    private static readonly IPAddress Own = IPAddress.Parse("10.10.1.2");
    private static readonly IcmpError OwnUnreachable = new(3, 1, Own, IsOwnAddress: true);
    private static readonly FirewallSurvey Survey = new(["nft"], 3);

    [Theory]
    [InlineData("incomplete", null)]
    [InlineData("failed", null)]
    [InlineData("reachable", 0.8)]
    public void A_quick_host_unreachable_of_our_own_is_a_rules_only_where_the_neighbour_answers(string state, double? atLeast)
    {
        // Other traffic had asked for the neighbour for three seconds already: our SYN got the error at once.
        Finding[] findings = Judge<LocalFirewallReject>(
            Route(), Survey, Next(state), Refused(OwnUnreachable, "EHOSTUNREACH", 0.2));

        Assert.Equal(atLeast is not null, findings is [{ } finding] && finding.Confidence >= atLeast);
        Nothing<LocalFirewallReject>(Route(), Refused(OwnUnreachable, "EHOSTUNREACH", 0.2)); // nobody looked
        Likely<LocalFirewallReject>(Route(), Next(state), Refused(OwnUnreachable with { Code = 13 }, "EHOSTUNREACH", 0.2));
    }

    [Theory]
    [InlineData("10.10.1.2", 3, 1, true)]
    [InlineData("fd10:1::2", 1, 3, true)]
    [InlineData("fd10:1::2", 1, 4, false)]
    public void A_resolver_whose_neighbour_was_asked_for_already_is_unresolved_at_once(string own, int type, int code, bool expected)
    {
        bool isV6 = own.Contains(':', StringComparison.Ordinal);
        IPAddress server = IPAddress.Parse(isV6 ? "fd10:1::53" : "10.10.1.53");
        var refusal = new DnsExchange(server, 53, DnsTransport.Udp, "x.test.", "A", DnsOutcome.Failed, TimeSpan.FromSeconds(0.1), 1)
        {
            Errno = "EHOSTUNREACH",
            Icmp = new IcmpError(type, code, IPAddress.Parse(own), IsOwnAddress: true),
        };
        var lookup = new RouteLookup(server, "resolver", null) { RouteType = "unicast", Interface = "eth0" };
        var asked = new NeighbourState(server, "eth0", "incomplete", IsGateway: false);

        ServerView view = Assert.Single(DnsView.Of(new EvidenceSet(refusal, lookup, asked)).Servers);

        Assert.Equal((expected, false), (view.IsUnresolved, view.CannotBeSentTo));
    }

    [Fact]
    public void A_failure_to_send_that_the_whole_machine_counts_convicts_nobody()
    {
        var counters = new KernelCounters(new Dictionary<string, long> { ["TcpExt.TCPRetransFail"] = 9 }, TimeSpan.FromSeconds(4));

        Nothing<LocalFirewallDrop>(Route(), counters, Silent());
        Nothing<LocalFirewallDrop>(Route(), counters, Silent(), Flow(synsOut: 0), Next("failed"));
        Likely<LocalFirewallDrop>(Route(), Survey, counters, Silent(), Flow(synsOut: 0), Next("reachable"));
    }

    [Fact]
    public void A_rule_about_ARP_is_judged_by_the_targets_own_next_hop()
    {
        var rule = new FirewallRuleMatch("arp fx", "x", "output", "drop", "drop", RuleMatch.Certain)
        {
            Packet = "neighbour-request",
            Address = Server,
            Port = Port,
            Flow = $"tcp to {Server}:{Port}",
        };
        NeighbourState elsewhere = Next("failed") with { Address = Second };

        Nothing<LocalFirewallDrop>(Route(), rule, Refused(), Next("reachable"), elsewhere);
        Assert.Equal(Server, Likely<LocalFirewallDrop>(Route(), rule, Silent(), Next("failed")).Subject);
    }

    [Fact]
    public void A_rule_of_a_tunnel_does_not_kill_the_peer_behind_it()
    {
        var rules = new PolicyRules([new(5270, "from all lookup 52", 52)]);
        var table = new RouteTable([new("10.10.2.2/32", "unicast", 52) { Interface = "tailscale0" }]);
        RouteLookup lookup = new(Server, "target", null) { RouteType = "unicast", Interface = "tailscale0", Table = 52, Source = Own };

        Nothing<PolicyRouting>(lookup, rules, table, Silent());
    }

    [Fact]
    public void A_router_that_sends_from_its_loopback_is_not_at_fault_for_a_dead_target()
    {
        var addresses = new InterfaceAddresses([new("lo", Own, 32), new("eth0", IPAddress.Parse("10.0.0.1"), 31)]);

        Assert.All(
            Judge<SourceAddressWrong>(Route() with { Source = Own }, addresses, Silent()),
            finding => Assert.True(finding.Confidence < 0.5, $"{finding.Confidence}"));
    }

    [Fact]
    public void A_zone_that_is_seen_otherwise_from_inside_is_not_wrong()
    {
        IPAddress inside = IPAddress.Parse("10.0.0.5");
        IPAddress outside = IPAddress.Parse("198.51.100.7");
        Observation[] seen =
        [
            DnsEvidence.Configured(DnsEvidence.First),
            DnsEvidence.Answer(DnsEvidence.First, "NOERROR", inside),
            DnsEvidence.Resolved(DnsEvidence.First, 0.001, inside),
            new AuthorityAnswer("lab.test.", DnsEvidence.Second, DnsEvidence.Name + ".", [outside], "NOERROR"),
            DnsEvidence.Fails(inside),
        ];

        Assert.True(DnsEvidence.Judge<DnsWrongAddress>(seen) is { Confidence: < Diagnosis.LeastConfidence });

        // Where the service is shows which of the two is right.
        ConnectAttempt there = DnsEvidence.Connects(outside) with { Purpose = "trial" };
        DnsEvidence.Likely<DnsWrongAddress>([.. seen, there]);
        Finding? neither = DnsEvidence.Judge<DnsWrongAddress>(
        [
            .. seen.Where(observation => observation is not AuthorityAnswer),
            new AuthorityAnswer("lab.test.", DnsEvidence.Second, DnsEvidence.Name + ".", [DnsEvidence.Other], "NOERROR"),
            DnsEvidence.Fails(DnsEvidence.Other) with { Purpose = "trial" },
        ]);
        Assert.True(neither is { Confidence: < 0.9 }, $"{neither?.Confidence}");
    }

    [Fact]
    public void Loss_that_swallows_every_SYN_is_no_filtered_port()
    {
        Observation[] lossy = [Route(), Silent(), Flow(synsOut: 4), Echo(11)];

        Nothing<PortFiltered>([.. lossy, Silent(80, "control"), Silent(22, "control")]);
        Assert.Equal(Severity.Critical, Judge<PacketLoss>(lossy)[0].Severity);
        Assert.DoesNotContain("packet-loss", Judge<PortFiltered>(lossy)[0].AlsoExplains.Concat(new PortFiltered().Info.Explains));
        Likely<PortFiltered>(Route(), Silent(), Flow(synsOut: 4), Echo(30), Silent(80, "control"), Silent(22, "control"));
    }

    [Fact]
    public void A_nearly_full_table_that_let_the_target_through_is_not_the_cause()
    {
        var table = new ConntrackState(99, 100);
        var full = new ConntrackState(100, 100);

        Assert.Empty(Judge<ConntrackFull>(full, Silent(80, "control")));
        Nothing<ConntrackFull>(table, Silent());
        Nothing<ConntrackFull>(full, Silent() with { Address = Second }, Connected());
        Nothing<ConntrackFull>(full, Silent(), Flow(synsOut: 4));
        Likely<ConntrackFull>(full, Silent(), Flow(synsOut: 0));
    }

    [Fact]
    public void An_own_address_without_a_link_whose_service_is_down_is_just_that()
    {
        // Node-local DNS, anycast: the address is meant to be on lo or a dummy interface.
        var lookup = new RouteLookup(Server, "target", null) { RouteType = "local", Interface = "lo", Source = Server };
        Observation[] own =
        [
            lookup, Refused(seconds: 0.00005), new LinkState("dummy0", true, true, 1500) { LinkKind = "dummy" },
            new InterfaceAddresses([new("dummy0", Server, 32)]),
        ];
        RouteTable usual = new([new("0.0.0.0/0", "unicast", 254) { Gateway = Router, Interface = "eth0" }]);
        RouteTable elsewhere = new([.. usual.Routes, new("10.10.2.0/24", "unicast", 254) { Gateway = Router, Interface = "eth0" }]);
        NextHopTrial asked = new(Server, Router, "eth0", "02:00:00:00:00:01", Own, false, TimeSpan.FromSeconds(0.5));

        Nothing<TargetIsLocal>([.. own, usual]);
        Nothing<TargetIsLocal>([.. own, elsewhere, asked]);
        Assert.InRange(Assert.Single(Judge<TargetIsLocal>([.. own, elsewhere])).Confidence, 0.5, 0.85);
        Likely<TargetIsLocal>([.. own, usual, asked with { Answered = true }]);
    }

    [Fact]
    public void One_silent_port_is_no_dead_host_where_nothing_else_was_seen()
    {
        var gap = new NotObserved($"whether {Server} answers echo", "needs CAP_NET_RAW");

        foreach (Observation[] seen in (Observation[][])[[Route(), Silent(), gap], [Route(), Silent()]])
        {
            Finding finding = Assert.Single(Judge<HostUnreachable>(seen));
            Assert.InRange(finding.Confidence, Diagnosis.LeastConfidence, 0.51);
            Assert.DoesNotContain("no echo", finding.Summary, StringComparison.Ordinal);
            Assert.Contains("filter", finding.Summary, StringComparison.Ordinal);
        }

        Assert.Contains("no echo", Likely<HostUnreachable>(Route(), Silent(), Echo(0)).Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_counter_and_a_setting_are_no_reverse_path_filter_at_work()
    {
        var strict = new KernelSettings(new Dictionary<string, string> { ["net.ipv4.conf.all.rp_filter"] = "1" });
        var counters = new KernelCounters(new Dictionary<string, long> { ["TcpExt.IPReversePathFilter"] = 4 }, TimeSpan.FromSeconds(4));

        Assert.Empty(Judge<ReversePathFilter>(Route(), strict, counters, Silent()));
    }

    [Fact]
    public void Large_echo_that_a_firewall_discards_is_a_note()
    {
        SizeTrial[] screened = [new(576, 3, 3), new(1500, 3, 0), new(1006, 2, 2), new(1028, 2, 2), new(1029, 2, 0)];

        Assert.Equal(Severity.Info, Likely<PathMtuBlackHole>(Route(), Connected(), Link(), Sizes(null, screened)).Severity);
        Assert.Equal(Severity.Info, Likely<MtuMismatch>(Route(), Connected(), Link(), Sizes(Router, screened)).Severity);
        Assert.Equal(
            Severity.Critical,
            Likely<MtuMismatch>(Route(), Connected(), Link(), Sizes(Router, screened), Trial(0, ExchangeStage.Connected)).Severity);
    }

    [Fact]
    public void Full_segments_that_pass_both_ways_acquit_the_path()
    {
        SizeTrial[] lost = [new(576, 3, 3), new(1500, 3, 0), new(1400, 2, 2), new(1401, 2, 0)];
        TcpInfoSample full = Account(receiveMss: 1448, received: 100_000) with { OctetsAcknowledged = 14_401 };

        Nothing<PathMtuBlackHole>(Route(), Connected(), Sizes(null, lost), full);
        Nothing<MtuMismatch>(Route(), Connected(), Link(), Sizes(Router, lost), full);
        Assert.Contains(
            "from here to", Judge<PathMtuBlackHole>(Route(), Connected(), Sizes(null, lost), Account(receiveMss: 1448, received: 100_000))[0].Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Lost_echo_is_a_note_where_TCP_lost_nothing()
    {
        Finding[] limited = Judge<PacketLoss>(Route(), Connected(), Echo(28), Echo(138, 150), Series(0));
        Assert.All(limited, finding => Assert.Equal(Severity.Info, finding.Severity));
        Assert.Equal(Severity.Warning, Judge<PacketLoss>(Started(port: null), Route(), Echo(28), Echo(138, 150))[0].Severity);
    }

    [Theory]
    [InlineData("text/event-stream; charset=utf-8")]
    [InlineData("Multipart/x-mixed-replace;boundary=frame")]
    public void A_stream_of_events_that_is_idle_is_a_note(string type)
    {
        HttpExchange stream = new("http://10.10.2.2:443/", Server, Port, "target", HttpOutcome.Stalled, TimeSpan.FromSeconds(5))
        {
            Status = 200,
            Headers = new Dictionary<string, string> { ["content-type"] = type },
            BodyLength = 20,
        };

        Assert.Equal(Severity.Info, Assert.Single(Judge<HttpBody>(stream)).Severity);
        Assert.Equal(Severity.Critical, Assert.Single(Judge<HttpBody>(stream with { Headers = new Dictionary<string, string>() })).Severity);
        Assert.Empty(Judge<HttpSlow>(stream with
        {
            Outcome = HttpOutcome.Complete,
            TransferTime = TimeSpan.FromSeconds(2.5),
            LongestGap = TimeSpan.FromSeconds(1),
        }));
    }

    // Reading ends 4 s after the head: 8 events came, each half a second after the one before.
    [Theory]
    [InlineData(8, 3.5, 0.5, 200, "and it flows: something came every 500 ms on the average")]
    [InlineData(1, 3.99, 0.01, 200, "and it flows: something came all the time")]
    [InlineData(2, 1, 1, 20, "and nothing came for 3 s: that is its nature")]
    [InlineData(1, 0, 0, 0, "either nothing happened, or a proxy on the way keeps it back")]
    public void A_stream_of_events_says_how_often_something_comes(int arrivals, double transfer, double gap, long octets, string words)
    {
        HttpExchange stream = new("http://10.10.2.2:443/", Server, Port, "target", HttpOutcome.Complete, TimeSpan.FromSeconds(4))
        {
            Status = 200,
            Headers = new Dictionary<string, string> { ["content-type"] = "text/event-stream" },
            StoppedByUs = true,
            TimeToFirstByte = TimeSpan.Zero,
            TransferTime = TimeSpan.FromSeconds(transfer),
            LongestGap = TimeSpan.FromSeconds(gap),
            Arrivals = arrivals,
            BodyLength = octets,
        };

        Finding finding = Assert.Single(Judge<HttpBody>(stream));

        Assert.Equal(Severity.Info, finding.Severity);
        Assert.Contains(words, finding.Summary, StringComparison.Ordinal);
        Assert.Empty(Judge<HttpBody>(stream with { Headers = new Dictionary<string, string>() }));
    }

    [Fact]
    public void A_resolver_that_is_far_away_is_not_slow()
    {
        DnsExchange late = DnsEvidence.Answer(DnsEvidence.First, "NOERROR", DnsEvidence.Web, milliseconds: 605);
        EchoSeries far = DnsEvidence.Echo(DnsEvidence.First, 3) with { MinRoundTrip = TimeSpan.FromMilliseconds(600) };
        Observation[] seen =
            [DnsEvidence.Configured(DnsEvidence.First), late, late with { Purpose = "repeat" }, DnsEvidence.Resolved(DnsEvidence.First, 0.6, DnsEvidence.Web)];

        DnsEvidence.Silent<DnsSlow>([.. seen, far]);
        DnsEvidence.Likely<DnsSlow>([.. seen, DnsEvidence.Echo(DnsEvidence.First, 3)]);
    }

    [Theory]
    [InlineData(260, false, null, Severity.Info)]
    [InlineData(260, true, "wireguard", Severity.Info)]
    [InlineData(260, true, null, Severity.Warning)]
    [InlineData(600, false, null, Severity.Warning)]
    public void A_private_address_is_near_only_on_a_link_without_a_tunnel(double milliseconds, bool isOnLink, string? kind, Severity severity)
    {
        Finding finding = Assert.Single(Judge<HighLatency>(
            Route(isOnLink: isOnLink), Link() with { LinkKind = kind, HardwareAddress = "02:00:00:00:00:01" }, Connected(), Echo(30, milliseconds: milliseconds)));

        Assert.Equal(severity, finding.Severity);
        Assert.True(finding.Confidence < 0.9 || isOnLink);
    }

    [Fact]
    public void A_process_near_its_limit_that_serves_is_a_warning()
    {
        var process = new ProcessDescriptors(7, "web", 1014, 1024) { Role = "target" };
        var listener = new Listener(8080, IPAddress.Any, 0, 128) { Pid = 7 };

        Assert.Equal(Severity.Warning, Assert.Single(Judge<FileDescriptorsExhausted>(process, listener)).Severity);
        Assert.Equal(Severity.Warning, Assert.Single(Judge<FileDescriptorsExhausted>(process, listener, Silent())).Severity);
        Assert.Equal(Severity.Critical, Assert.Single(Judge<FileDescriptorsExhausted>(process, listener with { Queue = 3 })).Severity);
        Assert.Empty(Judge<FileDescriptorsExhausted>(process with { Role = "listener" }, listener, Silent()));
    }

    [Theory]
    [InlineData(3, 0.005, Severity.Info)]
    [InlineData(3, 0.8, Severity.Warning)]
    [InlineData(4, 0.005, Severity.Warning)]
    public void A_search_list_that_nobody_feels_is_a_note(int inVain, double seconds, Severity severity)
    {
        NameResolution resolution = DnsEvidence.Resolved(DnsEvidence.First, seconds, DnsEvidence.Web) with
        {
            Tried = [.. Enumerable.Range(0, inVain).Select(i => $"{DnsEvidence.Name}.s{i}.test."), DnsEvidence.Name + "."],
            Queries = 2 * inVain + 2,
        };
        ResolverConfiguration searching = DnsEvidence.Configured(DnsEvidence.First) with { Search = ["s0.test"], Dots = 5 };

        Assert.Equal(severity, DnsEvidence.Likely<DnsSearchStorm>(searching, resolution).Severity);
    }

    private static NeighbourState Next(string state) => new(Router, "eth0", state, IsGateway: true) { IsAfterTraffic = true };
}

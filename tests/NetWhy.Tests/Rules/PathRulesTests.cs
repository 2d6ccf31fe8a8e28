using System.Net;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Paths;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;
using Xunit;
using static NetWhy.Tests.Rules.PathEvidence;

namespace NetWhy.Tests.Rules;

public sealed class PathRulesTests
{
    private static readonly IcmpError Prohibited = new(3, 13, Router, IsOwnAddress: false);

    // A listener resets what is no SYN, full or not (RFC 9293, section 3.10.7.2); a filter of the port lets neither through.
    [Theory]
    [InlineData(null, 63, "port-filtered", 0.6, 0.92)]
    [InlineData(false, 63, "port-filtered", 0.95, 1)]
    [InlineData(true, 63, "accept-queue-full", 0.5, 0.8)]
    [InlineData(true, 64, "port-filtered", 0.6, 0.92)] // the router before the host has sent the reset
    public void A_full_accept_queue_and_a_filter_are_told_apart_by_a_segment_that_is_no_SYN(bool? isReset, int ttl, string cause, double atLeast, double atMost)
    {
        Observation[] stray = isReset is { } reset ? [new StrayAcknowledgement(Server, Port, reset, 1, TimeSpan.FromSeconds(0.01)) { ResetTtl = reset ? ttl : null }] : [];
        Observation[] seen = [Route(), Silent(), Flow(synsOut: 4), Echo(30), new FirewallSurvey(["nft"], 0), .. stray];

        Finding[] found = [.. Judge<PortFiltered>(seen).Concat(Judge<AcceptQueueFull>(seen)).Where(finding => finding.Confidence >= Diagnosis.LeastConfidence)];

        Finding finding = Assert.Single(found);
        Assert.Equal(cause, finding.Cause);
        Assert.InRange(finding.Confidence, atLeast, atMost);
        Assert.Equal(isReset is not false, finding.Summary.Contains("accept queue full", StringComparison.Ordinal));
    }

    // Who acknowledges what lies left of the window of a SYN has taken it (RFC 9293, section 3.10.7.4): its queue has room.
    [Fact]
    public void A_service_that_has_taken_a_syn_is_not_too_busy_and_its_answers_are_lost()
    {
        Observation[] seen = [Route(), Silent(), Flow(synsOut: 4), Echo(30), new FirewallSurvey(["nft"], 0), new StrayAcknowledgement(Server, Port, true, 1, TimeSpan.FromSeconds(0.01)) { ResetTtl = 63, IsHalfOpen = true }];

        Assert.Empty(Judge<AcceptQueueFull>(seen));
        Finding finding = Assert.Single(Judge<PortFiltered>(seen));
        Assert.InRange(finding.Confidence, 0.9, 1);
        Assert.Contains("(SYN-ACKs) are lost on the way back", finding.Summary, StringComparison.Ordinal);
        Assert.DoesNotContain("accept queue", finding.Summary, StringComparison.Ordinal);
    }

    // What is heard on the wire may be dropped by this machine: a service that answers SYNs is not too busy.
    [Fact]
    public void A_service_whose_answers_are_dropped_here_is_not_too_busy()
    {
        Observation[] seen = [Route(), Silent(), Flow(synsOut: 4) with { SynAcksIn = 4 }, Echo(30), new StrayAcknowledgement(Server, Port, true, 1, TimeSpan.FromSeconds(0.01)) { ResetTtl = 63 }];

        Assert.DoesNotContain(Judge<AcceptQueueFull>(seen), finding => finding.Confidence >= Diagnosis.LeastConfidence);
    }

    // A host asks for segments of its interface's MTU less 40 (RFC 9293, section 3.7.1).
    [Theory]
    [InlineData(1360, true)]
    [InlineData(1460, false)]
    [InlineData(1220, false)]
    public void The_MTU_of_the_targets_own_interface_is_told_by_the_segments_that_it_asks_for(int asked, bool isItsOwn)
    {
        Observation[] seen =
        [
            Route(), Connected(), Flow(synAcksIn: 1) with { SynAckMss = asked }, Echo(30),
            Sizes(null, new SizeTrial(1404, 3, 3), new SizeTrial(1405, 3, 0)), Sizes(Router, new SizeTrial(1500, 3, 3)),
        ];

        Assert.Equal(isItsOwn, Judge<MtuMismatch>(seen).Any(finding => finding.Confidence > 0.8));
        Finding hole = Assert.Single(Judge<PathMtuBlackHole>(seen));
        Assert.Equal(isItsOwn, hole.Confidence < 0.85);
    }

    [Fact]
    public void A_reset_with_the_hosts_own_ttl_is_a_closed_port()
    {
        Finding finding = Likely<PortClosed>(Route(), Refused(), Flow(rstTtl: 63), Echo(30, ttl: 63));

        Assert.Equal(Where.Remote, finding.Where);
        Assert.DoesNotContain("proven", finding.Summary, StringComparison.Ordinal);
        Nothing<PortRejected>(Route(), Refused(), Flow(rstTtl: 63), Echo(30, ttl: 63));
    }

    [Fact]
    public void A_reset_from_nearer_than_the_host_is_a_filters()
    {
        Observation[] seen = [Route(), Refused(), Flow(rstTtl: 64), Echo(30, ttl: 63), Trace("icmp", 0, true, Router, Server)];

        Nothing<PortClosed>(seen);
        Finding finding = Likely<PortRejected>(seen);
        Assert.Equal(Where.Path, finding.Where);
        Assert.Contains($"{Router}", finding.Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(63, 254)] // routers and some systems answer echo with an initial TTL of 255
    [InlineData(127, 63)]
    public void Another_initial_ttl_is_no_other_distance(int rst, int echo)
    {
        Observation[] seen = [Route(), Refused(), Flow(rstTtl: rst), Echo(30, ttl: echo)];

        Likely<PortClosed>(seen);
        Nothing<PortRejected>(seen);
    }

    [Fact]
    public void Says_that_a_refusal_is_unproven_without_a_second_ttl()
    {
        Finding finding = Likely<PortClosed>(Route(), Refused(), Echo(0));

        Assert.Contains("could not be proven", finding.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_that_no_interface_saw_is_not_the_hosts() =>
        Nothing<PortClosed>(Route(), Refused(), Flow(synsOut: 0), Echo(30));

    [Fact]
    public void Names_the_router_that_prohibits()
    {
        Finding finding = Likely<PortRejected>(Route(), Refused(Prohibited, "EHOSTUNREACH"), Echo(30));

        Assert.Equal(Where.Path, finding.Where);
        Assert.Contains($"{Router}", finding.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_firewall_on_the_host_that_rejects_is_remote()
    {
        var error = new IcmpError(3, 3, Server, IsOwnAddress: false);

        Assert.Equal(Where.Remote, Likely<PortRejected>(Route(), Refused(error), Echo(30)).Where);
        Nothing<PortClosed>(Route(), Refused(error), Echo(30));
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(3, 0)]
    [InlineData(11, 0)]
    public void No_way_to_the_host_is_no_rejected_port(int type, int code) => Nothing<PortRejected>(
        Route(), Refused(new IcmpError(type, code, Router, IsOwnAddress: false), "EHOSTUNREACH", 0.001), Echo(0));

    [Fact]
    public void This_machines_own_error_is_no_rejected_port() => Nothing<PortRejected>(
        Route(), Refused(new IcmpError(3, 13, IPAddress.Parse("10.10.1.2"), IsOwnAddress: true), "EHOSTUNREACH"), Echo(30));

    [Fact]
    public void Silence_of_a_live_host_is_a_filter_narrowed_by_the_trace()
    {
        Finding finding = Likely<PortFiltered>(
            Route(), Silent(), Flow(synsOut: 4), Echo(30), Connected(80, "control"),
            Trace("tcp", Port, false, Router, null, null), Trace("icmp", 0, true, Router, Server));

        Assert.Equal(Where.Unknown, finding.Where);
        Assert.Contains($"at {Server} or between {Router} and it", finding.Summary, StringComparison.Ordinal);
        Assert.NotEmpty(finding.Next);
    }

    [Fact]
    public void A_filter_before_the_last_router_is_on_the_path()
    {
        Finding finding = Likely<PortFiltered>(
            Route(), Silent(), Echo(30, ttl: 62),
            Trace("tcp", Port, false, Router, null, null), Trace("icmp", 0, true, Router, Second, Server));

        Assert.Equal(Where.Path, finding.Where);
        Assert.Contains($"between {Router} and {Second}", finding.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Answers_that_reach_the_interface_acquit_the_path() =>
        Nothing<PortFiltered>(Route(), Silent(), Flow(synsOut: 4, synAcksIn: 4), Echo(30));

    [Fact]
    public void An_unread_firewall_of_this_machine_may_be_what_keeps_the_syns()
    {
        Observation[] seen =
            [Route(), Silent(), Echo(30), Trace("tcp", Port, false, null, null), Trace("icmp", 0, true, Router, Server)];

        Finding unread = Likely<PortFiltered>(seen);
        Finding read = Likely<PortFiltered>([.. seen, new FirewallSurvey(["nft"], 0)]);

        Assert.Equal(Where.Unknown, unread.Where);
        Assert.Contains("this machine's own firewall", unread.Summary, StringComparison.Ordinal);
        Assert.Contains("as root", unread.Remedies[0].Sentence, StringComparison.Ordinal);
        Assert.Equal(Where.Path, read.Where);
        Assert.DoesNotContain("own firewall", read.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Syns_that_never_left_acquit_the_path() =>
        Nothing<PortFiltered>(Route(), Silent(), Flow(synsOut: 0), Echo(30));

    [Fact]
    public void Silence_without_a_sign_of_life_is_an_unreachable_host()
    {
        Observation[] seen =
        [
            Route(), Silent(), Flow(synsOut: 4), Echo(0), Silent(80, "control"),
            Trace("tcp", Port, false, Router, null), Trace("icmp", 0, false, Router, null),
        ];

        Nothing<PortFiltered>(seen);
        Finding finding = Likely<HostUnreachable>(seen);
        Assert.Contains($"{Router} (hop 1)", finding.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_router_that_asks_its_link_in_vain_does_not_say_whether_for_the_host()
    {
        var error = new IcmpError(3, 1, Router, IsOwnAddress: false);
        Finding finding = Likely<HostUnreachable>(Route(), Refused(error, "EHOSTUNREACH", 3.06), Echo(0, errors: error));

        Assert.Equal(Where.Path, finding.Where); // RFC 1812, section 5.2.7.1: the next hop may be a router, too
        Assert.Contains("itself or a router before it", finding.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_that_is_alive_may_forward_to_a_host_that_is_not_there()
    {
        var error = new IcmpError(3, 1, Server, IsOwnAddress: false);

        Finding finding = Likely<HostUnreachable>(Route(), Refused(error, "EHOSTUNREACH", seconds: 3.05), Echo(30));
        Assert.Contains("forwards", finding.Summary, StringComparison.Ordinal);
        Nothing<HostUnreachable>(Route(), Refused(error, "EHOSTUNREACH", seconds: 0.001), Echo(30));
    }

    [Fact]
    public void A_host_that_answers_anything_is_reachable()
    {
        Nothing<HostUnreachable>(Route(), Silent(), Echo(30));
        Nothing<HostUnreachable>(Route(), Silent(), Echo(0), Connected(80, "control"));
        Nothing<HostUnreachable>(Route(), Refused(), Echo(0));
    }

    [Fact]
    public void A_host_without_a_port_is_unreachable_when_no_usual_port_answers_either() => Likely<HostUnreachable>(
        Started(port: null), Route(), Echo(0), Silent(443, "control"), Silent(80, "control"), Silent(22, "control"));

    [Fact]
    public void Who_looks_for_loss_looks_where_it_is()
    {
        Observation[] seen = [Route(), Connected(), Echo(20), Account(retransmits: 3), Trace("icmp", 0, true, Router, Server)];

        Remedy alone = Likely<PacketLoss>(seen).Remedies[0];
        Remedy behind = Likely<PacketLoss>([.. seen, Echo(30, address: Router)]).Remedies[0];

        Assert.Contains("this machine", alone.On, StringComparison.Ordinal);
        Assert.StartsWith($"{Router}", behind.On, StringComparison.Ordinal);
    }

    [Fact]
    public void Filtered_echo_is_a_note()
    {
        Finding finding = Likely<IcmpFiltered>(Route(), Connected(), Echo(0));

        Assert.Equal(Severity.Info, finding.Severity);
        Nothing<IcmpFiltered>(Route(), Connected(), Echo(28));
        Nothing<IcmpFiltered>(Route(), Silent(), Echo(0));
    }

    [Fact]
    public void Connections_that_are_late_where_nothing_else_is_lost_meet_a_limit()
    {
        Finding finding = Likely<ConnectionRateLimited>(Route(), Connected(repeats: 1), Series(15), Echo(30));

        Assert.Contains("15 of 20", finding.Summary, StringComparison.Ordinal);
        Nothing<ConnectionRateLimited>(Route(), Connected(repeats: 1), Series(15), Echo(20));
        Nothing<ConnectionRateLimited>(Route(), Connected(repeats: 1), Series(4), Echo(30));
        Nothing<ConnectionRateLimited>(Route(), Connected(), Series(0), Echo(30));
    }

    [Fact]
    public void Loss_that_tcp_suffers_too_is_named_with_its_segment()
    {
        Finding finding = Likely<PacketLoss>(
            Route(), Connected(), Echo(25), Echo(120, 150), Series(4), Trace("icmp", 0, true, Router, Server),
            Echo(60, 60, address: Router));

        Assert.Contains($"between {Router} and {Server}", finding.Summary, StringComparison.Ordinal);
        Assert.Equal(Severity.Warning, finding.Severity);
    }

    [Fact]
    public void Loss_of_the_answer_alone_shows_in_what_was_sent_again()
    {
        FlowSighting flow = Flow(synAcksIn: 1) with { DataIn = 400, RepairsIn = 20 };

        Likely<PacketLoss>(Route(), Connected(), flow, Echo(30));
        Nothing<PacketLoss>(Route(), Connected(), flow with { RepairsIn = 4 }, Echo(30));
        Likely<PacketLoss>(Route(), Connected(), flow with { RepairsIn = 4, DataIn = 134 }, Echo(30)); // so many that hardly anything comes
        Nothing<PacketLoss>(Route(), Connected(), flow with { DataIn = 5000 }, Echo(30));
    }

    [Fact]
    public void Segments_that_come_damaged_come_again()
    {
        FlowSighting flow = Flow(synAcksIn: 1) with { DataIn = 3000, RepeatsIn = 170 };
        var counters = new KernelCounters(new Dictionary<string, long> { ["Tcp.InCsumErrors"] = 170 }, TimeSpan.FromSeconds(1));

        Assert.Contains("checksum", Likely<PacketLoss>(Route(), Connected(), flow, counters, Echo(30)).Summary, StringComparison.Ordinal);
        Nothing<PacketLoss>(Route(), Connected(), flow, Echo(30)); // the acknowledgements were lost, or late
        Nothing<PacketLoss>(Route(), Connected(), flow with { RepeatsIn = 0 }, counters, Echo(30)); // somebody else's
    }

    [Fact]
    public void Connections_that_lose_all_or_nothing_go_by_different_paths()
    {
        ConnectSeries series = Series(retransmitted: 4, attempts: 8) with { Connected = 4 };
        Finding finding = Likely<PacketLoss>(Route(), Silent(), series, Echo(30));

        Assert.Contains("source port", finding.Summary, StringComparison.Ordinal);
        Assert.Equal(Severity.Critical, finding.Severity);
        Nothing<PortFiltered>(Route(), Silent(), series, Echo(30));
        Nothing<HostUnreachable>(Route(), Silent(), series, Echo(0), Silent(80, "control"));
        Likely<PortFiltered>(Route(), Silent(), series with { Connected = 0, Retransmitted = 8 }, Echo(30), Connected(80, "control"));
        Nothing<PacketLoss>(Route(), Silent(), series with { Connected = 0, Retransmitted = 3 }, Echo(30));
    }

    [Fact]
    public void What_overflows_a_queue_that_the_answer_fills_is_no_loss()
    {
        Observation[] seen =
        [
            Route(), Connected(), Echo(30), Echo(101, 150, milliseconds: 990), Series(10), Account(),
        ];
        var body = new HttpExchange("http://10.10.2.2:443/", Server, Port, "target", HttpOutcome.Complete, TimeSpan.FromSeconds(2.5))
        {
            Status = 200,
            BodyLength = 500_000,
            TransferTime = TimeSpan.FromSeconds(2.5),
            StoppedByUs = true,
        };

        Nothing<PacketLoss>([.. seen, body]);
        Finding finding = Likely<HttpSlow>([.. seen, body]);
        Assert.Equal(Where.Path, finding.Where);
        Likely<PacketLoss>([.. seen, body with { TransferTime = TimeSpan.FromSeconds(0.1) }]);
        Nothing<HttpSlow>(Route(), Connected(), Echo(30), Account(), body);
    }

    [Fact]
    public void A_reset_that_the_socket_did_not_tell_shows_on_the_interface()
    {
        var closed = new HttpExchange("http://10.10.2.2:443/", Server, Port, "target", HttpOutcome.ClosedEarly, TimeSpan.FromMilliseconds(1));

        Likely<ConnectionReset>(Route(), Connected(), Flow(synAcksIn: 1, synAckTtl: 63, rstTtl: 63), closed);
        Nothing<ConnectionReset>(Route(), Connected(), Flow(synAcksIn: 1, synAckTtl: 63) with { FinsIn = 1 }, closed);
    }

    [Fact]
    public void Echo_of_a_host_that_loses_most_is_limited_rather_than_lost()
    {
        Nothing<PacketLoss>(Started(port: null), Route(), Echo(16, sent: 180));
        Likely<PacketLoss>(Route(), Connected(), Echo(16, sent: 180), Account(retransmits: 3));
    }

    [Fact]
    public void Loss_explains_a_late_answer_unless_the_request_had_arrived()
    {
        TcpInfoSample waiting = Account() with { Moment = "stalled", Unacknowledged = 1 };

        Assert.Contains("http-slow-server", Likely<PacketLoss>(Route(), Connected(), Echo(160, sent: 180), Account(retransmits: 3), waiting).AlsoExplains);
        Assert.Empty(Likely<PacketLoss>(Route(), Connected(), Echo(160, sent: 180), Account(retransmits: 3), waiting with { Unacknowledged = 0 }).AlsoExplains);
    }

    [Fact]
    public void A_name_server_that_answers_datagrams_may_refuse_connections()
    {
        InvestigationStarted started = Started(port: 53) with { Scheme = "dns" };
        ConnectAttempt refused = Refused() with { Port = 53 };
        var datagram = new DatagramExchange(Server, 53, Answered: true, TimeSpan.FromMilliseconds(1));
        var exchange = new DnsExchange(Server, 53, DnsTransport.Udp, ".", "NS", DnsOutcome.Answered, TimeSpan.FromMilliseconds(1), Sends: 1);

        Nothing<PortClosed>(started, refused, datagram, exchange);
        Likely<PortClosed>(started, refused, datagram with { Answered = false }, exchange with { Outcome = DnsOutcome.TimedOut });
    }

    [Fact]
    public void A_port_closed_on_one_loopback_address_is_nothing_where_the_other_serves()
    {
        ConnectAttempt refused = Refused() with { Address = IPAddress.IPv6Loopback };

        Assert.NotEmpty(Judge<PortClosed>(refused));
        Nothing<PortClosed>(refused, Connected() with { Address = IPAddress.Loopback });
    }

    [Fact]
    public void Loss_that_the_first_router_has_too_lies_before_it()
    {
        Finding finding = Likely<PacketLoss>(
            Route(), Connected(), Echo(25), Echo(120, 150), Series(4), Trace("icmp", 0, true, Router, Server),
            Echo(48, 60, address: Router));

        Assert.Contains($"already before {Router}", finding.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Echo_that_is_limited_is_no_loss() =>
        Nothing<PacketLoss>(Route(), Connected(), Echo(10), Echo(5, 150), Series(0), Account());

    [Fact]
    public void One_late_reply_or_one_segment_sent_again_is_no_loss()
    {
        Nothing<PacketLoss>(Route(), Connected(), Echo(30), Account(retransmits: 1));
        Nothing<PacketLoss>(Route(), Connected(), Echo(29), Echo(150, 150), Series(0), Account());
    }

    [Theory]
    [InlineData(0.5, null)]
    [InlineData(150, Severity.Info)]
    [InlineData(600, Severity.Warning)]
    public void Only_what_the_way_does_not_explain_is_too_slow(double milliseconds, Severity? severity)
    {
        Finding[] findings = Judge<HighLatency>(Route(), Connected(), Echo(30, milliseconds: milliseconds));

        Assert.Equal(severity, findings.SingleOrDefault()?.Severity);
    }

    [Fact]
    public void A_handshake_tells_the_round_trip_of_a_host_that_answers_no_echo()
    {
        ConnectAttempt control = Connected(80, "control") with { RoundTrip = TimeSpan.FromMilliseconds(700) };

        Assert.Equal(Severity.Warning, Likely<HighLatency>(Started(port: null), Route(), Echo(0), control).Severity);
        Nothing<HighLatency>(Started(port: null), Route(), Echo(0), control with { SynRetransmits = 1 });
    }

    [Theory]
    [InlineData(63, Where.Remote)]
    [InlineData(64, Where.Path)]
    public void A_reset_is_attributed_by_its_ttl(int rst, Where where)
    {
        var http = new HttpExchange("http://10.10.2.2:443/", Server, Port, "target", HttpOutcome.Reset, TimeSpan.FromMilliseconds(3))
        {
            Errno = "ECONNRESET",
        };

        Assert.Equal(where, Likely<ConnectionReset>(
            Route(), Connected(), http, Flow(synAcksIn: 1, synAckTtl: 63, rstTtl: rst)).Where);
    }

    [Fact]
    public void A_reset_of_a_connection_that_just_stood_is_no_refusal()
    {
        Likely<ConnectionReset>(Route(), Refused(errno: "ECONNRESET"), Flow(synAcksIn: 1, synAckTtl: 63, rstTtl: 63));
        Nothing<PortClosed>(Route(), Refused(errno: "ECONNRESET"));
    }

    [Fact]
    public void What_smaller_segments_cure_was_size()
    {
        Observation[] trials =
        [
            Trial(0, ExchangeStage.Connected), Trial(536, ExchangeStage.Complete), Trial(1220, ExchangeStage.Complete),
            Trial(1300, ExchangeStage.Connected), Trial(1400, ExchangeStage.Connected),
        ];
        Finding finding = Likely<PathMtuBlackHole>([Route(), Connected(), .. trials]);

        Assert.Contains("between 1260 and 1340", finding.Summary, StringComparison.Ordinal);
        Assert.Equal(Severity.Critical, finding.Severity);

        // Where segments of the larger size arrive, chance took the others.
        Nothing<PathMtuBlackHole>([Route(), Connected(), .. trials, Account(receiveMss: 1448, received: 100_000)]);
    }

    [Fact]
    public void An_answer_of_one_small_segment_was_not_stopped_by_its_size()
    {
        SegmentSizeTrial silent = Trial(0, ExchangeStage.Connected) with { AllAcknowledged = true };
        SegmentSizeTrial answered = Trial(1220, ExchangeStage.Complete) with { AllAcknowledged = true };

        Likely<PathMtuBlackHole>(Route(), Connected(), silent, answered with { OctetsReceived = 5000 });
        Assert.DoesNotContain(Judge<PathMtuBlackHole>(Route(), Connected(), silent, answered with { OctetsReceived = 57 }), finding => finding.Confidence > 0.3);

        // A long request may be what does not get through: its answer tells nothing of it.
        Likely<PathMtuBlackHole>(Route(), Connected(), silent with { AllAcknowledged = false }, answered with { OctetsReceived = 57 });
    }

    [Fact]
    public void What_no_segment_size_cures_was_not_size() => Nothing<PathMtuBlackHole>(
        Route(), Connected(), Trial(0, ExchangeStage.Connected), Trial(536, ExchangeStage.Connected), Trial(1220, ExchangeStage.Connected));

    [Fact]
    public void What_works_with_every_size_was_chance() => Nothing<PathMtuBlackHole>(
        Route(), Connected(), Trial(0, ExchangeStage.Complete), Trial(536, ExchangeStage.Complete), Trial(1220, ExchangeStage.Complete));

    [Fact]
    public void Large_echo_that_vanishes_is_a_black_hole_unless_tcp_shows_otherwise()
    {
        SizedPacketSeries sizes = Sizes(null, new SizeTrial(576, 3, 3), new SizeTrial(1500, 3, 0), new SizeTrial(1400, 2, 2), new SizeTrial(1420, 2, 0));

        Assert.Equal(Severity.Warning, Likely<PathMtuBlackHole>(Route(), Connected(), sizes).Severity);
        Finding[] doubtful = Judge<PathMtuBlackHole>(Route(), Connected(), sizes, Account(receiveMss: 1448, received: 100_000));
        Assert.All(doubtful, finding => Assert.True(finding.Confidence < 0.6));
    }

    [Fact]
    public void Where_packets_whose_hop_limit_runs_out_end_the_large_ones_vanish()
    {
        SizedPacketSeries sizes = Located(false);

        Finding finding = Likely<PathMtuBlackHole>(Route(), Connected(), sizes);

        Assert.Contains($"vanish behind hop 1 ({Router}), on the way to {Server}", finding.Summary, StringComparison.Ordinal);
        Assert.Contains(finding.Next, next => next.StartsWith($"On {Router}:", StringComparison.Ordinal));
    }

    [Fact]
    public void Before_the_destination_itself_it_may_be_the_way_back_unless_datagrams_tell()
    {
        SizedPacketSeries sizes = Located(true);
        static SizedPacketSeries There(int answered) => new(Server, "udp", [new SizeTrial(576, 3, 3), new SizeTrial(1400, 2, 2), new SizeTrial(1401, 3, answered)]) { Purpose = "forward" };

        Assert.Contains($"vanish behind hop 1 ({Router}), or on the way back from {Server}", Likely<PathMtuBlackHole>(Route(), Connected(), sizes).Summary, StringComparison.Ordinal);
        Assert.Contains($"vanish behind hop 1 ({Router}), on the way to {Server}", Likely<PathMtuBlackHole>(Route(), Connected(), sizes, There(0)).Summary, StringComparison.Ordinal);
        Assert.Contains($"vanish from {Server} to here", Likely<PathMtuBlackHole>(Route(), Connected(), sizes, There(3)).Summary, StringComparison.Ordinal);
    }

    private static SizedPacketSeries Located(bool isLast) =>
        Sizes(null, new SizeTrial(576, 5, 5), new SizeTrial(1500, 5, 0), new SizeTrial(1400, 5, 5), new SizeTrial(1401, 5, 0)) with
        {
            Hops =
            [
                new SizedHop(1, 1400, 2, 2) { Node = Router },
                new SizedHop(1, 1401, 2, 2) { Node = Router },
                new SizedHop(2, 1400, 2, 2) { Node = isLast ? Server : Second, IsDestination = isLast },
                new SizedHop(2, 1401, 2, 0),
            ],
        };

    [Fact]
    public void What_may_be_chance_is_no_black_hole() => Assert.All(
        Judge<PathMtuBlackHole>(Route(), Connected(), Sizes(null, new SizeTrial(576, 5, 2), new SizeTrial(1500, 5, 0))),
        finding => Assert.True(finding.Confidence < 0.3));

    [Fact]
    public void A_router_that_tells_of_larger_sizes_does_not_explain_that_smaller_ones_vanish()
    {
        var told = new IcmpError(3, 4, Router, IsOwnAddress: false) { Mtu = 1450 };
        SizedPacketSeries sizes = Sizes(
            null, new SizeTrial(576, 5, 5), new SizeTrial(1500, 5, 0) { Error = told }, new SizeTrial(1451, 2, 0) { Error = told },
            new SizeTrial(1450, 2, 0), new SizeTrial(1380, 5, 5), new SizeTrial(1381, 5, 0));

        Assert.Contains("over 1380 octets vanish", Likely<PathMtuBlackHole>(Route(), Connected(), sizes).Summary, StringComparison.Ordinal);
        Nothing<PathMtuDiscovery>(Route(), Connected(), sizes);
    }

    [Fact]
    public void What_a_router_tells_and_what_passes_is_how_discovery_is_meant()
    {
        SizedPacketSeries sizes = Sizes(
            null, new SizeTrial(576, 1, 1), new SizeTrial(1500, 1, 0) { Error = new IcmpError(3, 4, Router, IsOwnAddress: false) { Mtu = 1400 } }, new SizeTrial(1400, 1, 1));

        Finding finding = Likely<PathMtuDiscovery>(Route(), Connected(), sizes);

        Assert.Equal(Severity.Info, finding.Severity);
        Assert.Contains($"{Router} says 1400", finding.Summary, StringComparison.Ordinal);
        Nothing<PathMtuDiscovery>(Route(), Connected(), Sizes(null, new SizeTrial(576, 1, 1), new SizeTrial(1500, 1, 1)));
    }

    [Fact]
    public void A_router_that_says_too_big_makes_no_black_hole() => Nothing<PathMtuBlackHole>(
        Route(), Connected(), Sizes(null, new SizeTrial(576, 3, 3), new SizeTrial(1500, 3, 0)
        {
            Error = new IcmpError(3, 4, Router, IsOwnAddress: false) { Mtu = 1400 },
        }));

    [Fact]
    public void A_first_hop_that_takes_less_than_the_interface_sends_is_a_mismatch()
    {
        Finding finding = Likely<MtuMismatch>(
            Route(), Link(9000), Connected(), Sizes(null, new SizeTrial(576, 3, 3), new SizeTrial(9000, 3, 0)),
            Sizes(Router, new SizeTrial(576, 3, 3), new SizeTrial(1500, 3, 3), new SizeTrial(9000, 3, 0) { Errno = "ENOBUFS" }));

        Assert.Contains(finding.Remedies, remedy => remedy.Command == "ip link set dev eth0 mtu 1500");
    }

    [Fact]
    public void This_machine_is_asked_about_its_own_links()
    {
        var started = new InvestigationStarted("0", "", TargetKind.ThisMachine, null, null, null);
        RouteLookup gateway = Route(isOnLink: true) with { Destination = Router, Purpose = "gateway" };

        Likely<MtuMismatch>(started, gateway, Link(9000), Sizes(Router, new SizeTrial(576, 3, 3), new SizeTrial(1500, 3, 3), new SizeTrial(9000, 3, 0)));
        Nothing<MtuMismatch>(started, gateway, Link(9000), Sizes(Router, new SizeTrial(576, 3, 3), new SizeTrial(9000, 3, 3)));
    }

    [Fact]
    public void A_first_hop_that_takes_every_size_is_no_mismatch() => Nothing<MtuMismatch>(
        Route(), Link(), Connected(), Sizes(null, new SizeTrial(576, 3, 3), new SizeTrial(1500, 3, 0)),
        Sizes(Router, new SizeTrial(576, 3, 3), new SizeTrial(1500, 3, 3)));

    [Theory]
    [InlineData(0, 10, 0, 0.2775)]
    [InlineData(1, 10, 0.0179, 0.4042)]
    [InlineData(3, 60, 0.0171, 0.1370)]
    [InlineData(49, 60, 0.7008, 0.8944)]
    public void Estimates_loss_as_Wilson_does(int losses, int sent, double least, double most)
    {
        (double low, double high) = LossEstimate.Interval(losses, sent);

        Assert.Equal(least, low, 3);
        Assert.Equal(most, high, 3);
    }

    [Theory]
    [InlineData(64, 0)]
    [InlineData(60, 4)]
    [InlineData(127, 1)]
    [InlineData(255, 0)]
    public void Reads_the_distance_from_what_is_left_of_the_ttl(int ttl, int hops) =>
        Assert.Equal(hops, TargetView.Distance(ttl));
}

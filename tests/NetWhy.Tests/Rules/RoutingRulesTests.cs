using NetWhy.Diagnose;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;
using Xunit;
using static NetWhy.Tests.Rules.RoutingEvidence;

namespace NetWhy.Tests.Rules;

public sealed class RoutingRulesTests
{
    private static readonly IcmpError OwnUnreachable = new(3, 1, Ip(Own), IsOwnAddress: true);

    [Fact]
    public void Finds_the_missing_default_route()
    {
        Finding finding = Likely<NoRoute>(Lookup(errno: "ENETUNREACH"), Failed("ENETUNREACH"), Table());

        Assert.Contains("no default route", finding.Summary, StringComparison.Ordinal);
        Assert.Equal((Severity.Critical, Where.Local, Ip(Server)), (finding.Severity, finding.Where, finding.Subject));
    }

    [Fact]
    public void Says_where_a_machine_has_IPv6_alone()
    {
        InterfaceAddresses own = new([new("lo", Ip("127.0.0.1"), 8) { Scope = "host" }, new("eth0", Ip("2001:db8::2"), 64)]);
        Finding finding = Likely<NoRoute>(Lookup(errno: "ENETUNREACH"), Failed("ENETUNREACH"), Table(), own);

        Assert.Contains("IPv6 alone", finding.Summary, StringComparison.Ordinal);
        Assert.DoesNotContain(finding.Remedies, remedy => remedy.Command?.Contains("default via", StringComparison.Ordinal) is true);
        Assert.DoesNotContain("IPv6 alone", Likely<NoRoute>(Lookup(errno: "ENETUNREACH"), Failed("ENETUNREACH"), Table(), Addresses()).Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_the_gateway_that_would_work()
    {
        Finding finding = Likely<NoRoute>(
            Lookup(errno: "ENETUNREACH"), Failed("ENETUNREACH"), Table(), Trial(Gateway, answered: true));

        Assert.Contains(finding.Remedies, remedy => remedy.Command == $"ip route replace default via {Gateway} dev eth0");
    }

    [Fact]
    public void Does_not_miss_ipv6_where_ipv4_works()
    {
        Unlikely<NoRoute>(
            Lookup(), Lookup(Server6, errno: "ENETUNREACH"), Connected(), Failed("ENETUNREACH", address: Server6), UsualTable(), Addresses());
        Unlikely<Ipv6Broken>(
            Lookup(), Lookup(Server6, errno: "ENETUNREACH"), Connected(), Failed("ENETUNREACH", address: Server6), UsualTable(), Addresses());
    }

    [Theory]
    [InlineData("EINVAL", "blackhole")]
    [InlineData("EACCES", "prohibit")]
    [InlineData("EHOSTUNREACH", "unreachable")]
    public void Names_the_route_that_refuses(string errno, string type)
    {
        Finding finding = Likely<RouteProhibited>(
            Lookup(errno: errno), Failed(errno), UsualTable(Entry("10.0.2.0/24", device: null, type: type)));

        Assert.Contains($"{type} 10.0.2.0/24", finding.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Blames_the_router_that_says_there_is_no_route()
    {
        var error = new IcmpError(3, 0, Ip(Gateway), IsOwnAddress: false);
        Finding finding = Likely<RouteProhibited>(Lookup(), Failed("ENETUNREACH", 0.001, error), Echo(0, error));

        Assert.Equal(Where.Path, finding.Where);
        Assert.Contains(Gateway, finding.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Takes_a_prohibition_of_one_port_for_no_route()
    {
        var error = new IcmpError(3, 13, Ip(Gateway), IsOwnAddress: false);
        Unlikely<RouteProhibited>(Lookup(), Failed("EHOSTUNREACH", 0.001, error), Echo(3));
    }

    [Fact]
    public void Takes_a_slow_unreachable_for_no_route()
    {
        // The last router waited for the host to answer ARP: the host is down.
        Assert.Null(Judge<RouteProhibited>(
            Lookup(), Failed("EHOSTUNREACH", 3.07, new IcmpError(3, 1, Ip(Gateway), IsOwnAddress: false))));
    }

    [Fact]
    public void Takes_an_unreachable_after_a_silence_for_no_route()
    {
        const string resolver = "10.0.3.99";
        RouteLookup lookup = Lookup(resolver, purpose: "resolver");
        ConnectAttempt late = Failed("EHOSTUNREACH", 1.0, new IcmpError(3, 1, Ip(Gateway), IsOwnAddress: false), resolver) with { Purpose = "resolver" };
        var silence = new DnsExchange(Ip(resolver), 53, DnsTransport.Udp, "www.lab.test.", "A", DnsOutcome.TimedOut, TimeSpan.FromSeconds(2), Sends: 3);

        Assert.NotNull(Judge<RouteProhibited>(lookup, UsualTable(), late));
        Assert.Null(Judge<RouteProhibited>(lookup, UsualTable(), silence, late));
    }

    [Fact]
    public void Finds_the_router_that_refuses_the_way_to_a_resolver()
    {
        const string resolver = "10.0.3.53";
        var refused = new DnsExchange(Ip(resolver), 53, DnsTransport.Udp, "www.lab.test.", "A", DnsOutcome.Failed, TimeSpan.FromMilliseconds(51), Sends: 1)
        {
            Errno = "EHOSTUNREACH",
            Icmp = new IcmpError(3, 1, Ip(Gateway), IsOwnAddress: false),
        };

        Finding finding = Likely<RouteProhibited>(Lookup(resolver, purpose: "resolver"), refused, refused with { Type = "AAAA" });
        Assert.Contains(resolver, finding.Summary, StringComparison.Ordinal);
        Assert.Null(Judge<RouteProhibited>(Lookup(resolver, purpose: "resolver"), refused with { Icmp = new IcmpError(3, 3, Ip(resolver), IsOwnAddress: false) }));
    }

    [Fact]
    public void Leaves_a_dead_proxy_or_resolver_on_the_link_to_who_names_it()
    {
        const string absent = "10.0.1.77";
        Observation[] seen =
        [
            UsualTable(), Link(), Neighbour("failed", address: absent),
            Failed("EHOSTUNREACH", 3.0, new IcmpError(3, 1, Ip(Own), IsOwnAddress: true), absent) with { Purpose = "proxy" },
        ];

        Assert.Null(Judge<NeighbourUnresolved>([Lookup(absent, gateway: null, purpose: "proxy"), .. seen]));
        Assert.Null(Judge<NeighbourUnresolved>([Lookup(absent, gateway: null, purpose: "resolver"), .. seen]));
        Assert.NotNull(Judge<NeighbourUnresolved>([Lookup(absent, gateway: null), .. seen]));
    }

    [Theory]
    [InlineData(Gateway, true)]
    [InlineData("fd00::1", false)]
    public void A_missing_gateway_explains_only_the_resolvers_behind_it(string missing, bool isExplained)
    {
        const string Resolver = "10.0.3.53";
        const string Gateway6 = "fd00::1";
        Observation[] seen =
        [
            new InvestigationStarted("0", "", TargetKind.ThisMachine, null, null, null),
            Addresses(Address("eth0", "fd00::2", 64)),
            Lookup(Resolver, purpose: "resolver"),
            Lookup(Gateway, gateway: null, purpose: "gateway"),
            Lookup(Gateway6, gateway: null, source: "fd00::2", purpose: "gateway"),
            new EchoSeries(Ip(Gateway), "gateway", 56, 3, missing == Gateway ? 0 : 3),
            new EchoSeries(Ip(Gateway6), "gateway", 56, 3, missing == Gateway ? 3 : 0),
            Neighbour("failed", address: missing),
            DnsEvidence.Configured(Ip(Resolver)),
            DnsEvidence.Greeting(Ip(Resolver), answered: false),
        ];
        IRule[] rules = [new NeighbourUnresolved(), new DnsResolverUnreachable()];

        Diagnosis diagnosis = Diagnosis.Of(new EvidenceSet(seen), [.. rules]);

        string[] expected = isExplained ? ["neighbour-unresolved"] : ["dns-resolver-unreachable", "neighbour-unresolved"];
        Assert.Equal(expected, diagnosis.Causes.Select(cause => cause.Finding.Cause));
        Assert.Equal(isExplained ? Severity.Critical : Severity.Warning, diagnosis.Causes[^1].Finding.Severity);
    }

    [Fact]
    public void A_command_does_what_its_line_says()
    {
        var counters = new KernelCounters(new Dictionary<string, long> { ["TcpExt.IPReversePathFilter"] = 4 }, TimeSpan.FromSeconds(4));
        var strict = new KernelSettings(new Dictionary<string, string> { ["net.ipv4.conf.eth1.rp_filter"] = "1" });
        FlowSighting flow = new(Ip(Server), 443, 40000) { SynsOut = 4, SynAcksIn = 4, InterfaceOut = "eth0", InterfaceIn = "eth1" };

        Remedy way = Likely<ReversePathFilter>(Lookup(), TimedOut(), strict, counters, flow).Remedies[1];
        Remedy absent = Likely<NeighbourUnresolved>(Lookup(), Failed("EHOSTUNREACH", 3.06, OwnUnreachable), Neighbour("failed")).Remedies[0];

        Assert.Equal($"ip route replace {Server} via GATEWAY dev eth1", way.Command);
        Assert.Null(absent.Command);
    }

    [Fact]
    public void Nobody_without_an_interface_is_told_to_add_a_route_to_one()
    {
        Observation[] seen = [Lookup(errno: "ENETUNREACH"), Failed("ENETUNREACH"), Table(), Link("lo")];

        Assert.DoesNotContain("INTERFACE", Likely<NoRoute>(seen).Remedies[0].Command, StringComparison.Ordinal);
        Assert.Contains("INTERFACE", Likely<NoRoute>([.. seen, Link()]).Remedies[0].Command, StringComparison.Ordinal);
    }

    [Fact]
    public void Misses_the_gateway_that_is_the_resolver_too() => Likely<NeighbourUnresolved>(
        Lookup(Gateway, gateway: null, purpose: "resolver"),
        UsualTable(),
        Link(),
        Neighbour("failed"),
        Failed("EHOSTUNREACH", 3.0, new IcmpError(3, 1, Ip(Own), IsOwnAddress: true), Gateway) with { Purpose = "resolver" });

    [Fact]
    public void Finds_the_interface_that_is_switched_off()
    {
        Finding finding = Likely<LinkDown>(
            Lookup(errno: "ENETUNREACH"), Failed("ENETUNREACH"), Link(up: false, carrier: false), Link("lo"), Addresses());

        Assert.Contains("eth0", finding.Summary, StringComparison.Ordinal);
        Assert.Contains("no-route", new LinkDown().Info.Explains);
    }

    [Fact]
    public void Leaves_an_unused_interface_alone()
    {
        // eth1 is off and has nothing to do with a target that is silent behind eth0.
        Assert.Null(Judge<LinkDown>(
            Lookup(), TimedOut(), Link(), Link("eth1", up: false, carrier: false), Addresses()));
        Assert.Null(Judge<LinkDown>(
            Lookup(errno: "ENETUNREACH"), Failed("ENETUNREACH"), Link(), Link("eth1", up: false, carrier: false), Addresses()));
    }

    [Fact]
    public void Finds_the_interface_without_carrier()
    {
        Finding finding = Likely<LinkNoCarrier>(
            Lookup(), Failed("EHOSTUNREACH", 3.06, OwnUnreachable), Link(carrier: false), Neighbour("failed"));

        Assert.Contains("eth0", finding.Summary, StringComparison.Ordinal);
        Assert.Null(Judge<LinkNoCarrier>(Lookup(), TimedOut(), Link(), Link("eth1", carrier: false)));
    }

    [Fact]
    public void Finds_the_gateway_that_does_not_answer_arp()
    {
        Finding finding = Likely<NeighbourUnresolved>(
            Lookup(), Failed("EHOSTUNREACH", 3.06, OwnUnreachable), Neighbour("failed"), Asked(Gateway));

        Assert.Contains(Gateway, finding.Summary, StringComparison.Ordinal);
        Assert.Null(Judge<NeighbourUnresolved>(Lookup(), TimedOut(), Neighbour("reachable", RightHardware)));
    }

    [Fact]
    public void Says_that_this_machine_discards_the_answers()
    {
        Finding finding = Likely<NeighbourUnresolved>(
            Lookup(), Failed("EHOSTUNREACH", 3.06, OwnUnreachable), Neighbour("failed"), Asked(Gateway, RightHardware));

        Assert.Equal(Where.Local, finding.Where);
        Assert.Contains("discards", finding.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Leaves_a_dead_sibling_on_the_link_to_the_name()
    {
        Assert.Null(Judge<NeighbourUnresolved>(
            Lookup("10.0.1.9", gateway: null),
            Lookup("10.0.1.8", gateway: null),
            Failed("EHOSTUNREACH", 3.06, OwnUnreachable, "10.0.1.9"),
            Connected("10.0.1.8"),
            Neighbour("failed", address: "10.0.1.9")));
    }

    [Fact]
    public void Finds_the_wrong_permanent_neighbour()
    {
        Observation[] observations =
        [
            Lookup(), TimedOut(),
            Neighbour("permanent", WrongHardware, after: false), Neighbour("permanent", WrongHardware),
        ];
        Finding finding = Likely<NeighbourWrong>(
            [.. observations, Asked(Gateway, RightHardware), Trial(Gateway, answered: true)]);

        Assert.Contains(WrongHardware, finding.Summary, StringComparison.Ordinal);
        Assert.Contains(RightHardware, finding.Summary, StringComparison.Ordinal);
        Unlikely<NeighbourWrong>([.. observations, Asked(Gateway, WrongHardware)]);
    }

    [Fact]
    public void Remembers_the_neighbour_that_the_packets_were_sent_to()
    {
        // The kernel's own check cured the entry meanwhile.
        Likely<NeighbourWrong>(
            Lookup(), TimedOut(),
            Neighbour("stale", WrongHardware, after: false), Neighbour("reachable", RightHardware),
            Asked(Gateway, RightHardware));
    }

    [Fact]
    public void Remembers_the_entry_that_our_own_question_corrected()
    {
        NeighbourState stale = Neighbour("reachable", WrongHardware, after: false);
        ConnectAttempt late = Connected() with { Purpose = "control", SynRetransmits = 1 };

        Likely<NeighbourWrong>(Lookup(), Echo(0), late, stale, Asked(Gateway, RightHardware));

        InvestigationStarted host = new("0", Server, TargetKind.Host, null, Server, null);
        Likely<NeighbourWrong>(host, Lookup(), Echo(0), late with { SynRetransmits = 0 }, stale, Asked(Gateway, RightHardware), Trial(Gateway, answered: true));

        // A machine with two cards on the link answers by either, and what was sent to it did arrive.
        Assert.Null(Judge<NeighbourWrong>(Lookup(), Echo(0), late with { SynRetransmits = 0 }, stale, Asked(Gateway, RightHardware)));
        Assert.Null(Judge<NeighbourWrong>(Lookup(), Echo(3), late, stale, Asked(Gateway, RightHardware)));
    }

    [Fact]
    public void Believes_a_gateway_that_says_that_it_is_no_router()
    {
        const string host = "2001:db8:1::3";
        Observation[] seen = [Lookup(Server6, gateway: host, source: "2001:db8:1::2"), TimedOut(Server6)];
        NeighbourState known = Neighbour("reachable", RightHardware, address: host) with { IsRouter = false };

        Assert.Contains(host, Likely<GatewayWrong>([.. seen, known]).Summary, StringComparison.Ordinal);
        Unlikely<GatewayWrong>([.. seen, known with { IsRouter = true }]);
        Unlikely<GatewayWrong>([.. seen, known with { State = "stale" }]); // learned from a solicitation, which does not say
    }

    [Fact]
    public void Takes_a_way_that_comes_and_goes_for_no_prohibition()
    {
        var error = new IcmpError(3, 0, Ip(Gateway), IsOwnAddress: false);
        var series = new ConnectSeries(Ip(Server), 443, Attempts: 8, Connected: 8, Retransmitted: 0, Refused: 0);

        Unlikely<RouteProhibited>(Lookup(), Failed("ENETUNREACH", 0.001, error), Echo(0, error), series);
        PathEvidence.Nothing<PortRejected>(
            PathEvidence.Route(), PathEvidence.Refused(error, "ENETUNREACH"), PathEvidence.Echo(20), PathEvidence.Series(0, attempts: 8));
        Assert.NotEmpty(PathEvidence.Judge<PacketLoss>(
            PathEvidence.Route(), PathEvidence.Refused(error, "ENETUNREACH"), PathEvidence.Echo(20), PathEvidence.Series(0, attempts: 8)));
    }

    [Fact]
    public void Finds_the_dead_one_of_several_gateways()
    {
        const string dead = "10.0.1.3";
        RouteEntry shared = Entry("0.0.0.0/0", device: null) with { NextHops = [$"via {Gateway} dev eth0", $"via {dead} dev eth0"] };
        Observation[] seen = [Lookup(), Connected(), Table(shared), Trial(Gateway, answered: true)];

        Assert.Contains(dead, Likely<GatewayWrong>([.. seen, Trial(dead, answered: false)]).Summary, StringComparison.Ordinal);
        Likely<GatewayWrong>([.. seen, Neighbour("failed", address: dead)]);
        Assert.Null(Judge<GatewayWrong>([.. seen, Trial(dead, answered: true)]));
        Assert.Null(Judge<GatewayWrong>([Lookup(), Connected(), UsualTable(), Trial(Gateway, answered: true), Trial(dead, answered: false)]));
    }

    [Fact]
    public void Finds_two_owners_of_one_address()
    {
        Finding finding = Likely<DuplicateAddress>(Lookup(), TimedOut(), Asked(Gateway, RightHardware, WrongHardware));
        Assert.Contains(WrongHardware, finding.Summary, StringComparison.Ordinal);
        Assert.Null(Judge<DuplicateAddress>(Lookup(), TimedOut(), Asked(Gateway, RightHardware)));
    }

    [Fact]
    public void Finds_the_gateway_that_is_not_there()
    {
        Finding finding = Likely<GatewayWrong>(
            Lookup(gateway: "10.0.1.254"),
            Failed("EHOSTUNREACH", 3.06, OwnUnreachable),
            Neighbour("failed", address: "10.0.1.254"),
            Asked(Gateway, RightHardware),
            Trial(Gateway, answered: true));

        Assert.Contains("10.0.1.254", finding.Summary, StringComparison.Ordinal);
        Assert.Contains(finding.Remedies, remedy => remedy.Command?.Contains($"via {Gateway}", StringComparison.Ordinal) ?? false);
        Assert.Contains("neighbour-unresolved", new GatewayWrong().Info.Explains);
    }

    [Fact]
    public void Finds_the_gateway_that_does_not_forward() => Likely<GatewayWrong>(
        Lookup(gateway: "10.0.1.3"),
        TimedOut(),
        Neighbour("reachable", WrongHardware, "10.0.1.3"),
        Trial("10.0.1.3", answered: false, WrongHardware) with { IsKernelsChoice = true },
        Trial(Gateway, answered: true));

    [Fact]
    public void Acquits_a_gateway_that_proves_to_forward()
    {
        Observation[] silence = [Lookup(), TimedOut(), Neighbour("reachable", RightHardware)];

        Unlikely<GatewayWrong>([.. silence, Trial(Gateway, answered: false) with { IsKernelsChoice = true, ProvesRouter = true }]);
        Unlikely<GatewayWrong>([.. silence, Trace(Gateway, null, null)]);
        Unlikely<GatewayWrong>([.. silence, Lookup("10.0.3.53", purpose: "resolver"), Connected("10.0.3.53")]);
        Unlikely<GatewayWrong>(silence);
    }

    [Fact]
    public void Finds_the_prefix_that_is_too_wide()
    {
        Observation[] observations =
        [
            Lookup(gateway: null), Failed("EHOSTUNREACH", 3.06, OwnUnreachable), Neighbour("failed", address: Server),
            new RouteTable([Entry("0.0.0.0/0", Gateway), Entry("10.0.0.0/16")]),
        ];
        Finding finding = Likely<NetmaskWrong>([.. observations, Trial(Gateway, answered: true)]);

        Assert.Contains("10.0.0.0/16", finding.Summary, StringComparison.Ordinal);
        Unlikely<NetmaskWrong>([.. observations, Trial(Gateway, answered: false)]);
    }

    [Fact]
    public void Finds_the_prefix_that_is_too_narrow()
    {
        Likely<NetmaskWrong>(
            Lookup("10.0.1.130", errno: "ENETUNREACH"),
            Failed("ENETUNREACH", address: "10.0.1.130"),
            Asked("10.0.1.130", RightHardware),
            Trial("10.0.1.130", answered: true, destination: "10.0.1.130"));
    }

    [Fact]
    public void Takes_a_silent_tunnel_with_a_route_of_its_own_for_no_overlap()
    {
        RouteEntry route = Entry("10.0.2.0/24", device: "tun0");
        LinkState link = Link("tun0", kind: "tun") with { Statistics = new Dictionary<string, long> { ["tx_packets"] = 4 } };
        Observation[] seen = [Lookup(device: "tun0", gateway: null), UsualTable(route), TimedOut(), Trial(Gateway, answered: true)];

        Assert.Null(Judge<RouteOverlap>([.. seen, link]));
        Likely<RouteOverlap>([.. seen, link with { Statistics = new Dictionary<string, long> { ["tx_packets"] = 4, ["rx_packets"] = 9 } }]);
    }

    [Fact]
    public void Acquits_a_route_without_which_the_target_does_not_answer_either() => Unlikely<RouteOverlap>(
        Lookup(device: "vx0", gateway: null),
        UsualTable(Entry("10.0.2.0/24", device: "vx0")),
        Link("vx0", kind: "vxlan"),
        Neighbour("failed", address: Server, device: "vx0"),
        TimedOut(),
        Trial(Gateway, answered: false));

    [Fact]
    public void Finds_the_bridge_that_captures_the_target()
    {
        Observation[] observations =
        [
            Lookup(gateway: null, device: "docker0", source: "10.0.2.129"),
            Failed("EHOSTUNREACH", 3.05, OwnUnreachable),
            UsualTable(Entry("10.0.2.0/24", device: "docker0")),
            Link(), Link("docker0", carrier: false, kind: "bridge"),
            Neighbour("failed", address: Server, device: "docker0"),
        ];
        Finding finding = Likely<RouteOverlap>([.. observations, Trial(Gateway, answered: true)]);

        Assert.Contains("docker0", finding.Summary, StringComparison.Ordinal);
        Assert.Contains("link-no-carrier", new RouteOverlap().Info.Explains);
        Assert.Null(Judge<RouteOverlap>( // a cable that is out, and another way round
        [
            Lookup(gateway: null, device: "eth1", source: "10.0.2.129"), Failed("EHOSTUNREACH", 3.05, OwnUnreachable),
            UsualTable(Entry("10.0.2.0/24", device: "eth1")), Link(), Link("eth1", carrier: false),
            Neighbour("failed", address: Server, device: "eth1"), Trial(Gateway, answered: true),
        ]));
        Assert.Null(Judge<RouteOverlap>([Lookup(), TimedOut(), UsualTable(Entry("10.0.9.0/24", device: "docker0")), Link()]));
    }

    [Fact]
    public void Finds_the_rule_that_leads_to_a_refusal()
    {
        var rules = new PolicyRules([new(32765, "from all to 10.0.2.0/24 lookup 100", 100) { To = "10.0.2.0/24" }]);
        Finding finding = Likely<PolicyRouting>(
            Lookup(errno: "EINVAL"),
            Failed("EINVAL"),
            rules,
            UsualTable(Entry("0.0.0.0/0", device: null, type: "blackhole", table: 100)));

        Assert.Contains("32765", finding.Summary, StringComparison.Ordinal);
        Assert.Contains("route-prohibited", new PolicyRouting().Info.Explains);
    }

    [Fact]
    public void Leaves_a_rule_for_other_destinations_alone()
    {
        var rules = new PolicyRules([new(32765, "from all to 10.0.9.0/24 lookup 100", 100) { To = "10.0.9.0/24" }]);
        Assert.Null(Judge<PolicyRouting>(Lookup(), TimedOut(), rules, UsualTable(Entry("0.0.0.0/0", "10.0.1.3", table: 100))));
    }

    [Fact]
    public void Knows_that_echo_passes_a_rule_that_asks_for_the_source()
    {
        var rules = new PolicyRules([new(50, "from 10.0.1.2/32 lookup 77", 77) { From = "10.0.1.2/32" }]);
        Observation[] observations =
        [
            Lookup(gateway: "10.0.1.254", table: 77), Failed("EHOSTUNREACH", 3.06, OwnUnreachable), rules, Echo(3),
            UsualTable(Entry("0.0.0.0/0", "10.0.1.254", table: 77)), Neighbour("failed", address: "10.0.1.254"),
        ];
        Likely<PolicyRouting>(observations);
        Assert.Null(Judge<PolicyRouting>([.. observations, Connected() with { Port = 22, Purpose = "control" }]));
    }

    [Fact]
    public void Takes_the_error_that_only_echo_got()
    {
        // The router limits the rate of its errors: the SYNs saw silence.
        var error = new IcmpError(3, 1, Ip(Gateway), IsOwnAddress: false);
        Likely<RouteProhibited>(Lookup(), TimedOut(), Echo(0, error) with { Waited = TimeSpan.FromSeconds(1) });
        Assert.Null(Judge<RouteProhibited>(Lookup(), TimedOut(), Echo(0, error) with { Waited = TimeSpan.FromSeconds(4) }));
        Unlikely<GatewayWrong>(Lookup(), TimedOut(), Neighbour("reachable", RightHardware), Echo(0, error));
    }

    [Fact]
    public void Does_not_convict_a_rule_for_silence()
    {
        var rules = new PolicyRules([new(100, "from all lookup 100", 100)]);
        Observation[] observations =
        [
            Lookup(gateway: "10.0.1.3", table: 100), TimedOut(), rules, UsualTable(Entry("0.0.0.0/0", "10.0.1.3", table: 100)),
        ];
        Unlikely<PolicyRouting>([.. observations, Trial(Gateway, answered: false)]);
        Likely<PolicyRouting>([.. observations, Trial(Gateway, answered: true)]);
    }

    [Fact]
    public void Finds_the_mark_that_misleads_one_port()
    {
        var rules = new PolicyRules([new(32765, "from all fwmark 0x1 lookup 100", 100) { Mark = 1 }]);
        Observation[] observations =
        [
            Lookup(), Lookup(gateway: "10.0.1.254", table: 100, mark: 1), rules,
            UsualTable(Entry("0.0.0.0/0", "10.0.1.254", table: 100)), Echo(3),
        ];
        Likely<PolicyRouting>(
            [.. observations, Failed("EHOSTUNREACH", 3.06, OwnUnreachable), Neighbour("failed", address: "10.0.1.254")]);
        Unlikely<PolicyRouting>([.. observations, TimedOut()]);
    }

    [Fact]
    public void Finds_the_source_that_is_not_answered()
    {
        Observation[] observations =
        [
            Lookup(source: "192.168.77.7"), TimedOut(), UsualTable(), Addresses(Address("lo", "192.168.77.7", 32)),
        ];
        Finding finding = Likely<SourceAddressWrong>(
            [.. observations, Trial(Gateway, answered: true) with { IsOnlyOtherSource = true }]);

        Assert.Contains("192.168.77.7", finding.Summary, StringComparison.Ordinal);
        Unlikely<SourceAddressWrong>([.. observations, Trial(Gateway, answered: false) with { IsOnlyOtherSource = true }]);
        Unlikely<SourceAddressWrong>(Lookup(), TimedOut(), UsualTable(), Addresses());
    }

    [Fact]
    public void Finds_the_filter_that_drops_answers_from_elsewhere()
    {
        var strict = new KernelSettings(new Dictionary<string, string>
        {
            ["net.ipv4.conf.all.rp_filter"] = "0",
            ["net.ipv4.conf.eth1.rp_filter"] = "1",
        });
        var counters = new KernelCounters(new Dictionary<string, long> { ["TcpExt.IPReversePathFilter"] = 4 }, TimeSpan.FromSeconds(4));
        var flow = new FlowSighting(Ip(Server), 443, 40000) { SynsOut = 4, SynAcksIn = 4, InterfaceIn = "eth1", InterfaceOut = "eth0" };
        Finding finding = Likely<ReversePathFilter>(Lookup(), TimedOut(), strict, counters, flow);

        Assert.Contains("eth1", finding.Summary, StringComparison.Ordinal);
        Unlikely<ReversePathFilter>(
            Lookup(), TimedOut(), strict, counters, new FlowSighting(Ip(Server), 443, 40000) { SynsOut = 4, InterfaceOut = "eth0" });
        Assert.Null(Judge<ReversePathFilter>(Lookup(), TimedOut(), strict));
        Unlikely<ReversePathFilter>(
            Lookup(), TimedOut(), flow, new KernelSettings(new Dictionary<string, string> { ["net.ipv4.conf.all.rp_filter"] = "0" }));
    }

    [Fact]
    public void Finds_the_circle()
    {
        var exceeded = new IcmpError(11, 0, Ip("10.0.1.3"), IsOwnAddress: false);
        Finding finding = Likely<RoutingLoop>(
            Lookup(), Failed("EHOSTUNREACH", 0.001, exceeded), Trace(Gateway, "10.0.1.3", Gateway, "10.0.1.3"));

        Assert.Contains($"{Gateway} and 10.0.1.3", finding.Summary, StringComparison.Ordinal);
        Likely<RoutingLoop>(Lookup(), Failed("EHOSTUNREACH", 0.001, exceeded));
    }

    [Fact]
    public void Takes_a_small_hop_limit_for_no_circle()
    {
        var settings = new KernelSettings(new Dictionary<string, string> { ["net.ipv4.ip_default_ttl"] = "1" });
        Unlikely<RoutingLoop>(
            Lookup(), Failed("EHOSTUNREACH", 0.001, new IcmpError(11, 0, Ip(Gateway), IsOwnAddress: false)), settings);
        Assert.Null(Judge<RoutingLoop>(Lookup(), TimedOut(), Trace(Gateway, Gateway, "10.0.9.1")));
    }

    [Fact]
    public void Finds_the_circle_with_a_silent_router_but_none_where_a_rule_sets_every_hop_limit()
    {
        Finding finding = Likely<RoutingLoop>(Lookup(), TimedOut(), Trace(Gateway, "10.0.1.3", null, "10.0.1.3", null, null, null, "10.0.1.3"));
        Assert.Contains("between 10.0.1.3 and a router that does not answer", finding.Summary, StringComparison.Ordinal);

        Assert.Null(Judge<RoutingLoop>(Lookup(), TimedOut(), Trace(Gateway, Gateway, Gateway, null, null, Gateway)));
        Assert.Null(Judge<RoutingLoop>(Lookup(), TimedOut(), Trace(Gateway, null, null, null, Gateway, null, null, null, Gateway)));
        Assert.Null(Judge<RoutingLoop>(Lookup(), TimedOut(), Trace(Gateway, null, Gateway)));
    }

    [Fact]
    public void Finds_a_hop_limit_that_runs_out_before_the_target()
    {
        var exceeded = new IcmpError(11, 0, Ip(Gateway), IsOwnAddress: false);
        var settings = new KernelSettings(new Dictionary<string, string> { ["net.ipv4.ip_default_ttl"] = "1" });
        FlowSighting left = new(Ip(Server), 443, 0) { SynsOut = 1, SynTtl = 1 };
        PathTrace trace = Trace(Gateway, Server) with { Reached = true };

        Finding finding = Likely<TtlTooSmall>(Lookup(), Failed("EHOSTUNREACH", 0.001, exceeded), settings, trace);
        Assert.Equal(Where.Local, finding.Where);
        Assert.Contains("hop limit of 1, and it is 2 hops away", finding.Summary, StringComparison.Ordinal);
        Assert.Contains(finding.Remedies, remedy => remedy.Command is "sysctl -w net.ipv4.ip_default_ttl=64");
        Assert.Contains(Likely<TtlTooSmall>(Lookup(), TimedOut(), left, trace).Remedies, remedy => remedy.Command!.Contains("hoplimit", StringComparison.Ordinal));
        Likely<TtlTooSmall>(Lookup(), Failed("EHOSTUNREACH", 0.001, exceeded), settings, Trace(null, Gateway, null));
    }

    [Fact]
    public void Takes_no_loop_for_a_small_hop_limit()
    {
        var exceeded = new IcmpError(11, 0, Ip(Gateway), IsOwnAddress: false);
        static KernelSettings Leaving(int ttl) => new(new Dictionary<string, string> { ["net.ipv4.ip_default_ttl"] = $"{ttl}" });
        ConnectAttempt failed = Failed("EHOSTUNREACH", 0.001, exceeded);

        Assert.Null(Judge<TtlTooSmall>(Lookup(), failed, Leaving(40), Trace("10.0.1.3", null)));
        Assert.Null(Judge<TtlTooSmall>(Lookup(), failed, Leaving(7), Trace(Gateway, null, Gateway, null, Gateway, null, Gateway)));
        Assert.Null(Judge<TtlTooSmall>(Lookup(), failed, Leaving(9), Trace(Gateway, "10.0.1.3")));
        Assert.Null(Judge<TtlTooSmall>(Lookup(), failed, Leaving(9)));
        Assert.DoesNotContain("routing-loop", new TtlTooSmall().Info.Explains);
    }

    [Fact]
    public void Takes_a_circle_a_silence_and_a_usual_hop_limit_for_no_small_one()
    {
        var exceeded = new IcmpError(11, 0, Ip(Gateway), IsOwnAddress: false);
        var settings = new KernelSettings(new Dictionary<string, string> { ["net.ipv4.ip_default_ttl"] = "9" });
        FlowSighting usual = new(Ip(Server), 443, 0) { SynsOut = 1, SynTtl = 64 };

        Assert.Null(Judge<TtlTooSmall>(Lookup(), Failed("EHOSTUNREACH", 0.001, exceeded), settings, Trace(Gateway, "10.0.1.3", Gateway)));
        Assert.Null(Judge<TtlTooSmall>(Lookup(), TimedOut(), settings));
        Assert.Null(Judge<TtlTooSmall>(Lookup(), TimedOut(), settings, Trace(Gateway, Server) with { Reached = true }));
        Assert.Null(Judge<TtlTooSmall>(Lookup(), Failed("EHOSTUNREACH", 0.001, exceeded), usual, Trace(Gateway, Server) with { Reached = true }));
    }

    [Fact]
    public void Reads_how_soon_an_unreachable_came_from_the_kernels_clock()
    {
        // The program was kept waiting; the packets were not.
        var error = new IcmpError(3, 1, Ip(Gateway), IsOwnAddress: false);
        ConnectAttempt kept = Failed("EHOSTUNREACH", 0.4, error) with { SourcePort = 40000 };
        static FlowSighting Flow(double milliseconds) => new(Ip(Server), 443, 40000) { SynsOut = 1, ErrorDelay = TimeSpan.FromMilliseconds(milliseconds) };

        Assert.Null(Judge<RouteProhibited>(Lookup(), kept));
        Assert.NotNull(Judge<RouteProhibited>(Lookup(), kept, Flow(0.1)));
        Assert.Null(Judge<RouteProhibited>(Lookup(), kept with { Elapsed = TimeSpan.FromMilliseconds(1020) }, Flow(400)));
    }

    [Fact]
    public void Finds_broken_ipv6_beside_working_ipv4()
    {
        Finding finding = Likely<Ipv6Broken>(
            Lookup(), Lookup(Server6, gateway: "2001:db8:1::1", source: "2001:db8:1::2"), Connected(), TimedOut(Server6),
            Addresses(Address("eth0", "2001:db8:1::2", 64)));

        Assert.Equal(Severity.Warning, finding.Severity);
        Assert.Equal(Ip(Server6), finding.Subject);
    }

    [Fact]
    public void A_name_server_without_a_route_costs_no_time_where_another_answers()
    {
        var resolved = new NameResolution("www.test", NameSource.Dns, [Ip(Server)], TimeSpan.FromMilliseconds(1), 2);
        var query = new DnsExchange(Ip(Gateway), 53, DnsTransport.Udp, "www.test.", "A", DnsOutcome.Failed, TimeSpan.Zero, 1) { Errno = "ENETUNREACH" };
        RouteLookup lookup = Lookup(Gateway, errno: "ENETUNREACH", purpose: "resolver");

        Assert.Equal(Severity.Critical, Likely<NoRoute>(lookup, query, Table()).Severity);
        Assert.Equal(Severity.Info, Likely<NoRoute>(lookup, query, Table(), resolved).Severity);
    }

    [Fact]
    public void Finds_ipv6_switched_off_for_a_name_with_nothing_else()
    {
        var settings = new KernelSettings(new Dictionary<string, string> { ["net.ipv6.conf.all.disable_ipv6"] = "1" });
        Finding finding = Likely<Ipv6Broken>(
            Lookup(Server6, errno: "ENETUNREACH"), Failed("EADDRNOTAVAIL", address: Server6), Addresses(), settings);

        Assert.Equal((Severity.Critical, Where.Local), (finding.Severity, finding.Where));
        Assert.Contains(finding.Remedies, remedy => remedy.Command == "sysctl -w net.ipv6.conf.all.disable_ipv6=0");
    }

    [Fact]
    public void Finds_the_servers_address_on_this_machine()
    {
        Observation[] local =
        [
            Lookup(type: "local", gateway: null, device: "lo", source: Server), Failed("ECONNREFUSED", 0.00005), Link("lo"),
            Addresses(Address("lo", Server, 32)),
        ];
        Finding finding = Likely<TargetIsLocal>([.. local, Trial(Gateway, answered: true)]);

        Assert.Contains(Server, finding.Summary, StringComparison.Ordinal);
        Assert.Contains("port-closed", new TargetIsLocal().Info.Explains);
    }

    [Fact]
    public void Leaves_an_own_service_that_is_down_alone()
    {
        Unlikely<TargetIsLocal>(
            Lookup(Own, type: "local", gateway: null, device: "lo"), Failed("ECONNREFUSED", 0.00005, address: Own), Link("lo"), Link(), Addresses());
        Assert.Null(Judge<TargetIsLocal>(Lookup(Own, type: "local", gateway: null, device: "lo"), Connected(Own), Addresses()));
        Unlikely<TargetIsLocal>( // the gateway sends the question back to where it came from
            Lookup(Own, type: "local", gateway: null, device: "lo"), Connected(Own), Addresses(), Link("lo"), Trial(Gateway, answered: true) with { Destination = Ip(Own), AnsweredBy = "lo" });
    }

    [Fact]
    public void Has_nothing_to_say_about_what_works()
    {
        EvidenceSet healthy = new(
            Lookup(), Connected(), Echo(3), UsualTable(), Addresses(), Link(), Link("eth1", up: false, carrier: false),
            Neighbour("reachable", RightHardware), new PolicyRules([new(100, "from all lookup 100", 100)]),
            new KernelCounters(new Dictionary<string, long> { ["TcpExt.IPReversePathFilter"] = 9 }, TimeSpan.FromSeconds(1)));
        IRule[] rules =
        [
            new LinkDown(), new LinkNoCarrier(), new NeighbourUnresolved(), new NeighbourWrong(), new DuplicateAddress(),
            new NoRoute(), new RouteProhibited(), new GatewayWrong(), new NetmaskWrong(), new RouteOverlap(),
            new PolicyRouting(), new SourceAddressWrong(), new ReversePathFilter(), new RoutingLoop(), new TtlTooSmall(), new Ipv6Broken(),
            new TargetIsLocal(),
        ];

        Assert.All(rules, rule => Assert.Empty(rule.Evaluate(healthy)));
    }
}

using System.Net;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;
using Xunit;
using static NetWhy.Tests.Rules.DnsEvidence;

namespace NetWhy.Tests.Rules;

public sealed class DnsRulesTests
{
    private static readonly Observation[] Healthy =
    [
        Configured(First, Second),
        Answer(First, "NOERROR", Web),
        Answer(First, "NOERROR") with { Type = "AAAA" },
        Answer(Second, "NOERROR", Web),
        Resolved(First, 0.001, Web),
        new AuthorityAnswer("lab.test.", Other, Name + ".", [Web], "NOERROR"),
        Connects(Web),
    ];

    public static TheoryData<string> Rules =>
        [.. RuleCatalog.All.Select(rule => rule.Info.Id).Where(id => id.StartsWith("dns-", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_healthy_lookup_without_IPv6_is_no_fault(string id)
    {
        IRule rule = RuleCatalog.All.Single(rule => rule.Info.Id == id);

        Assert.Empty(rule.Evaluate(new EvidenceSet([Started(), .. Healthy])));
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void No_evidence_is_no_finding(string id)
    {
        IRule rule = RuleCatalog.All.Single(rule => rule.Info.Id == id);

        Assert.Empty(rule.Evaluate(new EvidenceSet()));
        Assert.Empty(rule.Evaluate(new EvidenceSet(Started())));
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void One_lost_packet_is_no_fault(string id)
    {
        IRule rule = RuleCatalog.All.Single(rule => rule.Info.Id == id);
        DnsExchange late = Answer(First, "NOERROR", Web) with { Sends = 2, Elapsed = TimeSpan.FromSeconds(0.4) };

        Assert.Empty(rule.Evaluate(
            new EvidenceSet(Started(), Configured(First), late, Resolved(First, 0.001, Web), Connects(Web))));
    }

    [Fact]
    public void A_server_that_is_silent_to_one_question_alone_is_not_dead()
    {
        InvestigationStarted machine = new("0", "", TargetKind.ThisMachine, null, null, null);
        DnsExchange root = Answer(First, "NOERROR", name: ".") with { Purpose = "greeting", Type = "NS" };

        Likely<DnsResolverUnreachable>(machine, Configured(First), Greeting(First, answered: false));
        Silent<DnsResolverUnreachable>(machine, Configured(First), Greeting(First, answered: false), root);
    }

    [Fact]
    public void Another_resolver_takes_the_place_of_what_the_file_says()
    {
        ResolverConfiguration useless = Configured(IPAddress.Loopback) with { UsesDefaultServer = true, BadLines = ["nameserver x"] };
        Remedy named = Likely<DnsNoResolver>(useless, Closed(IPAddress.Loopback), Unresolved("EAI_AGAIN")).Remedies[0];
        Finding windows = Likely<DnsNoResolver>(useless with { BadLines = ["nameserver 10.0.3.53\r"] }, Closed(IPAddress.Loopback), Unresolved("EAI_AGAIN"));
        Remedy other = Likely<DnsRefused>(Configured(First), Answer(First, "REFUSED"), Unresolved("EAI_AGAIN")).Remedies[^1];

        Assert.Equal("echo 'nameserver RESOLVER' > /etc/resolv.conf", named.Command);
        Assert.Contains("carriage return", windows.Summary, StringComparison.Ordinal);
        Assert.Contains("sed 's/\\r$//'", windows.Remedies[0].Command, StringComparison.Ordinal);
        Assert.Equal("echo 'nameserver OTHER-RESOLVER' > /etc/resolv.conf", other.Command);
    }

    [Fact]
    public void An_empty_file_leaves_no_resolver()
    {
        ResolverConfiguration empty = Configured(IPAddress.Loopback) with
        {
            State = FileState.Empty,
            UsesDefaultServer = true,
        };

        Finding finding = Likely<DnsNoResolver>(empty, Closed(IPAddress.Loopback), Unresolved("EAI_AGAIN"));
        Assert.Equal(Where.Local, finding.Where);
        Assert.Contains("/etc/resolv.conf is empty", finding.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stub_that_does_not_run_is_no_resolver()
    {
        var stub = IPAddress.Parse("127.0.0.53");

        Finding finding = Likely<DnsNoResolver>(Configured(stub), Closed(stub), Unresolved("EAI_AGAIN"));
        Assert.Contains(finding.Remedies, remedy => remedy.Command is "systemctl restart systemd-resolved");
        Silent<DnsNoResolver>(Configured(First), Closed(First), Unresolved("EAI_AGAIN"));
        Silent<DnsNoResolver>(
            Configured(stub), Answer(stub, "NOERROR", Web), Resolved(stub, 0.001, Web));
    }

    [Fact]
    public void A_resolver_that_is_down_is_unreachable()
    {
        Finding closed = Likely<DnsResolverUnreachable>(Configured(First), Closed(First), Unresolved("EAI_AGAIN"));
        Assert.Equal((Severity.Critical, Where.Resolver), (closed.Severity, closed.Where));

        Finding silent = Likely<DnsResolverUnreachable>(
            Configured(First), Silence(First), Greeting(First, answered: false), Echo(First, 0), Unresolved("EAI_AGAIN"));
        Assert.Equal(Where.Unknown, silent.Where);

        Finding filtered = Likely<DnsResolverUnreachable>(
            Configured(First), Silence(First), Greeting(First, answered: false), Echo(First, 3), Unresolved("EAI_AGAIN"));
        Assert.Equal(Where.Resolver, filtered.Where);
    }

    [Fact]
    public void A_resolver_without_a_route_to_it_is_not_the_fault_of_DNS()
    {
        Open<DnsResolverUnreachable>(
            Configured(First), Refusal(First, "ENETUNREACH", icmp: null), Unresolved("EAI_AGAIN"));
    }

    [Fact]
    public void A_resolver_that_was_hardly_waited_for_is_not_dead() => Silent<DnsResolverUnreachable>(
        Configured(First), Silence(First, 0.3), Unresolved("EAI_AGAIN"));

    [Fact]
    public void A_resolver_that_fails_only_for_the_name_is_reachable()
    {
        Observation[] seen =
            [Configured(First), Silence(First), Greeting(First, answered: true), Unresolved("EAI_AGAIN")];

        Silent<DnsResolverUnreachable>(seen);
        Likely<DnsServerFailure>(seen);
    }

    [Fact]
    public void A_dead_first_resolver_costs_its_timeout()
    {
        Finding finding = Likely<DnsFirstResolverDead>(
            Configured(First, Second), Silence(First), Answer(Second, "NOERROR", Web), Resolved(Second, 5.001, Web));

        Assert.Equal(Severity.Warning, finding.Severity);
        Assert.Contains("waits 5 s", finding.Summary, StringComparison.Ordinal);
        Assert.Contains($"{First}", finding.Remedies[0].Command, StringComparison.Ordinal);
    }

    [Fact]
    public void A_first_resolver_that_refuses_at_once_costs_nothing()
    {
        Finding? finding = Judge<DnsFirstResolverDead>(
            Configured(First, Second), Closed(First), Answer(Second, "NOERROR", Web), Resolved(Second, 0.002, Web));

        Assert.Equal(Severity.Info, finding?.Severity);
    }

    [Fact]
    public void A_dead_second_resolver_matters_only_where_servers_take_turns()
    {
        Observation[] seen = [Answer(First, "NOERROR", Web), Silence(Second), Resolved(First, 0.001, Web)];

        Silent<DnsFirstResolverDead>([Configured(First, Second), .. seen]);
        Likely<DnsFirstResolverDead>([Configured(First, Second) with { Rotate = true }, .. seen]);
    }

    [Fact]
    public void A_name_that_does_not_exist_is_named_with_its_zone()
    {
        Finding finding = Likely<DnsNameNotFound>(
            Configured(First),
            Answer(First, "NXDOMAIN") with { NegativeZone = "lab.test." },
            Unresolved("EAI_NONAME", First));

        Assert.Contains("lab.test", finding.Remedies[1].Text, StringComparison.Ordinal);
        Silent<DnsNameNotFound>(Configured(First), Answer(First, "SERVFAIL"), Unresolved("EAI_AGAIN"));
    }

    [Fact]
    public void A_name_that_the_authority_has_may_exist_after_all() => Open<DnsNameNotFound>(
        Configured(First),
        Answer(First, "NXDOMAIN"),
        Unresolved("EAI_NONAME", First),
        new AuthorityAnswer("lab.test.", Other, Name + ".", [Web], "NOERROR"));

    [Fact]
    public void A_name_without_records_has_no_address()
    {
        Likely<DnsNoAddress>(
            Configured(First),
            Answer(First, "NOERROR"),
            Answer(First, "NOERROR") with { Type = "AAAA" },
            Unresolved("EAI_NODATA", First));
        Silent<DnsNoAddress>(Configured(First), Answer(First, "NXDOMAIN"), Unresolved("EAI_NONAME", First));
    }

    [Fact]
    public void A_server_failure_is_told_with_its_reason()
    {
        Finding finding = Likely<DnsServerFailure>(
            Configured(First),
            Answer(First, "SERVFAIL") with { ExtendedErrors = ["22 No Reachable Authority"] },
            Unresolved("EAI_AGAIN"));

        Assert.Contains("No Reachable Authority", finding.Summary, StringComparison.Ordinal);
        Silent<DnsServerFailure>(Configured(First), Answer(First, "REFUSED"), Unresolved("EAI_AGAIN"));
        Silent<DnsServerFailure>(Configured(First), Closed(First), Unresolved("EAI_AGAIN"));
    }

    // RFC 4074, sections 4.2 and 4.3
    [Fact]
    public void A_type_that_fails_alone_is_told_with_what_that_does()
    {
        DnsExchange good = Answer(First, "NOERROR", Web);
        Finding finding = Likely<DnsServerFailure>(Configured(First), good, Answer(First, "SERVFAIL") with { Type = "AAAA" }, Resolved(First, 0.001, Web));
        Assert.Equal(Severity.Warning, finding.Severity);
        Assert.Contains("musl", finding.Summary, StringComparison.Ordinal);
        finding = Likely<DnsNameNotFound>(Configured(First), good, Answer(First, "NXDOMAIN") with { Type = "AAAA" }, Resolved(First, 0.001, Web));
        Assert.Contains("RFC 4074", finding.Remedies[0].Text, StringComparison.Ordinal);

        finding = Likely<DnsServerFailure>(
            Configured(First), Answer(First, "SERVFAIL"), Answer(First, "NOERROR") with { Type = "AAAA" }, good with { Purpose = "validated" }, Unresolved("EAI_NODATA", First));
        Assert.Contains("now and then", finding.Summary, StringComparison.Ordinal);
        Assert.Equal(Severity.Critical, finding.Severity);
        Open<DnsNoAddress>(Configured(First), Answer(First, "SERVFAIL"), Answer(First, "NOERROR") with { Type = "AAAA" }, Unresolved("EAI_NODATA", First));
    }

    [Fact]
    public void A_server_that_only_names_others_is_no_resolver()
    {
        DnsExchange referral = Answer(First, "NOERROR") with { RecursionAvailable = false };
        Assert.Contains("referral", Likely<DnsRefused>(Configured(First), referral, Unresolved("EAI_AGAIN")).Summary, StringComparison.Ordinal);
        Silent<DnsNoAddress>(Configured(First), referral, Unresolved("EAI_NODATA", First));

        // With glue, the C library takes it for an answer, and never asks the second server.
        Finding finding = Likely<DnsRefused>(
            Configured(First, Second), referral with { AdditionalRecords = 2 }, Answer(Second, "NOERROR", Web), Unresolved("EAI_NODATA", First, Name + "."));
        Assert.Contains("referral", finding.Summary, StringComparison.Ordinal);
        Silent<DnsRefused>(Configured(First), Answer(First, "NOERROR"), Unresolved("EAI_NODATA", First, Name + "."));
    }

    [Fact]
    public void A_name_that_a_filter_blocks_is_not_missing()
    {
        DnsExchange told = Answer(First, "NXDOMAIN") with { Purpose = "reason", ExtendedErrors = ["15 Blocked: by policy"] };
        Finding finding = Likely<DnsHijacked>(Configured(First), Answer(First, "NXDOMAIN"), told, Unresolved("EAI_NONAME", First, Name + "."));
        Assert.Contains("Blocked", finding.Summary, StringComparison.Ordinal);
        Assert.Contains("dns-name-not-found", finding.AlsoExplains);
        Observation[] nobody = [Configured(First), Answer(First, "NOERROR", IPAddress.Any), Resolved(First, 0.001, IPAddress.Any)];
        Assert.False(Judge<DnsHijacked>(nobody)!.Confidence > 0.7); // the zone may have it so
        Likely<DnsHijacked>([.. nobody, new AuthorityAnswer("lab.test.", Other, Name + ".", [Web], "NOERROR")]);
        Likely<DnsHijacked>([.. nobody, told with { ResponseCode = "NOERROR", Addresses = [IPAddress.Any], ExtendedErrors = ["4 Forged Answer"] }]);
        Silent<DnsHijacked>(Configured(First), Answer(First, "NOERROR", Web) with { ExtendedErrors = ["4 Forged Answer"] }, Resolved(First, 0.001, Web)); // local data
        Silent<DnsHijacked>(
            Configured(First), Answer(First, "NOERROR", Web), Answer(First, "NOERROR") with { Type = "AAAA", ExtendedErrors = ["4 Forged Answer"] }, Resolved(First, 0.001, Web));
        Silent<DnsHijacked>(Configured(First), Answer(First, "NXDOMAIN"), told with { ExtendedErrors = ["3 Stale Answer"] }, Unresolved("EAI_NONAME", First, Name + "."));
        Silent<DnsHijacked>(
            Configured(First), Answer(First, "NOERROR", IPAddress.Any), Resolved(First, 0.001, IPAddress.Any),
            new AuthorityAnswer("lab.test.", Other, Name + ".", [IPAddress.Any], "NOERROR")); // the zone itself says so
    }

    [Theory]
    [InlineData("oooooooooo", null)]
    [InlineData("oooxoooooo", null)] // chance
    [InlineData("oxooooxooo", "2 of 10")]
    [InlineData("ooooooxxxx", "none of 4 after them")] // a limit, that an application which asks now and then does not meet
    [InlineData("oooooooxxx", "none of 3 after them")]
    [InlineData("ooooooooxx", "2 of 10")] // may be chance
    [InlineData("xxxxxxxxxx", "none of 10 after them")] // it stopped before: so much for the silence to other queries
    public void Queries_that_stay_unanswered_are_counted(string series, string? count)
    {
        DnsExchange[] loss =
        [
            .. series.Select((outcome, index) =>
            {
                DnsExchange exchange = outcome is 'o' ? Answer(First, "NOERROR", Web) : Silence(First) with { Elapsed = TimeSpan.FromSeconds(1.5) };
                return exchange with { Purpose = "loss", At = DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(0.25 * index) + exchange.Elapsed };
            }),
        ];
        Observation[] seen = [Configured(First), Answer(First, "NOERROR", Web), Resolved(First, 0.001, Web), .. loss.OrderBy(exchange => exchange.At)];
        bool isFound = count is "2 of 10" or "none of 10 after them";

        if (count is null)
        {
            Silent<DnsSlow>(seen);
        }
        else
        {
            Finding finding = Likely<DnsSlow>(seen);
            Assert.Contains(count, finding.Summary, StringComparison.Ordinal);
            Assert.Equal(isFound ? Severity.Warning : Severity.Info, finding.Severity);
        }

        // Silence to a query with EDNS is then no sign that EDNS is what is dropped.
        DnsExchange edns = Silence(First) with { Purpose = "edns", Elapsed = TimeSpan.FromSeconds(1.5), Sends = 3 };
        Finding broken = Judge<DnsEdnsBroken>([.. seen, Answer(First, "NOERROR", Web) with { Purpose = "plain" }, edns])!;
        Assert.Equal(!isFound, broken.Confidence > 0.3);
    }

    [Fact]
    public void An_address_beside_nxdomain_is_taken_by_nobody()
    {
        DnsExchange both = Answer(First, "NXDOMAIN", Web);
        Finding finding = Likely<DnsMalformedAnswer>(Configured(First), both, Unresolved("EAI_NONAME", First, Name + "."));
        Assert.Contains("NXDOMAIN", finding.Summary, StringComparison.Ordinal);
        Silent<DnsMalformedAnswer>(Configured(First), Answer(First, "NXDOMAIN"), Unresolved("EAI_NONAME", First, Name + "."));
    }

    [Fact]
    public void A_refusal_is_a_finding_only_if_every_server_refuses()
    {
        Likely<DnsRefused>(Configured(First), Answer(First, "REFUSED"), Unresolved("EAI_AGAIN"));
        Silent<DnsRefused>(
            Configured(First, Second), Answer(First, "REFUSED"), Answer(Second, "NOERROR", Web), Resolved(Second, 0.002, Web));
    }

    [Fact]
    public void A_slow_answer_that_stays_slow_is_slow()
    {
        DnsExchange slow = Answer(First, "NOERROR", Web, milliseconds: 800);

        Likely<DnsSlow>(
            Configured(First), slow, slow with { Purpose = "repeat" }, Echo(First, 3), Resolved(First, 0.8, Web));
    }

    [Fact]
    public void A_slow_answer_that_is_quick_again_was_not_cached() => Open<DnsSlow>(
        Configured(First),
        Answer(First, "NOERROR", Web, milliseconds: 500),
        Answer(First, "NOERROR", Web) with { Purpose = "repeat" },
        Resolved(First, 0.5, Web));

    [Fact]
    public void A_far_resolver_is_not_slow() => Silent<DnsSlow>(
        Configured(First), Answer(First, "NOERROR", Web, milliseconds: 160), Resolved(First, 0.16, Web));

    [Fact]
    public void Resolvers_that_disagree_differ()
    {
        Finding finding = Likely<DnsAnswersDiffer>(
            Configured(First, Second), Answer(First, "NOERROR", Web), Answer(Second, "NOERROR", Other), Resolved(First, 0.001, Web));
        Assert.Equal(Severity.Warning, finding.Severity);

        Finding worse = Likely<DnsAnswersDiffer>(
            Configured(First, Second), Answer(First, "NXDOMAIN"), Answer(Second, "NOERROR", Web), Unresolved("EAI_NONAME", First));
        Assert.Equal(Severity.Critical, worse.Severity);
    }

    [Fact]
    public void Answers_that_share_an_address_agree() => Silent<DnsAnswersDiffer>(
        Configured(First, Second),
        Answer(First, "NOERROR", Web) with { Addresses = [Web, Other] },
        Answer(Second, "NOERROR", Web) with { Addresses = [Other] },
        Resolved(First, 0.001, Web, Other));

    [Fact]
    public void A_hosts_file_that_contradicts_DNS_overrides_it()
    {
        var entry = new HostsFileEntry("/etc/hosts", 7, Name, Other);
        NameResolution byFile = Resolved(First, 0, Other) with { Source = NameSource.HostsFile };

        Finding finding = Likely<DnsHostsOverride>(Configured(First), entry, Answer(First, "NOERROR", Web), byFile);
        Assert.Equal("old=$(mktemp) && cp /etc/hosts $old && sed '7d' $old > /etc/hosts", finding.Remedies[0].Command);
        Assert.Equal(
            Severity.Critical,
            Likely<DnsHostsOverride>(Configured(First), entry, Answer(First, "NOERROR", Web), byFile, Fails(Other)).Severity);
        Assert.Equal(
            Severity.Critical,
            Likely<DnsHostsOverride>(
                new InvestigationStarted("1", Name, TargetKind.Host, null, Name, null), Configured(First), entry, Answer(First, "NOERROR", Web), byFile,
                new EchoSeries(Other, "target", 84, 3, 0)).Severity);
        Silent<DnsHostsOverride>(Configured(First), entry, Answer(First, "NOERROR", Other), byFile);
        Silent<DnsHostsOverride>(Configured(First), entry, Answer(First, "NXDOMAIN"), byFile, Connects(Other));
    }

    [Fact]
    public void A_wildcard_in_the_search_domain_captures_the_name()
    {
        const string Found = Name + ".corp.test.";
        ResolverConfiguration searching = Configured(First) with { Search = ["corp.test"], Dots = 5 };
        NameResolution captured = Resolved(First, 0.001, Other) with { Tried = [Found], AbsoluteAddresses = [Web] };

        Finding finding = Likely<DnsSearchStorm>(
            searching,
            Answer(First, "NOERROR", Other, name: Found),
            Answer(First, "NOERROR", Web),
            Answer(First, "NOERROR", Other, name: "nw1.corp.test.") with { Purpose = "control" },
            captured);
        Assert.Contains("captures", finding.Summary, StringComparison.Ordinal);
        Silent<DnsSearchStorm>(searching, captured with { AbsoluteAddresses = [] });
    }

    [Fact]
    public void Names_asked_for_in_vain_are_a_storm()
    {
        NameResolution late = Resolved(First, 0.003, Web) with
        {
            Tried = [$"{Name}.a.test.", $"{Name}.b.test.", $"{Name}.c.test.", $"{Name}.d.test.", $"{Name}."],
            Queries = 10,
        };

        Finding finding = Likely<DnsSearchStorm>(
            Configured(First) with { Search = ["a.test", "b.test", "c.test", "d.test"], Dots = 5 }, late);
        Assert.Equal(Severity.Warning, finding.Severity);
        Assert.Contains("10 queries", finding.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void One_dead_address_of_several_is_a_partial_outage()
    {
        Observation[] seen = [Configured(First), Answer(First, "NOERROR", Web), Resolved(First, 0.001, Web, Other)];

        Finding finding = Likely<DnsPartialOutage>([.. seen, Connects(Web), Fails(Other, "EHOSTUNREACH")]);
        Assert.Equal(Other, finding.Subject);
        Silent<DnsPartialOutage>([.. seen, Connects(Web), Connects(Other)]);
        Silent<DnsPartialOutage>([.. seen, Fails(Web), Fails(Other)]);
    }

    [Fact]
    public void A_dead_address_costs_what_clients_lose_at_it()
    {
        Observation[] seen =
        [
            Configured(First), Answer(First, "NOERROR", Web), Resolved(First, 0.001, Other, Web), Connects(Web), Fails(Other, "EHOSTUNREACH"),
        ];
        var order = new ClientOrder(80, [Other, Web])
        {
            RacingLoss = TimeSpan.FromSeconds(0.25),
            SequentialLoss = TimeSpan.FromSeconds(3.06),
        };

        Assert.EndsWith(
            ": browsers lose 0.25 s, a client that tries one address after the other 3.06 s.",
            Likely<DnsPartialOutage>([.. seen, order]).Summary,
            StringComparison.Ordinal);
        Assert.EndsWith(
            "after the other more than 3.06 s.",
            Likely<DnsPartialOutage>([.. seen, order with { SequentialLosesMore = true }]).Summary,
            StringComparison.Ordinal);
        Assert.DoesNotContain(
            "lose",
            Likely<DnsPartialOutage>([.. seen, order with { SequentialLoss = TimeSpan.FromSeconds(0.001) }]).Summary,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_family_that_fails_as_a_whole_is_no_partial_outage()
    {
        var v6 = IPAddress.Parse("fd10::10");

        Silent<DnsPartialOutage>(
            Configured(First), Resolved(First, 0.001, v6, Web), Connects(Web), Fails(v6, "ENETUNREACH"));
    }

    [Fact]
    public void An_address_that_nobody_expects_is_wrong() => Likely<DnsWrongAddress>(
        Started(Web), Configured(First), Answer(First, "NOERROR", Other), Resolved(First, 0.001, Other), Connects(Other));

    [Fact]
    public void An_address_that_the_zone_denies_is_wrong_only_if_it_does_not_serve()
    {
        Observation[] seen =
        [
            Configured(First),
            Answer(First, "NOERROR", Other),
            Resolved(First, 0.001, Other),
            new AuthorityAnswer("lab.test.", Second, Name + ".", [Web], "NOERROR"),
        ];

        Finding wrong = Likely<DnsWrongAddress>([.. seen, Fails(Other)]);
        Assert.Contains("port-*", wrong.AlsoExplains);
        Finding? elsewhere = Judge<DnsWrongAddress>([.. seen, Connects(Other)]);
        Assert.True(elsewhere is { Severity: Severity.Info, Confidence: < 0.3 });
    }

    [Fact]
    public void A_closed_port_alone_says_nothing_about_the_address() => Silent<DnsWrongAddress>(
        Configured(First), Answer(First, "NOERROR", Web), Resolved(First, 0.001, Web), Fails(Web));

    [Fact]
    public void A_name_that_the_proxy_resolves_does_not_matter_here()
    {
        Finding? finding = Judge<DnsNameNotFound>(
            Configured(First),
            Answer(First, "NXDOMAIN"),
            Unresolved("EAI_NONAME", First),
            new ProxyEnvironment("http_proxy", "proxy.lab.test", 3128));

        Assert.Equal(Severity.Info, finding?.Severity);
    }

    [Fact]
    public void A_lost_AAAA_is_told_from_a_dead_server()
    {
        Observation[] seen =
        [
            Configured(First),
            Answer(First, "NOERROR", Web),
            Silence(First) with { Type = "AAAA" },
            Resolved(First, 15, Web),
        ];

        Likely<DnsAaaaDropped>(seen);
        Silent<DnsFirstResolverDead>(seen);
        Silent<DnsResolverUnreachable>(seen);
    }

    [Fact]
    public void A_cut_answer_needs_TCP() => Likely<DnsTruncatedNoTcp>(
        Configured(First),
        Refusal(First, "ECONNREFUSED", icmp: null) with { Transport = DnsTransport.Tcp, WasTruncated = true },
        Unresolved("EAI_AGAIN"));

    [Fact]
    public void A_name_service_switch_without_DNS_hides_the_name() => Likely<DnsNsswitch>(
        Configured(First) with { HostsOrder = ["files"] },
        Answer(First, "NOERROR", Web),
        Unresolved("EAI_NONAME") with { Tried = [] });

    [Fact]
    public void An_answer_from_elsewhere_is_told_from_silence()
    {
        DnsExchange stray = Silence(First) with { StrayAnswers = 4, StraySources = [Second] };

        Likely<DnsMalformedAnswer>(Configured(First), stray, Unresolved("EAI_AGAIN"));
        Silent<DnsMalformedAnswer>(Configured(First), Silence(First), Unresolved("EAI_AGAIN"));
        Silent<DnsMalformedAnswer>(
            Configured(First), stray, Answer(First, "NOERROR", Web), Resolved(First, 0.001, Web));
    }

    [Fact]
    public void An_alias_that_leads_nowhere_is_broken()
    {
        DnsExchange loop = Answer(First, "NOERROR") with { Aliases = ["a.lab.test.", Name + "."] };
        DnsExchange gone = Answer(First, "NXDOMAIN") with { Aliases = ["gone.lab.test."] };

        Assert.Contains(
            "circle", Likely<DnsCnameBroken>(Configured(First), loop, Unresolved("EAI_NODATA")).Summary, StringComparison.Ordinal);
        Assert.Contains(
            "gone.lab.test", Likely<DnsCnameBroken>(Configured(First), gone, Unresolved("EAI_NONAME")).Summary, StringComparison.Ordinal);
        Silent<DnsCnameBroken>(
            Configured(First),
            Answer(First, "NOERROR") with { Aliases = ["a.lab.test."] },
            Unresolved("EAI_NODATA"));
    }
}

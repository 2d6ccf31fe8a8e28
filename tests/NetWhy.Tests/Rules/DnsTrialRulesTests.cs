using System.Net;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;
using Xunit;
using static NetWhy.Tests.Rules.DnsEvidence;

namespace NetWhy.Tests.Rules;

/// <summary>Rules that rest on trials and on the survey of delegations: likely, open, ruled out.</summary>
public sealed class DnsTrialRulesTests
{
    private static readonly IPAddress Six = IPAddress.Parse("fd00:3::54");
    private static readonly IPAddress Nobody = IPAddress.Parse("192.0.2.53");

    private static DnsExchange Plain => Answer(First, "NOERROR", Web) with { Purpose = "plain" };

    private static DnsExchange Edns => Plain with { Purpose = "edns", PayloadSize = 1232 };

    private static DnsExchange Large => Plain with { Purpose = "large", PayloadSize = 4096 };

    private static DnsExchange Lost(DnsExchange trial, int sends = 3) => trial with
    {
        Outcome = DnsOutcome.TimedOut,
        ResponseCode = null,
        ResponseTime = null,
        Addresses = [],
        Elapsed = TimeSpan.FromSeconds(1.5),
        Sends = sends,
    };

    [Fact]
    public void Silence_to_EDNS_alone_is_a_broken_way()
    {
        Finding finding = Likely<DnsEdnsBroken>(Configured(First), Plain, Lost(Edns), Lost(Large), Resolved(First, 0.001, Web));

        Assert.Equal((Severity.Warning, Where.Path), (finding.Severity, finding.Where));
        Likely<DnsEdnsBroken>(Configured(First), Plain, Edns with { ResponseCode = "FORMERR", Addresses = [] }, Resolved(First, 0.001, Web));
        Silent<DnsEdnsBroken>(Configured(First), Plain, Edns, Lost(Large), Resolved(First, 0.001, Web));
        Silent<DnsEdnsBroken>(Configured(First), Lost(Plain), Lost(Edns), Lost(Large), Unresolved("EAI_AGAIN"));
        Silent<DnsEdnsBroken>(Configured(First), Plain with { ResponseCode = "FORMERR" }, Edns with { ResponseCode = "FORMERR" });
    }

    [Fact]
    public void A_server_of_the_zone_that_wants_no_EDNS_is_named()
    {
        DelegationFlaw flaw = Flaw("edns-broken", "ns2.lab.test. (10.0.3.54), a server of lab.test., answers only without EDNS");

        Finding failing = Likely<DnsEdnsBroken>(flaw, Answer(First, "SERVFAIL"), Unresolved("EAI_AGAIN"));
        Assert.Equal((Severity.Critical, Where.Remote), (failing.Severity, failing.Where));
        Assert.Equal(Severity.Warning, Likely<DnsEdnsBroken>(flaw, Resolved(First, 0.001, Web)).Severity);
    }

    [Fact]
    public void Applications_that_ask_with_EDNS_do_not_work_then()
    {
        ResolverConfiguration options = Configured(First) with { Options = ["edns0"] };

        Assert.Equal(Severity.Critical, Likely<DnsEdnsBroken>(options, Plain, Lost(Edns), Unresolved("EAI_AGAIN")).Severity);
    }

    [Fact]
    public void Silence_of_TCP_or_a_wait_that_was_cut_short_is_not_EDNS()
    {
        Silent<DnsEdnsBroken>(Configured(First), Plain, Lost(Edns) with { WasTruncated = true });
        Silent<DnsEdnsBroken>(Configured(First), Plain, Lost(Edns) with { Elapsed = TimeSpan.FromSeconds(0.2) });
    }

    [Fact]
    public void Silence_to_a_large_answer_alone_is_fragments_that_are_lost()
    {
        DnsExchange cut = Edns with { WasTruncated = true, Transport = DnsTransport.Tcp, Size = 1900 };

        Assert.Contains("1900", Likely<DnsLargeAnswerLost>(Configured(First), Plain, cut, Lost(Large)).Summary, StringComparison.Ordinal);
        Silent<DnsLargeAnswerLost>(Configured(First), Plain, Edns, Lost(Large)); // it fits, so it is not large
        Silent<DnsLargeAnswerLost>(Configured(First), Plain, cut, Lost(Large) with { WasTruncated = true }); // TCP is silent
        Silent<DnsLargeAnswerLost>(Configured(First), Plain, cut, Lost(Large) with { Elapsed = TimeSpan.FromSeconds(0.2) });
        Silent<DnsLargeAnswerLost>(Configured(First), Plain, cut, Large);
        Silent<DnsLargeAnswerLost>(Configured(First), Plain, Lost(Edns), Lost(Large)); // that is EDNS
    }

    [Fact]
    public void An_address_for_a_name_that_cannot_exist_is_made_up()
    {
        DnsExchange impossible = Answer(First, "NOERROR", Other, name: "nw1.invalid.") with { Purpose = "impossible" };

        Finding same = Likely<DnsHijacked>(Configured(First), impossible, Resolved(First, 0.001, Other), Fails(Other));
        Assert.Equal(Severity.Critical, same.Severity);
        Assert.Contains("port-*", same.AlsoExplains);
        Finding another = Likely<DnsHijacked>(Configured(First), impossible, Resolved(First, 0.001, Web), Fails(Web));
        Assert.Equal(Severity.Warning, another.Severity);
        Assert.Empty(another.AlsoExplains);
        Silent<DnsHijacked>(Configured(First), impossible with { ResponseCode = "NXDOMAIN", Addresses = [] }, Resolved(First, 0.001, Web));
    }

    [Fact]
    public void An_answer_where_nobody_is_is_a_note()
    {
        DnsExchange nobody = Answer(Nobody, "NOERROR", Web) with { Purpose = "nobody", IsConfigured = false };

        Assert.Equal(Severity.Info, Likely<DnsHijacked>(Configured(First), nobody, Resolved(First, 0.001, Web)).Severity);
        Silent<DnsHijacked>(Configured(First), Lost(nobody), Resolved(First, 0.001, Web));
    }

    [Fact]
    public void Forged_answers_beside_the_right_one_are_told()
    {
        DnsExchange guessed = Answer(First, "NOERROR", Web) with { StrayAnswers = 5, StrayFaults = ["wrong-id"] };
        DnsExchange doubled = Plain with { Addresses = [Other], Contradictions = [$"{Web}"] };

        Assert.Contains("a wrong id", Likely<DnsSpoofedAnswer>(Configured(First), guessed, Resolved(First, 0.001, Web)).Summary, StringComparison.Ordinal);
        Assert.Contains("twice", Likely<DnsSpoofedAnswer>(Configured(First), doubled, Resolved(First, 0.001, Other)).Summary, StringComparison.Ordinal);
        Silent<DnsSpoofedAnswer>(Configured(First), guessed with { StrayFaults = ["no-response"] }, Resolved(First, 0.001, Web));
        Silent<DnsSpoofedAnswer>(Configured(First), Silence(First) with { StrayAnswers = 5, StrayFaults = ["wrong-id"] }, Unresolved("EAI_AGAIN"));
    }

    [Fact]
    public void A_denial_that_the_zone_no_longer_makes_is_from_a_cache()
    {
        DnsExchange denial = Answer(First, "NXDOMAIN") with { NegativeZone = "lab.test.", NegativeTimeToLive = 40, NegativeMinimum = 60, Serial = 7 };
        var authority = new AuthorityAnswer("lab.test.", Other, Name + ".", [Web], "NOERROR");
        DnsExchange present = Answer(Other, "NOERROR", Web) with { Purpose = "authority", IsConfigured = false, Serial = 8 };
        DnsExchange unused = denial with { Purpose = "unused-name", Name = "nw1.lab.test.", NegativeTimeToLive = 60, Serial = 8 };
        Observation[] zone = [authority, present, unused, Unresolved("EAI_NONAME", First)];

        Finding finding = Likely<DnsNegativeCached>([Configured(First), denial, .. zone]);
        Assert.Contains("40 s", finding.Summary, StringComparison.Ordinal);
        Assert.Equal(Severity.Critical, finding.Severity);
        Likely<DnsNegativeCached>([Configured(First), denial with { Serial = uint.MaxValue }, .. zone]); // RFC 1982: before 8
        Silent<DnsNegativeCached>([Configured(First), denial, authority with { Addresses = [], ResponseCode = "NXDOMAIN" }, .. zone[1..]]);
        Silent<DnsNegativeCached>([Configured(First), denial with { IsAuthoritative = true }, .. zone]); // a zone of its own
        Silent<DnsNegativeCached>([Configured(First), denial, .. zone[1..]]);
    }

    [Fact]
    public void A_denial_of_another_copy_of_the_zone_is_no_memory()
    {
        DnsExchange denial = Answer(First, "NXDOMAIN") with { NegativeZone = "lab.test.", NegativeTimeToLive = 40, NegativeMinimum = 60, Serial = 7 };
        DnsExchange present = Answer(Other, "NOERROR", Web) with { Purpose = "authority", IsConfigured = false, Serial = 8 };
        DnsExchange unused = denial with { Purpose = "unused-name", Name = "nw1.lab.test." };
        Observation[] rest = [Configured(First), new AuthorityAnswer("lab.test.", Other, Name + ".", [Web], "NOERROR"), Unresolved("EAI_NONAME", First)];

        Note(denial, present, unused); // inside, the zone has serial 7
        Note(denial, present);
        Note(denial, present with { Serial = 7 }); // a serial that never changes, and a TTL below the last number of the SOA
        Silent<DnsNegativeCached>([denial with { Serial = 9 }, present, .. rest]); // the server asked is behind

        void Note(params Observation[] seen)
        {
            Finding finding = Judge<DnsNegativeCached>([.. seen, .. rest])!;
            Assert.Equal(Severity.Info, finding.Severity);
            Assert.InRange(finding.Confidence, 0, 0.5);
        }
    }

    [Fact]
    public void A_failure_that_is_none_without_validation_is_bogus()
    {
        DnsExchange failure = Answer(First, "SERVFAIL");
        DnsExchange unvalidated = Answer(First, "NOERROR", Web) with { Purpose = "unvalidated" };
        var expired = new NameValidation(Name + ".", "A", "bogus", "lab.test.", IsAnchorAssumed: true)
        {
            Reason = "signature-expired",
            Problem = "the signature of web.lab.test. A by key 1 has expired",
            Zone = "lab.test.",
        };
        NameResolution unresolved = Unresolved("EAI_AGAIN");

        DnsExchange again = failure with { Purpose = "validated" };

        Finding finding = Likely<DnssecBogus>(Configured(First), failure, unvalidated, again, expired, unresolved);
        Assert.Equal(Severity.Critical, finding.Severity);
        Likely<DnssecBogus>(Configured(First), failure, unvalidated, again, unresolved);
        Assert.Contains("expired", finding.Summary, StringComparison.Ordinal);
        Assert.Contains("rndc sign lab.test", finding.Remedies[0].Command, StringComparison.Ordinal);
        Open<DnssecBogus>(Configured(First), failure with { ExtendedErrors = ["7 Signature Expired"] }, unresolved);
        Silent<DnssecBogus>(Configured(First), failure, unvalidated with { ResponseCode = "SERVFAIL", Addresses = [] }, expired, unresolved);
        Silent<DnssecBogus>(Configured(First), Answer(First, "NOERROR", Web), expired, Resolved(First, 0.001, Web)); // its anchor is not known here
        Likely<DnssecBogus>(
            Configured(First), Answer(First, "NOERROR", Web), Server("authoritative", Second) with { Answer = [$"{Web}"] }, expired with { IsAnchorAssumed = false }, Resolved(First, 0.001, Web));
    }

    [Fact]
    public void A_failure_that_passes_or_is_of_something_else_is_not_bogus()
    {
        DnsExchange failure = Answer(First, "SERVFAIL");
        DnsExchange unvalidated = Answer(First, "NOERROR", Web) with { Purpose = "unvalidated" };
        DnsExchange again = failure with { Purpose = "validated" };
        var unsigned = new NameValidation(Name + ".", "A", "insecure", ".", IsAnchorAssumed: false) { Reason = "unsigned-delegation", Problem = "test. is unsigned" };
        NameResolution unresolved = Unresolved("EAI_AGAIN");

        Silent<DnssecBogus>(Configured(First), failure, unvalidated, unvalidated with { Purpose = "validated" }, unresolved);
        Silent<DnssecBogus>(Configured(First), failure, unvalidated, again, unvalidated with { ResponseCode = "SERVFAIL", Addresses = [] }, unresolved); // one of two servers in turn
        Silent<DnssecBogus>(Configured(First), failure with { Type = "AAAA" }, unvalidated, again, unresolved);
        Silent<DnssecBogus>(Configured(First, Second), failure, Answer(Second, "NOERROR", Web) with { ExtendedErrors = ["6 DNSSEC Bogus"] }, Resolved(Second, 0.001, Web));
        Silent<DnssecBogus>(Configured(First), failure with { ExtendedErrors = ["5 DNSSEC Indeterminate"] }, unresolved);
        Assert.True(Judge<DnssecBogus>(Configured(First), failure, unvalidated, unresolved)!.Confidence < 0.3); // not asked again
        Assert.True(Judge<DnssecBogus>(Configured(First), failure, unvalidated, again, unsigned, unresolved)!.Confidence < 0.3);
        Assert.True(Judge<DnssecBogus>(Configured(First), failure, unvalidated, again, unsigned with { Status = "secure" }, unresolved)!.Confidence < 0.3);
    }

    [Fact]
    public void A_name_that_only_the_network_knows_is_not_bogus()
    {
        DnsExchange local = Answer(First, "NOERROR", Web);
        ZoneServer root = Server("authoritative", Second) with { Zone = ".", Answer = ["NXDOMAIN"] };
        var bogus = new NameValidation(Name + ".", "A", "bogus", ".", IsAnchorAssumed: false) { Reason = "bad-signature", Problem = "changed", Zone = "." };
        NameResolution resolved = Resolved(First, 0.001, Web);

        Silent<DnssecBogus>(Configured(First), local, root, bogus, resolved);
        Silent<DnssecBogus>(Configured(First), local, bogus, resolved);
        ZoneServer same = root with { Answer = [$"{Web}"] };
        Likely<DnssecBogus>(Configured(First), local, same, bogus, resolved);
        Silent<DnssecBogus>(Configured(First), local, same, bogus with { Reason = "denial-missing" }, resolved);
        Silent<DnssecBogus>(Configured(First), local, same, bogus with { Reason = "too-much-work" }, resolved);
        Silent<DnssecBogus>(Configured(First), local with { IsAuthenticData = true }, same, bogus, resolved);
    }

    [Fact]
    public void A_root_that_seems_out_of_time_is_the_clock_here()
    {
        DnsExchange failure = Answer(First, "SERVFAIL");
        var late = new NameValidation(Name + ".", "A", "bogus", ".", IsAnchorAssumed: false)
        {
            Reason = "signature-expired",
            Problem = "the signature of . DNSKEY by key 20326 has expired",
            Owner = ".",
            OwnerType = "DNSKEY",
            Zone = ".",
        };

        Silent<DnssecBogus>(
            Configured(First), Answer(First, "NOERROR", Web), Server("authoritative", Second) with { Answer = [$"{Web}"] }, late, Resolved(First, 0.001, Web));
        Finding finding = Judge<DnssecBogus>(
            Configured(First),
            failure,
            Answer(First, "NOERROR", Web) with { Purpose = "unvalidated" },
            failure with { Purpose = "validated" },
            late,
            Unresolved("EAI_AGAIN"))!;
        Assert.InRange(finding.Confidence, 0, 0.6);
        Assert.Contains("timedatectl", finding.Remedies[0].Command, StringComparison.Ordinal);
        Assert.DoesNotContain(finding.Remedies, remedy => remedy.Command?.Contains("rndc sign", StringComparison.Ordinal) is true);
    }

    [Fact]
    public void The_link_of_a_chain_that_leads_nowhere_is_named()
    {
        DnsExchange failure = Answer(First, "SERVFAIL");
        DnsExchange one = Link(Name + ".", "b.lab.test."), two = Link("b.lab.test.", "gone.lab.test.");
        DnsExchange end = Answer(First, "NXDOMAIN", name: "gone.lab.test.") with { Purpose = "alias" };

        Finding finding = Likely<DnsCnameBroken>(Configured(First), failure, one, two, end, Unresolved("EAI_AGAIN"));
        Assert.Contains("b.lab.test → gone.lab.test", finding.Summary, StringComparison.Ordinal);
        Assert.Contains("delete b.lab.test CNAME", finding.Remedies[0].Command, StringComparison.Ordinal);
        Finding circle = Likely<DnsCnameBroken>(Configured(First), failure, one, Link("b.lab.test.", Name + "."), Unresolved("EAI_AGAIN"));
        Assert.Contains("circle", circle.Summary, StringComparison.Ordinal);
        Silent<DnsCnameBroken>(Configured(First), failure, one, two, end with { ResponseCode = "NOERROR" }, Unresolved("EAI_AGAIN"));
    }

    [Fact]
    public void One_of_two_queries_that_is_lost_every_time_is_no_chance()
    {
        DnsExchange late = Answer(First, "NOERROR") with { Type = "AAAA", Sends = 2, Elapsed = TimeSpan.FromSeconds(0.4) };
        DnsExchange a = Answer(First, "NOERROR", Web) with { Purpose = "pair" };
        DnsExchange lost = Lost(a, sends: 1) with { Type = "AAAA" };
        DnsExchange alone = Answer(First, "NOERROR") with { Type = "AAAA", Purpose = "alone" };
        Observation[] lookup = [Configured(First), Answer(First, "NOERROR", Web), late, Resolved(First, 0.001, Web)];

        Assert.Contains("5 s", Likely<DnsAaaaDropped>([.. lookup, a, lost, a, lost, alone]).Summary, StringComparison.Ordinal);
        Silent<DnsAaaaDropped>([.. lookup, a, lost, a, a with { Type = "AAAA" }, alone]); // once by chance
        Silent<DnsAaaaDropped>([.. lookup, a, lost, a, lost, Lost(alone, sends: 1)]); // it is not about pairs
    }

    [Fact]
    public void A_server_that_does_not_serve_the_zone_is_lame()
    {
        ZoneServer good = Server("authoritative", Second);
        DelegationFlaw refused = Flaw("lame-server", "ns2.lab.test. (10.0.3.54) is a server of lab.test. and refuses to answer (REFUSED)");

        Finding one = Likely<DnsLameDelegation>(good, refused, Resolved(First, 0.001, Web));
        Assert.Equal((Severity.Warning, Where.Remote), (one.Severity, one.Where));
        Finding all = Likely<DnsLameDelegation>(Server("refused", Second), refused, Answer(First, "SERVFAIL"), Unresolved("EAI_AGAIN"));
        Assert.Equal(Severity.Critical, all.Severity);
        Silent<DnsLameDelegation>(good, Flaw("single-server", "lab.test. has only one server"), Resolved(First, 0.001, Web));

        // Where nobody at all is heard, silence says nothing of the servers.
        Silent<DnsLameDelegation>(Server("silent", Second) with { ResponseTime = null }, Flaw("silent-server", "ns2.lab.test. does not answer"), Unresolved("EAI_AGAIN"));
    }

    [Fact]
    public void A_server_that_refuses_the_question_alone_is_lame()
    {
        DelegationFlaw missing = Flaw("answer-missing", "ns2.lab.test. (10.0.3.54) answers for lab.test., and to the question it refuses to answer (REFUSED)");
        ZoneServer good = Server("authoritative", Other) with { AnswerState = "authoritative" };
        ZoneServer bad = Server("authoritative", Second) with { AnswerState = "refused" };

        Finding one = Likely<DnsLameDelegation>(good, bad, missing, Resolved(First, 0.001, Web));
        Assert.Equal(Severity.Warning, one.Severity);
        Assert.Contains("1 other address of its servers answers", one.Summary, StringComparison.Ordinal);
        Assert.Equal(Severity.Critical, Likely<DnsLameDelegation>(bad, missing, Answer(First, "SERVFAIL"), Unresolved("EAI_AGAIN")).Severity);
        Silent<DnsLameDelegation>(good, bad with { AnswerState = "silent" }, missing, Resolved(First, 0.001, Web)); // may be chance
        Silent<DnsLameDelegation>(good, bad with { AnswerState = "not-authoritative" }, missing, Resolved(First, 0.001, Web)); // there may be an answer
        Silent<DnsLameDelegation>(Started() with { RecordType = "ANY" }, good, bad, missing, Resolved(First, 0.001, Web));
    }

    [Fact]
    public void A_zone_whose_servers_nobody_finds_is_lame_where_the_resolver_fails_too()
    {
        DelegationFlaw unknown = Flaw("server-address-unknown", "the addresses of ns.other.test., a server of lab.test., could not be looked up") with { Server = "ns.other.test.", Address = null };
        DelegationFlaw none = Flaw("no-authority", "no server answers for lab.test.: none of them has an address") with { Server = null, Address = null };
        var walk = new DelegationWalk("web.lab.test.", [".", "lab.test."], IsComplete: false, Queries: 9) { EndReason = "no server of lab.test. has an address" };

        Assert.Equal(Severity.Critical, Likely<DnsLameDelegation>(unknown, none, walk, Answer(First, "SERVFAIL"), Unresolved("EAI_AGAIN")).Severity);
        Silent<DnsLameDelegation>(unknown, none, walk, Resolved(First, 0.001, Web));
        Silent<DnsLameDelegation>(unknown with { Detail = DelegationFlaw.TimeOver }, none, walk, Answer(First, "SERVFAIL"), Unresolved("EAI_AGAIN"));
    }

    [Fact]
    public void A_cut_answer_of_a_server_of_the_zone_needs_its_TCP()
    {
        DelegationFlaw broken = Flaw("tcp-broken", "ns2.lab.test. (10.0.3.54), a server of lab.test., does not answer by TCP");
        DelegationFlaw missing = Flaw("answer-missing", "ns2.lab.test. (10.0.3.54) answers for lab.test., and to the question it cuts its answer") with { Detail = "cuts its answer" };
        ZoneServer good = Server("authoritative", Other) with { AnswerState = "authoritative", HasTcp = true };
        ZoneServer cut = Server("authoritative", Second) with { AnswerState = "silent", HasTcp = false, IsAnswerCut = true };

        Finding one = Likely<DnsTruncatedNoTcp>(good, cut, broken, missing, Resolved(First, 0.001, Web));
        Assert.Equal((Severity.Warning, Where.Remote), (one.Severity, one.Where));
        Assert.Equal(Severity.Critical, Judge<DnsTruncatedNoTcp>(cut, broken, missing, Answer(First, "SERVFAIL"), Unresolved("EAI_AGAIN"))!.Severity);
        Silent<DnsLameDelegation>(good, cut, broken, missing, Resolved(First, 0.001, Web));

        // Nothing needs its TCP yet; and where nobody is heard by TCP, a firewall at this end may close it.
        ZoneServer whole = cut with { AnswerState = "authoritative", IsAnswerCut = false };
        Assert.Equal(Severity.Info, Likely<DnsTruncatedNoTcp>(good, whole, broken, Resolved(First, 0.001, Web)).Severity);
        Silent<DnsTruncatedNoTcp>(good with { HasTcp = false }, whole, broken, Resolved(First, 0.001, Web));
        Silent<DnsTruncatedNoTcp>(good, whole with { HasTcp = true }, Resolved(First, 0.001, Web));
    }

    [Fact]
    public void Silence_counts_where_the_family_of_addresses_is_heard()
    {
        DelegationFlaw silent = Flaw("silent-server", "ns2.lab.test. does not answer");
        ZoneServer good = Server("authoritative", Other);

        Likely<DnsLameDelegation>(good, Server("silent", Second) with { ResponseTime = null }, silent, Resolved(First, 0.001, Web));
        Silent<DnsLameDelegation>(good, Server("silent", Six) with { ResponseTime = null }, silent with { Address = Six }, Resolved(First, 0.001, Web));
    }

    [Fact]
    public void An_address_that_this_walk_could_not_look_up_is_not_lame()
    {
        DelegationFlaw unknown = Flaw("server-address-unknown", "the addresses of ns2.lab.test. could not be looked up") with { Address = null };
        ZoneServer good = Server("authoritative", Other) with { Name = "ns1.lab.test." };
        var walk = new DelegationWalk("web.lab.test.", [".", "lab.test."], IsComplete: true, Queries: 9);

        Assert.NotNull(Judge<DnsLameDelegation>(good, unknown, walk, Resolved(First, 0.001, Web)));
        Silent<DnsLameDelegation>(good with { Name = "ns2.lab.test." }, unknown, walk, Resolved(First, 0.001, Web));
        Silent<DnsLameDelegation>(good, unknown, walk with { IsComplete = false, EndReason = "the time was over" }, Resolved(First, 0.001, Web));
        Silent<DnsLameDelegation>(good, unknown with { Server = "ns.elsewhere.test." }, walk with { Zones = ["lab.test."] }, Resolved(First, 0.001, Web));
    }

    [Fact]
    public void A_server_without_its_address_in_the_zone_above_lacks_glue()
    {
        DelegationFlaw missing = Flaw("glue-missing", "the delegation of lab.test. names ns1.lab.test., which is below it, without an address");
        DelegationFlaw differs = Flaw("glue-differs", "the delegation of lab.test. has an address of ns1.lab.test. that the authority does not have");

        Assert.Equal(Severity.Critical, Likely<DnsGlueMissing>(missing, Answer(First, "SERVFAIL"), Unresolved("EAI_AGAIN")).Severity);
        Likely<DnsGlueMissing>(differs, Server("silent", Second) with { ResponseTime = null }, Server("authoritative", Other), Resolved(First, 0.001, Web));
        Finding harmless = Judge<DnsGlueMissing>(differs, Server("authoritative", Second), Resolved(First, 0.001, Web))!;
        Assert.Equal(Severity.Info, harmless.Severity);
        ZoneServer unasked = Server("not-asked", Second) with { ResponseTime = null };
        Assert.Equal(Severity.Info, Judge<DnsGlueMissing>(differs, unasked, Server("authoritative", Other), Resolved(First, 0.001, Web))!.Severity);
        DelegationFlaw lacking = Flaw("addresses-differ", "the authority has 10.0.3.54 for ns2.lab.test., and the delegation of lab.test. does not");
        Assert.Equal(Severity.Info, Likely<DnsGlueMissing>(lacking, Server("authoritative", Second), Resolved(First, 0.001, Web)).Severity);
        Silent<DnsGlueMissing>(Server("authoritative", Second), Resolved(First, 0.001, Web));
    }

    [Fact]
    public void Servers_with_different_versions_of_a_zone_are_inconsistent()
    {
        DelegationFlaw serials = Flaw("serials-differ", "the servers of lab.test. have different serial numbers");
        DelegationFlaw answers = Flaw("answers-differ", "the servers of lab.test. answer differently");
        ZoneServer old = Server("authoritative", Second) with { Serial = 5, Answer = [$"{Other}"] };
        ZoneServer current = Server("authoritative", Other) with { Serial = 7, Answer = [$"{Web}"] };

        Finding both = Likely<DnsZoneInconsistent>(current, old, serials, answers, Resolved(First, 0.001, Web));
        Assert.Contains($"({Other}, serial 7) says {Web}, ns2.lab.test ({Second}, serial 5) says {Other}", both.Summary, StringComparison.Ordinal);
        Assert.Equal(Severity.Warning, both.Severity);
        Open<DnsZoneInconsistent>(current, old, serials, Resolved(First, 0.001, Web));
        Assert.Equal(Severity.Info, Judge<DnsZoneInconsistent>(current, current, answers, Resolved(First, 0.001, Web))!.Severity); // load is spread so
        Silent<DnsZoneInconsistent>(current, serials with { IsOfName = false }, Resolved(First, 0.001, Web));
    }

    [Fact]
    public void Servers_that_spread_load_are_not_inconsistent()
    {
        DelegationFlaw serials = Flaw("serials-differ", "the servers of lab.test. have different serial numbers");
        DelegationFlaw answers = Flaw("answers-differ", "the servers of lab.test. answer differently");
        ZoneServer one = Server("authoritative", Second) with { Serial = 7, Answer = [$"{Web}"] };
        ZoneServer two = Server("authoritative", Other) with { Serial = 8, Answer = [$"{Other}"] };
        ZoneServer turned = one with { Address = First, Answer = [$"{First}"] };

        Assert.Equal(Severity.Info, Told(one, two, turned));
        Assert.Equal(Severity.Info, Told(one with { Serial = 1_795_000_001 }, two with { Serial = 1_795_000_002 })); // the second of each answer
        Assert.Equal(Severity.Warning, Told(one with { Serial = 1_795_000_001 }, two with { Serial = 1_795_086_401 }));
        Assert.Equal(Severity.Warning, Told(one with { Serial = 2_026_112_701 }, two with { Serial = 2_026_112_702 }));
        Assert.Equal(Severity.Warning, Told(one with { Serial = 8 }, two with { Answer = ["NXDOMAIN"] }));
        Assert.Equal(Severity.Info, Told(one with { Serial = 8 }, two with { Answer = ["\"NXDOMAIN\""] })); // a TXT record that says so
        Assert.Equal(Severity.Info, Judge<DnsZoneInconsistent>(one, two with { Answer = one.Answer }, serials, Resolved(First, 0.001, Web))!.Severity);

        Severity Told(params ZoneServer[] servers) => Judge<DnsZoneInconsistent>([.. servers, serials, answers, Resolved(First, 0.001, Web)])!.Severity;
    }

    [Fact]
    public void The_older_serial_is_so_in_a_circle()
    {
        ZoneServer old = Server("authoritative", Second) with { Serial = uint.MaxValue, Answer = [$"{Other}"] };
        ZoneServer current = Server("authoritative", Other) with { Serial = 3, Answer = [$"{Web}"] };

        Finding finding = Likely<DnsZoneInconsistent>(
            old, current, Flaw("serials-differ", "serials differ"), Flaw("answers-differ", "answers differ"), Resolved(First, 0.001, Web));
        Assert.Contains(finding.Remedies, remedy => remedy.On == $"{Second}");
    }

    [Fact]
    public void A_failure_behind_an_alias_is_told_of_the_name_that_fails()
    {
        DnsExchange failure = Answer(First, "SERVFAIL");
        DnsExchange end = Answer(First, "SERVFAIL", name: "dead.other.test.") with { Purpose = "alias" };

        Finding finding = Likely<DnsServerFailure>(Configured(First), failure, Link(Name + ".", "dead.other.test."), end, Unresolved("EAI_AGAIN"));
        Assert.Contains("it is dead.other.test that fails", finding.Summary, StringComparison.Ordinal);
        Assert.Contains("netwhy dns dead.other.test", finding.Next[0], StringComparison.Ordinal);

        // Without the alias, or where its end is answered, the name itself fails.
        Finding plain = Likely<DnsServerFailure>(Configured(First), failure, Unresolved("EAI_AGAIN"));
        Finding answered = Likely<DnsServerFailure>(Configured(First), failure, Link(Name + ".", "dead.other.test."), end with { ResponseCode = "NOERROR" }, Unresolved("EAI_AGAIN"));
        Assert.All([plain, answered], one => Assert.DoesNotContain("alias", one.Summary, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("server-is-alias", "delete ns2.lab.test CNAME")]
    [InlineData("server-without-address", "add ns2.lab.test 300 A")]
    [InlineData("server-address-unknown", "dig +trace --all-servers ns2.lab.test")]
    [InlineData("lame-server", "zonestatus lab.test")]
    public void The_cure_of_a_lame_delegation_is_that_of_its_fault(string fault, string command)
    {
        DelegationFlaw flaw = Flaw(fault, fault) with { Address = fault is "lame-server" ? Second : null };
        ZoneServer good = Server("authoritative", Other) with { Name = "ns1.lab.test." };
        Finding finding = Judge<DnsLameDelegation>(good, flaw, Resolved(First, 0.001, Web))!;

        Assert.Contains(command, finding.Remedies[0].Command, StringComparison.Ordinal);
    }

    private static DnsExchange Link(string name, string target) =>
        Answer(First, "NOERROR", name: name) with { Type = "CNAME", Purpose = "alias", Aliases = [target], Records = [target] };

    private static ZoneServer Server(string state, IPAddress address) =>
        new("lab.test.", "ns2.lab.test.", address, state, state) { IsOfName = true, ResponseTime = TimeSpan.FromMilliseconds(1) };

    private static DelegationFlaw Flaw(string fault, string summary) =>
        new(fault, "lab.test.", summary) { IsOfName = true, Server = "ns2.lab.test.", Address = Second };
}

using System.Collections.Immutable;
using System.Net;
using NetWhy.Diagnose;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Diagnose;

/// <summary>Ranking and explaining, with rules made for the purpose: the real ones are tested by themselves.</summary>
public sealed class DiagnosisTests
{
    private static readonly IPAddress First = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Second = IPAddress.Parse("192.0.2.2");

    private static readonly Observation Seen = new NotObserved("anything", "for the test");

    [Fact]
    public void A_cause_takes_the_symptoms_of_its_address_under_it()
    {
        Diagnosis diagnosis = Judge(
            Rule(["no-route"], ["port-filtered"], Found("no-route", Severity.Critical, Weight.VeryStrong, First)),
            Rule(["port-filtered"], [], Found("port-filtered", Severity.Critical, Weight.Decisive, First)));

        RankedFinding cause = Assert.Single(diagnosis.Causes);
        Assert.Equal("no-route", cause.Finding.Cause);
        Assert.Equal("port-filtered", Assert.Single(cause.Explained).Cause);
    }

    [Fact]
    public void A_cause_at_another_address_explains_nothing_here()
    {
        Diagnosis diagnosis = Judge(
            Rule(["no-route"], ["port-filtered"], Found("no-route", Severity.Critical, Weight.VeryStrong, First)),
            Rule(["port-filtered"], [], Found("port-filtered", Severity.Critical, Weight.VeryStrong, Second)));

        Assert.Equal(2, diagnosis.Causes.Length);
    }

    [Theory]
    [InlineData("3 of 40 requests to 192.0.2.1 fail after 20 ms.", "7 of 41 requests to 192.0.2.2 fail after 1.2 s.", 1)]
    [InlineData("192.0.2.1:80 answers 410.", "192.0.2.2:80 answers 422.", 2)]
    [InlineData("192.0.2.1:80 answers 502 after 150 ms.", "192.0.2.2:80 answers 502 after 1.2 s.", 1)]
    [InlineData("500 of 700 requests to 192.0.2.1 fail.", "Of 192.0.2.2, 7 of 41 requests fail.", 2)]
    [InlineData("500 of 700 requests to 192.0.2.1 fail.", "7 of 41 requests to 192.0.2.2 fail.", 1)]
    [InlineData("Behind 192.0.2.1 clients of TLS 1.2 are refused.", "Behind 192.0.2.2 clients of TLS 1.3 are refused.", 2)]
    [InlineData("It is lost between 198.51.100.1 and 192.0.2.1.", "It is lost between 198.51.100.9 and 192.0.2.2.", 2)]
    [InlineData("3 of 40 requests to 192.0.2.1 fail.", "Every one of 40 requests to 192.0.2.2 fails.", 2)]
    public void Addresses_share_a_finding_only_where_the_same_is_said_of_them(string first, string second, int causes)
    {
        Diagnosis diagnosis = Judge(
            Rule(["no-route"], [], Found("no-route", Severity.Critical, Weight.Decisive, First) with { Summary = first }),
            Rule(["no-route"], [], Found("no-route", Severity.Critical, Weight.VeryStrong, Second) with { Summary = second }));

        Assert.Equal(causes, diagnosis.Causes.Length);
        Assert.Equal(causes == 1 ? $"{first} The same holds for 192.0.2.2." : first, diagnosis.Causes[0].Finding.Summary);
    }

    [Fact]
    public void An_unlikely_cause_does_not_hide_a_sure_one()
    {
        Diagnosis diagnosis = Judge(
            Rule(["no-route"], ["port-filtered"], Found("no-route", Severity.Critical, (Weight)8, First)),
            Rule(["port-filtered"], [], Found("port-filtered", Severity.Critical, Weight.Decisive, First)));

        Assert.Equal("port-filtered", diagnosis.Causes[0].Finding.Cause);
    }

    [Fact]
    public void Chains_of_explanation_end_at_one_root()
    {
        Diagnosis diagnosis = Judge(
            Rule(["http-stalled-body"], [], Found("http-stalled-body", Severity.Critical, Weight.VeryStrong, First)),
            Rule(["packet-loss"], ["http-stalled-body"], Found("packet-loss", Severity.Warning, Weight.VeryStrong, First)),
            Rule(["mtu-mismatch"], ["packet-loss"], Found("mtu-mismatch", Severity.Critical, Weight.VeryStrong, First)));

        RankedFinding cause = Assert.Single(diagnosis.Causes);
        Assert.Equal("mtu-mismatch", cause.Finding.Cause);
        Assert.Equal(2, cause.Explained.Length);
    }

    [Fact]
    public void Two_that_explain_each_other_do_not_both_vanish()
    {
        Diagnosis diagnosis = Judge(
            Rule(["no-route"], ["port-filtered"], Found("no-route", Severity.Critical, Weight.VeryStrong, First)),
            Rule(["port-filtered"], ["no-route"], Found("port-filtered", Severity.Critical, Weight.VeryStrong, First)));

        Assert.Single(diagnosis.Causes);
    }

    [Fact]
    public void What_does_not_work_comes_before_what_works_badly_and_deeper_before_shallower()
    {
        Diagnosis diagnosis = Judge(
            Rule(["http-server-error"], [], Found("http-server-error", Severity.Critical, Weight.Decisive, null)),
            Rule(["packet-loss"], [], Found("packet-loss", Severity.Warning, Weight.Decisive, null)),
            Rule(["dns-name-not-found"], [], Found("dns-name-not-found", Severity.Critical, Weight.VeryStrong, null)));

        Assert.Equal(
            ["dns-name-not-found", "http-server-error", "packet-loss"],
            diagnosis.Causes.Select(cause => cause.Finding.Cause));
        Assert.Equal(Status.Broken, diagnosis.Status);
    }

    [Fact]
    public void Notes_and_doubts_are_no_causes()
    {
        Diagnosis diagnosis = Judge(
            Rule(["icmp-filtered"], [], Found("icmp-filtered", Severity.Info, Weight.Decisive, First)),
            Rule(["packet-loss"], [], Found("packet-loss", Severity.Warning, Weight.Hint, First)));

        Assert.Empty(diagnosis.Causes);
        Assert.Equal("icmp-filtered", Assert.Single(diagnosis.Notes).Cause);
        Assert.Equal("packet-loss", Assert.Single(diagnosis.Doubtful).Cause);
    }

    [Fact]
    public void What_the_server_sees_explains_what_the_client_suffers()
    {
        var client = new EvidenceSet(
            new InvestigationStarted("0", "tcp://a:1", TargetKind.Service, "tcp", "a", 1) { Id = "o1" });
        var server = new EvidenceSet(
            new InvestigationStarted("0", ":1", TargetKind.LocalPort, null, null, 1) { Id = "o1" });
        IRule suffers = new FakeRule(
            ["port-filtered"],
            [],
            set => set.Investigation!.TargetKind is TargetKind.Service
                ? Found("port-filtered", Severity.Critical, Weight.Decisive, First)
                : null);
        IRule sees = new FakeRule(
            ["accept-queue-full"],
            ["port-filtered"],
            set => set.Investigation!.TargetKind is TargetKind.LocalPort
                ? Found("accept-queue-full", Severity.Critical, Weight.VeryStrong, null) with { Where = Where.Local }
                : null);

        Diagnosis diagnosis = Diagnosis.Join([server, client], [suffers, sees]);

        RankedFinding cause = Assert.Single(diagnosis.Causes);
        Assert.Equal("accept-queue-full", cause.Finding.Cause);
        Assert.Equal(Where.Remote, cause.Finding.Where);
        Assert.Equal(["o1", "v2.o1"], diagnosis.Evidence.Observations.Select(observation => observation.Id));
        Assert.Equal("tcp://a:1", diagnosis.Investigation!.Input);
    }

    [Fact]
    public void A_command_of_one_of_several_machines_says_on_which_it_is_to_be_run()
    {
        static EvidenceSet Machine(string vantage, string input) => new(
            new InvestigationStarted("0", input, TargetKind.LocalPort, null, null, 1) { Id = "o1", Vantage = vantage });
        IRule rule = new FakeRule(
            ["accept-queue-full"], [], _ => Found("accept-queue-full", Severity.Critical, Weight.VeryStrong, null) with { Remedies = [new Remedy("Look.", "ss -ltn")] });

        Assert.Equal("Here: look.", Diagnosis.Join([Machine("a", ":1")], [rule]).Causes.Single().Finding.Remedies.Single().Sentence);
        Assert.Equal("Here: look.", Diagnosis.Join([Machine("a", ":1"), Machine("a", ":2")], [rule]).Causes.Single().Finding.Remedies.Single().Sentence);
        Assert.Equal("On a, where :1 was asked: look.", Diagnosis.Join([Machine("a", ":1"), Machine("b", ":2")], [rule]).Causes.Single().Finding.Remedies.Single().Sentence);
    }

    [Fact]
    public void Nothing_looked_at_is_inconclusive() =>
        Assert.Equal(Status.Inconclusive, Judge().Status);

    [Theory]
    [InlineData("http", true, Status.Healthy)]
    [InlineData("http", false, Status.Inconclusive)] // the port accepts, and nobody saw what it answers
    [InlineData("tcp", false, Status.Healthy)] // more was not asked
    public void A_target_is_healthy_only_if_what_was_asked_was_seen(string scheme, bool hasAnswer, Status status)
    {
        List<Observation> seen =
        [
            new InvestigationStarted("0", $"{scheme}://a:1", TargetKind.Service, scheme, "a", 1),
            new ConnectAttempt(First, 1, "target", ConnectOutcome.Connected, TimeSpan.FromMilliseconds(1)),
        ];
        if (hasAnswer)
            seen.Add(new HttpExchange("http://a:1/", First, 1, "target", HttpOutcome.Complete, TimeSpan.FromMilliseconds(1)) { Status = 200 });

        Assert.Equal(status, Diagnosis.Of(new EvidenceSet(seen), []).Status);
    }

    [Theory]
    [InlineData(true, Status.Inconclusive)]
    [InlineData(false, Status.Healthy)]
    public void What_was_cut_short_is_healthy_only_if_no_answer_is_missing(bool isCutShort, Status status)
    {
        Diagnosis diagnosis = Diagnosis.Of(
            new EvidenceSet(
                new InvestigationStarted("0", "tcp://a:1", TargetKind.Service, "tcp", "a", 1),
                new ConnectAttempt(First, 1, "target", ConnectOutcome.Connected, TimeSpan.FromMilliseconds(1)),
                new InvestigationEnded(TimeSpan.FromSeconds(2), isCutShort)),
            []);

        Assert.Equal(status, diagnosis.Status);
        Assert.Equal(isCutShort, diagnosis.Questions[^1].Summary.Contains("the investigation ended", StringComparison.Ordinal));
    }

    [Fact]
    public void A_server_that_lets_clients_in_narrows_where_a_port_is_filtered()
    {
        InvestigationStarted asked = new("0", "10.0.0.1:1", TargetKind.HostPort, null, "10.0.0.1", 1) { Id = "o1" };
        IRule rule = new FakeRule(
            ["port-filtered"],
            [],
            set => set.Investigation!.TargetKind is TargetKind.HostPort
                ? Found("port-filtered", Severity.Critical, Weight.Decisive, First) with { Where = Where.Unknown }
                : null);
        Observation[] server =
        [
            new InvestigationStarted("0", ":1", TargetKind.LocalPort, null, null, 1) { Id = "o1" },
            new InterfaceAddresses([new InterfaceAddress("eth0", First, 24)]) { Id = "o2" },
            new Listener(1, IPAddress.Any, 0, 128) { Id = "o3" },
            new FirewallSurvey(["nft"], 2) { Id = "o4" },
        ];
        FirewallRuleMatch drop = new("inet fx", "in", "input", "tcp dport 1 drop", "drop", RuleMatch.Possible) { Id = "o5" };

        Finding narrowed = Diagnosis.Join([new EvidenceSet(asked), new EvidenceSet(server)], [rule]).Causes.Single().Finding;
        Finding open = Diagnosis.Join([new EvidenceSet(asked), new EvidenceSet([.. server, drop])], [rule]).Causes.Single().Finding;

        Assert.Equal(Where.Path, narrowed.Where);
        Assert.Contains(narrowed.Reasons, reason => reason.Observation.Id is "v2.o4");
        Assert.Equal(Where.Unknown, open.Where);
    }

    [Theory]
    [InlineData(-10, 0.0909)] // one in eleven: odds of one to ten
    [InlineData(0, 0.5)]
    [InlineData(10, 0.9090)]
    public void Confidence_is_the_sum_of_decibans(int decibans, double expected)
    {
        Finding finding = new("no-route", Severity.Critical, Where.Local, "", [Seen.Weigh((Weight)decibans, "")]) { Prior = 0 };

        Assert.Equal(expected, finding.Confidence, precision: 3);
    }

    private static Diagnosis Judge(params ImmutableArray<IRule> rules) => Diagnosis.Of(new EvidenceSet(Seen), rules);

    private static FakeRule Rule(ImmutableArray<string> causes, ImmutableArray<string> explains, Finding finding) =>
        new(causes, explains, _ => finding);

    private static Finding Found(string cause, Severity severity, Weight weight, IPAddress? subject) =>
        new(cause, severity, Where.Path, $"{cause} at {subject}", [Seen.Weigh(weight, "for the test")]) { Subject = subject };

    private sealed class FakeRule(
        ImmutableArray<string> causes, ImmutableArray<string> explains, Func<EvidenceSet, Finding?> evaluate) : IRule
    {
        public RuleInfo Info { get; } = new(causes[0], "none", causes) { Explains = explains };

        public IEnumerable<Finding> Evaluate(EvidenceSet evidence) =>
            evaluate(evidence) is { } finding ? [finding] : [];
    }
}

using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Names;
using NetWhy.Wire.Dns;
using Xunit;

namespace NetWhy.Tests.Names.Delegation;

/// <summary>A zone with two servers below a root with two, in which one thing is broken: it is found, and nothing else.</summary>
public sealed class DelegationSurveyorTests
{
    private const string Root = """
        . SOA a. h. 1 2 3 4 5
        . NS a.
        . NS b.
        a. A 127.0.0.1
        b. A 127.0.0.2
        z. NS ns1.z.
        z. NS ns2.z.
        ns1.z. A 127.0.1.1
        ns2.z. A 127.0.1.2
        """;

    private const string Zone = """
        z. SOA ns1.z. h. 7 2 3 4 5
        z. NS ns1.z.
        z. NS ns2.z.
        ns1.z. A 127.0.1.1
        ns2.z. A 127.0.1.2
        www.z. TXT "x"
        """;

    [Fact]
    public async Task Nothing_is_found_where_nothing_is_wrong()
    {
        DelegationSurvey survey = await SurveyAsync(World());
        Assert.Empty(survey.Findings);
        Assert.True(survey.IsComplete);
        Assert.Equal([".", "z."], survey.Zones.Select(zone => zone.Zone.ToString()));
        Assert.All(survey.Last!.Servers, server => Assert.Equal((7u, EdnsSupport.Works, true), (server.Serial!.Value, server.Edns, server.HasTcp!.Value)));
    }

    [Theory]
    [InlineData(ToyManner.Refuses, DelegationFault.LameServer, "refuses to answer (REFUSED)")]
    [InlineData(ToyManner.Fails, DelegationFault.LameServer, "fails (SERVFAIL)")]
    [InlineData(ToyManner.RefersUpwards, DelegationFault.LameServer, "refers upwards")]
    [InlineData(ToyManner.RefersToItself, DelegationFault.LameServer, "refers to the zone itself")]
    [InlineData(ToyManner.LacksAuthority, DelegationFault.LameServer, "without authority")]
    [InlineData(ToyManner.Silent, DelegationFault.SilentServer, "does not answer")]
    [InlineData(ToyManner.Unreachable, DelegationFault.SilentServer, "cannot be reached: host unreachable, says 127.0.0.1")]
    [InlineData(ToyManner.DropsEdns, DelegationFault.EdnsBroken, "with EDNS nothing comes")]
    [InlineData(ToyManner.RefusesEdns, DelegationFault.EdnsBroken, "with EDNS it answers with an error")]
    [InlineData(ToyManner.LacksTcp, DelegationFault.TcpBroken, "does not answer by TCP")]
    [InlineData(ToyManner.SilentToQuestion, DelegationFault.AnswerMissing, "to the question it does not answer")]
    internal async Task A_server_that_misbehaves_is_named(ToyManner manner, DelegationFault fault, string words)
    {
        ToyNetwork network = World();
        network.Add("127.0.1.2", "z.", Zone, manner);
        DelegationSurvey survey = await SurveyAsync(network);
        DelegationFinding finding = Assert.Single(survey.Findings);
        Assert.Equal((fault, "z.", "ns2.z.", "127.0.1.2"), (finding.Fault, $"{finding.Zone}", $"{finding.Server}", $"{finding.Address}"));
        Assert.Contains(words, finding.ToString(), StringComparison.Ordinal);
        Assert.True(survey.IsComplete);
    }

    [Theory]
    [InlineData("SOA ns1.z. h. 7", "SOA ns1.z. h. 8", DelegationFault.SerialsDiffer, "7 at ns1.z. (127.0.1.1); 8 at ns2.z. (127.0.1.2)")]
    [InlineData("SOA ns1.z.", "SOA ns2.z.", DelegationFault.PrimariesDiffer, "ns2.z. at ns2.z. (127.0.1.2)")]
    [InlineData("\"x\"", "\"y\"", DelegationFault.AnswersDiffer, "www.z. txt \"x\"")]
    [InlineData("www.z.", "ftp.z.", DelegationFault.AnswersDiffer, "NXDOMAIN at ns2.z. (127.0.1.2)")]
    internal async Task Servers_that_differ_are_told_apart(string text, string other, DelegationFault fault, string words)
    {
        ToyNetwork network = World();
        network.Add("127.0.1.2", "z.", Zone.Replace(text, other, StringComparison.Ordinal));
        DelegationFinding finding = Assert.Single((await SurveyAsync(network)).Findings);
        Assert.Equal(fault, finding.Fault);
        Assert.Contains(words, finding.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("\nns2.z. A 127.0.1.2", "", DelegationFault.GlueMissing, "the zone has 127.0.1.2")]
    [InlineData("z. NS ns2.z.\n", "", DelegationFault.ServerOnlyInZone, "names ns2.z. as its server, and the zone above does not")]
    [InlineData("ns2.z. A 127.0.1.2", "ns2.z. A 127.0.1.2\nns2.z. A 127.0.1.9", DelegationFault.GlueDiffers, "has 127.0.1.9 for ns2.z., and the authority does not: the authority has 127.0.1.2")]
    [InlineData("z. NS ns2.z.", "z. NS ns2.z.\nz. NS gone.", DelegationFault.ServerWithoutAddress, "gone., a server of z., has no address: the name does not exist (NXDOMAIN)")]
    internal async Task A_delegation_that_is_not_the_zone_s_is_found(string text, string other, DelegationFault fault, string words)
    {
        ToyNetwork network = World();
        string root = Root.Replace(text, other, StringComparison.Ordinal);
        Assert.NotEqual(Root, root);
        network.Add("127.0.0.1", ".", root);
        network.Add("127.0.0.2", ".", root);
        DelegationSurvey survey = await SurveyAsync(network);
        DelegationFinding finding = Assert.Single(survey.Findings, finding => finding.Fault == fault);
        Assert.Contains(words, finding.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Servers_that_delegate_differently_are_told_apart()
    {
        ToyNetwork network = World();
        network.Add("127.0.0.2", ".", Root.Replace("z. NS ns2.z.\n", "", StringComparison.Ordinal));
        DelegationSurvey survey = await SurveyAsync(network);
        DelegationFinding finding = Assert.Single(survey.Findings, finding => finding.Fault is DelegationFault.DelegationsDiffer);
        Assert.Contains("ns1.z. at b. (127.0.0.2)", finding.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_zone_whose_servers_are_those_of_the_zone_above_is_surveyed_too()
    {
        var network = new ToyNetwork();
        string zone = Zone.Replace("127.0.1.", "127.0.0.", StringComparison.Ordinal);
        foreach (string address in (string[])["127.0.0.1", "127.0.0.2"])
        {
            network.Add(address, ".", Root);
            network.Add(address, "z.", zone);
        }

        DelegationSurvey survey = await SurveyAsync(network);
        Assert.Equal([".", "z."], survey.Zones.Select(one => one.Zone.ToString()));
        Assert.Empty(survey.Findings);
        Assert.Equal(2, survey.Last!.Authoritative.Count());
    }

    [Fact]
    public async Task An_answer_that_is_cut_where_TCP_does_not_work_is_missing()
    {
        ToyNetwork network = World();
        network.Add("127.0.1.2", "z.", Zone, ToyManner.CutsWithoutTcp);
        DelegationSurvey survey = await SurveyAsync(network);

        Assert.Equal([DelegationFault.TcpBroken, DelegationFault.AnswerMissing], survey.Findings.Select(finding => finding.Fault));
        Assert.EndsWith("cuts its answer, and by TCP it does not answer", survey.Findings[1].ToString(), StringComparison.Ordinal);
        Assert.Equal([false, true], survey.Last!.Servers.OrderBy(server => server.Name).Select(server => server.IsAnswerCut));
    }

    [Fact]
    public async Task A_walk_that_cannot_go_on_says_where_and_why()
    {
        ToyNetwork network = World();
        network.Add("127.0.1.1", "z.", Zone, ToyManner.Refuses);
        network.Add("127.0.1.2", "z.", Zone, ToyManner.Silent);
        DelegationSurvey survey = await SurveyAsync(network);
        Assert.Equal((false, "no server of z. answers for it"), (survey.IsComplete, survey.EndReason));
        Assert.Contains(survey.Findings, finding => finding.Fault is DelegationFault.NoAuthority);
    }

    [Fact]
    public async Task A_server_that_the_time_was_over_for_is_not_silent()
    {
        var network = new Meddler(World(), async (question, end) =>
        {
            if (!question.IsOfSecond)
                return null;
            await Task.Delay(Timeout.Infinite, end).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            return Lost;
        });
        DelegationSurvey survey = await SurveyAsync(network, new DelegationSurveyOptions { Limit = TimeSpan.FromMilliseconds(200) });
        Assert.Equal((false, "the time was over"), (survey.IsComplete, survey.EndReason));
        DelegationFinding finding = Assert.Single(survey.Findings, finding => finding.Zone.ToString() is "z.");
        Assert.Equal(DelegationFault.ServersNotAsked, finding.Fault);
    }

    [Fact]
    public async Task Two_queries_that_are_lost_are_not_EDNS_that_is_dropped() =>
        Assert.Empty((await SurveyAsync(new Meddler(World(), (question, _) =>
            Task.FromResult(question is { IsOfSecond: true, HasEdns: true, Type: DnsRecordType.SOA, IsTcp: false } ? Lost : null)))).Findings);

    [Fact]
    public async Task A_failure_that_passes_is_not_EDNS_that_is_refused()
    {
        var failing = new ToyNetwork();
        failing.Add("127.0.1.2", "z.", Zone, ToyManner.Fails);
        HashSet<(DnsRecordType, bool)> failed = [];
        Assert.Empty((await SurveyAsync(new Meddler(World(), async (question, end) =>
            question.IsOfSecond && failed.Add((question.Type, question.IsTcp)) ? await failing.AskAsync(question.Server, question.Query, TimeSpan.Zero, end) : null))).Findings);
    }

    [Fact]
    public async Task An_error_from_this_side_says_nothing_of_the_server()
    {
        var error = new DnsArrival(DnsOutcome.Failed, default, TimeSpan.Zero)
        {
            FailedStep = "receive",
            Errno = Errno.EHOSTUNREACH,
            Icmp = new IcmpError(3, 1, IPAddress.Parse("127.0.9.9"), IsOwnAddress: true),
        };
        DelegationSurvey survey = await SurveyAsync(new Meddler(World(), (question, _) => Task.FromResult(question.IsOfSecond ? error : null)));
        Assert.Equal(DelegationFault.ServersNotAsked, Assert.Single(survey.Findings).Fault);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public async Task Glue_is_compared_with_what_was_answered(bool isLost, int count)
    {
        ToyNetwork world = World();
        string root = $"{Root}\nns2.z. AAAA fd00::2";
        world.Add("127.0.0.1", ".", root);
        world.Add("127.0.0.2", ".", root);
        world.Add("fd00::2", "z.", Zone);
        DelegationSurvey survey = await SurveyAsync(new Meddler(world, (question, _) => Task.FromResult(isLost && question.Type is DnsRecordType.AAAA ? Lost : null)));
        Assert.Equal(count, survey.Findings.Count(finding => finding.Fault is DelegationFault.GlueDiffers));
    }

    private static DnsArrival Lost => new(DnsOutcome.TimedOut, default, TimeSpan.Zero);

    private static ToyNetwork World()
    {
        var network = new ToyNetwork();
        network.Add("127.0.0.1", ".", Root);
        network.Add("127.0.0.2", ".", Root);
        network.Add("127.0.1.1", "z.", Zone);
        network.Add("127.0.1.2", "z.", Zone);
        return network;
    }

    private static Task<DelegationSurvey> SurveyAsync(IDnsNetwork network, DelegationSurveyOptions? options = null)
    {
        _ = DomainName.TryParse("www.z.", out DomainName name);
        return new DelegationSurveyor(network, options).SurveyAsync(
            name, DnsRecordType.TXT, [Make("a.", "127.0.0.1"), Make("b.", "127.0.0.2")], DomainName.Root, TestContext.Current.CancellationToken);
    }

    private static NamedServer Make(string name, string address)
    {
        _ = DomainName.TryParse(name, out DomainName server);
        return new NamedServer(server, IPAddress.Parse(address));
    }

    /// <summary>A query on its way.</summary>
    private sealed record Passing(DnsServer Server, ReadOnlyMemory<byte> Query, DnsRecordType Type, bool HasEdns)
    {
        public bool IsOfSecond => Server.Address.Equals(IPAddress.Parse("127.0.1.2"));

        public bool IsTcp => Server.Transport is DnsTransport.Tcp;
    }

    /// <summary>Lets queries through, or answers them itself.</summary>
    private sealed class Meddler(ToyNetwork network, Func<Passing, CancellationToken, Task<DnsArrival?>> meddle) : IDnsNetwork
    {
        public async Task<DnsArrival> AskAsync(DnsServer server, ReadOnlyMemory<byte> query, TimeSpan patience, CancellationToken cancellationToken)
        {
            ResponseSets sets = ResponseSets.Read(query.Span)!;
            return await meddle(new Passing(server, query, TypeOf(query.Span), sets.HasEdns), cancellationToken)
                ?? await network.AskAsync(server, query, patience, cancellationToken);
        }

        private static DnsRecordType TypeOf(ReadOnlySpan<byte> query)
        {
            _ = DnsMessage.Read(query, out DnsMessage message);
            _ = message.ReadQuestion(out DnsQuestion question);
            return question.Type;
        }
    }
}

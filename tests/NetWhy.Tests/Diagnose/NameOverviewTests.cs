using System.Collections.Immutable;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Naming;
using NetWhy.Evidence;
using Xunit;
using static NetWhy.Tests.Rules.DnsEvidence;

namespace NetWhy.Tests.Diagnose;

/// <summary>What is told of a name beside its causes.</summary>
public sealed class NameOverviewTests
{
    [Fact]
    public void Only_the_time_of_the_same_records_is_compared()
    {
        DnsExchange a = Answer(First, "NOERROR", Web) with { TimeToLive = 300 };
        DnsExchange other = a with { Type = "AAAA", TimeToLive = 3600 };

        Assert.DoesNotContain(RemarksOn(a, other), remark => remark.Contains("longer than the zone allows", StringComparison.Ordinal));
        Assert.DoesNotContain(RemarksOn(a with { Name = "lab.test.", TimeToLive = 3600 }), remark => remark.Contains("longer than the zone allows", StringComparison.Ordinal));
        Assert.Contains(RemarksOn(a with { TimeToLive = 3600 }), remark => remark.Contains("longer than the zone allows", StringComparison.Ordinal));
    }

    [Fact]
    public void What_no_finding_says_of_the_zone_is_told()
    {
        DelegationFlaw silent = new("silent-server", "lab.test.", "ns2.lab.test. is a server of lab.test. and does not answer") { IsOfName = true };
        DelegationFlaw above = silent with { Zone = ".", Summary = "of the root" };
        Finding finding = new("dns-lame-delegation", Severity.Warning, Where.Remote, "", [silent.Weigh(Weight.Strong, "")]);

        Assert.Contains($"Seen, and no fault by itself: {silent.Summary}, and 1 more like that.", RemarksOn(silent, silent, above));
        Assert.DoesNotContain(Overview([finding], silent).Remarks, remark => remark.StartsWith("Seen", StringComparison.Ordinal));
    }

    [Fact]
    public void A_query_that_this_busy_machine_looked_after_late_was_not_lost()
    {
        DnsExchange late = Answer(First, "NOERROR", Web) with { Elapsed = TimeSpan.FromSeconds(0.35) };

        Assert.DoesNotContain("lost", Statement(late), StringComparison.Ordinal);
        Assert.Contains("a query was lost", Statement(late with { Sends = 2, UnansweredSends = 1 }), StringComparison.Ordinal);

        static string Statement(DnsExchange exchange) =>
            Assert.Single(Overview([], exchange).Statements, statement => statement.Role is "resolver").Remarks;
    }

    private static ImmutableArray<string> RemarksOn(params Observation[] answers) => Overview([], answers).Remarks;

    private static NameOverview Overview(Finding[] findings, params Observation[] answers) => NameOverview.Of(new EvidenceSet(
    [
        new InvestigationStarted("0", Name, TargetKind.Name, null, Name, null),
        Configured(First),
        .. answers,
        Resolved(First, 0.001, Web),
        new DelegationWalk(Name + ".", ["lab.test."], IsComplete: true, Queries: 3),
        new ZoneServer("lab.test.", "ns1.lab.test.", Second, "authoritative", "answers for the zone") { IsOfName = true, TimeToLive = 300, Answer = [$"{Web}"] },
    ]), findings);
}

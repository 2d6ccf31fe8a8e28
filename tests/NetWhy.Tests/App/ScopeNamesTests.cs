using System.Collections.Immutable;
using NetWhy.App.Render;
using NetWhy.Diagnose;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.App;

public sealed class ScopeNamesTests
{
    [Theory]
    [InlineData("fe80::1%2 is silent", "fe80::1%eth0 is silent")]
    [InlineData("ping [FE80::1%2]:80", "ping [FE80::1%eth0]:80")]
    [InlineData("ff02::1%2", "ff02::1%eth0")]
    [InlineData("fe80::1%3", "fe80::1%3")] // an odd name would need quotes in a command
    [InlineData("fe80::1%4", "fe80::1%4")] // not seen
    [InlineData("fe80::1%22", "fe80::1%22")]
    [InlineData("http://host/fe%20b, 20%2", "http://host/fe%20b, 20%2")]
    [InlineData("2001:db8::1%2", "2001:db8::1%2")] // no scope that a person would write
    public void Interfaces_have_names_for_people(string text, string expected)
    {
        Observation[] seen =
        [
            new InvestigationStarted("0.1.0", "host", TargetKind.Host, null, "host", null) { Id = "o1", Vantage = "here" },
            new LinkState("eth0", true, true, 1500) { Id = "o2", Vantage = "here", Index = 2 },
            new LinkState("a;b", true, true, 1500) { Id = "o3", Vantage = "here", Index = 3 },
            new LinkState("eth9", true, true, 1500) { Id = "o4", Vantage = "elsewhere", Index = 4 },
        ];
        var finding = new Finding("neighbour-unresolved", Severity.Critical, Where.Local, text, [seen[1].Weigh(Weight.Strong, text)])
        {
            Remedies = [new Remedy(text, text, text)],
            Next = [text],
        };

        Diagnosis named = ScopeNames.In(new Diagnosis(
            Status.Broken,
            [new Answer("host", Verdict.No, text, null)],
            [new RankedFinding(finding, [])],
            [finding],
            [finding],
            [new NotObserved(text, text)],
            new EvidenceSet(seen)));

        Assert.Equal(expected, named.Questions[0].Summary);
        Assert.Equal((expected, expected), (named.NotObserved[0].What, named.NotObserved[0].Reason));
        foreach (Finding one in ImmutableArray.Create(named.Causes[0].Finding, named.Notes[0], named.Doubtful[0]))
        {
            Assert.Equal((expected, expected, expected), (one.Summary, one.Reasons[0].Reading, one.Next[0]));
            Assert.Equal(new Remedy(expected, expected, expected), one.Remedies[0]);
        }
    }
}

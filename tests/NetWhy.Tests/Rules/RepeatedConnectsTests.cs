using NetWhy.Diagnose;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;
using Xunit;
using static NetWhy.Tests.Rules.PathEvidence;

namespace NetWhy.Tests.Rules;

/// <summary>Which repeated SYNs of connections made over a time are loss on the way, and which are not.</summary>
public sealed class RepeatedConnectsTests
{
    // Of 640 connections: even a good way loses a SYN in a hundred and fifty.
    [Fact]
    public void A_good_way_that_loses_one_in_many_is_no_loss() => Assert.Empty(Told<PacketLoss>(Run(tried: 640, late: 4, kept: 900, keptRepeated: 5)));

    [Fact]
    public void Loss_that_hits_all_alike_is_loss()
    {
        Finding finding = Assert.Single(Told<PacketLoss>(Run(tried: 40, late: 4, kept: 90, keptRepeated: 8)));

        Assert.Contains("Some TCP segments", finding.Summary, StringComparison.Ordinal);
        Assert.InRange(finding.Confidence, 0.9, 1);
        Assert.Empty(Told<ConnectionRateLimited>(Run(tried: 40, late: 4, kept: 90, keptRepeated: 8)));
    }

    // Fisher's exact test of 0 of 90 against 5 of 40: 0.0025.
    [Fact]
    public void Lost_SYNs_beside_connections_that_lose_nothing_are_a_limit_or_a_full_queue()
    {
        Observation[] seen = Run(tried: 40, late: 5, kept: 90, keptRepeated: 0);

        Assert.Empty(Told<PacketLoss>(seen));
        Finding finding = Assert.Single(Told<ConnectionRateLimited>(seen));
        Assert.Contains("5 of 40 needed a second SYN, and segments were sent again in 0 of 90 requests over connections that stood", finding.Summary, StringComparison.Ordinal);
        Assert.Equal(Severity.Warning, finding.Severity);
    }

    // Without requests over connections that stand, echo tells: 0 of 30 against 20 of 40.
    [Fact]
    public void Lost_SYNs_beside_echo_that_loses_nothing_are_no_loss_on_the_way()
    {
        Observation[] seen = [.. Run(tried: 40, late: 20), Echo(30)];

        Assert.Empty(Told<PacketLoss>(seen));
        Assert.Contains("20 of 40 needed a second SYN, and nothing else is lost", Assert.Single(Told<ConnectionRateLimited>(seen)).Summary, StringComparison.Ordinal);
    }

    // 0.093 by Fisher's test: it may be either, and neither is told.
    [Fact]
    public void Two_lost_SYNs_alone_name_no_cause()
    {
        Observation[] seen = Run(tried: 40, late: 2, kept: 90, keptRepeated: 0);

        Assert.Empty(Told<ConnectionRateLimited>(seen));
        Assert.Empty(Told<PacketLoss>(seen));
    }

    [Fact]
    public void Late_connections_beside_refused_ones_do_not_depend_on_the_source_port() =>
        Assert.DoesNotContain("source port", Assert.Single(Told<PacketLoss>(Run(tried: 40, late: 4, refused: 4, kept: 90, keptRepeated: 8))).Summary, StringComparison.Ordinal);

    // Three SYNs in a row of twenty connections, and no first one of the twenty others: a backend, or a time, in which nothing answers.
    [Fact]
    public void Connections_that_never_stand_beside_such_that_stand_at_once_are_no_loss_by_chance()
    {
        Observation[] seen = Run(tried: 40, silent: 20);

        Assert.Empty(Told<PacketLoss>(seen));
        Assert.Empty(Told<ConnectionRateLimited>([.. seen, Connected(repeats: 1), Echo(30)]));
    }

    // In a second there is time for one SYN.
    [Theory]
    [InlineData(8, true)]
    [InlineData(0, false)]
    public void Where_there_is_time_for_one_SYN_what_others_lose_decides(int keptRepeated, bool isLoss) =>
        Assert.Equal(isLoss, Told<PacketLoss>(Run(tried: 40, silent: 4, kept: keptRepeated > 0 ? 90 : 20, keptRepeated: keptRepeated, limit: 1)).Length > 0);

    private static Finding[] Told<T>(Observation[] seen)
        where T : IRule, new() => [.. new T().Evaluate(new EvidenceSet(seen)).Where(finding => finding.Confidence >= Diagnosis.LeastConfidence)];

    private static Observation[] Run(int tried, int late = 0, int silent = 0, int refused = 0, int kept = 0, int keptRepeated = 0, double limit = 5) =>
    [
        Started(), Route(), Connected(),
        new ConnectSeries(Server, Port, tried, tried - silent - refused, late + silent, refused) { Over = TimeSpan.FromSeconds(10) },
        new RequestTimeline("timeout", "http://10.10.2.2:443/", Port, DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(limit))
        {
            IsHttp = true,
            Requests = [.. Enumerable.Range(0, kept).Select(i => new TriedRequest(TimeSpan.FromSeconds(i * 0.1), Server, HttpOutcome.Complete, ExchangeStage.Complete, TimeSpan.FromMilliseconds(2)) { Status = 200, Idle = TimeSpan.FromSeconds(0.5), Retransmits = i < keptRepeated ? 1 : 0 })],
        },
    ];
}

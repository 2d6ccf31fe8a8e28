using System.Net;
using NetWhy.Collect.Sockets;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Collect;

/// <summary>What looking at a listener again and again tells, and what is concluded from it. The queue is full where more wait than its limit (listen(2), sk_acceptq_is_full).</summary>
public sealed class ListenerWatchTests
{
    private const int Limit = 4;
    private static readonly IPAddress Asked = IPAddress.Parse("10.10.2.2");

    [Theory]
    [InlineData("0 0 0 5 0 0 0 0 5 0", Severity.Warning)] // full for moments
    [InlineData("0 5 5 0 0 0 5 5 0 0", Severity.Warning)] // at two looks in a row, and then it had room
    [InlineData("5 0 0 0 0 0 0 0 0 0", Severity.Warning)]
    [InlineData("5 5 5 5 5 5 5 5 5 5", Severity.Critical)]
    [InlineData("0 0 0 5 5 5 5 5 5 5", Severity.Critical)] // since a moment, and to the end
    public void A_queue_that_stays_full_is_told_from_one_that_is_full_for_moments(string queues, Severity severity)
    {
        var watch = new ListenerWatch([Asked], 80);
        int i = 0;
        foreach (string queue in queues.Split(' '))
            watch.Take(TimeSpan.FromSeconds(0.5 * i++), [new Listener(80, IPAddress.Any, int.Parse(queue, null), Limit) { Inode = 1, Drops = i }]);

        Finding finding = Assert.Single(new AcceptQueueFull().Evaluate(new EvidenceSet([new InvestigationStarted("0", ":80", TargetKind.LocalPort, null, null, 80), .. watch.Told()])));

        Assert.Equal(severity, finding.Severity);
        Assert.Contains("the listener dropped 9 packets meanwhile", finding.Reasons.Select(reason => reason.Reading));
    }

    [Fact]
    public void Listeners_of_other_addresses_are_not_watched()
    {
        var watch = new ListenerWatch([Asked], 80);
        foreach (int drops in (int[])[0, 7])
        {
            watch.Take(TimeSpan.FromSeconds(drops),
            [
                new Listener(80, IPAddress.Loopback, 5, Limit) { Inode = 1, Drops = drops },
                new Listener(80, Asked, 0, Limit) { Inode = 2, Drops = 0 },
                new Listener(80, IPAddress.Any, 5, Limit) { Inode = 3, Drops = drops }, // who listens at the address itself comes first
            ]);
        }

        Assert.Equal(0, watch.Drops);
        Assert.Empty(watch.Told());
    }

    [Fact]
    public void A_listener_of_both_families_takes_connections_of_IPv4_too()
    {
        var watch = new ListenerWatch([Asked], 80);
        watch.Take(TimeSpan.Zero, [new Listener(80, IPAddress.IPv6Any, 0, Limit) { Inode = 1, Drops = 2 }, new Listener(80, IPAddress.IPv6Any, 0, Limit) { Inode = 2, Drops = 0, IsIPv6Only = true }]);
        watch.Take(TimeSpan.FromSeconds(1), [new Listener(80, IPAddress.IPv6Any, 0, Limit) { Inode = 1, Drops = 5 }, new Listener(80, IPAddress.IPv6Any, 0, Limit) { Inode = 2, Drops = 9, IsIPv6Only = true }]);

        Assert.Equal(3, watch.Drops);
    }

    /// <summary>A service that was started again has another socket; what the first one dropped is not forgotten.</summary>
    [Fact]
    public void Drops_of_a_listener_that_is_gone_stay_counted()
    {
        var watch = new ListenerWatch([Asked], 80);
        watch.Take(TimeSpan.Zero, [new Listener(80, IPAddress.Any, 0, Limit) { Inode = 1, Drops = 1 }]);
        watch.Take(TimeSpan.FromSeconds(1), [new Listener(80, IPAddress.Any, 0, Limit) { Inode = 1, Drops = 4 }]);
        watch.Take(TimeSpan.FromSeconds(2), [new Listener(80, IPAddress.Any, 0, Limit) { Inode = 2, Drops = 2 }]);

        Assert.Equal(5, watch.Drops);
    }
}

using System.Collections.Immutable;
using System.Net;
using NetWhy.Diagnose.Repeated;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Diagnose;

/// <summary>What this machine counts while requests are repeated is told where it rises with failures, and not where the failures themselves make it.</summary>
public sealed class HostCountersTests
{
    private static readonly IPAddress Server = IPAddress.Parse("192.0.2.1");

    [Fact]
    public void SYNs_that_are_sent_again_are_no_sign_of_why_connections_time_out() =>
        Assert.DoesNotContain(Conclusions(Failing(null), Counting(("Tcp.RetransSegs", 3), ("TcpExt.TCPSynRetrans", 3))), text => text.Contains("RetransSegs", StringComparison.Ordinal));

    [Fact]
    public void Segments_of_standing_connections_are() =>
        Assert.Contains(Conclusions(Failing(null), Counting(("Tcp.RetransSegs", 5), ("TcpExt.TCPSynRetrans", 3))), text => text.StartsWith("segments of standing connections sent again (RetransSegs) grew by 10 on this machine meanwhile, in 5 of the 5 steps with failures and 0 of the 15 without", StringComparison.Ordinal));

    [Theory]
    [InlineData(502, true, false, true)]
    [InlineData(502, false, false, false)] // what a client's machine counts beside the errors of another one
    [InlineData(502, true, true, false)] // netwhy's own other trials end in resets too
    [InlineData(null, true, false, false)] // our own end of a request in time-out may be one
    public void Resets_are_told_beside_errors_of_a_service_of_this_machine(int? status, bool isHere, bool othersAsk, bool isTold) => Assert.Equal(
        isTold,
        Conclusions(Failing(status), [.. Counting(("Tcp.EstabResets", 1)).Select(look => look with { ListenerDrops = isHere ? 0 : null, OthersAsk = othersAsk })]).Any(text => text.Contains("EstabResets", StringComparison.Ordinal)));

    [Fact]
    public void A_counter_that_rises_all_the_time_goes_with_nothing() =>
        Assert.DoesNotContain(Conclusions(Failing(502), [.. Enumerable.Range(0, 21).Select(i => new HostLook(TimeSpan.FromSeconds(i * 0.5), new Dictionary<string, long> { ["Tcp.EstabResets"] = i }) { ListenerDrops = 0 })]), text => text.Contains("EstabResets", StringComparison.Ordinal));

    [Theory]
    [InlineData(28_000, true)]
    [InlineData(20_000, false)]
    public void Ports_that_are_nearly_used_up_are_told(int ports, bool isTold) => Assert.Equal(
        isTold,
        Conclusions([], [.. Enumerable.Range(0, 21).Select(i => new HostLook(TimeSpan.FromSeconds(i * 0.5), new Dictionary<string, long>()) { PortsInUse = ports + i })]).Contains(
            $"of the 28232 local ports that connections from here to one address may have, {ports + 20} were in use at +10.0 s, and {ports} at +0.0 s, those of these requests among them: {28_232 - ports - 20} were left"));

    [Theory]
    [InlineData(262_000, true)]
    [InlineData(200_000, false)]
    public void A_table_of_tracked_connections_that_is_full_at_some_time_is_told(int most, bool isTold) => Assert.Equal(
        isTold,
        Conclusions([], [.. Enumerable.Range(0, 21).Select(i => new HostLook(TimeSpan.FromSeconds(i * 0.5), new Dictionary<string, long>()) { Tracked = i == 6 ? most : 100 })]).Any(text => text.StartsWith($"this machine tracked {most} of at most 262144 connections at +3.0 s", StringComparison.Ordinal)));

    private static ImmutableArray<string> Conclusions(IEnumerable<TriedRequest> failing, IReadOnlyList<HostLook> looks) => SymptomOverview.Of(
        new EvidenceSet(
        [
            new RequestTimeline("timeout", "http://a.test/", 80, DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(5))
            {
                Id = "o1",
                IsHttp = true,
                Asked = TimeSpan.FromSeconds(10),
                Requests = [.. Enumerable.Range(0, 100).Select(i => Request(i * 0.1)).Concat(failing).OrderBy(request => request.At)],
                Looks = looks,
                UsablePorts = 28_232,
                MostTracked = 262_144,
            },
        ]),
        20)!.Conclusions;

    // Ten of them, from five to seven and a half seconds; a connection that times out where there is no status.
    private static TriedRequest[] Failing(int? status) => [.. Enumerable.Range(0, 10).Select(i => Request(5.02 + (i * 0.24)) with
    {
        Outcome = status is null ? HttpOutcome.Failed : HttpOutcome.Complete,
        Stage = status is null ? ExchangeStage.NotConnected : ExchangeStage.Complete,
        Errno = status is null ? "ETIMEDOUT" : null,
        Status = status,
    })];

    // Each half second a look; the counters rise in those five steps.
    private static HostLook[] Counting(params (string Counter, long Step)[] counters) =>
        [.. Enumerable.Range(0, 21).Select(i => new HostLook(TimeSpan.FromSeconds(i * 0.5), counters.ToDictionary(one => one.Counter, one => one.Step * Math.Clamp(i - 10, 0, 5))))];

    private static TriedRequest Request(double at) => new(TimeSpan.FromSeconds(at), Server, HttpOutcome.Complete, ExchangeStage.Complete, TimeSpan.FromMilliseconds(2)) { Status = 200 };
}

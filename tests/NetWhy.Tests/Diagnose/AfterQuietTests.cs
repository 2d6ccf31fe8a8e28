using System.Net;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Repeated;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Diagnose;

/// <summary>
/// What is told of failures by how long nobody had asked before them. The proxy is simulated by what its documentation says: it keeps the
/// connection of a request that was answered, and uses it for the next one; what its backend forgot meanwhile fails and is dropped.
/// </summary>
public sealed class AfterQuietTests
{
    private static readonly IPAddress Server = IPAddress.Parse("192.0.2.1");

    /// <summary>A fast run keeps the proxy's connections in use, then single requests follow.</summary>
    [Fact]
    public void Failures_after_quiet_times_alone_are_a_proxys_dead_connections()
    {
        double[] moments = [.. Enumerable.Range(0, 190).Select(i => i * 0.08), 17.2, 22.2, 23.2, 24.2, 29.2];
        RequestTimeline timeline = Timeline(Proxied(moments, 3), 30);

        Finding finding = Assert.Single(new HttpKeepaliveRace().Evaluate(new EvidenceSet([timeline])));

        Assert.StartsWith("192.0.2.1:80 fails the first request after a quiet time: 2 of 2 that come when nobody of ours had asked for 5 s or more, 0 of 193 others (2 answered 5xx)", finding.Summary, StringComparison.Ordinal);
        Assert.True(finding.Confidence > 0.9);
        Assert.Empty(new HttpBackendPartlyFailing().Evaluate(new EvidenceSet([timeline])));
    }

    /// <summary>Connections to the proxy that do not come about after quiet times, as of a firewall's, tell nothing of the proxy's own.</summary>
    [Fact]
    public void Refused_connections_are_no_dead_connections_of_a_proxy()
    {
        double[] moments = [.. Enumerable.Range(0, 190).Select(i => i * 0.08), 17.2, 22.2, 23.2, 24.2, 29.2];
        TriedRequest[] tried = [.. Proxied(moments, 3).Select(request => request.Status == 200 ? request : request with { Status = null, Outcome = HttpOutcome.Failed, Stage = ExchangeStage.NotConnected, Errno = "ECONNREFUSED", Connect = null, Wait = null })];

        Assert.Empty(new HttpKeepaliveRace().Evaluate(new EvidenceSet([Timeline(tried, 30)])));
    }

    /// <summary>Ten requests, as <c>-n 10 --duration 30</c> makes them: five in a rhythm, and five by how those fail.</summary>
    [Theory]
    [InlineData(2, new[] { 0, 3, 6, 9, 12, 14, 15, 16, 18, 19.0 })]
    [InlineData(2.9, new[] { 0, 4.5, 6.7, 9, 13.5, 17, 22, 23, 24, 29.0 })]
    public void Few_requests_are_enough_where_they_come_after_times_that_differ(double forgets, double[] moments)
    {
        TriedRequest[] all = Proxied([.. moments, moments[^1] + 1, moments[^1] + 2, moments[^1] + 3], forgets);
        RequestTimeline timeline = Timeline(all[..moments.Length], 30) with { Alone = all[moments.Length..] };

        Finding finding = Assert.Single(new HttpKeepaliveRace().Evaluate(new EvidenceSet([timeline])));

        Assert.Contains("fails the first request after a quiet time", finding.Summary, StringComparison.Ordinal);
    }

    /// <summary>The proxy kept two connections, both of them dead after a quiet time.</summary>
    [Fact]
    public void A_second_dead_connection_behind_the_first_is_no_other_cause()
    {
        double[] moments = [.. Enumerable.Range(0, 190).Select(i => i * 0.08), 17.2, 22.2, 23.2, 24.2, 29.2];

        Finding finding = Assert.Single(new HttpKeepaliveRace().Evaluate(new EvidenceSet([Timeline(moments.Select((at, i) => Request(at, i is 191 or 192 or 194)), 30)])));

        Assert.Contains(": 2 of 2 that come when nobody of ours had asked for 5 s or more, 1 of 193 others", finding.Summary, StringComparison.Ordinal);
    }

    /// <summary>A busy proxy keeps several, of which one rests meanwhile, so that it fails now and then in the fast run too.</summary>
    [Fact]
    public void Few_failures_in_the_fast_run_are_no_other_cause()
    {
        double[] moments = [.. Enumerable.Range(0, 190).Select(i => i * 0.08), 17.2, 22.2, 23.2, 24.2, 29.2];

        Finding finding = Assert.Single(new HttpKeepaliveRace().Evaluate(new EvidenceSet([Timeline(moments.Select((at, i) => Request(at, i is 70 or 130 or 191 or 194)), 30)])));

        Assert.Contains(": 2 of 2 that come when nobody of ours had asked for 5 s or more, 2 of 193 others", finding.Summary, StringComparison.Ordinal);
    }

    /// <summary>The backend went away in a quiet time, and did not come back.</summary>
    [Fact]
    public void An_outage_that_begins_in_a_quiet_time_is_none()
    {
        double[] moments = [.. Enumerable.Range(0, 190).Select(i => i * 0.08), 17.2, 22.2, 23.2, 24.2, 29.2];

        Assert.Empty(new HttpKeepaliveRace().Evaluate(new EvidenceSet([Timeline(moments.Select((at, i) => Request(at, i >= 191)), 30)])));
    }

    /// <summary>Each second one of a steady rhythm: so fails one of two backends too.</summary>
    [Fact]
    public void What_a_turn_of_backends_makes_as_well_is_told_beside_it()
    {
        var evidence = new EvidenceSet([Timeline(Proxied([.. Enumerable.Range(0, 12).Select(i => i * 3.0)], 2), 36)]);

        Assert.Empty(new HttpKeepaliveRace().Evaluate(evidence));
        Assert.Contains(SymptomOverview.Of(evidence, 20)!.Conclusions, text => text.EndsWith("or where backends take turns", StringComparison.Ordinal));
    }

    /// <summary>Whatever the rhythm, failures that do not follow from it are taken for it in less than one case of two hundred.</summary>
    [Theory]
    [InlineData(0.1, 195, 0.1)]
    [InlineData(0.5, 195, 0.1)]
    [InlineData(0.3, 12, 3)]
    [InlineData(0.5, 12, 3)]
    [InlineData(0.1, 30, 2)]
    public void Random_failures_are_hardly_ever_taken_for_it(double rate, int requests, double apart)
    {
        const int Cases = 600;
        var random = new Random(requests);
        int told = 0;
        for (int i = 0; i < Cases; i++)
        {
            double at = 0;
            TriedRequest[] tried = [.. Enumerable.Range(0, requests).Select(_ => Request(at += apart * (0.2 + (1.6 * random.NextDouble())), random.NextDouble() < rate))];
            told += new HttpKeepaliveRace().Evaluate(new EvidenceSet([Timeline(tried, at)])).Any() ? 1 : 0;
        }

        Assert.InRange(told / (double)Cases, 0, 0.005);
    }

    /// <summary>One of two backends, whatever the rhythm.</summary>
    [Fact]
    public void Backends_in_turn_are_none()
    {
        double[] moments = [.. Enumerable.Range(0, 190).Select(i => i * 0.08), 17.2, 22.2, 23.2, 24.2, 29.2];

        Assert.Empty(new HttpKeepaliveRace().Evaluate(new EvidenceSet([Timeline(moments.Select((at, i) => Request(at, i % 2 == 1)), 30)])));
    }

    [Fact]
    public void What_was_not_tried_is_said()
    {
        RequestTimeline timeline = Timeline(Enumerable.Range(0, 100).Select(i => Request(i * 0.1, isFailed: false)), 10);

        Assert.EndsWith(
            "; one rarer than 1 in 33 new connections would be missed (95 %), and neither kept connections nor a request after more than 98 ms without one, when a proxy's connections to its backend may be dead, were tried: --duration 60.",
            SymptomOverview.Of(new EvidenceSet([timeline]), 20)!.Result,
            StringComparison.Ordinal);
    }

    // As nginx with an upstream's keepalive of one connection that the backend forgets after some seconds.
    private static TriedRequest[] Proxied(double[] moments, double forgets)
    {
        double? kept = null; // when it was used last
        return [.. moments.Select(at =>
        {
            bool fails = kept is { } last && at - last >= forgets;
            kept = fails ? null : at;
            return Request(at, fails);
        })];
    }

    private static TriedRequest Request(double at, bool isFailed) => new(TimeSpan.FromSeconds(at), Server, HttpOutcome.Complete, ExchangeStage.Complete, TimeSpan.FromMilliseconds(2))
    {
        Status = isFailed ? 502 : 200,
        Connect = TimeSpan.FromMilliseconds(1),
        Wait = TimeSpan.FromMilliseconds(1),
        RoundTrip = TimeSpan.FromMilliseconds(0.5),
    };

    private static RequestTimeline Timeline(IEnumerable<TriedRequest> requests, double seconds) =>
        new("5xx", "http://a.test/", 80, DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(seconds), TimeSpan.FromSeconds(5))
        {
            Id = "o1",
            IsHttp = true,
            Asked = TimeSpan.FromSeconds(seconds),
            Requests = [.. requests],
        };
}

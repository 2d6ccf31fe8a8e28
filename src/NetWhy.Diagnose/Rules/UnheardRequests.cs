using System.Net;
using NetWhy.Diagnose.Repeated;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Connections come about, and what repeated requests send over new ones is not even acknowledged: whatever the service does, it does not have them.</summary>
public sealed class UnheardRequests : IRule
{
    private const string Id = "packet-loss";
    private const int Few = 3;
    private const double Nearly = 0.8;

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new("unheard-requests", Source: "RFC 9293, section 3.8.1; tcp(7), TCP_INFO", Id)
    {
        Explains = ["service-hung", "http-backend-partly-failing", "connection-reset", "connection-reset-by-middlebox", "tls-handshake-stall"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        if (TimelineReading.Of(evidence) is { } reading)
            return reading.Addresses.Where(address => !reading.IsWayFull(address)).Select(address => OfTimeline(reading, address)).OfType<Finding>();
        return evidence.All<HttpRun>().SelectMany(run => run.Groups.DistinctBy(group => group.Address).Select(group => OfRun(run, group))).OfType<Finding>();
    }

    /// <summary>Whether it is told of an address.</summary>
    /// <param name="reading">The requests.</param>
    /// <param name="address">The address.</param>
    internal static bool Tells(TimelineReading reading, IPAddress address) => OfTimeline(reading, address) is not null;

    private static Finding? OfTimeline(TimelineReading reading, IPAddress address)
    {
        (TriedRequest Request, RequestKind Kind)[] fresh = [.. reading.AllAt(address).Where(one => one.Request is { Idle: null, Stage: not ExchangeStage.NotConnected })];
        return Describe(
            reading.Timeline, address, reading.Timeline.Port,
            fresh.LongCount(one => one.Request.Outcome is HttpOutcome.NoAnswer),
            fresh.LongCount(one => TimelineReading.IsUnheard(one.Request)),
            fresh.LongCount(one => one.Kind is RequestKind.Reset),
            fresh.LongCount(one => one.Request.Status is not null),
            fresh.Length);
    }

    private static Finding? OfRun(HttpRun run, HttpRunGroup group)
    {
        HttpRunFailure[] here = [.. run.Failures.Where(failure => failure is { IsKept: false, Stage: not ExchangeStage.NotConnected } && failure.Address.Equals(group.Address))];
        HttpRunGroup[] fresh = [.. run.Groups.Where(other => !other.IsKept && other.Address.Equals(group.Address))];
        return Describe(
            run, group.Address, group.Port,
            here.Where(failure => failure.Outcome is HttpOutcome.NoAnswer).Sum(failure => failure.Count),
            here.Sum(failure => failure.Unacknowledged),
            here.Where(failure => failure.Outcome is HttpOutcome.Reset or HttpOutcome.ClosedEarly).Sum(failure => failure.Count),
            fresh.Sum(other => other.Requests - other.Failed),
            fresh.Sum(other => other.Requests));
    }

    private static Finding? Describe(Observation seen, IPAddress address, int port, long silent, long unheard, long reset, long answered, long all)
    {
        if (unheard < Few || unheard < Nearly * silent)
            return null;
        string server = ApplicationView.Endpoint(address, port);
        return new Finding(
            Id,
            Severity.Critical,
            Where.Path,
            $"{server} accepts connections, and of {all} new ones {unheard} carried requests that were sent again and again and never acknowledged{(reset == 0 ? "" : $", and {reset} were reset")}: what they carry is dropped on the way or by a filter before the service{(answered == 0 ? ", and none was answered" : $"; {answered} were answered")}.",
            [
                seen.Weigh(Weight.VeryStrong, $"{unheard} of {silent} requests without an answer were not acknowledged by the peer's TCP, which does so whatever the application does"),
                seen.Weigh(Weight.HintAgainst, "a balancer that accepts in the name of a backend, and does not reach it (a proxy for SYNs), looks the same"),
            ])
        {
            Subject = address,
            Remedies = [new Remedy("See what drops or resets segments with data of connections that stand: rules of the firewalls on the way and of the server, connection tracking, a filter of contents.", "nft list ruleset; conntrack -S; iptables -vnL", Fix.Server(address))],
            Next = [$"On {address}: do the requests arrive, again and again, and are they acknowledged (tcpdump -ni any 'port {port} and tcp[tcpflags] & tcp-push != 0')?"],
        };
    }
}

using System.Collections.Immutable;
using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Repeated;

/// <summary>Requests to an address, repeated, of which none was answered: some met silence, and some a reset or the end of the connection. What most met names the cause, whatever a single try met.</summary>
/// <param name="Seen">The requests.</param>
/// <param name="Address">The address.</param>
/// <param name="Port">The port.</param>
/// <param name="Silent">Those that got no octet in their time, over a connection that stood, and were acknowledged: the peer's TCP has them.</param>
/// <param name="Reset">Those whose connection was reset or ended before an answer.</param>
/// <param name="All">All of them.</param>
internal sealed record MixedFailures(Observation Seen, IPAddress Address, int Port, long Silent, long Reset, long All)
{
    private const int Few = 3;

    /// <summary>How long each was waited for; null where that is not known.</summary>
    internal TimeSpan? Limit { get; private init; }

    /// <summary>Whether most met silence.</summary>
    internal bool IsSilence => Silent * 2 > All;

    /// <summary>Whether most met a reset or the end.</summary>
    internal bool IsReset => Reset * 2 > All;

    /// <summary>What the others met, in words.</summary>
    internal string OthersInWords
    {
        get
        {
            long others = All - Silent - Reset;
            string besides = IsSilence ? $"{Reset} {(Reset == 1 ? "was" : "were")} reset or ended before an answer" : $"{Silent} got no answer in time";
            return others == 0 ? besides : $"{besides}, and {others} failed in another way";
        }
    }

    /// <summary>Those of the repeated requests, if any were, one for each address.</summary>
    /// <param name="evidence">The evidence.</param>
    internal static ImmutableArray<MixedFailures> Of(EvidenceSet evidence)
    {
        IEnumerable<MixedFailures> all = TimelineReading.Of(evidence) is { } reading
            ? reading.Addresses.Where(address => !reading.HasAnswered(address)).Select(address => OfTimeline(reading, address))
            : evidence.Last<HttpRun>() is { Answers.Count: 0 } run ? run.Groups.DistinctBy(group => group.Address).Select(group => OfRun(run, group.Address, group.Port))
            : [];
        return [.. all.Where(one => one is { Silent: > 0, Reset: > 0, All: >= Few } and ({ IsSilence: true } or { IsReset: true }))];
    }

    private static MixedFailures OfTimeline(TimelineReading reading, IPAddress address)
    {
        (TriedRequest Request, RequestKind Kind)[] here = [.. reading.AllAt(address)];
        return new MixedFailures(
            reading.Timeline, address, reading.Timeline.Port,
            here.LongCount(one => one.Kind is RequestKind.AnswerTimeout && !one.Request.IsUnacknowledged), here.LongCount(one => one.Kind is RequestKind.Reset), here.Length)
        {
            Limit = reading.Timeline.Limit,
        };
    }

    private static MixedFailures OfRun(HttpRun run, IPAddress address, int port)
    {
        HttpRunFailure[] here = [.. run.Failures.Where(failure => failure.Address.Equals(address))];
        return new MixedFailures(
            run, address, port,
            here.Where(failure => failure is { Outcome: HttpOutcome.NoAnswer, Stage: not ExchangeStage.NotConnected }).Sum(failure => failure.Count - failure.Unacknowledged),
            here.Where(failure => failure is { Outcome: HttpOutcome.Reset or HttpOutcome.ClosedEarly } or { Errno: "ECONNRESET" }).Sum(failure => failure.Count),
            run.Groups.Where(group => group.Address.Equals(address)).Sum(group => group.Requests));
    }
}

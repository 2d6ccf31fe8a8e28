using System.Globalization;
using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Paths;

/// <summary>Segments of our own repeated requests that had to be sent again over connections that stood, so often that chance on a good way does not explain it.</summary>
/// <remarks>
/// A machine that is busy sends again what was only late: then the other side says that it had it (D-SACK, RFC 2883), or what is hit
/// lies close together. A queue of a listener that is full holds up new connections alone. Not every TCP sends D-SACK: of one that
/// never did, nobody knows whether what was sent again had been lost or was late by more than the timer.
/// </remarks>
/// <param name="Timeline">The requests.</param>
/// <param name="Hit">Requests that were answered and in which a segment other than a SYN was sent again, without those that the other side had.</param>
/// <param name="Requests">Requests that were answered over connections whose SYN was not repeated.</param>
/// <param name="IsToldOfCopies">Whether the other side was seen to send D-SACK, so that its silence tells something.</param>
internal sealed record StandingLoss(RequestTimeline Timeline, int Hit, int Requests, bool IsToldOfCopies)
{
    private const int FewKept = 2, FewMoments = 3; // one may be chance, and so may be one or two moments in which this machine stood still
    private const double Noticeable = 0.01, Good = 0.001; // of requests: a good way loses fewer
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(0.5), RepeatedSyn = TimeSpan.FromSeconds(0.95); // RFC 6298, section 2

    /// <summary>Reads the evidence.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="address">The address.</param>
    /// <returns>Null where it may be chance, or something else than loss.</returns>
    internal static StandingLoss? Of(EvidenceSet evidence, IPAddress address)
    {
        if (evidence.Last<RequestTimeline>() is not { } timeline)
            return null;
        TriedRequest[] here = [.. timeline.Requests.Where(request => request.Address.Equals(address) && request.Status is not null && !(request.Connect >= RepeatedSyn))];
        TriedRequest[] hit = [.. here.Where(request => request.Retransmits > 0)];
        int kept = here.Count(request => request.Idle is not null), keptHit = hit.Count(request => request.Idle is not null);
        int needless = here.Sum(request => request.NeedlessRetransmits), lost = hit.Length - needless;
        return keptHit - needless >= FewKept
            && MomentsOf(hit) >= FewMoments
            && !LossComparison.IsMore((keptHit, kept), (hit.Length - keptHit, here.Length - kept))
            && LossEstimate.Interval(lost, here.Length).Least > Noticeable
            ? new StandingLoss(timeline, lost, here.Length, needless > 0)
            : null;
    }

    /// <summary>It, as a reason.</summary>
    internal Reason Reason => Timeline.Weigh(
        IsToldOfCopies && LossComparison.Tail(Requests, Hit, Good) < 1e-6 ? Weight.VeryStrong : Weight.Strong,
        string.Create(CultureInfo.InvariantCulture, $"in {Hit} of {Requests} requests over connections that stood, segments had to be sent again, at moments all over the time, and {(IsToldOfCopies ? "the other side did not have them" : "the other side never said that it had them (D-SACK, which not every TCP sends): else they were late by more than the timer")}"));

    private static int MomentsOf(TriedRequest[] hit)
    {
        int moments = 0;
        TimeSpan last = TimeSpan.MinValue;
        foreach (TimeSpan at in hit.Select(request => request.At).Order())
        {
            if (moments > 0 && at - last < Moment)
                continue;
            (moments, last) = (moments + 1, at);
        }

        return moments;
    }
}

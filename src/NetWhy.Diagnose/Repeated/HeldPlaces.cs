using System.Net;
using NetWhy.Diagnose.Paths;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Repeated;

/// <summary>New connections got nothing while a kept one of ours stood, and, where that was tried, something as soon as none did: the server serves so many at once, and ours held a place.</summary>
/// <param name="Address">The address.</param>
/// <param name="Standing">Connections of ours that stood at once at most, and were served.</param>
/// <param name="Failed">New connections begun meanwhile that got nothing.</param>
/// <param name="Tried">New connections begun meanwhile.</param>
/// <param name="Kept">Requests over connections that stood, all of them answered.</param>
/// <param name="Alone">Requests made when none stood any more, all of them answered; 0 if none were made.</param>
internal sealed record HeldPlaces(IPAddress Address, int Standing, int Failed, int Tried, int Kept, int Alone)
{
    private const int Enough = 5;
    private const int ToTheEnd = 3; // else it may have ended by itself
    private const double Nearly = 0.8;

    /// <summary>Looks for it.</summary>
    /// <param name="reading">The requests.</param>
    /// <param name="address">Where.</param>
    internal static HeldPlaces? Of(TimelineReading reading, IPAddress address)
    {
        (TriedRequest Request, RequestKind Kind)[] here = [.. reading.AllAt(address)];
        (TriedRequest Request, RequestKind Kind)[] kept = [.. here.Where(one => one.Request is { Idle: not null, Connection: not null })];
        RequestKind[] alone = [.. reading.KindsAlone(address)];
        bool isAnotherAsked = reading.Timeline.Alone is { Count: > 0 } && alone.Length == 0; // that address alone is known to serve new ones then
        if (kept.Length < Enough || isAnotherAsked || !kept.All(one => RequestKinds.IsAnswered(one.Kind))
            || !alone.All(RequestKinds.IsAnswered))
        {
            return null;
        }

        // A connection stands from its first request, which may be the one that made it, to the end of its last one.
        (int Connection, TimeSpan From, TimeSpan To)[] standing =
        [
            .. kept.GroupBy(one => one.Request.Connection!.Value).Select(group => (group.Key,
                group.Min(one => one.Request.At - one.Request.Idle!.Value), group.Max(one => one.Request.At + one.Request.Total))),
        ];
        (TriedRequest Request, RequestKind Kind)[] meanwhile =
        [
            .. here.Where(one => one.Request.Idle is null && standing.Any(other => other.Connection != one.Request.Connection && one.Request.At > other.From && one.Request.At < other.To)),
        ];
        static bool GotNothing((TriedRequest Request, RequestKind Kind) one) => RequestKinds.IsTimeout(one.Kind) || one.Kind is RequestKind.Refused or RequestKind.Reset;
        int failed = meanwhile.Count(GotNothing);
        return failed >= Enough && meanwhile.TakeLast(ToTheEnd).All(GotNothing) && failed >= Nearly * meanwhile.Length && LossComparison.IsMore((0, kept.Length), (failed, meanwhile.Length))
            ? new HeldPlaces(address, standing.Max(one => standing.Count(other => other.From <= one.From && one.From < other.To)), failed, meanwhile.Length, kept.Length, alone.Length)
            : null;
    }
}

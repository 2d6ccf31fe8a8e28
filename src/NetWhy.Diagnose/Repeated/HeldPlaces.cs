using System.Net;
using NetWhy.Diagnose.Paths;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Repeated;

/// <summary>
/// New connections got nothing while a kept one of ours stood and was served, and, where that was tried, something once none did: the server
/// serves so many at once, and ours held a place, or so few new ones in a time.
/// </summary>
/// <param name="Address">The address.</param>
/// <param name="Standing">Connections of ours that stood at once at most, and were served.</param>
/// <param name="Failed">New connections begun meanwhile that got nothing.</param>
/// <param name="Tried">New connections begun meanwhile.</param>
/// <param name="Kept">Requests over connections that stood, all of them answered.</param>
/// <param name="Alone">Requests made when none stood any more, all of them answered save perhaps the first; 0 if none were made.</param>
internal sealed record HeldPlaces(IPAddress Address, int Standing, int Failed, int Tried, int Kept, int Alone)
{
    private const int Enough = 5;
    private const int ToTheEnd = 3; // else it may have ended by itself
    private const double Nearly = 0.8;
    private const double MostWrong = 0.1; // of the fewer

    /// <summary>Whether which ones got nothing follows from how many of ours stood then, and the first one did get something once none did: else ours may not have held a place.</summary>
    internal bool IsOfNumber { get; private init; }

    /// <summary>Whether the first of <see cref="Alone"/> got nothing, as where a limit remembers what was tried before.</summary>
    internal bool IsFirstRefused { get; private init; }

    /// <summary>Looks for it.</summary>
    /// <param name="reading">The requests.</param>
    /// <param name="address">Where.</param>
    internal static HeldPlaces? Of(TimelineReading reading, IPAddress address)
    {
        (TriedRequest Request, RequestKind Kind)[] here = [.. reading.AllAt(address)];
        (TriedRequest Request, RequestKind Kind)[] kept = [.. here.Where(one => one.Request is { Idle: not null, Connection: not null })];
        RequestKind[] alone = [.. reading.KindsAlone(address)];
        bool isFirstRefused = alone.Length > 1 && GotNothing(alone[0]);
        bool isAnotherAsked = reading.Timeline.Alone is { Count: > 0 } && alone.Length == 0; // that address alone is known to serve new ones then
        if (kept.Length < Enough || isAnotherAsked || !kept.All(one => RequestKinds.IsAnswered(one.Kind))
            || !alone.Skip(isFirstRefused ? 1 : 0).All(RequestKinds.IsAnswered))
        {
            return null;
        }

        (int Connection, TimeSpan From, TimeSpan To)[] standing = [.. Spans(kept)];

        // What is answered late may have waited until a place was free.
        (TriedRequest Request, RequestKind Kind)[] meanwhile =
        [
            .. here.Where(one => one.Request.Idle is null && one.Kind is not RequestKind.Slow && standing.Any(other => IsMeanwhile(one.Request, other))),
        ];
        int failed = meanwhile.Count(one => GotNothing(one.Kind));
        return failed >= Enough && meanwhile.TakeLast(ToTheEnd).All(one => GotNothing(one.Kind)) && failed >= Nearly * meanwhile.Length && LossComparison.IsMore((0, kept.Length), (failed, meanwhile.Length))
            ? new HeldPlaces(address, standing.Max(one => standing.Count(other => other.From <= one.From && one.From < other.To)), failed, meanwhile.Length, kept.Length, alone.Length)
            {
                IsOfNumber = !isFirstRefused && FollowsFromNumber(here),
                IsFirstRefused = isFirstRefused,
            }
            : null;
    }

    // A connection stands from its first request, which may be the one that made it, to the end of its last one.
    private static IEnumerable<(int Connection, TimeSpan From, TimeSpan To)> Spans(IEnumerable<(TriedRequest Request, RequestKind Kind)> requests) =>
        requests.GroupBy(one => one.Request.Connection!.Value).Select(group => (group.Key,
            group.Min(one => one.Request.At - (one.Request.Idle ?? TimeSpan.Zero)), group.Max(one => one.Request.At + one.Request.Total)));

    private static bool IsMeanwhile(TriedRequest request, (int Connection, TimeSpan From, TimeSpan To) other) =>
        other.Connection != request.Connection && other.From < request.At && request.At < other.To;

    private static bool GotNothing(RequestKind kind) => RequestKinds.IsTimeout(kind) || kind is RequestKind.Refused or RequestKind.Reset;

    // Whether those got something that began while fewer stood, whoever had made these, and the others did not.
    private static bool FollowsFromNumber((TriedRequest Request, RequestKind Kind)[] here)
    {
        (int Connection, TimeSpan From, TimeSpan To)[] served = [.. Spans(here.Where(one => RequestKinds.IsAnswered(one.Kind) && one.Request.Connection is not null))];
        (TriedRequest Request, RequestKind Kind)[] made = [.. here.Where(one => one.Request.Idle is null && (GotNothing(one.Kind) || RequestKinds.IsInTime(one.Kind))).OrderBy(one => one.Request.At)];
        int[] beside = [.. made.Select(one => served.Count(other => IsMeanwhile(one.Request, other)))];
        int failed = made.Count(one => GotNothing(one.Kind));
        return ClientLimit.Split(beside, [.. made.Select(one => (one.Request.At.TotalSeconds, GotNothing(one.Kind)))]).Wrong <= Math.Max(1, MostWrong * Math.Min(failed, made.Length - failed));
    }
}

using System.Net;
using NetWhy.Diagnose.Paths;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Repeated;

/// <summary>An address answered, then nothing was answered there to the end of the run, nor what was asked one at a time afterwards.</summary>
/// <param name="Address">The address.</param>
/// <param name="Last">When the last answer was whole, from the beginning of all.</param>
/// <param name="Answered">Requests that were answered until then.</param>
/// <param name="Before">Requests that were over by then.</param>
/// <param name="Since">Requests that failed since.</param>
/// <param name="Alone">Requests that were made one at a time afterwards and failed; 0 if none were made at this address.</param>
/// <param name="Until">When the last of all failed.</param>
internal sealed record Departure(IPAddress Address, TimeSpan Last, int Answered, int Before, int Since, int Alone, TimeSpan Until)
{
    private const int Few = 3, FewAlone = 2;
    private const double Nearly = 0.8;
    private static readonly TimeSpan Together = TimeSpan.FromSeconds(2);

    /// <summary>Whether the port refuses connections since.</summary>
    internal bool IsClosed { get; private init; }

    /// <summary>Whether the port leaves SYNs unanswered since.</summary>
    internal bool IsSilent { get; private init; }

    /// <summary>Whether a limit, or a ban, of this client may refuse it so; not where the server's end was seen.</summary>
    internal bool MayBeRefusal { get; private init; }

    /// <summary>What came since, in words.</summary>
    internal string Ways { get; private init; } = "";

    /// <summary>Kinds of failures since.</summary>
    internal RequestKind[] Kinds { get; private init; } = [];

    /// <summary>The end of kept connections at about that moment; null if it was not seen.</summary>
    internal CommonEnd? End { get; private init; }

    /// <summary>What is concluded from it, in words.</summary>
    internal string Meaning => MayBeRefusal
        ? "it went away then and was not back, or this client is refused since, by a ban or by a limit that counts over some time"
        : "it went away then and was not back";

    /// <summary>In words.</summary>
    /// <param name="reading">The requests.</param>
    internal string InWords(TimelineReading reading)
    {
        (string noun, string last, string good) = reading.Timeline.IsHttp ? ("request", "the last answer came", "were answered") : ("connection", "the last connection stood", "came about");
        return $"{last} at {reading.Clock(Last)} ({TimelineReading.After(Last)}): until then {Answered} of {Words.Count(Before, noun)} {good}, and none of {Since} since ({Ways}){(Alone > 0 ? $", nor any of {Alone} made one at a time afterwards" : "")}, the last at {TimelineReading.After(Until)}";
    }

    /// <summary>Looks for them.</summary>
    /// <param name="reading">The requests.</param>
    internal static IEnumerable<Departure> Of(TimelineReading reading)
    {
        Departure[] all = [.. reading.Addresses.Select(address => At(reading, address)).OfType<Departure>()];
        // Those asked alone are of one address: another one that went at the same time went with it.
        return all.Where(one => one.Alone >= FewAlone || (reading.AloneAt(one.Address).Asked == 0 && all.Any(other => other.Alone >= FewAlone && (other.Last - one.Last).Duration() <= Together)));
    }

    private static Departure? At(TimelineReading reading, IPAddress address)
    {
        (TriedRequest Request, RequestKind Kind)[] here = [.. reading.AllAt(address)];
        static TimeSpan End(TriedRequest request) => request.At + request.Total;
        TriedRequest[] answered = [.. here.Where(one => RequestKinds.IsAnswered(one.Kind)).Select(one => one.Request)];
        if (answered.Length < Few)
            return null;
        TimeSpan last = answered.Max(End);
        (TriedRequest Request, RequestKind Kind)[] since = [.. here.Where(one => End(one.Request) > last)];
        RequestKind[] alone = [.. reading.KindsAlone(address)];
        if (since.Length < Few || !since.All(one => RequestKinds.IsOfPeer(one.Kind)) || !alone.All(RequestKinds.IsOfPeer))
            return null;

        // Of all orders of as many failures, those that end in as many of them.
        int before = here.Length - since.Length, failed = before - answered.Length;
        double chance = LossComparison.LogChoose(before, failed) - LossComparison.LogChoose(here.Length, failed + since.Length);
        if (chance > Math.Log(LossComparison.Alpha / reading.Addresses.Length))
            return null;

        TriedRequest first = since.MinBy(one => one.Request.At).Request;
        RequestKind[] fresh = [.. since.Where(one => one.Request.Idle is null).Select(one => one.Kind)];
        CommonEnd? end = reading.CommonEnds.FirstOrDefault(end => end.Address.Equals(address) && end.At >= last - Together && end.At <= End(first) + Together);
        RequestKind[] kinds = [.. since.Select(one => one.Kind).Distinct().Order()];
        return new Departure(address, last, answered.Length, before, since.Length, alone.Length, (reading.Timeline.Alone ?? []).Where(request => request.Address.Equals(address)).Concat(since.Select(one => one.Request)).Max(End))
        {
            IsClosed = IsNearlyAlways(RequestKind.Refused),
            IsSilent = IsNearlyAlways(RequestKind.ConnectTimeout),
            MayBeRefusal = end is null && fresh.TakeLast(Few).Concat(alone).All(kind => kind is RequestKind.ServerError or RequestKind.Refused or RequestKind.Reset or RequestKind.ConnectTimeout)
                && since.All(one => one.Request.Status is null or 503),
            Ways = string.Join(", ", since.GroupBy(one => one.Kind).Select(group => RequestKinds.InWords(group.Key, group.Count()))),
            Kinds = kinds,
            End = end,
        };

        // What was under way, and kept connections, fail otherwise.
        bool IsNearlyAlways(RequestKind kind) =>
            fresh.Length >= Few && fresh.TakeLast(Few).Concat(alone).All(one => one == kind) && fresh.Count(one => one == kind) >= Nearly * fresh.Length;
    }
}

/// <summary>Kept connections that had been idle for times that differ ended at the same moment: so ends a server, or what stands before it, and no idle time-out.</summary>
/// <param name="Address">The address.</param>
/// <param name="At">When, from the beginning of all.</param>
/// <param name="Count">How many connections.</param>
/// <param name="Least">The shortest time that one had been idle.</param>
/// <param name="Most">The longest.</param>
internal sealed record CommonEnd(IPAddress Address, TimeSpan At, int Count, TimeSpan Least, TimeSpan Most)
{
    private static readonly TimeSpan OneMoment = TimeSpan.FromSeconds(0.2), Differing = TimeSpan.FromSeconds(0.2);

    /// <summary>In words.</summary>
    /// <param name="reading">The requests.</param>
    internal string InWords(TimelineReading reading) =>
        $"{Words.Count(Count, "kept connection")} that had been idle for {ApplicationView.InWords(Least)} to {ApplicationView.InWords(Most)} ended at the same moment, {reading.Clock(At)} ({TimelineReading.After(At)}): so ends a server that stops or is loaded anew, or what stands before it, and no idle time-out";

    /// <summary>Tells ends of the server from those of single connections.</summary>
    /// <param name="ends">Ends of kept connections while they were idle.</param>
    /// <returns>The ends of the server, and the other ones.</returns>
    internal static (IEnumerable<CommonEnd> Common, IEnumerable<IdleEnd> Single) Of(IEnumerable<IdleEnd> ends)
    {
        List<CommonEnd> common = [];
        List<IdleEnd> single = [];
        foreach (IGrouping<IPAddress, IdleEnd> here in ends.GroupBy(end => end.Address))
        {
            single.AddRange(here.Where(end => end.At is null));
            IdleEnd[] timed = [.. here.Where(end => end.At is not null).OrderBy(end => end.At)];
            for (int first = 0, next; first < timed.Length; first = next)
            {
                next = first + 1;
                while (next < timed.Length && timed[next].At - timed[first].At <= OneMoment)
                    next++;
                IdleEnd[] moment = timed[first..next];
                TimeSpan least = moment.Min(end => end.After), most = moment.Max(end => end.After);
                if (most - least >= Differing && least * 2 <= most)
                    common.Add(new CommonEnd(here.Key, timed[first].At!.Value, moment.Length, least, most));
                else
                    single.AddRange(moment);
            }
        }

        return (common, single);
    }
}

using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Repeated;

/// <summary>Round trips to an address take many times as long while requests are repeated as the quickest one does: a queue on the way is full.</summary>
/// <remarks>The kernel of the other side answers a SYN whatever the application does: what delays that is the way. Each connection's shortest round trip is the kernel's own (TCP_INFO), so that a machine that is busy here delays none.</remarks>
/// <param name="Address">The address.</param>
/// <param name="Least">The quickest round trip there.</param>
/// <param name="Usual">The median of the shortest ones of the new connections.</param>
/// <param name="Connections">New connections.</param>
/// <param name="Late">Requests that were late, or whose time was over.</param>
internal sealed record FullWay(IPAddress Address, TimeSpan Least, TimeSpan Usual, int Connections, int Late)
{
    private const int Few = 3;
    private const int Times = 10;
    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(100); // voice and games suffer from it

    /// <summary>In words.</summary>
    internal string InWords => $"the shortest round trip of {Connections} new connections is {Words.Of(Usual)} (median), and the quickest one of all {Words.Of(Least)}: a queue on the way is full meanwhile";

    /// <summary>Looks at an address.</summary>
    /// <param name="reading">The requests.</param>
    /// <param name="address">The address.</param>
    /// <param name="idle">The quickest round trip there that was seen besides; null if none was.</param>
    /// <returns>Null if the way was not seen to be full, or delayed too few.</returns>
    internal static FullWay? Of(TimelineReading reading, IPAddress address, TimeSpan? idle)
    {
        TriedRequest[] here = [.. reading.AllAt(address).Select(one => one.Request)];
        TimeSpan[] trips = [.. here.Where(request => request is { Idle: null, RoundTrip: not null }).Select(request => request.RoundTrip!.Value).Order()];
        int late = reading.AllAt(address).Count(one => one.Kind is RequestKind.Slow || RequestKinds.IsTimeout(one.Kind));
        if (trips.Length < Few || late < Few)
            return null;
        TimeSpan usual = trips[(trips.Length - 1) / 2];
        TimeSpan least = here.Select(request => request.RoundTrip).Append(idle).OfType<TimeSpan>().Min();
        return usual >= Times * least && usual - least >= Long ? new FullWay(address, least, usual, trips.Length, late) : null;
    }
}

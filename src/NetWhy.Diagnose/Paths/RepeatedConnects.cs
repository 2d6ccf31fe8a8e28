using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Paths;

/// <summary>What connections that were made over a time show together with requests over such that stood meanwhile: whether chance loses their SYNs.</summary>
/// <remarks>
/// Loss hits every packet alike. A limit on new connections, or a queue that is full now and then, hits SYNs alone; a time in which
/// nothing answers, or one of several ways that is dead, hits all SYNs of a connection.
/// </remarks>
/// <param name="Timeline">The requests.</param>
/// <param name="Late">Connections that stood after their first SYN had no answer.</param>
/// <param name="Silent">Connections that never stood.</param>
/// <param name="Tried">Connections in all.</param>
/// <param name="Kept">Requests over connections that stood.</param>
/// <param name="KeptRepeated">Those in which a segment was sent again.</param>
/// <param name="Echoes">Echo requests.</param>
/// <param name="EchoesLost">Those without an answer.</param>
internal sealed record RepeatedConnects(RequestTimeline Timeline, int Late, int Silent, int Tried, int Kept, int KeptRepeated, int Echoes, int EchoesLost)
{
    private const int Few = 2; // one may be chance
    private const double Margin = 0.2; // seconds that the last SYN's answer may take

    /// <summary>Whether SYNs have no answer more often than segments of connections that stand, or than echo requests, and not by chance.</summary>
    /// <remarks>Where segments of connections that stand are lost too, echo tells nothing of TCP: it may be treated apart.</remarks>
    internal bool HitsSynsAlone => IsKeptSpared
        || (KeptHit < Few && LossComparison.IsMore((EchoesLost, Echoes), (Late + Silent, Tried), comparisons: 2));

    /// <summary>Requests over connections that stood whose answer began as late as a segment that the other side sends again, while most began at once.</summary>
    internal int KeptLate { get; private init; }

    /// <summary>Requests over connections that stood in which a segment was sent again, from here or, as it seems, from there.</summary>
    internal int KeptHit => KeptRepeated + KeptLate;

    /// <summary>Whether connections that stood lose less than new ones, and not by chance.</summary>
    internal bool IsKeptSpared => LossComparison.IsMore((KeptHit, Kept), (Late + Silent, Tried), comparisons: 2);

    /// <summary>Whether more connections had no answer to any SYN than chance makes of the share whose first had none.</summary>
    internal bool LosesWhole => Silent > 0 && Syns > 1
        && LossComparison.Tail(Late + Silent, Silent, Math.Pow((Late + Silent) / (double)Tried, Syns - 1)) < LossComparison.Alpha;

    /// <summary>Whether it may be loss by chance: where there was time for one SYN alone, others must have been lost too.</summary>
    internal bool MayBeLoss => !HitsSynsAlone && !LosesWhole && (Syns > 1 || Late > 0 || KeptRepeated > 0);

    // After 1, 3, 7 … seconds; newer kernels send the first ones each second. Source: RFC 6298, section 5.5; ip-sysctl.rst, tcp_syn_linear_timeouts.
    private int Syns => 1 + (int)Math.Log2(1 + Math.Max(0, Timeline.Limit.TotalSeconds - Margin));

    /// <summary>Reads the evidence.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="address">The address.</param>
    /// <param name="series">Connections to it.</param>
    /// <returns>Null if they were not made over a time, or no requests beside them.</returns>
    internal static RepeatedConnects? Of(EvidenceSet evidence, IPAddress address, ConnectSeries? series)
    {
        if (series is not { Over: not null, Attempts: > 0 } || evidence.Last<RequestTimeline>() is not { } timeline)
            return null;
        int silent = Math.Clamp(series.Attempts - series.Connected - series.Refused, 0, series.Attempts);
        TriedRequest[] kept = [.. timeline.Requests.Where(request => request.Idle is not null && request.Address.Equals(address))];
        EchoSeries[] echoes = [.. evidence.All<EchoSeries>().Where(echo => echo.Purpose is "target" && echo.Address.Equals(address))];
        int sent = echoes.Sum(echo => echo.Sent);
        return new RepeatedConnects(timeline, Math.Clamp(series.Retransmitted - silent, 0, series.Attempts - silent), silent, series.Attempts, kept.Length, kept.Count(request => request.Retransmits > 0), sent, sent - echoes.Sum(echo => echo.Received))
        {
            KeptLate = LateOf(kept),
        };
    }

    // Linux sends a segment again after 0.2 s and the round trip, then after twice as long and so on, where the way is quicker than that.
    // Where many answers are late, they are what the application takes. Source: RFC 6298; net/ipv4/tcp.h, TCP_RTO_MIN.
    private static int LateOf(TriedRequest[] kept)
    {
        const double Timer = 0.2, Blur = 0.06, Quick = 0.05, Many = 0.3; // seconds, and the share of all
        double[] waits = [.. kept.Where(request => request.Wait is not null).Select(request => request.Wait!.Value.TotalSeconds).Order()];
        if (waits.Length == 0 || waits[(waits.Length - 1) / 2] > Quick)
            return 0;
        int late = kept.Count(request => request is { Retransmits: 0, Wait: { } wait } && ((double[])[1, 3, 7]).Any(times => wait.TotalSeconds >= times * Timer && wait.TotalSeconds <= (times * Timer) + Blur));
        return late > Many * waits.Length ? 0 : late;
    }
}

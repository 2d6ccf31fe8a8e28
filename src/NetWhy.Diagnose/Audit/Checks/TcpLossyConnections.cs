using System.Collections.Immutable;
using System.Globalization;
using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Connections that had to send much again in all their life: on those that send little, two samples show nothing.</summary>
/// <remarks>That is history, also where it goes on: it is told, and is never more than advice.</remarks>
public sealed class TcpLossyConnections : IHostCheck
{
    private const int Enough = 200; // segments: below it a share is chance
    private const int Several = 10;
    private const double Noted = 0.02;

    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("tcp.lossy-connections", Source: "linux/tcp.h, tcpi_total_retrans and tcpi_data_segs_out");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.First<SocketSurvey>() is not { Interval: not null } survey)
            yield break;
        ImmutableArray<TcpFlow> lossy = [.. evidence.All<TcpFlow>().Where(IsLossy).OrderByDescending(Share)];
        if (lossy.IsEmpty)
        {
            yield return new Signal(Info.Id, Standing.Fine, "connections that send much again", "none, since they began", "") { Evidence = [survey] };
            yield break;
        }

        // A queue here that drops now accounts for what is lost now, and for nothing that was lost before.
        (string Interface, long Drops, QueueDiscipline Queue)[] queues = [.. QueueDrops.Dropping(evidence)];
        bool isOfQueue = queues.Length > 0 && queues.Sum(queue => queue.Drops) >= QueueDrops.NearlyAll * lossy.Sum(flow => flow.RetransmitsGrowth);
        ImmutableArray<TcpFlow> open = isOfQueue ? lossy.RemoveAll(flow => flow.RetransmitsGrowth > 0) : lossy;
        if (open.IsEmpty)
        {
            yield return new Signal(Info.Id, Standing.Fine, "connections that send much again", $"{lossy.Length}; the queue of {queues[0].Interface} drops now", "") { Evidence = [.. lossy, queues[0].Queue] };
            yield break;
        }

        TcpFlow worst = open[0];
        string now = worst.RetransmitsGrowth > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{worst.RetransmitsGrowth} of them in the last {Words.Of(worst.Interval)}")
            : $"none of them in the last {Words.Of(worst.Interval)}";
        yield return new Signal(
            Info.Id,
            Standing.Advice,
            $"loss towards {SocketWords.Peer(worst)}",
            string.Create(CultureInfo.InvariantCulture, $"{Words.Percent(Share(worst))} sent again since the connection began ({Lost(worst)} of {worst.SegmentsOut} segments), {now}"),
            "")
        {
            Meaning = $"What {SocketWords.Owner(worst.Process, worst.Pid)} sends there was often lost on the way, in the life of the connection{(open.Length > 1 ? string.Create(CultureInfo.InvariantCulture, $"; so it is with {open.Length - 1} more") : "")}. Each loss delays a small message by 200 ms or more. It may be long past.",
            Remedies =
            [
                new Remedy("See whether it goes on: retrans grows.", $"ss -tnio '{SocketWords.Filter(worst)}'"),
                new Remedy("Look again, for longer.", "netwhy host --interval 60"),
            ],
            Evidence = [.. open],
        };
    }

    // What the peer says it got twice was not lost.
    private static long Lost(TcpFlow flow) => (flow.SegmentsAgain ?? 0) - flow.DuplicateSacks;

    private static double Share(TcpFlow flow) => CounterReading.Share(Lost(flow), flow.SegmentsOut ?? 0);

    private static bool IsLossy(TcpFlow flow) => flow.SegmentsOut >= Enough && Lost(flow) >= Several && Share(flow) >= Noted;
}

using System.Globalization;
using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Data that came on established connections and that programs have not read.</summary>
public sealed class UnreadData : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("tcp.unread", Source: "tcp(7); sock_diag(7)") { Cause = "receive-window-full" };

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.First<SocketCensus>(census => census.Subject is "all") is not { } census)
            yield break;
        TcpFlow? stuck = evidence.All<TcpFlow>()
            .Where(flow => flow.ReceiveQueue > 0 && flow.ReceiveQueue == flow.ReceiveQueueBefore && flow.Received == 0)
            .MaxBy(flow => flow.ReceiveQueue);
        yield return new Signal(
            Info.Id,
            stuck is null ? Standing.Fine : stuck.IsIncoming && SocketWords.Stopped(stuck) is not null ? Standing.Warning : Standing.Advice,
            stuck is null ? "unread data (Recv-Q)" : $"unread data of {stuck.Process ?? SocketWords.Peer(stuck)}",
            stuck is null ? $"{Words.Count(census.WithUnreadData, "connection")}, none for long" : $"{Words.Octets(stuck.ReceiveQueue)} from {SocketWords.Peer(stuck)}, none of it read in {Words.Of(stuck.Interval)}",
            stuck?.ReceiveBuffer is { } buffer ? $"{Words.Octets(buffer)} of buffer" : "")
        {
            Meaning = stuck is null ? ""
                : SocketWords.Stopped(stuck) is { } stopped ? $"{stopped}, and reads nothing."
                : $"{SocketWords.Owner(stuck.Process, stuck.Pid, isStart: true)} is busy with something else, or hangs.",
            Remedies = stuck is not null && SocketWords.LetGoOn(stuck) is { } remedy ? [remedy] : stuck?.Pid is { } pid ? [new Remedy("See what it waits for.", string.Create(CultureInfo.InvariantCulture, $"cat /proc/{pid}/status /proc/{pid}/wchan"))] : [],
            Evidence = stuck is null ? [census] : [stuck],
        };
    }
}

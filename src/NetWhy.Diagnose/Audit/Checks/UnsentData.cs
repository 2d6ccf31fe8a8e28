using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Data that programs wrote to established connections and that does not get through.</summary>
public sealed class UnsentData : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("tcp.unsent", Source: "tcp(7), TCP_INFO; sock_diag(7)") { Cause = "half-open-connection" };

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.First<SocketSurvey>() is not { Interval: not null } survey)
            yield break;
        TcpFlow? stuck = evidence.All<TcpFlow>()
            .Where(flow => flow is { SendQueue: > 0, SendQueueBefore: > 0, Sent: 0, Timer: "retransmit" } && !StuckFlow.IsOfSize(flow)) // a rule tells of those
            .MaxBy(flow => flow.LastAcknowledged);
        TcpFlow? most = evidence.All<TcpFlow>().MaxBy(flow => flow.SendQueue);
        yield return new Signal(
            Info.Id,
            stuck is null ? Standing.Fine : Standing.Advice,
            "unacknowledged data (Send-Q)",
            stuck is not null ? $"{Words.Octets(stuck.SendQueue)} for {SocketWords.Peer(stuck)}, no acknowledgement for {Words.Of(stuck.LastAcknowledged)}"
                : most is { SendQueue: > 0 } ? $"{Words.Octets(most.SendQueue)} for {SocketWords.Peer(most)}, and it moves" : "none",
            "")
        {
            Meaning = stuck is null ? "" : "The network loses what is sent, or the peer is gone.",
            Evidence = stuck is not null ? [stuck] : [survey],
        };
    }
}

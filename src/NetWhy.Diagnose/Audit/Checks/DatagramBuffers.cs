using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Receive buffers of UDP sockets, and what they dropped.</summary>
public sealed class DatagramBuffers : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("udp.buffers", Source: "udp(7); sock_diag(7)") { Cause = "udp-receive-overflow" };

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.First<SocketSurvey>() is not { Datagrams: > 0 } survey)
            yield break;
        DatagramSocket? fullest = evidence.All<DatagramSocket>().MaxBy(Fill);
        bool isNearlyFull = fullest is not null && Fill(fullest) > 0.8 && fullest.QueuedBefore * 10 > fullest.Buffer * 8;
        long drops = evidence.All<DatagramSocket>().Sum(socket => socket.Drops);
        yield return new Signal(
            Info.Id,
            isNearlyFull ? Standing.Warning : Standing.Fine,
            isNearlyFull ? $"buffer of UDP port {fullest!.Port}" : "buffers of UDP sockets",
            isNearlyFull ? Words.Octets(fullest!.Queued) : $"{Words.Count(survey.Datagrams, "socket")}, {drops} datagrams dropped by them, none now",
            isNearlyFull ? Words.Octets(fullest!.Buffer) : "")
        {
            Meaning = isNearlyFull ? $"{SocketWords.Owner(fullest!.Process, fullest.Pid, isStart: true)} does not read: what comes next is dropped." : "",
            Evidence = fullest is null ? [survey] : [fullest],
        };
    }

    private static double Fill(DatagramSocket socket) => socket.Queued / (double)Math.Max(1, socket.Buffer);
}

using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Connections that wait to be accepted, at the fullest listener.</summary>
public sealed class AcceptQueues : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("tcp.accept-queue", Source: "listen(2); sock_diag(7)") { Cause = "accept-queue-full" };

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.First<SocketSurvey>() is not { Listeners: > 0 } survey)
            yield break;
        Listener[] unserved = [.. evidence.All<Listener>().Where(listener => listener is { ProcessState: "T" or "t", Queue: > 0, Pid: not null }).DistinctBy(listener => listener.Pid)];
        foreach (Listener stopped in unserved)
        {
            string tracer = stopped.ProcessState is "t" ? " by a debugger" : "";
            yield return new Signal(Info.Id, Standing.Critical, $"accept queue of {Rules.ListeningSockets.Place(stopped)}", $"{stopped.Queue} waiting", $"{stopped.Limit}")
            {
                Meaning = $"{SocketWords.Owner(stopped.Process, stopped.Pid, isStart: true)} is stopped{tracer}: clients get connected, and nobody serves them.",
                Remedies = tracer.Length > 0 ? [new Remedy("Let the debugger go on.")] : [new Remedy("Let it go on.", ShellCommand.Of($"kill -CONT {stopped.Pid}"))],
                Evidence = [stopped],
            };
        }

        if (unserved.Length > 0 || evidence.Any<Listener>(Rules.ServiceHung.IsLeftWaiting))
            yield break; // told, by the rule if not here
        Listener? fullest = evidence.All<Listener>().Where(listener => listener.DropsGrowth is not null).MaxBy(Fill);
        bool isHalfFull = fullest is not null && Fill(fullest) > 0.5 && fullest.QueueBefore * 2 > fullest.Limit;
        long overflows = evidence.Last<KernelCounters>()?.Totals.GetValueOrDefault("TcpExt.ListenOverflows") ?? 0;
        yield return new Signal(
            Info.Id,
            isHalfFull ? Standing.Warning : Standing.Fine,
            fullest is { Queue: > 0 } ? $"accept queue of {Rules.ListeningSockets.Place(fullest)}" : "accept queues",
            fullest is { Queue: > 0 }
                ? $"{fullest.Queue} waiting, {overflows} overflows since start"
                : $"nobody waits at {Words.Count(survey.Listeners, "listener")}, {overflows} overflows since start",
            fullest is { Queue: > 0 } ? $"{fullest.Limit}" : "")
        {
            Meaning = isHalfFull ? $"{SocketWords.Owner(fullest!.Process, fullest.Pid, isStart: true)} accepts more slowly than clients come; when the queue is full, their SYNs are dropped." : "",
            Evidence = fullest is null ? [survey] : [fullest],
        };
    }

    private static double Fill(Listener listener) => listener.Queue / (double)Math.Max(1, listener.Limit);
}

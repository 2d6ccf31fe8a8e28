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
        foreach (Listener stopped in evidence.All<Listener>().Where(IsUnserved).DistinctBy(listener => listener.Pid))
        {
            string tracer = stopped.ProcessState is "t" ? " by a debugger" : "";
            yield return new Signal(Info.Id, Standing.Critical, $"accept queue of {Rules.ListeningSockets.Place(stopped)}", $"{stopped.Queue} waiting", $"{stopped.Limit}")
            {
                Meaning = $"{SocketWords.Owner(stopped.Process, stopped.Pid, isStart: true)} is stopped{tracer}: clients get connected, and nobody serves them.",
                Remedies = tracer.Length > 0 ? [new Remedy("Let the debugger go on.")] : [new Remedy("Let it go on.", ShellCommand.Of($"kill -CONT {stopped.Pid}"))],
                Evidence = [stopped],
            };
        }

        // The rule tells of those left waiting.
        Listener? fullest = evidence.All<Listener>()
            .Where(listener => listener.DropsGrowth is not null && !IsUnserved(listener) && !Rules.ServiceHung.IsLeftWaiting(listener))
            .MaxBy(Fill);
        bool isHalfFull = fullest is not null && Fill(fullest) > 0.5 && fullest.QueueBefore * 2 > fullest.Limit;
        if (!isHalfFull && evidence.Any<Listener>(listener => IsUnserved(listener) || Rules.ServiceHung.IsLeftWaiting(listener)))
            yield break; // all is not well with the queues, as is told
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

    private static bool IsUnserved(Listener listener) => listener is { ProcessState: "T" or "t", Queue: > 0, Pid: not null };

    private static double Fill(Listener listener) => listener.Queue / (double)Math.Max(1, listener.Limit);
}

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
        foreach (Listener stopped in evidence.All<Listener>().Where(listener => IsUnserved(evidence, listener)).DistinctBy(listener => listener.Pid))
        {
            string tracer = stopped.ProcessState is "t" ? " by a debugger" : "";
            int workers = evidence.All<Listener>().Where(other => IsSamePlace(other, stopped)).DistinctBy(other => other.Inode).Count();
            bool goOthersOn = evidence.Any<Listener>(other => IsSamePlace(other, stopped) && other.Inode != stopped.Inode && !IsStopped(other));
            yield return new Signal(Info.Id, goOthersOn ? Standing.Warning : Standing.Critical, $"accept queue of {Rules.ListeningSockets.Place(stopped)}", $"{stopped.Queue} waiting", $"{stopped.Limit}")
            {
                Meaning = $"{SocketWords.Owner(stopped.Process, stopped.Pid, isStart: true)} is stopped{tracer}: "
                    + (goOthersOn ? $"it is one of {workers} workers there, and the clients that the kernel gives to it get connected, and nobody serves them; the others go on." : "clients get connected, and nobody serves them."),
                Remedies = tracer.Length > 0 ? [new Remedy("Let the debugger go on.")] : [new Remedy("Let it go on.", ShellCommand.Of($"kill -CONT {stopped.Pid}"))],
                Evidence = [stopped],
            };
        }

        // Who shares a listener with others is missed only by the clients that it has taken already.
        foreach (Listener shared in evidence.All<Listener>().Where(listener => listener.StoppedSharer is not null && !IsStopped(listener)).DistinctBy(listener => listener.StoppedSharer))
        {
            yield return new Signal(Info.Id, Standing.Advice, $"processes that accept at {Rules.ListeningSockets.Place(shared)}", "one is stopped", $"{shared.Sharers}")
            {
                Meaning = $"{SocketWords.Owner(shared.Process, shared.StoppedSharer, isStart: true)}, one of {shared.Sharers} processes that share the listener, is stopped: the others accept, and the clients that it has taken already wait.",
                Remedies = [new Remedy("Let it go on, if a debugger does not hold it.", ShellCommand.Of($"kill -CONT {shared.StoppedSharer}"))],
                Evidence = [shared],
            };
        }

        // The rule tells of those left waiting.
        Listener? fullest = evidence.All<Listener>()
            .Where(listener => listener.DropsGrowth is not null && !IsUnserved(evidence, listener) && !Rules.ServiceHung.IsLeftWaiting(listener))
            .MaxBy(Fill);
        bool isHalfFull = fullest is not null && Fill(fullest) > 0.5 && fullest.QueueBefore * 2 > fullest.Limit;
        if (!isHalfFull && evidence.Any<Listener>(listener => IsUnserved(evidence, listener) || Rules.ServiceHung.IsLeftWaiting(listener)))
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

    // Of several sockets at one place each gets its share of the clients: the next may be given to the stopped one.
    private static bool IsUnserved(EvidenceSet evidence, Listener listener) => IsStopped(listener) && listener.Pid is not null
        && (listener.Queue > 0 || evidence.Any<Listener>(other => IsSamePlace(other, listener) && other.Inode != listener.Inode));

    private static bool IsSamePlace(Listener one, Listener other) =>
        one.Protocol == other.Protocol && Rules.ListeningSockets.Place(one) == Rules.ListeningSockets.Place(other);

    private static bool IsStopped(Listener listener) => listener.ProcessState is "T" or "t";

    private static double Fill(Listener listener) => listener.Queue / (double)Math.Max(1, listener.Limit);
}

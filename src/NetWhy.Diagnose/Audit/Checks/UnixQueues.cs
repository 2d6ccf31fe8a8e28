using System.Globalization;
using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Unix sockets at which connections wait to be accepted.</summary>
public sealed class UnixQueues : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("unix.accept-queue", Source: "unix(7); sock_diag(7), UNIX_DIAG_RQLEN");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.First<SocketSurvey>() is not { UnixListeners: > 0 } survey)
            yield break;
        UnixListener[] full = [.. evidence.All<UnixListener>().Where(listener => listener.Queue > listener.Limit && listener.QueueBefore > listener.Limit)];
        foreach (UnixListener listener in full)
        {
            yield return new Signal(Info.Id, Standing.Critical, $"accept queue of {listener.Name}", $"{listener.Queue} waiting", $"{listener.Limit}")
            {
                Meaning = $"{SocketWords.Owner(listener.Process, listener.Pid, isStart: true)} does not accept: who connects waits, or fails with EAGAIN, and no counter tells.",
                Remedies = [new Remedy("See whether it hangs, and where.", listener.Pid is { } pid ? string.Create(CultureInfo.InvariantCulture, $"cat /proc/{pid}/status /proc/{pid}/wchan") : null)],
                Evidence = [listener],
            };
        }

        if (full.Length > 0)
            yield break;
        UnixListener? fullest = evidence.All<UnixListener>().MaxBy(listener => listener.Queue / (double)Math.Max(1, listener.Limit));
        yield return new Signal(
            Info.Id,
            Standing.Fine,
            "accept queues of Unix sockets",
            fullest is null ? $"nobody waits at {Words.Count(survey.UnixListeners, "listener")}" : $"{fullest.Queue} waiting at {fullest.Name}",
            fullest is null ? "" : $"{fullest.Limit}")
        {
            Evidence = fullest is null ? [survey] : [fullest],
        };
    }
}

using System.Globalization;
using NetWhy.Diagnose.Hosts;
using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>A process lets the queue of a Unix socket be full: one that was asked about, or that it sends to, or any of the machine.</summary>
/// <remarks>
/// No counter tells of it. Of queues of connections of a machine as a whole the audit's check tells. A process that has waited for room in another's
/// socket without running in between proves that nothing was read: each message that is read wakes it.
/// Source: unix(7); net/unix/af_unix.c, unix_wait_for_peer, unix_dgram_recvmsg.
/// </remarks>
public sealed class UnixQueueFull : IRule
{
    private const string Unaccepted = "accept-queue-full";
    private const string Unread = "service-hung";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new("unix-queue-full", Source: "unix(7); sock_diag(7), UNIX_DIAG_RQLEN; proc_pid_wchan(5)", Unaccepted, Unread);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        bool isProcess = evidence.Investigation is { TargetKind: TargetKind.Process };
        if (!isProcess && !WholeHost.IsAsked(evidence))
            yield break;
        UnixListener[] full = !isProcess ? [] : [.. evidence.All<UnixListener>().Where(listener => listener.Queue > listener.Limit && listener.QueueBefore > listener.Limit)];
        if (full.Length > 0)
            yield return OfStream(full[0], full[1..]);
        if (evidence.First<UnixDatagrams>(socket => socket.SenderPid is not null) is { } unread)
            yield return OfDatagrams(unread);
    }

    private static Finding OfStream(UnixListener listener, UnixListener[] others)
    {
        string same = others.Length == 0 ? "" : $" So is that of {string.Join(", ", others.Select(other => other.Name))}.";
        return new Finding(
            Unaccepted,
            Severity.Critical,
            Where.Local,
            string.Create(CultureInfo.InvariantCulture, $"{SocketWords.Owner(listener.Process, listener.Pid, isStart: true)} does not accept: the queue of the Unix socket {listener.Name} is full ({listener.Queue} waiting, limit {listener.Limit}); who connects waits, or fails with EAGAIN.{same}"),
            [
                listener.Weigh(Weight.VeryStrong, string.Create(CultureInfo.InvariantCulture, $"{listener.Queue} connections wait to be accepted; the queue holds {listener.Limit} and one more")),
                listener.Weigh(Weight.Strong, "it was full in the sample before"),
                .. others.Select(other => other.Weigh(Weight.Context, string.Create(CultureInfo.InvariantCulture, $"and so it is with {other.Name} ({other.Queue} waiting, limit {other.Limit})"))),
            ])
        {
            Measure = new Measure($"accept queue of {listener.Name}", $"{listener.Queue} waiting", $"{listener.Limit}"),
            Remedies =
            [
                SeeWhy("accepting", listener.Pid),
                new Remedy("Watch the queue (Recv-Q).", ShellCommand.Of($"ss -xlnp src {listener.Name}")),
            ],
        };
    }

    private static Finding OfDatagrams(UnixDatagrams socket)
    {
        string sender = SocketWords.Owner(socket.Sender, socket.SenderPid);
        string time = Words.Of(socket.Interval ?? TimeSpan.Zero);
        bool isStopped = socket.ProcessState is "T" or "t";
        string does = isStopped ? "is stopped, and reads nothing from" : "reads nothing from";
        return new Finding(
            Unread,
            Severity.Critical,
            Where.Local,
            $"{SocketWords.Owner(socket.Process, socket.Pid, isStart: true)} {does} its Unix socket {Name(socket)}: its queue is full, and {sender} has waited for room in it for at least {time}.",
            [
                socket.Weigh(Weight.VeryStrong, $"{sender} waits in the kernel for room (unix_wait_for_peer), and did not run in {time}"),
                socket.Weigh(Weight.Strong, $"a message lies unread in it, and {Words.Octets(socket.SendersHold)} of buffers hold what was sent to it"),
                .. isStopped ? (Reason[])[socket.Weigh(Weight.Strong, $"its state is {socket.ProcessState}: a signal or a debugger has stopped it")] : [],
            ])
        {
            Measure = new Measure($"queue of the Unix socket {Name(socket)}", $"full for {time} or more", ""),
            Remedies =
            [
                socket is { ProcessState: "T", Pid: { } stopped } ? new Remedy("Let it go on.", ShellCommand.Of($"kill -CONT {stopped}")) : SeeWhy("reading", socket.Pid),
                new Remedy("A longer queue (it is the one at the time when the socket was made) only hides it for a while.", "sysctl net.unix.max_dgram_qlen"),
                new Remedy("See the socket, and what its senders hold (Send-Q).", "ss -xanp type dgram"),
            ],
        };
    }

    private static string Name(UnixDatagrams socket) => socket.Name.Length > 0 ? socket.Name : "without a name";

    private static Remedy SeeWhy(string instead, int? pid) => new(
        $"See what the program does instead of {instead}: a lock, a backend that hangs, no free worker, out of descriptors.",
        pid is { } known ? string.Create(CultureInfo.InvariantCulture, $"cat /proc/{known}/status /proc/{known}/wchan /proc/{known}/stack") : null);
}

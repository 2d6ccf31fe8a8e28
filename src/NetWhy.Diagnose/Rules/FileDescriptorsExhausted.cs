using System.Globalization;
using NetWhy.Diagnose.Hosts;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The client or the local service is at its limit of open files, and so can open or accept no connection.</summary>
public sealed class FileDescriptorsExhausted : IRule
{
    private const string Cause = "file-descriptors-exhausted";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Cause, Source: "getrlimit(2), RLIMIT_NOFILE; accept(2), EMFILE; proc(5), fs.file-max", Cause)
    {
        Explains =
        [
            "service-hung", "accept-queue-full", "port-filtered", "host-unreachable", "tls-handshake-stall", "http-slow-server",
            "http-stalled-body", "dns-resolver-unreachable", "proxy-unreachable", "connection-reset",
        ],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        if (OfClient(evidence) is { } client)
            yield return client;
        else if (evidence.First<ProcessDescriptors>(process => process.Role is "inherited") is { } inherited)
            yield return OfCaller(inherited);
        IEnumerable<ProcessDescriptors> full = evidence.All<ProcessDescriptors>()
            .Where(process => process.Role is "target" or "listener" or "audited" && process.Open >= process.Limit - Slack(process))
            .GroupBy(process => process.Pid)
            .Select(samples => samples.MaxBy(process => process.Open)!);
        foreach (ProcessDescriptors process in full)
        {
            if (OfService(evidence, process) is { } service)
                yield return service;
        }

        if (evidence.Last<ProcessDescriptors>(process => process is { MachineLimit: > 0 } && process.OpenOnMachine >= process.MachineLimit * 0.95) is { } machine
            && WholeHost.IsAsked(evidence))
        {
            yield return OfMachine(evidence, machine);
        }
    }

    private static Finding OfMachine(EvidenceSet evidence, ProcessDescriptors machine) => new(
        Cause,
        Severity.Critical,
        Where.Local,
        string.Create(CultureInfo.InvariantCulture, $"This machine has {machine.OpenOnMachine} of {machine.MachineLimit} files open (fs.file-max): soon no process can open a file or a socket."),
        [machine.Weigh(Weight.Decisive, string.Create(CultureInfo.InvariantCulture, $"{machine.OpenOnMachine} files are open; the limit is {machine.MachineLimit}"))])
    {
        Measure = new Measure("open files of the machine", string.Create(CultureInfo.InvariantCulture, $"{machine.OpenOnMachine}"), string.Create(CultureInfo.InvariantCulture, $"{machine.MachineLimit}")),
        Remedies = [RaiseMachineLimit(evidence, machine)],
    };

    private static Remedy RaiseMachineLimit(EvidenceSet evidence, ProcessDescriptors machine) => Remedy.Set(
        "Raise the limit of the machine.", "fs.file-max", WholeHost.Plain(machine.MachineLimit * 2), WholeHost.OwnerOfLimits(evidence));

    private static Finding? OfClient(EvidenceSet evidence)
    {
        ConnectAttempt? attempt = evidence.First<ConnectAttempt>(attempt => attempt.Errno is "EMFILE" or "ENFILE");
        DnsExchange? query = evidence.First<DnsExchange>(exchange => exchange.Errno is "EMFILE" or "ENFILE");
        Observation? failure = attempt ?? (Observation?)query;
        if (failure is null)
            return null;

        string errno = attempt?.Errno ?? query!.Errno!;
        bool isMachine = errno is "ENFILE";
        ProcessDescriptors? self = evidence.First<ProcessDescriptors>(process => process.Role is "self");
        List<Reason> reasons = [failure.Weigh(Weight.Decisive, $"opening a socket failed, and nothing was sent: {ErrnoWords.Of(errno)}")];
        if (self is not null)
            reasons.Add(self.Weigh(Weight.Context, Describe(self)));
        return new Finding(
            Cause,
            Severity.Critical,
            Where.Local,
            isMachine
                ? "This machine has no file descriptor left (fs.file-max): no process can open a socket."
                : "The limit of open files is too small for the client: it can open no socket.",
            [.. reasons])
        {
            Remedies = isMachine
                ?
                [
                    .. evidence.Last<ProcessDescriptors>(process => process.MachineLimit > 0) is { } known ? [RaiseMachineLimit(evidence, known)] : (Remedy[])[],
                    new Remedy("See who holds the descriptors.", "for p in /proc/[0-9]*; do echo \"$(ls $p/fd 2>/dev/null | wc -l) $(cat $p/comm)\"; done | sort -rn | head"),
                ]
                : [new Remedy("Raise the limit of open files where the client is started.", "ulimit -n 65536")],
        };
    }

    // Standard streams, an event queue, a resolver's files and sockets, the connection: below this a client cannot work.
    private static Finding OfCaller(ProcessDescriptors inherited) => new(
        Cause,
        inherited.Limit < 20 ? Severity.Critical : Severity.Warning,
        Where.Local,
        string.Create(CultureInfo.InvariantCulture, $"The limit of open files here is {inherited.Limit}, which is too small for a client: it can open no socket once its own files are open."),
        [inherited.Weigh(inherited.Limit < 20 ? Weight.Decisive : Weight.VeryStrong, string.Create(CultureInfo.InvariantCulture, $"netwhy was started with a limit of {inherited.Limit} open files and had to raise it for itself"))])
    {
        Remedies = [new Remedy("Raise the limit of open files where the client is started.", "ulimit -n 65536")],
    };

    private static Finding? OfService(EvidenceSet evidence, ProcessDescriptors process)
    {
        Listener? waiting = evidence.All<Listener>().Where(listener => listener.Pid == process.Pid && listener.Queue > 0).MaxBy(listener => listener.Queue);
        int[] ports = [.. evidence.All<Listener>().Where(listener => listener.Pid == process.Pid).Select(listener => listener.Port)];
        Silence? silence = evidence.First<Silence>(silence => ports.Contains(silence.Port));
        ConnectAttempt? timedOut = evidence.First<ConnectAttempt>(attempt => attempt.Outcome is ConnectOutcome.TimedOut && ports.Contains(attempt.Port));
        bool isFelt = waiting is not null || silence is not null || timedOut is not null;
        if (process.Role is "listener" && !isFelt)
            return null; // at its limit, and serving all the same

        List<Reason> reasons = [process.Weigh(process.Open >= process.Limit ? Weight.VeryStrong : Weight.Strong, Describe(process))];
        if (waiting is not null)
            reasons.Add(waiting.Weigh(Weight.Strong, $"{waiting.Queue} connections wait to be accepted on port {waiting.Port}"));
        if (silence is not null)
            reasons.Add(silence.Weigh(Weight.Hint, "the service says nothing on an established connection"));
        if (timedOut is not null)
            reasons.Add(timedOut.Weigh(Weight.Hint, "a connection was not accepted"));
        return new Finding(
            Cause,
            isFelt ? Severity.Critical : Severity.Warning,
            Where.Local,
            string.Create(CultureInfo.InvariantCulture, $"{process.Name} (pid {process.Pid}) has {process.Open} file descriptors open, and its limit is {process.Limit}: it {(isFelt ? "can take no more connections, though the kernel still completes their handshakes" : "will soon be unable to open a file or a connection")}."),
            [.. reasons])
        {
            Measure = new Measure($"descriptors of {process.Name}", string.Create(CultureInfo.InvariantCulture, $"{process.Open} open, {process.Sockets} sockets"), string.Create(CultureInfo.InvariantCulture, $"{process.Limit}")),
            Remedies =
            [
                new Remedy("Raise the limit of the running process.", string.Create(CultureInfo.InvariantCulture, $"prlimit --pid {process.Pid} --nofile={Larger(process)}")),
                new Remedy("Raise it for good, in the unit of the service.", string.Create(CultureInfo.InvariantCulture, $"systemctl edit UNIT   # [Service] LimitNOFILE={Larger(process)}; UNIT: systemctl status {process.Pid}")),
                new Remedy("See what is open; many sockets in CLOSE-WAIT are a leak.", string.Create(CultureInfo.InvariantCulture, $"ls -l /proc/{process.Pid}/fd")),
            ],
        };
    }

    private static long Larger(ProcessDescriptors process) => Math.Max(65_536, process.Limit * 2);

    // A process at its limit opens and closes all the time: it is seldom counted at the very limit.
    private static long Slack(ProcessDescriptors process) => Math.Max(2, process.Limit / 100);

    private static string Describe(ProcessDescriptors process) => string.Create(
        CultureInfo.InvariantCulture,
        $"{process.Name} (pid {process.Pid}) has {process.Open} descriptors open, {process.Sockets} of them sockets; its limit is {process.Limit}");
}

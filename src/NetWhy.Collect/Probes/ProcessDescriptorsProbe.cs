using System.Globalization;
using NetWhy.Collect.Routing;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Collect.Probes;

/// <summary>Counts the file descriptors of the processes that matter: the target's, a local listener's, our own when they run out.</summary>
public sealed class ProcessDescriptorsProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "process.descriptors";

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Are file descriptors left for the process?",
        Source: "proc(5), /proc/PID/limits and /proc/PID/fd; getrlimit(2), RLIMIT_NOFILE",
        Question.Application);

    /// <inheritdoc/>
    public bool Applies(Target target) => target.IsHere || target.Host is not null || target.Port is not null;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        // The launcher raises a limit under which netwhy could not even start, and tells what it was.
        if (context.Options.Environment("NETWHY_OPEN_FILES") is { } inherited
            && int.TryParse(inherited, NumberStyles.None, CultureInfo.InvariantCulture, out int limit))
        {
            context.Report(new ProcessDescriptors(Environment.ProcessId, "netwhy", 0, limit) { Role = "inherited" });
        }

        if (context.Target.Pid is { } pid)
            Report(context, pid, "target");
        if (context.Target.Kind is TargetKind.HostState or TargetKind.ThisMachine)
        {
            ReportFullest(context);
            return;
        }

        HashSet<int> seen = [context.Target.Pid ?? 0];
        while (await context.Evidence.FirstAsync<Listener>(
            listener => listener.Pid is { } owner && !seen.Contains(owner), [ListenerProbe.Id], cancellationToken) is { Pid: { } listener })
        {
            seen.Add(listener);
            Report(context, listener, "listener");
        }

        // A limit that is reached only while the exchange waits explains its silence too.
        if (seen.Any(owner => owner > 0) && await HasSilenceAsync(context, cancellationToken))
        {
            foreach (int owner in seen.Where(owner => owner > 0 && HasGrown(context, owner)))
                Report(context, owner, owner == context.Target.Pid ? "target" : "listener");
        }

        ConnectAttempt? refused = await context.Evidence.FirstAsync<ConnectAttempt>(
            attempt => attempt.Errno is nameof(Errno.EMFILE) or nameof(Errno.ENFILE), [ExchangeProbe.Id], cancellationToken);
        if (refused is not null)
            Report(context, Environment.ProcessId, "self");
    }

    // Of the processes in this network namespace those that are nearest to their limit.
    private static void ReportFullest(ProbeContext context)
    {
        const int Fullest = 4;
        const int Few = 16; // descriptors: below that no limit matters that a program could start with
        const double Near = 0.8; // of the limit: only then it matters how many of them are sockets, which takes a look at each
        (int Pid, int Open, long Limit)[] fullest =
        [
            .. ProcessTable.WithDescriptors(Few)
                .Where(process => process.Pid != Environment.ProcessId && !NetworkNamespace.IsElsewhere(process.Pid))
                .Select(process => (process.Pid, process.Open, Limit: ProcessTable.DescriptorLimit(process.Pid) ?? long.MaxValue))
                .OrderByDescending(process => process.Open / (double)Math.Max(1, process.Limit))
                .Take(Fullest),
        ];
        (long open, long most) = ProcessTable.ReadMachineDescriptors() ?? (0, 0);
        foreach ((int pid, int used, long limit) in fullest)
        {
            if (used >= limit * Near)
                Report(context, pid, "audited");
            else
                context.Report(new ProcessDescriptors(pid, ProcessTable.Name(pid) ?? "?", used, limit) { Role = "audited", OpenOnMachine = open, MachineLimit = most });
        }
    }

    private static async Task<bool> HasSilenceAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        await Traffic.WhenOverAsync(context, cancellationToken);
        return context.Evidence.All<Silence>().Count > 0
            || context.Evidence.All<ConnectAttempt>().Any(attempt => attempt.Outcome is ConnectOutcome.TimedOut);
    }

    private static bool HasGrown(ProbeContext context, int pid) => ProcessTable.ReadDescriptors(pid) is { } use
        && context.Evidence.All<ProcessDescriptors>().All(known => known.Pid != pid || known.Open < use.Open);

    private static void Report(ProbeContext context, int pid, string role)
    {
        if (ProcessTable.ReadDescriptors(pid) is not { } use)
        {
            context.ReportNotObserved($"the file descriptors of process {pid}", "needs its user's rights or CAP_SYS_PTRACE");
            return;
        }

        (long open, long most) = ProcessTable.ReadMachineDescriptors() ?? (0, 0);
        context.Report(new ProcessDescriptors(pid, use.Name, use.Open, use.Limit)
        {
            Role = role,
            Sockets = use.Sockets,
            OpenOnMachine = open,
            MachineLimit = most,
            State = use.State,
        });
    }
}

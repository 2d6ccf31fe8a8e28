using System.Globalization;
using NetWhy.Collect.Routing;
using NetWhy.Collect.Sockets;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Collect.Probes;

/// <summary>Reads the memory of the control group of the process asked about, twice: its limit throttles sockets, and no counter of TCP says so.</summary>
public sealed class GroupMemoryProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "process.memory";

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Does a memory limit hold back the sockets of the process?",
        Source: "cgroup-v2.rst, memory.events; cgroup-v1/memory.rst",
        Question.Connection);

    /// <inheritdoc/>
    public bool Applies(Target target) => target.Kind is TargetKind.Process or TargetKind.LocalPort;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        int? pid = context.Target.Pid;
        if (pid is null)
        {
            Listener? listener = await context.Evidence.FirstAsync<Listener>(listener => listener.Pid is not null, [ListenerProbe.Id], cancellationToken);
            pid = listener?.Pid;
        }

        if (pid is not { } process)
            return; // nobody listens, or nobody knows who
        long begin = context.Clock.GetTimestamp();
        if (GroupMemoryReading.Take(process) is not { } before)
        {
            context.ReportNotObserved(string.Create(CultureInfo.InvariantCulture, $"the memory limit of process {process}"), "its control group has no files of the memory controller here");
            return;
        }

        await Traffic.WhenOverAsync(context, cancellationToken);
        if (GroupMemoryReading.Take(process) is not { } after)
            return; // it ended meanwhile
        context.Report(new GroupMemory(process, ProcessTable.Name(process) ?? "?", after.Group, Math.Max(before.Used, after.Used), context.Clock.GetElapsedTime(begin))
        {
            Limit = after.Limit,
            SocketOctets = after.SocketOctets is { } now && before.SocketOctets is { } then ? Math.Max(now, then) : after.SocketOctets,
            SocketLimit = after.SocketLimit,
            Growth = new SortedDictionary<string, long>(
                after.Events.Where(pair => pair.Value > before.Events.GetValueOrDefault(pair.Key))
                    .ToDictionary(pair => pair.Key, pair => pair.Value - before.Events.GetValueOrDefault(pair.Key)),
                StringComparer.Ordinal),
        });
    }
}

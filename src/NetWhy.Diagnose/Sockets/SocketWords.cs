using System.Globalization;
using NetWhy.Diagnose.Audit;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Sockets;

/// <summary>What rules and checks about this machine's sockets share.</summary>
internal static class SocketWords
{
    /// <summary>A process in words.</summary>
    /// <param name="name">Its name; null if unknown.</param>
    /// <param name="pid">Its number; null if unknown.</param>
    /// <param name="isStart">Whether it starts a sentence.</param>
    internal static string Owner(string? name, int? pid, bool isStart = false) => pid is null
        ? isStart ? "A process that could not be named" : "a process that could not be named"
        : string.Create(CultureInfo.InvariantCulture, $"{(isStart ? "Process " : "")}{name} (pid {pid})");

    /// <summary>The processes that hold connections, in words, each with how many it holds: those with most first.</summary>
    /// <param name="flows">The connections.</param>
    /// <param name="isStart">Whether they start a sentence.</param>
    internal static string Owners(IReadOnlyCollection<TcpFlow> flows, bool isStart = false)
    {
        SocketHolder[] holders =
        [
            .. flows.Where(flow => flow.Pid is not null)
                .GroupBy(flow => flow.Pid!.Value)
                .Select(held => new SocketHolder(held.Key, held.First().Process ?? "", held.Count()))
                .OrderByDescending(held => held.Count),
        ];
        return Owners(holders, holders.Length, isStart);
    }

    /// <summary>The processes that hold the sockets of a group, in words.</summary>
    /// <param name="group">The group.</param>
    internal static string Owners(SocketGroup group) =>
        group.Processes > 1 ? Owners(group.Holders, group.Processes) : Owner(group.Process, group.Pid);

    /// <summary>Processes that hold sockets, in words: one by its name and number, several with how many each holds.</summary>
    /// <param name="holders">Those with most first; null if unknown.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="isStart">Whether they start a sentence.</param>
    internal static string Owners(IReadOnlyList<SocketHolder>? holders, int? count, bool isStart = false)
    {
        const int Told = 4;
        if (holders is not [_, _, ..])
            return Owner(holders is [var only] ? only.Name : null, holders is [var one] ? one.Pid : null, isStart);
        int all = Math.Max(count ?? 0, holders.Count);
        string some = string.Join(", ", holders.Take(Told).Select(held => string.Create(CultureInfo.InvariantCulture, $"{held.Name} (pid {held.Pid}): {held.Count}")));
        return string.Create(CultureInfo.InvariantCulture, $"{all} processes ({some}{(all > Told ? $" and {all - Told} others" : "")})");
    }

    /// <summary>What the sockets of a group were made to, in words.</summary>
    /// <param name="group">The group.</param>
    internal static string Place(SocketGroup group) => group.LocalPort is { } port
        ? string.Create(CultureInfo.InvariantCulture, $"the service on port {port}")
        : group.Remote is { } address ? Paths.TargetView.InWords(address, group.RemotePort ?? 0) : "many destinations";

    /// <summary>The peer of a connection in words.</summary>
    /// <param name="flow">The connection.</param>
    internal static string Peer(TcpFlow flow) => Paths.TargetView.InWords(flow.Remote, flow.RemotePort);

    /// <summary>A filter of ss(8) that shows a connection.</summary>
    /// <param name="flow">The connection.</param>
    internal static string Filter(TcpFlow flow) =>
        string.Create(CultureInfo.InvariantCulture, $"dst {flow.Remote} and sport = :{flow.LocalPort} and dport = :{flow.RemotePort}");

    /// <summary>Says that the process of a connection whose data waits is stopped, as the start of a sentence; null if it is not.</summary>
    /// <param name="flow">The connection.</param>
    internal static string? Stopped(TcpFlow flow) => flow.ProcessState switch
    {
        "T" => $"{Owner(flow.Process, flow.Pid, isStart: true)} is stopped",
        "t" => $"{Owner(flow.Process, flow.Pid, isStart: true)} is stopped by a debugger",
        _ => null,
    };

    /// <summary>How to let a stopped process go on; null if it is not stopped.</summary>
    /// <param name="flow">A connection of it.</param>
    internal static Remedy? LetGoOn(TcpFlow flow) => flow.ProcessState switch
    {
        "T" when flow.Pid is { } pid => new Remedy("Let it go on.", ShellCommand.Of($"kill -CONT {pid}")),
        "t" => new Remedy("Let the debugger go on."),
        _ => null,
    };

    /// <summary>Growth of a kernel counter between the samples; 0 if it stood still or was not read.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="names">Names of the counters to add up.</param>
    internal static long Growth(EvidenceSet evidence, params string[] names) =>
        evidence.Last<KernelCounters>() is { } counters ? new CounterReading(counters).Grown(names) : 0;

    /// <summary>Sockets of the machine in one state; null if they were not counted.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="state">The state.</param>
    internal static int? CountOf(EvidenceSet evidence, string state) =>
        evidence.First<SocketCensus>(census => census.Subject is "all")?.Counts.GetValueOrDefault(state);
}

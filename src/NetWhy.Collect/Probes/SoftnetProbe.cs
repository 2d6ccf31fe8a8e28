using System.Globalization;
using NetWhy.Collect.Routing;
using NetWhy.Collect.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Collect.Probes;

/// <summary>Reads twice what each processor did with the packets that came in.</summary>
public sealed class SoftnetProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "kernel.softnet";

    private const int MostProcessors = 64;
    private const int MostThreads = 2000; // of the kernel; those of the processors are among its oldest

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Does the kernel keep up with the packets that come in?",
        Source: "net/core/net-procfs.c, softnet_seq_show; proc(5), /proc/stat",
        Question.Connection);

    /// <inheritdoc/>
    public bool Applies(Target target) => target.IsHere;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        long begin = context.Clock.GetTimestamp();
        Dictionary<int, int> threads = Threads();
        Dictionary<int, SoftnetReading> before = Take(threads);
        await Traffic.WhenOverAsync(context, cancellationToken);
        Dictionary<int, SoftnetReading> after = Take(threads);
        if (after.Count == 0)
        {
            context.ReportNotObserved("the packet backlog of each processor", "/proc/net/softnet_stat cannot be read");
            return;
        }

        context.Report(new SoftnetState(
            [
                .. after.Where(pair => before.ContainsKey(pair.Key))
                    .Select(pair => Observe(pair.Key, before[pair.Key], pair.Value))
                    .Where(cpu => cpu.Processed + cpu.Dropped + cpu.Squeezed + cpu.DroppedTotal + cpu.SqueezedTotal > 0)
                    .OrderByDescending(cpu => cpu.Dropped).ThenByDescending(cpu => cpu.Squeezed).ThenByDescending(cpu => cpu.Processed)
                    .Take(MostProcessors),
            ],
            after.Count,
            context.Clock.GetElapsedTime(begin))
        {
            MaxBacklog = KernelFiles.Number("/proc/sys/net/core/netdev_max_backlog"),
            Budget = KernelFiles.Number("/proc/sys/net/core/netdev_budget"),
            BudgetMicroseconds = KernelFiles.Number("/proc/sys/net/core/netdev_budget_usecs"),
        });
    }

    /// <summary>Reads the rows of softnet_stat by the processor that each names, or by their order on kernels before 5.10.</summary>
    /// <param name="text">The file: hexadecimal columns.</param>
    internal static Dictionary<int, SoftnetReading> Read(string text)
    {
        Dictionary<int, SoftnetReading> rows = [];
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            uint[] columns =
            [
                .. line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(word =>
                    uint.TryParse(word, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out uint value) ? value : 0),
            ];
            if (columns.Length < 3)
                continue;
            int number = columns.Length > 12 ? (int)Math.Min(columns[12], int.MaxValue) : rows.Count;
            rows[number] = new SoftnetReading(
                columns[0],
                columns[1],
                columns[2],
                columns.Length > 9 ? columns[9] : 0,
                columns.Length > 10 ? columns[10] : 0,
                columns.Length > 11 ? columns[11] : null,
                null);
        }

        return rows;
    }

    /// <summary>Reads how many ticks each processor spent in software interrupts, and in all.</summary>
    /// <param name="text">/proc/stat.</param>
    internal static Dictionary<int, (long Software, long All)> ReadTicks(string text)
    {
        const int SoftwareInterrupts = 6; // user, nice, system, idle, iowait, irq, softirq, …
        Dictionary<int, (long, long)> ticks = [];
        foreach (string line in text.Split('\n'))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length <= SoftwareInterrupts + 1
                || !words[0].StartsWith("cpu", StringComparison.Ordinal)
                || !int.TryParse(words[0].AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            {
                continue;
            }

            // Time of guests, the ninth and tenth, is in that of the first two.
            long[] spent = [.. words.Skip(1).Take(8).Select(word => long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : 0)];
            ticks[number] = (spent[SoftwareInterrupts], spent.Aggregate(0L, (sum, value) => unchecked(sum + value)));
        }

        return ticks;
    }

    /// <summary>Reads how many ticks a process ran; null if the text makes no sense.</summary>
    /// <param name="text">/proc/PID/stat: the name in brackets may hold anything.</param>
    internal static long? ReadTicksOfProcess(string text)
    {
        const int User = 11; // utime and stime, the 14th and 15th column, counted behind the name
        string[] columns = text[(text.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return columns.Length > User + 1
            && long.TryParse(columns[User], NumberStyles.None, CultureInfo.InvariantCulture, out long user)
            && long.TryParse(columns[User + 1], NumberStyles.None, CultureInfo.InvariantCulture, out long system)
                ? unchecked(user + system)
                : null;
    }

    // By processor, those that do what was too much to be done at once. A PID namespace shows none of them.
    private static Dictionary<int, int> Threads()
    {
        const string Name = "ksoftirqd/";
        Dictionary<int, int> threads = [];
        foreach (string word in (KernelFiles.Text("/proc/2/task/2/children") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(MostThreads))
        {
            if (KernelFiles.Text($"/proc/{word}/comm") is { } name
                && name.StartsWith(Name, StringComparison.Ordinal)
                && int.TryParse(name.AsSpan(Name.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                && int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int pid))
            {
                threads[number] = pid;
            }
        }

        return threads;
    }

    private static Dictionary<int, SoftnetReading> Take(Dictionary<int, int> threads)
    {
        Dictionary<int, (long Software, long All)> ticks = ReadTicks(KernelFiles.Text("/proc/stat") ?? "");
        return Read(KernelFiles.Text("/proc/thread-self/net/softnet_stat") ?? "").ToDictionary(
            pair => pair.Key,
            pair => pair.Value with
            {
                Ticks = ticks.TryGetValue(pair.Key, out (long, long) spent) ? spent : null,
                ThreadTicks = threads.TryGetValue(pair.Key, out int pid) ? ReadTicksOfProcess(KernelFiles.Text($"/proc/{pid}/stat") ?? "") : null,
            });
    }

    // The counters have 32 bits and begin again at zero.
    private static SoftnetProcessor Observe(int number, SoftnetReading before, SoftnetReading after) => new(
        number,
        unchecked(after.Processed - before.Processed),
        unchecked(after.Dropped - before.Dropped),
        unchecked(after.Squeezed - before.Squeezed))
    {
        FlowLimited = unchecked(after.FlowLimited - before.FlowLimited),
        Steered = unchecked(after.Steered - before.Steered),
        Backlog = after.Backlog,
        DroppedTotal = after.Dropped,
        SqueezedTotal = after.Squeezed,
        InterruptShare = (before.Ticks, after.Ticks) is ({ } then, { } now) && now.All > then.All
            ? Math.Clamp((double)(now.Software - then.Software) / (now.All - then.All), 0, 1)
            : null,
        ThreadShare = (before.Ticks?.All, after.Ticks?.All, before.ThreadTicks, after.ThreadTicks) is ({ } from, { } to, { } ran, { } runs) && to > from
            ? Math.Clamp((double)(runs - ran) / (to - from), 0, 1)
            : null,
    };
}

/// <summary>One row of softnet_stat.</summary>
/// <param name="Processed">Packets taken.</param>
/// <param name="Dropped">Packets dropped.</param>
/// <param name="Squeezed">How often the budget ran out.</param>
/// <param name="Steered">Interrupts by other processors (RPS).</param>
/// <param name="FlowLimited">Packets dropped by the flow limit.</param>
/// <param name="Backlog">Packets that wait; null if not told.</param>
/// <param name="Ticks">Ticks in software interrupts and in all; null if unknown.</param>
internal sealed record SoftnetReading(
    uint Processed, uint Dropped, uint Squeezed, uint Steered, uint FlowLimited, uint? Backlog, (long Software, long All)? Ticks)
{
    /// <summary>Ticks that its thread for software interrupts ran; null if unknown.</summary>
    internal long? ThreadTicks { get; init; }
}

using System.Globalization;

namespace NetWhy.Collect.Sockets;

/// <summary>Memory of the control group of a process at one moment.</summary>
/// <remarks>
/// Source: cgroups(7), /proc/PID/cgroup; cgroup-v2.rst, memory.*; cgroup-v1/memory.rst. The folders are looked for where
/// every distribution mounts them; a process in another mount or group namespace may lie elsewhere, and then is unknown.
/// </remarks>
/// <param name="Group">Path of the group.</param>
/// <param name="Used">Octets in use.</param>
/// <param name="Limit">Limit in octets; null if there is none.</param>
/// <param name="SocketOctets">Octets of its sockets; null if unknown.</param>
/// <param name="SocketLimit">Limit of those; null if there is none.</param>
/// <param name="Events">Counters of what the limit did, by kernel name.</param>
internal sealed record GroupMemoryReading(
    string Group, long Used, long? Limit, long? SocketOctets, long? SocketLimit, IReadOnlyDictionary<string, long> Events)
{
    private static readonly string[] Mounts = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];

    private const long NoLimit = 1L << 60; // version 1 writes a number near 2^63 for none

    /// <summary>Reads that of a process; null if it has none that can be read.</summary>
    /// <param name="pid">The process.</param>
    internal static GroupMemoryReading? Take(int pid)
    {
        string? groups = KernelFiles.Text(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/cgroup"));
        return groups is null ? null : Version2(PathOf(groups, "0::")) ?? Version1(PathOf(groups, ":memory:"));
    }

    /// <summary>Path of a group in /proc/PID/cgroup; null if there is none.</summary>
    /// <param name="groups">The file: lines of <c>number:controllers:path</c>.</param>
    /// <param name="key">What stands before the path.</param>
    internal static string? PathOf(string groups, string key) => groups.Split('\n')
        .Where(line => line.Contains(key, StringComparison.Ordinal))
        .Select(line => line[(line.IndexOf(key, StringComparison.Ordinal) + key.Length)..])
        .FirstOrDefault(path => path.StartsWith('/') && !path.Contains("/../", StringComparison.Ordinal));

    /// <summary>Counters in lines of name and value.</summary>
    /// <param name="text">The file; null for none.</param>
    internal static Dictionary<string, long> Pairs(string? text)
    {
        Dictionary<string, long> pairs = [];
        foreach (string line in (text ?? "").Split('\n'))
        {
            if (line.Split(' ') is [var name, var value] && long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long number))
                pairs[name] = number;
        }

        return pairs;
    }

    private static GroupMemoryReading? Version2(string? group)
    {
        string? folder = Mounts
            .Select(mount => $"{mount}{group?.TrimEnd('/')}")
            .FirstOrDefault(folder => group is not null && File.Exists($"{folder}/memory.current"));
        return folder is not null && KernelFiles.Number($"{folder}/memory.current") is { } used
            ? new GroupMemoryReading(
                group!,
                used,
                KernelFiles.Number($"{folder}/memory.max"), // "max" is no number
                Pairs(KernelFiles.Text($"{folder}/memory.stat")).TryGetValue("sock", out long sockets) ? sockets : null,
                SocketLimit: null,
                Pairs(KernelFiles.Text($"{folder}/memory.events")))
            : null;
    }

    private static GroupMemoryReading? Version1(string? group)
    {
        string folder = $"/sys/fs/cgroup/memory{group?.TrimEnd('/')}";
        if (group is null || KernelFiles.Number($"{folder}/memory.usage_in_bytes") is not { } used)
            return null;
        Dictionary<string, long> events = [];
        foreach ((string name, string file) in ((string, string)[])[("failcnt", "memory.failcnt"), ("kmem.tcp.failcnt", "memory.kmem.tcp.failcnt")])
        {
            if (KernelFiles.Number($"{folder}/{file}") is { } count)
                events[name] = count;
        }

        return new GroupMemoryReading(
            group, used, LimitIn("memory.limit_in_bytes"), KernelFiles.Number($"{folder}/memory.kmem.tcp.usage_in_bytes"), LimitIn("memory.kmem.tcp.limit_in_bytes"), events);

        long? LimitIn(string file) => KernelFiles.Number($"{folder}/{file}") is { } limit and < NoLimit ? limit : null;
    }
}

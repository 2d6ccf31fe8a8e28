using System.Globalization;

namespace NetWhy.Collect.Routing;

/// <summary>One reading of the kernel's network counters, by name.</summary>
/// <remarks>
/// /proc/net/snmp and netstat: pairs of lines with the same prefix, names and values; parsed by name, since kernels add
/// and move them. /proc/net/snmp6 and xfrm_stat: a name and a value on each line. /proc/net/stat: see <see cref="AddColumns"/>. Source: Documentation/networking/snmp_counter.rst.
/// </remarks>
internal static class KernelCounterReading
{
    /// <summary>Reads all counters of the network namespace of this thread; those of files that are not there are absent.</summary>
    /// <remarks>Of the thread, since /proc/net is that of the first thread of a process. Source: proc(5), /proc/thread-self.</remarks>
    internal static Dictionary<string, long> Take()
    {
        Dictionary<string, long> counters = [];
        AddPairs(counters, ReadLines("/proc/thread-self/net/snmp"));
        AddPairs(counters, ReadLines("/proc/thread-self/net/netstat"));
        AddSingles(counters, ReadLines("/proc/thread-self/net/snmp6"));
        AddSoftnet(counters, ReadLines("/proc/thread-self/net/softnet_stat"));
        AddSingles(counters, ReadLines("/proc/thread-self/net/xfrm_stat"));
        AddColumns(counters, "RouteCache", ReadLines("/proc/thread-self/net/stat/rt_cache"));
        AddColumns(counters, "SynProxy", ReadLines("/proc/thread-self/net/stat/synproxy"));
        return counters;
    }

    /// <summary>Adds pairs of lines: <c>Prefix: name…</c>, then <c>Prefix: value…</c>.</summary>
    /// <param name="counters">Where to add them, as <c>Prefix.name</c>.</param>
    /// <param name="lines">The file.</param>
    internal static void AddPairs(Dictionary<string, long> counters, IReadOnlyList<string> lines)
    {
        for (int i = 0; i + 1 < lines.Count; i += 2)
        {
            string[] names = lines[i].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            string[] values = lines[i + 1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (names.Length == 0 || values.Length == 0 || names[0] != values[0])
                continue;

            for (int column = 1; column < Math.Min(names.Length, values.Length); column++)
                Add(counters, $"{names[0].TrimEnd(':')}.{names[column]}", values[column]);
        }
    }

    /// <summary>Adds lines of a name and a value; IPv6 counters carry their protocol in the name.</summary>
    /// <param name="counters">Where to add them.</param>
    /// <param name="lines">The file.</param>
    internal static void AddSingles(Dictionary<string, long> counters, IReadOnlyList<string> lines)
    {
        foreach (string line in lines)
        {
            if (line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is [var name, var value])
                Add(counters, name, value);
        }
    }

    /// <summary>Adds columns of hexadecimal numbers, one row a processor, summed; the first column is of the whole table.</summary>
    /// <param name="counters">Where to add them, as <c>prefix.name</c>.</param>
    /// <param name="prefix">What stands before their names.</param>
    /// <param name="lines">The file: a line of names, then the rows.</param>
    internal static void AddColumns(Dictionary<string, long> counters, string prefix, IReadOnlyList<string> lines)
    {
        string[] names = lines is [var head, ..] ? head.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) : [];
        foreach (string line in lines.Skip(1))
        {
            string[] values = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            for (int i = 1; i < Math.Min(names.Length, values.Length); i++)
            {
                if (long.TryParse(values[i], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out long value) && value >= 0)
                    counters[$"{prefix}.{names[i]}"] = counters.GetValueOrDefault($"{prefix}.{names[i]}") + value;
            }
        }
    }

    /// <summary>Adds the first three columns of softnet_stat, summed over processors. They are hexadecimal.</summary>
    /// <param name="counters">Where to add them.</param>
    /// <param name="lines">The file.</param>
    internal static void AddSoftnet(Dictionary<string, long> counters, IReadOnlyList<string> lines)
    {
        string[] names = ["Softnet.processed", "Softnet.dropped", "Softnet.time_squeeze"];
        foreach (string line in lines)
        {
            string[] columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            for (int i = 0; i < Math.Min(names.Length, columns.Length); i++)
            {
                if (long.TryParse(columns[i], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out long value))
                    counters[names[i]] = counters.GetValueOrDefault(names[i]) + value;
            }
        }
    }

    private static void Add(Dictionary<string, long> counters, string name, string value)
    {
        if (long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
            counters[name] = number;
    }

    private static string[] ReadLines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException)
        {
            return []; // a kernel without IPv6 has no snmp6
        }
    }
}

using System.Globalization;

namespace NetWhy.Collect.Sockets;

/// <summary>Local ports that the kernel gives to outgoing connections.</summary>
/// <remarks>Source: ip-sysctl.txt, ip_local_port_range and ip_local_reserved_ports.</remarks>
/// <param name="First">First port.</param>
/// <param name="Last">Last port.</param>
/// <param name="Reserved">Ports of the range that are not given out.</param>
internal sealed record PortRange(int First, int Last, int Reserved)
{
    /// <summary>Reads the settings of this network namespace; null if they cannot be read.</summary>
    internal static PortRange? Read() => Parse(
        KernelFiles.Text("/proc/sys/net/ipv4/ip_local_port_range") ?? "",
        KernelFiles.Text("/proc/sys/net/ipv4/ip_local_reserved_ports") ?? "");

    /// <summary>Reads the settings.</summary>
    /// <param name="range">First and last port.</param>
    /// <param name="reserved">Ports and ranges with commas between.</param>
    internal static PortRange? Parse(string range, string reserved)
    {
        if (range.Split((char[])['\t', ' '], StringSplitOptions.RemoveEmptyEntries) is not [var low, var high]
            || !TryPort(low, out int first)
            || !TryPort(high, out int last))
        {
            return null;
        }

        int count = Ranges(reserved).Sum(part => Math.Max(0, Math.Min(part.Last, last) - Math.Max(part.First, first) + 1));
        return new PortRange(first, last, count);
    }

    /// <summary>Whether a port of this network namespace is reserved: not given to outgoing connections.</summary>
    /// <param name="port">The port.</param>
    internal static bool IsReserved(int port) =>
        Ranges(KernelFiles.Text("/proc/sys/net/ipv4/ip_local_reserved_ports") ?? "").Any(part => part.First <= port && port <= part.Last);

    private static IEnumerable<(int First, int Last)> Ranges(string reserved)
    {
        foreach (string part in reserved.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] ends = part.Split('-');
            if (TryPort(ends[0], out int from) && TryPort(ends[^1], out int to))
                yield return (from, to);
        }
    }

    /// <summary>Whether a port is in the range.</summary>
    /// <param name="port">The port.</param>
    internal bool Contains(int port) => First <= port && port <= Last;

    private static bool TryPort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= 65535;
}

using System.Globalization;

namespace NetWhy.Collect.Sockets;

/// <summary>What TCP, UDP and fragments hold of the machine's memory at one moment, as the kernel's text files tell.</summary>
/// <remarks>Source: net/ipv4/proc.c, sockstat_seq_show; net/core/sock.c, proto_seq_printf.</remarks>
/// <param name="TcpPages">Pages that TCP holds.</param>
/// <param name="UdpPages">Pages that UDP holds.</param>
/// <param name="FragmentOctets">Octets that fragments hold, IPv4 and IPv6.</param>
/// <param name="UnderPressure">Protocols under pressure; null if the file cannot be read.</param>
internal sealed record ProtocolMemoryReading(long TcpPages, long UdpPages, long FragmentOctets, IReadOnlySet<string>? UnderPressure)
{
    /// <summary>Reads the files; null if there is none.</summary>
    internal static ProtocolMemoryReading? Take() => KernelFiles.Text("/proc/thread-self/net/sockstat") is { } sockstat
        ? Parse(sockstat, KernelFiles.Text("/proc/thread-self/net/sockstat6") ?? "", KernelFiles.Text("/proc/net/protocols"))
        : null;

    /// <summary>Reads the texts of the files; what makes no sense counts as 0.</summary>
    /// <param name="sockstat">Lines of a protocol and pairs of name and value.</param>
    /// <param name="sockstat6">The same for IPv6.</param>
    /// <param name="protocols">A table with a head line; null if it cannot be read.</param>
    internal static ProtocolMemoryReading Parse(string sockstat, string sockstat6, string? protocols) => new(
        Value(sockstat, "TCP:", "mem"),
        Value(sockstat, "UDP:", "mem"),
        Value(sockstat, "FRAG:", "memory") + Value(sockstat6, "FRAG6:", "memory"),
        protocols is null ? null : Pressed(protocols));

    /// <summary>The larger of two moments.</summary>
    /// <param name="other">The other.</param>
    internal ProtocolMemoryReading Max(ProtocolMemoryReading? other) => other is null ? this : new(
        Math.Max(TcpPages, other.TcpPages),
        Math.Max(UdpPages, other.UdpPages),
        Math.Max(FragmentOctets, other.FragmentOctets),
        UnderPressure is null ? other.UnderPressure : new HashSet<string>(UnderPressure.Concat(other.UnderPressure ?? new HashSet<string>())));

    private static long Value(string text, string line, string name)
    {
        foreach (string candidate in text.Split('\n'))
        {
            if (!candidate.StartsWith(line, StringComparison.Ordinal))
                continue;
            string[] words = candidate.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            for (int i = 1; i + 1 < words.Length; i += 2)
            {
                if (words[i] == name)
                    return long.TryParse(words[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? Math.Min(value, 1L << 50) : 0;
            }
        }

        return 0;
    }

    // Columns: protocol size sockets memory press …; the values of press are yes, no and NI (not implemented).
    private static HashSet<string> Pressed(string table) =>
    [
        .. table.Split('\n').Skip(1)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(columns => columns.Length > 4 && columns[4] is "yes")
            .Select(columns => columns[0])
            .Take(32),
    ];
}

using System.Collections.Immutable;
using System.Globalization;
using NetWhy.Collect.Routing;
using NetWhy.Collect.Sockets;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Probes;

/// <summary>Watches how much memory the sockets of this machine hold, and who holds it where it is short.</summary>
public sealed class ProtocolMemoryProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "kernel.memory";

    private const int MostHolders = 5;
    private const int MostSockets = 4096; // of those that hold much; the others hold little
    private const uint Much = 64 * 1024; // octets

    private const int MostParents = 8;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100); // pressure may be short

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "How much memory do the sockets of this machine hold?",
        Source: "ip-sysctl.rst, tcp_mem and udp_mem; net/ipv4/proc.c",
        Question.Connection);

    /// <inheritdoc/>
    public bool Applies(Target target) => target.IsHere;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        ProtocolMemoryReading? most = ProtocolMemoryReading.Take();
        if (most is null)
        {
            context.ReportNotObserved("the memory of sockets", "/proc/net/sockstat cannot be read");
            return;
        }

        Task over = Traffic.WhenOverAsync(context, cancellationToken);
        while (!over.IsCompleted)
        {
            await Task.WhenAny(over, Task.Delay(BetweenLooks, context.Clock, cancellationToken));
            most = most.Max(ProtocolMemoryReading.Take());
        }

        await over;
        (string? tcp, string? udp) = Limits(context);
        MemoryLimits? tcpLimits = Parse(tcp);
        bool isShort = most.UnderPressure is { Count: > 0 } || 2 * most.TcpPages > (tcpLimits?.Pressure ?? long.MaxValue);
        context.Report(new ProtocolMemory(most.TcpPages, most.UdpPages, Environment.SystemPageSize)
        {
            TcpLimits = tcpLimits,
            UdpLimits = Parse(udp),
            UnderPressure = most.UnderPressure is null ? null : [.. most.UnderPressure.Order(StringComparer.Ordinal)],
            MachinePages = MachinePages(),
            FragmentOctets = most.FragmentOctets,
            FragmentLimit = Smaller(KernelFiles.Number("/proc/sys/net/ipv4/ipfrag_high_thresh"), KernelFiles.Number("/proc/sys/net/ipv6/ip6frag_high_thresh")),
            Holders = isShort ? Holders() : [],
        });
    }

    private static (string? Tcp, string? Udp) Limits(ProbeContext context)
    {
        (string? Tcp, string? Udp) limits = Read();
        if (limits.Tcp is not null)
            return limits;
        foreach (string elsewhere in Parents())
        {
            try
            {
                limits = NetworkNamespace.Run(elsewhere, Read);
                if (limits.Tcp is not null)
                    return limits;
            }
            catch (LinuxException)
            {
                // Said below.
            }
        }

        context.ReportNotObserved("the limits of the memory of sockets (tcp_mem, udp_mem)", "only the first network namespace shows them");
        return limits;

        static (string?, string?) Read() => (KernelFiles.Text("/proc/sys/net/ipv4/tcp_mem"), KernelFiles.Text("/proc/sys/net/ipv4/udp_mem"));
    }

    // The limits are one for the machine, and only its first network namespace shows them: who started us may be there.
    private static IEnumerable<string> Parents()
    {
        int pid = Environment.ProcessId;
        for (int i = 0; i < MostParents && pid > 1; i++)
        {
            string status = KernelFiles.Text(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat")) ?? "";
            string[] words = status[(status.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries); // state, parent, …
            if (words.Length < 2 || !int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out pid))
                yield break;
            if (NetworkNamespace.IsElsewhere(pid))
                yield return string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/net");
        }
    }

    /// <summary>Three numbers; null if there are others.</summary>
    /// <param name="text">Text of tcp_mem or udp_mem.</param>
    internal static MemoryLimits? Parse(string? text)
    {
        string[] words = (text ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return words is [var low, var pressure, var max]
            && long.TryParse(low, CultureInfo.InvariantCulture, out long first)
            && long.TryParse(pressure, CultureInfo.InvariantCulture, out long second)
            && long.TryParse(max, CultureInfo.InvariantCulture, out long third)
                ? new MemoryLimits(first, second, third)
                : null;
    }

    private static long? Smaller(long? one, long? other) => one is null ? other : other is null ? one : Math.Min(one.Value, other.Value);

    private static long? MachinePages()
    {
        string[]? words = KernelFiles.Text("/proc/meminfo")?.Split('\n')
            .FirstOrDefault(line => line.StartsWith("MemTotal:", StringComparison.Ordinal))
            ?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words is [_, var kibibytes, ..] && long.TryParse(kibibytes, CultureInfo.InvariantCulture, out long value)
            ? value * 1024 / Environment.SystemPageSize
            : null;
    }

    private static ImmutableArray<MemoryHolder> Holders()
    {
        Dictionary<uint, long> held = [];
        using var diagnostics = SocketDiagnostics.Open();
        foreach (int family in (ReadOnlySpan<int>)[2, 10]) // AF_INET, AF_INET6
        {
            diagnostics.Dump(InetDiagRequest.Dump(family, (int)IPProtocol.Tcp, InetDiagRequest.EveryState, InetDiagExtensions.SocketMemory), (int)IPProtocol.Tcp, program: null, message =>
            {
                if (InetDiagMessage.Read(message, out InetDiagMessage socket, out ReadOnlySpan<byte> attributes) is not System.Buffers.OperationStatus.Done
                    || InetDiagAttributes.Read(attributes).Memory is not { } memory)
                {
                    return;
                }

                long octets = (long)memory.ReceiveAllocated + memory.SendQueued + memory.ForwardAllocated;
                if (octets >= Much && held.Count < MostSockets)
                    held[socket.Inode] = octets + held.GetValueOrDefault(socket.Inode); // those of nobody together
            });
        }

        if (held.Count == 0)
            return [];
        var owners = SocketOwners.Find(() => [.. held.Keys]);
        return
        [
            .. held.Select(socket => (Owner: owners.OldestOf(socket.Key), Octets: socket.Value))
                .GroupBy(socket => (Pid: socket.Owner?.Pid, Name: socket.Owner?.Name ?? "?"))
                .Select(group => new MemoryHolder(group.Key.Name, group.Key.Pid, group.Sum(socket => socket.Octets), group.Count()))
                .OrderByDescending(holder => holder.Octets)
                .Take(MostHolders),
        ];
    }
}

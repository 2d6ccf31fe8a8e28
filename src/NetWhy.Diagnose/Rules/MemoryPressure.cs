using System.Collections.Immutable;
using System.Globalization;
using NetWhy.Diagnose.Audit;
using NetWhy.Diagnose.Hosts;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Sockets of this machine run out of memory: that of all TCP or UDP together, of their own buffers, or of a control group.</summary>
public sealed class MemoryPressure : IRule
{
    /// <summary>Id of the cause.</summary>
    internal const string Cause = "memory-pressure";

    // Above these, segments thrown away are more than a moment's accident.
    private const long FewestLost = 10;
    private const double SmallestShare = 0.001;

    // The kernel gives TCP a sixteenth of the memory before pressure begins. Source: net/ipv4/tcp.c, tcp_init_mem.
    private const int DefaultDivisor = 16;

    private static readonly string[] Lost = ["TcpExt.OfoPruned", "TcpExt.RcvPruned", "TcpExt.TCPRcvQDrop", "TcpExt.TCPOFODrop", "TcpExt.TCPBacklogDrop"];

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        Cause, Source: "ip-sysctl.rst, tcp_mem; snmp_counter.rst; cgroup-v2.rst, memory.events", Cause)
    {
        Explains = ["packet-loss", "http-slow-transfer", "http-stalled-body", "high-latency"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        // What all sockets of a machine share bears on each service of it; on another machine it says nothing.
        if (evidence.Investigation?.TargetKind is not (TargetKind.HostState or TargetKind.ThisMachine or TargetKind.LocalPort or TargetKind.Process))
            yield break;
        bool isWholeMachine = WholeHost.IsAsked(evidence);
        KernelCounters? counters = evidence.Last<KernelCounters>();
        Finding? tcp = evidence.Last<ProtocolMemory>() is { } memory ? OfTcp(evidence, memory, counters) : null;
        if (tcp is not null)
            yield return tcp;
        else if (isWholeMachine && counters is not null && OfBuffers(evidence, counters) is { } buffers)
            yield return buffers;
        if (evidence.Last<ProtocolMemory>() is { } same && OfUdp(evidence, same, counters) is { } udp)
            yield return udp;
        if (evidence.Last<GroupMemory>() is { } group && OfGroup(group) is { } limited)
            yield return limited;
    }

    private static Finding? OfTcp(EvidenceSet evidence, ProtocolMemory memory, KernelCounters? counters)
    {
        // The kernel takes the mark away when a socket next asks for memory, which may be much later than it could.
        bool isPast = memory.TcpLimits is { } low && memory.TcpPages < low.Low;
        bool isPressed = !isPast && (memory.UnderPressure?.Any(protocol => protocol is "TCP" or "TCPv6") ?? false);
        bool isAbove = memory.TcpLimits is { } limits && memory.TcpPages >= limits.Pressure;
        bool isFull = memory.TcpLimits is { } most && memory.TcpPages >= most.Max;
        if (!isPressed && !isAbove)
            return null;

        string held = Words.Octets((double)memory.TcpPages * memory.PageSize);
        string bounds = memory.TcpLimits is { } known ? MemoryLimit.InWords(known, "tcp_mem", memory.PageSize) : "";
        List<Reason> reasons =
        [
            memory.Weigh(
                isFull || (isPressed && isAbove) ? Weight.Decisive : Weight.VeryStrong,
                bounds.Length > 0 ? $"TCP holds {held} of {bounds}" : $"TCP holds {held}, and the kernel says that it is under pressure"),
        ];
        long aborted = counters?.Growth.GetValueOrDefault("TcpExt.TCPAbortOnMemory") ?? 0;
        if (aborted > 0)
            reasons.Add(counters!.Weigh(Weight.Strong, $"{aborted} connections were cut off for want of memory (TCPAbortOnMemory)"));
        if (counters?.Growth.GetValueOrDefault("TcpExt.TCPMemoryPressures") is { } times and > 0)
            reasons.Add(counters.Weigh(Weight.Strong, $"TCP came under pressure {times} times meanwhile (TCPMemoryPressures)"));
        if (counters is not null && Lost.Sum(name => counters.Growth.GetValueOrDefault(name)) is var lost and > 0)
            reasons.Add(counters.Weigh(Weight.Hint, $"{lost} segments that had arrived were thrown away"));

        MemoryHolder? top = memory.Holders.FirstOrDefault(holder => holder.Pid is not null);
        string owner = top is null ? "" : string.Create(
            CultureInfo.InvariantCulture, $"; most of it by {top.Process} (pid {top.Pid}): {Words.Octets(top.Octets)} in {Words.Count(top.Sockets, "socket")}");
        string effect = isFull || aborted > 0
            ? "packets are dropped and connections cut off"
            : "windows stay small and connections are slow";
        return new Finding(
            Cause,
            isFull || aborted > 0 ? Severity.Critical : Severity.Warning,
            Where.Local,
            $"The memory that TCP may use on this machine is short: {held} is held{(bounds.Length > 0 ? $" of {bounds}" : "")}{owner}. So {effect}.",
            [.. reasons])
        {
            Measure = new Measure("memory of TCP sockets", held, bounds.Length > 0 ? bounds : "tcp_mem"),
            Remedies =
            [
                new Remedy(
                    top is null
                        ? "See whose sockets hold it: r is received and not read, w sent and not acknowledged."
                        : $"Make {top.Process} read what it receives, or close connections; see which hold it: r is received and not read, w sent and not acknowledged.",
                    top is null ? ShellCommand.Of($"ss -tanmp") : ShellCommand.Of($"ss -tanmp | grep -A1 {$"pid={top.Pid},"}")),
                .. LargerTcp(memory),
            ],
        };
    }

    // Set by hand below what the kernel would choose: back to that. Else twice as much, up to a quarter of the memory.
    private static ImmutableArray<Remedy> LargerTcp(ProtocolMemory memory)
    {
        if (memory is not { TcpLimits: { } limits, MachinePages: { } machine and > 0 })
            return [];
        long usual = machine / DefaultDivisor;
        long pressure = limits.Pressure < usual * 3 / 4 ? usual : limits.Pressure * 2;
        long max = Math.Max(pressure * 3 / 2, limits.Max);
        if (max > Math.Max(machine / 4, limits.Max) || pressure <= limits.Pressure)
            return [];
        return
        [
            Remedy.Set(
                limits.Pressure < usual * 3 / 4
                    ? "Give TCP what the kernel itself would give it on a machine of this size; the limit was made smaller."
                    : $"Give TCP twice as much; it is still less than {Words.Percent((max + 1) / (double)machine)} of the memory of this machine.",
                "net.ipv4.tcp_mem",
                string.Create(CultureInfo.InvariantCulture, $"{pressure * 3 / 4} {pressure} {max}")),
        ];
    }

    private static Finding? OfUdp(EvidenceSet evidence, ProtocolMemory memory, KernelCounters? counters)
    {
        long refused = (counters?.Growth.GetValueOrDefault("Udp.MemErrors") ?? 0) + (counters?.Growth.GetValueOrDefault("Udp6MemErrors") ?? 0);
        bool isFull = memory.UdpLimits is { } limits && memory.UdpPages >= limits.Max;
        if (refused == 0 && !isFull)
            return null;
        string held = Words.Octets((double)memory.UdpPages * memory.PageSize);
        string bounds = memory.UdpLimits is { } known ? Words.Octets((double)known.Max * memory.PageSize) : "";
        List<Reason> reasons = [];
        if (isFull)
            reasons.Add(memory.Weigh(Weight.VeryStrong, $"UDP holds {held} of {bounds} (udp_mem)"));
        if (refused > 0)
            reasons.Add(counters!.Weigh(Weight.VeryStrong, $"{refused} datagrams were refused for want of memory (MemErrors)"));
        ImmutableArray<Remedy> larger = memory is { UdpLimits: { } old, MachinePages: { } machine } && old.Max * 2 < machine / 4 && old.Max > 0
            ? [Remedy.Set("Give UDP twice as much.", "net.ipv4.udp_mem", string.Create(CultureInfo.InvariantCulture, $"{old.Low * 2} {old.Pressure * 2} {old.Max * 2}"))]
            : [];
        return new Finding(
            Cause,
            refused > 0 ? Severity.Critical : Severity.Warning,
            Where.Local,
            $"The memory that UDP may use on this machine is used up ({held}{(bounds.Length > 0 ? $" of {bounds}, udp_mem" : "")}): datagrams are dropped.",
            [.. reasons])
        {
            Measure = new Measure("memory of UDP sockets", held, bounds.Length > 0 ? $"{bounds} (udp_mem)" : "udp_mem"),
            Remedies =
            [
                new Remedy("See whose sockets hold it: r is received and not read.", "ss -uanmp"),
                .. larger,
            ],
        };
    }

    private static Finding? OfBuffers(EvidenceSet evidence, KernelCounters counters)
    {
        long lost = Lost.Sum(name => Math.Max(0, counters.Growth.GetValueOrDefault(name)));
        double share = CounterReading.Share(lost, counters.Growth.GetValueOrDefault("Tcp.InSegs"));
        if (lost < FewestLost || share < SmallestShare)
            return null;
        long backlog = counters.Growth.GetValueOrDefault("TcpExt.TCPBacklogDrop");
        List<Reason> reasons = [counters.Weigh(Weight.VeryStrong, $"{lost} TCP segments that had arrived were thrown away ({string.Join(", ", Lost.Where(name => counters.Growth.GetValueOrDefault(name) > 0).Select(name => $"{name["TcpExt.".Length..]} {counters.Growth[name]}"))})")];
        if (counters.Growth.GetValueOrDefault("TcpExt.PruneCalled") is var pruned and > 0)
            reasons.Add(counters.Weigh(Weight.Hint, $"the kernel squeezed receive buffers {pruned} times"));
        bool isBacklog = 2 * backlog > lost;
        return new Finding(
            Cause,
            Severity.Warning,
            Where.Local,
            isBacklog
                ? $"{backlog} TCP segments were thrown away at busy sockets of this machine: programs do not let go of a socket as fast as data arrives."
                : $"Receive buffers of TCP sockets here are full: {lost} segments that had arrived were thrown away and must come again ({Words.Percent(share)} of all).",
            [.. reasons])
        {
            Measure = new Measure(
                isBacklog ? "TCP segments dropped at busy sockets" : "TCP segments dropped at full buffers",
                $"{lost} in {Words.Of(counters.Lasted)}, {Words.Percent(share)} of all",
                ""),
            Remedies =
            [
                new Remedy("See whose: r is what waits, rb the size of the buffer, bl the backlog, d the drops.", "ss -tnmp state established | grep -v ',d0)'"),
                .. LargerBuffers(evidence),
            ],
        };
    }

    private static IEnumerable<Remedy> LargerBuffers(EvidenceSet evidence)
    {
        const long Usual = 6 << 20; // the kernel's own maximum up to 6.15; it grew since
        if (SettingValue.Number(evidence, "net.ipv4.tcp_moderate_rcvbuf") is 0)
            yield return Remedy.Set("Let the kernel make receive buffers as large as a connection needs.", "net.ipv4.tcp_moderate_rcvbuf", "1");
        if (SettingValue.Numbers(SettingValue.Text(evidence, "net.ipv4.tcp_rmem")) is [var least, var first, var most] && most < Usual)
        {
            yield return Remedy.Set(
                $"Let receive buffers grow to what is usual; they may not be larger than {Words.Octets(most)}.",
                "net.ipv4.tcp_rmem",
                string.Create(CultureInfo.InvariantCulture, $"{least} {first} {Usual}"));
        }
    }

    private static Finding? OfGroup(GroupMemory group)
    {
        long throttled = group.Growth.GetValueOrDefault("sock_throttled");
        long refused = group.Growth.GetValueOrDefault("kmem.tcp.failcnt");
        long reached = group.Growth.GetValueOrDefault("max") + group.Growth.GetValueOrDefault("high") + group.Growth.GetValueOrDefault("failcnt");
        if (throttled + refused + reached <= 0)
            return null; // near its limit is where caches put every group
        List<Reason> reasons = [];
        if (throttled > 0)
            reasons.Add(group.Weigh(Weight.Decisive, $"its sockets were held back {throttled} times (memory.events, sock_throttled)"));
        if (refused > 0)
            reasons.Add(group.Weigh(Weight.Decisive, $"its sockets were refused memory {refused} times (memory.kmem.tcp.failcnt)"));
        if (reached > 0)
            reasons.Add(group.Weigh(Weight.Strong, $"it ran into its limit {reached} times in {Words.Of(group.Lasted)}"));
        string limit = (refused > 0 ? group.SocketLimit ?? group.Limit : group.Limit) is { } octets ? Words.Octets(octets) : "its limit";
        string used = Words.Octets(refused > 0 ? group.SocketOctets ?? group.Used : group.Used);
        if (group is { SocketOctets: { } sockets, Limit: { } most } && refused + throttled == 0)
        {
            reasons.Add(sockets > most / 20
                ? group.Weigh(Weight.Strong, $"its sockets hold {Words.Octets(sockets)} of it")
                : group.Weigh(Weight.Against, $"its sockets hold {Words.Octets(sockets)} of it only"));
        }

        return new Finding(
            Cause,
            Severity.Warning,
            Where.Local,
            string.Create(CultureInfo.InvariantCulture, $"The control group of {group.Process} (pid {group.Pid}) is at its memory limit ({used} of {limit}), which holds its sockets back: {group.Group}."),
            [.. reasons])
        {
            Measure = new Measure($"memory of {group.Group}", used, limit),
            Remedies =
            [
                new Remedy("Give the service more memory where its limit is set: MemoryMax= of its unit, or the limit of its container."),
                new Remedy("See what its memory is used for: sock is its sockets.", ShellCommand.Of($"grep -E '^(anon|file|sock|kernel) ' /sys/fs/cgroup{group.Group}/memory.stat; cat /sys/fs/cgroup{group.Group}/memory.events")),
            ],
        };
    }
}

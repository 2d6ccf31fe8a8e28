using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetWhy.Diagnose.Hosts;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Kernel settings that are worse here than another value would be.</summary>
/// <remarks>
/// A row of the table is a setting and a judgement of its value, in the light of what else was seen: null where the value
/// is as good as any, and then it is told as fine. A setting that was not read is not judged; limits that belong to a
/// resource (queues, tables, buffers) are judged by the check of that resource.
/// </remarks>
public sealed class KernelSettingValues : IHostCheck
{
    private static readonly ImmutableArray<Row> Table =
    [
        // Features of TCP that somebody switched off.
        new("net.ipv4.tcp_window_scaling", (value, _) => value.Is(0)
            ? Warning("1", "Without window scaling no connection can have more than 64 KiB under way: at 50 ms that is 1.3 MB/s, whatever the link can do.")
            : null),
        new("net.ipv4.tcp_sack", (value, _) => value.Is(0)
            ? Warning("1", "Without selective acknowledgements TCP repairs one loss a round trip: a burst of losses takes seconds.")
            : null),
        new("net.ipv4.tcp_moderate_rcvbuf", (value, _) => value.Is(0)
            ? Warning("1", "Receive buffers stay at their first size, so a transfer over any distance is slow; the kernel would size them by need.")
            : null),
        new("net.ipv4.tcp_timestamps", (value, _) => value.Is(0)
            ? Advice("1", "Without timestamps round trips are measured badly, old segments cannot be told from new ones at high speed, and ports in TIME-WAIT cannot be used again.")
            : null),
        new("net.ipv4.tcp_recovery", (value, _) => value.Is(0) ? Advice("1", "Loss detection by time (RACK) is off, so lost retransmissions and tails wait for a timeout.") : null),
        new("net.ipv4.tcp_frto", (value, _) => value.Is(0) ? Advice("2", "Timeouts that were not needed are not recognized (F-RTO is off), and halve the speed for nothing.") : null),
        new("net.ipv4.tcp_early_retrans", (value, _) => value.Is(0) ? Advice("3", "Tail loss probes are off: the last lost segment of an answer waits for a timeout.") : null),
        new("net.ipv4.tcp_dsack", (value, _) => value.Is(0) ? Advice("1", "Peers are not told that they send again for nothing, and so do not adapt.") : null),
        new("net.ipv4.tcp_tw_recycle", (value, _) => value.AtLeast(1)
            ? Warning("0", "With tcp_tw_recycle clients behind one address translator are refused at random. It is no cure for anything; later kernels removed it.")
            : null),
        new("net.ipv4.tcp_abort_on_overflow", (value, _) => value.Is(1)
            ? Advice("0", "A client whose connection finds the accept queue full gets a reset, where it would get in a moment later by trying again.")
            : null),
        new("net.ipv4.ip_no_pmtu_disc", (value, _) => value.Is(1) || value.Is(2)
            ? Advice("0", "Path MTU discovery is off: packets of this machine are cut into fragments on their way, which many firewalls drop.")
            : null),

        // Floods.
        new("net.ipv4.tcp_syncookies", (value, evidence) => value.Is(0) && Listens(evidence)
            ? Grown(evidence, "TcpExt.TCPReqQFullDrop") > 0
                ? Warning("1", "SYNs are dropped because the queue of a service is full, and cookies, which would let clients in, are off.")
                : Advice("1", "With cookies off, a flood of SYNs keeps every client out of a service.")
            : value.Is(2) ? Advice("1", "Cookies are sent for every connection, also where there is room: that is for tests, and costs TCP options.")
            : null),
        new("net.core.somaxconn", (value, evidence) => value.IsBelow(1024) && Listens(evidence)
            ? Advice("4096", $"No service can have more than {value} connections waiting, whatever it asks for. It holds for services that are started after the change.")
            : null),

        // Patience.
        new("net.ipv4.tcp_syn_retries", (value, _) => value.IsBelow(3)
            ? Advice("6", $"A connection is given up after {value} repeated SYNs, in a few seconds: a short loss is taken for a dead host.")
            : null),
        new("net.ipv4.tcp_synack_retries", (value, _) => value.IsBelow(2)
            ? Advice("5", "An answer to a SYN that is lost is hardly repeated, so clients on lossy paths do not get in.")
            : null),
        new("net.ipv4.tcp_retries2", (value, _) => value.IsBelow(8)
            ? Advice("8", "Connections are cut off after less than 100 s without an answer, which RFC 1122 wants as the least: a short outage kills them all.")
            : null),
        new("net.ipv4.tcp_fin_timeout", (value, _) => value.IsBelow(10)
            ? Advice("60", "Peers that close slowly are cut off. The setting does not shorten TIME-WAIT, which is always 60 s: it was lowered in vain.")
            : null),
        new("net.ipv4.tcp_max_tw_buckets", (value, evidence) => value.Number is { } limit and > 0 && Grown(evidence, "TcpExt.TCPTimeWaitOverflow") > 0
            ? Advice(Text(limit * 4), "More connections close than may wait in TIME-WAIT: the rest forget at once, and a late segment may hit a new connection.")
            : null),
        new("net.ipv4.tcp_tw_reuse", (value, evidence) => value.Number is 0 or 2 && CrowdedByTimeWait(evidence) is { } crowd && SettingValue.Number(evidence, "net.ipv4.tcp_timestamps") is not 0
            ? Advice("1", $"{crowd.TimeWait} connections to {crowd.Destination} port {crowd.Port} in TIME-WAIT hold local ports; with timestamps on, connections from here may safely use such ports again after a second.")
            : null),

        // Ways and addresses.
        new("net.ipv4.ip_forward", (value, evidence) => value.Is(0) && ContainerBridge(evidence) is { } bridge
            ? Advice("1", $"Containers are on {bridge}, and this machine passes nothing on: they reach only it and each other.")
            : null),
        new("net.ipv4.conf.all.rp_filter", (value, evidence) => value.Is(1) && Ways(evidence) is { Length: > 1 } ways
            ? Grown(evidence, "TcpExt.IPReversePathFilter") > 0
                ? Warning("2", $"The reverse path filter is strict and drops packets now, with more than one way out ({string.Join(", ", ways)}).")
                : Advice("2", $"The reverse path filter is strict with more than one way out ({string.Join(", ", ways)}): what comes by another one than the answer would take is dropped without a word.")
            : null),
        new("net.ipv6.conf.all.forwarding", (value, evidence) => value.Is(0) && ContainerBridge(evidence, isIPv6: true) is { } bridge
            ? LearnsFromRouters(evidence)
                ? Advice(null, $"Containers on {bridge} have IPv6, and this machine passes none of it on. Before you let it, set accept_ra to 2 on the interfaces whose routes come by router advertisements: with 1, the kernel drops those routes at that moment.")
                : Advice("1", $"Containers on {bridge} have IPv6, and this machine passes none of it on.")
            : null),
        new("net.ipv4.conf.all.accept_redirects", (value, evidence) => value.Is(1) && Forwards(evidence) && Grown(evidence, "Icmp.InRedirects") is > 0 and var redirects
            ? Advice("0", $"This router was told {Words.Count(redirects, "time")} to send another way. Routers go by their routing table, and not by such words (RFC 1812, section 5.2.7.2): whoever sends them turns its traffic aside.")
            : null),
        new("net.ipv4.conf.all.send_redirects", (value, evidence) => value.Is(1) && Grown(evidence, "Icmp.OutRedirects") is > 0 and var redirects
            ? Advice(null, $"Packets leave by the interface that they came by, and this router told their senders {Words.Count(redirects, "time")} that another one is nearer. Give them that route; where this machine is meant to be in between (a VPN, filters), turn it off: 0, also for the interface.")
            : null),
        new("net.ipv4.conf.default.rp_filter"),
        new("net.ipv4.ip_default_ttl", (value, _) => value.IsBelow(32)
            ? Warning("64", $"Packets of this machine may pass {value} routers only: distant hosts are out of reach.")
            : null),
        new("net.ipv4.tcp_mtu_probing", (value, evidence) => value.Is(0) && Grown(evidence, "Ip.FragFails", "Ip6FragFails", "Ip6InTooBigErrors", "Icmp6InPktTooBigs") > LinkChange.All(evidence).Sum(link => link.RefusedThere)
            ? Advice("1", "Paths narrower than the interface are in use here. Where a router does not say so, connections hang; with probing TCP finds out by itself.")
            : null),
        new("net.ipv4.ip_local_port_range", (value, evidence) => value.Numbers is [var first, var last] && last >= first
            ? last - first + 1 < 2048 || (last - first + 1 < 16_384 && evidence.Any<EphemeralPorts>(use => use.InUse * 4L >= last - first + 1))
                ? Advice("32768 60999", $"Connections from here to one destination have {last - first + 1} local ports to choose from, those in TIME-WAIT included.")
                : first < 1024 ? Advice($"1024 {last}", "Connections from here may take the ports of services, which then cannot start.") : null
            : null),
        new("net.ipv4.icmp_echo_ignore_all", (value, _) => value.Is(1)
            ? Advice(null, "This machine does not answer ping: whoever tests it that way takes it for dead. Where that is not wanted: 0.")
            : null),
        new("net.ipv4.icmp_msgs_per_sec", (value, _) => value.IsBelow(100)
            ? Advice("1000", "So few ICMP errors may be sent that traceroute and path MTU discovery through this machine have gaps.")
            : null),
        new("net.ipv4.conf.all.accept_source_route", (value, _) => value.Is(1)
            ? Advice("0", "Senders may choose the way of their packets through this machine, past its filters.")
            : null),
        new("net.bridge.bridge-nf-call-iptables", (value, evidence) => value.Is(1) && PureBridge(evidence) is { } bridge
            ? Advice("0", $"Frames that {bridge} only switches go through the IP firewall of this machine too, and a rule made for the machine may drop them.")
            : null),

        new("net.ipv4.icmp_ratelimit"),
        new("net.ipv4.ip_local_reserved_ports"),

        // Memory and queues.
        new("net.core.default_qdisc", (value, evidence) => value.Text is "pfifo_fast" or "pfifo" && StandingQueue(evidence) is { } queue
            ? Advice("fq_codel", $"{queue.Length} packets wait on {queue.Interface} in one line, and did when it was looked at first: whatever is sent waits behind them. fq_codel lets the others pass. It holds for interfaces that come up later; for {queue.Interface}: tc qdisc replace dev {queue.Interface} root fq_codel.")
            : null),
        new("net.ipv4.ipfrag_high_thresh"),
        new("net.ipv4.ipfrag_time"),
        new("net.ipv4.tcp_max_orphans"),
        new("net.ipv4.tcp_orphan_retries"),
        new("net.ipv4.tcp_max_syn_backlog"),
        new("net.core.rmem_max"),
        new("net.core.wmem_max"),
        new("net.ipv4.udp_mem"),
        new("net.core.rps_sock_flow_entries"),
        new("net.core.bpf_jit_enable"),
        new("net.ipv4.tcp_rmem", (value, _) => value.Numbers is [_, var initial, var most] && initial > 1 << 20
            ? Advice(string.Create(CultureInfo.InvariantCulture, $"4096 131072 {most}"), $"Every connection starts with a receive buffer of {Words.Octets(initial)}: many connections use up the memory of TCP. The kernel enlarges those that need it.")
            : value.Numbers is [_, _, var cap] && cap < 1 << 16
            ? Advice("4096 131072 6291456", $"No connection can have more than {Words.Octets(cap / 2)} under way, half of its receive buffer of {Words.Octets(cap)}: that is slow over any distance, and at high speed on the spot. The kernel enlarges only the buffers that need it.")
            : null),
        new("net.ipv4.tcp_wmem", (value, _) => value.Numbers is [_, var initial, var most] && initial > 1 << 20
            ? Advice(string.Create(CultureInfo.InvariantCulture, $"4096 16384 {most}"), $"Every connection starts with a send buffer of {Words.Octets(initial)}: many connections use up the memory of TCP. The kernel enlarges those that need it.")
            : value.Numbers is [_, _, var cap] && cap < 1 << 16
            ? Advice("4096 16384 4194304", $"No connection can have more than {Words.Octets(cap / 2)} under way, half of its send buffer of {Words.Octets(cap)}: that is slow over any distance, and at high speed on the spot. The kernel enlarges only the buffers that need it.")
            : null),
        new("net.core.rmem_default", (value, _) => value.Number > 16 << 20
            ? Advice("212992", $"Every UDP socket may keep {value.Size} that nobody reads; enlarge the buffers of the services that need it.")
            : null),
        new("net.core.optmem_max", (value, _) => value.IsBelow(20_480)
            ? Advice("131072", "Programs may attach little to a socket: long filters, many multicast groups and zero-copy sending fail with ENOBUFS.")
            : null),
        new("net.ipv4.tcp_mem", (value, evidence) => value.Numbers is [_, var pressure, _]
            && evidence.Last<ProtocolMemory>() is { MachinePages: { } machine } memory && Usual(machine) is var usual && pressure * 4 < usual
                ? Advice(
                    string.Create(CultureInfo.InvariantCulture, $"{usual * 3 / 4} {usual} {usual * 3 / 2}"),
                    $"All TCP together comes under pressure at {Words.Octets((double)pressure * memory.PageSize)}; for the memory of this machine {Words.Octets((double)usual * memory.PageSize)} would be usual.")
                : null),

        // How speed is found.
        new("net.ipv4.tcp_ecn"),
        new("net.ipv4.tcp_ecn_fallback", (value, evidence) => value.Is(0) && SettingValue.Number(evidence, "net.ipv4.tcp_ecn") is 1 && SynsAreRepeated(evidence) is { } repeated
            ? Advice("1", $"{repeated} SYNs were repeated, and each asks for congestion marks (ECN), which some firewalls drop. With the fallback a repeated one does not ask.")
            : null),
        new("net.ipv4.tcp_slow_start_after_idle", (value, evidence) => value.Is(1) && SlowAgain(evidence) is >= 3 and var slow
            ? Advice("0", $"{slow} connections over a distance send again after a pause, and begin slowly each time, though they lost nothing: a few round trips for each answer.")
            : null),
        new("net.ipv4.tcp_tw_reuse_delay"),
        new("net.ipv4.tcp_congestion_control", (value, evidence) => value.Text is "reno" && Offers(evidence, "cubic")
            ? Advice("cubic", "Reno needs minutes to fill a fast link over a distance; cubic, the default, needs seconds.")
            : value.Text is "cubic" or "reno" && Offers(evidence, "bbr") && LossyAndFar(evidence) is { } loss
                ? Advice("bbr", $"Data is lost on the way ({loss}) and peers are far: by loss alone cubic stays slow, bbr goes by the measured rate.")
                : null),
    ];

    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("settings", Source: "ip-sysctl.rst; admin-guide/sysctl/net.rst");

    /// <summary>Names of the settings that are judged, for the probe to read.</summary>
    internal static IEnumerable<string> Names => Table.Select(row => row.Name);

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        if (evidence.Last<KernelSettings>() is not { } settings)
            yield break;
        foreach (Row row in Table.Concat(OfBridges(evidence)))
        {
            if (!settings.Values.TryGetValue(row.Name, out string? text))
                continue;
            var fine = new Signal(Info.Id, Standing.Fine, row.Name, text.Length > 0 ? text : "empty", "") { Evidence = [settings] };
            yield return row.Judge?.Invoke(new Value(text), evidence) is not { } judgement || judgement.Better == text ? fine : fine with
            {
                Standing = judgement.Standing,
                Meaning = judgement.Meaning,
                Remedies = judgement.Better is { } better ? [Remedy.Set($"Change it to {better}.", row.Name, better)] : [],
            };
        }
    }

    // A bridge may be kept from forwarding by itself, whatever the machine as a whole does.
    // Source: ip-sysctl.rst, accept_ra; net/ipv6/addrconf.c, rt6_purge_dflt_routers on a change of forwarding.
    private static bool LearnsFromRouters(EvidenceSet evidence) => evidence.First<KernelSettings>()?.Values.Any(setting =>
        setting.Key.StartsWith("net.ipv6.conf.", StringComparison.Ordinal) && setting.Key.EndsWith(".accept_ra", StringComparison.Ordinal)
        && setting.Key is not ("net.ipv6.conf.all.accept_ra" or "net.ipv6.conf.default.accept_ra" or "net.ipv6.conf.lo.accept_ra")
        && setting.Value is "1") is true;

    private static IEnumerable<Row> OfBridges(EvidenceSet evidence) => ContainerBridge(evidence) is { } bridge
        ?
        [
            new Row($"net.ipv4.conf.{bridge}.forwarding", (value, _) => value.Is(0) && Forwards(evidence)
                ? Advice("1", $"Containers are on {bridge}. This machine passes packets on, but none that come by {bridge}: its containers reach only it and each other.")
                : null),
        ]
        : [];

    private static Judgement Warning(string? better, string meaning) => new(Standing.Warning, better, meaning);

    private static Judgement Advice(string? better, string meaning) => new(Standing.Advice, better, meaning);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static long Grown(EvidenceSet evidence, params string[] counters) =>
        evidence.Last<KernelCounters>() is { } seen ? new CounterReading(seen).Grown(counters) : 0;

    private static bool Listens(EvidenceSet evidence) =>
        evidence.Any<Listener>(listener => listener.Protocol is "tcp")
        || evidence.Any<SocketCensus>(census => census.Counts.GetValueOrDefault("listen") > 0);

    // Ports are few where a quarter of the range waits.
    // Only those of connections from here hold ports that the next one may want; within the machine they are used again anyway.
    private static EphemeralPorts? CrowdedByTimeWait(EvidenceSet evidence) => evidence.All<EphemeralPorts>()
        .Where(ports => ports.Source is not null && !IPAddress.IsLoopback(ports.Destination) && ports.TimeWait * 4L > ports.RangeEnd - ports.RangeStart + 1L)
        .MaxBy(ports => ports.TimeWait);

    // A bridge with an address of its own is the gateway of what is on it; veth are what containers have.
    private static string? ContainerBridge(EvidenceSet evidence, bool isIPv6 = false) => evidence.All<LinkState>()
        .Where(bridge => bridge is { IsUp: true, LinkKind: "bridge" }
            && evidence.Any<LinkState>(port => port is { LinkKind: "veth", IsUp: true } && port.Master == bridge.Name)
            && evidence.Any<InterfaceAddresses>(list => list.Addresses.Any(address => address.Interface == bridge.Name && address.Scope is "global"
                && (!isIPv6 || address.Address.AddressFamily is AddressFamily.InterNetworkV6))))
        .Select(bridge => bridge.Name)
        .FirstOrDefault();

    private static bool Forwards(EvidenceSet evidence) => SettingValue.Number(evidence, "net.ipv4.ip_forward") is 1;

    // Few packets wait for a moment in every queue; these wait at both looks, and nothing shares the line out.
    private static QueueDiscipline? StandingQueue(EvidenceSet evidence) => evidence.All<QueueDiscipline>()
        .Where(queue => queue is { Discipline: "pfifo_fast" or "pfifo", LengthBefore: >= 100, Length: >= 100 })
        .MaxBy(queue => queue.Length);

    private static long? SynsAreRepeated(EvidenceSet evidence) =>
        Grown(evidence, "TcpExt.TCPSynRetrans") is >= 5 and var repeated && repeated * 4 >= Grown(evidence, "Tcp.ActiveOpens") ? repeated : null;

    // It had more to send at once than its window took, which is the first one of a new connection after much was sent without loss.
    private static int SlowAgain(EvidenceSet evidence)
    {
        const int InitialWindow = 10; // segments, RFC 6928
        return SettingValue.Text(evidence, "net.ipv4.tcp_congestion_control") is not ("cubic" or "reno") ? 0 : evidence.All<TcpFlow>().Count(flow =>
            flow is { IsAppLimited: true, CongestionWindow: > 0 and <= InitialWindow, TotalRetransmitted: 0, SendMss: > 0 }
            && flow.MinRoundTrip > TimeSpan.FromMilliseconds(20)
            && flow.Sent > InitialWindow * (long)flow.SendMss
            && flow.TotalSent > 16 * flow.Sent);
    }

    private static string? PureBridge(EvidenceSet evidence) => evidence.All<LinkState>()
        .Where(bridge => bridge is { IsUp: true, LinkKind: "bridge" } && evidence.Any<LinkState>(port => port is { LinkKind: "tun" } && port.Master == bridge.Name)
            && !evidence.Any<LinkState>(port => port is { LinkKind: "veth" } && port.Master == bridge.Name))
        .Select(bridge => bridge.Name)
        .FirstOrDefault();

    private static ImmutableArray<string> Ways(EvidenceSet evidence) =>
    [
        .. (evidence.Last<RouteTable>()?.Routes ?? [])
            .Where(route => route is { Destination: "0.0.0.0/0", RouteType: "unicast", Interface: not null })
            .Select(route => route.Interface!)
            .Distinct(),
    ];

    private static bool Offers(EvidenceSet evidence, string control) =>
        SettingValue.Text(evidence, "net.ipv4.tcp_available_congestion_control")?.Split(' ').Contains(control) ?? false;

    private static string? LossyAndFar(EvidenceSet evidence)
    {
        if (evidence.Last<KernelCounters>() is not { } seen)
            return null;
        var counters = new CounterReading(seen);
        long sent = counters.Grown("TcpExt.TCPOrigDataSent");
        double share = CounterReading.Share(counters.Grown("Tcp.RetransSegs") - counters.Grown("TcpExt.TCPSynRetrans"), sent);
        return sent >= 1000 && share >= 0.01 && RoundTrips.Farthest(evidence) > TimeSpan.FromMilliseconds(20) ? Words.Percent(share) : null;
    }

    // What the kernel itself would choose. Source: net/ipv4/tcp.c, tcp_init_mem.
    private static long Usual(long machinePages) => Math.Max(128, machinePages / 16);

    // Without a judgement: its value alone is told.
    private sealed record Row(string Name, Func<Value, EvidenceSet, Judgement?>? Judge = null);

    private sealed record Judgement(Standing Standing, string? Better, string Meaning);

    private readonly record struct Value(string Text)
    {
        public ImmutableArray<long> Numbers => SettingValue.Numbers(Text);

        public long? Number => Numbers is [var number] ? number : null;

        public string Size => Words.Octets(Number ?? 0);

        public bool Is(long number) => Number == number;

        public bool IsBelow(long number) => Number < number;

        public bool AtLeast(long number) => Number >= number;

        public override string ToString() => Text;
    }
}

using NetWhy.Evidence;

namespace NetWhy.Collect.Probes;

/// <summary>Reads the kernel settings that bear on reaching a target.</summary>
public sealed class KernelSettingsProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "kernel.settings";

    private const string Root = "/proc/sys/";

    private static readonly string[] Names =
    [
        "net.ipv4.ip_forward", "net.ipv4.ip_default_ttl", "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_mtu_probing", "net.ipv4.tcp_ecn", "net.ipv4.tcp_timestamps",
        "net.ipv4.tcp_sack", "net.ipv4.tcp_window_scaling", "net.ipv4.tcp_syn_retries", "net.ipv4.tcp_tw_reuse",
        "net.ipv4.tcp_syncookies", "net.ipv4.tcp_max_syn_backlog", "net.ipv4.tcp_abort_on_overflow",
        "net.ipv4.tcp_congestion_control", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem", "net.ipv4.ping_group_range",
        "net.ipv4.icmp_echo_ignore_all", "net.ipv4.conf.all.ignore_routes_with_linkdown", "net.core.somaxconn",
        "net.ipv6.bindv6only", "net.ipv6.conf.all.forwarding", "net.netfilter.nf_conntrack_max",
        "net.ipv4.tcp_max_tw_buckets", "net.ipv4.tcp_max_orphans", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_synack_retries",
        "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_retries2",
        "net.core.rmem_max", "net.core.rmem_default", "net.core.wmem_max",
    ];

    private static readonly string[] NamesOfInterfaces =
    [
        "net.ipv4.conf.{0}.rp_filter", "net.ipv4.conf.{0}.arp_ignore", "net.ipv4.conf.{0}.accept_redirects",
        "net.ipv4.conf.{0}.accept_local", "net.ipv4.conf.{0}.forwarding", "net.ipv6.conf.{0}.disable_ipv6", "net.ipv6.conf.{0}.accept_ra",
        "net.ipv6.conf.{0}.forwarding", "net.ipv6.conf.{0}.hop_limit",
    ];

    // For the audit of the machine; those that this kernel lacks, or that only the first network namespace has, are left out.
    private static readonly string[] NamesOfTuning =
    [
        "net.ipv4.tcp_moderate_rcvbuf", "net.ipv4.tcp_recovery", "net.ipv4.tcp_frto", "net.ipv4.tcp_early_retrans", "net.ipv4.tcp_dsack",
        "net.ipv4.tcp_tw_recycle", "net.ipv4.ip_no_pmtu_disc", "net.ipv4.tcp_synack_retries", "net.ipv4.tcp_retries2",
        "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_max_tw_buckets", "net.ipv4.icmp_msgs_per_sec", "net.ipv4.icmp_ratelimit",
        "net.ipv4.conf.all.accept_source_route", "net.bridge.bridge-nf-call-iptables", "net.core.rmem_default", "net.core.rmem_max",
        "net.core.wmem_max", "net.core.optmem_max", "net.core.default_qdisc", "net.ipv4.tcp_mem", "net.ipv4.udp_mem",
        "net.ipv4.tcp_available_congestion_control", "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_slow_start_after_idle", "net.ipv4.ipfrag_high_thresh", "net.ipv4.ipfrag_time",
        "net.ipv4.tcp_adv_win_scale", "net.ipv4.tcp_ecn_fallback", "net.ipv4.tcp_orphan_retries", "net.ipv4.tcp_tw_reuse_delay",
        "net.ipv4.conf.all.send_redirects", "net.core.rps_sock_flow_entries", "net.core.bpf_jit_enable",
    ];

    private const int MostInterfaces = 32;

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Which kernel settings bear on the target?",
        Source: "Documentation/networking/ip-sysctl.rst",
        Question.Host);

    /// <inheritdoc/>
    public bool Applies(Target target) => true;

    /// <inheritdoc/>
    public Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string name in context.Target.IsHere ? Names.Concat(NamesOfTuning) : Names)
            Read(values, name, name.Replace('.', '/'));
        foreach (string device in Interfaces())
        {
            foreach (string pattern in NamesOfInterfaces)
            {
                // An interface's name may hold a dot, so the path is made before the name goes in.
                Read(
                    values,
                    pattern.Replace("{0}", device, StringComparison.Ordinal),
                    pattern.Replace('.', '/').Replace("{0}", device, StringComparison.Ordinal));
            }
        }

        context.Report(new KernelSettings(values));
        return Task.CompletedTask;
    }

    private static IEnumerable<string> Interfaces()
    {
        string[] devices = [];
        try
        {
            devices = [.. Directory.EnumerateDirectories(Root + "net/ipv4/conf").Select(Path.GetFileName).OfType<string>()];
        }
        catch (IOException)
        {
            // No /proc/sys here: what is not listed is unknown, which is what the rules make of it.
        }

        return devices.Where(device => device is "all" or "default")
            .Concat(devices.Where(device => device is not ("all" or "default" or "lo")).Take(MostInterfaces));
    }

    private static void Read(SortedDictionary<string, string> values, string name, string path)
    {
        try
        {
            values[name] = File.ReadAllText(Root + path).Trim().Replace('\t', ' ');
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException)
        {
            // This kernel has no such setting, or hides it: it stays unknown.
        }
    }
}

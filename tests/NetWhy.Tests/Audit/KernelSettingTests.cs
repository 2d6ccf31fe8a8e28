using System.Net;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Audit;
using NetWhy.Diagnose.Audit.Checks;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Audit;

/// <summary>Settings: advice where a value is worse than another one here, and nowhere else.</summary>
public sealed class KernelSettingTests
{
    // What a machine has that nobody tuned. Source: ip-sysctl.rst.
    private static readonly Dictionary<string, string> Usual = new()
    {
        ["net.ipv4.tcp_window_scaling"] = "1",
        ["net.ipv4.tcp_sack"] = "1",
        ["net.ipv4.tcp_timestamps"] = "1",
        ["net.ipv4.tcp_moderate_rcvbuf"] = "1",
        ["net.ipv4.tcp_recovery"] = "1",
        ["net.ipv4.tcp_frto"] = "2",
        ["net.ipv4.tcp_early_retrans"] = "3",
        ["net.ipv4.tcp_dsack"] = "1",
        ["net.ipv4.tcp_abort_on_overflow"] = "0",
        ["net.ipv4.ip_no_pmtu_disc"] = "0",
        ["net.ipv4.tcp_syncookies"] = "1",
        ["net.core.somaxconn"] = "4096",
        ["net.ipv4.tcp_syn_retries"] = "6",
        ["net.ipv4.tcp_synack_retries"] = "5",
        ["net.ipv4.tcp_retries2"] = "15",
        ["net.ipv4.tcp_fin_timeout"] = "60",
        ["net.ipv4.tcp_max_tw_buckets"] = "131072",
        ["net.ipv4.tcp_tw_reuse"] = "2",
        ["net.ipv4.ip_forward"] = "0",
        ["net.ipv4.conf.all.rp_filter"] = "0",
        ["net.ipv4.ip_default_ttl"] = "64",
        ["net.ipv4.tcp_mtu_probing"] = "0",
        ["net.ipv4.ip_local_port_range"] = "32768 60999",
        ["net.ipv4.icmp_echo_ignore_all"] = "0",
        ["net.ipv4.icmp_msgs_per_sec"] = "1000",
        ["net.ipv4.tcp_rmem"] = "4096 131072 6291456",
        ["net.ipv4.tcp_wmem"] = "4096 16384 4194304",
        ["net.core.rmem_default"] = "212992",
        ["net.core.optmem_max"] = "131072",
        ["net.ipv4.tcp_mem"] = "98304 131072 196608",
        ["net.ipv4.tcp_congestion_control"] = "cubic",
        ["net.ipv4.tcp_available_congestion_control"] = "reno cubic bbr",
        ["net.core.default_qdisc"] = "pfifo_fast",
        ["net.ipv4.tcp_ecn"] = "2",
        ["net.ipv4.tcp_ecn_fallback"] = "1",
        ["net.ipv4.tcp_slow_start_after_idle"] = "1",
        ["net.ipv4.conf.all.accept_redirects"] = "1",
        ["net.ipv4.conf.all.send_redirects"] = "1",
        ["net.ipv4.conf.br-app.forwarding"] = "1",
        ["net.ipv6.conf.all.forwarding"] = "0",
        ["net.ipv4.tcp_max_orphans"] = "131072",
    };

    private static readonly Listener Service = new(80, IPAddress.Any, 0, 128);

    private static readonly Observation[] Containers =
    [
        new LinkState("br-app", true, true, 1500) { LinkKind = "bridge" },
        new LinkState("veth1", true, true, 1500) { LinkKind = "veth", Master = "br-app" },
        new InterfaceAddresses([new InterfaceAddress("br-app", IPAddress.Parse("172.18.0.1"), 16)]),
    ];

    private static readonly RouteTable TwoWays = new(
    [
        new RouteEntry("0.0.0.0/0", "unicast", 254) { Interface = "eth0", Gateway = IPAddress.Parse("192.0.2.1") },
        new RouteEntry("0.0.0.0/0", "unicast", 100) { Interface = "eth1", Gateway = IPAddress.Parse("198.51.100.1") },
    ]);

    private static readonly ProtocolMemory Memory = new(10, 0, 4096) { MachinePages = 2_097_152 };

    /// <summary>A setting, its value, what else is seen, and the value that is better; null for nothing to say.</summary>
    public static TheoryData<string, string, Observation[], string?> Rows => new()
    {
        { "net.ipv4.tcp_window_scaling", "0", [], "1" },
        { "net.ipv4.tcp_sack", "0", [], "1" },
        { "net.ipv4.tcp_timestamps", "0", [], "1" },
        { "net.ipv4.tcp_moderate_rcvbuf", "0", [], "1" },
        { "net.ipv4.tcp_tw_recycle", "1", [], "0" },
        { "net.ipv4.tcp_abort_on_overflow", "1", [], "0" },
        { "net.ipv4.ip_no_pmtu_disc", "1", [], "0" },
        { "net.ipv4.ip_no_pmtu_disc", "3", [], null },
        { "net.ipv4.tcp_syncookies", "0", [Service], "1" },
        { "net.ipv4.tcp_syncookies", "0", [], null },
        { "net.ipv4.tcp_syncookies", "2", [], "1" },
        { "net.core.somaxconn", "128", [Service], "4096" },
        { "net.core.somaxconn", "128", [], null },
        { "net.core.somaxconn", "65535", [Service], null },
        { "net.ipv4.tcp_retries2", "3", [], "8" },
        { "net.ipv4.tcp_retries2", "8", [], null },
        { "net.ipv4.tcp_fin_timeout", "30", [], null },
        { "net.ipv4.tcp_fin_timeout", "5", [], "60" },
        { "net.ipv4.tcp_max_tw_buckets", "1000", [], null },
        { "net.ipv4.tcp_max_tw_buckets", "1000", [Grown("TcpExt.TCPTimeWaitOverflow")], "4000" },
        { "net.ipv4.tcp_tw_reuse", "2", [Towards("192.0.2.9", 9000)], "1" },
        { "net.ipv4.tcp_tw_reuse", "2", [Towards("192.0.2.9", 500)], null },
        { "net.ipv4.tcp_tw_reuse", "1", [Towards("192.0.2.9", 9000)], null },
        { "net.ipv4.tcp_tw_reuse", "2", [Towards("127.0.0.1", 9000)], null }, // Innocent: it is done there already
        { "net.ipv4.tcp_tw_reuse", "2", [Waiting(9000)], null }, // Innocent: those of a service hold no ports of this range
        { "net.ipv4.ip_forward", "0", Containers, "1" },
        { "net.ipv4.ip_forward", "0", Containers[..1], null },
        { "net.ipv4.ip_forward", "1", Containers, null },
        { "net.core.default_qdisc", "pfifo_fast", [Waits(500, 600)], "fq_codel" },
        { "net.core.default_qdisc", "pfifo_fast", [Waits(0, 600)], null },
        { "net.core.default_qdisc", "pfifo_fast", [Waits(500, 600) with { Discipline = "fq_codel" }], null },
        { "net.ipv4.tcp_slow_start_after_idle", "1", [Paused, Paused, Paused], "0" },
        { "net.ipv4.tcp_slow_start_after_idle", "1", [Paused, Paused], null },
        { "net.ipv4.tcp_slow_start_after_idle", "1", [Paused with { CongestionWindow = 60 }, Paused, Paused], null },
        { "net.ipv4.tcp_slow_start_after_idle", "1", [Paused with { TotalRetransmitted = 1 }, Paused, Paused], null },
        { "net.ipv4.tcp_slow_start_after_idle", "1", [Paused with { MinRoundTrip = TimeSpan.FromMilliseconds(1) }, Paused, Paused], null },
        { "net.ipv4.tcp_ecn", "1", [], null },
        { "net.ipv4.tcp_ecn_fallback", "0", [Grown("TcpExt.TCPSynRetrans")], null }, // Innocent: nobody asks for marks
        { "net.ipv4.conf.all.rp_filter", "1", [TwoWays], "2" },
        { "net.ipv4.conf.all.rp_filter", "1", [new RouteTable([TwoWays.Routes[0]])], null },
        { "net.ipv4.conf.all.rp_filter", "2", [TwoWays], null },
        { "net.ipv4.tcp_mtu_probing", "0", [Grown("Ip.FragFails")], "1" },
        { "net.ipv4.ip_local_port_range", "32768 33000", [], "32768 60999" },
        { "net.ipv4.ip_local_port_range", "15 65535", [], "1024 65535" },
        { "net.ipv4.ip_local_port_range", "1024 65535", [], null },
        { "net.ipv4.ip_local_port_range", "x", [], null },
        { "net.ipv4.tcp_rmem", "4096 16777216 33554432", [], "4096 131072 33554432" },
        { "net.ipv4.tcp_mem", "64 128 575796", [Memory], "98304 131072 196608" },
        { "net.ipv4.tcp_mem", "64 128 575796", [], null },
        { "net.ipv4.tcp_congestion_control", "reno", [], "cubic" },
        { "net.ipv4.tcp_congestion_control", "bbr", [Lossy, Far], null },
        { "net.ipv4.tcp_congestion_control", "cubic", [Lossy, Far], "bbr" },
        { "net.ipv4.tcp_congestion_control", "cubic", [Lossy], null },
    };

    private static KernelCounters Lossy => new(
        new Dictionary<string, long> { ["Tcp.RetransSegs"] = 60, ["TcpExt.TCPOrigDataSent"] = 3000 }, TimeSpan.FromSeconds(1));

    private static InterfaceAddresses IPv6OfContainers => new([new InterfaceAddress("br-app", IPAddress.Parse("2001:db8:1::1"), 64)]);

    // Sends what takes more than a first window, after a pause, over a distance and without loss.
    private static TcpFlow Paused => new(IPAddress.Parse("192.0.2.1"), 443, IPAddress.Parse("198.51.100.7"), 50_000, TimeSpan.FromSeconds(1))
    {
        IsAppLimited = true,
        CongestionWindow = 10,
        SendMss = 1448,
        MinRoundTrip = TimeSpan.FromMilliseconds(80),
        Sent = 100_000,
        TotalSent = 10_000_000,
    };

    private static QueueDiscipline Waits(int before, int now) => new("eth0", "pfifo_fast", "0:") { LengthBefore = before, Length = now };

    private static TcpInfoSample Far => new(IPAddress.Parse("192.0.2.9"), 443, "end", TimeSpan.FromMilliseconds(80), TimeSpan.Zero);

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_better_value_is_named_only_where_there_is_one(string name, string value, Observation[] seen, string? better)
    {
        var values = new Dictionary<string, string>(Usual) { [name] = value };

        Signal[] signals = [.. new KernelSettingValues().Evaluate(new EvidenceSet([new KernelSettings(values), .. seen]))];

        Signal told = Assert.Single(signals, signal => signal.Title == name);
        Assert.Equal(better, told.Remedies.SingleOrDefault()?.Setting!.Value);
        Assert.Equal(better is null ? Standing.Fine : told.Standing, told.Standing);
        Assert.All(signals.Except([told]), signal => Assert.Equal((Standing.Fine, ""), (signal.Standing, signal.Meaning)));
        Assert.NotEqual(value, better);
    }

    [Fact]
    public void Nothing_is_said_of_a_machine_that_nobody_tuned()
    {
        Signal[] signals = [.. new KernelSettingValues().Evaluate(new EvidenceSet(new KernelSettings(Usual), Service, TwoWays, Memory, Waiting(10)))];

        Assert.All(signals, signal => Assert.Equal((Standing.Fine, Usual[signal.Title]), (signal.Standing, signal.Value)));
        Assert.Contains(signals, signal => signal.Title == "net.ipv4.tcp_max_orphans");
        Assert.Empty(new KernelSettingValues().Evaluate(new EvidenceSet(Service)));
    }

    [Fact]
    public void Settings_that_lean_on_others_are_judged_with_them()
    {
        Assert.Equal("1", Better("net.ipv4.tcp_ecn_fallback", Grown("TcpExt.TCPSynRetrans"), ("net.ipv4.tcp_ecn", "1"), ("net.ipv4.tcp_ecn_fallback", "0")));
        Assert.Equal("0", Better("net.ipv4.conf.all.accept_redirects", Grown("Icmp.InRedirects"), ("net.ipv4.ip_forward", "1")));
        Assert.Null(Better("net.ipv4.conf.all.accept_redirects", Grown("Icmp.InRedirects")));
        Assert.Equal("1", Better("net.ipv4.conf.br-app.forwarding", Service, ("net.ipv4.ip_forward", "1"), ("net.ipv4.conf.br-app.forwarding", "0")));
        Assert.Equal("1", Better("net.ipv6.conf.all.forwarding", IPv6OfContainers, ("net.ipv4.ip_forward", "1"), ("net.ipv4.conf.br-app.forwarding", "1")));
        Assert.Null(Better("net.ipv6.conf.all.forwarding", IPv6OfContainers, ("net.ipv4.ip_forward", "1"), ("net.ipv4.conf.br-app.forwarding", "1"), ("net.ipv6.conf.all.forwarding", "1")));
        // Its own default route may come by router advertisements, which the kernel drops when it begins to forward.
        Assert.Null(Better("net.ipv6.conf.all.forwarding", IPv6OfContainers, ("net.ipv4.ip_forward", "1"), ("net.ipv4.conf.br-app.forwarding", "1"), ("net.ipv6.conf.eth0.accept_ra", "1")));
        Signal sender = Assert.Single(Judged(Grown("Icmp.OutRedirects")), signal => signal.Standing is not Standing.Fine);
        Assert.Equal(("net.ipv4.conf.all.send_redirects", 0), (sender.Title, sender.Remedies.Length)); // the cure is elsewhere

        static IEnumerable<Signal> Judged(Observation seen, params (string Name, string Value)[] others)
        {
            Dictionary<string, string> values = new(Usual);
            foreach ((string name, string value) in others)
                values[name] = value;
            return new KernelSettingValues().Evaluate(new EvidenceSet([new KernelSettings(values), seen, .. others.Any(other => other.Name.Contains("br-app", StringComparison.Ordinal)) ? Containers : []]));
        }

        static string? Better(string name, Observation seen, params (string Name, string Value)[] others) =>
            Judged(seen, others).Single(signal => signal.Title == name).Remedies.SingleOrDefault()?.Setting!.Value;
    }

    [Fact]
    public void No_advice_ever_gives_a_setting_that_harms()
    {
        // Whatever the values are: never tcp_tw_recycle, no negative number, never the value that is there.
        string[] values = ["", "0", "1", "2", "3", "-1", "7", "128", "1023", "65535", "99999999999999999999", "4096 1 2", "1 2", "9 9 9", "reno", "a b c", "0 0 0"];
        foreach (string value in values)
        {
            KernelSettings settings = new(KernelSettingValues.Names.ToDictionary(name => name, _ => value));
            foreach (SettingChange change in new KernelSettingValues().Evaluate(new EvidenceSet([settings, Service, TwoWays, Memory, Lossy, Far, Waiting(30_000), Towards("192.0.2.9", 28_000), Grown("Ip.FragFails"), .. Containers]))
                .SelectMany(signal => signal.Remedies).Select(remedy => remedy.Setting!))
            {
                Assert.False(change.Name.EndsWith("tw_recycle", StringComparison.Ordinal) && change.Value != "0");
                Assert.NotEqual(value, change.Value);
                Assert.DoesNotContain("-", change.Value, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("net.core.somaxconn", "net/core/somaxconn", "net.core.somaxconn")]
    [InlineData("net.ipv4.conf.eth0.rp_filter", "net/ipv4/conf/eth0/rp_filter", "net.ipv4.conf.eth0.rp_filter")]
    [InlineData("net.ipv4.conf.eth0.100.rp_filter", "net/ipv4/conf/eth0.100/rp_filter", "net/ipv4/conf/eth0.100/rp_filter")]
    public void The_name_of_an_interface_keeps_its_dots(string name, string path, string key)
    {
        var change = new SettingChange(name, "2");

        Assert.Equal((path, key, $"{key} = 2", $"sysctl -w {key}=2"), (change.Path, change.Key, change.Line, change.Command));
    }

    private static SocketCensus Waiting(int count) => new("all", new Dictionary<string, int> { ["time-wait"] = count }, true);

    private static EphemeralPorts Towards(string address, int waiting) =>
        new(IPAddress.Parse(address), 443, 32_768, 60_999, waiting, waiting) { Source = IPAddress.Parse(address is "127.0.0.1" ? address : "192.0.2.1") };

    private static KernelCounters Grown(string name) => new(new Dictionary<string, long> { [name] = 30 }, TimeSpan.FromSeconds(1));
}

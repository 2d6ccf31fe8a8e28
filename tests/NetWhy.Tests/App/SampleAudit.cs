using NetWhy.Diagnose;
using NetWhy.Diagnose.Audit;
using NetWhy.Evidence;

namespace NetWhy.Tests.App;

/// <summary>An audit with something of each kind, made by hand: what a renderer must show, whatever the checks are.</summary>
internal static class SampleAudit
{
    private static readonly InvestigationStarted Started = new("0.1.0", "", TargetKind.HostState, null, null, null)
    {
        Id = "o1",
        Vantage = "web1 net:[4026531840]",
        At = DateTimeOffset.UnixEpoch,
        HasNetAdmin = false,
    };

    /// <summary>One with problems.</summary>
    public static Diagnosis Troubled() => Of(
        new Signal("accept-queue-full", Standing.Critical, "accept queue of 0.0.0.0:8080", "17 waiting", "16")
        {
            Meaning = "The accept queue of 0.0.0.0:8080 is full (17 waiting, limit 16): python3 (pid 4711) does not accept connections fast enough.",
            Cause = "accept-queue-full",
            Remedies =
            [
                new Remedy("See whether the process hangs, and where (wchan).", "cat /proc/4711/status /proc/4711/wchan"),
                Remedy.Set("Allow a longer queue.", "net.core.somaxconn", "4096"),
            ],
        },
        new Signal("udp.receive-errors", Standing.Warning, "UDP datagrams lost, buffer full", "49 in 1 s, 1204 since start", "")
        {
            Meaning = "Datagrams arrive faster than a program reads them, and those that find its buffer full are lost (12 % of all).",
            Remedies = [new Remedy("See whose: d is what each socket dropped, rb its buffer.", "ss -uanmp | grep -v ',d0)'")],
        },
        new Signal("memory", Standing.Warning, "memory of TCP sockets", "1.6 GiB", "2.2 GiB (pressure at 1.46 GiB, tcp_mem)")
        {
            Meaning = "The memory that TCP may use on this machine is short.",
            Remedies = [Remedy.Set("Give TCP twice as much.", "net.ipv4.tcp_mem", "196608 262144 393216"), new Remedy("Reboot the switch.", "reload", "the switch")],
        },
        new Signal("settings", Standing.Advice, "net.ipv4.conf.eth0.100.rp_filter", "1", "")
        {
            Meaning = "The reverse path filter is strict with more than one way out (eth0.100, eth1).",
            Remedies = [Remedy.Set("Set it to a better value here.", "net.ipv4.conf.eth0.100.rp_filter", "2")],
        },
        new Signal("softnet.flow-limit", Standing.Unknown, "packets dropped by the flow limit", "this kernel does not count them", ""),
        new Signal("tcp.checksums", Standing.Fine, "TCP segments with a wrong checksum", "none in 1 s, none since start", ""),
        new Signal("udp.memory", Standing.Fine, "memory of UDP sockets", "0 octets", "4.39 GiB (pressure at 2.93 GiB, udp_mem)"));

    /// <summary>One in which strings from outside try to do harm.</summary>
    public static Diagnosis Hostile() => Of(
        new Signal("x", Standing.Critical, "queue\nof \e[2J$(reboot)", "1\n2", "`reboot`")
        {
            Meaning = "a\nreboot\n'; reboot; '",
            Remedies =
            [
                Remedy.Set("a\nreboot", "net.ipv4.conf.$(reboot).rp_filter", "2"),
                Remedy.Set("b", "net.ipv4.conf.../../../etc.x", "2"),
                Remedy.Set("c", "net.ipv4.tcp_sack", "1\nreboot"),
                Remedy.Set("d", "net.ipv4.tcp_sack", "1"),
                new Remedy("e\nreboot", "echo 1\nreboot"),
            ],
        });

    /// <summary>One in which all is well.</summary>
    public static Diagnosis Quiet() => Of(new Signal("tcp.checksums", Standing.Fine, "TCP segments with a wrong checksum", "none in 1 s, none since start", ""));

    /// <summary>One with given signals.</summary>
    public static Diagnosis Of(params Signal[] signals)
    {
        NotObserved[] gaps =
        [
            new("the firewall rules of this machine", "needs CAP_NET_ADMIN") { Id = "o2", Probe = "local.firewall" },
            new("the owners of sockets", "needs root, or CAP_SYS_PTRACE") { Id = "o3", Probe = "socket.groups" },
            new("the entries of connection tracking", "needs CAP_NET_ADMIN") { Id = "o4", Probe = "conntrack" },
        ];
        return Diagnosis.Of(new EvidenceSet([Started, .. gaps]), []) with { Signals = [.. signals.OrderBy(signal => signal.Standing)] };
    }
}

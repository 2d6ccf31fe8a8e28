using System.Globalization;
using System.Net;
using System.Text;
using NetWhy.Tests.App;
using NetWhy.Tests.Collect;
using Xunit;

namespace NetWhy.Tests.Paths;

/// <summary>
/// A host and routers behind each other, each a network namespace: link i joins <c>i - 1</c> (10.77.i.1, fd77:i::1) and <c>i</c>
/// (10.77.i.2, fd77:i::2). They answer without limit of rate.
/// </summary>
internal sealed class RouterChain : IDisposable
{
    private static int _number;

    private readonly string _prefix = string.Create(CultureInfo.InvariantCulture, $"netwhy-path-{Environment.ProcessId}-{Interlocked.Increment(ref _number)}-");
    private readonly int _hops;

    public RouterChain(int hops)
    {
        if (Environment.UserName != "root")
            Assert.Skip("network namespaces need root");
        _hops = hops;
        var script = new StringBuilder();
        for (int i = 0; i <= hops; i++)
            script.AppendLine(CultureInfo.InvariantCulture, $"ip netns add {this[i]}; ip -n {this[i]} link set lo up; ip netns exec {this[i]} sh -c '{Settings}'");
        for (int i = 1; i <= hops; i++)
        {
            script.AppendLine(CultureInfo.InvariantCulture, $"""
                ip link add east netns {this[i - 1]} type veth peer name west netns {this[i]}
                ip -n {this[i - 1]} addr add 10.77.{i}.1/24 dev east; ip -n {this[i]} addr add 10.77.{i}.2/24 dev west
                ip -n {this[i - 1]} addr add fd77:{i:x}::1/64 dev east nodad; ip -n {this[i]} addr add fd77:{i:x}::2/64 dev west nodad
                ip -n {this[i - 1]} link set east up; ip -n {this[i]} link set west up
                """);
        }

        for (int i = 0; i <= hops; i++)
        {
            if (i < hops)
                script.AppendLine(CultureInfo.InvariantCulture, $"ip -n {this[i]} route add default via 10.77.{i + 1}.2; ip -n {this[i]} -6 route add default via fd77:{i + 1:x}::2");
            for (int j = 1; j < i; j++)
                script.AppendLine(CultureInfo.InvariantCulture, $"ip -n {this[i]} route add 10.77.{j}.0/24 via 10.77.{i}.1; ip -n {this[i]} -6 route add fd77:{j:x}::/64 via fd77:{i:x}::1");
        }

        script.AppendLine(CultureInfo.InvariantCulture, $"for a in {Target} {Address(hops, isV6: true)}; do ip netns exec {this[0]} ping -q -c 1 -W 5 $a; done"); // neighbours are known
        AuditedNamespace.Shell(null, script.ToString());
    }

    /// <summary>The namespace of the host, 0, or of a router.</summary>
    public string this[int number] => _prefix + number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Address of the last one.</summary>
    public IPAddress Target => Address(_hops);

    /// <summary>Address of a router as its left neighbour sees it.</summary>
    public static IPAddress Address(int number, bool isV6 = false) =>
        IPAddress.Parse(isV6 ? string.Create(CultureInfo.InvariantCulture, $"fd77:{number:x}::2") : string.Create(CultureInfo.InvariantCulture, $"10.77.{number}.2"));

    /// <summary>Joins a router and the next one by links of equal cost, over which the first balances flows of TCP and UDP.</summary>
    /// <param name="router">The first.</param>
    /// <param name="branches">How many links; their far ends are <see cref="Branch"/>.</param>
    public void Diamond(int router, int branches)
    {
        var script = new StringBuilder();
        var hops = new StringBuilder();
        for (int i = 1; i <= branches; i++)
        {
            script.AppendLine(CultureInfo.InvariantCulture, $"""
                ip link add d{i} netns {this[router]} type veth peer name d{i} netns {this[router + 1]}
                ip -n {this[router]} addr add 10.79.{router}.{4 * i + 1}/30 dev d{i}; ip -n {this[router + 1]} addr add {Branch(router, i)}/30 dev d{i}
                ip -n {this[router]} link set d{i} up; ip -n {this[router + 1]} link set d{i} up
                """);
            hops.Append(CultureInfo.InvariantCulture, $" nexthop via {Branch(router, i)} dev d{i}");
        }

        AuditedNamespace.Shell(null, script.ToString());
        Shell(router, $"sysctl -qw net.ipv4.fib_multipath_hash_policy=3 net.ipv4.fib_multipath_hash_fields=0x37; ip route replace default {hops}");
        Shell(router + 1, "sysctl -qw net.ipv4.icmp_errors_use_inbound_ifaddr=1");
    }

    /// <summary>Address of the far end of a branch, from 1.</summary>
    public static IPAddress Branch(int router, int branch) =>
        IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"10.79.{router}.{4 * branch + 2}"));

    /// <summary>Runs a shell script on one of them.</summary>
    public void Shell(int number, string script) => AuditedNamespace.Shell(this[number], script);

    /// <summary>Runs a program on the host.</summary>
    public ProgramResult Run(params string[] command) => NetWhyProgram.Run("ip", ["netns", "exec", this[0], .. command], []);

    /// <summary>Runs netwhy on the host.</summary>
    public ProgramResult NetWhy(params string[] arguments) => Run([NetWhyProgram.Path, .. arguments]);

    public void Dispose()
    {
        for (int i = 0; i <= _hops; i++)
            _ = NetWhyProgram.Run("ip", ["netns", "del", this[i]], []);
    }

    private static string Settings => string.Join("; ", (string[])
    [
        "sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_msgs_per_sec=100000 net.ipv4.icmp_msgs_burst=10000",
        "sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 net.ipv6.conf.all.forwarding=1 net.ipv6.icmp.ratelimit=0",
        "sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.dad_transmits=0",
        "sysctl -qw net.ipv4.ping_group_range=\"0 2147483647\"",
    ]);
}

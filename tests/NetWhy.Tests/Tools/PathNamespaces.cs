using System.Globalization;
using NetWhy.Tests.App;
using NetWhy.Tests.Collect;
using Xunit;

namespace NetWhy.Tests.Tools;

/// <summary>A client, a router and a server in network namespaces of their own: what a tool of the path says there is compared with the original.</summary>
/// <remarks>The way from router to server is 1400 octets wide. The router rejects some networks, each for another reason.</remarks>
public sealed class PathNamespaces : IDisposable
{
    private static int _number;

    private readonly string _unique;

    public PathNamespaces()
    {
        if (Environment.UserName != "root")
            Assert.Skip("network namespaces need root");
        _unique = string.Create(CultureInfo.InvariantCulture, $"netwhy-way-{Environment.ProcessId}-{Interlocked.Increment(ref _number)}");
        Directory.CreateDirectory($"/etc/netns/{Client}");
        File.WriteAllText($"/etc/netns/{Client}/hosts", "127.0.0.1 localhost\n10.91.1.1 router.test\n10.91.2.2 server.test server\nfd91:2::2 server.test\nfd91:2::2 six.test\n10.91.2.2 four.test\n");
        File.WriteAllText($"/etc/netns/{Client}/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
        try
        {
            Make();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private void Make() => AuditedNamespace.Shell(null, $"""
            for n in {Client} {Router} {Server}; do ip netns add $n; ip -n $n link set lo up; done
            ip link add eth0 netns {Client} type veth peer name eth0 netns {Router}
            ip link add eth1 netns {Router} type veth peer name eth0 netns {Server}
            ip -n {Client} addr add 10.91.1.2/24 dev eth0; ip -n {Client} addr add fd91:1::2/64 dev eth0 nodad
            ip -n {Router} addr add 10.91.1.1/24 dev eth0; ip -n {Router} addr add fd91:1::1/64 dev eth0 nodad
            ip -n {Router} addr add 10.91.2.1/24 dev eth1; ip -n {Router} addr add fd91:2::1/64 dev eth1 nodad
            ip -n {Server} addr add 10.91.2.2/24 dev eth0; ip -n {Server} addr add fd91:2::2/64 dev eth0 nodad
            ip -n {Client} link set eth0 up; ip -n {Router} link set eth0 up
            ip -n {Router} link set eth1 mtu 1400 up; ip -n {Server} link set eth0 mtu 1400 up
            ip netns exec {Router} sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
            ip -n {Client} route add default via 10.91.1.1; ip -n {Client} -6 route add default via fd91:1::1
            ip -n {Server} route add default via 10.91.2.1; ip -n {Server} -6 route add default via fd91:2::1
            ip -n {Client} route add blackhole 6.6.6.6; ip -n {Client} route add unreachable 6.6.6.7; ip -n {Client} route add prohibit 6.6.6.8
            ip netns exec {Router} nft -f - <<'END'
            table inet way {"{"}
              chain f {"{"} type filter hook forward priority 0;
                ip daddr 10.91.10.0/24 reject with icmp type net-unreachable
                ip daddr 10.91.11.0/24 reject with icmp type host-unreachable
                ip daddr 10.91.12.0/24 reject with icmp type prot-unreachable
                ip daddr 10.91.13.0/24 reject with icmp type port-unreachable
                ip daddr 10.91.14.0/24 reject with icmp type net-prohibited
                ip daddr 10.91.15.0/24 reject with icmp type host-prohibited
                ip daddr 10.91.16.0/24 reject with icmp type admin-prohibited
                ip6 daddr fd91:10::/64 reject with icmpv6 type no-route
                ip6 daddr fd91:11::/64 reject with icmpv6 type admin-prohibited
                ip6 daddr fd91:13::/64 reject with icmpv6 type addr-unreachable
                ip6 daddr fd91:14::/64 reject with icmpv6 type port-unreachable
                ip daddr 10.91.20.0/24 drop
                ip6 daddr fd91:20::/64 drop
              {"}"}
            {"}"}
            END
            for n in 10 11 12 13 14 15 16 20; do ip -n {Router} route add 10.91.$n.0/24 via 10.91.2.2; done
            for n in 10 11 13 14 20; do ip -n {Router} -6 route add fd91:$n::/64 via fd91:2::2; done
            """);

    /// <summary>Name of the client's namespace: 10.91.1.2, fd91:1::2.</summary>
    public string Client => _unique + "c";

    /// <summary>Name of the router's namespace: 10.91.1.1 and 10.91.2.1.</summary>
    public string Router => _unique + "r";

    /// <summary>Name of the server's namespace: 10.91.2.2, fd91:2::2.</summary>
    public string Server => _unique + "s";

    /// <summary>Runs a program in a namespace to its end, and interrupts it after a minute.</summary>
    internal static ProgramResult Run(string name, params string[] command) =>
        NetWhyProgram.Run("timeout", ["-s", "INT", "-k", "5", "60", "ip", "netns", "exec", name, .. command], []);

    public void Dispose()
    {
        AuditedNamespace.Shell(null, $"for n in {Client} {Router} {Server}; do ip netns del $n || true; done; rm -rf /etc/netns/{Client}");
    }
}

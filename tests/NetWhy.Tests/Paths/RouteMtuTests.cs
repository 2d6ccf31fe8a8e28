using System.Net;
using NetWhy.Linux;
using NetWhy.Paths;
using NetWhy.Tests.Collect;
using NetWhy.Tests.Tools;
using Xunit;

namespace NetWhy.Tests.Paths;

/// <summary>What the kernel says of the way that probes leave by.</summary>
public sealed class RouteMtuTests(PathNamespaces way) : IClassFixture<PathNamespaces>
{
    [Fact]
    public void The_way_is_that_of_a_probes_mark_source_and_type_of_service()
    {
        AuditedNamespace.Shell(way.Client, """
            ip addr add 10.91.1.3/24 dev eth0
            ip rule add fwmark 7 table 107; ip route add 10.91.2.0/24 via 10.91.1.1 mtu lock 700 table 107
            ip rule add from 10.91.1.3 table 108; ip route add 10.91.2.0/24 via 10.91.1.1 mtu lock 800 table 108
            ip rule add tos 0x10 table 109; ip route add 10.91.2.0/24 via 10.91.1.1 mtu lock 900 table 109
            """);

        Assert.Equal(1500, Path(Plain));
        Assert.Equal(700, Path(Plain with { FirewallMark = 7 }));
        Assert.Equal(800, Path(Plain with { Source = IPAddress.Parse("10.91.1.3") }));
        Assert.Equal(900, Path(Plain with { Tos = 0x12 }));
    }

    private static ProbeOptions Plain => new(ProbeProtocol.Icmp, IPAddress.Parse("10.91.2.2"));

    private int? Path(ProbeOptions options) => NetworkNamespace.Run(way.Client, () => RouteMtu.Of(options)?.Path);
}

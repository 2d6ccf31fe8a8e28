using System.Net;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;
using Xunit;

namespace NetWhy.Tests.Linux;

public sealed class RouteNetlinkTests
{
    [Fact]
    public void Finds_the_loopback_interface()
    {
        using RouteNetlink netlink = RouteNetlink.Open();
        LinkMessage loopback = Assert.Single(
            netlink.Links(), link => link.Header.Flags.HasFlag(LinkFlags.Loopback));

        Assert.Equal("lo", loopback.Name);
        Assert.True(loopback.Mtu > 0);
    }

    [Fact]
    public void An_interface_that_a_torn_dump_tells_twice_has_its_last_name()
    {
        LinkMessage[] links =
        [
            new(default(LinkHeader) with { Index = 2 }, "eth0"),
            new(default(LinkHeader) with { Index = 3 }, "veth1"),
            new(default(LinkHeader) with { Index = 3 }, "renamed"),
        ];

        Assert.Equal(new Dictionary<int, string> { [2] = "eth0", [3] = "renamed" }, RouteNetlink.NamesOf(links));
        using RouteNetlink netlink = RouteNetlink.Open();
        Assert.Contains("lo", netlink.LinkNames().Values);
        Assert.All(netlink.LinkNames(), link => Assert.Equal(link.Value, InterfaceIndex.NameOf(link.Key)));
        Assert.Equal((null, null, null), (InterfaceIndex.NameOf(0), InterfaceIndex.NameOf(-1), InterfaceIndex.NameOf(int.MaxValue)));
    }

    [Fact]
    public void A_kernel_that_says_nothing_is_not_waited_for()
    {
        using NetlinkSocket socket = NetlinkSocket.Open(NetlinkProtocol.SockDiag);

        Assert.Equal((int)Errno.EAGAIN, Assert.Throws<LinuxException>(() => socket.Receive(new byte[64])).Errno);
    }

    [Fact]
    public void Finds_the_rules_that_every_machine_has()
    {
        using RouteNetlink netlink = RouteNetlink.Open();
        IEnumerable<RuleMessage> ipv4 = netlink.Rules().Where(rule => rule.Header.Family == 2);

        Assert.Contains(ipv4, rule => rule is { Priority: 0, Table: 255 });
        Assert.Contains(ipv4, rule => rule is { Priority: 32766, Table: 254 });
    }

    [Fact]
    public void Says_that_an_own_address_is_local()
    {
        using RouteNetlink netlink = RouteNetlink.Open();
        Errno errno = netlink.Lookup(IPAddress.Loopback, default, out RouteMessage? route);

        Assert.Equal(Errno.OK, errno);
        Assert.Equal(RouteType.Local, route!.Header.Type);
    }

    [Fact]
    public void Says_why_a_lookup_by_an_absent_interface_fails()
    {
        using RouteNetlink netlink = RouteNetlink.Open();
        Errno errno = netlink.Lookup(IPAddress.Parse("192.0.2.1"), new(InterfaceIndex: 1 << 20), out _);

        Assert.True(errno is Errno.ENODEV or Errno.ENETUNREACH, errno.ToString());
    }

    [Fact]
    public void Finds_no_neighbour_where_there_is_none()
    {
        using RouteNetlink netlink = RouteNetlink.Open();
        Assert.Null(netlink.Neighbour(IPAddress.Parse("192.0.2.77"), interfaceIndex: 1));
    }
}

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
    public void Finds_the_rules_that_every_machine_has()
    {
        using RouteNetlink netlink = RouteNetlink.Open();
        IEnumerable<RuleMessage> ipv4 = netlink.Rules().Where(rule => rule.Header.Family == 2);

        Assert.Contains(ipv4, rule => rule is { Priority: 0, Table: 255 });
        Assert.Contains(ipv4, rule => rule is { Priority: 32766, Table: 254 });
    }

    [Fact]
    public void Looks_an_own_address_up_in_the_local_table()
    {
        using RouteNetlink netlink = RouteNetlink.Open();
        Errno errno = netlink.Lookup(IPAddress.Loopback, default, out RouteMessage? route);

        Assert.Equal(Errno.OK, errno);
        Assert.Equal((RouteType.Local, 255), (route!.Header.Type, route.Table));
    }

    [Fact]
    public void Refuses_an_address_that_no_route_leads_to()
    {
        using RouteNetlink netlink = RouteNetlink.Open();

        // Source 127.0.0.1 may not leave by another interface, so a lookup with a wrong one must fail.
        Assert.NotEqual(Errno.OK, netlink.Lookup(IPAddress.Parse("0.0.0.1"), new(InterfaceIndex: 1 << 20), out _));
    }

    [Fact]
    public void Finds_no_neighbour_where_there_is_none()
    {
        using RouteNetlink netlink = RouteNetlink.Open();
        Assert.Null(netlink.Neighbour(IPAddress.Parse("192.0.2.77"), interfaceIndex: 1));
    }
}

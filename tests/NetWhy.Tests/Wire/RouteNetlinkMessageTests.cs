using System.Buffers;
using System.Net;
using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;
using NetWhy.Wire.Netlink;
using Xunit;

namespace NetWhy.Tests.Wire;

public sealed class RouteNetlinkMessageTests
{
    private static byte[] Attribute(int type, params byte[] value)
    {
        byte[] octets = new byte[(4 + value.Length + 3) & ~3];
        octets[0] = (byte)(4 + value.Length);
        octets[2] = (byte)type;
        value.CopyTo(octets, 4);
        return octets;
    }

    private static byte[] Message<THeader>(THeader header, params byte[][] attributes)
        where THeader : unmanaged =>
        [.. MemoryMarshal.AsBytes(new ReadOnlySpan<THeader>(in header)), .. attributes.SelectMany(octets => octets)];

    [Fact]
    public void Reads_a_route_with_its_table_metrics_and_gateway()
    {
        var header = new RouteHeader(2, 24, 0, 0, 254, 3, 0, RouteType.Unicast, RouteFlags.LinkDown);
        byte[] octets = Message(
            header,
            Attribute(1, 10, 0, 2, 0),
            Attribute(5, 10, 0, 1, 1),
            Attribute(4, 7, 0, 0, 0),
            Attribute(15, 0xe9, 3, 0, 0),
            Attribute(8, [.. Attribute(2, 0x14, 5, 0, 0), .. Attribute(8, 200, 0, 0, 0)]));

        Assert.Equal(OperationStatus.Done, RouteMessage.Read(octets, out RouteMessage? route));
        Assert.Equal(IPAddress.Parse("10.0.2.0"), route!.Destination);
        Assert.Equal(IPAddress.Parse("10.0.1.1"), route.Gateway);
        Assert.Equal((7, 1001, 1300, 200), (route.InterfaceIndex, route.Table, route.Mtu, route.AdvertisedMss));
        Assert.Equal(RouteFlags.LinkDown, route.Header.Flags);
    }

    [Fact]
    public void Reads_the_errno_of_a_refusing_ipv6_route()
    {
        byte[] cache = new byte[32];
        MemoryMarshal.Write(cache.AsSpan(12), -22);
        byte[] octets = Message(default(RouteHeader) with { Type = RouteType.Blackhole }, Attribute(12, cache));

        Assert.Equal(OperationStatus.Done, RouteMessage.Read(octets, out RouteMessage? route));
        Assert.Equal(22, route!.Error);
    }

    [Fact]
    public void Reads_every_next_hop_of_a_multipath_route()
    {
        byte[] first = [16, 0, 0, 0, 3, 0, 0, 0, .. Attribute(5, 10, 0, 1, 1)];
        byte[] second = [8, 0, 1, 4, 5, 0, 0, 0];
        byte[] octets = Message(default(RouteHeader), Attribute(9, [.. first, .. second]));

        Assert.Equal(OperationStatus.Done, RouteMessage.Read(octets, out RouteMessage? route));
        Assert.Equal(
            [new(IPAddress.Parse("10.0.1.1"), 3, 1, RouteFlags.None), new(null, 5, 5, RouteFlags.Dead)],
            route!.NextHops);
    }

    [Fact]
    public void Writes_a_rule_as_ip_rule_does()
    {
        var header = new RuleHeader(2, 24, 0, 0, 100, 0, 0, 1, 0);
        byte[] octets = Message(
            header,
            Attribute(1, 10, 10, 2, 0),
            Attribute(6, 0x1e, 0, 0, 0),
            Attribute(10, 1, 0, 0, 0),
            Attribute(16, 0xff, 0, 0, 0),
            Attribute(22, 6),
            Attribute(24, 0xbb, 1, 0xbb, 1));

        Assert.Equal(OperationStatus.Done, RuleMessage.Read(octets, out RuleMessage? rule));
        Assert.Equal("from all to 10.10.2.0/24 fwmark 0x1/0xff ipproto tcp dport 443 lookup 100", rule!.ToText());
        Assert.Equal((30u, 100), (rule.Priority, rule.Table));
        Assert.True(rule.AppliesToOwnPackets);
    }

    [Theory]
    [InlineData(NeighbourStates.Failed, "failed")]
    [InlineData(NeighbourStates.Permanent, "permanent")]
    [InlineData(NeighbourStates.None, "none")]
    public void Names_the_state_of_a_neighbour(NeighbourStates state, string name)
    {
        byte[] octets = Message(
            default(NeighbourHeader) with { Family = 2, Index = 2, State = state, Flags = 0x80 },
            Attribute(1, 10, 0, 1, 1),
            Attribute(2, 2, 0, 0x5e, 0, 0, 1));

        Assert.Equal(OperationStatus.Done, NeighbourMessage.Read(octets, out NeighbourMessage? neighbour));
        Assert.Equal(name, neighbour!.StateName);
        Assert.Equal("02:00:5e:00:00:01", neighbour.HardwareAddress);
        Assert.True(neighbour.IsRouter);
    }

    [Fact]
    public void Ends_at_an_attribute_that_claims_more_than_there_is()
    {
        var attributes = new NetlinkAttributes([8, 0, 1, 0, 1, 2, 3, 4, 200, 0, 2, 0, 9]);
        Assert.True(attributes.Read());
        Assert.Equal(0x04030201u, attributes.Number);
        Assert.False(attributes.Read());
        Assert.False(attributes.Read());
    }

    [Fact]
    public void Survives_any_octets() =>
        Prop.ForAll<byte[]>(octets =>
        {
            _ = LinkMessage.Read(octets, out _);
            _ = AddressMessage.Read(octets, out _);
            _ = NeighbourMessage.Read(octets, out _);
            if (RouteMessage.Read(octets, out RouteMessage? route) is OperationStatus.Done)
                Assert.InRange(route!.NextHops.Length, 0, 256);
            if (RuleMessage.Read(octets, out RuleMessage? rule) is OperationStatus.Done)
                Assert.NotEmpty(rule!.ToText());
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Asks_for_a_family_and_for_error_correction_as_the_kernel_reads_it()
    {
        byte[] family = [32, 0, 0, 0, 16, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 3, 1, 0, 0, 12, 0, 2, 0, .. "ethtool\0"u8];
        byte[] correction = [40, 0, 0, 0, 21, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 29, 1, 0, 0, 20, 0, 1, 0x80, 8, 0, 1, 0, 3, 0, 0, 0, 8, 0, 3, 0, 4, 0, 0, 0];
        byte[] buffer = new byte[64];

        Assert.Equal(family, GenericFamily.Ask(buffer, "ethtool", sequence: 1).ToArray());
        Array.Fill(buffer, (byte)0xff);
        Assert.Equal(correction, ErrorCorrectionMessage.Ask(buffer, (NetlinkMessageType)21, interfaceIndex: 3, sequence: 2).ToArray());
    }

    [Fact]
    public void Survives_attributes_with_any_octets_in_them()
    {
        Prop.ForAll<byte[], byte>((value, type) =>
        {
            byte[] attribute = Attribute(type & 0x3f, value[..Math.Min(value.Length, 200)]);
            _ = LinkMessage.Read(Message(default(LinkHeader), attribute), out _);
            _ = AddressMessage.Read(Message(default(AddressHeader), attribute), out _);
            _ = RouteMessage.Read(Message(default(RouteHeader), attribute), out _);
            _ = NeighbourMessage.Read(Message(default(NeighbourHeader), attribute), out _);
            if (RuleMessage.Read(Message(default(RuleHeader), attribute), out RuleMessage? rule) is OperationStatus.Done)
                _ = rule!.ToText();
        }).QuickCheckThrowOnFailure();
    }
}

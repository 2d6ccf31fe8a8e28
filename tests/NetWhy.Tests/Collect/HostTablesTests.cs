using System.Net;
using System.Text.Json;
using NetWhy.Collect.Probes;
using NetWhy.Linux;
using Xunit;

namespace NetWhy.Tests.Collect;

/// <summary>What an audit reads from the kernel's tables, made to happen in namespaces of their own.</summary>
public sealed class HostTablesTests
{
    [Fact]
    public void A_quiet_machine_has_nothing_wrong()
    {
        using var network = new AuditedNamespace();
        AuditedNamespace.Shell(network.Name, "tc qdisc add dev eth0 root pfifo limit 100; ping -c 1 -W 1 10.9.0.2 >/dev/null");

        JsonElement audit = network.Audit();

        Assert.Equal("Fine", AuditedNamespace.One(audit, "qdisc.drops").Standing, ignoreCase: true);
        Assert.Equal("Fine", AuditedNamespace.One(audit, "link.carrier").Standing, ignoreCase: true);
        Assert.Equal("Fine", AuditedNamespace.One(audit, "link.errors").Standing, ignoreCase: true);
        Assert.All(AuditedNamespace.Signals(audit, "neighbour.table"), signal => Assert.Equal("fine", signal.GetProperty("standing").GetString(), ignoreCase: true));
        Assert.Empty(AuditedNamespace.Signals(audit, "duplicate-address"));
    }

    [Fact]
    public void A_shaper_that_throws_packets_away_is_told_with_its_rate()
    {
        using var network = new AuditedNamespace();
        AuditedNamespace.Shell(network.Name, "tc qdisc add dev eth0 root tbf rate 80kbit burst 1600 limit 3000");
        network.Flood(IPAddress.Parse("10.9.0.2"), 1000);

        (string? standing, string text) = AuditedNamespace.One(network.Audit(), "qdisc.drops");

        Assert.Equal("Warning", standing, ignoreCase: true);
        Assert.Contains("eth0 (tbf)", text, StringComparison.Ordinal);
        Assert.Contains("80 kbit/s", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_that_comes_and_goes_is_found()
    {
        using var network = new AuditedNamespace();
        network.Keep(network.Peer, _ => AuditedNamespace.Shell(network.Peer, "ip link set eth0 down; sleep 0.05; ip link set eth0 up; sleep 0.05"));

        (string? standing, string text) = AuditedNamespace.One(network.Audit(), "link-flapping");

        Assert.Equal("Warning", standing, ignoreCase: true);
        Assert.Contains("eth0", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_virtual_machine_that_does_not_read_loses_what_is_sent_to_it()
    {
        using var network = new AuditedNamespace();
        using TapDevice machine = TapDevice.Create(network.Name, "tap0");
        AuditedNamespace.Shell(network.Name, "ip link set tap0 up; ip addr add 10.8.0.1/24 dev tap0; ip neigh add 10.8.0.2 lladdr 02:00:00:00:00:02 dev tap0");
        network.Flood(IPAddress.Parse("10.8.0.2"), 100);
        Thread.Sleep(1000); // until its ring of a thousand frames is full

        (string? standing, string text) = AuditedNamespace.One(network.Audit(), "link-errors");

        Assert.Equal("Critical", standing, ignoreCase: true);
        Assert.Contains("tap0", text, StringComparison.Ordinal);
        Assert.Contains("tx_dropped", text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_that_is_there_twice_is_found()
    {
        using var network = new AuditedNamespace();
        AuditedNamespace.Shell(network.Peer, "ip addr add fd00:9::7/64 dev eth0 nodad");
        AuditedNamespace.Shell(network.Name, "ip addr add fd00:9::7/64 dev eth0; i=0; until ip -6 addr show dev eth0 | grep -q dadfailed; do i=$((i+1)); [ $i -lt 80 ]; sleep 0.1; done");

        (string? standing, string text) = AuditedNamespace.One(network.Audit(), "duplicate-address");

        Assert.Equal("Critical", standing, ignoreCase: true);
        Assert.Contains("fd00:9::7", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_neighbour_that_changes_its_hardware_address_is_found()
    {
        using var network = new AuditedNamespace();
        int turn = 0;
        network.Keep(network.Name, _ => AuditedNamespace.Shell(network.Name, $"ip neigh replace 10.9.0.7 lladdr 02:00:00:00:00:{1 + turn++ % 9:x2} dev eth0 nud reachable"));
        Thread.Sleep(200);

        (string? standing, string text) = AuditedNamespace.One(network.Audit(), "duplicate-address");

        Assert.Equal("Warning", standing, ignoreCase: true);
        Assert.Contains("10.9.0.7", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gateway_that_does_not_answer_is_told()
    {
        using var network = new AuditedNamespace();
        AuditedNamespace.Shell(network.Name, "ip route add default via 10.9.0.9; ip neigh replace 10.9.0.9 dev eth0 nud failed");

        JsonElement[] signals = AuditedNamespace.Signals(network.Audit(), "neighbour.silent");

        Assert.Equal("Critical", Assert.Single(signals).GetProperty("standing").GetString(), ignoreCase: true);
        Assert.Contains("10.9.0.9", signals[0].GetProperty("title").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Tracked_connections_are_counted_by_what_they_are()
    {
        using var network = new AuditedNamespace();
        AuditedNamespace.Shell(network.Name, "nft add table ip t; nft add chain ip t o '{ type filter hook output priority 0; }'; nft add rule ip t o ct state new accept");
        network.Flood(IPAddress.Parse("10.9.0.2"), 10);
        Thread.Sleep(100);

        JsonElement audit = network.Audit();

        Assert.Contains("udp", AuditedNamespace.One(audit, "conntrack.contents").Text, StringComparison.Ordinal);
        Assert.Equal("Fine", AuditedNamespace.One(audit, "conntrack.table").Standing, ignoreCase: true);
        Assert.Contains(audit.GetProperty("observations").EnumerateArray(), observation =>
            observation.GetProperty("kind").GetString() == "conntrack.state" && observation.GetProperty("source").GetString() == "ctnetlink");
    }

    [Fact]
    public void The_processor_of_a_row_is_named_by_its_13th_column()
    {
        Dictionary<int, SoftnetReading> rows = SoftnetProbe.Read(
            "0000000a 00000002 00000003 0 0 0 0 0 0 00000004 00000005 00000006 00000001 00000000 00000000\n"
            + "0000000b 00000000 00000000 0 0 0 0 0 0 00000000 00000000 00000000 00000003 00000000 00000000\n");

        Assert.Equal([1, 3], rows.Keys.Order());
        Assert.Equal((10u, 2u, 3u, 4u, 5u, (uint?)6u), (rows[1].Processed, rows[1].Dropped, rows[1].Squeezed, rows[1].Steered, rows[1].FlowLimited, rows[1].Backlog));
        Assert.Equal([0, 1], SoftnetProbe.Read("1 2 3 4 5 6 7 8 9 a b\n1 2 3 4 5 6 7 8 9 a b\n").Keys.Order());
    }

    [Fact]
    public void Ticks_of_processors_are_those_of_each()
    {
        Dictionary<int, (long Software, long All)> ticks = SoftnetProbe.ReadTicks("cpu  9 9 9 9 9 9 9 9 9 9\ncpu1 1 2 3 4 5 6 7 8 9 10\nintr 1\n");

        Assert.Equal([KeyValuePair.Create(1, (7L, 36L))], ticks);
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using NetWhy.Collect.Probes;
using NetWhy.Linux;
using NetWhy.Tests.App;
using NetWhy.Tests.Audit;
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
    public void A_link_that_comes_and_goes_is_found_among_many()
    {
        using var network = new AuditedNamespace();
        AuditedNamespace.Shell(network.Name, "for i in $(seq 110); do echo link add d$i type bridge; echo addr add 10.8.$i.1/24 dev d$i; done | ip -b -; ip link add last type veth peer name other; ip link set last up; ip link set other up");
        network.Keep(network.Name, _ => AuditedNamespace.Shell(network.Name, "ip link set other down; sleep 0.05; ip link set other up; sleep 0.05"));

        (string? standing, string text) = AuditedNamespace.One(network.Audit(), "link-flapping");

        Assert.Equal("Warning", standing, ignoreCase: true);
        Assert.Contains("last", text, StringComparison.Ordinal);
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
        network.Keep(network.Name, _ => AuditedNamespace.Shell(network.Name, $"ip neigh replace 10.9.0.7 lladdr 02:00:00:00:00:{1 + (turn++ % 250):x2} dev eth0 nud reachable"));
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
    public void A_neighbour_that_is_asked_in_vain_is_told_and_one_that_failed_before_is_not()
    {
        using var network = new AuditedNamespace();
        AuditedNamespace.Shell(network.Name, "ip neigh replace 10.9.0.8 dev eth0 nud failed");
        Assert.Equal("Fine", AuditedNamespace.One(network.Audit(), "neighbour.silent").Standing, ignoreCase: true);
        network.Flood(IPAddress.Parse("10.9.0.7"), 10);
        Thread.Sleep(200);

        (string? standing, string text) = AuditedNamespace.One(network.Audit(), "neighbour.silent");

        Assert.Equal("Advice", standing, ignoreCase: true);
        Assert.Contains("10.9.0.7", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_firewall_drops_is_told_by_the_counters_of_its_rules()
    {
        using var network = new AuditedNamespace();
        Assert.Equal("Fine", AuditedNamespace.One(network.Audit(), "firewall.drops").Standing, ignoreCase: true);
        AuditedNamespace.Shell(network.Name, """
            nft add table inet fw
            nft add chain inet fw out '{ type filter hook output priority 0; }'
            nft add chain inet fw sub
            nft add rule inet fw out jump sub
            nft add rule inet fw sub udp dport 7 counter packets 7 bytes 70 drop
            nft add rule inet fw sub udp dport 9 counter drop
            nft add rule inet fw sub tcp dport 22 drop
            """);
        (string? quiet, string history) = AuditedNamespace.One(network.Audit(), "firewall.drops");
        Assert.Equal("Fine", quiet, ignoreCase: true);
        Assert.Contains("7 since the rules exist; 1 of 3 rules do not count", history, StringComparison.Ordinal);
        network.Flood(IPAddress.Parse("10.9.0.2"), 10);
        Thread.Sleep(100);

        (string? standing, string text) = AuditedNamespace.One(network.Audit(), "firewall.drops");

        Assert.Equal("Advice", standing, ignoreCase: true);
        Assert.Contains("'udp dport 9 counter drop' of inet fw sub (output)", text, StringComparison.Ordinal);
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
    public void Drivers_tell_of_a_virtual_pair()
    {
        using var network = new AuditedNamespace();
        JsonElement audit = network.Audit();

        JsonElement card = Assert.Single(audit.GetProperty("observations").EnumerateArray(), observation => observation.GetProperty("kind").GetString() == "link.hardware");
        Assert.Equal(("eth0", "veth"), (card.GetProperty("interface").GetString(), card.GetProperty("driver").GetString()));
        Assert.True(card.GetProperty("offloads").GetProperty("gro").ValueKind is JsonValueKind.True or JsonValueKind.False);
        Assert.Equal("Fine", AuditedNamespace.One(audit, "link.driver").Standing, ignoreCase: true);
        Assert.Equal("Fine", AuditedNamespace.One(audit, "link.promiscuous").Standing, ignoreCase: true);
    }

    [Fact]
    public void Interfaces_that_do_not_fit_each_other_are_told()
    {
        using var network = new AuditedNamespace();
        AuditedNamespace.Shell(network.Name, """
            ip link add br0 type bridge; ip link set br0 up
            for i in 1 2; do ip link add p$i type veth peer name q$i; ip link set p$i master br0 up; ip link set q$i up; done
            ip link set p1 mtu 9000
            ip link set eth0 promisc on
            ip route add default via 10.9.0.2 metric 5; ip route append default via 10.9.0.3 metric 5
            """);

        JsonElement audit = network.Audit();

        Assert.Contains("p1 has 9000", AuditedNamespace.One(audit, "link.mtu").Text, StringComparison.Ordinal);
        Assert.Contains("eth0", AuditedNamespace.One(audit, "link.promiscuous").Text, StringComparison.Ordinal);
        Assert.Contains("2 of metric 5", AuditedNamespace.One(audit, "route.default").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_smaller_path_that_a_router_told_of_is_listed()
    {
        using var network = new AuditedNamespace();
        AuditedNamespace.Shell(network.Peer, "sysctl -qw net.ipv4.ip_forward=1; ip link add narrow type veth peer name other; ip link set narrow mtu 1300 up; ip link set other up; ip addr add 10.7.0.1/24 dev narrow; ip neigh add 10.7.0.2 lladdr 02:00:00:00:00:09 dev narrow");
        AuditedNamespace.Shell(network.Name, "ip route add 10.7.0.0/24 via 10.9.0.2; ping -c 1 -W 1 -M do -s 1400 10.7.0.2 >/dev/null || true; ip route get 10.7.0.2 >/dev/null");

        Assert.Contains(
            AuditedNamespace.Signals(network.Audit(), "route.cache"),
            signal => signal.GetProperty("value").GetString()!.Contains("10.7.0.2 takes 1300 of 1500", StringComparison.Ordinal));
    }

    [Fact]
    public void A_path_that_a_router_makes_tiny_is_told()
    {
        using var network = new AuditedNamespace();
        AuditedNamespace.Shell(network.Peer, "sysctl -qw net.ipv4.ip_forward=1; ip link add narrow type veth peer name other; ip link set narrow mtu 400 up; ip link set other up; ip addr add 10.7.0.1/24 dev narrow; ip neigh add 10.7.0.2 lladdr 02:00:00:00:00:09 dev narrow");
        AuditedNamespace.Shell(network.Name, "ip route add 10.7.0.0/24 via 10.9.0.2; ping -c 1 -W 1 -M do -s 1400 10.7.0.2 >/dev/null || true; ip route get 10.7.0.2 >/dev/null");

        JsonElement signal = Assert.Single(AuditedNamespace.Signals(network.Audit(), "route.cache"), signal => signal.GetProperty("title").GetString() == "paths of smaller MTU");

        Assert.Equal("Warning", signal.GetProperty("standing").GetString(), ignoreCase: true);
        Assert.Contains("10.7.0.2 takes no more than 552 octets", signal.GetProperty("meaning").GetString(), StringComparison.Ordinal); // net.ipv4.route.min_pmtu
    }

    [Fact]
    public void A_port_of_a_bridge_that_does_not_forward_is_told()
    {
        using var network = new AuditedNamespace();
        AuditedNamespace.Shell(network.Name, "ip link add br0 type bridge stp_state 1; ip link set br0 up; ip link add p1 type veth peer name q1; ip link set q1 up; ip link set p1 master br0 up");

        (string? standing, string text) = AuditedNamespace.One(network.Audit(), "link.bridge");

        Assert.Equal("Warning", standing, ignoreCase: true);
        Assert.Contains("p1 of br0 is ", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bond_with_a_dead_member_is_told()
    {
        using var network = new AuditedNamespace();
        if (NetWhyProgram.Run("ip", ["-n", network.Name, "link", "add", "bond0", "type", "bond", "mode", "active-backup", "miimon", "100"], []).ExitCode != 0)
            Assert.Skip("this kernel has no bonds");
        AuditedNamespace.Shell(network.Name, "for i in 1 2; do ip link add p$i type veth peer name q$i; ip link set p$i master bond0; ip link set p$i up; done; ip link set q1 up; ip link set bond0 up; sleep 1");

        (string? standing, string text) = AuditedNamespace.One(network.Audit(), "link.bond");

        Assert.Equal("Warning", standing, ignoreCase: true);
        Assert.Contains("1 of 2 members up", text, StringComparison.Ordinal);
        Assert.Contains("p2 has no link", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bond_without_a_partner_is_told()
    {
        using var network = new AuditedNamespace();
        if (NetWhyProgram.Run("ip", ["-n", network.Name, "link", "add", "bond0", "type", "bond", "mode", "802.3ad", "miimon", "100"], []).ExitCode != 0)
            Assert.Skip("this kernel has no bonds");
        AuditedNamespace.Shell(network.Name, "ip link add p1 type veth peer name q1; ip link set p1 master bond0; ip link set p1 up; ip link set q1 up; ip link set bond0 up; sleep 1");

        (string? standing, string text) = AuditedNamespace.One(network.Audit(), "link.bond");

        Assert.Equal("Critical", standing, ignoreCase: true);
        Assert.Contains("no LACP partner", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loopback_that_is_off_is_told()
    {
        using var network = new AuditedNamespace();
        AuditedNamespace.Shell(network.Name, "ip link set lo down");

        JsonElement signal = Assert.Single(AuditedNamespace.Signals(network.Audit(), "link.carrier"), signal => signal.GetProperty("title").GetString() == "interface lo");

        Assert.Equal("Advice", signal.GetProperty("standing").GetString(), ignoreCase: true);
    }

    [Fact]
    public void A_default_route_by_a_link_that_is_down_is_told()
    {
        using var network = new AuditedNamespace();
        AuditedNamespace.Shell(network.Name, "ip link add up0 type veth peer name away; ip link set up0 up; ip link set away up; ip addr add 10.5.0.1/24 dev up0; ip route add default via 10.5.0.2; ip link set away down; sleep 0.2");

        JsonElement signal = Assert.Single(AuditedNamespace.Signals(network.Audit(), "route.default"));

        Assert.Equal("Critical", signal.GetProperty("standing").GetString(), ignoreCase: true);
        Assert.Contains("on up0, which has no link", signal.GetProperty("value").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_gateway_whom_ARP_does_not_find_is_told()
    {
        using var network = new AuditedNamespace();
        AuditedNamespace.Shell(network.Name, "ip route add default via 10.9.0.9; ping -c 1 -W 4 192.0.2.1 >/dev/null || true");
        network.Flood(IPAddress.Parse("192.0.2.1"), 10); // so that the kernel asks for it without end

        JsonElement signal = Assert.Single(AuditedNamespace.Signals(network.Audit(), "neighbour.silent"));

        Assert.Equal("Critical", signal.GetProperty("standing").GetString(), ignoreCase: true);
        Assert.Contains("10.9.0.9", signal.GetProperty("title").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Frames_that_nobody_wants_are_told()
    {
        using var network = new AuditedNamespace();
        using TapDevice wire = TapDevice.Create(network.Name, "tap0");
        AuditedNamespace.Shell(network.Name, "ip link set tap0 up");
        byte[] frame = RawPacket.Frame(0x88b5, new byte[60]); // for experiments. Source: IEEE 802
        network.Keep(network.Name, _ =>
        {
            try
            {
                wire.Write(frame);
            }
            catch (ObjectDisposedException)
            {
                // The test is over.
            }

            Thread.Sleep(2);
        });

        (string? standing, string text) = AuditedNamespace.One(network.Audit(), "link.drops");

        Assert.Equal("Advice", standing, ignoreCase: true);
        Assert.Contains("frames dropped on tap0", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Packets_that_fit_no_tracked_connection_are_told()
    {
        using var network = new AuditedNamespace();
        AuditedNamespace.Shell(network.Name, "sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0; nft add table ip t; nft add chain ip t i '{ type filter hook input priority 0; }'; nft add rule ip t i ct state established accept");
        var from = new IPEndPoint(IPAddress.Parse("10.9.0.2"), 5000);
        var to = new IPEndPoint(IPAddress.Parse("10.9.0.1"), 80);
        network.Keep(network.Peer, _ =>
        {
            AuditNamespace.SendRaw(to.Address, 6, 64, 0, RawPacket.Tcp(from, to, 1, flags: 16), source: from.Address);
            Thread.Sleep(5);
        });

        (string? standing, string text) = AuditedNamespace.One(network.Audit(), "conntrack.invalid");

        Assert.Equal("Advice", standing, ignoreCase: true);
        Assert.Contains("pass untracked", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Connections_for_which_address_translation_finds_no_port_are_told()
    {
        using var network = new AuditedNamespace();
        Masquerade(network, " to :5000-5003");
        int port = 20_000;
        network.Keep(network.Name, _ =>
        {
            SendFrom(++port);
            Thread.Sleep(5);
        });

        (string? standing, string text) = AuditedNamespace.One(network.Audit(), "conntrack.counters");

        Assert.Equal("Warning", standing, ignoreCase: true);
        Assert.Contains("no free port", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Ports_of_address_translation_that_are_nearly_used_up_are_told()
    {
        using var network = new AuditedNamespace();
        Masquerade(network, "");
        AuditedNamespace.Shell(network.Name, "sysctl -qw net.netfilter.nf_conntrack_udp_timeout=120");
        NetworkNamespace.Run(network.Name, () =>
        {
            for (int port = 1024; port < 1024 + 50_000; port++)
                SendFrom(port);
            return true;
        });

        JsonElement signal = Assert.Single(AuditedNamespace.Signals(network.Audit(), "conntrack.contents"), signal => signal.GetProperty("title").GetString()!.StartsWith("ports of", StringComparison.Ordinal));

        Assert.Equal("Warning", signal.GetProperty("standing").GetString(), ignoreCase: true);
        Assert.Equal("ports of 10.9.0.1 towards 10.9.0.2:9 (udp)", signal.GetProperty("title").GetString());
    }

    [Fact]
    public void Tracked_connections_that_nobody_answers_are_told_with_who_began_them()
    {
        using var network = new AuditedNamespace();
        Masquerade(network, "");
        NetworkNamespace.Run(network.Name, () =>
        {
            for (int port = 1024; port < 1024 + 2000; port++)
                SendFrom(port);
            return true;
        });

        (string? standing, string text) = AuditedNamespace.One(network.Audit(), "conntrack.contents");

        Assert.Equal("Advice", standing, ignoreCase: true);
        Assert.Contains("10.8.0.1 began", text, StringComparison.Ordinal);
    }

    // Hides 10.8.0.1 behind 10.9.0.1; the peer answers nothing.
    private static void Masquerade(AuditedNamespace network, string ports)
    {
        AuditedNamespace.Shell(network.Peer, "nft add table ip deaf; nft add chain ip deaf in '{ type filter hook input priority 0 ; policy drop ; }'");
        AuditedNamespace.Shell(network.Name, $"ip addr add 10.8.0.1/32 dev lo; nft add table ip n; nft add chain ip n p '{{ type nat hook postrouting priority 100; }}'; nft add rule ip n p ip saddr 10.8.0.1 udp dport 9 masquerade{ports}");
    }

    private static void SendFrom(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Parse("10.8.0.1"), port));
        try
        {
            socket.SendTo([1], new IPEndPoint(IPAddress.Parse("10.9.0.2"), 9));
        }
        catch (SocketException)
        {
            // Translation found no port, which is what is wanted.
        }
    }

    [Theory]
    [InlineData("rx_missed_errors", true)]
    [InlineData("bw_in_allowance_exceeded", true)]
    [InlineData("rx_queue_0_drops", true)]
    [InlineData("Rx Ring Full", true)]
    [InlineData("rx_queue_0_xdp_redirect_errors", false)]
    [InlineData("rx_csum_unnecessary", false)]
    [InlineData("tx_dropped_packets", false)]
    [InlineData("peer_ifindex", false)]
    [InlineData("rx_no_buffer_count", true)]
    [InlineData("tx_timeout_count", true)]
    [InlineData("port.rx_crc_errors", true)]
    [InlineData("rx_out_of_buffer", true)]
    [InlineData("fdir_miss", false)]
    [InlineData("link_change_count", false)]
    [InlineData("rx_dropped", false)]
    [InlineData("rx0_xdp_drop", false)]
    [InlineData("rx_xdp_drops", false)]
    public void Names_of_drivers_speak_of_trouble_or_do_not(string name, bool expected) =>
        Assert.Equal(expected, LinkHardwareProbe.SpeaksOfTrouble(name));

    [Fact]
    public void Sockets_that_missed_messages_are_read_and_those_of_the_kernel_are_not()
    {
        const string Text = "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n"
            + "00000000ce2cb92c 0   0          00000000 0        0        0     2        7        11\n"
            + "00000000a449beed 12  4195       00000001 0        0        0     2        5        12 \n";

        Assert.Equal([KeyValuePair.Create(12u, (12, 5L))], NetlinkListenersProbe.Read(Text));
        Assert.Equal(3, RouteCacheProbe.ReadEntries("0001 0001 0000 0001 0000 0003 0000"));
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

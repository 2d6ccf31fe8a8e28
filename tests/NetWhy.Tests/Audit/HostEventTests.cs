using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using NetWhy.Collect.Probes;
using NetWhy.Collect.Routing;
using NetWhy.Linux;
using NetWhy.Tests.App;
using NetWhy.Wire;
using NetWhy.Wire.Link;
using NetWhy.Wire.Netlink;
using Xunit;

namespace NetWhy.Tests.Audit;

/// <summary>What happens only between the two looks of an audit, made to happen while it looks, and not.</summary>
public sealed class HostEventTests(AuditNamespace network) : IClassFixture<AuditNamespace>
{
    private const string OneStation = "02:00:00:00:00:99";
    private static readonly byte[] Everybody = [255, 255, 255, 255, 255, 255];
    private static readonly byte[] Impostor = [2, 0, 0, 0, 0, 0x66];

    [Fact]
    public void Two_that_answer_for_the_gateway_are_heard_though_the_first_has_it_in_the_end()
    {
        network.SkipIfAbsent();
        network.Exec("ip route replace default via 10.77.0.2");
        try
        {
            network.InHere(() =>
            {
                using Socket socket = AuditNamespace.Udp();
                socket.SendTo([1], new IPEndPoint(AuditNamespace.There, 9)); // now it is a neighbour
            });
            byte[] real = [];
            byte[] announcement = new byte[ArpPacket.Size];
            bool isReal = true;
            JsonElement[] signals = AuditWhile(network.InThere, () =>
            {
                int index = (int)InterfaceIndex.Of("eth0")!.Value;
                if (real.Length == 0)
                {
                    using RouteNetlink netlink = RouteNetlink.Open();
                    real = FrameSocket.ParseHardwareAddress(netlink.Links().Single(link => link.Header.Index == index).HardwareAddress)!;
                }

                Assert.Equal(Errno.OK, FrameSocket.Open(index, EtherType.Arp, receivesEverywhere: false, out FrameSocket? link));
                using (link)
                {
                    for (int i = 0; i < 2; i++)
                    {
                        isReal = !isReal;
                        ArpPacket.WriteRequest(announcement, isReal ? real : Impostor, AuditNamespace.There, AuditNamespace.There);
                        link!.Send(announcement, Everybody);
                    }
                }
            });

            JsonElement moved = Assert.Single(signals, signal => Check(signal) is "duplicate-address");
            Assert.Equal("gateway 10.77.0.2 of eth0", moved.GetProperty("title").GetString());
            Assert.Contains("changes", moved.GetProperty("value").GetString(), StringComparison.Ordinal);
            Assert.Contains("two machines answer for it.", moved.GetProperty("meaning").GetString(), StringComparison.Ordinal);
        }
        finally
        {
            network.Exec("ip route del default");
        }
    }

    [Fact]
    public void Neighbours_that_stay_what_they_are_are_well()
    {
        network.SkipIfAbsent();
        JsonElement[] signals = Audit();

        Assert.DoesNotContain(signals, signal => Check(signal) is "duplicate-address");
        Assert.Equal("fine", Standing(Assert.Single(signals, signal => Check(signal) is "neighbour.moves")));
        Assert.DoesNotContain(signals, signal => Check(signal) is "link.bridge-moves"); // there is no bridge
    }

    [Theory]
    [InlineData("q1 q2", 1, "warning")] // a loop: one station behind two ports
    [InlineData("q1 q2", 10_000, "warning")] // more than the kernel keeps for who listens
    [InlineData("q1", 1, "fine")]
    public void A_station_behind_two_ports_of_a_bridge_is_a_loop(string ports, int rounds, string standing)
    {
        network.SkipIfAbsent();
        network.Exec("ip link add br9 type bridge");
        try
        {
            foreach (string number in (string[])["1", "2"])
            {
                network.Exec($"ip link add q{number} address {OneStation} type veth peer name p{number}");
                network.Exec($"sysctl -qw net.ipv6.conf.q{number}.disable_ipv6=1 net.ipv6.conf.p{number}.disable_ipv6=1");
                network.Exec($"ip link set p{number} master br9 up");
                network.Exec($"ip link set q{number} up");
            }

            network.Exec("ip link set br9 up");
            JsonElement[] signals = AuditWhile(network.InHere, () =>
            {
                List<FrameSocket> links = [];
                try
                {
                    foreach (string port in ports.Split(' '))
                    {
                        Assert.Equal(Errno.OK, FrameSocket.Open((int)InterfaceIndex.Of(port)!.Value, (EtherType)0x88b5 /* for experiments */, receivesEverywhere: false, out FrameSocket? link));
                        links.Add(link!);
                    }

                    byte[] payload = new byte[46];
                    for (int i = 0; i < rounds; i++)
                        links.ForEach(link => link.Send(payload, Everybody));
                }
                finally
                {
                    links.ForEach(link => link.Dispose());
                }
            });

            JsonElement bridge = Assert.Single(signals, signal => Check(signal) is "link.bridge-moves");
            Assert.Equal(standing, Standing(bridge));
            if (standing is "warning")
            {
                Assert.StartsWith(OneStation, bridge.GetProperty("value").GetString(), StringComparison.Ordinal);
                Assert.Equal("stations of br9", bridge.GetProperty("title").GetString());
            }
        }
        finally
        {
            foreach (string name in (string[])["q1", "q2", "br9"])
                network.Exec($"ip link del {name}");
        }
    }

    [Fact]
    public void Frames_for_another_machine_are_told_and_others_are_not()
    {
        network.SkipIfAbsent();
        byte[] packet = new byte[46];
        packet[0] = 0x45;

        Assert.Equal("advice", Standing(Assert.Single(Flood(Impostor), signal => Check(signal) is "link.foreign-frames")));
        Assert.Equal("fine", Standing(Assert.Single(Audit(), signal => Check(signal) is "link.foreign-frames")));

        JsonElement[] Flood(byte[] station) => AuditWhile(network.InThere, () =>
        {
            Assert.Equal(Errno.OK, FrameSocket.Open((int)InterfaceIndex.Of("eth0")!.Value, EtherType.Ipv4, receivesEverywhere: false, out FrameSocket? link));
            using (link)
            {
                for (int i = 0; i < 50; i++)
                    link!.Send(packet, station);
            }
        });
    }

    [Fact]
    public void What_connection_tracking_forgets_before_keepalive_speaks_is_told()
    {
        network.SkipIfAbsent();
        network.Exec("nft add table ip track; add chain ip track in { type filter hook input priority 0 ; }; add rule ip track in ct state new accept");
        network.Exec("sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_established=600");
        try
        {
            JsonElement[] late = [];
            JsonElement[] early = [];
            network.InHere(() =>
            {
                using Socket service = AuditNamespace.Tcp();
                service.Bind(new IPEndPoint(AuditNamespace.Here, 8080));
                service.Listen(4);
                using Socket client = AuditNamespace.Tcp();
                client.Connect(service.LocalEndPoint!);
                using Socket accepted = service.Accept();
                late = Audit();
                network.Exec("sysctl -qw net.ipv4.tcp_keepalive_time=120");
                early = Audit();
            });

            JsonElement told = Assert.Single(late, signal => Check(signal) is "conntrack.settings" && Standing(signal) is not "fine");
            Assert.Equal(("net.netfilter.nf_conntrack_tcp_timeout_established", "advice"), (told.GetProperty("title").GetString(), Standing(told)));
            Assert.Contains("net.ipv4.tcp_keepalive_time=300", told.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain(early, signal => Check(signal) is "conntrack.settings" && Standing(signal) is not "fine");
        }
        finally
        {
            network.Exec("sysctl -qw net.ipv4.tcp_keepalive_time=7200 net.netfilter.nf_conntrack_tcp_timeout_established=432000");
            network.Exec("nft delete table ip track");
        }
    }

    [Fact]
    public void A_bridge_of_containers_that_forwards_nothing_is_told_and_every_other_setting_with_its_value()
    {
        network.SkipIfAbsent();
        network.Exec("ip link add br8 type bridge");
        try
        {
            network.Exec("ip link add c1 type veth peer name v1");
            network.Exec("ip link set v1 master br8 up");
            network.Exec("ip link set c1 up");
            network.Exec("ip link set br8 up");
            network.Exec("ip address add 172.30.0.1/16 dev br8");
            network.Exec("sysctl -qw net.ipv4.ip_forward=1 net.ipv4.tcp_ecn=1");
            JsonElement[] well = Audit();
            network.Exec("sysctl -qw net.ipv4.conf.br8.forwarding=0");
            JsonElement[] cut = Audit();

            Assert.Equal(("fine", "1"), Setting(well, "net.ipv4.conf.br8.forwarding"));
            Assert.Equal(("advice", "0"), Setting(cut, "net.ipv4.conf.br8.forwarding"));
            Assert.Equal(("fine", "1"), Setting(cut, "net.ipv4.tcp_ecn"));
            Assert.Equal(("fine", "60"), Setting(cut, "net.ipv4.tcp_fin_timeout"));
        }
        finally
        {
            network.Exec("sysctl -qw net.ipv4.ip_forward=0 net.ipv4.tcp_ecn=2");
            network.Exec("ip link del c1");
            network.Exec("ip link del br8");
        }

        static (string?, string?) Setting(JsonElement[] signals, string name)
        {
            JsonElement signal = Assert.Single(signals, signal => signal.GetProperty("title").GetString() == name);
            return (Standing(signal), signal.GetProperty("value").GetString());
        }
    }

    [Fact]
    public void Queues_of_another_network_namespace_are_not_taken_for_those_of_this_one()
    {
        network.SkipIfAbsent();
        // sysfs in this process shows the network namespace of this process, whatever the thread has entered.
        LinkMessage? ours = Of(netlink => netlink.Links().FirstOrDefault(link => link.HardwareAddress is not null && Directory.Exists($"/sys/class/net/{link.Name}/queues/tx-0")));
        network.InHere(() => Assert.Null(TransmitQueues.Read(Of(netlink => netlink.Links().Single(link => link.Name == "eth0"))!)));
        if (ours is not null)
            Assert.True(TransmitQueues.Read(ours)!.Timeouts >= 0);

        static LinkMessage? Of(Func<RouteNetlink, LinkMessage?> pick)
        {
            using RouteNetlink netlink = RouteNetlink.Open();
            return pick(netlink);
        }
    }

    // A processor at its end would slow down every other test: what is judged of it is in SignalEvidenceTests.
    [Fact]
    public void The_time_of_processors_is_told_with_the_packets_that_they_took()
    {
        network.SkipIfAbsent();
        JsonElement[] signals = AuditWhile(network.InThere, () =>
        {
            using Socket socket = AuditNamespace.Udp();
            for (int i = 0; i < 100; i++)
                socket.SendTo(new byte[10], new IPEndPoint(AuditNamespace.Here, 9));
        });

        JsonElement told = Assert.Single(signals, signal => Check(signal) is "softnet.processor");
        Assert.Matches(@"\d %.* packets? in ", told.GetProperty("value").GetString());
        if (File.Exists("/proc/2/comm") && File.ReadAllText("/proc/2/comm").StartsWith("kthreadd", StringComparison.Ordinal))
            Assert.True(SoftnetProbe.ReadTicksOfProcess(File.ReadAllText("/proc/2/stat")) >= 0);
    }

    [Fact]
    public void The_driver_of_a_cable_between_namespaces_corrects_no_errors()
    {
        network.SkipIfAbsent();
        network.InHere(() =>
        {
            using EthtoolNetlink? drivers = EthtoolNetlink.Open();
            Assert.NotNull(drivers);
            Assert.Null(drivers.ErrorCorrection((int)InterfaceIndex.Of("eth0")!.Value));
        });
        JsonElement[] signals = Audit();
        Assert.DoesNotContain(signals, signal => Check(signal) is "link.error-correction");
        Assert.All(signals.Where(signal => Check(signal) is "link.tx-timeout"), signal => Assert.Equal("fine", Standing(signal)));
    }

    private static string? Check(JsonElement signal) => signal.GetProperty("check").GetString();

    private static string? Standing(JsonElement signal) => signal.GetProperty("standing").GetString();

    private JsonElement[] Audit() => Signals(network.NetWhy("host", "--json", "--all", "--interval", "0.3"));

    // Does something again and again while an audit looks.
    private JsonElement[] AuditWhile(Action<Action> enter, Action action)
    {
        using var over = new ManualResetEvent(false);
        Exception? failure = null;
        var actor = new Thread(() =>
        {
            try
            {
                while (!over.WaitOne(20))
                    enter(action);
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                failure = exception;
            }
        });
        actor.Start();
        ProgramResult result;
        try
        {
            result = network.NetWhy("host", "--json", "--all", "--interval", "1");
        }
        finally
        {
            over.Set();
            actor.Join();
        }

        Assert.True(failure is null, failure?.ToString());
        return Signals(result);
    }

    private static JsonElement[] Signals(ProgramResult result)
    {
        using var json = JsonDocument.Parse(result.Output);
        return [.. json.RootElement.GetProperty("signals").EnumerateArray().Select(signal => signal.Clone())];
    }
}

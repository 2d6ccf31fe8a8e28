using System.Net;
using System.Net.Sockets;
using NetWhy.Collect.Routing;
using NetWhy.Diagnose.Audit;
using NetWhy.Evidence;
using NetWhy.Linux;
using Xunit;

namespace NetWhy.Tests.Audit;

/// <summary>Checks of counters of IP that few things move: damage, impossible addresses, policies of IPsec, and IPv6.</summary>
public sealed class PacketCounterTests(AuditNamespace network) : IClassFixture<AuditNamespace>
{
    private const int Many = 30;
    private const string Onward = "ip -6 route replace fd00:99::/64 via fd00:78::2 dev narrow";
    private static readonly string[] Ends = ["10.77.0.8", "10.77.0.9"];
    private static readonly IPAddress Here6 = IPAddress.Parse("fd00:77::1");
    private static readonly IPAddress There6 = IPAddress.Parse("fd00:77::2");
    private static readonly IPAddress Elsewhere6 = IPAddress.Parse("fd00:99::1");

    /// <summary>What is done by IPv6, and the checks that must speak, then those that may.</summary>
    public static TheoryData<string, string[], string[]> StimuliOfIPv6 => new()
    {
        { "nothing", [], [] },
        { "datagrams to a closed port", ["udp.no-port", "icmp.unreachable"], [] },
        { "datagrams to a closed port from another machine", ["udp.no-port", "icmp.rate-limit"], [] },
        { "sending without a route", ["ip.no-route-out"], [] },
        { "packets for somebody else", ["ip.not-for-us"], [] },
        { "a hop limit that runs out", ["ip.header-errors"], ["icmp.rate-limit"] },
        { "packets to forward without a route", ["ip.no-route-in"], ["icmp.rate-limit"] },
        { "packets too big for the next link", ["ip.path-mtu"], ["icmp.rate-limit"] },
        { "fragments without the rest", ["ip.fragments"], [] },
        { "damaged datagrams", ["udp.checksums"], [] },
        { "damaged segments", ["tcp.checksums"], [] },
        { "a queue that is full", ["udp.send-errors", "ip.discards"], [] },
        { "a redirect", ["icmp.redirects"], [] },
        { "packets marked on the way", ["tcp.congestion-marks"], [] },
        { "an exchange that works", [], [] },
    };

    [Theory]
    [MemberData(nameof(StimuliOfIPv6))]
    public void By_IPv6_a_check_speaks_of_what_happens_and_of_nothing_else(string stimulus, string[] expected, string[] beside)
    {
        network.SkipIfAbsent();
        JoinByIPv6();
        network.Holds(stimulus, () => Make(stimulus), expected, beside);
    }

    [Theory]
    [InlineData("a header whose checksum is wrong")]
    [InlineData("a packet that is shorter than it says")]
    [InlineData("an IPv6 packet that is shorter than it says")]
    public void Packets_that_are_damaged(string stimulus)
    {
        network.SkipIfAbsent();
        using var wire = TapDevice.Create(network.Name, "wire");
        network.Exec("ip link set wire up");
        byte[] packet = RawPacket.IPv4(AuditNamespace.There, AuditNamespace.Here, 17, new byte[30]);
        if (stimulus.Contains("checksum", StringComparison.Ordinal))
            packet[10] ^= 0xff;
        byte[] frame = stimulus.Contains("IPv6", StringComparison.Ordinal)
            ? RawPacket.Frame(0x86dd, RawPacket.IPv6(There6, Here6, 17, 64, new byte[40]).AsSpan(0, 60))
            : RawPacket.Frame(0x0800, stimulus.Contains("checksum", StringComparison.Ordinal) ? packet : packet.AsSpan(0, 40));

        network.Holds(stimulus, () => Each(8, () => Assert.True(wire.Write(frame))), ["ip.damaged"]);
    }

    [Fact]
    public void Addresses_that_cannot_be()
    {
        network.SkipIfAbsent();
        Dictionary<string, long> before = KernelCounterReading.Take(); // where the machine itself is: only there they are counted
        if (!before.Keys.Any(name => name.StartsWith("RouteCache.", StringComparison.Ordinal)))
            Assert.Skip("only the first network namespace counts them");
        network.InThere(() => Each(Many, () =>
        {
            AuditNamespace.SendRaw(AuditNamespace.Here, 17, 64, 0, new byte[16], source: AuditNamespace.Here);
            AuditNamespace.SendRaw(AuditNamespace.Here, 17, 64, 0, new byte[16], source: IPAddress.Loopback);
        }));
        network.Settled();
        Dictionary<string, long> after = KernelCounterReading.Take();
        long grown = after.GetValueOrDefault("RouteCache.in_martian_src") - before.GetValueOrDefault("RouteCache.in_martian_src");

        Signal signal = Assert.Single(AuditNamespace.Judge(new KernelCounters(new Dictionary<string, long> { ["RouteCache.in_martian_src"] = grown }, TimeSpan.FromSeconds(1)) { Totals = after }), signal => signal.Check is "route.martians");

        Assert.True(grown >= 2 * Many, $"{grown}");
        Assert.Equal(Standing.Advice, signal.Standing);
    }

    [Theory]
    [InlineData("policy add dir out dst 10.77.0.9 action block", "XfrmOutPolBlock", "block")]
    [InlineData("policy add dir out dst 10.77.0.8 tmpl proto esp mode transport", "XfrmOutNoStates", "key exchange")]
    [InlineData("policy add dir in src 10.77.0.2 dst 10.77.0.1 tmpl proto esp mode transport", "XfrmInTmplMismatch", "another way than the policy wants")]
    [InlineData("policy add dir in src 10.77.0.2 dst 10.77.0.1 action block", "XfrmInPolBlock", "block")]
    public void Policies_of_IPsec_that_packets_do_not_meet(string policy, string counter, string words)
    {
        network.SkipIfAbsent();
        try
        {
            network.Exec($"ip xfrm {policy}");
        }
        catch (InvalidOperationException)
        {
            Assert.Skip("this kernel has no IPsec");
        }

        foreach (string end in Ends)
            network.Exec($"ip neigh replace {end} lladdr 02:00:00:00:00:09 dev eth0");
        Signal[] signals;
        try
        {
            signals = Holds(policy);
        }
        finally
        {
            network.Exec("ip xfrm policy flush");
        }

        Signal signal = Assert.Single(signals, signal => signal.Check is "ipsec.errors");
        Assert.StartsWith(counter, signal.Meaning, StringComparison.Ordinal);
        Assert.Contains(words, signal.Meaning, StringComparison.Ordinal);
    }

    private Signal[] Holds(string policy) => network.Holds(
        policy,
        () =>
        {
            network.InThere(() => Each(5, () => AuditNamespace.SendRaw(AuditNamespace.Here, 17, 64, 0, [0x30, 0x39, 0, 9, 0, 9, 0, 0, 1])));
            network.InHere(() => Each(5, () =>
            {
                foreach (string end in Ends)
                    SendInVain(IPAddress.Parse(end));
            }));
        },
        ["ipsec.errors"]);

    [Fact]
    public void Sources_that_are_reached_by_no_interface_or_another_one()
    {
        network.SkipIfAbsent();
        network.Exec("sysctl -qw net.ipv4.conf.all.rp_filter=1");
        network.Holds(
            "a foreign source",
            () => network.InThere(() => Each(8, () => AuditNamespace.SendRaw(AuditNamespace.Here, 17, 64, 0, new byte[16], source: IPAddress.Parse("198.51.100.7")))),
            ["ip.reverse-path-filter"]);
        network.Exec("sysctl -qw net.ipv4.conf.all.rp_filter=0");
    }

    private void Make(string stimulus)
    {
        switch (stimulus)
        {
            case "datagrams to a closed port":
                network.InHere(() => SendTo(IPAddress.IPv6Loopback, Many));
                break;
            case "datagrams to a closed port from another machine":
                network.InThere(() => SendTo(Here6, 200));
                break;
            case "sending without a route":
                network.InHere(() => Each(Many, () =>
                {
                    using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
                    Assert.Throws<SocketException>(() => socket.SendTo([1], new IPEndPoint(IPAddress.Parse("fd00:55::1"), 9)));
                }));
                break;
            case "packets for somebody else":
                network.Exec("ip -6 route replace fd00:99::/64 dev eth0");
                network.InThere(() => SendTo(Elsewhere6, Many));
                network.Exec("ip -6 route del fd00:99::/64 dev eth0");
                break;
            case "a hop limit that runs out":
                Forwarding(Onward, () => Each(100, () => AuditNamespace.SendRaw6(There6, Elsewhere6, 17, 1, new byte[16])));
                break;
            case "packets to forward without a route":
                Forwarding(null, () => SendTo(Elsewhere6, 10));
                break;
            case "packets too big for the next link":
                Forwarding(Onward, () => Each(Many, () => AuditNamespace.SendRaw6(There6, Elsewhere6, 17, 64, new byte[1400])));
                break;
            case "fragments without the rest":
                network.Exec("sysctl -qw net.ipv6.ip6frag_time=1");
                network.InThere(() =>
                {
                    for (byte i = 0; i < 8; i++)
                        AuditNamespace.SendRaw6(There6, Here6, 44, 64, [17, 0, 0, 1, 0, 0, 0, i, .. new byte[64]]); // the first, and more to come
                });
                new ManualResetEvent(false).WaitOne(2500);
                break;
            case "damaged datagrams":
                network.InThere(() => Each(8, () => AuditNamespace.SendRaw6(There6, Here6, 17, 64, [0x30, 0x39, 0x1e, 0x61, 0, 12, 0x12, 0x34, 1, 2, 3, 4])));
                break;
            case "damaged segments":
                network.InThere(() => Each(8, () => AuditNamespace.SendRaw6(There6, Here6, 6, 64, [0x30, 0x39, 0x1e, 0x61, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0x20, 0, 0x12, 0x34, 0, 0])));
                break;
            case "a queue that is full":
                network.Exec("tc qdisc add dev eth0 root tbf rate 8kbit burst 1600 limit 2000");
                network.InHere(() => SendTo(There6, Many, 1000));
                network.Exec("tc qdisc del dev eth0 root");
                break;
            case "a redirect":
                byte[] body = [0, 0, 0, 0, .. There6.GetAddressBytes(), .. Elsewhere6.GetAddressBytes()];
                network.InThere(() => AuditNamespace.SendRaw6(There6, Here6, 58, 255, RawPacket.Icmp6(There6, Here6, 137, 0, body)));
                break;
            case "packets marked on the way":
                network.InThere(() => Each(300, () => AuditNamespace.SendRaw6(There6, Here6, 59, 64, new byte[12], trafficClass: 3)));
                break;
            case "an exchange that works":
                network.ExecThere("ping -q -c 20 -i 0.02 fd00:77::1");
                break;
        }
    }

    // Without link-local addresses, and without a look for others that have the same: no talk of its own.
    private void JoinByIPv6()
    {
        foreach ((Action<string> exec, IPAddress address, IPAddress other) in new (Action<string>, IPAddress, IPAddress)[] { (network.Exec, Here6, There6), (network.ExecThere, There6, Here6) })
        {
            exec("ip link set eth0 addrgenmode none");
            exec("sysctl -qw net.ipv6.conf.eth0.disable_ipv6=0 net.ipv6.conf.eth0.router_solicitations=0");
            exec($"ip address replace {address}/64 dev eth0 nodad");
            exec("ping -q -c 1 -W 2 " + address);
        }

        network.ExecThere("ip -6 route replace fd00:99::/64 via fd00:77::1");
        network.Exec("ping -q -c 2 -i 0.2 -W 2 fd00:77::2"); // both know each other now
    }

    private void Forwarding(string? route, Action fromThere)
    {
        network.Exec("sysctl -qw net.ipv6.conf.all.forwarding=1");
        if (route is not null)
        {
            network.Exec("ip link add narrow mtu 1280 type veth peer name away mtu 1280");
            network.Exec("ip link set narrow addrgenmode none");
            network.Exec("ip link set away addrgenmode none");
            network.Exec("ip link set narrow up");
            network.Exec("ip link set away up");
            network.Exec("ip address add fd00:78::1/64 dev narrow nodad");
            network.Exec("ip neigh add fd00:78::2 lladdr 02:00:00:00:00:09 dev narrow");
            network.Exec(route);
        }

        network.InThere(fromThere);
        network.Exec("sysctl -qw net.ipv6.conf.all.forwarding=0");
        if (route is not null)
            network.Exec("ip link del narrow");
    }

    private static void SendTo(IPAddress address, int count, int size = 1)
    {
        for (int i = 0; i < count; i++)
        {
            using var sender = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
            sender.SendTo(new byte[size], new IPEndPoint(address, 9));
        }
    }

    private static void SendInVain(IPAddress end)
    {
        using Socket socket = AuditNamespace.Udp();
        try
        {
            socket.SendTo([1], new IPEndPoint(end, 9));
        }
        catch (SocketException)
        {
            // a policy says so
        }
    }

    private static void Each(int count, Action action)
    {
        for (int i = 0; i < count; i++)
            action();
    }
}

using System.Net;
using System.Net.Sockets;
using NetWhy.Diagnose.Audit;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Audit;

/// <summary>Each check of counters: made to speak by what it is about, for real, and silent without.</summary>
public sealed class CounterCheckTests(AuditNamespace network) : IClassFixture<AuditNamespace>
{
    // One thing after the other in this class: the namespace counts everything.
    private const int Many = 30;

    /// <summary>What is done, and the checks that must speak then, with how they stand at least.</summary>
    public static TheoryData<string, string[]> Stimuli => new()
    {
        { "nothing", [] },
        { "datagrams into a small buffer", ["udp.receive-errors"] },
        { "datagrams to a closed port", ["udp.no-port", "icmp.unreachable"] },
        { "datagrams to a closed port from another machine", ["udp.no-port", "icmp.rate-limit"] },
        { "connects to a closed port", ["tcp.connect-failures"] },
        { "closing with unread data", ["tcp.aborts", "tcp.resets"] },
        { "a receiver that does not read", ["tcp.zero-window", "tcp.peer-window"] },
        { "sending without a route", ["ip.no-route-out"] },
        { "packets for somebody else", ["ip.not-for-us"] },
        { "a hop limit that runs out", ["ip.header-errors"] },
        { "packets to forward without a route", ["ip.no-route-in"] },
        { "fragments without the rest", ["ip.fragments"] },
        { "damaged datagrams", ["udp.checksums"] },
        { "damaged segments", ["tcp.checksums"] },
        { "a queue that is full", ["udp.send-errors", "ip.discards"] },
        { "a link that loses", ["tcp.retransmits", "tcp.receive-loss"] },
        { "SYNs that nobody answers", ["tcp.handshake-retransmits"] },
        { "a peer that is gone", ["tcp.aborts"] },
        { "SYNs on connections that stand", ["tcp.out-of-window"] },
        { "an unsigned segment where one must be signed", ["tcp.authentication"] },
    };

    [Theory]
    [MemberData(nameof(Stimuli))]
    public void Speaks_of_what_happens_and_of_nothing_else(string stimulus, string[] expected)
    {
        network.SkipIfAbsent();
        KernelCounters counters = network.Counted(() => Make(stimulus));

        Signal[] signals = AuditNamespace.Judge(counters);

        string[] speaking = [.. signals.Where(signal => signal.Standing is not (Standing.Fine or Standing.Unknown)).Select(signal => signal.Check)];
        string seen = string.Join(", ", counters.Growth.Select(pair => $"{pair.Key} {pair.Value}"));
        Assert.True(!expected.Except(speaking).Any(), $"{stimulus}: {string.Join(", ", speaking)} speak of {seen}");
        string[] surplus = [.. speaking.Except(expected).Except(SideEffects(stimulus))];
        Assert.True(surplus.Length == 0, $"{stimulus}: {string.Join(", ", surplus)} speak too, of {seen}");
        Assert.All(signals.Where(signal => expected.Contains(signal.Check)), signal => Assert.NotEqual("", signal.Meaning));
    }

    // What honestly happens beside it.
    private static string[] SideEffects(string stimulus) => stimulus switch
    {
        "a link that loses" => ["tcp.timeouts", "tcp.lost-retransmits", "tcp.reordering", "tcp.needless-retransmits", "tcp.handshake-retransmits", "tcp.zero-window"],
        "a receiver that does not read" => ["tcp.receive-buffer", "tcp.needless-retransmits"],
        "a hop limit that runs out" => ["icmp.rate-limit"],
        "a peer that is gone" => ["tcp.handshake-retransmits"],
        "damaged datagrams" => ["udp.receive-errors"],
        _ => [],
    };

    private void Make(string stimulus)
    {
        switch (stimulus)
        {
            case "datagrams into a small buffer":
                network.InHere(() =>
                {
                    using Socket receiver = AuditNamespace.Udp();
                    receiver.ReceiveBufferSize = 2048;
                    receiver.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                    using Socket sender = AuditNamespace.Udp();
                    for (int i = 0; i < 100; i++)
                        sender.SendTo(new byte[500], receiver.LocalEndPoint!);
                });
                break;
            case "datagrams to a closed port":
                network.InHere(() => SendTo(IPAddress.Loopback, 9, Many));
                break;
            case "datagrams to a closed port from another machine":
                network.InThere(() => SendTo(AuditNamespace.Here, 9, 200));
                break;
            case "connects to a closed port":
                network.InHere(() => Each(Many, () =>
                {
                    using Socket socket = AuditNamespace.Tcp();
                    Assert.Throws<SocketException>(() => socket.Connect(IPAddress.Loopback, 9));
                }));
                break;
            case "closing with unread data":
                network.InHere(() => Pairs(Many, (client, server) =>
                {
                    client.Send(new byte[10]);
                    server.Poll(1_000_000, SelectMode.SelectRead);
                    server.Close();
                }));
                break;
            case "a receiver that does not read":
                network.InHere(() => Pairs(1, (client, server) =>
                {
                    client.Blocking = false;
                    for (int i = 0; i < 200; i++)
                    {
                        try
                        {
                            client.Send(new byte[1 << 16]);
                        }
                        catch (SocketException full) when (full.SocketErrorCode is SocketError.WouldBlock)
                        {
                            Wait(20);
                        }
                    }
                }));
                break;
            case "sending without a route":
                network.InHere(() => Each(Many, () =>
                {
                    using Socket socket = AuditNamespace.Udp();
                    Assert.Throws<SocketException>(() => socket.SendTo([1], new IPEndPoint(IPAddress.Parse("203.0.113.1"), 9)));
                }));
                break;
            case "packets for somebody else":
                network.ExecThere("ip route replace 198.51.100.0/24 via 10.77.0.1");
                network.InThere(() => SendTo(IPAddress.Parse("198.51.100.1"), 9, Many));
                break;
            case "a hop limit that runs out":
                Forwarding(() => network.InThere(() => Each(100, () => AuditNamespace.SendRaw(IPAddress.Parse("198.51.100.1"), 17, 1, 0, new byte[16]))), "ip route replace 198.51.100.0/24 dev lo");
                break;
            case "packets to forward without a route":
                Forwarding(() => network.InThere(() => SendTo(IPAddress.Parse("198.51.100.1"), 9, 10)), "ip route flush 198.51.100.0/24");
                break;
            case "fragments without the rest":
                network.Exec("sysctl -qw net.ipv4.ipfrag_time=1");
                network.InThere(() => Each(8, () => AuditNamespace.SendRaw(AuditNamespace.Here, 17, 64, 0x2000, new byte[64])));
                Wait(2500);
                break;
            case "damaged datagrams":
                network.InHere(() =>
                {
                    using Socket receiver = AuditNamespace.Udp();
                    receiver.Bind(new IPEndPoint(AuditNamespace.Here, 7777));
                    network.InThere(() => Each(8, () => AuditNamespace.SendRaw(AuditNamespace.Here, 17, 64, 0, [0x30, 0x39, 0x1e, 0x61, 0, 12, 0x12, 0x34, 1, 2, 3, 4])));
                });
                break;
            case "damaged segments":
                network.InThere(() => Each(8, () => AuditNamespace.SendRaw(AuditNamespace.Here, 6, 64, 0, [0x30, 0x39, 0x1e, 0x61, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0x20, 0, 0x12, 0x34, 0, 0])));
                break;
            case "a queue that is full":
                network.Exec("tc qdisc add dev eth0 root tbf rate 8kbit burst 1600 limit 2000");
                network.InHere(() => SendTo(AuditNamespace.There, 9, Many, 1000));
                network.Exec("tc qdisc del dev eth0 root");
                break;
            case "a link that loses":
                network.Exec("nft add table ip lossy; add chain ip lossy in { type filter hook input priority 0 ; }; add rule ip lossy in iif lo tcp dport 7070 meta length > 100 numgen random mod 100 < 12 drop");
                network.Exec("ip link set lo mtu 1500 gso_max_segs 1");
                network.InHere(() => Pairs(1, Transfer, 7070));
                network.Exec("ip link set lo mtu 65536 gso_max_segs 65535");
                network.Exec("nft delete table ip lossy");
                break;
            case "SYNs that nobody answers":
                network.ExecThere("nft add table ip deaf; add chain ip deaf in { type filter hook input priority 0 ; policy drop ; }");
                network.InHere(() =>
                {
                    Socket[] sockets = [.. Enumerable.Range(0, Many).Select(_ => AuditNamespace.Tcp())];
                    foreach (Socket socket in sockets)
                    {
                        socket.Blocking = false;
                        Assert.Throws<SocketException>(() => socket.Connect(AuditNamespace.There, 80));
                    }

                    Wait(1300);
                    foreach (Socket socket in sockets)
                        socket.Dispose();
                });
                network.ExecThere("nft delete table ip deaf");
                break;
            case "a peer that is gone":
                network.Exec("nft add table ip gone; add chain ip gone in { type filter hook input priority 0 ; }");
                network.InHere(() => Pairs(1, (client, server) =>
                {
                    client.SetRawSocketOption(6, 18, BitConverter.GetBytes(300)); // TCP_USER_TIMEOUT, in milliseconds
                    network.Exec("nft add rule ip gone in iif lo drop");
                    client.Send([1]);
                    client.Poll(5_000_000, SelectMode.SelectRead);
                }));
                network.Exec("nft delete table ip gone");
                break;
            case "SYNs on connections that stand":
                network.InHere(() => Pairs(1, (client, server) => Each(Many, () => AuditNamespace.SendRaw(
                    IPAddress.Loopback, 6, 64, 0, Syn((IPEndPoint)client.LocalEndPoint!, (IPEndPoint)client.RemoteEndPoint!)))));
                break;
            case "an unsigned segment where one must be signed":
                network.InHere(() =>
                {
                    using Socket listener = AuditNamespace.Tcp();
                    listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                    byte[] signature = new byte[216]; // struct tcp_md5sig
                    signature[0] = 2; // AF_INET
                    IPAddress.Loopback.GetAddressBytes().CopyTo(signature, 4);
                    signature[130] = 4; // length of the key
                    signature[136] = 1;
                    try
                    {
                        listener.SetRawSocketOption(6, 14, signature); // TCP_MD5SIG
                    }
                    catch (SocketException)
                    {
                        Assert.Skip("this kernel has no TCP-MD5");
                    }

                    listener.Listen(1);
                    Each(5, () =>
                    {
                        using Socket client = AuditNamespace.Tcp();
                        client.Blocking = false;
                        Assert.Throws<SocketException>(() => client.Connect(listener.LocalEndPoint!));
                    });
                });
                break;
        }
    }

    private void Forwarding(Action action, string route)
    {
        network.ExecThere("ip route replace 198.51.100.0/24 via 10.77.0.1");
        network.Exec("sysctl -qw net.ipv4.ip_forward=1");
        network.Exec(route);
        action();
        network.Exec("sysctl -qw net.ipv4.ip_forward=0");
        network.Exec("ip route flush 198.51.100.0/24");
    }

    private static void SendTo(IPAddress address, int port, int count, int size = 1)
    {
        for (int i = 0; i < count; i++)
        {
            using Socket sender = AuditNamespace.Udp(); // a new one: an error would come back to the same
            sender.SendTo(new byte[size], new IPEndPoint(address, port));
        }
    }

    private static void Transfer(Socket client, Socket server)
    {
        var reading = new Thread(() =>
        {
            byte[] buffer = new byte[1 << 16];
            while (server.Receive(buffer) > 0)
            {
            }
        });
        reading.Start();
        for (int i = 0; i < 20; i++)
            client.Send(new byte[50_000]);
        client.Shutdown(SocketShutdown.Send);
        reading.Join();
    }

    private static void Pairs(int count, Action<Socket, Socket> use, int port = 0)
    {
        using Socket listener = AuditNamespace.Tcp();
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen(128);
        for (int i = 0; i < count; i++)
        {
            using Socket client = AuditNamespace.Tcp();
            client.Connect(listener.LocalEndPoint!);
            using Socket server = listener.Accept();
            use(client, server);
        }
    }

    // A SYN from 127.0.0.1 to itself, with its checksum.
    private static byte[] Syn(IPEndPoint from, IPEndPoint to)
    {
        byte[] segment = [(byte)(from.Port >> 8), (byte)from.Port, (byte)(to.Port >> 8), (byte)to.Port, 1, 2, 3, 4, 0, 0, 0, 0, 0x50, 2, 0x20, 0, 0, 0, 0, 0];
        uint sum = 0x7f00 + 1 + 0x7f00 + 1 + 6 + 20;
        for (int i = 0; i < segment.Length; i += 2)
            sum += (uint)(segment[i] << 8 | segment[i + 1]);
        while (sum >> 16 != 0)
            sum = (sum & 0xffff) + (sum >> 16);
        segment[16] = (byte)(~sum >> 8);
        segment[17] = (byte)~sum;
        return segment;
    }

    private static void Each(int count, Action action)
    {
        for (int i = 0; i < count; i++)
            action();
    }

    private static void Wait(int milliseconds) => new ManualResetEvent(false).WaitOne(milliseconds);
}

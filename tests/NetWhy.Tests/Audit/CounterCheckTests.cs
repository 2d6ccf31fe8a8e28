using System.Net;
using System.Net.Sockets;
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
        { "datagrams by IPv6 into a small buffer", ["udp.receive-errors"] },
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
        { "a receive buffer that shrinks", ["tcp.receive-buffer"] },
        { "retransmissions that a filter stops here", ["tcp.local-send"] },
        { "packets too big for the next link", ["ip.path-mtu"] },
        { "a redirect", ["icmp.redirects"] },
        { "packets marked on the way", ["tcp.congestion-marks"] },
        { "an unsigned segment where one must be signed", ["tcp.authentication"] },
        { "ACKs that carry no cookie", ["tcp.cookies"] },
        { "ACKs that carry no cookie of SYNPROXY", ["firewall.synproxy"] },
        { "segments from too far away", ["tcp.hop-limit"] },
        { "a service that waits for data", [] },
        { "broadcasts that nobody wants", ["udp.multicast"] },
        { "a few broadcasts that nobody wants", [] },
    };

    [Theory]
    [MemberData(nameof(Stimuli))]
    public void Speaks_of_what_happens_and_of_nothing_else(string stimulus, string[] expected) =>
        network.Holds(stimulus, () => Make(stimulus), expected, SideEffects(stimulus));

    // What honestly happens beside it.
    private static string[] SideEffects(string stimulus) => stimulus switch
    {
        "a link that loses" => ["tcp.timeouts", "tcp.lost-retransmits", "tcp.reordering", "tcp.needless-retransmits", "tcp.handshake-retransmits", "tcp.zero-window"],
        "a receiver that does not read" => ["tcp.receive-buffer", "tcp.needless-retransmits"],
        "a hop limit that runs out" => ["icmp.rate-limit"],
        "packets too big for the next link" => ["icmp.rate-limit"],
        "a receive buffer that shrinks" => ["tcp.zero-window", "tcp.peer-window", "tcp.retransmits", "tcp.timeouts", "tcp.needless-retransmits", "tcp.lost-retransmits"],
        "packets marked on the way" => ["udp.no-port", "icmp.rate-limit"],
        "a peer that is gone" => ["tcp.handshake-retransmits"],
        "damaged datagrams" => ["udp.receive-errors"],
        "segments from too far away" => ["tcp.connect-failures", "tcp.handshake-retransmits"],
        _ => [],
    };

    private void Make(string stimulus)
    {
        switch (stimulus)
        {
            case "datagrams into a small buffer" or "datagrams by IPv6 into a small buffer":
                network.InHere(() =>
                {
                    IPAddress loopback = stimulus.Contains("IPv6", StringComparison.Ordinal) ? IPAddress.IPv6Loopback : IPAddress.Loopback;
                    using var receiver = new Socket(loopback.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
                    receiver.ReceiveBufferSize = 2048;
                    receiver.Bind(new IPEndPoint(loopback, 0));
                    using var sender = new Socket(loopback.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
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
                    IPAddress.Loopback, 6, 64, 0, RawPacket.Tcp((IPEndPoint)client.LocalEndPoint!, (IPEndPoint)client.RemoteEndPoint!, 0x01020304, flags: 2)))));
                break;
            case "a receive buffer that shrinks":
                network.InHere(() => Pairs(1, (client, server) =>
                {
                    client.Blocking = false;
                    SendSome(client, 64); // the window that was offered grows with what comes, and is used up below
                    server.ReceiveTimeout = 1000;
                    byte[] buffer = new byte[1 << 16];
                    for (int i = 0; i < 32; i++)
                        server.Receive(buffer);
                    server.ReceiveBufferSize = 2048;
                    SendSome(client, 64);
                    Wait(700);
                }));
                break;
            case "retransmissions that a filter stops here":
                network.Exec("nft add table ip stop; add chain ip stop in { type filter hook input priority 0 ; }; add chain ip stop out { type filter hook output priority 0 ; }");
                network.InHere(() => Pairs(1, (client, server) =>
                {
                    network.Exec("nft add rule ip stop in iif lo drop"); // the first copy leaves, and is lost
                    client.Send([1]);
                    network.Exec("nft add rule ip stop out oif lo drop");
                    Wait(1500);
                }));
                network.Exec("nft delete table ip stop");
                break;
            case "packets too big for the next link":
                network.Exec("ip link set lo mtu 1000");
                Forwarding(() => network.InThere(() => Each(Many, () => AuditNamespace.SendRaw(IPAddress.Parse("198.51.100.1"), 17, 64, 0x4000, new byte[1200]))), "ip route replace 198.51.100.0/24 dev lo");
                network.Exec("ip link set lo mtu 65536");
                break;
            case "a redirect":
                network.InThere(() => AuditNamespace.SendRaw(AuditNamespace.Here, 1, 64, 0, Redirect()));
                break;
            case "packets marked on the way":
                network.InThere(() => Each(300, () => AuditNamespace.SendRaw(AuditNamespace.Here, 17, 64, 0, [0x30, 0x39, 0, 9, 0, 12, 0, 0, 1, 2, 3, 4], typeOfService: 3)));
                break;
            case "ACKs that carry no cookie":
                network.Exec("sysctl -qw net.ipv4.tcp_syncookies=2"); // for everybody
                network.InHere(() => Pairs(1, (client, server) => Each(Many, () => AuditNamespace.SendRaw(
                    IPAddress.Loopback, 6, 64, 0, RawPacket.Tcp(new IPEndPoint(IPAddress.Loopback, 1234), (IPEndPoint)client.RemoteEndPoint!, 0x01020304, flags: 16)))));
                network.Exec("sysctl -qw net.ipv4.tcp_syncookies=1");
                break;
            case "ACKs that carry no cookie of SYNPROXY":
                network.Exec("nft add table ip proxy; add chain ip proxy early { type filter hook prerouting priority -300 ; }; add rule ip proxy early tcp dport 8443 tcp flags syn notrack; add chain ip proxy in { type filter hook input priority 0 ; }; add rule ip proxy in tcp dport 8443 ct state invalid,untracked synproxy mss 1460 wscale 7 timestamp sack-perm");
                network.Exec("sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0"); // else an ACK out of nothing is a connection
                network.InHere(() => Each(Many, () => AuditNamespace.SendRaw(
                    IPAddress.Loopback, 6, 64, 0, RawPacket.Tcp(new IPEndPoint(IPAddress.Loopback, 1234), new IPEndPoint(IPAddress.Loopback, 8443), 0x01020304, flags: 16))));
                network.Exec("sysctl -qw net.netfilter.nf_conntrack_tcp_loose=1");
                network.Exec("nft delete table ip proxy");
                break;
            case "segments from too far away":
                network.InHere(() =>
                {
                    using Socket listener = AuditNamespace.Tcp();
                    listener.SetRawSocketOption(0, 21, BitConverter.GetBytes(255)); // IP_MINTTL
                    listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                    listener.Listen(1);
                    Each(5, () =>
                    {
                        using Socket client = AuditNamespace.Tcp();
                        client.Blocking = false;
                        Assert.Throws<SocketException>(() => client.Connect(listener.LocalEndPoint!));
                    });
                });
                break;
            case "broadcasts that nobody wants" or "a few broadcasts that nobody wants":
                network.InThere(() =>
                {
                    using Socket sender = AuditNamespace.Udp();
                    sender.EnableBroadcast = true;
                    Each(stimulus.StartsWith("a few", StringComparison.Ordinal) ? 20 : 1500, () => sender.SendTo([1], new IPEndPoint(IPAddress.Parse("10.77.0.255"), 9)));
                });
                break;
            case "a service that waits for data":
                network.InHere(() =>
                {
                    using Socket listener = AuditNamespace.Tcp();
                    listener.SetRawSocketOption(6, 9, BitConverter.GetBytes(5)); // TCP_DEFER_ACCEPT, in seconds
                    listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                    listener.Listen(8);
                    Each(5, () =>
                    {
                        using Socket client = AuditNamespace.Tcp();
                        client.Connect(listener.LocalEndPoint!);
                        client.Send([1]);
                        using Socket server = listener.Accept();
                        server.Receive(new byte[1]);
                    });
                });
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

    private static void SendSome(Socket client, int times)
    {
        for (int i = 0; i < times; i++)
        {
            try
            {
                client.Send(new byte[1 << 15]);
            }
            catch (SocketException full) when (full.SocketErrorCode is SocketError.WouldBlock)
            {
                return;
            }
        }
    }

    // "Go by 10.77.0.3": type 5, code 1, and the head of a packet of ours that it is about.
    private static byte[] Redirect()
    {
        byte[] message = new byte[36];
        (message[0], message[1]) = (5, 1);
        new byte[] { 10, 77, 0, 3 }.CopyTo(message, 4);
        (message[8], message[16], message[17]) = (0x45, 64, 17);
        AuditNamespace.Here.GetAddressBytes().CopyTo(message, 20);
        new byte[] { 203, 0, 113, 1 }.CopyTo(message, 24);
        ushort sum = RawPacket.Checksum(message, 0);
        (message[2], message[3]) = ((byte)(sum >> 8), (byte)sum);
        return message;
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

    private static void Each(int count, Action action)
    {
        for (int i = 0; i < count; i++)
            action();
    }

    private static void Wait(int milliseconds) => new ManualResetEvent(false).WaitOne(milliseconds);
}

using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetWhy.Diagnose.Audit;
using Xunit;

namespace NetWhy.Tests.Audit;

/// <summary>Checks of counters of TCP that few things move, each moved for real.</summary>
public sealed class RareTcpCounterTests(AuditNamespace network) : IClassFixture<AuditNamespace>
{
    private static readonly IPEndPoint Anybody = new(IPAddress.Parse("198.51.100.1"), 5000);

    [Fact]
    public void Segments_with_timestamps_of_long_ago() => network.Holds(
        "old timestamps",
        () =>
        {
            List<(Socket Client, Socket Server)> pair = network.Connect(1, fromThere: true);
            pair[0].Client.Send([1]);
            pair[0].Server.Receive(new byte[1]);
            network.InThere(() =>
            {
                // Of four moments a quarter of the clock's circle apart, two are in the past whatever the time is.
                for (uint i = 0; i < 60; i++)
                    Send(pair[0].Client, pair[0].Server, 1, flags: 24, options: [1, 1, 8, 10, (byte)(i % 4 << 6), 0, 0, 0, 0, 0, 0, 0]);
            });
            AuditNamespace.Close(pair);
        },
        ["tcp.timestamps"],
        "tcp.out-of-window");

    [Fact]
    public void Segments_that_fit_no_window() => network.Holds(
        "stale segments",
        () =>
        {
            List<(Socket Client, Socket Server)> pair = network.Connect(1, fromThere: true);
            network.InThere(() =>
            {
                for (uint i = 0; i < 60; i++)
                    Send(pair[0].Client, pair[0].Server, i * 70_000_000, flags: 16);
            });
            AuditNamespace.Close(pair);
        },
        ["tcp.out-of-window"]);

    [Fact]
    public void Cookies_of_a_key_that_the_server_no_longer_has() => network.Holds(
        "fast open with an old cookie",
        () =>
        {
            network.Exec("sysctl -qw net.ipv4.tcp_fastopen=3");
            network.InHere(() =>
            {
                using Socket listener = AuditNamespace.Tcp();
                listener.SetRawSocketOption(6, 23, BitConverter.GetBytes(16)); // TCP_FASTOPEN
                listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                listener.Listen(16);
                for (int i = 0; i < 4; i++)
                {
                    if (i == 2)
                        File.WriteAllText("/proc/sys/net/ipv4/tcp_fastopen_key", "00000001-00000002-00000003-00000004");
                    using Socket client = AuditNamespace.Tcp();
                    client.SetRawSocketOption(6, 30, BitConverter.GetBytes(1)); // TCP_FASTOPEN_CONNECT
                    client.Connect(listener.LocalEndPoint!);
                    client.Send([1]);
                    using Socket server = listener.Accept();
                    server.Receive(new byte[1]);
                }
            });
            network.Exec("sysctl -qw net.ipv4.tcp_fastopen=1");
        },
        ["tcp.fast-open"]);

    [Fact]
    public void Probes_for_a_larger_packet_on_a_path_that_is_narrow() => network.Holds(
        "path MTU probes",
        () =>
        {
            network.Exec("sysctl -qw net.ipv4.tcp_mtu_probing=2 net.ipv4.tcp_base_mss=600");
            network.Exec("ip link set eth0 gso_max_segs 1");
            network.ExecThere("nft add table ip narrow; add chain ip narrow in { type filter hook input priority 0 ; }; add rule ip narrow in meta length > 700 drop");
            List<(Socket Client, Socket Server)> pairs = network.Connect(4);
            pairs.ForEach(pair => Transfer(pair.Client, pair.Server, 1_000_000));
            AuditNamespace.Close(pairs);
            network.ExecThere("nft delete table ip narrow");
            network.Exec("ip link set eth0 gso_max_segs 65535");
            network.Exec("sysctl -qw net.ipv4.tcp_mtu_probing=0 net.ipv4.tcp_base_mss=1024");
        },
        ["tcp.path-mtu-probes"],
        "tcp.retransmits", "tcp.timeouts", "tcp.reordering", "tcp.needless-retransmits", "tcp.lost-retransmits", "tcp.host-queue");

    [Fact]
    public void Segments_that_wait_in_the_queue_of_this_machine_when_they_are_due_again() => network.Holds(
        "a slow queue",
        () =>
        {
            List<(Socket Client, Socket Server)> pairs = network.Connect(12);
            network.Exec("tc qdisc add dev eth0 root tbf rate 64kbit burst 1600 limit 1000000");
            pairs.ForEach(pair =>
            {
                pair.Client.Blocking = false;
                pair.Client.Send(new byte[60_000]);
            });
            Wait(3000);
            network.Exec("tc qdisc del dev eth0 root");
            AuditNamespace.Close(pairs);
        },
        ["tcp.host-queue"],
        "tcp.timeouts", "tcp.retransmits", "tcp.lost-retransmits", "tcp.needless-retransmits", "tcp.aborts", "tcp.resets");

    [Fact]
    public void Segments_for_a_socket_that_a_program_does_not_let_go_of() => network.Holds(
        "a busy socket",
        () =>
        {
            List<(Socket Client, Socket Server)> pair = network.Connect(1, fromThere: true);
            using var page = new SlowPage();
            pair[0].Server.ReceiveBufferSize = 4096;
            pair[0].Client.Send(new byte[100]);
            var reading = new Thread(() => page.Receive(pair[0].Server));
            reading.Start();
            Wait(300); // until it waits for its page
            network.InThere(() =>
            {
                for (int i = 0; i < 400; i++)
                    Send(pair[0].Client, pair[0].Server, 1, flags: 24, data: [1]);
            });
            page.Come();
            reading.Join();
            AuditNamespace.Close(pair);
        },
        ["tcp.socket-backlog"],
        "tcp.timeouts", "tcp.retransmits", "tcp.lost-retransmits", "tcp.needless-retransmits", "tcp.out-of-window", "tcp.receive-buffer", "tcp.zero-window");

    [Fact]
    public void Acknowledgements_that_get_lost_make_senders_repeat_for_nothing() => network.Holds(
        "lost acknowledgements",
        () =>
        {
            List<(Socket Client, Socket Server)> pairs = network.Connect(30);
            network.Exec("nft add table ip deaf; add chain ip deaf in { type filter hook input priority 0 ; policy drop ; }");
            pairs.ForEach(pair => pair.Client.Send([1]));
            Wait(300);
            network.Exec("nft delete table ip deaf");
            Wait(700);
            AuditNamespace.Close(pairs);
        },
        ["tcp.needless-retransmits"],
        "tcp.lost-retransmits", "tcp.reordering");

    [Fact]
    public void What_is_sent_again_is_lost_again() => network.Holds(
        "a path that is dead for a while",
        () =>
        {
            List<(Socket Client, Socket Server)> pairs = network.Connect(30);
            network.ExecThere("nft add table ip deaf; add chain ip deaf in { type filter hook input priority 0 ; policy drop ; }");
            for (int i = 0; i < 10; i++)
            {
                pairs.ForEach(pair =>
                {
                    pair.Client.NoDelay = true;
                    pair.Client.Send([1]);
                });
            }

            Wait(2000);
            network.ExecThere("nft delete table ip deaf");
            AuditNamespace.Close(pairs);
        },
        ["tcp.lost-retransmits", "tcp.timeouts", "tcp.retransmits"]);

    [Fact]
    public void A_peer_that_has_no_multipath_TCP()
    {
        network.SkipIfAbsent();
        int descriptor = -1;
        network.InHere(() => descriptor = OpenSocket(2, 1, 262)); // AF_INET, SOCK_STREAM, IPPROTO_MPTCP
        if (descriptor < 0)
            Assert.Skip("this kernel has no MPTCP");
        using var client = new Socket(new SafeSocketHandle(descriptor, ownsHandle: true));
        Signal[] signals = network.Holds(
            "MPTCP to a plain service",
            () => network.InHere(() =>
            {
                using Socket listener = AuditNamespace.Tcp();
                listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                listener.Listen(1);
                client.Connect(listener.LocalEndPoint!);
                using Socket server = listener.Accept();
            }),
            ["mptcp.trouble"]);

        Assert.Equal(Standing.Advice, Assert.Single(signals, signal => signal.Check is "mptcp.trouble").Standing);
    }

    [Fact]
    public void A_wire_on_which_packets_overtake_each_other() => network.Holds(
        "reordering",
        () =>
        {
            using var wire = new UnevenWire(network);
            List<(Socket Client, Socket Server)> pair = [];
            network.InThere(() =>
            {
                using Socket listener = AuditNamespace.Tcp();
                listener.Bind(new IPEndPoint(UnevenWire.There, 0));
                listener.Listen(1);
                network.InHere(() =>
                {
                    Socket client = AuditNamespace.Tcp();
                    client.Connect(listener.LocalEndPoint!);
                    pair.Add((client, listener.Accept()));
                });
            });
            Transfer(pair[0].Client, pair[0].Server, 3_000_000);
            AuditNamespace.Close(pair);
        },
        ["tcp.reordering"],
        "tcp.retransmits", "tcp.needless-retransmits", "tcp.timeouts", "tcp.lost-retransmits", "tcp.zero-window");

    private static void Transfer(Socket client, Socket server, int octets)
    {
        var reading = new Thread(() =>
        {
            byte[] buffer = new byte[1 << 16];
            while (server.Receive(buffer) > 0)
            {
            }
        });
        reading.Start();
        for (int i = 0; i < octets; i += 50_000)
            client.Send(new byte[50_000]);
        client.Shutdown(SocketShutdown.Send);
        reading.Join();
    }

    private static void Send(Socket client, Socket server, uint sequence, byte flags, byte[]? options = null, byte[]? data = null)
    {
        var from = (IPEndPoint?)client.LocalEndPoint ?? Anybody;
        var to = (IPEndPoint)server.LocalEndPoint!;
        AuditNamespace.SendRaw(to.Address, 6, 64, 0, RawPacket.Tcp(from, to, sequence, flags, options, data ?? [1, 2]), source: from.Address);
    }

    // LibraryImport would ask for unsafe code in the tests.
    [SuppressMessage("Interoperability", "SYSLIB1054", Justification = "no unsafe code in tests")]
    [DllImport("libc", EntryPoint = "socket")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int OpenSocket(int family, int type, int protocol);

    private static void Wait(int milliseconds) => new ManualResetEvent(false).WaitOne(milliseconds);
}

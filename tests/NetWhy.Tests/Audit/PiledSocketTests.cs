using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using NetWhy.Linux;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Audit;

/// <summary>Sockets that pile up, wait or drop, for real, each in namespaces of its own; and what an audit then says.</summary>
public sealed class PiledSocketTests : IDisposable
{
    private readonly AuditNamespace _network = new();
    private readonly List<Socket> _open = [];
    private readonly CancellationTokenSource _end = new();
    private Task? _load;

    public void Dispose()
    {
        try
        {
            Stop();
        }
        finally
        {
            _end.Dispose();
            _open.ForEach(socket => socket.Dispose());
            _network.Dispose();
        }
    }

    [Fact]
    public void A_Unix_service_that_accepts_nobody()
    {
        _network.SkipIfAbsent();
        var service = new UnixDomainSocketEndPoint("\0netwhy-proof");
        _network.InHere(() =>
        {
            Socket listener = Keep(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified));
            listener.Bind(service);
            listener.Listen(2);
            for (int i = 0; i < 3; i++) // one more than is asked for
                Keep(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)).Connect(service);
        });

        Holds("unix.accept-queue", "critical", "3 waiting", $"(pid {Environment.ProcessId})");
    }

    [Fact]
    public void Connections_whose_end_nobody_acknowledges()
    {
        _network.SkipIfAbsent();
        List<(Socket Client, Socket Server)> pairs = _network.Connect(120, fromThere: true);
        pairs.ForEach(pair => pair.Client.Dispose());
        Thread.Sleep(200); // CLOSE-WAIT here
        _network.ExecThere("nft add table ip deaf; add chain ip deaf in { type filter hook input priority 0 ; policy drop ; }");
        pairs.ForEach(pair => pair.Server.Dispose());
        Thread.Sleep(900);

        Holds("tcp.last-ack", "warning", "120, 0, 0", "again and again");
    }

    [Fact]
    public void A_few_connections_whose_end_nobody_acknowledges_are_those_of_peers_that_went()
    {
        _network.SkipIfAbsent();
        List<(Socket Client, Socket Server)> pairs = _network.Connect(8, fromThere: true);
        pairs.ForEach(pair => pair.Client.Dispose());
        Thread.Sleep(200);
        _network.ExecThere("nft add table ip deaf; add chain ip deaf in { type filter hook input priority 0 ; policy drop ; }");
        pairs.ForEach(pair => pair.Server.Dispose());
        Thread.Sleep(900);

        Holds("tcp.last-ack", "fine", "8, 0, 0");
    }

    [Fact]
    public void Sockets_that_their_program_closed_before_all_was_sent()
    {
        const string Limit = "/proc/sys/net/ipv4/tcp_max_orphans";
        _network.SkipIfAbsent();
        List<(Socket Client, Socket Server)> pairs = _network.Connect(60);
        _network.ExecThere("nft add table ip deaf; add chain ip deaf in { type filter hook input priority 0 ; policy drop ; }");
        pairs.ForEach(pair =>
        {
            pair.Client.Send([1]);
            pair.Client.Dispose();
        });

        if (!File.Exists(Limit))
            Assert.Skip("only the first network namespace has the limit");
        using var json = JsonDocument.Parse(NetWhyProgram.Run("host", "--json", "--all").Output);
        JsonElement signal = json.RootElement.GetProperty("signals").EnumerateArray().Single(told => told.GetProperty("check").GetString() is "tcp.orphans");
        Assert.Contains("of all namespaces", signal.ToString(), StringComparison.Ordinal); // so how well it is, the whole machine decides
        int count = int.Parse(signal.GetProperty("value").GetString()!.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(count >= 60, $"{count}");
        Assert.Equal(File.ReadAllText(Limit).Trim(), signal.GetProperty("limit").GetString());
        AuditNamespace.Close(pairs);
    }

    [Fact]
    public void A_UDP_socket_that_nobody_reads()
    {
        _network.SkipIfAbsent();
        _network.InHere(() =>
        {
            Socket receiver = Keep(AuditNamespace.Udp());
            receiver.Bind(new IPEndPoint(IPAddress.Loopback, 5514));
            using Socket sender = AuditNamespace.Udp();
            for (int i = 0; i < 1000; i++)
                sender.SendTo(new byte[500], receiver.LocalEndPoint!);
        });

        Holds("udp.buffers", "warning", "UDP port 5514", $"(pid {Environment.ProcessId})");
    }

    [Fact]
    public void Most_ports_taken_by_UDP_sockets()
    {
        _network.SkipIfAbsent();
        _network.InHere(() => File.WriteAllText("/proc/sys/net/ipv4/ip_local_port_range", "41000 41019"));
        _network.InHere(() =>
        {
            for (int i = 0; i < 18; i++)
                Keep(AuditNamespace.Udp()).Bind(new IPEndPoint(IPAddress.Any, 0));
        });

        Holds("udp.local-ports", "critical", "18 of one address", "EADDRINUSE");
    }

    [Fact]
    public void Queues_that_the_machine_keeps_short()
    {
        _network.SkipIfAbsent();
        _network.Exec("sysctl -qw net.core.somaxconn=64");
        _network.InHere(() => Listen(80, 512));

        Holds("settings", "advice", "net.core.somaxconn: 64"); // the check of backlogs says the same, and once is enough
    }

    [Fact]
    public void A_short_queue_that_ran_over_once_is_history()
    {
        _network.SkipIfAbsent();
        _network.InHere(() =>
        {
            Socket listener = Listen(80, 2);
            for (int i = 0; i < 8; i++)
            {
                Socket client = Keep(AuditNamespace.Tcp());
                client.Blocking = false;
                Begin(client, listener.LocalEndPoint!);
            }

            Thread.Sleep(1200);
            while (listener.Poll(1_500_000, SelectMode.SelectRead))
                Keep(listener.Accept());
        });

        Holds("tcp.backlog", "fine", "1 of 1 ask for less");
        Holds("tcp.accept-queue", "fine", "overflows since start");
    }

    [Fact]
    public void What_dropped_before_is_looked_at_longer_and_connections_are_counted_over_the_same_time()
    {
        _network.SkipIfAbsent();
        _network.InHere(() =>
        {
            Socket listener = Listen(80, 2);
            for (int i = 0; i < 8; i++)
            {
                Socket client = Keep(AuditNamespace.Tcp());
                client.Blocking = false;
                Begin(client, listener.LocalEndPoint!);
            }

            Thread.Sleep(1200);
            while (listener.Poll(1_500_000, SelectMode.SelectRead))
                Keep(listener.Accept());
            listener.Listen(16);
            Keep(AuditNamespace.Tcp()).Connect(listener.LocalEndPoint!); // who waits makes the listener worth telling
        });
        string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

        _network.NetWhy(":80", "--save", file);

        double[] intervals = [.. File.ReadLines(file).Select(line => JsonDocument.Parse(line).RootElement)
            .Where(seen => seen.GetProperty("kind").GetString() is "socket.survey" or "socket.listener" && seen.TryGetProperty("interval", out _))
            .Select(seen => seen.GetProperty("interval").GetDouble())];
        Assert.Equal(2, intervals.Length);
        Assert.InRange(intervals.Max() - intervals.Min(), 0, 1.5);
        File.Delete(file);
    }

    [Fact]
    public void A_service_that_lets_clients_wait_beside_one_at_another_address_that_serves()
    {
        _network.SkipIfAbsent();
        _network.Exec("ip address add 10.77.0.3/24 dev eth0");
        Socket? serves = null;
        _network.InHere(() =>
        {
            Socket hangs = Listen(80, 16, AuditNamespace.Here);
            serves = Listen(80, 16, IPAddress.Parse("10.77.0.3"));
            for (int i = 0; i < 3; i++)
                Keep(AuditNamespace.Tcp()).Connect(hangs.LocalEndPoint!);
        });
        Keep(() =>
        {
            using Socket client = AuditNamespace.Tcp();
            client.Connect(serves!.LocalEndPoint!);
            Thread.Sleep(400);
            serves.Accept().Dispose();
        });
        Thread.Sleep(3500);

        Assert.DoesNotContain("10.77.0.3", Holds("service-hung", "warning", "10.77.0.1:80", "3 waiting"), StringComparison.Ordinal);
    }

    [Fact]
    public void Clients_to_whom_there_is_no_way_back()
    {
        _network.SkipIfAbsent();
        _network.InHere(() => Listen(80, 16));
        int port = 1024;
        Keep(() => SendSyn(IPAddress.Parse("198.51.100.1"), ++port));

        Holds("tcp.listen-drops", "warning", "although their accept queues have room", "a route back");
    }

    [Fact]
    public void Connections_that_are_begun_and_not_completed()
    {
        _network.SkipIfAbsent();
        _network.Exec("ip route add 198.51.100.0/24 via 10.77.0.2");
        _network.InHere(() => Listen(80, 128));
        _network.InThere(() =>
        {
            for (int i = 0; i < 90; i++)
                SendSyn(IPAddress.Parse($"198.51.100.{1 + i}"), 2000 + i);
        });
        Thread.Sleep(1200); // until the answers are repeated

        Holds("tcp.syn-queue", "warning", "half-open connections of :80: 90", "128");
    }

    [Fact]
    public void A_table_of_ended_connections_that_is_nearly_full()
    {
        _network.SkipIfAbsent();
        _network.Exec("sysctl -qw net.ipv4.tcp_max_tw_buckets=20");
        List<(Socket Client, Socket Server)> pairs = _network.Connect(19);
        pairs.ForEach(pair =>
        {
            pair.Client.Dispose();
            pair.Server.Dispose();
        });
        Thread.Sleep(100);

        Holds("tcp.time-wait", "warning", "19", "forgotten at once");
    }

    [Fact]
    public void Data_that_nobody_acknowledges()
    {
        _network.SkipIfAbsent();
        List<(Socket Client, Socket Server)> pairs = _network.Connect(1);
        _network.ExecThere("nft add table ip deaf; add chain ip deaf in { type filter hook input priority 0 ; policy drop ; }");
        pairs[0].Client.Send(new byte[3000]);
        Thread.Sleep(700);

        Holds("tcp.unsent", "advice", "2.93 KiB for 10.77.0.2", "the peer is gone");
        AuditNamespace.Close(pairs);
    }

    [Fact]
    public void Messages_of_the_kernel_that_a_program_does_not_read()
    {
        _network.SkipIfAbsent();
        NetlinkSocket? listener = null;
        _network.InHere(() =>
        {
            listener = NetlinkSocket.Open(NetlinkProtocol.Route);
            listener.Subscribe(4); // RTMGRP_NEIGH
        });
        using (listener)
        {
            string batch = Path.GetTempFileName();
            File.WriteAllLines(batch, Enumerable.Range(10, 200).SelectMany(i => (string[])[$"neigh replace 10.77.0.{i} lladdr 02:00:00:00:00:01 dev eth0", $"neigh del 10.77.0.{i} dev eth0"]));
            for (int i = 0; i < 3; i++) // until its buffer is full
                _network.Exec($"ip -batch {batch}");
            Keep(() => _network.Exec($"ip -batch {batch}"));

            Holds("socket.netlink", "warning", $"(pid {Environment.ProcessId})", "reads too slowly");
            Stop();
            File.Delete(batch);
        }
    }

    private void Stop()
    {
        _end.Cancel();
        _load?.Wait();
    }

    private string Holds(string check, string standing, params string[] words)
    {
        using var json = JsonDocument.Parse(_network.NetWhy("host", "--json", "--all").Output);
        JsonElement[] all = [.. json.RootElement.GetProperty("signals").EnumerateArray()];
        JsonElement[] signals = [.. all.Where(signal => signal.GetProperty("check").GetString() == check && (standing is "fine" || signal.GetProperty("standing").GetString() is not "fine"))];
        string seen = string.Join('\n', (signals.Length == 0 ? all.Where(signal => signal.GetProperty("standing").GetString() is not "fine") : signals).Select(signal => signal.ToString()));
        Assert.True(signals.Length == 1, seen);
        Assert.True(signals[0].GetProperty("standing").GetString() == standing, seen);
        string text = $"{signals[0].GetProperty("title").GetString()}: {signals[0].GetProperty("value").GetString()}; {signals[0].GetProperty("limit").GetString()}; {(signals[0].TryGetProperty("meaning", out JsonElement meaning) ? meaning.GetString() : "")}";
        Assert.All(words, word => Assert.Contains(word, text, StringComparison.Ordinal));
        return text;
    }

    private void Keep(Action step, int wait = 20) => _load = Task.Run(() => _network.InThere(() =>
    {
        while (!_end.IsCancellationRequested)
        {
            step();
            Thread.Sleep(wait);
        }
    }));

    private static void SendSyn(IPAddress source, int port) => AuditNamespace.SendRaw(
        AuditNamespace.Here, 6, 64, 0, RawPacket.Tcp(new IPEndPoint(source, port), new IPEndPoint(AuditNamespace.Here, 80), 1, flags: 2), source: source);

    private static void Begin(Socket socket, EndPoint end)
    {
        try
        {
            socket.Connect(end);
        }
        catch (SocketException pending) when (pending.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            // as it should be
        }
    }

    private Socket Listen(int port, int backlog, IPAddress? address = null)
    {
        Socket listener = Keep(AuditNamespace.Tcp());
        listener.Bind(new IPEndPoint(address ?? IPAddress.Any, port));
        listener.Listen(backlog);
        return listener;
    }

    private Socket Keep(Socket socket)
    {
        _open.Add(socket);
        return socket;
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using NetWhy.Lab.Impairments;
using NetWhy.Linux;
using Xunit;

namespace NetWhy.Tests.Audit;

/// <summary>Connections whose trouble looks like another one's, for real, each in namespaces of its own; and what is said of them.</summary>
public sealed class ConnectionVerdictLiveTests : IDisposable
{
    private readonly AuditNamespace _network = new();
    private readonly List<Socket> _open = [];
    private readonly CancellationTokenSource _end = new();
    private readonly List<Task> _loads = [];
    private readonly List<Process> _children = [];

    public ConnectionVerdictLiveTests() => _network.SkipIfAbsent();

    public void Dispose()
    {
        try
        {
            StopLoads();
        }
        finally
        {
            foreach (Process child in _children)
            {
                child.Kill();
                child.WaitForExit();
                child.Dispose();
            }

            _end.Dispose();
            _network.Dispose();
        }
    }

    [Theory]
    [InlineData("meta length > 1400", "path-mtu-black-hole", "1448 octets")]
    [InlineData("meta length > 0", "half-open-connection", "gets no answer for")] // Innocent of size: nothing passes
    public void Full_segments_that_vanish_are_told_from_a_peer_that_is_gone(string dropped, string cause, string words)
    {
        List<(Socket Client, Socket Server)> pairs = _network.Connect(1);
        pairs.ForEach(pair => _open.AddRange([pair.Client, pair.Server]));
        pairs[0].Client.Send(new byte[50]);
        Thread.Sleep(100);
        _network.ExecThere($"nft add table ip narrow; add chain ip narrow in {{ type filter hook input priority 0 ; }}; add rule ip narrow in {dropped} drop");
        pairs[0].Client.NoDelay = true;
        pairs[0].Client.Send(new byte[5000]);
        WaitUntilSentAgain(pairs[0].Client, times: 4);

        JsonElement row = Assert.Single(Troubles());
        Assert.Equal(cause, row.GetProperty("check").GetString());
        Assert.Contains(words, row.GetProperty("meaning").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void SYNs_that_nobody_answers_are_one_row()
    {
        _network.ExecThere("nft add table ip deaf; add chain ip deaf in { type filter hook input priority 0 ; policy drop ; }");
        _network.InHere(() => Begin(AuditNamespace.There, Enumerable.Range(9000, 12).SelectMany(port => Enumerable.Repeat(port, 6))));
        Thread.Sleep(2500);

        JsonElement row = Assert.Single(Troubles());
        Assert.Equal("warning", row.GetProperty("standing").GetString());
        string meaning = row.GetProperty("meaning").GetString()!;
        Assert.All(
            (string[])["72 connections", $"(pid {Environment.ProcessId})", "at 12 destinations", "6 to 10.77.0.2:90", "48 to 8 others"],
            word => Assert.Contains(word, meaning, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("nft add table inet f; add chain inet f o { type filter hook output priority 0 ; }; add rule inet f o tcp dport 9000 counter drop", "nft delete rule inet f o handle 2")]
    [InlineData("nft add table inet f; add chain inet f o { type filter hook output priority 0 ; }; add rule inet f o tcp dport 9000 drop", "nft delete rule inet f o handle 2")]
    [InlineData("iptables -A OUTPUT -p tcp --dport 9000 -j DROP", "iptables -D OUTPUT -p tcp -m tcp --dport 9000 -j DROP")]
    public void A_rule_here_that_eats_SYNs_is_the_one_row(string rule, string undo)
    {
        _network.Exec(rule);
        _network.InHere(() => Begin(AuditNamespace.There, Enumerable.Repeat(9000, 30)));
        Thread.Sleep(2500);

        JsonElement row = Assert.Single(Troubles());
        Assert.Equal("local-firewall-drop", row.GetProperty("check").GetString());
        Assert.Contains("30 connections", row.GetProperty("meaning").GetString(), StringComparison.Ordinal);
        Assert.Contains(row.GetProperty("remedies").EnumerateArray(), remedy => remedy.TryGetProperty("command", out JsonElement command) && command.GetString() == undo);
    }

    [Theory]
    [InlineData(1280, 1500, "mtu-mismatch", "takes only smaller packets")]
    [InlineData(1500, 1280, null, "")] // Innocent here: this side sends what the other one takes
    [InlineData(1500, 1500, null, "")]
    public void An_end_that_takes_less_than_the_other_sends_is_named(int there, int here, string? cause, string words)
    {
        _network.ExecThere($"ip link set eth0 mtu {there}");
        _network.Exec($"ip link set eth0 mtu {here}");
        _network.InThere(() => Keep(AuditNamespace.Udp()).Bind(new IPEndPoint(AuditNamespace.There, 5000)));
        Load(_network.InHere, () => Send(AuditNamespace.There, 4000));
        Thread.Sleep(300);

        JsonElement[] rows = Troubles();
        Assert.Equal(cause is null ? [] : [cause], rows.Select(row => row.GetProperty("check").GetString()));
        Assert.All(rows, row => Assert.Contains(words, row.GetProperty("meaning").GetString(), StringComparison.Ordinal));
    }

    [Fact]
    public void An_end_that_refuses_what_the_other_sends_names_itself()
    {
        _network.Exec("ip link set eth0 mtu 1280");
        Load(_network.InThere, () => Send(AuditNamespace.Here, 4000));
        Thread.Sleep(300);

        JsonElement row = Assert.Single(Troubles());
        Assert.Equal("mtu-mismatch", row.GetProperty("check").GetString());
        Assert.Contains("whose MTU is 1280", row.GetProperty("meaning").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("4096 32768 32768", true)]
    [InlineData("4096 131072 6291456", false)] // Innocent: the buffer grows with the need
    public void A_receive_buffer_that_bounds_a_transfer_is_named_by_the_receiver(string buffers, bool isBound)
    {
        _network.InHere(() => File.WriteAllText("/proc/sys/net/ipv4/tcp_rmem", buffers));
        using TapDevice left = TapDevice.Create(_network.Name, "wire");
        using TapDevice right = TapDevice.Create(_network.Name + "-other", "wire");
        foreach ((Action<string> exec, string address) in new (Action<string>, string)[] { (_network.Exec, "10.79.0.1"), (_network.ExecThere, "10.79.0.2") })
        {
            exec("sysctl -qw net.ipv6.conf.wire.disable_ipv6=1");
            exec($"ip address add {address}/24 dev wire");
            exec("ip link set wire up txqueuelen 5000");
        }

        var relay = new LinkRelay(left, right, new LinkModel(ImpairmentText.Parse("delay=20ms")), new LinkModel(ImpairmentText.Parse("delay=20ms")));
        Begin(() => relay.Run(_end.Token));
        var service = new IPEndPoint(IPAddress.Parse("10.79.0.2"), 7000);
        Socket? listener = null;
        _network.InThere(() =>
        {
            listener = Keep(AuditNamespace.Tcp());
            listener.Bind(service);
            listener.Listen(1);
        });
        Load(_network.InHere, () => Read(service));
        Socket server = Keep(listener!.Accept());
        byte[] octets = new byte[1 << 14];
        Load(_network.InThere, () => Pour(server, octets, isBound ? 0 : 20)); // without a small buffer, what a program sends by and by
        Thread.Sleep(2500);

        JsonElement[] rows = [.. Troubles().Where(row => row.GetProperty("check").GetString() is "receive-window-limited")];
        Assert.Equal(isBound, rows.Length == 1);
        Assert.All(rows, row => Assert.Contains($"(pid {Environment.ProcessId})", row.GetProperty("meaning").GetString(), StringComparison.Ordinal));
        StopLoads();
    }

    [Fact]
    public void A_worker_that_reads_on_with_a_queue_before_it_is_not_hung()
    {
        List<(Socket Client, Socket Server)> pairs = _network.Connect(1, fromThere: true);
        (Socket client, Socket server) = pairs[0];
        _open.AddRange([client, server]);
        client.Send(new byte[20_000]); // always as much ahead
        Load(_network.InHere, () =>
        {
            server.Receive(new byte[1000]);
            server.Send(new byte[1]);
            Thread.Sleep(50);
        });
        Load(_network.InThere, () =>
        {
            client.Receive(new byte[1]);
            client.Send(new byte[1000]);
        });
        Thread.Sleep(300);

        string port = ((IPEndPoint)server.LocalEndPoint!).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Assert.DoesNotContain("service-hung", _network.NetWhy($":{port}", "--json").Output.Split("\"doubtful\"")[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Ports_that_are_all_bound_are_critical_and_the_command_shows_them()
    {
        _network.InHere(() =>
        {
            File.WriteAllText("/proc/sys/net/ipv4/ip_local_port_range", "41000 41199");
            for (int port = 41_000; port < 41_200; port++)
                Keep(AuditNamespace.Tcp()).Bind(new IPEndPoint(AuditNamespace.Here, port));
        });

        JsonElement row = Assert.Single(Troubles(), row => row.GetProperty("check").GetString() is "tcp.bound-ports");
        Assert.Equal("critical", row.GetProperty("standing").GetString());
        string command = Assert.Single(row.GetProperty("remedies").EnumerateArray().Select(remedy => remedy.GetProperty("command").GetString()).OfType<string>());
        string[] words = command.Split(' ');
        Assert.Equal("netwhy", words[0]);
        Assert.Equal(200, _network.NetWhy(words[1..]).Output.Split('\n').Count(line => line.Contains("10.77.0.1:41", StringComparison.Ordinal)));
    }

    [Fact]
    public void Connections_of_several_processes_are_told_of_each()
    {
        _network.InThere(() =>
        {
            Socket listener = Keep(AuditNamespace.Tcp());
            listener.Bind(new IPEndPoint(AuditNamespace.There, 7000));
            listener.Listen(512);
            Begin(() => Accept(listener));
        });
        foreach (int count in (int[])[60, 50, 40])
            StartChild("ip", "netns", "exec", _network.Name, "bash", "-c", $"for i in $(seq 10 {count + 9}); do eval \"exec $i<>/dev/tcp/10.77.0.2/7000\"; done; read -r x");
        Thread.Sleep(1500);

        JsonElement row = Assert.Single(Troubles());
        string meaning = row.GetProperty("meaning").GetString()!;
        Assert.StartsWith("3 processes (", meaning, StringComparison.Ordinal);
        Assert.All((string[])["150 connections", "): 60", "): 50", "): 40"], word => Assert.Contains(word, meaning, StringComparison.Ordinal));
    }

    [Fact]
    public void A_client_that_drops_our_answers_is_no_flood()
    {
        _network.ExecThere("nft add table ip deaf; add chain ip deaf in { type filter hook input priority 0 ; }; add rule ip deaf in tcp sport 7000 drop");
        _network.InHere(() =>
        {
            Socket listener = Keep(AuditNamespace.Tcp());
            listener.Bind(new IPEndPoint(AuditNamespace.Here, 7000));
            listener.Listen(64);
        });
        _network.InThere(() => Begin(AuditNamespace.Here, Enumerable.Repeat(7000, 120)));
        Thread.Sleep(2500);

        JsonElement row = Assert.Single(Troubles());
        Assert.Equal("return-route-missing", row.GetProperty("check").GetString());
        Assert.Contains("10.77.0.2 begins connections to port 7000", row.GetProperty("meaning").GetString(), StringComparison.Ordinal);
    }

    // Without what a namespace without a default route is told.
    private JsonElement[] Troubles()
    {
        using var json = JsonDocument.Parse(_network.NetWhy("host", "--json").Output);
        return
        [
            .. json.RootElement.Clone().GetProperty("signals").EnumerateArray()
                .Where(signal => signal.GetProperty("standing").GetString() is "critical" or "warning" or "advice")
                .Where(signal => !signal.GetProperty("check").GetString()!.StartsWith("route.", StringComparison.Ordinal) && !signal.GetProperty("check").GetString()!.StartsWith("setting", StringComparison.Ordinal)),
        ];
    }

    // The kernel's pauses grow from a round trip that a busy machine makes long. TCP_INFO: tcpi_retransmits is its third octet.
    private static void WaitUntilSentAgain(Socket sender, int times)
    {
        const int Tcp = 6;
        const int TcpInfo = 11;
        byte[] info = new byte[8];
        var waited = Stopwatch.StartNew();
        do
        {
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(30), $"the segment was sent again {info[2]} times only");
            Thread.Sleep(100);
            Assert.True(sender.GetRawSocketOption(Tcp, TcpInfo, info) > 2);
        }
        while (info[2] < times);
    }

    // Lives until its input ends.
    private void StartChild(string program, params string[] arguments) =>
        _children.Add(Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true })!);

    private void Begin(IPAddress to, IEnumerable<int> ports)
    {
        foreach (int port in ports)
        {
            Socket socket = Keep(AuditNamespace.Tcp());
            socket.Blocking = false;
            try
            {
                socket.Connect(to, port);
            }
            catch (SocketException pending) when (pending.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                // as it should be
            }
        }
    }

    private void Begin(Action load) => _loads.Add(Task.Run(load));

    private void Load(Action<Action> within, Action step) => Begin(() => within(() =>
    {
        try
        {
            while (!_end.IsCancellationRequested)
                step();
        }
        catch (Exception over) when (over is SocketException or ObjectDisposedException)
        {
            // the sockets are closed to end it
        }
    }));

    private void Read(IPEndPoint service)
    {
        Socket client = Keep(AuditNamespace.Tcp());
        client.Connect(service);
        byte[] octets = new byte[1 << 16];
        while (client.Receive(octets) > 0)
        {
            // reads all that comes, at once
        }

        throw new SocketException((int)SocketError.Shutdown);
    }

    private static void Pour(Socket socket, byte[] octets, int pause)
    {
        socket.Send(octets);
        if (pause > 0)
            Thread.Sleep(pause);
    }

    private static void Send(IPAddress to, int size)
    {
        using Socket socket = AuditNamespace.Udp();
        for (int i = 0; i < 50; i++)
        {
            try
            {
                socket.SendTo(new byte[size], new IPEndPoint(to, 5000));
            }
            catch (SocketException)
            {
                // that they are refused is what is wanted
            }

            Thread.Sleep(20);
        }
    }

    private void Accept(Socket listener)
    {
        try
        {
            while (!_end.IsCancellationRequested)
                listener.Accept().Dispose();
        }
        catch (Exception over) when (over is SocketException or ObjectDisposedException)
        {
            // the listener is closed to end it
        }
    }

    private void StopLoads()
    {
        _end.Cancel();
        lock (_open)
            _open.ForEach(socket => socket.Dispose());
        Assert.True(Task.WaitAll([.. _loads], TimeSpan.FromSeconds(20)));
    }

    private Socket Keep(Socket socket)
    {
        lock (_open) // loads open some, too
            _open.Add(socket);
        return socket;
    }
}

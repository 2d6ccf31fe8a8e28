using System.Net;
using System.Net.Sockets;
using NetWhy.Collect;
using NetWhy.Collect.Probes;
using NetWhy.Collect.Sockets;
using NetWhy.Diagnose;
using NetWhy.Evidence;
using NetWhy.Linux;
using Xunit;

namespace NetWhy.Tests.Linux;

/// <summary>What becomes of sockets of this process, as the kernel shows it to the probe and the rules.</summary>
public sealed class SocketGroupsTests : IDisposable
{
    private readonly List<IDisposable> _open = [];

    [Fact]
    public async Task Connections_that_the_peer_closed_are_counted_with_their_owner()
    {
        Socket listener = Listen(backlog: 64);
        int port = PortOf(listener);
        for (int i = 0; i < 12; i++)
        {
            using Socket client = Connect(port);
            _open.Add(listener.Accept());
        }

        EvidenceSet evidence = await LookAsync(new Target($":{port}", TargetKind.LocalPort) { Port = port });

        SocketGroup group = Assert.Single(evidence.All<SocketGroup>(), group => group.State is "close-wait");
        Assert.Equal((12, 12, 12, 12), (group.Count, group.Before, group.Lasted, group.Held));
        Assert.Equal((port, Environment.ProcessId), (group.LocalPort, group.Pid));
        Assert.Equal((IPAddress.Loopback, 12), (group.TopPeer, group.OfTopPeer));
        Assert.True(group.DescriptorLimit >= group.Descriptors && group.Descriptors >= 12, group.ToString());
    }

    [Fact]
    public async Task Data_that_a_program_does_not_read_fills_its_buffer_and_is_found()
    {
        Socket listener = Listen(backlog: 4);
        Socket client = Connect(PortOf(listener));
        Socket server = Keep(listener.Accept());
        client.Blocking = false;
        byte[] data = new byte[65_536];
        for (int i = 0; i < 4096 && !IsFull(client, data); i++)
        {
        }

        int port = PortOf(server);
        EvidenceSet evidence = await LookAsync(new Target($":{port}", TargetKind.LocalPort) { Port = port });

        TcpFlow flow = Assert.Single(evidence.All<TcpFlow>(), flow => flow.ReceiveQueue > 0);
        Assert.InRange(flow.ReceiveQueueBefore, flow.ReceiveQueue / 2, flow.ReceiveQueue);
        Assert.True(flow.ReceiveBuffer > 0 && flow.IsIncoming && flow.Pid == Environment.ProcessId, flow.ToString());
        Assert.Contains(RuleCatalog.All.SelectMany(rule => rule.Evaluate(evidence)), finding => finding.Cause is "receive-window-full" && finding.Where is Where.Local);
    }

    [Fact]
    public async Task A_program_that_sends_little_is_told_from_a_network_that_takes_little()
    {
        Socket listener = Listen(backlog: 4);
        int port = PortOf(listener);
        Socket client = Connect(port);
        Socket server = Keep(listener.Accept());
        server.NoDelay = true;
        byte[] data = new byte[1000];
        _ = server.Send(data); // so that it stands out in the first look

        EvidenceSet seen = await LookAsync(new Target($":{port}", TargetKind.LocalPort) { Port = port }, () =>
        {
            for (int i = 0; i < 10; i++)
            {
                Thread.Sleep(10);
                _ = server.Send(data);
                _ = client.Receive(data);
            }
        });

        TcpFlow flow = Assert.Single(seen.All<TcpFlow>(), flow => flow.LocalPort == port);
        Assert.True(flow.Sent > 5000 && flow.BusyGrowth < flow.Interval * 0.2, flow.ToString());
        var evidence = new EvidenceSet([new InvestigationStarted("0", "", TargetKind.LocalPort, null, null, port), .. seen.Observations]);
        Assert.Contains(RuleCatalog.All.SelectMany(rule => rule.Evaluate(evidence)), finding => finding.Cause is "sender-application-limited");
    }

    [Fact]
    public async Task Datagrams_that_find_no_room_are_found_with_their_socket()
    {
        var slow = Keep(new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        slow.ReceiveBufferSize = 4096;
        slow.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int port = PortOf(slow);
        var sender = Keep(new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));

        EvidenceSet evidence = await LookAsync(new Target($":{port}", TargetKind.LocalPort) { Port = port }, () =>
        {
            for (int i = 0; i < 50; i++)
                sender.SendTo(new byte[512], slow.LocalEndPoint!);
        });

        DatagramSocket socket = Assert.Single(evidence.All<DatagramSocket>());
        Assert.True(socket.DropsGrowth > 10 && socket.Drops == socket.DropsGrowth && socket.Queued > 0, socket.ToString());
        Assert.Equal((port, Environment.ProcessId), (socket.Port, socket.Pid));
    }

    [Fact]
    public async Task A_listener_that_drops_and_a_full_Unix_socket_are_found()
    {
        Socket listener = Listen(backlog: 1);
        int port = PortOf(listener);
        _ = Connect(port);
        _ = Connect(port);
        string path = Path.Combine(Path.GetTempPath(), $"netwhy-test-{Environment.ProcessId}.sock");
        var local = Keep(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified));
        local.Bind(new UnixDomainSocketEndPoint(path));
        local.Listen(1);
        for (int i = 0; i < 2; i++)
            Keep(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)).Connect(new UnixDomainSocketEndPoint(path));

        EvidenceSet evidence = await LookAsync(new Target("", TargetKind.HostState), () =>
        {
            var late = Keep(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
            _ = late.ConnectAsync(IPAddress.Loopback, port);
        });
        File.Delete(path);

        Listener full = Assert.Single(evidence.All<Listener>(), one => one.Port == port);
        Assert.True(full is { Queue: 2, Limit: 1, QueueBefore: 2, DropsGrowth: > 0 } && full.Pid == Environment.ProcessId, full.ToString());
        UnixListener unix = Assert.Single(evidence.All<UnixListener>(), one => one.Name == path);
        Assert.Equal((2, 1, 2, Environment.ProcessId), (unix.Queue, unix.Limit, unix.QueueBefore, unix.Pid));
        Assert.Contains(evidence.All<SocketSurvey>(), survey => survey is { Listeners: > 0, UnixListeners: > 0, Orphans: not null });
    }

    [Fact]
    public async Task Ports_of_services_that_a_larger_range_would_take_are_listed()
    {
        int port = PortOf(Listen(backlog: 1));

        EvidenceSet evidence = await LookAsync(new Target("", TargetKind.HostState));

        IReadOnlyList<int> ports = Assert.Single(evidence.All<SocketSurvey>()).HighPorts!;
        Assert.Contains(port, ports);
        Assert.All(ports, high => Assert.InRange(high, 10_240, 65_535));
    }

    [Theory]
    [InlineData(100, 90)]
    [InlineData(32_769, null)] // the last of them is not remembered
    public void Sockets_are_known_again_if_they_were_not_too_many(int before, int? lasted)
    {
        SocketTally first = Tally(null, 0, before);

        Assert.Equal(lasted, Tally(first, 10, before).Lasted);

        static SocketTally Tally(SocketTally? earlier, int from, int to)
        {
            var tally = new SocketTally(earlier);
            for (int i = from; i < to; i++)
            {
                tally.Count++;
                tally.Keep((ulong)i, 0);
            }

            return tally;
        }
    }

    public static TheoryData<Target> Targets =>
    [
        new Target("", TargetKind.ThisMachine),
        new Target("", TargetKind.HostState),
        new Target(":80", TargetKind.LocalPort) { Port = 80 },
        new Target("pid:1", TargetKind.Process) { Pid = 1 },
        new Target("h", TargetKind.Host) { Host = "h" },
        new Target("h:80", TargetKind.HostPort) { Host = "h", Port = 80 },
        new Target("udp://h:80", TargetKind.Service) { Scheme = "udp", Host = "h", Port = 80 },
    ];

    [Theory]
    [MemberData(nameof(Targets))]
    public void All_sockets_are_counted_by_one_probe_alone(Target target) =>
        Assert.NotEqual(new SocketCensusProbe().Applies(target), new SocketGroupsProbe().Applies(target));

    [Fact]
    public async Task One_look_tells_the_states_of_all_sockets_and_of_those_asked_about()
    {
        Socket listener = Listen(backlog: 4);
        int port = PortOf(listener);
        Socket client = Connect(port);
        Keep(listener.Accept());
        client.Send(new byte[70]);

        EvidenceSet evidence = await LookAsync(new Target($":{port}", TargetKind.LocalPort) { Port = port });

        SocketCensus all = Assert.Single(evidence.All<SocketCensus>(), census => census.Subject is "all");
        Assert.True(all.Counts["established"] >= 2 && all.Counts["listen"] >= 1, all.ToString());
        SocketCensus[] service = [.. evidence.All<SocketCensus>().Where(census => census.Subject == $":{port}")];
        Assert.Equal(2, service.Length);
        Assert.All(service, census => Assert.Equal((1, 1, 1, 70L), (census.Counts["established"], census.Counts["listen"], census.WithUnreadData, census.MostUnread)));
        Assert.Equal([(0, false), (1, true)], service.Select(census => (census.StillUnread, census.After is not null)));
    }

    [Fact]
    public async Task A_UDP_socket_that_was_asked_about_is_told_though_it_is_idle()
    {
        var idle = Keep(new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        idle.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int port = PortOf(idle);

        EvidenceSet evidence = await LookAsync(new Target($":{port}", TargetKind.LocalPort) { Port = port });

        DatagramSocket socket = Assert.Single(evidence.All<DatagramSocket>());
        Assert.Equal((port, 0L, 0L, Environment.ProcessId), (socket.Port, socket.Queued, socket.QueuedBefore, socket.Pid));
        Assert.DoesNotContain((await LookAsync(new Target("", TargetKind.HostState))).All<DatagramSocket>(), other => other.Port == port);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whether_anybody_was_accepted_is_known_by_who_waits_longest(bool accepts)
    {
        Socket listener = Listen(backlog: 8);
        int port = PortOf(listener);
        _ = Connect(port);
        Thread.Sleep(50);
        _ = Connect(port);

        EvidenceSet evidence = await LookAsync(new Target($":{port}", TargetKind.LocalPort) { Port = port }, accepts ? () => Keep(listener.Accept()) : null);

        Listener told = Assert.Single(evidence.All<Listener>());
        Assert.Equal((accepts ? 1 : 2, 2, !accepts), (told.Queue, told.QueueBefore, told.FirstStayed));
        Assert.NotNull(told.ProcessState);
    }

    [Fact]
    public async Task A_connection_of_the_investigation_itself_is_no_client()
    {
        Socket listener = Listen(backlog: 8);
        int port = PortOf(listener);
        _ = Connect(port);
        Socket own = Connect(port);
        var source = (IPEndPoint)own.LocalEndPoint!;
        var attempt = new ConnectAttempt(IPAddress.Loopback, port, "target", ConnectOutcome.Connected, TimeSpan.Zero) { Source = source.Address, SourcePort = source.Port };

        EvidenceSet evidence = await LookAsync(new Target($":{port}", TargetKind.LocalPort) { Port = port }, known: attempt);

        Listener told = Assert.Single(evidence.All<Listener>());
        Assert.Equal((1, 1), (told.Queue, told.QueueBefore));
        Assert.All(evidence.All<SocketGroup>(), group => Assert.Equal(1, group.Count));
        Assert.Equal(1, Assert.Single(evidence.All<SocketCensus>(), census => census.Subject == $":{port}").Counts["established"]);

        own.Dispose(); // it waits on, closed
        EvidenceSet later = await LookAsync(new Target($":{port}", TargetKind.LocalPort) { Port = port }, known: attempt);
        Assert.Equal(1, Assert.Single(later.All<Listener>()).Queue);
    }

    [Fact]
    public async Task The_Unix_sockets_of_a_process_are_told_full_or_not()
    {
        string name = $"\0netwhy-groups-{Guid.NewGuid():N}";
        Socket full = Keep(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified));
        full.Bind(new UnixDomainSocketEndPoint(name));
        full.Listen(1);
        for (int i = 0; i < 2; i++)
            Keep(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)).Connect(new UnixDomainSocketEndPoint(name));
        Socket idle = Keep(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified));
        idle.Bind(new UnixDomainSocketEndPoint(name + "-idle"));
        idle.Listen(1);
        Socket deaf = Keep(new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified));
        deaf.Bind(new UnixDomainSocketEndPoint(name + "-deaf"));
        Socket sender = Keep(new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified));
        sender.Connect(new UnixDomainSocketEndPoint(name + "-deaf"));
        var sending = new Thread(() =>
        {
            try
            {
                while (true)
                    sender.Send([1]);
            }
            catch (SocketException)
            {
                // the reader went
            }
        });
        sending.Start();
        Thread.Sleep(200);

        EvidenceSet evidence = await LookAsync(new Target("pid", TargetKind.Process) { Pid = Environment.ProcessId });
        deaf.Dispose();
        sending.Join();

        string shown = "@" + name[1..];
        UnixListener told = Assert.Single(evidence.All<UnixListener>(), listener => listener.Name == shown);
        Assert.Equal((2, 2, 1), (told.Queue, told.QueueBefore, told.Limit));
        Assert.Equal(0, Assert.Single(evidence.All<UnixListener>(), listener => listener.Name == shown + "-idle").Queue);
        UnixDatagrams unread = Assert.Single(evidence.All<UnixDatagrams>(), socket => socket.Name == shown + "-deaf");
        Assert.True(unread.SendersHold > 0 && unread.Pid == Environment.ProcessId && unread.SenderPid == Environment.ProcessId, unread.ToString());
    }

    [Fact]
    public void Descriptors_are_counted_alike_with_and_without_a_look_at_each()
    {
        int pid = Environment.ProcessId;

        Assert.InRange(ProcessTable.CountDescriptors(pid) ?? 0, 1, int.MaxValue);
        Assert.Equal(ProcessTable.ReadDescriptors(pid)!.Limit, ProcessTable.DescriptorLimit(pid));
        Assert.Null(ProcessTable.CountDescriptors(int.MaxValue));
        Assert.Null(ProcessTable.DescriptorLimit(int.MaxValue));
    }

    public void Dispose()
    {
        foreach (IDisposable socket in _open)
            socket.Dispose();
    }

    private static async Task<EvidenceSet> LookAsync(Target target, Action? meanwhile = null, Observation? known = null)
    {
        var log = new EvidenceLog("test", TimeProvider.System);
        if (known is not null)
            log.Add(known, "test");
        var options = new InvestigationOptions { Interval = TimeSpan.FromMilliseconds(200), OwnSockets = () => [] };
        Task look = new SocketGroupsProbe().RunAsync(new ProbeContext(target, options, log, TimeProvider.System, SocketGroupsProbe.Id), TestContext.Current.CancellationToken);
        meanwhile?.Invoke(); // the first look is over when the probe first waits
        await look;
        return log.Snapshot();
    }

    private static bool IsFull(Socket socket, byte[] data)
    {
        socket.Send(data, 0, data.Length, SocketFlags.None, out SocketError error);
        return error is SocketError.WouldBlock && !socket.Poll(TimeSpan.FromMilliseconds(50), SelectMode.SelectWrite);
    }

    private static int PortOf(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;

    private Socket Listen(int backlog)
    {
        var listener = Keep(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(backlog);
        return listener;
    }

    private Socket Connect(int port)
    {
        var client = Keep(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        client.Connect(IPAddress.Loopback, port);
        return client;
    }

    private Socket Keep(Socket socket)
    {
        _open.Add(socket);
        return socket;
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Audit;

/// <summary>The checks of sockets in a namespace of their own: silent where all is well, and made to speak by what they are about.</summary>
public sealed class SocketAuditTests(AuditNamespace network) : IClassFixture<AuditNamespace>
{
    private static readonly string[] Ours =
    [
        "tcp.accept-queue", "tcp.listen-drops", "tcp.backlog", "tcp.syn-queue", "tcp.close-wait", "tcp.time-wait", "tcp.orphans", "tcp.fin-wait-2", "tcp.last-ack",
        "tcp.syn-sent", "tcp.local-ports", "tcp.bound-ports", "tcp.port-range", "tcp.keepalive", "tcp.unread", "tcp.unsent", "tcp.transfers", "udp.buffers", "udp.local-ports", "unix.accept-queue",
        "tcp.lossy-connections", "service-hung", "accept-queue-full", "receive-window-limited", "host-unreachable", "port-filtered",
    ];

    public static TheoryData<string, string[]> Stimuli => new()
    {
        { "nothing", [] },
        { "connects that nobody answers", ["host-unreachable"] },
        { "a service among the local ports", ["tcp.port-range"] },
        { "most local ports in use", ["tcp.local-ports"] },
        { "most local ports in use, bound before the connection", ["tcp.bound-ports"] },
        { "most local ports in use, asked for by number", ["tcp.bound-ports"] },
        { "addresses bound before the connection, without ports", [] },
        { "connections to two services", [] },
        { "a queue that is half full", ["tcp.accept-queue"] },
        { "clients that nobody accepts", ["service-hung"] },
        { "clients that have just come", [] },
        { "a request that nobody reads", ["tcp.unread"] },
    };

    [Theory]
    [MemberData(nameof(Stimuli))]
    public void A_check_speaks_of_what_happens_and_no_other_does(string stimulus, string[] expected)
    {
        network.SkipIfAbsent();
        List<Socket> open = [];
        try
        {
            if (stimulus is "most local ports in use")
                SetRange("41000 41019");
            else if (stimulus.Contains("bound", StringComparison.Ordinal) || stimulus.Contains("number", StringComparison.Ordinal) || stimulus.Contains("two services", StringComparison.Ordinal))
                SetRange("41000 41039");
            network.InHere(() => Make(stimulus, open));
            ProgramResult result = network.NetWhy("host", "--json", "--all");

            using var json = JsonDocument.Parse(result.Output);
            string[] speaking =
            [
                .. json.RootElement.GetProperty("signals").EnumerateArray()
                    .Where(signal => signal.GetProperty("standing").GetString() is not "fine")
                    .Select(signal => signal.GetProperty("check").GetString()!)
                    .Where(Ours.Contains)
                    .Distinct(),
            ];
            Assert.Equal(expected, speaking);
        }
        finally
        {
            foreach (Socket socket in open)
                socket.Dispose();
            SetRange("32768 60999");
        }
    }

    [Fact]
    public void A_peer_that_reads_slowly_is_told_and_is_no_fault()
    {
        network.SkipIfAbsent();
        using var stop = new CancellationTokenSource();
        Socket? listener = null;
        network.InThere(() =>
        {
            listener = AuditNamespace.Tcp();
            listener.Bind(new IPEndPoint(IPAddress.Any, 90));
            listener.Listen(1);
        });
        var sender = new Thread(() => network.InHere(() =>
        {
            using var socket = AuditNamespace.Tcp();
            socket.SendTimeout = 200; // ms
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            socket.Connect(AuditNamespace.There, 90);
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    socket.Send(new byte[65_536]);
                }
                catch (SocketException full) when (full.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock || stop.IsCancellationRequested)
                {
                    // as it should be
                }
            }
        }));
        var reader = new Thread(() =>
        {
            using Socket socket = listener!.Accept();
            byte[] octets = new byte[16_384];
            while (!stop.IsCancellationRequested && socket.Receive(octets) > 0)
                Thread.Sleep(20);
        });
        reader.Start();
        sender.Start();
        Thread.Sleep(1500); // until the window is full

        ProgramResult result = network.NetWhy("host", "--json", "--all");
        stop.Cancel();
        reader.Join();
        sender.Join();
        listener!.Dispose();

        using var json = JsonDocument.Parse(result.Output);
        JsonElement signal = Assert.Single(json.RootElement.GetProperty("signals").EnumerateArray(), signal => signal.GetProperty("check").GetString() is "receive-window-limited");
        Assert.Equal("advice", signal.GetProperty("standing").GetString());
    }

    private void SetRange(string range) => network.InHere(() => File.WriteAllText("/proc/sys/net/ipv4/ip_local_port_range", range));

    private static void Make(string stimulus, List<Socket> open)
    {
        switch (stimulus)
        {
            case "connects that nobody answers":
                for (int i = 0; i < 6; i++)
                {
                    Socket socket = Keep(open);
                    socket.Blocking = false;
                    Begin(socket, new IPEndPoint(IPAddress.Parse("10.77.0.99"), 80));
                }

                Thread.Sleep(500); // the first SYN is repeated after a second
                break;
            case "a service among the local ports":
                Listen(open, 40_000, 8);
                break;
            case "most local ports in use":
                Socket service = Listen(open, 80, 64);
                for (int i = 0; i < 16; i++)
                {
                    Keep(open).Connect(AuditNamespace.Here, 80);
                    open.Add(service.Accept());
                }

                break;
            case "most local ports in use, bound before the connection":
                ConnectToTwo(open, (socket, _) => socket.Bind(new IPEndPoint(AuditNamespace.Here, 0)));
                break;
            case "most local ports in use, asked for by number":
                ConnectToTwo(open, (socket, number) => socket.Bind(new IPEndPoint(AuditNamespace.Here, 41_000 + number)));
                break;
            case "addresses bound before the connection, without ports":
                ConnectToTwo(open, (socket, _) =>
                {
                    socket.SetRawSocketOption(0, 24, BitConverter.GetBytes(1)); // IP_BIND_ADDRESS_NO_PORT
                    socket.Bind(new IPEndPoint(AuditNamespace.Here, 0));
                });
                break;
            case "connections to two services":
                ConnectToTwo(open, (_, _) => { });
                break;
            case "a queue that is half full":
                Listen(open, 81, 4);
                for (int i = 0; i < 3; i++)
                    Keep(open).Connect(AuditNamespace.Here, 81);
                break;
            case "clients that nobody accepts":
                Listen(open, 83, 128);
                for (int i = 0; i < 3; i++)
                    Keep(open).Connect(AuditNamespace.Here, 83);
                Thread.Sleep(3200);
                break;
            case "clients that have just come":
                Listen(open, 84, 128);
                for (int i = 0; i < 3; i++)
                    Keep(open).Connect(AuditNamespace.Here, 84);
                break;
            case "a request that nobody reads":
                Socket listener = Listen(open, 82, 4);
                Socket client = Keep(open);
                client.Connect(AuditNamespace.Here, 82);
                open.Add(listener.Accept());
                client.Send(new byte[100]);
                break;
        }
    }

    // Fifteen connections to each of two services: of forty ports connect(2) needs fifteen to twenty, bind(2) thirty.
    private static void ConnectToTwo(List<Socket> open, Action<Socket, int> prepare)
    {
        foreach (int port in (ReadOnlySpan<int>)[83, 84])
        {
            Socket service = Listen(open, port, 64);
            for (int i = 0; i < 15; i++)
            {
                Socket client = Keep(open);
                prepare(client, ((port - 83) * 15) + i);
                client.Connect(AuditNamespace.Here, port);
                open.Add(service.Accept());
            }
        }
    }

    private static void Begin(Socket socket, IPEndPoint end)
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

    private static Socket Listen(List<Socket> open, int port, int backlog)
    {
        Socket listener = Keep(open);
        listener.Bind(new IPEndPoint(IPAddress.Any, port));
        listener.Listen(backlog);
        return listener;
    }

    private static Socket Keep(List<Socket> open)
    {
        var socket = AuditNamespace.Tcp();
        socket.LingerState = new LingerOption(enable: true, seconds: 0); // leaves no TIME-WAIT behind
        open.Add(socket);
        return socket;
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using NetWhy.Lab.Impairments;
using NetWhy.Linux;
using NetWhy.Paths.Transfer;
using NetWhy.Tests.App;
using NetWhy.Tests.Collect;
using Xunit;

namespace NetWhy.Tests.Tools.Bw;

/// <summary><c>netwhy bw</c> over links whose properties were configured.</summary>
public sealed class BwTests
{
    private const string Port = "5217";

    private static int _number;

    [Theory]
    [InlineData("reno")]
    [InlineData("bbr")] // which paces itself to the rate of the window: TCP hardly ever says that the window is full
    public void A_small_window_bounds_a_long_path(string congestionControl)
    {
        using var link = new Link(new Impairment { Delay = TimeSpan.FromMilliseconds(20) }, congestionControl);

        JsonElement upload = link.Measure(["--window", "16KiB"], ["-U", "-t", "3"], out JsonElement statement);

        Assert.Equal("window-limited", statement.GetProperty("kind").GetString());
        Assert.InRange(upload.GetProperty("bits_per_second").GetDouble(), 100e3, 10e6);
    }

    [Fact]
    public void The_window_of_this_side_bounds_a_download()
    {
        using var link = new Link(new Impairment { Delay = TimeSpan.FromMilliseconds(20) });

        link.Measure([], ["-R", "-t", "3", "--window", "16KiB"], out JsonElement statement);

        Assert.Equal("window-limited", statement.GetProperty("kind").GetString());
    }

    [Fact]
    public void A_receiver_that_takes_little_is_the_bound_and_not_its_window()
    {
        using var link = new Link(new Impairment { Delay = TimeSpan.FromMilliseconds(2) });

        JsonElement upload = link.Measure(["--rate", "2Mbps"], ["-U", "-t", "3"], out JsonElement statement);

        Assert.Equal("receiver-limited", statement.GetProperty("kind").GetString());
        Assert.InRange(upload.GetProperty("bits_per_second").GetDouble(), 1.6e6, 2.2e6);
    }

    [Fact]
    public void A_small_send_buffer_is_the_bound()
    {
        using var link = new Link(new Impairment { Delay = TimeSpan.FromMilliseconds(20) }, settings: "net.ipv4.tcp_wmem='4096 16384 32768'");

        link.Measure([], ["-U", "-t", "3"], out JsonElement statement);

        Assert.Equal("send-buffer-limited", statement.GetProperty("kind").GetString());
    }

    [Fact]
    public void Random_loss_does_not_bound_a_sender_that_does_not_heed_it()
    {
        using var link = new Link(new Impairment { Delay = TimeSpan.FromMilliseconds(10), Loss = 0.01, Rate = 5_000_000 }, "bbr");

        link.Measure([], ["-U", "-t", "3"], out JsonElement statement);

        Assert.Equal("path-limited", statement.GetProperty("kind").GetString());
    }

    [Fact]
    public void Loss_bounds_where_nothing_waits()
    {
        using var link = new Link(new Impairment { Delay = TimeSpan.FromMilliseconds(15), Loss = 0.02 });

        link.Measure([], ["-U", "-t", "4"], out JsonElement statement);

        Assert.Equal("loss-limited", statement.GetProperty("kind").GetString());
    }

    [Theory]
    [InlineData("-U")]
    [InlineData("-R")]
    public void A_long_queue_is_bufferbloat_and_the_path_the_bound(string direction)
    {
        using var link = new Link(new Impairment { Rate = 4_000_000 });

        JsonElement transfer = link.Measure([], [direction, "-t", "4", "-P", "8"], out JsonElement statement, out string[] kinds);

        Assert.Equal("path-limited", statement.GetProperty("kind").GetString());
        Assert.Contains("bufferbloat", kinds);
        Assert.InRange(transfer.GetProperty("bits_per_second").GetDouble(), 2e6, 3.9e6); // 4e6 × 1448 / 1514, and no more
        Assert.True(transfer.GetProperty("grade").GetString() is "C" or "D" or "F");
    }

    [Fact]
    public void An_application_that_sends_little_is_the_bound()
    {
        using var link = new Link(new Impairment { Delay = TimeSpan.FromMilliseconds(2) });

        JsonElement transfer = link.Measure([], ["-U", "-t", "2", "-b", "1Mbps"], out JsonElement statement);

        Assert.Equal("application-limited", statement.GetProperty("kind").GetString());
        Assert.InRange(transfer.GetProperty("bits_per_second").GetDouble(), 0.7e6, 1.3e6);
    }

    [Theory]
    [InlineData(2, "bw")]
    [InlineData(2, "bw", "a", "b")]
    [InlineData(2, "bw", "127.0.0.1", "-t", "61")]
    [InlineData(2, "bw", "127.0.0.1", "-t", "0")]
    [InlineData(2, "bw", "127.0.0.1", "-P", "17")]
    [InlineData(2, "bw", "127.0.0.1", "-R", "-U")]
    [InlineData(2, "bw", "127.0.0.1", "-n", "1MB", "-O", "1")]
    [InlineData(2, "bw", "-6", "127.0.0.1")]
    [InlineData(2, "bw", "--serve", "somewhere")]
    [InlineData(3, "bw", "does-not-exist.invalid")]
    [InlineData(3, "bw", "127.0.0.1", "-p", "9")]
    public void Bad_command_lines_and_hosts_end_with_one_line(int exitCode, params string[] arguments)
    {
        ProgramResult result = NetWhyProgram.Run(arguments);

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void Another_service_is_told_from_a_server()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        _ = AnswerAsync();

        ProgramResult result = NetWhyProgram.Run("bw", "127.0.0.1", "-p", ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture));

        Assert.Equal(3, result.ExitCode);
        Assert.Contains("something else listens there", result.Error, StringComparison.Ordinal);

        async Task AnswerAsync()
        {
            using Socket socket = await listener.AcceptSocketAsync();
            await socket.SendAsync("SSH-2.0-Another\r\n"u8.ToArray());
        }
    }

    [Fact]
    public void A_service_that_says_nothing_is_not_called_another_and_the_next_address_of_a_name_is_tried()
    {
        using var listener = new TcpListener(IPAddress.IPv6Loopback, 0);
        listener.Start();
        _ = CloseAsync();
        string port = ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);

        Assert.Contains($"[::1]:{port} accepts and says nothing", NetWhyProgram.Run("bw", "::1", "-p", port).Error, StringComparison.Ordinal);
        if (SystemNames.AddressesOf("localhost", 0) is [_, _, ..]) // 127.0.0.1, where nobody listens, comes first
            Assert.Contains($"[::1]:{port} accepts and says nothing", NetWhyProgram.Run("bw", "localhost", "-p", port).Error, StringComparison.Ordinal);

        async Task CloseAsync()
        {
            while (true)
                (await listener.AcceptSocketAsync()).Dispose();
        }
    }

    [Fact]
    public async Task A_client_that_goes_on_after_its_transfer_does_not_keep_its_place()
    {
        var options = new TransferServerOptions(0) { IsOnce = true, Farewell = TimeSpan.FromMilliseconds(200) };
        Assert.Equal(Errno.OK, TransferServer.Open(options, out TransferServer? server));
        using (server)
        {
            Task running = server!.RunAsync(TestContext.Current.CancellationToken);
            using Socket socket = await GreetAsync(server, TransferKind.Download);
            await socket.SendAsync(new byte[1]); // begin
            byte[] octets = new byte[64 * 1024];
            while (await socket.ReceiveAsync(octets) > 0)
            {
            }

            while (!running.IsCompleted)
            {
                try
                {
                    await socket.SendAsync(new byte[1]);
                }
                catch (SocketException)
                {
                    break; // its place is gone
                }
            }

            await running;
        }
    }

    [Fact]
    public async Task A_server_whose_places_are_taken_says_so()
    {
        Assert.Equal(Errno.OK, TransferServer.Open(new TransferServerOptions(0) { MostConnections = 1 }, out TransferServer? server));
        using var end = new CancellationTokenSource();
        Task running = server!.RunAsync(end.Token);
        using (Socket first = await GreetAsync(server, TransferKind.Echo))
        {
            var question = new TransferQuestion(IPAddress.Loopback, server.Port);
            (_, TransferFailure failure, _) = await TransferClient.OpenAsync(question, TestContext.Current.CancellationToken);
            Assert.Equal(TransferFailure.Busy, failure);
        }

        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        server.Dispose();
    }

    [Fact]
    public async Task A_server_that_goes_away_in_the_middle_leaves_the_figures_until_then()
    {
        using var link = new Link(new Impairment { Delay = TimeSpan.FromMilliseconds(2) });
        using Process server = link.Serve();
        using Process client = NetWhyProgram.Start(NetWhyProgram.Path, ["bw", "10.97.0.2", "-p", Port, "-N", link.Client, "-t", "20"], []);
        await Task.Delay(2000, TestContext.Current.CancellationToken);
        server.Kill();

        string output = await client.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string error = await client.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await client.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(3, client.ExitCode);
        Assert.Contains("(ended by the other side)", output, StringComparison.Ordinal);
        Assert.Contains("went away in the middle", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_outage_is_told_from_when_to_when_and_an_interrupt_leaves_the_figures_until_then()
    {
        using var link = new Link(new Impairment { Rate = 20_000_000, Limit = 100 });
        using Process server = link.Serve();
        using Process upload = NetWhyProgram.Start(NetWhyProgram.Path, ["bw", $"10.97.0.2:{Port}", "-N", link.Client, "--json", "-U", "-O", "0", "-t", "30"], []);
        using Process download = NetWhyProgram.Start(NetWhyProgram.Path, ["bw", $"10.97.0.2:{Port}", "-N", link.Client, "--json", "-R", "-O", "0", "-t", "4"], []);
        AuditedNamespace.Shell(link.Client, "until [ $(cat /sys/class/net/tap0/statistics/rx_bytes) -gt 2000000 ] && [ $(cat /sys/class/net/tap0/statistics/tx_bytes) -gt 2000000 ]; do sleep 0.05; done");
        foreach (string side in (string[])[link.Client, link.Server]) // both get ICMP errors about what they send: no reason for TCP to end
            AuditedNamespace.Shell(side, "sysctl -qw net.ipv4.icmp_ratelimit=0; nft 'add table ip t; add chain ip t i { type filter hook input priority 0; }; add rule ip t i ip protocol tcp reject with icmp net-unreachable'");
        await Task.Delay(2000, TestContext.Current.CancellationToken); // so long that connections are begun meanwhile, which learn of the errors
        AuditedNamespace.Shell(null, string.Create(CultureInfo.InvariantCulture, $"kill -INT {upload.Id}"));
        foreach (string side in (string[])[link.Client, link.Server])
            AuditedNamespace.Shell(side, "nft delete table ip t");

        JsonElement came = await TransferAsync(download, exitCode: 1);
        JsonElement sent = await TransferAsync(upload, exitCode: 130);
        server.Kill();

        double[] pauses = [.. came.GetProperty("pauses").EnumerateArray().Select(pause => pause.GetProperty("end").GetDouble() - pause.GetProperty("begin").GetDouble())];
        Assert.InRange(pauses.Max(), 1, 4); // a busy machine makes short ones of its own
        Assert.InRange(pauses.Order().SkipLast(1).LastOrDefault(), 0, 1);
        Assert.Equal("10.97.0.2", came.GetProperty("icmp").GetProperty("offender").GetString());
        Assert.Equal("Interrupted", sent.GetProperty("end").GetString());
        Assert.True(sent.GetProperty("isAcknowledged").GetBoolean());
        Assert.NotEqual(0, sent.GetProperty("octets").GetInt64());
        Assert.NotEmpty(sent.GetProperty("pauses").EnumerateArray());

        static async Task<JsonElement> TransferAsync(Process client, int exitCode)
        {
            string output = await client.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await client.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(exitCode, client.ExitCode);
            using var document = JsonDocument.Parse(output);
            return document.RootElement.GetProperty("transfers")[0].GetProperty("observation").Clone();
        }
    }

    [Theory]
    [InlineData("10", 2)]
    [InlineData("0", 3)]
    [InlineData("10m", 3)]
    [InlineData("1K", 3)]
    public void A_rate_is_read_as_iperf3_does_unless_its_unit_was_forgotten(string rate, int exitCode) =>
        Assert.Equal(exitCode, NetWhyProgram.Run("bw", "127.0.0.1:9", "-b", rate).ExitCode); // nobody listens there

    [Theory]
    [InlineData("127.0.0.1:9", "127.0.0.1:9 refuses")]
    [InlineData("[::1]:9", "[::1]:9 refuses")]
    [InlineData("[::1]", "[::1]:5216 refuses")]
    [InlineData("127.0.0.1:0", "'0' is no port from 1 to 65535")]
    public void A_host_may_come_with_its_port(string host, string message) =>
        Assert.Contains(message, NetWhyProgram.Run("bw", "-p", "5216", host).Error, StringComparison.Ordinal);

    [Fact]
    public async Task A_server_outlives_whatever_clients_send()
    {
        Assert.Equal(Errno.OK, TransferServer.Open(new TransferServerOptions(0) { MostConnections = 256 }, out TransferServer? server));
        using var end = new CancellationTokenSource();
        Task running = server!.RunAsync(end.Token);
        var random = new Random(7);
        for (int i = 0; i < 200; i++)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Port), TestContext.Current.CancellationToken);
            byte[] octets = new byte[5 + random.Next(64)];
            random.NextBytes(octets);
            if (i % 2 == 0)
                "NWBW\u0001"u8.CopyTo(octets);
            await socket.SendAsync(octets);
            socket.LingerState = new LingerOption(i % 3 == 0, 0);
        }

        List<Socket> misbehaving = [];
        foreach (TransferKind kind in Enum.GetValues<TransferKind>())
        {
            foreach (Action<Socket> misbehave in (Action<Socket>[])[Dribble, Flood, socket => socket.Shutdown(SocketShutdown.Send), socket => socket.Close(0)])
            {
                misbehaving.Add(await GreetAsync(server, kind));
                misbehave(misbehaving[^1]);
            }
        }

        var question = new TransferQuestion(IPAddress.Loopback, server.Port) { Time = TimeSpan.FromSeconds(0.3) };
        (TransferClient? client, TransferFailure failure, _) = await TransferClient.OpenAsync(question, TestContext.Current.CancellationToken);
        Assert.Equal(TransferFailure.None, failure);
        using (client)
            Assert.NotNull((await client!.RunAsync(isUpload: true, TestContext.Current.CancellationToken)).Trial);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        misbehaving.ForEach(socket => socket.Dispose());
        server.Dispose();
    }

    [Fact]
    public void Hellos_and_accounts_come_back_as_they_were_and_rubbish_is_none()
    {
        var hello = new TransferHello(TransferKind.Download, TimeSpan.FromSeconds(7), 123_456, 99) { Omitted = TimeSpan.FromSeconds(1), Session = 5 };
        byte[] octets = new byte[TransferHello.Size];
        hello.Write(octets);
        Assert.Equal(hello, TransferHello.Read(octets));
        octets[4] = 2;
        Assert.Null(TransferHello.Read(octets));
        Assert.Null(TransferHello.Read([]));

        var sender = new SenderAccount { Busy = TimeSpan.FromSeconds(1), Retransmits = 3, SendMss = 1448, FullSamples = 77, CongestionControl = "cubic" };
        byte[] written = new byte[SenderAccount.Size];
        sender.Write(written);
        Assert.Equal(sender, SenderAccount.Read(written));
        written.AsSpan().Fill(0xff);
        Assert.Equal(new SenderAccount { CongestionControl = "" }, SenderAccount.Read(written));

        var receiver = new ReceiverAccount(5, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1), 9);
        receiver.Write(written);
        Assert.Equal(receiver, ReceiverAccount.Read(written));
    }

    private static void Dribble(Socket socket) => socket.Send(new byte[1]);

    // More than buffers hold, and nobody reads the answers.
    private static void Flood(Socket socket) => _ = socket.SendAsync(new byte[16 << 20]);

    private static async Task<Socket> GreetAsync(TransferServer server, TransferKind kind)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Port), TestContext.Current.CancellationToken);
        byte[] hello = new byte[TransferHello.Size];
        new TransferHello(kind, TimeSpan.FromSeconds(30), 1 << 20, 0).Write(hello);
        await socket.SendAsync(hello);
        byte[] answer = new byte[TransferHello.AnswerSize];
        for (int filled = 0; filled < answer.Length;)
        {
            int received = await socket.ReceiveAsync(answer.AsMemory(filled), TestContext.Current.CancellationToken);
            Assert.NotEqual(0, received);
            filled += received;
        }

        Assert.Equal(TransferStatus.Agreed, TransferHello.ReadAnswer(answer));
        return socket;
    }

    // Two namespaces joined by the lab's link.
    private sealed class Link : IDisposable
    {
        private readonly string _client;
        private readonly string _server;
        private readonly CancellationTokenSource _end = new();
        private readonly TapDevice[] _taps;
        private readonly Thread _relay;

        public Link(Impairment impairment, string congestionControl = "reno", string? settings = null)
        {
            if (Environment.UserName != "root")
                Assert.Skip("network namespaces need root");
            string unique = string.Create(CultureInfo.InvariantCulture, $"bw-{Environment.ProcessId}-{Interlocked.Increment(ref _number)}");
            (_client, _server) = (unique + "a", unique + "b");
            AuditedNamespace.Shell(null, $"ip netns add {_client}; ip netns add {_server}");
            _taps = [TapDevice.Create(_client, "tap0"), TapDevice.Create(_server, "tap0")];
            AuditedNamespace.Shell(null, $"""
                for n in {_client} {_server}; do
                    ip -n $n link set lo up; ip -n $n link set tap0 up
                    ip netns exec $n sysctl -qw net.ipv4.tcp_congestion_control={congestionControl} {settings}
                done
                ip -n {_client} addr add 10.97.0.1/24 dev tap0; ip -n {_server} addr add 10.97.0.2/24 dev tap0
                """);
            var relay = new LinkRelay(_taps[0], _taps[1], new LinkModel(impairment), new LinkModel(impairment with { Loss = 0, Seed = 2 }));
            _relay = new Thread(() =>
            {
                try
                {
                    relay.Run(_end.Token);
                }
                catch (LinuxException)
                {
                    // The namespace is gone: the test is over.
                }
            });
            _relay.Start();
        }

        public string Client => _client;

        public string Server => _server;

        public Process Serve(params string[] options)
        {
            Process server = NetWhyProgram.Start(NetWhyProgram.Path, ["bw", "--serve", "-p", Port, "-N", _server, .. options], []);
            Assert.StartsWith("listening", server.StandardError.ReadLine(), StringComparison.Ordinal);
            return server;
        }

        public JsonElement Measure(string[] serving, string[] asking, out JsonElement statement) => Measure(serving, asking, out statement, out _);

        public JsonElement Measure(string[] serving, string[] asking, out JsonElement statement, out string[] kinds)
        {
            using Process server = Serve(["--once", .. serving]);
            ProgramResult result = NetWhyProgram.Run(["bw", "10.97.0.2", "-p", Port, "-N", _client, "--json", .. asking]);
            Assert.True(result.ExitCode is 0 or 1, result.Error);
            Assert.True(server.WaitForExit(TimeSpan.FromSeconds(20)));
            using var document = JsonDocument.Parse(result.Output);
            JsonElement root = document.RootElement.Clone();
            JsonElement[] statements = [.. root.GetProperty("statements").EnumerateArray()];
            statement = statements.First(one => one.GetProperty("kind").GetString() is not "stood-still"); // a busy machine can hold the link up
            kinds = [.. statements.Select(one => one.GetProperty("kind").GetString()!)];
            return root.GetProperty("transfers")[0];
        }

        public void Dispose()
        {
            _end.Cancel();
            _relay.Join();
            foreach (TapDevice tap in _taps)
                tap.Dispose();
            AuditedNamespace.Shell(null, $"ip netns del {_client}; ip netns del {_server}");
            _end.Dispose();
        }
    }
}

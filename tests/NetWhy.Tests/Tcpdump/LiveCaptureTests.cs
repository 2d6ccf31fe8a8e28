using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using NetWhy.Capture.Files;
using NetWhy.Linux;
using NetWhy.Tests.App;
using NetWhy.Tests.Audit;
using Xunit;

namespace NetWhy.Tests.Tcpdump;

/// <summary>Packets of a real interface, in a network namespace.</summary>
public sealed class LiveCaptureTests(AuditNamespace network) : IClassFixture<AuditNamespace>
{
    private static readonly string[] Ping = ["ping", "-c", "1", "-W", "2", "-i", "0.2", "10.77.0.2"];

    [Fact]
    public void Echoes_are_printed_and_counted()
    {
        ProgramResult result = Listen("-i", "eth0", "-n", "-c", "2", "icmp");

        string[] lines = result.Output.TrimEnd('\n').Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.Contains("IP 10.77.0.1 > 10.77.0.2: ICMP echo request", lines[0], StringComparison.Ordinal);
        Assert.Contains("IP 10.77.0.2 > 10.77.0.1: ICMP echo reply", lines[1], StringComparison.Ordinal);
        Assert.Contains("listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes", result.Error, StringComparison.Ordinal);
        Assert.Contains("2 packets captured", result.Error, StringComparison.Ordinal);
        Assert.Contains("0 packets dropped by kernel", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_all_interfaces_each_line_names_its_own()
    {
        ProgramResult result = Listen("-i", "any", "-n", "-c", "2", "icmp");

        string[] lines = result.Output.TrimEnd('\n').Split('\n');
        Assert.Contains("eth0  Out IP 10.77.0.1 > 10.77.0.2: ICMP echo request", lines[0].Replace("eth0 Out", "eth0  Out", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("In  IP 10.77.0.2 > 10.77.0.1: ICMP echo reply", lines[1], StringComparison.Ordinal);
    }

    // Packets of a block lie at multiples of 8, not of 16.
    [Fact]
    public void Of_all_interfaces_packets_of_any_length_are_told()
    {
        ProgramResult result = Listen(["sh", "-c", "for size in 1 9 17 25; do ping -q -c 1 -W 2 -s $size 10.77.0.2; done"], "-i", "any", "-n", "-c", "8", "icmp");

        Assert.All(result.Output.TrimEnd('\n').Split('\n'), line => Assert.Matches("eth0 +(In|Out) +IP 10.77.0.[12] > 10.77.0.[12]: ICMP echo (request|reply)", line));
    }

    [Theory]
    [InlineData("out", "echo request")]
    [InlineData("in", "echo reply")]
    public void One_direction_only(string direction, string expected)
    {
        ProgramResult result = Listen("-i", "eth0", "-n", "-c", "1", "-Q", direction, "icmp");

        Assert.Contains(expected, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Tags_of_VLANs_are_put_back_and_filtered_by()
    {
        network.SkipIfAbsent();
        using var wire = TapDevice.Create(network.Name, "tap7");
        network.Exec("ip link set tap7 up");
        byte[] inside = [0, 7, 8, 0, .. RawPacket.IPv4(AuditNamespace.There, AuditNamespace.Here, 1, [8, 0, 0xf7, 0xff, 0, 0, 0, 0])];
        byte[] frame = RawPacket.Frame(0x8100, inside);

        ProgramResult result = Listen(() => Assert.True(wire.Write(frame)), "-i", "tap7", "-n", "-e", "-c", "1", "vlan 7 and icmp");

        Assert.Contains("ethertype 802.1Q (0x8100), length 46: vlan 7, p 0, ethertype IPv4 (0x0800), 10.77.0.2 > 10.77.0.1: ICMP echo request", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_snapshot_is_as_long_as_asked_for_and_a_file_is_whole()
    {
        string path = Path.GetTempFileName();
        try
        {
            Listen("-i", "eth0", "-s", "40", "-c", "2", "-w", path, "icmp");

            using CaptureReader reader = CaptureReader.Open(File.OpenRead(path));
            Assert.True(reader.Read(out PacketRecord packet));
            Assert.Equal((40, 98u), (packet.Octets.Length, packet.OriginalLength));
            Assert.True(reader.Read(out _));
            Assert.False(reader.Read(out _));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_number_is_that_of_the_list_of_interfaces()
    {
        network.SkipIfAbsent();
        string[] list = network.NetWhy("tcpdump", "-D").Output.TrimEnd('\n').Split('\n');

        foreach (string line in list.Where(line => line.Contains("[Up", StringComparison.Ordinal)))
        {
            string[] parts = line.Split('.', ' ');
            Assert.StartsWith($"Data link types for {parts[1]} ", network.NetWhy("tcpdump", "-L", "-i", parts[0]).Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void As_JSON_an_object_for_each_packet()
    {
        ProgramResult result = Listen("-i", "eth0", "-n", "-c", "2", "--json", "icmp");

        JsonElement[] packets = [.. result.Output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(["10.77.0.1", "10.77.0.2"], packets.Select(packet => packet.GetProperty("source").GetString()));
        Assert.Equal([8, 0], packets.Select(packet => packet.GetProperty("icmpType").GetInt32()));
        Assert.All(packets, packet => Assert.Equal("eth0", packet.GetProperty("interface").GetString()));
    }

    [Fact]
    public void What_a_machine_sends_itself_is_told_once()
    {
        ProgramResult result = Listen(["ping", "-c", "1", "-W", "1", "127.0.0.1"], "-i", "lo", "-n", "-c", "2", "icmp");

        Assert.Contains("echo request", result.Output.Split('\n')[0], StringComparison.Ordinal);
        Assert.Contains("echo reply", result.Output.Split('\n')[1], StringComparison.Ordinal);
    }

    [Fact]
    public void The_process_is_told_that_a_packet_belongs_to()
    {
        network.SkipIfAbsent();
        using var process = new ProcessOfDatagrams(network);

        ProgramResult result = Listen(["ping", "-c", "1", "-W", "1", "127.0.0.1"], "-i", "lo", "-n", "-c", "1", "--json", "--process", "udp port 9999");

        Assert.Equal(Environment.ProcessId, JsonDocument.Parse(result.Output).RootElement.GetProperty("process").GetProperty("pid").GetInt32());
    }

    [Fact]
    public void Packets_of_others_that_pass_by_are_not_those_of_a_process_here()
    {
        network.SkipIfAbsent();
        using var wire = TapDevice.Create(network.Name, "tap8");
        network.Exec("ip link set tap8 up");
        using Socket socket = NetworkNamespace.Run(network.Name, () => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        socket.Bind(new IPEndPoint(IPAddress.Any, 9997));
        byte[] datagram = [0x80, 0, 0x27, 0x0d, 0, 8, 0, 0]; // to port 9997
        byte[] others = RawPacket.Frame(0x0800, RawPacket.IPv4(IPAddress.Parse("192.0.2.1"), IPAddress.Parse("192.0.2.2"), 17, datagram));
        byte[] ours = RawPacket.Frame(0x0800, RawPacket.IPv4(IPAddress.Parse("192.0.2.1"), AuditNamespace.Here, 17, datagram));

        ProgramResult result = Listen(() => Assert.True(wire.Write(others) && wire.Write(ours)), "-i", "tap8", "-n", "-c", "2", "--json", "--process", "udp port 9997");

        foreach (JsonElement packet in result.Output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement))
            Assert.Equal(packet.GetProperty("destination").GetString() == "10.77.0.1", packet.TryGetProperty("process", out _));
    }

    [Fact]
    public void The_process_of_a_connection_that_is_over_at_once_is_told()
    {
        network.SkipIfAbsent();

        ProgramResult result = Listen(() => BeRefused(84), "-i", "lo", "-n", "-v", "-c", "2", "--json", "--process", "tcp port 84");

        SkipIfUnnoted(result);
        Assert.All(result.Output.TrimEnd('\n').Split('\n'), packet =>
            Assert.Equal(Environment.ProcessId, JsonDocument.Parse(packet).RootElement.GetProperty("process").GetProperty("pid").GetInt32()));
    }

    [Fact]
    public void The_process_of_a_datagram_whose_socket_is_closed_at_once_is_told()
    {
        network.SkipIfAbsent();
        List<int> senders = [];

        ProgramResult result = Listen(() => senders.Add(RunHere("python3", "-c", "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'once', ('127.0.0.1', 9985))")), "-i", "lo", "-n", "-v", "-c", "2", "--json", "--process", "udp port 9985 or icmp");

        SkipIfUnnoted(result);
        // The second is the error about it, which belongs to no socket.
        JsonElement[] packets = [.. result.Output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Contains(packets[0].GetProperty("process").GetProperty("pid").GetInt32(), senders);
        Assert.False(packets[1].TryGetProperty("process", out _));
    }

    [Fact]
    public void The_process_of_a_ping_is_told()
    {
        network.SkipIfAbsent();
        network.Exec("sysctl -qw net.ipv4.ping_group_range=0\t2147483647");
        List<int> senders = [];

        ProgramResult result = Listen(() => senders.Add(RunHere("ping", "-n", "-c", "1", "-W", "1", "127.0.0.1")), "-i", "lo", "-n", "-v", "-c", "2", "--json", "--process", "icmp");

        SkipIfUnnoted(result);
        Assert.All(result.Output.TrimEnd('\n').Split('\n'), packet =>
            Assert.Contains(JsonDocument.Parse(packet).RootElement.GetProperty("process").GetProperty("pid").GetInt32(), senders));
    }

    [Fact]
    public void A_pod_is_found_by_the_name_that_its_containers_have_for_their_host()
    {
        network.SkipIfAbsent();
        string name = $"pod-{Guid.NewGuid():N}", file = Path.GetTempFileName();
        File.WriteAllText(file, name + "\n");
        using var pod = Process.Start(new ProcessStartInfo("unshare", ["--mount", "--uts", "--net", "sh", "-c", $"mount --bind {file} /etc/hostname && ip link set lo up && echo ready && exec sleep 60"]) { RedirectStandardOutput = true })!;
        try
        {
            Assert.Equal("ready", pod.StandardOutput.ReadLine());

            ProgramResult found = NetWhyProgram.Run(NetWhyProgram.Path, ["tcpdump", "--pod", name, "-D"], []), missing = NetWhyProgram.Run(NetWhyProgram.Path, ["tcpdump", "--pod", name + "x", "-D"], []);

            Assert.Equal("1.any (Pseudo-device that captures on all interfaces) [Up, Running]\n2.lo [Up, Running, Loopback]\n", found.Output);
            Assert.Equal(3, missing.ExitCode);
            Assert.Contains($"no process of pod '{name}x'", missing.Error, StringComparison.Ordinal);
        }
        finally
        {
            pod.Kill();
            pod.WaitForExit();
            File.Delete(file);
        }
    }

    [Fact]
    public void What_came_before_the_end_is_written_and_an_interrupt_is_heard_in_the_background()
    {
        network.SkipIfAbsent();
        string path = Path.GetTempFileName();
        try
        {
            // A shell has interrupts ignored for what it starts in the background.
            string script = $"{NetWhyProgram.Path} tcpdump -i eth0 -w {path} icmp 2>{path}.log & p=$!; for i in $(seq 100); do grep -q listening {path}.log && break; sleep 0.1; done; sleep 0.3; ping -q -c 3 -i 0.2 10.77.0.2 >/dev/null; kill -USR1 $p; sleep 0.3; kill -INT $p; wait $p; cat {path}.log";
            ProgramResult result = NetWhyProgram.Run("ip", ["netns", "exec", network.Name, "sh", "-c", script], []);

            Assert.Contains("\nnetwhy tcpdump: 6 packets captured, 6 packets received by filter, 0 packets dropped by kernel\n", result.Output, StringComparison.Ordinal);
            Assert.Contains("\n6 packets captured\n6 packets received by filter\n", result.Output, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
            File.Delete(path + ".log");
        }
    }

    [Fact]
    public void Resets_are_red_where_colour_is_asked_for()
    {
        network.SkipIfAbsent();

        ProgramResult plain = Listen(() => BeRefused(85), "-i", "lo", "-n", "-c", "2", "tcp port 85"), coloured = Listen(() => BeRefused(85), "-i", "lo", "-n", "-c", "2", "--color", "always", "tcp port 85");

        Assert.DoesNotContain('\e', plain.Output);
        string[] lines = coloured.Output.TrimEnd('\n').Split('\n');
        Assert.DoesNotContain('\e', lines[0]);
        Assert.Matches("^\e\\[31m.*Flags \\[R\\.\\].*\e\\[0m$", lines[1]);
    }

    [Fact]
    public void An_interface_that_is_not_there_is_said_with_those_that_are()
    {
        network.SkipIfAbsent();

        ProgramResult result = network.NetWhy("tcpdump", "-i", "eth9");

        Assert.Equal(3, result.ExitCode);
        Assert.Contains("eth9: there is no such interface here: ", result.Error, StringComparison.Ordinal);
        Assert.Contains("eth0", result.Error, StringComparison.Ordinal);
    }

    private void BeRefused(int port)
    {
        using Socket socket = NetworkNamespace.Run(network.Name, () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        Assert.Throws<SocketException>(() => socket.Connect(new IPEndPoint(IPAddress.Loopback, port)));
    }

    // ip(8) becomes the program, with its number.
    private int RunHere(params string[] command)
    {
        using Process process = Process.Start(new ProcessStartInfo("ip", ["netns", "exec", network.Name, .. command]) { RedirectStandardOutput = true })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.Id;
    }

    private static void SkipIfUnnoted(ProgramResult result)
    {
        if (result.Error.Contains("not noted by eBPF", StringComparison.Ordinal))
            Assert.Skip("the kernel lets nobody note senders here");
    }

    private ProgramResult Listen(params string[] arguments) => Listen(Ping, arguments);

    private ProgramResult Listen(string[] send, params string[] arguments) =>
        Listen(() => NetWhyProgram.Run("ip", ["netns", "exec", network.Name, .. send], []), arguments);

    // Packets are sent until the capture has had enough and ended.
    private ProgramResult Listen(Action send, params string[] arguments)
    {
        network.SkipIfAbsent();
        Task<ProgramResult> capture = Task.Factory.StartNew(() => network.NetWhy(["tcpdump", .. arguments]), TaskCreationOptions.LongRunning);
        for (int i = 0; i < 200 && !capture.IsCompleted; i++)
        {
            send();
            capture.Wait(100);
        }

        return capture.Result;
    }

    // Sends itself datagrams, from a socket of this process.
    private sealed class ProcessOfDatagrams : IDisposable
    {
        private readonly Socket _socket;
        private readonly Timer _timer;

        internal ProcessOfDatagrams(AuditNamespace network)
        {
            _socket = NetworkNamespace.Run(network.Name, () => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
            _socket.Bind(new IPEndPoint(IPAddress.Loopback, 9999));
            _timer = new Timer(_ => _socket.SendTo([1], new IPEndPoint(IPAddress.Loopback, 9999)), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(50));
        }

        public void Dispose()
        {
            using var ended = new ManualResetEvent(false);
            _timer.Dispose(ended);
            ended.WaitOne();
            _socket.Dispose();
        }
    }
}

using System.Net;
using System.Net.Sockets;
using NetWhy.Capture.Files;
using NetWhy.Linux;
using NetWhy.Tests.App;
using NetWhy.Tests.Audit;
using Xunit;

namespace NetWhy.Tests.Tcpdump;

/// <summary><c>netwhy tcpdump --on EVENT</c>, on a real interface.</summary>
public sealed class EventCaptureTests(AuditNamespace network) : IClassFixture<AuditNamespace>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("netwhy-events").FullName;

    [Fact]
    public void A_reset_writes_what_was_before_and_after_it()
    {
        ProgramResult result = Listen(() => { Ping(); Connect(81); Ping(); }, "--on", "rst", "--times", "1", "--after", "4", "-w", At("rst.pcap"));

        Assert.Contains("a TCP reset: 127.0.0.1.81 > 127.0.0.1.", result.Error, StringComparison.Ordinal);
        Assert.Contains($"finished {At("rst.pcap")} (", result.Error, StringComparison.Ordinal);
        List<byte> protocols = Protocols(At("rst.pcap"));
        Assert.Contains((byte)1, protocols[..protocols.IndexOf(6)]);
        Assert.Contains((byte)1, protocols[protocols.LastIndexOf(6)..]);
    }

    [Fact]
    public void A_reset_elsewhere_than_the_filter_says_is_none()
    {
        ProgramResult result = Listen(() => { Connect(81); Connect(82); }, "--on", "rst:port 82", "--times", "1", "--after", "0", "-w", At("rst.pcap"));

        Assert.Contains("a TCP reset: 127.0.0.1.82 > ", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1.81", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_of_a_log_is_an_event_and_each_event_has_its_file()
    {
        string log = At("app.log");
        File.WriteAllText(log, "timed out before anybody listened\n");

        ProgramResult result = Listen(() => { Ping(); File.AppendAllText(log, "request took 3 ms\nrequest timed out\n"); }, "--on", $"log:{log}:timed? ?out$", "--times", "2", "--after", "0", "-w", At("log.pcap"));

        Assert.Contains($"{log}: request timed out; {At("log.pcap")} gets ", result.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(At("log.pcap1")));
        Assert.DoesNotContain("before anybody", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_probe_that_is_refused_is_an_event()
    {
        ProgramResult result = Listen(Ping, "--on", "probe:127.0.0.1:83", "--times", "1", "--after", "0", "-w", At("probe.pcap"));

        Assert.Contains("no connection to 127.0.0.1:83: Connection refused", result.Error, StringComparison.Ordinal);
        Assert.Contains((byte)6, Protocols(At("probe.pcap")));
    }

    [Fact]
    public void A_second_probe_that_fails_while_packets_of_the_first_are_written_is_told_and_has_its_time()
    {
        ProgramResult result = Listen(Ping, "--on", "probe:127.0.0.1:83", "--on", "probe:127.0.0.1:84", "--times", "1", "--after", "2", "-w", At("probe.pcap"));

        Assert.Contains("no connection to 127.0.0.1:83: Connection refused; ", result.Error, StringComparison.Ordinal);
        Assert.Contains("no connection to 127.0.0.1:84: Connection refused; ", result.Error, StringComparison.Ordinal);
        Assert.Contains($"; {At("probe.pcap")} gets that, too", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_last_seconds_are_kept()
    {
        string capture = At("in.pcap");
        using (var writer = new PcapWriter(File.Create(capture), linkType: 1, 262_144, isNanosecond: false))
        {
            for (int i = 0; i < 100; i++)
                writer.Add((1_700_000_000L + i) * 1_000_000_000, RawPacket.Frame(0x0800, RawPacket.IPv4(AuditNamespace.There, AuditNamespace.Here, 1, i == 50 ? [3, 1, 0, 0, 0, 0, 0, 0] : [8, 0, 0, 0, 0, 0, 0, 0])), 60);
        }

        ProgramResult result = NetWhyProgram.Run(NetWhyProgram.Path, ["tcpdump", "-r", capture, "-w", At("out.pcap"), "--on", "icmp-unreachable", "--before", "7", "--after", "3"], []);

        Assert.Contains("ICMP says that a packet did not get through: 10.77.0.2 > 10.77.0.1; ", result.Error, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(43, 11).Select(i => 1_700_000_000L + i), Seconds(At("out.pcap")));
    }

    [Theory]
    [InlineData("--on", "nonsense", "-w", "x")]
    [InlineData("--on", "rst")]
    [InlineData("--on", "log:/nowhere", "-w", "x")]
    [InlineData("--on", "log:/etc/passwd:(a)\\1", "-w", "x")]
    [InlineData("--on", "retransmission-burst:many", "-w", "x")]
    public void What_makes_no_sense_is_refused(params string[] arguments)
    {
        ProgramResult result = NetWhyProgram.Run(NetWhyProgram.Path, ["tcpdump", "-i", "lo", .. arguments], []);

        Assert.Equal(2, result.ExitCode);
    }

    [Fact]
    public void A_filter_that_is_mistyped_is_said_at_the_start()
    {
        network.SkipIfAbsent();

        ProgramResult result = network.NetWhy("tcpdump", "-i", "lo", "--on", "rst:prot 82", "-w", At("x"));

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("the filter 'prot 82' of --on: ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_a_scan_that_nobody_answers_one_is_told_and_the_others_counted()
    {
        string capture = At("scan.pcap");
        using (var writer = new PcapWriter(File.Create(capture), linkType: 1, 262_144, isNanosecond: false))
        {
            for (byte i = 0; i < 10; i++) // SYNs to ten ports, and a packet a minute later
                writer.Add(1_700_000_000_000_000_000L, RawPacket.Frame(0x0800, RawPacket.IPv4(AuditNamespace.Here, AuditNamespace.There, 6, [0x80, 0, 0, i, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 1, 0, 0, 0, 0, 0])), 54);
            writer.Add(1_700_000_060_000_000_000L, RawPacket.Frame(0x0800, RawPacket.IPv4(AuditNamespace.There, AuditNamespace.Here, 1, [8, 0, 0, 0, 0, 0, 0, 0])), 42);
        }

        ProgramResult result = NetWhyProgram.Run(NetWhyProgram.Path, ["tcpdump", "-r", capture, "-w", At("out.pcap"), "--on", "syn-unanswered"], []);

        Assert.Contains("nobody answered a TCP SYN for 3 s: 10.77.0.1.32768 > 10.77.0.2.0, nor 9 more at that moment; ", result.Error, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static List<long> Seconds(string path)
    {
        var seconds = new List<long>();
        using CaptureReader reader = CaptureReader.Open(File.OpenRead(path));
        while (reader.Read(out PacketRecord packet))
            seconds.Add(packet.Seconds);
        return seconds;
    }

    private static List<byte> Protocols(string path)
    {
        var protocols = new List<byte>();
        using CaptureReader reader = CaptureReader.Open(File.OpenRead(path));
        while (reader.Read(out PacketRecord packet))
            protocols.Add(packet.Octets[14 + 9]);
        return protocols;
    }

    // A socket of packets is there before it is bound; then it runs. Source: net/packet/af_packet.c, packet_seq_show: sk, RefCnt, Type, Proto, Iface, R.
    private static bool IsListening() => File.ReadLines("/proc/thread-self/net/packet").Any(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, _, _, _, not "0", "1", ..]);

    private string At(string name) => Path.Combine(_folder, name);

    private void Ping() => NetWhyProgram.Run("ip", ["netns", "exec", network.Name, "ping", "-c", "1", "-W", "1", "127.0.0.1"], []);

    private void Connect(int port)
    {
        using Socket socket = NetworkNamespace.Run(network.Name, () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        Assert.Throws<SocketException>(() => socket.Connect(new IPEndPoint(IPAddress.Loopback, port)));
    }

    private ProgramResult Listen(Action send, params string[] arguments)
    {
        network.SkipIfAbsent();
        Task<ProgramResult> capture = Task.Factory.StartNew(() => network.NetWhy(["tcpdump", "-i", "lo", .. arguments]), TaskCreationOptions.LongRunning);
        // What is sent before the ring is up is not seen: half of what is expected would be missing.
        while (!capture.IsCompleted && !NetworkNamespace.Run(network.Name, IsListening))
            Thread.Sleep(20);
        for (int i = 0; i < 100 && !capture.IsCompleted; i++)
        {
            send();
            capture.Wait(200);
        }

        return capture.Result;
    }
}

using System.Buffers.Binary;
using System.Text.Json;
using NetWhy.Analysis.Flows;
using NetWhy.Evidence;
using NetWhy.Tests.Capture;
using Xunit;

namespace NetWhy.Tests.App.Analyze;

/// <summary>Captures whose packets stand behind later ones, from a file, from a pipe and beside another file: what is wrong in them does not depend on that.</summary>
public sealed class DisorderedCaptureTests : IDisposable
{
    private const int Names = 6;
    private const byte ServerFailure = 2;

    private readonly string _folder = Directory.CreateTempSubdirectory("netwhy-order-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string FileOf(string name) => Path.Combine(_folder, name);

    [Theory]
    [InlineData("netwhy analyze names.pcap --json")]
    [InlineData("cat names.pcap | netwhy analyze - --json")]
    [InlineData("netwhy analyze names.pcap other.pcap --json")]
    [InlineData("cat names.pcap | netwhy analyze other.pcap - --json")]
    [InlineData("cat names.pcap | netwhy analyze /dev/stdin --json")]
    public void Answers_that_stand_before_their_queries_are_answers(string command)
    {
        using (var capture = new NameCapture(FileOf("names.pcap")))
            WriteNames(capture, code: 0);

        using JsonDocument report = Run(command);

        Assert.Equal("healthy", report.RootElement.GetProperty("status").GetString());
        Assert.Equal(0, report.RootElement.GetProperty("findings").GetArrayLength());
        Assert.Equal(Names, report.RootElement.GetProperty("capture").GetProperty("sortedPackets").GetInt32());
    }

    [Theory]
    [InlineData("netwhy analyze names.pcap --json")]
    [InlineData("cat names.pcap | netwhy analyze - --json")]
    [InlineData("netwhy analyze other.pcap names.pcap --json")]
    public void They_are_counted_all(string command)
    {
        using (var capture = new NameCapture(FileOf("names.pcap")))
            WriteNames(capture, ServerFailure);

        using JsonDocument report = Run(command);

        JsonElement finding = Assert.Single(report.RootElement.GetProperty("findings").EnumerateArray());
        Assert.Equal("dns-server-failure", finding.GetProperty("cause").GetString());
        Assert.Contains("6 of 6 answers", finding.ToString(), StringComparison.Ordinal);
    }

    // Of a pipe 64 MiB are kept to be read again.
    [Fact]
    public void What_is_too_long_to_be_read_again_is_said_to_be_uncertain()
    {
        const int Long = 250_000, Packets = 300;
        using (var capture = new NameCapture(FileOf("names.pcap")))
        {
            WriteNames(capture, code: 0);
            for (int packet = 0; packet < Packets; packet++)
                capture.Write(20, isAnswer: false, port: 50_000, new byte[Long], serverPort: 9);
        }

        using JsonDocument report = Run("cat names.pcap | netwhy analyze - --json");

        Assert.Equal(0, report.RootElement.GetProperty("findings").GetArrayLength());
        Assert.Contains("stand behind later ones", report.RootElement.GetProperty("notObserved").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Clocks_of_two_queues_may_differ_a_little()
    {
        using (var capture = new NameCapture(FileOf("names.pcap")))
        {
            for (int name = 0; name < Names; name++)
            {
                capture.Answer(2.0 * name, name, code: 0);
                capture.Ask((2.0 * name) + 0.002, name);
            }
        }

        CaptureAnalysis analysis = CaptureAnalyzer.OfFile(FileOf("names.pcap"), new CaptureAnalyzerOptions(), TestContext.Current.CancellationToken);

        CapturedNameServer server = Assert.Single(analysis.NameServers);
        Assert.Equal((Names, Names, 0), (server.Queries, server.Answered, server.Unasked));
        Assert.Equal(Names, server.ByCode["NOERROR"]);
    }

    [Fact]
    public void A_server_some_of_whose_answers_are_there_is_not_silent()
    {
        using (var capture = new NameCapture(FileOf("names.pcap")))
        {
            for (int name = 0; name < Names; name++)
            {
                capture.Ask(2.0 * name, name);
                capture.Answer((2.0 * name) + 0.02, name + 100, code: 0);
            }
        }

        using JsonDocument report = Run("netwhy analyze names.pcap --json");

        Assert.Equal("inconclusive", report.RootElement.GetProperty("status").GetString());
        Assert.Equal(0, report.RootElement.GetProperty("findings").GetArrayLength());
        Assert.Contains("fits", report.RootElement.GetProperty("notObserved").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_none_of_whose_answers_are_there_is()
    {
        using (var capture = new NameCapture(FileOf("names.pcap")))
        {
            for (int name = 0; name < Names; name++)
                capture.Ask(2.0 * name, name);
            capture.Write(30, isAnswer: true, port: 50_000, new byte[20], serverPort: 9); // what comes to the client is captured
        }

        using JsonDocument report = Run("cat names.pcap | netwhy analyze - --json");

        JsonElement finding = Assert.Single(report.RootElement.GetProperty("findings").EnumerateArray());
        Assert.Equal("dns-resolver-unreachable", finding.GetProperty("cause").GetString());
    }

    private JsonDocument Run(string command)
    {
        File.Copy(CaptureLibrary.At("chrissanders-packets/tcp_ports.pcapng"), FileOf("other.pcap"), overwrite: true);
        string script = $"cd '{_folder}' && {command.Replace("netwhy ", $"'{NetWhyProgram.Path}' ", StringComparison.Ordinal)}";
        return JsonDocument.Parse(NetWhyProgram.Run("/bin/sh", ["-c", script], []).Output);
    }

    private static void WriteNames(NameCapture capture, byte code)
    {
        for (int name = 0; name < Names; name++)
        {
            capture.Answer((2.0 * name) + 0.02, name, code);
            capture.Ask(2.0 * name, name);
        }
    }

    // Raw IPv4 (LINKTYPE_RAW): 10.0.0.1 asks 10.0.0.53.
    private sealed class NameCapture : IDisposable
    {
        private readonly FileStream _file;

        internal NameCapture(string path)
        {
            _file = new FileStream(path, FileMode.Create, FileAccess.Write);
            PcapHeader.Write(_file, snapLength: 262_144);
        }

        public void Dispose() => _file.Dispose();

        internal void Ask(double seconds, int name) => Write(seconds, isAnswer: false, 40_000 + name, Message(name, flags: 0x0100));

        internal void Answer(double seconds, int name, byte code) => Write(seconds, isAnswer: true, 40_000 + name, Message(name, (ushort)(0x8180 | code)));

        internal void Write(double seconds, bool isAnswer, int port, ReadOnlySpan<byte> data, int serverPort = 53)
        {
            const int Headers = 28, RecordHeader = 16;
            Span<byte> packet = new byte[RecordHeader + Headers + data.Length];
            BinaryPrimitives.WriteUInt32LittleEndian(packet, 1_700_000_000 + (uint)seconds);
            BinaryPrimitives.WriteUInt32LittleEndian(packet[4..], (uint)Math.Round(seconds % 1 * 1e6));
            BinaryPrimitives.WriteInt32LittleEndian(packet[8..], Headers + data.Length);
            BinaryPrimitives.WriteInt32LittleEndian(packet[12..], Headers + data.Length);
            Span<byte> ip = packet[RecordHeader..];
            ip[0] = 0x45;
            BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)Math.Min(ushort.MaxValue, Headers + data.Length));
            ip[8] = 64;
            ip[9] = 17;
            BinaryPrimitives.WriteUInt32BigEndian(ip[12..], isAnswer ? 0x0a000035u : 0x0a000001u);
            BinaryPrimitives.WriteUInt32BigEndian(ip[16..], isAnswer ? 0x0a000001u : 0x0a000035u);
            Span<byte> udp = ip[20..];
            BinaryPrimitives.WriteUInt16BigEndian(udp, (ushort)(isAnswer ? serverPort : port));
            BinaryPrimitives.WriteUInt16BigEndian(udp[2..], (ushort)(isAnswer ? port : serverPort));
            BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)Math.Min(ushort.MaxValue, 8 + data.Length));
            data.CopyTo(udp[8..]);
            _file.Write(packet);
        }

        private static byte[] Message(int name, ushort flags)
        {
            byte[] message = new byte[12 + 10 + 4];
            BinaryPrimitives.WriteUInt16BigEndian(message, (ushort)(1000 + name));
            BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), flags);
            message[5] = 1; // question
            message[12] = 3;
            "h00"u8.CopyTo(message.AsSpan(13));
            message[14] += (byte)(name / 10);
            message[15] += (byte)(name % 10);
            message[16] = 4;
            "test"u8.CopyTo(message.AsSpan(17));
            message[23] = 1; // A
            message[25] = 1; // IN
            return message;
        }
    }
}

using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using NetWhy.Analysis.Dissection;
using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Flows;
using NetWhy.Analysis.Summaries;
using NetWhy.Analysis.Tcp;
using NetWhy.Capture.Files;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Captures;
using NetWhy.Tests.Capture;
using Xunit;

namespace NetWhy.Tests.Analysis;

/// <summary>Captures may hold anything: no dissector throws, reads outside a packet, or works without end; neither does what is remembered of the packets before, nor what judges them.</summary>
/// <remarks>Environment variable NETWHY_FUZZ: how many packets, in place of a short run.</remarks>
public sealed class DissectorFuzzTests : NetWhy.Analysis.Tcp.IStreamReader, ITcpObserver
{
    private const int Short = 20_000;
    private static readonly string[] Folders = ["chrissanders-packets", "zeek/testing/btest/Traces/tls", "zeek/testing/btest/Traces/http", "zeek/testing/btest/Traces/dns"];
    private static readonly int[] LinkTypes = [0, 1, 9, 12, 101, 108, 113, 228, 229, 276];

    private StreamReassembler? _reassembler;

    // HTTP/2, and TLS with its secrets.
    private static string Own => Path.Combine(AppContext.BaseDirectory, "Tools", "Dissection", "Captures");

    [Fact]
    public void Dissectors()
    {
        long count = long.TryParse(Environment.GetEnvironmentVariable("NETWHY_FUZZ"), NumberStyles.None, CultureInfo.InvariantCulture, out long asked) ? asked : Short;
        List<List<(CaptureInterface Interface, byte[] Octets)>> captures = [.. Captures()];
        var random = new Random(20_265);
        FieldCatalog catalog = FieldCatalog.Default;
        var fields = new PacketFields(catalog);
        fields.WantTexts();
        byte[] keys = [.. Directory.EnumerateFiles(Own, "*.keys").SelectMany(File.ReadAllBytes)];
        for (long packet = 0; packet < count;)
        {
            List<(CaptureInterface Interface, byte[] Octets)> capture = captures[random.Next(captures.Count)];
            _reassembler = new StreamReassembler(this);
            var dissector = new Dissector(fields, this, new PacketSummary());
            var analyzer = new CaptureAnalyzer(new CaptureAnalyzerOptions { KeyLog = keys });
            int start = random.Next(capture.Count);
            for (int index = start; index < Math.Min(capture.Count, start + 200); index++, packet++)
                Read(random, dissector, analyzer, capture[index].Interface, capture[index].Octets, packet);
            CaptureAnalysis analysis = analyzer.Finish("", damage: null);
            _ = CaptureDiagnosis.Of(analysis.Capture, analysis.Conversations, [.. analysis.NameServers, .. analysis.Refusals, .. analysis.Neighbours], RuleCatalog.All);
        }
    }

    void NetWhy.Analysis.Tcp.IStreamReader.Data(int stream, bool isForward, long missing, ReadOnlySpan<byte> data) => Assert.True(missing >= 0);

    void ITcpObserver.Segment(in TcpSegmentFacts segment, in TcpAnalysis analysis) =>
        _reassembler!.Take(analysis.Stream, analysis.IsForward, segment.Segment, segment.Length);

    private static void Read(Random random, Dissector dissector, CaptureAnalyzer analyzer, CaptureInterface @interface, byte[] octets, long number)
    {
        var line = new ArrayBufferWriter<byte>();
        octets = [.. octets];
        for (int change = random.Next(3) == 0 ? random.Next(1, 6) : 0; change > 0 && octets.Length > 0; change--)
        {
            int at = random.Next(2) == 0 ? random.Next(octets.Length) : random.Next(Math.Min(octets.Length, 80));
            octets[at] = random.Next(3) switch { 0 => (byte)random.Next(256), 1 => (byte)(octets[at] ^ (1 << random.Next(8))), _ => (byte)(random.Next(2) * 255) };
        }

        if (random.Next(10) == 0)
            octets = octets[..random.Next(octets.Length + 1)];
        if (random.Next(40) == 0)
            @interface = new CaptureInterface(LinkTypes[random.Next(LinkTypes.Length)], 0);
        uint length = (uint)(octets.Length + (random.Next(10) == 0 ? random.Next(3000) : 0));
        if (random.Next(20) == 0)
            length = (uint)random.Next(octets.Length + 1); // less than was captured
        long start = Stopwatch.GetTimestamp();
        try
        {
            DissectedPacket packet = dissector.Read(new PacketRecord(number * 1000, @interface, octets, length));
            for (int place = 0; place < packet.Values.Length; place++)
            {
                _ = packet.OctetsOf(packet.Values[place]).Length;
                line.ResetWrittenCount();
                FieldLine.Write(line, packet, place);
                Assert.False(line.WrittenSpan.ContainsAnyInRange((byte)0, (byte)0x1f), $"packet {number} moves the cursor: {Convert.ToHexString(octets)}");
            }

            analyzer.Read(new PacketRecord(number * 1000, @interface, octets, length));
        }
        catch (Exception exception)
        {
            Assert.Fail($"packet {number}, link type {@interface.LinkType}, {Convert.ToHexString(octets)}: {exception}");
        }

        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20), $"takes long: {Convert.ToHexString(octets)}");
    }

    private static IEnumerable<List<(CaptureInterface Interface, byte[] Octets)>> Captures()
    {
        foreach (string folder in (IEnumerable<string>)[Own, .. Folders.Select(CaptureLibrary.At)])
        {
            foreach (string path in Directory.EnumerateFiles(folder, "*.pcap*").Order(StringComparer.Ordinal).Take(40))
            {
                List<(CaptureInterface Interface, byte[] Octets)> packets = [];
                using var reader = CaptureReader.Open(File.OpenRead(path));
                try
                {
                    while (packets.Count < 2000 && reader.Read(out PacketRecord packet))
                        packets.Add((packet.Interface, packet.Octets.ToArray()));
                }
                catch (CaptureFormatException)
                {
                    // What came before the damage is good.
                }

                if (packets.Count > 0)
                    yield return packets;
            }
        }
    }
}

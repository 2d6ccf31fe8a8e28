using System.Globalization;
using System.Text.Json;
using NetWhy.Tests.Analysis;
using NetWhy.Tests.Capture;
using Xunit;

namespace NetWhy.Tests.App.Analyze;

/// <summary>The ladder of a conversation and its JSON say of every packet what tshark says.</summary>
public sealed class StreamViewTests
{
    public static TheoryData<string, int> Streams => new()
    {
        { "http_ip4and6", 0 }, { "http_ip4and6", 1 }, { "tcp_retransmissions", 0 }, { "tcp_dupack", 0 },
        { "tcp_zerowindowrecovery", 0 }, { "http_dvwa_sqlinjection", 0 }, { "tcp_refuseconnection", 0 }, { "tcp_zerowindowdead", 0 },
    };

    [Theory]
    [MemberData(nameof(Streams))]
    public void Events_have_the_numbers_of_tshark(string name, int stream)
    {
        FieldTable.SkipWithoutTshark();
        string path = CaptureLibrary.At($"chrissanders-packets/{name}.pcapng");
        string[] expected = [.. FieldTable.OfTshark(path, ["tcp.stream", "frame.number", "tcp.seq", "tcp.ack", "tcp.len", "tcp.window_size", "tcp.analysis.retransmission", "tcp.analysis.duplicate_ack_num", "tcp.analysis.zero_window", "tcp.flags.ack"])
            .Select(row => row.Split('\t'))
            .Where(row => row[0] == stream.ToString(CultureInfo.InvariantCulture))
            .Select(row => $"{row[1]} {row[2]} {(row[9] is "1" ? row[3] : "")} {row[4]} {row[5]} {row[6].Length > 0} {row[7]} {row[8].Length > 0}")];

        using JsonDocument json = JsonDocument.Parse(NetWhyProgram.Run(["analyze", path, "--stream", stream.ToString(CultureInfo.InvariantCulture), "--json"]).Output);

        Assert.Equal("netwhy.stream/1", json.RootElement.GetProperty("schema").GetString());
        Assert.Equal(expected, json.RootElement.GetProperty("events").EnumerateArray().Select(Row));
    }

    private static string Row(JsonElement one)
    {
        string[] words = one.TryGetProperty("wireshark", out JsonElement said) ? [.. said.EnumerateArray().Select(word => word.GetString()!)] : [];
        string repeat = words.FirstOrDefault(word => word.StartsWith("duplicate ACK", StringComparison.Ordinal))?.Split('#')[1] ?? "";
        return $"{Number("packet")} {Number("seq")} {Number("ack")} {Number("len")} {Number("window")} {words.Any(word => word.EndsWith("retransmission", StringComparison.Ordinal))} {repeat} {words.Contains("zero window")}";

        string Number(string member) => one.TryGetProperty(member, out JsonElement value) ? value.GetRawText() : "";
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void A_ladder_shows_or_folds_every_packet_and_keeps_the_width(string name, int stream)
    {
        FieldTable.SkipWithoutTshark();
        string path = CaptureLibrary.At($"chrissanders-packets/{name}.pcapng");
        int packets = FieldTable.OfTshark(path, ["tcp.stream"]).Count(row => row == stream.ToString(CultureInfo.InvariantCulture));

        string[] lines = Ladder(path, stream);

        Assert.Contains($": {packets} packet", string.Join(' ', lines[..4]), StringComparison.Ordinal);
        Assert.All(lines.Where(line => !line.StartsWith("  netwhy tshark", StringComparison.Ordinal)), line => Assert.True(line.Length <= 80 || !line.Contains(' ', StringComparison.Ordinal), line));
        Assert.All(lines, line => Assert.DoesNotContain(line, char.IsControl));
    }

    [Fact]
    public void A_ladder_names_requests_responses_waits_and_verdicts()
    {
        string[] request = Ladder(CaptureLibrary.At("chrissanders-packets/http_dvwa_sqlinjection.pcapng"), 0);
        string[] repeats = Ladder(CaptureLibrary.At("chrissanders-packets/tcp_retransmissions.pcapng"), 0);
        string[] closed = Ladder(CaptureLibrary.At("chrissanders-packets/tcp_zerowindowrecovery.pcapng"), 0);

        Assert.Contains(request, line => line.Contains("SYN seq 0 win 65535 mss 1460 \u2500", StringComparison.Ordinal));
        Assert.Contains(request, line => line.Contains("HTTP/1.1 200 OK  (text/html)", StringComparison.Ordinal));
        Assert.Contains(request, line => line.Contains("5.09 s without a packet", StringComparison.Ordinal)); // packets 8 and 9: 0.013441 s and 5.104989 s
        Assert.Equal(5, repeats.Count(line => line.Contains("sent again after a timeout", StringComparison.Ordinal)));
        Assert.Equal(5, repeats.Count(line => line.Contains("Wireshark: retransmission", StringComparison.Ordinal)));
        Assert.Contains(closed, line => line.Contains("Wireshark: zero window", StringComparison.Ordinal));
    }

    [Fact]
    public void A_long_run_without_trouble_is_one_line_and_no_octet_of_it_is_lost()
    {
        string path = WriteTransfer(segments: 5000, lostEvery: 0);
        try
        {
            string[] lines = Ladder(path, 0);

            Assert.True(lines.Length < 40, $"{lines.Length} lines");
            long folded = 5000 - lines.Count(line => line.Contains(" len 1000 ", StringComparison.Ordinal));
            Assert.Contains(lines, line => line.Contains($"{folded} segments", StringComparison.Ordinal) && line.Contains("no trouble", StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void However_much_went_wrong_a_ladder_is_bounded_and_says_that_it_folds()
    {
        string path = WriteTransfer(segments: 20_000, lostEvery: 7);
        try
        {
            string[] lines = Ladder(path, 0);

            Assert.InRange(lines.Length, 10, 3000);
            Assert.Contains(lines, line => line.Contains("sent again", StringComparison.Ordinal));
            Assert.Contains(lines, line => line.StartsWith("The conversation is long", StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_stream_that_is_not_there_is_refused_with_those_that_are()
    {
        ProgramResult result = NetWhyProgram.Run(["analyze", CaptureLibrary.At("chrissanders-packets/tcp_retransmissions.pcapng"), "--stream", "9"]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("it has one, 0", result.Error, StringComparison.Ordinal);
    }

    private static string[] Ladder(string path, int stream)
    {
        ProgramResult result = NetWhyProgram.Run(
            NetWhyProgram.Path, ["analyze", path, "--stream", stream.ToString(CultureInfo.InvariantCulture)], new() { ["LC_ALL"] = "C.UTF-8" });
        Assert.Equal(0, result.ExitCode);
        return result.Output.TrimEnd('\n').Split('\n');
    }

    // From 10.0.0.1:1000 to 10.0.0.2:80, a segment a millisecond, each acknowledged at once; what is lost passes here and is sent again.
    private static string WriteTransfer(int segments, int lostEvery)
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.pcap");
        using var capture = new HandMadeCapture(path);
        for (int index = 0; index < segments; index++)
        {
            uint sequence = 1 + ((uint)index * 1000);
            bool isLost = lostEvery > 0 && index % lostEvery == lostEvery - 1;
            capture.Data(sequence, 1000);
            if (isLost)
                capture.Data(sequence, 1000, later: 300_000);
            capture.Acknowledge(sequence + 1000);
        }

        return path;
    }
}

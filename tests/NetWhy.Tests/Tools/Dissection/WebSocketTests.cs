using NetWhy.Tests.Analysis;
using NetWhy.Tests.App;
using NetWhy.Tests.Capture;
using Xunit;

namespace NetWhy.Tests.Tools.Dissection;

/// <summary>WebSocket behind the head that hands over to it: <c>netwhy tshark</c> prints what tshark 4.0 prints, octet for octet.</summary>
/// <remarks>websocket-kinds.pcap was made for it, with every kind of frame, and websocket-deflate.pcap with compressed messages that refer to earlier ones, as those of websocket-long.pcap and websocket-longer.pcap do.</remarks>
public sealed class WebSocketTests
{
    private static readonly string[] Fields =
    [
        "websocket.fin", "websocket.rsv", "websocket.pmc", "websocket.opcode", "websocket.mask", "websocket.payload_length", "websocket.payload_length_ext_16", "websocket.payload_length_ext_64",
        "websocket.masking_key", "websocket.masked_payload", "websocket.payload", "websocket.payload.text", "websocket.payload.close", "websocket.payload.close.status_code",
        "websocket.payload.close.reason", "websocket.payload.ping", "websocket.payload.pong", "websocket.payload.unknown", "websocket.payload.continue", "websocket.fragment", "websocket.fragment.count",
        "websocket.reassembled.length", "http.sec_websocket_key", "http.sec_websocket_accept", "http.sec_websocket_version", "http.sec_websocket_protocol", "http.sec_websocket_extensions", "tcp.pdu.size", "frame.protocols",
    ];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Tools", "Dissection", "Captures");

    [Theory]
    [InlineData("websocket-kinds")]
    [InlineData("websocket-kinds", "-V")]
    [InlineData("websocket-kinds", "-V", "-x")]
    [InlineData("websocket-kinds", "-2", "-V")]
    [InlineData("websocket-kinds", "-Y", "websocket.payload.close.status_code == 1000 || websocket.opcode == 9")]
    [InlineData("websocket-deflate")]
    [InlineData("websocket-deflate", "-V", "-x", "-Y", "frame.number != 14")] // which cannot be decompressed
    public void Frames_are_shown(string capture, params string[] arguments) => Compare(Path.Combine(Folder, $"{capture}.pcap"), arguments);

    [Theory]
    [InlineData("websocket-kinds")]
    [InlineData("websocket-deflate")]
    public void Fields_are_known(string capture) =>
        Compare(Path.Combine(Folder, $"{capture}.pcap"), ["-T", "fields", .. Fields.SelectMany(field => (string[])["-e", field])]);

    // The first message of websocket-long.pcap is 5 MiB, of websocket-longer.pcap 40; others refer to its end.
    [Fact]
    public void Later_messages_refer_to_the_end_of_one_that_is_not_shown_whole() =>
        Compare(Path.Combine(Folder, "websocket-long.pcap"), ["-Y", "frame.number > 6", "-T", "fields", "-e", "frame.number", "-e", "websocket.payload.text", "-e", "_ws.expert.message"]);

    [Fact]
    public void What_is_too_long_to_be_read_to_its_end_leaves_no_words_that_nobody_sent()
    {
        string[] lines = NetWhyProgram.Run("tshark", "-n", "-r", Path.Combine(Folder, "websocket-longer.pcap"), "-Y", "frame.number > 6", "-T", "fields", "-e", "frame.number", "-e", "websocket.payload.text", "-e", "_ws.expert.message").Output.Split('\n');

        Assert.Equal(["7\t\tDecompression failed", "8\t\tDecompression failed", ""], lines);
    }

    [Theory]
    [InlineData("zeek/testing/btest/Traces/http/websocket.pcap", "-V")]
    [InlineData("zeek/testing/btest/Traces/websocket/reply-ping-coalesced.pcap")] // behind the head, in its packet
    [InlineData("zeek/testing/btest/Traces/websocket/fragmented-http-reply.pcap", "-V")]
    [InlineData("zeek/testing/btest/Traces/websocket/wstunnel-ssh.pcap", "-V")]
    public void So_they_are_in_public_captures(string capture, params string[] arguments) => Compare(CaptureLibrary.At(capture), arguments);

    private static void Compare(string path, string[] arguments)
    {
        FieldTable.SkipWithoutTshark();
        string[] words = ["-n", "-r", path, .. arguments];
        string[] wanted = NetWhyProgram.Run("tshark", words, []).Output.Split('\n');
        string[] got = NetWhyProgram.Run(["tshark", .. words]).Output.Split('\n');
        for (int line = 0; line < Math.Min(wanted.Length, got.Length); line++)
            Assert.True(wanted[line] == got[line], $"line {line + 1}\n  tshark: {wanted[line]}\n  netwhy: {got[line]}");
        Assert.Equal(wanted.Length, got.Length);
    }
}

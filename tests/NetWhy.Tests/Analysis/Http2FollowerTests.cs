using System.Globalization;
using NetWhy.Analysis.Flows;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Analysis;

/// <summary>Requests of HTTP/2 and their responses, compared with the frames that tshark lists.</summary>
public sealed class Http2FollowerTests
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Tools", "Dissection", "Captures");

    // What tshark 4.0.17 lists: -Y 'http2.headers.path or http2.headers.status' -T fields -e http2.streamid -e http2.headers.path …
    // A pushed response was never asked for, and 103 comes before the response.
    [Theory]
    [InlineData("http2-prior-knowledge.pcap", "/ 200 in 8", "/post 200 in 23", "/big.txt 200 in 39", "/big.txt 200 in 55")]
    [InlineData(
        "http2-in-tls.pcapng",
        "/ 200 in 16", "/a.json 200 in 20", "/big.txt 200 in 22", "/post 200 in 45", "/ 200 in 64", "/a.json 200 in 68", "/big.txt 200 in 70", "/post 200 in 92")]
    [InlineData(
        "http2-all-frames.pcap", "/rst 200 in 10", "/push 200 in 17", "/trail 200 in 20", "/big 200 in 27", "/info 204 in 30", "/none?q=1 404 in 33", "/goaway 503 in 36")]
    public void Requests_have_the_responses_that_tshark_lists(string name, params string[] expected) => Assert.Equal(
        expected,
        Requests(Path.Combine(Folder, name)).OrderBy(request => request.ResponsePacket).Select(request => string.Create(CultureInfo.InvariantCulture, $"{request.Uri} {request.Status} in {request.ResponsePacket}")));

    [Fact]
    public void A_response_takes_as_long_as_between_its_packets()
    {
        FieldTable.SkipWithoutTshark();
        string path = Path.Combine(Folder, "http2-in-tls.pcapng");
        var times = FieldTable.OfTshark(path, ["frame.number", "frame.time_relative"]).Select(row => row.Split('\t')).ToDictionary(row => uint.Parse(row[0], CultureInfo.InvariantCulture), row => double.Parse(row[1], CultureInfo.InvariantCulture));

        foreach (CapturedRequest request in Requests(path))
            Assert.Equal(times[(uint)request.ResponsePacket] - times[(uint)request.Packet], request.ResponseTime!.Value.TotalSeconds, 6);
    }

    private static IEnumerable<CapturedRequest> Requests(string path) =>
        CaptureAnalyzer.OfFile(path, new CaptureAnalyzerOptions(), TestContext.Current.CancellationToken).Conversations.SelectMany(conversation => conversation.Http?.Worst ?? []);
}

using NetWhy.Analysis.Fields;
using NetWhy.Tests.Analysis;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Tools.Dissection;

/// <summary>HTTP/2 has the fields that tshark 4.0 finds, in captures of curl, nginx and Node.js talking to each other.</summary>
public sealed class Http2ComparisonTests
{
    [Theory]
    [InlineData("http2-prior-knowledge.pcap", "HEADERS[1]: POST /post")]
    [InlineData("http2-upgrade.pcap", "SETTINGS[0], HEADERS[1]: 200 OK")]
    [InlineData("http2-all-frames.pcap", "PUSH_PROMISE[3]: GET /pushed.css, HEADERS[3]: 200 OK, HEADERS[2]: 200 OK, DATA[3], DATA[2] (text/css)")]
    [InlineData("http2-in-tls.pcapng", "HEADERS[3]: 200 OK, DATA[3], JavaScript Object Notation (application/json)")]
    public void Fields_and_lines_are_the_same(string name, string line)
    {
        FieldTable.SkipWithoutTshark();
        string[] fields =
        [
            "_ws.col.Protocol", "_ws.col.Info", "http.upgrade",
            .. FieldCatalog.Default.All.Where(field => field.Protocol.Name is "http2" && field.Name is not "http2.continuation.header").Select(field => field.Name), // that one is what it is by accident: code, read as text
        ];
        string[] arguments = ["-n", "-r", At(name), "-T", "fields", .. fields.SelectMany(field => new[] { "-e", field }), "-E", "header=y"];
        string[] theirs = NetWhyProgram.Run("tshark", arguments, []).Output.Split('\n');
        string[] ours = NetWhyProgram.Run(["tshark", .. arguments]).Output.Split('\n');

        Assert.Contains(ours, row => row.Contains(line, StringComparison.Ordinal));
        Assert.Equal(theirs.Length, ours.Length);
        for (int row = 1; row < theirs.Length; row++)
        {
            foreach ((string field, (string their, string our)) in fields.Zip(theirs[row].Split('\t').Zip(ours[row].Split('\t'))))
                Assert.True(their == our, $"{name}, packet {row}: {field}\n  tshark: {their}\n  netwhy: {our}");
        }
    }

    [Fact]
    public void Trees_are_the_same()
    {
        FieldTable.SkipWithoutTshark();
        string[] words = ["-n", "-r", At("http2-upgrade.pcap"), "-V"];

        Assert.Equal(NetWhyProgram.Run("tshark", words, []).Output.Split('\n'), NetWhyProgram.Run(["tshark", .. words]).Output.Split('\n'));
    }

    // Made for it: more fields of a header than are shown, a small block that unfolds to more octets than are shown, a body that is not what its coding says.
    [Theory]
    [InlineData("http2-limits.pcap", "http2.header_lines_exceeded", "200\t1")]
    [InlineData("http2-limits.pcap", "http2.body_decompression_failed", "2\t1")]
    [InlineData("http2-header-size.pcap", "http2.header_size_exceeded", "71\t1")]
    public void What_is_left_out_is_said(string name, string field, string line)
    {
        FieldTable.SkipWithoutTshark();
        string[] arguments = ["-n", "-r", At(name), "-d", "tcp.port==8080,http2", "-Y", field, "-T", "fields", "-e", "http2.header.count", "-e", field, "-e", "_ws.expert.message", "-e", "_ws.expert.severity", "-e", "_ws.expert.group"];
        string ours = NetWhyProgram.Run(["tshark", .. arguments]).Output;

        Assert.StartsWith(line, ours, StringComparison.Ordinal);
        Assert.Equal(NetWhyProgram.Run("tshark", arguments, []).Output, ours);
    }

    [Fact]
    public void A_port_carries_what_is_asked_for()
    {
        Assert.Equal(["eth:ethertype:ip:tcp:http:http2"], Find());
        Assert.Equal(["eth:ethertype:ip:tcp:http2"], Find("-d", "tcp.port==8080-8090,http2"));
        Assert.Empty(Find("-d", "tcp.port==8088:1,tls"));
    }

    private static string[] Find(params string[] more) =>
        NetWhyProgram.Run(["tshark", "-r", At("http2-all-frames.pcap"), "-Y", "http2.goaway.error == 2", "-T", "fields", "-e", "frame.protocols", .. more]).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string At(string name) => Path.Combine(AppContext.BaseDirectory, "Tools", "Dissection", "Captures", name);
}

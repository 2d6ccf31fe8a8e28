using NetWhy.Tests.Analysis;
using NetWhy.Tests.App;
using NetWhy.Tests.Capture;
using Xunit;

namespace NetWhy.Tests.Tools.Dissection;

/// <summary>What applications said to each other: <c>netwhy tshark -z follow</c> prints what tshark 4.0 prints, octet for octet.</summary>
public sealed class FollowedApplicationTests
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Tools", "Dissection", "Captures");

    [Theory]
    [InlineData("tls,ascii,0", "tls,hex,0", "tls,raw,0", "http,ascii,0", "http,hex,0")]
    [InlineData("tls,yaml,0")]
    [InlineData("http,yaml,0")]
    public void Tls_is_decrypted(params string[] followed) =>
        Compare("https-think.pcap", [.. Statistics(followed), "-o", $"tls.keylog_file:{Path.Combine(Folder, "https-think.keys")}"]);

    [Theory]
    [InlineData("http2,ascii,0,1", "http2,hex,0,1", "http2,raw,0,3", "http2,ascii,0,0", "tls,ascii,0")]
    [InlineData("http2,yaml,0,1")]
    public void Headers_of_http2_are_told(params string[] followed) => Compare("http2-in-tls.pcapng", Statistics(followed));

    [Theory]
    [InlineData("http,ascii,0", "http,hex,1", "http,raw,1", "http,ascii,2")]
    [InlineData("http,yaml,1")]
    public void Heads_and_bodies_of_http_are_told(params string[] followed) => Compare("http-holes.pcap", Statistics(followed));

    [Theory]
    [InlineData("quic,ascii,0,0", "quic,hex,0,0")]
    [InlineData("quic,yaml,0,4")]
    public void Streams_of_quic_are_told(params string[] followed) => Compare("quic-frames.pcap", Statistics(followed));

    // Of a link that neither reads.
    [Theory]
    [InlineData("tls,ascii,0", "http,hex,0")]
    [InlineData("quic,yaml,0,0")]
    [InlineData("tcp,ascii,0", "udp,ascii,0")]
    public void Where_nothing_is_read_nothing_is_followed(params string[] followed) => CompareAt(CaptureLibrary.At("tcpdump/brcm-tag.pcap"), Statistics(followed));

    [Fact]
    public void A_stream_in_a_stream_must_be_named()
    {
        ProgramResult result = NetWhyProgram.Run("tshark", "-r", Path.Combine(Folder, "http2-in-tls.pcapng"), "-q", "-z", "follow,http2,ascii,0");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("STREAM,INNER", result.Error, StringComparison.Ordinal);
    }

    private static string[] Statistics(string[] followed) => ["-q", .. followed.SelectMany(one => (string[])["-z", $"follow,{one}"])];

    private static void Compare(string capture, string[] arguments) => CompareAt(Path.Combine(Folder, capture), arguments);

    private static void CompareAt(string path, string[] arguments)
    {
        FieldTable.SkipWithoutTshark();
        string[] words = ["-n", "-r", path, .. arguments];
        Assert.Equal(NetWhyProgram.Run("tshark", words, []).Output, NetWhyProgram.Run(["tshark", .. words]).Output);
    }
}

using NetWhy.Tests.Analysis;
using NetWhy.Tests.App;
using Xunit;
using static NetWhy.Tests.Tools.Dissection.TsharkComparison;

namespace NetWhy.Tests.Tools.Dissection;

/// <summary>Messages that came with holes, under TLS, quoted, or where nobody expects them: <c>netwhy tshark</c> prints what tshark 4.0 prints, octet for octet.</summary>
/// <remarks>In http-holes.pcap, which was made for it, segments fill holes early, after three acknowledgments, after a time-out and in vain; some come again, and some were never captured.</remarks>
public sealed class MessageComparisonTests
{
    [Theory]
    [InlineData("http-holes")]
    [InlineData("http-holes", "-Y", "http")]
    [InlineData("http-holes", "-T", "fields", "-e", "frame.number", "-e", "http.response.code", "-e", "http.time", "-e", "tcp.segment", "-e", "tcp.segment_data", "-e", "frame.protocols")]
    [InlineData("http-holes", "-q", "-z", "http,tree", "-z", "http_req,tree", "-z", "expert", "-z", "io,stat,0.5,http,COUNT(http.time)http.time")]
    [InlineData("http-holes", "-q", "-z", "follow,tcp,raw,0", "-z", "follow,tcp,ascii,1", "-z", "follow,tcp,hex,1")]
    [InlineData("http-holes", "-O", "http,tcp")]
    [InlineData("http-on-tls-port")]
    [InlineData("http-on-tls-port", "-V")]
    [InlineData("http-on-tls-port", "-T", "json")]
    [InlineData("http-on-tls-port", "-q", "-z", "expert")]
    [InlineData("icmp-quotes-tcp", "-q", "-z", "expert", "-z", "follow,tcp,ascii,0")]
    [InlineData("icmp-quotes-tcp", "-T", "fields", "-e", "tcp.seq", "-e", "tcp.seq_raw", "-e", "tcp.ack", "-e", "tcp.completeness")]
    [InlineData("http-holes", "-V", "-Y", "_ws.malformed")]
    [InlineData("tls-hole")]
    [InlineData("quic-padding")]
    [InlineData("dns-options", "-q", "-z", "follow,udp,ascii,0", "-z", "follow,udp,hex,0", "-z", "follow,udp,raw,99")]
    [InlineData("dns-options")]
    public void Packets_are_shown_as_tshark_shows_them(string capture, params string[] arguments) => Compare(capture, arguments);

    [Fact]
    public void What_was_asked_under_tls_has_a_uri_that_says_so() =>
        Compare("https-think", "-o", $"tls.keylog_file:{Path.Combine(Folder, "https-think.keys")}", "-T", "fields", "-e", "http.request.full_uri", "-e", "http.response_for.uri");

    [Fact]
    public void What_lies_in_segments_is_flat_for_elasticsearch()
    {
        FieldTable.SkipWithoutTshark();
        string[] words = ["-n", "-r", Path.Combine(Folder, "http-holes.pcap"), "-T", "ek", "-Y", "http.response"];
        static string Part(string output) => output[output.IndexOf("\"tcp_tcp_segments\"", StringComparison.Ordinal)..output.IndexOf(",\"http\":", StringComparison.Ordinal)];

        Assert.Equal(Part(NetWhyProgram.Run("tshark", words, []).Output), Part(NetWhyProgram.Run(["tshark", .. words]).Output));
    }

    [Theory]
    [InlineData("-q", "-z", "io,stat,0.5,AVG(tcp.time_delta)tcp.time_delta,MAX(http.time)http.time,SUM(frame.len)frame.len", "-z", "io,stat,5,BYTES()tcp", "-z", "io,stat,0.2,BYTES()tcp", "-z", "io,stat,5,MAX(dns.time)dns.time", "-z", "io,stat,5,tcp")]
    [InlineData("-q", "-t", "a", "-z", "conv,tcp", "-z", "conv,ip", "-z", "io,stat,0.5", "-z", "io,stat,5,BYTES()udp")]
    [InlineData("-q", "-t", "ad", "-z", "conv,tcp", "-z", "conv,ip", "-z", "io,stat,0.5", "-z", "io,stat,5,udp")]
    [InlineData("-q", "-t", "adoy", "-z", "conv,tcp", "-z", "conv,ip", "-z", "io,stat,0.5")]
    [InlineData("-q", "-t", "e", "-z", "conv,tcp", "-z", "conv,ip")]
    [InlineData("-q", "-t", "u", "-z", "conv,tcp", "-z", "io,stat,0.5", "-z", "io,stat,5,BYTES()udp")]
    [InlineData("-q", "-t", "ud", "-z", "conv,tcp", "-z", "io,stat,0.5")]
    [InlineData("-t", "udoy", "-c", "3", "-z", "conv,tcp", "-z", "io,stat,0.5")]
    [InlineData("-t", "adoy", "-c", "3")]
    [InlineData("-Y", "http", "-Y", "tcp.flags.syn == 1")]
    [InlineData("-P", "-V", "-c", "5")]
    [InlineData("-P", "-V", "-x", "-c", "2")]
    [InlineData("-Q")]
    [InlineData("-Q", "-V", "-c", "1")]
    [InlineData("-o", "tcp.relative_sequence_numbers:maybe", "-c", "3")]
    [InlineData("-2", "-c", "3")]
    [InlineData("-2", "-R", "tcp.len > 0", "-T", "fields", "-e", "frame.number", "-e", "frame.time_relative", "-e", "tcp.seq")]
    [InlineData("-2", "-R", "tcp.len > 0", "-Y", "frame.number > 7", "-q", "-z", "conv,tcp")]
    [InlineData("-T", "fields", "-e", "tcp.options.mss", "-e", "tcp.options", "-e", "eth", "-e", "ip", "-e", "tcp")]
    public void Options_do_what_they_do_for_tshark(params string[] arguments) => Compare("http-holes", arguments);

    [Theory]
    [InlineData("io,stat only supports", "-q", "-t", "e", "-z", "io,stat,1")]
    [InlineData("io,stat only supports", "-q", "-t", "dd", "-z", "io,stat,1")]
    [InlineData("both raw packet data and dissected packets", "-w", "-", "-V")]
    [InlineData("both raw packet data and dissected packets", "-w", "-", "-P")]
    [InlineData("You can't specify -L", "-L")]
    public void What_tshark_refuses_is_refused(string words, params string[] arguments)
    {
        FieldTable.SkipWithoutTshark();
        string[] all = ["-r", Path.Combine(Folder, "http-holes.pcap"), .. arguments];
        ProgramResult theirs = NetWhyProgram.Run("tshark", all, []);
        ProgramResult ours = NetWhyProgram.Run(["tshark", .. all]);

        Assert.Equal(theirs.ExitCode, ours.ExitCode);
        Assert.Contains(words, theirs.Error, StringComparison.Ordinal);
        Assert.Contains(words, ours.Error, StringComparison.Ordinal);
        Assert.Empty(ours.Output);
    }
}

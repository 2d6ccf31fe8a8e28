using NetWhy.Tests.Analysis;
using NetWhy.Tests.App;
using NetWhy.Tests.Capture;
using Xunit;

namespace NetWhy.Tests.Tools.Dissection;

/// <summary>A capture that is read twice: <c>netwhy tshark -2</c> prints what tshark 4.0 prints with it, octet for octet.</summary>
public sealed class SecondPassTests
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Tools", "Dissection", "Captures");

    [Theory]
    [InlineData("http-holes")]
    [InlineData("http-holes", "-V")]
    [InlineData("http-holes", "-T", "fields", "-e", "frame.number", "-e", "http.response_in", "-e", "http.next_request_in", "-e", "http.next_response_in", "-e", "tcp.reassembled_in", "-e", "tcp.completeness", "-e", "tcp.analysis.initial_rtt", "-e", "frame.protocols")]
    [InlineData("http-holes", "-R", "tcp.len > 0", "-T", "fields", "-e", "frame.number", "-e", "tcp.reassembled_in", "-e", "http.response_in")]
    [InlineData("http-holes", "-Y", "http.response_in || tcp.reassembled_in")]
    [InlineData("tls-hole")]
    [InlineData("tls-hole", "-O", "tls,tcp")]
    [InlineData("https-think", "-V")]
    [InlineData("http2-upgrade", "-V")]
    [InlineData("dns-options", "-O", "dns")]
    [InlineData("dns-options", "-T", "fields", "-e", "dns.response_in", "-e", "dns.response_to")]
    public void Packets_tell_of_later_ones(string capture, params string[] arguments) => Compare(Path.Combine(Folder, $"{capture}.pcap"), arguments);

    [Theory]
    [InlineData("chrissanders-packets/ip_frag_source.pcapng", "-V")]
    [InlineData("chrissanders-packets/ipv6_fragments.pcapng", "-V")]
    [InlineData("chrissanders-packets/ipv6_fragments.pcapng")]
    [InlineData("chrissanders-packets/ip_frag_source.pcapng", "-T", "fields", "-e", "ip.reassembled_in", "-e", "icmp.resp_in", "-e", "_ws.col.Info")]
    [InlineData("chrissanders-packets/dns_query_response.pcapng", "-V")]
    [InlineData("chrissanders-packets/tcp_refuseconnection.pcapng", "-V")]
    [InlineData("chrissanders-packets/http_dvwa_sqlinjection.pcapng", "-O", "tcp,http")]
    [InlineData("nDPI/tests/cfgs/default/pcap/http_auth.pcap")] // a body in chunks, asked for again with each segment
    [InlineData("nDPI/tests/cfgs/default/pcap/icmp-tunnel.pcap", "-O", "icmp")] // replies that repeat something else
    [InlineData("chrissanders-packets/tcp_zerowindowdead.pcapng", "-T", "fields", "-e", "frame.number", "-e", "tcp.completeness")] // begun before the capture: what its first segment shows counts from the second one on
    [InlineData("zeek/testing/btest/Traces/tcp/one-sided-2745.pcap", "-T", "fields", "-e", "frame.number", "-e", "tcp.completeness")]
    [InlineData("zeek/testing/btest/Traces/tcp/http-on-irc-port-missing-syn.pcapng", "-T", "fields", "-e", "frame.number", "-e", "tcp.completeness")]
    [InlineData("tcpdump/kday3.pcap", "-T", "fields", "-e", "frame.number", "-e", "tcp.completeness")]
    public void So_they_do_in_public_captures(string capture, params string[] arguments) => Compare(CaptureLibrary.At(capture), arguments);

    [Fact]
    public void A_pipe_cannot_be_read_twice()
    {
        FieldTable.SkipWithoutTshark();
        ProgramResult theirs = NetWhyProgram.Run("tshark", ["-2", "-r", "-"], []);
        ProgramResult ours = NetWhyProgram.Run("tshark", "-2", "-r", "-");

        Assert.Equal(theirs.ExitCode, ours.ExitCode);
        Assert.Contains("pipe or FIFO", theirs.Error, StringComparison.Ordinal);
        Assert.Contains("pipe or FIFO", ours.Error, StringComparison.Ordinal);
    }

    private static void Compare(string path, string[] arguments)
    {
        FieldTable.SkipWithoutTshark();
        string[] words = ["-n", "-2", "-r", path, .. arguments];
        string[] wanted = NetWhyProgram.Run("tshark", words, []).Output.Split('\n');
        string[] got = NetWhyProgram.Run(["tshark", .. words]).Output.Split('\n');
        for (int line = 0; line < Math.Min(wanted.Length, got.Length); line++)
            Assert.True(wanted[line] == got[line], $"line {line + 1}\n  tshark: {wanted[line]}\n  netwhy: {got[line]}");
        Assert.Equal(wanted.Length, got.Length);
    }
}

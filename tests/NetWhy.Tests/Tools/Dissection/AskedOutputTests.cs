using NetWhy.Tests.Analysis;
using NetWhy.Tests.App;
using NetWhy.Tests.Capture;
using Xunit;
using static NetWhy.Tests.Tools.Dissection.TsharkComparison;

namespace NetWhy.Tests.Tools.Dissection;

/// <summary>What command lines ask for beside lists and trees: data that nobody reads, kinds of output with fields, checksums, statistics. tshark 4.0 prints the same, octet for octet.</summary>
/// <remarks>The captures were made between namespaces; in checksums.pcap, three of four checksums of TCP and one of five of IPv4 were made wrong.</remarks>
public sealed class AskedOutputTests
{
    private static readonly string[] Checked = ["-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"];

    [Theory]
    [InlineData("tcp-data", "-T", "fields", "-e", "data.data", "-e", "data.len", "-e", "data")]
    [InlineData("tcp-data", "-T", "json", "-e", "data.data", "-e", "data")]
    [InlineData("tcp-data", "-q", "-z", "io,stat,0,data", "-z", "io,stat,1,COUNT(data.len)data.len")]
    [InlineData("tcp-data", "-Y", "data.len > 100", "-T", "fields", "-e", "frame.number")]
    [InlineData("udp-refused", "-T", "fields", "-e", "data.data")]
    public void Data_that_nobody_reads_is_found_without_asking_for_more(string capture, params string[] arguments) => Compare(capture, arguments);

    [Theory]
    [InlineData("tcp-data", "tls")]
    [InlineData("udp-refused", "tcp")]
    [InlineData("udp-refused", "data")]
    [InlineData("udp-refused", "udp,icmp")]
    public void Octets_are_shown_only_of_protocols_that_are_shown_whole(string capture, string protocols) => Compare(capture, "-O", protocols);

    [Theory]
    [InlineData("json")]
    [InlineData("ek")]
    public void Fields_in_objects_are_written_as_on_lines(string format)
    {
        string[] fields = [.. ((string[])["tcp.payload", "tcp.flags.syn", "ip.flags.df", "eth.ig", "frame.time", "frame.time_delta", "tcp.analysis", "tcp", "ip", "eth.src", "ip.checksum", "tcp.options"]).SelectMany(field => new[] { "-e", field })];
        Compare("tcp-data", ["-T", format, .. fields]);
        Compare("http-bodies", ["-T", format, "-e", "tcp.segments", "-e", "http.request.line", "-e", "http.response.code", "-e", "tcp.segment"]);
        foreach (string which in (string[])["f", "l", "a"])
            Compare("tcp-data", "-T", format, "-e", "ip.addr", "-e", "tcp.port", "-E", $"occurrence={which}");
    }

    [Theory]
    [InlineData("http-bodies")]
    [InlineData("tcp-data")]
    [InlineData("udp-refused")]
    [InlineData("mpls")]
    [InlineData("https-think")]
    [InlineData("http2-upgrade")]
    [InlineData("quic-coalesce")]
    public void Hierarchies_have_what_stands_at_the_edge_of_trees(string capture) => Compare(capture, "-q", "-z", "io,phs");

    [Theory]
    [InlineData("checksums", "-V")]
    [InlineData("checksums")]
    [InlineData("checksums", "-q", "-z", "expert")]
    [InlineData("checksums", "-T", "fields", "-e", "ip.checksum.status", "-e", "tcp.checksum.status", "-e", "ip.checksum_calculated", "-e", "tcp.checksum_calculated", "-e", "_ws.expert.message")]
    [InlineData("checksums", "-Y", "tcp.checksum.status == \"Bad\" && ip.checksum_bad.expert", "-T", "fields", "-e", "frame.number")]
    [InlineData("udp-refused", "-V")]
    public void Checksums_are_computed_where_somebody_asks(string capture, params string[] arguments) => Compare(capture, [.. Checked, .. arguments]);

    [Theory]
    [InlineData("ip4-bad-chksum")]
    [InlineData("ip6-udp-bad-chksum")]
    [InlineData("ip6-udp-good-chksum")]
    [InlineData("ip6-route0-tcp-bad-chksum")]
    [InlineData("ip6-route0-udp-good-chksum")]
    [InlineData("ip6-hoa-tcp-good-chksum")]
    [InlineData("ip6-hoa-udp-bad-chksum")]
    [InlineData("localhost-bad-chksum")]
    public void Checksums_cover_the_addresses_that_a_packet_is_from_and_for(string name)
    {
        string path = CaptureLibrary.At($"zeek/testing/btest/Traces/chksums/{name}.pcap");
        CompareAt(path, [.. Checked]);
        CompareAt(path, [.. Checked, "-V"]);
        CompareAt(path, "-q", "-z", "conv,udp", "-z", "conv,tcp", "-z", "conv,ipv6", "-z", "endpoints,udp");
    }

    [Theory]
    [InlineData("-z", "follow,tcp,ascii,0")]
    [InlineData("-z", "follow,tcp,hex,1")]
    [InlineData("-z", "follow,tcp,raw,0")]
    public void Of_cut_segments_what_was_captured_is_followed(params string[] arguments) => Compare("http-snapped", ["-q", .. arguments]);

    [Theory]
    [InlineData("mpls", "-V")]
    [InlineData("mpls", "-T", "ek")]
    [InlineData("mpls", "-T", "fields", "-e", "frame.protocols", "-e", "mpls.label")]
    [InlineData("raw-http", "-T", "json", "-c", "3")]
    [InlineData("udp-refused", "-V")]
    public void Layers_are_told_as_tshark_tells_them(string capture, params string[] arguments) => Compare(capture, arguments);

    [Theory]
    [InlineData("tcpdump/geneve.pcap", "-O", "geneve", "-c", "3")]
    [InlineData("tcpdump/geneve.pcap", "-T", "fields", "-e", "geneve.vni", "-e", "geneve.option.class", "-e", "geneve.option.type.critical", "-e", "geneve.options", "-e", "geneve.flags.critical")]
    [InlineData("zeek/testing/btest/Traces/tunnels/geneve-many-options.pcap", "-O", "geneve,udp", "-c", "3")]
    [InlineData("zeek/testing/btest/Traces/tunnels/geneve-tagged-udp-packet.pcap", "-T", "json")]
    [InlineData("zeek/testing/btest/Traces/tunnels/geneve-tagged-udp-packet.pcap", "-T", "ek")]
    [InlineData("zeek/testing/btest/Traces/tunnels/geneve-truncated.pcapng", "-V")]
    [InlineData("zeek/testing/btest/Traces/tcp/rst-inject-rae.pcap")]
    public void Tunnels_and_flags_have_all_their_parts(string path, params string[] arguments) => CompareAt(CaptureLibrary.At(path), arguments);

    [Theory]
    [InlineData("AVG(tcp.len)")]
    [InlineData("AVG(tcp.len)tcp.len")]
    [InlineData("AVG(tcp.len),tcp.len > 0")]
    [InlineData("COUNT(tcp.len)tcp")]
    [InlineData("SUM(frame.len)")]
    public void What_no_filter_names_is_not_counted(string column) => Compare("tcp-data", "-q", "-z", $"io,stat,0.1,{column}");

    [Theory]
    [InlineData("ad", "0.02")]
    [InlineData("a", "0.1")]
    [InlineData("u", "0.25")]
    [InlineData("adoy", "0.02")]
    public void Parts_of_seconds_are_not_added_to_dates(string time, string interval) => Compare("tcp-data", "-q", "-t", time, "-z", $"io,stat,{interval},tcp");

    [Theory]
    [InlineData("-o", "bogus.x:1")]
    [InlineData("-o", "tcp.bogus:TRUE")]
    [InlineData("-o", "tcp.:TRUE")]
    [InlineData("-o", "websocket.foo:1")]
    [InlineData("-o", "foo:TRUE")]
    [InlineData("-o", "vxlan.port:4789")]
    [InlineData("-T", "fields", "-e", "ip.src", "-E", "escape=y")]
    [InlineData("-t", "r.3")]
    [InlineData("-t", "3")]
    [InlineData("-Y", "tcp", "udp")]
    [InlineData("-o", "nameres.mac_name:TRUE")]
    [InlineData("-o", "http.tcp.port:80")]
    [InlineData("-o", "websocket.text_type:No subdissection")]
    [InlineData("-o", "websocket.decompress:TRUE")]
    [InlineData("-o", "ssh.tcp.port:22")]
    [InlineData("-o", "ssl.keylog_file:")]
    public void What_tshark_refuses_is_refused(params string[] arguments)
    {
        FieldTable.SkipWithoutTshark();
        string[] words = ["-n", "-r", Path.Combine(Folder, "tcp-data.pcap"), "-c", "1", .. arguments];
        ProgramResult theirs = NetWhyProgram.Run("tshark", words, []);
        ProgramResult ours = NetWhyProgram.Run(["tshark", .. words]);

        Assert.Equal(theirs.ExitCode, ours.ExitCode);
        Assert.Equal(theirs.Output, ours.Output);
    }

    [Fact]
    public void Rates_are_refused_by_name()
    {
        ProgramResult result = NetWhyProgram.Run(["tshark", "-r", Path.Combine(Folder, "tcp-data.pcap"), "-q", "-z", "io,stat,1,LOAD(tcp.time_delta)tcp.time_delta"]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("LOAD is not done here", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Theory]
    [InlineData(105)] // IEEE 802.11
    [InlineData(182)]
    public void Links_that_are_not_read_are_named(int type)
    {
        string path = Path.GetTempFileName();
        try
        {
            byte[] capture = Convert.FromHexString("d4c3b2a1020004000000000000000000ffff000000000000" + "0000000000000000" + "0400000004000000" + "00010203");
            BitConverter.TryWriteBytes(capture.AsSpan(20), type);
            File.WriteAllBytes(path, capture);

            ProgramResult result = NetWhyProgram.Run(["tshark", "-r", path]);

            Assert.Equal(2, result.ExitCode);
            Assert.Contains($"packets of link type {type} are not read here", result.Error, StringComparison.Ordinal);
            Assert.Contains($"Link type {type} is not read here", result.Output, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    // The checksum covers the last address of a segment list, which stands first in it: RFC 8754, section 2.
    [Theory]
    [InlineData("-V")]
    [InlineData("-T", "fields", "-e", "ipv6.dst", "-e", "udp.checksum.status", "-e", "_ws.col.Destination")]
    [InlineData]
    public void Checksums_cover_the_end_of_a_route(params string[] arguments) => CompareAt(CaptureLibrary.At("tcpdump/ipv6-srh-insert-cksum.pcap"), [.. Checked, .. arguments]);

    [Fact]
    public void The_end_of_an_unknown_route_is_not_known()
    {
        const int TypeAt = 0x60;
        const byte Unknown = 99, Unverified = 2;
        string path = Path.GetTempFileName();
        try
        {
            byte[] capture = File.ReadAllBytes(CaptureLibrary.At("tcpdump/ipv6-srh-insert-cksum.pcap"));
            Assert.Equal(4, capture[TypeAt]);
            capture[TypeAt] = Unknown;
            File.WriteAllBytes(path, capture);

            ProgramResult result = NetWhyProgram.Run(["tshark", "-r", path, .. Checked, "-T", "fields", "-e", "ipv6.routing.type", "-e", "udp.checksum.status"]);

            Assert.Equal($"{Unknown}\t{Unverified}\n", result.Output);
        }
        finally
        {
            File.Delete(path);
        }
    }
}

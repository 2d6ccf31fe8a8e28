using System.Text;
using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Filters;
using Xunit;

namespace NetWhy.Tests.Analysis.Filters;

/// <summary>What a display filter says of packets, and of itself. Expected values: man page wireshark-filter(4), and tshark 4.0 where it says nothing.</summary>
public sealed class DisplayFilterTests
{
    private static readonly byte[] Octets = [.. "GET / HTTP/1.1\r\nHost: a"u8];

    [Theory]
    [InlineData("tcp", true)]
    [InlineData("udp", false)]
    [InlineData("not udp", true)]
    [InlineData("tcp and not udp", true)]
    [InlineData("!tcp || udp && tcp", false)]
    [InlineData("(tcp or udp) and eth", false)]
    [InlineData("tcp.port == 80", true)]
    [InlineData("tcp.port != 80", false)] // one of the two ports is 80
    [InlineData("tcp.port !== 80", true)]
    [InlineData("tcp.port === 80", false)]
    [InlineData("all tcp.port > 79", true)]
    [InlineData("all tcp.port > 80", false)]
    [InlineData("any tcp.port != 80", true)]
    [InlineData("udp.port != 80", false)] // not there, and so neither equal nor unequal
    [InlineData("not udp.port == 80", true)]
    [InlineData("tcp.port in {443, 8080, 1..100}", true)]
    [InlineData("tcp.port not in {443, 8080}", true)]
    [InlineData("tcp.dstport in {81..443}", false)]
    [InlineData("tcp.srcport == 0xd066", true)]
    [InlineData("tcp.dstport == 0120 && tcp.dstport == 0b1010000 && tcp.dstport == 'P'", true)]
    [InlineData("tcp.srcport > tcp.dstport", true)]
    [InlineData("tcp.srcport - tcp.dstport == 53270", true)]
    [InlineData("tcp.dstport - tcp.srcport < 0", true)]
    [InlineData("tcp.dstport >= 4 * {tcp.hdr_len - 12} % 100", true)]
    [InlineData("tcp.dstport / 0 == 0", false)]
    [InlineData("tcp.flags & 0x02", true)]
    [InlineData("tcp.flags & 0x10", false)]
    [InlineData("tcp.flags.syn", true)]
    [InlineData("tcp.flags.reset", true)] // it is there; its value is another matter
    [InlineData("tcp.flags.syn == \"Set\" and tcp.flags.reset == \"not set\"", true)]
    [InlineData("tcp.flags.syn == True and tcp.flags.reset == FALSE", true)]
    [InlineData("ip.src == 10.0.0.0/8", true)]
    [InlineData("ip.addr == 192.168.0.0/16", false)]
    [InlineData("ip.src in {10.1.2.0 .. 10.1.2.9}", true)]
    [InlineData("ip.src & 255.0.0.0 == 10.0.0.0", true)]
    [InlineData("ip.src[3] == 03", true)]
    [InlineData("ip.src#1 == 10.1.2.3 and ip.src#2 == 172.16.0.1", true)]
    [InlineData("ip.src#2 == 10.1.2.3", false)]
    [InlineData("ip.src#[-1] == 172.16.0.1", true)]
    [InlineData("count(ip.src) == 2", true)]
    [InlineData("ipv6.src == fe80::/10", true)]
    [InlineData("ipv6.src == fe80::1", true)]
    [InlineData("string(ipv6.src) == \"fe80::1\"", true)]
    [InlineData("eth.src == 00-00-5e-00-53-01", true)]
    [InlineData("eth.src[0:3] == 00:00:5e", true)]
    [InlineData("eth.src contains 5e:00", true)]
    [InlineData("eth.addr == 0000.5e00.5301", false)]
    [InlineData("string(eth.src) matches \"^00:00:5e\"", true)]
    [InlineData("frame contains \"HTTP\"", true)]
    [InlineData("frame contains 48:54:54:50", true)]
    [InlineData("frame matches \"get /.*http\"", true)]
    [InlineData("frame matches \"(?-i)get\"", false)]
    [InlineData("frame matches r\"HTTP/\\d\\.\\d\\r\\n\"", true)]
    [InlineData("frame[0:3] == \"GET\"", true)]
    [InlineData("frame[-1] == 61", true)]
    [InlineData("frame[0-2,4] == 47:45:54:2f", true)]
    [InlineData("frame[100]", false)]
    [InlineData("http.host == \"Example.org\"", true)]
    [InlineData("http.host == example.org", false)]
    [InlineData("lower(http.host) == \"example.org\"", true)]
    [InlineData("upper(http.host) contains \"EXAMPLE\"", true)]
    [InlineData("len(http.host) == 11", true)]
    [InlineData("http.host matches \"^ex.*ORG$\"", true)]
    [InlineData("http.user_agent contains \"\\u00e9\"", true)]
    [InlineData("http.user_agent matches \"\\xc3\\xa9$\"", true)]
    [InlineData("http.user_agent matches \"\\xc3\\x89$\"", false)] // capitals are those of ASCII
    [InlineData("max(tcp.srcport, tcp.dstport) == 53350 && min(tcp.port) == 80", true)]
    [InlineData("abs(tcp.dstport - tcp.srcport) == 53270", true)]
    [InlineData("tcp.window_size_scalefactor == -2", true)]
    [InlineData("tcp.window_size_scalefactor < 0", true)]
    [InlineData("frame.time_delta > 0.5 && frame.time_delta < 1", true)]
    [InlineData("frame.time_delta == 0.750000000", true)]
    [InlineData("frame.time >= \"2020-01-01T00:00:00Z\" && frame.time < \"2020-01-01 02:00:00+01:00\"", true)]
    [InlineData("_ws.ftypes.double == 1.5e0 && _ws.ftypes.double > 0x1.7", true)]
    [InlineData("_ws.ftypes.uint64 == 18446744073709551615 && _ws.ftypes.uint64 + 1 != 0", true)]
    [InlineData("tcp.len == 0 || tcp.srcport <= tcp.ack_raw <= tcp.seq_raw", true)]
    [InlineData("", true)]
    [InlineData("  ", true)]
    public void A_packet_passes_or_not(string text, bool passes) => Assert.Equal(passes, Matches(text));

    [Theory]
    [InlineData("tcp.port == 99999", 12, 5, "65535")]
    [InlineData("tcp.prt == 80", 0, 7, "tcp.port")]
    [InlineData("tcp and nosuch", 8, 6, "neither a field")]
    [InlineData("htpp", 0, 4, "did you mean http")]
    [InlineData("gtp", 0, 3, "netwhy reads frame, ")]
    [InlineData("gtp.teid == 1", 0, 8, "netwhy reads frame, ")]
    [InlineData("tcp.quite_different_name", 0, 24, "netwhy reads no field of tcp with that name")]
    [InlineData("tcp.port contains \"x\"", 0, 8, "string()")]
    [InlineData("tcp.port == \"80\"", 12, 4, "without quotes")]
    [InlineData("tcp.port = 80", 9, 1, "==")]
    [InlineData("tcp.port == ", 12, 0, "ends")]
    [InlineData("(tcp", 4, 0, ")")]
    [InlineData("tcp.port[0] == 1", 0, 8, "octets")]
    [InlineData("ip.src == localhost", 10, 9, "not looked up")]
    [InlineData("ip.src == 10.0.0.0/33", 10, 11, "32")]
    [InlineData("http.host matches \"(a\"", 18, 4, "regular expression")]
    [InlineData("http.host matches host", 18, 4, "double quotes")]
    [InlineData("http.host == \"a", 13, 2, "quote")]
    [InlineData("80 == tcp.port", 0, 2, "left")]
    [InlineData("tcp.flags == http.host", 13, 9, "text")]
    [InlineData("frame[3-1] == 00", 6, 3, "smaller")]
    [InlineData("frame.time > \"yesterday\"", 13, 11, "2020-07-04")]
    [InlineData("@ip.src == 1", 0, 1, "4.2")]
    [InlineData("tcp xor udp", 4, 3, "xor")]
    [InlineData("tcp AND udp", 4, 3, "and")]
    [InlineData("len(tcp.payload)", 0, 16, "compare")]
    [InlineData("nosuch(tcp) == 1", 0, 11, "len")]
    [InlineData("tcp.port in {80 443}", 16, 3, "}")]
    [InlineData("frame contains \"\\q\"", 16, 2, "escape")]
    public void An_error_says_what_is_wrong_and_where(string text, int position, int length, string hint)
    {
        DisplayFilterException error = Assert.Throws<DisplayFilterException>(() => Compile(text));

        Assert.Equal((position, length), (error.Position, error.Length));
        Assert.Contains(hint, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void The_reset_of_the_guides_is_the_flag()
    {
        var filter = Compile("tcp.analysis.reset");

        Assert.False(filter.Matches(Packet()));
        Assert.Contains("tcp.flags.reset == 1", Assert.Single(filter.Notes), StringComparison.Ordinal);
        Assert.Equal(["tcp.flags.reset"], filter.Fields.Select(field => field.Name));
        Assert.True(Matches("not tcp.analysis.reset and tcp.analysis.reset == 0"));
    }

    [Fact]
    public void Old_names_and_operators_are_read_and_noted()
    {
        Assert.Contains("tls", Assert.Single(Compile("ssl.handshake.length > 5").Notes), StringComparison.Ordinal);
        Assert.Contains("!==", Assert.Single(Compile("tcp.port ~= 80").Notes), StringComparison.Ordinal);
        Assert.Empty(Compile("tcp.port == 80").Notes);
    }

    [Fact]
    public void A_filter_tells_which_fields_it_reads()
    {
        var filter = Compile("tcp.port == 80 and not len(http.host) > 3 or ip.src#2 == 10.0.0.1 or udp");

        Assert.Equal(["http.host", "ip", "ip.src", "tcp.port", "udp"], filter.Fields.Select(field => field.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_is_too_long_or_too_deep_is_refused()
    {
        Assert.Throws<DisplayFilterException>(() => Compile(new string(' ', 65_537)));
        Assert.Throws<DisplayFilterException>(() => Compile(new string('(', 60_000)));
        Assert.Throws<DisplayFilterException>(() => Compile($"{new string('(', 300)}tcp{new string(')', 300)}"));
        Assert.Throws<DisplayFilterException>(() => Compile($"tcp.port == {new string('{', 300)}1{new string('}', 300)}"));
        Assert.Throws<DisplayFilterException>(() => Compile("frame.len" + string.Concat(Enumerable.Repeat(" + 1", 300))));
        Assert.Throws<DisplayFilterException>(() => Compile(string.Concat(Enumerable.Repeat("abs(", 300)) + "frame.len"));
        Assert.Throws<DisplayFilterException>(() => Compile("frame" + string.Concat(Enumerable.Repeat("[0:1]", 300))));
        Assert.Throws<DisplayFilterException>(() => Compile($"frame matches \"{new string('(', 300)}{new string(')', 300)}\""));
    }

    [Fact]
    public void What_is_long_but_not_deep_is_read()
    {
        Assert.True(Matches($"{new string('!', 60_000)}tcp"));
        Assert.True(Matches(string.Join(" and ", Enumerable.Repeat("tcp", 8000))));
        Assert.False(Matches(string.Join(" or ", Enumerable.Repeat("udp", 8000))));
        Assert.True(Matches($"{new string('(', 200)}tcp{new string(')', 200)}"));
        Assert.True(Matches($"tcp.port in {{{string.Join(',', Enumerable.Range(1, 9000))}}}"));
        Assert.True(Matches("tcp.seq_raw" + string.Concat(Enumerable.Repeat(" == tcp.seq_raw", 4000))));
        Assert.True(Matches($"frame matches \"{string.Join('|', Enumerable.Repeat("GET", 10_000))}\""));
    }

    [Theory]
    [InlineData("http.host matches \"^(a+)+$\"")] // in time that grows with the text
    [InlineData("http.host matches r\"^(a+)+\\1$\"")] // given up
    public void No_pattern_takes_long(string text)
    {
        FieldCatalog catalog = FilterCatalog.Complete;
        var fields = new PacketFields(catalog);
        fields.WantAll();
        fields.AddMade(catalog.Find("http.host")!, Encoding.ASCII.GetBytes(new string('a', 5000) + "!"));
        var filter = Compile(text);

        Assert.False(filter.Matches(new DissectedPacket(Octets, fields)));
        Assert.InRange(filter.AbandonedMatches, 0, 1);
    }

    [Theory]
    [InlineData("tcp.port == 80 and not ip.addr == 10.9.0.0/16")]
    [InlineData("tcp.srcport - 1 > tcp.dstport * 2 & 0xffff or tcp.port in {1..5, 9}")]
    [InlineData("frame[0:3,5-6] == \"GET\" or eth.src[0:3] & 01:00:00 == 01:00:00 or ip.src[1] == 05")]
    [InlineData("lower(http.host) == \"x\" or string(eth.src) == \"x\" or string(ip.src) == \"x\" or string(frame.len) == \"x\"")]
    [InlineData("max(tcp.port) < 5 or len(http.host) > 99 or count(ip.src#[1-2]) > 9 or frame contains \"nothing\"")]
    [InlineData("http.host matches \"nothing\" or frame matches r\"^(a)\\1\"")]
    public void A_packet_costs_no_memory(string text)
    {
        var filter = Compile(text);
        DissectedPacket packet = Packet();
        for (int i = 0; i < 100; i++)
            _ = filter.Matches(packet);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            _ = filter.Matches(packet);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static bool Matches(string text) => Compile(text).Matches(Packet());

    private static DisplayFilter Compile(string text) => DisplayFilter.Compile(text, FilterCatalog.Complete);

    // A packet as none is, with values of every kind.
    internal static DissectedPacket Packet()
    {
        var fields = new PacketFields(FilterCatalog.Complete);
        fields.WantAll();
        Number("frame.len", 74);
        Number("frame.time", 1_577_836_800_000_000_000);
        Number("frame.time_delta", 750_000_000);
        fields.AddOctets(Find("frame"), 0, Octets.Length);
        Made("eth.src", [0, 0, 0x5e, 0, 0x53, 1]);
        Number("ip", 0);
        Number("ip.src", 0x0a010203);
        Number("ip.addr", 0x0a010203);
        Number("ip", 0);
        Number("ip.src", 0xac100001);
        Made("ipv6.src", [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        Number("tcp", 0);
        Number("tcp.srcport", 53_350);
        Number("tcp.dstport", 80);
        Number("tcp.port", 53_350);
        Number("tcp.port", 80);
        Number("tcp.hdr_len", 40);
        Number("tcp.flags", 2);
        Number("tcp.flags.syn", 1);
        Number("tcp.flags.reset", 0);
        Number("tcp.len", 7);
        Number("tcp.seq_raw", 4_000_000_000);
        Number("tcp.ack_raw", 3_000_000_000);
        Number("tcp.window_size_scalefactor", unchecked((ulong)-2));
        Made("http.host", "Example.org"u8);
        Made("http.user_agent", "caf\u00e9"u8);
        Number("_ws.ftypes.double", BitConverter.DoubleToUInt64Bits(1.5));
        Number("_ws.ftypes.uint64", ulong.MaxValue);
        return new DissectedPacket(Octets, fields);

        static Field Find(string name) => FilterCatalog.Complete.Find(name)!;

        void Number(string name, ulong value) => fields.Add(Find(name), value, 0, 0);

        void Made(string name, ReadOnlySpan<byte> octets) => fields.AddMade(Find(name), octets);
    }
}

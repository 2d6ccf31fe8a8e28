using System.Globalization;
using System.Text.Json;
using NetWhy.Tests.Analysis;
using NetWhy.Tests.App;
using NetWhy.Tests.Capture;
using Xunit;

namespace NetWhy.Tests.Tools.Dissection;

/// <summary><c>netwhy tshark</c> prints what tshark 4.0 prints, octet for octet, for protocols that it reads.</summary>
public sealed class TsharkComparisonTests
{
    // Between them: HTTP on IPv4 and IPv6, DNS over UDP and TCP, ICMP, fragments, ARP, loss, zero windows, TLS.
    public static TheoryData<string> Captures => ["http_ip4and6", "dns_axfr", "dns_isp_hijack", "tcp_retransmissions", "tcp_dupack", "tcp_zerowindowrecovery", "arp_resolution", "http_dvwa_sqlinjection", "tcp_refuseconnection"];

    [Theory]
    [MemberData(nameof(Captures))]
    public void Lists_are_the_same(string name)
    {
        Compare(name);
        Compare(name, "-t", "dd", "-Y", "tcp.len > 0");
        Compare(name, "-x", "-P", "-c", "2");
    }

    [Theory]
    [MemberData(nameof(Captures))]
    public void Fields_are_the_same(string name)
    {
        string[] fields = [.. ((string[])["frame.number", "frame.protocols", "ip.src", "tcp.port", "tcp.flags", "dns.qry.name", "dns.time", "http.request.uri", "icmp.resptime", "_ws.col.Protocol", "_ws.col.Info"]).SelectMany(field => new[] { "-e", field })];
        Compare(name, ["-T", "fields", .. fields.Where(field => field is not "frame.protocols").Where((_, index) => index != 2), "-E", "header=y", "-E", "separator=,", "-E", "quote=d", "-E", "aggregator=/s"]);
        Compare(name, ["-T", "fields", .. fields[4..], "-E", "occurrence=l", "-E", "separator=/s", "-E", "quote=s"]);
        Compare(name, "-T", "json", "-e", "ip.src", "-e", "tcp.dstport", "-e", "frame.time_relative");
    }

    [Theory]
    [InlineData("-j", "ip tcp")]
    [InlineData("-j", "tcp tcp.flags tcp.options")]
    [InlineData("-J", "ip tcp")]
    [InlineData("-J", "dns http")]
    [InlineData("-J", "ip.flags")]
    [InlineData("-j", "frame,ip")]
    public void Chosen_protocols_are_the_same(string option, string protocols)
    {
        foreach (string name in (string[])["chrissanders-packets/http_ip4and6.pcapng", "chrissanders-packets/dns.pcap"])
        {
            TsharkComparison.CompareAt(CaptureLibrary.At(name), "-T", "json", option, protocols);
            TsharkComparison.CompareAt(CaptureLibrary.At(name), "-T", "ek", option, protocols);
        }
    }

    [Theory]
    [InlineData("chrissanders-packets/http_ip4and6.pcapng")]
    [InlineData("chrissanders-packets/dns.pcap")]
    [InlineData("tcpdump/vxlan.pcap")]
    public void Values_of_one_name_stand_together(string name)
    {
        TsharkComparison.CompareAt(CaptureLibrary.At(name), "-T", "json", "--no-duplicate-keys");
        TsharkComparison.CompareAt(CaptureLibrary.At(name), "-T", "json", "--no-duplicate-keys", "-j", "ip tcp dns");
    }

    [Theory]
    [InlineData("tcp,yaml,0")]
    [InlineData("tcp,ascii,0,2")]
    [InlineData("tcp,hex,0,2-3")]
    [InlineData("tcp,raw,172.16.16.139:80,172.16.16.140:53350")]
    [InlineData("tcp,ascii,[2001:db8:1:2::1002]:35023,[2001:db8:1:2::1000]:80,1")]
    [InlineData("tcp,ascii,192.0.2.1:80,172.16.16.140:53350")]
    [InlineData("http,ascii,172.16.16.140:53350,172.16.16.139:80")]
    [InlineData("tcp,yaml,99")]
    public void Streams_are_followed_by_their_ends_and_in_parts(string stream) => Compare("http_ip4and6", "-q", "-z", $"follow,{stream}");

    [Theory]
    [InlineData("udp,yaml,0")]
    [InlineData("udp,hex,1,1")]
    [InlineData("udp,ascii,172.16.16.154:57434,4.2.2.1:53")]
    public void Datagrams_are_followed_by_their_ends_and_in_parts(string stream) =>
        TsharkComparison.CompareAt(CaptureLibrary.At("chrissanders-packets/dns.pcap"), "-q", "-z", $"follow,{stream}");

    [Theory]
    [InlineData("tcp.analyze_sequence_numbers:FALSE")]
    [InlineData("tcp.relative_sequence_numbers:FALSE")]
    public void Raw_numbers_are_not_shown_twice(string preference) => Compare("http_ip4and6", "-V", "-O", "tcp", "-o", preference, "-c", "10");

    [Fact]
    public void Averages_have_room_for_those_on_the_way() =>
        TsharkComparison.CompareAt(CaptureLibrary.At("zeek/testing/btest/Traces/tls/heartbleed.pcap"), "-q", "-z", "io,stat,0,AVG(frame.len)frame.len", "-z", "io,stat,1,AVG(tcp.len)tcp.len,AVG(frame.time_delta)frame.time_delta");

    [Fact]
    public void Fractions_of_durations_have_blanks_for_zeros() => TsharkComparison.CompareAt(CaptureLibrary.At("zeek/testing/btest/Traces/trunc/icmp-payload-trunc.pcap"), "-q", "-z", "io,stat,1");

    [Theory]
    [InlineData("chrissanders-packets/tcp_teardown.pcapng")]
    [InlineData("zeek/testing/btest/Traces/tls/heartbleed.pcap")]
    public void Findings_are_of_who_read_them(string capture)
    {
        TsharkComparison.CompareAt(CaptureLibrary.At(capture), "-q", "-z", "expert");
        TsharkComparison.CompareAt(CaptureLibrary.At(capture), "-T", "json");
    }

    [Fact]
    public void Messages_that_follow_each_other_are_one_layer_and_one_line()
    {
        string path = Path.Combine(TsharkComparison.Folder, "http-pipelined.pcap");
        foreach (string[] arguments in (string[][])[[], ["-V"], ["-T", "json"], ["-T", "fields", "-e", "frame.protocols", "-e", "_ws.col.Protocol"], ["-q", "-z", "http,tree"]])
            TsharkComparison.CompareAt(path, arguments);
    }

    [Theory]
    [InlineData("separator=,,quote=d")]
    [InlineData("separator=/x")]
    [InlineData("separator=/")]
    [InlineData("separator=/tt")]
    [InlineData("aggregator=/t")]
    [InlineData("aggregator=ab")]
    public void Separators_are_one_character(string setting) => Compare("tcp_refuseconnection", "-T", "fields", "-e", "ip.addr", "-e", "tcp.port", "-E", setting);

    [Theory]
    [MemberData(nameof(Captures))]
    public void Statistics_are_the_same(string name)
    {
        Compare(name,
        [
            "-q",
            .. ((string[])[
                "conv,tcp", "conv,udp", "conv,ip", "conv,ipv6", "conv,eth", "endpoints,tcp", "endpoints,udp", "endpoints,ip", "conv,tcp,tcp.port==80",
                "http,tree", "dns,tree", "follow,tcp,ascii,0", "follow,tcp,hex,0", "follow,tcp,raw,0", "follow,tcp,ascii,1",
                "io,stat,0.5", "io,stat,0.25,tcp,udp", "io,stat,0.5,COUNT(tcp.stream)tcp.stream,SUM(frame.len)frame.len,MAX(frame.time_delta)frame.time_delta",
            ]).SelectMany(statistic => new[] { "-z", statistic }),
        ]);
    }

    [Theory]
    [InlineData("tcp_retransmissions")]
    [InlineData("dns_isp_hijack")] // with duplicate SACKs
    [InlineData("tcp_zerowindowrecovery")]
    [InlineData("http_ip4and6")]
    [InlineData("tcp_refuseconnection")]
    public void Experts_say_the_same(string name)
    {
        Compare(name, "-q", "-z", "expert");
    }

    [Theory]
    [InlineData("http_ip4and6")]
    [InlineData("dns_axfr")]
    [InlineData("dns_isp_hijack")]
    [InlineData("tcp_retransmissions")]
    [InlineData("arp_resolution")]
    [InlineData("tcp_refuseconnection")]
    public void Objects_have_the_values_of_tshark(string name)
    {
        FieldTable.SkipWithoutTshark();
        string path = CaptureLibrary.At($"chrissanders-packets/{name}.pcapng");
        string[] ours = NetWhyProgram.Run(["tshark", "-n", "-T", "ek", "-r", path]).Output.Split('\n');
        string[] theirs = NetWhyProgram.Run("tshark", ["-n", "-T", "ek", "-r", path], []).Output.Split('\n');
        Assert.Equal(theirs.Length, ours.Length);
        int compared = 0;
        for (int line = 0; line < ours.Length; line++)
        {
            if (ours[line].Length == 0)
                continue;
            Dictionary<string, string> our = Values(ours[line]), their = Values(theirs[line]);
            foreach ((string key, string value) in our)
            {
                if (!their.TryGetValue(key, out string? wanted))
                    continue;
                Assert.True(value == wanted, string.Create(CultureInfo.InvariantCulture, $"line {line}: {key} is {value}, and {wanted} by tshark"));
                compared++;
            }
        }

        Assert.True(compared > 50, $"only {compared} values were compared");
    }

    [Theory]
    [InlineData("tcp.relative_sequence_numbers")]
    [InlineData("tcp.analyze_sequence_numbers")]
    [InlineData("tcp.desegment_tcp_streams")]
    [InlineData("tcp.track_bytes_in_flight")]
    [InlineData("tcp.calculate_timestamps")]
    public void Preferences_change_the_same(string name)
    {
        const string Capture = "tcp_retransmissions";
        Compare(Capture, "-o", $"{name}:FALSE");
        Compare(Capture,
        [
            "-o", $"{name}:FALSE", "-T", "fields",
            .. ((string[])["tcp.seq", "tcp.ack", "tcp.nxtseq", "tcp.window_size", "tcp.analysis.flags", "tcp.analysis.bytes_in_flight", "tcp.time_delta", "tcp.options.sack_le"]).SelectMany(field => new[] { "-e", field }),
        ]);
    }

    [Theory]
    [InlineData("-V")]
    [InlineData("-x")]
    [InlineData("-P")]
    [InlineData("-T", "text")]
    [InlineData("-T", "json")]
    [InlineData("-T", "ek")]
    [InlineData("-T", "fields", "-e", "ip.src")]
    [InlineData]
    public void Quiet_packets_are_printed_where_something_says_how(params string[] arguments)
    {
        FieldTable.SkipWithoutTshark();
        string[] words = ["-n", "-r", CaptureLibrary.At("chrissanders-packets/http_ip4and6.pcapng"), "-q", "-c", "1", .. arguments];

        Assert.Equal(NetWhyProgram.Run("tshark", words, []).Output.Length > 0, NetWhyProgram.Run(["tshark", .. words]).Output.Length > 0);
    }

    [Fact]
    public void Objects_nest_tcp_as_tshark_does()
    {
        FieldTable.SkipWithoutTshark();
        string[] words = ["-n", "-r", CaptureLibrary.At("chrissanders-packets/http_ip4and6.pcapng"), "-T", "json"];
        HashSet<string> theirs = Paths(NetWhyProgram.Run("tshark", words, []).Output);
        string[] ours = [.. Paths(NetWhyProgram.Run(["tshark", .. words]).Output).Where(path => path.Contains("tcp.analysis", StringComparison.Ordinal) || path.Contains("tcp.option", StringComparison.Ordinal) || path.Contains("Timestamps", StringComparison.Ordinal) || path.StartsWith("eth/", StringComparison.Ordinal))];

        Assert.True(ours.Length > 30, $"only {ours.Length} paths were compared");
        Assert.Empty(ours.Except(theirs));
    }

    [Theory]
    [InlineData("http_ip4and6", "http/")]
    [InlineData("http_dvwa_sqlinjection", "http/")]
    [InlineData("dns_isp_hijack", "dns/")]
    [InlineData("dns_axfr", "dns/")]
    public void Objects_nest_messages_as_tshark_does(string name, string layer)
    {
        FieldTable.SkipWithoutTshark();
        string[] words = ["-n", "-r", CaptureLibrary.At($"chrissanders-packets/{name}.pcapng"), "-T", "json"];
        string[] theirs = Layer(NetWhyProgram.Run("tshark", words, []).Output);
        string[] ours = Layer(NetWhyProgram.Run(["tshark", .. words]).Output);

        Assert.True(ours.Length > 10, $"only {ours.Length} paths were compared");
        Assert.Equal(theirs, ours);

        // Bodies as text, what lies behind the end of a message, and findings of experts are not shown here.
        string[] Layer(string output) =>
        [
            .. Paths(output)
                .Where(path => path.StartsWith(layer, StringComparison.Ordinal) && !path.Contains("_ws.expert", StringComparison.Ordinal)
                    && !path.Contains("file_data", StringComparison.Ordinal) && !path.Contains("Extraneous", StringComparison.Ordinal) && !path.Contains("entity body", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal),
        ];
    }

    // The members of the layers of all packets, each with those that it lies in.
    private static HashSet<string> Paths(string output)
    {
        var paths = new HashSet<string>(StringComparer.Ordinal);
        void Walk(JsonElement element, string path)
        {
            foreach (JsonProperty property in element.EnumerateObject())
            {
                paths.Add(path + property.Name);
                if (property.Value.ValueKind is JsonValueKind.Object)
                    Walk(property.Value, $"{path}{property.Name}/");
            }
        }

        using var json = JsonDocument.Parse(output);
        foreach (JsonElement packet in json.RootElement.EnumerateArray())
            Walk(packet.GetProperty("_source").GetProperty("layers"), "");
        return paths;
    }

    // Leaves that come once: what comes more often tshark writes under the same name in several places.
    private static Dictionary<string, string> Values(string line)
    {
        var values = new Dictionary<string, string>();
        var repeated = new HashSet<string>();
        void Walk(JsonElement element)
        {
            foreach (JsonProperty property in element.EnumerateObject())
            {
                if (property.Value.ValueKind is JsonValueKind.Object)
                    Walk(property.Value);
                else if (property.Value.ValueKind is JsonValueKind.Array || !values.TryAdd(property.Name, property.Value.ToString()))
                    repeated.Add(property.Name);
            }
        }

        using var json = JsonDocument.Parse(line);
        Walk(json.RootElement);
        foreach (string name in repeated)
            values.Remove(name);
        return values;
    }

    private static void Compare(string name, params string[] arguments)
    {
        FieldTable.SkipWithoutTshark();
        string path = CaptureLibrary.At($"chrissanders-packets/{name}.pcapng");
        string theirs = NetWhyProgram.Run("tshark", ["-n", "-r", path, .. arguments], []).Output;
        ProgramResult ours = NetWhyProgram.Run(["tshark", "-n", "-r", path, .. arguments]);
        string[] wanted = theirs.Split('\n');
        string[] got = ours.Output.Split('\n');
        for (int line = 0; line < Math.Min(wanted.Length, got.Length); line++)
            Assert.True(wanted[line] == got[line], $"{string.Join(' ', arguments)}\n  tshark: {wanted[line]}\n  netwhy: {got[line]}");
        Assert.True(wanted.Length == got.Length, $"{string.Join(' ', arguments)}: {wanted.Length} lines by tshark, {got.Length} by netwhy; {ours.Error}");
    }
}

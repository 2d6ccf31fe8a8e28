using System.Text.Json;
using NetWhy.Tests.Analysis;
using NetWhy.Tests.App;
using NetWhy.Tests.Capture;
using Xunit;

namespace NetWhy.Tests.Tools.Dissection;

/// <summary>Packets as trees, as JSON with all fields, and as octets: as tshark 4.0 prints them, where the protocols are ours.</summary>
public sealed class PacketTreeTests
{
    // Between them: handshakes, loss, duplicate acknowledgments, fragments, ICMP errors with what they quote, neighbours, resets.
    [Theory]
    [InlineData("tcp_refuseconnection", "frame")]
    [InlineData("tcp_dupack", "not http")]
    [InlineData("tcp_retransmissions", "frame")]
    [InlineData("icmp_traceroute", "icmp")]
    [InlineData("ipv6_fragments", "frame")]
    [InlineData("dns_query_response", "frame")]
    public void Trees_and_octets_are_the_same(string name, string filter)
    {
        (string theirs, string ours) = Both(name, "-V", "-x", "-c", "20", "-Y", filter);
        AssertSameLines(theirs, ours);
    }

    // Between them: TLS from the first hello to alerts, with extensions of browsers, certificates and their fragments, key exchanges and
    // tickets; bodies of HTTP in chunks and compressed, forms; tags of providers; links without addresses; what tunnels carry; ping's time.
    [Theory]
    [InlineData("nDPI/tests/cfgs/default/pcap/443-curl.pcap", 50)]
    [InlineData("nDPI/tests/cfgs/default/pcap/tls_2_reasms.pcapng", 14)]
    [InlineData("nDPI/tests/cfgs/default/pcap/tls_verylong_certificate.pcap", 48)]
    [InlineData("nDPI/tests/cfgs/default/pcap/tls_esni_sni_both.pcap", 38)]
    [InlineData("nDPI/tests/cfgs/default/pcap/tls_alert.pcap", 18)]
    [InlineData("nDPI/tests/cfgs/default/pcap/tls_missing_ch_frag.pcap", 14)]
    [InlineData("nDPI/tests/cfgs/default/pcap/imaps.pcap", 28)]
    [InlineData("zeek/testing/btest/Traces/tls/ecdhe.pcap", 28)]
    [InlineData("wireshark/test/captures/tls13-rfc8446.pcap", 13)]
    [InlineData("wireshark/test/captures/tls12-aes256gcm.pcap", 9)]
    [InlineData("wireshark/test/captures/tls-fragmented-handshakes.pcap.gz", 30)]
    [InlineData("wireshark/test/captures/http-brotli.pcapng", 10)]
    [InlineData("nDPI/tests/cfgs/default/pcap/WebattackSQLinj.pcap", 60)]
    [InlineData("chrissanders-packets/dns_isp_hijack.pcapng", 45)]
    [InlineData("zeek/testing/btest/Traces/http-vlan-0.pcap", 14)]
    [InlineData("zeek/testing/btest/Traces/icmp/5-pings.pcap", 10)]
    [InlineData("zeek/testing/btest/Traces/tunnels/gre-over-udp-4754.pcap", 4)]
    [InlineData("zeek/testing/btest/Traces/pppoe-over-qinq.pcap", 6)]
    [InlineData("nDPI/tests/cfgs/default/pcap/nats.pcap", 4)]
    [InlineData("libpcap/vxlan.pcap", 2)]
    [InlineData("tcpdump/QinQpacket.pcap", 1)]
    public void Trees_of_messages_are_the_same(string path, int count)
    {
        (string theirs, string ours) = At(path, "-V", "-c", count.ToString(System.Globalization.CultureInfo.InvariantCulture));
        AssertSameLines(theirs, ours);
    }

    [Fact]
    public void Tags_of_providers_have_names_of_their_own()
    {
        (string theirs, string ours) = At("tcpdump/QinQpacket.pcap", "-Y", "ieee8021ad.id == 200", "-T", "fields", "-e", "frame.number", "-e", "ieee8021ad.id", "-e", "ieee8021ad.priority", "-e", "ieee8021ad.dei", "-e", "vlan.id");
        AssertSameLines(theirs, ours);
    }

    [Fact]
    public void Messages_of_experts_are_asked_for_without_naming_a_protocol()
    {
        (string theirs, string ours) = Both("http_ip4and6", "-T", "fields", "-e", "_ws.expert.message");
        AssertSameLines(theirs, ours);
        Assert.Contains("HTTP/1.1", ours, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_protocols_asked_for_have_their_fields()
    {
        (string theirs, string ours) = Both("tcp_refuseconnection", "-O", "ip,tcp");
        AssertSameLines(theirs, ours);
    }

    [Theory]
    [InlineData("tcp_dupack", "not http")]
    [InlineData("icmp_traceroute", "icmp")]
    [InlineData("ipv6_fragments", "frame")]
    public void Objects_are_the_same(string name, string filter)
    {
        (string theirs, string ours) = Both(name, "-T", "json", "-c", "20", "-Y", filter);
        AssertSameLines(Members(theirs), Members(ours));
    }

    [Theory]
    [InlineData("tcp_refuseconnection")]
    [InlineData("ipv6_fragments")]
    public void Flat_objects_are_the_same(string name)
    {
        (string theirs, string ours) = Both(name, "-T", "ek", "-c", "20");
        AssertSameLines(Lines(theirs), Lines(ours));
        static string Lines(string output) => string.Join('\n', output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => Members($"[{line}]")));
    }

    private static (string Theirs, string Ours) Both(string name, params string[] arguments) => At($"chrissanders-packets/{name}.pcapng", arguments);

    private static (string Theirs, string Ours) At(string path, params string[] arguments)
    {
        FieldTable.SkipWithoutTshark();
        string[] words = ["-n", "-r", CaptureLibrary.At(path), .. arguments];
        return (NetWhyProgram.Run("tshark", words, []).Output, NetWhyProgram.Run(["tshark", .. words]).Output);
    }

    // Each member on its line, without those that come from a list of manufacturers or a resolver.
    private static string Members(string json)
    {
        var lines = new List<string>();
        void Walk(JsonElement element, string path)
        {
            foreach (JsonProperty property in element.EnumerateObject())
            {
                if (property.Name.Contains("resolved", StringComparison.Ordinal) || property.Name.Contains("oui", StringComparison.Ordinal))
                    continue;
                lines.Add($"{path}{property.Name} {(property.Value.ValueKind is JsonValueKind.Object ? "" : property.Value.GetRawText())}");
                if (property.Value.ValueKind is JsonValueKind.Object)
                    Walk(property.Value, $"{path}{property.Name}/");
            }
        }

        using var document = JsonDocument.Parse(json);
        foreach (JsonElement packet in document.RootElement.EnumerateArray())
            Walk(packet, "");
        return string.Join('\n', lines);
    }

    private static void AssertSameLines(string theirs, string ours)
    {
        string[] wanted = theirs.Split('\n');
        string[] got = ours.Split('\n');
        Assert.True(wanted.Length > 10, theirs);
        for (int line = 0; line < Math.Min(wanted.Length, got.Length); line++)
            Assert.True(wanted[line] == got[line], $"line {line + 1}\n  tshark: {wanted[line]}\n  netwhy: {got[line]}");
        Assert.Equal(wanted.Length, got.Length);
    }
}

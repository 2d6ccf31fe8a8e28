using System.Buffers;
using System.Text.Json;
using NetWhy.Capture.Files;
using NetWhy.Tests.Capture;
using NetWhy.Tools.Tcpdump.Json;
using NetWhy.Tools.Tcpdump.Printing;
using NetWhy.Wire.Link;
using Xunit;

namespace NetWhy.Tests.Tcpdump;

/// <summary>What is said of packets as JSON is what tshark 4.0 says of them.</summary>
public sealed class PacketJsonTests : IDisposable
{
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly Utf8JsonWriter _json;
    private readonly PacketJson _packets;

    public PacketJsonTests()
    {
        _json = new Utf8JsonWriter(_buffer);
        _packets = new PacketJson(_json, new InterfaceNames());
    }

    public void Dispose() => _json.Dispose();

    [Fact]
    public void A_tunnel_is_an_object_within()
    {
        JsonElement packet = Write(
            LinkType.Ethernet,
            "001b213cac30001b213cab6408004500008edfad4000401132af1400000114000002314a17c1007a00000240655800000a00000080010000000cfe71d883724fb69ed2495148080045000054bda24000400141041e0000011e00000208002c5429520017f1a2ce540000000017780c0000000000101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637");

        Assert.Equal(("20.0.0.1", 6081, 17), (packet.GetProperty("source").GetString(), packet.GetProperty("destinationPort").GetInt32(), packet.GetProperty("protocol").GetInt32()));
        Assert.Equal((10, 128), (packet.GetProperty("geneve").GetProperty("networkId").GetInt32(), packet.GetProperty("geneve").GetProperty("options")[0].GetProperty("type").GetInt32()));
        JsonElement inner = packet.GetProperty("tunnel");
        Assert.Equal(("30.0.0.1", true), (inner.GetProperty("ipv4").GetProperty("source").GetString(), inner.GetProperty("ipv4").GetProperty("checksumRight").GetBoolean()));
        Assert.Equal((8, 23, true), (inner.GetProperty("icmp").GetProperty("type").GetInt32(), inner.GetProperty("icmp").GetProperty("sequenceNumber").GetInt32(), inner.GetProperty("icmp").GetProperty("checksumRight").GetBoolean()));
    }

    [Fact]
    public void What_an_error_quotes_is_an_object_within()
    {
        JsonElement packet = Write(LinkType.RawIP, "45c00039f0cd000040018b347f0000017f0000010303e9f3000000004500001d6ede40004011cdef7f0000017f0000019cd900090009fe1c78");

        JsonElement quoted = packet.GetProperty("icmp").GetProperty("quoted");
        Assert.Equal((3, 3, 9), (packet.GetProperty("icmpType").GetInt32(), packet.GetProperty("icmpCode").GetInt32(), quoted.GetProperty("udp").GetProperty("destinationPort").GetInt32()));
        Assert.Equal((48, 0, 64), (packet.GetProperty("ipv4").GetProperty("dscp").GetInt32(), packet.GetProperty("ipv4").GetProperty("ecn").GetInt32(), packet.GetProperty("timeToLive").GetInt32()));
    }

    [Theory]
    [InlineData("chrissanders-packets/http_ip4and6.pcapng")]
    [InlineData("tcpdump/mptcp-v1.pcap")]
    public void Headers_are_those_of_tshark(string capture)
    {
        string path = CaptureLibrary.At(capture);
        Dictionary<int, string> expected = Tshark.Read(
            path, "!tcp.analysis.flags", "frame.len", "ip.ttl", "ipv6.hlim", "tcp.seq_raw", "tcp.window_size_value", "tcp.hdr_len", "udp.length", "http.request.method", "http.response.code")
            .ToDictionary(packet => packet.Number, packet => packet.Fields);
        using CaptureReader reader = CaptureReader.Open(File.OpenRead(path));
        for (int number = 1; reader.Read(out PacketRecord record); number++)
        {
            if (!expected.TryGetValue(number, out string? theirs))
                continue;
            JsonElement packet = Write((LinkType)record.Interface.LinkType, Convert.ToHexString(record.Octets));
            string ours = string.Join(
                '|', record.OriginalLength, Find(packet, "ipv4", "timeToLive"), Find(packet, "ipv6", "hopLimit"), Find(packet, "tcp", "sequenceNumber"), Find(packet, "tcp", "window"),
                Find(packet, "tcp", "headerLength"), Find(packet, "udp", "length"), Find(packet, "http", "method"), Find(packet, "http", "status"));
            Assert.Equal($"{number}: {theirs}", $"{number}: {ours}");
        }
    }

    [Fact]
    public void Numbers_of_a_connection_are_relative_to_its_first()
    {
        string path = CaptureLibrary.At("chrissanders-packets/http_ip4and6.pcapng");
        Dictionary<int, string> expected = Tshark.Read(path, "tcp", "tcp.seq", "tcp.ack").ToDictionary(packet => packet.Number, packet => packet.Fields);
        int compared = 0;
        var begun = new HashSet<string>();
        using CaptureReader reader = CaptureReader.Open(File.OpenRead(path));
        for (int number = 1; reader.Read(out PacketRecord record); number++)
        {
            JsonElement packet = Write((LinkType)record.Interface.LinkType, Convert.ToHexString(record.Octets));
            if (!packet.TryGetProperty("tcp", out JsonElement tcp))
                continue;
            string[] ends = [$"{packet.GetProperty("source")}:{packet.GetProperty("sourcePort")}", $"{packet.GetProperty("destination")}:{packet.GetProperty("destinationPort")}"];
            string connection = string.Join(' ', ends.Order(StringComparer.Ordinal));
            if (tcp.GetProperty("flags").EnumerateArray().Any(flag => flag.GetString() == "SYN"))
                begun.Add(connection); // of others, tshark takes another number for the first
            if (!begun.Contains(connection))
                continue;
            string ours = $"{tcp.GetProperty("relativeSequenceNumber")}|{(tcp.TryGetProperty("relativeAcknowledgmentNumber", out JsonElement acknowledgment) ? acknowledgment : 0)}";
            Assert.Equal($"{number}: {expected[number]}", $"{number}: {ours}");
            compared++;
        }

        Assert.True(compared >= 20, $"only {compared} segments were compared");
    }

    private JsonElement Write(LinkType linkType, string hexadecimal)
    {
        byte[] octets = Convert.FromHexString(hexadecimal);
        _buffer.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        _packets.Write(linkType, octets, (uint)octets.Length);
        _json.WriteEndObject();
        _json.Flush();
        return JsonDocument.Parse(_buffer.WrittenMemory.ToArray()).RootElement;
    }

    private static string Find(JsonElement packet, string header, string member) =>
        packet.TryGetProperty(header, out JsonElement found) && found.TryGetProperty(member, out JsonElement value) ? value.ToString() : "";
}

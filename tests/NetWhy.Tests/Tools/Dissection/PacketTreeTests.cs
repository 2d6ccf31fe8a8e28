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

    private static (string Theirs, string Ours) Both(string name, params string[] arguments)
    {
        FieldTable.SkipWithoutTshark();
        string[] words = ["-n", "-r", CaptureLibrary.At($"chrissanders-packets/{name}.pcapng"), .. arguments];
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

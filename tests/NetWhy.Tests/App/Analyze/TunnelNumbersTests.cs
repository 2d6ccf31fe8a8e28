using System.Text.Json;
using NetWhy.Tests.Analysis;
using Xunit;

namespace NetWhy.Tests.App.Analyze;

/// <summary>What is printed to be looked up elsewhere has the numbers that it has there, also where connections in tunnels are read that tshark does not open.</summary>
public sealed class TunnelNumbersTests : IDisposable
{
    private const int FileHeader = 24;

    private readonly string _path = Path.GetTempFileName();

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Diagnose", "Captures");

    public void Dispose() => File.Delete(_path);

    // The tunnel has one connection, and the other file two.
    [Theory]
    [InlineData(0, 3, "tunnel_vxlan_linux.w", "reset_from_gateway.w")]
    [InlineData(2, 3, "reset_from_gateway.w", "tunnel_vxlan_linux.w")]
    [InlineData(null, 2, "reset_from_gateway.w")]
    public void Numbers_that_are_others_than_those_of_tshark_are_told(int? from, int streams, params string[] names)
    {
        Join(names);
        FieldTable.SkipWithoutTshark();
        int[] known = [.. FieldTable.OfTshark(_path, ["tcp.stream"]).Where(row => row.Length > 0).Select(int.Parse).Distinct()];
        Assert.Equal(names.Contains("reset_from_gateway.w") ? 2 : 0, known.Length);

        using var json = JsonDocument.Parse(NetWhyProgram.Run(["analyze", _path, "--json"]).Output);

        JsonElement capture = json.RootElement.GetProperty("capture");
        Assert.Equal(streams, capture.GetProperty("tcpConversations").GetInt32());
        JsonElement own = capture.GetProperty("ownStreamsFrom");
        Assert.Equal(from, own.ValueKind is JsonValueKind.Null ? null : own.GetInt32());
    }

    [Fact]
    public void No_filter_leads_to_another_connection()
    {
        Join("tunnel_vxlan_linux.w", "reset_from_gateway.w");

        string report = NetWhyProgram.Run(["analyze", _path, "-v"]).Output;
        Assert.DoesNotContain("tcp.stream", report, StringComparison.Ordinal);
        Assert.Contains("frame.number in {", report, StringComparison.Ordinal);
        for (int stream = 0; stream < 3; stream++)
        {
            string ladder = NetWhyProgram.Run(["analyze", _path, "--stream", $"{stream}"]).Output;
            Assert.DoesNotContain("tcp.stream", ladder, StringComparison.Ordinal);
            Assert.Contains($"--stream {stream} --json", ladder, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Those_before_the_tunnel_are_the_same()
    {
        Join("reset_from_gateway.w", "tunnel_vxlan_linux.w");

        Assert.Contains("tcp.stream eq 1", NetWhyProgram.Run(["analyze", _path, "--stream", "1"]).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("tcp.stream", NetWhyProgram.Run(["analyze", _path, "--stream", "2"]).Output, StringComparison.Ordinal);
        Join("reset_from_gateway.w");
        Assert.Contains("tcp.stream eq", NetWhyProgram.Run(["analyze", _path]).Output, StringComparison.Ordinal);
    }

    // As mergecap -a does: their links are the same.
    private void Join(params string[] names)
    {
        byte[][] files = [.. names.Select(name => File.ReadAllBytes(Path.Combine(Folder, $"{name}.pcap")))];
        byte[] header = files[0][..FileHeader];
        BitConverter.TryWriteBytes(header.AsSpan(16), 65535); // snapshot length
        File.WriteAllBytes(_path, [.. header, .. files.SelectMany(file => file[FileHeader..])]);
    }
}

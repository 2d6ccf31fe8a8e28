using NetWhy.Tests.Analysis;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Tools.Dissection;

/// <summary>Packets that end too early: cut at each place by a snap length, or shorter than their headers say. What tshark 4.0.17 says of them lies beside.</summary>
public sealed class CutPacketTests
{
    private static readonly string[] Fields = ["frame.number", "frame.protocols", "_ws.col.Protocol", "_ws.col.Info", "_ws.short", "_ws.malformed", "_ws.expert.message"];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Tools", "Dissection", "Captures");

    private static string Capture => Path.Combine(Folder, "cut-packets.pcap");

    [Fact]
    public void Who_wanted_more_is_said()
    {
        string[] expected = File.ReadAllLines(Path.Combine(Folder, "cut-packets.lines"));
        string[] ours = Run([.. Words, "-T", "fields", .. Fields.SelectMany(field => new[] { "-e", field })]);

        Assert.Contains(expected, line => line.Contains("[Packet size limited during capture: IPv4 truncated]", StringComparison.Ordinal));
        Assert.Contains(expected, line => line.Contains("[Malformed Packet: DNS]", StringComparison.Ordinal));
        Assert.Equal(expected, ours);
    }

    [Fact]
    public void Trees_end_where_those_of_tshark_do()
    {
        FieldTable.SkipWithoutTshark();
        string[] words = [.. Words, "-V"];

        Assert.Equal(NetWhyProgram.Run("tshark", words, []).Output.Split('\n'), NetWhyProgram.Run(["tshark", .. words]).Output.Split('\n'));
    }

    [Theory]
    [InlineData("_ws.malformed")]
    [InlineData("_ws.short")]
    [InlineData("_ws.expert.group == \"Malformed\" && tcp")]
    public void Filters_find_them(string filter)
    {
        FieldTable.SkipWithoutTshark();
        string[] words = [.. Words, "-Y", filter, "-T", "fields", "-e", "frame.number"];
        string[] ours = Run(words);

        Assert.NotEmpty(ours);
        Assert.Equal(NetWhyProgram.Run("tshark", words, []).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), ours);
    }

    private static string[] Words => ["-n", "-r", Capture];

    private static string[] Run(string[] words) => NetWhyProgram.Run(["tshark", .. words]).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

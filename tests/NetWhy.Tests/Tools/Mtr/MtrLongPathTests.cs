using System.Text.Json;
using NetWhy.Tests.App;
using NetWhy.Tests.Paths;
using Xunit;

namespace NetWhy.Tests.Tools.Mtr;

/// <summary>The table of a way of twelve hops, beside that of mtr: silent hops, loss on the way there and on the way back.</summary>
public sealed class MtrLongPathTests
{
    private const int Hops = 12;
    private const int Lossy = 8; // this router drops what it forwards
    private const string DropsIcmp = "nft 'add table inet t; add chain inet t o { type filter hook output priority 0; }; add rule inet t o ip protocol icmp drop'";

    [Theory]
    [InlineData("")]
    [InlineData("icmp type echo-request")]
    [InlineData("icmp type { echo-reply, time-exceeded }")]
    public void Its_hops_lose_where_those_of_mtr_do(string lost)
    {
        using var chain = new RouterChain(Hops);
        foreach (int silent in (int[])[4, 7])
            chain.Shell(silent, DropsIcmp);
        if (lost.Length > 0)
            chain.Shell(Lossy, $"nft 'add table inet l; add chain inet l f {{ type filter hook forward priority 0; }}; add rule inet l f {lost} numgen random mod 10 < 3 drop'");
        string[] settings = ["mtr", "-n", "-j", "-c", "120", "-i", "0.05", "-G", "1", chain.Target.ToString()];
        using JsonDocument theirs = Parse(chain.Run(settings));
        using JsonDocument ours = Parse(chain.NetWhy(settings));

        Assert.Equal(Hops, Table(theirs).Length);
        Assert.Equal(Table(theirs), Table(ours));
        JsonElement[] said = [.. ours.RootElement.GetProperty("statements").EnumerateArray()];
        if (lost.Length == 0)
            Assert.Contains(said, one => one.GetProperty("kind").GetString() is "no-loss");
        else
            Assert.Contains("between 10.77.8.2 (hop 8) and 10.77.9.2 (hop 9)", Text(Assert.Single(said, one => one.GetProperty("kind").GetString() is "destination-loss")), StringComparison.Ordinal);
        Assert.Contains("hops 4 and 7 never answer", Text(Assert.Single(said, one => one.GetProperty("kind").GetString() is "silent-hops")), StringComparison.Ordinal);
    }

    private static JsonDocument Parse(ProgramResult result)
    {
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        return JsonDocument.Parse(result.Output);
    }

    private static string Text(JsonElement statement) => statement.GetProperty("text").GetString()!;

    // How much is lost is chance: that nothing, something or all is lost is not.
    private static string[] Table(JsonDocument report) =>
    [
        .. report.RootElement.GetProperty("report").GetProperty("hubs").EnumerateArray().Select(hop =>
        {
            string loss = hop.GetProperty("Loss%").GetDouble() switch { 0 => "nothing", >= 100 => "all", _ => "something" };
            return $"{hop.GetProperty("count")} {hop.GetProperty("host")} {hop.GetProperty("Snt")} {loss}";
        }),
    ];
}

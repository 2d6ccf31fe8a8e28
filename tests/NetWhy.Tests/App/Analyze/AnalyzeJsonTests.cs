using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace NetWhy.Tests.App.Analyze;

/// <summary>What <c>netwhy analyze --json</c> prints is what docs/analyze-json.md says.</summary>
public sealed partial class AnalyzeJsonTests
{
    private static readonly string[] NamedByData = ["protocols", "flags"];

    [Fact]
    public void Each_member_is_in_the_documentation_and_each_that_is_there_is_printed()
    {
        var printed = new SortedSet<string>(StringComparer.Ordinal);
        foreach (string name in new[] { "http_slow_both.r", "tls_early.c", "lost_in_router.r", "scale_stripped.c", "one_side_opened.w" })
        {
            using JsonDocument json = Analyze(name);
            Collect(json.RootElement, printed);
        }

        string[] lines = File.ReadAllLines(Path.Combine(Snapshot.Root(), "docs", "analyze-json.md"));
        string[] told = [.. lines.SelectMany(line => Quoted().Matches(line)).Select(match => match.Groups[1].Value)];
        string[] members = [.. lines.Where(line => line.StartsWith("| `", StringComparison.Ordinal)).SelectMany(line => Quoted().Matches(line.Split('|')[1])).Select(match => match.Groups[1].Value)];
        Assert.Empty(printed.Except(told));
        Assert.Empty(members.Except(printed));
    }

    // The server thinks for 1.5 s, and the way takes 250 ms there and 250 ms back.
    [Fact]
    public void A_flow_has_the_times_of_its_requests()
    {
        using JsonDocument json = Analyze("http_slow_both.r");
        JsonElement http = json.RootElement.GetProperty("flows")[0].GetProperty("http");

        JsonElement request = http.GetProperty("worst")[0];
        Assert.Equal((1, 1), (http.GetProperty("requests").GetInt64(), http.GetProperty("responses").GetInt64()));
        Assert.Equal([0L, 1, 0, 0, 0], http.GetProperty("responsesByClass").EnumerateArray().Select(count => count.GetInt64()));
        Assert.Equal(200, request.GetProperty("status").GetInt32());
        Assert.InRange(request.GetProperty("responseSeconds").GetDouble(), 1.9, 2.3);
        Assert.InRange(request.GetProperty("networkSeconds").GetDouble(), 0.45, 0.7);
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("flows")[0].GetProperty("tls").ValueKind);
    }

    [Fact]
    public void A_flow_has_the_times_of_its_handshake()
    {
        using JsonDocument json = Analyze("tls_early.c");
        JsonElement tls = json.RootElement.GetProperty("flows")[0].GetProperty("tls");

        Assert.Equal("TLS 1.2", tls.GetProperty("version").GetString());
        Assert.True(tls.GetProperty("clientHelloPacket").GetInt64() < tls.GetProperty("serverHelloPacket").GetInt64());
        Assert.InRange(tls.GetProperty("serverHelloSeconds").GetDouble(), 0.000001, tls.GetProperty("serverFlightEndSeconds").GetDouble());
    }

    [Fact]
    public void A_file_may_be_named_as_tcpdump_has_it()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Diagnose", "Captures", "ok_doubled.w.pcap");

        Assert.Contains("Healthy", NetWhyProgram.Run("analyze", "-r", path).Output, StringComparison.Ordinal);
        Assert.Equal(2, NetWhyProgram.Run("analyze", "-i", "lo", "-r", path).ExitCode);
    }

    private static JsonDocument Analyze(string name) =>
        JsonDocument.Parse(NetWhyProgram.Run("analyze", "--json", Path.Combine(AppContext.BaseDirectory, "Diagnose", "Captures", name + ".pcap")).Output);

    private static void Collect(JsonElement element, SortedSet<string> names)
    {
        if (element.ValueKind is JsonValueKind.Array)
        {
            foreach (JsonElement one in element.EnumerateArray())
                Collect(one, names);
        }

        if (element.ValueKind is not JsonValueKind.Object)
            return;
        foreach (JsonProperty member in element.EnumerateObject())
        {
            names.Add(member.Name);
            if (!NamedByData.Contains(member.Name))
                Collect(member.Value, names);
        }
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}

using System.Globalization;
using System.Text.Json;
using NetWhy.Linux;
using NetWhy.Tests.Analysis;
using NetWhy.Tests.Capture;
using Xunit;

namespace NetWhy.Tests.App.Analyze;

/// <summary>Tables of a capture have as many rows, with the same numbers, as tshark has packets.</summary>
public sealed class TableViewTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("netwhy-tables-").FullName;

    [Theory]
    [InlineData("http_ip4and6")]
    [InlineData("dns_axfr")]
    [InlineData("http_dvwa_sqlinjection")]
    public void Counts_and_sums_are_those_of_tshark(string name)
    {
        FieldTable.SkipWithoutTshark();
        string path = CaptureLibrary.At($"chrissanders-packets/{name}.pcapng");
        string[][] rows = [.. FieldTable.OfTshark(path, ["frame.number", "tcp.stream", "tcp.len", "dns.id", "http.request.method", "http.response.code", "icmp.type"]).Select(row => row.Split('\t')).Where(row => row[6].Length == 0)];
        string[][] tcp = [.. rows.Where(row => row[1].Length > 0)];

        string[] counts = Ask(path, "SELECT (SELECT count(*) FROM flows), (SELECT count(*) FROM tcp_events), (SELECT sum(len) FROM tcp_events), (SELECT sum(octets_of_first + octets_of_second) FROM flows), (SELECT count(*) FROM dns), (SELECT count(*) FROM http WHERE method IS NOT NULL), (SELECT count(*) FROM http WHERE status IS NOT NULL)");

        long octets = tcp.Sum(row => long.Parse(row[2], CultureInfo.InvariantCulture));
        long[] expected = [tcp.Select(row => row[1]).Distinct().Count(), tcp.Length, octets, octets, rows.Count(row => row[3].Length > 0), rows.Count(row => row[4].Length > 0), rows.Count(row => row[5].Length > 0)];
        Assert.Equal(expected.Select(count => count.ToString(CultureInfo.InvariantCulture)).Select(count => tcp.Length == 0 && count is "0" ? "" : count), counts);
    }

    [Fact]
    public void Parquet_files_are_read_by_DuckDB_with_the_same_rows()
    {
        string path = CaptureLibrary.At("chrissanders-packets/http_ip4and6.pcapng");
        string library = Library();

        ProgramResult result = Run(path, "--parquet", _folder);

        Assert.Equal("", result.Error);
        Assert.Equal(["dns.parquet", "flows.parquet", "http.parquet", "tcp_events.parquet", "tls.parquet"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order());
        string expected = Run(path, "--json", "--sql", "SELECT * FROM tcp_events ORDER BY packet").Output;
        using var database = DuckDatabase.Open(Path.Combine(_folder, "read.duckdb"), "500MB", library);
        using DuckResult rows = database.Query($"SELECT to_json(t)::VARCHAR FROM (SELECT * FROM '{_folder}/tcp_events.parquet' ORDER BY packet) t");
        using JsonDocument printed = JsonDocument.Parse(expected);
        Assert.Equal(printed.RootElement.GetProperty("rows").EnumerateArray().Select(row => row.GetRawText()), rows.Read()!.Select(row => row[0]));
    }

    [Theory]
    [InlineData("SELECT * FROM '/etc/passwd'")]
    [InlineData("SELECT * FROM read_csv('/etc/hostname')")]
    [InlineData("SELECT 1); COPY flows TO '/tmp/netwhy-must-not-be.csv'; SELECT * FROM (SELECT 1")]
    [InlineData("SELECT 1); SET lock_configuration = false; SELECT * FROM (SELECT 1")]
    public void A_query_reaches_nothing_but_the_tables(string sql)
    {
        ProgramResult result = Run(CaptureLibrary.At("chrissanders-packets/tcp_dupack.pcapng"), "--sql", sql);

        Assert.Equal(3, result.ExitCode);
        Assert.DoesNotContain("root:", result.Output, StringComparison.Ordinal);
        Assert.False(File.Exists("/tmp/netwhy-must-not-be.csv"));
    }

    [Fact]
    public void Without_DuckDB_it_says_how_to_get_it()
    {
        ProgramResult result = NetWhyProgram.Run(
            NetWhyProgram.Path, ["analyze", CaptureLibrary.At("chrissanders-packets/tcp_dupack.pcapng"), "--sql", "SELECT 1"], new() { ["NETWHY_DUCKDB"] = "/nowhere/libduckdb.so" });

        Assert.Equal(3, result.ExitCode);
        Assert.Contains("npm pack @duckdb/node-bindings-linux-x64", result.Error, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string[] Ask(string path, string sql)
    {
        ProgramResult result = Run(path, "--json", "--sql", sql);
        Assert.Equal("", result.Error);
        using JsonDocument json = JsonDocument.Parse(result.Output);
        return [.. json.RootElement.GetProperty("rows")[0].EnumerateObject().Select(member => member.Value.ValueKind is JsonValueKind.Null ? "" : member.Value.GetRawText())];
    }

    private static ProgramResult Run(string path, params string[] arguments) =>
        NetWhyProgram.Run(NetWhyProgram.Path, ["analyze", path, .. arguments], new() { ["NETWHY_DUCKDB"] = Library() });

    // tools/setup.bash puts it there for ./test; else the variable names it.
    private static string Library()
    {
        string? named = Environment.GetEnvironmentVariable("NETWHY_DUCKDB");
        Assert.SkipUnless(named is { Length: > 0 } && File.Exists(named), "DuckDB is not here (NETWHY_DUCKDB names its libduckdb.so)");
        return named!;
    }
}

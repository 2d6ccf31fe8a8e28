using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using NetWhy.Tests.Analysis;
using NetWhy.Tests.Capture;
using Xunit;

namespace NetWhy.Tests.App.Analyze;

/// <summary>The report is one file that needs nothing else, and shows what tshark counts.</summary>
public sealed partial class ReportViewTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("netwhy-report-").FullName;

    [Theory]
    [InlineData("http_ip4and6")]
    [InlineData("http_dvwa_sqlinjection")]
    [InlineData("tcp_dupack")]
    public void Graphs_have_the_octets_of_tshark(string name)
    {
        FieldTable.SkipWithoutTshark();
        string path = CaptureLibrary.At($"chrissanders-packets/{name}.pcapng");
        var expected = FieldTable.OfTshark(path, ["tcp.stream", "tcp.len"])
            .Select(row => row.Split('\t'))
            .Where(row => row[0].Length > 0)
            .GroupBy(row => int.Parse(row[0], CultureInfo.InvariantCulture), row => long.Parse(row[1], CultureInfo.InvariantCulture))
            .Where(stream => stream.Sum() > 0)
            .OrderBy(stream => stream.Sum())
            .Select(stream => stream.Sum());

        string html = Report(path);
        using JsonDocument data = JsonDocument.Parse(Data().Match(html).Groups[1].Value);

        Assert.Equal(expected, data.RootElement.GetProperty("streams").EnumerateArray()
            .Select(stream => stream.GetProperty("ways").EnumerateArray().Sum(way => way.GetProperty("bins").EnumerateArray().Sum(bin => bin.GetInt64())))
            .Order());
    }

    [Fact]
    public void Nothing_is_loaded_and_hostile_names_stay_text()
    {
        string path = Path.Combine(_folder, "<img src=x onerror=alert(1)>&\u202e.pcap");
        File.Copy(CaptureLibrary.At("chrissanders-packets/tcp_retransmissions.pcapng"), path);

        string html = Report(path);

        Assert.Contains("&lt;img src=x onerror=alert(1)&gt;&amp;\\u202e.pcap", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<img", html, StringComparison.Ordinal);
        Assert.DoesNotMatch(Loading(), html);
        Assert.Contains("default-src 'none'", html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_browser_runs_it_without_network()
    {
        string? browser = ((string[])["/usr/bin/chromium-headless-shell", "/usr/bin/chromium", "/usr/bin/google-chrome"]).FirstOrDefault(File.Exists);
        Assert.SkipUnless(browser is not null, "no Chromium is installed");
        Report(CaptureLibrary.At("chrissanders-packets/http_ip4and6.pcapng"));

        ProgramResult shown = NetWhyProgram.Run(
            browser!, ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=2000", "--dump-dom", $"file://{_folder}/out.html"], new() { ["HOME"] = _folder });

        Assert.Contains("aria-pressed=\"true\"", shown.Output, StringComparison.Ordinal); // the script went to its end
        Assert.Matches(Drawn(), shown.Output);
    }

    [Fact]
    public void A_pipe_is_refused_because_it_is_read_twice()
    {
        ProgramResult result = NetWhyProgram.Run(["analyze", "-", "--report", Path.Combine(_folder, "out.html")]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("standard input can be read once", result.Error, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Report(string path)
    {
        string output = Path.Combine(_folder, "out.html");
        ProgramResult result = NetWhyProgram.Run(["analyze", path, "--report", output]);
        Assert.Equal("", result.Error);
        Assert.Equal(0, result.ExitCode);
        return File.ReadAllText(output);
    }

    [GeneratedRegex("""<script type="application/json" id="data">(.*?)</script>""")]
    private static partial Regex Data();

    [GeneratedRegex("""(src|href)="(?!#)|url\(|https?://|@import""")]
    private static partial Regex Loading();

    [GeneratedRegex("""<canvas[^>]* width="(?!300")\d+""")]
    private static partial Regex Drawn();
}

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
        Report(CaptureLibrary.At("chrissanders-packets/http_ip4and6.pcapng"));

        string shown = Shown();

        Assert.Contains("aria-pressed=\"true\"", shown, StringComparison.Ordinal); // the script went to its end
        Assert.Matches(Drawn(), shown);
    }

    // Each gesture must change the picture, and where something is drawn a packet is named.
    [Fact]
    public void Graphs_follow_mouse_and_keyboard()
    {
        const string Gestures = """
            <script>
            const canvas = document.querySelector('canvas'), told = [], box = canvas.getBoundingClientRect();
            const at = (x, y) => ({ clientX: box.left + x, clientY: box.top + y, bubbles: true, cancelable: true, button: 0 });
            const step = (name, act) => { const before = canvas.toDataURL(); act(); if (before !== canvas.toDataURL()) told.push(name); };
            const key = name => canvas.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true }));
            const mouse = (name, x, y) => canvas.dispatchEvent(new MouseEvent(name, at(x, y)));
            step('wheel', () => canvas.dispatchEvent(new WheelEvent('wheel', { deltaY: -100, ...at(150, 50) })));
            step('plus', () => key('+'));
            step('left', () => key('ArrowLeft'));
            step('zero', () => key('0'));
            step('drag', () => { mouse('mousedown', 85, 50); mouse('mousemove', 200, 50); mouse('mouseup', 200, 50); });
            step('double', () => mouse('dblclick', 200, 50));
            step('way', () => document.querySelector('.ways button[aria-pressed=false]').click());
            for (let x = 80; x < canvas.clientWidth && !document.getElementById('tip').textContent; x += 2) for (let y = 10; y < 380; y += 5) mouse('mousemove', x, y);
            document.body.textContent = 'TOLD ' + told.join(' ') + '; ' + document.getElementById('tip').textContent;
            </script></body>
            """;
        string html = Report(CaptureLibrary.At("chrissanders-packets/tcp_retransmissions.pcapng"));
        // The script draws what comes into sight; what is asked for at once has not been seen to be there.
        File.WriteAllText(Path.Combine(_folder, "out.html"), html.Replace("this.seen = false", "this.seen = true", StringComparison.Ordinal)
            .Replace("chart.seen = entry.isIntersecting;", "", StringComparison.Ordinal).Replace("</body>", Gestures, StringComparison.Ordinal));

        string shown = Shown();
        Assert.Matches("TOLD wheel plus left zero drag double way; packet [0-9]+", shown[shown.IndexOf("TOLD", StringComparison.Ordinal)..]);
    }

    [Fact]
    public void What_was_found_stands_first()
    {
        string html = Report(CaptureLibrary.At("chrissanders-packets/tcp_zerowindowdead.pcapng"));

        using JsonDocument told = JsonDocument.Parse(NetWhyProgram.Run(["analyze", CaptureLibrary.At("chrissanders-packets/tcp_zerowindowdead.pcapng"), "--json"]).Output);
        JsonElement finding = told.RootElement.GetProperty("findings")[0];
        string summary = System.Net.WebUtility.HtmlEncode(finding.GetProperty("summary").GetString()!);
        int verdict = html.IndexOf(summary, StringComparison.Ordinal), table = html.IndexOf("<table>", StringComparison.Ordinal);
        Assert.InRange(verdict, 0, table);
        Assert.Contains($"<code>{finding.GetProperty("cause").GetString()}</code>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pipe_is_refused_because_it_is_read_twice()
    {
        ProgramResult result = NetWhyProgram.Run(["analyze", "-", "--report", Path.Combine(_folder, "out.html")]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("standard input can be read once", result.Error, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // What stands in the page when its script has run.
    private string Shown()
    {
        string? browser = ((string[])["/usr/bin/chromium-headless-shell", "/usr/bin/chromium", "/usr/bin/google-chrome"]).FirstOrDefault(File.Exists);
        Assert.SkipUnless(browser is not null, "no Chromium is installed");
        return NetWhyProgram.Run(
            browser!, ["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1300,1000", "--virtual-time-budget=30000", "--dump-dom", $"file://{_folder}/out.html"], new() { ["HOME"] = _folder }).Output;
    }

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

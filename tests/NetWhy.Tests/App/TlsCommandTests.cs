using System.Diagnostics;
using System.Text.Json;
using NetWhy.Tests.Collect;
using NetWhy.Tests.Exchanges;
using Xunit;

namespace NetWhy.Tests.App;

/// <summary><c>netwhy tls</c> at servers on loopback.</summary>
public sealed class TlsCommandTests(TlsSurveyTests.Key key) : IClassFixture<TlsSurveyTests.Key>
{
    [Theory]
    [InlineData("http://www.example.com/", "names no TLS server")]
    [InlineData("pid:1", "names no TLS server")]
    [InlineData("www.example.com --starttls gopher", "--starttls: 'gopher'")]
    [InlineData("www.example.com --servername a..b", "--servername: 'a..b'")]
    [InlineData("www.example.com --cacert /dev/null", "--cacert", 3)]
    [InlineData("www.example.com:0", "port")]
    public void What_makes_no_sense_is_refused_in_one_line(string arguments, string says, int exitCode = 2)
    {
        ProgramResult result = NetWhyProgram.Run(["tls", .. arguments.Split(' ')]);

        Assert.Equal((exitCode, ""), (result.ExitCode, result.Output));
        Assert.Contains(says, Assert.Single(result.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_good_server_is_shown_with_what_it_takes_and_its_certificate()
    {
        int port = LoopbackServer.FreePort();
        using Process server = await key.ServeAsync("-cipher ECDHE+AESGCM", port);
        string[] words = ["tls", $"tls://127.0.0.1:{port}", "--servername", "www.lab.test", "--cacert", key.Certificate];

        ProgramResult text = NetWhyProgram.Run(words);
        ProgramResult json = NetWhyProgram.Run([.. words, "--json"]);

        server.Kill();
        using var report = JsonDocument.Parse(json.Output);
        Assert.Equal((0, 0, "healthy"), (text.ExitCode, json.ExitCode, report.RootElement.GetProperty("status").GetString()));
        JsonElement[] lines = [.. report.RootElement.GetProperty("tls").GetProperty("lines").EnumerateArray()];
        JsonElement suites = Assert.Single(lines, line => line.GetProperty("about").GetString() is "TLS 1.2").GetProperty("items");
        Assert.Equal(["ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE_RSA_WITH_AES_256_GCM_SHA384"], suites.EnumerateArray().Select(item => item.GetString()!).Order());
        string[] kinds = [.. report.RootElement.GetProperty("observations").EnumerateArray().Select(observation => observation.GetProperty("kind").GetString()!)];
        Assert.Contains("tls.survey", kinds);
        Assert.DoesNotContain("path.hops", kinds); // what lies below TLS is well, and was not walked
        Assert.Contains("Healthy: TLS 1.3 and TLS 1.2 with a certificate that is trusted here", text.Output, StringComparison.Ordinal);
        Assert.Contains("by RFC 5280 a way of 1 leads to CN=www.lab.test; OpenSSL", text.Output, StringComparison.Ordinal);
        Assert.All(text.Output.Split('\n'), line => Assert.True(line.Length <= 80 || line.StartsWith("      ", StringComparison.Ordinal), line));
    }

    [Fact]
    public async Task A_server_of_another_protocol_is_named_and_not_pressed()
    {
        await using LoopbackServer server = await LoopbackServer.MisbehavingAsync("banner", "--text", "220 mail.lab.test ESMTP");

        ProgramResult result = NetWhyProgram.Run("tls", $"127.0.0.1:{server.Port}", "--json");

        using var report = JsonDocument.Parse(result.Output);
        Assert.Equal((1, "tls-plaintext-service"), (result.ExitCode, report.RootElement.GetProperty("findings")[0].GetProperty("cause").GetString()));
        Assert.DoesNotContain(report.RootElement.GetProperty("observations").EnumerateArray(), observation => observation.GetProperty("kind").GetString() is "tls.survey");
    }
}

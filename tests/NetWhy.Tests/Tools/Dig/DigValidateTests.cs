using System.Text.Json;
using NetWhy.Tests.App;
using NetWhy.Tests.Names.Validation;
using Xunit;

namespace NetWhy.Tests.Tools.Dig;

/// <summary><c>dig --validate</c> in a signed hierarchy with breakages: the verdicts are those of delv, and the failing link is named.</summary>
/// <param name="hierarchy">The hierarchy.</param>
[Collection(nameof(SignedHierarchy))]
public sealed class DigValidateTests(SignedHierarchy hierarchy)
{
    private const int Bogus = 12; // exit code

    [Fact]
    public void Verdicts_are_those_of_delv()
    {
        Assert.SkipUnless(hierarchy.Lack is null, hierarchy.Lack ?? "");
        // One line for each case, in one process.
        string batch = Path.Combine(hierarchy.Folder, "batch");
        File.WriteAllLines(batch, hierarchy.Cases.Select(words => $"{words[1]} {words[2]}"));
        ProgramResult result = Dig("@127.0.0.1", "--json", "-f", batch);
        using var document = JsonDocument.Parse(result.Output);
        JsonElement[] validations = [.. document.RootElement.GetProperty("validations").EnumerateArray()];
        Assert.Equal(hierarchy.Cases.Select(words => $"{words[1]} {words[2]} {words[5]}"), validations.Select(one =>
            $"{one.GetProperty("name").GetString()} {one.GetProperty("type").GetString()} {one.GetProperty("status").GetString()}"));
        Assert.Equal(
            hierarchy.Cases.Select(words => words[3].ToLowerInvariant()),
            validations.Select(one => one.TryGetProperty("problem", out JsonElement problem) ? problem.GetProperty("reason").GetString()!.ToLowerInvariant() : "secure"));
        Assert.Equal(Bogus, result.ExitCode);
    }

    [Fact]
    public void The_failing_link_is_named_beside_the_answer()
    {
        Assert.SkipUnless(hierarchy.Lack is null, hierarchy.Lack ?? "");
        ProgramResult result = Dig("@127.0.0.1", "www.expired.test");
        Assert.Matches(@"\nwww\.expired\.test\.\t+\d+\tIN\tA\t192\.0\.2\.1\n", result.Output);
        Assert.Matches(@"\n;; VALIDATION: www\.expired\.test\. A: bogus: the signature of expired\.test\. DNSKEY by key \d+ \(ECDSAP256SHA256\) has expired on \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\n", result.Output);
        Assert.Matches(@"\n;;   \+ expired\.test\. DS signed by test\. \d+ ECDSAP256SHA256\n;;   ! expired\.test\. DNSKEY: ", result.Output);
        Assert.Contains("\n;;   EDE 7 (Signature Expired), zone expired.test., answered by 127.0.0.1#53\n", result.Output, StringComparison.Ordinal);
        Assert.Equal(Bogus, result.ExitCode);
    }

    [Fact]
    public void Short_output_keeps_to_the_data_and_a_trace_asks_the_authorities()
    {
        Assert.SkipUnless(hierarchy.Lack is null, hierarchy.Lack ?? "");
        ProgramResult brief = Dig("@127.0.0.1", "+short", "www.p256.test");
        Assert.Equal(("192.0.2.1\n", 0), (brief.Output, brief.ExitCode));
        Assert.Contains("VALIDATION: www.p256.test. A: secure", brief.Error, StringComparison.Ordinal);
        ProgramResult trace = Dig("@127.0.0.1", "+trace", "www.badsig.test");
        Assert.Contains(", answered by 127.0.0.2#53\n", trace.Output, StringComparison.Ordinal);
        Assert.Equal(Bogus, trace.ExitCode);
    }

    [Theory]
    [InlineData("--validate +yaml a.test", "--validate does not print YAML: use --json")]
    [InlineData("--validate +https a.test", "--validate asks by UDP, TCP or TLS, and not by HTTPS")]
    [InlineData("--anchor /nowhere a.test", "--anchor /nowhere cannot be read")]
    [InlineData("--anchor /etc/hostname a.test", "--anchor /etc/hostname: ")]
    [InlineData("--all-servers a.test", "--all-servers goes with +trace")]
    public void What_cannot_be_done_is_refused_in_one_line(string line, string expected)
    {
        ProgramResult result = NetWhyProgram.Run(NetWhyProgram.Path, ["dig", .. line.Split(' ')], []);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd('\n').Split('\n'));
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
    }

    private ProgramResult Dig(params string[] words) => NetWhyProgram.Run(
        "ip", ["netns", "exec", hierarchy.Name, NetWhyProgram.Path, "dig", "--anchor", Path.Combine(hierarchy.Folder, "anchors.txt"), .. words], new() { ["HOME"] = hierarchy.Folder });
}

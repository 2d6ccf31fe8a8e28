using System.Text;
using System.Text.RegularExpressions;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Tools.Dig;

/// <summary>What <c>netwhy dig</c> prints and exits with is what dig does, in the same namespace, at the same servers.</summary>
public sealed partial class DigAgainstDigTests(DigNamespace lab) : IClassFixture<DigNamespace>
{
    private const int AtOnce = 4, Trials = 3;

    [Fact]
    public async Task Queries_are_printed_alike() => await CompareAsync(DigLines.Queries);

    [Fact]
    public async Task Options_of_edns_are_sent_and_printed_alike() => await CompareAsync(DigLines.Edns);

    [Fact]
    public async Task Names_types_and_search_lists_are_read_alike() => await CompareAsync(DigLines.Names);

    [Fact]
    public async Task Transfers_with_every_type_are_printed_alike() => await CompareAsync(DigLines.Transfers);

    [Fact]
    public async Task Yaml_is_the_same() => await CompareAsync(DigLines.Yaml);

    [Fact]
    public async Task Tcp_tls_and_https_carry_the_same() => await CompareAsync(DigLines.Transports);

    [Fact]
    public async Task Silent_and_refusing_servers_are_told_of_alike() => await CompareAsync(DigLines.Failures);

    [Fact]
    public async Task Signatures_are_made_verified_and_printed_alike() => await CompareAsync(DigLines.Signatures);

    [Fact]
    public async Task Usage_is_refused_alike() => await CompareAsync(DigLines.Usage);

    [Fact]
    public async Task Malformed_answers_are_told_of_alike()
    {
        string[] cut = ["cut", "opttwice", "nsid", "edeutf", "wrongq", "badid", "extended"];
        await CompareAsync(
        [
            .. OddDnsServer.Modes.Select(mode => $"@127.0.0.7 +time=1 +tries=1 {mode}.test"),
            .. cut.SelectMany(mode => (string[])[$"@127.0.0.7 +short {mode}.test", $"@127.0.0.7 +yaml {mode}.test", $"@127.0.0.7 +nobesteffort {mode}.test", $"@127.0.0.7 +tcp +time=1 +tries=1 {mode}.test"]),
            "@127.0.0.7 @127.0.0.1 +time=1 +tries=2 silent.test",
            "@127.0.0.7 +time=1 +tries=2 +tcp close.test",
            "@127.0.0.7 +ignore cuttc.test",
            "@127.0.0.7 +yaml cuttc.test",
            "@127.0.0.7 +nofail servfail.test",
            "@127.0.0.7 @127.0.0.1 +nofail servfail.test",
            "@127.0.0.7 +noedns formerr.test",
            "@127.0.0.7 +dnssec formerr.test",
            "@127.0.0.7 +cookie=0102030405060708 formerr.test",
            "@127.0.0.7 good.test AXFR",
        ]);
    }

    [Fact]
    public void An_answer_of_another_case_is_rejected_and_told_of()
    {
        // The server repeats the question as it came, so that the same name comes back.
        ProgramResult result = Ours("--mix-case", "--why", "+short", "@127.0.0.1", "web.small.test");
        Assert.Equal((0, "192.0.2.80\n192.0.2.81\n"), (result.ExitCode, result.Output));
        result = Ours("--mix-case", "--why", "+time=1", "+tries=1", "+short", "@127.0.0.7", "lower.abcdefghijklmnopqrstuvwxyz.test");
        Assert.Equal(9, result.ExitCode);
        Assert.Contains("other capital letters than ours", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_wait_for_a_dead_server_is_told_on_standard_error_alone()
    {
        ProgramResult result = Ours("--why", "+time=1", "+tries=1", "@127.0.0.7", "@127.0.0.1", "silent.small.test");
        Assert.Matches(@"why: 127\.0\.0\.7#53 did not answer within 1(\.\d+)? s \(timed out\)", result.Error);
        Assert.DoesNotContain("why:", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_has_the_messages_and_what_failed()
    {
        ProgramResult result = Ours("--json", "+time=1", "+tries=1", "@127.0.0.7", "@127.0.0.1", "silent.small.test", "web.small.test");
        using var document = System.Text.Json.JsonDocument.Parse(result.Output);
        System.Text.Json.JsonElement root = document.RootElement;
        System.Text.Json.JsonElement[] exchanges = [.. root.GetProperty("exchanges").EnumerateArray()];
        Assert.Equal(2, exchanges.Length);
        Assert.Equal("127.0.0.1", exchanges[0].GetProperty("server").GetString());
        Assert.Equal("NXDOMAIN", exchanges[0].GetProperty("responseMessage").GetProperty("RCODEname").GetString());
        Assert.Contains(root.GetProperty("notes").EnumerateArray(), note => note.GetString() == "communications error to 127.0.0.7#53: timed out");
        Assert.Equal("web.small.test.", exchanges[1].GetProperty("queryMessage").GetProperty("QNAME").GetString());
    }

    private static string Normalised(string text, string folder)
    {
        text = text.Replace(folder, "FOLDER", StringComparison.Ordinal).Replace(DigNamespace.Secret, "SECRET", StringComparison.Ordinal);
        text = Banner().Replace(text, "DiG VERSION");
        text = Id().Replace(text, "id: N");
        text = Ids().Replace(text, "$1 N");
        text = Took().Replace(text, "Query time: N");
        text = TookIn().Replace(text, "in N $1");
        text = When().Replace(text, ";; WHEN: NOW");
        text = Cookie().Replace(text, "COOKIE: C");
        text = Stamp().Replace(text, match => $"timestamp T{match.Groups[1].Length}");
        text = Port().Replace(text, "query_port: P");
        text = Signature().Replace(text, "$1 TIME $2 CODE ID");
        return DumpStart().Replace(text, "ID $1");
    }

    private ProgramResult Ours(params string[] words)
    {
        Assert.SkipWhen(lab.Lack is not null, lab.Lack ?? "");
        return lab.Run(lab.Name, [NetWhyProgram.Path, "dig", .. words]);
    }

    private async Task CompareAsync(string[] lines)
    {
        Assert.SkipWhen(lab.Lack is not null, lab.Lack ?? "");
        using var places = new SemaphoreSlim(AtOnce);
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        string?[] wrong = await Task.WhenAll(lines.Select(async line =>
        {
            await places.WaitAsync(cancellation);
            try
            {
                return await Task.Run(() => Compare(line), cancellation);
            }
            finally
            {
                places.Release();
            }
        }));
        string[] differences = [.. wrong.OfType<string>()];
        Assert.True(differences.Length == 0, $"{differences.Length} of {lines.Length} differ\n\n{string.Join("\n\n", differences)}");
    }

    private string? Compare(string line)
    {
        string[] words = Words(line.Replace("FOLDER", lab.Folder, StringComparison.Ordinal).Replace("SECRET", DigNamespace.Secret, StringComparison.Ordinal));
        string? difference = null;
        // Again if need be: a server on a busy machine may take longer than a second, for either of them.
        for (int i = 0; i < Trials; i++)
        {
            // One after the other: both may want the same port.
            ProgramResult original = Normal(lab.Run(lab.Name, ["dig", .. words]));
            ProgramResult ours = Normal(lab.Run(lab.Name, [NetWhyProgram.Path, "dig", .. words]));
            if (line.Contains("+nssearch", StringComparison.Ordinal))
                (original, ours) = (InOneOrder(original), InOneOrder(ours));
            if (original == ours)
                return null;
            difference = $"dig {line}\nexit codes: {original.ExitCode}, {ours.ExitCode}\n{Differences(original.Output + original.Error, ours.Output + ours.Error)}";
        }

        return difference;
    }

    // Servers that are asked at once answer in an order of their own.
    private static ProgramResult InOneOrder(ProgramResult result) => result with { Output = string.Join('\n', result.Output.Split('\n').Order(StringComparer.Ordinal)) };

    private static string Differences(string original, string ours)
    {
        string[] there = original.Split('\n'), here = ours.Split('\n');
        return string.Join('\n', there.Except(here).Select(line => $"- {line}").Concat(here.Except(there).Select(line => $"+ {line}")));
    }

    private ProgramResult Normal(ProgramResult result) => new(result.ExitCode, Normalised(result.Output, lab.Folder), Normalised(result.Error, lab.Folder));

    // As a shell does, as far as single quotes go.
    private static string[] Words(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        bool isQuoted = false, hasWord = false;
        foreach (char character in line)
        {
            if (character == '\'')
            {
                (isQuoted, hasWord) = (!isQuoted, true);
            }
            else if (character == ' ' && !isQuoted)
            {
                if (hasWord)
                    words.Add(word.ToString());
                word.Clear();
                hasWord = false;
            }
            else
            {
                word.Append(character);
                hasWord = true;
            }
        }

        if (hasWord)
            words.Add(word.ToString());
        return [.. words];
    }

    [GeneratedRegex(@"DiG [0-9]\S+")]
    private static partial Regex Banner();

    [GeneratedRegex(@"\bid: \d+")]
    private static partial Regex Id();

    [GeneratedRegex(@"(expected ID|got) \d+")]
    private static partial Regex Ids();

    [GeneratedRegex(@"Query time: \d+")]
    private static partial Regex Took();

    [GeneratedRegex(@"in \d+ (ms|us)")]
    private static partial Regex TookIn();

    [GeneratedRegex(@"^;; WHEN: \w{3} \w{3} \d\d \d\d:\d\d:\d\d [A-Z]{3,4} \d{4}$", RegexOptions.Multiline)]
    private static partial Regex When();

    [GeneratedRegex(@"COOKIE: [0-9a-f]{16,}")]
    private static partial Regex Cookie();

    [GeneratedRegex(@"timestamp \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.(\d+)Z")]
    private static partial Regex Stamp();

    [GeneratedRegex(@"query_port: \d+")]
    private static partial Regex Port();

    [GeneratedRegex(@"(ANY[\t ]TSIG[\t ]\S+) \d{10} (300 \d+) (?:\S+ ){0,2}\d+(?= [A-Z])")]
    private static partial Regex Signature();

    [GeneratedRegex(@"^[0-9a-f]{2} [0-9a-f]{2} ((?:[0-9a-f]{2} ){14} +)..", RegexOptions.Multiline)]
    private static partial Regex DumpStart();
}

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NetWhy.App.Render;
using NetWhy.Collect;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Audit;
using NetWhy.Evidence;
using NetWhy.Lab;
using Xunit;

namespace NetWhy.Tests.Rules;

/// <summary>Evidence comes from files of strangers: whatever valid observations they hold, no rule may throw.</summary>
public sealed class RuleFuzzTests
{
    private const int Seed = 20_260; // the same mutations in every run: a failure can be repeated
    private const int RoundsOfEachCase = 3;

    private static readonly string[] Words = ["", ".", "x", "eth0", "lo", "a.test.", "10.10.2.2", "10.10.2.0/24", "0.0.0.0/33", "connected", "target", "failed", "EPERM", "\u0000"];
    private static readonly string[] Addresses = ["0.0.0.0", "::", "127.0.0.1", "::1", "10.10.2.2", "255.255.255.255", "fe80::1", "ff02::1", "192.0.2.1"];
    private static readonly double[] Numbers = [0, 1, -1, 3, 255, 65536, 2147483647, -2147483648, 0.5, 1e-6, 999_999_999];

    [Fact]
    public void No_rule_throws_on_any_evidence()
    {
        var random = new Random(Seed);
        int judged = 0;
        Dictionary<string, string> bugs = [];
        foreach (string path in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Cases", "verdicts"), "*" + ScenarioTester.CaseSuffix).Order(StringComparer.Ordinal))
        {
            string[] lines = File.ReadAllLines(path);
            for (int round = 0; round < RoundsOfEachCase; round++)
            {
                Observation[] observations = [.. lines.SelectMany(line => Mutated(line, random)).OfType<Observation>()];
                judged += observations.Length;
                foreach (string bug in Bugs(new EvidenceSet(observations)))
                    bugs.TryAdd(bug.Split('\n').FirstOrDefault(line => line.Contains("NetWhy", StringComparison.Ordinal), bug), $"{Path.GetFileName(path)}, round {round}: {bug}");
            }
        }

        Assert.True(bugs.Count == 0, string.Join('\n', bugs.Values));
        Assert.True(judged > 10_000, $"only {judged} observations were valid: the mutations prove nothing");
    }

    // Each rule and check by itself, so that one bug does not hide the next; then what is made of all their findings.
    private static IEnumerable<string> Bugs(EvidenceSet evidence)
    {
        foreach (IRule rule in RuleCatalog.All)
        {
            if (BugOf(() => rule.Evaluate(evidence).Count()) is { } bug)
                yield return bug;
        }

        foreach (IHostCheck check in HostCheckCatalog.All)
        {
            if (BugOf(() => check.Evaluate(evidence).Count()) is { } bug)
                yield return bug;
        }

        if (BugOf(() => Diagnosis.Of(evidence, RuleCatalog.All)) is { } last)
            yield return last;

        // The same as an audit, and what is made of that.
        var audited = new EvidenceSet(evidence.Observations.Select(observation =>
            observation is InvestigationStarted started ? started with { TargetKind = TargetKind.HostState } : observation));
        if (BugOf(() => Shown(Diagnosis.Of(audited, RuleCatalog.All))) is { } shown)
            yield return shown;
    }

    private static string Shown(Diagnosis diagnosis) =>
        AuditReport.Of(diagnosis, TimeSpan.Zero, new Screen(80, 40, IsUtf8: true), isWhole: true).ToText(hasColour: true) + FixScript.Of(diagnosis);

    private static string? BugOf(Func<object> judge)
    {
        try
        {
            _ = judge();
            return null;
        }
        catch (Exception bug)
        {
            return bug.ToString();
        }
    }

    // A line is left out, doubled or changed in a few places; what the reader would refuse is left out too.
    private static IEnumerable<Observation?> Mutated(string line, Random random)
    {
        if (random.Next(12) == 0)
            yield break;
        yield return Read(line, line);
        if (random.Next(3) > 0)
            yield break;
        JsonNode node = JsonNode.Parse(line)!;
        for (int change = random.Next(1, 4); change > 0; change--)
            Change(node, random);
        yield return Read(node.ToJsonString(), line);
    }

    private static Observation? Read(string line, string original)
    {
        try
        {
            using var stream = new MemoryStream(Encoding.UTF8.GetBytes(line + "\n"));
            return EvidenceFile.Read(stream, original).Evidence.Observations[0];
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static void Change(JsonNode node, Random random)
    {
        switch (node)
        {
            case JsonObject map when map.Count > 0:
                string name = map.ElementAt(random.Next(map.Count)).Key;
                if (name is "kind" or "id")
                    return;
                if (random.Next(6) == 0)
                    map.Remove(name);
                else if (map[name] is JsonObject or JsonArray && random.Next(4) > 0)
                    Change(map[name]!, random);
                else
                    map[name] = Other(map[name], random);
                break;
            case JsonArray list when list.Count > 0:
                int index = random.Next(list.Count);
                if (random.Next(3) == 0)
                    list.RemoveAt(index);
                else if (random.Next(8) == 0)
                    list.Clear();
                else if (list[index] is JsonObject or JsonArray)
                    Change(list[index]!, random);
                else
                    list[index] = Other(list[index], random);
                break;
        }
    }

    private static JsonNode? Other(JsonNode? value, Random random) => value?.GetValueKind() switch
    {
        JsonValueKind.Number => Numbers[random.Next(Numbers.Length)],
        JsonValueKind.True or JsonValueKind.False => random.Next(2) == 0,
        JsonValueKind.String when System.Net.IPAddress.TryParse(value!.GetValue<string>(), out _) => Addresses[random.Next(Addresses.Length)],
        JsonValueKind.String => Words[random.Next(Words.Length)],
        JsonValueKind.Array => new JsonArray(),
        JsonValueKind.Object => new JsonObject(),
        _ => null,
    };
}

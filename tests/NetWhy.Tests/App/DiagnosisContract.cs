using System.Text.Json;
using Xunit;

namespace NetWhy.Tests.App;

/// <summary>Checks a report against the contract, member by member.</summary>
internal static class DiagnosisContract
{
    private static readonly string[] Members =
    [
        "schema", "version", "target", "startedAt", "elapsedSeconds", "status", "exitCode",
        "questions", "findings", "notes", "notObserved", "observations",
    ];

    public static void Check(JsonElement report)
    {
        Assert.Equal(Members, report.EnumerateObject().Select(member => member.Name));
        Assert.Equal("netwhy.diagnosis/1", report.GetProperty("schema").GetString());
        Assert.Matches(@"^\d+\.\d+\.\d+$", report.GetProperty("version").GetString());
        CheckTarget(report.GetProperty("target"));
        CheckTime(report.GetProperty("startedAt"));
        Assert.True(report.GetProperty("elapsedSeconds").GetDouble() >= 0);
        string status = Among(report, "status", "healthy", "degraded", "broken", "inconclusive");
        Assert.Equal(status switch { "healthy" => 0, "inconclusive" => 3, _ => 1 }, report.GetProperty("exitCode").GetInt32());

        Assert.Equal(
            ["host", "port", "dns", "connection", "application"],
            report.GetProperty("questions").EnumerateArray().Select(question => question.GetProperty("id").GetString()));
        foreach (JsonElement question in report.GetProperty("questions").EnumerateArray())
        {
            Among(question, "answer", "yes", "no", "degraded", "unknown", "skipped");
            Assert.Equal(JsonValueKind.String, question.GetProperty("summary").ValueKind);
            Assert.True(question.GetProperty("elapsedSeconds").GetDouble() >= 0);
        }

        HashSet<string> ids = [];
        foreach (JsonElement observation in report.GetProperty("observations").EnumerateArray())
        {
            Assert.Equal(["id", "kind", "probe", "at"], observation.EnumerateObject().Take(4).Select(member => member.Name));
            ids.Add(observation.GetProperty("id").GetString()!);
            CheckTime(observation.GetProperty("at"));
        }

        foreach (JsonElement finding in report.GetProperty("findings").EnumerateArray())
            CheckFinding(finding, ids);
        foreach (JsonElement note in report.GetProperty("notes").EnumerateArray())
        {
            Assert.Equal(["cause", "summary", "evidence"], note.EnumerateObject().Select(member => member.Name));
            Assert.Subset(ids, Strings(note, "evidence"));
        }

        foreach (JsonElement gap in report.GetProperty("notObserved").EnumerateArray())
        {
            Assert.NotEmpty(gap.GetProperty("probe").GetString()!);
            Assert.NotEmpty(gap.GetProperty("reason").GetString()!);
        }
    }

    private static void CheckTarget(JsonElement target)
    {
        Assert.Equal(["input", "scheme", "host", "port", "addresses"], target.EnumerateObject().Select(member => member.Name));
        Assert.Equal(JsonValueKind.String, target.GetProperty("input").ValueKind);
        Assert.True(target.GetProperty("scheme").ValueKind is JsonValueKind.String or JsonValueKind.Null);
        Assert.True(target.GetProperty("host").ValueKind is JsonValueKind.String or JsonValueKind.Null);
        Assert.True(target.GetProperty("port").ValueKind is JsonValueKind.Number or JsonValueKind.Null);
        Assert.All(Strings(target, "addresses"), address => Assert.True(System.Net.IPAddress.TryParse(address, out _), address));
    }

    private static void CheckFinding(JsonElement finding, HashSet<string> ids)
    {
        Assert.Equal(
            ["cause", "layer", "severity", "confidence", "where", "summary", "explains", "evidence", "remedies", "next"],
            finding.EnumerateObject().Select(member => member.Name));
        Among(finding, "severity", "critical", "warning", "info");
        Among(finding, "where", "local", "path", "remote", "resolver", "unknown");
        Assert.InRange(finding.GetProperty("confidence").GetDouble(), 0, 1);
        Assert.NotNull(finding.GetProperty("layer").GetString());
        Assert.NotEmpty(finding.GetProperty("summary").GetString()!);
        Assert.Subset(ids, Strings(finding, "evidence"));
        _ = Strings(finding, "explains");
        _ = Strings(finding, "next");
        foreach (JsonElement remedy in finding.GetProperty("remedies").EnumerateArray())
        {
            Assert.Equal(["text", "command"], remedy.EnumerateObject().Select(member => member.Name).Where(name => name is not "setting")); // of those that change one
            Assert.NotEmpty(remedy.GetProperty("text").GetString()!);
        }
    }

    private static HashSet<string> Strings(JsonElement owner, string name) =>
        [.. owner.GetProperty(name).EnumerateArray().Select(value => value.GetString()!)];

    private static string Among(JsonElement owner, string name, params string[] allowed)
    {
        string value = owner.GetProperty(name).GetString()!;
        Assert.Contains(value, allowed);
        return value;
    }

    private static void CheckTime(JsonElement time) =>
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$", time.GetString());
}

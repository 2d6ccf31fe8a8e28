using System.Collections.Immutable;
using System.Text.Json;

namespace NetWhy.Lab;

/// <summary>What netwhy concluded, read from its <c>--json</c>.</summary>
/// <param name="Status">healthy, degraded, broken or inconclusive.</param>
/// <param name="ExitCode">The exit code that it announces.</param>
/// <param name="Findings">The findings, the first is the verdict; those of severity info left out.</param>
/// <param name="Notes">Causes of the notes.</param>
public sealed record Verdict(
    string Status, int ExitCode, ImmutableArray<VerdictFinding> Findings, ImmutableArray<string> Notes)
{
    /// <summary>Questions that are answered by no or degraded.</summary>
    public ImmutableArray<string> BadAnswers { get; init; } = [];

    /// <summary>Reads the JSON of <c>netwhy TARGET --json</c>.</summary>
    /// <param name="json">One object.</param>
    /// <returns>Null if that is no diagnosis.</returns>
    public static Verdict? Read(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            return new Verdict(
                root.GetProperty("status").GetString() ?? "",
                root.GetProperty("exitCode").GetInt32(),
                [.. root.GetProperty("findings").EnumerateArray()
                    .Where(finding => Text(finding, "severity") != "info")
                    .Select(finding => new VerdictFinding(Text(finding, "cause"), Text(finding, "where"), Text(finding, "summary"), Texts(finding, "explains")))],
                [.. root.GetProperty("notes").EnumerateArray().Select(note => Text(note, "cause"))])
            {
                BadAnswers =
                [
                    .. (root.TryGetProperty("questions", out JsonElement questions) ? questions.EnumerateArray() : default)
                        .Where(question => Text(question, "answer") is "no" or "degraded")
                        .Select(question => $"{Text(question, "id")}: {Text(question, "answer")}, {Text(question, "summary")}"),
                ],
            };
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Compares with what is right.</summary>
    /// <param name="expect">The right verdict.</param>
    /// <param name="exitCode">The exit code that the process really had.</param>
    /// <returns>What is wrong, in a few words; null if nothing is.</returns>
    public string? Mismatch(Expectation expect, int exitCode)
    {
        ArgumentNullException.ThrowIfNull(expect);
        if (exitCode != ExitCode)
            return $"the process exited with {exitCode}, its JSON says {ExitCode}";
        if (exitCode != (expect.ExitCode ?? (expect.IsHealthy ? 0 : 1)))
            return $"exit code {exitCode}";
        if (expect.IsHealthy && (Findings.Length > 0 || Status != (expect.Status ?? "healthy")))
            return $"a finding on a healthy target, status {Status}";
        if (expect.IsHealthy && expect.Status is null or "healthy" && BadAnswers is [var bad, ..])
            return $"a question of a healthy target is answered {bad}";
        if (expect.Notes.Except(Notes).FirstOrDefault() is { } missing)
            return $"no note {missing}";
        if (expect.IsHealthy)
            return null;

        if (Findings.IsEmpty)
            return "no finding";
        VerdictFinding first = Findings[0];
        if (!expect.Causes.Contains(first.Cause))
            return "another cause";
        if (expect.Where.Length > 0 && !expect.Where.Contains(first.Where))
            return $"where is {first.Where}, not {string.Join(" or ", expect.Where)}";
        if (expect.Status is { } status && status != Status)
            return $"status is {Status}, not {status}";
        if (expect.Explains.Except(first.Explains).FirstOrDefault() is { } unexplained)
            return $"does not explain {unexplained}";
        VerdictFinding? surplus = Findings.Skip(1)
            .FirstOrDefault(finding => !expect.Causes.Contains(finding.Cause) && !expect.Allowed.Contains(finding.Cause));
        return surplus is null ? null : $"a further finding {surplus.Cause}";
    }

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) ? value.GetString() ?? "" : "";

    private static ImmutableArray<string> Texts(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement list)
            ? [.. list.EnumerateArray().Select(value => value.GetString() ?? "")]
            : [];

    /// <inheritdoc/>
    public override string ToString() =>
        Findings.IsEmpty ? Status : string.Join(", ", Findings.Select(finding => finding.Cause));
}

/// <summary>One finding.</summary>
/// <param name="Cause">Its cause.</param>
/// <param name="Where">Where that lies.</param>
/// <param name="Summary">Its sentence.</param>
/// <param name="Explains">Symptoms that it explains.</param>
public sealed record VerdictFinding(string Cause, string Where, string Summary, ImmutableArray<string> Explains);

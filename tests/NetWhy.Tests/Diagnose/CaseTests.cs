using System.Globalization;
using NetWhy.App.Render;
using NetWhy.Collect;
using NetWhy.Diagnose;
using NetWhy.Lab;
using Xunit;
using Verdict = NetWhy.Lab.Verdict;

namespace NetWhy.Tests.Diagnose;

/// <summary>
/// Evidence of past incidents, judged again: each scenario of the lab has left its own, and its YAML says what is right.
/// A new scenario leaves its case by <c>netwhy lab test NAME --save-cases tests/NetWhy.Tests/Cases/verdicts</c>.
/// </summary>
public sealed class CaseTests(ITestOutputHelper output)
{
    private static readonly string Directory = Path.Combine(AppContext.BaseDirectory, "Cases", "verdicts");

    [Fact]
    public void Every_scenario_has_a_case_and_every_case_a_scenario() =>
        Assert.Equal(ScenarioCatalog.Names, Cases());

    /// <summary>The share of true causes that rank first may rise and never fall: score.txt holds what was reached.</summary>
    [Fact]
    public void The_true_cause_ranks_first_in_as_many_cases_as_ever()
    {
        double reached = double.Parse(
            File.ReadAllText(Path.Combine(Directory, "score.txt")), NumberStyles.Float, CultureInfo.InvariantCulture);
        string[] cases = Cases();

        string[] wrong = [.. cases.Select(Problem).OfType<string>()];

        double share = (cases.Length - wrong.Length) / (double)cases.Length;
        string score = string.Create(
            CultureInfo.InvariantCulture, $"cases: the verdict is right in {cases.Length - wrong.Length} of {cases.Length} ({share:P1})");
        Console.WriteLine(score);
        output.WriteLine(string.Join('\n', wrong));
        Assert.True(share >= reached, $"{score}, it was {reached:P1}:\n{string.Join('\n', wrong)}");
    }

    private static string[] Cases() =>
    [
        .. System.IO.Directory.EnumerateFiles(Directory, "*" + ScenarioTester.CaseSuffix)
            .Select(path => Path.GetFileName(path)[..^ScenarioTester.CaseSuffix.Length])
            .Order(StringComparer.Ordinal),
    ];

    private static string? Problem(string name)
    {
        KeptEvidence kept = EvidenceFile.Read(Path.Combine(Directory, name + ScenarioTester.CaseSuffix));
        if (kept.Remarks is [{ } remark, ..])
            return $"{name}: {remark}";
        var diagnosis = Diagnosis.Join([kept.Evidence], RuleCatalog.All);
        int exitCode = Report.ExitCodeOf(diagnosis.Status);
        var verdict = Verdict.Read(System.Text.Encoding.UTF8.GetString(
            JsonReport.Of(diagnosis, exitCode, TimeSpan.Zero, isVerbose: false, isIndented: false)))!;
        return verdict.Mismatch(ScenarioCatalog.Find(name).Expect, exitCode) is { } problem
            ? $"{name}: expected {string.Join(" or ", ScenarioCatalog.Find(name).Expect.Causes)}, got {verdict}: {problem}"
            : null;
    }
}

using System.Text.Json;
using NetWhy.App.Render;
using NetWhy.Diagnose;
using Xunit;

namespace NetWhy.Tests.App;

/// <summary>The contract <c>netwhy.diagnosis/1</c>: programs of others rely on it.</summary>
public sealed class JsonReportTests
{
    [Fact]
    public void Is_the_contract() =>
        Snapshot.Matches("broken.json", Text(SampleDiagnosis.Broken(), isVerbose: false, isIndented: true));

    [Fact]
    public void Names_and_types_are_those_of_the_contract()
    {
        foreach (Diagnosis diagnosis in new[] { SampleDiagnosis.Broken(), SampleDiagnosis.Healthy(), SampleDiagnosis.Hostile() })
            DiagnosisContract.Check(JsonDocument.Parse(Text(diagnosis, isVerbose: false, isIndented: false)).RootElement);
    }

    [Fact]
    public void Unlikely_findings_come_on_demand_and_last()
    {
        using var document = JsonDocument.Parse(Text(SampleDiagnosis.Broken(), isVerbose: true, isIndented: false));

        Assert.Equal(
            ["path-mtu-black-hole", "dns-slow", "packet-loss"],
            document.RootElement.GetProperty("findings").EnumerateArray().Select(finding => finding.GetProperty("cause").GetString()));
    }

    [Fact]
    public void Is_one_line_for_programs() =>
        Assert.Equal(1, Text(SampleDiagnosis.Hostile(), isVerbose: false, isIndented: false).Count(letter => letter is '\n' or '\r'));

    private static string Text(Diagnosis diagnosis, bool isVerbose, bool isIndented) =>
        System.Text.Encoding.UTF8.GetString(JsonReport.Of(
            diagnosis, Report.ExitCodeOf(diagnosis.Status), TimeSpan.FromSeconds(1.83), isVerbose, isIndented));
}

using System.Globalization;
using System.Text;
using System.Text.Json;
using NetWhy.Lab;

namespace NetWhy.App.Commands;

/// <summary>Shows how scenarios went.</summary>
internal static class LabReport
{
    /// <summary>One line for one scenario.</summary>
    /// <param name="result">How it went.</param>
    /// <param name="width">Width of the column of names, in characters.</param>
    public static string Line(ScenarioResult result, int width)
    {
        string start = string.Create(CultureInfo.InvariantCulture, $"{(result.Passed ? "ok  " : "FAIL")} {result.Scenario.Name.PadRight(width)} {result.ToVerdict.TotalSeconds,6:F2} s");
        return result.Passed
            ? $"{start}  {result.Scenario.Expect}"
            : $"{start}  expected {result.Scenario.Expect}, got {result.Verdict?.ToString() ?? "nothing"}: {result.Problem}";
    }

    /// <summary>The table at the end.</summary>
    /// <param name="results">All results.</param>
    public static string Summary(IReadOnlyList<ScenarioResult> results)
    {
        var text = new StringBuilder("\n                 count  right  median s  max s  slowest\n");
        foreach ((string title, bool isHealthy) in new[] { ("faults", false), ("healthy", true) })
        {
            ScenarioResult[] some = [.. results.Where(result => result.Scenario.Expect.IsHealthy == isHealthy)];
            double[] seconds = [.. some.Where(result => !result.IsBroken).Select(result => result.ToVerdict.TotalSeconds).Order()];
            ScenarioResult? slowest = some.MaxBy(result => result.ToVerdict);
            text.Append(CultureInfo.InvariantCulture, $"{title,-15} {some.Length,6} {some.Count(result => result.Passed),6}");
            text.Append(CultureInfo.InvariantCulture, $" {Median(seconds),9:F2} {seconds.LastOrDefault(),6:F2}  {slowest?.Scenario.Name}\n");
        }

        double[] setUps = [.. results.Select(result => result.SetUp.TotalSeconds).Order()];
        text.Append(CultureInfo.InvariantCulture, $"set-up          {setUps.Length,6}        {Median(setUps),9:F2} {setUps.LastOrDefault(),6:F2}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{results.Count(result => result.Passed)} right, {results.Count(result => !result.Passed)} wrong");
        return text.ToString();
    }

    /// <summary>The same for programs.</summary>
    /// <param name="json">Stands inside an object.</param>
    /// <param name="results">All results.</param>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<ScenarioResult> results)
    {
        json.WriteNumber("right", results.Count(result => result.Passed));
        json.WriteNumber("wrong", results.Count(result => !result.Passed));
        json.WriteStartArray("scenarios");
        foreach (ScenarioResult result in results)
        {
            json.WriteStartObject();
            json.WriteString("name", result.Scenario.Name);
            json.WriteBoolean("passed", result.Passed);
            json.WriteString("expected", result.Scenario.Expect.ToString());
            json.WriteString("got", result.Verdict?.ToString());
            json.WriteString("problem", result.Problem);
            json.WriteNumber("setUpSeconds", Math.Round(result.SetUp.TotalSeconds, 3));
            json.WriteNumber("verdictSeconds", Math.Round(result.ToVerdict.TotalSeconds, 3));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static double Median(double[] sorted) => sorted.Length == 0 ? 0 : sorted[sorted.Length / 2];
}

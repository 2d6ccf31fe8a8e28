using System.Text.Json;
using NetWhy.Diagnose;

namespace NetWhy.App.Render;

/// <summary>What the reports for programs have in common.</summary>
internal static class JsonParts
{
    /// <summary>Writes what a finding is, into an object that was begun.</summary>
    /// <param name="json">Where.</param>
    /// <param name="finding">The finding.</param>
    public static void WriteHead(Utf8JsonWriter json, Finding finding)
    {
        json.WriteString("cause", finding.Cause);
        json.WriteString("layer", Causes.Find(finding.Cause) is { } cause ? Name(cause.Layer) : null);
        json.WriteString("severity", Name(finding.Severity));
        json.WriteNumber("confidence", Math.Round(finding.Confidence, 3));
        json.WriteString("where", Name(finding.Where));
        json.WriteString("summary", finding.Summary);
    }

    /// <summary>Writes what to do, as the member <c>remedies</c>.</summary>
    /// <param name="json">Where.</param>
    /// <param name="remedies">What to do.</param>
    public static void WriteRemedies(Utf8JsonWriter json, IEnumerable<Remedy> remedies)
    {
        json.WriteStartArray("remedies");
        foreach (Remedy remedy in remedies)
        {
            json.WriteStartObject();
            json.WriteString("text", remedy.Sentence);
            json.WriteString("command", remedy.Command);
            if (remedy.Setting is { } setting)
            {
                json.WriteStartObject("setting");
                json.WriteString("name", setting.Name);
                json.WriteString("value", setting.Value);
                json.WriteString("persist", SettingChange.File);
                json.WriteString("on", remedy.On);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Writes a list of text.</summary>
    /// <param name="json">Where.</param>
    /// <param name="name">The member.</param>
    /// <param name="values">The list.</param>
    public static void WriteStrings(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }

    /// <summary>A duration in seconds, to a microsecond.</summary>
    /// <param name="time">The duration.</param>
    public static double Seconds(TimeSpan time) => Math.Round(time.TotalSeconds, 6);

    /// <summary>The name of a value of an enumeration.</summary>
    /// <typeparam name="T">The enumeration.</typeparam>
    /// <param name="value">The value.</param>
    public static string Name<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}

using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text.Json;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Audit;
using NetWhy.Diagnose.Naming;
using NetWhy.Diagnose.Repeated;
using NetWhy.Diagnose.Tls;
using NetWhy.Evidence;
using static NetWhy.App.Render.JsonParts;

namespace NetWhy.App.Render;

/// <summary>A diagnosis for programs: the contract <c>netwhy.diagnosis/1</c>. A member may be added, never renamed.</summary>
internal static class JsonReport
{
    private const int Slots = 60; // of a strip of time

    /// <summary>One JSON object and a line end, in UTF-8.</summary>
    /// <param name="diagnosis">The diagnosis.</param>
    /// <param name="exitCode">What the process exits with.</param>
    /// <param name="elapsed">How long it took.</param>
    /// <param name="isVerbose">Whether unlikely findings are in it.</param>
    /// <param name="isIndented">Whether for eyes too.</param>
    /// <param name="error">What could not be done besides, which then is what the exit code tells; null if all could.</param>
    public static ReadOnlySpan<byte> Of(
        Diagnosis diagnosis, int exitCode, TimeSpan elapsed, bool isVerbose, bool isIndented, string? error = null)
    {
        var buffer = new ArrayBufferWriter<byte>(64 << 10);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = isIndented }))
        {
            json.WriteStartObject();
            json.WriteString("schema", "netwhy.diagnosis/1");
            json.WriteString("version", ProductVersion.Text);
            WriteTarget(json, diagnosis);
            json.WriteString("startedAt", Time(diagnosis.Investigation?.At ?? FirstTime(diagnosis)));
            json.WriteNumber("elapsedSeconds", Seconds(elapsed));
            json.WriteString("status", Name(diagnosis.Status));
            json.WriteNumber("exitCode", exitCode);
            if (error is not null)
                json.WriteString("error", error);
            WriteQuestions(json, diagnosis);
            json.WriteStartArray("findings");
            foreach (RankedFinding ranked in diagnosis.Causes)
                WriteFinding(json, ranked.Finding, ranked.Explained.Select(symptom => symptom.Cause));
            foreach (Finding doubtful in isVerbose ? diagnosis.Doubtful : [])
                WriteFinding(json, doubtful, []);
            json.WriteEndArray();
            WriteNotes(json, diagnosis);
            if (diagnosis.Investigation?.TargetKind is TargetKind.HostState)
                WriteSignals(json, diagnosis);
            if (diagnosis.Investigation?.TargetKind is TargetKind.Name)
                WriteName(json, NameOverview.Of(diagnosis.Evidence, diagnosis.Told));
            if (diagnosis.Investigation?.TargetKind is TargetKind.Tls)
                WriteTls(json, TlsOverview.Of(diagnosis.Evidence));
            if (SymptomOverview.Of(diagnosis.Evidence, Slots) is { } repeated)
                WriteSymptom(json, repeated);
            WriteNotObserved(json, diagnosis);
            json.WriteStartArray("observations");
            foreach (Observation observation in diagnosis.Evidence.Observations)
                WriteObservation(json, observation);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan;
    }

    private static void WriteTarget(Utf8JsonWriter json, Diagnosis diagnosis)
    {
        InvestigationStarted? investigation = diagnosis.Investigation;
        json.WriteStartObject("target");
        json.WriteString("input", investigation?.Input ?? "");
        json.WriteString("scheme", investigation?.Scheme);
        json.WriteString("host", investigation?.Host);
        if (investigation?.Port is { } port)
            json.WriteNumber("port", port);
        else
            json.WriteNull("port");
        json.WriteStartArray("addresses");
        IReadOnlyList<IPAddress> addresses = investigation?.Literal is { } literal
            ? [literal]
            : diagnosis.Evidence.First<NameResolution>()?.Addresses ?? [];
        foreach (IPAddress address in addresses)
            json.WriteStringValue(address.ToString());
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteQuestions(Utf8JsonWriter json, Diagnosis diagnosis)
    {
        json.WriteStartArray("questions");
        foreach (Answer answer in diagnosis.Questions)
        {
            json.WriteStartObject();
            json.WriteString("id", answer.Id);
            json.WriteString("answer", Name(answer.Verdict));
            json.WriteString("summary", answer.Summary);
            json.WriteNumber("elapsedSeconds", Seconds(answer.Elapsed ?? TimeSpan.Zero));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteFinding(Utf8JsonWriter json, Finding finding, IEnumerable<string> explained)
    {
        json.WriteStartObject();
        WriteHead(json, finding);
        WriteStrings(json, "explains", explained.Distinct());
        WriteStrings(json, "evidence", EvidenceOf(finding));
        WriteRemedies(json, finding.Remedies);
        WriteStrings(json, "next", finding.Next);
        json.WriteEndObject();
    }

    private static void WriteSignals(Utf8JsonWriter json, Diagnosis diagnosis)
    {
        json.WriteStartArray("signals");
        foreach (Signal signal in diagnosis.Signals)
        {
            json.WriteStartObject();
            json.WriteString("check", signal.Check);
            json.WriteString("standing", Name(signal.Standing));
            json.WriteString("title", signal.Title);
            json.WriteString("value", signal.Value);
            json.WriteString("limit", signal.Limit);
            json.WriteString("meaning", signal.Meaning);
            json.WriteString("cause", signal.Cause);
            WriteStrings(json, "evidence", signal.Evidence.Select(observation => observation.Id).Distinct());
            WriteRemedies(json, signal.Remedies);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteName(Utf8JsonWriter json, NameOverview overview)
    {
        json.WriteStartObject("name");
        json.WriteString("name", overview.Name);
        json.WriteString("types", overview.Types);
        json.WriteString("result", overview.Result);
        json.WriteStartArray("queries");
        foreach (NameStep step in overview.Steps)
        {
            json.WriteStartObject();
            json.WriteString("name", step.Name);
            json.WriteString("source", step.Source);
            json.WriteString("said", step.Said);
            json.WriteNumber("costSeconds", Seconds(step.Cost));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("statements");
        foreach (NameStatement statement in overview.Statements)
        {
            json.WriteStartObject();
            json.WriteString("role", statement.Role);
            json.WriteString("server", statement.Server);
            json.WriteString("answer", statement.Answer);
            WriteNumber(json, "elapsedSeconds", statement.Time?.TotalSeconds);
            WriteNumber(json, "timeToLive", statement.TimeToLive);
            WriteNumber(json, "serial", statement.Serial);
            json.WriteString("remarks", statement.Remarks);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteStrings(json, "remarks", overview.Remarks);
        json.WriteEndObject();
    }

    private static void WriteTls(Utf8JsonWriter json, TlsOverview overview)
    {
        json.WriteStartObject("tls");
        json.WriteString("result", overview.Result);
        json.WriteStartArray("lines");
        foreach (TlsPart part in overview.Parts)
        {
            foreach (TlsLine line in part.Lines)
            {
                json.WriteStartObject();
                json.WriteString("part", part.Title);
                json.WriteString("about", line.Label.Trim());
                json.WriteString("said", line.Text);
                WriteStrings(json, "items", line.Items);
                json.WriteString("detail", line.Detail);
                json.WriteString("standing", Name(line.Standing));
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteSymptom(Utf8JsonWriter json, SymptomOverview overview)
    {
        json.WriteStartObject("symptom");
        json.WriteString("symptom", overview.Symptom);
        json.WriteBoolean("seen", overview.IsSeen);
        json.WriteString("load", overview.Load);
        json.WriteString("result", overview.Result);
        json.WriteStartArray("addresses");
        foreach (SymptomRow row in overview.Rows)
        {
            json.WriteStartObject();
            json.WriteString("address", row.Address.ToString());
            json.WriteNumber("port", row.Port);
            json.WriteNumber("requests", row.Requests);
            json.WriteStartObject("counts");
            foreach ((RequestKind kind, int count) in row.Counts)
                json.WriteNumber(JsonNamingPolicy.CamelCase.ConvertName(kind.ToString()), count);
            json.WriteEndObject();
            WriteNumber(json, "p50Seconds", row.Times?.Median.TotalSeconds);
            WriteNumber(json, "p90Seconds", row.Times?.P90.TotalSeconds);
            WriteNumber(json, "p99Seconds", row.Times?.P99.TotalSeconds);
            json.WriteString("strip", row.Strip);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("legend", overview.Legend);
        WriteStrings(json, "conclusions", overview.Conclusions);
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? number)
    {
        if (number is { } known)
            json.WriteNumber(name, known);
        else
            json.WriteNull(name);
    }

    private static void WriteNotes(Utf8JsonWriter json, Diagnosis diagnosis)
    {
        json.WriteStartArray("notes");
        foreach (Finding note in diagnosis.Notes)
        {
            json.WriteStartObject();
            json.WriteString("cause", note.Cause);
            json.WriteString("summary", note.Summary);
            WriteStrings(json, "evidence", EvidenceOf(note));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteNotObserved(Utf8JsonWriter json, Diagnosis diagnosis)
    {
        json.WriteStartArray("notObserved");
        foreach (NotObserved gap in diagnosis.NotObserved)
        {
            json.WriteStartObject();
            json.WriteString("probe", gap.Probe);
            json.WriteString("reason", gap.Reason);
            json.WriteString("what", gap.What);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    // The serializer puts the kind first; the contract puts it after the id, as a person reads it.
    private static void WriteObservation(Utf8JsonWriter json, Observation observation)
    {
        using JsonDocument document = JsonSerializer.SerializeToDocument(observation, EvidenceJson.Default.Observation);
        JsonElement root = document.RootElement;
        string[] first = ["id", "kind", "probe", "at"];
        json.WriteStartObject();
        foreach (string name in first)
        {
            json.WritePropertyName(name);
            root.GetProperty(name).WriteTo(json);
        }

        foreach (JsonProperty property in root.EnumerateObject())
        {
            if (!first.Contains(property.Name))
                property.WriteTo(json);
        }

        json.WriteEndObject();
    }

    private static IEnumerable<string> EvidenceOf(Finding finding) => finding.Reasons
        .Where(reason => reason.Weight >= Weight.Context)
        .Select(reason => reason.Observation.Id)
        .Distinct();

    private static DateTimeOffset FirstTime(Diagnosis diagnosis) =>
        diagnosis.Evidence.Observations.Select(observation => observation.At).DefaultIfEmpty().Min();

    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}

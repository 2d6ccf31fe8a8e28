using System.Text.Json;
using NetWhy.Evidence;

namespace NetWhy.Tools.Mtu;

/// <summary>Writes what was found as JSON.</summary>
internal static class MtuJson
{
    /// <summary>Writes it.</summary>
    /// <param name="findings">What was found.</param>
    /// <param name="statements">What is to be said of it.</param>
    /// <param name="output">Where to.</param>
    internal static void Write(MtuFindings findings, IReadOnlyList<Statement> statements, Stream output)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("schema", "netwhy.mtu/1");
            json.WriteString("target", findings.Question.Host);
            json.WriteString("address", findings.Question.Address.ToString());
            if (findings.Question.Port is { } port)
                json.WriteNumber("port", port);
            if (findings.Answer is (var mtu, var by))
            {
                json.WriteNumber("mtu", mtu);
                json.WriteString("by", by);
                WriteTexts(json, "shown_by", findings.Proofs);
                WriteTexts(json, "tunnels", findings.Tunnels);
            }

            if (findings.Link is { } way)
            {
                json.WriteString("interface", way.Name);
                json.WriteNumber("interface_mtu", way.Mtu);
            }

            if (findings.Back is (var passed, var lost))
            {
                json.WriteStartObject("back");
                json.WriteNumber("passed", passed);
                json.WriteNumber("lost", lost);
                json.WriteEndObject();
            }

            json.WriteStartArray("told");
            foreach ((IcmpError error, int? hop) in findings.Told)
            {
                json.WriteStartObject();
                json.WriteString("node", error.Offender.ToString());
                json.WriteNumber("mtu", error.Mtu!.Value);
                if (hop is { } number)
                    json.WriteNumber("hop", number);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            StatementOutput.WriteJson(json, "statements", statements);
            json.WriteStartArray("observations");
            foreach (Observation observation in findings.Observations)
                JsonSerializer.Serialize(json, observation, EvidenceJson.Default.Observation);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private static void WriteTexts(Utf8JsonWriter json, string member, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(member);
        foreach (string text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }
}

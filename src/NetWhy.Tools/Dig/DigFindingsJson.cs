using System.Text.Json;
using NetWhy.Names;
using NetWhy.Wire.Dns;

namespace NetWhy.Tools.Dig;

/// <summary>Writes what validation and surveys found out.</summary>
internal static class DigFindingsJson
{
    /// <summary>Writes validations, if there are any.</summary>
    /// <param name="json">Where to, within an object.</param>
    /// <param name="validations">Each, and how long it took.</param>
    internal static void Write(Utf8JsonWriter json, IReadOnlyList<(Validation Validation, TimeSpan Elapsed)> validations)
    {
        if (validations.Count == 0)
            return;
        json.WriteStartArray("validations");
        foreach ((Validation validation, TimeSpan elapsed) in validations)
        {
            json.WriteStartObject();
            json.WriteString("name", validation.Name.ToString());
            json.WriteString("type", validation.Type.Mnemonic);
            json.WriteString("status", validation.Status.ToString().ToLowerInvariant());
            json.WriteString("responseCode", validation.ResponseCode.Mnemonic);
            json.WriteBoolean("exists", !validation.IsNegative);
            json.WriteNumber("questions", validation.Questions);
            json.WriteNumber("elapsedMilliseconds", Math.Round(elapsed.TotalMilliseconds, 3));
            if (validation.Problem is { } problem)
                Write(json, problem);
            json.WriteStartArray("chain");
            foreach (ValidationLink link in validation.Chain)
                Write(json, link);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Writes surveys, if there are any.</summary>
    /// <param name="json">Where to, within an object.</param>
    /// <param name="surveys">The surveys.</param>
    internal static void Write(Utf8JsonWriter json, IReadOnlyList<DelegationSurvey> surveys)
    {
        if (surveys.Count == 0)
            return;
        json.WriteStartArray("surveys");
        foreach (DelegationSurvey survey in surveys)
        {
            json.WriteStartObject();
            json.WriteString("name", survey.Name.ToString());
            json.WriteString("type", survey.Type.Mnemonic);
            json.WriteBoolean("complete", survey.IsComplete);
            if (survey.EndReason is { } reason)
                json.WriteString("endReason", reason);
            json.WriteNumber("queries", survey.Queries);
            json.WriteStartArray("zones");
            foreach (ZoneSurvey zone in survey.Zones)
                Write(json, zone);
            json.WriteEndArray();
            json.WriteStartArray("findings");
            foreach (DelegationFinding finding in survey.Findings)
                Write(json, finding);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, ValidationProblem problem)
    {
        json.WriteStartObject("problem");
        json.WriteString("reason", Camel(problem.Reason.ToString()));
        json.WriteString("text", problem.ToString());
        json.WriteString("owner", problem.Owner.ToString());
        json.WriteString("type", problem.Type.Mnemonic);
        if (problem.Zone is { } zone)
            json.WriteString("zone", zone.ToString());
        if (problem.Server.Length > 0)
            json.WriteString("server", problem.Server);
        WriteKey(json, problem.KeyTag, problem.Algorithm);
        if (problem.Time is { } time)
            json.WriteString("time", time);
        json.WriteNumber("extendedError", (int)problem.ExtendedError);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ValidationLink link)
    {
        json.WriteStartObject();
        json.WriteString("owner", link.Owner.ToString());
        json.WriteString("type", link.Type.Mnemonic);
        json.WriteString("status", link.Status.ToString().ToLowerInvariant());
        json.WriteBoolean("anchor", link.IsAnchor);
        json.WriteBoolean("denial", link.IsDenial);
        if (link.Zone is { } zone)
            json.WriteString("zone", zone.ToString());
        WriteKey(json, link.KeyTag, link.Algorithm);
        if (link.Digest is { } digest)
            json.WriteString("digest", digest.Mnemonic);
        if (link.Server.Length > 0)
            json.WriteString("server", link.Server);
        json.WriteString("text", link.ToString());
        json.WriteEndObject();
    }

    private static void WriteKey(Utf8JsonWriter json, ushort? tag, DnsSecurityAlgorithm? algorithm)
    {
        if (tag is { } number)
            json.WriteNumber("keyTag", number);
        if (algorithm is { } name)
            json.WriteString("algorithm", name.Mnemonic);
    }

    private static void Write(Utf8JsonWriter json, ZoneSurvey zone)
    {
        json.WriteStartObject();
        json.WriteString("zone", zone.Zone.ToString());
        if (zone.Parent is { } parent)
            json.WriteString("parent", parent.ToString());
        WriteNames(json, "delegatedTo", zone.ParentNames);
        WriteNames(json, "nameServers", zone.ChildNames);
        json.WriteStartArray("servers");
        foreach (ServerSurvey server in zone.Servers)
        {
            json.WriteStartObject();
            json.WriteString("name", server.Name.ToString());
            json.WriteString("address", server.Address.ToString());
            json.WriteString("state", Camel(server.State.ToString()));
            json.WriteString("text", server.Describe());
            if (server.ResponseTime is { } time)
                json.WriteNumber("elapsedMilliseconds", Math.Round(time.TotalMilliseconds, 3));
            if (server.ResponseCode is { } code)
                json.WriteString("responseCode", code.Mnemonic);
            if (server.Serial is { } serial)
                json.WriteNumber("serial", serial);
            if (server.Primary is { } primary)
                json.WriteString("primary", primary.ToString());
            json.WriteString("edns", Camel(server.Edns.ToString()));
            if (server.HasTcp is { } hasTcp)
                json.WriteBoolean("tcp", hasTcp);
            json.WriteBoolean("inDelegation", server.IsInDelegation);
            json.WriteBoolean("inZone", server.IsInZone);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteNames(Utf8JsonWriter json, string property, IReadOnlyList<DomainName> names)
    {
        json.WriteStartArray(property);
        foreach (DomainName name in names)
            json.WriteStringValue(name.ToString());
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, DelegationFinding finding)
    {
        json.WriteStartObject();
        json.WriteString("fault", Camel(finding.Fault.ToString()));
        json.WriteString("severity", Camel(finding.Severity.ToString()));
        json.WriteString("zone", finding.Zone.ToString());
        if (finding.Server is { } server)
            json.WriteString("server", server.ToString());
        if (finding.Address is { } address)
            json.WriteString("address", address.ToString());
        json.WriteString("text", finding.ToString());
        json.WriteEndObject();
    }

    private static string Camel(string name) => JsonNamingPolicy.CamelCase.ConvertName(name);
}

using System.Net;
using System.Text.Json;
using NetWhy.Evidence;
using NetWhy.Names;

namespace NetWhy.Tools.Traceroute;

/// <summary>Writes a trace as one JSON object on a line of its own.</summary>
internal static class TracerouteJson
{
    /// <summary>Writes it.</summary>
    /// <param name="name">The target as typed.</param>
    /// <param name="trace">The trace.</param>
    /// <param name="names">Names of addresses.</param>
    /// <param name="systems">Autonomous systems of addresses; null if nobody asks for them.</param>
    /// <param name="output">Where to.</param>
    internal static void Write(string name, PathTrace trace, HopNames names, AutonomousSystems? systems, Stream output)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            WriteHead(json, name, trace.Destination, trace.Protocol, trace.Port);
            json.WriteBoolean("reached", trace.Reached);
            if (trace.Elapsed is { } elapsed)
                json.WriteNumber("elapsedSeconds", elapsed.TotalSeconds);
            if (trace.Errno is { } errno)
                json.WriteString("errno", errno);
            if (trace.Limits is { } limits)
                json.WriteString("limits", limits);
            json.WriteStartArray("hops");
            foreach (Hop hop in trace.Hops)
                Write(json, hop, names, systems);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    /// <summary>Writes all paths to a target.</summary>
    /// <param name="name">The target as typed.</param>
    /// <param name="fan">The paths.</param>
    /// <param name="names">Names of addresses.</param>
    /// <param name="output">Where to.</param>
    internal static void Write(string name, PathFan fan, HopNames names, Stream output)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            WriteHead(json, name, fan.Destination, fan.Protocol, fan.Port);
            json.WriteBoolean("reached", fan.IsReached is true);
            json.WriteNumber("flows", fan.Flows.Count);
            json.WriteBoolean("complete", fan.IsComplete is true);
            if (fan.Limits is { } limits)
                json.WriteString("limits", limits);
            json.WriteStartArray("hops");
            for (int hop = 0; hop < fan.Flows.Max(flow => flow.Hops.Count); hop++)
                Write(json, fan, hop, names);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private static void WriteHead(Utf8JsonWriter json, string name, IPAddress destination, string protocol, int port)
    {
        json.WriteStartObject();
        json.WriteString("schema", "netwhy.traceroute/1");
        json.WriteString("target", name);
        json.WriteString("address", ZonedAddress.Text(destination));
        json.WriteString("protocol", protocol);
        if (port != 0)
            json.WriteNumber("port", port);
    }

    private static void Write(Utf8JsonWriter json, PathFan fan, int hop, HopNames names)
    {
        json.WriteStartObject();
        json.WriteNumber("ttl", fan.FirstTtl + hop);
        json.WriteBoolean("perPacket", fan.PerPacket.Contains(fan.FirstTtl + hop));
        if (fan.Hops.FirstOrDefault(one => one.Ttl == fan.FirstTtl + hop) is { } answers)
        {
            json.WriteNumber("sent", answers.Sent);
            json.WriteNumber("answered", answers.Answered);
            json.WriteBoolean("limited", answers.IsLimited);
            if (answers.ChanceOfMissing is { } chance)
                json.WriteNumber("chanceOfMissing", Math.Round(chance, 4));
            if (answers.SilentFlows.Count > 0)
            {
                json.WriteStartArray("silentFlows");
                foreach (int flow in answers.SilentFlows)
                    json.WriteNumberValue(flow);
                json.WriteEndArray();
            }
        }

        json.WriteStartArray("nodes");
        foreach (IGrouping<IPAddress, FlowPath> node in fan.Flows.Where(flow => flow.Hops.Count > hop && flow.Hops[hop].Node is not null).GroupBy(flow => flow.Hops[hop].Node!))
        {
            json.WriteStartObject();
            json.WriteString("address", ZonedAddress.Text(node.Key));
            if (names.Of(node.Key) is { } name)
                json.WriteString("name", name);
            json.WriteNumber("minRoundTripSeconds", node.Min(flow => flow.Hops[hop].RoundTrip ?? TimeSpan.Zero).TotalSeconds);
            json.WriteStartArray("flows");
            foreach (FlowPath flow in node)
                json.WriteNumberValue(flow.Flow);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Writes a target that could not be traced.</summary>
    /// <param name="name">The target as typed.</param>
    /// <param name="reason">Why not.</param>
    /// <param name="output">Where to.</param>
    internal static void WriteFailure(string name, string reason, Stream output)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("schema", "netwhy.traceroute/1");
            json.WriteString("target", name);
            json.WriteString("error", reason);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private static void Write(Utf8JsonWriter json, Hop hop, HopNames names, AutonomousSystems? systems)
    {
        json.WriteStartObject();
        json.WriteNumber("ttl", hop.Ttl);
        json.WriteNumber("sent", hop.Sent);
        if (hop.IsByFartherProbe)
            json.WriteBoolean("byFartherProbe", true);
        json.WriteStartArray("answers");
        foreach (HopAnswer answer in hop.Answers ?? [])
            Write(json, hop.Ttl, answer, names, systems);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, int ttl, HopAnswer answer, HopNames names, AutonomousSystems? systems)
    {
        json.WriteStartObject();
        json.WriteNumber("query", answer.Query);
        json.WriteString("address", ZonedAddress.Text(answer.Node));
        if (names.Of(answer.Node) is { } name)
            json.WriteString("name", name);
        if (systems?.Of(answer.Node).GetAwaiter().GetResult() is { } system)
            json.WriteString("system", system);
        json.WriteNumber("roundTripSeconds", answer.RoundTrip.TotalSeconds);
        if (answer.Error is { } error)
            WriteError(json, error, answer);
        if (answer.IsReset)
            json.WriteBoolean("reset", true);
        if (answer.TcpFlags is { } flags)
            json.WriteString("tcpFlags", flags);
        if (answer.ReducedSize is { } size)
            json.WriteNumber("reducedSize", size);
        if (answer.ReplyTtl is { } replyTtl)
            json.WriteNumber("replyTtl", replyTtl);
        if (TracerouteText.WayBack(answer.ReplyTtl) is { } back && back != ttl)
            json.WriteNumber("hopsBack", back);
        if (answer.QuotedTtl is { } quotedTtl)
            json.WriteNumber("quotedTtl", quotedTtl);
        if (answer.IsTranslated)
            json.WriteBoolean("translated", true);
        WriteExtensions(json, answer);
        json.WriteEndObject();
    }

    private static void WriteError(Utf8JsonWriter json, IcmpError error, HopAnswer answer)
    {
        json.WriteStartObject("error");
        json.WriteNumber("type", error.Type);
        json.WriteNumber("code", error.Code);
        if (TracerouteText.Mark(error, answer.Node.AddressFamily is System.Net.Sockets.AddressFamily.InterNetworkV6) is { Length: > 0 } mark)
            json.WriteString("mark", mark);
        if (error.Mtu is { } mtu)
            json.WriteNumber("mtu", mtu);
        json.WriteEndObject();
    }

    private static void WriteExtensions(Utf8JsonWriter json, HopAnswer answer)
    {
        if (answer.Labels.Count > 0)
        {
            json.WriteStartArray("mpls");
            foreach (MplsEntry label in answer.Labels)
            {
                json.WriteStartObject();
                json.WriteNumber("label", label.Label);
                json.WriteNumber("trafficClass", label.TrafficClass);
                json.WriteBoolean("bottom", label.IsBottom);
                json.WriteNumber("ttl", label.Ttl);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        if (answer.Interfaces.Count == 0)
            return;
        json.WriteStartArray("interfaces");
        foreach (HopInterface one in answer.Interfaces)
        {
            json.WriteStartObject();
            json.WriteString("role", one.Role);
            if (one.Index is { } index)
                json.WriteNumber("index", index);
            if (one.Name is { } name)
                json.WriteString("name", name);
            if (one.Address is { } address)
                json.WriteString("address", address.ToString());
            if (one.Mtu is { } mtu)
                json.WriteNumber("mtu", mtu);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}

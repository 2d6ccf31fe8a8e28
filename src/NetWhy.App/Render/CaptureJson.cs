using System.Globalization;
using System.Text.Json;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Captures;
using NetWhy.Evidence;
using static NetWhy.App.Render.JsonParts;

namespace NetWhy.App.Render;

/// <summary>A diagnosis of captures for programs: the contract <c>netwhy.capture/1</c>, see docs/analyze-json.md. A member may be added, never renamed.</summary>
internal static class CaptureJson
{
    /// <summary>Writes the members behind the schema.</summary>
    /// <param name="json">Where.</param>
    /// <param name="shown">The diagnosis.</param>
    /// <param name="exitCode">What the process exits with.</param>
    public static void Write(Utf8JsonWriter json, ShownCapture shown, int exitCode)
    {
        CaptureDiagnosis diagnosis = shown.Diagnosis;
        json.WriteString("version", ProductVersion.Text);
        WriteStrings(json, "files", shown.Files);
        json.WriteNumber("elapsedSeconds", Seconds(shown.Elapsed));
        json.WriteString("status", Name(diagnosis.Status));
        json.WriteString("doubt", diagnosis.Doubt);
        json.WriteNumber("exitCode", exitCode);
        WriteCapture(json, diagnosis.Capture);
        json.WriteStartArray("findings");
        foreach (CaptureFinding found in diagnosis.Findings)
            WriteFinding(json, found);
        json.WriteEndArray();
        json.WriteStartArray("notes");
        foreach (CaptureFinding found in diagnosis.Notes)
            WriteFinding(json, found);
        json.WriteEndArray();
        json.WriteStartArray("notObserved");
        foreach (NotObserved gap in diagnosis.NotObserved)
        {
            json.WriteStartObject();
            json.WriteString("what", gap.What);
            json.WriteString("reason", gap.Reason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("flows");
        foreach (CapturedConversation flow in diagnosis.Flows)
            WriteFlow(json, flow);
        json.WriteEndArray();
    }

    private static void WriteCapture(Utf8JsonWriter json, CaptureRead capture)
    {
        json.WriteStartObject("capture");
        json.WriteString("name", capture.Name);
        json.WriteNumber("packets", capture.Packets);
        json.WriteNumber("octets", capture.Octets);
        json.WriteString("firstAt", capture.FirstAt is { } first ? Time(first) : null);
        json.WriteNumber("durationSeconds", Seconds(capture.Duration));
        json.WriteNumber("cutPackets", capture.CutPackets);
        json.WriteNumber("cutHeaders", capture.CutHeaders);
        json.WriteNumber("sortedPackets", capture.Sorted);
        if (capture.Dropped is { } dropped)
            json.WriteNumber("dropped", dropped);
        else
            json.WriteNull("dropped");
        json.WriteString("damage", capture.Damage);
        json.WriteNumber("tcpConversations", capture.TcpConversations);
        json.WriteNumber("udpConversations", capture.UdpConversations);
        json.WriteNumber("evictedConversations", capture.EvictedConversations);
        json.WriteNumber("oneSidedConversations", capture.OneSidedConversations);
        if (capture.OwnStreamsFrom is { } own)
            json.WriteNumber("ownStreamsFrom", own);
        else
            json.WriteNull("ownStreamsFrom");
        json.WriteStartObject("protocols");
        foreach (CapturedProtocol protocol in capture.Protocols)
            json.WriteNumber(protocol.Name, protocol.Packets);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteFinding(Utf8JsonWriter json, CaptureFinding found)
    {
        Finding finding = found.Finding;
        json.WriteStartObject();
        WriteHead(json, finding);
        if (finding.Stream is { } stream)
            json.WriteNumber("stream", stream);
        else
            json.WriteNull("stream");
        json.WriteNumber("conversations", found.Count);
        WriteNumbers(json, "streams", found.Streams.Select(number => (long)number));
        WriteNumbers(json, "packets", finding.Packets);
        WriteStrings(json, "explains", found.Explained.Select(symptom => symptom.Cause).Distinct());
        json.WriteStartArray("reasons");
        foreach (Reason reason in finding.Reasons)
        {
            json.WriteStartObject();
            json.WriteString("reading", reason.Reading);
            json.WriteNumber("weight", (int)reason.Weight);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteRemedies(json, finding.Remedies);
        WriteStrings(json, "next", finding.Next);
        json.WriteEndObject();
    }

    private static void WriteFlow(Utf8JsonWriter json, CapturedConversation flow)
    {
        json.WriteStartObject();
        json.WriteNumber("stream", flow.Stream);
        WriteEnd(json, "client", flow.Client);
        WriteEnd(json, "server", flow.Server);
        json.WriteBoolean("isOpenerKnown", flow.IsOpenerKnown);
        json.WriteString("firstAt", Time(flow.FirstAt));
        json.WriteNumber("durationSeconds", Seconds(flow.Duration));
        json.WriteNumber("firstPacket", flow.FirstPacket);
        json.WriteNumber("lastPacket", flow.LastPacket);
        json.WriteNumber("completeness", flow.Completeness);
        WriteSeconds(json, "initialRoundTripSeconds", flow.InitialRoundTrip);
        WriteSeconds(json, "serverRoundTripSeconds", flow.ServerRoundTrip);
        WriteDirection(json, "fromClient", flow.FromClient);
        WriteDirection(json, "fromServer", flow.FromServer);
        WriteTls(json, flow.Tls);
        WriteHttp(json, flow.Http);
        json.WriteEndObject();
    }

    private static void WriteTls(Utf8JsonWriter json, CapturedTls? tls)
    {
        if (tls is null)
        {
            json.WriteNull("tls");
            return;
        }

        json.WriteStartObject("tls");
        json.WriteString("serverName", tls.ServerName);
        json.WriteString("version", tls.Version);
        json.WriteString("cipherSuite", tls.CipherSuite);
        WritePacket(json, "clientHelloPacket", tls.ClientHelloPacket);
        WritePacket(json, "serverHelloPacket", tls.ServerHelloPacket);
        WriteSeconds(json, "serverHelloSeconds", tls.ServerHello);
        WriteSeconds(json, "serverFlightEndSeconds", tls.ServerFlightEnd);
        WriteSeconds(json, "clientFlightSeconds", tls.ClientFlight);
        WriteSeconds(json, "applicationDataSeconds", tls.ApplicationData);
        if (tls.Alert is { } alert)
        {
            json.WriteStartObject("alert");
            json.WriteString("name", alert.Name);
            json.WriteBoolean("isFromClient", alert.IsFromClient);
            json.WriteNumber("packet", alert.Packet);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("alert");
        }

        json.WriteEndObject();
    }

    private static void WriteHttp(Utf8JsonWriter json, CapturedHttp? http)
    {
        if (http is null)
        {
            json.WriteNull("http");
            return;
        }

        json.WriteStartObject("http");
        json.WriteNumber("requests", http.Requests);
        json.WriteNumber("responses", http.Responses);
        WriteNumbers(json, "responsesByClass", http.ByClass);
        WriteTimes(json, "responseTimes", http.ResponseTimes);
        json.WriteStartArray("worst");
        foreach (CapturedRequest request in http.Worst)
            WriteRequest(json, request);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteRequest(Utf8JsonWriter json, CapturedRequest request)
    {
        json.WriteStartObject();
        json.WriteNumber("packet", request.Packet);
        json.WriteString("method", request.Method);
        json.WriteString("host", request.Host);
        json.WriteString("uri", request.Uri);
        if (request.Status is { } status)
            json.WriteNumber("status", status);
        else
            json.WriteNull("status");
        WritePacket(json, "responsePacket", request.ResponsePacket);
        json.WriteNumber("requestSeconds", Seconds(request.RequestTime));
        WriteSeconds(json, "responseSeconds", request.ResponseTime);
        WriteSeconds(json, "networkSeconds", request.NetworkTime);
        WriteSeconds(json, "transferSeconds", request.TransferTime);
        json.WriteBoolean("isCut", request.IsCut);
        json.WriteEndObject();
    }

    private static void WritePacket(Utf8JsonWriter json, string name, long packet)
    {
        if (packet > 0)
            json.WriteNumber(name, packet);
        else
            json.WriteNull(name);
    }

    private static void WriteDirection(Utf8JsonWriter json, string name, CapturedDirection direction)
    {
        json.WriteStartObject(name);
        json.WriteNumber("packets", direction.Packets);
        json.WriteNumber("octets", direction.Octets);
        json.WriteNumber("uniqueOctets", direction.UniqueOctets);
        json.WriteNumber("unacknowledgedOctets", direction.UnacknowledgedOctets);
        json.WriteNumber("uncapturedOctets", direction.UncapturedOctets);
        json.WriteStartObject("repeats");
        json.WriteNumber("timeout", direction.Repeats.Timeout);
        json.WriteNumber("fast", direction.Repeats.Fast);
        json.WriteNumber("sack", direction.Repeats.Sack);
        json.WriteNumber("tailLossProbe", direction.Repeats.TailLossProbe);
        json.WriteNumber("spurious", direction.Repeats.Spurious);
        json.WriteNumber("unknown", direction.Repeats.Unknown);
        json.WriteEndObject();
        json.WriteNumber("lostUpstream", direction.LostUpstream);
        json.WriteNumber("lostDownstream", direction.LostDownstream);
        json.WriteNumber("damaged", direction.Damage?.Segments ?? 0);
        json.WriteNumber("reordered", direction.Reordered);
        json.WriteNumber("capturedTwice", direction.CapturedTwice);
        json.WriteStartObject("flags");
        foreach ((string flag, long count) in direction.Flags)
            json.WriteNumber(flag, count);
        json.WriteEndObject();
        WriteTimes(json, "roundTrips", direction.RoundTrips);
        json.WriteNumber("mostInFlight", direction.MostInFlight);
        json.WriteNumber("smallestWindow", direction.SmallestWindow);
        json.WriteNumber("largestWindow", direction.LargestWindow);
        json.WriteNumber("windowClosures", direction.WindowClosures);
        json.WriteStartObject("limits");
        json.WriteNumber("sendingSeconds", Seconds(direction.SendingTime));
        json.WriteNumber("windowSeconds", Seconds(direction.WindowLimited));
        json.WriteNumber("filledPauseSeconds", Seconds(direction.FilledPauses));
        json.WriteNumber("closedSeconds", Seconds(direction.WindowClosed));
        json.WriteNumber("lossSeconds", Seconds(direction.LossLimited));
        json.WriteNumber("idleSeconds", Seconds(direction.Idle));
        json.WriteNumber("applicationSeconds", Seconds(direction.ApplicationWaits));
        json.WriteNumber("delayedByNagleSeconds", Seconds(direction.DelayedByNagleTime));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteTimes(Utf8JsonWriter json, string name, CapturedTimes? times)
    {
        if (times is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        json.WriteNumber("count", times.Count);
        json.WriteNumber("leastSeconds", Seconds(times.Least));
        json.WriteNumber("medianSeconds", Seconds(times.Median));
        json.WriteNumber("ninetyFifthSeconds", Seconds(times.NinetyFifth));
        json.WriteNumber("mostSeconds", Seconds(times.Most));
        json.WriteEndObject();
    }

    private static void WriteEnd(Utf8JsonWriter json, string name, CapturedEnd end)
    {
        json.WriteStartObject(name);
        json.WriteString("address", end.Address.ToString());
        json.WriteNumber("port", end.Port);
        json.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, IEnumerable<long> values)
    {
        json.WriteStartArray(name);
        foreach (long value in values)
            json.WriteNumberValue(value);
        json.WriteEndArray();
    }

    private static void WriteSeconds(Utf8JsonWriter json, string name, TimeSpan? time)
    {
        if (time is { } known)
            json.WriteNumber(name, Seconds(known));
        else
            json.WriteNull(name);
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}

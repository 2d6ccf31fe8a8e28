using System.Text;
using System.Text.Json;
using NetWhy.Linux;

namespace NetWhy.Tools.OpenSsl;

/// <summary>A session of <c>openssl s_client</c> as one JSON object.</summary>
internal static class ClientJson
{
    /// <summary>Writes it.</summary>
    /// <param name="options">What was asked for.</param>
    /// <param name="run">How it went.</param>
    /// <param name="exitCode">What it exits with.</param>
    internal static byte[] Of(ClientOptions options, ClientRun run, int exitCode)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("schema", "netwhy.openssl-s_client/1");
            json.WriteString("host", options.Host ?? "localhost");
            json.WriteString("port", options.Port);
            WriteText(json, "address", run.Peer?.Address.ToString());
            WriteTime(json, "connectedMicroseconds", run.Events.Connected);
            WriteTime(json, "establishedMicroseconds", run.Events.Established);
            json.WriteBoolean("established", run.Events.Established is not null);
            if (run.WasInterrupted)
                json.WriteBoolean("interrupted", true);
            WriteText(json, "failedAt", run.FailedAt);
            WriteText(json, "failure", run.Failure);
            if (run.FailureErrno is { } errno)
                json.WriteNumber("errno", (int)errno);
            json.WriteStartObject("offered");
            WriteText(json, "serverName", options.ServerName);
            WriteTexts(json, "alpn", options.Protocols);
            WriteText(json, "versions", run.Session?.Offered);
            json.WriteEndObject();
            if (run.Session is { } session)
                WriteSession(json, session, run);
            WriteEvents(json, run);
            if (!run.WasInterrupted)
                json.WriteNumber("exitCode", exitCode); // that of a signal is the process's
            StatementOutput.WriteJson(json, "statements", ClientWhy.Of(options, run));
            json.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    private static void WriteSession(Utf8JsonWriter json, TlsSession session, ClientRun run)
    {
        IReadOnlyList<LibraryCertificate> chain = session.PeerChain();
        if (run.Events.Established is not null)
        {
            json.WriteStartObject("session");
            json.WriteString("version", session.Version);
            WriteText(json, "cipher", session.CipherSuite);
            WriteText(json, "group", session.Group);
            WriteText(json, "temporaryKey", session.TemporaryKey);
            WriteText(json, "signature", session.PeerSignatureType);
            WriteText(json, "signatureDigest", session.PeerSignatureDigest);
            WriteText(json, "alpn", session.Protocol);
            json.WriteBoolean("resumed", session.WasResumed);
            json.WriteString("earlyData", session.EarlyData switch { TlsEarlyData.Accepted => "accepted", TlsEarlyData.Rejected => "rejected", _ => "not sent" });
            json.WriteBoolean("secureRenegotiation", session.HasSecureRenegotiation);
            json.WriteBoolean("clientCertificateRequested", session.ClientCertificateRequested);
            json.WriteEndObject();
        }

        json.WriteStartObject("octets");
        json.WriteNumber("read", run.Before.Read + session.OctetsRead);
        json.WriteNumber("written", run.Before.Written + session.OctetsWritten);
        json.WriteNumber("dataReceived", run.Events.DataReceived);
        json.WriteNumber("dataSent", run.Events.DataSent);
        json.WriteEndObject();
        json.WriteStartArray("chain");
        foreach (LibraryCertificate one in chain)
        {
            json.WriteStartObject();
            json.WriteString("subject", Encoding.UTF8.GetString(one.Name(isIssuer: false, OpenSslFlags.OneLine, 0)));
            json.WriteString("issuer", Encoding.UTF8.GetString(one.Name(isIssuer: true, OpenSslFlags.OneLine, 0)));
            json.WriteString("notBefore", Encoding.ASCII.GetString(one.Time(isEnd: false, isIso: true)));
            json.WriteString("notAfter", Encoding.ASCII.GetString(one.Time(isEnd: true, isIso: true)));
            WriteText(json, "key", one.KeyAlgorithm);
            json.WriteNumber("keyBits", one.KeyBits ?? 0);
            json.WriteString("signatureAlgorithm", one.SignatureAlgorithm);
            json.WriteString("sha256", TrustStore.Fingerprint(one.ToDer()));
            json.WriteString("pem", Encoding.ASCII.GetString(one.ToPem(withTrust: false)));
            json.WriteEndObject();
            one.Dispose();
        }

        json.WriteEndArray();
        json.WriteStartObject("verification");
        using LibraryCertificate? peer = session.PeerCertificate(); // of a session read from a file without a chain
        bool isVerified = chain.Count > 0 || (peer is not null && session.WasResumed);
        json.WriteBoolean("done", isVerified); // without a certificate the library says 0, which is no verdict
        if (isVerified)
        {
            json.WriteNumber("code", session.VerifyResult);
            json.WriteString("text", LibraryCertificate.ErrorText(session.VerifyResult));
            WriteText(json, "verifiedName", session.VerifiedName);
        }

        json.WriteStartArray("steps");
        foreach (ClientVerifyStep step in run.Events.Steps)
        {
            json.WriteStartObject();
            json.WriteNumber("depth", step.Depth);
            json.WriteNumber("code", step.Code);
            WriteText(json, "subject", step.Subject);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        if (session.Staple is { } staple)
            json.WriteBase64String("staple", staple);
    }

    private static void WriteEvents(Utf8JsonWriter json, ClientRun run)
    {
        json.WriteStartArray("messages");
        foreach (ClientEvent one in run.Events.Events)
        {
            json.WriteStartObject();
            WriteTime(json, "microseconds", one.Time);
            json.WriteString("direction", one.IsOurs ? "sent" : "received");
            json.WriteString("kind", one.Kind);
            json.WriteString("name", one.Name);
            json.WriteNumber("number", one.Number);
            WriteText(json, "level", one.Level);
            json.WriteNumber("octets", one.Size);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("tickets");
        foreach (ClientTicket ticket in run.Events.Tickets)
        {
            json.WriteStartObject();
            WriteTime(json, "microseconds", ticket.Time);
            json.WriteNumber("lifetimeSeconds", ticket.Lifetime);
            json.WriteNumber("maxEarlyData", ticket.MaxEarlyData);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (run.Events.Dropped > 0)
            json.WriteNumber("dropped", run.Events.Dropped);
    }

    private static void WriteText(Utf8JsonWriter json, string member, string? text)
    {
        if (text is not null)
            json.WriteString(member, text);
    }

    private static void WriteTime(Utf8JsonWriter json, string member, TimeSpan? time)
    {
        if (time is { } span)
            json.WriteNumber(member, (long)span.TotalMicroseconds);
    }

    private static void WriteTexts(Utf8JsonWriter json, string member, IEnumerable<string> texts)
    {
        json.WriteStartArray(member);
        foreach (string text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }
}

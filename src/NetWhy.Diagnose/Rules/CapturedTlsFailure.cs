using NetWhy.Diagnose.Captures;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>TLS handshakes in a capture that fail by an alert, or go silent.</summary>
public sealed class CapturedTlsFailure : ConversationRule
{
    private static readonly TimeSpan LongWait = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ShortWait = TimeSpan.FromSeconds(1); // for what is sent at once

    /// <inheritdoc/>
    public override RuleInfo Info { get; } = new(
        "captured-tls", Source: "RFC 8446, section 6; RFC 5246, section 7.2",
        "tls-handshake-failed", "tls-version-mismatch", "tls-cipher-mismatch", "tls-sni-required", "tls-client-certificate-required",
        "tls-untrusted-root", "tls-certificate-expired", "tls-certificate-not-yet-valid", "tls-revoked", "tls-alpn-mismatch",
        "tls-plaintext-service", "tls-handshake-stall", "tls-client-hello-lost")
    {
        Explains = ["connection-reset", "tls-handshake-reset"],
    };

    /// <inheritdoc/>
    internal override IEnumerable<Finding> Judge(CapturedScene scene)
    {
        if (scene.Conversation.Tls is not { } tls || (tls.ApplicationData is not null && !DeclinesClient(scene, tls) && !RefusesClient(scene, tls)))
            yield break;
        const int UserCanceled = 90;
        if (tls.Plaintext is { } text && ProtocolOf(text) is { } protocol)
            yield return OtherProtocol(scene, tls, text, protocol);
        else if (tls.Alert is { Description: not UserCanceled } alert)
            yield return Alerted(scene, tls, alert);
        else if (tls.ProtectedAlertPacket > 0 && (scene.Client.FinPacket > 0 || scene.Conversation.Resets.Count > 0))
            yield return Declined(scene, tls);
        else if (RefusesClient(scene, tls))
            yield return Refused(scene, tls);
        else if (HalfHello(scene, tls) is { } half)
            yield return half;
        else if (Silent(scene, tls) is { } silent)
            yield return silent;
    }

    // In TLS 1.3 the server judges the client's certificate when data of the client may have come already (RFC 8446, section 4.4.2.4).
    private static bool DeclinesClient(CapturedScene scene, CapturedTls tls) =>
        tls.Alert is { IsFromClient: false, Description: (>= 42 and <= 46) or 48 or 116 } && scene.Conversation.Http is null or { Responses: 0 };

    // It asked for a certificate, the client said that it has none, and an alert is all that came since.
    private static bool RefusesClient(CapturedScene scene, CapturedTls tls) =>
        tls is { EmptyCertificatePacket: > 0, ProtectedRefusalPacket: > 0 } && (scene.Server.FinPacket > 0 || scene.Conversation.Resets.Any(reset => !reset.IsFromClient));

    private static Finding Refused(CapturedScene scene, CapturedTls tls) => new(
        "tls-client-certificate-required",
        Severity.Info, // a server that does not insist, and closes before anything was said, looks the same
        Where.Remote,
        $"{scene.ServerName} asks for a certificate of the client{(tls.ServerName is { Length: > 0 } name ? $" for {name}" : "")}, which has none, and then says no more than an encrypted alert: it wants one, or just closes.",
        [
            scene.Weigh(Weight.Strong, $"the client's first protected record is as short as only an empty certificate is{CapturedScene.Numbers(tls.EmptyCertificatePacket)}: so it had been asked for one"),
            scene.Weigh(Weight.Hint, $"all that the server says after the client's flight is a record as short as an alert{CapturedScene.Numbers(tls.ProtectedRefusalPacket)}, and it closes"),
        ])
    {
        Packets = [tls.ClientHelloPacket, tls.ServerHelloPacket, tls.EmptyCertificatePacket, tls.ProtectedRefusalPacket],
        Remedies = [new Remedy("Give the client its certificate and key (curl --cert, --key).", On: CapturedScene.Machine(scene.Conversation.Client.Address))],
        Next = ["The server's log tells which alert it was."],
    };

    // Only the first segments of a large one came to this place.
    private static Finding? HalfHello(CapturedScene scene, CapturedTls tls)
    {
        TimeSpan waited = scene.AfterFirstData;
        if (tls.HelloLacks == 0 || scene.IsOneSided || scene.HasGaps || scene.Capture is { CutPackets: > 0 } || scene.Server.UniqueOctets > 0 || waited < ShortWait)
            return null;
        long came = scene.Client.UniqueOctets;
        return new Finding(
            "tls-client-hello-lost", waited >= LongWait ? Severity.Critical : Severity.Warning, Where.Path,
            $"Of a TLS ClientHello to {scene.ServerName} only the first {came} of {came + tls.HelloLacks} octets come here, and nothing for {Words.Of(waited)} since: the rest is lost before this place, or the client does not send it.",
            [
                scene.Weigh(Weight.Strong, $"the record that begins it{CapturedScene.Numbers(scene.Client.FirstDataPacket)} announces {tls.HelloLacks} octets more, and {(scene.Client.UnacknowledgedOctets == 0 ? "what came was acknowledged" : "what came was not acknowledged")}"),
                scene.Weigh(Weight.Hint, "clients send a ClientHello at once, in as many segments as it needs"),
            ])
        {
            Packets = [scene.Client.FirstDataPacket, scene.Conversation.LastPacket],
            AlsoExplains = ["service-hung", "tls-handshake-stall"],
            Next = [$"Capture at {scene.Conversation.Client.Address}: is the second segment sent there, and again and again?"],
        };
    }

    private static Finding Alerted(CapturedScene scene, CapturedTls tls, CapturedAlert alert)
    {
        (string cause, string meaning) = DatesOf(tls, alert) ?? LackOf(tls, alert) ?? MeaningOf(alert);
        string name = tls.ServerName is { Length: > 0 } asked ? $" for {asked}" : "";
        return new Finding(
            cause,
            Severity.Critical,
            alert.IsFromClient ? Where.Local : Where.Remote,
            $"The TLS handshake with {scene.ServerName}{name} fails: {(alert.IsFromClient ? "the client" : "the server")} says {alert.Name}, {meaning}.",
            [scene.Weigh(Weight.Decisive, $"alert {alert.Description} ({alert.Name}){CapturedScene.Numbers(alert.Packet)}, {(tls.ServerHelloPacket == 0 ? "in place of a ServerHello" : $"after the ServerHello ({tls.Version})")}")])
        {
            Packets = [tls.ClientHelloPacket, tls.ServerHelloPacket, tls.EmptyCertificatePacket, alert.Packet],
            AlsoExplains = ["http-malformed-response"],
            Remedies = [new Remedy("See the handshake in full.", ShellCommand.Of($"netwhy tls://{(tls.ServerName is { Length: > 0 } host ? host : scene.Conversation.Server.Address.ToString())}:{scene.Conversation.Server.Port}"))],
        };
    }

    // TLS 1.2 has no alert of its own for that (RFC 5246, section 7.4.6).
    private static (string Cause, string Meaning)? LackOf(CapturedTls tls, CapturedAlert alert)
    {
        const int HandshakeFailure = 40, BadCertificate = 42;
        return !alert.IsFromClient && alert.Description is HandshakeFailure or BadCertificate && tls.EmptyCertificatePacket > 0
            ? ("tls-client-certificate-required", $"after it had asked for a certificate of the client, which says that it has none{CapturedScene.Numbers(tls.EmptyCertificatePacket)}")
            : null;
    }

    // What the client says of a certificate is vague; where it can be read, its dates are not.
    private static (string Cause, string Meaning)? DatesOf(CapturedTls tls, CapturedAlert alert)
    {
        const int BadCertificate = 42, CertificateExpired = 45, CertificateUnknown = 46;
        if (!alert.IsFromClient || alert.Description is not (BadCertificate or CertificateExpired or CertificateUnknown) || tls.Certificate is not { } certificate)
            return null;
        return certificate.SeenAt < certificate.NotBefore
            ? ("tls-certificate-not-yet-valid", FormattableString.Invariant($"the server's certificate ({certificate.Subject}) is valid from {certificate.NotBefore:yyyy-MM-dd HH:mm} on only, and this was captured at {certificate.SeenAt:yyyy-MM-dd HH:mm}"))
            : certificate.SeenAt > certificate.NotAfter
            ? ("tls-certificate-expired", FormattableString.Invariant($"the server's certificate ({certificate.Subject}) was valid until {certificate.NotAfter:yyyy-MM-dd HH:mm}, and this was captured at {certificate.SeenAt:yyyy-MM-dd HH:mm}"))
            : null;
    }

    private static Finding Declined(CapturedScene scene, CapturedTls tls) => new(
        "tls-handshake-failed",
        Severity.Critical,
        Where.Local,
        $"The TLS handshake with {scene.ServerName}{(tls.ServerName is { Length: > 0 } name ? $" for {name}" : "")} fails: the client ends it with an encrypted alert, most often because of the server's certificate.",
        [
            scene.Weigh(Weight.VeryStrong, $"the client's first protected record is as short as an alert{CapturedScene.Numbers(tls.ProtectedAlertPacket)}: no Finished, which would go on, is"),
            scene.Weigh(Weight.Hint, "it closes the connection after it, and no data follows"),
        ])
    {
        Packets = [tls.ClientHelloPacket, tls.ServerHelloPacket, tls.ProtectedAlertPacket],
        Remedies = [new Remedy("See the client's log, or check the certificate as it does.", ShellCommand.Of($"netwhy tls://{(tls.ServerName is { Length: > 0 } host ? host : scene.Conversation.Server.Address.ToString())}:{scene.Conversation.Server.Port}"), CapturedScene.Machine(scene.Conversation.Client.Address))],
    };

    private static Finding OtherProtocol(CapturedScene scene, CapturedTls tls, string text, string protocol) => new(
        "tls-plaintext-service", Severity.Critical, Where.Remote,
        $"{scene.ServerName} does not speak TLS but {protocol}: it answers the ClientHello with \"{text}\".",
        [scene.Weigh(Weight.Decisive, $"its first octets are no record of TLS{CapturedScene.Numbers(scene.Server.FirstDataPacket)}")])
    {
        Packets = [tls.ClientHelloPacket, scene.Server.FirstDataPacket],
        Remedies = [new Remedy("Use the port that speaks TLS, or no TLS on this one.", ShellCommand.Of($"ss -ltnp 'sport = :{scene.Conversation.Server.Port}'"), CapturedScene.Machine(scene.Conversation.Server.Address))],
    };

    // By how servers begin. Sources: RFC 9112, RFC 4253, RFC 5321 and 959, RFC 9051, RFC 1939.
    private static string? ProtocolOf(string text) => text switch
    {
        _ when text.StartsWith("HTTP/", StringComparison.Ordinal) => "HTTP",
        _ when text.StartsWith("SSH-", StringComparison.Ordinal) => "SSH",
        _ when text.StartsWith("220", StringComparison.Ordinal) => "SMTP or FTP",
        _ when text.StartsWith("* OK", StringComparison.Ordinal) => "IMAP",
        _ when text.StartsWith("+OK", StringComparison.Ordinal) => "POP3",
        _ => null,
    };

    private static (string Cause, string Meaning) MeaningOf(CapturedAlert alert) => (alert.Description, alert.IsFromClient) switch
    {
        (70, _) => ("tls-version-mismatch", "they have no version in common"),
        (71, _) => ("tls-cipher-mismatch", "it finds no cipher suite strong enough"),
        (112, _) => ("tls-sni-required", "it serves no such name"),
        (116, false) => ("tls-client-certificate-required", "it wants a certificate of the client"),
        (42 or 43 or 44 or 45 or 46 or 48, false) => ("tls-client-certificate-required", "it does not accept the client's certificate"),
        (44, true) => ("tls-revoked", "the server's certificate is revoked"),
        (45, true) => ("tls-certificate-expired", "the server's certificate is out of date, or the client's clock is"),
        (42 or 46 or 48, true) => ("tls-untrusted-root", "it does not trust the server's certificate"),
        (120, _) => ("tls-alpn-mismatch", "they have no application protocol in common"),
        (40, false) => ("tls-handshake-failed", "they have no parameters in common, or it wants something more"),
        _ => ("tls-handshake-failed", "and it does not say more"),
    };

    private static Finding? Silent(CapturedScene scene, CapturedTls tls)
    {
        TimeSpan waited = scene.AfterFirstData;
        if (tls.ServerHelloPacket != 0 || tls.ClientHelloPacket == 0 || scene.Server.MissingOctets > 0 || scene.IsOneSided || scene.HasGaps || scene.Server.UniqueOctets > 0 || scene.Client.UnacknowledgedOctets > 0 || waited < LongWait
            || scene.Conversation.Resets.Any(reset => reset is { IsFromClient: false, FollowsOtherFin: false }))
        {
            return null;
        }

        return new Finding(
            "tls-handshake-stall",
            Severity.Critical,
            Where.Remote,
            $"{scene.ServerName} takes the TLS ClientHello and never answers it.",
            [
                scene.Weigh(Weight.VeryStrong, $"the ClientHello{CapturedScene.Numbers(tls.ClientHelloPacket)} was acknowledged, and nothing came for {Words.Of(waited)}"),
            ])
        {
            Packets = [tls.ClientHelloPacket],
            Remedies = [new Remedy("Look at the program: blocked, out of workers, or no TLS service at all.", ShellCommand.Of($"ss -ltnp 'sport = :{scene.Conversation.Server.Port}'"), CapturedScene.Machine(scene.Conversation.Server.Address))],
        };
    }
}

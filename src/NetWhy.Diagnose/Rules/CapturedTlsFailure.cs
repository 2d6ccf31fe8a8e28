using NetWhy.Diagnose.Captures;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>TLS handshakes in a capture that fail by an alert, or go silent.</summary>
public sealed class CapturedTlsFailure : ConversationRule
{
    private static readonly TimeSpan LongWait = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    public override RuleInfo Info { get; } = new(
        "captured-tls", Source: "RFC 8446, section 6; RFC 5246, section 7.2",
        "tls-handshake-failed", "tls-version-mismatch", "tls-cipher-mismatch", "tls-sni-required", "tls-client-certificate-required",
        "tls-untrusted-root", "tls-certificate-expired", "tls-revoked", "tls-alpn-mismatch", "tls-handshake-stall");

    /// <inheritdoc/>
    internal override IEnumerable<Finding> Judge(CapturedScene scene)
    {
        if (scene.Conversation.Tls is not { ApplicationData: null } tls)
            yield break;
        const int UserCanceled = 90;
        if (tls.Alert is { Description: not UserCanceled } alert)
            yield return Alerted(scene, tls, alert);
        else if (Silent(scene, tls) is { } silent)
            yield return silent;
    }

    private static Finding Alerted(CapturedScene scene, CapturedTls tls, CapturedAlert alert)
    {
        (string cause, string meaning) = MeaningOf(alert);
        string name = tls.ServerName is { Length: > 0 } asked ? $" for {asked}" : "";
        return new Finding(
            cause,
            Severity.Critical,
            alert.IsFromClient ? Where.Local : Where.Remote,
            $"The TLS handshake with {scene.ServerName}{name} fails: {(alert.IsFromClient ? "the client" : "the server")} says {alert.Name}, {meaning}.",
            [scene.Weigh(Weight.Decisive, $"alert {alert.Description} ({alert.Name}){CapturedScene.Numbers(alert.Packet)}, {(tls.ServerHelloPacket == 0 ? "in place of a ServerHello" : $"after the ServerHello ({tls.Version})")}")])
        {
            Packets = [tls.ClientHelloPacket, tls.ServerHelloPacket, alert.Packet],
            Remedies = [new Remedy("See the handshake in full.", ShellCommand.Of($"netwhy tls://{(tls.ServerName is { Length: > 0 } host ? host : scene.Conversation.Server.Address.ToString())}:{scene.Conversation.Server.Port}"))],
        };
    }

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
        TimeSpan waited = scene.HasEnded ? scene.Conversation.Duration : scene.Watched;
        if (tls.ServerHelloPacket != 0 || scene.IsOneSided || scene.HasGaps || scene.Server.UniqueOctets > 0 || scene.Client.UnacknowledgedOctets > 0 || waited < LongWait
            || scene.Conversation.Resets.Any(reset => !reset.IsFromClient))
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

using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The connection is reset or closed in the middle of the TLS handshake, by the server or by a device before it.</summary>
public sealed class TlsHandshakeReset : IRule
{
    private const string Id = "tls-handshake-reset";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 9293, section 3.5.2; RFC 6066, section 3", Id)
    {
        Explains = ["connection-reset", "connection-reset-by-middlebox", "tls-handshake-failed"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = ApplicationView.Of(evidence);
        foreach (TlsHandshake ended in view.Handshakes
            .Where(handshake => handshake.Outcome is TlsOutcome.Reset or TlsOutcome.Closed)
            .DistinctBy(handshake => handshake.Address))
        {
            yield return Describe(view, ended);
        }
    }

    private static Finding Describe(ApplicationView view, TlsHandshake ended)
    {
        string how = ended.Outcome is TlsOutcome.Reset ? "reset" : "closed";
        string after = ApplicationView.LastStep(ended);
        string server = ApplicationView.Server(ended);
        List<Reason> reasons =
        [
            ended.Weigh(Weight.VeryStrong, $"the connection is {how} after {after}, {ApplicationView.InWords(ended.Elapsed)} into the handshake"),
        ];
        bool isByName = false;
        if (view.Cure("no-sni", "other-sni") is { } otherName && otherName.Address.Equals(ended.Address))
        {
            isByName = true;
            reasons.Add(otherName.Weigh(Weight.VeryStrong, $"with {(otherName.ServerName is null ? "no" : "another")} server name the handshake is made: the name {ended.ServerName} is what is minded"));
        }

        FlowSighting? forged = view.Evidence.First<FlowSighting>(flow =>
            flow.Address.Equals(ended.Address) && flow.Port == ended.Port
            && flow.RstTtl is { } rst && (flow.DataTtl ?? flow.SynAckTtl) is { } usual && rst != usual);
        if (forged is not null)
        {
            reasons.Add(forged.Weigh(
                Weight.VeryStrong,
                $"the RST comes with TTL {forged.RstTtl}, the server's own packets with {forged.DataTtl ?? forged.SynAckTtl}: another device sent it"));
        }

        if (view.Cure("any-version", "any-cipher", "no-alpn") is { } other && !isByName)
            reasons.Add(other.Weigh(Weight.Against, "another offer is accepted: the server minds what is offered"));
        if (view.SizeCure(ended.Address, ended.OctetsReceived > 0 ? ExchangeStage.HandshakeBegun : ExchangeStage.Connected) is { } cured)
            reasons.Add(cured.Weigh(Weight.Against, "smaller segments make it work"));

        // A server that resets names which it does not serve looks like a filter on the way: only the TTL tells them apart.
        bool isPath = forged is not null;
        string byName = isByName ? $" because of the name {ended.ServerName}" : "";
        return new Finding(
            Id,
            Severity.Critical,
            isPath ? Where.Path : Where.Unknown,
            isPath
                ? $"A device on the way to {server} resets the TLS handshake{byName}."
                : isByName
                ? $"The TLS handshake with {server} is {how}{byName}: by the server, or by a filter on the way."
                : $"{server} accepts the connection and has it {how} in the TLS handshake, after {after}.",
            [.. reasons])
        {
            Subject = ended.Address,
            Remedies = isPath
                ? [new Remedy($"Have the filter (firewall, secure web gateway) allow {ended.ServerName ?? server}.")]
                :
                [
                    .. isByName
                        ? [new Remedy($"Have the server serve {ended.ServerName}, or the filter before it (firewall, secure web gateway) allow it.")]
                        : Array.Empty<Remedy>(),
                    new Remedy("Look into the log of the service, or of the load balancer before it: no backend, a limit, TCP wrappers.", "journalctl -u nginx -u haproxy --since -10min", Fix.Server(ended.Address)),
                    .. ended.OctetsReceived == 0 && !isByName && view.Evidence.Investigation?.Scheme is "https" or "tls" && !view.Evidence.Any<StartTlsDialogue>(_ => true)
                        ? [Fix.SendProxyHeader($"https://{(ended.ServerName is { } name ? $"{name}:{ended.Port}" : server)}/")]
                        : Array.Empty<Remedy>(),
                    new Remedy("Try the handshake by hand.", $"openssl s_client {ApplicationView.ConnectOptions(ended)} -msg </dev/null"),
                ],
            Next = ["On the server: does the RST leave it (tcpdump 'tcp[tcpflags] & tcp-rst != 0')? If not, a device in between sends it."],
        };
    }
}

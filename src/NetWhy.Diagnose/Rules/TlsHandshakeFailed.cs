using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The TLS handshake ends with an alert or a refusal, whatever the reason: more special causes explain it.</summary>
public sealed class TlsHandshakeFailed : IRule
{
    /// <summary>What OpenSSL says of octets that are no record of the version agreed on, in the middle of a handshake.</summary>
    internal const string NoRecord = "wrong version number";

    private const string Id = "tls-handshake-failed";
    private const int HandshakeFailure = 40; // the alert

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 8446, section 6.2", Id);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) =>
        [.. InHandshake(evidence), .. AfterHandshake(evidence)];

    /// <summary>In TLS 1.3 a server may refuse when the client already holds the handshake for done.</summary>
    private static IEnumerable<Finding> AfterHandshake(EvidenceSet evidence)
    {
        foreach (HttpExchange ended in ApplicationView.Of(evidence).Exchanges
            .Where(http => http is { Purpose: "target", Outcome: HttpOutcome.Failed, TlsTime: not null, Fault: { } fault } && fault.StartsWith("TLS", StringComparison.Ordinal))
            .DistinctBy(http => http.Address))
        {
            string server = ApplicationView.Server(ended);
            string when = ended.TimeToFirstByte is null ? "right after the handshake" : "in the middle of the response";
            yield return new Finding(
                Id,
                Severity.Critical,
                Where.Remote,
                ended.Fault!.StartsWith("TLS alert", StringComparison.Ordinal)
                    ? $"{server} ends the TLS session {when} ({ended.Fault})."
                    : $"What {server} sends {when} is no TLS that this machine's library accepts ({ended.Fault}).",
                [ended.Weigh(Weight.Strong, $"the request is answered by {ended.Fault}")])
            {
                Prior = -3,
                Subject = ended.Address,
                Remedies = [new Remedy("See the session message by message.", $"openssl s_client -connect {ApplicationView.Endpoint(ended.Address, ended.Port)} -msg </dev/null")],
                Next = ["On the server: what does its error log say at this moment?"],
            };
        }
    }

    // OpenSSL leaves out each suite for which it has no certificate that may sign, and then says that none is shared.
    private static string NextOf(TlsHandshake failed) => failed is { AlertCode: HandshakeFailure, AlertIsOurs: false, Messages.Count: 2 }
        ? "On the server: what does its error log say at this moment? \"no shared cipher\", though all are offered, is also said of a certificate whose key may not sign (keyUsage without digitalSignature), or is of a kind that no suite allowed there is for: openssl x509 -in FILE -noout -text there."
        : "On the server: what does its error log say at this moment?";

    private static IEnumerable<Finding> InHandshake(EvidenceSet evidence)
    {
        var view = ApplicationView.Of(evidence);
        foreach (TlsHandshake failed in view.FailedHandshakes
            .Where(handshake => handshake.Outcome is TlsOutcome.Alert or TlsOutcome.LocalFailure)
            .DistinctBy(handshake => handshake.Address))
        {
            string server = ApplicationView.Server(failed);
            string what = failed switch
            {
                { Alert: { } alert, AlertIsOurs: false } => $"the server's alert {alert} ({failed.AlertCode})",
                { LibraryReason: NoRecord, AlertIsOurs: true } => $"octets that are no record of the version agreed on, after {ApplicationView.LastStep(failed)}",
                { LibraryReason: { } reason } => $"a refusal of this machine's TLS library: {reason}",
                { Alert: { } alert } => $"our own alert {alert}",
                _ => "an error",
            };
            yield return new Finding(
                Id,
                Severity.Critical,
                failed.Outcome is TlsOutcome.Alert ? Where.Remote : Where.Unknown,
                $"The TLS handshake with {server} ends with {what}.",
                [
                    failed.Weigh(Weight.Strong, $"after {(failed.Messages.Count > 0 ? string.Join(", ", failed.Messages) : "nothing")}"),
                    .. view.Trial("any-cipher") is { Alert: { } same, AlertIsOurs: false } vain && same == failed.Alert && vain.Address.Equals(failed.Address)
                        ? [vain.Weigh(Weight.Context, "with every cipher suite offered the same alert comes: it is not known to be about suites")]
                        : Array.Empty<Reason>(),
                ])
            {
                Prior = -3, // it did fail; what is open is only whether there is no better name for it
                Subject = failed.Address,
                Remedies = [new Remedy("See the handshake message by message.", $"openssl s_client {ApplicationView.ConnectOptions(failed)} -msg </dev/null")],
                Next = [NextOf(failed)],
            };
        }
    }
}

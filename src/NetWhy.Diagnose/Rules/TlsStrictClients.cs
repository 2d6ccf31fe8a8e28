using NetWhy.Diagnose.Tls;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>A certificate that OpenSSL accepts and clients that keep to the rules refuse.</summary>
public sealed class TlsStrictClients : IRule
{
    private const string Untrusted = "tls-untrusted-root";
    private const string Weak = "tls-weak-certificate";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new("tls-strict-clients", Source: "RFC 5280, section 6.1; RFC 8446, section 4.4.2.2; RFC 8422, section 5.3; CA/Browser Forum, Baseline Requirements, sections 6.1.5 and 7.1.3", Untrusted, Weak);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = ApplicationView.Of(evidence);
        foreach (CertificateChain chain in view.Chains.Where(chain => chain.VerifyCode == 0).DistinctBy(chain => chain.Address))
        {
            if (chain.Certificates[0].MaySign is false && SigningHandshake(chain, view) is { } handshake)
                yield return MayNotSign(chain, handshake);
            CertificateReview? review = evidence.Last<CertificateReview>(review => review.IsAnchored && review.IsOf(chain));
            if (review?.Flaws.FirstOrDefault(flaw => flaw.IsFatal && IsOfOthers(flaw)) is { } refused)
                yield return Refused(chain, refused);
        }
    }

    // What has a rule of its own, and what was not judged.
    private static bool IsOfOthers(CertificateFlaw flaw) =>
        flaw.Defect is not ("Expired" or "NotYetValid" or "NameMismatch" or "AlternativeNameMissing" or "Revoked" or "SignatureUnchecked" or "TooMuchWork");

    // In TLS 1.3 the server always signs; before, not where its key decrypts a secret (static RSA), for which keyEncipherment is right.
    private static TlsHandshake? SigningHandshake(CertificateChain chain, ApplicationView view) => view.Handshakes.FirstOrDefault(handshake =>
        handshake is { Outcome: TlsOutcome.Completed, Version: not null, CipherSuite: not null } && handshake.Address.Equals(chain.Address) && handshake.Port == chain.Port
        && (handshake.Version is "TLSv1.3" || handshake.CipherSuite.StartsWith("ECDHE", StringComparison.Ordinal) || handshake.CipherSuite.StartsWith("DHE", StringComparison.Ordinal)));

    private static Finding MayNotSign(CertificateChain chain, TlsHandshake handshake)
    {
        CertificateFacts leaf = chain.Certificates[0];
        bool isRsa = leaf.Key.StartsWith("RSA", StringComparison.Ordinal);
        return new Finding(
            Untrusted,
            Severity.Warning, // OpenSSL does not look
            Where.Remote,
            $"The certificate of {ApplicationView.Server(chain)} ({leaf.Subject}) does not let its key sign (keyUsage without digitalSignature), which it does in each handshake: Chrome, GnuTLS and other strict clients refuse it.",
            [
                handshake.Weigh(Weight.VeryStrong, $"the handshake was made in {handshake.Version} with {handshake.CipherSuite}, where the server signs"),
                chain.Weigh(Weight.Strong, $"keyUsage of {leaf.Subject} lacks digitalSignature"),
            ])
        {
            Subject = chain.Address,
            Remedies =
            [
                Renewal.New(chain, $"Have it issued again with keyUsage digitalSignature{(isRsa ? ", keyEncipherment" : "")}, or without keyUsage."),
                new Remedy("See what its key may do.", $"{ApplicationView.ShowCommand(chain)} | openssl x509 -noout -ext keyUsage"),
            ],
            Next =
            [
                isRsa
                    ? "Which clients fail? Chrome says ERR_SSL_KEY_USAGE_INCOMPATIBLE, GnuTLS \"Key usage violation\"."
                    : "Which clients fail? Chrome says ERR_SSL_KEY_USAGE_INCOMPATIBLE, GnuTLS \"Key usage violation\"; a server with OpenSSL refuses TLS 1.2 with such a certificate (alert handshake_failure).",
            ],
        };
    }

    private static Finding Refused(CertificateChain chain, CertificateFlaw flaw)
    {
        bool isWeak = flaw.Defect is "WeakSignature" or "WeakKey" or "KeyNotAllowed";
        return new Finding(
            isWeak ? Weak : Untrusted,
            flaw.Defect is "MalformedName" ? Severity.Info : Severity.Warning, // most clients pass over a name that is none
            Where.Remote,
            $"OpenSSL accepts the certificate of {ApplicationView.Server(chain)}, but {(isWeak ? "browsers and other strict clients" : "clients that keep to RFC 5280")} refuse it: {flaw.Subject}: {flaw.Detail}.",
            [
                chain.Weigh(Weight.Context, "verification by OpenSSL says 0 (ok)"),
                chain.Weigh(Weight.Decisive, isWeak ? $"by the rules of public authorities (CA/Browser Forum, Baseline Requirements, sections 6.1.5 and 7.1.3), {TlsOverview.InWords(flaw)}" : $"by RFC 5280, {TlsOverview.InWords(flaw)}"),
            ])
        {
            Subject = chain.Address,
            Remedies =
            [
                Renewal.New(chain, "Have it issued again without that, or by another authority."),
                new Remedy("See what the server sends.", ApplicationView.ShowCommand(chain)),
            ],
            Next = ["Which clients fail? Java and other strict ones look at what OpenSSL leaves aside (policies, for one), each at other things."],
        };
    }
}

using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The certificate's issuer has revoked it, or the certificate asks for a proof of the contrary that the server does not give.</summary>
/// <remarks>
/// Only what the server staples is read: to ask a responder would tell a third party what is being looked at. A server
/// that staples nothing, with a certificate that does not ask for it, is the common case and nothing to speak of.
/// </remarks>
public sealed class TlsRevocation : IRule
{
    private const string Revoked = "tls-revoked";
    private const string Problem = "tls-ocsp-problem";
    private const int VerifiedAsRevoked = 23; // X509_V_ERR_CERT_REVOKED

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new("tls-revocation", Source: "RFC 6960, section 4.2.1; RFC 7633, section 4.2.3", Revoked, Problem);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = ApplicationView.Of(evidence);
        foreach (CertificateChain chain in view.Chains.Where(chain => chain.Certificates.Count > 0).DistinctBy(chain => chain.Address))
        {
            if (chain.Staple?.Status is "revoked" || chain.VerifyCode is VerifiedAsRevoked)
                yield return RevokedFinding(chain);
            else if (chain.Certificates[0].RequiresStaple is true && FaultOf(chain, view) is { } fault)
                yield return MissingFinding(chain, fault);
        }
    }

    /// <returns>What is wrong with the staple that must be there; null if nothing is, or that was not observed.</returns>
    private static string? FaultOf(CertificateChain chain, ApplicationView view) => chain.Staple switch
    {
        null => view.Handshakes.Any(handshake =>
            handshake is { Outcome: TlsOutcome.Completed, HasOcspStaple: false } && handshake.Address.Equals(chain.Address) && handshake.Port == chain.Port)
            ? "none comes"
            : null,
        { Status: not "good" } bad => $"the one that comes says {bad.Status}",
        { NextUpdate: { } until } when until < chain.At => $"the one that comes was good until {ApplicationView.InWords(until)}",
        _ => null,
    };

    private static Finding RevokedFinding(CertificateChain chain)
    {
        CertificateFacts leaf = chain.Certificates[0];
        string when = chain.Staple?.RevokedAt is { } time ? $" on {ApplicationView.InWords(time)}" : "";
        return new Finding(
            Revoked,
            Severity.Critical,
            Where.Remote,
            $"The certificate of {Server(chain)} ({leaf.Subject}) was revoked by its issuer{when}.",
            [
                chain.Weigh(Weight.Decisive, chain.Staple is { Status: "revoked" }
                    ? $"the server itself staples the issuer's answer: revoked{when}"
                    : $"verification says {chain.VerifyCode} ({chain.VerifyText})"),
            ])
        {
            Subject = chain.Address,
            Remedies =
            [
                new Remedy("Have a new certificate issued for a new key; the old key may be known to others.", $"certbot certonly --force-renewal -d {chain.ServerName}", Fix.Server(chain.Address)),
                new Remedy("See what the server staples.", ShowCommand(chain)),
            ],
            Next = ["Ask who revoked it and why: was the key lost, or was it replaced on another server only?"],
        };
    }

    private static Finding MissingFinding(CertificateChain chain, string fault)
    {
        CertificateFacts leaf = chain.Certificates[0];
        return new Finding(
            Problem,
            Severity.Warning, // Firefox refuses it; curl and Chrome do not look
            Where.Remote,
            $"The certificate of {Server(chain)} ({leaf.Subject}) must come with a stapled OCSP response, and {fault}: strict clients refuse it.",
            [chain.Weigh(Weight.Decisive, $"the certificate has the TLS feature status_request (must-staple), and {fault}")])
        {
            Subject = chain.Address,
            Remedies =
            [
                new Remedy(
                    "Switch stapling on (nginx) and let it reach the responder.", "ssl_stapling on; ssl_stapling_verify on; resolver RESOLVER;", Fix.Server(chain.Address)),
                new Remedy("See what the server staples.", ShowCommand(chain)),
                new Remedy("Or have it issued again without must-staple."),
            ],
            Next = ["On the server: what does its log say of its OCSP requests? Stapling often fails because no resolver is configured."],
        };
    }

    private static string Server(CertificateChain chain) => ApplicationView.Endpoint(chain.Address, chain.Port);

    private static ShellCommand ShowCommand(CertificateChain chain) =>
        ShellCommand.Of($"openssl s_client -connect {Server(chain)} -servername {chain.ServerName} -status </dev/null");
}

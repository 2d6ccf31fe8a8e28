using NetWhy.Diagnose.Tls;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The certificate's issuer has revoked it, or the certificate asks for a proof of the contrary that the server does not give.</summary>
/// <remarks>
/// What the server staples is read, and what the issuer answers if the user has it asked: that tells a third party what is being looked
/// at. Only what the issuer has signed convicts; a server that says it of itself without a signature that can be checked makes it likely. A server that staples nothing, with a certificate that does not ask for it, is the common
/// case and nothing to speak of.
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
            RevocationAnswer[] proved = [.. evidence.All<RevocationAnswer>().Where(answer => answer.Problem is null && answer.Address.Equals(chain.Address) && answer.Port == chain.Port)];
            RevocationAnswer? answer = proved.FirstOrDefault(answer => answer.IsRevoked);
            if (chain.Staple is { Status: "revoked", IsProved: true } || chain.VerifyCode is VerifiedAsRevoked)
                yield return RevokedFinding(chain);
            else if (answer is not null)
                yield return RevokedFinding(chain, answer);
            else if (chain.Staple is { Status: "revoked", IsProved: null } && !proved.Any(answer => answer is { Depth: 0, Status: "good" }))
                yield return RevokedFinding(chain);
            else if (chain.Staple is { Flaw: { } flaw })
                yield return UnprovedFinding(chain, flaw);
            else if (chain.Staple is { Status: not ("good" or "revoked") } useless && UselessFor(useless.Status) is { } why)
                yield return UnprovedFinding(chain, why);
            else if (chain.Certificates[0].RequiresStaple is true && FaultOf(chain, view) is { } fault)
                yield return MissingFinding(chain, fault);
        }
    }

    // What Firefox refuses as well where no staple is needed; of a responder that is only busy or broken it takes no notice.
    // Source: mozilla-central, security/certverifier/NSSCertDBTrustDomain.cpp, CheckRevocation.
    private static string? UselessFor(string status) => status switch
    {
        "tryLater" or "internalError" => null,
        "unknown" => "its responder does not know the certificate",
        OcspStaple.Unrelated => "it is about another certificate",
        "malformed" => "it is none that can be read",
        _ => $"the responder refused to say ({status})",
    };

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
        (string what, Reason reason) = chain switch
        {
            { Staple: { Status: "revoked", IsProved: true } } => (
                $"was revoked by its issuer{when}", chain.Weigh(Weight.Decisive, $"the server itself staples the issuer's answer: revoked{when}")),
            { VerifyCode: VerifiedAsRevoked } => ("was revoked by its issuer", chain.Weigh(Weight.Decisive, $"verification says {chain.VerifyCode} ({chain.VerifyText})")),
            _ => (
                $"was revoked{when}, says the response that the server itself staples; its signature could not be checked",
                chain.Weigh(Weight.VeryStrong, $"the server itself staples an answer, whose signature could not be checked: revoked{when}")),
        };
        return new Finding(
            Revoked,
            Severity.Critical,
            Where.Remote,
            $"The certificate of {Server(chain)} ({leaf.Subject}) {what}.",
            [reason])
        {
            Subject = chain.Address,
            Remedies =
            [
                Renewal.Of(chain, "Have a new certificate issued for a new key; the old key may be known to others", ShellCommand.Of($"certbot certonly --force-renewal -d {chain.ServerName}")),
                new Remedy("See what the server staples.", ShowCommand(chain)),
            ],
            Next = ["Ask who revoked it and why: was the key lost, or was it replaced on another server only?"],
        };
    }

    private static Finding RevokedFinding(CertificateChain chain, RevocationAnswer answer)
    {
        string when = answer.RevokedAt is { } time ? $" on {ApplicationView.InWords(time)}" : "";
        string why = answer.Reason is { } reason ? $", {reason}" : "";
        string what = answer.Depth == 0 ? $"The certificate of {Server(chain)} ({answer.Subject})" : $"The intermediate certificate {answer.Subject}, which {Server(chain)} relies on,";
        return new Finding(
            Revoked,
            Severity.Critical,
            Where.Remote,
            $"{what} was revoked by its issuer{when}{why}.",
            [answer.Weigh(Weight.Decisive, $"the issuer's {(answer.Source is "crl" ? "list" : "answer")} at {answer.Url}, signed and of this time, says revoked{when}{why}")])
        {
            Subject = chain.Address,
            Remedies =
            [
                answer.Depth == 0
                    ? Renewal.Of(chain, "Have a new certificate issued for a new key; the old key may be known to others", ShellCommand.Of($"certbot certonly --force-renewal -d {chain.ServerName}"))
                    : new Remedy("Have a new certificate issued by an intermediate that is not revoked, and send that one with it.", On: Fix.Server(chain.Address)),
                new Remedy("Ask the issuer again.", $"netwhy tls {Server(chain)} --servername {chain.ServerName} --fetch"),
            ],
            Next = ["Ask who revoked it and why: was the key lost, or was it replaced on another server only?"],
        };
    }

    private static Finding UnprovedFinding(CertificateChain chain, string flaw)
    {
        OcspStaple staple = chain.Staple!;
        bool isStale = staple.NextUpdate < chain.At, isEarly = staple.ThisUpdate > chain.At;
        string when = isStale ? $" (until {ApplicationView.InWords(staple.NextUpdate!.Value)})" : isEarly ? $" (from {ApplicationView.InWords(staple.ThisUpdate!.Value)})" : "";
        return new Finding(
            Problem,
            Severity.Warning, // curl --cert-status refuses it, Firefox most of them; Chrome and most libraries do not look
            Where.Remote,
            $"{Server(chain)} staples an OCSP response that proves nothing, since {flaw}{when}: strict clients refuse it.",
            [
                chain.Weigh(Weight.Decisive, staple.Flaw is not null ? $"the stapled response says {staple.Status}, but {flaw}{when}" : $"the stapled response does not say good: {flaw}"),
                .. chain.Certificates[0].RequiresStaple is true ? [chain.Weigh(Weight.Context, "the certificate must come with a good one (TLS feature status_request, must-staple)")] : Array.Empty<Reason>(),
            ])
        {
            Subject = chain.Address,
            Remedies =
            [
                new Remedy("Let the server verify what it staples (nginx), and fetch it anew.", "ssl_stapling_verify on; ssl_trusted_certificate CHAIN;", Fix.Server(chain.Address)),
                new Remedy("See what the server staples.", ShowCommand(chain)),
            ],
            Next = isStale || isEarly
                ? ["On the server: does its log tell of OCSP requests that fail, and is the response read from a file that nobody renews?", "Is the clock of this machine right (timedatectl)?"]
                : ["On the server: is the response read from a file that belongs to an older certificate?"],
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

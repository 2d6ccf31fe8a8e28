using System.Collections.Immutable;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Some of many connections to an address are shown another certificate than the others, and that one is not accepted: one of several backends has it.</summary>
public sealed class RepeatedCertificates : IRule
{
    // Those that judge what a server shows by itself.
    private static readonly ImmutableArray<IRule> Judges = [new TlsCertificateDates(), new TlsTrust(), new TlsNameMismatch()];

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new("repeated-certificates", Source: "RFC 5280, section 6; RFC 6125, section 6", [.. Judges.SelectMany(rule => rule.Info.Causes)]);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        foreach (CertificateChain bad in Bad(evidence))
        {
            if (JudgementOf(evidence, bad, Severity.Critical) is not { } finding)
                continue;
            string server = ApplicationView.Endpoint(bad.Address, bad.Port);
            yield return Of(bad, finding) with
            {
                Summary = bad.Shown == bad.Handshakes ? finding.Summary : $"{bad.Shown} of {bad.Handshakes} new connections to {server} are shown a certificate that is not accepted, the others another one: one of several backends has it. {finding.Summary}",
                Next = ["Which backend is it? Ask each of them by its own address (curl --connect-to ::BACKEND:PORT), and compare the serial numbers.", .. finding.Next],
            };
        }

        foreach (CertificateChain other in evidence.All<CertificateChain>().Where(chain => chain is { Purpose: "other-key", Certificates.Count: > 0 }))
        {
            if (JudgementOf(evidence, other, Severity.Warning) is not { } finding)
                continue;
            string key = other.Certificates[0].Key.Split(' ')[0];
            yield return Of(other, finding) with
            {
                Severity = Severity.Warning, // most clients take both
                Summary = $"Clients that take {Signatures(key)} signatures alone{Which(key)} are shown another certificate by {ApplicationView.Endpoint(other.Address, other.Port)}, and refuse it. {finding.Summary}",
                Remedies = [new Remedy($"Renew it as the other one is, or, if no client needs it, take the certificate with the {key} key out of the configuration.", On: Fix.Server(other.Address)), .. finding.Remedies],
                Next = [$"See it: {See(other, key)}", .. finding.Next],
            };
        }
    }

    /// <summary>Whether a chain that the usual try was shown is one of those that this rule tells.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="chain">The chain.</param>
    internal static bool Tells(EvidenceSet evidence, CertificateChain chain) => chain.Purpose is "target"
        && Bad(evidence).Any(bad => bad.Address.Equals(chain.Address) && bad.Port == chain.Port && bad.Certificates[0].Fingerprint == chain.Certificates[0].Fingerprint && JudgementOf(evidence, bad, Severity.Critical) is not null);

    private static IEnumerable<CertificateChain> Bad(EvidenceSet evidence) => evidence.All<CertificateChain>()
        .Where(chain => chain is { Purpose: "repeat", Shown: not null, Certificates.Count: > 0 } and not { VerifyCode: 0, NameMatches: true });

    private static Finding Of(CertificateChain chain, Finding finding) => finding with
    {
        Reasons =
        [
            .. finding.Reasons.Select(reason => reason with { Observation = chain }),
            chain.Weigh(Weight.Strong, chain.Purpose is "repeat"
                ? $"{chain.Shown} of {chain.Handshakes} handshakes or hellos showed it, with the same name asked for"
                : $"{chain.Shown} of {chain.Handshakes} handshakes or hellos that took no other signatures showed it, with the same name asked for"),
        ],
    };

    // As if it were the only one.
    private static Finding? JudgementOf(EvidenceSet evidence, CertificateChain bad, Severity least)
    {
        var alone = new EvidenceSet([.. evidence.Investigation is { } asked ? [asked] : Array.Empty<Observation>(), bad with { Purpose = "target" }]);
        return Judges.SelectMany(rule => rule.Evaluate(alone)).Where(finding => finding.Severity >= least).OrderByDescending(finding => finding.Severity).ThenByDescending(finding => finding.Confidence).FirstOrDefault();
    }

    private static string Signatures(string key) => key is "EC" ? "ECDSA" : key;

    private static string Which(string key) => key is "RSA" ? " (old or small ones, without ECDSA)" : "";

    private static ShellCommand See(CertificateChain chain, string key) =>
        ShellCommand.Of($"openssl s_client -connect {ApplicationView.Endpoint(chain.Address, chain.Port)} -servername {chain.ServerName} -sigalgs {(key is "RSA" ? "rsa_pss_rsae_sha256:RSA+SHA256" : "ECDSA+SHA256")} </dev/null");
}

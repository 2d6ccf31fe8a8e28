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
            if (JudgementOf(evidence, bad) is not { } finding)
                continue;
            string server = ApplicationView.Endpoint(bad.Address, bad.Port);
            yield return finding with
            {
                Summary = $"{bad.Shown} of {bad.Handshakes} new connections to {server} are shown a certificate that is not accepted, the others another one: one of several backends has it. {finding.Summary}",
                Reasons =
                [
                    .. finding.Reasons.Select(reason => reason with { Observation = bad }),
                    bad.Weigh(Weight.Strong, $"{bad.Shown} of {bad.Handshakes} handshakes one after the other showed it, with the same name asked for"),
                ],
                Next = ["Which backend is it? Ask each of them by its own address (curl --connect-to ::BACKEND:PORT), and compare the serial numbers.", .. finding.Next],
            };
        }
    }

    /// <summary>Whether a chain that the usual try was shown is one of those that this rule tells.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="chain">The chain.</param>
    internal static bool Tells(EvidenceSet evidence, CertificateChain chain) => chain.Purpose is "target"
        && Bad(evidence).Any(bad => bad.Address.Equals(chain.Address) && bad.Port == chain.Port && bad.Certificates[0].Fingerprint == chain.Certificates[0].Fingerprint && JudgementOf(evidence, bad) is not null);

    // Those of an address at which another one is good.
    private static IEnumerable<CertificateChain> Bad(EvidenceSet evidence) => evidence.All<CertificateChain>()
        .Where(chain => chain is { Purpose: "repeat", Shown: not null, Certificates.Count: > 0 })
        .GroupBy(chain => (chain.Address, chain.Port))
        .SelectMany(group => group.Any(IsGood) ? group.Where(chain => !IsGood(chain)) : []);

    private static bool IsGood(CertificateChain chain) => chain is { VerifyCode: 0, NameMatches: true };

    // As if it were the only one.
    private static Finding? JudgementOf(EvidenceSet evidence, CertificateChain bad)
    {
        var alone = new EvidenceSet([.. evidence.Investigation is { } asked ? [asked] : Array.Empty<Observation>(), bad with { Purpose = "target" }]);
        return Judges.SelectMany(rule => rule.Evaluate(alone)).Where(finding => finding.Severity is Severity.Critical).MaxBy(finding => finding.Confidence);
    }
}

using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>A service that begins in the clear does not go on with TLS.</summary>
public sealed class TlsStartTlsRefused : IRule
{
    private const string Id = "tls-starttls-refused";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 3207; RFC 9051, section 6.2.1; RFC 6120, section 5; RFC 4511, section 4.14", Id);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        foreach (StartTlsDialogue dialogue in evidence.All<StartTlsDialogue>().Where(dialogue => dialogue.Refusal is not null).DistinctBy(dialogue => dialogue.Address))
        {
            string server = ApplicationView.Endpoint(dialogue.Address, dialogue.Port);
            bool isBlotted = dialogue.Refusal!.Contains("blotted", StringComparison.Ordinal);
            List<Reason> reasons = [dialogue.Weigh(Weight.Decisive, $"asked for TLS in {dialogue.Protocol}: {dialogue.Refusal}")];
            if (dialogue.Said.Length > 0)
                reasons.Add(dialogue.Weigh(Weight.Context, $"it said \"{dialogue.Said}\""));
            yield return new Finding(
                Id,
                Severity.Critical,
                isBlotted ? Where.Path : Where.Remote,
                $"{server} does not go on with TLS when asked in {dialogue.Protocol}: {dialogue.Refusal}.",
                [.. reasons])
            {
                Subject = dialogue.Address,
                Remedies =
                [
                    isBlotted
                        ? new Remedy("On the firewall between: switch off its inspection of SMTP (Cisco: no inspect esmtp), which blots STARTTLS out.")
                        : new Remedy("Give the service a certificate and switch TLS on (Postfix).", "postconf -e smtpd_tls_security_level=may smtpd_tls_chain_files=/etc/ssl/private/chain.pem && postfix reload", Fix.Server(dialogue.Address)),
                    new Remedy("See the dialogue.", $"openssl s_client -connect {server} -starttls {dialogue.Protocol} </dev/null"),
                ],
                Next = ["Is it the right protocol and port? Services that speak TLS from the first octet have other ports: 465, 636, 993, 995."],
            };
        }
    }
}

using NetWhy.Diagnose.Tls;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The server sends its certificates in a wrong order.</summary>
public sealed class TlsChainDisordered : IRule
{
    private const string Id = "tls-chain-disordered";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 5246, section 7.4.2; RFC 8446, section 4.4.2", Id);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        foreach (CertificateChain chain in ApplicationView.Of(evidence).Chains.Where(ChainOrder.IsDisordered).DistinctBy(chain => chain.Address))
        {
            string sent = string.Join("; ", chain.Certificates.Select(facts => facts.Subject).Take(6));
            string right = string.Join("; ", CertificatePath.Of(chain).Select(facts => facts.Subject).Take(6));
            yield return new Finding(
                Id,
                Severity.Warning, // most clients put it right
                Where.Remote,
                $"{ApplicationView.Server(chain)} sends its certificates in a wrong order: strict clients do not find the way to the root.",
                [
                    chain.Weigh(Weight.Decisive, $"it sends {sent}"),
                    chain.Weigh(Weight.Context, $"each certifies the one before it in this order: {right}"),
                ])
            {
                Subject = chain.Address,
                Remedies =
                [
                    new Remedy("Put them in order in the file of the service: its own first, then the one that issued it, and so on; no root.", "cat leaf.pem intermediate.pem > fullchain.pem", Fix.Server(chain.Address)),
                    new Remedy("See what the server sends.", ApplicationView.ShowCommand(chain)),
                ],
            };
        }
    }
}

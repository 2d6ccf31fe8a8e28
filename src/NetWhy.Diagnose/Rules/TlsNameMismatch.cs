using NetWhy.Diagnose.Tls;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The certificate is for other names than the one that was asked for.</summary>
public sealed class TlsNameMismatch : IRule
{
    private const string Id = "tls-name-mismatch";
    private const int NamesShown = 6;

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 9525 (RFC 6125), section 6", Id)
    {
        Explains = ["tls-handshake-failed", "http-wrong-virtual-host"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        if (evidence.Investigation is { Host: null })
            yield break; // a port of this machine was asked about, by no name

        var view = ApplicationView.Of(evidence);
        foreach (CertificateChain chain in view.Chains.Where(chain => !chain.NameMatches).DistinctBy(chain => chain.Address))
            yield return Describe(view, chain);
    }

    /// <summary>
    /// Whether the target is no name that clients call the service by: a port of this machine, or an address with a port
    /// and no scheme.
    /// </summary>
    /// <param name="evidence">The evidence.</param>
    internal static bool IsNameless(EvidenceSet evidence) =>
        evidence.Investigation is { Host: null } or { Literal: not null, TargetKind: TargetKind.HostPort };

    private static Finding Describe(ApplicationView view, CertificateChain chain)
    {
        CertificateFacts leaf = chain.Certificates[0];
        string names = leaf.Names.Count == 0
            ? "no name at all (no subject alternative name)"
            : string.Join(", ", leaf.Names.Take(NamesShown)) + (leaf.Names.Count > NamesShown ? $" and {leaf.Names.Count - NamesShown} more" : "");
        List<Reason> reasons =
        [
            chain.Weigh(Weight.Decisive, $"the certificate {leaf.Subject} is for {names}, not for {chain.ServerName}"),
        ];
        CertificateChain[] matching = [.. view.Chains.Where(other => other.NameMatches)];
        if (matching.Length > 0)
            reasons.Add(matching[0].Weigh(Weight.Context, $"{matching[0].Address} sends a certificate that fits"));
        return new Finding(
            Id,
            IsNameless(view.Evidence) ? Severity.Info : Severity.Critical,
            Where.Remote,
            $"The certificate of {ApplicationView.Server(chain)} is for {names}, not for {chain.ServerName}.",
            [.. reasons])
        {
            Subject = chain.Address,
            Remedies =
            [
                Renewal.Of(chain, $"Have a certificate issued with {chain.ServerName} among its subject alternative names", ShellCommand.Of($"certbot certonly -d {chain.ServerName}")),
                new Remedy("Look at the names that the server sends.", $"{ApplicationView.ShowCommand(chain)} | openssl x509 -noout -ext subjectAltName"),
                .. leaf.Names.Count > 0
                    ? [new Remedy($"If {chain.Address} is the wrong server, correct the name's address; if {leaf.Names[0]} was meant, use that name.")]
                    : Array.Empty<Remedy>(),
            ],
            Next = [$"On the server: which virtual host serves {chain.ServerName}, and which certificate does it name?"],
        };
    }
}
